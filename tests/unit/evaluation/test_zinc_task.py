"""The table of the TransVAE study, on an autoencoder whose figures can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from polydesign.chem.notation.identity import chain_hash, molecule_key
from polydesign.core.errors import DataError
from polydesign.evaluation.tasks import TASKS, zinc
from tests.unit.evaluation.toy_models import Reciting, setting

TRAIN, TEST = ["CCO", "CCN"], ["CCC", "CCCC", "c1ccccc1"]


class Coder(Reciting):
    """The code of a chain of carbons is its length; a ring comes back as methane."""

    def encode(self, psmiles):
        return np.array([[len(text), 0.0] for text in psmiles], np.float32)

    def decode(self, z, *, seed, options=None, on_progress=None, should_stop=None):
        return ["C" * int(code) if code < 8 else "C" for code in z[:, 0]]

    def prior(self, n, *, seed, options=None, should_stop=None):
        return np.zeros((n, 2), np.float32)


@pytest.fixture
def run(monkeypatch):
    frame = pd.DataFrame({"smiles": TRAIN + TEST, "split": ["train"] * 2 + ["test"] * 3})
    monkeypatch.setattr(zinc, "table", lambda name, columns: frame)

    def result(prior, **changes):
        given = {"data": ("zinc250k",), "n": 4, **changes}
        return TASKS["zinc"].run(setting(Coder(prior), **given))

    return result


def test_what_comes_back_and_what_is_drawn(run):
    known = np.array([chain_hash(molecule_key("CCO"))], dtype=np.uint32)
    result = run(["CCO", "CCC", "C(", "*CC*"], trained_chains=known)
    found = {name: figure.value for name, figure in result.tables[0].rows[0].figures.items()}
    assert found["reconstructed"] == pytest.approx(2 / 3)
    assert found["valid"] == 0.5  # half a molecule and a repeat unit are none
    assert found["novel"] == 0.5
    assert 0 < found["cross_diversity"] < 1  # CCO is a training molecule, CCC is not


def test_a_model_of_other_molecules_is_told_what_to_train(run):
    with pytest.raises(DataError, match="prepare zinc"):
        run(["CCO"], data=("qm9",))


def test_a_model_without_codes_is_refused():
    with pytest.raises(DataError, match="no latent space"):
        TASKS["zinc"].run(setting(Reciting(["CCO"]), data=("zinc250k",)))
