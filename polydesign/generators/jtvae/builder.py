"""The network at work on codes: choice after choice, of what fits alone, until each unit has its second end.

Shapes: B codes, A units that are not done, d dimensions of a code.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from polydesign.chem.clusters.assembly import Assembly
from polydesign.chem.clusters.vocabulary import Clusters
from polydesign.generators.jtvae.encoding import STEP
from polydesign.generators.jtvae.network import JTVAE
from polydesign.nn.recurrent import keep_rows
from polydesign.writing.sampling import nucleus


@dataclass(frozen=True)
class Choosing:
    """How choices are made.

    Attributes:
        generator: source of randomness.
        temperature: 0 takes the most probable; otherwise logits are divided by it.
        top_p: see `writing.sampling.nucleus`.
        check: called before each step; may raise to stop.
    """

    generator: torch.Generator
    temperature: float = 1.0
    top_p: float = 1.0
    check: Callable[[], None] | None = None

    def choose(self, logits: Tensor, fits: Sequence[np.ndarray]) -> list[int]:
        """Return for each of ``(A, N)`` logits one number of those that fit; at least one does.

        Where none of the network's N does, the first that does is taken.
        """
        n = logits.shape[1]
        allowed = np.zeros(logits.shape, dtype=bool)
        for row, mask in enumerate(fits):
            allowed[row, : len(mask)] = mask[:n]
        none = np.flatnonzero(allowed.sum(axis=1) == 0).tolist()
        allowed[none, 0] = True
        logits = logits.float().masked_fill(~torch.from_numpy(allowed), float("-inf"))
        if self.temperature == 0:
            chosen = logits.argmax(dim=1)
        else:
            shares = nucleus(logits / self.temperature, self.top_p).softmax(dim=1)
            chosen = torch.multinomial(shares, 1, generator=self.generator)[:, 0]
        numbers = chosen.tolist()
        for row in none:
            numbers[row] = int(np.flatnonzero(fits[row])[0])
        return numbers


@torch.no_grad()
def build(network: JTVAE, clusters: Clusters, z: Tensor, choosing: Choosing) -> list[Assembly]:
    """Return a unit, done, for each of the ``(B, d)`` codes.

    A unit that has as many steps, or atoms, as the largest of the training data is ended with its next step.
    """
    config = network.config
    code = {kind: number + 1 for number, kind in enumerate(clusters.room)}
    units = [Assembly(clusters) for _ in range(len(z))]
    going = list(range(len(z)))
    state = network.state_of(z)
    steps = torch.zeros(len(z), len(STEP), dtype=torch.long)
    parents = torch.zeros(len(z), dtype=torch.long)
    past = torch.zeros(len(z), 0, config.d_model)
    while going:
        if choosing.check is not None:
            choosing.check()
        x = network.embedded(steps, parents) if past.shape[1] else torch.zeros(len(z), config.d_step)
        hidden, state = network.builder(torch.cat([x, z], dim=1)[:, None], state)
        past = torch.cat([past, hidden], dim=1)
        hidden, active = hidden[:, 0], [units[row] for row in going]
        end = [_must_end(unit, config.max_steps, config.max_atoms) for unit in active]

        levels = choosing.choose(network.levels(hidden), [u.levels(end=e) for u, e in zip(active, end, strict=True)])
        hung_on = [unit.leave(n) for unit, n in zip(active, levels, strict=True)]
        number = torch.tensor([unit.open[-1] for unit in active])
        parents = torch.tensor([cluster.number + 1 for cluster in hung_on])
        context = network.context(hidden, past[torch.arange(len(active)), number], parents)

        sites = choosing.choose(network.sites(context), [u.sites(end=e) for u, e in zip(active, end, strict=True)])
        at = [unit.at(site) for unit, site in zip(active, sites, strict=True)]
        steps[:, 0], steps[:, 1], steps[:, 2] = number, torch.tensor(levels), torch.tensor(sites)
        steps[:, 5] = torch.tensor([code[unit.kinds[atom]] for unit, atom in zip(active, at, strict=True)])
        steps[:, 6] = torch.tensor([unit.free[atom] for unit, atom in zip(active, at, strict=True)])
        context = context + network.told(network.site_told(steps))

        fits = [unit.fitting(site, end=e) for unit, site, e in zip(active, sites, end, strict=True)]
        chosen = choosing.choose(network.clusters(context), fits)
        steps[:, 3] = torch.tensor(chosen) + 1
        context = context + network.told(network.clusters_in(steps[:, 3]))
        fits = [unit.glues(site, n) for unit, site, n in zip(active, sites, chosen, strict=True)]
        glues = choosing.choose(network.glues(context), fits)
        steps[:, 4] = torch.tensor(glues)
        for unit, site, n, glue in zip(active, sites, chosen, glues, strict=True):
            unit.add(site, n, glue)

        kept = [row for row, unit in enumerate(active) if not unit.done]
        if len(kept) < len(active):
            going = [going[row] for row in kept]
            rows = torch.tensor(kept, dtype=torch.long)
            state, z, past = keep_rows(state, rows), z[rows], past[rows]
            steps, parents = steps[rows], parents[rows]
    return units


def _must_end(unit: Assembly, max_steps: int, max_atoms: int) -> bool:
    return unit.order > 0 and (len(unit.placed) >= max_steps or len(unit.kinds) >= max_atoms)
