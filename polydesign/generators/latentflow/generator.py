"""The latent flow as a generator: codes drawn and decoded, polymers to codes and back, and how dense codes lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from polydesign.core.targets import Targets
from polydesign.generators.base import LatentStrings, as_codes
from polydesign.generators.latentflow.config import LatentFlowConfig
from polydesign.generators.latentflow.network import LatentFlow
from polydesign.generators.latentflow.spec import SPEC

_BATCH = 2048


class LatentFlowGenerator(LatentStrings):
    """A trained latent flow with its autoencoder and tokenizer."""

    spec = SPEC
    config_class = LatentFlowConfig
    network_class = LatentFlow
    network: LatentFlow

    def log_density(self, z: np.ndarray, targets: Targets | Sequence[Targets]) -> np.ndarray:
        """Return (N,) exact natural-log densities p(z | targets) of (N, d) codes in the autoencoder's space.

        They are densities of codes and not probabilities of strings: many codes decode to one string, and a density
        may exceed 1. They belong to a spread of 1, whatever is drawn with. The Jacobian of the standardisation of codes
        is in them, so that two flows over one autoencoder may be compared.
        """
        codes = torch.from_numpy(as_codes(z, self.network.d_latent))
        requests = self.network.conditions.requests(targets, len(codes))
        result = np.empty(len(codes))
        for start in range(0, len(codes), _BATCH):
            rows = slice(start, start + _BATCH)
            result[rows] = self.network.log_density(codes[rows], requests.rows(rows)).numpy()
        return result
