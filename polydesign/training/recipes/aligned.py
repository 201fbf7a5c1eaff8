"""String families that are aligned: after learning from data, what the network itself writes is scored."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from polydesign import store
from polydesign.core.configs import ConditionalConfig
from polydesign.core.errors import CheckpointError, TrainingError
from polydesign.core.properties import FIRST_KEYS, MOLECULE_GUIDE, MOLECULE_KEYS
from polydesign.core.specs import Phase
from polydesign.data.corpora.corpus import CORPORA
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.tokenizer import PolymerTokenizer
from polydesign.data.encodings.tokens import TokenRows
from polydesign.training.objectives.objective import Objective
from polydesign.training.objectives.policy_gradient import PolicyGradient, PolicySettings
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.recipes.loop import LoopRecipe
from polydesign.training.rewards import PolymerReward
from polydesign.training.token_policy import AskAsPeopleDo, TokenPolicy


class AlignedRecipe(LoopRecipe):
    """Supervised phases, and "reinforce" phases that add the guide's opinion of the network's own strings.

    Args:
        family: its name; its config has `gamma`, the weight of the alignment.
        data_phase: whose loss of data is taken while aligning.
    """

    def __init__(self, family: str, data_phase: str) -> None:
        super().__init__(family)
        self.data_phase = data_phase

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Objective:
        """See `LoopRecipe`."""
        if phase.kind == "supervised":
            return Supervised(network)
        strings = cast(TokenRows, rows)  # as the encoding of all families that write strings says
        tokenizer = PolymerTokenizer.load(strings.files["tokenizer.json"], strings.meta["notation"])
        return PolicyGradient(
            TokenPolicy(network, tokenizer),
            reward(network.config, rows),
            AskAsPeopleDo(rows, network),
            PolicySettings(weight=network.config.gamma),
            data=Supervised(network, phase=self.data_phase),
        )


def reward(config: ConditionalConfig, rows: PreparedRows) -> PolymerReward:
    """Return the reward for the conditions of a config: the guide's closeness to what was asked for.

    Raises `TrainingError` when the guide of polymers, or of molecules, is not there.
    """
    molecules = CORPORA[rows.meta["corpus"]].molecules
    name, keys = (MOLECULE_GUIDE, MOLECULE_KEYS) if molecules else ("guide", FIRST_KEYS)
    guide: Any = None
    if set(config.conditions) & set(keys):
        try:
            guide = store.load_model(name)
        except CheckpointError as error:
            family, data = ("gnn", "qm9") if molecules else ("fpnet", "properties")
            raise TrainingError(
                f"Alignment scores samples with the guide, which cannot be loaded ({error}). "
                f"Train it first: python -m polydesign.train {family} --data {data} --out checkpoints/{name}"
            ) from error
    mean, std = np.array(config.condition_mean), np.array(config.condition_std)
    known = np.load(rows.folder / "known_chains.npy", allow_pickle=False)
    return PolymerReward(config.conditions, mean, std, guide, known, molecules=molecules)
