"""The meta.json of prepared data: what prepare writes is read, what lacks or mixes up something is refused by name."""

import json

import pytest

from polydesign.core.errors import DataError
from polydesign.data.encodings.meta import GraphMeta, Meta, read_meta
from polydesign.data.encodings.tokens import TokenRows

STATISTICS = {"unit": "K", "scale": "linear", "n": 2, "p1": 1.0, "p50": 2.0, "p99": 3.0}
META = {
    "corpus": "demo", "data": [{"name": "a", "file": "a.csv", "sha256": "0", "licence": "CC0"}], "notation": "smiles",
    "vocab_size": 5, "vocabulary": ["<pad>", "C"], "n": 2, "n_train": 1, "not_expressed": 0, "unknown_token": 0,
    "groups": {"demo": 2}, "recombined": 0, "conditions": ["tg_exp_c"], "condition_mean": [1], "condition_std": [2.0],
    "properties": {"tg_exp_c": STATISTICS, "sa_score": {"unit": "", "scale": "linear", "n": 0}},
}  # fmt: skip


def put(folder, meta):
    (folder / "meta.json").write_text(json.dumps(meta))
    return folder


def test_a_whole_file_is_read_as_it_is(tmp_path):
    assert read_meta(put(tmp_path, META), Meta) == META


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"n_train": None}, "meta.json: n_train holds NoneType in place of int"),
        ({"n": True}, "n holds bool"),
        ({"notation": "inchi"}, "notation is 'inchi', not one of 'smiles'"),
        ({"condition_std": ["1"]}, "condition_std holds str in place of float"),
        ({"groups": {"demo": 0.5}}, "groups: demo holds float"),
        ({"data": [{"name": "a"}]}, "data has no 'file'"),
        ({"properties": {"tg_exp_c": {**STATISTICS, "p50": "2"}}}, "tg_exp_c: p50 holds str"),
        ({"properties": []}, "properties holds list in place of dict"),
    ],
)
def test_what_is_of_another_type_is_refused_by_name(tmp_path, change, fault):
    with pytest.raises(DataError, match=fault):
        read_meta(put(tmp_path, META | change), Meta)


def test_what_is_missing_is_refused_by_name(tmp_path):
    with pytest.raises(DataError, match=r"another version of polydesign: meta\.json has no 'vocabulary'"):
        read_meta(put(tmp_path, {k: v for k, v in META.items() if k != "vocabulary"}), Meta)
    with pytest.raises(DataError, match="has no 'keys'"):
        read_meta(tmp_path, GraphMeta)
    with pytest.raises(DataError, match="in place of dict"):
        read_meta(put(tmp_path, [1]), Meta)
    with pytest.raises(DataError, match="holds no prepared data"):
        TokenRows.load(tmp_path / "nothing")
