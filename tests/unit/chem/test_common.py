"""The table of common polymers is complete, correct in form and without repeats."""

from __future__ import annotations

import pytest

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.oligomer import nmer
from polydesign.chem.psmiles import validate


def test_table_is_large_and_has_no_repeats():
    assert len(COMMON_POLYMERS) >= 60
    for field in ("name", "psmiles"):
        values = [getattr(polymer, field) for polymer in COMMON_POLYMERS]
        assert len(set(values)) == len(values)
    abbreviations = [polymer.abbreviation for polymer in COMMON_POLYMERS if polymer.abbreviation]
    assert len(set(abbreviations)) == len(abbreviations)


def test_every_unit_is_valid():
    for polymer in COMMON_POLYMERS:
        assert validate(polymer.psmiles).valid, polymer.name
        assert polymer.polymer_class


@pytest.mark.parametrize(
    ("abbreviation", "formula_mass"),
    [("PE", 28.05), ("PS", 104.15), ("PMMA", 100.12), ("PET", 192.17),
     ("PC", 254.28), ("PA66", 226.32), ("PMDA-ODA", 382.33),
     ("PEI", 592.60), ("PSU", 442.53), ("PEEK", 288.30), ("PDMS", 74.15),
     ("P3HT", 166.28), ("PBI", 308.34), ("PCL", 114.14)],
)  # fmt: skip
def test_masses_agree_with_the_literature(abbreviation, formula_mass):
    """Molar mass of the repeat unit, from two oligomers that differ by one unit."""
    from rdkit.Chem.Descriptors import MolWt

    psmiles = next(polymer.psmiles for polymer in COMMON_POLYMERS if polymer.abbreviation == abbreviation)
    assert MolWt(nmer(psmiles, 3)) - MolWt(nmer(psmiles, 2)) == pytest.approx(formula_mass, abs=0.02)
