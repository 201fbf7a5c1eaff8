"""What PolyVAE is called, cites and lets the user set."""

from polydesign.core.specs import CONSTRAINED, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="polyvae",
    label="PolyVAE",
    summary="Joins a random point of a learned continuous space with the wished-for properties and decodes both.",
    citation="PolyVAE, S. Plichta, Yadav lab, UBC (project notes, 2025), after Lim et al., Molecular generative model "
    "based on conditional variational autoencoder, J. Cheminform. 10, 31 (2018).",
    url="https://doi.org/10.1186/s13321-018-0286-7",
    config="PolyVAEConfig",
    network="PolyVAE",
    generator="PolyVAEGenerator",
    abilities=frozenset({"conditional", "latent"}),
    options=(
        OptionSpec(
            "temperature", "Temperature", 1.0, 0.0, 2.0, 0.05,
            help="Below 1 each point is decoded more carefully, above 1 more adventurously; 0 takes the most probable "
            "token.",
        ),
        OptionSpec(
            "top_p", "Top-p", 1.0, 0.05, 1.0, 0.01,
            help="Draw only from the most probable tokens that together reach this probability.",
        ),
        OptionSpec(
            "guidance_scale", "Guidance", 1.0, 0.0, 5.0, 0.1,
            help="How strongly the targets pull: 0 ignores them, 1 is as trained, more exaggerates.",
        ),
        OptionSpec(
            "spread", "Spread", 1.0, 0.0, 2.0, 0.05,
            help="Standard deviation of the random points: 1 is the prior it was trained with, less stays nearer to "
            "the middle.",
        ),
        CONSTRAINED,
    ),
)  # fmt: skip
