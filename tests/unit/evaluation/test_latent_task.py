"""The task on autoencoders whose figures can be worked out by hand."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.core.errors import DataError
from polydesign.evaluation import training_bits
from polydesign.evaluation.distribution import fingerprint_bits
from polydesign.evaluation.positions import sizes
from polydesign.evaluation.samples import judge
from polydesign.evaluation.tasks import TASKS
from polydesign.evaluation.tasks.latent import (
    POINTS,
    code_entropy,
    code_figures,
    cross_diversity,
    path_figures,
    straight_lines,
)
from polydesign.evaluation.training_bits import packed_bits
from tests.unit.evaluation.toy_models import Reciting, setting

TRAIN = ["*CC(*)c1ccccc1", "*NCCCCCC(*)=O"]
TEST = ["*" + "C" * count + "O*" for count in range(1, 9)]


class CountingCode:
    """The code of *C...CO* is its number of carbons and a 7 that never changes; decoding rounds.

    Args:
        between: what codes that are no whole number decode to; None rounds them.
        prior: what draws of the prior decode to.
        turned: cut the chain one bond further.
    """

    def __init__(self, between=None, prior=("*CO*",), turned=False):
        self.between, self.turned = between, turned
        self.prior = Reciting(prior)

    def sample(self, targets, n, **kwargs):
        return self.prior.sample(targets, n, **kwargs)

    def encode(self, psmiles):
        return np.array([[text.count("C"), 7.0] for text in psmiles], dtype=np.float32).reshape(-1, 2)

    def decode(self, z, *, seed):
        texts = ["*" + "C" * round(float(code)) + "O*" for code in z[:, 0]]
        if self.turned:
            texts = ["*" + text[2:-1] + "C*" for text in texts]
        if self.between is None:
            return texts
        whole = np.abs(z[:, 0] - z[:, 0].round()) < 1e-4
        return [text if kept else self.between for text, kept in zip(texts, whole, strict=True)]


@pytest.fixture
def prepared(tmp_path):
    psmiles = [*TRAIN, *TEST]
    table = pd.DataFrame({"psmiles": psmiles, "chain_key": [chain_key(text) for text in psmiles]})
    table["group"] = "reported"
    table["split"] = ["train"] * len(TRAIN) + ["test"] * len(TEST)
    table.to_parquet(tmp_path / "table.parquet")
    return tmp_path


def figures(generator, prepared, table, **changes):
    result = TASKS["latent"].run(setting(generator, prepared=prepared, **changes))
    (found,) = [t for t in result.tables if t.name == table]
    return {name: figure.value for name, figure in found.rows[0].figures.items()}


def test_a_perfect_autoencoder_gives_everything_back(prepared):
    found = figures(CountingCode(), prepared, "latent")
    assert [found[name] for name in ("reconstructed", "as_cut", "decodes_valid")] == [1.0, 1.0, 1.0]
    assert (found["active"], found["dimensions"]) == (1.0, 2.0)
    # Of all ten of the table: one to four carbons have bins of their own, more share the outermost.
    shares = np.array([1, 2, 1, 1, 5]) / 10
    assert found["entropy"] == pytest.approx(-(shares * np.log(shares)).sum())


def test_the_same_chain_may_be_cut_elsewhere(prepared):
    found = figures(CountingCode(turned=True), prepared, "latent")
    assert (found["reconstructed"], found["as_cut"]) == (1.0, 1 / 8)  # *CO* has one cut only, written from either end


def test_another_notation_of_the_same_unit_is_no_other_cut():
    figures = code_figures(["*c1ccc(*)cc1"], np.zeros((1, 2)), judge(["*C1=CC=C(*)C=C1"]))
    assert figures["as_cut"].value == figures["reconstructed"].value == 1.0


def test_the_entropy_is_that_of_ten_times_as_many_codes_the_unseen_first(prepared):
    (codes, *_) = TASKS["latent"].run(setting(CountingCode(), prepared=prepared, n=1)).tables
    found = codes.rows[0].figures
    assert (found["entropy"].n, found["reconstructed"].n) == (10, 1)
    table = pd.read_parquet(prepared / "table.parquet")
    pd.concat([table] * 3).to_parquet(prepared / "table.parquet")  # 24 unseen ones
    (codes, *_) = TASKS["latent"].run(setting(CountingCode(), prepared=prepared, n=2)).tables
    assert codes.rows[0].figures["entropy"].n == 20 and codes.rows[0].figures["entropy"].value <= np.log(20)


def test_the_fingerprints_of_a_corpus_are_made_once_for_each_table(tmp_path, monkeypatch):
    first = training_bits.kept_bits(TRAIN, tmp_path)
    assert np.array_equal(np.unpackbits(first, axis=1), fingerprint_bits(TRAIN))
    monkeypatch.setattr(training_bits, "packed_bits", lambda psmiles: pytest.fail("they are there"))
    assert np.array_equal(training_bits.kept_bits(TRAIN, tmp_path), first)
    monkeypatch.undo()
    assert len(training_bits.kept_bits(TEST, tmp_path)) == len(TEST)
    near = training_bits.nearest_of_packed(fingerprint_bits(TRAIN[:1] + TEST[:1]), first)
    assert near[0] == 1.0 > near[1]
    assert np.isnan(training_bits.nearest_of_packed(fingerprint_bits(TRAIN), first[:0])).all()
    assert len(training_bits.kept_bits(TRAIN, tmp_path / "nowhere")) == len(TRAIN)


class Spelling(CountingCode):
    """Says of each string that its first token came back by itself, and all when it was told."""

    def reproduced(self, psmiles):
        sizes = [len(text) for text in psmiles]
        told = np.array([[1] * size + [-1] * (max(sizes) - size) for size in sizes], dtype=np.int8)
        alone = np.where(told >= 0, 0, -1).astype(np.int8)
        alone[:, 0] = 1
        return told, alone


def test_what_comes_back_is_counted_by_position(prepared):
    result = TASKS["latent"].run(setting(Spelling(), prepared=prepared))
    found = result.tables[0].rows[0].figures
    assert (found["every_token"].value, found["token_told"].value) == (0.0, 1.0)
    n = sum(map(len, TEST))
    assert (found["token_alone"].value, found["token_alone"].n) == (pytest.approx(len(TEST) / n), n)
    counts = json.loads(json.dumps(result.to_dict(), allow_nan=False))["details"]["positions"]
    assert counts["strings"] == counts["told"] and counts["alone"] == [len(TEST)] + [0] * (len(TEST[-1]) - 1)
    assert [size + 1 for size, n in enumerate(sizes(counts)) for _ in range(n)] == sorted(map(len, TEST))


def test_n_polymers_are_encoded_and_n_points_drawn(prepared):
    generator = CountingCode(prior=["*CCS*", "*CCO*", "*C(", "*NCCCCCC(*)=O"])
    result = TASKS["latent"].run(setting(generator, prepared=prepared, n=4))
    codes, prior, _ = result.tables
    assert codes.rows[0].figures["reconstructed"].n == 4
    assert prior.rows[0].figures["valid"].value == pytest.approx(3 / 4) and len(generator.prior.asked) == 4
    assert result.manifest.n == 4


def test_what_the_prior_gives_is_compared_with_training_polymers(prepared):
    found = figures(CountingCode(prior=[TRAIN[0], "*CCCC[SiH2]*"]), prepared, "latent-prior", n=2)
    far = figures(CountingCode(prior=["*CCCC[SiH2]*"]), prepared, "latent-prior", n=2)
    assert 0 < found["cross_diversity"] == pytest.approx(far["cross_diversity"] / 2, abs=1e-6)
    library = packed_bits(TRAIN)
    assert cross_diversity(TRAIN, library).value == pytest.approx(0.0, abs=1e-6)


def test_paths_count_every_point(prepared):
    whole = figures(CountingCode(), prepared, "latent-paths")
    assert whole["valid"] == whole["between"] == 1.0
    assert whole["neighbours"] > whole["ends"]
    # Ends alone are whole numbers, but for a point between that happens to be one.
    broken = figures(CountingCode(between="*C("), prepared, "latent-paths")
    assert 2 / POINTS <= broken["valid"] < 0.5 and broken["between"] < broken["valid"]
    assert broken["ends"] == pytest.approx(whole["ends"])


def test_similarity_is_that_of_valid_neighbours_only():
    path = judge(["*CC*", "*CC*", "*CCO*", "no", "*CC*", "no", "no", "no", "no", "no"])
    found = path_figures(path, 1)
    one = found["neighbours"]
    assert one.n == 2 and 0.5 < one.value < 1.0  # the same polymer, then another one
    assert math.isnan(found["ends"].value) and found["distinct"].value == 2.0
    assert found["between"].n == POINTS - 2


def test_lines_are_straight_and_use_no_code_twice():
    codes = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    lines = straight_lines(codes, 12, 10, seed=1)
    assert lines.shape == (12, 10, 3)
    assert np.allclose(np.diff(lines, n=2, axis=1), 0.0, atol=1e-5)
    ends = np.concatenate([lines[:, 0], lines[:, -1]])
    assert len({tuple(np.round(end, 4)) for end in ends}) == 24
    assert all(np.isclose(codes, end, atol=1e-5).all(axis=1).any() for end in ends)
    assert len(straight_lines(codes, 50, 10, seed=1)) == 15
    assert not np.array_equal(straight_lines(codes, 12, 10, seed=2), lines)


def test_entropy_adds_up_over_dimensions():
    four = np.array([[-1.0, 0.5], [0.0, 0.5], [1.0, 0.5], [2.0, 0.5]])
    assert code_entropy(four) == pytest.approx(np.log(4))
    assert code_entropy(four[:, [0, 0]]) == pytest.approx(2 * np.log(4))
    assert code_entropy(np.random.default_rng(0).normal(size=(400_000, 1))) == pytest.approx(6.02, abs=0.01)


def test_what_is_kept_for_a_picture_are_named_polymers_and_no_gathered_ones(prepared):
    result = TASKS["latent"].run(setting(CountingCode(), prepared=prepared, seed=3))
    details = json.loads(json.dumps(result.to_dict(), allow_nan=False))["details"]
    ours = {polymer.name: polymer for polymer in COMMON_POLYMERS}
    assert [entry["name"] for entry in details["named"]] == list(ours)
    assert details["named"][0]["code"] == [COMMON_POLYMERS[0].psmiles.count("C"), 7.0]
    path = details["path"]
    ends = [ours[path["from"]], ours[path["to"]]]
    assert path["ends"] == [end.psmiles for end in ends] and ends[0].polymer_class != ends[1].polymer_class
    assert [path["codes"][i][0] for i in (0, -1)] == [end.psmiles.count("C") for end in ends]
    assert [len(path[name]) for name in ("codes", "decoded", "valid")] == [POINTS] * 3


def test_the_pictured_path_is_between_polymers_that_it_was_not_trained_on(prepared):
    hashes = {polymer.name: chain_hash(chain_key(polymer.psmiles)) for polymer in COMMON_POLYMERS}
    names = ["Polyamide 66", "Polystyrene"]
    assert set(names) <= set(hashes)
    known = np.array(sorted(value for name, value in hashes.items() if name not in names), dtype=np.uint32)
    details = TASKS["latent"].run(setting(CountingCode(), prepared=prepared, trained_chains=known)).details
    assert {details["path"]["from"], details["path"]["to"]} == set(names)
    everything = np.array(sorted(hashes.values()), dtype=np.uint32)
    assert (
        "path" not in TASKS["latent"].run(setting(CountingCode(), prepared=prepared, trained_chains=everything)).details
    )


def test_held_out_polymers_may_come_from_a_file(prepared, tmp_path):
    pd.DataFrame({"psmiles": TEST[:3]}).to_csv(tmp_path / "exam.csv", index=False)
    given = setting(CountingCode(), held_out=tmp_path / "exam.csv", prepared=tmp_path / "nowhere")
    result = TASKS["latent"].run(given)
    assert result.tables[0].rows[0].figures["reconstructed"].n == 3
    assert any("Cross diversity is left out" in note for note in result.notes)


def test_a_family_without_codes_is_refused(prepared):
    with pytest.raises(DataError, match="Toy has no latent space"):
        TASKS["latent"].run(setting(Reciting(TEST), prepared=prepared))


def test_missing_data_says_what_to_run(tmp_path):
    with pytest.raises(DataError, match=r"polydesign\.data prepare polymers"):
        TASKS["latent"].run(setting(CountingCode(), prepared=tmp_path))
