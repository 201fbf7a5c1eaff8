"""What each token of a vocabulary does to a SMILES that is being written: tables that decoding looks up.

A token may hold many pieces (``)cc2)cc1``). It is taken apart once; of what was written before it, it can see the last
atom and the atoms at which the open branches began, so that all it does is a fixed function of those.

Atoms are coded: 0, 1, ... are the token's own, -1 is the last atom before it, -2 the one reached by closing one branch,
and so on. SELFIES always parse: of them only attachment points are counted.

Shapes: V vocabulary, L ring numbers, R ring numbers in one token, P branches one token leaves open.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

# What was written last. A star that begins the string wants a neighbour, any other ends its branch.
START, FIRST_STAR, ATOM, OPEN, BOND, BOND_AFTER_BRANCH, CLOSE, STAR, DEAD = range(9)
NOTHING = -(10**6)
"""No atom."""

ORDERS = {"-": 1, "/": 1, "\\": 1, "=": 2, "#": 3}
UNKNOWN_ORDER = 9
"""Of ``:``, ``$`` and ``~``, which no repeat unit needs."""

_AFTER = {
    START: {"atom": ATOM, "star": FIRST_STAR},
    FIRST_STAR: {"atom": ATOM, "bond": BOND_AFTER_BRANCH},
    ATOM: {"atom": ATOM, "star": STAR, "open": OPEN, "close": CLOSE, "bond": BOND, "ring": ATOM},
    OPEN: {"atom": ATOM, "star": STAR, "bond": BOND_AFTER_BRANCH},
    BOND: {"atom": ATOM, "star": STAR, "ring": ATOM},
    BOND_AFTER_BRANCH: {"atom": ATOM, "star": STAR},
    CLOSE: {"atom": ATOM, "star": STAR, "open": OPEN, "close": CLOSE, "bond": BOND_AFTER_BRANCH},
    STAR: {"close": CLOSE},
}
_PIECE = re.compile(r"\[[^\]]*\]|Cl|Br|%\d\d|.")
_STAR = re.compile(r"\*|\[\d*\*[^\]]*\]")
_STAR_IN_SELFIES = re.compile(r"\[[=#]?At\w*\]")


@dataclass
class Token:
    """What one token does.

    Attributes:
        pieces: kinds of its pieces: atom, star, open, close, bond, ring, other.
        atoms, stars: number of atoms, stars included, and of stars.
        closed: branches it closes that were open before.
        pushed: the atoms at which branches begin that it leaves open.
        highest: most branches open within it, relative to before.
        last, last_parent: the atom after which writing goes on, and the one before that.
        rings: (number, atom, parent of the atom) of each ring number.
        symbols: its atoms as written, stars included.
        bonds: (earlier atom, own atom, stated order) of each bond but those of rings.
        ring_orders: stated order of each of `rings`.
        ring_depths: branches open at each of `rings`, relative to before.
        stated: order of the bond that it ends with. Everywhere 0 means that no order is stated.
    """

    pieces: list[str] = field(default_factory=list)
    atoms: int = 0
    stars: int = 0
    closed: int = 0
    pushed: list[int] = field(default_factory=list)
    highest: int = 0
    last: int = -1
    last_parent: int = NOTHING
    rings: list[tuple[int, int, int]] = field(default_factory=list)
    symbols: list[str] = field(default_factory=list)
    bonds: list[tuple[int, int, int]] = field(default_factory=list)
    ring_orders: list[int] = field(default_factory=list)
    ring_depths: list[int] = field(default_factory=list)
    stated: int = 0


def read_token(text: str, selfies: bool = False) -> Token:
    """Take a token apart; special tokens do nothing."""
    token, parents = Token(), []
    if text.startswith("<"):
        return token
    for piece in _PIECE.findall(text):
        kind = _kind(piece, selfies)
        token.pieces.append(kind)
        if kind in ("atom", "star"):
            parents.append(token.last)
            token.symbols.append(piece)
            token.bonds.append((token.last, token.atoms, token.stated))
            token.last = token.atoms
            token.atoms += 1
            token.stars += kind == "star"
        elif kind == "open":
            token.pushed.append(token.last)
            token.highest = max(token.highest, len(token.pushed) - token.closed)
        elif kind == "close" and token.pushed:
            token.last = token.pushed.pop()
        elif kind == "close":
            token.closed += 1
            token.last = -1 - token.closed
        elif kind == "ring":
            parent = parents[token.last] if token.last >= 0 else NOTHING
            token.rings.append((int(piece.lstrip("%")), token.last, parent))
            token.ring_orders.append(token.stated)
            token.ring_depths.append(len(token.pushed) - token.closed)
        token.stated = ORDERS.get(piece, UNKNOWN_ORDER) if kind == "bond" else 0
    token.last_parent = parents[token.last] if token.last >= 0 else NOTHING
    return token


def next_states(token: Token, selfies: bool = False) -> list[int]:
    """Return the state after a token from each state but `DEAD`; `DEAD` where it may not follow."""
    if selfies:
        return [ATOM if token.pieces else DEAD] * DEAD
    found = []
    for state in range(DEAD):
        for kind in token.pieces:
            state = _AFTER[state].get(kind, DEAD)
            if state == DEAD:
                break
        found.append(state if token.pieces else DEAD)
    return found


def clashes(token: Token) -> list[tuple[str, int, int]]:
    """Return the conditions under which the token's ring numbers close no proper ring.

    A proper ring closes at an atom that is neither the one where it was opened nor bonded to it already. Conditions
    on a ring number that was open before the token:

        ("last", number, 0)        it was opened at the last atom or its parent, or is joined to it by another ring
        ("near", number, k)        it was opened at the atom reached by closing k branches
        ("open" or "shut", number, 0)    it was open, or was not
        ("same", number, other)    both were open, and opened at the same atom
        ("never", 0, 0)            always: two ring numbers at one atom, one of them opened within the token
    """
    found: list[tuple[str, int, int]] = []
    seen: dict[int, list[tuple[int, int]]] = {}
    at: dict[int, list[int]] = {}
    for number, atom, parent in token.rings:
        before = seen.setdefault(number, [])
        if not before:
            if atom == -1:
                found.append(("last", number, 0))
            elif atom >= 0 and parent != NOTHING and parent < 0:
                found.append(("near", number, -1 - parent))
        elif before[-1][0] in (atom, parent):
            # The second, fourth ... of a number close within the token where the number was not open before it.
            found.append(("shut" if len(before) % 2 else "open", number, 0))
        for other in at.setdefault(atom, []):
            first = not before and len(seen[other]) == 1
            found.append(("same", number, other) if first and number != other else ("never", 0, 0))
        before.append((atom, parent))
        at[atom].append(number)
    return found


def ring_numbers(tokens: Sequence[Token]) -> list[int]:
    """Return the ring numbers that a vocabulary can write, in order."""
    return sorted({number for token in tokens for number, _, _ in token.rings})


def table(rows: Sequence[Sequence[int]], empty: int) -> np.ndarray:
    """Return ragged rows as an int64 array (V, longest, at least 1), filled up with `empty`."""
    longest = max([1, *map(len, rows)])
    return np.array([[*row, *[empty] * (longest - len(row))] for row in rows], dtype=np.int64)


def _kind(piece: str, selfies: bool) -> str:
    if selfies:
        return "star" if _STAR_IN_SELFIES.fullmatch(piece) else "atom"
    if _STAR.fullmatch(piece):
        return "star"
    if piece in "()":
        return "open" if piece == "(" else "close"
    if piece.isdigit() or piece.startswith("%"):
        return "ring"
    if piece in "-=#:$/\\~":
        return "bond"
    return "atom" if piece.startswith("[") or piece.isalpha() else "other"
