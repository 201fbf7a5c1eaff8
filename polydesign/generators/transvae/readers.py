"""The three encoders of TransVAE: recurrence, recurrence with attention to its own states, attention alone.

Shapes: B batch, T tokens, L layers, d width.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from polydesign.nn.recurrent import RecurrentStack, last_positions


class RecurrentReader(nn.Module):
    """GRU layers, of which the last states are what was read.

    Layers are stacks of one, so that each one's state at the end of each row is at hand, whatever follows it.

    Args:
        d_model: width of tokens and states.
        n_layers: number L of layers.
        dropout: share of the states that is switched off between layers in training.
    """

    def __init__(self, d_model: int, n_layers: int, dropout: float = 0.0) -> None:
        super().__init__()
        self.layers = nn.ModuleList(RecurrentStack("gru", d_model, d_model, 1) for _ in range(n_layers))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Return ``(B, L d)``, the state of each layer at the last visible of ``(B, T, d)`` embeddings."""
        lengths = visible.sum(dim=1)
        return torch.cat([last_positions(hidden, lengths) for hidden in self.states(x)], dim=1)

    def states(self, x: Tensor) -> list[Tensor]:
        """Return the ``(B, T, d)`` states of each layer."""
        states: list[Tensor] = []
        for layer in self.layers:
            x, _ = layer(self.dropout(x) if states else x)
            states.append(x)
        return states


class AttentiveRecurrentReader(RecurrentReader):
    """GRU layers, and at each position a weighted mean of the states at all positions:

        w_t = softmax_s Linear [ x_t ; h_t ]_s        c_t = sum_s w_ts h_s

    with h the states of the last layer. The weights follow from the position's own token and state and from where the
    others stand, as in the study's own code (additive attention; Bahdanau et al., ICLR 2015,
    https://arxiv.org/abs/1409.0473, is its origin).

    Args:
        d_model, n_layers, dropout: as in `RecurrentReader`.
        max_length: most positions.
    """  # fmt: skip

    def __init__(self, d_model: int, n_layers: int, max_length: int, dropout: float = 0.0) -> None:
        super().__init__(d_model, n_layers, dropout)
        self.score = nn.Linear(2 * d_model, max_length)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Return the ``(B, T, d)`` contexts of ``(B, T, d)`` embeddings."""
        hidden = self.states(x)[-1]
        return self.weights(x, hidden, visible) @ hidden

    def weights(self, x: Tensor, hidden: Tensor, visible: Tensor) -> Tensor:
        """Return ``(B, T, T)``: how much each position looks at each visible one; rows add up to 1."""
        score = self.score(torch.cat([x, hidden], dim=2))[..., : x.shape[1]]
        return score.masked_fill(~visible[:, None], float("-inf")).softmax(dim=2)
