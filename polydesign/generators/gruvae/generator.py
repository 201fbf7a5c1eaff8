"""The GRU-VAE as a generator: draws of the prior decoded, and polymers to codes and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID
from polydesign.generators.gruvae.config import GruVAEConfig
from polydesign.generators.gruvae.network import GruVAE
from polydesign.generators.gruvae.spec import SPEC
from polydesign.generators.strings import as_codes, stopping
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

    def decode(
        self,
        z: np.ndarray,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> list[str]:
        """Return the string of each of the (N, d) codes; see `core.protocols.LatentGenerator`."""
        z = as_codes(z, self.config.d_latent)
        chosen = {} if options is None else self.spec.check_options(options)
        constrained = chosen.get("constrained", False)
        writing = {name: chosen[name] for name in ("temperature", "top_p") if name in chosen}
        generator = torch.Generator().manual_seed(seed)
        strings: list[str] = []
        for start in range(0, len(z), BATCH):
            rows = torch.from_numpy(z[start : start + BATCH])
            constraint = self.grammar.start(len(rows)) if constrained else None
            ids = self.network.decode(
                rows, generator=generator, check=stopping(should_stop), constraint=constraint, **writing
            )
            strings += self.tokenizer.decode(ids)
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), len(z)))
        return strings

    def prior(
        self,
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> np.ndarray:
        """Return (n, d) float32 draws of N(0, spread^2); see `core.protocols.LatentGenerator`."""
        spread = self.spec.check_options(options)["spread"]
        stopping(should_stop)()
        z = spread * torch.randn(n, self.config.d_latent, generator=torch.Generator().manual_seed(seed))
        return z.numpy()
