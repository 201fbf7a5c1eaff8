"""What PolyGPT says of itself.

A design run starts a little cooler and guided: of the settings that the guide judged on the grid of the task
`properties`, this one followed the targets better than temperature 1 without guidance and repeated itself as seldom.
"""

from dataclasses import replace

from polydesign.core.specs import CONSTRAINED, GUIDANCE, TEMPERATURE, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="polygpt",
    label="PolyGPT",
    summary="Writes the repeat unit token by token, with the wished-for properties read ahead of the start token.",
    citation="PolyGPT, S. Plichta, Yadav lab, UBC (project notes, 2025); GPT: Radford et al., 2018.",
    url="https://github.com/sashaplichta/polymer_models",
    year=2025,
    config="PolyGPTConfig",
    network="PolyGPT",
    generator="PolyGPTGenerator",
    abilities=frozenset({"conditional", "likelihood"}),
    options=(
        replace(TEMPERATURE, in_design=0.8),
        TOP_P,
        replace(GUIDANCE, in_design=1.3),
        CONSTRAINED,
    ),
)  # fmt: skip
