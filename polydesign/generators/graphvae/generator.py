"""The two-step graph VAE as a generator: draws of the prior decoded, and structures to codes and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
from polydesign.generators.graphvae.assignment import ends_apart, joined, largest_piece, likeliest, within_valency
from polydesign.generators.graphvae.config import GraphVAEConfig
from polydesign.generators.graphvae.network import GraphVAE
from polydesign.generators.graphvae.spec import SPEC
from polydesign.nn.requests import Conditions

_BATCH = 256  # graphs read or built together


class GraphVAEGenerator:
    """A trained two-step graph VAE."""

    def __init__(self, network: GraphVAE) -> None:
        self.network = network.eval()
        self.config = network.config
        room = [1, *self.config.room[1:]] if network.given else self.config.room  # one chain goes on at each point
        self.room = torch.tensor([0, *room])

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
        Conditions().requests(targets, n)  # their number is checked; none is read
        z = self.prior(n, seed=seed, options=chosen, should_stop=should_stop)
        return self.decode(z, seed=seed, options=chosen, on_progress=on_progress, should_stop=should_stop)

    @torch.no_grad()
    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes: means of q(z | graph), the same however a repeat unit is written.

        Raises `ChemistryError` for what a graph of heavy atoms cannot say, and for a kind of atom that was not learnt.
        """
        graphs = [self.read(text) for text in psmiles]
        codes = np.zeros((len(graphs), self.network.d_latent), dtype=np.float32)
        for rows in _batches([len(kinds) for kinds, _ in graphs]):
            size = max(len(graphs[row][0]) for row in rows)
            kinds = torch.zeros(len(rows), size, dtype=torch.long)
            bonds = torch.zeros(len(rows), size, size, dtype=torch.long)
            for place, row in enumerate(rows):
                own, matrix = graphs[row]
                kinds[place, : len(own)] = own
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
        generator = torch.Generator().manual_seed(seed)
        atoms = [self.network.atoms(part, chosen["temperature"], generator) for part in codes.split(_BATCH)]
        kinds = torch.cat(atoms) if atoms else torch.zeros(0, 1, dtype=torch.long)
        sizes = (kinds > 0).sum(dim=1).tolist()
        strings, done = [""] * len(codes), 0
        for rows in _batches(sizes):
            stop_if_asked(should_stop, "Sampling")
            texts = self._written(codes[rows], kinds[rows, : max(1, sizes[rows[-1]])], chosen)
            for row, text in zip(rows, texts, strict=True):
                strings[row] = text
            done += len(rows)
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
        if options["constrained"]:
            room = self.room[kinds]
            if self.network.given:
                log_p = ends_apart(log_p, kinds)
            orders = joined(within_valency(log_p, kinds, room, options["beam"]), log_p, kinds, room)
            kinds = largest_piece(orders, kinds, self.network.given > 0)
        else:
            orders = likeliest(log_p, kinds)
        return [self._text(*graph, written) for graph in zip(kinds.numpy(), orders.numpy(), strict=True)]

    def _text(self, kinds: np.ndarray, orders: np.ndarray, written: Callable[..., str]) -> str:
        kept = np.flatnonzero(kinds)
        i, j = np.nonzero(np.triu(orders[np.ix_(kept, kept)]))
        bonds = zip(i, j, orders[kept[i], kept[j]], strict=True)
        return written([self.config.kinds[code - 1] for code in kinds[kept]], bonds)

    def read(self, smiles: str) -> tuple[Tensor, Tensor]:
        """Return the (A,) codes of the atoms of a structure and the (A, A) orders of its bonds; see `encode`."""
        from polydesign.chem.notation.heavy_graphs import heavy_graph

        graph = heavy_graph(smiles, self.config.order)
        code = {kind: number + 1 for number, kind in enumerate(self.config.kinds)}
        if unknown := sorted(set(graph.kinds) - code.keys()):
            raise ChemistryError(f"'{smiles}' has {', '.join(unknown)}; this model knows {', '.join(code)}.")
        matrix = torch.zeros(len(graph.kinds), len(graph.kinds), dtype=torch.long)
        for i, j, order in graph.bonds:
            matrix[i, j] = matrix[j, i] = order
        return torch.tensor([code[kind] for kind in graph.kinds]), matrix


def _batches(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of rows, of like sizes together."""
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]
