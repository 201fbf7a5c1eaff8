"""The Design page offers each generator the steering that it can follow, and a link restores the choice."""

import dataclasses
import io

import numpy as np
import pytest
import torch

from polydesign import store
from polydesign.core.request import DesignRequest
from polydesign.core.targets import Target
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import PolymerTokenizer, train_tokenizer
from polydesign.generators.gruvae.config import PRESETS
from polydesign.generators.gruvae.network import GruVAE
from polydesign.ui.request.link import encode

FIELD = "steering.select.latent"
REQUEST = DesignRequest("gruvae", {"tg_exp_c": Target(value=150.0, tolerance=20.0)}, n=20, steering="latent")


@pytest.fixture
def gruvae(toy_checkpoints):
    """A GRU-VAE that has learned nothing, beside the toy n-gram: enough to choose, and to say that no head helps."""
    torch.manual_seed(0)
    vocabulary = train_tokenizer(demo_polymers(), 64)
    tokenizer = PolymerTokenizer(vocabulary, "smiles")
    config = PRESETS["tiny"].for_data({"vocab_size": tokenizer.vocab_size, "notation": "smiles"})
    known = io.BytesIO()
    np.save(known, np.zeros(0, dtype=np.uint32))
    entry = {
        "id": "gruvae", "kind": "generator", "family": "gruvae", "label": "Toy GRU-VAE",
        "summary": "A toy for the tests.", "config": dataclasses.asdict(config), "properties": {},
    }  # fmt: skip
    files = {"tokenizer.json": vocabulary.to_str().encode(), "known_chains.npy": known.getvalue()}
    store.save(toy_checkpoints / "gruvae", config=entry, weights=GruVAE(config).state_dict(), files=files)


def texts(elements):
    return "\n".join(element.value for element in elements)


def test_a_generator_with_codes_offers_the_ascent_and_its_link_says_so(open_app, gruvae):
    app = open_app(generator="gruvae", target=["tg_exp_c=150:20"])
    assert not app.exception
    box = app.selectbox(key=FIELD)
    assert box.options == ["sample without conditions, keep the best", "gradient ascent in the latent space"]
    assert box.value == "select"
    box.set_value("latent").run()
    assert "steering=latent" in texts(app.code)
    assert not app.error
    app.selectbox(key="generator").set_value("ngram").run()
    assert FIELD not in [box.key for box in app.selectbox]
    assert "steering=select" in texts(app.code)
    app.selectbox(key="generator").set_value("gruvae").run()
    assert app.selectbox(key=FIELD).value == "latent"  # nothing is lost


def test_a_link_restores_the_ascent(open_app, gruvae):
    app = open_app(**encode(REQUEST))
    assert not app.exception and not app.warning
    assert app.selectbox(key=FIELD).value == "latent"
    assert "steering=latent" in texts(app.code)


def test_a_link_that_asks_for_it_where_there_are_no_codes_says_so(open_app, gruvae):
    app = open_app(**{**encode(REQUEST), "generator": "ngram"})
    assert "cannot be steered by 'latent'; chosen instead: 'select'" in texts(app.warning).replace("\\", "")
