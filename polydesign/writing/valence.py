"""Constrained decoding, valence: mask the tokens that would give an atom, or a ring or star bond, a wrong order.

What each token asks of which atoms stands in tables of the vocabulary (writing/bond_orders.py). Beside them stand, for
each string, what every atom written so far has left, the order stated last, those stated at open ring numbers, and that
of the bond of the first attachment point, which the second must have too. A string that is not complete must keep an
atom with something left, at its end or where a branch is open: a carbon added there carries on for any length.

Shapes: B batch, V vocabulary, L ring numbers, K prefix atoms: the last, and those reached by closing branches.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from polydesign.writing import grammar
from polydesign.writing.bond_orders import ENTRY_ORDERS, Condition, Demand, demand
from polydesign.writing.grammar import NOTHING
from polydesign.writing.written import NEEDS_ATOM, Written

_PLENTY = 9
_DOUBLE = 2
_NUMBERED = ("double", "double last", "double entry", "clash", "short", "short entry")  # conditions of a ring number


class ValenceTables:
    """The tables of one vocabulary.

    Args:
        tokens: V tokens taken apart.
        place: column of each ring number.
        next_state: ``(states, V)``.
        reach: K - 1.
    """

    def __init__(self, tokens: Sequence[grammar.Token], place: dict[int, int], next_state: Tensor, reach: int) -> None:
        asked = [demand(token) for token in tokens]
        self.n_numbers, self.reach = len(place), reach
        self.before = torch.from_numpy(grammar.table([[*d.before, *[0] * (reach + 1)][: reach + 1] for d in asked], 0))
        self.enters = torch.tensor([int(d.enters) for d in asked])
        self.first_atom = torch.tensor([int(t.pieces[:1] == ["atom"]) for t in tokens])
        self.left = torch.from_numpy(grammar.table([d.left for d in asked], 0))
        self.ring_order = torch.from_numpy(grammar.table([d.ring_orders for d in asked], 0))
        self.leads_ring = torch.tensor([t.pieces[:1] == ["ring"] for t in tokens])
        self.stated = torch.tensor([token.stated for token in tokens])
        self.star = torch.tensor([d.star for d in asked])
        self.enters_star = torch.tensor([t.pieces[:1] == ["star"] for t in tokens])
        self.entry = torch.tensor([d.entry for d in asked])
        self.needs_atom = torch.isin(next_state, torch.tensor(NEEDS_ATOM))
        self._find_own_spare(tokens, asked, place)
        keys, self.spare = _incidence([_spare(d, t.closed, reach) for d, t in zip(asked, tokens, strict=True)])
        self.spare_alias, self.spare_place, self.spare_least = torch.tensor([key[1:] for key in keys]).T.contiguous()
        found = [[_placed(key, place) for key in d.conditions] for d in asked]
        keys, self.incidence = _incidence(found)
        groups = sorted({key[0] for key in keys})
        self.groups = [(str(kind), torch.tensor([key[1:] for key in keys if key[0] == kind])) for kind in groups]

    def _find_own_spare(self, tokens: Sequence[grammar.Token], asked: Sequence[Demand], place: dict[int, int]) -> None:
        """Make ``(entry orders, V)``: whether an own atom has something left; also where rings close as double."""
        spare = np.zeros((2, len(ENTRY_ORDERS), len(tokens)), dtype=bool)
        closes = np.zeros((len(place), len(tokens)), dtype=np.float32)
        for column, (token, d) in enumerate(zip(tokens, asked, strict=True)):
            for e in ENTRY_ORDERS:
                for atom in {code for code in d.path if code >= 0}:
                    left = d.left[atom] - (e - 1 if atom == 0 and token.pieces[0] == "atom" else 0)
                    spare[0, e, column] |= left > 0
                    spare[1, e, column] |= left > d.doubled[atom]
            for number, atom, _ in token.rings:
                closes[place[number], column] = float(atom >= 0)
        self.own_spare, self.own_spare_doubled = torch.from_numpy(spare)
        self.closes = torch.from_numpy(closes)

    def start(self, batch: int) -> Valence:
        """Return the valence of `batch` strings of which nothing is written."""
        return Valence(self, batch)


class Valence:
    """What is left at the atoms of the strings of a batch."""

    def __init__(self, rules: ValenceTables, batch: int) -> None:
        self.rules = rules
        self.left = torch.zeros((batch, 64), dtype=torch.long)
        self.stated = torch.zeros(batch, dtype=torch.long)  # order of the bond that was written last, 0 if none
        self.ring_order = torch.zeros((batch, rules.n_numbers), dtype=torch.long)  # stated where it was opened
        self.star_order = torch.zeros(batch, dtype=torch.long)  # of the first star, 0 where not yet known

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""
        for name in ("left", "stated", "ring_order", "star_order"):
            setattr(self, name, getattr(self, name)[rows])

    def at_last(self, written: Written) -> Tensor:
        """Return ``(B,)``, what the last atom has left; plenty for a star that still wants its neighbour."""
        left = self.left.gather(1, written.last.clamp(min=0)[:, None])[:, 0]
        return torch.where((written.atoms == 0) | written.beside_star(), _PLENTY, left)

    def allowed(self, written: Written, done: Tensor) -> Tensor:
        """Return ``(B, V)``, which tokens may follow; `done` ``(B, V)`` where nothing need be added after them."""
        rules = self.rules
        prefix = written.prefix()
        entry = torch.where(written.atoms == 0, 0, self.stated.clamp(min=1))
        alias = (written.depth > 0) & (prefix[:, 1] == prefix[:, 0])
        left = self.left.gather(1, prefix.clamp(min=0))
        left *= written.depth[:, None] >= torch.arange(prefix.shape[1])
        left[:, 0] = self.at_last(written)
        over = (entry - 1).clamp(min=0)
        left[:, 0] -= over
        left[:, 1] -= over * alias
        excluded = self._conditions(written, left, entry, alias) @ rules.incidence > 0.5
        spare = rules.own_spare[entry] | rules.needs_atom[written.state]
        double = self.ring_order == _DOUBLE
        if bool(double.any()):
            closes = double.float() @ rules.closes > 0.5
            spare = torch.where(closes, rules.own_spare_doubled[entry] | rules.needs_atom[written.state], spare)
        spare |= self._spare(written, left, alias) @ rules.spare > 0.5
        return ~excluded & (spare | done)

    def _spare(self, written: Written, left: Tensor, alias: Tensor) -> Tensor:
        """Return ``(B, rows of spare)`` float: which of `_spare`'s keys hold."""
        rules = self.rules
        below = torch.arange(written.branches.shape[1]) < (written.depth - rules.reach)[:, None]
        far = ((self.left.gather(1, written.branches.clamp(min=0)) > 0) & below).any(dim=1, keepdim=True)
        held = torch.cat([left, far.long()], dim=1)[:, rules.spare_place] >= rules.spare_least
        return (held & (rules.spare_alias == alias[:, None].long())).float()

    def _conditions(self, written: Written, left: Tensor, entry: Tensor, alias: Tensor) -> Tensor:
        """Return ``(B, rows of incidence)`` float: which conditions of `writing.bond_orders.demand` hold."""
        stated = entry.clamp(min=1)
        star = written.beside_star()
        known = self.star_order > 0
        opened = written.opened > NOTHING
        at_opening = self.left.gather(1, written.opened.clamp(min=0)) if opened.shape[1] else opened.long()
        unstated = opened & (self.ring_order == 0)
        found = []
        for kind, keys in self.rules.groups:
            a, b = torch.nn.functional.pad(keys, (0, 2 - keys.shape[1])).unbind(1)  # a key has up to two numbers
            if kind == "never":
                held = torch.ones(len(entry), 1, dtype=torch.bool)
            elif kind == "entry":
                held = entry[:, None] == a
            elif kind == "left":
                held = left[:, a] < b
            elif kind == "left open":
                held = alias[:, None] & (left[:, a] < b)
            elif kind == "double":
                held = (self.ring_order[:, a] == _DOUBLE) & (entry[:, None] == b)
            elif kind == "double last":
                held = (self.ring_order[:, a] == _DOUBLE) & (left[:, :1] < b)
            elif kind == "double entry":
                held = (self.ring_order[:, a] == _DOUBLE) & (left[:, :1] < b) & (self.stated == 0)[:, None]
            elif kind == "clash":
                order, here = self.ring_order[:, a], torch.where(b > 0, b, self.stated[:, None])
                held = (order > 0) & (here > 0) & (order != here)
            elif kind == "short":
                held = unstated[:, a] & (at_opening[:, a] < b)
            elif kind == "short entry":
                held = unstated[:, a] & (stated > 1)[:, None] & (at_opening[:, a] < b + stated[:, None] - 1)
            elif kind == "star":
                held = known[:, None] & (self.star_order[:, None] != a)
            elif kind == "entry star":
                held = (known & (self.star_order != stated))[:, None]
            elif kind == "beside star":
                held = star[:, None]
            elif kind == "entry not":
                held = stated[:, None] != a
            else:
                held = star[:, None] & (stated[:, None] != a)
            found.append(held)
        return torch.cat(found, dim=1).float()

    def advance(self, written: Written, tokens: Tensor, going: Tensor) -> None:
        """Take in the ``(B,)`` tokens before `written` does; ring numbers come by `ring`."""
        rules = self.rules
        entry = torch.where(written.atoms == 0, 0, self.stated.clamp(min=1))
        self._count_star(written, tokens, entry)
        own = rules.left[tokens]
        own[:, 0] -= (entry - 1) * rules.first_atom[tokens]
        lacking = int(written.atoms.max()) + own.shape[1] - self.left.shape[1] if len(tokens) else 0
        if lacking > 0:
            self.left = torch.nn.functional.pad(self.left, (0, lacking + 64))
        asked = rules.before[tokens]
        asked[:, 0] += (entry - 1).clamp(min=0) * rules.enters[tokens]
        self.left.scatter_add_(1, written.prefix().clamp(min=0), -asked)
        self.left.scatter_(1, written.atoms[:, None] + torch.arange(own.shape[1]), own)
        self.entered = self.stated
        self.stated = torch.where(going, rules.stated[tokens], self.stated)

    def _count_star(self, written: Written, tokens: Tensor, entry: Tensor) -> None:
        rules, stated = self.rules, entry.clamp(min=1)
        first = torch.where(rules.entry[tokens] > 0, rules.entry[tokens], stated) * (rules.entry[tokens] >= 0)
        here = torch.where(rules.enters_star[tokens] & (written.atoms > 0), stated, rules.star[tokens])
        order = torch.where(written.beside_star(), first, here)
        self.star_order = torch.where(self.star_order > 0, self.star_order, order)

    def ring(self, rows: Tensor, tokens: Tensor, slot: int, number: Tensor, atom: Tensor, opened: Tensor) -> None:
        """Write the ring number at `slot` of each of `tokens` at `atom`; `opened` ``(rows,)`` where it was opened."""
        rules = self.rules
        order = rules.ring_order[tokens, slot]
        if slot == 0:
            order = torch.where(rules.leads_ring[tokens], self.entered[rows], order)
        before = self.ring_order[rows, number]
        closes = opened > NOTHING
        self.left[rows, atom] -= (closes & (before == _DOUBLE) & (order == 0)).long()
        self.left[rows, opened.clamp(min=0)] -= (closes & (before == 0)) * (order - 1).clamp(min=0)
        self.ring_order[rows, number] = torch.where(closes, 0, order)


def _spare(found: Demand, closed: int, reach: int) -> list[Condition]:
    """Return when an atom before a token has something left after it: ("spare", alias, k, least).

    Any key that holds is enough. k = reach + 1 stands for all branches beyond reach; alias is 1 where a branch has
    just been opened, so that codes -1 and -2 are one atom.
    """
    stays = -1 - closed in found.path
    keys: list[Condition] = []
    for alias in (0, 1):
        for k in range(closed, reach + 1):
            asked = found.before[k] if k == closed else 0
            if alias and k == 1:
                asked += found.before[0]
            if k > closed or stays:
                keys.append(("spare", alias, k, asked + 1))
        keys.append(("spare", alias, reach + 1, 1))
    return keys


def _placed(key: Condition, place: dict[int, int]) -> Condition:
    return (key[0], place[int(key[1])], *key[2:]) if key[0] in _NUMBERED else key


def _incidence(found: Sequence[Sequence[Condition]]) -> tuple[list[Condition], Tensor]:
    """Return all keys in order and the float ``(keys, V)`` table of which token has which."""
    keys = sorted({key for row in found for key in row})
    where = {key: i for i, key in enumerate(keys)}
    table = np.zeros((len(keys), len(found)), dtype=np.float32)
    for column, row in enumerate(found):
        table[[where[key] for key in row], column] = 1.0
    return keys, torch.from_numpy(table)
