"""PolyLDM as a generator: codes made for the targets and decoded; polymers to codes and back by its autoencoder."""

from __future__ import annotations

from polydesign.generators.polyldm.config import PolyLDMConfig
from polydesign.generators.polyldm.network import PolyLDM
from polydesign.generators.polyldm.spec import SPEC
from polydesign.generators.strings import LatentStrings


class PolyLDMGenerator(LatentStrings):
    """A trained PolyLDM with its autoencoder and tokenizer."""

    SPEC = SPEC
    CONFIG = PolyLDMConfig
    NETWORK = PolyLDM
    CODE_OPTIONS = ("sampler", "steps")
