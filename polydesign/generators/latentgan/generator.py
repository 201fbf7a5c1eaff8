"""LatentGAN as a generator: codes made from noise and decoded; polymers to codes and back by its autoencoder."""

from __future__ import annotations

from polydesign.generators.base import LatentStrings
from polydesign.generators.latentgan.config import LatentGANConfig
from polydesign.generators.latentgan.network import LatentGAN
from polydesign.generators.latentgan.spec import SPEC


class LatentGANGenerator(LatentStrings):
    """A trained LatentGAN with its autoencoder and tokenizer."""

    spec = SPEC
    config_class = LatentGANConfig
    network_class = LatentGAN
