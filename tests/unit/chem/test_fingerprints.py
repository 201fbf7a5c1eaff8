"""Fingerprints and quick descriptors belong to the chain: nothing about the spelling shows in them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit.Chem import rdFingerprintGenerator

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.describe.fingerprints import (
    QUICK_DESCRIPTOR_NAMES,
    chain_count_matrix,
    chain_counts,
    features,
)
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.oligomer import nmer
from polydesign.core.errors import ChemistryError
from tests.unit.chem.respelling import TRICKY, recut, renumbered, repeated

COMMON = tuple(polymer.psmiles for polymer in COMMON_POLYMERS)
CHAINS = (*COMMON, *TRICKY)


def quick(psmiles: str) -> dict[str, float]:
    return dict(zip(QUICK_DESCRIPTOR_NAMES, features(psmiles)[1].tolist(), strict=True))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CHAINS), st.integers(1, 3), st.integers(0, 2**32 - 1))
def test_features_are_blind_to_cut_direction_repetition_and_atom_order(psmiles, n, seed):
    counts, values = features(psmiles)
    respelled_counts, respelled_values = features(renumbered(recut(repeated(psmiles, n), seed), seed))
    assert np.array_equal(counts, respelled_counts)
    assert np.array_equal(values, respelled_values)


@pytest.mark.parametrize("psmiles", CHAINS)
def test_features_are_finite_and_agree_with_the_counts_alone(psmiles):
    counts, values = features(psmiles)
    assert counts.shape == (2048,) and counts.dtype == np.uint8 and counts.any()
    assert values.shape == (len(QUICK_DESCRIPTOR_NAMES),) and values.dtype == np.float32
    assert np.isfinite(values).all()
    assert np.array_equal(counts, chain_counts(psmiles))


@pytest.mark.parametrize("psmiles", COMMON)
def test_counts_are_what_one_more_unit_adds_to_a_long_oligomer(psmiles):
    """The oligomers are sanitised molecules with hydrogen ends, built in another way than the fingerprint's chain."""
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3, fpSize=2048, includeRedundantEnvironments=True)
    unit = chain_key(psmiles)
    longer, shorter = (generator.GetCountFingerprintAsNumPy(nmer(unit, n)).astype(int) for n in (10, 9))
    assert np.array_equal(chain_counts(psmiles), longer - shorter)


def test_number_of_environments_follows_radius_and_unit():
    for radius in range(4):
        assert chain_counts("*CC(*)C", radius=radius).sum() == 3 * (radius + 1)
    assert chain_counts("*CC(*)C", n_bits=64).shape == (64,)


def test_different_common_polymers_have_different_counts():
    rows = chain_count_matrix(COMMON)
    same_as = [tuple(row) for row in rows]
    marked = {"*C/C=C/C*", r"*C/C=C\C*", "*C/C(C)=C/C*", r"*C/C(C)=C\C*"}  # counts do not see cis and trans
    unmarked = [row for row, psmiles in zip(same_as, COMMON, strict=True) if psmiles not in marked]
    assert len(set(unmarked)) == len(unmarked)


def test_quick_descriptors_tell_cis_from_trans():
    assert quick(r"*C/C=C\C*")["path_cis_bonds"] == pytest.approx(0.25)
    assert quick("*C/C=C/C*")["path_cis_bonds"] == 0
    assert quick(r"*C/C(Cl)=C\C*")["path_cis_bonds"] == pytest.approx(0.25)  # the mark's reference atom is chlorine


def test_quick_descriptors_of_polyethylene_are_known_by_hand():
    values = quick("*CC*")
    assert values["fraction_C"] == values["path_methylene"] == values["path_turning_bonds"] == 1.0
    assert values["mass_per_atom"] == pytest.approx(14.027, abs=1e-3)
    assert values["hydrogens_per_atom"] == 2
    assert values["vdw_volume_per_atom"] == pytest.approx(20.58 + 2 * 7.24 - 3 * 5.92, abs=1e-3)
    assert values["fraction_backbone"] == 1 and values["side_depth_max"] == 0


def test_quick_descriptors_of_nylon_and_polystyrene_are_known_by_hand():
    nylon = quick("*NCCCCCC(*)=O")
    assert nylon["donor_hydrogens_per_atom"] == nylon["amides_per_atom"] == nylon["carbonyls_per_atom"]
    assert nylon["amides_per_atom"] == pytest.approx(1 / 8)
    assert nylon["path_turning_bonds"] == pytest.approx(6 / 7)  # all but the amide bond, which may be the cut
    assert nylon["mass_per_path_atom"] == pytest.approx(113.16 / 7, abs=1e-2)
    styrene = quick("*CC(*)c1ccccc1")
    assert styrene["fraction_aromatic"] == styrene["side_aromatic"] == pytest.approx(6 / 8)
    assert styrene["fraction_path"] == styrene["fraction_backbone"] == pytest.approx(2 / 8)
    assert styrene["side_depth_max"] == 4
    assert styrene["side_turning_bonds_per_atom"] == pytest.approx(1 / 8)
    assert styrene["aromatic_carbocycles_per_atom"] == pytest.approx(1 / 8)


def test_conjugation_is_seen_across_the_joint():
    assert quick("*c1ccc(*)cc1")["path_conjugated_bonds"] == 1
    assert quick("*/C=C/*")["path_conjugated_bonds"] == 1
    assert quick("*Cc1ccc(C*)cc1")["path_conjugated_bonds"] < 1


def test_a_matrix_marks_unreadable_rows():
    counts = chain_count_matrix(["*CC*", "nonsense", "*CC(*)C", "CCO"])
    assert counts.shape == (4, 2048) and not counts[[1, 3]].any() and counts[[0, 2]].any(axis=1).all()


@pytest.mark.parametrize("function", [chain_counts, features])
def test_invalid_units_are_refused(function):
    with pytest.raises(ChemistryError, match="attachment points"):
        function("CCO")
