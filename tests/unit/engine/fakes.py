"""Models whose answers are known, and a session that serves them."""

from types import SimpleNamespace

import numpy as np

from polydesign.core.errors import Stopped
from polydesign.core.progress import Progress
from polydesign.core.results import PredictionColumns
from polydesign.engine.session import Session


class CarbonModel:
    """Says that Tg is 10 °C a carbon atom, plus `shift`; knows nothing of strings with fluorine."""

    keys = ("tg_exp_c",)

    def __init__(self, shift=0.0):
        self.shift = shift
        self.asked = []

    @classmethod
    def from_checkpoint(cls, folder, config, weights):
        raise NotImplementedError

    def predict(self, psmiles, *, on_progress=None, should_stop=None):
        if should_stop is not None and should_stop():
            raise Stopped("stopped")
        self.asked += psmiles
        mean = np.array([10.0 * p.upper().count("C") + self.shift if "F" not in p else np.nan for p in psmiles])
        std = np.full(len(mean), 5.0)
        return {"tg_exp_c": PredictionColumns(mean, std, mean - 6.4, mean + 6.4, np.isfinite(mean))}


class ToldGenerator:
    """Writes a chain of as many carbons as a tenth of the Tg it is told, give or take two; hears everything."""

    def __init__(self, strings=None):
        self.strings = strings
        self.calls = []

    @classmethod
    def from_checkpoint(cls, folder, config, weights):
        raise NotImplementedError

    def sample(self, targets, n, *, seed, options=None, on_progress=None, should_stop=None):
        if should_stop is not None and should_stop():
            raise Stopped("stopped")
        self.calls.append(SimpleNamespace(targets=targets, n=n, seed=seed, options=options))
        if self.strings is not None:
            return [self.strings[i % len(self.strings)] for i in range(n)]
        random = np.random.default_rng(seed)
        centre = targets["tg_exp_c"].central / 10 if "tg_exp_c" in targets else 20
        if on_progress is not None:
            on_progress(Progress("generate", n, n))
        return ["*O" + "C" * max(1, round(centre + random.normal(0, 8))) + "*" for _ in range(n)]


class FakeCheckpoint(SimpleNamespace):
    next_step = "Copy it again."

    def path(self, name):
        return self.folder / name


def fake_checkpoint(id, family, properties=(), **fields):
    number = {"unit": "degC", "scale": "linear", "n": 100, "p1": -100.0, "p50": 100.0, "p99": 400.0}
    return FakeCheckpoint(
        id=id,
        family=family,
        kind="generator",
        label=id.title(),
        revision=None,
        source="embedded",
        sha256=f"sha of {id}",
        config={"files": {}},
        properties={key: dict(number) for key in properties},
        **fields,
    )


class FakeSession(Session):
    """Serves the models above under the names that a run asks for."""

    def __init__(self, generator, *, family="polygpt", known=None, guide=None, checker=None):
        super().__init__()
        self.fake = generator
        self.known = known
        self.predictors = {"guide": guide, "checker": checker}
        self.entry = fake_checkpoint("fake", family, ["tg_exp_c"])

    def checkpoint(self, id, revision=None):
        return self.entry

    def generator(self, id, revision=None):
        return self.fake

    def known_chains(self, id, revision=None):
        return self.known

    def role(self, role):
        if self.predictors[role] is None:
            return super().role(role)
        return fake_checkpoint(role, "fpnet", self.predictors[role].keys)

    def guide(self):
        return self.predictors["guide"] or super().guide()

    def checker(self):
        return self.predictors["checker"] or super().checker()
