"""PolyVAE's network: what code and decoder read, that sampling is the same function as training, and its settings."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from rdkit import Chem
from torch.nn.functional import cross_entropy

from polydesign.core.errors import TrainingError
from polydesign.data.corpora.demo import demo_polymers
from polydesign.data.encodings.tokenizer import SPECIAL, PolymerTokenizer, train_tokenizer
from polydesign.generators.polyvae.config import CONDITIONING, PRESETS
from polydesign.generators.polyvae.generator import PolyVAEGenerator
from polydesign.generators.polyvae.network import PolyVAE
from polydesign.nn.conditions import hide_some
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

KEYS = ("tg_exp_c", "HeavyAtomCount", "RingCount")
VOCABULARY = (*SPECIAL, "C", "N", "(", ")", "1", "*", "O", "c")
STRINGS = torch.tensor([[1, 7, 7, 5, 2, 0], [1, 4, 9, 2, 0, 0], [1, 11, 6, 6, 5, 2], [1, 8, 2, 0, 0, 0]])
NOTHING = Requests.none(4, 3)
KNOWN = torch.ones(1, 3, dtype=torch.bool)


def likely(scale=1.0):
    return Writing(torch.Generator().manual_seed(0), temperature=0.0, guidance_scale=scale)


def network(**settings) -> PolyVAE:
    torch.manual_seed(0)
    config = replace(
        PRESETS["tiny"], vocab_size=12, vocabulary=VOCABULARY, conditions=KEYS, condition_mean=(100.0, 20.0, 2.0),
        condition_std=(80.0, 10.0, 1.5), max_length=14, **settings,
    )  # fmt: skip
    model = PolyVAE(config).eval()
    for parameter in model.parameters():  # far from the small initial values
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def test_the_shipped_preset_is_the_described_one_and_small_enough():
    small = PRESETS["small"]
    assert (small.n_encoder, small.d_latent) == (4, 32)
    meta = {
        "vocab_size": 192, "vocabulary": [*SPECIAL, *["C"] * 188], "notation": "smiles", "conditions": KEYS,
        "condition_mean": (0.0,) * 3, "condition_std": (1.0,) * 3,
    }  # fmt: skip
    assert 2e6 < sum(p.numel() for p in PolyVAE(small.for_data(meta)).parameters()) < 4.9e6


@pytest.mark.parametrize("every_position", [False, True])
def test_decoding_computes_what_training_computes(every_position):
    model = network(every_position=every_position)
    z, requests = torch.randn(6, 8), Requests(torch.randn(6, 3), torch.rand(6, 3) < 0.5)
    rows = model.decode(z, requests, likely())
    assert max(map(len, rows)) > 0
    for i, row in enumerate(rows):
        logits = model.logits(torch.tensor([[1, *row]]), z[[i]], requests.rows([i]))[0].detach()
        logits[:, [0, 1, 3]] = -torch.inf
        assert logits.argmax(dim=-1)[: len(row)].tolist() == row


def test_guidance_one_is_plain_and_zero_is_without_the_request():
    model = network()
    z, requests = torch.randn(20, 8), Requests(2 * torch.randn(20, 3), KNOWN.expand(20, 3))
    assert model.decode(z, requests, likely(0.0)) == model.decode(z, requests.hidden(), likely())
    assert model.decode(z, requests, likely()) != model.decode(z, requests, likely(0.0))


def test_the_pooling_mask_sees_no_padding_and_every_position():
    model = network()
    nothing = NOTHING.rows([1])
    alone, together = model.encode(STRINGS[1:2, :4], nothing), model.encode(STRINGS, NOTHING)
    assert torch.allclose(alone.mean, together.mean[1:2], atol=1e-5)
    assert torch.allclose(alone.log_var, together.log_var[1:2], atol=1e-5)
    for position in (1, 2):
        changed = STRINGS[1:2, :4].clone()
        changed[0, position] = 10
        assert not torch.allclose(model.encode(changed, nothing).mean, alone.mean, atol=1e-3)


def test_the_future_is_not_seen_and_the_code_is():
    model = network()
    tokens, z, nothing = STRINGS[:1, :4], torch.randn(1, 8), NOTHING.rows([0])
    logits = model.logits(tokens, z, nothing)
    later = tokens.clone()
    later[:, 3] = 10
    assert torch.allclose(model.logits(later, z, nothing)[:, :3], logits[:, :3], atol=1e-5)
    assert not torch.allclose(model.logits(tokens, z + 1, nothing), logits, atol=1e-2)


@pytest.mark.parametrize("conditioning", CONDITIONING)
def test_properties_are_read_where_the_setting_says(conditioning):
    model = network(conditioning=conditioning)
    tokens, z = STRINGS[:1, :4], torch.randn(1, 8)
    one, other = Requests(torch.zeros(1, 3), KNOWN), Requests(torch.ones(1, 3), KNOWN)
    codes_differ = not torch.equal(model.encode(tokens, one).mean, model.encode(tokens, other).mean)
    strings_differ = not torch.equal(model.logits(tokens, z, one), model.logits(tokens, z, other))
    assert codes_differ == (conditioning in ("encoder", "both"))
    assert strings_differ == (conditioning in ("decoder", "both"))


def test_the_loss_is_cross_entropy_and_scheduled_kl():
    model = network(beta=0.5, p_unconditional=1.0)
    batch = {"tokens": STRINGS, **vars(NOTHING)}
    parts = model.loss(batch, "train", torch.Generator().manual_seed(0))
    kl = model.encode(STRINGS, NOTHING).kl().sum(dim=1).mean()
    assert float(parts["kl"].detach()) == pytest.approx(float(kl.detach()), rel=1e-5)
    assert float(parts["loss"].detach()) == pytest.approx(float((parts["token"] + 0.5 * kl).detach()), rel=1e-5)
    assert float(parts["active"]) == int((model.encode(STRINGS, NOTHING).mean.var(0, correction=0) > 0.01).sum())
    model.train()
    model.proceed("train", 0.0)
    early = model.loss(batch, "train", torch.Generator().manual_seed(0))
    assert torch.equal(early["loss"], early["token"])
    model.proceed("train", 0.25)
    half = model.loss(batch, "train", torch.Generator().manual_seed(0))
    assert float((half["loss"] - half["token"]).detach()) == pytest.approx(float(0.25 * kl.detach()), rel=1e-4)


def everything(n):
    return Requests(torch.linspace(-2, 2, 3 * n).view(n, 3), KNOWN.expand(n, 3))


def test_without_a_learned_prior_the_loss_is_to_the_bit_what_it_was():
    model = network(prior="normal", prior_share=0.0, beta=0.5)
    batch = {"tokens": STRINGS, **vars(everything(4))}
    generator = torch.Generator().manual_seed(0)
    requests = Requests(batch["values"], hide_some(batch["given"], model.exact, 0.25, generator))
    code = model.encode(STRINGS, requests)
    logits = model.logits(STRINGS[:, :-1], code.draw(generator), requests).float()
    token = cross_entropy(logits.flatten(0, 1), STRINGS[:, 1:].flatten(), ignore_index=0)
    expected = token + 0.5 * code.kl().mean(dim=0).sum()
    assert torch.equal(model.loss(batch, "train", torch.Generator().manual_seed(0))["loss"], expected)
    noise = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    assert torch.equal(model.codes(everything(4), likely(2.0), spread=0.5), 0.5 * noise)
    assert not any(name.startswith("prior.") for name in model.state_dict())


def test_a_learned_prior_moves_with_the_request_and_is_normal_without_one():
    model = network(prior="learned")
    free = model.prior_of(NOTHING)
    assert torch.equal(free.mean, torch.zeros(4, 8)) and torch.equal(free.log_var, torch.zeros(4, 8))
    asked = model.prior_of(everything(4))
    assert float((asked.mean[0] - asked.mean[3]).abs().max().detach()) > 0.01
    assert torch.equal(model.codes(NOTHING, likely()), network().codes(NOTHING, likely()))
    assert torch.equal(model.codes(everything(4), likely(0.0)), model.codes(NOTHING, likely()))
    assert torch.allclose(model.codes(everything(4), likely(), spread=0.0), asked.mean)
    assert torch.allclose(model.codes(everything(4), likely(2.0), spread=0.0), asked.guided(2.0).mean)


def test_the_loss_holds_the_kl_to_the_learned_prior():
    model = network(prior="learned", prior_share=0.0, beta=0.5, p_unconditional=0.0)
    requests = everything(4)
    batch = {"tokens": STRINGS, **vars(requests)}
    given = hide_some(requests.given, model.exact, 0.0, torch.Generator().manual_seed(0))
    seen = Requests(requests.values, given)
    parts = model.loss(batch, "train", torch.Generator().manual_seed(0))
    kl = model.encode(STRINGS, seen).kl(model.prior_of(seen)).sum(dim=1).mean()
    assert float(parts["kl"].detach()) == pytest.approx(float(kl.detach()), rel=1e-4)
    assert float(parts["loss"].detach()) == pytest.approx(float((parts["token"] + 0.5 * kl).detach()), rel=1e-4)


def test_rows_of_the_prior_say_nothing_of_the_string_but_by_the_request():
    model = network(prior="learned", beta=0.0, prior_share=0.999999, p_unconditional=0.0)
    batch = {"tokens": STRINGS, **vars(everything(4))}
    parts = model.loss(batch, "train", torch.Generator().manual_seed(0))
    assert float(parts["token"]) == 0.0  # no row is left that is written from its code
    assert torch.equal(parts["loss"], parts["token_prior"])
    parts["loss"].backward()
    assert model.code[2].weight.grad is None or not model.code[2].weight.grad.any()
    assert model.prior.code.weight.grad.any()
    model.config = replace(model.config, prior_share=0.5)
    half = model.loss(batch, "train", torch.Generator().manual_seed(0))
    assert float(half["token"]) > 0 and float(half["token_prior"]) > 0
    model.config = replace(model.config, p_unconditional=1.0)  # nothing is asked for: all rows are written from codes
    assert float(model.loss(batch, "train", torch.Generator().manual_seed(0))["token_prior"]) == 0.0


def test_the_penalty_is_of_what_is_asked_for():
    model = network(decorrelation=2.0, prior_share=0.0, beta=0.0)
    batch = {"tokens": STRINGS, **vars(everything(4))}
    model.config = replace(model.config, p_unconditional=0.0)
    parts = model.loss(batch, "train", torch.Generator().manual_seed(0))
    assert float(parts["penalty"]) > 0
    assert float(parts["loss"]) == pytest.approx(float(parts["token"] + 2 * parts["penalty"]), rel=1e-5)
    model.config = replace(model.config, p_unconditional=1.0)
    assert float(model.loss(batch, "train", torch.Generator().manual_seed(0))["penalty"]) == 0.0


def test_word_dropout_hides_tokens_in_training_only():
    model = network(word_dropout=0.9)
    batch = {"tokens": STRINGS, **vars(NOTHING)}
    plain = model.loss(batch, "train", torch.Generator().manual_seed(0))["token"]
    model.config = replace(model.config, word_dropout=0.0)
    assert torch.equal(plain, model.loss(batch, "train", torch.Generator().manual_seed(0))["token"])
    model.train()
    seen = model.loss(batch, "train", torch.Generator().manual_seed(0))["token"]
    model.config = replace(model.config, word_dropout=0.9)
    assert not torch.allclose(seen, model.loss(batch, "train", torch.Generator().manual_seed(0))["token"], atol=1e-3)


@pytest.mark.parametrize("every_position", [False, True])
def test_it_learns_to_write_again_what_it_has_read(every_position):
    config = replace(network().config, beta=1e-3, every_position=every_position)
    torch.manual_seed(0)
    model = PolyVAE(config)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    batch = {"tokens": STRINGS, **vars(NOTHING)}
    ids = None
    for step in range(400):
        model.train()
        optimizer.zero_grad()
        model.loss(batch, "train", torch.Generator().manual_seed(step))["loss"].backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 40 == 39:
            mean = model.eval().encode(STRINGS, NOTHING).mean
            ids = model.decode(mean.detach(), NOTHING, likely())
            if ids == [[7, 7, 5], [4, 9], [11, 6, 6, 5], [8]]:
                return
    pytest.fail(f"after 400 steps it writes {ids}")


@pytest.fixture(scope="module")
def generator() -> PolyVAEGenerator:
    torch.manual_seed(0)
    tokenizer = PolymerTokenizer(train_tokenizer(demo_polymers(), 64), "smiles")
    meta = {
        "vocab_size": tokenizer.vocab_size, "vocabulary": tokenizer.vocabulary, "notation": "smiles",
        "conditions": KEYS, "condition_mean": (0.0,) * 3, "condition_std": (1.0,) * 3,
    }  # fmt: skip
    return PolyVAEGenerator(PolyVAE(PRESETS["tiny"].for_data(meta)), tokenizer)


def test_codes_do_not_depend_on_their_neighbours(generator):
    polymers = demo_polymers()[:40]
    codes = generator.encode(polymers)
    assert codes.dtype == np.float32 and codes.shape == (40, 8)
    assert np.allclose(generator.encode(polymers[7:8]), codes[7:8], atol=1e-5)
    assert generator.encode([]).shape == (0, 8)
    assert np.isfinite(generator.encode(["*" + "C" * 5000 + "*"])).all()  # longer than it can read


def test_decoding_needs_codes_of_the_right_shape(generator):
    codes = np.random.default_rng(0).normal(size=(5, 8))
    assert generator.decode(codes, seed=0) == generator.decode(codes, seed=1)
    with pytest.raises(ValueError, match=r"\(N, 8\); got \(8,\)"):
        generator.decode(codes[0], seed=0)


def test_without_spread_and_temperature_all_draws_are_one(generator):
    options = {"spread": 0.0, "temperature": 0.0}
    assert len(set(generator.sample({}, 10, seed=0, options=options))) == 1


def test_constrained_it_writes_complete_strings_and_not_by_default(generator):
    free, kept = (generator.sample({}, 200, seed=0, options=options) for options in (None, {"constrained": True}))

    def complete(text):
        return text.count("*") == 2 and Chem.MolFromSmiles(text, sanitize=False) is not None

    assert all(complete(text) for text in kept) and not all(complete(text) for text in free)
    assert generator.spec.check_options({})["constrained"] is False
    assert generator.spec.check_options({}, design=True)["constrained"] is True
    assert generator.spec.check_options({"constrained": "false"}, design=True)["constrained"] is False


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"conditioning": "twice"}, "encoder, decoder, both, none"), ({"beta": -1.0}, "beta"),
     ({"word_dropout": 1.0}, "word_dropout"),
     ({"prior": "flat"}, "normal, learned"), ({"prior_share": 1.0}, "prior_share"),
     ({"kl_schedule": "up"}, "kl_schedule"), ({"d_latent": 0}, "at least 1")],
)  # fmt: skip
def test_settings_are_checked(settings, message):
    with pytest.raises(TrainingError, match=message):
        replace(PRESETS["tiny"], **settings)
