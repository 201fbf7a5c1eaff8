"""The shipped guide and checker on polymers whose properties are textbook knowledge."""

import numpy as np
import pytest

from polydesign import store
from polydesign.core.properties import FIRST_KEYS, POLYMER_KEYS

# Glass transition temperature in degC, as found in handbooks.
TG = {
    "*CC(*)c1ccccc1": 100, "*CC(*)(C)C(=O)OC": 105, "*CC(*)Cl": 81, "*C[Si](C)(C)O[Si](C)(C)C*": -90,
    "*OCCOC(=O)c1ccc(C(*)=O)cc1": 74, "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1": 147, "*CC(*)C": -10, "*OCC*": -60,
    "*c1ccc(N2C(=O)c3ccc(Oc4ccc5c(c4)C(=O)N(*)C5=O)cc3C2=O)cc1": 300, "*NCCCCCC(*)=O": 50,
}  # fmt: skip
PET = ["*OCCOC(=O)c1ccc(C(*)=O)cc1", "*C(=O)c1ccc(cc1)C(=O)OCCO*", "*CCOC(=O)c1ccc(C(=O)O*)cc1",
       "*OCCOC(=O)c1ccc(C(=O)OCCOC(=O)c2ccc(C(*)=O)cc2)cc1"]  # fmt: skip


@pytest.fixture(scope="module", params=["guide", "checker", "gnn"])
def model(request):
    return store.load_model(request.param)


def test_all_properties_are_predicted_in_their_order(model):
    assert model.keys == POLYMER_KEYS and set(FIRST_KEYS) <= set(model.keys)


def test_glass_transitions_of_common_polymers_are_about_right(model):
    column = model.predict(list(TG))["tg_exp_c"]
    error = column.mean - np.array(list(TG.values()))
    assert np.abs(error).max() < 75 and np.abs(error).mean() < 35
    assert column.in_domain.mean() >= 0.7


@pytest.mark.parametrize("role", ["guide", "checker"])  # the graph network does not see that polyacetylene conjugates
def test_physics_is_in_order(role):
    model = store.load_model(role)
    teflon, polyethylene, polyacetylene, siloxane = "*C(F)(F)C(*)(F)F", "*CC*", "*C=C*", "*[Si](C)(C)O*"
    columns = model.predict([teflon, polyethylene, polyacetylene, siloxane])
    assert columns["density_md_g_cm3"].mean[0] > columns["density_md_g_cm3"].mean[1] + 0.3
    assert columns["egc_dft_ev"].mean[1] > columns["egc_dft_ev"].mean[2] + 3
    assert columns["perm_co2_exp_barrer"].mean[3] > columns["perm_n2_exp_barrer"].mean[3]


def test_the_guide_knows_that_silicone_lets_gas_through():
    # The checker does not: it predicts small properties blind, and few siloxanes have a permeability.
    column = store.load_model("guide").predict(["*CC*", "*[Si](C)(C)O*"])["perm_o2_exp_barrer"]
    assert column.mean[1] > 10 * column.mean[0]


def test_a_chain_has_one_prediction_however_it_is_written(model):
    for column in model.predict(PET).values():
        assert np.allclose(column.mean, column.mean[0], rtol=1e-4)
        assert np.allclose(column.std, column.std[0], rtol=1e-4)


def test_chemistry_that_no_training_chain_has_is_outside_of_the_domain(model):
    columns = model.predict(["*[Ge](C)(C)[Se]*", "*C#C[Pt](P(C)(C)C)(P(C)(C)C)C#C*"])
    assert not np.array([column.in_domain for column in columns.values()]).any()


def test_a_model_for_other_features_is_refused(monkeypatch):
    from polydesign.core.errors import CheckpointError
    from polydesign.predictors import chain_predictor

    now = chain_predictor.probes()
    monkeypatch.setattr(chain_predictor, "probes", lambda: now + 0.01)
    for role in ("guide", "checker"):
        with pytest.raises(CheckpointError, match="features that this version computes otherwise"):
            store.load_model(role)


def test_figures_of_the_card_are_good_enough_to_ship():
    for role in ("guide", "checker"):
        test = store.find(role).config["metrics"]["test"]
        for key, least in {"tg_exp_c": 0.84, "egc_dft_ev": 0.84, "density_md_g_cm3": 0.9, "ffv_md": 0.75}.items():
            assert test[key]["r2"] >= least, (role, key)


def test_a_checkpoint_that_does_not_say_what_features_it_read_is_refused():
    from polydesign.core.errors import CheckpointError
    from polydesign.predictors.chain_predictor import check_features

    with pytest.raises(CheckpointError, match="features that this version computes otherwise"):
        check_features({})
