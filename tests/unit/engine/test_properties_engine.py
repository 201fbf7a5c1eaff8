"""What the Properties page computes: correlations, compromises, possible combinations, fits."""

import numpy as np
import pandas as pd
import pytest

from polydesign.core.errors import TargetError
from polydesign.core.results import Candidate, DesignResult, Prediction
from polydesign.core.targets import Target
from polydesign.engine.design.pareto import keeping, non_dominated
from polydesign.engine.goals.possible import possible
from polydesign.engine.relations.correlation import FEWEST, correlations
from polydesign.engine.relations.target_fit import fit, wanted_keys


def test_correlations_are_pearsons_on_the_scale_of_each_property():
    rng = np.random.default_rng(0)
    tg = rng.normal(100, 40, 300)
    frame = pd.DataFrame({
        "tg_exp_c": tg,
        "perm_o2_exp_barrer": 10 ** (tg / 50),  # a straight line in decades, a curve in Barrer
        "egc_dft_ev": rng.normal(4, 1, 300),
        "eea_dft_ev": np.where(np.arange(300) < FEWEST - 1, 1.0, np.nan),
        "nc_dft": 1.5,
    })  # fmt: skip
    found = correlations(frame, list(frame))
    at = {key: place for place, key in enumerate(found.keys)}
    assert found.r[at["tg_exp_c"], at["perm_o2_exp_barrer"]] == pytest.approx(1.0)
    expected = np.corrcoef(frame["tg_exp_c"], frame["egc_dft_ev"])[0, 1]
    assert found.r[at["tg_exp_c"], at["egc_dft_ev"]] == pytest.approx(expected)
    assert np.isnan(found.r[at["tg_exp_c"], at["eea_dft_ev"]])  # too few
    assert np.isnan(found.r[at["tg_exp_c"], at["nc_dft"]])  # never varies
    assert found.n[at["tg_exp_c"], at["eea_dft_ev"]] == FEWEST - 1
    assert set(found.strongest(1)[0][:2]) == {"tg_exp_c", "perm_o2_exp_barrer"}


def test_non_dominated_against_the_definition():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 6, (80, 3)).astype(float)
    values[3, 1] = np.nan
    signs = (1, -1, 1)
    best = non_dominated(values, signs)
    good = values * signs
    for row in range(len(values)):
        if np.isnan(values[row]).any():
            assert not best[row]
            continue
        beaten = any(
            (other >= good[row]).all() and (other > good[row]).any() for other in good if not np.isnan(other).any()
        )
        assert best[row] == (not beaten)


def candidate(psmiles: str, tg: float, checker: float) -> Candidate:
    value = Prediction(tg, 5.0, tg - 6, tg + 6, True)
    return Candidate(psmiles, psmiles, 1.0, 1.0, True, 2.0, {"tg_exp_c": value}, {"tg_exp_c": {"mean": checker}})


def result(wanted: float, *candidates: Candidate, seed: int = 0) -> DesignResult:
    request = {"checkpoint": "toy", "targets": {"tg_exp_c": {"value": wanted}}, "n": 2, "seed": seed}
    return DesignResult(list(candidates), {"kept": len(candidates)}, {}, {}, {"request": request})


def test_locked_candidates_stay_and_the_result_says_so():
    first = result(100, candidate("*CC*", 100, 90), candidate("*CO*", 80, 90))
    second = result(100, candidate("*CO*", 80, 90), candidate("*CS*", 70, 90), seed=1)
    kept = keeping(second, first, {"*CC*"})
    assert [found.psmiles for found in kept.candidates] == ["*CC*", "*CO*"]
    assert kept.manifest["locked"] == ["*CC*"] and kept.counts["kept"] == 2
    assert "seed 0" in kept.warnings[-1]
    both = keeping(second, first, {"*CC*", "*CO*"})
    assert [found.psmiles for found in both.candidates] == ["*CC*", "*CO*"]
    assert keeping(second, first, set()) is second


def test_the_fit_of_several_runs():
    runs = [
        result(100, candidate("*CC*", 101, 110), candidate("*CO*", 99, 90)),
        result(200, candidate("*CS*", 202, 150)),
    ]
    assert wanted_keys(runs) == ["tg_exp_c"]
    found = fit(runs, "tg_exp_c")
    assert found.error("guide") == pytest.approx(4 / 3)
    mean = 400 / 3
    around = 2 * (100 - mean) ** 2 + (200 - mean) ** 2
    assert found.r2("checker") == pytest.approx(1 - (100 + 100 + 2500) / around)
    assert np.isnan(fit(runs[:1], "tg_exp_c").r2("guide"))  # one target only


def test_what_the_data_say_of_a_combination():
    frame = pd.DataFrame({
        "psmiles": ["*CC*", "*CO*", "*CS*", "*CN*"],
        "tg_exp_c": [0.0, 100.0, 200.0, np.nan],
        "egc_dft_ev": [6.0, 4.0, 2.0, 2.0],
    })  # fmt: skip
    found = possible({"tg_exp_c": Target(minimum=90.0), "egc_dft_ev": Target(minimum=3.0)}, frame)
    assert (found.n, found.together, found.meeting) == (3, 1, {"tg_exp_c": 2, "egc_dft_ev": 2})
    assert found.independent == pytest.approx(4 / 3)
    assert found.nearest[0].psmiles == "*CO*" and found.nearest[0].distance == 0
    none = possible({"tg_exp_c": Target(minimum=150.0), "egc_dft_ev": Target(minimum=3.0)}, frame)
    assert none.together == 0 and none.nearest[0].distance > 0
    with pytest.raises(TargetError, match="at least one"):
        possible({}, frame)
    with pytest.raises(TargetError, match="eps_dft"):
        possible({"eps_dft": Target(value=3.0)}, frame)


def test_physics_objects():
    frame = pd.DataFrame({"psmiles": ["*CC*"], "egc_dft_ev": [4.0], "ei_dft_ev": [6.0], "eea_dft_ev": [2.0]})
    targets = {"egc_dft_ev": Target(8.0), "ei_dft_ev": Target(6.0), "eea_dft_ev": Target(2.0)}
    assert "Ei − Eea" in possible(targets, frame).notes[0]


def test_the_command_says_what_the_page_says(capsys, tmp_path):
    import json

    from polydesign.commands.properties import main
    from polydesign.engine.relations.tables import library_values

    assert main(["possible", "--target", "tg_exp_c>=100", "--target", "egc_dft_ev>=4"]) == 0
    found = json.loads(capsys.readouterr().out)
    frame = library_values()
    met = (frame["tg_exp_c"] >= 100) & (frame["egc_dft_ev"] >= 4)
    assert (found["n"], found["together"]) == (len(frame), int(met.sum()))
    assert main(["correlations", "--out", str(tmp_path / "r.csv")]) == 0
    r = pd.read_csv(tmp_path / "r.csv", index_col=0)
    assert r.loc["tg_exp_c", "tg_exp_c"] == pytest.approx(1) and (r.columns == r.index).all()
    assert main(["possible", "--target", "tg_exp_c"]) == 2
