"""PolyTAO as a generator: targets in, raw strings out."""

from __future__ import annotations

from polydesign.generators.polytao.config import PolyTAOConfig
from polydesign.generators.polytao.network import PolyTAO
from polydesign.generators.polytao.spec import SPEC
from polydesign.generators.strings import ScoredStrings


class PolyTAOGenerator(ScoredStrings):
    """A trained PolyTAO with its tokenizer."""

    SPEC = SPEC
    CONFIG = PolyTAOConfig
    NETWORK = PolyTAO
