"""What a recipe does that nobody has told how long or where."""

from pathlib import Path

import pytest

from polydesign.commands import train
from polydesign.core import registry
from polydesign.training import recipes
from polydesign.training.recipes import Recipe


class Told(Exception):
    """Carries what was asked for out of a run that shall not start."""


@pytest.fixture
def asked(monkeypatch):
    """The recipe or the settings of the run that a call ends with."""

    def tell(*arguments, **_):
        raise Told(*arguments)

    def of(call, place):
        monkeypatch.setattr(recipes, place, tell)
        with pytest.raises(Told) as told:
            call()
        return told.value.args

    return of


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (["polygpt"], "runs/polygpt"),
        (["polytao", "--data", "qm9"], "runs/polytao-qm9"),
        (["polytao", "--data", "prepared/wide"], "runs/polytao-wide"),
        (["polygpt", "--out", "here"], "here"),
        (["polygpt", "--resume", "there"], "there"),
    ],
)
def test_the_folder_is_named_after_family_and_data(asked, arguments, out):
    (recipe,) = asked(lambda: train.main(arguments), "train_generator")
    assert recipe.out == Path(out) and recipe.resume == ("--resume" in arguments)


@pytest.mark.parametrize(
    ("settings", "length"),
    [
        ({}, (None, registry.minutes("polygpt", "small"))),
        ({"preset": "tiny"}, (None, registry.minutes("polygpt", "tiny"))),
        ({"minutes": 2.0}, (None, 2.0)),
        ({"steps": 7}, (7, None)),
    ],
)
def test_the_family_says_how_long(asked, tmp_path, settings, length):
    data = recipes.find_data(str(_demo(tmp_path)))
    recipe = Recipe("polygpt", str(data), tmp_path / "out", phases=("pretrain",), **settings)
    *_, run = asked(lambda: recipes.train_generator(recipe), "Trainer")[:4]
    assert (run.steps, run.minutes) == length


def _demo(folder: Path) -> Path:
    from polydesign.data.corpora.prepare import prepare

    return prepare("demo", folder / "demo", vocab_size=96, limit=40, recombined=0)
