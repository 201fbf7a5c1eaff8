"""What every registered family of property models promises."""

import numpy as np
import pytest

from polydesign import store
from polydesign.core import registry
from polydesign.core.errors import Stopped
from polydesign.core.properties import property_spec
from polydesign.core.protocols import PropertyPredictor
from polydesign.core.results import PredictionColumns
from tests.contract.conftest import KEYS

FAMILIES = sorted(registry.specs("predictors"))
STYRENE, ETHYLENE = "*CC(*)c1ccccc1", "*CC*"
BAD = ["", "CCO", "*C", "not a structure", "*CC(*"]


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


@pytest.fixture
def model(family, fresh):
    return fresh(family).load()


def same(first: PredictionColumns, second: PredictionColumns) -> bool:
    names = ("mean", "std", "lo80", "hi80", "in_domain")
    return all(np.allclose(getattr(first, n), getattr(second, n), rtol=1e-4, equal_nan=True) for n in names)


def test_it_names_what_it_cites_and_has_a_tiny_preset(family):
    spec = registry.spec(family)
    assert spec.family == family and spec.label and spec.summary.endswith(".")
    assert len(spec.citation) > 20 and spec.url.startswith("https://")
    assert isinstance(registry.presets(family)["tiny"], registry.config_class(family))


def test_every_property_has_a_row_for_every_string(model):
    assert isinstance(model, PropertyPredictor) and model.keys == KEYS
    columns = model.predict([STYRENE, ETHYLENE, "*CCO*"])
    assert tuple(columns) == model.keys
    for column in columns.values():
        for name in ("mean", "std", "lo80", "hi80", "in_domain"):
            assert getattr(column, name).shape == (3,)
        assert np.isfinite(column.mean).all() and column.in_domain.dtype == bool


def test_intervals_hold_the_mean_and_spreads_are_positive(model):
    for key, column in model.predict([STYRENE, ETHYLENE, "*CCO*", "*" + "C" * 60 + "*"]).items():
        assert (column.std > 0).all()
        assert (column.lo80 <= column.mean).all() and (column.mean <= column.hi80).all()
        if property_spec(key).scale == "log10":
            assert (column.lo80 > 0).all()


def test_unreadable_strings_are_nan_and_leave_the_others_alone(model):
    alone = model.predict([STYRENE])
    mixed = model.predict([*BAD, STYRENE])
    for key in model.keys:
        assert np.isnan(mixed[key].mean[: len(BAD)]).all() and not mixed[key].in_domain[: len(BAD)].any()
        assert mixed[key].mean[-1] == pytest.approx(alone[key].mean[0], rel=1e-4)


def test_nothing_in_nothing_out(model):
    assert {column.mean.shape for column in model.predict([]).values()} == {(0,)}


def test_a_chain_has_one_prediction_however_it_is_written(model):
    columns = model.predict([STYRENE, "*C(c1ccccc1)C*", "*CC(c1ccccc1)CC(*)c1ccccc1", "c1ccccc1C(*)C*"])
    for column in columns.values():
        assert np.allclose(column.mean, column.mean[0], rtol=1e-4)


def test_it_stops_when_asked_and_tells_how_far_it_is(model):
    with pytest.raises(Stopped):
        model.predict([STYRENE] * 3, should_stop=lambda: True)
    progress = []
    model.predict([STYRENE] * 3, on_progress=progress.append)
    assert progress and progress[-1].done == progress[-1].total == 3


def test_saved_and_loaded_it_gives_the_same_output(fresh, family, model, tmp_path):
    checkpoint = fresh(family).checkpoint
    files = {name: checkpoint.path(name) for name in checkpoint.config["files"] if name != "model.safetensors"}
    config = {k: v for k, v in checkpoint.config.items() if k not in ("format", "files")}
    again = store.save(tmp_path / family, config=config, weights=checkpoint.weights(), files=files)
    assert again.sha256 == checkpoint.sha256
    before, after = model.predict([STYRENE, ETHYLENE]), store.load_model(again).predict([STYRENE, ETHYLENE])
    assert all(same(before[key], after[key]) for key in model.keys)


def test_gradients_reach_every_parameter(fresh, family):
    flags = fresh(family).gradients
    assert all(flags), f"{flags.count(False)} of {len(flags)} tensors never received a gradient"
