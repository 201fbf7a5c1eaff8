import numpy as np
import pytest

from polydesign.core.errors import TrainingError
from polydesign.generators.ngram.config import NgramConfig
from polydesign.generators.ngram.generator import NgramGenerator


def test_the_estimate_is_that_of_witten_and_bell():
    model = NgramGenerator.fit(["CC", "CO"], NgramConfig(order=2))
    end, c, o = 0, 1, 2
    assert model.config.vocabulary == ("C", "O")
    # Of six tokens three are C, one O, two ends: three kinds, so (count + 3 / 3) / (6 + 3).
    first = np.array([2 + 1, 3 + 1, 1 + 1]) / 9
    # After C there was one C, one O and one end: three kinds, so (count + 3 first) / (3 + 3).
    after_c = np.array([1 + 3 * first[end], 1 + 3 * first[c], 1 + 3 * first[o]]) / 6
    assert model.network.next_probabilities([c]) == pytest.approx(after_c)


@pytest.mark.parametrize("history", [[], [1], [2, 1, 2], [2, 2, 2, 2, 2]])
def test_probabilities_sum_to_one(history):
    model = NgramGenerator.fit(["*CC*", "*CCl*", "*C[Si](C)(C)O*"], NgramConfig(order=4))
    assert model.network.next_probabilities(history).sum() == pytest.approx(1.0)


def test_tokens_are_atoms_where_an_atom_has_several_letters():
    vocabulary = NgramGenerator.fit(["*CCl*", "*C%12Br[NH3+]*"], NgramConfig()).config.vocabulary
    assert {"Cl", "Br", "[NH3+]", "%12", "C", "*"} == set(vocabulary)


def test_a_string_that_reaches_the_limit_is_cut_there():
    model = NgramGenerator.fit(["C" * 50], NgramConfig(order=1, max_length=5))
    lengths = {len(text) for text in model.sample({}, 200, seed=0)}
    assert max(lengths) == 5
    every = ["C" * n for n in range(6)]
    assert np.exp(model.log_prob(every, {})).sum() == pytest.approx(1.0)


def test_temperature_zero_takes_the_most_probable_token():
    model = NgramGenerator.fit(["*CC*", "*CC*", "*CO*"], NgramConfig(order=3))
    assert set(model.sample({}, 20, seed=0, options={"temperature": 0})) == {"*CC*"}


def test_there_has_to_be_something_to_count():
    with pytest.raises(TrainingError, match="at least one training string"):
        NgramGenerator.fit([], NgramConfig())
    with pytest.raises(TrainingError, match="order"):
        NgramConfig(order=0)
