"""Toy graphs as raw strings, those included that break valence or fall apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.targets import Targets
from toygraph.config import Config
from toygraph.network import Network
from toygraph.spec import SPEC


class Generator:
    """Trained tables."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> Self:
        """Build from a checkpoint, strictly."""
        network = Network(read_settings(Config, config["config"]))
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
        SPEC.check_options(options)
        generator = torch.Generator().manual_seed(seed)
        strings = []
        for number in range(n):
            stop_if_asked(should_stop, "Sampling")
            strings.append(self._written(*self.network.draw(generator)))
            if on_progress is not None:
                on_progress(Progress("generate", number + 1, n))
        return strings

    def _written(self, atoms: list[int], bonds: dict[tuple[int, int], int]) -> str:
        from rdkit import Chem

        molecule = Chem.RWMol()
        for atom in atoms:
            molecule.AddAtom(Chem.Atom(self.network.config.elements[atom]))
        kinds = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
        for (i, j), kind in bonds.items():
            molecule.AddBond(i, j, kinds[kind])
        return Chem.MolToSmiles(molecule, canonical=False)
