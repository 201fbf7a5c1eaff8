"""What CharRNN says of itself."""

from polydesign.core.specs import CONSTRAINED, TEMPERATURE, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="charrnn",
    label="CharRNN",
    summary="Writes the repeat unit token by token with stacked LSTM layers; it reads no targets.",
    citation="CharRNN with the settings of MOSES: Polykovskiy et al., Front. Pharmacol. 11, 565644, 2020; "
    "Segler et al., ACS Cent. Sci. 4, 120, 2018.",
    url="https://doi.org/10.3389/fphar.2020.565644",
    year=2020,
    config="CharRNNConfig",
    network="CharRNN",
    generator="CharRNNGenerator",
    abilities=frozenset({"likelihood"}),
    options=(
        TEMPERATURE,
        TOP_P,
        CONSTRAINED,
    ),
)  # fmt: skip
