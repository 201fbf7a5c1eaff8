"""The forests of all properties: LightGBM models, stored as their own text, compressed."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import lightgbm
import numpy as np

from polydesign.core.errors import CheckpointError
from polydesign.predictors.features import Features
from polydesign.predictors.trees.config import TreesConfig


def tree_inputs(features: Features, config: TreesConfig) -> np.ndarray:
    """Return (N, n_bits + M) float32: environments (shares in a chain, log counts in a molecule), then descriptors."""
    molecule = config.structure == "molecule"
    environments = features.log_counts(config.n_bits) if molecule else features.shares(config.n_bits)
    return np.concatenate([environments, features.quick], axis=1)


def file_name(key: str, part: int | None = None) -> str:
    """Return the name of the file that holds the forest of a property, or the one grown without a part."""
    return f"{key}.txt.gz" if part is None else f"{key}.{part}.txt.gz"


class Forests:
    """LightGBM models that predict in units of the training standard deviation.

    A property has one forest, grown on chains that the guide never saw; or, where all chains are known
    to the guide too, one for each part of the chains, grown without that part. Then a chain, seen or not, is
    predicted by the forest of its own part, so that no prediction is a memory.
    """

    def __init__(self, config: TreesConfig, boosters: Mapping[str, Sequence[lightgbm.Booster]]) -> None:
        self.config = config
        self.boosters = {key: tuple(boosters[key]) for key in config.keys}
        if wrong := [key for key, grown in self.boosters.items() if len(grown) not in (1, config.n_folds)]:
            raise CheckpointError(f"{', '.join(wrong)} need one forest or {config.n_folds}.")

    @classmethod
    def load(cls, config: TreesConfig, folder: Path, n_inputs: int) -> Forests:
        """Read the forests of a checkpoint folder.

        Raises `CheckpointError` for a missing file, one that holds none, or one for other than `n_inputs` inputs.
        """
        boosters = {}
        for key in config.keys:
            several = (folder / file_name(key, 0)).exists()
            parts = range(config.n_folds) if several else [None]
            boosters[key] = [_read(folder / file_name(key, part), n_inputs) for part in parts]
        return cls(config, boosters)

    def files(self) -> dict[str, bytes]:
        """Return file name -> content; the same trees give the same bytes."""
        return {
            file_name(key, part if len(grown) > 1 else None): gzip.compress(
                booster.model_to_string().encode("ascii"), mtime=0
            )
            for key, grown in self.boosters.items()
            for part, booster in enumerate(grown)
        }

    def predict(self, features: Features) -> np.ndarray:
        """Return (N, K) standardised predictions."""
        inputs, parts = tree_inputs(features, self.config), features.parts(self.config.n_folds)
        result = np.zeros((len(inputs), len(self.boosters)))
        for column, grown in enumerate(self.boosters.values()):
            if len(grown) == 1:
                result[:, column] = grown[0].predict(inputs, num_threads=1)
                continue
            for part, booster in enumerate(grown):
                rows = parts == part
                if rows.any():
                    result[rows, column] = booster.predict(inputs[rows], num_threads=1)
        return result


def _read(path: Path, n_inputs: int) -> lightgbm.Booster:
    try:
        booster = lightgbm.Booster(model_str=gzip.decompress(path.read_bytes()).decode("ascii"))
    except (OSError, EOFError, ValueError, lightgbm.basic.LightGBMError) as error:
        raise CheckpointError(f"{path.name} holds no LightGBM model ({error}).") from error
    if booster.num_feature() != n_inputs:
        raise CheckpointError(
            f"The trees in {path.name} read {booster.num_feature()} inputs; this version gives {n_inputs}."
        )
    return booster
