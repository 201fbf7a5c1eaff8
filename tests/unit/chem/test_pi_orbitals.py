"""Frontier orbitals of chains whose Hückel problem can be solved by hand."""

import numpy as np
import pytest

from polydesign.chem.describe.fingerprints import QUICK_DESCRIPTOR_NAMES, features


def orbitals(psmiles):
    values = dict(zip(QUICK_DESCRIPTOR_NAMES, features(psmiles)[1].tolist(), strict=True))
    return {name.removeprefix("pi_"): value for name, value in values.items() if name.startswith("pi_")}


def test_polyacetylene_has_the_gap_that_alternation_opens():
    found = orbitals("*C=C*")  # levels +/- |1.10 + 0.85 exp(i theta)|
    assert found["homo"] == pytest.approx(0.25) and found["lumo"] == pytest.approx(-0.25)
    assert found["gap"] == found["direct_gap"] == pytest.approx(0.5)
    assert found["dispersion"] == pytest.approx(3.9 - 0.5)
    assert found["atoms_per_atom"] == found["electrons_per_orbital"] == pytest.approx(1.0)


def test_an_isolated_benzene_ring_is_benzene():
    found = orbitals("*CC(*)c1ccccc1")  # levels 2, 1, 1, -1, -1, -2
    assert found["homo"] == pytest.approx(1.0) and found["lumo"] == pytest.approx(-1.0)
    assert found["dispersion"] == pytest.approx(0.0, abs=1e-6) and found["atoms_per_atom"] == pytest.approx(6 / 8)
    assert found["energy_per_orbital"] == pytest.approx(4 / 6)


def test_a_carbonyl_group_is_a_two_level_problem():
    found = orbitals("*CC(*)C(C)=O")
    h, k = 0.97, 1.06 * 1.1
    levels = [h / 2 + sign * np.hypot(h / 2, k) for sign in (1, -1)]
    assert [found["homo"], found["lumo"]] == pytest.approx(levels, rel=1e-5)


def test_a_saturated_chain_has_no_pi_orbitals():
    found = orbitals("*CC*")
    assert found["atoms_per_atom"] == found["energy_per_orbital"] == 0.0
    assert found["gap"] == 6.0 > orbitals("*c1ccc(*)cc1")["gap"] > orbitals("*c1ccc(*)s1")["gap"] > 0


def test_donors_raise_and_acceptors_lower_the_frontier():
    plain, donor, acceptor = (orbitals(f"*c1ccc(*)c({group})c1") for group in ("[H]", "N", "[N+](=O)[O-]"))
    assert donor["homo"] < plain["homo"] and acceptor["lumo"] > plain["lumo"]  # a larger x lies lower


def test_longer_conjugation_closes_the_gap():
    gaps = [orbitals(text)["gap"] for text in ("*Cc1ccc(*)cc1", "*c1ccc(*)cc1", "*C=Cc1ccc(*)cc1", "*C=C*")]
    assert gaps == sorted(gaps, reverse=True)
