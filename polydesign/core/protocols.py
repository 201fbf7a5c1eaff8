"""The contracts that families satisfy. One shared test suite holds every registered family to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from polydesign.core.progress import OnProgress, ShouldStop
from polydesign.core.results import Decisions, PredictionColumns
from polydesign.core.targets import Targets


@runtime_checkable
class Generator(Protocol):
    """Proposes repeat units."""

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, Any]) -> Generator:
        """Build from a checkpoint folder, its config.json and its weights (name -> torch tensor), strictly."""
        ...

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
        """Return exactly `n` raw strings, invalid ones included.

        `targets` is one mapping for all samples or a sequence of `n` mappings, one a sample. Same
        seed on the same machine: same strings. Raises `Stopped` when `should_stop()` turns true.
        """
        ...


@runtime_checkable
class LatentGenerator(Protocol):
    """Has a continuous code for each polymer."""

    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes."""
        ...

    def decode(
        self,
        z: np.ndarray,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> list[str]:
        """Return one raw string for each of the (N, d) codes.

        `options` are those of `sample`; None takes the most probable token each time, unconstrained.
        Raises `Stopped` when `should_stop()` turns true.
        """
        ...

    def prior(
        self,
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> np.ndarray:
        """Return (n, d) float32 codes such as `sample` without targets decodes, drawn with its `options`.

        Raises `Stopped` when `should_stop()` turns true.
        """
        ...


@runtime_checkable
class TokenReproducer(Protocol):
    """Says token by token what comes back of its codes."""

    def reproduced(self, psmiles: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return two (N, T) int8 arrays: 1 where a string's likeliest token is right, 0 where not, -1 past its end.

        In the first the model is told the true tokens before each (teacher forcing), in the second it goes on from its
        own. The end of a string is a token of it; T is that of the longest string.
        """
        ...


@runtime_checkable
class GraphDecider(Protocol):
    """Decides on all atoms of a structure at once, then on all bonds."""

    def decisions(self, psmiles: str) -> Decisions:
        """Return what it would decide from the code of a structure; `ChemistryError` for one it cannot read."""
        ...


@runtime_checkable
class LikelihoodGenerator(Protocol):
    """Knows how probable a given polymer is."""

    def log_prob(self, psmiles: Sequence[str], targets: Targets | Sequence[Targets]) -> np.ndarray:
        """Return (N,) natural-log probabilities of the strings as written; -inf where not representable."""
        ...


@runtime_checkable
class PropertyPredictor(Protocol):
    """Predicts properties with uncertainty.

    A model may have `error_correlation`: key of a selectivity -> correlation between the errors (on the
    logarithmic scale) of the two permeabilities on chains it had not seen.
    """

    keys: tuple[str, ...]

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, Any]) -> PropertyPredictor:
        """Build from a checkpoint folder, its config.json and its weights (name -> torch tensor), strictly."""
        ...

    def predict(
        self,
        psmiles: Sequence[str],
        *,
        on_progress: OnProgress | None = None,
        should_stop: ShouldStop | None = None,
    ) -> dict[str, PredictionColumns]:
        """Return a `PredictionColumns` of N rows for each of `keys`."""
        ...
