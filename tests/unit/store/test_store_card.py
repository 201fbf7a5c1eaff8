"""The model card says what config.json and the metrics say, in the form the Hub reads."""

from __future__ import annotations

from huggingface_hub import ModelCard

from polydesign import store
from polydesign.store.card import render


def test_the_hub_reads_the_front_matter(saved):
    data = ModelCard((saved.folder / "README.md").read_text()).data
    assert (data.license, data.library_name, data.pipeline_tag) == ("apache-2.0", "polydesign", "text-generation")
    assert data.tags == ["chemistry", "polymers", "generator", "toy"]


def test_figures_data_and_sections_are_there(saved):
    text = render(
        saved.config,
        {"descriptors": {"valid": 0.99345, "n": 1000}, "note": "a|b", "list": [1, 2]},
        {"Ablation": "Without alignment: **0.91**."},
        license="mit",
    )
    assert "# Toy\n\nA toy." in text
    assert "| `tg_exp_c` | Glass transition temperature (measured) | °C | 4 | -60 | 90 | 300.5 |" in text
    assert "| descriptors · valid | 0.9935 |" in text and "| descriptors · n | 1000 |" in text
    assert "| note | a\\|b |" in text and "[1, 2]" not in text
    assert "| by hand | 4 | CC0 | " + "0" * 64 in text
    assert text.index("## Ablation\n\nWithout alignment") < text.index("## Properties")
    assert 'license: "mit"' in text and "Nobody, Nowhere." in text


def test_empty_tables_leave_no_headings(saved):
    text = render(saved.config | {"properties": {}, "data": [], "seed": None}, {})
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## Reference"]


def test_a_given_card_is_kept(tmp_path, config):
    assert (store.save(tmp_path / "x", config=config, card="By hand.").folder / "README.md").read_text() == "By hand."
