"""Models whose figures can be worked out by hand."""

from collections.abc import Mapping

import numpy as np

from polydesign.core.results import PredictionColumns
from polydesign.evaluation.tasks import Setting


class Reciting:
    """Answer every request with the next of some strings, over and over; remember the requests."""

    def __init__(self, strings):
        self.strings = list(strings)
        self.asked = []

    def sample(self, targets, n, *, seed, options=None, on_progress=None, should_stop=None):
        self.asked += [targets] * n if isinstance(targets, Mapping) else list(targets)
        return [self.strings[i % len(self.strings)] for i in range(n)]


class CarbonsAsTg:
    """Write as many CH2 groups as the wished-for Tg says, divided by ten; without targets always two."""

    def sample(self, targets, n, *, seed, options=None, on_progress=None, should_stop=None):
        rows = [targets] * n if isinstance(targets, Mapping) else list(targets)
        counts = [round(row["tg_exp_c"].central / 10) if row else 2 for row in rows]
        return ["*" + "C" * count + "O*" for count in counts]


class CountingCarbons:
    """Predict Tg as ten times the number of carbon atoms, plus an error."""

    keys = ("tg_exp_c",)

    def __init__(self, error=0.0):
        self.error = error

    def predict(self, psmiles, *, on_progress=None, should_stop=None):
        mean = np.array([10.0 * text.count("C") + self.error for text in psmiles])
        std = np.full(len(mean), 1.0)
        return {"tg_exp_c": PredictionColumns(mean, std, mean - 1, mean + 1, std > 0)}


def no_model():
    raise AssertionError("this task needs no property model")


def setting(generator, **changes):
    given = {
        "id": "toy",
        "label": "Toy",
        "generator": generator,
        "trained_chains": np.array([], dtype=np.uint32),
        "data": ("polyinfo_train",),
        "guide": no_model,
        "checker": no_model,
        "guide_properties": no_model,
    }
    return Setting(**(given | changes))
