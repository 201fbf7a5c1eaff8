"""What the toy says of itself."""

from polydesign.core.specs import GeneratorSpec

SPEC = GeneratorSpec(
    family="toygan",
    label="Toy GAN",
    summary="Writes all tokens of a short string at once from noise.",
    citation="None: it shows contributors what a family of its kind is made of.",
    url="https://example.org/toygan",
    year=2026,
    config="Config",
    network="Network",
    generator="Generator",
    options=(),
)  # fmt: skip
