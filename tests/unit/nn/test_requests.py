"""Targets become standardised requests on each property's own scale; rows can be taken, repeated and hidden."""

import pytest
import torch

from polydesign.core.targets import Target
from polydesign.nn.requests import Conditions, Requests

CONDITIONS = Conditions(("tg_exp_c", "perm_o2_exp_barrer"), (100.0, 1.0), (50.0, 2.0))


def test_targets_are_standardised_on_the_scale_of_their_property():
    asked = CONDITIONS.requests([{"tg_exp_c": Target(value=150.0)}, {"perm_o2_exp_barrer": Target(value=1000.0)}], 2)
    assert asked.values.tolist() == [[1.0, 0.0], [0.0, pytest.approx(1.0)]]  # log10 of 1000 is one deviation from 1
    assert asked.given.tolist() == [[True, False], [False, True]]
    assert asked.values.dtype == torch.float32


def test_one_mapping_is_for_all_rows_and_what_is_not_read_is_left_out():
    target = {"tg_exp_c": Target(value=0.0), "egc_dft_ev": Target(value=3.0)}
    asked = CONDITIONS.requests(target, 3)
    assert asked.values.tolist() == [[-2.0, 0.0]] * 3 and asked.given.tolist() == [[True, False]] * 3
    assert Conditions().requests(target, 3).values.shape == (3, 0)
    for conditions in (CONDITIONS, Conditions()):
        with pytest.raises(ValueError, match="2 rows; expected one mapping or 3"):
            conditions.requests([target, target], 3)


def test_rows_are_taken_repeated_and_hidden():
    asked = Requests(torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([[True], [False], [True]]))
    assert len(asked) == 3
    assert asked.rows([2, 0]).values.tolist() == [[3.0], [1.0]] and asked.rows(slice(1, 2)).given.tolist() == [[False]]
    assert asked.repeated(2).values.flatten().tolist() == [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
    assert not asked.hidden().given.any() and torch.equal(asked.hidden().values, asked.values)
    assert asked.before(Requests.none(1, 1)).given.flatten().tolist() == [True, False, True, False]
