"""What TransVAE says of itself."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, SPREAD, TOP_P, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="transvae",
    label="TransVAE",
    summary="Decodes random points of a learned memory, kept by recurrence, attention or both; it reads no targets.",
    citation="Dollar, Joshi, Beck & Pfaendtner, Attention-based generative models for de novo molecular design, "
    "Chem. Sci. 12, 8362, 2021.",
    url="https://doi.org/10.1039/D1SC01050F",
    year=2021,
    config="TransVAEConfig",
    network="TransVAE",
    generator="TransVAEGenerator",
    abilities=frozenset({"latent"}),
    options=(
        CODE_TEMPERATURE,
        TOP_P,
        SPREAD,
        OptionSpec(
            "informative", "Informative dimensions", 1.0, 0.05, 1.0, 0.01,
            help="Draw only the dimensions that carry this share of what codes say, the others stay at their mean; 1 "
            "draws all.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
