"""What the toy says of itself."""

from polydesign.core.specs import GeneratorSpec

SPEC = GeneratorSpec(
    family="toygraph",
    label="Toy graphs",
    summary="Draws the number of atoms, their kinds and their bonds from tables.",
    citation="None: it shows contributors what a family of its kind is made of.",
    url="https://example.org/toygraph",
    year=2026,
    config="Config",
    network="Network",
    generator="Generator",
    options=(),
)  # fmt: skip
