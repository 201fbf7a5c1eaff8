"""The table of common polymers is complete, correct in form, without repeats, and found by every usual name."""

from __future__ import annotations

import pytest

from polydesign.chem.common import COMMON_POLYMERS, SOURCES, find, suggest
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.oligomer import nmer
from polydesign.chem.notation.psmiles import validate

RANGES = {
    "tg_c": (-150, 450), "tm_c": (-60, 500), "density_g_cm3": (0.7, 2.3), "refractive_index": (1.28, 1.75),
}  # fmt: skip


def named(abbreviation):
    return next(polymer for polymer in COMMON_POLYMERS if polymer.abbreviation == abbreviation)


def test_table_is_large_and_has_no_repeats():
    assert len(COMMON_POLYMERS) >= 150
    for field in ("name", "psmiles"):
        values = [getattr(polymer, field) for polymer in COMMON_POLYMERS]
        assert len(set(values)) == len(values)
    abbreviations = [polymer.abbreviation for polymer in COMMON_POLYMERS if polymer.abbreviation]
    assert len(set(abbreviations)) == len(abbreviations)


def test_no_two_rows_are_one_chain():
    by_chain = {}
    for polymer in COMMON_POLYMERS:
        by_chain.setdefault(chain_key(polymer.psmiles), []).append(polymer.name)
    assert [names for names in by_chain.values() if len(names) > 1] == []


def test_every_unit_is_valid():
    for polymer in COMMON_POLYMERS:
        assert validate(polymer.psmiles).valid, polymer.name
        assert polymer.polymer_class


@pytest.mark.parametrize("polymer", COMMON_POLYMERS, ids=lambda polymer: polymer.name)
def test_values_are_in_sane_ranges_and_have_a_source(polymer):
    values = {name: getattr(polymer, name) for name in RANGES if getattr(polymer, name) is not None}
    for name, value in values.items():
        low, high = RANGES[name]
        assert low <= value <= high, (name, value)
    if polymer.tg_c is not None and polymer.tm_c is not None:
        # In kelvin, Tg is near two thirds of Tm (Boyer; Beaman); PPE has the highest ratio known, 0.90.
        ratio = (polymer.tg_c + 273.15) / (polymer.tm_c + 273.15)
        assert 0.35 < ratio < 0.91, ratio
    assert bool(polymer.source) == bool(values)
    assert polymer.source not in SOURCES  # letters are spelled out


def test_most_rows_have_numbers():
    n_with = {name: sum(getattr(p, name) is not None for p in COMMON_POLYMERS) for name in RANGES}
    assert n_with["tg_c"] >= 150
    assert min(n_with.values()) >= 60, n_with


@pytest.mark.parametrize(
    ("text", "abbreviation"),
    [("PEEK", "PEEK"), ("peek", "PEEK"), ("nylon 6,6", "PA66"), ("Nylon-66", "PA66"), ("nylon 6/6", "PA66"),
     ("pmma", "PMMA"), ("Plexiglas", "PMMA"), ("teflon", "PTFE"), ("poly(tetrafluoro ethylene)", "PTFE"),
     ("Poly(vinyl-chloride)", "PVC"), ("polyvinylchloride", "PVC"), ("poly ( vinyl chloride )", "PVC"),
     ("poly(alpha-methyl styrene)", "PAMS"), ("Poly(α-methylstyrene)", "PAMS"), ("Polystyrene (PS)", "PS"),
     ("poly(e-caprolactone)", None), ("poly(epsilon-caprolactone)", "PCL"), ("PEG", "PEO"), ("kevlar", "PPTA"),
     ("no such polymer", None), ("", None), ("()", None), ("*CC*", None)],
)  # fmt: skip
def test_search_by_name_forgives_spelling(text, abbreviation):
    found = find(text)
    assert (found and found.abbreviation) == abbreviation


def test_every_name_leads_to_its_own_polymer():
    for polymer in COMMON_POLYMERS:
        for name in polymer.names:
            assert find(name) is polymer, name
            assert find(name.upper().replace("-", " ")) is polymer or "α" in name.lower(), name


def test_a_misspelt_name_gets_suggestions():
    assert suggest("polystyren")[0] == "Polystyrene"
    assert suggest("kaptn") == ["Poly(oxydiphenylene pyromellitimide)"]
    assert len(suggest("poly")) <= 3
    assert suggest("qqqqqq") == suggest("") == suggest("(") == []


@pytest.mark.parametrize(
    ("abbreviation", "formula_mass"),
    [("PE", 28.05), ("PS", 104.15), ("PMMA", 100.12), ("PET", 192.17),
     ("PC", 254.28), ("PA66", 226.32), ("PMDA-ODA", 382.33),
     ("PEI", 592.60), ("PSU", 442.53), ("PEEK", 288.30), ("PDMS", 74.15),
     ("P3HT", 166.28), ("PBI", 308.34), ("PCL", 114.14), ("PLA", 72.06), ("PVDF", 64.03), ("PPS", 108.16),
     ("PEN", 242.23), ("MXD6", 246.31), ("BTDA-DAPI", 552.58), ("CTA", 288.25), ("F8BT", 522.79)],
)  # fmt: skip
def test_masses_agree_with_the_literature(abbreviation, formula_mass):
    """Molar mass of the repeat unit, from two oligomers that differ by one unit."""
    from rdkit.Chem.Descriptors import MolWt

    psmiles = named(abbreviation).psmiles
    assert MolWt(nmer(psmiles, 3)) - MolWt(nmer(psmiles, 2)) == pytest.approx(formula_mass, abs=0.02)


@pytest.mark.parametrize(
    ("abbreviation", "tg", "tm"),
    [("PEEK", 143, 341), ("PA66", 55, 264), ("PMMA", 105, None), ("PTFE", 117, 327), ("PET", 75, 260),
     ("PC", 150, 230), ("PDMS", -125, -40), ("PEI", 217, None), ("PSU", 187, None), ("PS", 100, None)],
)  # fmt: skip
def test_columns_are_not_mixed_up(abbreviation, tg, tm):
    """Values every handbook has, within the few degrees that handbooks differ."""
    polymer = named(abbreviation)
    assert polymer.tg_c == pytest.approx(tg, abs=10)
    assert polymer.tm_c == (None if tm is None else pytest.approx(tm, abs=10))
