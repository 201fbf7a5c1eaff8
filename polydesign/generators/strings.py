"""What generators that write token sequences share: targets in, raw strings out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch

from polydesign.core.errors import Stopped
from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.properties import property_spec
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Targets
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, Notation, PolymerTokenizer
from polydesign.nn.latent import Autoencoder
from polydesign.nn.trainable import Policy, Writer
from polydesign.writing.mask import TokenGrammar

_BATCH = 512  # rows sampled together; larger gains nothing on two cores
_AGAIN = 2  # times that a row without a Kekulé form is written anew


class ConditionalStrings:
    """A trained network that writes strings for property requests, with its tokenizer.

    A family says which spec, config and network are its own; the config has ``notation``, ``conditions``,
    ``condition_mean`` and ``condition_std``.
    """

    SPEC: ClassVar[GeneratorSpec]
    CONFIG: ClassVar[type]
    NETWORK: ClassVar[type[Writer]]

    def __init__(self, network: Any, tokenizer: PolymerTokenizer) -> None:
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.config: Any = network.config

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> Self:
        """Build from a checkpoint folder, its config.json and its weights, strictly."""
        settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in config["config"].items()}
        network = cls.NETWORK(cls.CONFIG(**settings))
        network.load_state_dict(dict(weights), strict=True)
        notation: Notation = config["config"]["notation"]
        return cls(network, PolymerTokenizer.load(folder / "tokenizer.json", notation))

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
        chosen = self.SPEC.check_options(options)
        constrained = chosen.pop("constrained")
        values, given = self.conditions(targets, n)
        generator = torch.Generator().manual_seed(seed)
        check = stopping(should_stop)

        def write(rows: slice | list[int]) -> list[str]:
            constraint = self.grammar.start(len(values[rows])) if constrained else None
            ids = self.network.sample(
                values[rows], given[rows], generator=generator, check=check, constraint=constraint, **chosen
            )
            return self.tokenizer.decode(ids)

        strings: list[str] = []
        for start in range(0, n, _BATCH):
            strings += write(slice(start, start + _BATCH))
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), n))
        if constrained and self.tokenizer.notation == "smiles":
            rewrite_unreadable(strings, write)
        return strings

    @cached_property
    def grammar(self) -> TokenGrammar:
        """The tables of constrained decoding."""
        return TokenGrammar(self.tokenizer.vocabulary, self.tokenizer.notation)

    def conditions(self, targets: Targets | Sequence[Targets], n: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return standardised ``(n, C)`` values and ``(n, C)`` flags; keys without a condition are left out."""
        rows = [targets] * n if isinstance(targets, Mapping) else list(targets)
        if len(rows) != n:
            raise ValueError(f"targets has {len(rows)} rows; expected one mapping or {n} of them.")
        values = np.zeros((n, len(self.config.conditions)), dtype=np.float32)
        given = np.zeros(values.shape, dtype=bool)
        for column, key in enumerate(self.config.conditions):
            wished = [(i, row[key].central) for i, row in enumerate(rows) if key in row]
            if wished:
                where, numbers = (np.array(part) for part in zip(*wished, strict=True))
                scaled = property_spec(key).to_scale(numbers)
                values[where, column] = (scaled - self.config.condition_mean[column]) / self.config.condition_std[
                    column
                ]
                given[where, column] = True
        return torch.from_numpy(values), torch.from_numpy(given)

    def read(self, psmiles: Sequence[str]) -> list[list[int]]:
        """Return the token ids of strings, from start to end."""
        return [[START_ID, *ids, END_ID] for ids in self.tokenizer.encode(psmiles)]


class ScoredStrings(ConditionalStrings):
    """Knows how probable a given string is."""

    NETWORK: ClassVar[type[Policy]]

    @torch.no_grad()
    def log_prob(self, psmiles: Sequence[str], targets: Targets | Sequence[Targets]) -> np.ndarray:
        """Return (N,) natural-log probabilities of the strings as written; -inf where too long for the network."""
        values, given = self.conditions(targets, len(psmiles))
        encoded = self.read(psmiles)
        result = np.full(len(encoded), -np.inf)
        fitting = [i for i, ids in enumerate(encoded) if len(ids) <= self.network.max_tokens]
        for start in range(0, len(fitting), _BATCH):
            index = fitting[start : start + _BATCH]
            tokens = padded([encoded[i] for i in index])
            result[index] = self.network.token_log_prob(tokens, values[index], given[index]).sum(dim=1).numpy()
        return result


class LatentStrings(ConditionalStrings):
    """Has a code for each string.

    A family says which of its options tell how codes are drawn; the others tell how they are decoded.
    """

    NETWORK: ClassVar[type[Autoencoder]]
    CODE_OPTIONS: ClassVar[tuple[str, ...]]

    @torch.no_grad()
    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes: means of q(z | string, no request); what is too long is read in part."""
        encoded = [ids[: self.network.max_tokens] for ids in self.read(psmiles)]
        codes = np.zeros((len(encoded), self.network.d_latent), dtype=np.float32)
        for start in range(0, len(encoded), _BATCH):
            rows = slice(start, start + _BATCH)
            values, given = self.conditions({}, len(encoded[rows]))
            codes[rows] = self.network.posterior(padded(encoded[rows]), values, given)[0].numpy()
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
        """Return the string of each of the (N, d) codes, without a request; see `core.protocols.LatentGenerator`."""
        z = as_codes(z, self.network.d_latent)
        chosen = {} if options is None else self.SPEC.check_options(options)
        constrained = chosen.get("constrained", False)
        writing = {name: chosen[name] for name in ("temperature", "top_p") if name in chosen}
        generator = torch.Generator().manual_seed(seed)
        check = stopping(should_stop)
        strings: list[str] = []
        for start in range(0, len(z), _BATCH):
            codes = torch.from_numpy(z[start : start + _BATCH])
            values, given = self.conditions({}, len(codes))
            constraint = self.grammar.start(len(codes)) if constrained else None
            ids = self.network.decode(
                codes, values, given, generator=generator, check=check, constraint=constraint, **writing
            )
            strings += self.tokenizer.decode(ids)
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), len(z)))
        return strings

    def prior(
        self,
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> np.ndarray:
        """Return (n, d) float32 codes as they are drawn without a request; see `core.protocols.LatentGenerator`."""
        chosen = self.SPEC.check_options(options)
        drawing = {name: chosen[name] for name in self.CODE_OPTIONS}
        generator = torch.Generator().manual_seed(seed)
        check = stopping(should_stop)
        codes = np.zeros((n, self.network.d_latent), dtype=np.float32)
        for start in range(0, n, _BATCH):
            rows = slice(start, start + _BATCH)
            values, given = self.conditions({}, len(codes[rows]))
            check()
            codes[rows] = self.network.codes(values, given, generator=generator, check=check, **drawing).numpy()
        return codes


def rewrite_unreadable(strings: list[str], write: Callable[[list[int]], list[str]]) -> None:
    """Have rows that RDKit cannot read written anew, at most `_AGAIN` times, in place.

    A mask cannot see, token by token, whether aromatic rings will have a Kekulé form. About one string in a hundred
    has none, and hardly any in notations without aromatic atoms, which are left alone.
    """
    from polydesign.chem.notation.psmiles import parses

    rows = list(range(len(strings)))
    for _ in range(_AGAIN):
        rows = [row for row in rows if not parses(strings[row])]
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            for row, text in zip(part, write(part), strict=True):
                strings[row] = text


def stopping(should_stop: ShouldStop | None) -> Callable[[], None]:
    """Return a function that raises `Stopped` once `should_stop()` is true."""

    def check() -> None:
        if should_stop is not None and should_stop():
            raise Stopped("Sampling was stopped.")

    return check


def as_codes(z: np.ndarray, d: int) -> np.ndarray:
    """Return (N, d) float32 codes; raise `ValueError` for another shape."""
    z = np.asarray(z, dtype=np.float32)
    if z.ndim != 2 or z.shape[1] != d:
        raise ValueError(f"z must have the shape (N, {d}); got {z.shape}.")
    return z


def padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """Return rows of token ids as a ``(B, T)`` tensor, padded to the longest."""
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[PAD_ID] * (longest - len(row))] for row in rows])
