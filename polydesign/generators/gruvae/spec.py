"""What the GRU-VAE says of itself."""

from polydesign.core.specs import CONSTRAINED, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="gruvae",
    label="GRU-VAE",
    summary="Decodes random points of a learned continuous space into repeat units; it reads no targets.",
    citation="SMILES-VAE of the course notes the project began with; Gómez-Bombarelli et al., ACS Cent. Sci. 4, 268, "
    "2018; beta: Higgins et al., ICLR 2017.",
    url="https://doi.org/10.1021/acscentsci.7b00572",
    config="GruVAEConfig",
    network="GruVAE",
    generator="GruVAEGenerator",
    abilities=frozenset({"latent"}),
    options=(
        OptionSpec(
            "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
            help="Below 1 each point is decoded more carefully, above 1 more adventurously; 0 takes the most probable "
            "token.",
        ),
        OptionSpec(
            "top_p", "Top-p", 1.0, 0.05, 1.0, 0.01,
            help="Draw only from the most probable tokens that together reach this probability.",
        ),
        OptionSpec(
            "spread", "Spread", 1.0, 0.0, 2.0, 0.05,
            help="Standard deviation of the random points: 1 is the prior it was trained with, less stays nearer to "
            "the middle.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
