"""The graphs that are edited: halves of known repeat units, joined anew.

A repeat unit is cut at a single bond between its attachment points; a half is kept where it belongs to at least three
chains, so that no chain can be told from what it alone has. Two halves of different chains, with up to three between
them that lose their attachment point, drawn as often as they occur and to the sizes of the corpus, make a start. No
known unit is kept, and training and sampling begin with the same starts.

Halves are compared by a hash of the neighbourhoods of their atoms (Weisfeiler & Lehman, 1968). All is arithmetic on
arrays: chemistry is needed no more than for the graphs themselves.

Shapes: R rows (cuts), A atoms, E bonds, S starts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from polydesign.core.errors import TrainingError
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.nn.graph_transformer import reached

STAR = 1  # code of the attachment point
LEAST = 3  # chains that a half must be in
_READ, _CUTS, _CHUNK, _ROUNDS = 24_000, 2, 512, 3
_BETWEEN, _TRIES = 3, 8  # pieces between two halves at most; combinations tried for each start
_MIX = (-7046029254386353131, 6364136223846793005, 1442695040888963407)  # odd numbers that scatter bits


class Halves(NamedTuple):
    """Pieces of graphs: their first atom the attachment point, their second the one that is bonded to the other half.

    Attributes:
        kinds: (R, A) uint8, 0 where there is no atom.
        bonds: (R, A, A) uint8, orders.
        hashes: (R,) int64, equal for equal halves.
        rows: (R,) the chains they are of.
    """

    kinds: np.ndarray
    bonds: np.ndarray
    hashes: np.ndarray
    rows: np.ndarray


def make_starts(rows: PreparedRows, n: int, most: int, n_bonds: int) -> tuple[Tensor, Tensor]:
    """Return ``(S, A)`` kinds and ``(S, E, 3)`` bonds (two ends and the order; zeros past the last), uint8, by size.

    Args:
        rows: a corpus as graphs.
        n: number S.
        most: atoms A of the largest.
        n_bonds: bonds E of the largest.

    Raises `TrainingError` where the corpus has no halves in common.
    """
    rng = np.random.default_rng(0)
    usable = np.flatnonzero((rows.split == 0) & (rows.sizes <= most))
    chance = rows.weight[usable].astype(np.float64)
    read = rng.choice(usable, size=min(_READ, len(usable)), replace=False, p=chance / chance.sum())
    halves = _common(rows, read[np.argsort(rows.sizes[read], kind="stable")], rng)
    if len(np.unique(halves.rows)) < 2:
        raise TrainingError(
            f"No halves of repeat units of at most {most} atoms are in {LEAST} of the {len(read):,} chains. Give it a "
            "larger corpus of repeat units."
        )
    more = n + n // 4
    wanted = rng.choice(rows.sizes[usable], size=more, p=chance / chance.sum())
    kinds = np.zeros((more, most), dtype=np.uint8)
    bonds = np.zeros((more, n_bonds, 3), dtype=np.uint8)
    made = 0
    for pieces in _combinations(halves, wanted, most, rng):
        made += _join(halves, pieces, kinds[made], bonds[made])
        if made == more:
            break
    chosen = _distinct(kinds, bonds)[:n]
    chosen = chosen[np.argsort((kinds[chosen] > 0).sum(axis=1), kind="stable")]
    return torch.from_numpy(kinds[chosen]), torch.from_numpy(bonds[chosen])


def _distinct(kinds: np.ndarray, bonds: np.ndarray) -> np.ndarray:
    """Return the numbers of all starts, those that others are equal to after one of each."""
    codes, ends = torch.from_numpy(kinds), torch.from_numpy(bonds)
    parts = [slice(start, start + _CHUNK) for start in range(0, len(kinds), _CHUNK)]
    hashes = torch.cat([hashes_of(codes[part], dense(ends[part], kinds.shape[1])) for part in parts]).numpy()
    first = np.sort(np.unique(hashes, return_index=True)[1])
    return np.concatenate([first, np.setdiff1d(np.arange(len(kinds)), first)])


def _combinations(halves: Halves, wanted: np.ndarray, most: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield for ever rows of `halves` that make a unit together, of about the wanted sizes.

    The first and the last keep their attachment points, those between lose them.
    """
    sizes = (halves.kinds > 0).sum(axis=1)
    while True:
        n_between = rng.integers(_BETWEEN + 1, size=_TRIES * len(wanted))
        drawn = rng.integers(len(sizes), size=(len(n_between), _BETWEEN + 2))
        used = np.arange(_BETWEEN) < n_between[:, None]
        between = drawn[:, 2:]
        total = sizes[drawn[:, :2]].sum(axis=1) + ((sizes[between] - 1) * used).sum(axis=1)
        fits = (total <= most) & (halves.rows[drawn[:, 0]] != halves.rows[drawn[:, 1]])
        found = np.flatnonzero(fits)
        found = found[np.argsort(total[found], kind="stable")]
        low, high = (np.searchsorted(total[found], wanted, side) for side in ("left", "right"))
        place = np.minimum(low + (rng.random(len(wanted)) * np.maximum(high - low, 1)).astype(int), len(found) - 1)
        for row in rng.permutation(found[place]):
            yield np.concatenate([drawn[row, :1], between[row, : n_between[row]], drawn[row, 1:2]])


def _common(rows: PreparedRows, read: np.ndarray, rng: np.random.Generator) -> Halves:
    """Return the halves that are in enough chains, each once a chain."""
    parts = list(_halves(rows, read, rng))
    halves = Halves(*(np.concatenate([part[i] for part in parts]) for i in range(4)))
    # The bonds at both attachment points have to be alike, and that to the next piece is single.
    halves = Halves(*(part[halves.bonds[:, 0].sum(axis=1) == 1] for part in halves))
    _, once = np.unique(np.stack([halves.hashes, halves.rows]), axis=1, return_index=True)
    hashes, place = np.unique(halves.hashes[once], return_inverse=True)
    common = once[np.bincount(place, minlength=len(hashes))[place] >= LEAST]
    return Halves(*(part[common] for part in halves))


def dense(bonds: Tensor, n_atoms: int) -> Tensor:
    """Return ``(B, A, A)`` symmetric orders, int64, of ``(B, E, 3)`` bonds."""
    i, j, order = bonds.long().unbind(dim=-1)
    flat = torch.zeros(len(bonds), n_atoms * n_atoms, dtype=torch.long, device=bonds.device)
    # What is past the last bond adds 0 to the pair of the first atom with itself.
    flat.scatter_add_(1, i * n_atoms + j, order).scatter_add_(1, j * n_atoms + i, order)
    return flat.view(-1, n_atoms, n_atoms)


def _halves(rows: PreparedRows, read: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the halves of a few cuts of each row, chunk by chunk, as the arrays of `Halves`."""
    most = int(rows.sizes[read].max())
    for start in range(0, len(read), _CHUNK):
        index = read[start : start + _CHUNK]
        batch = rows.batch(index)
        kinds, bonds = (torch.from_numpy(batch[name]) for name in ("kinds", "bonds"))
        room = most - kinds.shape[1]
        for _ in range(_CUTS):
            for half in _cut(kinds, bonds, rng):
                keep, cut_kinds, cut_bonds, hashes = half
                cut_kinds = np.pad(cut_kinds, ((0, 0), (0, room)))
                yield cut_kinds, np.pad(cut_bonds, ((0, 0), (0, room), (0, room))), hashes, index[keep]


def _cut(kinds: Tensor, bonds: Tensor, rng: np.random.Generator) -> list[tuple[np.ndarray, ...]]:
    """Cut each graph at one random single bond; return both halves of those in which it lies on the backbone."""
    b, a = kinds.shape
    star = kinds == STAR
    single = (bonds == 1) & ~star[:, :, None] & ~star[:, None, :]
    drawn = torch.from_numpy(rng.random((b, a, a), dtype=np.float32)).triu(1) * single
    value, pair = drawn.flatten(1).max(dim=1)
    u, v = pair // a, pair % a
    rest = bonds.clone()
    every = torch.arange(b)
    rest[every, u, v] = rest[every, v, u] = 0
    side = reached((rest > 0).float(), u) > 0.5  # those still bonded to u
    apart = (value > 0) & (star.sum(dim=1) == 2) & ((star & side).sum(dim=1) == 1) & ~side[every, v]
    keep = apart.nonzero()[:, 0]
    halves: list[tuple[np.ndarray, ...]] = []
    for end, inside in ((u, side), (v, ~side & (kinds > 0))):
        of_kinds = (kinds * inside)[keep]
        of_bonds = (rest * inside[:, :, None] * inside[:, None, :])[keep]
        # The attachment point first, then the open atom, then the others.
        rank = torch.full((len(keep), a), 3)
        rank[of_kinds > 0] = 2
        rank.scatter_(1, end[keep][:, None], 1)
        rank[of_kinds == STAR] = 0
        order = rank.argsort(dim=1, stable=True)
        of_kinds = of_kinds.gather(1, order)
        of_bonds = of_bonds.gather(1, order[:, :, None].expand(-1, -1, a)).gather(2, order[:, None].expand(-1, a, -1))
        hashes = _hashes(of_kinds, of_bonds)
        halves.append(
            (keep.numpy(), of_kinds.numpy().astype(np.uint8), of_bonds.numpy().astype(np.uint8), hashes.numpy())
        )
    return halves


def hashes_of(kinds: Tensor, bonds: Tensor) -> Tensor:
    """Return ``(B,)`` int64 hashes of ``(B, A)`` kinds and ``(B, A, A)`` orders, the same however atoms are ordered."""
    label = _scattered(kinds.long())
    orders = [(bonds == order).long() for order in (1, 2, 3)]
    for _ in range(_ROUNDS):
        seen = sum(
            (joined * _scattered(label + order)[:, None]).sum(dim=2) for order, joined in enumerate(orders, start=1)
        )
        label = _scattered(label * _MIX[0] + seen)
    return (label * (kinds > 0)).sum(dim=1)


def _hashes(kinds: Tensor, bonds: Tensor) -> Tensor:
    """Return hashes of halves, in which the open atom is another than the same one elsewhere."""
    marked = kinds.clone()
    marked[:, 1] += 1000
    return hashes_of(marked, bonds)


def _scattered(label: Tensor) -> Tensor:
    label = label * _MIX[1] + _MIX[2]
    label = (label ^ (label >> 29)) * _MIX[0]
    return label ^ (label >> 32)


def _join(halves: Halves, pieces: np.ndarray, kinds: np.ndarray, bonds: np.ndarray) -> bool:
    """Write halves, each bonded to the next, into ``(A,)`` kinds and ``(E, 3)`` bonds; say whether they fit."""
    found: list[tuple[int, int, int]] = []
    n, last = 0, len(pieces) - 1
    end = -1  # the atom that the next piece is bonded to
    atoms: list[int] = []
    for number, piece in enumerate(pieces.tolist()):
        of_kinds, of_bonds = halves.kinds[piece], halves.bonds[piece]
        size = int((of_kinds > 0).sum())
        i, j = (side.tolist() for side in np.nonzero(np.triu(of_bonds[:size, :size])))
        shift = n if number in (0, last) else n - 1  # between, the attachment point falls away
        found += [(a + shift, b + shift, int(of_bonds[a, b])) for a, b in zip(i, j, strict=True) if a or shift == n]
        if number:
            found.append((end, 1 + shift, 1))
        # A middle piece goes on where its attachment point was.
        end = 1 + shift if number == 0 else int(of_bonds[0].argmax()) + shift
        atoms += of_kinds[n - shift : size].tolist()
        n = len(atoms)
    if len(found) > len(bonds):
        return False
    kinds[:n] = atoms
    bonds[: len(found)] = found
    return True
