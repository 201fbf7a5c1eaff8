"""All good rows are predicted, all bad ones come back with a reason, in order, and a stopped run keeps what it has."""

import csv
import io

import numpy as np
import pytest

from polydesign.core.errors import DataError, Stopped
from polydesign.engine.intake import read as upload
from polydesign.engine.predict import batch as upload_predict
from polydesign.engine.predict.batch import predict_entries
from polydesign.engine.predict.export import to_csv
from tests.unit.engine.fakes import CarbonModel

BAD = (
    "psmiles,id\n*CCO*,1\n\nnot a polymer,2\n*C(*)(*)*,3\n*" + "C" * 9998 + "*,4\n*CC,5\nC1CC,6\nPEEK,7\n*CO*,8,a,b\n"
    "*C(F)(F)*,9\n"
)


def answer(text, session, **more):
    return predict_entries(lambda: upload.read(io.BytesIO(text.encode("latin-1")), "a.csv"), session=session, **more)


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode())))


def test_every_row_comes_back_with_numbers_or_a_reason(session):
    found = answer(BAD, session)
    table = found.table.set_index("row")
    assert list(table.index) == list(range(2, 12))
    fine = table["status"] == "ok"
    assert list(table.index[fine]) == [2, 9, 10]
    assert (table["reason"] == "").equals(fine)
    reasons = {3: "empty", 4: "no common polymer", 5: "four attachment", 6: "10,000 characters", 7: "one attachment",
               8: "no common polymer|ring label", 11: "cannot describe"}  # fmt: skip
    for row, words in reasons.items():
        assert any(word in table.at[row, "reason"] for word in words.split("|")), (row, table.at[row, "reason"])
    assert table.at[9, "name"] == "Poly(ether ether ketone)"
    np.testing.assert_allclose(table.loc[fine, "tg_exp_c"], [10.0 * 2, 10.0 * 19, 10.0])
    np.testing.assert_allclose(table.loc[fine, "tg_exp_c_checker"], [23.0, 193.0, 13.0])
    assert table.loc[~fine, "tg_exp_c"].isna().all()


def test_one_row_can_be_asked_about(session):
    found = answer(BAD, session)
    first = found.fine[0]
    prediction = found.prediction(first, "tg_exp_c")
    assert (prediction.mean, prediction.in_domain) == (20.0, True)
    assert prediction.lo80 == pytest.approx(13.6)
    assert found.checked(first, "tg_exp_c") == 23.0
    assert found.checked(1, "tg_exp_c") is None
    assert not found.prediction(1, "tg_exp_c").in_domain
    assert found.keys == ("tg_exp_c",)
    assert found.nearest.of(7)[0].polymer.abbreviation == "PEEK"
    assert found.nearest.of(1) == []


def test_pieces_make_the_same_answer_and_progress_only_grows(session, monkeypatch):
    whole = answer(BAD, session)
    monkeypatch.setattr(upload_predict, "PIECE", 2)
    steps = []
    parts = answer(BAD, session, on_progress=steps.append)
    assert parts.table.equals(whole.table)
    np.testing.assert_array_equal(parts.nearest.rows, whole.nearest.rows)
    shares = [step.done / max(step.total, 1) for step in steps if step.stage == "predict"]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_stop_keeps_the_pieces_that_are_done(session, monkeypatch):
    monkeypatch.setattr(upload_predict, "PIECE", 3)
    text = "psmiles\n" + "".join(f"*{'C' * n}O*\n" for n in range(1, 13))
    seen = []
    found = answer(text, session, on_progress=seen.append, should_stop=lambda: any(step.done >= 6 for step in seen))
    assert found.stopped
    assert list(found.table["status"]) == ["ok"] * 6 + ["stopped"] * 6
    assert set(found.table["reason"][6:]) == {"the run was stopped before this row."}
    assert len(rows_of(to_csv(found))) == 12
    with pytest.raises(Stopped):
        answer(text, session, should_stop=lambda: True)


def test_nothing_and_nothing_good(session):
    with pytest.raises(DataError, match="Nothing was given"):
        predict_entries(lambda: upload.typed(" \n"), session=session)
    found = predict_entries(lambda: upload.typed("qqqq\n*CC"), session=session)
    assert found.keys == ("tg_exp_c",)
    assert list(found.fine) == []
    nameless = predict_entries(lambda: upload.typed("qqqq"), session=session)
    assert nameless.keys == () and list(nameless.table["status"]) == ["error"]
    assert len(rows_of(to_csv(nameless))) == 1


def test_csv_holds_everything_in_order(session):
    found = answer('psmiles,status,note\n*CCO*,old,"a, b"\nbad,,\nPEEK,x,Öl\n', session)
    rows = rows_of(to_csv(found))
    assert [row["row"] for row in rows] == ["2", "3", "4"]
    assert [row["status_input"] for row in rows] == ["old", "", "x"]
    assert [row["note"] for row in rows] == ["a, b", "", "Öl"]
    assert [row["status"] for row in rows] == ["ok", "error", "ok"]
    assert rows[1]["reason"] and not rows[1]["tg_exp_c"] and not rows[1]["nearest_1"]
    assert (rows[0]["tg_exp_c"], rows[0]["tg_exp_c_in_domain"], rows[0]["tg_exp_c_checker"]) == ("20", "true", "23")
    assert rows[2]["nearest_1"] == "Poly(ether ether ketone)"
    assert (rows[2]["nearest_1_similarity"], rows[2]["nearest_1_tg_c"], rows[2]["nearest_1_tm_c"]) == (
        "1",
        "143",
        "341",
    )
    assert rows[2]["nearest_1_refractive_index"] == ""


def test_numbers_stay_small(session):
    n = 5000
    text = "psmiles\n" + "".join(f"*{'C' * (1 + n % 40)}O*\n" for n in range(n))
    session.predictors["guide"], session.predictors["checker"] = CarbonModel(), CarbonModel()
    found = answer(text, session)
    numbers = found.table[[name for name in found.table if name.startswith("tg_")]]
    assert numbers.memory_usage(index=False, deep=True).sum() / n <= 5 * 4 + 2
