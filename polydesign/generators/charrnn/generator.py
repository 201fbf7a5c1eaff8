"""CharRNN as a generator: raw strings out, whatever the targets; and the probability of a given string."""

from __future__ import annotations

from polydesign.generators.base import ScoredStrings
from polydesign.generators.charrnn.config import CharRNNConfig
from polydesign.generators.charrnn.network import CharRNN
from polydesign.generators.charrnn.spec import SPEC


class CharRNNGenerator(ScoredStrings):
    """A trained CharRNN with its tokenizer."""

    spec = SPEC
    config_class = CharRNNConfig
    network_class = CharRNN
