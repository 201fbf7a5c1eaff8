"""Policy gradient: raise the reward of what an agent itself makes, and keep it near what it came from.

For each of R requests the agent makes K objects, which are scored. Two losses:

    leave_one_out   - sum_i A_i log p(x_i) / number of actions,   A_i = r_i - mean of the other K - 1 rewards
    anchored        mean over the best `kept` of  (log p_prior(x_i) + sigma r_i - log p(x_i))^2

The first is REINFORCE with its own baseline (Kool et al., 2019; Ahmadian et al., 2024,
https://arxiv.org/abs/2402.14740) and is taken together with the loss of a batch of data, which keeps the agent close to
real polymers. The second is REINVENT's (Olivecrona et al., 2017, https://doi.org/10.1186/s13321-017-0235-x), with
`kept` below 1 augmented hill climbing (Thomas et al., 2022, https://doi.org/10.1186/s13321-022-00646-z): a prior that
stays as it was takes the place of data, and the best objects so far come again from a replay buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from polydesign.core.errors import TrainingError
from polydesign.data.encodings.stream import Batch
from polydesign.nn.policy import Episodes, Policy
from polydesign.nn.requests import Requests
from polydesign.training.objectives.objective import Objective
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.optimizers import Optimizer, optimizer_of
from polydesign.training.step import Step

Reward = Callable[[Sequence[str], np.ndarray, np.ndarray], np.ndarray]
"""Scores strings: (B,) rewards in [0, 1] for strings, their (B, C) values and (B, C) flags."""

AskFor = Callable[[int, int, torch.Generator], Requests]
"""Returns requests: (number of the step, R, generator) -> R requests on the generator's device."""


@dataclass(frozen=True)
class PolicySettings:
    """How an agent is reinforced.

    Attributes:
        form: "leave_one_out" or "anchored"; see the module.
        n_requests, n_samples: requests a step, objects a request.
        weight: of the loss, beside that of data.
        sigma: how much a reward of 1 is worth against the prior, in nats.
        kept: share of the objects, the best, that count in the anchored loss.
        replayed: objects a step that come again from the buffer.
        remembered: objects that the buffer holds.
    """

    form: Literal["leave_one_out", "anchored"] = "leave_one_out"
    n_requests: int = 48
    n_samples: int = 4
    weight: float = 1.0
    sigma: float = 60.0
    kept: float = 0.5
    replayed: int = 0
    remembered: int = 512

    def __post_init__(self) -> None:
        if self.form == "leave_one_out" and self.n_samples < 2:
            raise TrainingError(f"Each request needs at least two samples to be compared; got {self.n_samples}.")
        if not 0 < self.kept <= 1:
            raise TrainingError(f"kept must lie in (0, 1]; got {self.kept:g}.")


class PolicyGradient(Objective):
    """Reinforce an agent.

    Args:
        agent: the policy that learns.
        reward: scores what it makes.
        ask: gives the requests of a step.
        settings: see `PolicySettings`.
        prior: what the agent came from; the anchored form needs it. It is never trained.
        data: loss of a batch of data that is added; None for none.
    """

    def __init__(
        self,
        agent: Policy,
        reward: Reward,
        ask: AskFor,
        settings: PolicySettings,
        *,
        prior: Policy | None = None,
        data: Supervised | None = None,
    ) -> None:
        if settings.form == "anchored" and prior is None:
            raise TrainingError("The anchored form of a policy gradient needs the prior that the agent came from.")
        self.agent, self.reward, self.ask, self.settings = agent, reward, ask, settings
        self.prior, self.data = prior, data
        self.replay = Replay(settings.remembered)
        if prior is not None:
            prior.network.requires_grad_(False).eval()

    @property
    def followed(self) -> nn.Module:
        """See `Objective`."""
        return self.agent.network

    def optimizers(self, weight_decay: float) -> dict[str, Optimizer]:
        """See `Objective`."""
        return {"network": optimizer_of("muon", self.agent.network, weight_decay)}

    def step(self, batches: Iterator[Batch], at: Step) -> dict[str, Tensor]:
        """See `Objective`; "align_" marks the figures of the agent's own objects."""
        figures: dict[str, Tensor] = {}
        total = torch.zeros((), device=at.device)
        weight = 1.0
        if self.data is not None:
            figures, weight = self.data.losses(next(batches), at)
            total = total + figures["loss"]
        loss, rewards = self.losses(at)
        total = total + self.settings.weight * loss
        at.update("network", total, self.agent.network.parameters(), weight=weight)
        figures = figures | {
            "align_loss": self.settings.weight * loss,
            "align_reward": rewards.mean(),
            "align_valid": (rewards > 0).float().mean(),
        }
        return at.mean({"loss": total, **figures} if self.data is None else figures, weight)

    def losses(self, at: Step) -> tuple[Tensor, Tensor]:
        """Return the loss of what the agent makes now, and its (R K,) rewards."""
        k = self.settings.n_samples
        requests = self.ask(at.number, self.settings.n_requests, at.generator).repeated(k)
        self.agent.network.eval()
        episodes = self.agent.rollout(requests, at.generator)
        self.agent.network.train()
        scores = self.reward(episodes.strings, requests.values.cpu().numpy(), requests.given.cpu().numpy())
        rewards = torch.from_numpy(scores.astype(np.float32)).to(at.device)
        if self.settings.form == "leave_one_out":
            advantages = self.advantages(episodes, rewards)
            with at.autocast():
                log_prob = self.agent.log_prob(episodes, requests)
            return -(advantages * log_prob).sum() / episodes.lengths.sum(), rewards
        return self._anchored(episodes, requests, rewards, at), rewards

    def advantages(self, episodes: Episodes, rewards: Tensor) -> Tensor:
        """Return ``(R K,)`` rewards less the mean of the others of the same request."""
        k = self.settings.n_samples
        grouped = rewards.view(-1, k)
        others = (grouped.sum(dim=1, keepdim=True) - grouped) / (k - 1)
        return (grouped - others).flatten()

    def _anchored(self, episodes: Episodes, requests: Requests, rewards: Tensor, at: Step) -> Tensor:
        best = rewards.argsort(descending=True)[: max(1, round(self.settings.kept * len(rewards)))].tolist()
        own = (episodes.rows(best), requests.rows(best), rewards[best])
        again = self.replay.draw(self.settings.replayed, at.seed)
        self.replay.add(*own)
        loss = self._distance(*own, at)
        if again is not None:
            loss = loss + self._distance(*again, at)
        return loss

    def _distance(self, episodes: Episodes, requests: Requests, rewards: Tensor, at: Step) -> Tensor:
        """Return the mean squared distance, in nats an action, from the prior raised by the reward."""
        assert self.prior is not None  # checked when the objective was made
        with at.autocast():
            with torch.no_grad():
                wanted = self.prior.log_prob(episodes, requests).float() + self.settings.sigma * rewards
            difference = wanted - self.agent.log_prob(episodes, requests).float()
        return (difference / episodes.lengths.float().mean()).square().mean()

    def held_out(self, batch: dict[str, Tensor], at: Step) -> dict[str, Tensor]:
        """Return the figures of data where there are data."""
        return {} if self.data is None else self.data.held_out(batch, at)

    def state(self) -> dict[str, Tensor]:
        """See `Objective`: the prior, which a resumed run must not take from anywhere else, and the replay buffer."""
        prior = {} if self.prior is None else self.prior.network.state_dict()
        return {**{f"prior.{name}": value for name, value in prior.items()}, **self.replay.state()}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """See `Objective`."""
        if self.prior is not None:
            its = {name.removeprefix("prior."): value for name, value in state.items() if name.startswith("prior.")}
            self.prior.network.load_state_dict(its, strict=True)
        self.replay = Replay.of(self.settings.remembered, state)


@dataclass
class Replay:
    """The best objects an agent has made, each string once.

    Attributes:
        size: most that are kept.
        entries: string -> actions ``(L,)``, values and flags ``(C,)``, reward; best first.
    """

    size: int
    entries: dict[str, tuple[Tensor, Tensor, Tensor, float]] = field(default_factory=dict)

    def add(self, episodes: Episodes, requests: Requests, rewards: Tensor) -> None:
        """Remember what is among the best."""
        for row, text in enumerate(episodes.strings):
            score = float(rewards[row])
            if score > 0 and score > (self.entries[text][3] if text in self.entries else 0.0):
                actions = episodes.actions[row, : int(episodes.lengths[row])].cpu()
                self.entries[text] = (actions, requests.values[row].cpu(), requests.given[row].cpu(), score)
        best = sorted(self.entries.items(), key=lambda entry: -entry[1][3])[: self.size]
        self.entries = dict(best)

    def draw(self, n: int, seed: int) -> tuple[Episodes, Requests, Tensor] | None:
        """Return `n` of them at random; None when there are none, or none are wanted."""
        if n == 0 or not self.entries:
            return None
        texts = list(self.entries)
        chosen = np.random.default_rng([seed, 11]).choice(len(texts), size=min(n, len(texts)), replace=False)
        actions, values, given, rewards = zip(*(self.entries[texts[i]] for i in chosen), strict=True)
        padded = nn.utils.rnn.pad_sequence(list(actions), batch_first=True, padding_value=-1)
        episodes = Episodes([texts[i] for i in chosen], padded)
        return episodes, Requests(torch.stack(values), torch.stack(given)), torch.tensor(rewards)

    def state(self) -> dict[str, Tensor]:
        """Return it as tensors."""
        if not self.entries:
            return {}
        actions, values, given, rewards = zip(*self.entries.values(), strict=True)
        encoded = [torch.tensor(list(text.encode()), dtype=torch.uint8) for text in self.entries]
        return {
            "actions": nn.utils.rnn.pad_sequence(list(actions), batch_first=True, padding_value=-1),
            "values": torch.stack(values),
            "given": torch.stack(given),
            "rewards": torch.tensor(rewards, dtype=torch.float64),
            "strings": nn.utils.rnn.pad_sequence(encoded, batch_first=True, padding_value=0),
        }

    @classmethod
    def of(cls, size: int, state: Mapping[str, Tensor]) -> Replay:
        """Return the buffer that `state` described."""
        replay = cls(size)
        for row in range(len(state.get("rewards", ()))):
            text = bytes(state["strings"][row].tolist()).rstrip(b"\0").decode()
            actions = state["actions"][row]
            score = float(state["rewards"][row])
            replay.entries[text] = (actions[actions >= 0], state["values"][row], state["given"][row], score)
        return replay
