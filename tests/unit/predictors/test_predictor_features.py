import numpy as np
import pytest

from polydesign.chem.fingerprints import QUICK_DESCRIPTOR_NAMES, chain_counts
from polydesign.predictors.features import FINE_BITS, featurise

PET = "*OCCOC(=O)c1ccc(C(*)=O)cc1"
PET_REVERSED = "*C(=O)c1ccc(cc1)C(=O)OCCO*"
PET_RECUT = "*CCOC(=O)c1ccc(C(=O)O*)cc1"
PET_TWICE = "*OCCOC(=O)c1ccc(C(=O)OCCOC(=O)c2ccc(C(*)=O)cc2)cc1"


def test_features_do_not_show_how_a_chain_is_written():
    features = featurise([PET, PET_REVERSED, PET_RECUT, PET_TWICE], radius=3)
    assert features.readable.all()
    assert (features.counts == features.counts[0]).all()
    assert np.allclose(features.quick, features.quick[0], atol=1e-5)


def test_a_folded_fingerprint_is_that_of_fewer_bits():
    features = featurise([PET, "*CC*"], radius=2)
    for n_bits in (256, 1024, FINE_BITS):
        expected = [chain_counts(text, radius=2, n_bits=n_bits).astype(float) for text in (PET, "*CC*")]
        assert np.allclose(features.folded(n_bits), np.log1p(expected))


def test_inputs_are_fingerprint_and_descriptors():
    features = featurise([PET], radius=3)
    inputs = features.inputs(512)
    assert inputs.shape == (1, 512 + len(QUICK_DESCRIPTOR_NAMES)) and inputs.dtype == np.float32
    assert (inputs[0, 512:] == features.quick[0]).all()


def test_what_is_no_repeat_unit_is_marked_and_all_zero():
    features = featurise(["", "CCO", PET, "*" + "C" * 10_000 + "*"], radius=3)
    assert features.readable.tolist() == [False, False, True, False]
    assert not features.counts[[0, 1, 3]].any() and not features.quick[[0, 1, 3]].any()


def test_a_length_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="must divide"):
        featurise([PET], radius=3).folded(1000)
