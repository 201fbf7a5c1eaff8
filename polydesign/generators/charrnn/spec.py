"""What CharRNN says of itself."""

from polydesign.core.specs import CONSTRAINED, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="charrnn",
    label="CharRNN",
    summary="Writes the repeat unit token by token with stacked LSTM layers; it reads no targets.",
    citation="CharRNN with the settings of MOSES: Polykovskiy et al., Front. Pharmacol. 11, 565644, 2020; "
    "Segler et al., ACS Cent. Sci. 4, 120, 2018.",
    url="https://doi.org/10.3389/fphar.2020.565644",
    config="CharRNNConfig",
    network="CharRNN",
    generator="CharRNNGenerator",
    abilities=frozenset({"likelihood"}),
    options=(
        OptionSpec(
            "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
            help="Below 1 the generator is more careful, above 1 more adventurous; 0 takes the most probable token.",
        ),
        OptionSpec(
            "top_p", "Top-p", 1.0, 0.05, 1.0, 0.01,
            help="Draw only from the most probable tokens that together reach this probability.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
