"""JT-VAE: what is encoded, what is learnt, and that building follows what was learnt."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from rdkit import Chem, rdBase
from torch.nn import functional as F

from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import validate
from polydesign.core.errors import ChemistryError, DataError, TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.stream import Stream
from polydesign.generators.jtvae.builder import Choosing, build
from polydesign.generators.jtvae.config import PRESETS, JTVAEConfig
from polydesign.generators.jtvae.encoding import STEP, ClusterEncoding, encoded, padded_units, read_vocabulary
from polydesign.generators.jtvae.generator import JTVAEGenerator
from polydesign.generators.jtvae.network import JTVAE

POLYMERS = demo_polymers()
TRAIN = np.arange(len(POLYMERS)) % 10 > 0


@pytest.fixture(scope="module")
def encoding_of_demo():
    return ClusterEncoding().encode(POLYMERS, TRAIN, [], None)


@pytest.fixture(scope="module")
def config(encoding_of_demo) -> JTVAEConfig:
    return PRESETS["tiny"].for_data(encoding_of_demo.meta)


@pytest.fixture(scope="module")
def clusters(encoding_of_demo):
    return read_vocabulary(encoding_of_demo.meta)


@pytest.fixture
def network(config) -> JTVAE:
    torch.manual_seed(0)
    return JTVAE(config).eval()


def batch_of(polymers, clusters) -> dict[str, torch.Tensor]:
    units = [encoded(text, clusters) for text in polymers]
    return {name: torch.from_numpy(array) for name, array in padded_units(units).items()}


def some(encoding_of_demo, n: int) -> list[str]:
    return [POLYMERS[row] for row in encoding_of_demo.kept[:n]]


# ---------------------------------------------------------------------------------------------------------- encoding


def test_all_but_few_units_are_expressed_and_the_others_counted(encoding_of_demo):
    meta = encoding_of_demo.meta
    left_out = sum(meta[name] for name in ("not_expressed", "too_large", "unknown_cluster", "unknown_valence"))
    assert left_out == len(POLYMERS) - len(encoding_of_demo.kept) <= 0.05 * len(POLYMERS)
    assert meta["rdkit"] == rdBase.rdkitVersion
    assert meta["clusters"][0] == "-*"  # that of most units first


def test_the_vocabulary_is_that_of_the_training_rows_and_no_larger_than_asked_for():
    units, is_train = ["*CC*", "*COC*", "*CCl*".replace("Cl", "(Cl)C"), "*C1CCC1*"], np.array([True, True, True, False])
    meta = ClusterEncoding().encode(units, is_train, [], None).meta
    assert set(meta["clusters"]) == {"-*", "-C", "-O", "-Cl"} and meta["unknown_cluster"] == 1
    few = ClusterEncoding(vocabulary=3).encode(units, is_train, [], None)
    assert len(few.meta["clusters"]) == 3 and few.meta["unknown_cluster"] == 2 and few.kept.tolist()[0] == 0
    assert ClusterEncoding(most=4).encode(units, is_train, [], None).meta["too_large"] == 3
    with pytest.raises(DataError, match="at most 2 atoms"):
        ClusterEncoding(most=2).encode(units, is_train, [], None)


def test_data_made_like_others_take_over_their_vocabulary(encoding_of_demo, tmp_path):
    (tmp_path / "meta.json").write_text(json.dumps(dict(encoding_of_demo.meta)))
    like = ClusterEncoding().encode(["*CC*", "*C[As](C)*"], np.array([True, True]), [], tmp_path)
    assert like.meta["clusters"] == encoding_of_demo.meta["clusters"] and like.kept.tolist() == [0]
    with pytest.raises(DataError, match="clusters"):
        ClusterEncoding().encode(["*CC*"], np.array([True]), [], tmp_path / "nothing")


def test_rows_are_read_as_they_were_written(encoding_of_demo, clusters, tmp_path):
    folder = write(encoding_of_demo, tmp_path)
    rows = ClusterEncoding().load(folder)
    index = np.array([5, 0, 11])
    batch, kept = rows.batch(index), encoding_of_demo.kept
    expected = batch_of([POLYMERS[row] for row in kept[index]], clusters)
    assert all(np.array_equal(batch[name], expected[name].numpy()) for name in ("steps", "atoms", "bonds"))
    assert batch["steps"].dtype == np.int64 and batch["steps"].shape[2] == len(STEP)
    assert rows.sizes[5] == Chem.MolFromSmiles(POLYMERS[kept[5]]).GetNumAtoms() == (batch["atoms"][0, :, 0] > 0).sum()
    assert rows.count(batch) == 3.0 and len(rows) == len(kept)
    (folder / "steps.npy").unlink()
    with pytest.raises(DataError, match="no prepared clusters"):
        ClusterEncoding().load(folder)


def write(encoding_of_demo, folder: Path) -> Path:
    n = len(encoding_of_demo.kept)
    for name, array in encoding_of_demo.arrays.items():
        np.save(folder / f"{name}.npy", array)
    np.save(folder / "conditions.npy", np.zeros((n, 0), np.float32))
    np.save(folder / "split.npy", np.zeros(n, np.uint8))
    np.save(folder / "weight.npy", np.ones(n, np.float32))
    common = {"corpus": "demo", "data": [], "n": n, "n_train": n, "groups": {}, "recombined": 0, "conditions": []}
    common |= {"condition_mean": [], "condition_std": [], "properties": {}}
    (folder / "meta.json").write_text(json.dumps(common | dict(encoding_of_demo.meta)))
    return folder


def test_what_trains_and_what_builds_needs_no_chemistry_library():
    names = ("encoding", "config", "network", "recipe", "builder", "spec")
    modules = "; ".join(f"import polydesign.generators.jtvae.{name}" for name in names)
    subprocess.run([sys.executable, "-c", f"import sys; sys.modules['rdkit'] = None; {modules}"], check=True)


# ----------------------------------------------------------------------------------------------------------- network


def test_presets_have_the_papers_codes_and_the_small_one_can_be_shipped(encoding_of_demo):
    assert (PRESETS["reference"].d_tree, PRESETS["reference"].d_structure, PRESETS["reference"].d_model) == (
        28,
        28,
        450,
    )
    meta = {**encoding_of_demo.meta, "clusters": [*encoding_of_demo.meta["clusters"]] * 3}
    assert 2e6 < sum(p.numel() for p in JTVAE(PRESETS["small"].for_data(meta)).parameters()) < 3e6
    with pytest.raises(TrainingError, match="beta_from"):
        JTVAEConfig(beta_from=0.5, beta_to=0.4)
    with pytest.raises(TrainingError, match="d_graph"):
        JTVAEConfig(d_graph=0)


def test_the_weight_of_the_kl_term_rises_from_nothing_in_small_steps(network):
    seen = []
    for within in np.linspace(0, 1, 21):
        network.proceed("train", within)
        seen.append(network.beta)
    assert seen[:3] == [0.0] * 3 and seen[-1] == seen[12] == network.config.beta
    assert 0 < max(np.diff(seen)) < 0.11 * network.config.beta


def test_the_loss_is_nats_of_all_choices_and_beta_kl(network, encoding_of_demo, clusters):
    batch = batch_of(some(encoding_of_demo, 6), clusters)
    network.beta = 0.3
    with torch.no_grad():
        parts = network.loss(batch, "train", torch.Generator().manual_seed(0))
        code = network.encode(batch)
    assert float(parts["kl"]) == pytest.approx(float(code.kl().sum(dim=1).mean()), rel=1e-5)
    assert float(parts["loss"]) == pytest.approx(float(parts["nats"] + 0.3 * parts["kl"]), rel=1e-6)
    z = code.draw(torch.Generator().manual_seed(0))
    dictated = Dictated(batch["steps"])
    build(network, clusters, z, dictated)
    assert dictated.nats / len(z) == pytest.approx(float(parts["nats"]), rel=1e-4)  # building follows what is learnt


class Dictated:
    """Makes the choices of given units in place of `Choosing`, and adds up how improbable the network finds them."""

    check = None

    def __init__(self, steps: torch.Tensor) -> None:
        self.steps, self.calls, self.nats = steps, 0, 0.0

    def choose(self, logits, fits):
        step, choice = divmod(self.calls, 4)
        self.calls += 1
        going = self.steps[:, :, STEP.index("cluster")].gt(0).sum(dim=1) > step
        name = ("levels", "site", "cluster", "glue")[choice]
        truth = self.steps[going, step, STEP.index(name)] - int(name == "cluster")
        assert all(mask[number] for mask, number in zip(fits, truth.tolist(), strict=True)), "the truth always fits"
        self.nats += float(F.cross_entropy(logits, truth, reduction="sum"))
        return truth.tolist()


def test_dictated_the_true_choices_units_come_back(network, encoding_of_demo, clusters):
    from polydesign.chem.notation.heavy_graphs import written

    polymers = some(encoding_of_demo, 20)
    batch = batch_of(polymers, clusters)
    units = build(network, clusters, torch.zeros(20, network.d_latent), Dictated(batch["steps"]))
    assert [chain_key(written(u.kinds, u.bonds)) for u in units] == [chain_key(flat(text)) for text in polymers]


def flat(psmiles: str) -> str:
    mol = Chem.MolFromSmiles(psmiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(mol)


def test_a_code_does_not_depend_on_spelling_or_on_what_stands_beside(network, encoding_of_demo):
    model = JTVAEGenerator(network)
    polymers = some(encoding_of_demo, 12)
    codes = model.encode(polymers)
    assert codes.shape == (12, network.d_latent) and codes.dtype == np.float32
    assert np.allclose(model.encode(polymers[3:4]), codes[3:4], atol=1e-5)
    respelled = [Chem.MolToSmiles(Chem.MolFromSmiles(text), doRandom=True) for text in polymers]
    assert np.allclose(model.encode(respelled), codes, atol=1e-5)
    assert np.std(codes, axis=0).min() > 0


def test_what_the_vocabulary_lacks_is_read_up_to_there(network):
    model = JTVAEGenerator(network)
    strange = model.encode(["*CCC1CCCCCCCCCCC1C*", "*[As](C)*"])
    assert np.isfinite(strange).all()
    with pytest.raises(ChemistryError):
        model.encode(["*CC"])


@pytest.mark.parametrize("temperature", [0.0, 1.0, 2.0])
def test_every_draw_is_a_valid_unit_also_of_a_network_that_has_learnt_nothing(network, temperature):
    strings = JTVAEGenerator(network).sample({}, 60, seed=1, options={"temperature": temperature})
    verdicts = [validate(text) for text in strings]
    assert all(verdict.valid for verdict in verdicts), [v.reason for v in verdicts if not v.valid]


def test_units_do_not_grow_without_end(network, clusters):
    object.__setattr__(network.config, "max_steps", 5)
    try:
        units = build(network, clusters, torch.randn(50, network.d_latent), Choosing(torch.Generator().manual_seed(0)))
    finally:
        object.__setattr__(network.config, "max_steps", 61)
    assert max(len(unit.placed) for unit in units) <= 6 and all(unit.done for unit in units)


def test_a_few_units_are_learnt_by_heart(config, encoding_of_demo, clusters):
    torch.manual_seed(0)
    polymers = some(encoding_of_demo, 64)
    batch = batch_of(polymers, clusters)
    network = JTVAE(config)
    network.beta = 1e-2
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for step in range(300):
        optimizer.zero_grad()
        network.loss(batch, "train", torch.Generator().manual_seed(step))["loss"].backward()
        optimizer.step()
    model = JTVAEGenerator(network)
    back = model.decode(model.encode(polymers), seed=0)
    same = [chain_key(text) == chain_key(flat(known)) for text, known in zip(back, polymers, strict=True)]
    assert np.mean(same) > 0.7, list(zip(back, polymers, strict=True))


def test_the_stream_pads_little(encoding_of_demo, tmp_path):
    rows = ClusterEncoding().load(write(encoding_of_demo, tmp_path))
    batch = next(Stream(rows, 512, 62).endless(0))
    assert batch["atoms"].shape[0] * batch["atoms"].shape[1] <= 512
