"""An encoder that reads a set, and a causal decoder that attends to it (Vaswani et al., 2017).

Both are pre-norm and share the blocks of nn.transformer; what the encoder reads has no order but the
position embeddings its caller adds.

Shapes: B batch, S positions read, T positions written, H heads, D width of a head, d_model = H D.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import cast

from torch import Tensor, nn

from polydesign.nn.transformer import Attention, Block, Decoder, KeyValueCache


def attend_to(q: Tensor, k: Tensor, v: Tensor, visible: Tensor) -> Tensor:
    """Return attention of ``(B, H, T, D)`` queries over ``(B, H, S, D)`` keys where ``(B, S)`` is True."""
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    return scores.masked_fill(~visible[:, None, None], float("-inf")).softmax(dim=-1) @ v


class Encoder(nn.Module):
    """Blocks in which every visible position sees every other.

    Args:
        d_model, n_layers, n_heads, dropout, d_feedforward: as in `nn.transformer.Decoder`.
    """

    def __init__(
        self, d_model: int, n_layers: int, n_heads: int, dropout: float = 0.0, d_feedforward: int | None = None
    ) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.blocks = nn.ModuleList(Block(d_model, n_heads, dropout, d_feedforward) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        self.apply(Decoder._initialise)
        _shrink_residuals(self, n_layers)

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """Map ``(B, S, d_model)`` to the same shape; positions where ``(B, S)`` is False are not looked at."""
        for block in cast("Iterable[Block]", self.blocks):
            x = x + block.dropout(self._mix(block.attention, block.attention_norm(x), visible))
            x = x + block.dropout(block.mlp(block.mlp_norm(x)))
        return self.norm(x)

    def _mix(self, attention: Attention, x: Tensor, visible: Tensor) -> Tensor:
        batch, length, width = x.shape
        q, k, v = attention.qkv(x).view(batch, length, 3, self.n_heads, -1).permute(2, 0, 3, 1, 4)
        return attention.out(attend_to(q, k, v, visible).transpose(1, 2).reshape(batch, length, width))


class Memory:
    """Keys and values of what was read, made once a layer, and which positions are visible."""

    def __init__(self, layers: list[tuple[Tensor, Tensor]], visible: Tensor) -> None:
        self.layers, self.visible = layers, visible

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""
        self.layers = [(k[rows], v[rows]) for k, v in self.layers]
        self.visible = self.visible[rows]


class CrossDecoder(Decoder):
    """The causal decoder of nn.transformer with a look at the memory in each block."""

    def __init__(
        self,
        d_model: int,
        n_layers: int,
        n_heads: int,
        max_length: int,
        dropout: float = 0.0,
        d_feedforward: int | None = None,
    ) -> None:
        super().__init__(d_model, n_layers, n_heads, max_length, dropout, d_feedforward)
        self.cross_norms = nn.ModuleList(nn.LayerNorm(d_model) for _ in range(n_layers))
        self.queries = nn.ModuleList(nn.Linear(d_model, d_model) for _ in range(n_layers))
        self.keys_values = nn.ModuleList(nn.Linear(d_model, 2 * d_model) for _ in range(n_layers))
        self.mixed = nn.ModuleList(nn.Linear(d_model, d_model) for _ in range(n_layers))
        for layers in (self.queries, self.keys_values, self.mixed):
            layers.apply(self._initialise)
        for layer in self.mixed:
            nn.init.normal_(layer.get_parameter("weight"), std=0.02 / math.sqrt(2 * n_layers))

    def remember(self, read: Tensor, visible: Tensor) -> Memory:
        """Make the memory of ``(B, S, d_model)`` encoder outputs with ``(B, S)`` bool of what may be seen."""
        layers = []
        for layer in self.keys_values:
            k, v = layer(read).chunk(2, dim=-1)
            layers.append((self._heads(k), self._heads(v)))
        return Memory(layers, visible)

    def forward(self, x: Tensor, cache: KeyValueCache | None = None, memory: Memory | None = None) -> Tensor:
        """Map ``(B, T, d_model)`` embeddings to hidden states; see `Decoder.forward` for the cache."""
        assert memory is not None
        start = cache.length if cache is not None else 0
        end = start + x.shape[1]
        cos, sin = self.cos[start:end], self.sin[start:end]
        for layer, block in enumerate(cast("Iterable[Block]", self.blocks)):
            x = x + block.dropout(block.attention(block.attention_norm(x), cos, sin, cache, layer))
            q = self._heads(self.queries[layer](self.cross_norms[layer](x)))
            seen = attend_to(q, *memory.layers[layer], memory.visible)
            x = x + block.dropout(self.mixed[layer](seen.transpose(1, 2).reshape(x.shape)))
            x = x + block.dropout(block.mlp(block.mlp_norm(x)))
        if cache is not None:
            cache.length = end
        return self.norm(x)

    def _heads(self, x: Tensor) -> Tensor:
        return x.view(*x.shape[:2], self.n_heads, -1).transpose(1, 2)


def _shrink_residuals(module: nn.Module, n_layers: int) -> None:
    for name, weight in module.named_parameters():
        if name.endswith(("out.weight", "mlp.2.weight")):
            nn.init.normal_(weight, std=0.02 / math.sqrt(2 * n_layers))
