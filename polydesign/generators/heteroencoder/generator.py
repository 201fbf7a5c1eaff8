"""The heteroencoder as a generator: draws of a normal distribution decoded, and polymers to codes and back."""

from __future__ import annotations

from polydesign.generators.base import LatentStrings
from polydesign.generators.heteroencoder.config import HeteroencoderConfig
from polydesign.generators.heteroencoder.network import Heteroencoder
from polydesign.generators.heteroencoder.spec import SPEC


class HeteroencoderGenerator(LatentStrings):
    """A trained heteroencoder with its tokenizer."""

    spec = SPEC
    config_class = HeteroencoderConfig
    network_class = Heteroencoder
