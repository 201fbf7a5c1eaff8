"""JT-VAE as a generator: draws of the prior built into units, and units to codes and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.targets import Targets
from polydesign.generators.base import as_codes
from polydesign.generators.jtvae.builder import Choosing, build
from polydesign.generators.jtvae.config import JTVAEConfig
from polydesign.generators.jtvae.encoding import encoded, padded_units, read_vocabulary
from polydesign.generators.jtvae.network import JTVAE
from polydesign.generators.jtvae.spec import SPEC
from polydesign.nn.requests import Conditions

_BATCH = 512  # units built or read together


class JTVAEGenerator:
    """A trained JT-VAE with its vocabulary of clusters."""

    def __init__(self, network: JTVAE) -> None:
        self.network = network.eval()
        self.clusters = read_vocabulary(vars(network.config))

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> Self:
        """Build from a checkpoint, strictly."""
        network = JTVAE(read_settings(JTVAEConfig, config["config"]))
        network.load_state_dict(dict(weights), strict=True)
        return cls(network)

    def sample(
        self,
        targets: Targets | Sequence[Targets],
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> list[str]:
        """Return exactly `n` raw strings, each a valid unit; see `core.protocols.Generator`."""
        Conditions().requests(targets, n)  # targets are not read, but checked as everywhere
        codes = self.prior(n, seed=seed, options=options, should_stop=should_stop)
        return self.decode(
            codes, seed=seed, options=SPEC.check_options(options), on_progress=on_progress, should_stop=should_stop
        )

    def prior(
        self,
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> np.ndarray:
        """Return (n, d) float32 codes; see `core.protocols.LatentGenerator`."""
        spread = SPEC.check_options(options)["spread"]
        stop_if_asked(should_stop, "Sampling")
        generator = torch.Generator().manual_seed(seed)
        return (spread * torch.randn(n, self.network.d_latent, generator=generator)).numpy()

    def decode(
        self,
        z: np.ndarray,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> list[str]:
        """Return the unit of each of the (N, d) codes; see `core.protocols.LatentGenerator`."""
        from polydesign.chem.notation.heavy_graphs import written

        codes = torch.from_numpy(as_codes(z, self.network.d_latent))
        chosen = {"temperature": 0.0, "top_p": 1.0} if options is None else SPEC.check_options(options)
        choosing = Choosing(
            torch.Generator().manual_seed(seed),
            chosen["temperature"],
            chosen["top_p"],
            partial(stop_if_asked, should_stop, "Sampling"),
        )
        strings: list[str] = []
        for start in range(0, len(codes), _BATCH):
            units = build(self.network, self.clusters, codes[start : start + _BATCH], choosing)
            strings += [written(unit.kinds, unit.bonds) for unit in units]
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), len(codes)))
        return strings

    @torch.no_grad()
    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes: means of q(z | unit).

        Where the vocabulary lacks a cluster, a unit is read up to the first step that it cannot express.
        """
        units = [encoded(text, self.clusters, in_part=True) for text in psmiles]
        codes = np.zeros((len(units), self.network.d_latent), dtype=np.float32)
        for start in range(0, len(units), _BATCH):
            part = units[start : start + _BATCH]
            batch = {name: torch.from_numpy(array) for name, array in padded_units(part).items()}
            codes[start : start + len(part)] = self.network.encode(batch).mean.numpy()
        return codes
