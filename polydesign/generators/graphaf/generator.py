"""GraphAF as a generator: targets in, raw strings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import torch

from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.targets import Targets
from polydesign.generators.graphaf.builder import Builder, Building
from polydesign.generators.graphaf.config import GraphAFConfig
from polydesign.generators.graphaf.network import GraphAF
from polydesign.generators.graphaf.spec import SPEC
from polydesign.generators.graphs import GraphGenerator, atoms_and_bonds

_BATCH = 512  # graphs built together


class GraphAFGenerator(GraphGenerator[GraphAF]):
    """A trained GraphAF."""

    spec, config_class, network_class = SPEC, GraphAFConfig, GraphAF

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
        requests = self.network.conditions.requests(targets, n)
        building = Building(
            torch.Generator().manual_seed(seed),
            temperature=chosen["temperature"],
            guidance_scale=chosen["guidance_scale"],
            check=chosen["constrained"],
            stop=partial(stop_if_asked, should_stop, "Sampling"),
        )
        strings: list[str] = []
        for start in range(0, n, _BATCH):
            part = requests.rows(slice(start, start + _BATCH))
            strings += strings_of(self.network, *Builder(self.network, part, building).build())
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), n))
        return strings


def strings_of(network: GraphAF, kinds: torch.Tensor, bonds: torch.Tensor, sizes: torch.Tensor) -> list[str]:
    """Return B graphs, as `Builder.build` gives them, as raw SMILES."""
    from polydesign.chem.notation.heavy_graphs import written

    there = torch.arange(kinds.shape[1], device=kinds.device) < sizes[:, None]
    return [written(*graph) for graph in atoms_and_bonds(network.config.kinds, kinds * there, bonds)]
