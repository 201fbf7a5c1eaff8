import math
from collections import Counter

import numpy as np
import pytest

from polydesign.evaluation.chemnet import frechet_distance
from polydesign.evaluation.distribution import (
    cosine,
    fingerprint_bits,
    fragment_similarity,
    internal_diversity,
    nearest_similarity,
    scaffold_similarity,
    snn,
)

BITS = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]], dtype=np.float32)


def test_identical_polymers_have_no_diversity():
    same = np.repeat(BITS[:1], 5, axis=0)
    assert internal_diversity(same, 1).value == pytest.approx(0.0)
    assert internal_diversity(same, 2).value == pytest.approx(0.0)


def test_internal_diversity_by_hand():
    # similarities: 1 with itself three times, 1/3 twice, 0 four times
    assert internal_diversity(BITS, 1).value == pytest.approx(1 - (3 + 2 / 3) / 9)
    assert internal_diversity(BITS, 2).value == pytest.approx(1 - math.sqrt((3 + 2 / 9) / 9))


def test_nearest_similarity_by_hand():
    assert nearest_similarity(BITS[:1], BITS[1:]).tolist() == pytest.approx([1 / 3])
    assert snn(BITS, BITS).value == pytest.approx(1.0)


def test_blocks_do_not_show():
    random = np.random.default_rng(0)
    bits = (random.random((2500, 16)) < 0.3).astype(np.float32)
    direct = [nearest_similarity(bits[i : i + 1], bits[:50])[0] for i in (0, 1023, 1024, 2499)]
    assert nearest_similarity(bits, bits[:50])[[0, 1023, 1024, 2499]].tolist() == pytest.approx(direct)


def test_nothing_to_compare_with_is_unknown():
    assert math.isnan(snn(BITS, BITS[:0]).value)
    assert math.isnan(internal_diversity(BITS[:0]).value)


def test_fingerprints_do_not_show_the_cut():
    bits = fingerprint_bits(["*CCO*", "*COC*", "*OCCOCC*", "*CCS*"])
    assert (bits[0] == bits[1]).all()
    assert (bits[0] == bits[2]).all()
    assert (bits[0] != bits[3]).any()
    assert fingerprint_bits([]).shape == (0, bits.shape[1])


def test_cosine_by_hand():
    assert cosine(Counter(a=3, b=4), Counter(a=3, b=4)) == pytest.approx(1.0)
    assert cosine(Counter(a=3, b=4), Counter(b=2)) == pytest.approx(4 / 5)
    assert math.isnan(cosine(Counter(), Counter(a=1)))


def test_fragments_and_scaffolds_of_equal_sets_agree():
    biphenyls = ["*Oc1ccc(-c2ccc(*)cc2)cc1", "*Sc1ccc(-c2ccc(*)cc2)cc1"]
    assert fragment_similarity(biphenyls, biphenyls).value == pytest.approx(1.0)
    assert scaffold_similarity(biphenyls[:1], biphenyls[1:]).value == pytest.approx(1.0)
    assert fragment_similarity(biphenyls, ["*CC*"]).value == pytest.approx(0.0)


def test_scaffolds_with_one_ring_do_not_count():
    assert math.isnan(scaffold_similarity(["*CC(*)c1ccccc1"], ["*CC(*)c1ccccc1"]).value)


def test_frechet_distance_by_hand():
    # Gaussians of one dimension: (m1 - m2)^2 + (s1 - s2)^2, here means 0 and 5, deviations 1 and 3
    first, second = np.array([[-1.0], [1.0]]), np.array([[2.0], [8.0]])
    deviations = np.sqrt([2.0, 18.0])
    assert frechet_distance(first, second) == pytest.approx(25 + (deviations[1] - deviations[0]) ** 2)


def test_frechet_distance_of_a_set_to_itself_is_zero_even_when_its_covariance_is_singular():
    rows = np.random.default_rng(0).normal(size=(5, 12))
    assert frechet_distance(rows, rows) == pytest.approx(0.0, abs=1e-6)
