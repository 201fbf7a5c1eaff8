"""Constrained decoding: at each step, mask the tokens after which the string could no longer be completed.

What is kept possible: parentheses that match, ring numbers that close proper rings, bonds that lead somewhere, exactly
two attachment points (none where the vocabulary has none), each with one neighbour, bond orders that every atom can
give (writing/valence.py), and an end within the room there is. Aromaticity is left to the network, and looked at when a
string is complete (generators/base.py). Everything is looked up in tables of the vocabulary (writing/grammar.py,
writing/bond_orders.py) for all rows and tokens at once.

Rows that come near the end of their room are completed by a fixed rule: branches whose last atom has nothing left are
closed, and those begun since a ring was opened; rings are closed two atoms on, missing stars added, branches closed.
Rings that have stayed open for `_LONGEST_RING` atoms are closed in the same way, and then the network goes on: one
that it forgets would otherwise be closed at the end, around all that was written meanwhile.

Shapes: B batch, V vocabulary, L ring numbers; what the strings have come to stands in writing/written.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from polydesign.core.errors import OptionError
from polydesign.data.encodings.tokenizer import END_ID
from polydesign.writing import grammar
from polydesign.writing.grammar import NOTHING
from polydesign.writing.valence import ValenceTables
from polydesign.writing.written import DEEPEST, NEEDS_ATOM, Written

_STARS = 2
_LONGEST_RING = 32  # atoms from its opening on, without those of branches
_ADDED = torch.tensor([0, 3, 5])  # the most tokens that missing stars take: C=*, C(*)*
_PLENTY = 9
_MAY_END = (grammar.ATOM, grammar.CLOSE, grammar.STAR)


class TokenGrammar:
    """The tables of one vocabulary.

    Args:
        vocabulary: the V tokens as written.
        notation: of the tokens; of SELFIES only the stars are counted.

    Raises `OptionError` when a token is missing with which any string can be completed.
    """

    def __init__(self, vocabulary: Sequence[str], notation: str = "smiles") -> None:
        selfies = notation == "selfies"
        tokens = [grammar.read_token(text, selfies) for text in vocabulary]
        self.numbers = grammar.ring_numbers(tokens)
        self.stars = torch.tensor([token.stars for token in tokens])
        self.n_stars = _STARS if int(self.stars.max()) > 0 else 0
        self.next_state = torch.tensor([grammar.next_states(token, selfies) for token in tokens]).T.contiguous()
        self.closed = torch.tensor([token.closed for token in tokens])
        self.highest = torch.tensor([token.highest for token in tokens])
        self.n_pushed = torch.tensor([len(token.pushed) for token in tokens])
        self.net = self.n_pushed - self.closed
        self.atoms = torch.tensor([token.atoms for token in tokens])
        self.last = torch.tensor([token.last for token in tokens])
        self.last_parent = torch.tensor([token.last_parent for token in tokens])
        self.pushed = torch.from_numpy(grammar.table([token.pushed for token in tokens], NOTHING))
        place = {number: i for i, number in enumerate(self.numbers)}
        self.ring = torch.from_numpy(grammar.table([[place[n] for n, _, _ in t.rings] for t in tokens], -1))
        self.ring_atom = torch.from_numpy(grammar.table([[atom for _, atom, _ in t.rings] for t in tokens], NOTHING))
        self.ring_depth = torch.from_numpy(grammar.table([t.ring_depths for t in tokens], 0))
        odd = np.zeros((len(self.numbers), len(tokens)), dtype=np.float32)
        for column, token in enumerate(tokens):
            for number, _, _ in token.rings:
                odd[place[number], column] = 1 - odd[place[number], column]
        self.odd = torch.from_numpy(odd)
        self.n_odd = self.odd.sum(dim=0)
        self._find_clashes(tokens, place)
        self.valence = None if selfies else ValenceTables(tokens, place, self.next_state, self.reach)
        n_rings = [len(token.rings) for token in tokens]
        # The most that one token adds to `Constraint.needed`, and one step for itself.
        self.growth = 2 + max(max(int(n), 0) + 3 * r for n, r in zip(self.net.tolist(), n_rings, strict=True))
        self._find_basic(list(vocabulary), selfies)

    def _find_clashes(self, tokens: Sequence[grammar.Token], place: dict[int, int]) -> None:
        """Make `incidence`: which conditions on the rings (`Constraint._conditions`) exclude which tokens."""
        found = [(column, clash) for column, token in enumerate(tokens) for clash in grammar.clashes(token)]
        self.reach = 1 + int(self.closed.max())
        self.pairs = sorted({(place[a], place[b]) for _, (kind, a, b) in found if kind == "same"})
        width = len(self.numbers)
        starts = {"last": 0, "open": width, "shut": 2 * width, "near": 3 * width}
        n_near = self.reach * width
        rows = 3 * width + n_near + len(self.pairs) + 1
        incidence = np.zeros((rows, len(tokens)), dtype=np.float32)
        for column, (kind, a, b) in found:
            if kind == "same":
                row = 3 * width + n_near + self.pairs.index((place[a], place[b]))
            elif kind == "never":
                row = rows - 1
            else:
                row = starts[kind] + place[a] + (b * width if kind == "near" else 0)
            incidence[row, column] = 1.0
        self.incidence = torch.from_numpy(incidence)

    def _find_basic(self, vocabulary: list[str], selfies: bool) -> None:
        """Find the tokens with which any string can be completed."""
        stars = [text for text in (["[At]"] if selfies else ["*", "[*]"]) if text in vocabulary]
        carbon = "[C]" if selfies else "C"
        written = {number: str(number) if number < 10 else f"%{number}" for number in self.numbers}
        wanted = [carbon, *([] if selfies else [*"()"] if self.n_stars or self.closed.any() else [])]
        bonds = [bond for bond in "=#" if not selfies and self.n_stars and any(bond in text for text in vocabulary)]
        missing = [text for text in [*wanted, *bonds, *written.values()] if text not in vocabulary]
        if missing or (self.n_stars and not stars):
            raise OptionError(
                f"Constrained decoding needs the tokens {' '.join(missing or ['*'])}, which this model lacks. Switch "
                "the option off."
            )
        where = {text: i for i, text in enumerate(vocabulary)}
        self.carbon = where[carbon]
        self.star = where[stars[0]] if stars else self.carbon
        self.opening = where.get("(", self.star)
        self.closing = where.get(")", self.carbon)
        self.bond = torch.tensor([self.star, self.star, *(where.get(bond, self.star) for bond in "=#")])  # by order
        self.digit = torch.tensor([where[written[number]] for number in self.numbers], dtype=torch.long)

    def start(self, batch: int) -> Constraint:
        """Return the constraint of `batch` strings of which nothing is written."""
        return Constraint(self, batch)


class Constraint(Written):
    """What the strings of a batch have come to; rows that have ended go on without harm."""

    def __init__(self, rules: TokenGrammar, batch: int) -> None:
        super().__init__(batch, len(rules.numbers), rules.reach)
        self.rules = rules
        self.parent = torch.full((batch,), NOTHING)
        self.joined = torch.full_like(self.opened, NOTHING)  # atom that a ring joined to the one at an open number
        self.level = torch.zeros_like(self.opened)  # branches that were open where a ring number was written
        self.span = torch.zeros_like(self.opened)  # atoms written since, branches left out
        self.completing = torch.zeros(batch, dtype=torch.bool)
        self.valence = rules.valence.start(batch) if rules.valence else None

    FIELDS = (*Written.FIELDS, "parent", "joined", "level", "span", "completing")

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""
        super().keep(rows)
        if self.valence:
            self.valence.keep(rows)

    def mask(self, logits: Tensor, room: int) -> Tensor:
        """Return ``(B, V)`` logits, -inf where a token must not follow; `room` is how many tokens may still come.

        The token that ends a string counts among them.
        """
        rules = self.rules
        after = rules.next_state[self.state]
        depth, stars = self.depth[:, None], self.stars[:, None] + rules.stars
        allowed = (after != grammar.DEAD) & (depth >= rules.closed) & (depth + rules.highest <= DEEPEST)
        allowed &= stars <= rules.n_stars
        is_open = (self.opened > NOTHING).float()
        left_open = is_open.sum(dim=1, keepdim=True) + rules.n_odd - 2 * (is_open @ rules.odd)
        # A star on the main chain ends the string.
        ends_chain = (after == grammar.STAR) & (depth + rules.net == 0)
        allowed &= ~ends_chain | ((left_open < 0.5) & (stars == rules.n_stars))
        allowed &= self._conditions() @ rules.incidence < 0.5
        if self.valence:
            allowed &= self.valence.allowed(self, (left_open < 0.5) & (stars == rules.n_stars))
        allowed[:, END_ID] = self._complete()
        self.completing |= self.needed() + rules.growth > room
        ruled = (self.completing | self._forgotten())[:, None]
        if bool(ruled.any()):
            forced = torch.zeros_like(allowed).scatter(1, self._completion()[:, None], True)
            allowed = torch.where(ruled, forced, allowed)
            logits = torch.where(forced & ruled, 0.0, logits)  # whatever the network says
        return logits.masked_fill(~allowed, float("-inf"))

    def needed(self) -> Tensor:
        """Return ``(B,)``, an upper bound of the tokens it takes to complete each string, its end included."""
        n_open = (self.opened > NOTHING).sum(dim=1)
        missing = self.rules.n_stars - self.stars
        return self._in(NEEDS_ATOM).long() + 3 * n_open + self.depth + _ADDED[missing] + 1

    def advance(self, tokens: Tensor) -> None:
        """Take in the ``(B,)`` tokens that were written; one that ends a string changes nothing."""
        rules = self.rules
        going = tokens != END_ID
        prefix = self.prefix()
        if self.valence:
            self.valence.advance(self, tokens, going)

        def atom(code: Tensor) -> Tensor:
            own = torch.where(code >= 0, self.atoms + code, NOTHING)
            before = prefix.gather(1, (-1 - code).clamp(0, prefix.shape[1] - 1)[:, None])[:, 0]
            return torch.where((code < 0) & (code > NOTHING), before, own)

        for place in range(rules.ring.shape[1]):
            rows = (rules.ring[tokens, place] >= 0).nonzero().squeeze(1)
            if len(rows):
                number, at = rules.ring[tokens[rows], place], atom(rules.ring_atom[tokens, place])[rows]
                if self.valence:
                    self.valence.ring(rows, tokens[rows], place, number, at, self.opened[rows, number])
                self._ring(rows, number, at)
                self.level[rows, number] = self.depth[rows] + rules.ring_depth[tokens[rows], place]
                self.span[rows, number] = 0
        kept = self.depth - rules.closed[tokens]
        for place in range(rules.pushed.shape[1]):
            rows = (rules.n_pushed[tokens] > place).nonzero().squeeze(1)
            if len(rows):
                self.branches[rows, (kept[rows] + place).clamp(0, DEEPEST - 1)] = atom(rules.pushed[tokens, place])[
                    rows
                ]
        last_code = rules.last[tokens]
        self.parent = torch.where(last_code == -1, self.parent, atom(rules.last_parent[tokens]))
        self.last = atom(last_code)
        self.atoms = self.atoms + rules.atoms[tokens]
        self.depth = self.depth + rules.net[tokens]
        self.span += rules.atoms[tokens][:, None] * (self.depth[:, None] <= self.level)
        self.stars = self.stars + rules.stars[tokens]
        self.state = torch.where(going, rules.next_state[self.state, tokens], self.state)

    def _ring(self, rows: Tensor, number: Tensor, atom: Tensor) -> None:
        """Write one ring number at one atom in each of `rows`: open it, or close it where it is open."""
        at = self.opened[rows, number]
        closes = at > NOTHING
        same = (self.opened[rows] == at[:, None]) & closes[:, None]
        self.joined[rows] = torch.where(same, atom[:, None], self.joined[rows])
        self.opened[rows, number] = torch.where(closes, NOTHING, atom)
        self.joined[rows, number] = NOTHING

    def _conditions(self) -> Tensor:
        """Return ``(B, rows of incidence)`` float, which conditions of `grammar.clashes` hold."""
        opened, last = self.opened, self.last[:, None]
        is_open = opened > NOTHING
        near_last = is_open & ((opened == last) | (opened == self.parent[:, None]) | (self.joined == last))
        near = [is_open & (opened == atom[:, None]) for atom in self.prefix().T[: self.reach]]
        same = [(is_open[:, a] & (opened[:, a] == opened[:, b]))[:, None] for a, b in self.rules.pairs]
        always = torch.ones(len(opened), 1, dtype=torch.bool)
        return torch.cat([near_last, is_open, ~is_open, *near, *same, always], dim=1).float()

    def _forgotten(self) -> Tensor:
        """Return ``(B,)``, in which strings a ring has been open for too long."""
        return ((self.opened > NOTHING) & (self.span >= _LONGEST_RING)).any(dim=1)

    def _complete(self) -> Tensor:
        """Return ``(B,)``, which strings may end here."""
        closed = (self.opened <= NOTHING).all(dim=1) & (self.depth == 0)
        return closed & (self.stars == self.rules.n_stars) & self._in(_MAY_END)

    def _completion(self) -> Tensor:
        """Return the ``(B,)`` tokens that the fixed rule writes next."""
        rules = self.rules
        is_open = self.opened > NOTHING
        missing, needs_atom = rules.n_stars - self.stars, self._in(NEEDS_ATOM)
        left, stated, star_order = torch.full_like(missing, _PLENTY), torch.ones_like(missing), torch.ones_like(missing)
        if self.valence:
            left, star_order = self.valence.at_last(self), self.valence.star_order.clamp(min=1)
            stated = self.valence.stated.clamp(min=1)
        close = torch.where(self.depth > 0, rules.closing, END_ID)
        last_star = torch.where(left >= star_order, rules.bond[star_order], rules.carbon)
        token = torch.where(missing == 1, last_star, close)
        token = torch.where(missing == 2, torch.where(left > 1, rules.opening, rules.carbon), token)
        token = torch.where(left < 1, close, token)
        # Where a bond or branch has begun: a star if it is the one that is missing, or the first, beside the second.
        last_star = (missing == 1) & (self.state > grammar.FIRST_STAR) & (stated == star_order) & ~self.beside_star()
        wants_star = last_star | ((missing == 2) & (self.state == grammar.OPEN) & (left > 1))
        token = torch.where(needs_atom, torch.where(wants_star, rules.star, rules.carbon), token)
        if rules.numbers:
            near = (self.opened == self.last[:, None]) | (self.opened == self.parent[:, None])
            fits = is_open & ~near & (self.joined != self.last[:, None]) & (self.state == grammar.ATOM)[:, None]
            order = self.valence.ring_order.clamp(min=1) if self.valence else 1
            fits &= left[:, None] > order  # something stays for what comes next
            digit = torch.where(fits.any(dim=1), rules.digit[fits.float().argmax(dim=1)], rules.carbon)
            done = (left < 1) | self._left_branch(is_open)
            token = torch.where(is_open.any(dim=1), torch.where(done & ~needs_atom, close, digit), token)
        return token

    def _left_branch(self, is_open: Tensor) -> Tensor:
        """Return ``(B,)``, where all open rings were opened before the present branch and can be closed after it."""
        level = torch.where(is_open, self.level, -1).amax(dim=1)
        began = self.branches.gather(1, level.clamp(0, DEEPEST - 1)[:, None])
        left = self.valence.left.gather(1, began.clamp(min=0))[:, 0] if self.valence else torch.ones_like(level)
        return (level >= 0) & (level < self.depth) & (left > 0)

    def _in(self, states: tuple[int, ...]) -> Tensor:
        return torch.isin(self.state, torch.tensor(states))
