"""How the n-gram is made: runs of tokens are counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from polydesign.generators.ngram.config import NgramConfig
from polydesign.generators.ngram.generator import NgramGenerator
from polydesign.training.recipes.counted import Counted, CountedRecipe


class NgramRecipe(CountedRecipe):
    """Reads strings drawn as networks would be given them."""

    recombined = True

    def count(self, config: NgramConfig, chains: pd.DataFrame, seed: int) -> Counted:
        """See `CountedRecipe`."""
        share = chains["weight"].to_numpy(dtype=float)
        drawn = np.random.default_rng(seed).choice(len(chains), config.n_read, p=share / share.sum())
        generator = NgramGenerator.fit(chains["psmiles"].iloc[drawn].tolist(), config)
        return Counted(generator.config, generator.network.state_dict(), {}, n_read=config.n_read)


RECIPE = NgramRecipe("ngram")
