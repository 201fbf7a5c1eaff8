import numpy as np
import pytest

from polydesign.chem.describe.fingerprints import chain_counts, features
from polydesign.predictors.described import FINE_BITS, RADIUS
from polydesign.predictors.features import featurise

PET = "*OCCOC(=O)c1ccc(C(*)=O)cc1"
PET_REVERSED = "*C(=O)c1ccc(cc1)C(=O)OCCO*"
PET_RECUT = "*CCOC(=O)c1ccc(C(=O)O*)cc1"
PET_TWICE = "*OCCOC(=O)c1ccc(C(=O)OCCOC(=O)c2ccc(C(*)=O)cc2)cc1"


def test_features_do_not_show_how_a_chain_is_written():
    features = featurise([PET, PET_REVERSED, PET_RECUT, PET_TWICE])
    assert features.readable.all()
    assert (features.counts == features.counts[0]).all()
    assert np.allclose(features.quick, features.quick[0], atol=1e-5)


def test_a_folded_fingerprint_is_that_of_fewer_bits():
    features = featurise([PET, "*CC*"])
    for n_bits in (256, 1024, FINE_BITS):
        counts = np.array([chain_counts(text, radius=RADIUS, n_bits=n_bits) for text in (PET, "*CC*")], dtype=float)
        assert np.allclose(features.shares(n_bits), counts / counts.sum(axis=1, keepdims=True))


def test_descriptors_are_those_of_the_chemistry():
    assert np.array_equal(featurise([PET]).quick[0], features(PET)[1])


def test_what_is_no_repeat_unit_is_marked_and_all_zero():
    features = featurise(["", "CCO", PET, "*" + "C" * 10_000 + "*"])
    assert features.readable.tolist() == [False, False, True, False]
    assert not features.counts[[0, 1, 3]].any() and not features.quick[[0, 1, 3]].any()


def test_a_length_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="must divide"):
        featurise([PET]).shares(1000)
