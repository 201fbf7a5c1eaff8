"""A card is shown as its author wrote it, without HTML comments, and fetches nothing from anywhere."""

import dataclasses

from polydesign import store
from polydesign.core import registry
from polydesign.engine.models.cards import Figures, bibtex, body, figures, pictures
from polydesign.store.card import licence
from tests.conftest import SHIPPED

CARD = """---
license: "apache-2.0"
tags: ["a"]
---

# Title

Text ![alt](https://example.org/spy.png) and [link](https://example.org).

<!-- table:x -->
| a | b |
|---|---|
| 1 | `*CC*` |
<!-- /table -->

```html
<!-- kept --> ![kept](x.png)
```

Plot: `docs/figures/parity-toy.svg`, not docs/figures/../secret.svg and not docs/figures/none.png.
"""


def test_the_licence_is_that_of_the_front_matter():
    assert licence(CARD) == "apache-2.0"
    assert licence("---\nlicense: mit\n---\n") == "mit"
    assert licence("license: mit\n") == ""  # no front matter
    assert licence("---\ntags: []\n---\nlicense: mit\n") == ""


def test_the_body_has_no_front_matter_title_comment_or_picture():
    text = body(CARD)
    assert text.startswith("Text [alt](https://example.org/spy.png)")
    assert "table:x" not in text and "| 1 | `*CC*` |" in text
    assert "<!-- kept --> ![kept](x.png)" in text  # code stays as it is
    assert body("no front matter\n") == "no front matter"


def test_pictures_of_every_form_are_disarmed():
    for picture in ("![a](http://x/y.png)", "![a][ref]\n\n[ref]: http://x/y.png", "[![a](http://x/y.png)](http://x)"):
        assert "![" not in body(picture)


def test_pictures_are_those_of_the_docs_folder(tmp_path):
    (tmp_path / "parity-toy.svg").write_text("<svg/>")
    (tmp_path.parent / "secret.svg").write_text("<svg/>")
    assert pictures(CARD, tmp_path) == [tmp_path / "parity-toy.svg"]


def test_figures_of_properties_make_tables_and_the_rest_a_list():
    found = figures({
        "valid_loss": 0.5,
        "test": {"tg_exp_c": {"n": 3, "r2": 0.9, "lost": None}, "tm_exp_c": {"n": 2, "mae": 1.5}},
        "deep": {"down": {"gap_ev": {"r2": 0.1}}, "text": "yes"},
        "nothing": {},
    })  # fmt: skip
    assert found[-1] == Figures((), ("value",), {("valid_loss",): {"value": 0.5}, ("deep", "text"): {"value": "yes"}})
    assert [(group.title, group.columns) for group in found[:-1]] == [
        (("test",), ("n", "r2", "mae")),
        (("deep", "down"), ("r2",)),
    ]
    assert found[0].rows["tg_exp_c",] == {"n": 3, "r2": 0.9}
    assert figures({}) == []


def test_rows_of_the_same_figures_make_a_table():
    bins = {"below 1": {"n": 30, "rmse": 0.2}, "above 1": {"n": 4, "rmse": None}}
    (found,) = figures({"together": bins})
    assert (found.title, found.columns) == (("together",), ("n", "rmse"))
    assert found.rows["above 1",] == {"n": 4}
    assert figures({"loss": {"a": {"x": 1}, "b": {"y": 2}}})[0].title == ()


def test_a_citation_names_weights_and_method_and_no_latex_command():
    checkpoint = store.open_folder(SHIPPED / "polygpt")
    text = bibtex(checkpoint)
    assert text.startswith("@misc{polydesign-polygpt,\n") and text.endswith("\n}")
    assert f"version = {{sha256:{checkpoint.sha256[:16]}}}" in text and "year = {20" in text
    assert f"url = {{{registry.spec('polygpt').url}}}" in text and "Radford" in text
    record = dataclasses.replace(checkpoint.record, label="A & B_{50 %}")
    sharp = dataclasses.replace(checkpoint, record=record)
    assert r"title = {A \& B\_\{50 \%\} (polydesign checkpoint)}" in bibtex(sharp)
    cached = dataclasses.replace(checkpoint, id="lab/polygpt", source="hub", revision="c" * 40)
    assert f"Hugging Face Hub, lab/polygpt, revision {'c' * 40}" in bibtex(cached)
