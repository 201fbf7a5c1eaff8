"""PolyLDM as a generator: codes made for the targets and decoded; polymers to codes and back by its autoencoder."""

from __future__ import annotations

from polydesign.generators.base import LatentStrings
from polydesign.generators.polyldm.config import PolyLDMConfig
from polydesign.generators.polyldm.network import PolyLDM
from polydesign.generators.polyldm.spec import SPEC


class PolyLDMGenerator(LatentStrings):
    """A trained PolyLDM with its autoencoder and tokenizer."""

    spec = SPEC
    config_class = PolyLDMConfig
    network_class = PolyLDM
