"""The two-step graph VAE as a generator: draws of the prior decoded, and structures to codes and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from polydesign.core.errors import ChemistryError
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.results import Decisions
from polydesign.generators.base import as_codes
from polydesign.generators.graphs import CodedGraphs, atoms_and_bonds
from polydesign.generators.graphvae.assignment import ends_apart, joined, largest_piece, likeliest, within_valency
from polydesign.generators.graphvae.config import GraphVAEConfig
from polydesign.generators.graphvae.network import GraphVAE
from polydesign.generators.graphvae.spec import SPEC

_BATCH = 256  # graphs read or built together


class GraphVAEGenerator(CodedGraphs[GraphVAE]):
    """A trained two-step graph VAE."""

    spec, config_class, network_class = SPEC, GraphVAEConfig, GraphVAE

    def __init__(self, network: GraphVAE) -> None:
        super().__init__(network)
        room = [1, *self.config.room[1:]] if network.given else self.config.room  # one chain goes on at each point
        self.room = torch.tensor([0, *room])

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

    @torch.no_grad()
    def decisions(self, psmiles: str) -> Decisions:
        """Return what is decided from a structure's code; raises as `encode` does."""
        kinds, orders = self.read(psmiles)
        z = torch.from_numpy(self.encode([psmiles]))
        counts = self.network.bag_logits(z).softmax(dim=2)[0].numpy()
        if given := self.network.given:
            counts[0] = np.arange(counts.shape[1]) == given
        return Decisions(
            list(self.config.kinds),
            [self.config.kinds[code - 1] for code in kinds.tolist()],
            orders.numpy(),
            counts,
            self.network.bond_log_probs(z, kinds[None]).exp()[0].numpy(),
        )

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
        return [written(*graph) for graph in atoms_and_bonds(self.config.kinds, kinds, orders)]

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
