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
from polydesign.data.encodings.tokenizer import PolymerTokenizer
from polydesign.nn.requests import Requests
from polydesign.nn.trainable import Policy
from polydesign.writing.rows import framed, padded
from polydesign.writing.sampling import Writing

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
        requests = self._requests(network, step, generator)
        network.eval()
        ids = network.sample(requests, Writing(generator, temperature=self.temperature))
        network.train()
        strings = self.tokenizer.decode(ids)
        rewards = self.reward(strings, requests.values.cpu().numpy(), requests.given.cpu().numpy())
        grouped = torch.from_numpy(rewards.astype(np.float32)).view(-1, self.n_samples)
        others = (grouped.sum(dim=1, keepdim=True) - grouped) / (self.n_samples - 1)
        advantage = (grouped - others).flatten().to(requests.values.device)

        loss = self._surrogate(network, ids, advantage, requests)
        return {
            "loss": self.weight * loss,
            "reward": grouped.mean(),
            "valid": (grouped > 0).float().mean(),
        }

    def _requests(self, network: Policy, step: int, generator: torch.Generator) -> Requests:
        """Draw requests as people make them: properties of training polymers, most of them hidden."""
        rng = np.random.default_rng([step, 7])
        usable = np.flatnonzero(self.data.split == 0)
        weight = self.data.weight[usable].astype(np.float64)
        index = usable[rng.choice(len(usable), size=self.n_requests, p=weight / weight.sum())]
        batch = self.data.batch(index)
        device = next(network.parameters()).device
        known = Requests(*(torch.from_numpy(batch[name]).to(device) for name in ("values", "given")))
        return network.hide(known, generator).repeated(self.n_samples)

    def _surrogate(
        self, network: Policy, ids: Sequence[Sequence[int]], advantage: Tensor, requests: Requests
    ) -> Tensor:
        """Return L_align over all samples, in parts of like length: most strings are short, a few are long."""
        rows = [framed(row)[: network.max_tokens] for row in ids]
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        device = advantage.device
        total = torch.zeros((), device=device)
        for part in np.array_split(np.array(order), _PARTS):
            tokens = padded([rows[i] for i in part]).to(device)
            with torch.autocast(device.type, dtype=torch.bfloat16):
                log_prob = network.token_log_prob(tokens, requests.rows(part))
            total = total - (advantage[part, None] * log_prob).sum()
        return total / sum(len(row) - 1 for row in rows)
