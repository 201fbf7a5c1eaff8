"""Reading packed copies and public files, and what is said when they are missing or damaged."""

from __future__ import annotations

import gzip
import zipfile

import pandas as pd
import pytest

from polydesign.core.errors import DataError
from polydesign.data.sources import load
from polydesign.data.sources.catalog import CATALOG
from polydesign.data.sources.paths import cache_folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path / "cache"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def put(folder, name: str, text: str) -> None:
    """Write the public file of a data set, in the form its name asks for."""
    path = folder / CATALOG[name].file
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("table.csv", text)
            archive.writestr("__MACOSX/table.csv", "not a table")
    else:
        path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def test_packed_copy_is_read_with_a_fresh_index(folder):
    rows = pd.DataFrame({"psmiles": ["*CC*", "*CO*"], "Tg_exp": [-80.0, None]}, index=[4, 9])
    rows.to_parquet(folder / "labels_merged.parquet")
    found = load.table("labels_merged")
    assert found.index.tolist() == [0, 1]
    assert found["psmiles"].tolist() == ["*CC*", "*CO*"]
    assert load.table("labels_merged", ["Tg_exp", "psmiles"]).columns.tolist() == ["Tg_exp", "psmiles"]


def test_missing_column_is_named(folder):
    pd.DataFrame({"psmiles": ["*CC*"], "Tg_exp": [1.0]}).to_parquet(folder / "labels_merged.parquet")
    with pytest.raises(DataError, match="no column Tq_exp; it has psmiles, Tg_exp"):
        load.table("labels_merged", ["psmiles", "Tq_exp"])


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1 damaged in the middle PAR1", b"psmiles\n*CC*\n"])
def test_damaged_packed_copy_is_explained(folder, content):
    (folder / "qm7.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"qm7.parquet is not a readable Parquet file"):
        load.table("qm7")


def test_missing_set_says_both_ways_to_get_it(folder, monkeypatch):
    with pytest.raises(DataError, match=r"'python -m polydesign.data fetch pi1m' or set POLYDESIGN_DATA .* PI1M.csv"):
        load.table("pi1m")
    with pytest.raises(DataError, match=r"Either set POLYDESIGN_DATA to a folder with labels_merged.parquet\."):
        load.table("labels_merged")
    monkeypatch.delenv("POLYDESIGN_DATA")
    with pytest.raises(DataError, match=r"on this machine\. Either"):
        load.table("pi1m")


def test_wrong_local_folder_is_explained(monkeypatch):
    monkeypatch.setenv("POLYDESIGN_DATA", "/no/such/folder")
    with pytest.raises(DataError, match="POLYDESIGN_DATA is '/no/such/folder', which is not a folder"):
        load.table("qm9")


def test_cache_folder_follows_the_settings(monkeypatch, tmp_path):
    monkeypatch.delenv("POLYDESIGN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "polydesign" / "data"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_folder() == tmp_path / "home" / ".cache" / "polydesign" / "data"
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own" / "data"


PUBLIC_FILES = {
    "pi1m": ("SMILES\n*CC*\n*CCO\n[*]CC([*])C\n", {"psmiles": ["*CC*", "[*]CC([*])C"]}),
    "pi1m_sa": ("SMILES,SA Score\n*CC*,1.5\nCC,2\n", {"psmiles": ["*CC*"], "sa_score": [1.5]}),
    "polyinfo_train": (
        "Smiles\n*CC*\n*OCC(O*)*\n",
        {"smiles": ["*CC*", "*OCC(O*)*"], "psmiles": ["*CC*", None], "n_star": [2, 3]},
    ),
    "corpus_smipoly": (
        "mon1,mon2,polym,polymer_class,Ps_rxnL\nC=C,,*CC*,polyolefin,1\nCC=C,,*CC(*)C,vinyl,1\n"
        "C=C,C=C,*CC*,addition,2\nC=C,C=C,*CC*,polyolefin,3\nC=O,,*CO,polyether,1\n",
        {
            "psmiles": ["*CC*", "*CC(*)C"], "polymer_class": ["addition|polyolefin", "vinyl"],
            "mon1": ["C=C", "CC=C"], "mon2": ["C=C", None], "n_routes": [3, 1],
        },
    ),
    "radonpy_pi1070": (
        "monomer_ID,smiles,density,density_std,polymer_class\nPI1,*CC*,0.9,0.01,1\n",
        {"psmiles": ["*CC*"], "smiles_raw": ["*CC*"]},
    ),
    "openpoly_literature": ("Name,PSMILES,Tg (K)\nPE,*CC*,150\n", {"smiles_raw": ["*CC*"], "psmiles": ["*CC*"]}),
    "lamalab_tg": ("PSMILES,labels.Exp_Tg(K),meta.x\n*CC*,150,1\n", {"psmiles": ["*CC*"], "tg_k": [150]}),
    "qm9": (
        "mol_id,smiles,A,B,C,mu,alpha,homo,lumo,gap,r2,zpve,u0,u298,h298,g298,cv,u0_atom\n"
        "gdb_1,C,1,2,3,0.5,13.2,-0.38,0.11,0.49,35,0.04,-40.48,-40.47,-40.46,-40.5,6.4,-395\n",
        {
            "smiles": ["C"], "alpha_bohr3": [13.2], "cv_cal_molK": [6.4], "mu_debye": [0.5], "gap_hartree": [0.49],
            "homo_hartree": [-0.38], "lumo_hartree": [0.11], "u0_hartree": [-40.48], "u298_hartree": [-40.47],
            "h298_hartree": [-40.46], "g298_hartree": [-40.5],
        },
    ),
    "zinc250k": (
        'smiles,logP,qed,SAS\n"CCO\n",0.5,0.6,1.2\n',
        {"smiles": ["CCO"], "logP": [0.5], "qed": [0.6], "SAS": [1.2]},
    ),
    "moses_train": ("SMILES,SPLIT\nCCO,train\nCCN,train\n", {"smiles": ["CCO", "CCN"]}),
    "moses_test": ("SMILES,SPLIT\nCCO,test\n", {"smiles": ["CCO"]}),
    "moses_test_scaffolds": ("SMILES,SPLIT\nCCO,test_scaffolds\n", {"smiles": ["CCO"]}),
}  # fmt: skip


def test_every_source_form_is_tested():
    assert set(PUBLIC_FILES) == {entry.name for entry in CATALOG.values() if entry.source}


@pytest.mark.parametrize("name", PUBLIC_FILES)
def test_public_file_is_brought_to_the_columns_of_the_catalog(folder, name):
    text, expected = PUBLIC_FILES[name]
    put(folder, name, text)
    found = load.table(name)
    assert set(found.columns) == set(expected)
    for column, values in expected.items():
        assert found[column].astype(object).where(found[column].notna(), None).tolist() == values, column


def test_packed_copy_is_preferred_to_the_public_file(folder):
    put(folder, "moses_test", "SMILES,SPLIT\nCCO,test\n")
    pd.DataFrame({"smiles": ["CCN"]}).to_parquet(folder / "moses_test.parquet")
    assert load.table("moses_test")["smiles"].tolist() == ["CCN"]


def test_column_that_only_the_packed_copy_has_is_named(folder):
    put(folder, "zinc250k", PUBLIC_FILES["zinc250k"][0])
    with pytest.raises(DataError, match="no column split"):
        load.table("zinc250k", ["smiles", "split"])


def test_public_file_of_another_form_is_explained(folder):
    put(folder, "pi1m", "structure\n*CC*\n")
    with pytest.raises(DataError, match=r"no column SMILES; it has structure\. The publisher may have changed"):
        load.table("pi1m")


def test_public_file_that_cannot_be_read_is_explained(folder):
    (folder / CATALOG["graphdit_o2_n2_co2"].file).write_bytes(b"x")
    with pytest.raises(DataError, match=r"cannot read graphdit_o2_n2_co2 from it; set POLYDESIGN_DATA"):
        load.table("graphdit_o2_n2_co2")
    (folder / "qm7b.mat").write_bytes(b"x")
    with pytest.raises(DataError, match="cannot read qm7b from it"):
        load.table("qm7b")


def test_provenance_is_of_the_copy_that_is_read(folder):
    pd.DataFrame({"smiles": ["CCN"]}).to_parquet(folder / "moses_test.parquet")
    record = load.provenance("moses_test")
    assert record["sha256"] == load.sha256_of(folder / "moses_test.parquet") != CATALOG["moses_test"].local_sha256
    assert record["licence"] == "MIT"
