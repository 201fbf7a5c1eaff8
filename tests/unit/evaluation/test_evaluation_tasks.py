import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from polydesign.chem.describe.descriptors import descriptor_matrix
from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.core.errors import DataError
from polydesign.core.properties import DESCRIPTORS
from polydesign.evaluation.references import held_out_of_file, nearest_by_descriptors
from polydesign.evaluation.samples import judge
from polydesign.evaluation.statistics import Figure
from polydesign.evaluation.tasks import TASKS, properties
from polydesign.evaluation.tasks.descriptors import requests
from polydesign.evaluation.tasks.unconditional import invalid_by_reason
from tests.unit.evaluation.toy_models import CarbonsAsTg, CountingCarbons, Reciting, setting

TRAIN = ["*CC*", "*CC(*)C", "*CC(*)c1ccccc1", "*Oc1ccc(*)cc1", "*NCCCCCC(*)=O"]
TEST = ["*CCO*", "*CC(*)Cl", "*CC(*)C(=O)OC", "*OCCOC(=O)c1ccc(C(*)=O)cc1"]


@pytest.fixture
def prepared(tmp_path):
    psmiles = [*TRAIN, *TEST]
    table = pd.DataFrame(descriptor_matrix(psmiles), columns=list(DESCRIPTORS))
    table.insert(0, "psmiles", psmiles)
    table["chain_key"] = [chain_key(text) for text in psmiles]
    table["group"] = "reported"
    table["split"] = ["train"] * len(TRAIN) + ["test"] * len(TEST)
    table.to_parquet(tmp_path / "table.parquet")
    return tmp_path


def figures(result, table, row):
    (found,) = [r for t in result.tables if t.name == table for r in t.rows if r.written() == row]
    return found.figures


def test_nearest_by_descriptors_finds_exact_matches_and_scales_each_descriptor():
    library = np.array([[0.0, 0.0], [1000.0, 1.0], [2000.0, 2.0]])
    assert nearest_by_descriptors(library, library, block=2).tolist() == [0, 1, 2]
    # 400 is nearer to the first in the first column; in units of spread the second column decides.
    assert nearest_by_descriptors(np.array([[400.0, 1.4]]), library).tolist() == [1]


def test_requests_name_all_descriptors():
    (row,) = requests(descriptor_matrix(["*CC*"]))
    assert tuple(row) == DESCRIPTORS
    assert row["HeavyAtomCount"].central == 2.0


def test_descriptors_with_a_generator_that_knows_the_answers(prepared):
    generator = Reciting(TEST)
    result = TASKS["descriptors"].run(setting(generator, prepared=prepared))
    toy = figures(result, "descriptors", "Toy toy")
    assert [toy[name].value for name in ("valid", "exact", "novel", "r2_mean")] == [1.0] * 4
    assert [request["MolWt"].central for request in generator.asked] == pytest.approx(descriptor_matrix(TEST)[:, 0])
    assert result.manifest.n == len(TEST)


def test_descriptors_counts_invalid_and_known_answers(prepared):
    known = np.sort(np.array([chain_hash(chain_key("*CCO*"))], dtype=np.uint32))
    generator = Reciting(["*OCC*", "*CC(*)Cl", "nonsense", "*CCO"])
    toy = figures(
        TASKS["descriptors"].run(setting(generator, prepared=prepared, trained_chains=known)), "descriptors", "Toy toy"
    )
    assert toy["parses"].value == pytest.approx(3 / 4)
    assert toy["valid"].value == pytest.approx(2 / 4)
    assert toy["exact"].value == pytest.approx(2 / 4)
    assert toy["novel"].value == pytest.approx(1 / 2)


def test_retrieval_answers_with_training_polymers_and_is_never_new(prepared):
    result = TASKS["descriptors"].run(setting(Reciting(TEST), prepared=prepared))
    retrieval = figures(result, "descriptors", "retrieval of the nearest training polymer")
    assert retrieval["novel"].value == 0.0
    assert retrieval["valid"].value == 1.0
    assert retrieval["exact"].value == 0.0
    assert retrieval["r2_mean"].value < 1.0


def test_descriptors_from_a_file_of_held_out_polymers(tmp_path):
    pd.DataFrame({"psmiles": [*TEST, "*OCC*", "not a polymer", None]}).to_csv(tmp_path / "exam.csv", index=False)
    result = TASKS["descriptors"].run(
        setting(Reciting(TEST), held_out=tmp_path / "exam.csv", prepared=tmp_path / "nowhere")
    )
    assert result.manifest.n == len(TEST)  # one of each chain
    assert [row.name for row in result.tables[0].rows] == ["Toy `toy`"]
    assert any("Retrieval is left out" in note for note in result.notes)


def test_a_file_without_polymers_is_refused(tmp_path):
    pd.DataFrame({"smiles": ["CC"]}).to_csv(tmp_path / "exam.csv", index=False)
    with pytest.raises(DataError, match="no column psmiles"):
        held_out_of_file(tmp_path / "exam.csv")
    pd.DataFrame({"psmiles": ["CC"]}).to_csv(tmp_path / "exam.csv", index=False)
    with pytest.raises(DataError, match="no valid polymer"):
        held_out_of_file(tmp_path / "exam.csv")


def test_missing_data_says_what_to_run(tmp_path):
    with pytest.raises(DataError, match=r"polydesign\.data prepare polymers"):
        TASKS["descriptors"].run(setting(Reciting(TEST), prepared=tmp_path))


def test_unconditional_counts_every_generation():
    result = TASKS["unconditional"].run(setting(Reciting(["*CC*", "*CCO*", "*C(", "*C*"]), n=8))
    toy = figures(result, "unconditional", "Toy toy")
    assert toy["valid"].value == pytest.approx(6 / 8)
    assert toy["unique"].value == pytest.approx(2 / 6)
    assert math.isnan(toy["unique@1k"].value)


def test_constrained_decoding_has_a_row_and_a_table_of_its_own():
    class Helped(Reciting):
        """With constrained decoding three of four strings that were broken are whole; one has lost a star."""

        def sample(self, targets, n, *, seed, options=None, **rest):
            text = (
                ["*CC*", "*CC*", "*CCO*", "*CC(C"]
                if options["constrained"]
                else ["*CC*", "*C(", "C(C)(C)(C)(C)C", "c1cc1"]
            )
            return (text * n)[:n]

    given = setting(Helped([]), n=8, options={"constrained": False})
    result = TASKS["unconditional"].run(given)
    assert figures(result, "unconditional", "Toy toy")["valid"].value == pytest.approx(1 / 4)
    assert figures(result, "unconditional", "Toy toy, constrained decoding")["valid"].value == pytest.approx(3 / 4)
    own = figures(result, "constrained", "Toy toy")
    assert own["gain"].value == pytest.approx(1 / 2) and own["cost"].value > 0
    assert {name: own[f"invalid_without_{name}"].value for name in ("syntax", "valence", "aromatic")} == {
        "syntax": 2, "valence": 2, "aromatic": 2,
    }  # fmt: skip
    assert own["invalid"].value == own["invalid_syntax"].value == 2
    only = TASKS["unconditional"].run(dataclasses.replace(given, options={"constrained": True}))
    assert [table.name for table in only.tables] == ["unconditional"] and len(only.tables[0].rows) == 1


def test_every_reason_is_counted_somewhere():
    samples = judge(["*CC*", "*C*C*", "CC", "*=CC*", "*CC*.C", "", "*C(", "**", f"*{'C' * 5000}*"])
    counted = invalid_by_reason(samples)
    assert counted == {
        "syntax": 2, "valence": 0, "aromatic": 0, "points": 2, "joined": 2, "fragments": 1, "rings": 0, "size": 1,
        "other": 0,
    }  # fmt: skip


def test_polyinfo_names_what_else_a_model_has_seen(prepared):
    generator = Reciting(["*CC*", "*CCO*", "*CCS*"])
    plain = TASKS["polyinfo"].run(setting(generator, prepared=prepared, n=6))
    toy = figures(plain, "polyinfo", "Toy toy")
    assert toy["novel"].value == pytest.approx(1 / 3)  # the first is a training polymer, the second a test polymer
    assert "fcd" not in toy and any("FCD not computed" in note for note in plain.notes)
    new = figures(plain, "polyinfo-new", "Toy toy")
    assert new["samples"].value == 2 and new["intdiv1"].value == 0  # *CCS*, which it recites twice, and nothing else
    more = TASKS["polyinfo"].run(setting(generator, prepared=prepared, n=6, data=("polyinfo_train", "pi1m")))
    assert figures(more, "polyinfo", "Toy toy (also trained on pi1m)")["valid"].value == 1.0


@pytest.fixture
def tg_only(monkeypatch):
    monkeypatch.setattr(properties, "TARGET_SETS", (("tg_exp_c",),))
    statistics = {"histogram": {"edges": [10.0, 108.0], "counts": [100]}}  # 1 % a degree: percentiles 14 and 104
    return {
        "guide": lambda: CountingCarbons(),
        "checker": lambda: CountingCarbons(error=5.0),
        "guide_properties": lambda: {"tg_exp_c": statistics},
    }


def test_the_grid_runs_from_the_5th_to_the_95th_percentile(tg_only):
    grid = properties.target_grid(("tg_exp_c",), tg_only["guide_properties"]())
    values = [row["tg_exp_c"].central for row in grid]
    assert values[0] == pytest.approx(14.0) and values[-1] == pytest.approx(104.0)
    assert np.diff(values) == pytest.approx([10.0] * 9)


def test_properties_judges_by_the_checker_and_compares_with_selection(prepared, tg_only):
    result = TASKS["properties"].run(setting(CarbonsAsTg(), prepared=prepared, n=10, **tg_only))
    native = figures(result, "properties", "Tg: Toy toy")
    without = figures(result, "properties", "Tg: Toy toy, no targets")
    # Targets 14, 24 ... 104 give 1, 2 ... 10 carbons; the checker adds 5: every value is 1 above its target.
    each = figures(result, "properties-each", "Tg: Tg (°C), Toy toy")
    assert each["mae"].value == pytest.approx(1.0)
    assert native["hits"].value == 1.0
    assert native["new_hits"].value == 1.0  # ten times the same chain
    # Without targets every answer has two carbons, 25 by the checker: within 20 of 14, 24, 34 and 44.
    assert without["hits"].value == pytest.approx(4 / 10)
    ceiling = figures(result, "properties-ceiling", "Tg °C")["r2"]
    assert ceiling.n == len(TEST)
    assert native["share"].value == pytest.approx(native["r2"].value / ceiling.value)


def test_the_ceiling_counts_polymers_with_a_value_of_the_property(prepared, tg_only):
    table = pd.read_parquet(prepared / "table.parquet")
    table["tg_exp_c"] = [np.nan] * (len(TRAIN) + 1) + [80.0, 10.0, 70.0]
    table.to_parquet(prepared / "table.parquet")
    result = TASKS["properties"].run(setting(CarbonsAsTg(), prepared=prepared, n=2, **tg_only))
    assert figures(result, "properties-ceiling", "Tg °C")["r2"].n == 3


def test_properties_keep_what_the_checker_said_to_each_target_and_the_seconds(prepared, tg_only):
    result = TASKS["properties"].run(setting(CarbonsAsTg(), prepared=prepared, n=10, **tg_only))
    (spread,) = result.details["spreads"]
    assert (spread["asked"], spread["key"], spread["n"]) == (["tg_exp_c"], "tg_exp_c", [10] * 10)
    assert spread["targets"] == pytest.approx(list(range(14, 105, 10)))
    # Ten times the same chain, 1 above the target by the checker: all percentiles are one number.
    assert [values[2] for values in spread["percentiles"]] == pytest.approx(list(range(15, 106, 10)))
    assert all(len(values) == len(spread["levels"]) and len(set(values)) == 1 for values in spread["percentiles"])
    hits = figures(result, "properties", "Tg: Toy toy")["seconds"]
    assert hits.n == 10 and hits.value > 0
    without = figures(result, "properties", "Tg: Toy toy, no targets")["seconds"]
    assert without.n == 4  # one chain, a hit of four targets


def test_no_hit_has_no_seconds():
    assert properties.seconds_for_many(2.0, Figure(5.0, 10), 10) == Figure(4.0, 50)
    assert math.isnan(properties.seconds_for_many(2.0, Figure(0.0, 10), 10).value)


def test_a_target_without_any_valid_answer_has_no_percentiles(prepared, tg_only):
    result = TASKS["properties"].run(setting(Reciting(["nonsense"]), prepared=prepared, n=2, **tg_only))
    (spread,) = result.details["spreads"]
    assert spread["n"] == [0] * 10 and spread["percentiles"] == [None] * 10
