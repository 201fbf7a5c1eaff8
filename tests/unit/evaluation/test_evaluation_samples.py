import math

import numpy as np
import pytest

from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.evaluation.samples import basic_figures, judge, novelty, unique_at

# PEO written three ways, polyethylene twice, one that parses but has a single star, one that does not parse.
RAW = ["*CCO*", "*COC*", "*OCC*", "*CC*", "*C*", "*CCO", "*C(C"]


def test_verdicts_keep_the_order_and_count_everything():
    samples = judge(RAW)
    assert samples.parses.tolist() == [True] * 6 + [False]
    assert samples.valid.tolist() == [True] * 5 + [False] * 2
    assert len(samples.valid_psmiles) == 5
    assert samples.keys[0] == samples.keys[1] == samples.keys[2] != samples.keys[3]


def test_unique_counts_chains_not_strings():
    samples = judge(RAW)
    assert unique_at(samples).value == pytest.approx(2 / 5)
    assert unique_at(samples, 3).value == pytest.approx(1 / 3)


def test_unique_at_more_than_there_are_is_unknown():
    assert math.isnan(unique_at(judge(RAW), 6).value)


def test_novel_is_against_chains_however_they_are_cut():
    known = np.array([chain_hash(chain_key("*OCC*"))], dtype=np.uint32)
    figures = basic_figures(judge(RAW), known)
    assert figures["novel"].value == pytest.approx(1 / 2)
    assert figures["usable"].value == pytest.approx(1 / 7)
    assert figures["valid"].value == pytest.approx(5 / 7)
    assert figures["parses"].value == pytest.approx(6 / 7)


def test_novelty_is_unknown_when_nobody_knows_the_training_chains():
    figures = basic_figures(judge(RAW), None)
    assert math.isnan(figures["novel"].value)
    assert math.isnan(figures["usable"].value)


def test_novelty_counts_every_key_given():
    known = np.array([chain_hash(chain_key("*CC*"))], dtype=np.uint32)
    assert novelty([chain_key("*CC*"), chain_key("*CCO*"), chain_key("*CCO*")], known).value == pytest.approx(2 / 3)


def test_each_string_reports_progress():
    seen = []
    judge(RAW, on_each=lambda: seen.append(1))
    assert len(seen) == len(RAW)


def test_no_generations_are_unknown():
    figures = basic_figures(judge([]), np.array([], dtype=np.uint32))
    assert all(math.isnan(figure.value) for figure in figures.values())
