"""What all families that write strings share: batches, rewriting of what has no Kekulé form, likelihoods."""

import numpy as np
import pytest
import torch

from polydesign.core.specs import CONSTRAINED, TEMPERATURE, GeneratorSpec
from polydesign.core.targets import Target
from polydesign.data.encodings.tokenizer import PolymerTokenizer, train_tokenizer
from polydesign.generators.base import LatentStrings, ScoredStrings, rewrite_unreadable
from polydesign.nn.latent import Autoencoder
from polydesign.nn.requests import Conditions
from polydesign.nn.trainable import LikelihoodWriter

GOOD, BAD = "*c1ccc(*)cc1", "*c1ccc(*)c1"  # five aromatic carbons have no Kekulé form
PLAIN = ["*CC*", "*C=C*", "*C#C*", GOOD]
SPEC = GeneratorSpec(
    "toy", "Toy", "Writes what it is told.", "Nobody, 2026.", "https://example.org", "", "", "",
    options=(TEMPERATURE, CONSTRAINED),
)  # fmt: skip


class Told:
    """What the toys do: write the strings they are told, in turn, and note for how many rows they were asked."""

    max_tokens = 20

    def __init__(self, tokenizer, *rounds):
        super().__init__()
        self.config, self.tokenizer, self.rounds, self.asked = None, tokenizer, list(rounds), []

    def loss(self, batch, phase, generator=None):
        return {}

    def write(self, n):
        self.asked.append(n)
        texts = self.rounds.pop(0) if self.rounds else [GOOD]
        return self.tokenizer.encode([texts[i % len(texts)] for i in range(n)])


class Scored(Told, LikelihoodWriter):
    def stepper(self, requests):
        raise NotImplementedError

    def sample(self, requests, writing, **options):
        self.requests, self.writing = requests, writing
        return self.write(len(requests))

    def token_log_prob(self, tokens, requests):
        return -(tokens[:, 1:] > 0).float() - requests.values.sum(dim=1, keepdim=True)


class Coded(Told, Autoencoder):
    d_latent = 2

    def encode(self, tokens, requests):
        raise NotImplementedError

    def decode(self, z, requests, writing):
        return self.write(len(z))


class ScoredToys(ScoredStrings):
    spec = SPEC


class CodedToys(LatentStrings):
    spec = SPEC


@pytest.fixture(scope="module")
def tokenizer():
    return PolymerTokenizer(train_tokenizer([*PLAIN, BAD], 64, min_frequency=1), "smiles")


def sample(model, n, **options):
    return model.sample({}, n, seed=0, options=options)


def decode(model, n, **options):
    return model.decode(np.zeros((n, 2)), seed=0, options=options)


@pytest.mark.parametrize(
    ("toys", "network", "write"),
    [(ScoredToys, Scored, sample), (CodedToys, Coded, sample), (CodedToys, Coded, decode)],
    ids=["scored", "coded", "codes"],
)
def test_constrained_every_family_writes_again_what_has_no_kekule_form(tokenizer, toys, network, write):
    model = toys(network(tokenizer, [GOOD, BAD, "*CC*", BAD], [BAD, GOOD]), tokenizer)
    assert write(model, 4, constrained=True) == [GOOD, GOOD, "*CC*", GOOD]
    assert model.network.asked == [4, 2, 1]
    free = toys(network(tokenizer, [GOOD, BAD]), tokenizer)
    assert write(free, 2) == [GOOD, BAD] and free.network.asked == [2]


def test_where_nothing_is_aromatic_nothing_is_written_again():
    tokenizer = PolymerTokenizer(train_tokenizer([*PLAIN[:3], "*C1CC(*)C1"], 64, min_frequency=1), "kekule")
    model = ScoredToys(Scored(tokenizer, ["*CC*"]), tokenizer)
    assert sample(model, 3, constrained=True) == ["*CC*"] * 3 and model.network.asked == [3]


def test_what_is_written_is_asked_for_in_batches_with_its_own_requests(tokenizer):
    network = Scored(tokenizer)
    network.conditions = Conditions(("tg_exp_c",), (0.0,), (1.0,))
    targets = [{"tg_exp_c": Target(value=float(i))} for i in range(1_100)]
    seen = []
    ScoredToys(network, tokenizer).sample(targets, 1_100, seed=3, options={"temperature": 0.5}, on_progress=seen.append)
    assert network.asked == [512, 512, 76] and [p.done for p in seen] == [512, 1024, 1100]
    assert network.requests.values[:, 0].tolist() == list(range(1024, 1100)) and network.requests.given.all()
    assert network.writing.temperature == 0.5 and network.writing.mask is None


def test_only_rows_that_cannot_be_read_are_written_again_and_at_most_twice():
    asked = []

    def write(rows):
        asked.append(rows)
        return [GOOD if row == 1 else BAD for row in rows]

    strings = [GOOD, BAD, "*CC*", BAD]
    rewrite_unreadable(strings, write)
    assert asked == [[1, 3], [3]]
    assert strings == [GOOD, GOOD, "*CC*", BAD]


def test_many_unreadable_rows_are_written_in_batches():
    sizes = []

    def write(rows):
        sizes.append(len(rows))
        return [GOOD] * len(rows)

    strings = [BAD] * 1_300
    rewrite_unreadable(strings, write)
    assert set(strings) == {GOOD} and sum(sizes) == 1_300 and max(sizes) < 1_300


def test_a_likelihood_is_summed_over_tokens_and_none_is_given_to_what_cannot_be_written(tokenizer):
    network = Scored(tokenizer)
    network.conditions = Conditions(("tg_exp_c",), (0.0,), (1.0,))
    log_p = ScoredToys(network, tokenizer).log_prob(["*CC*", "*C[Pb]*", "*" + "C=C#" * 30 + "*", GOOD], {})
    n_tokens = [len(ids) + 1 for ids in tokenizer.encode(["*CC*", GOOD])]
    assert log_p[[0, 3]].tolist() == [-n for n in n_tokens] and log_p[[1, 2]].tolist() == [-np.inf] * 2


def test_codes_are_drawn_alike_whatever_the_batches(tokenizer):
    model = CodedToys(Coded(tokenizer), tokenizer)
    codes = model.prior(1_000, seed=4)
    assert torch.equal(torch.from_numpy(codes), torch.randn(1_000, 2, generator=torch.Generator().manual_seed(4)))
    with pytest.raises(ValueError, match=r"\(N, 2\); got \(5, 3\)"):
        model.decode(np.zeros((5, 3)), seed=0)
