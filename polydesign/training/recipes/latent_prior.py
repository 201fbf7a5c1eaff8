"""Families that learn among the codes of a trained autoencoder: diffusion, flows, GANs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.stream import Batches, Stream
from polydesign.generators.fitted import AmongCodes
from polydesign.store import Checkpoint
from polydesign.training.codes import read_codes
from polydesign.training.recipe import Order
from polydesign.training.recipes.loop import LoopRecipe

PART = "autoencoder"


class LatentPriorRecipe(LoopRecipe[AmongCodes]):
    """The network is handed an autoencoder, which reads each string once; batches are of its codes.

    The family's config has `for_autoencoder`, `n_codes` and `batch_codes`; its network `take`, `read` and `measure`.
    """

    parts = (PART,)

    def configure(self, config: AmongCodes, rows: PreparedRows, parts: Mapping[str, Checkpoint]) -> AmongCodes:
        """See `LoopRecipe`; raises `TrainingError` for an autoencoder of other tokens than the data's."""
        checkpoint = parts[PART]
        name = "tokenizer.json"
        if name not in checkpoint.record.files:
            raise TrainingError(f"'{checkpoint.id}' reads no tokens. Name an autoencoder, such as polyvae or gruvae.")
        if checkpoint.path(name).read_bytes() != rows.files[name].read_bytes():
            raise TrainingError(
                f"'{checkpoint.id}' was trained with another tokenizer than that of {rows.folder}. "
                "Give the data that it was trained on."
            )
        config = config.for_data(rows.meta)
        return config.for_autoencoder(checkpoint.family, checkpoint.config["config"], checkpoint.id)

    def network(self, config: AmongCodes, parts: Mapping[str, Checkpoint]) -> Any:
        """See `LoopRecipe`."""
        network = registry.network_class(self.family)(config)
        network.take(parts[PART].weights())
        return network

    def batches(self, network: Any, rows: PreparedRows, order: Order) -> Batches:
        """Return codes of the strings; a network that goes on from another run knows their spread."""
        config = network.config
        strings = Stream(rows, config.batch_tokens, network.max_tokens)
        network.to(order.device).eval()
        codes = read_codes(network, strings, config.n_codes, seed=order.seed, device=order.device)
        if order.init is None and not order.resume:
            seen = codes.split == 0
            network.measure(*(torch.from_numpy(part[seen]).to(order.device) for part in (codes.mean, codes.log_var)))
        return Stream(codes, config.batch_codes, 1, watched=len(codes))
