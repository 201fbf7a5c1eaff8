import numpy as np
import pytest

from polydesign.core.properties import ALL_KEYS, POLYMER_KEYS, SELECTIVITIES, property_spec
from polydesign.core.results import PredictionColumns
from polydesign.engine.predict.selectivity import selectivities

CO2_N2 = "selectivity_co2_n2_exp"


def permeability(mean, std, in_domain=True):
    mean, std = np.array(mean, dtype=float), np.array(std, dtype=float)
    return PredictionColumns(mean, std, mean, mean, np.full(len(mean), in_domain))


def predicted(**changes):
    columns = {key: permeability([10.0, np.nan], [0.3, np.nan]) for key in POLYMER_KEYS}
    return {**columns, **changes}


def test_a_selectivity_is_the_ratio_and_its_error_follows_from_both():
    columns = predicted(
        perm_co2_exp_barrer=permeability([300.0], [0.3]), perm_n2_exp_barrer=permeability([10.0], [0.4], False)
    )
    found = selectivities(columns, {})[CO2_N2]
    assert found.mean[0] == pytest.approx(30.0) and found.std[0] == pytest.approx(0.5)  # 3, 4, 5
    assert found.hi80[0] / found.mean[0] == pytest.approx(10 ** (1.2815516 * 0.5)) and not found.in_domain[0]
    assert found.lo80[0] * found.hi80[0] == pytest.approx(900.0)


def test_errors_that_go_together_cancel():
    columns = predicted()
    alone, together = (selectivities(columns, r)[CO2_N2].std[0] for r in ({}, {CO2_N2: 0.9}))
    assert together == pytest.approx(alone * np.sqrt(0.1))
    assert selectivities(columns, {CO2_N2: 1.0})[CO2_N2].std[0] == pytest.approx(0.0, abs=1e-8)


def test_what_has_no_permeability_has_no_selectivity():
    found = selectivities(predicted(), {})
    assert set(found) == set(SELECTIVITIES)
    assert all(np.isnan(columns.mean[1]) and np.isfinite(columns.mean[0]) for columns in found.values())
    without = {key: columns for key, columns in predicted().items() if key != "perm_n2_exp_barrer"}
    assert set(selectivities(without, {})) == {"selectivity_co2_ch4_exp"}


def test_every_property_says_what_it_is():
    assert len(POLYMER_KEYS) == 25 and set(ALL_KEYS) == {*POLYMER_KEYS, *SELECTIVITIES}
    for key in ALL_KEYS:
        spec = property_spec(key)
        assert all((spec.label, spec.symbol, spec.unit, spec.source, spec.licence)), key
        assert spec.scale == ("log10" if spec.unit in ("Barrer", "1/K", "S/cm") or spec.kind == "derived"
                              or key == "dielectric_dc_md" else "linear")  # fmt: skip
