"""What the strings of a batch have come to, as the masks of grammar and valence both look at it.

Atoms are numbered in the order in which they are written. Shapes: B batch, L ring numbers, D deepest nesting.
"""

from __future__ import annotations

import torch
from torch import Tensor

from polydesign.writing import grammar
from polydesign.writing.grammar import NOTHING

NEEDS_ATOM = (grammar.START, grammar.FIRST_STAR, grammar.OPEN, grammar.BOND, grammar.BOND_AFTER_BRANCH)
DEEPEST = 48


class Written:
    """Where each string of a batch stands: state, last atom, open branches and ring numbers.

    Args:
        batch: B.
        n_numbers: L.
        reach: the most branches that one token refers to, as it closes them.

    Attributes:
        state, depth, stars, atoms: (B,) state of the grammar, branches that are open, stars and atoms so far.
        last: (B,) the last atom.
        branches: (B, D) where each open branch began.
        opened: (B, L) where each open ring number stands.
    """

    FIELDS: tuple[str, ...] = ("state", "depth", "stars", "atoms", "last", "branches", "opened")

    def __init__(self, batch: int, n_numbers: int, reach: int) -> None:
        self.reach = reach
        self.state = torch.full((batch,), grammar.START)
        self.depth = torch.zeros(batch, dtype=torch.long)
        self.stars = torch.zeros(batch, dtype=torch.long)
        self.atoms = torch.zeros(batch, dtype=torch.long)
        self.last = torch.full((batch,), NOTHING)
        self.branches = torch.full((batch, DEEPEST), NOTHING)
        self.opened = torch.full((batch, n_numbers), NOTHING)

    def keep(self, rows: Tensor) -> None:
        """Keep only the batch `rows`."""
        for name in self.FIELDS:
            setattr(self, name, getattr(self, name)[rows])

    def prefix(self) -> Tensor:
        """Return ``(B, K)``: the last atom, and those reached by closing 1, 2 ... K - 1 branches."""
        back = (self.depth[:, None] - torch.arange(1, self.reach + 1)).clamp(min=0)
        return torch.cat([self.last[:, None], self.branches.gather(1, back)], dim=1)

    def beside_star(self) -> Tensor:
        """Return ``(B,)``, whether the last atom is a star that begins the string and still wants its neighbour."""
        return (self.atoms == 1) & (self.stars == 1)
