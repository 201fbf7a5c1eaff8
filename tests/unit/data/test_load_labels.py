"""Merging labels to one row a chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from polydesign.core.errors import DataError
from polydesign.data.corpora.labels import merge_by_chain, molecule_labels, polymer_labels

KEYS = ("tg_exp_c", "bulk_modulus_md_gpa", "perm_o2_exp_barrer")


@pytest.fixture
def labelled() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "psmiles": ["*CCO*", "*OCC*", "*CCOCCO*", "*CC*", "*CS*", "*CN*"],
            "Tg_exp": [-60.0, -50.0, -10.0, np.nan, 20.0, np.nan],
            "bulk_modulus_md": [2e9, np.nan, 4e9, 1e9, np.nan, np.nan],
            "perm_O2_exp": [1.0, 100.0, np.nan, -1.0, 0.0, np.nan],
        }
    )


CHAINS = ["peo", "peo", "peo", "pe", None, "amine"]


def test_one_row_a_chain_with_medians_on_the_scale_of_each_property(labelled):
    merged = merge_by_chain(labelled, CHAINS, KEYS).set_index("chain_key")
    assert merged.index.tolist() == ["pe", "peo"]  # chains without key or value are left out
    assert merged.loc["peo", "tg_exp_c"] == -50.0
    assert merged.loc["peo", "bulk_modulus_md_gpa"] == pytest.approx(3.0)
    assert merged.loc["peo", "perm_o2_exp_barrer"] == pytest.approx(10.0)  # geometric mean of two, not 50.5
    assert merged.loc["pe", "bulk_modulus_md_gpa"] == pytest.approx(1.0)
    assert np.isnan(merged.loc["pe", "perm_o2_exp_barrer"])  # not positive
    assert np.isnan(merged.loc["pe", "tg_exp_c"])


def test_shortest_unit_stands_for_the_chain(labelled):
    assert merge_by_chain(labelled, CHAINS, KEYS)["psmiles"].tolist() == ["*CC*", "*CCO*"]


def test_order_of_rows_does_not_matter(labelled):
    order = [4, 2, 1, 5, 3, 0]
    shuffled = merge_by_chain(labelled.iloc[order], [CHAINS[i] for i in order], KEYS)
    pd.testing.assert_frame_equal(shuffled, merge_by_chain(labelled, CHAINS, KEYS))


def test_missing_column_is_named(labelled):
    with pytest.raises(DataError, match="lacks Tm_exp; it has psmiles, Tg_exp"):
        merge_by_chain(labelled, CHAINS, ("tm_exp_c",))


def test_number_of_keys_has_to_fit(labelled):
    with pytest.raises(ValueError, match="2 chain keys for 6 rows"):
        merge_by_chain(labelled, ["a", "b"], KEYS)


def test_polymer_labels_merge_what_is_one_polymer(labelled, tmp_path, monkeypatch):
    pytest.importorskip("polydesign.chem.notation.identity")
    labelled.loc[5] = ["*CC(*)C(=O)[O-].[Na+]", 90.0, np.nan, np.nan]
    labelled.to_parquet(tmp_path / "labels_merged.parquet")
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    merged = polymer_labels(KEYS)
    assert merged.columns.tolist() == ["psmiles", "chain_key", *KEYS]
    assert sorted(merged["psmiles"]) == ["*CC*", "*CCO*", "*CS*"]
    assert merged.set_index("psmiles").loc["*CCO*", "tg_exp_c"] == -50.0
    assert merged.attrs["refused"] == ["*CC(*)C(=O)[O-].[Na+]"]


def test_molecule_labels_are_in_their_units(tmp_path, monkeypatch):
    rows = {"smiles": ["C", "N"], "alpha_bohr3": [13.21, 9.46], "gap_hartree": [0.5, np.nan], "cv_cal_molK": [6.5, 6.3]}
    pd.DataFrame(rows).to_parquet(tmp_path / "qm9.parquet")
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    found = molecule_labels()
    assert found.columns.tolist() == ["smiles", "alpha_bohr3", "gap_ev", "cv_cal_molk"]
    assert found["gap_ev"][0] == pytest.approx(13.605693)
    assert np.isnan(found["gap_ev"][1])
    assert found["cv_cal_molk"].tolist() == [6.5, 6.3]
