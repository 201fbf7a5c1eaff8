"""Hide parts of a graph, which are what a generator has to make up.

Of each graph, with shares that are drawn for it: kinds of atoms; orders of bonds, of which it stays known that they are
there; and whole atoms, of which nothing is known but that they are there: no kind, and none of their pairs. Attachment
points keep their kind, and where no atom is none will be.

Shapes: B graphs, A atoms, K kinds (0 none, 1 the attachment point), 4 bonds.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from polydesign.generators.druggen.starts import STAR

N_NODE, N_PAIR = 3, 6


class Hidden(NamedTuple):
    """What is left to see of graphs.

    Attributes:
        present: (B, A), 1 where there is an atom.
        kinds: (B, A, K) one-hot, zeros where hidden.
        of_nodes: (B, A, N_NODE) whether the kind, whether the atom is hidden, and the graph's share.
        bonds: (B, A, A, 4) ones where a bond may be what is known of it; zeros where nothing is known.
        of_pairs: (B, A, A, N_PAIR) the same, whether the order, and whether the pair is hidden.
        shown: (B, A, A, 4) one-hot, hidden orders as single bonds, hidden pairs as none.
        may_be: (B, A, K) bool, kinds that an atom may be given.
        may_bond: (B, A, A) bool, pairs that may be bonded: of two atoms, of which one is no attachment point.
    """

    present: Tensor
    kinds: Tensor
    of_nodes: Tensor
    bonds: Tensor
    of_pairs: Tensor
    shown: Tensor
    may_be: Tensor
    may_bond: Tensor


def hide(
    kinds: Tensor, bonds: Tensor, n_kinds: int, share: Tensor, most: tuple[float, float, float],
    generator: torch.Generator,
) -> Hidden:  # fmt: skip
    """Return what is left.

    Args:
        kinds, bonds: (B, A) codes and (B, A, A) orders.
        n_kinds: number K.
        share: (B,) how much of what may be hidden is, in [0, 1].
        most: shares of kinds, orders and atoms that are hidden where that is 1.
        generator: source of randomness.
    """
    b, a = kinds.shape
    there, star = kinds > 0, kinds == STAR
    draw = torch.rand(b, a, 2, generator=generator, device=kinds.device)
    lost = (draw[..., 0] < share[:, None] * most[2]) & there & ~star
    unknown = ((draw[..., 1] < share[:, None] * most[0]) & there & ~star) | lost
    of_orders = torch.rand(b, a, a, generator=generator, device=kinds.device).triu(1)
    of_orders = of_orders + of_orders.transpose(1, 2)
    unordered = (of_orders < share[:, None, None] * most[1]) & (bonds > 0)
    may_bond = there[:, :, None] & there[:, None] & ~(star[:, :, None] & star[:, None])
    may_bond &= ~torch.eye(a, dtype=torch.bool, device=kinds.device)
    unpaired = (lost[:, :, None] | lost[:, None]) & may_bond
    unordered &= ~unpaired

    fixed = F.one_hot(kinds, n_kinds).bool()
    free = torch.ones(n_kinds, dtype=torch.bool, device=kinds.device)
    free[: STAR + 1] = False
    may_be = torch.where((there & ~star)[..., None], free, fixed)
    known = fixed.float() * ~unknown[..., None]
    shown = torch.where(unpaired, 0, torch.where(unordered, 1, bonds))
    shown = F.one_hot(shown, 4).float()
    any_order = torch.tensor([0.0, 1.0, 1.0, 1.0], device=kinds.device)
    left = torch.where(unordered[..., None], any_order, shown) * ~unpaired[..., None]
    told = share[:, None].expand(b, a)
    return Hidden(
        present=there.float(),
        kinds=known,
        of_nodes=torch.stack([unknown.float(), lost.float(), told], dim=-1),
        bonds=left,
        of_pairs=torch.cat([left, torch.stack([unordered, unpaired], dim=-1).float()], dim=-1),
        shown=shown,
        may_be=may_be,
        may_bond=may_bond,
    )
