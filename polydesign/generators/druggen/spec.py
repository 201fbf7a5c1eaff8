"""What DrugGEN says of itself."""

from polydesign.core.specs import GUIDANCE, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="druggen",
    label="DrugGEN",
    summary="Edits graphs of joined pieces of known polymers until critics take them for polymers as asked for.",
    citation="Ünlü et al., Target-specific de novo design of drug candidate molecules with graph-transformer-based "
    "generative adversarial networks, 2023; WGAN-GP: Gulrajani et al., NeurIPS 2017.",
    url="https://arxiv.org/abs/2302.07868",
    year=2023,
    config="DrugGENConfig",
    network="DrugGEN",
    generator="DrugGENGenerator",
    abilities=frozenset({"conditional"}),
    options=(
        OptionSpec(
            "hidden", "Made up", 1.0, 0.0, 1.0, 0.05,
            help="How many kinds of atoms and orders of bonds of a start are made up anew: more changes more.",
        ),
        OptionSpec(
            "rewired", "Rewired", 0.1, 0.0, 1.0, 0.05,
            help="How many atoms of a start are bonded anew: more changes its skeleton more, and breaks more of them.",
        ),
        OptionSpec(
            "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
            help="Chance in the kinds of atoms that are made up; 0 takes the most probable ones.",
        ),
        GUIDANCE,
        OptionSpec(
            "constrained", "Mend", False, in_design=True,
            help="Drop bonds beyond an atom's valence and parts that fall off; put lost attachment points back.",
        ),
        OptionSpec(
            "stage", "Generator", "second", choices=("first", "second"),
            help="The second turns what the first made towards the targets; the first hears none.",
        ),
    ),
)  # fmt: skip
