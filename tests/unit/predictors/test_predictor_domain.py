import numpy as np
import pytest

from polydesign.data.corpora.demo import demo_polymers
from polydesign.predictors.domain import SHARE, Domain
from polydesign.predictors.features import featurise


@pytest.fixture(scope="module")
def counts():
    return featurise(demo_polymers()).counts


def test_most_training_chains_are_inside_and_foreign_chemistry_is_outside(counts):
    domain = Domain.fit(counts, np.ones((len(counts), 1), dtype=bool))
    assert domain.contains(counts).mean() >= SHARE
    foreign = featurise(["*[Ge](C)(C)[Se]*", "*N=P(*)(N1CC1)N1CC1", "*[Si](*)(C#CBr)I"]).counts
    assert not domain.contains(foreign).any()


def test_the_distance_is_one_at_the_edge(counts):
    domain = Domain.fit(counts, np.ones((len(counts), 1), dtype=bool))
    distance = domain.distance(counts)
    assert ((distance < 1) == domain.contains(counts))[np.abs(distance - 1) > 1e-6].all()
    assert distance == pytest.approx(domain.rarity(counts) / domain.limit)


def test_rarity_is_the_mean_of_one_over_one_plus_the_chains_seen():
    counts = np.array([[2, 0, 0], [1, 1, 0]], dtype=np.uint8)
    domain = Domain.fit(counts, np.array([[True], [True]]))
    assert domain.seen.tolist() == [[2, 1, 0]]
    asked = np.array([[3, 1, 0], [0, 0, 5], [0, 0, 0]], dtype=np.uint8)
    assert domain.rarity(asked)[:, 0] == pytest.approx([0.75 / 3 + 0.25 / 2, 1.0, 1.0])


def test_a_property_knows_only_the_chains_that_taught_it(counts):
    taught = np.zeros((len(counts), 2), dtype=bool)
    taught[:, 0] = True
    taught[:20, 1] = True
    domain = Domain.fit(counts, taught)
    rarity = domain.rarity(counts[20:])
    assert (rarity[:, 1] > rarity[:, 0]).all()
    assert domain.seen[1].max() <= 20
