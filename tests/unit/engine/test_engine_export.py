import csv
import io
import json
import math
import os

import pytest
from rdkit import Chem

from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import DataError
from polydesign.core.request import DesignRequest
from polydesign.core.results import Candidate, DesignResult, Prediction
from polydesign.core.targets import Target
from polydesign.engine.design import export, manifest


@pytest.fixture
def result():
    request = DesignRequest("ngram", {"tg_exp_c": Target(value=100)}, n=2)
    known = Prediction(99.5, 12.0, 84.0, 115.0, True)
    unknown = Prediction(math.nan, math.nan, math.nan, math.nan, False)
    return DesignResult(
        candidates=[
            Candidate("*CC(*)c1ccccc1", "*CC(*)c1ccccc1", 0.9, 0.8, True, 2.5, {"tg_exp_c": known},
                      {"tg_exp_c": {"mean": 101.0}}),
            Candidate("*CCO*", "*CCO*", 0.5, 0.1, None, 1.5, {"tg_exp_c": unknown}),
        ],
        counts={"generated": 2},
        rejected={"does not parse": 1},
        timings={"total": 1.0},
        manifest=manifest.record(request, "native", {"checkpoint": None}),
    )  # fmt: skip


def test_json_has_the_fields_of_the_format_and_null_for_what_is_unknown(result):
    data = json.loads(export.to_json(result))
    assert {"manifest", "rejected", "timings", "candidates", "counts", "warnings"} == set(data)
    first, second = data["candidates"]
    assert set(first) == {
        "psmiles", "chain_key", "score", "p_all_targets", "novel", "sa_score", "predictions", "checker",
    }  # fmt: skip
    assert set(first["predictions"]["tg_exp_c"]) == {"mean", "std", "lo80", "hi80", "in_domain"}
    assert first["checker"]["tg_exp_c"]["mean"] == 101.0
    assert second["predictions"]["tg_exp_c"]["mean"] is None and second["novel"] is None


def test_csv_columns_bear_the_names_of_a_prediction_table(result):
    rows = list(csv.DictReader(io.StringIO(export.to_csv(result))))
    assert [row["psmiles"] for row in rows] == ["*CC(*)c1ccccc1", "*CCO*"]
    assert rows[0]["tg_exp_c"] == "99.5" and rows[0]["tg_exp_c_checker"] == "101"
    assert rows[0]["tg_exp_c_in_domain"] == "true" and rows[0]["novel"] == "true"
    assert rows[1]["tg_exp_c"] == rows[1]["tg_exp_c_std"] == rows[1]["tg_exp_c_checker"] == rows[1]["novel"] == ""


def test_csv_of_nothing_is_a_header(result):
    result.candidates = []
    assert export.to_csv(result) == "rank,psmiles\n"


def test_sdf_keeps_structure_stars_and_data(result):
    supplier = Chem.SDMolSupplier()
    supplier.SetData(export.to_sdf(result))
    mols = list(supplier)
    assert [chain_key(Chem.MolToSmiles(mol)) for mol in mols] == [chain_key(c.psmiles) for c in result.candidates]
    assert mols[0].GetProp("_Name") == "candidate 1" and mols[0].GetProp("tg_exp_c") == "99.5"
    assert sum(atom.GetAtomicNum() == 0 for atom in mols[0].GetAtoms()) == 2
    assert mols[0].GetNumConformers() == 1 and not mols[1].HasProp("tg_exp_c")


@pytest.mark.parametrize("name", ["found.txt", "found", "missing/found.csv"])
def test_paths_that_cannot_be_written_are_refused(result, tmp_path, name):
    with pytest.raises(DataError, match="Cannot write"):
        export.write(result, tmp_path / name)


@pytest.mark.parametrize("name", ["found.json", "found.CSV", "found.sdf"])
def test_a_file_is_replaced_whole(result, tmp_path, name):
    path = tmp_path / name
    path.write_text("old")
    export.write(result, path)
    assert path.read_text().startswith(("{", "rank", "candidate 1"))
    assert os.listdir(tmp_path) == [name], "nothing is left over"
    assert path.stat().st_mode & 0o044, "others may read it, as usual"


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "found.csv"
    path.write_text("old")
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        export.write_text("new", path)
    assert path.read_text() == "old" and os.listdir(tmp_path) == ["found.csv"]


def test_a_manifest_is_read_from_a_result_or_alone(result, tmp_path):
    export.write(result, tmp_path / "whole.json")
    (tmp_path / "alone.json").write_text(json.dumps(result.manifest))
    for name in ("whole.json", "alone.json"):
        read = manifest.read(tmp_path / name)
        assert DesignRequest.from_dict(read["request"]) == result.request


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is not JSON"), ("[]", "holds no manifest"), ('{"manifest": {}}', "holds no manifest"),
     ('{"request": {"checkpoint": "x"}}', "format None")],
)  # fmt: skip
def test_other_files_are_no_manifest(tmp_path, text, message):
    (tmp_path / "wrong.json").write_text(text)
    with pytest.raises(DataError, match=message):
        manifest.read(tmp_path / "wrong.json")
    with pytest.raises(DataError, match="Cannot read"):
        manifest.read(tmp_path / "absent.json")


def test_what_changed_since_an_earlier_run_is_named():
    then = {"checkpoint": {"id": "polygpt", "sha256": "a"}, "guide": {"id": "guide", "sha256": "g"},
            "versions": {"torch": "1", "rdkit": "2"}}  # fmt: skip
    assert manifest.differences(then, then) == []
    now = {"checkpoint": {"id": "polygpt", "sha256": "b"}, "guide": None, "versions": {"torch": "2", "rdkit": "2"}}
    found = " ".join(manifest.differences(then, now))
    assert "The checkpoint polygpt is not the one" in found and "The guide guide is not the one" in found
    assert "torch 1 (now 2)" in found and "rdkit" not in found
