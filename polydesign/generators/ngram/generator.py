"""The n-gram model as a generator: counts in, raw strings out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from polydesign.core.errors import TrainingError
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.targets import Targets
from polydesign.generators.ngram.config import NgramConfig
from polydesign.generators.ngram.network import EDGE, NgramNetwork
from polydesign.generators.ngram.spec import SPEC
from polydesign.nn.requests import Conditions

_TOKEN = re.compile(r"\[[^\]]*\]|Cl|Br|%\d\d|.")
_REPORT_EVERY = 64


class NgramGenerator:
    """Draws strings token by token. Unconditional: targets are accepted and have no influence."""

    def __init__(self, network: NgramNetwork) -> None:
        self.network = network
        self.config = network.config
        self._id_of = {token: i for i, token in enumerate(self.config.vocabulary, start=1)}

    @classmethod
    def fit(cls, psmiles: Sequence[str], config: NgramConfig) -> NgramGenerator:
        """Count `psmiles`; the vocabulary of `config` is replaced by their tokens."""
        texts = [_TOKEN.findall(text) for text in psmiles]
        if not texts:
            raise TrainingError("An n-gram model needs at least one training string; got none.")
        config = replace(config, vocabulary=tuple(sorted({token for tokens in texts for token in tokens})))
        id_of = {token: i for i, token in enumerate(config.vocabulary, start=1)}
        return cls(NgramNetwork.count(config, [[id_of[token] for token in tokens] for tokens in texts]))

    @classmethod
    def from_checkpoint(
        cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]
    ) -> NgramGenerator:
        """Build from a checkpoint's config.json and weights, strictly."""
        return cls(NgramNetwork(read_settings(NgramConfig, config["config"]), dict(weights)))

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
        temperature = float(SPEC.check_options(options)["temperature"])
        Conditions().requests(targets, n)  # it reads none of them, but there has to be the right number
        random = np.random.default_rng(seed)
        cumulative: dict[tuple[int, ...], np.ndarray] = {}  # the same histories come up again and again
        strings: list[str] = []
        while len(strings) < n:
            stop_if_asked(should_stop, "Sampling")
            strings.append(self._draw(random, temperature, cumulative))
            if on_progress is not None and (len(strings) % _REPORT_EVERY == 0 or len(strings) == n):
                on_progress(Progress("generate", len(strings), n))
        return strings

    def log_prob(self, psmiles: Sequence[str], targets: Targets | Sequence[Targets]) -> np.ndarray:
        """Return (N,) natural-log probabilities at temperature 1; -inf where no such string can be drawn."""
        return np.array([self._log_prob(_TOKEN.findall(text)) for text in psmiles])

    def _draw(self, random: np.random.Generator, temperature: float, cumulative: dict) -> str:
        ids: list[int] = []
        while len(ids) < self.config.max_length:
            history = tuple(([EDGE] * self.config.order + ids)[-self.config.order :])
            if history not in cumulative:
                cumulative[history] = _heat(self.network.next_probabilities(history), temperature).cumsum()
            steps = cumulative[history]
            token = int(np.searchsorted(steps, random.random() * steps[-1], side="right"))
            if token == EDGE:
                break
            ids.append(token)
        return "".join(self.config.vocabulary[i - 1] for i in ids)

    def _log_prob(self, tokens: list[str]) -> float:
        if len(tokens) > self.config.max_length or any(token not in self._id_of for token in tokens):
            return -np.inf
        ids = [self._id_of[token] for token in tokens]
        cut = len(ids) == self.config.max_length  # such a string stops without an end mark
        return float(
            sum(
                np.log(self.network.next_probabilities(ids[:i])[token])
                for i, token in enumerate(ids if cut else [*ids, EDGE])
            )
        )


def _heat(probability: np.ndarray, temperature: float) -> np.ndarray:
    """Return unnormalised ``(V,)`` probabilities at `temperature`; 0 leaves only the largest."""
    if temperature == 0:
        return (np.arange(len(probability)) == probability.argmax()).astype(float)
    return (probability / probability.max()) ** (1.0 / temperature)
