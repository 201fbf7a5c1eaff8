"""A stack of LSTM or GRU layers whose state can be carried on, and thinned when rows of a batch have ended.

LSTM: Hochreiter & Schmidhuber, 1997 (https://doi.org/10.1162/neco.1997.9.8.1735); GRU: Cho et al., 2014
(https://arxiv.org/abs/1406.1078). Dropout acts between the layers.

Shapes: B batch, T positions, L layers.
"""

from __future__ import annotations

from typing import Literal, Protocol

import torch
from torch import Tensor, nn

Cell = Literal["lstm", "gru"]
State = tuple[Tensor, ...]
"""One (L, B, d_model) tensor for a GRU, hidden and cell state for an LSTM."""


class RecurrentStack(nn.Module):
    """Map sequences to hidden states, position after position.

    Args:
        cell: "lstm" or "gru".
        d_input: width of the inputs.
        d_model: width of the hidden states.
        n_layers: number L of layers.
        dropout: share of the hidden states that is switched off between layers in training.
    """

    def __init__(self, cell: Cell, d_input: int, d_model: int, n_layers: int, dropout: float = 0.0) -> None:
        super().__init__()
        kind = {"lstm": nn.LSTM, "gru": nn.GRU}[cell]
        self.cell: Cell = cell
        # A single layer has no place for dropout between layers, and torch warns about it.
        self.layers = kind(d_input, d_model, n_layers, batch_first=True, dropout=dropout if n_layers > 1 else 0.0)

    def forward(self, x: Tensor, state: State | None = None) -> tuple[Tensor, State]:
        """Return ``(B, T, d_model)`` hidden states of the last layer and the state after position T.

        Args:
            x: ``(B, T, d_input)`` inputs.
            state: the state before the first of them; None is all zeros.
        """
        if self.cell == "lstm":
            return self.layers(x, state)
        hidden, last = self.layers(x, None if state is None else state[0])
        return hidden, (last,)


def keep_rows(state: State, rows: Tensor) -> State:
    """Return the state of the batch `rows` alone."""
    return tuple(part[:, rows] for part in state)


def last_positions(hidden: Tensor, lengths: Tensor) -> Tensor:
    """Return ``(B, d)``, of each row of ``(B, T, d)`` the hidden state at the last of its ``(B,)`` positions."""
    return hidden[torch.arange(len(hidden), device=hidden.device), lengths - 1]


def reverse_rows(tokens: Tensor, lengths: Tensor) -> Tensor:
    """Return ``(B, T)`` tokens with the first ``(B,)`` positions of each row in reverse order; padding stays."""
    position = torch.arange(tokens.shape[1], device=tokens.device)
    source = torch.where(position < lengths[:, None], lengths[:, None] - 1 - position, position)
    return tokens.gather(1, source)


class CodeDecoder(Protocol):
    """A recurrent network that writes what codes stand for."""

    decoder: RecurrentStack
    head: nn.Linear

    def inputs(self, tokens: Tensor, z: Tensor) -> Tensor:
        """Return ``(B, T, d_input)`` inputs of the decoder for ``(B, T)`` tokens and ``(B, d)`` codes."""
        ...

    def first_state_of(self, z: Tensor) -> State:
        """Return the state in which the decoder starts."""
        ...


class CodeStepper:
    """Such a decoder at work on ``(B, d)`` codes: the state of its layers after all that is written."""

    def __init__(self, network: CodeDecoder, z: Tensor) -> None:
        self.network, self.z = network, z
        self.state = network.first_state_of(z)

    def keep(self, rows: Tensor) -> None:
        """See `writing.sampling.Stepper`."""
        self.state, self.z = keep_rows(self.state, rows), self.z[rows]

    def step(self, tokens: Tensor) -> Tensor:
        """See `writing.sampling.Stepper`."""
        hidden, self.state = self.network.decoder(self.network.inputs(tokens[:, None], self.z), self.state)
        return self.network.head(hidden[:, 0])
