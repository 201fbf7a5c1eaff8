"""The toy policy as a generator."""

from polydesign.generators.base import ScoredStrings
from toypolicy.config import Config
from toypolicy.network import Network
from toypolicy.spec import SPEC


class Generator(ScoredStrings):
    """A trained table with its tokenizer."""

    spec, config_class, network_class = SPEC, Config, Network
