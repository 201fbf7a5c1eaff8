import pytest
import torch

from polydesign.nn.recurrent import RecurrentStack, keep_rows, last_positions, reverse_rows


@pytest.fixture(params=["lstm", "gru"])
def stack(request) -> RecurrentStack:
    torch.manual_seed(0)
    return RecurrentStack(request.param, 5, 8, n_layers=2).eval()


def test_the_state_carries_on_where_the_sequence_stopped(stack):
    x = torch.randn(3, 7, 5)
    whole, end = stack(x)
    first, state = stack(x[:, :4])
    second, last = stack(x[:, 4:], state)
    assert torch.allclose(torch.cat([first, second], dim=1), whole, atol=1e-6)
    assert all(torch.allclose(a, b, atol=1e-6) for a, b in zip(last, end, strict=True))
    assert not torch.allclose(stack(x[:, 4:])[0], second, atol=1e-3)


def test_dropped_rows_leave_the_others_alone(stack):
    x, rows = torch.randn(4, 6, 5), torch.tensor([0, 3])
    _, state = stack(x[:, :5])
    kept, _ = stack(x[rows, 5:], keep_rows(state, rows))
    assert torch.allclose(kept, stack(x)[0][rows, 5:], atol=1e-6)


def test_each_row_ends_at_its_own_length():
    hidden = torch.arange(24.0).view(2, 4, 3)
    ends = last_positions(hidden, torch.tensor([2, 4]))
    assert torch.equal(ends, torch.stack([hidden[0, 1], hidden[1, 3]]))


def test_rows_are_reversed_within_their_length():
    tokens = torch.tensor([[1, 5, 2, 0, 0], [1, 6, 7, 8, 2]])
    expected = [[2, 5, 1, 0, 0], [2, 8, 7, 6, 1]]
    assert reverse_rows(tokens, torch.tensor([3, 5])).tolist() == expected
