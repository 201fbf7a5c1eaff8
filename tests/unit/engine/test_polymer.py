"""What is known of one polymer without a prediction, and what is said when there is none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from polydesign import store
from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import ChemistryError, DataError
from polydesign.core.properties import DESCRIPTORS
from polydesign.data.corpora.demo import demo_polymers
from polydesign.engine.design import novelty
from polydesign.engine.predict.polymer import known_to, polymer
from tests.unit.engine.fakes import fake_checkpoint


def test_a_polymer_is_described_by_name_or_by_any_cut_of_its_unit():
    named, recut = polymer("PET"), polymer("*COC(=O)c1ccc(C(=O)OC*)cc1")
    assert named.name == recut.name == "Poly(ethylene terephthalate)"
    assert named.key == recut.key != named.psmiles
    assert named.synthesis.polymer_class == "polyester" and named.synthesis == recut.synthesis
    assert set(named.descriptors) == set(DESCRIPTORS) and named.descriptors["NumAromaticRings"] == 1
    assert 1 < named.sa_score < 3


def test_a_polymer_says_whether_it_is_kept_for_tests():
    assert polymer("PVC").held_out and polymer("PMMA").held_out
    assert not polymer("PET").held_out and not polymer("PS").held_out


def test_the_capped_unit_has_the_key_of_its_molecule():
    found = polymer("*CC*")
    assert (found.capped, found.inchikey) == ("CC", "OTMSDBZUPAUEDD-UHFFFAOYSA-N")  # ethane
    assert found.name == "Polyethylene" and polymer("*CC(*)CCCCCCCCC").name == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Nothing was given"),
        ("  \n ", "Nothing was given"),
        ("kaptn", "did you mean"),
        ("CCO", "attachment points"),
        ("*CC*\n*CO*", "2 polymers"),
        ("<b>*bold*</b>", "does not belong in a SMILES"),
        ("*" + "C" * 100_000 + "*", "2,000"),
    ],
)
def test_what_is_no_polymer_gets_a_reason(text, reason):
    with pytest.raises((DataError, ChemistryError), match=reason):
        polymer(text)


def test_a_generator_knows_its_training_chains_and_no_others(toy_checkpoints):
    seen, unseen = demo_polymers()[0], "*CC(CCCCCCCCCCCCC)(CCCCCF)OC(=O)SS*"
    assert known_to(chain_key(seen)) == {"Toy n-gram": True}
    assert known_to(chain_key(unseen)) == {"Toy n-gram": False}


def test_a_list_of_chains_is_read_once_for_each_version_of_a_checkpoint(toy_checkpoints, monkeypatch):
    read, reads = np.load, []
    monkeypatch.setattr(novelty.np, "load", lambda *given, **more: reads.append(given) or read(*given, **more))
    chain = chain_key(demo_polymers()[0])
    assert known_to(chain) == known_to(chain) == {"Toy n-gram": True}
    assert len(reads) == 1
    path = toy_checkpoints / "ngram" / "config.json"
    config = json.loads(path.read_text())
    np.save(toy_checkpoints / "ngram" / "known_chains.npy", np.zeros(0, dtype=np.uint32))
    path.write_text(json.dumps({**config, "files": {**config["files"], "known_chains.npy": "0" * 64}}))
    assert known_to(chain) == {"Toy n-gram": False}
    assert len(reads) == 2


def test_nobody_can_say_what_a_generator_without_a_list_has_seen(monkeypatch):
    monkeypatch.setattr(store, "polymer_generators", lambda: [fake_checkpoint("listless", "gruvae")])
    assert known_to("*C*") == {"Listless": None}
