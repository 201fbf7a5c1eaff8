"""What PolyGPT says of itself."""

from polydesign.core.specs import CONSTRAINED, GeneratorSpec, OptionSpec

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
