"""What PolyVAE is called, cites and lets the user set."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, GUIDANCE, SPREAD, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="polyvae",
    label="PolyVAE",
    summary="Joins a random point of a learned continuous space with the wished-for properties and decodes both.",
    citation="PolyVAE, S. Plichta, Yadav lab, UBC (project notes, 2025), after Lim et al., Molecular generative model "
    "based on conditional variational autoencoder, J. Cheminform. 10, 31 (2018).",
    url="https://doi.org/10.1186/s13321-018-0286-7",
    year=2025,
    config="PolyVAEConfig",
    network="PolyVAE",
    generator="PolyVAEGenerator",
    abilities=frozenset({"conditional", "latent"}),
    options=(
        CODE_TEMPERATURE,
        TOP_P,
        GUIDANCE,
        SPREAD,
        CONSTRAINED,
    ),
    gathered=5.0,
)  # fmt: skip
