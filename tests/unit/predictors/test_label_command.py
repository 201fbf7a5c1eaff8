import numpy as np
import pandas as pd
import pytest

from polydesign.chem.notation.identity import chain_key
from polydesign.commands import label as command
from polydesign.core.results import PredictionColumns


class Guide:
    """Predicts 100 degC for everything that begins with a star."""

    keys = ("tg_exp_c",)

    def predict(self, psmiles, *, on_progress=None, should_stop=None):
        mean = np.array([100.0 if text.startswith("*") else np.nan for text in psmiles])
        return {"tg_exp_c": PredictionColumns(mean, mean * 0.1, mean - 10, mean + 10, np.isfinite(mean))}


KNOWN = pd.DataFrame({"tg_exp_c": [7.0]}, index=[chain_key("*CC(*)C")])


def test_known_values_win_however_the_chain_is_written():
    corpus = pd.DataFrame({"psmiles": ["*CC*", "*C(C)C*", "*CC(C)CC(*)C", "nonsense", None], "group": list("abcde")})
    labelled = command.label(corpus, "psmiles", Guide(), KNOWN)
    assert labelled["psmiles"].equals(corpus["psmiles"]) and labelled["group"].tolist() == list("abcde")
    assert labelled["tg_exp_c"].tolist()[:3] == [100.0, 7.0, 7.0]
    assert labelled["tg_exp_c_measured"].tolist() == [False, True, True, False, False]
    assert labelled["tg_exp_c_std"].isna().tolist() == [False, True, True, True, True]
    assert labelled["tg_exp_c"].isna().tolist() == [False, False, False, True, True]


def test_a_value_in_the_corpus_counts_as_known_and_a_given_chain_key_is_used():
    corpus = pd.DataFrame(
        {"psmiles": ["*CC*", "*CO*"], "chain_key": [KNOWN.index[0], "other"], "tg_exp_c": [np.nan, 3.0]}
    )
    labelled = command.label(corpus, "psmiles", Guide(), KNOWN)
    assert labelled["tg_exp_c"].tolist() == [7.0, 3.0] and labelled["tg_exp_c_measured"].all()
    assert list(labelled.columns).count("tg_exp_c") == 1


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_command_reads_and_writes_both_formats(tmp_path, ending, capsys):
    source, out = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    corpus = pd.DataFrame({"unit": ["*CC*", "*CC(*)c1ccccc1", "CCO"]})
    corpus.to_csv(source, index=False) if ending == "csv" else corpus.to_parquet(source)
    assert command.main([str(source), str(out), "--column", "unit", "--predicted-only"]) == 0
    labelled = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    assert labelled["unit"].tolist() == corpus["unit"].tolist()
    assert labelled["tg_exp_c"].notna().tolist() == [True, True, False]
    assert (labelled["tg_exp_c_std"][:2] > 0).all() and not labelled["tg_exp_c_measured"].any()
    assert "Labelled 3 rows" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("in.txt", "psmiles\n", "must end in .csv or .parquet"),
        ("in.csv", "structure\n*CC*\n", "has no column 'psmiles'"),
        ("in.parquet", "not parquet", "Cannot read"),
        ("in.csv", "", "Cannot read"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path, capsys, name, content, message):
    (tmp_path / name).write_text(content)
    assert command.main([str(tmp_path / name), str(tmp_path / "out.csv"), "--predicted-only"]) == 2
    assert message in capsys.readouterr().err
