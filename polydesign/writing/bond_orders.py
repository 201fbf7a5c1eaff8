"""How much bond order each token of a vocabulary asks of which atoms, and when it would ask too much.

An atom has as much to give as RDKit grants its element, charge and hydrogen. In Kekulé notation that is the whole of
valence. Aromatic bonds, which are not written, count as single: for lower-case atoms the sum is a lower bound.

The bond by which a token begins may have been stated before it, its *entry order*: 0 where no atom comes before, 1
where nothing is stated. Tables are made for 1; `conditions` tells when another is too much.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from polydesign.writing.grammar import UNKNOWN_ORDER, Token

ENTRY_ORDERS = range(4)
_MOST = 8
_HIGHEST_RING_ORDER = 2  # a carbon that closed a triple bond in a ring would have nothing left to go on from

Condition = tuple[str | int, ...]


@cache
def capacity(symbol: str) -> int:
    """Return the bond order that an atom, as written, can give to heavy neighbours; -1 where RDKit knows no such atom.

    At most 8, which also stands for metals without a limit. Aromatic atoms are read as their elements.
    """
    from rdkit import Chem, rdBase

    with rdBase.BlockLogs():
        read = Chem.MolFromSmiles(symbol, sanitize=False)
        most = -1
        while read is not None and read.GetNumAtoms() == 1 and most < _MOST:
            molecule = Chem.RWMol(read)
            molecule.GetAtomWithIdx(0).SetIsAromatic(False)
            for _ in range(most + 1):
                molecule.AddBond(0, molecule.AddAtom(Chem.Atom(6)), Chem.BondType.SINGLE)
            try:
                molecule.GetAtomWithIdx(0).UpdatePropertyCache(strict=True)
            except Chem.AtomValenceException:
                break
            most += 1
    return most


@dataclass
class Demand:
    """What one token asks, its entry order being 1.

    Attributes:
        before: bond order asked of the atom at code -1 - k, k = 0 ... closed.
        left: what its own atoms have left; stars nothing.
        doubled: how many of its ring numbers each own atom might have to give one more, being opened as double.
        path: codes of the atoms to which bonds may still be added.
        enters: whether it begins by an atom, a star or a ring number, so that the entry order counts.
        ring_orders: stated order of each ring number; the same at both where a number stands twice.
        star: order of a star bond stated within it, 0 where there is none.
        entry: order of the bond by which it joins the last atom, 0 the entry order, -1 no such bond.
        conditions: when it may not follow; see `demand`.
    """

    before: list[int]
    left: list[int]
    doubled: list[int]
    path: list[int]
    enters: bool
    ring_orders: list[int]
    star: int
    entry: int
    conditions: list[Condition]


def demand(token: Token) -> Demand:
    """Find what a token asks of the atoms, and the conditions under which that is too much:

        ("never",)
        ("entry", e)            the entry order is e
        ("left", k, m)          the atom at code -1 - k has less than m left
        ("left open", 1, m)     the same where codes -1 and -2 are one atom, because a branch has just been opened
        ("double", n, e)        ring number n was opened as double, and the entry order is e
        ("double last", n, m)   it was opened as double, and the last atom has less than m left
        ("double entry", n, m)  the same, and no entry order is stated
        ("clash", n, o)         it was opened with another stated order than o; o = 0: than the one stated before
        ("short", n, m)         it was opened without an order, and has less than m left there
        ("short entry", n, m)   the same, with less than m and what the entry order has above 1
        ("star", o)             the first star has a bond of another order than o
        ("entry star",)         ... than the entry order
        ("beside star",)        the last atom is a star
        ("entry not", o)        the entry order, unstated as 1, is not o
        ("first bond not", o)   the same, and the last atom is a star
    """  # fmt: skip
    starred = [text.strip("[]:0123456789").startswith("*") for text in token.symbols]
    left = [0 if star else capacity(text) for text, star in zip(token.symbols, starred, strict=True)]
    found = Demand(
        before=[0] * (token.closed + 1), left=left, doubled=[0] * token.atoms, path=[*token.pushed, token.last],
        enters=bool(token.pieces) and token.pieces[0] in ("atom", "star", "ring"),
        ring_orders=_ring_orders(token), star=0, entry=-1, conditions=[],
    )  # fmt: skip
    impossible = any(amount < 0 for amount in left)
    for earlier, own, order in token.bonds:
        _ask(found, earlier, max(order, 1))
        _ask(found, own, max(order, 1))
    first = set()
    for (number, atom, _), order in zip(token.rings, found.ring_orders, strict=True):
        _ask(found, atom, max(order, 1))
        if number not in first and order == 0 and atom >= 0:
            found.doubled[atom] += 1
        first.add(number)
    _stars(token, found, starred)
    _conditions(token, found, starred, impossible)
    found.left = [0 if star else amount for amount, star in zip(found.left, starred, strict=True)]
    return found


def _ask(found: Demand, code: int, order: int) -> None:
    if code < 0:
        found.before[-1 - code] += order
    else:
        found.left[code] -= order


def _ring_orders(token: Token) -> list[int]:
    highest: dict[int, int] = {}
    for (number, _, _), order in zip(token.rings, token.ring_orders, strict=True):
        highest[number] = max(highest.get(number, 0), order)
    return [highest[number] for number, _, _ in token.rings]


def _stars(token: Token, found: Demand, starred: list[bool]) -> None:
    """Find the orders of star bonds, and what excludes the token for them."""
    orders = set()
    enters = bool(token.pieces) and token.pieces[0] == "star"
    for earlier, own, order in token.bonds:
        if earlier == -1 and own == 0:
            found.entry = order
        if earlier >= 0 and starred[earlier] and starred[own]:
            found.conditions.append(("never",))
        if (earlier >= 0 and starred[earlier]) or (starred[own] and not (own == 0 and enters)):
            orders.add(max(order, 1))
    if any(text.strip("[]:0123456789") != "*" for text, star in zip(token.symbols, starred, strict=True) if star):
        found.conditions.append(("never",))  # a charge or hydrogen
    if len(orders) > 1:
        found.conditions.append(("never",))
    found.star = max(orders, default=0)
    if found.star:
        found.conditions.append(("star", found.star))
        if found.entry == 0:
            found.conditions.append(("first bond not", found.star))
            if enters and not any(earlier == 0 for earlier, _, _ in token.bonds):
                found.conditions.append(("entry not", found.star))
    if enters:
        found.conditions.append(("entry star",))
    other_order = found.star > 0 and found.entry > 0 and found.entry != found.star
    if found.entry >= 0 and (starred[0] or other_order):
        found.conditions.append(("beside star",))


def _conditions(token: Token, found: Demand, starred: list[bool], impossible: bool) -> None:
    """Find when the token asks too much of an atom."""
    add = found.conditions.append
    orders = [order for _, _, order in token.bonds]
    if impossible or UNKNOWN_ORDER in [*orders, token.stated] or max([0, *found.ring_orders]) > _HIGHEST_RING_ORDER:
        add(("never",))
        return
    reserve = token.stated or int(token.pieces[-1:] == ["open"])  # for what must follow
    before, left = list(found.before), list(found.left)
    if token.last < 0:
        before[-1 - token.last] += reserve
    else:
        left[token.last] -= reserve
    for k, order in enumerate(before):
        if order:
            add(("left", k, order))
        if order and k == 1:
            add(("left open", 1, order + before[0]))
    entered = found.enters and token.pieces[0] != "ring"
    for atom, amount in enumerate(left):
        if starred[atom]:
            continue
        for e in ENTRY_ORDERS if entered and atom == 0 else [1]:
            after = amount - (e - 1)
            if after < 0:
                add(("entry", e) if entered and atom == 0 else ("never",))
            elif after < found.doubled[atom]:
                numbers = {number for number, at, _ in token.rings if at == atom}
                kinds = [e] if entered and atom == 0 else ENTRY_ORDERS
                found.conditions += [("double", number, kind) for number in numbers for kind in kinds]
    _ring_conditions(token, found, before)


def _ring_conditions(token: Token, found: Demand, before: list[int]) -> None:
    """Find when a ring bond has two orders, or more than its ends have left.

    RDKit never states orders at ring numbers. So it does no harm to keep more free than is needed where one is stated:
    one for what follows, and what the token asks of any atom before it, which may be where the ring was opened.
    """
    add = found.conditions.append
    leading = next((i for i, piece in enumerate(token.pieces) if piece != "ring"), len(token.pieces))
    n_leading = sum(order == 0 for order in found.ring_orders[:leading])
    seen = set()
    for place, ((number, atom, _), order) in enumerate(zip(token.rings, found.ring_orders, strict=True)):
        if number in seen:
            continue
        seen.add(number)
        entry = place == 0 and leading > 0
        if entry:
            add(("entry", 3))
            if sum(other == number for other, _, _ in token.rings) > 1:
                add(("entry", 2))  # the order stated before the token would hold at its other end, too
            add(("clash", number, 0))
            add(("short entry", number, 1 + max([0, *before[1:]])))
        if order:
            add(("clash", number, order))
        if order == 2:
            add(("short", number, 2 + max(before)))
        if atom == -1 and order == 0:
            add(("double entry" if entry else "double last", number, before[0] + n_leading + 1))
    for number in seen:
        stated = {o for (n, _, _), o in zip(token.rings, token.ring_orders, strict=True) if n == number and o}
        if len(stated) > 1:
            add(("never",))
