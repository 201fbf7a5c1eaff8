"""PolyGPT as a generator: targets in, raw strings out."""

from __future__ import annotations

from polydesign.generators.polygpt.config import PolyGPTConfig
from polydesign.generators.polygpt.network import PolyGPT
from polydesign.generators.polygpt.spec import SPEC
from polydesign.generators.strings import ScoredStrings


class PolyGPTGenerator(ScoredStrings):
    """A trained PolyGPT with its tokenizer."""

    SPEC = SPEC
    CONFIG = PolyGPTConfig
    NETWORK = PolyGPT
