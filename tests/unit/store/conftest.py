"""Fixtures of the store's tests: a toy family with real weights, an embedded folder and a Hub of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from huggingface_hub import constants

from polydesign import store
from polydesign.core import registry
from tests.unit.store.hub_server import HubServer
from tests.unit.store.toy_family import SPEC, ToyGenerator

PROPERTY = {
    "unit": "degC", "scale": "linear", "n": 4, "p1": -60.0, "p50": 90, "p99": 300.5,
    "histogram": {"edges": [-100.0, 100.0, 320.0], "counts": [2, 2]},
}  # fmt: skip


@pytest.fixture(autouse=True)
def toy_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """Know one more family, "toy"."""
    specs, model_class = registry.specs, registry.model_class
    monkeypatch.setattr(registry, "specs", lambda role: specs(role) | ({"toy": SPEC} if role == "generators" else {}))
    monkeypatch.setattr(
        registry, "model_class", lambda family: ToyGenerator if family == "toy" else model_class(family)
    )


@pytest.fixture(autouse=True)
def embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty folder of shipped checkpoints and an empty Hub cache."""
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(tmp_path / "checkpoints"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # nobody listens there
    return tmp_path / "checkpoints"


@pytest.fixture
def config() -> dict[str, Any]:
    """Return what a caller gives `save`."""
    return {
        "id": "toy", "kind": "generator", "family": "toy", "label": "Toy", "summary": "A toy.", "config": {"width": 3},
        "properties": {"tg_exp_c": dict(PROPERTY)}, "seed": 7,
        "data": [{"name": "by hand", "sha256": "0" * 64, "licence": "CC0", "rows": 4}],
    }  # fmt: skip


@pytest.fixture
def weights() -> dict[str, torch.Tensor]:
    """Return the toy's tensors."""
    return {"weight": torch.arange(6.0).reshape(2, 3) / 8, "bias": torch.tensor([0.5, -0.25])}


@pytest.fixture
def saved(embedded: Path, config: dict[str, Any], weights: dict[str, torch.Tensor]) -> store.Checkpoint:
    """Return a sound checkpoint of the embedded folder."""
    store.save(
        embedded / "toy",
        config=config,
        weights=weights,
        files={"tokenizer.json": b'{"tokens": ["*", "C"]}'},
        metrics={"valid": 0.99},
    )
    return store.find("toy")


@pytest.fixture
def autoencoder(embedded: Path, config: dict[str, Any], weights: dict[str, torch.Tensor]) -> store.Checkpoint:
    """Return the embedded checkpoint "inner" that others can work with."""
    store.save(embedded / "inner", config=config | {"id": "inner"}, weights=weights, files={"tokenizer.json": b"{}"})
    return store.find("inner")


@pytest.fixture
def outer(config: dict[str, Any], weights: dict[str, torch.Tensor]) -> dict[str, Any]:
    """Return what `save` is to be given for a model around that autoencoder, all weights included."""
    its = {f"autoencoder.{name}": tensor for name, tensor in weights.items()}
    own = {"weight": torch.ones(2, 5), "bias": torch.zeros(2)}
    return {
        "config": config | {"id": "outer", "config": {"width": 5, "autoencoder": {"width": 3}}},
        "weights": own | its,
        "files": {"tokenizer.json": b"{}"},
    }


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[HubServer]:
    """Run a Hub that huggingface_hub talks to."""
    server = HubServer()
    monkeypatch.setenv("HF_ENDPOINT", server.endpoint)
    yield server
    server.shutdown()
    server.server_close()
