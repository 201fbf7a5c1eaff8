"""Fixtures that every test may use: small checkpoints of our own, made in a second."""

import dataclasses
import io
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

SHIPPED = Path(__file__).resolve().parent.parent / "checkpoints"


@pytest.fixture(scope="session")
def toy_generator(tmp_path_factory) -> Path:
    """The folder of a toy n-gram checkpoint that has read the demo polymers; every second one counts as known."""
    from polydesign import store
    from polydesign.chem.notation.identity import chain_hash, chain_key
    from polydesign.data.corpora.demo import demo_polymers
    from polydesign.data.corpora.prepare import statistics
    from polydesign.generators.ngram.config import PRESETS
    from polydesign.generators.ngram.generator import NgramGenerator

    polymers = demo_polymers()
    generator = NgramGenerator.fit(polymers, PRESETS["small"])
    known = io.BytesIO()
    np.save(known, np.unique(np.array([chain_hash(chain_key(p)) for p in polymers[::2]], dtype=np.uint32)))
    return store.save(
        tmp_path_factory.mktemp("toy") / "ngram",
        config={
            "id": "ngram",
            "kind": "generator",
            "family": "ngram",
            "label": "Toy n-gram",
            "summary": "A toy for the tests.",
            "config": dataclasses.asdict(generator.config),
            # Made up, so that pages have sliders to draw; an n-gram knows no properties.
            "properties": {
                "tg_exp_c": statistics(np.linspace(-80.0, 350.0, 200), "tg_exp_c"),
                "egc_dft_ev": statistics(np.linspace(1.5, 8.0, 200), "egc_dft_ev"),
                "perm_o2_exp_barrer": statistics(np.logspace(-2, 3, 200), "perm_o2_exp_barrer"),
                "RingCount": statistics(np.repeat(np.arange(6.0), 30), "RingCount"),
            },
        },
        weights=generator.network.state_dict(),
        files={"known_chains.npy": known.getvalue()},
    ).folder


@pytest.fixture
def toy_checkpoints(toy_generator, tmp_path, monkeypatch) -> Path:
    """A checkpoints folder with the toy generator ``ngram`` and, where they are shipped, the guide and the checker.

    POLYDESIGN_CHECKPOINTS points at it. The toy is a copy that a test may spoil; the shipped ones are links.
    """
    folder = tmp_path / "checkpoints"
    shutil.copytree(toy_generator, folder / "ngram")
    for role in ("guide", "checker"):
        if (SHIPPED / role / "config.json").is_file():
            (folder / role).symlink_to(SHIPPED / role, target_is_directory=True)
    monkeypatch.setenv("POLYDESIGN_CHECKPOINTS", str(folder))
    return folder


@pytest.fixture
def announce(tmp_path, monkeypatch):
    """A function that lays an installed distribution into a folder on sys.path, announcing families.

    Call it with the name of the distribution and role -> family -> dotted package; it returns the folder, where the
    packages belong.
    """
    from polydesign.core import registry

    site = tmp_path / "site-packages"

    def lay(distribution: str, families: dict[str, dict[str, str]]) -> Path:
        info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        lines = []
        for role, packages in families.items():
            lines += [f"[polydesign.{role}]", *(f"{name} = {package}" for name, package in packages.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        registry.look_again()
        return site

    monkeypatch.syspath_prepend(site)
    before = set(sys.modules)
    yield lay
    for name in set(sys.modules) - before:
        module = sys.modules[name]
        if str(site) in str(getattr(module, "__file__", None) or list(getattr(module, "__path__", []))):
            del sys.modules[name]
    monkeypatch.undo()
    registry.look_again()
