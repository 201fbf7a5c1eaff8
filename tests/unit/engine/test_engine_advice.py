import json

import numpy as np
import pytest

from polydesign.core.errors import CheckpointError
from polydesign.core.targets import Target
from polydesign.engine.goals import advice
from tests.unit.engine.fakes import fake_checkpoint

# Tg and Egc that rise together: correlation 0.8.
JOINT = {
    "keys": ["egc_dft_ev", "tg_exp_c"],
    "mean": [4.0, 100.0],
    "covariance": [[1.0, 80.0], [80.0, 10_000.0]],
}


def checkpoint(folder, joint=None):
    found = fake_checkpoint("fake", "polygpt", ["tg_exp_c"], folder=folder)
    if joint is not None:
        (folder / advice.JOINT).write_text(json.dumps(joint))
        found.config["files"][advice.JOINT] = json.dumps(joint)  # stands for the sha256: other content, other hash
    return found


def test_a_target_within_the_data_needs_no_warning(tmp_path):
    assert advice.warnings(checkpoint(tmp_path, JOINT), {"tg_exp_c": Target(value=100)}) == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [(Target(value=450), 1), (Target(minimum=450), 1), (Target(maximum=450), 0), (Target(maximum=-150), 1)],
)
def test_the_middle_of_the_data_is_the_yardstick(tmp_path, target, expected):
    found = advice.warnings(checkpoint(tmp_path), {"tg_exp_c": target})
    assert len(found) == expected
    assert all("outside the middle 98 %" in text and "-100 °C to 400 °C" in text for text in found)


def test_a_combination_far_from_the_data_names_the_nearest_one_with_data(tmp_path):
    apart = {"tg_exp_c": Target(value=300), "egc_dft_ev": Target(value=2)}
    (text,) = advice.warnings(checkpoint(tmp_path, JOINT), apart)
    assert "Tg = 300 °C, Egc = 2 eV lies far from all training data" in text
    assert "The nearest combination with data is about Tg " in text
    together = {"tg_exp_c": Target(value=300), "egc_dft_ev": Target(value=6)}
    assert advice.warnings(checkpoint(tmp_path, JOINT), together) == []


def test_bounds_are_met_by_the_nearest_point_that_fulfils_them(tmp_path):
    easy = {"tg_exp_c": Target(minimum=-50), "egc_dft_ev": Target(maximum=9)}
    assert advice.warnings(checkpoint(tmp_path, JOINT), easy) == []
    hard = {"tg_exp_c": Target(minimum=300), "egc_dft_ev": Target(maximum=2)}
    assert len(advice.warnings(checkpoint(tmp_path, JOINT), hard)) == 1


def test_the_nearest_point_of_a_box_matches_a_search():
    mean, covariance = np.array(JOINT["mean"]), np.array(JOINT["covariance"])
    low, high = np.array([4.5, 250.0]), np.array([5.0, np.inf])
    point = advice.nearest_in_box(mean, covariance, low, high)
    grid = np.stack(np.meshgrid(np.linspace(4.5, 5.0, 201), np.linspace(250, 400, 301)), -1).reshape(-1, 2) - mean
    distances = np.einsum("ij,jk,ik->i", grid, np.linalg.inv(covariance), grid)
    own = (point - mean) @ np.linalg.solve(covariance, point - mean)
    assert own <= distances.min() + 1e-9
    assert (point >= low - 1e-12).all() and (point <= high).all()


def test_counts_that_add_up_to_another_one_are_no_trouble(tmp_path):
    keys = ["RingCount", "NumAromaticRings", "NumAliphaticRings", "NHOHCount"]
    joint = {"keys": keys, "mean": [3, 2, 1, 0], "covariance": [[3, 2, 1, 0], [2, 2, 0, 0], [1, 0, 1, 0], [0] * 4]}
    usual = {key: Target(value=mean) for key, mean in zip(keys, joint["mean"], strict=True)}
    assert advice.warnings(checkpoint(tmp_path, joint), usual) == []
    unusual = {**usual, "RingCount": Target(value=9)}
    assert len(advice.warnings(checkpoint(tmp_path, joint), unusual)) == 1


def test_a_malformed_joint_file_is_an_error(tmp_path):
    targets = {"tg_exp_c": Target(value=100), "egc_dft_ev": Target(value=4)}
    with pytest.raises(CheckpointError, match=r"joint\.json must hold keys, mean and covariance"):
        advice.warnings(checkpoint(tmp_path, {**JOINT, "mean": [1.0]}), targets)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"egc_dft_ev": 4.0, "ei_dft_ev": 6.0, "eea_dft_ev": 2.0}, 0),
        ({"egc_dft_ev": 2.0, "ei_dft_ev": 7.0, "eea_dft_ev": 1.0}, 1),
        ({"eps_dft": 3.5, "nc_dft": 1.7}, 0),
        ({"eps_dft": 8.0, "nc_dft": 1.7}, 1),
        ({"eps_dft": 2.0, "nc_dft": 2.0}, 1),
        ({"tg_exp_c": 320.0, "ffv_md": 0.47}, 1),
        ({"tg_exp_c": 320.0, "ffv_md": 0.37}, 0),
    ],
)
def test_targets_that_physics_ties_together(values, expected):
    assert len(advice.inconsistencies({key: Target(value=value) for key, value in values.items()})) == expected
