"""What PolyTAO is called, cites and lets the user set."""

from polydesign.core.specs import CONSTRAINED, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="polytao",
    label="PolyTAO",
    summary="An encoder reads the wished-for properties as tokens; a decoder attends to them and writes the unit.",
    citation="Qiu & Sun, On-demand reverse design of polymers with PolyTAO, npj Comput. Mater. 10, 273 (2024).",
    url="https://doi.org/10.1038/s41524-024-01466-5",
    config="PolyTAOConfig",
    network="PolyTAO",
    generator="PolyTAOGenerator",
    abilities=frozenset({"conditional", "likelihood"}),
    options=(
        OptionSpec(
            "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
            help="Below 1 the generator is more careful, above 1 more adventurous; 0 takes the most probable token.",
        ),
        OptionSpec(
            "top_p", "Top-p", 1.0, 0.05, 1.0, 0.01,
            help="Draw only from the most probable tokens that together reach this probability.",
        ),
        OptionSpec(
            "guidance_scale", "Guidance", 1.0, 0.0, 5.0, 0.1,
            help="How strongly the targets pull: 0 ignores them, 1 is as trained, more exaggerates.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
