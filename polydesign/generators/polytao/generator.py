"""PolyTAO as a generator: targets in, raw strings out."""

from __future__ import annotations

from polydesign.generators.base import ScoredStrings
from polydesign.generators.polytao.config import PolyTAOConfig
from polydesign.generators.polytao.network import PolyTAO
from polydesign.generators.polytao.spec import SPEC


class PolyTAOGenerator(ScoredStrings):
    """A trained PolyTAO with its tokenizer."""

    spec = SPEC
    config_class = PolyTAOConfig
    network_class = PolyTAO
