"""Guidance runs a network with and without the request in one batch, and leaves alone what it would not change."""

import pytest
import torch

from polydesign.nn.guidance import Guided, guided
from polydesign.nn.requests import Requests

REQUESTS = Requests(torch.tensor([[1.0], [2.0], [3.0]]), torch.ones(3, 1, dtype=torch.bool))
BESIDE = torch.tensor([[10.0], [20.0], [30.0]])


class Echo:
    """Its logits are the values asked for, 0 without a request, and beside them what else it was given."""

    def __init__(self, requests, beside):
        self.answers = torch.cat([requests.values * requests.given, beside], dim=1)

    def step(self, tokens):
        assert len(tokens) == len(self.answers)
        return self.answers

    def keep(self, rows):
        self.answers = self.answers[rows]


@pytest.mark.parametrize("scale", [0.0, 2.5])
def test_it_goes_from_what_is_said_without_the_request(scale):
    stepper = guided(Echo, REQUESTS, scale, BESIDE)
    assert isinstance(stepper, Guided)
    assert stepper.step(torch.zeros(3)).tolist() == [[scale * k, 10.0 * k] for k in (1, 2, 3)]
    stepper.keep(torch.tensor([0, 2]))
    assert stepper.step(torch.zeros(2)).tolist() == [[scale, 10.0], [3 * scale, 30.0]]
    stepper.keep(torch.tensor([1]))
    assert stepper.step(torch.zeros(1)).tolist() == [[3 * scale, 30.0]]


def test_as_trained_or_without_a_request_nothing_is_run_twice():
    assert isinstance(guided(Echo, REQUESTS, 1.0, BESIDE), Echo)
    assert isinstance(guided(Echo, REQUESTS.hidden(), 3.0, BESIDE), Echo)
