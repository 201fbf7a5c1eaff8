"""The toy GAN as a generator."""

from polydesign.generators.base import StringGenerator
from toygan.config import Config
from toygan.network import Network
from toygan.spec import SPEC


class Generator(StringGenerator[Network]):
    """A trained toy GAN with its tokenizer."""

    spec, config_class, network_class = SPEC, Config, Network
