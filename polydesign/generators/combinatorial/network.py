"""Fragments and how often each was seen: a network in name, in which nothing is learned by gradients.

Shapes: B blocks, F filled places, P bonds, L numbers of blocks a chain has.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from polydesign.chem.recombination.joining import BareBlock, Counts
from polydesign.core.errors import CheckpointError

FILE = "fragments.json"


class Fragments(nn.Module):
    """Hold the counts as buffers, beside the fragments that they are of.

    Buffers: ``blocks`` ``(B,)``, ``filled`` ``(F,)``, ``bonds`` ``(P,)`` and ``lengths`` ``(L,)``, float32.

    Args:
        texts: what `texts_of` returned.
        weights: the buffers.
    """

    blocks: Tensor
    filled: Tensor
    bonds: Tensor
    lengths: Tensor

    def __init__(self, texts: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
        super().__init__()
        self.texts = texts
        for name in ("blocks", "filled", "bonds", "lengths"):
            self.register_buffer(name, torch.zeros(len(texts[name])))
        self.load_state_dict(dict(weights), strict=True)

    @classmethod
    def of(cls, counts: Counts) -> Fragments:
        """Return the network of some counts."""
        return cls(texts_of(counts), {
            name: torch.tensor(list(getattr(counts, name).values()), dtype=torch.float32)
            for name in ("blocks", "filled", "bonds", "lengths")
        })  # fmt: skip

    @classmethod
    def read(cls, folder: Path, weights: Mapping[str, Tensor]) -> Fragments:
        """Return the network of a checkpoint's folder; raise `CheckpointError` for a file that is not whole."""
        try:
            return cls(json.loads((folder / FILE).read_text(encoding="utf-8")), weights)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{FILE} cannot be read ({error}).") from error

    def counts(self, max_atoms: int) -> Counts:
        """Return what was counted."""
        environments = self.texts["environments"]
        blocks = [
            BareBlock(text, right, environments[one], environments[other],
                      tuple((atom, environments[place]) for atom, place in places))
            for text, right, one, other, places in self.texts["blocks"]
        ]  # fmt: skip
        filled = [(environments[place], text) for place, text in self.texts["filled"]]
        bonds = [(environments[one], environments[other]) for one, other in self.texts["bonds"]]
        return Counts(
            dict(zip(blocks, self.blocks.tolist(), strict=True)),
            dict(zip(filled, self.filled.tolist(), strict=True)),
            dict(zip(bonds, self.bonds.tolist(), strict=True)),
            dict(zip(self.texts["lengths"], self.lengths.tolist(), strict=True)),
            max_atoms,
        )


def texts_of(counts: Counts) -> dict[str, Any]:
    """Return the fragments as JSON: each environment once, and elsewhere by its number."""
    found = {environment for pair in counts.bonds for environment in pair}
    found |= {environment for environment, _ in counts.filled}
    for block in counts.blocks:
        found |= {block.left_environment, block.right_environment, *(place for _, place in block.places)}
    environments = sorted(found)
    number = {environment: i for i, environment in enumerate(environments)}
    return {
        "environments": environments,
        "blocks": [
            [b.text, b.right, number[b.left_environment], number[b.right_environment],
             [[atom, number[place]] for atom, place in b.places]]
            for b in counts.blocks
        ],
        "filled": [[number[environment], text] for environment, text in counts.filled],
        "bonds": [[number[one], number[other]] for one, other in counts.bonds],
        "lengths": list(counts.lengths),
    }  # fmt: skip
