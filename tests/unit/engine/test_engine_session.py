import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from polydesign import store
from polydesign.core.errors import CheckpointError
from polydesign.engine import session as module
from polydesign.engine.session import Session, available_cores


@pytest.fixture
def loads(monkeypatch):
    """Names of the checkpoints that were loaded, in order; loading takes a moment."""
    names, load_model = [], store.load_model

    def slow(checkpoint):
        names.append(checkpoint.id)
        time.sleep(0.05)
        return load_model(checkpoint)

    monkeypatch.setattr(module.store, "load_model", slow)
    return names


def copies(folder, n):
    """Make checkpoints toy0 to toy(n-1) from the toy."""
    ids = [f"toy{i}" for i in range(n)]
    for id in ids:
        shutil.copytree(folder / "ngram", folder / id)
        config = folder / id / "config.json"
        config.write_text(config.read_text().replace('"id": "ngram"', f'"id": "{id}"'))
    return ids


def test_a_model_is_loaded_once_even_when_several_threads_ask(toy_checkpoints, loads):
    session, found = Session(), []
    threads = [threading.Thread(target=lambda: found.append(session.generator("ngram"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["ngram"]
    assert len(found) == 6 and all(model is found[0] for model in found)


def test_the_least_recently_used_generator_is_let_go(toy_checkpoints, loads):
    first, second, third = copies(toy_checkpoints, 3)
    session = Session(max_generators=2)
    for id in (first, second, first, third, first, second):
        session.generator(id)
    assert loads == [first, second, third, second]


def test_generators_are_let_go_by_size_but_the_last_one_stays(toy_checkpoints, loads):
    first, second = copies(toy_checkpoints, 2)
    session = Session(max_bytes=1)
    for id in (first, first, second, first):
        session.generator(id)
    assert loads == [first, second, first]


def test_a_checkpoint_that_was_trained_anew_is_loaded_anew(toy_checkpoints, loads):
    session = Session()
    before = session.generator("ngram")
    config = toy_checkpoints / "ngram" / "config.json"
    config.write_text(config.read_text().replace('"max_length": 120', '"max_length": 60'))
    assert session.generator("ngram") is not before
    assert session.generator("ngram").config.max_length == 60


def test_a_broken_checkpoint_is_explained_and_found_sound_again_after_repair(toy_checkpoints):
    weights = toy_checkpoints / "ngram" / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-10])
    session = Session()
    with pytest.raises(CheckpointError, match="cut off or altered"):
        session.generator("ngram")
    weights.write_bytes(whole)
    assert session.generator("ngram").sample({}, 1, seed=0)


def test_known_chains_are_sorted_hashes(toy_checkpoints):
    known = Session().known_chains("ngram")
    assert known.dtype == np.uint32 and len(known) > 100
    assert (np.diff(known.astype(object)) > 0).all()


def test_a_list_of_known_chains_of_another_form_is_refused(toy_checkpoints):
    found = store.find("ngram")
    np.save(toy_checkpoints / "ngram" / "known_chains.npy", np.zeros(3))
    with pytest.raises(CheckpointError, match="must hold the hashes of chains, but it holds float64"):
        module.load_known_chains(found)


def test_missing_roles_and_wrong_kinds_are_explained(toy_checkpoints):
    for role in ("guide", "checker"):
        (toy_checkpoints / role).unlink(missing_ok=True)
    session = Session()
    with pytest.raises(CheckpointError, match="no guide among the checkpoints"):
        session.guide()
    with pytest.raises(CheckpointError, match="no checkpoint 'nothing'"):
        session.generator("nothing")


def test_importing_the_engine_imports_neither_torch_nor_rdkit_nor_streamlit():
    code = (
        "import sys; from polydesign.engine import jobs, session; "
        "from polydesign.engine.goals import advice, feasibility; "
        "from polydesign.engine.design import export, manifest, run; "
        "bad = {'torch', 'rdkit', 'streamlit', 'pandas'} & set(sys.modules); assert not bad, bad"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_cores_are_at_least_one_and_at_most_those_of_the_machine():
    assert 1 <= available_cores() <= (module.os.cpu_count() or 1)
