"""How the toy policy is trained: counted from the corpus, then rewarded for valid strings, near what was counted."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from polydesign.core.specs import Phase
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.tokenizer import PolymerTokenizer
from polydesign.training.objectives.policy_gradient import PolicyGradient, PolicySettings
from polydesign.training.recipes.loop import LoopRecipe
from polydesign.training.token_policy import AskAsPeopleDo, TokenPolicy


def validity(strings: Sequence[str], values: np.ndarray, given: np.ndarray) -> np.ndarray:
    """Return 1 for each string that is a repeat unit."""
    from polydesign.chem.notation.psmiles import validate

    return np.array([float(validate(text).valid) for text in strings])


class PolicyRecipe(LoopRecipe):
    """The prior is what was counted."""

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> PolicyGradient:
        """See `LoopRecipe`."""
        network.count(rows.batch(np.flatnonzero(rows.split == 0))["tokens"])
        tokenizer = PolymerTokenizer.load(rows.files["tokenizer.json"], network.config.notation)
        agent, prior = (TokenPolicy(net, tokenizer) for net in (network, copy.deepcopy(network)))
        settings = PolicySettings("anchored", n_requests=64, n_samples=1, sigma=20.0, replayed=16)
        return PolicyGradient(agent, validity, AskAsPeopleDo(rows, network), settings, prior=prior)


RECIPE = PolicyRecipe("toypolicy")
