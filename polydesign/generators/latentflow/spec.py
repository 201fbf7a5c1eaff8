"""What the latent flow is called, cites and lets the user set."""

from dataclasses import replace

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, SPREAD, TOP_P, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="latentflow",
    label="Latent flow",
    summary="Bends random noise, by steps that can be undone, into the code of a polymer, then decodes it.",
    citation="RealNVP: Dinh et al., ICLR 2017; neural spline flows: Durkan et al., NeurIPS 2019; the library zuko: "
    "Rozet et al., 2022 (https://zuko.readthedocs.io).",
    url="https://arxiv.org/abs/1906.04032",
    year=2019,
    config="LatentFlowConfig",
    network="LatentFlow",
    generator="LatentFlowGenerator",
    abilities=frozenset({"conditional", "latent"}),
    options=(
        CODE_TEMPERATURE,
        TOP_P,
        replace(
            SPREAD, in_design=0.85,  # how far out validation polymers lie, see the card
            help="Standard deviation of the noise that is bent into codes: 1 is as trained, less stays nearer to the "
            "most typical codes.",
        ),
        OptionSpec(
            "twice", "Targets to the decoder too", True,
            help="Whether the decoder reads the targets as well, or only the code that was made for them.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
