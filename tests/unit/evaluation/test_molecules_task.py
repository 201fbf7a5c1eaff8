"""The molecule task with models whose figures can be worked out by hand."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from polydesign.core.errors import DataError
from polydesign.core.properties import MOLECULE_KEYS
from polydesign.core.results import PredictionColumns
from polydesign.evaluation.samples import judge
from polydesign.evaluation.tasks import TASKS
from polydesign.evaluation.tasks.molecules import nearest
from tests.unit.evaluation.toy_models import Reciting, no_model, setting

TRAIN = ["C" * n for n in (1, 3, 5)]
TEST = ["C" * n for n in (2, 4, 6)]


class Counting:
    """Every property of an alkane is its number of carbons times ten."""

    keys = MOLECULE_KEYS

    def predict(self, psmiles, **_):
        mean = np.array([10.0 * text.count("C") for text in psmiles])
        columns = PredictionColumns(mean, np.ones(len(mean)), mean - 1, mean + 1, mean > 0)
        return dict.fromkeys(self.keys, columns)


class Alkanes:
    """Write the alkane that was asked for; without targets methane."""

    def sample(self, targets, n, **_):
        rows = [targets] * n if isinstance(targets, dict) else list(targets)
        return ["C" * round(next(iter(row.values())).central / 10) if row else "C" for row in rows]


@pytest.fixture
def given(tmp_path):
    table = pd.DataFrame({"psmiles": [*TRAIN, *TEST], "split": ["train"] * 3 + ["test"] * 3})
    for key in MOLECULE_KEYS:
        table[key] = [10.0 * len(text) for text in table["psmiles"]]
    table.to_parquet(tmp_path / "table.parquet")
    return setting(Alkanes(), prepared=tmp_path, data=("qm9",), guide=Counting, checker=Counting)


def rows(result, table):
    (found,) = [t for t in result.tables if t.name == table]
    return {row.name: {name: figure.value for name, figure in row.figures.items()} for row in found.rows}


def test_a_generator_that_does_what_it_is_told_has_all_hits(given):
    result = TASKS["molecules"].run(given)
    main, each = rows(result, "molecules"), rows(result, "molecules-each")
    assert result.manifest.n == 3
    assert [main["Toy `toy`"][name] for name in ("valid", "unique", "novel", "hits", "r2_mean", "share")] == [1.0] * 6
    assert len(each) == 2 * len(MOLECULE_KEYS) and all(row["r2"] == row["ceiling"] == 1.0 for row in each.values())
    # Always methane: 10 for 20, 40 and 60, whose mean is 40: 1 - (100 + 900 + 2500) / 800.
    assert main["Toy `toy`, no targets"]["r2_mean"] == pytest.approx(1 - 3500 / 800)
    assert (
        main["Toy `toy`, no targets"]["unique"] == pytest.approx(1 / 3) and main["Toy `toy`, no targets"]["hits"] == 0.0
    )
    retrieval = main["retrieval of the nearest training molecule"]
    assert retrieval["hits"] == 0.0 and retrieval["r2_mean"] == pytest.approx(1 - 300 / 800)


def test_selection_takes_what_the_guide_puts_nearest(given):
    pool = Reciting(["CC", "nonsense", "CCCCCC"])
    result = TASKS["molecules"].run(dataclasses.replace(given, generator=pool))
    selected = rows(result, "molecules")["Toy `toy`, best of these 3 by the guide"]
    assert selected["valid"] == 1.0 and selected["hits"] == pytest.approx(2 / 3)


def test_requests_may_come_from_a_file(given, tmp_path):
    exam = pd.DataFrame({"smiles": ["CCCCCCC", "CC"], **{key: [70.0, 20.0] for key in MOLECULE_KEYS}})
    exam.to_csv(tmp_path / "exam.csv", index=False)
    result = TASKS["molecules"].run(dataclasses.replace(given, held_out=tmp_path / "exam.csv"))
    assert result.manifest.n == 2 and rows(result, "molecules")["Toy `toy`"]["hits"] == 1.0
    exam.drop(columns="gap_ev").to_csv(tmp_path / "exam.csv", index=False)
    with pytest.raises(DataError, match="no column gap_ev"):
        TASKS["molecules"].run(dataclasses.replace(given, held_out=tmp_path / "exam.csv"))


def test_generators_of_polymers_are_refused(given):
    with pytest.raises(DataError, match="--data qm9"):
        TASKS["molecules"].run(dataclasses.replace(given, data=("corpus_open",), checker=no_model))


def test_molecules_are_judged_as_molecules():
    samples = judge(["OCC", "CCO", "*CC*", "C.C", "C(", "c1cc1"], molecules=True)
    assert samples.valid.tolist() == [True, True] + [False] * 4
    assert samples.keys[:3] == ["CCO", "CCO", None]
    assert samples.reasons == ["ok", "ok", "has_stars", "several_fragments", "does_not_parse", "not_aromatic"]


def test_nearest_counts_in_tolerances():
    # Off by 1 in all three: half a tolerance of the first, more than three of the second; 3 of the first alone is 1.5.
    wanted, offered = np.array([[50.0, 5.0, 30.0]]), np.array([[51.0, 6.0, 31.0], [53.0, 5.0, 30.0]])
    assert nearest(wanted, offered).tolist() == [1]
