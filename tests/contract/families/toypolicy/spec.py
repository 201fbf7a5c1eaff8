"""What the toy says of itself."""

from polydesign.core.specs import TEMPERATURE, GeneratorSpec

SPEC = GeneratorSpec(
    family="toypolicy",
    label="Toy policy",
    summary="Continues a string with what follows its last token, and learns what earns a reward.",
    citation="None: it shows contributors what a family of its kind is made of.",
    url="https://example.org/toypolicy",
    year=2026,
    config="Config",
    network="Network",
    generator="Generator",
    abilities=frozenset({"likelihood"}),
    options=(TEMPERATURE,),
)  # fmt: skip
