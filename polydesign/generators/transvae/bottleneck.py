"""The narrow part of TransVAE: what was read to a few numbers, and those to a memory that the decoder can look up.

    last states of all layers -> Linear -> code -> Linear -> one vector                        (recurrent)
    (d, N) -> 3 x [ convolve, halve ] -> (C, N / 8) -> Linear -> code
      -> Linear -> (C, N / 8) -> 3 x [ double, convolve ] -> (d, N)                            (attentive)

As in the study's own code, where ours differs: convolutions keep the length, so that each stage halves or doubles it
_MARGIN = _WRITE_KERNEL // 2  # an output hangs together with so many more inputs on its right, at most
and any multiple of 8 comes back as it was (its kernels and strides fit one length only); after each stage what stands
behind a string's end is zero again, so that padding has no influence and need not be computed.

Shapes: B batch, T positions read, N longest sequence, L layers, C channels, d width, S positions of the memory.
"""

from __future__ import annotations

import itertools
import math
from abc import ABC, abstractmethod

from torch import Tensor, nn
from torch.nn import functional as F

_STAGES = 3
_READ_KERNEL, _WRITE_KERNEL = 9, 8  # odd keeps a length; even, with stride 2, doubles it
_MARGIN = _WRITE_KERNEL // 2  # an output hangs together with so many more inputs on its right, at most
_FIRST_LOG_VAR = -4.0


class Bottleneck(nn.Module, ABC):
    """What was read to the numbers of a Gaussian, and a code to a memory."""

    @abstractmethod
    def compress(self, read: Tensor, visible: Tensor) -> Tensor:
        """Return ``(B, 2 d_latent)``, mean and logarithm of the variance, where ``(B, T)`` is visible."""

    @abstractmethod
    def restore(self, z: Tensor, n: int | None = None) -> Tensor:
        """Return the ``(B, S, d)`` memory of ``(B, d_latent)`` codes, of which the first `n` positions will do."""


class FlatBottleneck(Bottleneck):
    """One linear layer on either side of the code; the memory is one vector, S = 1."""

    def __init__(self, d_read: int, d_latent: int, d_model: int) -> None:
        super().__init__()
        self.code = _code_layer(d_read, d_latent)
        self.memory = nn.Linear(d_latent, d_model)

    def compress(self, read: Tensor, visible: Tensor) -> Tensor:
        """See `Bottleneck`; `read` is ``(B, d_read)``, of which everything is visible."""
        return self.code(read)

    def restore(self, z: Tensor, n: int | None = None) -> Tensor:
        """See `Bottleneck`."""
        return self.memory(z)[:, None]


class ConvBottleneck(Bottleneck):
    """Convolutions over the positions, S = N.

    Args:
        d_model: width of what is read and of the memory.
        d_channels: least number C of channels; they halve from `d_model` down to it.
        max_length: N, a multiple of 8, to which what is read is padded with zeros.
        d_latent: dimensions of the code.
    """

    def __init__(self, d_model: int, d_channels: int, max_length: int, d_latent: int) -> None:
        super().__init__()
        self.max_length, self.n_pooled = max_length, max_length >> _STAGES
        channels = [d_model, *(max(d_channels, d_model >> stage) for stage in range(1, _STAGES)), d_channels]
        self.narrow = nn.ModuleList(
            nn.Conv1d(wide, narrow, _READ_KERNEL, padding=_READ_KERNEL // 2)
            for wide, narrow in itertools.pairwise(channels)
        )
        self.widen = nn.ModuleList(
            nn.ConvTranspose1d(narrow, wide, _WRITE_KERNEL, stride=2, padding=_WRITE_KERNEL // 2 - 1)
            for narrow, wide in itertools.pairwise(channels[::-1])
        )
        for layer in (*self.narrow, *self.widen):  # torch's own scale lets a code fade within three stages
            n_inputs = layer.in_channels * (_WRITE_KERNEL // 2 if layer in self.widen else _READ_KERNEL)
            nn.init.normal_(layer.weight, std=math.sqrt(2.0 / n_inputs))
            nn.init.zeros_(layer.bias)
        self.code = _code_layer(d_channels * self.n_pooled, d_latent)
        self.expand = nn.Linear(d_latent, d_channels * self.n_pooled)

    def compress(self, read: Tensor, visible: Tensor) -> Tensor:
        """See `Bottleneck`; `read` is ``(B, T, d)``."""
        room = -read.shape[1] % 2**_STAGES
        x, visible = F.pad(read.transpose(1, 2), (0, room)), F.pad(visible, (0, room))[:, None]
        x = x.masked_fill(~visible, 0.0)
        for layer in self.narrow:
            visible = visible[..., ::2]
            x = F.relu(F.max_pool1d(layer(x), 2)).masked_fill(~visible, 0.0)
        return self.code(F.pad(x, (0, self.n_pooled - x.shape[2])).flatten(1))

    def restore(self, z: Tensor, n: int | None = None) -> Tensor:
        """See `Bottleneck`."""
        x = self.expand(z).view(len(z), -1, self.n_pooled)
        for stage, layer in enumerate(self.widen):
            if n is not None:
                x = x[..., : -(-n >> (_STAGES - stage)) + _MARGIN]
            x = layer(F.relu(x))
        return x.transpose(1, 2)[:, :n]


def _code_layer(d_read: int, d_latent: int) -> nn.Linear:
    """Return the last layer before the code."""
    layer = nn.Linear(d_read, 2 * d_latent)
    # Codes begin nearly free of noise: a decoder that first meets noise learns to do without them.
    nn.init.constant_(layer.bias[d_latent:], _FIRST_LOG_VAR)
    return layer
