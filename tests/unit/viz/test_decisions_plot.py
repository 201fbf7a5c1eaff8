"""The picture of what a generator decides: every pair with its probability, every true bond marked."""

import numpy as np

from polydesign.core.results import Decisions
from polydesign.viz.decisions import bag, bonds


def told() -> Decisions:
    orders = np.array([[0, 1, 0], [1, 0, 2], [0, 2, 0]])
    probabilities = np.zeros((3, 3, 4), dtype=np.float32)
    probabilities[..., 0] = 1.0
    for i, j, order, share in ((0, 1, 1, 0.9), (1, 2, 2, 0.6)):
        probabilities[i, j] = probabilities[j, i] = 0.0
        probabilities[i, j, order] = probabilities[j, i, order] = share
        probabilities[i, j, 0] = probabilities[j, i, 0] = 1.0 - share
    counts = np.array([[0.1, 0.2, 0.7], [0.6, 0.4, 0.0], [1.0, 0.0, 0.0]], dtype=np.float32)
    return Decisions(["C", "O", "N"], ["C", "C", "O"], orders, counts, probabilities)


def test_every_bond_is_marked_and_every_pair_has_its_probability():
    squares, rings = bonds(told(), ["C1", "C2", "O1"]).data
    assert sorted(zip(rings.x, rings.y, strict=True)) == [(0, 1), (1, 0), (1, 2), (2, 1)]
    assert np.isclose(squares.z[0][1], 0.9) and np.isclose(squares.z[0][2], 0.0) and np.isnan(squares.z[1][1])
    assert "C2 with O1" in squares.text[1][2] and "double 60%" in squares.text[1][2]


def test_the_bag_tells_what_is_there_and_what_is_held_likely():
    carbon, oxygen = bag(told())
    assert (carbon["kind"], carbon["there"], carbon["likeliest"]) == ("C", 2, 2)
    assert (oxygen["there"], oxygen["likeliest"]) == (1, 0) and np.isclose(oxygen["right"], 0.4)
