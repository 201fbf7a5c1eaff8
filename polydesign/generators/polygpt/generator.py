"""PolyGPT as a generator: targets in, raw strings out."""

from __future__ import annotations

from polydesign.generators.base import ScoredStrings
from polydesign.generators.polygpt.config import PolyGPTConfig
from polydesign.generators.polygpt.network import PolyGPT
from polydesign.generators.polygpt.spec import SPEC


class PolyGPTGenerator(ScoredStrings):
    """A trained PolyGPT with its tokenizer."""

    spec = SPEC
    config_class = PolyGPTConfig
    network_class = PolyGPT
