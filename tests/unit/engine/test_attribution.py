"""Pieces are replaced by plain carbon, every variant is a polymer, and the effects are differences of predictions."""

import numpy as np
import pytest

from polydesign.chem.common import COMMON_POLYMERS, find
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import read, validate
from polydesign.core.errors import ChemistryError
from polydesign.core.results import PredictionColumns
from polydesign.engine.predict.attribution import attribute
from polydesign.engine.predict.attribution_pieces import pieces


class CountModel:
    """A property that is a sum over atoms: 100 an aromatic atom, 30 an oxygen, -5 another atom."""

    keys = ("tg_exp_c", "perm_o2_exp_barrer", "perm_n2_exp_barrer")

    def __init__(self):
        self.asked = []

    def predict(self, psmiles, *, on_progress=None, should_stop=None):
        self.asked += psmiles
        mols = [read(text) for text in psmiles]
        value = np.array([sum(self.of(atom) for atom in mol.GetAtoms() if atom.GetAtomicNum()) for mol in mols])
        ones = np.ones(len(mols))
        o2, n2 = 10.0 ** (value / 100), ones
        inside = np.ones(len(mols), dtype=bool)
        return {key: PredictionColumns(mean, ones, mean, mean, inside)
                for key, mean in zip(self.keys, (value, o2, n2), strict=True)}  # fmt: skip

    @staticmethod
    def of(atom):
        return 100.0 if atom.GetIsAromatic() else 30.0 if atom.GetAtomicNum() == 8 else -5.0


@pytest.mark.parametrize("polymer", COMMON_POLYMERS, ids=lambda polymer: polymer.name)
def test_pieces_do_not_overlap_and_variants_are_other_polymers(polymer):
    found = pieces(polymer.psmiles)
    atoms = [atom for piece in found for atom in piece.atoms]
    assert len(atoms) == len(set(atoms))
    unit = read(polymer.psmiles)
    assert all(unit.GetAtomWithIdx(atom).GetAtomicNum() for atom in atoms)  # no star
    for piece in found:
        assert validate(piece.variant).valid
        assert chain_key(piece.variant) != chain_key(polymer.psmiles)
    # Polyethylene has nothing to take away; elsewhere nearly every atom belongs to a piece.
    assert len(atoms) >= 0.5 * unit.GetNumHeavyAtoms() - 2 or polymer.abbreviation == "PE"


@pytest.mark.parametrize(
    ("psmiles", "what", "variant"),
    [("*Oc1ccc(*)cc1", "benzene ring", "*OC1CCC(*)CC1"), ("*CC(*)c1ccsc1", "aromatic ring system", "*CC(*)C1CCCC1"),
     ("*CC(*)C(=O)OC", "carbonyl", "*CC(*)COC"), ("*CC(*)C#N", "nitrile or imine", "*CC(*)C"),
     ("*c1ccc(S(*)(=O)=O)cc1", "sulfone", "*Cc1ccc(*)cc1"), ("*CC(*)[N+](=O)[O-]", "nitro", "*CC(*)C"),
     ("*CC(*)Cl", "Cl", "*CC*"), ("*CC(*)(F)Cl", "1 Cl, 1 F", "*CC*"), ("*CC(*)O", "OH", "*CC*"),
     ("*CCO*", "oxygen", "*CCC*"), ("*CCN*", "NH", "*CCC*"), ("*[Si](C)(C)O*", "silicon", "*C(C)(C)O*"),
     ("*CC(*)C", "CH₃ group", "*CC*"), ("*CCCO*", "CH₂", "*CCO*"), ("*CO*", "CH₂", "*CCO*"),
     ("*CC(*)C(C)C", "branching carbon", "*CC*")],
)  # fmt: skip
def test_replacements_are_those_of_the_table(psmiles, what, variant):
    found = [piece for piece in pieces(psmiles) if piece.what == what]
    assert chain_key(variant) in {chain_key(piece.variant) for piece in found}, pieces(psmiles)


def test_where_a_ch2_cannot_leave_one_is_added_and_the_sign_reversed():
    (methylene,) = (piece for piece in pieces("*CO*") if piece.what == "CH₂")
    assert methylene.sign == -1
    assert all(piece.sign == 1 for piece in pieces("*CCCO*"))


def test_effects_are_differences_of_predictions():
    model = CountModel()
    found = attribute("*Oc1ccc(*)cc1", model)
    ring, oxygen = found.effects["tg_exp_c"]
    assert (ring.what, ring.change) == ("benzene ring", pytest.approx(6 * 105.0))
    assert (oxygen.what, oxygen.change) == ("oxygen", pytest.approx(35.0))
    assert sorted(ring.atoms) == [2, 3, 4, 5, 7, 8] and oxygen.atoms == (1,)
    # In decades for what is modelled so; selectivities follow.
    assert found.effects["perm_o2_exp_barrer"][0].change == pytest.approx(6.3)
    assert found.effects["selectivity_o2_n2_exp"][0].change == pytest.approx(6.3)


def test_like_pieces_are_asked_about_once_and_have_like_effects():
    model = CountModel()
    found = attribute("*NCCCCCCNC(=O)CCCCC(*)=O", model)
    assert len(model.asked) == len(set(model.asked)) < 10
    changes = [effect.change for effect in found.effects["tg_exp_c"] if effect.what == "CH₂"]
    assert len(changes) == 10 and np.ptp(changes) == 0


def test_the_unit_is_the_shortest_and_its_cut_does_not_matter():
    assert attribute("*CCOCCO*", CountModel()).psmiles == attribute("*CCO*", CountModel()).psmiles
    first, second = (attribute(text, CountModel()).effects["tg_exp_c"] for text in ("*OCC*", "*COC*"))
    assert [effect.change for effect in first] == pytest.approx([effect.change for effect in second])


def test_polyethylene_has_nothing_to_take_away_and_nonsense_is_refused():
    assert attribute("*CC*", CountModel()).effects["tg_exp_c"] == []
    with pytest.raises(ChemistryError):
        attribute("CC", CountModel())


def test_what_the_model_cannot_judge_is_absent():
    class Shy(CountModel):
        def predict(self, psmiles, **more):
            columns = super().predict(psmiles, **more)
            columns["tg_exp_c"].mean[[not any(c in text for c in "cO") for text in psmiles]] = np.nan
            return columns

    effects = attribute("*CC(*)c1ccc(O)cc1", Shy()).effects
    assert len(effects["tg_exp_c"]) < len(effects["perm_o2_exp_barrer"])
    assert all(np.isfinite(effect.change) for effect in effects["tg_exp_c"])


def test_it_names_the_groups_that_a_chemist_would(session):
    carbonyl = [piece for piece in pieces(find("PET").psmiles) if piece.what == "carbonyl"]
    assert len(carbonyl) == 2
    assert {piece.what for piece in pieces(find("PTFE").psmiles)} == {"2 F", "branching carbon"}
