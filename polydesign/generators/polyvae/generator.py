"""PolyVAE as a generator: draws of the prior decoded with the targets, and polymers to codes and back."""

from __future__ import annotations

from polydesign.generators.base import LatentStrings
from polydesign.generators.polyvae.config import PolyVAEConfig
from polydesign.generators.polyvae.network import PolyVAE
from polydesign.generators.polyvae.spec import SPEC


class PolyVAEGenerator(LatentStrings):
    """A trained PolyVAE with its tokenizer."""

    spec = SPEC
    config_class = PolyVAEConfig
    network_class = PolyVAE
