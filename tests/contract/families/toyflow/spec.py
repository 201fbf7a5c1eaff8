"""What the toy says of itself."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, GeneratorSpec

SPEC = GeneratorSpec(
    family="toyflow",
    label="Toy flow",
    summary="Draws codes of an autoencoder by one invertible step, shifted by what is asked for.",
    citation="None: it shows contributors what a family of its kind is made of.",
    url="https://example.org/toyflow",
    year=2026,
    config="Config",
    network="Network",
    generator="Generator",
    abilities=frozenset({"conditional", "latent"}),
    options=(CODE_TEMPERATURE, CONSTRAINED),
)  # fmt: skip
