"""What the GRU-VAE says of itself."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, SPREAD, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="gruvae",
    label="GRU-VAE",
    summary="Decodes random points of a learned continuous space into repeat units; it reads no targets.",
    citation="SMILES-VAE of the course notes the project began with; Gómez-Bombarelli et al., ACS Cent. Sci. 4, 268, "
    "2018; beta: Higgins et al., ICLR 2017.",
    url="https://doi.org/10.1021/acscentsci.7b00572",
    year=2018,
    config="GruVAEConfig",
    network="GruVAE",
    generator="GruVAEGenerator",
    abilities=frozenset({"latent"}),
    options=(
        CODE_TEMPERATURE,
        TOP_P,
        SPREAD,
        CONSTRAINED,
    ),
)  # fmt: skip
