"""The forests of all properties: LightGBM models, stored as their own text, compressed."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path

import lightgbm
import numpy as np

from polydesign.core.errors import CheckpointError
from polydesign.predictors.trees.config import TreesConfig


def file_name(key: str) -> str:
    """Return the name of the file that holds the forest of a property."""
    return f"{key}.txt.gz"


class Forests:
    """One LightGBM model a property; each predicts in units of the training standard deviation."""

    def __init__(self, config: TreesConfig, boosters: Mapping[str, lightgbm.Booster]) -> None:
        self.config = config
        self.boosters = {key: boosters[key] for key in config.keys}

    @classmethod
    def load(cls, config: TreesConfig, folder: Path) -> Forests:
        """Read the forests of a checkpoint folder; raise `CheckpointError` for a file that holds none."""
        boosters = {}
        for key in config.keys:
            path = folder / file_name(key)
            try:
                text = gzip.decompress(path.read_bytes()).decode("ascii")
                boosters[key] = lightgbm.Booster(model_str=text)
            except (OSError, EOFError, ValueError, lightgbm.basic.LightGBMError) as error:
                raise CheckpointError(f"{path.name} holds no LightGBM model ({error}).") from error
        return cls(config, boosters)

    def files(self) -> dict[str, bytes]:
        """Return file name -> content; the same trees give the same bytes."""
        return {
            file_name(key): gzip.compress(booster.model_to_string().encode("ascii"), mtime=0)
            for key, booster in self.boosters.items()
        }

    def predict(self, inputs: np.ndarray) -> np.ndarray:
        """Return (N, K) standardised predictions for (N, I) inputs."""
        return np.stack([booster.predict(inputs, num_threads=1) for booster in self.boosters.values()], axis=1)
