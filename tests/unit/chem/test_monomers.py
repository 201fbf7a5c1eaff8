"""Names of monomers."""

import csv
from pathlib import Path

import pytest
from rdkit import Chem

from polydesign.chem.common import find
from polydesign.chem.synthesis import monomers
from polydesign.chem.synthesis.monomers import monomer_name
from polydesign.chem.synthesis.routes import synthesis


def test_the_table_is_readable_and_names_each_structure_once():
    with Path(monomers.__file__).with_name("monomers.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    keys = [Chem.CanonSmiles(row["smiles"]) for row in rows]
    assert len(set(keys)) == len(rows) == len({row["name"] for row in rows})
    assert all(monomer_name(row["smiles"]) == row["name"] for row in rows)


@pytest.mark.parametrize(
    ("polymer", "expected"),
    [
        ("PS", {"styrene"}),
        ("PMMA", {"methyl methacrylate"}),
        ("PET", {"ethylene glycol", "terephthalic acid"}),
        ("nylon 6,6", {"hexamethylenediamine", "adipic acid"}),
        ("Kapton", {"pyromellitic dianhydride", "4,4'-oxydianiline"}),
        ("PCL", {"ε-caprolactone"}),
        ("PTFE", {"tetrafluoroethylene"}),
    ],
)
def test_monomers_of_everyday_polymers_are_named(polymer, expected):
    names = {monomer_name(text) for route in synthesis(find(polymer).psmiles).routes for text in route.monomers}
    assert expected <= names


def test_others_have_no_name():
    assert monomer_name("CCCCCCCCCCCCCCCCCCCCI") == "" and monomer_name("nonsense") == ""
