"""What a network gets to see of a structure: pieces of text, atoms, bonds, places, fingerprint. Reads no model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from rdkit import Chem

from polydesign.chem.describe.fingerprints import N_BITS, RADIUS, chain_counts, molecule_counts
from polydesign.chem.describe.graphs import ATOM_COLUMNS, Graph, closed_graph, molecule_graph
from polydesign.chem.notation import psmiles as notation
from polydesign.core.errors import ChemistryError
from polydesign.data.encodings.tokenizer import pieces

BOND_ORDERS = ("single", "double", "triple", "aromatic")
LONGEST = 2000  # characters
MOST_ATOMS = 400


@dataclass(frozen=True)
class Dissection:
    """A structure as text and as a graph of n atoms and e bonds.

    Attributes:
        text: canonical SMILES, or p-SMILES cut as given.
        polymer: whether it is a repeat unit; then the graph is the closed one, whose last bond joins the two ends.
        pieces: the text in its smallest meaningful pieces.
        places: (n,) place of each atom in the text, which is its number in the drawing.
        symbols: (n,) element symbols.
        graph: see `polydesign.chem.describe.graphs`.
        positions: (n,) number of each atom among those of its element, from 1, in the order of the text; it
            tells atoms of one element apart (Bresson and Laurent, 2019, https://arxiv.org/abs/1906.03412).
        bits: (m,) fingerprint bits that are set.
        counts: (m,) how many atom environments fall on each.
    """

    text: str
    polymer: bool
    pieces: list[str]
    places: np.ndarray
    symbols: list[str]
    graph: Graph
    positions: np.ndarray
    bits: np.ndarray
    counts: np.ndarray

    @property
    def bag(self) -> dict[str, int]:
        """Number of atoms of each element, the most frequent first: the bag of atoms."""
        return dict(Counter(self.symbols).most_common())

    @property
    def adjacency(self) -> np.ndarray:
        """(n, n) uint8: 0 for no bond, else 1 + the bond's order code; of two bonds between one pair the higher."""
        n = len(self.symbols)
        matrix = np.zeros((n, n), dtype=np.uint8)
        for (first, second), order in zip(self.graph.bonds, self.graph.codes % 4 + 1, strict=True):
            matrix[first, second] = matrix[second, first] = max(matrix[first, second], order)
        return matrix

    def atom_rows(self) -> list[dict[str, Any]]:
        """Return one row an atom: place, symbol, the node features that the networks read, position."""
        names = list(ATOM_COLUMNS)
        return [
            {
                "atom": int(place),
                "symbol": symbol,
                **dict(zip(names, map(int, codes), strict=True)),
                "position": int(position),
            }
            for place, symbol, codes, position in zip(
                self.places, self.symbols, self.graph.atoms, self.positions, strict=True
            )
        ]

    def bond_rows(self) -> list[dict[str, Any]]:
        """Return one row a bond: the places of its atoms, its order in words, whether in a ring, its code."""
        return [
            {
                "from": int(self.places[first]),
                "to": int(self.places[second]),
                "order": BOND_ORDERS[code % 4],
                "in_ring": bool(code >= 4),
                "code": int(code),
                "closes": self.polymer and row == len(self.graph.codes) - 1,
            }
            for row, ((first, second), code) in enumerate(zip(self.graph.bonds, self.graph.codes, strict=True))
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "text": self.text,
            "polymer": self.polymer,
            "pieces": self.pieces,
            "bag": self.bag,
            "atoms": self.atom_rows(),
            "bonds": self.bond_rows(),
            "adjacency": self.adjacency.tolist(),
            "fingerprint": {
                "n_bits": N_BITS,
                "radius": RADIUS,
                "bits": self.bits.tolist(),
                "counts": self.counts.tolist(),
            },
        }


def dissect(text: str) -> Dissection:
    """Take a repeat unit or a molecule apart; raise `ChemistryError` with the reason.

    A text with a star is a repeat unit. Molecules keep their hydrogens as atoms, numbered after the others.
    """
    text = str(text).strip()
    if len(text) > LONGEST:
        raise ChemistryError(f"The structure has {len(text):,} characters; give at most {LONGEST:,}.")
    polymer = "*" in text
    mol = notation.read(text) if polymer else Chem.AddHs(Chem.MolFromSmiles(notation.canonical(text)))
    if mol.GetNumAtoms() > MOST_ATOMS:
        raise ChemistryError(f"The structure has {mol.GetNumAtoms():,} atoms; give one of at most {MOST_ATOMS}.")
    if polymer:
        written = Chem.MolToSmiles(mol)
        mol = Chem.MolFromSmiles(written)
    else:
        notation.read_molecule(text)
        written = notation.canonical(text)
    graph = closed_graph(written) if polymer else molecule_graph(written)
    counts = chain_counts(written) if polymer else molecule_counts(written)
    atoms = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum()]
    symbols = [atom.GetSymbol() for atom in atoms]
    seen: Counter[str] = Counter()
    positions = []
    for symbol in symbols:
        seen[symbol] += 1
        positions.append(seen[symbol])
    bits = np.flatnonzero(counts)
    return Dissection(
        text=written,
        polymer=polymer,
        pieces=pieces(written),
        places=np.array([atom.GetIdx() for atom in atoms], dtype=np.int64),
        symbols=symbols,
        graph=graph,
        positions=np.array(positions, dtype=np.int64),
        bits=bits,
        counts=counts[bits],
    )
