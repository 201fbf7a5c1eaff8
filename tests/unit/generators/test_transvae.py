from dataclasses import replace

import numpy as np
import pytest
import torch

from polydesign.core.errors import TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.corpora.prepare import prepare
from polydesign.data.encodings.tokenizer import PolymerTokenizer, train_tokenizer
from polydesign.data.encodings.tokens import TokenRows
from polydesign.generators.transvae.bottleneck import ConvBottleneck
from polydesign.generators.transvae.config import KINDS, PRESETS, STUDY, TransVAEConfig
from polydesign.generators.transvae.generator import TransVAEGenerator
from polydesign.generators.transvae.network import TransVAE, _Steps
from polydesign.generators.transvae.recipe import RECIPE, token_counts
from polydesign.nn.latent import Gaussian
from polydesign.nn.requests import Requests
from polydesign.store import open_folder
from polydesign.training.recipe import Order
from polydesign.training.record import train
from polydesign.writing.sampling import Writing

VOCABULARY = ("<pad>", "<start>", "<end>", "<unk>", "*", "C", "(", ")", "1", "O", "=", "N")
STRINGS = torch.tensor([[1, 4, 5, 5, 4, 2, 0], [1, 4, 9, 4, 2, 0, 0], [1, 11, 6, 4, 7, 4, 2], [1, 5, 2, 0, 0, 0, 0]])
LENGTHS = torch.tensor([6, 5, 7, 3])


def network(kind: str, **settings) -> TransVAE:
    torch.manual_seed(0)
    config = TransVAEConfig(
        vocab_size=12, vocabulary=VOCABULARY, kind=kind, d_model=16, n_layers=2, n_heads=2, d_feedforward=24,
        d_latent=6, d_channels=8, max_length=16, dropout=0.0,
    )  # fmt: skip
    return TransVAE(replace(config, **settings)).eval()


@pytest.fixture(params=KINDS)
def kind(request) -> str:
    return request.param


def encode(model, tokens):
    return model.encode(tokens, Requests.none(len(tokens)))


def likely(seed: int = 0) -> Writing:
    return Writing(torch.Generator().manual_seed(seed), temperature=0.0)


def test_widths_are_those_of_table_1():
    table = {
        "rnn-128": ("rnn", 128, 128, None),
        "rnn-256": ("rnn", 256, 128, None),
        "rnnattn-128": ("rnnattn", 128, 128, None),
        "rnnattn-256": ("rnnattn", 256, 128, None),
        "trans1x-128": ("trans", 128, 128, 128),
        "trans4x-128": ("trans", 128, 128, 512),
        "trans1x-256": ("trans", 256, 128, 256),
        "trans4x-256": ("trans", 256, 128, 1024),
    }
    assert set(STUDY) == set(table) <= set(PRESETS)
    for name, (kind, d_model, d_latent, d_feedforward) in table.items():
        config = PRESETS[name]
        assert (config.kind, config.d_model, config.d_latent) == (kind, d_model, d_latent)
        model = TransVAE(replace(config, vocab_size=64))
        assert model.head.in_features == d_model and model.bottleneck.code.out_features == 2 * d_latent
        if d_feedforward is not None:
            blocks = [*model.reader.blocks, *model.refine.blocks, *model.writer.blocks]
            assert len(blocks) == 3 + 1 + 3 and {block.mlp[0].out_features for block in blocks} == {d_feedforward}


def test_small_presets_of_each_kind_can_be_shipped():
    small = {name: config for name, config in PRESETS.items() if name.startswith("small")}
    assert {config.kind for config in small.values()} == set(KINDS)
    for config in small.values():
        n = sum(p.numel() for p in TransVAE(replace(config, vocab_size=192)).parameters())
        assert 1e6 < n < 3e6  # two bytes each


@pytest.mark.parametrize("tally", [False, True])
def test_decoding_computes_what_training_computes(kind, tally):
    model = network(kind, tally=tally)
    z = torch.randn(5, 6)
    rows = model.decode(z, Requests.none(5), likely())
    tokens = torch.full((5, 16), 2)
    tokens[:, 0] = 1
    for i, row in enumerate(rows):
        tokens[i, 1 : len(row) + 1] = torch.tensor(row)
    whole = model.logits(tokens, z).detach()
    best = whole.clone()
    best[..., [0, 1, 3]] = -torch.inf
    for i, row in enumerate(rows):
        expected = [*row, 2][:15]
        assert best[i].argmax(dim=-1)[: len(expected)].tolist() == expected
    steps = _Steps(model, z)
    with torch.no_grad():
        stepwise = torch.stack([steps.step(tokens[:, k]) for k in range(tokens.shape[1])], dim=1)
    assert torch.allclose(stepwise, whole, atol=1e-5)


def test_finished_rows_can_be_dropped(kind):
    model, z, keep = network(kind, tally=True), torch.randn(4, 6), torch.tensor([1, 3])
    all_of_them, some = _Steps(model, z), _Steps(model, z)
    with torch.no_grad():
        all_of_them.step(STRINGS[:, 0])
        some.step(STRINGS[:, 0])
        some.keep(keep)
        assert torch.allclose(all_of_them.step(STRINGS[:, 1])[keep], some.step(STRINGS[keep, 1]), atol=1e-5)


def test_a_code_sees_every_token_and_no_padding(kind):
    model = network(kind)
    alone, together = encode(model, STRINGS[1:2, :5]), encode(model, STRINGS)
    assert torch.allclose(alone.mean, together.mean[1:2], atol=1e-5)
    assert torch.allclose(alone.log_var, together.log_var[1:2], atol=1e-5)
    for position in (1, 2, 3):
        changed = STRINGS[1:2, :5].clone()
        changed[0, position] = 10
        assert not torch.allclose(encode(model, changed).mean, alone.mean, atol=1e-5)


def test_the_writer_sees_the_code_and_not_what_follows(kind):
    model, z = network(kind), torch.randn(4, 6)
    tokens = STRINGS[:, :5]
    logits = model.logits(tokens, z, LENGTHS)
    later = tokens.clone()
    later[:, 4] = 10
    assert torch.allclose(model.logits(later, z, LENGTHS)[:, :4], logits[:, :4], atol=1e-5)
    assert not torch.allclose(model.logits(tokens, z + 3.0, LENGTHS), logits, atol=1e-4)
    beside = model.logits(tokens[1:2], z[1:2], LENGTHS[1:2])  # another memory's length must not matter
    assert torch.allclose(beside, logits[1:2], atol=1e-5)


def test_attention_weights_add_up_to_one_and_spare_padding():
    reader = network("rnnattn").reader
    x, visible = torch.randn(4, 7, 16), STRINGS != 0
    hidden = reader.states(x)[-1]
    weights = reader.weights(x, hidden, visible)
    assert weights.shape == (4, 7, 7)
    assert torch.allclose(weights.sum(dim=2), torch.ones(4, 7), atol=1e-6)
    assert not weights.masked_select(~visible[:, None].expand(4, 7, 7)).any()


def test_the_memory_of_the_bottleneck_can_be_made_in_part():
    torch.manual_seed(0)
    bottleneck, z = ConvBottleneck(16, 8, 40, 6), torch.randn(3, 6)
    whole = bottleneck.restore(z)
    assert whole.shape == (3, 40, 16)
    for n in (1, 7, 8, 9, 23, 40):
        assert torch.allclose(bottleneck.restore(z, n), whole[:, :n], atol=1e-6)


def test_transformers_are_told_the_most_probable_length_when_they_write():
    model, z = network("trans"), torch.randn(4, 6)
    told = model.length(z).argmax(dim=1) + 1
    assert torch.equal(model.logits(STRINGS, z), model.logits(STRINGS, z, told))


def test_every_term_of_the_loss_is_a_sum_over_the_string(kind):
    model = network(kind, beta=0.3)
    draw = torch.Generator().manual_seed
    parts = {name: float(value.detach()) for name, value in model.loss({"tokens": STRINGS}, "train", draw(0)).items()}
    code = encode(model, STRINGS)
    z = code.draw(draw(0))
    log_p = model.logits(STRINGS[:, :-1], z, LENGTHS).log_softmax(dim=-1).gather(2, STRINGS[:, 1:, None])[..., 0]
    string = -(log_p * (STRINGS[:, 1:] != 0)).sum(dim=1).mean()
    assert parts["string"] == pytest.approx(float(string.detach()), rel=1e-5)
    assert parts["kl"] == pytest.approx(float(code.kl().sum(dim=1).mean().detach()), rel=1e-5)
    assert (parts["length"] > 0) == (kind == "trans")
    per_string = float(LENGTHS.sum() - 4) / 4
    assert parts["token"] == pytest.approx(parts["string"] / per_string)
    bound = parts["string"] + parts["length"] + 0.3 * parts["kl"]
    assert parts["loss"] == pytest.approx(bound / per_string, rel=1e-5)


def test_the_kl_term_rises_in_training_and_weighs_fully_on_held_out_strings():
    model = network("rnn", beta=0.5)

    def loss():
        return float(model.loss({"tokens": STRINGS}, "train", torch.Generator().manual_seed(0))["loss"].detach())

    full = loss()
    model.train()
    model.proceed("train", 0.0)
    begin = loss()
    model.proceed("train", 0.25)
    assert begin < loss() < full
    model.eval()
    assert loss() == full


def test_a_kl_that_is_not_a_number_is_no_zero(kind):
    model = network(kind)
    with torch.no_grad():
        model.bottleneck.code.bias.fill_(float("nan"))
    with pytest.raises(TrainingError, match="KL term is nan"):
        model.loss({"tokens": STRINGS}, "train")


def test_rare_tokens_weigh_more_and_the_mean_stays():
    model = network("rnn", least_weight=0.5)
    counts = torch.tensor([0.0, 0.0, 9.0, 0.0, 50.0, 200.0, 3.0, 3.0, 1.0, 10.0, 5.0, 2.0])
    model.weigh(counts)
    weight = model.token_weight
    assert float(weight[5] / weight[0]) == pytest.approx(0.5)
    assert torch.equal(weight.argsort(stable=True), (-counts).argsort(stable=True))
    assert float((weight * counts).sum() / counts.sum()) == pytest.approx(1.0)


def test_high_entropy_sampling_leaves_the_other_dimensions_at_their_mean(kind):
    model = network(kind)
    mean = torch.randn(50, 6) * torch.tensor([2.0, 0.0, 1.0, 0.0, 0.0, 0.0]) + torch.arange(6.0) / 100
    log_var = torch.tensor([-4.0, 0.0, -2.0, 0.0, 0.0, 0.0]).expand(50, 6)
    model.measure(Gaussian(mean, log_var))
    assert model.informative(0.95).tolist() == [True, False, True, False, False, False]
    assert model.informative(0.05).tolist() == [True, False, False, False, False, False]
    assert model.informative(1.0).all()

    def codes(**options):
        return model.codes(Requests.none(9), likely(3), **options)

    drawn, plain = codes(informative=0.95), codes()
    assert torch.equal(drawn[:, [0, 2]], plain[:, [0, 2]])
    assert torch.equal(drawn[:, [1, 3, 4, 5]], mean.mean(dim=0)[[1, 3, 4, 5]].expand(9, 4))
    assert torch.equal(codes(spread=0.5), 0.5 * plain)
    assert not model.centre.requires_grad and {"centre", "information"} <= set(model.state_dict())


def test_it_learns_to_write_again_what_it_has_read(kind):
    model = network(kind, d_model=32, d_feedforward=64, beta=0.01)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    wanted, written = [[4, 5, 5, 4], [4, 9, 4], [11, 6, 4, 7, 4], [5]], []
    for step in range(900):  # how many it takes depends on how sums are rounded
        if step % 100 == 0:
            z = encode(model.eval(), STRINGS).mean.detach()
            written = model.decode(z, Requests.none(4), likely())
            if written == wanted:
                break
        optimizer.zero_grad()
        parts = model.train().loss({"tokens": STRINGS}, "train", torch.Generator().manual_seed(step))
        parts["loss"].backward()
        optimizer.step()
    assert written == wanted and step > 0


def test_codes_of_polymers_do_not_depend_on_their_neighbours(kind):
    torch.manual_seed(0)
    tokenizer = PolymerTokenizer(train_tokenizer(demo_polymers(), 64), "smiles")
    preset = PRESETS[{"trans": "tiny"}.get(kind, f"tiny-{kind}")]
    meta = {"vocab_size": tokenizer.vocab_size, "vocabulary": tokenizer.vocabulary, "notation": "smiles"}
    model = TransVAEGenerator(TransVAE(preset.for_data(meta)), tokenizer)
    polymers = demo_polymers()[:20]
    codes = model.encode([*polymers, "*" + "C=" * 200 + "*"])  # the last is read in part
    assert np.allclose(model.encode(polymers[7:8]), codes[7:8], atol=1e-4)
    assert model.encode([]).shape == (0, preset.d_latent)
    assert len(model.decode(codes, seed=0)) == 21


def test_what_dimensions_carry_is_measured_on_held_out_strings(tmp_path):
    data = prepare("demo", tmp_path / "demo", vocab_size=96)
    train(Order("transvae", str(data), tmp_path / "run", "tiny", steps=4, overrides={"least_weight": "0.5"}))
    checkpoint = open_folder(tmp_path / "run")
    weights = checkpoint.weights()
    model = TransVAE(RECIPE.configure(PRESETS["tiny"], TokenRows.load(data), {}))
    model.load_state_dict(dict(weights))
    rows = TokenRows.load(data)
    held_out = np.flatnonzero(rows.split == 1)
    tokens = torch.from_numpy(rows.batch(held_out)["tokens"])
    with torch.no_grad():
        code = encode(model.eval(), tokens)
    assert torch.allclose(weights["information"].float(), code.kl().mean(dim=0), rtol=0.02, atol=2e-3)
    assert torch.allclose(weights["centre"].float(), code.mean.mean(dim=0), rtol=0.02, atol=2e-3)
    assert weights["token_weight"].float().min() < 1.0 < weights["token_weight"].float().max()


def test_tokens_are_counted_as_often_as_their_strings_are_drawn(tmp_path):
    rows = TokenRows(
        tmp_path, {}, np.array([5, 5, 6, 7, 8], np.uint16), np.array([0, 2, 3, 5]), np.zeros((3, 0)),
        np.array([0, 0, 1], np.uint8), np.array([3.0, 1.0, 9.0], np.float32),
    )  # fmt: skip
    # Two training rows, drawn 1.5 and 0.5 times as two of them are drawn.
    assert token_counts(rows, 9).tolist() == [0, 0, 2.0, 0, 0, 3.0, 0.5, 0, 0]


def test_settings_are_checked():
    for settings, message in (
        ({"kind": "lstm"}, "kind must be one of rnn, rnnattn, trans; got 'lstm'"),
        ({"n_heads": 5}, "multiple of 2 n_heads"),
        ({"max_length": 100}, "multiple of 8; got 100"),
        ({"beta": -1.0}, "beta"),
        ({"least_weight": 0.0}, "least_weight"),
        ({"n_layers": 0}, "n_layers must be at least 1"),
        ({"kl_schedule": "never"}, "kl_schedule"),
    ):
        with pytest.raises(TrainingError, match=message):
            TransVAEConfig(**settings)
