"""What the combinatorial family says of itself."""

from polydesign.core.specs import GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="combinatorial",
    label="Combinatorial",
    summary="Joins fragments of known chains as often as they were seen beside each other; knows no targets.",
    citation="Polykovskiy et al., Molecular Sets (MOSES), Frontiers in Pharmacology 11 (2020) 565644.",
    url="https://doi.org/10.3389/fphar.2020.565644",
    year=2020,
    config="CombinatorialConfig",
    network="Fragments",
    generator="CombinatorialGenerator",
    options=(
        OptionSpec(
            "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
            help="Below 1 common fragments come up more often than in known chains, above 1 rare ones; 0 takes the "
            "commonest each time.",
        ),
    ),
)  # fmt: skip
