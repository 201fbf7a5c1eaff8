"""Settings of the two-step graph VAE.

    python -m polydesign.train graphvae --data polymers
    python -m polydesign.train graphvae --data polymers --preset reference --device cuda

The origin states no sizes but those of its published code (width 16, one to four layers); the reference preset has the
four layers, and widths that the corpus needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase


@dataclass(frozen=True)
class GraphVAEConfig:
    """Everything needed to rebuild the network and to train it.

    Attributes:
        order: of the atoms, which numbers those of one kind; see `chem.notation.heavy_graphs`.
        max_atoms: atoms of the largest graph that is learnt from or built.
        kinds, room, most_of_kind: taken from the prepared data: the kinds of atoms, the largest sum of bond orders
            that one of each kind has, and how many of each kind a graph has at most.
        d_atom, d_pair: widths of the embeddings of atoms and of pairs of atoms.
        encoder_layers, decoder_layers: gated graph layers that read and that write.
        d_latent: dimensions of the code.
        multiplies: whether the code multiplies the atoms that begin to be connected, messages of the reader pass along
            bonds alone, and its gates are SiLU, as the presets have it; a checkpoint that does not say so was trained
            without.
        beta: weight of the KL term beside the cross-entropies, all in nats a graph.
        warm_up: share of the run over which beta rises from 0.
        bag_weight: weight of the cross-entropy of the bag.
        none_weight: weight of pairs without a bond, of which there are many, in the cross-entropy of the bonds; taken
            back when bonds are written.
        lr: peak learning rate.
        batch_atoms: atoms of a batch, padding included.
    """

    order: Literal["canonical", "breadth"] = "breadth"
    max_atoms: int = 48
    kinds: tuple[str, ...] = ("*",)
    room: tuple[int, ...] = (1,)
    most_of_kind: tuple[int, ...] = (2,)
    d_atom: int = 192
    d_pair: int = 32
    encoder_layers: int = 2
    decoder_layers: int = 4
    d_latent: int = 128
    multiplies: bool = False
    beta: float = 0.1
    warm_up: float = 0.3
    bag_weight: float = 1.0
    none_weight: float = 0.5
    lr: float = 6e-3
    batch_atoms: int = 4096

    def __post_init__(self) -> None:
        sizes = (self.d_atom, self.d_pair, self.encoder_layers, self.decoder_layers, self.d_latent)
        if min(sizes) < 1:
            raise TrainingError(f"Widths and numbers of layers must be at least 1; got {sizes}.")
        if self.beta < 0 or min(self.bag_weight, self.none_weight) <= 0:
            raise TrainingError(
                f"beta must not be negative, bag_weight and none_weight must be positive; got {self.beta:g}, "
                f"{self.bag_weight:g} and {self.none_weight:g}."
            )

    @property
    def attachment_points(self) -> int:
        """How many each graph has: two, or none where the data are molecules."""
        return 2 if self.kinds[0] == "*" else 0

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: read, compress, build again."""
        return (Phase("train", 1.0, self.lr),)

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared data (its meta.json)."""
        found: dict[str, Any] = {name: tuple(meta[name]) for name in ("kinds", "room", "most_of_kind")}
        return replace(self, **found)


PRESETS = {
    "tiny": GraphVAEConfig(
        max_atoms=24, d_atom=48, d_pair=24, encoder_layers=1, decoder_layers=2, d_latent=16, multiplies=True,
        beta=1e-2, lr=8e-3,
        batch_atoms=768,
    ),
    "small": GraphVAEConfig(multiplies=True),
    "reference": GraphVAEConfig(
        d_atom=384, d_pair=96, encoder_layers=4, decoder_layers=8, multiplies=True, lr=3e-3, batch_atoms=6144
    ),
}  # fmt: skip
MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=60, gpu=10), "reference": Minutes(gpu=60)}
