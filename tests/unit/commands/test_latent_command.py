"""python -m polydesign.latent, with a generator whose codes are known."""

import csv
import io

import pytest

from polydesign import store
from polydesign.commands.latent import main
from polydesign.engine.latent import map as latent_map
from polydesign.engine.latent import points as latent_points
from polydesign.engine.latent.map_file import NAME, shipped
from polydesign.engine.session import Session
from tests.unit.engine.fakes import CarbonModel
from tests.unit.engine.latent_fakes import Counting, save_checkpoint


@pytest.fixture(autouse=True)
def models(toy_checkpoints, monkeypatch):
    save_checkpoint(toy_checkpoints)
    monkeypatch.setattr(Session, "generator", lambda self, id, revision=None: Counting())
    monkeypatch.setattr(Session, "guide", lambda self: CarbonModel())
    for module in (latent_map, latent_points):  # scikit-learn's own takes its time
        monkeypatch.setattr(module, "tsne", lambda codes, **more: codes[:, 1:3])


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_map_puts_a_file_beside_the_checkpoint_that_the_page_takes(capsys):
    assert main(["map", "gruvae"]) == 0
    said = capsys.readouterr().out
    checkpoint = store.find("gruvae")
    store.verify(checkpoint)
    made = shipped(checkpoint)
    assert made is not None and len(made.library_tsne) == len(made.library)
    assert f"{NAME} (" in said and checkpoint.path(NAME).stat().st_size < 150_000


def test_draw_writes_a_table_or_a_page_with_the_polymers_asked_for(tmp_path, capsys):
    table, page = tmp_path / "map.csv", tmp_path / "map.html"
    assert main(["draw", "gruvae", "--out", str(table), "--polymer", "PEEK", "--polymer", "no such thing"]) == 0
    assert "Line 2" in capsys.readouterr().err
    found = rows(table.read_text())
    assert [row["name"] for row in found if row["group"] == "typed"] == ["Poly(ether ether ketone)"]
    assert main(["draw", "gruvae", "--out", str(page), "--tsne", "--colour", "perm_o2_exp_barrer"]) == 0
    text = page.read_text()
    assert "t-SNE 1" in text and "Latent space of Toy GRU-VAE" in text and "<script src=" not in text


def test_ways_are_tables(tmp_path, capsys):
    assert main(["walk", "gruvae", "*CC*", "*CCCCO*", "--steps", "4"]) == 0
    walked = rows(capsys.readouterr().out)
    assert [row["decoded"] for row in walked] == ["*CC*", "*CCC*", "*CCC*", "*CCCC*"]
    out = tmp_path / "around.csv"
    assert main(["around", "gruvae", "PE", "--n", "6", "--radius", "0.2", "--seed", "5", "--out", str(out)]) == 0
    assert len(rows(out.read_text())) == 7 and "of 7 repeat units" in capsys.readouterr().out
    assert main(["uphill", "gruvae", "PE", "--property", "rg_md_a", "--steps", "3", "--down"]) == 0
    climbed = [float(row["rg_md_a_line"]) for row in rows(capsys.readouterr().out)]
    assert climbed == sorted(climbed, reverse=True) and len(climbed) == 3


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["walk", "ngram", "PE", "PP"], "no latent space"), (["walk", "nobody", "PE", "PP"], "nobody"),
        (["walk", "gruvae", "PE", "polystyrehne"], "did you mean"),
        (["walk", "gruvae", "PE", "PP", "--steps", "1"], "between 2 and 100"),
        (["uphill", "gruvae", "PE", "--property", "warmth"], "warmth"),
        (["uphill", "gruvae", "PE", "--option", "size=3"], "no option size"),
        (["draw", "gruvae", "--out", "map.png"], ".html"), (["draw", "gruvae", "--out", "m.csv", "--colour", "x"], "x"),
    ],
)  # fmt: skip
def test_what_a_user_can_put_right_is_one_line(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ") and error.count("\n") == 1 and said in error
