"""Tell a decoder what it has written so far, and how much of each requested count is left.

A transformer has to learn to count atoms and to match ring numbers and parentheses from examples;
both are sums over the prefix. Given as input, "two atoms and one ring left, branch open" is read off,
which is most of what requests for exact counts and valid strings need. Length control by a
count-down of what remains goes back to Kikuchi et al., 2016 (https://arxiv.org/abs/1609.09552);
here every tally of `writing.tally` is counted.

Shapes: B batch, T tokens, K tallies, C conditions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.nn.requests import Requests
from polydesign.writing.tally import COUNTS, RING_LABELS, tally_table

# A requested descriptor and the sum of tallies that approaches it while the string is written. RDKit counts the
# two attachment points as heteroatoms; hydrogen is all that is missing of the weight.
_REQUESTED = {
    "HeavyAtomCount": {"heavy atoms": 1.0},
    "NOCount": {"nitrogen": 1.0, "oxygen": 1.0},
    "NumHeteroatoms": {"heteroatoms": 1.0, "attachment points": 1.0},
    "RingCount": {"ring numbers": 0.5},
    "MolWt": {"mass": 1.0},
}
_SCALE = torch.tensor([20.0, 12.0, 4.0, 4.0, 6.0, 6.0, 8.0, 6.0, 2.0, 300.0, 1.0, 1.0])
_OPEN, _STARS = COUNTS.index("open branches"), COUNTS.index("attachment points")
_DEPTHS, _STAR_COUNTS = 7, 4
_LOWEST, _HIGHEST = -2, 12  # remaining counts told apart one by one; more are told by their size
_PERIODS = (2.016, 4.032, 8.064, 24.0, 96.0)  # g/mol: how many hydrogen atoms, and heavier pieces, are left


class TallyEmbedding(nn.Module):
    """Map running tallies and requests to embeddings that are added to those of the tokens.

    Args:
        vocabulary: the V tokens as written.
        conditions, mean, std: names and standardisation of the requests.
        d_model: width of an embedding.
    """

    table: Tensor
    pick: Tensor
    weights: Tensor
    centre: Tensor
    spread: Tensor
    scale: Tensor

    def __init__(
        self,
        vocabulary: Sequence[str],
        conditions: Sequence[str],
        mean: Sequence[float],
        std: Sequence[float],
        d_model: int,
    ) -> None:
        super().__init__()
        counted = [key for key in _REQUESTED if key in conditions]
        pick = [list(conditions).index(key) for key in counted]
        weights = torch.tensor(
            [[_REQUESTED[key].get(name, 0.0) for name in COUNTS] for key in counted], dtype=torch.float32
        ).view(len(counted), len(COUNTS))
        for name, tensor in (
            ("table", torch.from_numpy(tally_table(vocabulary))),
            ("pick", torch.tensor(pick, dtype=torch.long)),
            ("weights", weights),
            ("centre", torch.tensor([mean[i] for i in pick], dtype=torch.float32)),
            ("spread", torch.tensor([std[i] for i in pick], dtype=torch.float32)),
            ("scale", _SCALE.clone()),
        ):
            self.register_buffer(name, tensor, persistent=False)  # rebuilt from the config
        left = 2 + (_HIGHEST - _LOWEST + 1) + 2 * len(_PERIODS)
        n_features = len(COUNTS) + RING_LABELS + _DEPTHS + _STAR_COUNTS + left * len(counted)
        self.linear = nn.Linear(n_features, d_model, bias=False)
        nn.init.normal_(self.linear.weight, std=0.02)

    def running(self, tokens: Tensor) -> Tensor:
        """Return the ``(B, T, K)`` tallies of the prefixes that end with each of the ``(B, T)`` tokens."""
        return self.table[tokens].cumsum(dim=1)

    def forward(self, tallies: Tensor, values: Tensor, given: Tensor) -> Tensor:
        """Map ``(B, T, K)`` tallies, ``(B, C)`` standardised requests and their flags to ``(B, T, d_model)``."""
        counts, rings = tallies[..., : len(COUNTS)], tallies[..., len(COUNTS) :]
        depth = F.one_hot(counts[..., _OPEN].round().long().clamp(0, _DEPTHS - 1), _DEPTHS)
        stars = F.one_hot(counts[..., _STARS].round().long().clamp(0, _STAR_COUNTS - 1), _STAR_COUNTS)
        parts = [counts / self.scale, rings.remainder(2.0), depth, stars]
        if len(self.pick):
            asked = given[:, None, self.pick]
            wanted = values[:, None, self.pick] * self.spread + self.centre
            left = wanted - counts @ self.weights.T  # (B, T, requested)
            near = F.one_hot(left.round().long().clamp(_LOWEST, _HIGHEST) - _LOWEST, _HIGHEST - _LOWEST + 1)
            angle = left[..., None] * (2 * math.pi / torch.tensor(_PERIODS, device=left.device))
            each = torch.cat(
                [left[..., None] / 20.0, torch.ones_like(left)[..., None], near, angle.sin(), angle.cos()], -1
            )
            parts.append((each * asked[..., None]).flatten(2))
        return self.linear(torch.cat([part.to(counts.dtype) for part in parts], dim=-1))


class RunningTally:
    """Requests and tallies of a batch of strings that grow; without a `tally` it adds nothing.

    Args:
        tally: the embedding, or None.
        requests: B of them.
    """

    def __init__(self, tally: TallyEmbedding | None, requests: Requests) -> None:
        self.tally, self.requests = tally, requests
        self.tallies: Tensor | None = None  # (B, 1, K) of all that is written

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""
        self.requests = self.requests.rows(rows)
        self.tallies = None if self.tallies is None else self.tallies[rows]

    def embed(self, tokens: Tensor) -> Tensor | float:
        """Count the next ``(B, T)`` tokens and return their ``(B, T, d_model)`` embeddings."""
        if self.tally is None:
            return 0.0
        tallies = self.tally.running(tokens)
        if self.tallies is not None:
            tallies = tallies + self.tallies
        self.tallies = tallies[:, -1:]
        return self.tally(tallies, self.requests.values, self.requests.given)
