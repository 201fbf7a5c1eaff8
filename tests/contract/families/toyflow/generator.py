"""The toy flow as a generator."""

from polydesign.generators.base import LatentStrings
from toyflow.config import Config
from toyflow.network import Network
from toyflow.spec import SPEC


class Generator(LatentStrings):
    """A trained toy flow with its autoencoder and tokenizer."""

    spec, config_class, network_class = SPEC, Config, Network
