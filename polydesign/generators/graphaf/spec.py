"""What GraphAF says of itself.

A design run starts cooler, guided and with the check: asked for a band gap of 2.5 eV at temperature 0.8, the closeness
by the checker was 0.35 without guidance, 0.46 at a scale of 1.5 and 0.51 at 2.5, where units began to repeat.
"""

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
            in_design=0.8,
            help="Spread of the random numbers that the flow turns into atoms and bonds: below 1 more careful, above "
            "more adventurous.",
        ),
        replace(GUIDANCE, in_design=1.5),
        OptionSpec(
            "constrained", "Valency check", False, in_design=True,
            help="Refuse bonds that an atom has no room for, atoms that nothing connects and a third attachment point, "
            "and go on until there are two; without it the graph is written as it is.",
        ),
    ),
)  # fmt: skip
