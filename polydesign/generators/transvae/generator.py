"""TransVAE as a generator: draws of the prior decoded, and polymers to codes and back."""

from __future__ import annotations

from polydesign.generators.base import LatentStrings
from polydesign.generators.transvae.config import TransVAEConfig
from polydesign.generators.transvae.network import TransVAE
from polydesign.generators.transvae.spec import SPEC


class TransVAEGenerator(LatentStrings):
    """A trained TransVAE of any kind with its tokenizer."""

    spec = SPEC
    config_class = TransVAEConfig
    network_class = TransVAE
