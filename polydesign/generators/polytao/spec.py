"""What PolyTAO is called, cites and lets the user set."""

from polydesign.core.specs import CONSTRAINED, GUIDANCE, TEMPERATURE, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="polytao",
    label="PolyTAO",
    summary="An encoder reads the wished-for properties as tokens; a decoder attends to them and writes the unit.",
    citation="Qiu & Sun, On-demand reverse design of polymers with PolyTAO, npj Comput. Mater. 10, 273 (2024).",
    url="https://doi.org/10.1038/s41524-024-01466-5",
    year=2024,
    config="PolyTAOConfig",
    network="PolyTAO",
    generator="PolyTAOGenerator",
    abilities=frozenset({"conditional", "likelihood"}),
    options=(
        TEMPERATURE,
        TOP_P,
        GUIDANCE,
        CONSTRAINED,
    ),
)  # fmt: skip
