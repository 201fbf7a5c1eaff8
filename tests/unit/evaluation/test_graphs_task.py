"""The task on generators of graphs, with figures that can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from polydesign.chem.notation.identity import chain_key
from polydesign.evaluation.tasks import TASKS
from polydesign.evaluation.tasks.graphs import wasserstein
from tests.unit.evaluation.toy_models import setting

RAW = ["*CC*", "*C(C)(C)(C)C*", "*CCO*", "C.C"]  # two of them no repeat units
CHECKED = ["*CC*", "*CCO*", "*CCO*", "*CCCC*"]


class Builder:
    """Writes other graphs when it checks them."""

    def sample(self, targets, n, *, seed, options=None, on_progress=None, should_stop=None):
        texts = CHECKED if (options or {}).get("constrained") else RAW
        return [texts[i % 4] for i in range(n)]


class Coder(Builder):
    """Its code of a unit is its place in a list; it can read those alone."""

    units = ("*CCO*", "*CCCO*")

    def encode(self, psmiles):
        return np.array(
            [[self.units.index(text), 0.0] if text in self.units else [np.nan] * 2 for text in psmiles], np.float32
        )

    def decode(self, z, *, seed, options=None, on_progress=None, should_stop=None):
        return [self.units[int(code)] if (options or {}).get("constrained") else "*CCO*" for code in z[:, 0]]

    def prior(self, n, *, seed, options=None, should_stop=None):
        return np.zeros((n, 2), np.float32)


@pytest.fixture
def prepared(tmp_path):
    psmiles = ["*CCO*", "*CCCO*", "*CC(C)O*"]
    table = pd.DataFrame({"psmiles": psmiles, "chain_key": [chain_key(text) for text in psmiles]})
    table["group"], table["split"] = "reported", "test"
    table.to_parquet(tmp_path / "table.parquet")
    return tmp_path


def figures(generator, prepared, **changes):
    (table,) = TASKS["graphs"].run(setting(generator, prepared=prepared, n=4, **changes)).tables
    return {name: figure.value for name, figure in table.rows[0].figures.items()}


def test_graphs_are_counted_as_they_are_and_as_checked(prepared):
    found = figures(Builder(), prepared, options={"constrained": False})
    assert (found["valid"], found["valid_checked"]) == (0.5, 1.0)
    assert found["atoms"] == pytest.approx((2 + 3 + 3 + 4) / 4)
    assert found["unique"] == 0.5  # *CC* and *CCCC* are one chain
    assert "reconstructed" not in found


def test_a_family_without_a_check_has_one_figure(prepared):
    found = figures(Builder(), prepared)
    assert found["valid"] == found["valid_checked"] == 0.5


def test_what_cannot_be_read_counts_as_lost(prepared):
    found = figures(Coder(), prepared, options={"constrained": False, "temperature": 1.0})
    assert found["reconstructed"] == pytest.approx(1 / 3)
    assert found["reconstructed_checked"] == pytest.approx(2 / 3)


def test_distance_of_sizes():
    assert wasserstein(np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])) == pytest.approx(1.0)
    assert np.isnan(wasserstein(np.array([]), np.array([1.0])))
