import csv

import joblib
import numpy as np
import pytest

from polydesign.commands import predict as command
from polydesign.core.errors import Stopped
from polydesign.core.results import PredictionColumns
from polydesign.data import processes
from polydesign.engine.predict import run as engine


class Model:
    """Predicts the length of the text, and remembers what it was asked."""

    keys = ("tg_exp_c",)

    def __init__(self, offset=0.0):
        self.offset, self.asked = offset, []

    def predict(self, psmiles, *, on_progress=None, should_stop=None):
        if should_stop is not None and should_stop():
            raise Stopped("stopped")
        self.asked += psmiles
        mean = np.array([float(len(text)) for text in psmiles]) + self.offset
        return {"tg_exp_c": PredictionColumns(mean, mean * 0 + 1, mean - 1, mean + 1, mean < 10)}


class Session:
    def __init__(self):
        self._guide, self._checker = Model(), Model(0.5)

    def guide(self):
        return self._guide

    def checker(self):
        return self._checker


@pytest.fixture
def toy(monkeypatch):
    """The command with models whose predictions are known."""
    session = Session()
    monkeypatch.setattr(engine, "Session", lambda: session)
    return session


def run(tmp_path, content: str | bytes, *arguments: str):
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content if isinstance(content, bytes) else content.encode())
    code = command.main([str(source), "--out", str(out), *arguments])
    rows = list(csv.DictReader(out.open(encoding="utf-8"))) if out.exists() else []
    return code, rows


def test_every_row_comes_back_in_order_with_status_and_reason(toy, tmp_path, capsys):
    units = ["*CC*", "", "CCO", "*C(*)(*)*", "*" + "C" * 10_000 + "*", "*CC(*)c1ccccc1", "*CC*"]
    code, rows = run(tmp_path, "name,psmiles\n" + "".join(f"n{i},{unit}\n" for i, unit in enumerate(units)))
    assert code == 0
    assert [row["psmiles"] for row in rows] == units and [row["name"] for row in rows] == [f"n{i}" for i in range(7)]
    assert [row["status"] for row in rows] == ["ok", "error", "error", "error", "error", "ok", "ok"]
    assert all(bool(row["reason"]) == (row["status"] == "error") for row in rows)
    assert "10,002 characters" in rows[4]["reason"]
    assert rows[0]["tg_exp_c"] == rows[6]["tg_exp_c"] == "4" and rows[0]["tg_exp_c_checker"] == "4.5"
    assert rows[0]["tg_exp_c_in_domain"] == "true" and rows[5]["tg_exp_c_in_domain"] == "false"
    assert rows[2]["tg_exp_c"] == rows[2]["tg_exp_c_in_domain"] == rows[2]["tg_exp_c_checker"] == ""
    assert toy.guide().asked == toy.checker().asked and len(toy.guide().asked) == 2  # each structure once
    assert "4 rows could not be predicted" in capsys.readouterr().err


def test_blank_lines_are_rows(toy, tmp_path):
    _, rows = run(tmp_path, "psmiles\n*CC*\n\n*CO*\n")
    assert [row["status"] for row in rows] == ["ok", "error", "ok"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
def test_names_with_accents_survive(toy, tmp_path, encoding):
    _, rows = run(tmp_path, "psmiles,nom\n*CC*,polyéthylène\n".encode(encoding))
    assert rows[0]["nom"] == "polyéthylène" and rows[0]["status"] == "ok"


def test_nothing_of_the_input_is_lost(toy, tmp_path):
    code, rows = run(tmp_path, "psmiles,status,tg_exp_c\n*CC*,mine,99\n*CO*,a,b,c\n*CCO*\n")
    assert code == 0
    assert rows[0]["status_input"] == "mine" and rows[0]["tg_exp_c_input"] == "99" and rows[0]["tg_exp_c"] == "4"
    assert rows[1]["tg_exp_c_input"] == "b,c" and rows[1]["status"] == "ok"
    assert rows[2]["status"] == "ok" and rows[2]["status_input"] == ""


def test_a_unit_with_commas_says_that_it_has_to_be_quoted(toy, tmp_path):
    _, rows = run(tmp_path, "name,psmiles\nbig,{[$]CC[$],[$]CO[$]}\n")
    assert rows[0]["status"] == "error" and "double quotes" in rows[0]["reason"]


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        ("SMILES\n*CC*\n", [], "no column 'psmiles'; it has: SMILES. Name the right one: --column 'SMILES'"),
        ("psmiles\n", [], "no rows"),
        ("", [], "no header"),
        ('psmiles\n"*CC*\n', [], "double quotes"),
        ("psmiles,psmiles\n*CC*,*CO*\n", [], "2 columns 'psmiles'"),
        ("psmiles\n*CC*\n", ["--column", "unit"], "no column 'unit'"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(toy, tmp_path, capsys, content, arguments, message):
    code, rows = run(tmp_path, content, *arguments)
    assert code == 2 and not rows
    assert message in capsys.readouterr().err


def test_a_missing_file_and_a_bad_name_are_refused(toy, tmp_path, capsys):
    assert command.main([str(tmp_path / "none.csv"), "--out", str(tmp_path / "out.csv")]) == 2
    assert "Cannot read" in capsys.readouterr().err
    (tmp_path / "in.csv").write_text("psmiles\n*CC*\n")
    assert command.main([str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.xlsx")]) == 2
    assert "must end in .csv" in capsys.readouterr().err


def test_anything_may_be_among_the_units():
    table = engine.predict([None, 5, "*CC*", float("nan"), b"*CC*"], session=Session())
    assert table["status"].tolist() == ["error", "error", "ok", "error", "error"]
    assert table["tg_exp_c"].notna().tolist() == [False, False, True, False, False]
    assert engine.predict([], session=Session()).empty


def test_many_are_judged_in_processes_with_the_same_result(monkeypatch):
    texts = ["*CC*", None, "CCO", 5, "*C(*)(*)*", "*CO*", "x" * 5000, b"*CC*"] * 20
    alone = engine.predict(texts, session=Session())
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    monkeypatch.setattr(processes, "MANY", 100)
    assert engine.predict(texts, session=Session()).equals(alone)


def test_pieces_read_no_further_than_they_are_asked_for():
    taken, steps = [], []
    texts = (taken.append(n) or f"*{'C' * (1 + n)}*" for n in range(5))
    tables = engine.pieces(texts, size=2, session=Session(), on_progress=steps.append)
    assert len(next(tables)) == 2 and taken == [0, 1]
    assert [len(table) for table in tables] == [2, 1]
    assert [step.done for step in steps] == [2, 4, 5] and "of" not in steps[-1].message


def test_a_file_is_predicted_in_pieces_with_the_same_result(toy, tmp_path, monkeypatch):
    content = "psmiles,note\n*CC*,a\nbad,b\n*CO*,c,d\nx,y,z\n*CCO*,e\n"
    whole = run(tmp_path, content)
    monkeypatch.setattr(engine.pieces, "__kwdefaults__", {**engine.pieces.__kwdefaults__, "size": 2})
    assert run(tmp_path, content) == whole
    assert [row["reason"][:15] for row in whole[1]][3] == "the row has 3 c"


def test_a_chain_that_no_model_can_describe_is_an_error(monkeypatch):
    session = Session()
    unknown = PredictionColumns(*[np.array([np.nan])] * 4, np.array([False]))
    monkeypatch.setattr(session.guide(), "predict", lambda texts, **more: {"tg_exp_c": unknown})
    table = engine.predict(["*CC*"], session=session)
    assert table["status"].tolist() == ["error"] and "cannot describe" in table["reason"][0]


def test_stop_is_heard():
    with pytest.raises(Stopped):
        engine.predict(["*CC*"], session=Session(), should_stop=lambda: True)
