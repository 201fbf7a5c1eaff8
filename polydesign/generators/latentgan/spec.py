"""What LatentGAN says of itself."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="latentgan",
    label="LatentGAN",
    summary="Turns noise into the code of a polymer that a critic cannot tell from a real one, then decodes it.",
    citation="Prykhodko et al., J. Cheminform. 11, 74, 2019; WGAN-GP: Gulrajani et al., NeurIPS 2017.",
    url="https://doi.org/10.1186/s13321-019-0397-9",
    year=2019,
    config="LatentGANConfig",
    network="LatentGAN",
    generator="LatentGANGenerator",
    abilities=frozenset({"latent"}),
    options=(CODE_TEMPERATURE, TOP_P, CONSTRAINED),
)
