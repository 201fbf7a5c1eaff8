"""Alignment: raise the reward of what the model itself writes, by a policy gradient.

For each of B property requests the model writes K strings; each string's advantage is its reward
minus the mean reward of the other K - 1 (leave-one-out REINFORCE: Kool et al., 2019; Ahmadian et al.,
2024, https://arxiv.org/abs/2402.14740). The trainer adds the token loss of a data batch, which keeps
the model close to real polymers; no separate prior is needed.

    L_align = - sum_i  A_i  log p(x_i | request_i)  /  number of sampled tokens
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from polydesign.data.encodings.batches import PreparedData
from polydesign.data.encodings.tokenizer import END_ID, PAD_ID, START_ID, PolymerTokenizer
from polydesign.nn.trainable import Policy

_PARTS = 4

# Scores strings: (B,) rewards in [0, 1] for strings, their (B, C) requests and (B, C) flags.
Reward = Callable[[Sequence[str], np.ndarray, np.ndarray], np.ndarray]


@dataclass
class PolicyGradient:
    """Give the trainer the alignment loss of one step.

    Attributes:
        data: requests are drawn from its training rows.
        tokenizer: turns sampled ids into strings.
        reward: scores them.
        n_requests, n_samples: requests a step, strings a request.
        weight: gamma, the weight of the alignment loss.
        temperature: of sampling.
    """

    data: PreparedData
    tokenizer: PolymerTokenizer
    reward: Reward
    n_requests: int = 48
    n_samples: int = 4
    weight: float = 1.0
    temperature: float = 1.0

    def __call__(self, network: Policy, step: int, generator: torch.Generator) -> dict[str, Tensor]:
        """Return ``{"loss", "reward", "valid"}``; "loss" carries the gradient."""
        values, given = self._requests(network, step, generator)
        network.eval()
        ids = network.sample(values, given, generator=generator, temperature=self.temperature)
        network.train()
        strings = self.tokenizer.decode(ids)
        rewards = self.reward(strings, values.cpu().numpy(), given.cpu().numpy())
        grouped = torch.from_numpy(rewards.astype(np.float32)).view(-1, self.n_samples)
        others = (grouped.sum(dim=1, keepdim=True) - grouped) / (self.n_samples - 1)
        advantage = (grouped - others).flatten().to(values.device)

        loss = self._surrogate(network, ids, advantage, values, given)
        return {
            "loss": self.weight * loss,
            "reward": grouped.mean(),
            "valid": (grouped > 0).float().mean(),
        }

    def _requests(self, network: Policy, step: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Draw requests as people make them: properties of training polymers, most of them hidden."""
        rng = np.random.default_rng([step, 7])
        usable = np.flatnonzero(self.data.split == 0)
        weight = self.data.weight[usable].astype(np.float64)
        index = usable[rng.choice(len(usable), size=self.n_requests, p=weight / weight.sum())]
        batch = self.data.batch(index)
        device = next(network.parameters()).device
        values, given = (torch.from_numpy(batch[name]).to(device) for name in ("values", "given"))
        given = network.hide(given, generator)
        return values.repeat_interleave(self.n_samples, 0), given.repeat_interleave(self.n_samples, 0)

    def _surrogate(
        self, network: Policy, ids: Sequence[Sequence[int]], advantage: Tensor, values: Tensor, given: Tensor
    ) -> Tensor:
        """Return L_align over all samples, in parts of like length: most strings are short, a few are long."""
        rows = [[START_ID, *row, END_ID][: network.max_tokens] for row in ids]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        total = torch.zeros((), device=values.device)
        for part in np.array_split(np.array(order), _PARTS):
            width = max(len(rows[i]) for i in part)
            tokens = torch.tensor([rows[i] + [PAD_ID] * (width - len(rows[i])) for i in part], device=values.device)
            with torch.autocast(values.device.type, dtype=torch.bfloat16):
                log_prob = network.token_log_prob(tokens, values[part], given[part])
            total = total - (advantage[part, None] * log_prob).sum()
        return total / sum(len(row) - 1 for row in rows)
