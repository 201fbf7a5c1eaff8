"""What the two-step graph VAE says of itself."""

from polydesign.core.specs import SPREAD, GeneratorSpec, OptionSpec

SPEC = GeneratorSpec(
    family="graphvae",
    label="Two-step graph VAE",
    summary="Decodes a point of a learned continuous space into a bag of atoms, then into all bonds between them at "
    "once; it reads no targets.",
    citation="Bresson and Laurent, A two-step graph convolutional decoder for molecule generation, 2019; residual "
    "gated graph ConvNets: the same, 2017.",
    url="https://arxiv.org/abs/1906.03412",
    year=2019,
    config="GraphVAEConfig",
    network="GraphVAE",
    generator="GraphVAEGenerator",
    abilities=frozenset({"latent"}),
    options=(
        SPREAD,
        OptionSpec(
            "temperature", "Temperature", 0.0, 0.0, 2.0, 0.05,
            help="0 takes the most probable number of atoms of each kind, above it numbers are drawn; bonds are always "
            "the most probable ones.",
        ),
        OptionSpec(
            "constrained", "Keep to valencies", False, in_design=True,
            help="Place bonds in the order of their probability, each only where both atoms have room for it, join "
            "what lies apart, and leave out what cannot be joined; without it every pair of atoms has its most "
            "probable bond.",
        ),
        OptionSpec(
            "beam", "Beam", 1, 1, 32, 1, in_design=8,
            help="Where valencies are kept: how many ways of placing the bonds are followed at a time; of those that "
            "hang together the most probable is taken.",
        ),
    ),
)  # fmt: skip
