"""How the combinatorial model is made: chains are taken apart and counted."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd

from polydesign.chem.recombination.joining import Taken, count, take_apart
from polydesign.core.errors import TrainingError
from polydesign.data.processes import in_processes
from polydesign.generators.combinatorial.config import CombinatorialConfig
from polydesign.generators.combinatorial.network import FILE, Fragments
from polydesign.training.recipes.counted import Counted, CountedRecipe


class CombinatorialRecipe(CountedRecipe):
    """Reads the training chains that are not themselves made of fragments, each group with its share."""

    def count(self, config: CombinatorialConfig, chains: pd.DataFrame, seed: int) -> Counted:
        """See `CountedRecipe`."""
        shuffled = chains.sample(frac=1.0, random_state=seed)
        drawn = shuffled.groupby("group", sort=False).head(config.most)
        # What was not drawn is stood for by the rest of its group.
        stands_for = chains["group"].value_counts() / drawn["group"].value_counts()
        weights = drawn["weight"] * drawn["group"].map(stands_for)
        taken = in_processes(_taken, drawn["psmiles"].tolist())
        read = [(parts, weight) for parts, weight in zip(taken, weights, strict=True) if parts is not None]
        counts = count([parts for parts, _ in read], [weight for _, weight in read], config.min_chains)
        if not counts.blocks:
            raise TrainingError(
                f"No fragment occurs in {config.min_chains} of the {len(read):,} chains. Give it a larger corpus of "
                "repeat units."
            )
        network = Fragments.of(counts)
        files = {FILE: json.dumps(network.texts).encode()}
        return Counted(replace(config, max_atoms=counts.max_atoms), network.state_dict(), files, n_read=len(read))


def _taken(units: list[str]) -> list[Taken | None]:
    return [take_apart(unit) for unit in units]


RECIPE = CombinatorialRecipe("combinatorial")
