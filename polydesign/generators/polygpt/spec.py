"""What PolyGPT says of itself."""

from polydesign.core.specs import CONSTRAINED, GUIDANCE, TEMPERATURE, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="polygpt",
    label="PolyGPT",
    summary="Writes the repeat unit token by token, with the wished-for properties read ahead of the start token.",
    citation="PolyGPT, S. Plichta, Yadav lab, UBC (project notes, 2025); GPT: Radford et al., 2018.",
    url="https://github.com/sashaplichta/polymer_models",
    config="PolyGPTConfig",
    network="PolyGPT",
    generator="PolyGPTGenerator",
    abilities=frozenset({"conditional", "likelihood"}),
    options=(
        TEMPERATURE,
        TOP_P,
        GUIDANCE,
        CONSTRAINED,
    ),
)  # fmt: skip
