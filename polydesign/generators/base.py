"""What all families share that write strings with a network: targets in, raw strings out.

A family says what it is called, how its settings and its network are built, and what it can do besides writing:

    class CharRNNGenerator(ScoredStrings):
        spec, config_class, network_class = SPEC, CharRNNConfig, CharRNN

Whether targets are listened to is a matter of the network: it says which properties it reads.

Shapes: N strings, d dimensions of a code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

import numpy as np
import torch
from torch.nn import functional as F

from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.settings import read_settings
from polydesign.core.specs import GeneratorSpec
from polydesign.core.targets import Targets
from polydesign.data.encodings.tokenizer import UNKNOWN_ID, PolymerTokenizer
from polydesign.nn.latent import LatentWriter
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import LikelihoodWriter, Writer
from polydesign.writing.dictation import Dictation, ended
from polydesign.writing.mask import TokenGrammar
from polydesign.writing.rows import framed, padded
from polydesign.writing.sampling import Rules, Writing

_BATCH = 512  # rows sampled, read or scored together; larger gains nothing on two cores
_AGAIN = 2  # times that a row without a Kekulé form is written anew
_WRITING = ("temperature", "top_p", "guidance_scale")  # options that are fields of `Writing`

NetworkT = TypeVar("NetworkT", bound=Writer)


class StringGenerator(Generic[NetworkT]):
    """A trained network that writes token sequences, with its tokenizer.

    Attributes:
        spec, config_class, network_class: the family's own.
    """

    spec: ClassVar[GeneratorSpec]
    config_class: ClassVar[Callable[..., Any]]
    network_class: ClassVar[Callable[..., Any]]

    def __init__(self, network: NetworkT, tokenizer: PolymerTokenizer) -> None:
        self.network = network.eval()
        self.tokenizer = tokenizer
        self.config: Any = network.config

    @classmethod
    def from_checkpoint(cls, folder: Path, config: Mapping[str, Any], weights: Mapping[str, torch.Tensor]) -> Self:
        """Build from a checkpoint folder, its config.json and its weights, strictly."""
        settings = read_settings(cls.config_class, config["config"])
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
        """Return exactly `n` raw strings; see `core.protocols.Generator`."""
        writing, others = self._chosen(self.spec.check_options(options), seed, should_stop)
        requests = self.network.conditions.requests(targets, n)

        def write(rows: list[int]) -> list[list[int]]:
            return self.network.sample(requests.rows(rows), writing, **others)

        return self._strings(write, n, writing, on_progress)

    @cached_property
    def grammar(self) -> TokenGrammar:
        """The tables of constrained decoding."""
        return TokenGrammar(self.tokenizer.vocabulary, self.tokenizer.notation)

    def read(self, psmiles: Sequence[str]) -> list[list[int]]:
        """Return the token ids of strings, from start to end."""
        return [framed(ids) for ids in self.tokenizer.encode(psmiles)]

    def _chosen(
        self, options: Mapping[str, Any], seed: int, should_stop: ShouldStop | None
    ) -> tuple[Writing, dict[str, Any]]:
        """Return how to write, and those of the options that only the family's network understands."""
        others = dict(options)
        mask = self.grammar if others.pop("constrained", False) else None
        settings = {name: others.pop(name) for name in _WRITING if name in others}
        check = partial(stop_if_asked, should_stop, "Sampling")
        return Writing(torch.Generator().manual_seed(seed), mask=mask, check=check, **settings), others

    def _strings(
        self,
        write: Callable[[list[int]], list[list[int]]],
        n: int,
        writing: Writing,
        on_progress: OnProgress | None,
    ) -> list[str]:
        """Return `n` strings, of which `write` returns the tokens of any rows, asked for by their numbers."""

        def text(rows: list[int]) -> list[str]:
            return self.tokenizer.decode(write(rows))

        strings: list[str] = []
        for start in range(0, n, _BATCH):
            strings += text(list(range(start, min(start + _BATCH, n))))
            if on_progress is not None:
                on_progress(Progress("generate", len(strings), n))
        if writing.mask is not None and self.tokenizer.notation == "smiles":
            rewrite_unreadable(strings, text)
        return strings


class ScoredStrings(StringGenerator[LikelihoodWriter]):
    """Knows how probable a given string is."""

    @torch.no_grad()
    def log_prob(self, psmiles: Sequence[str], targets: Targets | Sequence[Targets]) -> np.ndarray:
        """Return (N,) natural-log probabilities of the strings as the tokenizer cuts them.

        -inf marks strings too long for the network and those with a piece outside the vocabulary.
        """
        requests = self.network.conditions.requests(targets, len(psmiles))
        encoded = self.read(psmiles)
        result = np.full(len(encoded), -np.inf)
        room = self.network.max_tokens
        written = [i for i, ids in enumerate(encoded) if len(ids) <= room and UNKNOWN_ID not in ids]
        for start in range(0, len(written), _BATCH):
            index = written[start : start + _BATCH]
            tokens = padded([encoded[i] for i in index])
            result[index] = self.network.token_log_prob(tokens, requests.rows(index)).sum(dim=1).numpy()
        return result


class LatentStrings(StringGenerator[LatentWriter]):
    """Has a code for each string."""

    @torch.no_grad()
    def encode(self, psmiles: Sequence[str]) -> np.ndarray:
        """Return (N, d) float32 codes: means of q(z | string, no request); what is too long may be read in part."""
        encoded = self.read(psmiles)
        requests = self.network.conditions.requests({}, len(encoded))
        codes = np.zeros((len(encoded), self.network.d_latent), dtype=np.float32)
        for start in range(0, len(encoded), _BATCH):
            rows = slice(start, start + _BATCH)
            codes[rows] = self.network.encode(padded(encoded[rows]), requests.rows(rows)).mean.numpy()
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
        codes = torch.from_numpy(as_codes(z, self.network.d_latent))
        chosen = {"temperature": 0.0} if options is None else self.spec.check_options(options)
        writing, _ = self._chosen(chosen, seed, should_stop)
        requests = self.network.conditions.requests({}, len(codes))

        def write(rows: list[int]) -> list[list[int]]:
            return self.network.decode(codes[rows], requests.rows(rows), writing)

        return self._strings(write, len(codes), writing, on_progress)

    @torch.no_grad()
    def reproduced(self, psmiles: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Return what comes back of the codes of N strings, token by token; see `core.protocols.TokenReproducer`."""
        rows = self.tokenizer.encode(psmiles)
        longest = max(map(len, rows), default=0) + 1
        codes = torch.from_numpy(self.encode(psmiles))
        requests = self.network.conditions.requests({}, len(rows))
        hits = []
        for start in range(0, len(rows), _BATCH):
            part = slice(start, start + _BATCH)
            dictated = Dictation(rows[part])
            alone = self._likeliest(codes[part], requests.rows(part), None)
            self._likeliest(codes[part], requests.rows(part), dictated)
            truth = ended(rows[part], longest)
            past = torch.arange(longest) > torch.tensor([[len(row)] for row in rows[part]])
            said = F.pad(dictated.said, (0, longest - dictated.said.shape[1]), value=-1)
            hits.append(
                [(found == truth).to(torch.int8).masked_fill(past, -1) for found in (said, ended(alone, longest))]
            )
        told, by_itself = (torch.cat(parts).numpy() for parts in zip(*hits, strict=True))
        return told, by_itself

    def _likeliest(self, codes: torch.Tensor, requests: Requests, mask: Rules | None) -> list[list[int]]:
        return self.network.decode(codes, requests, Writing(torch.Generator(), temperature=0.0, mask=mask))

    def prior(
        self,
        n: int,
        *,
        seed: int,
        options: Mapping[str, Any] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> np.ndarray:
        """Return (n, d) float32 codes as they are drawn without a request; see `core.protocols.LatentGenerator`."""
        writing, others = self._chosen(self.spec.check_options(options), seed, should_stop)
        requests = self.network.conditions.requests({}, n)
        codes = np.zeros((n, self.network.d_latent), dtype=np.float32)
        for start in range(0, n, _BATCH):
            rows = slice(start, start + _BATCH)
            stop_if_asked(should_stop, "Sampling")
            codes[rows] = self.network.codes(requests.rows(rows), writing, **others).numpy()
        return codes


def rewrite_unreadable(strings: list[str], write: Callable[[list[int]], list[str]]) -> None:
    """Have rows that RDKit cannot read written anew, at most `_AGAIN` times, in place.

    A mask cannot see, token by token, whether aromatic rings will have a Kekulé form. About one string in a hundred
    has none. Notations without aromatic atoms have no such strings. What has no chance in it, a code decoded at
    temperature 0, comes out the same again.

    Args:
        strings: as they were written.
        write: returns the strings of rows, asked for by their numbers.
    """
    from polydesign.chem.notation.psmiles import parses

    rows = list(range(len(strings)))
    for _ in range(_AGAIN):
        rows = [row for row in rows if not parses(strings[row])]
        for start in range(0, len(rows), _BATCH):
            part = rows[start : start + _BATCH]
            for row, text in zip(part, write(part), strict=True):
                strings[row] = text


def as_codes(z: np.ndarray, d: int) -> np.ndarray:
    """Return (N, d) float32 codes; raise `ValueError` for another shape."""
    z = np.asarray(z, dtype=np.float32)
    if z.ndim != 2 or z.shape[1] != d:
        raise ValueError(f"z must have the shape (N, {d}); got {z.shape}.")
    return z
