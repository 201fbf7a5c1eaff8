"""The TransVAE network: one frame, in which recurrence, attention or both read a repeat unit and write it again.

    h = read E(t)                       states of GRU layers, their weighted means, or transformer blocks (readers.py)
    mean, log_var = bottleneck h        z = mean + exp(log_var / 2) e,   e ~ N(0, 1)              (bottleneck.py)
    m = bottleneck' z                   memory, a vector or one for each position
    p(t_k | t_<k, z) = softmax Linear write( E(t_<k), m )                                         (writers.py)
    loss = - sum_k w(t_k) log p(t_k | t_<k, z) - log p(n | z) + beta KL( q(z | t) || N(0, 1) )

per string, with n its number of tokens. Dollar et al., Chem. Sci. 12, 8362, 2021 (https://doi.org/10.1039/D1SC01050F).
Every term is a sum over the string in nats, so that with beta = 1 (and w = 1) this is the evidence bound; a batch is
summed over its strings and divided by its tokens, which gives every string the same say and a gradient of the size that
clipping expects, and leaves the meaning of beta alone. (The study's code has a mean over batch and dimensions as its
KL term, and its beta of 0.05 therefore another meaning.)

"trans" alone is told n: which positions of the memory are looked at follows from it, and when a code is decoded the
most probable n is taken. Recurrent decoders read the memory position by position and need no end of it.

Where ours differs from the study's code: learned positions (and rotary ones while writing), which both sides of "trans"
share; the bottleneck keeps lengths; the noise is added to the mean (an early version multiplied them); tokens are those
of the prepared tokenizer; a tally of what is written may be added to the tokens (nn/tally.py). Trained like the other
families here (Muon and AdamW, warm-up and cosine), not with Adam and the Noam schedule: both warm up and then fall, and
one optimiser for all is what keeps families comparable.

Shapes: B batch, T tokens with start and end, V vocabulary, d dimensions of the code, S positions of the memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.core.errors import TrainingError
from polydesign.data.encodings.tokenizer import PAD_ID
from polydesign.generators.transvae.bottleneck import Bottleneck, ConvBottleneck, FlatBottleneck
from polydesign.generators.transvae.config import TransVAEConfig
from polydesign.generators.transvae.readers import AttentiveRecurrentReader, RecurrentReader
from polydesign.generators.transvae.writers import AttentivelyWritten, RecurrentlyWritten, Written
from polydesign.nn.cross import CrossDecoder, Encoder
from polydesign.nn.latent import Autoencoder, Gaussian, free_bits, kl_weight
from polydesign.nn.recurrent import RecurrentStack
from polydesign.nn.requests import Requests
from polydesign.nn.tally import RunningTally, TallyEmbedding
from polydesign.writing.sampling import Writing, sample_sequences


class _Steps:
    """The decoder at work on ``(B, d)`` codes."""

    def __init__(self, network: TransVAE, z: Tensor) -> None:
        self.network = network
        self.written = network.begin(z)
        self.tally = RunningTally(network.tally, Requests.none(len(z)))
        self.length = 0

    def keep(self, rows: Tensor) -> None:
        self.written.keep(rows)
        self.tally.keep(rows)

    def step(self, tokens: Tensor) -> Tensor:
        x = self.network.embedded(tokens[:, None], self.length) + self.tally.embed(tokens[:, None])
        self.length += 1
        return self.network.head(self.written.advance(x)[:, -1])


class TransVAE(Autoencoder):
    """Reader, bottleneck and writer of one kind."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_loss": ("train", "loss"),
        "valid_token": ("train", "token"),
        "valid_string": ("train", "string"),
        "valid_length": ("train", "length"),
        "valid_kl": ("train", "kl"),
    }

    def __init__(self, config: TransVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens, self.d_latent, self.kl_share = config.max_length, config.d_latent, 1.0
        width, layers, heads = config.d_model, config.n_layers, config.n_heads
        self.tokens = nn.Embedding(config.vocab_size, width)
        self.reader: nn.Module
        self.writer: RecurrentStack | CrossDecoder
        if config.kind == "trans":
            inner = (config.dropout, config.d_feedforward)
            self.positions = nn.Parameter(torch.randn(config.max_length, width) * 0.02)
            self.places = nn.Parameter(torch.randn(config.max_length, width) * 0.5)  # of the memory
            nn.init.normal_(self.tokens.weight, std=0.02)
            self.reader = Encoder(width, layers, heads, *inner)
            self.refine = Encoder(width, 1, heads, *inner)  # of the restored memory
            self.writer = CrossDecoder(width, layers, heads, config.max_length, *inner)
            self.length = nn.Sequential(
                nn.Linear(config.d_latent, width), nn.SiLU(), nn.Linear(width, config.max_length)
            )
        else:
            if config.kind == "rnn":
                self.reader = RecurrentReader(width, layers, config.dropout)
            else:
                self.reader = AttentiveRecurrentReader(width, layers, config.max_length, config.dropout)
            self.writer = RecurrentStack("gru", 2 * width, width, layers, config.dropout)
        self.bottleneck: Bottleneck = (
            FlatBottleneck(layers * width, config.d_latent, width)
            if config.kind == "rnn"
            else ConvBottleneck(width, config.d_channels, config.max_length, config.d_latent)
        )
        self.tally: TallyEmbedding | None = None
        if config.tally and config.vocabulary:
            self.tally = TallyEmbedding(config.vocabulary, (), (), (), width)
        self.head = nn.Linear(width, config.vocab_size)
        # Parameters, so that they are kept with the weights; measured, not trained.
        self.token_weight = nn.Parameter(torch.ones(config.vocab_size), requires_grad=False)
        self.centre = nn.Parameter(torch.zeros(config.d_latent), requires_grad=False)
        self.information = nn.Parameter(torch.ones(config.d_latent), requires_grad=False)

    def proceed(self, phase: str, within: float) -> None:
        """Follow the schedule of the KL term."""
        self.kl_share = kl_weight(self.config.kl_schedule, within, self.config.kl_cycles, self.config.kl_ramp)

    def encode(self, tokens: Tensor, requests: Requests) -> Gaussian:
        """Return q(z | string) of ``(B, T)`` tokens, of which `max_tokens` are read, whatever is asked for.

        Padding does not matter.
        """
        tokens = tokens[:, : self.max_tokens]
        visible = tokens != PAD_ID
        read = self.reader(self.embedded(tokens), visible)
        return Gaussian(*self.bottleneck.compress(read, visible).float().chunk(2, dim=1))

    def logits(self, tokens: Tensor, z: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return ``(B, T, V)`` logits of what follows each of ``(B, T)`` tokens, given ``(B, d)`` codes.

        `lengths` ``(B,)`` are those of the strings that were read; None for the most probable ones.
        """
        tally = RunningTally(self.tally, Requests.none(len(tokens)))
        x = self.embedded(tokens) + tally.embed(tokens)
        return self.head(self.begin(z, lengths, n=tokens.shape[1]).advance(x))

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "token", "string", "length", "kl"}``; properties are not read.

        The loss in nats a token, the cross-entropy in nats a token and a string, that of the length and the KL in nats
        a string. Raises `TrainingError` when the KL is not finite.
        """
        tokens = batch["tokens"]
        lengths = (tokens != PAD_ID).sum(dim=1)
        code = self.encode(tokens, Requests.none(len(tokens)))
        z = code.draw(generator)
        logits = self.logits(tokens[:, :-1], z, lengths).float().flatten(0, 1)
        entropy = F.cross_entropy(
            logits, tokens[:, 1:].flatten(), self.token_weight, ignore_index=PAD_ID, reduction="sum"
        ) / len(tokens)
        length = entropy.new_zeros(())
        if self.config.kind == "trans":
            length = F.cross_entropy(self.length(z).float(), lengths - 1)
        each = code.kl()
        kl = each.sum(dim=1).mean()
        if not torch.isfinite(kl):
            raise TrainingError(
                f"The KL term is {float(kl.detach())}: codes ran away. Lower the learning rate (--set lr=...) or raise "
                "beta."
            )
        weight = self.config.beta * (self.kl_share if self.training else 1.0)
        string = entropy + length + weight * free_bits(each, self.config.free_bits)
        per_string = (lengths - 1).float().mean()
        return {
            "loss": string / per_string, "token": entropy / per_string, "string": entropy, "length": length, "kl": kl,
        }  # fmt: skip

    def codes(
        self, requests: Requests, writing: Writing, *, spread: float = 1.0, informative: float = 1.0, **options: Any
    ) -> Tensor:
        """Return one code ``(B, d)`` for each request: draws of N(0, spread^2), whatever is asked for.

        With `informative` below 1 only the dimensions that carry most of what codes say are drawn, the others stay at
        their mean: the study's high-entropy sampling. What a dimension carries is measured as its KL term.
        """
        z = super().codes(requests, writing, spread=spread)
        return z if informative >= 1.0 else torch.where(self.informative(informative), z, self.centre)

    def informative(self, share: float) -> Tensor:
        """Return ``(d,)`` bool, the fewest dimensions that together carry `share` of all information."""
        carried, order = self.information.sort(descending=True)
        chosen = torch.zeros_like(self.information, dtype=torch.bool)
        chosen[order] = carried.cumsum(0) - carried < share * carried.sum()
        return chosen

    @torch.no_grad()
    def measure(self, codes: Gaussian) -> None:
        """Measure where codes lie and what each dimension carries, of those of held-out strings.

        The mean KL of a dimension bounds from above, in nats, what it tells of the string.
        """
        self.centre.copy_(codes.mean.mean(dim=0))
        self.information.copy_(codes.kl().mean(dim=0))

    @torch.no_grad()
    def weigh(self, counts: Tensor) -> None:
        """Weigh the ``(V,)`` tokens by rarity, `least_weight` for the most frequent to 1 for one that never comes.

        The weight falls with the logarithm of the count; all are then scaled so that a token of the corpus weighs 1
        on average, and beta keeps its meaning.
        """
        common = torch.log1p(counts) / torch.log1p(counts.max())
        weight = 1.0 - (1.0 - self.config.least_weight) * common
        self.token_weight.copy_(weight * counts.sum() / (weight * counts).sum())

    @torch.no_grad()
    def decode(self, z: Tensor, requests: Requests, writing: Writing) -> list[list[int]]:
        """Return one token sequence, start and end left off, for each of the ``(B, d)`` codes."""
        return sample_sequences(_Steps(self, z), len(z), self.max_tokens - 1, writing)

    def embedded(self, tokens: Tensor, start: int = 0) -> Tensor:
        """Return the ``(B, T, d_model)`` embeddings of ``(B, T)`` tokens from position `start` on."""
        x = self.tokens(tokens)
        if self.config.kind == "trans":
            x = x + self.positions[start : start + tokens.shape[1]]
        return x

    def begin(self, z: Tensor, lengths: Tensor | None = None, n: int | None = None) -> Written:
        """Return the decoder with the memory of ``(B, d)`` codes, before anything is written.

        `lengths` as in `logits`; `n` is how many tokens will be written at once, None where one follows another.
        """
        if isinstance(self.writer, RecurrentStack):
            return RecurrentlyWritten(self.writer, self.bottleneck.restore(z, n))
        if lengths is None:
            lengths = self.length(z).argmax(dim=1) + 1
        n_seen = int(lengths.max()) if len(lengths) else 0
        visible = torch.arange(n_seen, device=z.device) < lengths[:, None]
        memory = self.refine(self.bottleneck.restore(z, n_seen) + self.places[:n_seen], visible)
        return AttentivelyWritten(self.writer, self.writer.remember(memory, visible), memory if n is None else None)
