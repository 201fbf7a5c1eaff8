"""Policy gradient with guards for agents that can earn a reward by the size of what they make, or by repeating it.

Small graphs break fewer rules and are easier to foresee, so that an agent that is paid for validity shrinks them; one
that is paid for a property repeats the pattern that pays. Guards, after what others met with (the first is GraphAF's,
Shi et al., 2020, https://arxiv.org/abs/2001.09382, which freezes its batch norm besides; a network without has nothing
to freeze):

- the advantage of an object is less the running mean of those as long: no length is worth more than another;
- while fewer than `least_distinct` of the objects are distinct, nothing is reinforced, and the data that are learnt
  from beside it spread the agent again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor

from polydesign.data.encodings.stream import Batch
from polydesign.nn.policy import Episodes, Policy
from polydesign.training.objectives.policy_gradient import AskFor, PolicyGradient, PolicySettings, Reward
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.step import Step

_MEMORY = 0.95  # share of a running mean that stays when an object is added to it
_BIN = 24  # actions: lengths within a bin are alike


class GuardedPolicyGradient(PolicyGradient):
    """Leave-one-out policy gradient beside data, with the guards of the module.

    Args:
        agent, reward, ask, settings, data: see `PolicyGradient`.
        distinct: returns the share of strings that are distinct, in [0, 1].
        least_distinct: share below which nothing is reinforced.
    """

    def __init__(
        self,
        agent: Policy,
        reward: Reward,
        ask: AskFor,
        settings: PolicySettings,
        *,
        data: Supervised,
        distinct: Callable[[Sequence[str]], float],
        least_distinct: float = 0.9,
    ) -> None:
        super().__init__(agent, reward, ask, settings, data=data)
        self.distinct, self.least_distinct = distinct, least_distinct
        self.by_length = torch.zeros(1)
        self.share = 1.0

    def advantages(self, episodes: Episodes, rewards: Tensor) -> Tensor:
        """See `PolicyGradient`; less the running mean of objects as long, zeros while too few are distinct."""
        raw = super().advantages(episodes, rewards)
        bins = (episodes.lengths // _BIN).tolist()
        missing = max(bins) + 1 - len(self.by_length)
        self.by_length = torch.nn.functional.pad(self.by_length, (0, max(missing, 0)))
        corrected = raw - self.by_length.to(raw.device)[bins]
        for place, value in zip(bins, raw.tolist(), strict=True):
            self.by_length[place] = _MEMORY * self.by_length[place] + (1 - _MEMORY) * value
        self.share = self.distinct(episodes.strings)
        return corrected if self.share >= self.least_distinct else torch.zeros_like(corrected)

    def step(self, batches: Iterator[Batch], at: Step) -> dict[str, Tensor]:
        """See `Objective`; "align_distinct" is the share of the agent's own objects that are distinct."""
        figures = super().step(batches, at)
        return figures | at.mean({"align_distinct": torch.tensor(self.share, device=at.device)})

    def state(self) -> dict[str, Tensor]:
        """See `Objective`: the means by length too."""
        return {**super().state(), "by_length": self.by_length}

    def load_state(self, state: Mapping[str, Tensor]) -> None:
        """See `Objective`."""
        super().load_state(state)
        self.by_length = state["by_length"]
