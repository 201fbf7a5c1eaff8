import dataclasses
import json

import numpy as np
import pytest

from polydesign import store
from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.commands import cli, evaluate
from polydesign.generators.ngram.config import NgramConfig
from polydesign.generators.ngram.generator import NgramGenerator

POLYMERS = ["*CC*", "*CCO*", "*CC(*)C", "*CC(*)c1ccccc1", "*CC(*)Cl", "*NCCCCCC(*)=O", "*Oc1ccc(*)cc1"]


@pytest.fixture
def checkpoint(tmp_path):
    model = NgramGenerator.fit(POLYMERS, NgramConfig())
    known = tmp_path / "known_chains.npy"
    np.save(known, np.unique(np.array([chain_hash(chain_key(text)) for text in POLYMERS], dtype=np.uint32)))
    config = {"id": "toy", "kind": "generator", "family": "ngram", "label": "Toy n-gram"}
    config["config"] = dataclasses.asdict(model.config)
    store.save(tmp_path / "toy", config=config, weights=model.network.state_dict(), files={"known_chains.npy": known})
    return tmp_path / "toy"


def test_measure_then_fill_the_readme(tmp_path, checkpoint, capsys):
    results = tmp_path / "results"
    arguments = [str(checkpoint), "--task", "unconditional", "--n", "40", "--seed", "3", "--option", "temperature=0.5"]
    assert evaluate.main([*arguments, "--json", str(results / "a.json")]) == cli.OK
    printed = capsys.readouterr().out
    assert "| 40 samples | parses | valid |" in printed
    assert "Toy n-gram `" in printed and "(temperature 0.5)" in printed

    (run,) = json.loads((results / "a.json").read_text())["runs"]
    assert run["manifest"]["n"] == 40 and run["manifest"]["seed"] == 3
    assert run["manifest"]["options"]["temperature"] == 0.5
    assert run["manifest"]["hardware"] and run["manifest"]["versions"]["rdkit"]
    figures = run["tables"][0]["rows"][0]["figures"]
    assert figures["parses"]["n"] == 40
    assert figures["valid"]["low"] <= figures["valid"]["value"] <= figures["valid"]["high"]

    readme = tmp_path / "README.md"
    readme.write_text("<!-- table:unconditional -->\n<!-- /table -->\n")
    assert evaluate.main(["--readme", str(readme), "--results", str(results)]) == cli.OK
    assert printed.splitlines()[2] in readme.read_text()


def test_the_same_seed_gives_the_same_figures(tmp_path, checkpoint):
    found = []
    for name in ("a.json", "b.json"):
        evaluate.main([str(checkpoint), "--task", "unconditional", "--n", "30", "--json", str(tmp_path / name)])
        found.append(json.loads((tmp_path / name).read_text())["runs"][0]["tables"])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{id}"], "Give checkpoints and a task"),
        (["{id}", "--task", "cooking"], "Unknown task 'cooking'"),
        (["{id}", "--task", "unconditional", "--n", "0"], "at least 1"),
        (["{id}", "--task", "unconditional", "--option", "salt=1"], "no option salt"),
        (["{id}", "--task", "unconditional", "--picture", "a.svg"], "goes with one checkpoint and --task latent"),
        (["{id}", "--task", "unconditional", "--positions", "a.svg"], "goes with --task latent"),
        (["{id}", "--task", "moses"], "was not trained on molecules"),
        (["{id}", "--task", "molecules"], "was not trained on molecules"),
        (["{id}", "--task", "descriptors", "--prepared", "nowhere"], "polydesign.data prepare polymers"),
        (["no-such-checkpoint", "--task", "unconditional"], "no-such-checkpoint"),
        (["--readme", "no/README.md", "--results", "no/results"], "no result files"),
    ],
)
def test_mistakes_are_explained_in_one_line(checkpoint, capsys, arguments, message):
    assert evaluate.main([text.format(id=checkpoint) for text in arguments]) == cli.USER_ERROR
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error
