"""What families without conditions share: targets are checked and have no influence, sampling goes in batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import torch

from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Targets
from polydesign.data.encodings.tokenizer import PolymerTokenizer
from polydesign.generators.strings import stopping
from polydesign.writing.mask import TokenGrammar

BATCH = 512
"""Rows sampled or scored together; larger gains nothing on two cores."""


class UnconditionalGenerator(ABC):
    """A trained network that writes token ids, with its tokenizer. The engine steers it.

    Attributes:
        spec, config_class, network_class: the family's own.
    """

    spec: ClassVar[GeneratorSpec]
    config_class: ClassVar[type]
    network_class: ClassVar[type]

    def __init__(self, network: Any, tokenizer: PolymerTokenizer) -> None:
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.config = network.config

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> Self:
        """Build from a checkpoint folder, its config.json and its weights, strictly."""
        settings = cls.config_class(**config["config"])
        network = cls.network_class(settings)
        network.load_state_dict(dict(weights), strict=True)
        return cls(network, PolymerTokenizer.load(folder / "tokenizer.json", settings.notation))

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
        """Return exactly `n` raw strings, whatever the targets; see `core.protocols.Generator`."""
        chosen = self.spec.check_options(options)
        constrained = chosen.pop("constrained", False)
        check_rows(targets, n)
        generator = torch.Generator().manual_seed(seed)
        check = stopping(should_stop)
        strings: list[str] = []
        for start in range(0, n, BATCH):
            size = min(BATCH, n - start)
            if constrained:
                chosen["constraint"] = self.grammar.start(size)
            ids = self.draw(size, generator=generator, check=check, **chosen)
            strings += self.tokenizer.decode(ids)
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), n))
        return strings

    @cached_property
    def grammar(self) -> TokenGrammar:
        """The tables of constrained decoding."""
        return TokenGrammar(self.tokenizer.vocabulary, self.tokenizer.notation)

    @abstractmethod
    def draw(
        self, n: int, *, generator: torch.Generator, check: Callable[[], None] | None = None, **options: Any
    ) -> list[list[int]]:
        """Return `n` rows of token ids, start and end left off.

        `options` are those of the spec, with a `constraint` in the place of "constrained" where it is on.
        """


def check_rows(targets: Targets | Sequence[Targets], n: int) -> None:
    """Raise `ValueError` when `targets` is neither one mapping nor `n` of them."""
    if not isinstance(targets, Mapping) and len(targets) != n:
        raise ValueError(f"targets has {len(targets)} rows; expected one mapping or {n} of them.")
