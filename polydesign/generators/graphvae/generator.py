"""The two-step graph VAE as a generator: draws of the prior decoded, and structures to codes and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from polydesign.core.errors import ChemistryError
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.targets import Targets
from polydesign.generators.base import as_codes
from polydesign.generators.graphvae.assignment import likeliest, within_valency
from polydesign.generators.graphvae.config import GraphVAEConfig
from polydesign.generators.graphvae.network import GraphVAE
from polydesign.generators.graphvae.spec import SPEC

_BATCH = 256  # graphs read or built together


class GraphVAEGenerator:
    """A trained two-step graph VAE."""

    def __init__(self, network: GraphVAE) -> None:
        self.network = network.eval()
        self.config = network.config

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> Self:
        """Build from a checkpoint, strictly."""
        network = GraphVAE(read_settings(GraphVAEConfig, config["config"]))
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
        """Return exactly `n` raw strings; see `core.protocols.Generator`."""
        chosen = SPEC.check_options(options)
        z = self.prior(n, seed=seed, options=chosen, should_stop=should_stop)
        return self.decode(z, seed=seed, options=chosen, on_progress=on_progress, should_stop=should_stop)

    @torch.no_grad()
    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes: means of q(z | graph), the same however a repeat unit is written.

        Raises `ChemistryError` for what a graph of heavy atoms cannot say, and for a kind of atom that was not learnt.
        """
        graphs = [self._read(text) for text in psmiles]
        codes = np.zeros((len(graphs), self.network.d_latent), dtype=np.float32)
        for rows in _batches([len(kinds) for kinds, _ in graphs]):
            size = max(len(graphs[row][0]) for row in rows)
            kinds = torch.zeros(len(rows), size, dtype=torch.long)
            bonds = torch.zeros(len(rows), size, size, dtype=torch.long)
            for place, row in enumerate(rows):
                own, matrix = graphs[row]
                kinds[place, : len(own)] = torch.tensor(own)
                bonds[place, : len(own), : len(own)] = matrix
            codes[rows] = self.network.encode(kinds, bonds).mean.numpy()
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
        codes = torch.from_numpy(as_codes(z, self.network.d_latent))
        chosen = SPEC.check_options(options)
        generator = torch.Generator().manual_seed(seed) if chosen["bag"] == "drawn" else None
        strings: list[str] = []
        kinds = [self.network.atoms(part, generator) for part in codes.split(_BATCH)]
        sizes = [int(n) for part in kinds for n in (part > 0).sum(dim=1)]
        rows = [row for part in kinds for row in part]
        strings = [""] * len(codes)
        done = 0
        for index in _batches(sizes):
            stop_if_asked(should_stop, "Sampling")
            size = max(1, max(sizes[row] for row in index))
            atoms = torch.stack([torch.nn.functional.pad(rows[row][:size], (0, max(0, size - len(rows[row])))) for row in index])
            for row, text in zip(index, self._written(codes[index], atoms, chosen), strict=True):
                strings[row] = text
            done += len(index)
            if on_progress is not None:
                on_progress(Progress("generate", done, len(codes)))
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
        stop_if_asked(should_stop, "Sampling")
        spread = SPEC.check_options(options)["spread"]
        return spread * torch.randn(n, self.network.d_latent, generator=torch.Generator().manual_seed(seed)).numpy()

    def _written(self, z: Tensor, kinds: Tensor, options: Mapping[str, Any]) -> list[str]:
        from polydesign.chem.notation.heavy_graphs import written

        log_p = self.network.bond_log_probs(z, kinds)
        if options["valency"]:
            room = torch.tensor([0, *self.config.room])[kinds]
            orders = within_valency(log_p, kinds, room, options["beam"])
        else:
            orders = likeliest(log_p, kinds)
        strings = []
        for codes, matrix in zip(kinds, orders, strict=True):
            names = [self.config.kinds[code - 1] for code in codes.tolist() if code]
            ends = matrix.nonzero()
            bonds = [(i, j, int(matrix[i, j])) for i, j in ends.tolist()]
            text = written(names, bonds)
            strings.append(max(text.split("."), key=len) if options["valency"] else text)
        return strings

    def _read(self, smiles: str) -> tuple[list[int], Tensor]:
        """Return the codes of the atoms and the (A, A) matrix of the bonds."""
        from polydesign.chem.notation.heavy_graphs import heavy_graph

        graph = heavy_graph(smiles, self.config.order)
        code = {kind: number + 1 for number, kind in enumerate(self.config.kinds)}
        if unknown := sorted(set(graph.kinds) - code.keys()):
            raise ChemistryError(f"'{smiles}' has {', '.join(unknown)}; this model knows {', '.join(code)}.")
        matrix = torch.zeros(len(graph.kinds), len(graph.kinds), dtype=torch.long)
        for i, j, order in graph.bonds:
            matrix[i, j] = matrix[j, i] = order
        return [code[kind] for kind in graph.kinds], matrix


def _batches(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of rows, of like sizes together."""
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]
