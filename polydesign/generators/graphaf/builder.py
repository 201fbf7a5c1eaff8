"""Building graphs one decision after another, many at a time, with the valency check or without it.

With the check each decision is the largest entry of z among those that can still come out right:

- no bond that an atom has no room for, none between two attachment points;
- no third attachment point, and no end before the second: as long as it is to come, room for it is kept within reach;
- an atom that nothing connects, or that takes the last room, is drawn again; after `_ATTEMPTS` draws in vain the second
  attachment point is put where a bond is likeliest, and a graph that has it ends.

Without it graphs are what was drawn. Where ours differs from the paper, which draws a refused bond anew: the largest
entry is taken among the others.

Shapes: B graphs under construction, H halves, 2 where guided, b some of the graphs, A atoms, S places back within
reach, d and e widths of the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from polydesign.generators.graphaf.flow import Decision
from polydesign.generators.graphaf.network import END, GraphAF
from polydesign.generators.graphaf.subgraph import ORDERS, Memory
from polydesign.nn.guidance import asked, guide
from polydesign.nn.requests import Requests

_ATTEMPTS = 8
_MOST_AT_WORK = 0.8  # share of the graphs at work below which the finished ones are put aside


@dataclass(frozen=True)
class Building:
    """How graphs are built.

    Attributes:
        generator: source of randomness.
        temperature: standard deviation of the flow's random numbers.
        guidance_scale: how strongly requests pull (nn/guidance.py), in the outputs that mean and scale are made of.
        check: whether what cannot come out right is refused.
        stop: called before each atom; raises where somebody wants an end.
    """

    generator: torch.Generator
    temperature: float = 1.0
    guidance_scale: float = 1.0
    check: bool = True
    stop: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Beginning:
    """What stands before anything is decided.

    Attributes:
        kinds: ``(B, M)`` kinds of atoms in breadth-first order, 0 after the last given one.
        bonds: ``(B, M, M)`` orders of their bonds, which reach back no further than the network looks.
    """

    kinds: Tensor
    bonds: Tensor


@dataclass
class _Atom:
    """An atom that is offered to each of B graphs: its kind ``(B,)`` and orders of bonds ``(B, S)``."""

    kind: Tensor
    orders: Tensor


class Builder:
    """B graphs under construction.

    Args:
        network: decides.
        requests: one for each graph.
        building: see `Building`.
        beginning: what each graph goes on from; None for nothing. With the check it has to leave room to go on.
    """

    def __init__(
        self, network: GraphAF, requests: Requests, building: Building, beginning: Beginning | None = None
    ) -> None:
        n, most = len(requests), network.config.max_atoms
        device = requests.values.device
        self.network, self.building, self.beginning = network, building, beginning
        self.span = network.reach.span
        self.kinds = torch.zeros(n, most, dtype=torch.long, device=device)
        self.bonds = torch.zeros(n, most, most, dtype=torch.long, device=device)
        self.sizes = torch.zeros(n, dtype=torch.long, device=device)
        self.rows = torch.arange(n, device=device)  # of the graphs at work; the finished ones among them are
        self.done = torch.zeros(n, dtype=torch.bool, device=device)  # marked, and put aside now and then
        # Guided, each graph is embedded twice: with its request in the first half, without in the second.
        self.halves = 2 if asked(requests, building.guidance_scale) else 1
        self.properties = network.embedded(requests if self.halves == 1 else requests.before(requests.hidden()))
        n, width = len(self.properties), 3 * network.config.d_model
        self.memories = [Memory(torch.zeros(n, most + 1, width, device=device)) for _ in network.layers]
        self.read = torch.zeros(n, 1 + ORDERS, most, network.config.d_edge, device=device)

    @torch.no_grad()
    def build(self) -> tuple[Tensor, Tensor, Tensor]:
        """Return ``(B, A)`` kinds, ``(B, A, A)`` orders of bonds, and ``(B,)`` numbers of atoms."""
        for t in range(self.network.config.max_atoms):
            self.building.stop()
            if bool(self.done.all()):
                break
            self._add(t)
        self.sizes[self.rows[~self.done]] = self.network.config.max_atoms
        return self.kinds, self.bonds, self.sizes

    def _add(self, t: int) -> None:
        """Offer atom t to every graph; those that take none are finished."""
        graph, f, left = self._embedded(t)
        view = _Step(self, t, graph, f, left, self.kinds[self.rows])
        atoms = view.flow(self.network.atom(graph))
        if self.building.check:
            atom = view.checked(atoms)
        else:
            kind = atoms.draw(self.building.temperature, self.building.generator)
            atom = _Atom(kind, view.orders(kind, torch.arange(len(kind), device=kind.device)))
        self._as_given(t, atom)
        ends = (atom.kind == END) & ~self.done
        self.sizes[self.rows[ends]] = t
        self.done = self.done | ends
        rows, goes_on = self.rows[~self.done], ~self.done
        self.kinds[rows, t] = atom.kind[goes_on]
        for s in range(max(0, self.span - t), self.span):
            j = t - self.span + s
            self.bonds[rows, t, j] = self.bonds[rows, j, t] = atom.orders[goes_on, s]
        if len(rows) < _MOST_AT_WORK * len(self.rows):
            self._keep(goes_on)

    def _as_given(self, t: int, atom: _Atom) -> None:
        """Put the atom that a beginning says in the place of what was drawn."""
        if self.beginning is None or t >= self.beginning.kinds.shape[1]:
            return
        kind = self.beginning.kinds[self.rows, t]
        places = torch.arange(t - self.span, t, device=kind.device)
        orders = self.beginning.bonds[self.rows, t][:, places.clamp(min=0)] * (places >= 0)
        atom.orders = torch.where((kind > 0)[:, None], orders, atom.orders)
        atom.kind = torch.where(kind > 0, kind, atom.kind)

    def _embedded(self, t: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return ``(H B, d)`` graph embeddings, ``(H B, S, e)`` of atoms within reach, ``(B, S)`` room left there."""
        net, n = self.network, max(t, 1)
        rows = self.rows.repeat(self.halves)
        kinds, bonds = self.kinds[rows, :n], self.bonds[rows, :n, :n]
        step = torch.tensor([t], device=kinds.device)
        x = net.tokens(kinds, bonds, step, self.properties)
        bias, bonded = net.relations(bonds, step)
        for layer, memory in zip(net.layers, self.memories, strict=True):
            x = layer(x, bias, bonded, memory)
        if t > 0:
            self.read[:, :, t - 1 : t] = net.reach.read(x)
        f, left, _ = net.reach(self.read[:, :, :n], bonds, net.room[kinds], step)
        return net.graph(x, f)[:, 0], f[:, 0], left[: len(self.rows), 0]

    def _keep(self, mask: Tensor) -> None:
        """Put the other graphs aside."""
        self.rows, self.done = self.rows[mask], self.done[mask]
        mask = mask.repeat(self.halves)
        self.properties, self.read = self.properties[mask], self.read[mask]
        for memory in self.memories:
            memory.kept = memory.kept[mask]


class _Step:
    """What is decided about atom t.

    Args:
        site: the graphs.
        t: number of the atom.
        graph, f, left: ``(H B, d)``, ``(H B, S, e)`` and ``(B, S)`` as `Builder._embedded` gives them.
        kinds: ``(B, A)`` of the atoms that stand.
    """

    def __init__(self, site: Builder, t: int, graph: Tensor, f: Tensor, left: Tensor, kinds: Tensor) -> None:
        self.network, self.building, self.span, self.t = site.network, site.building, site.span, t
        self.graph, self.f, self.halves = graph, f, site.halves
        places = torch.arange(t - site.span, t, device=graph.device)
        self.stands = places >= 0
        others = kinds[:, places.clamp(min=0)]
        self.is_star = (others == self.network.star) & self.stands
        self.left = left * self.stands
        wanted = 2 if self.network.star > 0 else 0
        self.missing = wanted - (kinds[:, :t] == self.network.star).sum(dim=1)
        self.done = site.done

    def flow(self, outputs: Tensor) -> Decision:
        """Return the flows of b decisions of which ``(H b, ...)`` outputs of the network were made."""
        outputs = outputs if self.halves == 1 else guide(outputs, self.building.guidance_scale)
        return Decision.of(outputs, self.network.config.noise)

    def bonds(self, kind: Tensor, rows: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(H b, S, e)`` of atoms within reach, and that part of the input which no other bond changes.

        Args:
            kind: ``(b,)`` of the new atoms.
            rows: ``(b,)`` of their graphs.
        """
        every = torch.cat([rows + half * len(self.left) for half in range(self.halves)])
        f = self.f[every]
        base = self.network.bond_base(self.graph[every][:, None], kind.repeat(self.halves)[:, None], f[:, None])
        return f, base[:, 0]

    def orders(self, kind: Tensor, rows: Tensor, *, check: bool = False) -> Tensor:
        """Return drawn ``(b, S)`` orders of the bonds of atoms of ``(b,)`` kinds in the graphs at `rows`."""
        net, building = self.network, self.building
        left, is_star = self.left[rows], self.is_star[rows]
        f, base = self.bonds(kind, rows)
        room = net.room[kind]
        heard = torch.zeros_like(f[:, 0])
        found = torch.zeros_like(left)
        number = torch.arange(ORDERS + 1, device=f.device)
        for s in range(max(0, self.span - self.t), self.span):
            flow = self.flow(net.bond_outputs(base[:, s], heard, room.repeat(self.halves)))
            allowed = None
            if check:
                most = torch.minimum(left[:, s], room)
                most = most.masked_fill(is_star[:, s] & (kind == net.star), 0)
                allowed = number <= most[:, None]
            found[:, s] = order = flow.draw(building.temperature, building.generator, allowed)
            heard = heard + net.heard(f[:, s], order.repeat(self.halves))
            room = room - order
        return found

    def checked(self, atoms: Decision) -> _Atom:
        """Return an atom for each graph that fits, or the end; see the module."""
        net, building = self.network, self.building
        allowed = self.allowed(atoms.mean)
        kind = atoms.draw(building.temperature, building.generator, allowed)
        atom = _Atom(kind, torch.zeros_like(self.left))
        open_rows = torch.arange(len(kind), device=kind.device)
        for _ in range(_ATTEMPTS):
            open_rows = open_rows[kind != END]
            if self.t == 0 or len(open_rows) == 0:
                break
            kind = kind[kind != END]
            orders = self.orders(kind, open_rows, check=True)
            fits = self.fits(kind, orders, open_rows)
            atom.kind[open_rows], atom.orders[open_rows] = kind, orders
            open_rows = open_rows[~fits]
            again = Decision(atoms.mean[open_rows], atoms.log_scale[open_rows], atoms.noise)
            kind = again.draw(building.temperature, building.generator, allowed[open_rows])
            atom.kind[open_rows] = END  # unless another draw fits
        if self.t > 0:
            left_over = open_rows[self.missing[open_rows] > 0] if len(open_rows) else open_rows
            self.force(atom, left_over, net.star if self.t > 1 else self._joint())
        return atom

    def allowed(self, mean: Tensor) -> Tensor:
        """Return ``(B, D)`` bool, which kinds may come."""
        net = self.network
        allowed = torch.ones_like(mean, dtype=torch.bool)
        if net.star > 0:
            allowed[:, net.star] = self.missing > 0
            allowed[:, END] = self.missing <= 0
            if self.t in (0, net.config.max_atoms - 1):
                only = torch.zeros_like(allowed)
                only[:, net.star] = True
                allowed = torch.where((self.missing > 0)[:, None], only, allowed)
        if self.t == 0:
            allowed[:, END] = False
        else:
            full = (self.left * ~self.is_star).sum(dim=1) == 0
            allowed[full & (self.missing <= 0), 1:] = False
        allowed[self.done] = torch.arange(mean.shape[1], device=mean.device) == END
        return allowed

    def fits(self, kind: Tensor, orders: Tensor, rows: Tensor) -> Tensor:
        """Return ``(b,)`` bool, whether an atom hangs together with the rest and leaves room for what must come."""
        left = (self.left[rows] - orders)[:, 1:].clamp(min=0)  # the furthest is out of reach of the next atom
        room = (left * ~self.is_star[rows][:, 1:]).sum(dim=1) + (self.network.room[kind] - orders.sum(dim=1))
        missing = self.missing[rows] - (kind == self.network.star).long()
        return (orders > 0).any(dim=1) & ((missing <= 0) | (room > 0))

    def force(self, atom: _Atom, rows: Tensor, kind: int) -> None:
        """Put an atom of that kind into the graphs at `rows`, by a single bond where one is likeliest."""
        if len(rows) == 0:
            return
        _, base = self.bonds(torch.full_like(rows, kind), rows)
        mean = self.flow(self.network.bond_outputs(base, torch.zeros_like(base), self.network.room[kind])).mean
        free = self.left[rows] > 0
        if kind == self.network.star:
            free = free & ~self.is_star[rows]
        place = (mean[..., 1] - mean[..., 0]).masked_fill(~free, -torch.inf).argmax(dim=1)
        atom.kind[rows] = kind
        atom.orders[rows] = 0
        atom.orders[rows, place] = 1

    def _joint(self) -> int:
        """Return the commonest kind of atom that can carry on a chain."""
        return int((self.network.room >= 2).long().argmax())
