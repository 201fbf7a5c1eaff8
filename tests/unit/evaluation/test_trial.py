"""One request through every generator: the same question to all, honest figures, Stop, and a failure that stays one."""

import json
import math
import shutil

import pytest

from polydesign import store
from polydesign.commands import compare
from polydesign.core.errors import CheckpointError, OptionError, Stopped
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.results import Candidate, Prediction
from polydesign.core.targets import Target
from polydesign.engine import session as session_module
from polydesign.engine.session import Session
from polydesign.evaluation.trial import adapted, hit_rate, table, try_all

REQUEST = DesignRequest("", {"RingCount": Target(value=1.0, tolerance=0.5)}, n=6, seed=3)


@pytest.fixture
def two(toy_checkpoints, monkeypatch):
    """Two toy generators and no property models; returns the names of those that get loaded, in order."""
    for role in ("guide", "checker"):
        (toy_checkpoints / role).unlink(missing_ok=True)
    shutil.copytree(toy_checkpoints / "ngram", toy_checkpoints / "second")
    config = toy_checkpoints / "second" / "config.json"
    config.write_text(config.read_text().replace('"id": "ngram"', '"id": "second"'))
    names, load_model = [], store.load_model
    monkeypatch.setattr(
        session_module.store, "load_model", lambda found: (names.append(found.id), load_model(found))[1]
    )
    return names


def candidate(checker, guide=180.0):
    known = {"tg_exp_c": {"mean": checker}} if checker is not None else {}
    values = {"tg_exp_c": Prediction(guide, 5.0, guide, guide, True), "RingCount": Prediction(1.0, 0.0, 1.0, 1.0, True)}
    return Candidate("*CC*", "CC", 1.0, 1.0, True, 2.0, values, known)


def test_hits_are_judged_by_the_checker_where_it_knows_the_property():
    targets = {"tg_exp_c": Target(value=180.0, tolerance=20.0), "RingCount": Target(minimum=1.0)}
    found = [candidate(201.0), candidate(199.0), candidate(160.0), candidate(0.0)]
    assert hit_rate(found, targets, by_checker=True).value == 0.5
    assert hit_rate(found, targets, by_checker=False).value == 1.0
    assert math.isnan(hit_rate([candidate(None)], targets, by_checker=True).value)
    assert math.isnan(hit_rate(found, {}, by_checker=True).value)


def test_all_generators_get_the_same_question_and_their_figures_add_up(two):
    session, said = Session(max_generators=1), []
    trials = try_all(REQUEST, session=session, on_progress=said.append)
    assert two == ["ngram", "second"]
    assert [trial.name for trial in trials] == ["ngram", "second"] and {trial.state for trial in trials} == {"done"}
    first, second = trials
    assert first.request == DesignRequest("ngram", REQUEST.targets, n=6, seed=3)
    for key in ("kept", "hits", "valid", "novel", "intdiv1"):  # the same model under another name
        assert first.figures[key] == second.figures[key]
    assert first.figures["kept"].value == 6 and len(first.best) == 3
    assert 0 < first.figures["hits"].value <= 1 and first.figures["hits"].n == 6
    hits = 6 * first.figures["hits"].value
    assert first.figures["seconds_hits"].value == pytest.approx(100 * first.figures["seconds"].value / hits)
    assert len(session._entries) == 1  # the least recently used one was let go
    done = [progress.done for progress in said]
    assert done == sorted(done) and {progress.total for progress in said} == {2000}
    assert [row.name for row in table(trials).rows] == ["Toy n-gram `ngram`", "Toy n-gram `second`"]


def test_stop_keeps_what_is_done_and_names_the_rest(two):
    said = []
    trials = try_all(
        REQUEST, session=Session(), on_progress=said.append,
        should_stop=lambda: any(p.message.startswith("2 of 2") and "candidates" in p.message for p in said),
    )  # fmt: skip
    assert [trial.state for trial in trials] == ["done", "stopped"]
    once = iter([False])
    with pytest.raises(Stopped):
        try_all(REQUEST, session=Session(), should_stop=lambda: next(once, True))


def test_after_stop_no_other_generator_is_started(two):
    said = []
    trials = try_all(
        REQUEST, session=Session(), on_progress=said.append,
        should_stop=lambda: any("1 of 2" in p.message and "candidates" in p.message for p in said),
    )  # fmt: skip
    assert [trial.state for trial in trials] == ["stopped", "not run"]
    assert math.isnan(trials[0].figures["intdiv1"].value) is False
    assert "second" not in two and not trials[1].figures


def test_a_generator_that_cannot_answer_says_why_and_the_others_go_on(two, toy_checkpoints):
    weights = toy_checkpoints / "ngram" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    first, second = try_all(REQUEST, session=Session())
    assert first.state == "failed" and "altered" in first.problem and not first.figures
    assert second.state == "done"


def test_options_go_to_those_who_have_them(two):
    asked = DesignRequest("", n=2, options={"temperature": 0.8})
    checkpoint = store.find("ngram")
    assert dict(adapted(asked, checkpoint).options) == {"temperature": 0.8}
    with pytest.raises(OptionError, match="No generator has the option magic"):
        try_all(DesignRequest("", options={"magic": 1}), session=Session())
    with pytest.raises(CheckpointError, match="no generator"):
        try_all(asked, session=Session(), checkpoints=[])


def test_the_command_prints_a_table_and_writes_requests_that_can_be_repeated(two, tmp_path, capsys):
    out = tmp_path / "compared.json"
    asked = ["--target", "RingCount=1", "--n", "4", "--pfas-free", "--json", str(out)]
    assert compare.main(asked) == 0
    printed = capsys.readouterr()
    assert "| Toy n-gram `ngram` |" in printed.out and "| Toy n-gram `second` |" in printed.out
    assert "warning: ngram: N-gram cannot be told targets" in printed.err
    (first, _) = json.loads(out.read_text())["trials"]
    again = DesignRequest.from_dict(first["request"])
    assert again == DesignRequest("ngram", {"RingCount": Target(value=1.0)}, n=4, filters=Filters(pfas_free=True))
    assert compare.main(["second", "--n", "2"]) == 0
    assert "`ngram`" not in capsys.readouterr().out
    assert compare.main(["--option", "magic=1"]) == 2
