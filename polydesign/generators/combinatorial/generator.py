"""The combinatorial model as a generator: fragments in, raw strings out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import torch

from polydesign.chem.recombination.joiner import Joiner
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.targets import Targets
from polydesign.generators.combinatorial.config import CombinatorialConfig
from polydesign.generators.combinatorial.network import Fragments
from polydesign.generators.combinatorial.spec import SPEC
from polydesign.nn.requests import Conditions

_ATTEMPTS = 100  # at one string; about every second one gives a unit
_REPORT_EVERY = 64


class CombinatorialGenerator:
    """Joins fragments. Unconditional: targets are accepted and have no influence."""

    def __init__(self, network: Fragments, config: CombinatorialConfig) -> None:
        self.network, self.config = network, config
        self._counts = network.counts(config.max_atoms)
        self._joiners: dict[float, Joiner] = {}

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> CombinatorialGenerator:
        """Build from a checkpoint's folder, config.json and weights, strictly."""
        return cls(Fragments.read(folder, weights), read_settings(CombinatorialConfig, config["config"]))

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
        """Return exactly `n` raw strings; see `core.protocols.Generator`.

        Attempts that come to no unit are made again, as a part of the method; after 100 of them the last one is
        written as it came out.
        """
        temperature = float(SPEC.check_options(options)["temperature"])
        Conditions().requests(targets, n)  # it reads none of them, but there has to be the right number
        joiner = self._joiner(temperature)
        random = Random(seed)
        strings: list[str] = []
        while len(strings) < n:
            stop_if_asked(should_stop, "Sampling")
            text, is_unit = joiner.one(random)
            for _ in range(_ATTEMPTS - 1 if temperature else 0):  # at 0 all attempts are one
                if is_unit:
                    break
                text, is_unit = joiner.one(random)
            strings.append(text)
            if on_progress is not None and (len(strings) % _REPORT_EVERY == 0 or len(strings) == n):
                on_progress(Progress("generate", len(strings), n))
        return strings

    def _joiner(self, temperature: float) -> Joiner:
        if temperature not in self._joiners:
            self._joiners = {temperature: Joiner(self._counts, temperature)}  # of the latest temperature alone
        return self._joiners[temperature]
