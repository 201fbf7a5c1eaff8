"""String families as policies: an action is a token.

Shapes: B strings, T tokens with start and end, L actions: the tokens drawn, the end among them.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, PolymerTokenizer
from polydesign.nn.policy import NONE, Episodes, Policy
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import LikelihoodWriter
from polydesign.writing.sampling import Writing

_PARTS = 4  # most strings are short, a few are long: each part is padded to its own longest


class TokenPolicy(Policy):
    """A network that writes token sequences and knows their probabilities."""

    def __init__(self, network: LikelihoodWriter, tokenizer: PolymerTokenizer, temperature: float = 1.0) -> None:
        self.network: LikelihoodWriter = network
        self.tokenizer = tokenizer
        self.temperature = temperature

    def rollout(self, requests: Requests, generator: torch.Generator) -> Episodes:
        """See `Policy`."""
        ids = self.network.sample(requests, Writing(generator, temperature=self.temperature))
        drawn = [[*row, END_ID][: self.network.max_tokens - 1] for row in ids]
        width = max(map(len, drawn))
        actions = torch.tensor([row + [NONE] * (width - len(row)) for row in drawn], device=requests.values.device)
        return Episodes(self.tokenizer.decode(ids), actions)

    def log_prob(self, episodes: Episodes, requests: Requests) -> Tensor:
        """See `Policy`."""
        lengths = episodes.lengths
        order = lengths.argsort(stable=True)
        parts = []
        for rows in (torch.as_tensor(part) for part in np.array_split(order.cpu().numpy(), _PARTS) if len(part)):
            actions = episodes.actions[rows][:, : int(lengths[rows].max())]
            start = actions.new_full((len(rows), 1), START_ID)
            tokens = torch.cat([start, actions.masked_fill(actions == NONE, PAD_ID)], dim=1)
            parts.append(self.network.token_log_prob(tokens, requests.rows(rows)).sum(dim=1))
        return torch.cat(parts)[order.argsort()]


class _Hides(Protocol):
    def hide(self, requests: Requests, generator: torch.Generator | None) -> Requests: ...


class AskAsPeopleDo:
    """Requests as people make them: properties of training polymers, most of them hidden.

    Args:
        rows: prepared ones, batches of which have "values" and "given".
        network: hides properties, by `hide`.
        salt: another one draws other polymers.
    """

    def __init__(self, rows: PreparedRows, network: _Hides, salt: int = 7) -> None:
        self.rows, self.network, self.salt = rows, network, salt
        self.usable = np.flatnonzero(rows.split == 0)
        weight = rows.weight[self.usable].astype(np.float64)
        self.probability = weight / weight.sum()

    def __call__(self, step: int, n: int, generator: torch.Generator) -> Requests:
        """Return `n` requests of a step."""
        rng = np.random.default_rng([step, self.salt])
        batch = self.rows.batch(self.usable[rng.choice(len(self.usable), size=n, p=self.probability)])
        known = Requests(*(torch.from_numpy(part).to(generator.device) for part in (batch["values"], batch["given"])))
        return self.network.hide(known, generator)
