"""What a recipe does that nobody has told how long or where, and what it refuses."""

from dataclasses import replace
from pathlib import Path

import pytest

from polydesign.core import registry
from polydesign.core.errors import TrainingError
from polydesign.training import record
from polydesign.training.recipe import FLAGS, Order, overridden
from polydesign.training.run import length

TRAINED = [f for role in ("generators", "predictors") for f in registry.specs(role) if registry.is_trained(f)]


class Told(Exception):
    """Carries what was asked for out of a run that shall not start."""


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
def test_the_folder_is_named_after_family_and_data(monkeypatch, arguments, out):
    from polydesign.commands import train

    def tell(order):
        raise Told(order)

    monkeypatch.setattr(record, "train", tell)
    with pytest.raises(Told) as told:
        train.main(arguments)
    (order,) = told.value.args
    assert order.out == Path(out) and order.resume == ("--resume" in arguments)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, (None, 60)),
        ({"preset": "tiny"}, (None, 1)),
        ({"preset": "reference", "device": "cuda"}, (None, 45)),
        ({"minutes": 2.0}, (None, 2.0)),
        ({"steps": 7}, (7, None)),
        ({"data": "demo"}, (300, None)),
    ],
)
def test_the_family_says_how_long(settings, expected):
    order = Order(**{"family": "polygpt", "data": "polymers", "out": Path("x"), **settings})
    assert length(registry.recipe("polygpt"), order) == expected


@pytest.mark.parametrize(("preset", "device"), [("reference", "cpu"), ("small", "cuda")])
def test_where_the_family_states_no_minutes_they_are_asked_for(preset, device):
    order = Order("polygpt", "polymers", Path("x"), preset, device=device)
    with pytest.raises(TrainingError, match=f"'{preset}' takes on {device}. Give a budget with --max-minutes"):
        length(registry.recipe("polygpt"), order)
    assert length(registry.recipe("polygpt"), replace(order, minutes=5.0)) == (None, 5.0)


OTHER = {
    "steps": 3, "minutes": 1.0, "resume": True, "device": "cuda", "phases": ("x",), "init": "y",
    "parts": {"autoencoder": "z"}, "where": "tg_exp_c>=250", "overrides": {"lr": "1"},
}  # fmt: skip


@pytest.mark.parametrize("family", TRAINED)
def test_a_flag_that_a_recipe_does_not_honour_is_refused_and_named(family):
    recipe = registry.recipe(family)
    assert recipe.flags <= set(FLAGS)
    for flag, name in FLAGS.items():
        order = Order(family, "demo", Path("x"), **{"parts": dict.fromkeys(recipe.parts, "id"), name: OTHER[name]})
        if flag in recipe.flags:
            if flag != "--with" or recipe.parts:
                recipe.check(order)
        else:
            with pytest.raises(TrainingError, match=f"cannot be trained with {flag}"):
                recipe.check(order)


def test_parts_are_asked_for_and_others_refused():
    order = Order("polyldm", "demo", Path("x"))
    with pytest.raises(TrainingError, match="--with autoencoder=ID"):
        registry.recipe("polyldm").check(order)
    with pytest.raises(TrainingError, match="leave --with out"):
        registry.recipe("polygpt").check(Order("polygpt", "demo", Path("x"), parts={"autoencoder": "polyvae"}))


def test_settings_are_replaced_in_the_type_of_their_default():
    config = registry.presets("polyvae")["tiny"]
    changed = overridden("polyvae", config, {"lr": "0.5", "conditioning": "decoder", "d_latent": "3"})
    assert (changed.lr, changed.conditioning, changed.d_latent) == (0.5, "decoder", 3)
    with pytest.raises(TrainingError, match="expects int; got 'x'"):
        overridden("polyvae", config, {"d_latent": "x"})
    with pytest.raises(TrainingError, match="no setting 'nonsense'"):
        overridden("polyvae", config, {"nonsense": "1"})
