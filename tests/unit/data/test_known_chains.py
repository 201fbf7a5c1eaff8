"""Lists of training chains: what is packed comes back, old lists are read, others refused."""

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesign.data.corpora.known_chains import pack, unpack

HASHES = st.one_of(st.integers(0, 2**32 - 1), st.sampled_from([0, 65_534, 65_535, 65_536, 131_070, 2**32 - 1]))


def through_a_file(hashes):
    return unpack(np.load(BytesIO(pack(hashes)), allow_pickle=False))


@given(st.lists(HASHES))
def test_what_is_packed_comes_back_sorted_and_once(hashes):
    found = through_a_file(np.array(hashes, dtype=np.uint32))
    assert found.dtype == np.uint32 and found.tolist() == sorted(set(hashes))


def test_a_long_list_takes_two_bytes_a_chain():
    hashes = np.random.default_rng(0).integers(0, 2**32, 300_000, dtype=np.uint32)
    assert (through_a_file(hashes) == np.unique(hashes)).all()
    assert len(pack(hashes)) < 2.1 * len(hashes)


def test_plain_hashes_are_read_too_and_other_arrays_refused():
    assert unpack(np.array([9, 3], dtype=np.uint32)).tolist() == [3, 9]
    for other in (np.zeros(3), np.zeros((2, 2), dtype=np.uint16)):
        with pytest.raises(ValueError, match="holds"):
            unpack(other)
