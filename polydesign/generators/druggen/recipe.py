"""How DrugGEN is trained: hidden parts of graphs are restored, then both generators play against their critics."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor
from torch.nn import functional as F

from polydesign.core.specs import Phase
from polydesign.data.encodings.encoding import PreparedRows
from polydesign.data.encodings.heavy_graphs import HeavyGraphEncoding
from polydesign.data.encodings.meta import HeavyGraphMeta
from polydesign.generators.druggen.critic import Critics, excess
from polydesign.generators.druggen.network import DrugGEN, Graph, one_hot
from polydesign.generators.druggen.starts import dense, hashes_of, make_starts
from polydesign.nn.graph_transformer import reached
from polydesign.nn.requests import Requests
from polydesign.training.objectives.adversarial import Adversarial, Game, Sample
from polydesign.training.objectives.objective import Objective
from polydesign.training.objectives.supervised import Supervised
from polydesign.training.recipes.loop import LoopRecipe

_USUAL = 0.995  # share of the atoms of a kind whose sum of orders is usual


class EditGame(Game):
    """The joint game of both pairs: rows of the first pair, then as many of the second.

        min over G, max over D of   E[D1(x) + D2(x', c)] - E[D1(G1) + D2(G2(c), c)]

    x and x' are graphs of the corpus, c what is asked for: some of what is known of x'.
    """

    def __init__(self, network: DrugGEN) -> None:
        self.network = self.generator = network
        self.critic = Critics(network.config, network.room)
        self.least = int((network.start_kinds > 0).sum(dim=1).min())  # atoms of the smallest start
        self._batch: dict[str, Tensor] = {}
        self._requests = Requests.none(0)
        self._starts: tuple[Tensor, Tensor] = (torch.zeros(0), torch.zeros(0))

    def real(self, batch: dict[str, Tensor]) -> Sample:
        """See `Game`: kinds, bonds and what is asked for."""
        kinds, bonds = self._padded(batch)
        graph = one_hot(kinds, bonds, self.network.n_kinds)
        return self._sample(graph, graph, self._asked(batch))

    def fake(self, batch: dict[str, Tensor], generator: torch.Generator) -> Sample:
        """See `Game`; edits of starts that are as large as the graphs of the batch."""
        requests = self._asked(batch)
        self._starts = self.network.starts((batch["kinds"] > 0).sum(dim=1), generator, self._width(batch))
        first, second = self.network.edit(*self._starts, requests, generator)
        return self._sample(first.graph, second.graph, requests)

    def score(self, sample: Sample) -> Tensor:
        """See `Game`."""
        return self.critic(*sample)

    def charges(self, batch: dict[str, Tensor], fake: Sample, generator: torch.Generator) -> dict[str, Tensor]:
        """Return what is paid for bonds beyond an atom's room, for the share of atoms apart, for wrong restoring."""
        config = self.network.config
        kinds, bonds, _ = fake
        present, apart = 1.0 - kinds[..., 0], 1.0 - self._reached(kinds, bonds)
        # A share, not a number: a bond between two parts would otherwise be worth more than ten that break valence.
        return {
            "overfull": config.overfull * excess(kinds, bonds, self.network.room).clamp(min=0).sum(dim=1).mean(),
            "apart": config.apart * ((apart * present).sum(dim=1) / present.sum(dim=1)).mean(),
            "restored": config.anchor * self.network.loss(batch, "restore", generator)["loss"],
        }

    @torch.no_grad()
    def compare(self, real: Sample, fake: Sample) -> dict[str, Tensor]:
        """Return shares of the second generator's graphs, and how far they are from their starts.

        ``sound``: in one piece and within valence. ``unique``: as many different ones as graphs of the corpus of the
        batch are. ``unchanged``: the start itself. ``changes``: atoms and pairs that were changed.
        """
        n = len(fake[0]) // 2
        kinds, bonds = fake[0][n:], fake[1][n:]
        codes, orders = kinds.argmax(dim=-1), bonds.argmax(dim=-1)
        over = (excess(kinds, bonds, self.network.room) > 0.5).any(dim=1)
        apart = ((self._reached(kinds, bonds) < 0.5) & (codes > 0)).any(dim=1)
        found = hashes_of(codes, orders)
        real_found = hashes_of(real[0][n:].argmax(dim=-1), real[1][n:].argmax(dim=-1))
        start_kinds, start_bonds = self._starts
        changed = (codes != start_kinds).sum(dim=1) + (orders != start_bonds).triu(1).sum(dim=(1, 2))
        same = found == hashes_of(start_kinds, start_bonds)
        return {
            "sound": 1.0 - (over | apart).float().mean(),
            "unique": torch.tensor(len(found.unique()) / max(1, len(real_found.unique()))),
            "unchanged": same.float().mean(),
            "changes": changed.float().mean(),
        }

    def _reached(self, kinds: Tensor, bonds: Tensor) -> Tensor:
        return reached(1.0 - bonds[..., 0], torch.zeros(len(kinds), dtype=torch.long, device=kinds.device))

    def _asked(self, batch: dict[str, Tensor]) -> Requests:
        """Return what is asked for with a batch: the same for real and fake ones."""
        if self._batch is not batch:
            known = Requests(batch["values"], batch["given"])
            same = None if self.network.training else torch.Generator(device=known.values.device).manual_seed(0)
            self._batch, self._requests = batch, self.network.hide(known, same)
        return self._requests

    def _width(self, batch: dict[str, Tensor]) -> int:
        return max(batch["kinds"].shape[1], self.least)

    def _padded(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        more = self._width(batch) - batch["kinds"].shape[1]
        return F.pad(batch["kinds"], (0, more)), F.pad(batch["bonds"], (0, more, 0, more))

    def _sample(self, first: Graph, second: Graph, requests: Requests) -> Sample:
        given = requests.given.float()
        asked = torch.cat([requests.values.clamp(-8.0, 8.0) * given, given], dim=1)
        return (
            torch.cat([first.kinds, second.kinds]),
            torch.cat([first.bonds, second.bonds]),
            torch.cat([torch.zeros_like(asked), asked]),
        )


class DrugGENRecipe(LoopRecipe):
    """Two phases; the starts are made of the training rows when there are none yet."""

    encoding = HeavyGraphEncoding()
    size = "batch_atoms"

    def objective(self, phase: Phase, network: Any, rows: PreparedRows) -> Objective:
        """See `LoopRecipe`."""
        if not network.start_kinds.any():
            fill(network, rows)
        if phase.name == "restore":
            return Supervised(network, "adamw")
        config = network.config
        return Adversarial(
            EditGame(network), critic_steps=config.critic_steps, penalty=config.penalty,
            betas=(config.beta_1, config.beta_2),
        )  # fmt: skip


def fill(network: DrugGEN, rows: PreparedRows) -> None:
    """Make the starts of a network, and measure how much room the kinds of atoms usually have."""
    config = network.config
    kinds, bonds = make_starts(rows, config.n_starts, config.max_atoms, config.max_bonds)
    network.start_kinds.copy_(kinds)
    network.start_bonds.copy_(bonds)
    orders = dense(bonds, config.max_atoms).sum(dim=2)[kinds > 0].float()
    codes = kinds[kinds > 0]
    room = [0.0, *map(float, cast(HeavyGraphMeta, rows.meta)["room"])]
    for code in range(1, len(room)):
        if (codes == code).any():
            room[code] = float(orders[codes == code].quantile(_USUAL, interpolation="higher"))
    network.room.copy_(torch.tensor(room))


RECIPE = DrugGENRecipe("druggen")
