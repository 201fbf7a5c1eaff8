from types import SimpleNamespace

import numpy as np
import pytest

from polydesign.core.errors import DataError, TargetError
from polydesign.data.encodings.chosen import choose_rows

KEYS = ["tg_exp_c", "perm_co2_exp_barrer", "perm_n2_exp_barrer"]
ROWS = SimpleNamespace(
    folder="x",
    meta={"conditions": KEYS},
    conditions=np.array([[260, 2, 0], [250, 2, 1], [249, 0, 0], [np.nan, 3, 1], [300, np.nan, 1]], dtype=np.float32),
    split=np.array([0, 1, 0, 0, 2], dtype=np.uint8),
    weight=np.arange(5),
    sizes=np.array([5, 6, 7, 8, 9]),
    padded=True,
    batch=lambda index: {"index": index},
    __len__=lambda: 5,
)


class Rows(SimpleNamespace):
    def __len__(self):
        return 5


ROWS = Rows(**{name: value for name, value in vars(ROWS).items() if name != "__len__"})


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("tg_exp_c>=250", [0, 1, 4]),
        ("tg_exp_c<=250", [1, 2]),
        ("tg_exp_c >= 250, perm_co2_exp_barrer >= 100", [0, 1]),  # in barrer, kept as their logarithm
        ("selectivity_co2_n2_exp>=30", [0, 3]),
        ("perm_n2_exp_barrer>=1e1", [1, 3, 4]),
    ],
)
def test_rows_are_chosen_by_what_is_known_of_them(where, index):
    chosen = choose_rows(ROWS, where)
    assert chosen.index.tolist() == index and len(chosen) == len(index)
    assert chosen.weight.tolist() == index and chosen.split.tolist() == ROWS.split[index].tolist()
    assert chosen.sizes.tolist() == [5 + i for i in index]
    assert chosen.batch(np.array([1]))["index"].tolist() == [index[1]]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("tg_exp_c>250", "is not a condition"),
        ("tg_exp_c>=9000", "No training row"),
        ("density_md_g_cm3>=1", "It has: tg"),
    ],
)
def test_what_cannot_be_chosen_is_said(where, message):
    with pytest.raises(DataError, match=message):
        choose_rows(ROWS, where)


def test_an_unknown_property_is_named():
    with pytest.raises(TargetError, match="tg_exp_c"):
        choose_rows(ROWS, "tg_exp>=250")
