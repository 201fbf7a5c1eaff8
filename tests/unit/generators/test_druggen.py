"""DrugGEN: starts without RDKit, what is hidden, edits, the joint game, mending, and training through both phases."""

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from polydesign import store
from polydesign.chem.notation.heavy_graphs import heavy_graph, written
from polydesign.chem.notation.identity import chain_key
from polydesign.chem.notation.psmiles import validate
from polydesign.core.errors import OptionError, TrainingError
from polydesign.core.targets import Target
from polydesign.data.corpora.prepare import prepare, prepare_again
from polydesign.data.encodings.heavy_graphs import HeavyGraphEncoding
from polydesign.generators.druggen.config import PRESETS
from polydesign.generators.druggen.critic import excess
from polydesign.generators.druggen.hiding import hide
from polydesign.generators.druggen.mending import mended
from polydesign.generators.druggen.network import DrugGEN, one_hot, restored
from polydesign.generators.druggen.recipe import EditGame, fill
from polydesign.generators.druggen.starts import dense, hashes_of, make_starts
from polydesign.nn.requests import Requests
from polydesign.training.objectives.adversarial import gradient_penalty
from polydesign.training.recipe import Order
from polydesign.training.record import train


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = prepare("demo", tmp_path_factory.mktemp("druggen") / "demo", vocab_size=96)
    return prepare_again(folder, HeavyGraphEncoding())


@pytest.fixture(scope="module")
def rows(demo):
    return HeavyGraphEncoding().load(HeavyGraphEncoding().folder_in(demo))


@pytest.fixture
def network(rows):
    torch.manual_seed(0)
    made = DrugGEN(replace(PRESETS["tiny"].for_data(rows.meta), n_starts=64))
    fill(made, rows)
    return made


def batch_of(rows, n=12):
    index = np.flatnonzero(rows.sizes <= 40)[:n]
    return {name: torch.from_numpy(array) for name, array in rows.batch(index).items()}


def as_text(rows, kinds, bonds):
    names = rows.meta["kinds"]
    return written([names[code - 1] for code in kinds.tolist() if code], [b for b in bonds.tolist() if b[2]])


def test_starts_are_new_valid_units_of_the_corpus_sizes(rows):
    kinds, bonds = make_starts(rows, 200, 40, 48)
    texts = [as_text(rows, *start) for start in zip(kinds, bonds, strict=True)]
    verdicts = [validate(text) for text in texts]
    assert all(verdict.valid for verdict in verdicts)
    assert len({chain_key(verdict.psmiles) for verdict in verdicts}) > 100
    sizes = (kinds > 0).sum(dim=1)
    assert (sizes.diff() >= 0).all() and abs(float(sizes.float().mean()) - rows.sizes.mean()) < 4
    assert len(hashes_of(kinds, dense(bonds, 40)).unique()) > 195
    again, _ = make_starts(rows, 200, 40, 48)
    assert torch.equal(again, kinds)


def test_no_start_is_made_of_a_half_that_fewer_than_three_chains_have(rows):
    class Two:  # of which no half can be in three
        split, weight, meta = rows.split[:2] * 0, rows.weight[:2], rows.meta
        sizes, batch = rows.sizes[:2], rows.batch

    with pytest.raises(TrainingError, match="larger corpus"):
        make_starts(Two, 10, 40, 48)


def test_hashes_are_those_of_graphs_in_any_order(rows):
    batch = batch_of(rows, 60)
    order = torch.randperm(batch["kinds"].shape[1])
    hashes = hashes_of(batch["kinds"], batch["bonds"])
    moved = hashes_of(batch["kinds"][:, order], batch["bonds"][:, order][:, :, order])
    assert torch.equal(hashes, moved)
    texts = [chain_free(rows, batch, i) for i in range(60)]
    assert len(hashes.unique()) == len(set(texts))


def chain_free(rows, batch, i):
    """Return the canonical string of a graph of a batch."""
    from rdkit import Chem

    ends = batch["bonds"][i].triu(1).nonzero()
    bonds = [(int(a), int(b), int(batch["bonds"][i, a, b])) for a, b in ends]
    names = rows.meta["kinds"]
    text = written([names[code - 1] for code in batch["kinds"][i].tolist() if code], bonds)
    return Chem.MolToSmiles(Chem.MolFromSmiles(text))


def test_what_is_hidden_is_not_seen_and_attachment_points_stay(rows):
    batch = batch_of(rows)
    kinds, bonds, n = batch["kinds"], batch["bonds"], len(rows.meta["kinds"]) + 1
    ones = torch.ones(len(kinds), 2)
    nothing = hide(kinds, bonds, n, ones, (0.0, 0.0, 0.0), torch.Generator().manual_seed(0))
    assert torch.equal(nothing.kinds.argmax(-1), kinds) and torch.equal(nothing.shown.argmax(-1), bonds)
    everything = hide(kinds, bonds, n, ones, (1.0, 1.0, 1.0), torch.Generator().manual_seed(0))
    hidden = kinds > 1
    assert everything.kinds[hidden].sum() == 0 and (everything.kinds[kinds == 1][:, 1] == 1).all()
    assert everything.shown[..., 1:].sum() == 0 and everything.bonds[everything.may_bond].sum() == 0
    assert not everything.may_be[hidden][:, :2].any() and everything.may_be[~hidden].sum(-1).max() == 1
    orders = hide(kinds, bonds, n, ones, (0.0, 1.0, 0.0), torch.Generator().manual_seed(0))
    assert (orders.bonds[bonds > 0] == torch.tensor([0.0, 1.0, 1.0, 1.0])).all()
    assert torch.equal(orders.shown.argmax(-1), (bonds > 0).long())
    assert not torch.equal(
        hide(kinds, bonds, n, ones, (0.5, 0, 0), torch.Generator().manual_seed(1)).kinds,
        hide(kinds, bonds, n, ones, (0.5, 0, 0), torch.Generator().manual_seed(2)).kinds,
    )


def test_an_edit_is_one_hot_symmetric_and_keeps_size_and_attachment_points(network):
    kinds, orders = network.starts(torch.tensor([12, 15, 18, 18]), torch.Generator().manual_seed(0), 20)
    edits = network.edit(kinds, orders, Requests.none(4, len(network.config.conditions)), torch.Generator())
    for edit in edits:
        codes, bonds = edit.graph.kinds.argmax(-1), edit.graph.bonds.argmax(-1)
        assert torch.allclose(edit.graph.kinds.sum(-1), torch.ones(4, 20)) and torch.equal(bonds, bonds.transpose(1, 2))
        assert torch.equal(codes == 1, kinds == 1) and torch.equal(codes == 0, kinds == 0)
        assert bonds.diagonal(dim1=1, dim2=2).sum() == 0 and (bonds * (kinds == 0)[:, None]).sum() == 0
    assert sum(p.grad is not None for p in network.parameters()) == 0
    edits[1].graph.bonds[..., 1].sum().backward()  # straight through both generators
    assert network.first.heads.kind[1].weight.grad.abs().sum() > 0


def test_nothing_hidden_gives_back_the_start_of_a_generator_that_keeps_what_it_sees(network):
    for heads in (network.first.heads, network.second.heads):
        heads.keep.data.fill_(1e3)
    kinds, orders = network.starts(torch.tensor([14, 20]), torch.Generator().manual_seed(0), 24)
    none = Requests.none(2, len(network.config.conditions))
    _, second = network.edit(kinds, orders, none, torch.Generator(), torch.zeros(2, 2))
    assert torch.equal(second.graph.kinds.argmax(-1), kinds) and torch.equal(second.graph.bonds.argmax(-1), orders)


def test_restoring_is_cross_entropy_an_atom_each_pair_once(network, rows):
    batch = batch_of(rows, 3)
    kinds, bonds = batch["kinds"], batch["bonds"]
    hidden = network.hidden(kinds, bonds, torch.ones(3, 2), torch.Generator().manual_seed(0))
    edit = network.first(hidden, 1.0, torch.Generator().manual_seed(0))
    by_hand = 0.0
    for b in range(3):
        for i in range(kinds.shape[1]):
            by_hand -= edit.kinds[b, i].log_softmax(-1)[kinds[b, i]].item()
            for j in range(i):
                by_hand -= edit.bonds[b, i, j].log_softmax(-1)[bonds[b, i, j]].item()
    assert restored(edit, kinds, bonds).item() == pytest.approx(by_hand / int((kinds > 0).sum()), rel=1e-3)


def test_the_game_is_joint_and_each_critic_has_its_own_rows_and_penalty(network, rows):
    game, batch = EditGame(network), batch_of(rows)
    real = game.real(batch)
    assert [len(part) for part in real] == [24, 24, 24] and real[2][:12].abs().sum() == 0
    before = game.score(real)
    with torch.no_grad():
        game.critic.second.score[2].weight.mul_(2.0)
    after = game.score(real)
    assert torch.equal(before[:12], after[:12]) and torch.allclose(after[12:], 2 * before[12:], rtol=1e-4)
    fake = game.fake(batch, torch.Generator().manual_seed(0))
    assert torch.equal(fake[2], real[2]), "both are judged by the same request"
    assert gradient_penalty(game, real, fake, torch.Generator().manual_seed(0)) > 0
    figures = game.compare(real, fake)
    assert set(figures) == {"sound", "unique", "unchanged", "changes"}
    same = one_hot(*game._starts, network.n_kinds)
    twice = tuple(torch.cat([part, part]) for part in same)
    figures = game.compare(real, (*twice, fake[2]))
    assert figures["unchanged"] == 1 and figures["changes"] == 0 and figures["sound"] == 1


def test_a_broken_graph_is_charged_with_a_gradient(network, rows):
    game, batch = EditGame(network), batch_of(rows)
    game.fake(batch, torch.Generator().manual_seed(0))
    graph = one_hot(*game._starts, network.n_kinds)
    asked = torch.zeros(24, 2 * len(network.config.conditions))
    whole = (*(torch.cat([part, part]) for part in graph), asked)
    good = game.charges(batch, whole, torch.Generator().manual_seed(0))
    assert good["overfull"] == 0 and good["apart"] == 0 and good["restored"] > 0
    bonds = whole[1].clone()
    bonds[:, 0] = bonds[:, :, 0] = torch.tensor([1.0, 0.0, 0.0, 0.0])  # the first attachment point falls off
    bonds[:, 1, 2:4] = torch.tensor([0.0, 0.0, 0.0, 1.0])
    bonds.requires_grad_()
    bad = game.charges(batch, (whole[0], bonds, asked), torch.Generator().manual_seed(0))
    assert bad["overfull"] > 0 and bad["apart"] > 0.5
    (gradient,) = torch.autograd.grad(bad["apart"], bonds)
    assert (gradient[:, 0, 1, 0] > 0).all(), "not to be bonded costs"


def test_excess_is_the_sum_of_orders_beyond_the_room(network, rows):
    names = rows.meta["kinds"]
    codes = torch.tensor([[1, names.index("C") + 1, names.index("O") + 1]])
    bonds = torch.tensor([[[0, 1, 0], [1, 0, 3], [0, 3, 0]]])
    assert excess(*one_hot(codes, bonds, network.n_kinds), network.room)[0].tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("kinds", "bonds", "expected"),
    [
        (["*", "C", "O", "*"], [(0, 1, 1), (1, 2, 3), (1, 3, 1)], "*C(*)=O"),
        (["*", "C", "C", "*", "N"], [(0, 1, 1), (1, 2, 1), (2, 3, 1)], "*CC*"),
        (["*", "C", "C", "*"], [(0, 1, 1), (1, 2, 1)], "*CC*"),
        (["*", "C", "F", "C", "*"], [(0, 1, 1), (1, 2, 2), (2, 3, 1), (1, 3, 1), (3, 4, 1)], "*CC(*)F"),
    ],
)
def test_mending(kinds, bonds, expected):
    room = [{"*": 1, "C": 4, "N": 3, "O": 2, "F": 1}[kind] for kind in kinds]
    assert chain_key(written(*mended(kinds, bonds, room))) == chain_key(expected)
    assert not validate(written(kinds, bonds)).valid


def test_mending_leaves_what_is_whole_alone():
    graph = heavy_graph("*Oc1ccc(C(=O)N*)cc1")
    room = [{"*": 1, "C": 4, "N": 3, "O": 2}[kind] for kind in graph.kinds]
    kinds, bonds = mended(graph.kinds, graph.bonds, room)
    assert (kinds, sorted(bonds)) == (list(graph.kinds), sorted(graph.bonds))


def test_dense_bonds(rows):
    assert dense(torch.tensor([[[0, 1, 2], [1, 2, 1], [0, 0, 0]]]), 3)[0].tolist() == [[0, 2, 0], [2, 0, 1], [0, 1, 0]]


def test_guidance_leads_away_from_what_is_unasked_for(network):
    network.second.asked.mlp[2].weight.data.normal_()
    n = len(network.config.conditions)
    requests = Requests(torch.ones(4, n), torch.arange(n).expand(4, n) < 1)
    kinds, orders = network.starts(torch.full((4,), 16), torch.Generator().manual_seed(0), 16)

    def logits(requests, scale):
        generator = torch.Generator().manual_seed(3)
        edit = network.edit(kinds, orders, requests, generator, torch.ones(4, 2), 0.0, scale)[1]
        return edit.kinds[edit.kinds > -1e3]

    with torch.no_grad():
        one, none = logits(requests, 1.0), logits(requests.hidden(), 1.0)
        assert torch.allclose(logits(requests, 3.0), none + 3 * (one - none), atol=1e-3)
        assert torch.equal(logits(requests.hidden(), 3.0), none) and not torch.allclose(one, none, atol=1e-2)


@pytest.fixture(scope="module")
def trained(demo, tmp_path_factory):
    out = tmp_path_factory.mktemp("trained") / "druggen"
    train(Order("druggen", str(demo), out, "tiny", steps=12, log_every=1))
    return out


def test_it_trains_through_both_phases_and_ships_no_critic(trained):
    log = [json.loads(line) for line in (trained.with_name("druggen.run") / "log.jsonl").read_text().splitlines()]
    phases = {line["phase"]: line for line in log if "phase" in line and "event" not in line}
    assert phases["restore"]["first"] < 12 and {"sound", "unique", "unchanged", "changes"} <= set(phases["play"])
    assert log[-1]["event"] == "end" and {"valid_sound", "valid_changes", "valid_distance"} <= set(log[-1])
    weights = store.open_folder(trained).weights()
    assert not any(name.startswith("critic") for name in weights) and weights["start_kinds"].any()


def test_it_writes_what_it_made_and_options_are_listened_to(trained):
    model = store.load_model(store.open_folder(trained))
    raw = model.sample({}, 40, seed=1)
    assert len(raw) == 40 and raw == model.sample({}, 40, seed=1) and raw != model.sample({}, 40, seed=2)
    model.network.second.asked.mlp[2].weight.data *= 300.0  # after twelve steps nothing else would show
    assert raw == model.sample({}, 40, seed=1) != model.sample({"RingCount": Target(value=3.0)}, 40, seed=1)
    drawn = model._draw(600, torch.Generator().manual_seed(0))
    assert len(drawn) == 600 and len(drawn[:256].unique()) == len(drawn[256:512].unique()) == 256
    assert model.sample({}, 0, seed=1) == []
    first = model.sample({}, 40, seed=1, options={"stage": "first"})
    assert first == model.sample({"RingCount": Target(value=3.0)}, 40, seed=1, options={"stage": "first"})
    whole = model.sample({}, 40, seed=1, options={"constrained": True})
    assert sum(validate(text).valid for text in whole) > sum(validate(text).valid for text in raw)
    with pytest.raises(OptionError):
        model.sample({}, 4, seed=1, options={"stage": "third"})


def test_training_needs_no_rdkit():
    code = (
        "import sys, polydesign.generators.druggen.recipe, polydesign.generators.druggen.generator;"
        "sys.exit('rdkit' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
