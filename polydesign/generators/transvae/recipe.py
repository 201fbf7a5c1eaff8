"""How TransVAE is trained: on tokens, by its own loss; what its dimensions carry is measured at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch

from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.stream import Batches, Stream
from polydesign.data.encodings.tokenizer import END_ID
from polydesign.generators.transvae.config import TransVAEConfig
from polydesign.nn.latent import Gaussian, active_units
from polydesign.nn.requests import Requests
from polydesign.training.processes import Processes
from polydesign.training.recipe import Made, Order
from polydesign.training.recipes.loop import LoopRecipe
from polydesign.training.run import find_rows

_MEASURED = 10_000  # held-out strings whose codes are looked at


class TransVAERecipe(LoopRecipe[TransVAEConfig]):
    """A loop recipe that weighs tokens before and measures codes afterwards."""

    def batches(self, network: Any, rows: PreparedRows, order: Order) -> Batches:
        """Return strings; tokens are weighed by how often these rows bring them, where that is asked for."""
        if network.config.least_weight < 1.0:
            network.weigh(torch.from_numpy(token_counts(rows, network.config.vocab_size)))
        return super().batches(network, rows, order)

    @torch.no_grad()
    def make(self, order: Order, processes: Processes) -> Made:
        """Train, and read held-out strings with the trained network."""
        with torch.enable_grad():
            made = super().make(order, processes)
        config = cast(TransVAEConfig, made.config)
        network = self.network(config, {})
        network.load_state_dict(dict(made.weights))
        network.eval()
        strings = Stream(
            find_rows(order.data, self.encoding, processes), config.batch_tokens, network.max_tokens, _MEASURED
        )
        read = [
            network.encode(tokens, Requests.none(len(tokens)))
            for tokens in (torch.from_numpy(batch["tokens"]) for batch, _ in strings.held_out())
        ]
        if not read:
            return made
        codes = Gaussian(torch.cat([code.mean for code in read]), torch.cat([code.log_var for code in read]))
        network.measure(codes)
        metrics = {**made.metrics, "valid_active_units": active_units(codes.mean.numpy())}
        return replace(made, weights=network.state_dict(), metrics=metrics)


def token_counts(rows: Any, vocab_size: int) -> np.ndarray:
    """Return (V,) float32, how often each token comes in as many draws of training rows as there are rows."""
    weight = np.where(rows.split == 0, rows.weight, 0.0)
    weight = weight * np.count_nonzero(weight) / weight.sum()
    counts = np.bincount(rows.tokens, np.repeat(weight, np.diff(rows.offsets)), vocab_size)
    counts[END_ID] = weight.sum()
    return counts.astype(np.float32)


RECIPE = TransVAERecipe("transvae")
