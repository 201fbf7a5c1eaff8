"""Counts of token runs of every length up to the order, and the interpolated probability made from them.

With c(h, w) the count of token w after the history h, T(h) the number of different tokens seen after
h, and h' the history without its oldest token, Witten and Bell's estimate is

    p(w | h) = (c(h, w) + T(h) p(w | h')) / (c(h) + T(h))

and the recursion ends in the uniform distribution. It needs no settings and sums to one.

Shapes: V vocabulary with the end mark (id 0), G_k distinct runs of length k.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from polydesign.generators.ngram.config import NgramConfig

EDGE = 0  # both the start, as history, and the end, as next token


class NgramNetwork(nn.Module):
    """Hold the counts as buffers; nothing here is learned by gradients.

    Buffers, for each k from 1 to the order: ``runs_k`` ``(G_k, k)`` int16 token ids, ``counts_k``
    ``(G_k,)`` int32.
    """

    def __init__(self, config: NgramConfig, weights: dict[str, Tensor] | None = None) -> None:
        """Build from the buffers of an earlier network, or empty."""
        super().__init__()
        self.config = config
        for k in range(1, config.order + 1):
            for name, shape, kind in ((f"runs_{k}", (0, k), torch.int16), (f"counts_{k}", (0,), torch.int32)):
                found = None if weights is None else weights.get(name)
                # Sizes depend on the training text; load_state_dict needs a buffer of the size to come.
                self.register_buffer(name, torch.zeros(shape if found is None else found.shape, dtype=kind))
        if weights is not None:
            self.load_state_dict(weights, strict=True)
        self._continuations: dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]] | None = None

    @classmethod
    def count(cls, config: NgramConfig, sequences: Sequence[Sequence[int]]) -> NgramNetwork:
        """Count the runs of `sequences` of token ids (without end marks)."""
        weights: dict[str, Tensor] = {}
        for k in range(1, config.order + 1):
            counts: Counter[tuple[int, ...]] = Counter()
            for ids in sequences:
                padded = [EDGE] * (k - 1) + list(ids) + [EDGE]
                counts.update(tuple(padded[i : i + k]) for i in range(len(padded) - k + 1))
            runs = sorted(counts)
            weights[f"runs_{k}"] = torch.tensor(runs, dtype=torch.int16).reshape(len(runs), k)
            weights[f"counts_{k}"] = torch.tensor([counts[run] for run in runs], dtype=torch.int32)
        return cls(config, weights)

    def next_probabilities(self, history: Sequence[int]) -> np.ndarray:
        """Return the ``(V,)`` probabilities of the next token after all ids written so far."""
        size = len(self.config.vocabulary) + 1
        probability = np.full(size, 1.0 / size)
        recent = [EDGE] * (self.config.order - 1) + list(history)
        table = self._table()
        for k in range(self.config.order):
            found = table.get(tuple(recent[len(recent) - k :]))
            if found is None:
                break  # a history never seen: none of its extensions was either
            tokens, counts = found
            probability *= len(tokens)
            probability[tokens] += counts
            probability /= counts.sum() + len(tokens)
        return probability

    def _table(self) -> dict[tuple[int, ...], tuple[np.ndarray, np.ndarray]]:
        """Return history -> (token ids, counts) of what followed it, built once."""
        if self._continuations is None:
            grouped: dict[tuple[int, ...], list[tuple[int, int]]] = {}
            for k in range(1, self.config.order + 1):
                runs, counts = getattr(self, f"runs_{k}").tolist(), getattr(self, f"counts_{k}").tolist()
                for run, count in zip(runs, counts, strict=True):
                    grouped.setdefault(tuple(run[:-1]), []).append((run[-1], count))
            self._continuations = {
                history: (np.array([t for t, _ in after]), np.array([c for _, c in after], dtype=float))
                for history, after in grouped.items()
            }
        return self._continuations
