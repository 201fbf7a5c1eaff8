"""DrugGEN as a generator: starts in, edited graphs as raw strings out, those included that break a rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.targets import Targets
from polydesign.generators.druggen.config import DrugGENConfig
from polydesign.generators.druggen.mending import mended
from polydesign.generators.druggen.network import DrugGEN
from polydesign.generators.druggen.spec import SPEC
from polydesign.generators.druggen.starts import dense
from polydesign.generators.graphs import GraphGenerator, atoms_and_bonds

_BATCH = 16  # graphs edited together; features of more pairs do not fit a processor's cache


class DrugGENGenerator(GraphGenerator[DrugGEN]):
    """A trained pair of generators with its starts."""

    spec, config_class, network_class = SPEC, DrugGENConfig, DrugGEN

    @torch.no_grad()
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
        network = self.network
        requests = network.conditions.requests(targets, n)
        generator = torch.Generator().manual_seed(seed)
        drawn = self._draw(n, generator)
        # Starts lie by size, so that those of a batch are about as large.
        order = drawn.argsort(stable=True)
        strings = [""] * n
        for begin in range(0, n, _BATCH):
            stop_if_asked(should_stop, "Sampling")
            rows = order[begin : begin + _BATCH]
            kinds, bonds = self._starts(drawn[rows])
            share = torch.tensor([[float(chosen["hidden"]), float(chosen["rewired"])]]).expand(len(rows), 2)
            edits = network.edit(
                kinds, bonds, requests.rows(rows), generator, share,
                float(chosen["temperature"]), float(chosen["guidance_scale"]),
            )  # fmt: skip
            graph = edits[chosen["stage"] == "second"].graph
            made = graph.kinds.argmax(dim=-1), graph.bonds.argmax(dim=-1)
            texts = self._written(*made, mend=bool(chosen["constrained"]))
            for row, text in zip(rows.tolist(), texts, strict=True):
                strings[row] = text
            if on_progress is not None:
                on_progress(Progress("generate", min(begin + _BATCH, n), n))
        return strings

    def _draw(self, n: int, generator: torch.Generator) -> Tensor:
        """Return ``(n,)`` numbers of starts, none a second time before all have had their turn."""
        n_starts = len(self.network.start_kinds)
        turns = [torch.randperm(n_starts, generator=generator) for _ in range(-(-n // n_starts))]
        return torch.cat([torch.zeros(0, dtype=torch.long), *turns])[:n]

    def _starts(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, A)`` kinds and ``(B, A, A)`` orders of starts, as wide as the largest of them."""
        kinds = self.network.start_kinds[index].long()
        width = int((kinds > 0).sum(dim=1).max())
        bonds = dense(self.network.start_bonds[index], self.config.max_atoms)
        return kinds[:, :width], bonds[:, :width, :width]

    def _written(self, kinds: Tensor, bonds: Tensor, *, mend: bool = False) -> list[str]:
        """Return the strings of ``(B, A)`` codes and ``(B, A, A)`` orders."""
        from polydesign.chem.notation.heavy_graphs import written

        room = dict(zip(self.config.kinds, self.network.room.tolist()[1:], strict=True))
        texts = []
        for atoms, there in atoms_and_bonds(self.config.kinds, kinds, bonds):
            if mend:
                atoms, there = mended(atoms, there, [room[atom] for atom in atoms])
            texts.append(written(atoms, there))
        return texts
