"""JT-VAE as a generator: draws of the prior built into units, and units to codes and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch

from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.generators.base import as_codes
from polydesign.generators.graphs import CodedGraphs
from polydesign.generators.jtvae.builder import Choosing, build
from polydesign.generators.jtvae.config import JTVAEConfig
from polydesign.generators.jtvae.encoding import encoded, padded_units, read_vocabulary
from polydesign.generators.jtvae.network import JTVAE
from polydesign.generators.jtvae.spec import SPEC

_BATCH = 512  # units built or read together


class JTVAEGenerator(CodedGraphs[JTVAE]):
    """A trained JT-VAE with its vocabulary of clusters; every string is a valid unit."""

    spec, config_class, network_class = SPEC, JTVAEConfig, JTVAE

    def __init__(self, network: JTVAE) -> None:
        super().__init__(network)
        self.clusters = read_vocabulary(vars(network.config))

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

        Isotopes, radicals and unusual numbers of hydrogens are not read; where the vocabulary lacks a cluster, a unit
        is read up to there. Raises `ChemistryError` for what is no valid repeat unit.
        """
        units = [encoded(text, self.clusters, in_part=True) for text in psmiles]
        codes = np.zeros((len(units), self.network.d_latent), dtype=np.float32)
        for start in range(0, len(units), _BATCH):
            part = units[start : start + _BATCH]
            batch = {name: torch.from_numpy(array) for name, array in padded_units(part).items()}
            codes[start : start + len(part)] = self.network.encode(batch).mean.numpy()
        return codes
