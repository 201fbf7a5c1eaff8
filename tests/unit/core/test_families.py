"""Families of other packages: found through their entry points, and never dropped in silence."""

import dataclasses
import shutil
import warnings
from pathlib import Path

import pytest

import polydesign
from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import CheckpointError, TrainingError

NGRAM = Path(polydesign.__file__).parent / "generators" / "ngram"
POLYMERS = ["*CC*", "*CC(*)C", "*CC(*)c1ccccc1", "*OCC*"] * 5


def write_family(site: Path, package: str, family: str, ours: Path = NGRAM) -> Path:
    """Write one of our families, the n-gram's by default, under another name, as a package of its own."""
    folder = site.joinpath(*package.split("."))
    shutil.copytree(ours, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in folder.glob("*.py"):
        rename(path, f"polydesign.{ours.parent.name}.{ours.name}", package)
        rename(path, f'"{ours.name}"', f'"{family}"')
    return folder


@pytest.fixture
def guest(announce) -> Path:
    """The folder of a family ``guest`` that another package brings."""
    return write_family(announce("guest-families", {"generators": {"guest": "others.guest"}}), "others.guest", "guest")


def test_a_family_of_another_package_is_one_like_ours(guest, tmp_path):
    (guest / "card.md").write_text("What the guest says.")
    (guest / "recipe.py").write_text("RECIPE = 'how to train it'\n")
    assert list(registry.specs("generators"))[-1] == "guest" and "ngram" in registry.specs("generators")
    assert registry.role_of("guest") == "generators" and registry.package("guest") == "others.guest"
    assert registry.card_text("guest") == "What the guest says." and registry.recipe("guest") == "how to train it"
    model = registry.model_class("guest")
    assert model.__module__ == "others.guest.generator"
    generator = model.fit(POLYMERS, registry.presets("guest")["small"])
    folder = store.save(
        tmp_path / "checkpoint",
        config={
            "id": "guest", "kind": "generator", "family": "guest", "label": "Guest", "summary": "From elsewhere.",
            "config": dataclasses.asdict(generator.config), "properties": {},
        },
        weights=generator.network.state_dict(),
    ).folder  # fmt: skip
    loaded = store.load_model(folder)
    assert type(loaded) is model and loaded.sample({}, 5, seed=1) == generator.sample({}, 5, seed=1)


def test_a_family_without_a_recipe_is_not_trained(guest):
    (guest / "recipe.py").unlink()
    assert not registry.is_trained("guest")
    with pytest.raises(TrainingError, match=r"guest has no recipe\.py"):
        registry.recipe("guest")


def test_property_models_are_found_too(announce):
    site = announce("seers", {"predictors": {"seer": "seers"}})
    write_family(site, "seers", "seer", NGRAM.parent.parent / "predictors" / "trees")
    assert registry.role_of("seer") == "predictors" and "seer" not in registry.specs("generators")
    assert registry.model_class("seer").__module__ == "seers.predictor" and registry.card_text("seer") == ""


def test_ours_are_found_without_any_other_package():
    assert registry.package("polygpt") == "polydesign.generators.polygpt"
    assert registry.package("gnn") == "polydesign.predictors.gnn"
    assert registry.is_trained("ngram") and registry.is_trained("polygpt")


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda folder: shutil.rmtree(folder), "No module named 'others.guest'"),
        (lambda folder: (folder / "spec.py").write_text("import nowhere"), "No module named 'nowhere'"),
        (lambda folder: (folder / "spec.py").write_text("SPEC = 3"), "must be a GeneratorSpec"),
        (lambda folder: (folder / "config.py").write_text(""), "others.guest.config has no NgramConfig"),
        (lambda folder: (folder / "generator.py").unlink(), "there is no others.guest.generator"),
        (lambda folder: rename(folder / "spec.py", '"guest"', '"host"'), "SPEC in others.guest.spec says 'host'"),
        (lambda folder: (folder / "spec.py").write_text("raise ValueError('no')"), "ValueError: no"),
    ],
)  # fmt: skip
def test_a_broken_package_is_named(guest, break_it, reason):
    break_it(guest)
    with pytest.warns(UserWarning, match="'guest' of guest-families 1.0") as told:
        listed = registry.specs("generators")
    assert reason in str(told[0].message) and "guest" not in listed and "polygpt" in listed
    with pytest.raises(CheckpointError, match="guest-families") as refused:
        registry.spec("guest")
    assert reason in str(refused.value)
    with warnings.catch_warnings():  # told once
        warnings.simplefilter("error")
        assert "guest" not in registry.specs("generators")


def test_what_breaks_later_is_explained(guest):
    (guest / "network.py").write_text("import nowhere")
    assert "guest" in registry.specs("generators")
    with pytest.raises(CheckpointError, match=r"'guest' cannot be used: others\.guest\.network.*nowhere"):
        registry.network_class("guest")


@pytest.mark.parametrize("role", ["generators", "predictors"])
def test_a_name_of_ours_is_refused(announce, role):
    announce("rival", {role: {"polygpt": "rival.polygpt"}})
    with pytest.warns(UserWarning, match=r"rival 1\.0.*taken by polydesign\.generators\.polygpt"):
        assert registry.package("polygpt") == "polydesign.generators.polygpt"
    assert "polygpt" not in registry.specs("predictors")


def test_of_two_packages_with_one_name_the_second_is_refused(announce):
    site = announce("alpha", {"generators": {"guest": "alpha_guest"}})
    write_family(site, "alpha_guest", "guest")
    announce("beta", {"generators": {"guest": "beta_guest"}})
    with pytest.warns(UserWarning, match=r"beta 1\.0.*taken by alpha_guest"):
        assert registry.package("guest") == "alpha_guest"


def test_an_unknown_family_is_answered_with_the_known_ones():
    with pytest.raises(CheckpointError, match=r"Unknown model family 'polygtp'.*polygpt.*install"):
        registry.spec("polygtp")


def rename(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text().replace(old, new))
