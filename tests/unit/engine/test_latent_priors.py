"""Priors of one latent space are told by the autoencoder that they work with."""

import shutil

import pytest

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.engine.latent.priors import autoencoder_of, priors_of
from tests.conftest import SHIPPED


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """An autoencoder, a prior among its codes, and another autoencoder."""
    for name in ("polyvae", "polyldm", "gruvae", "shared"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path))
    return tmp_path


def test_an_autoencoder_and_what_was_learnt_among_its_codes_share_a_space(shipped):
    for id in ("polyvae", "polyldm"):
        assert [found.id for found in priors_of(store.find(id))] == ["polyvae", "polyldm"]
    assert [found.id for found in priors_of(store.find("gruvae"))] == ["gruvae"]
    assert autoencoder_of(store.find("polyldm")).id == "polyvae"


def test_one_whose_autoencoder_is_missing_is_left_out(shipped):
    lonely, other = store.find("polyldm"), store.find("gruvae")
    shutil.rmtree(shipped / "polyvae")
    with pytest.raises(CheckpointError, match="autoencoder"):
        autoencoder_of(lonely)
    assert [found.id for found in priors_of(other)] == ["gruvae"]
