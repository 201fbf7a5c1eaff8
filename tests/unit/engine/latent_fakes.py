"""A generator whose codes are counts of letters, and a checkpoint for it that holds no weights."""

import numpy as np

from polydesign import store
from polydesign.core.errors import DataError, Stopped
from tests.unit.engine.fakes import ToldGenerator


class Counting(ToldGenerator):
    """A code is how many C, O, N and other letters a string has; it writes as many carbons as the code says.

    Codes with three oxygens decode to no repeat unit; what has silicon cannot be read.
    """

    def encode(self, psmiles):
        if any("[Si]" in text for text in psmiles):
            raise DataError("This notation has no silicon.")
        upper = [text.upper() for text in psmiles]
        counts = [[t.count("C"), t.count("O"), t.count("N"), len(t) - sum(map(t.count, "CON"))] for t in upper]
        return np.array(counts, dtype=np.float32).reshape(-1, 4)

    def decode(self, z, *, seed, options=None, on_progress=None, should_stop=None):
        if should_stop is not None and should_stop():
            raise Stopped("stopped")
        self.calls.append((seed, dict(options or {})))
        return ["*" + "C" * max(1, round(float(row[0]))) + ("" if round(float(row[1])) == 3 else "*") for row in z]

    def prior(self, n, *, seed, options=None, should_stop=None):
        return np.random.default_rng(seed).normal(0, [4, 2, 1, 3], size=(n, 4)).astype(np.float32)


def save_checkpoint(folder):
    """Write a checkpoint of the family gruvae without weights; return it."""
    return store.save(folder / "gruvae", config={
        "id": "gruvae", "kind": "generator", "family": "gruvae", "label": "Toy GRU-VAE", "summary": "A toy.",
    })  # fmt: skip
