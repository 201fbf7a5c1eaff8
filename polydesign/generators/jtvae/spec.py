"""What JT-VAE says of itself."""

from polydesign.core.specs import CODE_TEMPERATURE, SPREAD, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="jtvae",
    label="JT-VAE",
    summary="Builds repeat units from rings and bonds, from random points of a learned continuous space; every unit is "
    "valid. It reads no targets.",
    citation="Jin, Barzilay, Jaakkola, Junction Tree Variational Autoencoder for Molecular Graph Generation, ICML "
    "2018.",
    url="https://arxiv.org/abs/1802.04364",
    year=2018,
    config="JTVAEConfig",
    network="JTVAE",
    generator="JTVAEGenerator",
    abilities=frozenset({"latent"}),
    options=(
        CODE_TEMPERATURE,
        TOP_P,
        SPREAD,
    ),
)  # fmt: skip
