"""The GRU-VAE as a generator: draws of the prior decoded, and polymers to codes and back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from polydesign.data.tokenizer import END_ID, PAD_ID, START_ID
from polydesign.generators.gruvae.config import GruVAEConfig
from polydesign.generators.gruvae.network import GruVAE
from polydesign.generators.gruvae.spec import SPEC
from polydesign.generators.unconditional import BATCH, UnconditionalGenerator


class GruVAEGenerator(UnconditionalGenerator):
    """A trained GRU-VAE with its tokenizer."""

    spec = SPEC
    config_class = GruVAEConfig
    network_class = GruVAE

    def draw(
        self, n: int, *, generator: torch.Generator, check: Callable[[], None] | None = None, **options: Any
    ) -> list[list[int]]:
        """Return `n` rows of token ids, decoded from draws of the prior."""
        z = options.pop("spread") * torch.randn(n, self.config.d_latent, generator=generator)
        return self.network.decode(z, generator=generator, check=check, **options)

    @torch.no_grad()
    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes: the means of q(z | string), of the strings as written."""
        encoded = [[START_ID, *ids, END_ID] for ids in self.tokenizer.encode(psmiles)]
        codes = np.zeros((len(encoded), self.config.d_latent), dtype=np.float32)
        for start in range(0, len(encoded), BATCH):
            rows = encoded[start : start + BATCH]
            longest = max(map(len, rows))
            tokens = torch.tensor([ids + [PAD_ID] * (longest - len(ids)) for ids in rows])
            codes[start : start + BATCH] = self.network.posterior(tokens)[0].numpy()
        return codes

    def decode(self, z: np.ndarray, *, seed: int) -> list[str]:
        """Return the string of each of the (N, d) codes, token by most probable token: the seed has no say."""
        z = np.asarray(z, dtype=np.float32)
        if z.ndim != 2 or z.shape[1] != self.config.d_latent:
            raise ValueError(f"z must have the shape (N, {self.config.d_latent}); got {z.shape}.")
        generator = torch.Generator().manual_seed(seed)
        strings: list[str] = []
        for start in range(0, len(z), BATCH):
            rows = torch.from_numpy(z[start : start + BATCH])
            strings += self.tokenizer.decode(self.network.decode(rows, generator=generator))
        return strings
