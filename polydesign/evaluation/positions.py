"""How much of a string comes back of its code, token by token, and how long the strings are.

The figure of the TransVAE study (Dollar et al., Chem. Sci. 12, 8362, 2021): at position j, the strings whose token
there is right, of those that have one there. The likeliest token is taken, from the mean of the code. Told the true
tokens before it (teacher forcing) a decoder may be right without a look at the code; going on from its own it pays for
every slip to the end of the string, so that both are counted. Strings of which every token is right are the same ones
either way.

Shapes: N strings, T tokens of the longest with its end.
"""

from __future__ import annotations

from typing import TypedDict

import numpy as np

from polydesign.evaluation.statistics import Figure, rate


class Positions(TypedDict):
    """T counts each: strings that have a token there, and those of them where it is right, told or by itself."""

    strings: list[int]
    told: list[int]
    alone: list[int]


def position_counts(told: np.ndarray, alone: np.ndarray) -> Positions:
    """Return the counts of two (N, T) arrays as `core.protocols.TokenReproducer` returns them."""
    return {
        "strings": (told >= 0).sum(axis=0).tolist(),
        "told": (told == 1).sum(axis=0).tolist(),
        "alone": (alone == 1).sum(axis=0).tolist(),
    }


def sizes(counts: Positions) -> list[int]:
    """Return how many strings have 1, 2 ... T tokens, their end included."""
    strings = counts["strings"]
    return [here - after for here, after in zip(strings, [*strings[1:], 0], strict=True)]


def position_figures(told: np.ndarray, alone: np.ndarray) -> dict[str, Figure]:
    """Return the share of strings with every token right, and those of right tokens, told or by itself."""
    figures = {"every_token": rate(int((alone != 0).all(axis=1).sum()), len(alone))}
    for name, hits in (("told", told), ("alone", alone)):
        # Tokens of one string are not independent: no interval.
        figures[f"token_{name}"] = Figure(float((hits == 1).sum() / max((hits >= 0).sum(), 1)), int((hits >= 0).sum()))
    return figures
