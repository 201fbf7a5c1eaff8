import pytest
from rdkit import Chem

from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import canonical, read
from polydesign.chem.notation.spellings import spellings
from polydesign.core.errors import ChemistryError
from polydesign.data.corpora.demo import demo_polymers

MARKED = ["*C/C=C/C*", "*CC(*)C(=O)OC[C@H](C)CC", "*CC(*)C/C=C\\C"]


@pytest.mark.parametrize("kekule", [False, True])
def test_other_spellings_are_of_the_same_chain_and_differ(kekule):
    n_cut = 0
    for psmiles in [*demo_polymers()[:40], *MARKED, "*=CC=*", "*=C1C=CC(=*)C=C1"]:
        own = Chem.MolToSmiles(read(psmiles))
        others = spellings(psmiles, 4, kekule=kekule)
        assert len(set(others)) == len(others) <= 4 and not {psmiles, own} & set(others)
        assert all(chain_key(text) == chain_key(psmiles) for text in others)
        n_cut += any(canonical(text) != own for text in others)
    assert n_cut > 20  # of units with more than one place to cut


def test_the_same_string_always_has_the_same_spellings_and_small_units_fewer():
    assert spellings("*CC(*)c1ccccc1", 4) == spellings("*CC(*)c1ccccc1", 4)
    assert len(spellings("*CC(*)c1ccccc1", 4)) == 4 and 0 < len(spellings("*C*", 4)) < 4
    with pytest.raises(ChemistryError):
        spellings("CC", 4)


def test_kekule_spellings_have_no_aromatic_atoms():
    assert not any("c" in text for text in spellings("*CC(*)c1ccccc1", 4, kekule=True))
