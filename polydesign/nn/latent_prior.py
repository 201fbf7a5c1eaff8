"""A learned prior among the codes of any trained autoencoder: diffusion, flow or GAN, with targets or without.

    x = (z - shift) / scale,   z ~ q(z | string, request) of the frozen autoencoder

Standing in for the autoencoder towards the rest of the house (encode, decode, sample) is the same for all: a
`CodePrior` gives draws of x and leaves to an objective how they are learnt. A `LatentPrior` gives the loss of x too,
and hears targets: the embedding e of the requests begins as the autoencoder's, where it has one. Strings are read once,
before training (training/codes.py), since reading them costs far more than a step among codes.

Shapes: B batch, T tokens, C conditions, d dimensions of a code.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol, Self

import torch
from torch import Tensor, nn

from polydesign.core import registry
from polydesign.core.configs import ConditionalConfig
from polydesign.core.errors import TrainingError
from polydesign.core.properties import DESCRIPTORS
from polydesign.core.settings import read_settings
from polydesign.nn.conditions import ConditionEmbedding, hide_some
from polydesign.nn.latent import Autoencoder, Gaussian, LatentWriter
from polydesign.nn.requests import Conditions, Requests
from polydesign.nn.trainable import Trainable
from polydesign.writing.sampling import Writing


class PriorConfig(ConditionalConfig, Protocol):
    """The settings that a prior reads; those of `generators.fitted.AmongCodes`."""

    @property
    def autoencoder_family(self) -> str: ...  # noqa: D102 - see AmongCodes
    @property
    def autoencoder(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def d_property(self) -> int: ...  # noqa: D102
    @property
    def p_unconditional(self) -> float: ...  # noqa: D102


class CodePrior(LatentWriter):
    """A learned prior and, frozen, the autoencoder whose codes it draws."""

    def __init__(self, config: PriorConfig) -> None:
        super().__init__()
        if not config.autoencoder_family:
            raise TrainingError("This family works in the space of an autoencoder. Name one: --with autoencoder=ID.")
        network = registry.network_class(config.autoencoder_family)
        if not issubclass(network, Autoencoder):
            raise TrainingError(
                f"The family '{config.autoencoder_family}' has no codes that could be drawn. Name an autoencoder."
            )
        settings = read_settings(registry.config_class(config.autoencoder_family), config.autoencoder)
        self.autoencoder: Autoencoder = network(settings)
        self.d_latent = self.autoencoder.d_latent
        self.autoencoder.requires_grad_(False).eval()
        self.max_tokens = self.autoencoder.max_tokens
        # Parameters, so that they are kept with the weights; measured, not trained.
        self.shift = nn.Parameter(torch.zeros(self.d_latent), requires_grad=False)
        self.scale = nn.Parameter(torch.ones(self.d_latent), requires_grad=False)

    @abstractmethod
    def draw(self, requests: Requests, writing: Writing, **options: Any) -> Tensor:
        """Return one ``(B, d)`` code of zero mean and unit variance for each request."""

    def train(self, mode: bool = True) -> Self:
        """Switch to training or back; the autoencoder stays as it is."""
        super().train(mode)
        self.autoencoder.eval()
        return self

    @torch.no_grad()
    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Take the trained weights of the autoencoder."""
        self.autoencoder.load_state_dict(dict(weights), strict=True)

    @torch.no_grad()
    def read(self, batch: dict[str, Tensor], generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``mean`` and ``log_var`` ``(B, d)`` of the codes of ``tokens`` ``(B, T)``, and what else is read.

        Some of the properties may be hidden, from the autoencoder and thus from the prior too.
        """
        given = self.shown(batch["given"], generator)
        code = self.encode(batch["tokens"], Requests(batch["values"], given))
        return {"mean": code.mean.float(), "log_var": code.log_var.float(), "values": batch["values"], "given": given}

    def shown(self, given: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Return which of the properties that are `given` ``(B, C)`` the autoencoder is shown: none."""
        return torch.zeros_like(given)

    @torch.no_grad()
    def measure(self, mean: Tensor, log_var: Tensor) -> None:
        """Measure where codes lie and how they are spread, of ``(N, d)`` means and logarithms of variances."""
        z = Gaussian(mean, log_var).draw(torch.Generator(device=mean.device).manual_seed(0))
        self.shift.copy_(z.mean(dim=0))
        self.scale.copy_(z.std(dim=0, correction=0).clamp(min=1e-3))

    def standardised(self, batch: dict[str, Tensor], generator: torch.Generator | None = None) -> Tensor:
        """Return x, one ``(B, d)`` draw of each code of a batch that `read` returned."""
        return (Gaussian(batch["mean"], batch["log_var"]).draw(generator) - self.shift) / self.scale

    @torch.no_grad()
    def codes(self, requests: Requests, writing: Writing, **options: Any) -> Tensor:
        """Return one code ``(B, d)``, in the autoencoder's space, for each request."""
        return self.draw(requests, writing, **options) * self.scale + self.shift

    def encode(self, tokens: Tensor, requests: Requests) -> Gaussian:
        """Return the autoencoder's q(z | string, request) of ``(B, T)`` tokens."""
        return self.autoencoder.encode(tokens, self._for_autoencoder(requests))

    def decode(self, z: Tensor, requests: Requests, writing: Writing) -> list[list[int]]:
        """Return the token sequences that the autoencoder writes for ``(B, d)`` codes and their requests."""
        return self.autoencoder.decode(z, self._for_autoencoder(requests), writing)

    def _for_autoencoder(self, requests: Requests) -> Requests:
        """Return the requests as the autoencoder reads them; one whose columns are not theirs is asked for nothing."""
        n = len(self.autoencoder.conditions.keys)
        if requests.values.shape[1] == n:
            return requests
        return Requests(requests.values.new_zeros(len(requests), n), requests.given.new_zeros(len(requests), n))


class LatentPrior(CodePrior, Trainable):
    """A prior with a loss of its own, which hears targets."""

    exact: Tensor

    def __init__(self, config: PriorConfig) -> None:
        super().__init__(config)
        self.p_unconditional = config.p_unconditional
        self.d_property = self.autoencoder.d_property or config.d_property
        self.properties = ConditionEmbedding(len(config.conditions), self.d_property)
        self.conditions = Conditions.of(config)
        exact = torch.tensor([key in DESCRIPTORS for key in config.conditions], dtype=torch.bool)
        self.register_buffer("exact", exact, persistent=False)

    @abstractmethod
    def prior_loss(self, x: Tensor, e: Tensor, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``"loss"``, which carries the gradient, and its parts.

        Args:
            x: ``(B, d)`` codes of zero mean and unit variance.
            e: ``(B, d_property)`` embeddings of the requests; zero where nothing is asked.
            generator: source of randomness.
        """

    @torch.no_grad()
    def take(self, weights: Mapping[str, Tensor]) -> None:
        """Take the trained weights of the autoencoder, and its embedding of the requests."""
        super().take(weights)
        if self.autoencoder.d_property:
            self.properties.load_state_dict(self.autoencoder.properties.state_dict())

    def shown(self, given: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """See `CodePrior`: some of those that are known."""
        return hide_some(given, self.exact, self.p_unconditional, generator)

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return `prior_loss` of a batch that `read` returned.

        The phase "frozen" keeps the autoencoder's embedding of the requests, where it has one, as it is.
        """
        x = self.standardised(batch, generator)
        frozen = phase == "frozen" and self.autoencoder.d_property > 0
        with torch.set_grad_enabled(torch.is_grad_enabled() and not frozen):
            e = self.embedded(Requests(batch["values"], batch["given"]))
        return self.prior_loss(x, e, generator)

    def embedded(self, requests: Requests) -> Tensor:
        """Return ``(B, d_property)`` embeddings of requests; zero where nothing is asked."""
        return self.properties(requests.values, requests.given)[:, 0]

    def sample(self, requests: Requests, writing: Writing, *, twice: bool = True, **options: Any) -> list[list[int]]:
        """Make a code for each request and decode it; start and end are left off.

        With `twice` the decoder reads the request too. Guidance is a matter of the codes alone.
        """
        z = self.codes(requests, writing, **options)
        return self.decode(z, requests if twice else requests.hidden(), replace(writing, guidance_scale=1.0))
