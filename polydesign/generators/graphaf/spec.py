"""What GraphAF says of itself."""

from dataclasses import replace

from polydesign.core.specs import GUIDANCE, TEMPERATURE, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="graphaf",
    label="GraphAF",
    summary="Builds the repeat unit atom by atom and bond by bond, drawing each by a flow that sees what stands.",
    citation="GraphAF: Shi et al., ICLR 2020; relational GCN: Schlichtkrull et al., ESWC 2018.",
    url="https://arxiv.org/abs/2001.09382",
    year=2020,
    config="GraphAFConfig",
    network="GraphAF",
    generator="GraphAFGenerator",
    abilities=frozenset({"conditional"}),
    options=(
        replace(
            TEMPERATURE,
            help="Spread of the random numbers that the flow turns into atoms and bonds: below 1 more careful, above "
            "more adventurous.",
        ),
        GUIDANCE,
        OptionSpec(
            "constrained", "Valency check", False, in_design=True,
            help="Refuse bonds that an atom has no room for, atoms that nothing connects and a third attachment point, "
            "and go on until there are two; without it the graph is written as it is.",
        ),
    ),
)  # fmt: skip
