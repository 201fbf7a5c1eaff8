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
from torch import Tensor, nn

from polydesign.data.batches import PreparedData
from polydesign.data.tokenizer import END_ID, PAD_ID, START_ID, PolymerTokenizer

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

    def __call__(self, network: nn.Module, step: int, generator: torch.Generator) -> dict[str, Tensor]:
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

        tokens = self._pad(ids, network.config.max_length - network.config.n_embeddings).to(values.device)
        with torch.autocast(values.device.type, dtype=torch.bfloat16):
            log_prob = network.token_log_prob(tokens, values, given)
        n_tokens = (tokens[:, 1:] != PAD_ID).sum()
        loss = -(advantage[:, None] * log_prob).sum() / n_tokens
        return {
            "loss": self.weight * loss,
            "reward": grouped.mean(),
            "valid": (grouped > 0).float().mean(),
        }

    def _requests(self, network: nn.Module, step: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
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

    @staticmethod
    def _pad(ids: Sequence[Sequence[int]], longest: int) -> Tensor:
        rows = [[START_ID, *row, END_ID][:longest] for row in ids]
        width = max(map(len, rows))
        return torch.tensor([row + [PAD_ID] * (width - len(row)) for row in rows])
