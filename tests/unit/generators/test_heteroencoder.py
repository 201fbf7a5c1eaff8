"""The heteroencoder: pairs of spellings, its code and its noise, the prior it follows."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from polydesign.chem.notation.identity import chain_key
from polydesign.core.errors import DataError, TrainingError
from polydesign.data.corpora.prepare import prepare, prepare_again
from polydesign.data.encodings.tokenizer import PAD_ID, PolymerTokenizer
from polydesign.generators.heteroencoder.config import PRESETS, HeteroencoderConfig
from polydesign.generators.heteroencoder.encoding import PairEncoding
from polydesign.generators.heteroencoder.network import Heteroencoder
from polydesign.nn.requests import Requests
from polydesign.writing.sampling import Writing

CONFIG = HeteroencoderConfig(
    vocab_size=12, d_embedding=8, d_encoder=12, d_model=24, n_layers=2, d_latent=6, max_length=10
)
STRINGS = torch.tensor([[1, 7, 7, 5, 2, 0], [1, 4, 9, 2, 0, 0], [1, 11, 6, 6, 5, 2], [1, 8, 2, 0, 0, 0]])
SPELLED = torch.tensor([
    [[1, 7, 5, 7, 2, 0], [1, 5, 7, 7, 2, 0]], [[1, 4, 4, 9, 2, 0], [1, 9, 4, 2, 0, 0]],
    [[1, 6, 11, 6, 5, 2], [1, 5, 6, 11, 6, 2]], [[1, 8, 9, 2, 0, 0], [1, 8, 8, 2, 0, 0]],
])  # fmt: skip
BATCH = {"tokens": STRINGS, "spellings": SPELLED}


def encode(network, tokens):
    return network.encode(tokens, Requests.none(len(tokens)))


def writing(temperature=0.0):
    return Writing(torch.Generator().manual_seed(0), temperature=temperature)


@pytest.fixture(params=[True, False])
def network(request) -> Heteroencoder:
    torch.manual_seed(0)
    return Heteroencoder(replace(CONFIG, at_every_step=request.param)).eval()


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = prepare("demo", tmp_path_factory.mktemp("pairs") / "demo", vocab_size=80, notation="kekule")
    prepare_again(folder, PairEncoding(n_spellings=3))
    return folder


def test_pairs_are_the_same_chain_and_different_strings(prepared):
    rows = PairEncoding().load(prepared / "pairs")
    assert (prepared / "pairs" / "tokenizer.json").read_bytes() == (prepared / "tokenizer.json").read_bytes()
    assert rows.n_spellings == 3 and len(rows) == rows.meta["n"] > 100
    tokenizer = PolymerTokenizer.load(rows.files["tokenizer.json"], "kekule")
    index = np.arange(0, len(rows), 7)
    batch = rows.batch(index)
    texts = tokenizer.decode(batch["tokens"].tolist())
    assert batch["spellings"].shape[:2] == (len(index), 3)
    widest = np.maximum((batch["tokens"] > 0).sum(axis=1), (batch["spellings"] > 0).sum(axis=2).max(axis=1))
    assert (rows.sizes[index] == widest).all()
    for text, others in zip(texts, batch["spellings"], strict=True):
        spelled = tokenizer.decode(others.tolist())
        assert text not in spelled and {chain_key(other) for other in spelled} == {chain_key(text)}


def test_a_folder_without_spellings_is_said_to_be_one(prepared):
    with pytest.raises(DataError, match="other spellings"):
        PairEncoding().load(prepared)


def test_of_each_row_two_spellings_are_taken():
    for written in ("canonical", "other"):
        network = Heteroencoder(replace(CONFIG, written=written))
        for seed in range(8):
            read, wrote = network.pairs(BATCH, torch.Generator().manual_seed(seed))
            if written == "canonical":
                assert torch.equal(wrote, STRINGS)
            for a, b, two in zip(read, wrote, SPELLED, strict=True):
                a, b = (part[part != PAD_ID].tolist() for part in (a, b))
                forms = [part[part != PAD_ID].tolist() for part in two]
                assert a in forms and (written == "canonical" or (b in forms and a != b))


def test_noise_is_for_training_alone(network):
    code = encode(network, STRINGS)
    assert torch.allclose(code.mean.mean(1), torch.zeros(4), atol=1e-5)
    assert torch.allclose(code.mean.var(1, correction=0), torch.ones(4), atol=1e-2)
    assert torch.allclose(code.log_var, torch.full((4, 6), 2 * math.log(0.1)))

    def losses():
        draws = (torch.Generator().manual_seed(seed) for seed in (0, 0, 1))
        one = {"tokens": STRINGS, "spellings": SPELLED[:, :1]}
        return [float(network.loss(one, "train", draw)["token"].detach()) for draw in draws]

    first, again, other = losses()
    assert first == again == other
    network.train()
    first, again, other = losses()
    assert first == again != other


def test_padding_and_neighbours_do_not_matter_but_order_does(network):
    alone, together = encode(network, STRINGS[1:2, :4]), encode(network, STRINGS)
    assert torch.allclose(alone.mean, together.mean[1:2], atol=1e-5)
    assert not torch.allclose(encode(network, STRINGS[1:2, [0, 2, 1, 3]]).mean, alone.mean, atol=1e-3)


def test_step_by_step_it_writes_what_the_whole_sequence_says(network):
    z = torch.randn(3, 6)
    ids = network.decode(z, Requests.none(3), writing())
    for row, code in zip(ids, z, strict=True):
        logits = network.logits(torch.tensor([[1, *row]]), code[None])[0].detach()
        logits[:, [0, 1, 3]] = -np.inf
        best = logits.argmax(dim=1).tolist()
        assert best[: len(row)] == row and (best[len(row)] == 2 or len(row) == CONFIG.max_length - 1)


def test_hidden_and_cell_state_begin_alike(network):
    hidden, cell = network.first_state_of(torch.randn(3, 6))
    assert torch.equal(hidden, cell) and hidden.shape == (2, 3, 24)


def test_it_learns_to_write_the_one_spelling_and_follows_where_codes_lie(network):
    network.train()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for step in range(120):
        optimizer.zero_grad()
        network.loss(BATCH, "train", torch.Generator().manual_seed(step))["loss"].backward()
        optimizer.step()
    network.eval()
    codes = torch.cat([encode(network, SPELLED[:, i]).mean for i in (0, 1)]).detach()
    assert network.decode(codes, Requests.none(8), writing()) == [[7, 7, 5], [4, 9], [11, 6, 6, 5], [8]] * 2
    drawn = network.codes(Requests.none(4000), writing())
    assert torch.allclose(drawn.mean(0), network.code_mean, atol=0.1)
    assert torch.allclose(drawn.T.cov(), network.code_covariance, atol=0.15)
    assert torch.allclose(network.code_mean, codes.mean(0), atol=0.2) and float(network.n_followed) == 120
    assert (network.codes(Requests.none(2), writing(), spread=0.0) == network.code_mean).all()


def test_the_small_preset_can_be_shipped_and_the_reference_is_the_papers():
    data = {"vocab_size": 192, "notation": "smiles"}
    assert sum(p.numel() for p in Heteroencoder(PRESETS["small"].for_data(data)).parameters()) < 3e6
    paper = PRESETS["reference"]
    assert (paper.d_encoder, paper.encoder_layers, paper.d_latent) == (256, 2, 512)
    assert (paper.d_model, paper.n_layers, paper.written, paper.at_every_step) == (512, 4, "other", False)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"noise": 0.0}, "noise"), ({"written": "it"}, "canonical, other"), ({"n_layers": 0}, "1")],
)
def test_settings_are_checked(settings, message):
    with pytest.raises(TrainingError, match=message):
        HeteroencoderConfig(**settings)
