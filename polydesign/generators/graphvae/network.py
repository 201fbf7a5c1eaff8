"""The two-step graph VAE: a graph becomes one code; from it come first the atoms, then all bonds between them.

    x_i = E[kind_i] + P[place_i],   pairs begin with F[bond_ij],   gated graph layers along bonds (nn/gated_graphs.py)
    g = sum over i of SiLU(G h_i) * H h_i,   q(z | graph) = N(M g, exp(L g)),   z = mean + exp(log_var / 2) n
    1  p(n_k | z)        =  softmax MLP(z)_k                     how many atoms of each kind k
    2  p(bond_ij | z, n)  =  softmax MLP(e_ij + O h_i + O h_j)    gated graph layers between all pairs of those atoms,
                                                                  begun from MLP[ x_i ; x_i * MLP(z) ]
    loss = w_b sum_k -log p(n_k | z) + sum over i < j of w -log p(bond_ij | z, n) + beta KL( q(z | graph) || N(0, 1) )

with bonds none, single, double and triple. Bresson and Laurent, 2019 (https://arxiv.org/abs/1906.03412). Place_i is
how many atoms of the same kind come before atom i in a canonical order of the graph: it tells equal atoms apart, so
that the decoder knows which of them the true bonds belong to. In training the second step is given the true atoms. All
terms are sums over a graph, in nats, averaged over graphs: with beta = 1 and both weights 1 the loss is the evidence
bound.

Pairs without a bond are many and mostly easy; they weigh w = `none_weight`, bonds weigh 1. A network that minimises the
weighted sum answers q(bond) ~ w(bond) p(bond), so that its logits less log w are those of p again: those are decoded.

A polymer has exactly two attachment points: they are given, never predicted. A bag of more than `max_atoms` atoms is
cut there. Where ours differs: the encoder reads places too; they belong to the graph, not to how it was written, so
that the code stays the same however its atoms are numbered. The sum that becomes the code is over atoms, which have
taken in their bonds. The code multiplies the atoms that begin to be connected: as one more input beside them (without
`multiplies`, as the first checkpoint has it) it was hardly read in short runs.

Shapes: B graphs, A atoms of the largest, K kinds of atoms, R the largest number of one kind, d dimensions of the code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from polydesign.generators.graphvae.config import GraphVAEConfig
from polydesign.nn.gated_graphs import GatedGraphStack, pairs_of
from polydesign.nn.latent import Gaussian, kl_weight
from polydesign.nn.trainable import Trainable

_BONDS = 4  # none, single, double, triple
_FIRST_LOG_VAR = -4.0
_SUMMED = 0.15  # about 1 / sqrt(atoms of a large graph): keeps the sum over atoms near 1


class GraphVAE(Trainable):
    """Encoder, bag and bonds; see the module."""

    held_out: ClassVar[Mapping[str, tuple[str, str]]] = {
        "valid_loss": ("train", "loss"),
        "valid_bag": ("train", "bag"),
        "valid_bonds": ("train", "bonds"),
        "valid_kl": ("train", "kl"),
        "valid_bag_right": ("train", "bag_right"),
        "valid_bonds_right": ("train", "bonds_right"),
    }

    bond_weight: Tensor

    def __init__(self, config: GraphVAEConfig) -> None:
        super().__init__()
        self.config = config
        self.max_tokens, self.d_latent = config.max_atoms, config.d_latent
        self.most, self.given = max(config.most_of_kind), config.attachment_points
        self.beta = config.beta
        n_kinds, d, p = len(config.kinds), config.d_atom, config.d_pair
        self.kind, self.place = nn.Embedding(n_kinds + 1, d, padding_idx=0), nn.Embedding(self.most, d)
        self.bond = nn.Embedding(_BONDS, p)
        self.reader = GatedGraphStack(d, p, config.encoder_layers)
        self.summary = nn.Linear(d, 4 * d)  # gate and value in one product
        self.code = nn.Linear(2 * d, 2 * config.d_latent)
        with torch.no_grad():  # codes begin nearly without noise, so that the decoder finds them worth reading
            self.code.bias[config.d_latent :] = _FIRST_LOG_VAR
        self.bag = nn.Sequential(
            nn.Linear(config.d_latent, 2 * d), nn.SiLU(), nn.Linear(2 * d, n_kinds * (self.most + 1))
        )
        self.scale = None
        if config.multiplies:
            self.scale = nn.Sequential(nn.Linear(config.d_latent, 2 * d), nn.SiLU(), nn.Linear(2 * d, d))
        beside = d if config.multiplies else config.d_latent
        self.begin = nn.Sequential(nn.Linear(d + beside, 2 * d), nn.SiLU(), nn.Linear(2 * d, d))
        self.writer = GatedGraphStack(d, p, config.decoder_layers)
        self.end = nn.Linear(d, p, bias=False)
        self.bond_head = nn.Sequential(nn.Linear(p, p), nn.SiLU(), nn.Linear(p, _BONDS))
        weights = torch.tensor([config.none_weight, 1.0, 1.0, 1.0])
        self.register_buffer("bond_weight", weights, persistent=False)

    def proceed(self, phase: str, within: float) -> None:
        """Let the KL term's weight rise from 0 over the first part of the run."""
        self.beta = self.config.beta * kl_weight("linear", within, ramp=self.config.warm_up)

    def encode(self, kinds: Tensor, bonds: Tensor, places: Tensor | None = None) -> Gaussian:
        """Return q(z | graph).

        Args:
            kinds: ``(B, A)`` codes from 1, 0 where there is no atom.
            bonds: ``(B, A, A)`` orders, 0 for none.
            places: ``(B, A)`` of atoms among those of their kind; None for their order in `kinds`.
        """
        pairs = bonds > 0 if self.config.multiplies else pairs_of(kinds > 0)
        h, _ = self.reader(self._atoms(kinds, places), pairs, self.bond(bonds))
        gate, value = self.summary(h).chunk(2, dim=-1)
        opened = F.silu(gate) if self.config.multiplies else torch.sigmoid(gate)
        summed = (opened * value * (kinds > 0)[..., None]).sum(dim=1)
        return Gaussian(*self.code(_SUMMED * summed).float().chunk(2, dim=1))

    def bag_logits(self, z: Tensor) -> Tensor:
        """Return ``(B, K, R + 1)`` logits of the number of atoms of each kind, given ``(B, d)`` codes."""
        return self.bag(z).float().unflatten(1, (len(self.config.kinds), self.most + 1))

    def bond_logits(self, z: Tensor, kinds: Tensor, places: Tensor | None = None) -> Tensor:
        """Return ``(B, A, A, 4)`` symmetric logits of the bonds between ``(B, A)`` atoms, weighted as in the loss."""
        atoms = self._atoms(kinds, places)
        wide = z[:, None].expand(-1, kinds.shape[1], -1) if self.scale is None else atoms * self.scale(z)[:, None]
        h, e = self.writer(self.begin(torch.cat([atoms, wide], dim=-1)), pairs_of(kinds > 0))
        end = self.end(h)
        return self.bond_head(e + end[:, :, None] + end[:, None]).float()

    def loss(self, batch: dict[str, Tensor], phase: str, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Return ``{"loss", "bag", "bonds", "kl", "bag_right", "bonds_right"}``; properties are not read.

        Nats a graph, and shares of graphs: those whose whole bag is right, and those of whose true bag all bonds are
        right, each decision taken by itself.
        """
        kinds, bonds = batch["kinds"], batch["bonds"]
        code = self.encode(kinds, bonds)
        z = code.draw(generator)
        counts, logits = self.counted(kinds), self.bag_logits(z)
        bag = F.cross_entropy(logits.transpose(1, 2), counts, reduction="none")[:, self.free].sum(dim=1)
        bag_right = (logits.argmax(dim=2) == counts)[:, self.free].all(dim=1)
        logits = self.bond_logits(z, kinds)
        pairs = ((kinds > 0)[:, :, None] & (kinds > 0)[:, None]).triu(diagonal=1)
        each = F.cross_entropy(logits.permute(0, 3, 1, 2), bonds, weight=self.bond_weight, reduction="none")
        nats = (each * pairs).sum(dim=(1, 2))
        bonds_right = ((self.unweighted(logits).argmax(dim=3) == bonds) | ~pairs).all(dim=2).all(dim=1)
        kl = code.kl().sum(dim=1)
        return {
            "loss": (self.config.bag_weight * bag + nats + self.beta * kl).mean(),
            "bag": bag.mean(),
            "bonds": nats.mean(),
            "kl": kl.mean(),
            "bag_right": bag_right.float().mean(),
            "bonds_right": bonds_right.float().mean(),
        }

    def counted(self, kinds: Tensor) -> Tensor:
        """Return ``(B, K)`` numbers of atoms of each kind, at most R."""
        codes = torch.arange(1, len(self.config.kinds) + 1, device=kinds.device)
        return (kinds[:, :, None] == codes).sum(dim=1).clamp(max=self.most)

    @property
    def free(self) -> slice:
        """The kinds whose number is predicted: all but the attachment points."""
        return slice(1 if self.given else 0, None)

    def unweighted(self, logits: Tensor) -> Tensor:
        """Return logits of bonds as they would be had all pairs weighed the same; see the module."""
        return logits - self.bond_weight.log()

    @torch.no_grad()
    def atoms(self, z: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
        """Return ``(B, max_atoms)`` kinds of the atoms of each code, kind after kind, then 0.

        At `temperature` 0 their numbers are the likeliest, above it they are drawn.
        """
        logits = self.bag_logits(z)
        if temperature == 0.0:
            counts = logits.argmax(dim=2)
        else:
            share = (logits / temperature).softmax(dim=2).flatten(0, 1)
            counts = torch.multinomial(share, 1, generator=generator).view(logits.shape[:2])
        if self.given:
            counts[:, 0] = self.given
        ends = counts.cumsum(dim=1)
        place = torch.arange(self.config.max_atoms, device=z.device)
        kinds = 1 + (place[None, :, None] >= ends[:, None]).sum(dim=2)
        return kinds * (place < ends[:, -1:])

    @torch.no_grad()
    def bond_log_probs(self, z: Tensor, kinds: Tensor) -> Tensor:
        """Return ``(B, A, A, 4)`` log-probabilities of the bonds between ``(B, A)`` atoms of the codes."""
        return self.unweighted(self.bond_logits(z, kinds)).log_softmax(dim=3)

    def _atoms(self, kinds: Tensor, places: Tensor | None) -> Tensor:
        places = places_of(kinds) if places is None else places
        return self.kind(kinds) + self.place(places.clamp(max=self.most - 1))


def places_of(kinds: Tensor) -> Tensor:
    """Return ``(B, A)``: how many atoms of the same kind stand before each."""
    same = kinds[:, :, None] == kinds[:, None]
    return same.tril(diagonal=-1).sum(dim=2)
