"""A small pre-norm transformer with rotary positions and a key-value cache for generation.

The decoder follows GPT-NeoX (Black et al., 2022, https://arxiv.org/abs/2204.06745) without its
parallel residual: x + attention(norm(x)), then x + mlp(norm(x)), with SiLU in the place of GELU, which costs
four times as much in bfloat16 on a CPU; positions enter by rotating queries
and keys (Su et al., 2021, https://arxiv.org/abs/2104.09864).

Shapes: B batch, T positions, H heads, D width of a head, d_model = H D.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def rotary_table(max_length: int, d_head: int, base: float = 10_000.0) -> tuple[Tensor, Tensor]:
    """Return cosines and sines, each ``(max_length, d_head)``, of the rotation at each position."""
    frequency = base ** (-torch.arange(0, d_head, 2, dtype=torch.float32) / d_head)
    angle = torch.outer(torch.arange(max_length, dtype=torch.float32), frequency)
    angle = torch.cat([angle, angle], dim=-1)
    return angle.cos(), angle.sin()


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotate ``(B, H, T, D)`` queries or keys by tables of ``(T, D)``."""
    first, second = x.chunk(2, dim=-1)
    return x * cos.to(x.dtype) + torch.cat([-second, first], dim=-1) * sin.to(x.dtype)


def attend(q: Tensor, k: Tensor, v: Tensor, *, causal: bool) -> Tensor:
    """Return softmax(q k^T / sqrt(D)) v for ``(B, H, T, D)`` queries, keys and values.

    On a CPU the fused kernel loses to plain products for the short sequences here: its backward
    pass in bfloat16 is about six times slower.
    """
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
    if causal:
        future = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
        scores = scores.masked_fill(future, float("-inf"))
    return scores.softmax(dim=-1) @ v


class KeyValueCache:
    """Keys and values of all layers for the positions seen so far.

    Room is made in steps, doubling, because rows are dropped often and every drop copies the room.
    """

    def __init__(self, n_layers: int, batch: int, n_heads: int, d_head: int, like: Tensor) -> None:
        self.store = torch.empty((n_layers, 2, batch, n_heads, 16, d_head), dtype=like.dtype, device=like.device)
        self.length = 0

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write ``(B, H, T, D)`` keys and values of new positions; return all of them so far."""
        end = self.length + keys.shape[2]
        if end > self.store.shape[4]:
            self.store = torch.cat([self.store, torch.empty_like(self.store)], dim=4)
        cache = self.store[layer]
        cache[0, :, :, self.length : end] = keys
        cache[1, :, :, self.length : end] = values
        return cache[0, :, :, :end], cache[1, :, :, :end]

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`, so that finished sequences cost nothing more."""
        self.store = self.store[:, :, rows]


class Attention(nn.Module):
    """Multi-head self-attention, causal, with an optional cache."""

    def __init__(self, d_model: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.qkv = nn.Linear(d_model, 3 * d_model)
        self.out = nn.Linear(d_model, d_model)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: KeyValueCache | None, layer: int) -> Tensor:
        """Map ``(B, T, d_model)`` to the same shape; with a cache, x holds the new positions only."""
        batch, length, width = x.shape
        q, k, v = self.qkv(x).view(batch, length, 3, self.n_heads, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            k, v = cache.append(layer, k, v)
        # A single new position may look at everything; several (the prompt, or training) are causal.
        mixed = attend(q, k, v, causal=length > 1)
        return self.out(mixed.transpose(1, 2).reshape(batch, length, width))


class Block(nn.Module):
    """Attention and a feed-forward network, each behind a layer norm and added back."""

    def __init__(self, d_model: int, n_heads: int, dropout: float, d_feedforward: int | None = None) -> None:
        super().__init__()
        inner = d_feedforward or 4 * d_model
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = Attention(d_model, n_heads)
        self.mlp_norm = nn.LayerNorm(d_model)
        self.mlp = nn.Sequential(nn.Linear(d_model, inner), nn.SiLU(), nn.Linear(inner, d_model))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, cache: KeyValueCache | None, layer: int) -> Tensor:
        """Map ``(B, T, d_model)`` to the same shape."""
        x = x + self.dropout(self.attention(self.attention_norm(x), cos, sin, cache, layer))
        return x + self.dropout(self.mlp(self.mlp_norm(x)))


class Decoder(nn.Module):
    """A stack of causal blocks over ready-made embeddings.

    Args:
        d_model: width, a multiple of 2 `n_heads`.
        n_layers: number of blocks.
        n_heads: attention heads.
        max_length: longest sequence, prompt included.
        dropout: dropout rate in training.
        d_feedforward: width within the feed-forward networks; None is 4 `d_model`.
    """

    cos: Tensor
    sin: Tensor

    def __init__(
        self,
        d_model: int,
        n_layers: int,
        n_heads: int,
        max_length: int,
        dropout: float = 0.0,
        d_feedforward: int | None = None,
    ) -> None:
        super().__init__()
        self.max_length = max_length
        self.n_heads = n_heads
        self.blocks = nn.ModuleList(Block(d_model, n_heads, dropout, d_feedforward) for _ in range(n_layers))
        self.norm = nn.LayerNorm(d_model)
        cos, sin = rotary_table(max_length, d_model // n_heads)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        self.apply(self._initialise)
        for name, weight in self.named_parameters():
            if name.endswith(("out.weight", "mlp.2.weight")):  # keep the residual stream at unit scale (GPT-2)
                nn.init.normal_(weight, std=0.02 / math.sqrt(2 * n_layers))

    @staticmethod
    def _initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def new_cache(self, batch: int, like: Tensor) -> KeyValueCache:
        """Return an empty cache for `batch` sequences, of the type and device of the embeddings `like`."""
        return KeyValueCache(len(self.blocks), batch, self.n_heads, like.shape[-1] // self.n_heads, like)

    def forward(self, x: Tensor, cache: KeyValueCache | None = None) -> Tensor:
        """Map ``(B, T, d_model)`` embeddings to hidden states of the same shape.

        With a cache, x are the positions after those it holds, and it grows by T.
        """
        start = cache.length if cache is not None else 0
        end = start + x.shape[1]
        cos, sin = self.cos[start:end], self.sin[start:end]
        for layer, block in enumerate(self.blocks):
            x = block(x, cos, sin, cache, layer)
        if cache is not None:
            cache.length = end
        return self.norm(x)
