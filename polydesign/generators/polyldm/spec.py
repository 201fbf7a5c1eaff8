"""What PolyLDM is called, cites and lets the user set."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, TOP_P, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="polyldm",
    label="PolyLDM",
    summary="Turns noise step by step into the code of a polymer with the wished-for properties, then decodes it.",
    citation="PolyLDM, S. Plichta, Yadav lab, UBC (project notes, 2025); latent diffusion: Rombach et al., CVPR 2022; "
    "DDPM: Ho et al., 2020; DDIM: Song et al., 2021.",
    url="https://arxiv.org/abs/2112.10752",
    year=2025,
    config="PolyLDMConfig",
    network="PolyLDM",
    generator="PolyLDMGenerator",
    abilities=frozenset({"conditional", "latent"}),
    options=(
        CODE_TEMPERATURE,
        TOP_P,
        OptionSpec(
            "guidance_scale", "Guidance", 1.0, 0.0, 5.0, 0.1, in_design=3.0,
            help="How strongly the targets pull while noise is removed: 0 ignores them, 1 is as trained, more "
            "exaggerates.",
        ),
        OptionSpec(
            "sampler", "Sampler", "ddpm", choices=("ddpm", "ddim"),
            help="DDPM adds fresh noise at each step, which mends errors; DDIM removes noise along a fixed path.",
        ),
        OptionSpec("steps", "Steps", 50, 2, 1000, 1, help="Number of steps in which noise is removed."),
        OptionSpec(
            "twice", "Targets to the decoder too", True,
            help="Whether the decoder reads the targets as well, or only the code that was made for them.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
