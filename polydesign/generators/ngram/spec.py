"""What the n-gram family says of itself."""

from polydesign.core.specs import TEMPERATURE, GeneratorSpec

SPEC = GeneratorSpec(
    family="ngram",
    label="N-gram",
    summary="Continues a string with what followed the same few tokens in the training set; knows no targets.",
    citation="Witten and Bell, The zero-frequency problem, IEEE Transactions on Information Theory 37 (1991) 1085.",
    url="https://doi.org/10.1109/18.87000",
    year=1991,
    config="NgramConfig",
    network="NgramNetwork",
    generator="NgramGenerator",
    abilities=frozenset({"likelihood"}),
    options=(
        TEMPERATURE,
    ),
)  # fmt: skip
