"""What families share that build graphs: read from a checkpoint, and graphs handed on as atoms and bonds.

A family says what it is called, and how its settings and its network are built, as those that write strings do
(`generators.base`). One whose codes are drawn from N(0, 1) and that reads no targets is a `CodedGraphs`: it says how
codes are decoded.

Shapes: B graphs, A atoms of the largest, N strings, d dimensions of a code.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from polydesign.core.progress import OnProgress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Targets
from polydesign.nn.requests import Conditions

NetworkT = TypeVar("NetworkT", bound=nn.Module)


class _Coded(Protocol):
    @property
    def d_latent(self) -> int: ...  # dimensions of a code


class GraphGenerator(Generic[NetworkT]):
    """A trained network that builds graphs.

    Attributes:
        spec, config_class, network_class: the family's own.
    """

    spec: ClassVar[GeneratorSpec]
    config_class: ClassVar[Callable[..., Any]]
    network_class: ClassVar[Callable[..., Any]]

    def __init__(self, network: NetworkT) -> None:
        self.network = network.eval()
        self.config: Any = network.config

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, Tensor]) -> Self:
        """Build from a checkpoint folder, its config.json and its weights, strictly."""
        network = cls.network_class(read_settings(cls.config_class, config["config"]))
        network.load_state_dict(dict(weights), strict=True)
        return cls(network)


class CodedGraphs(GraphGenerator[NetworkT]):
    """Decodes codes of N(0, 1); targets are not read."""

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
        chosen = self.spec.check_options(options)
        Conditions().requests(targets, n)  # their number is checked; none is read
        z = self.prior(n, seed=seed, options=chosen, should_stop=should_stop)
        return self.decode(z, seed=seed, options=chosen, on_progress=on_progress, should_stop=should_stop)

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
        spread = self.spec.check_options(options)["spread"]
        network: _Coded = self.network  # type: ignore[assignment]  # those of coded graphs have it
        return spread * torch.randn(n, network.d_latent, generator=torch.Generator().manual_seed(seed)).numpy()

    @abstractmethod
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


def atoms_and_bonds(
    kinds: Sequence[str], codes: Tensor, orders: Tensor
) -> Iterator[tuple[list[str], list[tuple[int, int, int]]]]:
    """Yield the atoms and the bonds (i, j, order), i < j, of each of B graphs, as `chem` writes them.

    Args:
        kinds: names of the kinds; the one in place k has the code k + 1.
        codes: ``(B, A)``, 0 where there is no atom.
        orders: ``(B, A, A)``, 0 where there is no bond; of bonds to where no atom is nothing is kept.
    """
    for own, matrix in zip(codes.cpu().numpy(), orders.cpu().numpy(), strict=True):
        kept = np.flatnonzero(own)
        there = np.triu(matrix[np.ix_(kept, kept)], 1)
        i, j = np.nonzero(there)
        bonds = list(zip(i.tolist(), j.tolist(), there[i, j].astype(int).tolist(), strict=True))
        yield [kinds[code - 1] for code in own[kept]], bonds
