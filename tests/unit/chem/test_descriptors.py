"""The 15 descriptors are RDKit's of the string as written; the SA score says how it treats stars."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.describe.descriptors import descriptor_matrix, descriptors, sa_score
from polydesign.core.errors import ChemistryError
from polydesign.core.properties import DESCRIPTORS

COMMON = tuple(polymer.psmiles for polymer in COMMON_POLYMERS)


@pytest.mark.parametrize("psmiles", [*COMMON, "CCO", "*CC"])
def test_descriptors_bear_rdkits_names_and_values(psmiles):
    mol = Chem.MolFromSmiles(psmiles)
    expected = {name: getattr(Descriptors, name)(mol) for name in DESCRIPTORS}
    assert descriptors(psmiles) == pytest.approx(expected)


def test_matrix_keeps_order_and_marks_unreadable_rows():
    matrix = descriptor_matrix(["*CC*", "C1CC", "*CC(*)c1ccccc1"])
    assert matrix.shape == (3, 15) and matrix.dtype == np.float32
    assert np.isnan(matrix[1]).all()
    assert matrix[2].tolist() == pytest.approx(list(descriptors("*CC(*)c1ccccc1").values()), rel=1e-6)


def test_sa_score_stands_for_hydrogen_ends_unless_told_otherwise():
    assert sa_score("*CC(*)c1ccccc1") == pytest.approx(sa_score("CCc1ccccc1"))
    assert sa_score("*c1ccc(*)[nH]1") == pytest.approx(sa_score("*n1cccc1*")) == pytest.approx(sa_score("c1cc[nH]c1"))
    assert sa_score("*CC(*)c1ccccc1", ends="*") > sa_score("*CC(*)c1ccccc1")


@pytest.mark.parametrize("psmiles", COMMON)
def test_sa_score_lies_in_its_range(psmiles):
    assert 1 <= sa_score(psmiles) <= 10
    assert 1 <= sa_score(psmiles, ends="*") <= 10


def test_bad_input_is_refused():
    with pytest.raises(ChemistryError, match="ring label"):
        descriptors("C1CC")
    with pytest.raises(ChemistryError, match="ring label"):
        sa_score("C1CC")
    for text in ("*", "**", "*=*"):
        with pytest.raises(ChemistryError, match="no atom"):
            sa_score(text)
    with pytest.raises(ChemistryError, match="'H' or"):
        sa_score("*CC*", ends="Cl")
