"""The Python face: what a notebook user writes, with a toy generator and the shipped guide and checker."""

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import polydesign
from polydesign import api
from polydesign.commands import predict as command
from polydesign.core.errors import CheckpointError, OptionError, TargetError
from polydesign.core.results import DesignResult
from polydesign.core.targets import Target
from polydesign.engine.predict.run import PIECE

ROOT = Path(polydesign.__file__).parent.parent
UNITS = ["*CC*", "no polymer", "*CC(*)c1ccccc1"]


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_polydesign_imports_nothing_heavy():
    heavy = "'numpy', 'pandas', 'torch', 'rdkit', 'streamlit', 'huggingface_hub'"
    code = f"import polydesign, sys; dir(polydesign), polydesign.__version__; print({{{heavy}}} & set(sys.modules))"
    assert run(code) == "set()"


def test_importing_polydesign_is_quick():
    # The best of three: the machine may be busy.
    took = "import time; a = time.perf_counter(); import polydesign; print(time.perf_counter() - a)"
    assert min(float(run(took)) for _ in range(3)) < 0.15


@pytest.mark.parametrize(
    "first",
    [
        "import polydesign.design, polydesign.predict",
        "from polydesign.design import main; from polydesign.predict import main",
        "import polydesign; polydesign.design; import polydesign.design, polydesign.predict",
        "import importlib; importlib.import_module('polydesign.design'); importlib.import_module('polydesign.predict')",
        "from polydesign import design, predict",
        "import polydesign.design as design, polydesign.predict as predict",
        "import polydesign.commands.design, polydesign.commands.predict",
    ],
)
def test_the_functions_are_functions_whatever_was_imported_before(first):
    code = (
        f"{first}\nimport polydesign, polydesign.api as api\n"
        "assert polydesign.design is api.design and polydesign.predict is api.predict\n"
        "try: polydesign.design({'nonsense': 1})\n"
        "except polydesign.PolydesignError as error: print(type(error).__name__)"
    )
    assert run(code) == "TargetError"


def test_a_module_of_a_verb_is_still_a_module():
    module = importlib.import_module("polydesign.design")
    assert module.main is importlib.import_module("polydesign.commands.design").main
    assert sys.modules["polydesign.design"] is module


def test_every_name_is_there_and_no_other():
    assert set(polydesign.__all__) <= set(dir(polydesign))
    for name in polydesign.__all__:
        assert getattr(polydesign, name).__doc__ if name != "__version__" else polydesign.__version__
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = polydesign.nothing_such


@pytest.mark.parametrize(
    ("wish", "target"),
    [
        (180, Target(value=180.0)),
        (1e-07, Target(value=1e-07)),
        ("180:20", Target(value=180.0, tolerance=20.0)),
        (" >= 150@2", Target(minimum=150.0, weight=2.0)),
        ("<=150", Target(maximum=150.0)),
        ("=150", Target(value=150.0)),
        (Target(value=1 / 3), Target(value=1 / 3)),
    ],
)
def test_a_wish_may_be_a_number_a_text_or_a_target(wish, target):
    assert api.read_targets({"tg_exp_c": wish}) == {"tg_exp_c": target}


@pytest.mark.parametrize(
    ("key", "wish", "message"),
    [
        ("tg_exp_c", "hot", "Cannot read the target 'tg_exp_c=hot'"),
        ("tg_exp_c", None, "must be a number.*got None"),
        ("tg_exp_c", [1, 2], r"must be a number.*got \[1, 2\]"),
        ("tg_exp_c", float("nan"), "finite"),
        ("tg", 180, "tg"),
        ("tg", Target(value=180), "tg"),
        ("perm_o2_exp_barrer", -1, "above zero"),
        ("perm_o2_exp_barrer", Target(value=-1), "above zero"),
    ],
)
def test_a_wish_that_cannot_be_read_is_refused(key, wish, message):
    with pytest.raises(TargetError, match=message):
        api.read_targets({key: wish})


def test_design_gives_the_engines_result_and_a_table(toy_checkpoints):
    result = polydesign.design({"tg_exp_c": "100:50"}, n=4, generator="ngram", seed=3, temperature=0.9)
    assert isinstance(result, DesignResult) and result.counts["kept"] == len(result.candidates) == 4
    assert result.request.targets == {"tg_exp_c": Target(value=100.0, tolerance=50.0)}
    assert result.request.options["temperature"] == 0.9 and result.request.seed == 3
    table = result.to_frame()
    assert list(table["psmiles"]) == [candidate.psmiles for candidate in result.candidates]
    assert list(table["rank"]) == [1, 2, 3, 4] and table["tg_exp_c"].dtype == float
    assert {"score", "tg_exp_c_std", "tg_exp_c_in_domain", "tg_exp_c_checker"} <= set(table)
    shown = result._repr_html_()
    assert table["psmiles"][0] in shown
    again = polydesign.design({"tg_exp_c": "100:50"}, n=4, generator=toy_checkpoints / "ngram", seed=3, temperature=0.9)
    assert again.to_frame()["psmiles"].equals(table["psmiles"])


def test_a_result_without_candidates_is_an_empty_table():
    empty = api.Design([], {}, {}, {}, {}, ["Nothing <was> found."])
    assert list(empty.to_frame()) == ["rank", "psmiles"] and len(empty.to_frame()) == 0
    assert "<p>Nothing &lt;was&gt; found.</p>" in empty._repr_html_()


def test_load_gives_the_generator(toy_checkpoints):
    generator = polydesign.load("ngram")
    assert generator is polydesign.load("ngram")  # loaded once
    assert len(generator.sample({}, 5, seed=0)) == 5
    assert len(polydesign.load(str(toy_checkpoints / "ngram")).sample({}, 2, seed=0)) == 2


def test_errors_say_what_to_do(toy_checkpoints):
    with pytest.raises(OptionError, match="It has: temperature"):
        polydesign.design({}, n=1, generator="ngram", temprature=1)
    with pytest.raises(CheckpointError, match="Did you mean ngram"):
        polydesign.load("n-gram")
    with pytest.raises(CheckpointError, match="not a generator"):
        polydesign.load("guide")


def test_predict_has_the_columns_of_the_command_line(toy_checkpoints, tmp_path):
    table = polydesign.predict(UNITS)
    (tmp_path / "in.csv").write_text("psmiles\n" + "\n".join(UNITS) + "\n")
    assert command.main([str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]) == 0
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0].split(",") == list(table)
    assert list(table["status"]) == ["ok", "error", "ok"] and list(table["psmiles"]) == UNITS
    columns = ["tg_exp_c", "tg_exp_c_std", "tg_exp_c_lo80", "tg_exp_c_hi80", "tg_exp_c_in_domain", "tg_exp_c_checker"]
    assert list(table)[3:9] == columns
    assert lines[1].split(",")[3] == f"{table['tg_exp_c'][0]:.6g}"


def test_predict_without_the_checker(toy_checkpoints):
    full, quick = polydesign.predict(UNITS), polydesign.predict(iter(UNITS), checker=False)
    assert not any(name.endswith("_checker") for name in quick)
    assert quick.equals(full[list(quick)])
    assert len(polydesign.predict("*CC*", checker=False)) == 1
    assert list(polydesign.predict([], checker=False)) == list(quick) and len(UNITS) < PIECE
