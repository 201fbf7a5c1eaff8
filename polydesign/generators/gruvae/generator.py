"""The GRU-VAE as a generator: draws of the prior decoded, and polymers to codes and back."""

from __future__ import annotations

from polydesign.generators.base import LatentStrings
from polydesign.generators.gruvae.config import GruVAEConfig
from polydesign.generators.gruvae.network import GruVAE
from polydesign.generators.gruvae.spec import SPEC


class GruVAEGenerator(LatentStrings):
    """A trained GRU-VAE with its tokenizer."""

    spec = SPEC
    config_class = GruVAEConfig
    network_class = GruVAE
