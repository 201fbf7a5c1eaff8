"""What a written prefix has used up so far, token by token: atoms, ring numbers, branches, attachment points.

Every token of a vocabulary adds a fixed amount to each tally, so the tallies of all prefixes of a
string are a running sum, and no structure has to be read for them. Training reads this without RDKit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

COUNTS = (
    "heavy atoms",  # attachment points are not atoms
    "aromatic atoms",
    "nitrogen",
    "oxygen",
    "heteroatoms",  # all but carbon, without the attachment points
    "halogens",
    "ring numbers",  # two a ring
    "double bonds",
    "triple bonds",
    "mass",  # g/mol, of what is written: hydrogen only where it stands in brackets
    "attachment points",
    "open branches",
)
RING_LABELS = 8  # ring numbers 1 to 7 are told apart; all others share the last place
TALLIES = len(COUNTS) + RING_LABELS

_PIECE = re.compile(r"\[[^\]]*\]|Cl|Br|%\d\d|.")
_IN_BRACKETS = re.compile(r"\[\d*([A-Z][a-z]?|[a-z][a-z]?|\*)@{0,2}(?:H(\d*))?[^\]]*\]")
_HALOGENS = {"F", "Cl", "Br", "I"}
_ATTACHMENT = "At"  # SELFIES have no star; see data.encodings.tokenizer
_MASS = {
    "H": 1.008, "Li": 6.94, "B": 10.811, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990,
    "Si": 28.086, "P": 30.974, "S": 32.067, "Cl": 35.453, "K": 39.098, "Ca": 40.078, "Fe": 55.845, "Co": 58.933,
    "Ni": 58.693, "Zn": 65.39, "Ge": 72.61, "As": 74.922, "Se": 78.96, "Br": 79.904, "Cd": 112.412, "Sn": 118.711,
    "Te": 127.6, "I": 126.904, "Pb": 207.2,
}  # fmt: skip


def tally_table(vocabulary: Sequence[str]) -> np.ndarray:
    """Return what each token adds: ``(V, TALLIES)`` float32, `COUNTS` first, then how often each ring number stands.

    Args:
        vocabulary: the V tokens as they are written (`PolymerTokenizer.vocabulary`); special tokens add nothing.
    """
    table = np.zeros((len(vocabulary), TALLIES), dtype=np.float32)
    for row, token in enumerate(vocabulary):
        if token.startswith("<"):
            continue
        for piece in _PIECE.findall(token):
            _add(table[row], piece)
    return table


def _add(tally: np.ndarray, piece: str) -> None:
    if piece == "(":
        tally[COUNTS.index("open branches")] += 1
    elif piece == ")":
        tally[COUNTS.index("open branches")] -= 1
    elif piece == "=":
        tally[COUNTS.index("double bonds")] += 1
    elif piece == "#":
        tally[COUNTS.index("triple bonds")] += 1
    elif piece.isdigit() or piece.startswith("%"):
        label = int(piece.lstrip("%"))
        tally[COUNTS.index("ring numbers")] += 1
        tally[len(COUNTS) + min(max(label, 1), RING_LABELS) - 1] += 1
    else:
        _add_atom(tally, piece)


def _add_atom(tally: np.ndarray, piece: str) -> None:
    inside = _IN_BRACKETS.fullmatch(piece.replace("[=", "[").replace("[#", "["))
    symbol = inside.group(1) if inside else piece
    element = symbol.capitalize()
    if symbol == "*" or element == _ATTACHMENT:
        tally[COUNTS.index("attachment points")] += 1
        return
    if element not in _MASS:
        return  # a bond or direction sign, or an element too rare to weigh
    if inside and inside.group(2) is not None:
        tally[COUNTS.index("mass")] += _MASS["H"] * int(inside.group(2) or 1)
    if element == "H":
        return
    found = {
        "heavy atoms": True,
        "aromatic atoms": symbol[0].islower(),
        "nitrogen": element == "N",
        "oxygen": element == "O",
        "heteroatoms": element != "C",
        "halogens": element in _HALOGENS,
    }
    for name, yes in found.items():
        tally[COUNTS.index(name)] += yes
    tally[COUNTS.index("mass")] += _MASS[element]
