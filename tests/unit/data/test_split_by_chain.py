"""Splits depend on the chain and the salt alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesign.data.corpora.split import FRACTIONS, fold_of, folds, position, sides, split_of

KEYS = [f"*C{'O' * (i % 7)}N{i}*" for i in range(20_000)]


def test_sides_of_known_chains_never_change():
    # Checkpoints of one version are tested on chains that another version must not have trained on.
    known = {"*C*": "train", "*CO*": "train", "*CCCO*": "test", "*CCCCCCO*": "test", f"*{'C' * 25}O*": "valid"}
    assert {key: split_of(key) for key in known} == known


def test_shares_are_as_stated():
    found = sides(KEYS)
    assert FRACTIONS == {"train": 0.90, "valid": 0.05, "test": 0.05}
    for side, share in FRACTIONS.items():
        assert np.mean(found == side) == pytest.approx(share, abs=0.006)


def test_places_are_uniform():
    places = np.array([position(key) for key in KEYS])
    assert places.min() >= 0.0 and places.max() < 1.0
    counts, _ = np.histogram(places, bins=20, range=(0, 1))
    assert np.abs(counts - 1000).max() < 130  # four standard deviations


def test_salts_are_independent():
    first, second = sides(KEYS, "a"), sides(KEYS, "b")
    both = np.mean((first == "test") & (second == "test"))
    assert both == pytest.approx(0.0025, abs=0.0015)
    assert (sides(KEYS, "a") == first).all()


@given(st.text(), st.text())
def test_side_is_a_function_of_chain_and_salt(key, salt):
    assert split_of(key, salt) == split_of(key, salt) == str(sides([key], salt)[0])
    assert split_of(key, salt) in FRACTIONS


@given(st.text(), st.integers(2, 20))
def test_fold_is_a_function_of_the_chain(key, n_folds):
    assert fold_of(key, n_folds) == folds([key, "other"], n_folds)[0]
    assert 0 <= fold_of(key, n_folds) < n_folds


def test_folds_are_of_equal_size():
    counts = np.bincount(folds(KEYS, 5))
    assert len(counts) == 5
    assert np.abs(counts - 4000).max() < 250


def test_order_and_company_do_not_matter():
    shuffled = np.random.default_rng(0).permutation(len(KEYS))[:500]
    assert (sides([KEYS[i] for i in shuffled]) == sides(KEYS)[shuffled]).all()


def test_one_fold_is_refused():
    with pytest.raises(ValueError, match="two folds; got 1"):
        fold_of("*CC*", 1)


def test_no_chains_give_no_sides():
    assert sides([]).shape == (0,)
    assert folds([], 5).shape == (0,)


def test_all_ways_to_write_a_chain_are_on_one_side():
    identity = pytest.importorskip("polydesign.chem.notation.identity")
    for ways in (["*CCO*", "*OCC*", "*COC*", "*CCOCCO*"], ["*CC(*)c1ccccc1", "*C(c1ccccc1)C*"], ["*CC*", "*C*"]):
        assert len({position(identity.chain_key(psmiles)) for psmiles in ways}) == 1
