"""The classifier of the targeted benchmark: it learns a class, by chain, and refuses one that nobody is in."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.targeted import feature_bits, fit, parser
from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import DataError
from polydesign.core.goal import Goal
from polydesign.core.targets import Target

RIGID = [f"*c1ccc(C{'C' * i}O{'C' * j}c2ccc(*)cc2)cc1" for i in range(30) for j in range(20)]
SOFT = [f"*CC{'C' * i}O{'C' * j}C(*){'C' * (j % 4)}" for i in range(30) for j in range(20)]
KEYS = list(dict.fromkeys(chain_key(text) for text in [*RIGID, *SOFT]))
KNOWN = pd.DataFrame({"chain_key": KEYS, "value": [300.0 if "c1" in key else 0.0 for key in KEYS]})


def test_bits_are_of_the_chain_as_its_key_writes_it():
    bits = feature_bits(KEYS[:3])
    assert bits.shape == (3, 2048) and set(np.unique(bits)) == {0, 1} and not np.array_equal(bits[0], bits[1])


def test_a_class_is_learnt_and_tested_on_other_chains():
    classifier = fit(Goal("tg_exp_c", Target(minimum=250.0)), KNOWN)
    assert classifier.auc > 0.99 and classifier.kappa > 0.9
    assert 0 < classifier.n_inside < classifier.n < len(KNOWN)
    assert classifier.inside([chain_key("*c1ccc(*)cc1"), chain_key("*CCO*")]).tolist() == [True, False]
    assert classifier.inside([]).shape == (0,)


def test_a_class_of_nobody_is_refused():
    with pytest.raises(DataError, match="Ask for another range"):
        fit(Goal("tg_exp_c", Target(minimum=900.0)), KNOWN)


def test_the_command_takes_a_class_and_generators():
    args = parser().parse_args(["tg_exp_c>=250", "one", "two"])
    assert (args.target, args.id, args.n) == ("tg_exp_c>=250", ["one", "two"], 1000)
