"""What the heteroencoder says of itself."""

from polydesign.core.specs import CODE_TEMPERATURE, CONSTRAINED, SPREAD, TOP_P, GeneratorSpec

SPEC = GeneratorSpec(
    family="heteroencoder",
    label="Heteroencoder",
    summary="Reads one spelling of a polymer and writes another, so that its codes are of chains; it reads no targets.",
    citation="Bjerrum & Sattarov, Biomolecules 8, 131, 2018; as the first half of LatentGAN: Prykhodko et al., "
    "J. Cheminform. 11, 74, 2019.",
    url="https://doi.org/10.3390/biom8040131",
    year=2018,
    config="HeteroencoderConfig",
    network="Heteroencoder",
    generator="HeteroencoderGenerator",
    abilities=frozenset({"latent"}),
    options=(CODE_TEMPERATURE, TOP_P, SPREAD, CONSTRAINED),
)
