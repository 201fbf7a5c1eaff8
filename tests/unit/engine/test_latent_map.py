"""The map of a latent space: what it is made of, what it says, and its file."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from polydesign import store
from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core.errors import CheckpointError, DataError, Stopped
from polydesign.core.progress import Progress
from polydesign.engine.latent import map as latent_map
from polydesign.engine.latent import map_file as latent_map_file
from polydesign.engine.latent import points as latent_points
from polydesign.engine.latent.map import build, encode
from polydesign.engine.latent.ridge import fit_ridge
from tests.unit.engine.latent_fakes import Counting, save_checkpoint

N_COMMON = len(COMMON_POLYMERS)


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path))
    return save_checkpoint(tmp_path)


@pytest.fixture
def small_library(monkeypatch):
    """160 chains whose Tg follows from their letters, and a property that does not."""
    rng = np.random.default_rng(0)
    texts = ["*" + "C" * int(c) + "O" * int(o) + "N" * int(n) + "C*" for c, o, n in rng.integers(0, 9, (160, 3))]
    tg = [7.0 * text.count("C") - 3.0 * text.count("O") for text in texts]
    frame = pd.DataFrame({"psmiles": texts, "tg_exp_c": tg, "egc_dft_ev": rng.normal(size=160)})
    for module in (latent_map, latent_map_file):
        monkeypatch.setattr(module, "library_values", lambda: frame)
    return frame


def test_a_map_is_the_plane_of_most_variance_and_says_how_much(checkpoint, small_library):
    made = build(Counting(), checkpoint)
    codes = Counting().encode(small_library["psmiles"])
    assert made.library.shape == (160, 2) and made.common.shape == (N_COMMON, 2)
    shares = np.sort(np.linalg.eigvalsh(np.cov(codes.T)))[::-1] / np.trace(np.cov(codes.T))
    assert made.explained == pytest.approx(shares[:2], rel=1e-4)
    assert made.project(codes) == pytest.approx(made.library, abs=1e-4)
    assert made.library.mean(axis=0) == pytest.approx([0, 0], abs=1e-4)
    assert made.components @ made.components.T == pytest.approx(np.eye(2), abs=1e-5)
    assert made.prior_std == pytest.approx([4, 2, 1, 3], rel=0.1)


def test_a_map_has_the_first_two_coordinates_and_may_be_of_a_time_that_had_not(checkpoint, small_library):
    made = build(Counting(), checkpoint)
    assert np.array_equal(made.library_first, Counting().encode(small_library["psmiles"])[:, :2])
    again = latent_map_file.shipped(latent_map_file.write(made, checkpoint))
    assert again.common_first == pytest.approx(made.common_first, nan_ok=True) and len(again.library_first) == 160
    old = dataclasses.replace(made, library_first=np.zeros((0, 2)), common_first=np.zeros((0, 2)))
    assert latent_points.first_coordinates(old) is None
    assert latent_points.first_coordinates(made).shape == (160 + N_COMMON, 2)
    assert latent_map.first_two(np.ones((3, 1), np.float32)).tolist() == [[1, 0]] * 3
    assert latent_points.axes(made, "first") == ("z1", "z2")


def test_the_ridge_finds_the_way_up_and_admits_what_it_does_not_know(checkpoint, small_library):
    ridge = build(Counting(), checkpoint).ridge
    assert ridge.quality("tg_exp_c") > 0.99 and ridge.quality("egc_dft_ev") < 0.2
    assert (ridge.n, ridge.n_held_out) == (128, 32)
    codes = Counting().encode(["*CCO*", "*CCCCO*"])
    assert ridge.read("tg_exp_c", codes) == pytest.approx([11, 25], abs=1.0)
    step = ridge.uphill("tg_exp_c")
    assert step[0] > 0 > step[1] and np.linalg.norm(step / ridge.scale) == pytest.approx(1)
    with pytest.raises(DataError, match="knows nothing of 'eps_dft'"):
        ridge.uphill("eps_dft")


def test_logarithmic_properties_are_read_back_in_their_unit():
    codes = np.random.default_rng(1).normal(size=(200, 3))
    ridge = fit_ridge(codes, codes[:, :1] * 2 + 1, ["perm_o2_exp_barrer"])
    assert ridge.read("perm_o2_exp_barrer", np.zeros((1, 3))) == pytest.approx([10], rel=0.05)


def test_what_cannot_be_read_has_no_place():
    texts = ["*CC*", "*[Si](C)(C)O*", "*CO*"]
    codes = encode(Counting(), texts)
    assert np.isfinite(codes).all(axis=1).tolist() == [True, False, True]
    assert codes[2].tolist() == [1, 1, 0, 2]
    with pytest.raises(DataError, match="none of these polymers"):
        encode(Counting(), texts[1:2])


def test_reading_reports_and_stops():
    seen: list[Progress] = []
    encode(Counting(), ["*CC*"] * 300, seen.append)
    assert [(step.done, step.total) for step in seen] == [(128, 300), (256, 300), (300, 300)]
    with pytest.raises(Stopped):
        encode(Counting(), ["*CC*"], should_stop=lambda: True)


def test_a_map_comes_back_from_beside_its_checkpoint(checkpoint, small_library):
    made = build(Counting(), checkpoint, with_tsne=True)
    assert made.library_tsne.shape == (160, 2) and made.common_tsne.shape == (N_COMMON, 2)
    after = latent_map_file.write(made, checkpoint)
    store.verify(after)
    assert after.sha256 == checkpoint.sha256
    found = latent_map_file.shipped(store.find("gruvae"))
    for name in ("library", "common", "library_tsne", "mean", "components", "prior_std"):
        assert getattr(found, name) == pytest.approx(getattr(made, name), rel=2e-3, abs=2e-3, nan_ok=True), name
    assert found.ridge.keys == made.ridge.keys and found.ridge.n_held_out == made.ridge.n_held_out
    assert found.ridge.r2 == pytest.approx(made.ridge.r2, rel=1e-5)
    assert found.made_from == made.made_from
    assert after.path(latent_map_file.NAME).stat().st_size < 20_000


def test_a_map_of_something_else_is_none(checkpoint, small_library, monkeypatch):
    assert latent_map_file.shipped(checkpoint) is None
    after = latent_map_file.write(build(Counting(), checkpoint), checkpoint)
    monkeypatch.setattr(latent_map, "_tables", lambda: {"library": "0" * 64, "common": "0" * 64})
    latent_map_file._read.cache_clear()
    assert latent_map_file.shipped(after) is None


def test_an_altered_map_is_refused_with_what_to_do(checkpoint, small_library):
    after = latent_map_file.write(build(Counting(), checkpoint), checkpoint)
    path = after.path(latent_map_file.NAME)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"polydesign\.latent map gruvae"):
        latent_map_file.shipped(after)


def test_only_generators_that_encode_are_offered(toy_checkpoints):
    save_checkpoint(toy_checkpoints)
    assert [found.id for found in latent_map.encoding_generators()] == ["gruvae"]
    with pytest.raises(CheckpointError, match=r"ngram has no latent space\. Generators that have one: gruvae"):
        latent_map.encodes(store.find("ngram"))


def test_every_shipped_generator_that_encodes_comes_with_its_present_map(monkeypatch):
    monkeypatch.delenv("POLYDESIGN_CHECKPOINTS", raising=False)
    shipped = [found for found in latent_map.encoding_generators() if found.source == "embedded"]
    assert shipped[0].id == "gruvae"  # what it reads comes back most often
    assert shipped
    stale = [found.id for found in shipped if latent_map_file.shipped(found) is None]
    assert stale == [], f"write the maps anew: python -m polydesign.latent map {' '.join(stale)}"
    assert all(found.path(latent_map_file.NAME).stat().st_size < 150_000 for found in shipped)
