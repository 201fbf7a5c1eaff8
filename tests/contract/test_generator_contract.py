"""What every registered generator family promises."""

import shutil

import numpy as np
import pytest

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import CheckpointError, OptionError, Stopped
from polydesign.core.protocols import Generator, TokenReproducer
from polydesign.core.targets import Target
from polydesign.data.corpora.demo import demo_polymers
from tests.contract.conftest import learns_by_gradients

FAMILIES = sorted(registry.specs("generators"))
ABILITIES = {"latent": ("encode", "decode", "prior"), "likelihood": ("log_prob",)}
N = 24


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def model(family, fresh):
    return fresh(family).load()


@pytest.fixture
def spec(family):
    return registry.spec(family)


def a_target(checkpoint, share):
    """A target within the training data of some property of the checkpoint."""
    key = next(key for key, stats in checkpoint.properties.items() if stats["n"] and stats["p1"] < stats["p99"])
    stats = checkpoint.properties[key]
    return {key: Target(value=stats["p1"] + share * (stats["p99"] - stats["p1"]))}


def test_it_names_what_it_cites_and_has_a_tiny_preset(family, spec):
    assert spec.family == family and spec.label and spec.summary.endswith(".")
    assert len(spec.citation) > 20 and spec.url.startswith("https://")
    assert isinstance(registry.presets(family)["tiny"], registry.config_class(family))
    assert all(option.help.endswith(".") and option.label for option in spec.options)
    assert spec.check_options(None) == {option.name: option.default for option in spec.options}


def test_its_recipe_states_minutes_for_every_preset(family):
    presets = registry.presets(family)
    assert registry.is_trained(family) and {"tiny", "small", "reference"} <= set(presets)
    stated = [registry.minutes(family, preset) for preset in presets]
    assert all(minutes.on("cpu") or minutes.on("cuda") for minutes in stated)
    assert registry.minutes(family, "tiny").on("cpu"), "tests train it on a CPU"


def test_declared_abilities_are_exactly_those_of_the_class(family, spec):
    cls = registry.model_class(family)
    assert issubclass(cls, Generator)
    for ability, methods in ABILITIES.items():
        for method in methods:
            assert hasattr(cls, method) == (ability in spec.abilities), f"{cls.__name__}.{method} and '{ability}'"


@pytest.mark.parametrize("n", [1, 7, N])
def test_it_returns_exactly_n_strings_of_one_line(model, n):
    strings = model.sample({}, n, seed=0)
    assert type(strings) is list and len(strings) == n
    assert all(type(text) is str and len(text.splitlines()) <= 1 for text in strings)


def test_the_same_seed_gives_the_same_strings_and_another_one_others(model):
    first = model.sample({}, N, seed=5)
    assert model.sample({}, N, seed=5) == first
    assert model.sample({}, N, seed=6) != first


def test_it_takes_one_target_for_all_or_one_for_each(model, fresh, family):
    checkpoint = fresh(family).checkpoint
    low, high = a_target(checkpoint, 0.1), a_target(checkpoint, 0.9)
    assert model.sample(low, N, seed=0) == model.sample([low] * N, N, seed=0)
    assert len(model.sample([{}, low, high], 3, seed=0)) == 3
    with pytest.raises(ValueError, match="2 rows"):
        model.sample([low, high], 3, seed=0)


def test_only_conditional_families_listen_to_targets(model, fresh, family, spec):
    checkpoint = fresh(family).checkpoint
    # A few steps teach a network to hear targets faintly, so they are made as loud as the family allows.
    loud = {option.name: option.maximum for option in spec.options if option.name == "guidance_scale"}
    low, high = (model.sample(a_target(checkpoint, share), 200, seed=0, options=loud) for share in (0.0, 1.0))
    assert (low != high) == ("conditional" in spec.abilities)


def test_options_are_checked(model, spec):
    with pytest.raises(OptionError, match="no option nonsense"):
        model.sample({}, 1, seed=0, options={"nonsense": 1})
    for option in spec.options:
        if option.maximum is not None:
            with pytest.raises(OptionError, match=option.name):
                model.sample({}, 1, seed=0, options={option.name: option.maximum + 1})
            assert len(model.sample({}, 2, seed=0, options={option.name: option.maximum})) == 2
        if option.minimum is not None:
            assert len(model.sample({}, 2, seed=0, options={option.name: option.minimum})) == 2


def test_it_stops_when_asked_and_tells_how_far_it_is(model):
    with pytest.raises(Stopped):
        model.sample({}, N, seed=0, should_stop=lambda: True)
    progress = []
    model.sample({}, N, seed=0, on_progress=progress.append, should_stop=lambda: False)
    assert progress and (progress[-1].done, progress[-1].total) == (N, N)


def test_saved_and_loaded_it_gives_the_same_output(fresh, family, model, tmp_path):
    checkpoint = fresh(family).checkpoint
    files = {name: checkpoint.path(name) for name in checkpoint.config["files"] if name != "model.safetensors"}
    config = {k: v for k, v in checkpoint.config.items() if k not in ("format", "files")}
    again = store.save(
        tmp_path / family, config=config, weights=checkpoint.weights(), files=files, parts=checkpoint.parts
    )
    assert again.sha256 == checkpoint.sha256
    assert store.load_model(again).sample({}, N, seed=3) == model.sample({}, N, seed=3)


def test_a_missing_tensor_is_refused(fresh, family, tmp_path):
    folder = shutil.copytree(fresh(family).checkpoint.folder, tmp_path / family)
    checkpoint = store.open_folder(folder)
    weights = checkpoint.weights()
    weights.pop(sorted(weights)[0])
    with pytest.raises((CheckpointError, RuntimeError)):
        registry.model_class(family).from_checkpoint(folder, checkpoint.config, weights)


def test_gradients_reach_every_parameter(fresh, family):
    flags = fresh(family).gradients
    assert bool(flags) == learns_by_gradients(family)
    assert all(flags), f"{flags.count(False)} of {len(flags)} tensors never received a gradient"


def test_codes_are_drawn_and_decoded_as_the_options_say(model, spec):
    if "latent" not in spec.abilities:
        pytest.skip("has no codes")
    codes = model.prior(9, seed=1)
    assert codes.dtype == np.float32 and codes.shape == (9, model.encode(demo_polymers()[:1]).shape[1])
    assert np.array_equal(codes, model.prior(9, seed=1)) and not np.array_equal(codes, model.prior(9, seed=2))
    has_rules = any(option.name == "constrained" for option in spec.options)  # others are whole by construction
    warm = {"temperature": 1.0} | ({"constrained": False} if has_rules else {})
    first = model.decode(codes, seed=1, options=warm)
    assert model.decode(codes, seed=1, options=warm) == first != model.decode(codes, seed=2, options=warm)
    likely = model.decode(codes, seed=1)
    assert likely == model.decode(codes, seed=2, options={"temperature": 0.0}) and len(likely) == 9
    whole = model.decode(codes, seed=1, options={"constrained": True} if has_rules else None)
    assert all(text.count("*") == 2 and text.count("(") == text.count(")") for text in whole)
    seen = []
    model.decode(codes, seed=1, on_progress=seen.append)
    assert (seen[-1].done, seen[-1].total) == (9, 9)
    for call in (model.decode, model.prior):
        with pytest.raises(Stopped):
            call(codes if call == model.decode else 9, seed=0, should_stop=lambda: True)
        with pytest.raises(OptionError, match="nonsense"):
            call(codes if call == model.decode else 9, seed=0, options={"nonsense": 1})


def test_what_comes_back_of_codes_is_told_token_by_token(model):
    if not isinstance(model, TokenReproducer):
        pytest.skip("does not say")
    polymers = demo_polymers()[:12]
    told, alone = model.reproduced(polymers)
    assert told.shape == alone.shape and told.dtype == alone.dtype == np.int8 and len(told) == len(polymers)
    past = told < 0
    assert (past == (alone < 0)).all() and (np.diff(past.astype(int), axis=1) >= 0).all() and not past[:, 0].any()
    # The first token is asked for in one situation, and whole strings come back of both or of neither.
    assert (told[:, 0] == alone[:, 0]).all()
    assert ((alone != 0).all(axis=1) == (told != 0).all(axis=1)).all()
    again = model.reproduced(polymers[3:5])
    assert (again[0] == told[3:5, : again[0].shape[1]]).mean() > 0.99


def test_likelihoods_are_probabilities(model, spec):
    if "likelihood" not in spec.abilities:
        pytest.skip("declares no likelihood")
    polymers = list(dict.fromkeys(demo_polymers()))
    log_p = model.log_prob([*polymers, "*" + "C" * 5000 + "*"], {})
    assert log_p.shape == (len(polymers) + 1,)
    assert (log_p[:-1] < 0).all() and np.exp(log_p).sum() <= 1.0
    assert np.isfinite(log_p[:-1]).any() and log_p[-1] == -np.inf
    assert model.log_prob(polymers[:3], [{}, {}, {}]) == pytest.approx(log_p[:3], rel=1e-4)


def test_frequent_strings_are_likely_ones(model, spec):
    if "likelihood" not in spec.abilities:
        pytest.skip("declares no likelihood")
    drawn = model.sample({}, 2000, seed=0)
    counts = {text: drawn.count(text) for text in set(drawn)}
    common = [text for text, count in counts.items() if count >= 20]
    expected = 2000 * np.exp(model.log_prob(common, {})) if common else np.zeros(0)
    for text, number in zip(common, expected, strict=True):
        assert abs(counts[text] - number) < 5 * np.sqrt(number) + 1, text
