"""CharRNN as a generator: raw strings out, whatever the targets; and the probability of a given string."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from polydesign.core.targets import Targets
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, UNKNOWN_ID
from polydesign.generators.charrnn.config import CharRNNConfig
from polydesign.generators.charrnn.network import CharRNN
from polydesign.generators.charrnn.spec import SPEC
from polydesign.generators.unconditional import BATCH, UnconditionalGenerator, check_rows


class CharRNNGenerator(UnconditionalGenerator):
    """A trained CharRNN with its tokenizer."""

    spec = SPEC
    config_class = CharRNNConfig
    network_class = CharRNN

    def draw(
        self, n: int, *, generator: torch.Generator, check: Callable[[], None] | None = None, **options: Any
    ) -> list[list[int]]:
        """Return `n` rows of token ids."""
        return self.network.sample(n, generator=generator, check=check, **options)

    @torch.no_grad()
    def log_prob(self, psmiles: Sequence[str], targets: Targets | Sequence[Targets]) -> np.ndarray:
        """Return (N,) natural-log probabilities of the strings as the tokenizer cuts them.

        -inf marks strings too long for the network and those with a piece outside the vocabulary.
        """
        check_rows(targets, len(psmiles))
        encoded = [[START_ID, *ids, END_ID] for ids in self.tokenizer.encode(psmiles)]
        result = np.full(len(encoded), -np.inf)
        room = self.network.max_tokens
        fitting = [i for i, ids in enumerate(encoded) if len(ids) <= room and UNKNOWN_ID not in ids]
        for start in range(0, len(fitting), BATCH):
            index = fitting[start : start + BATCH]
            longest = max(len(encoded[i]) for i in index)
            tokens = torch.tensor([encoded[i] + [PAD_ID] * (longest - len(encoded[i])) for i in index])
            result[index] = self.network.token_log_prob(tokens).sum(dim=1).numpy()
        return result
