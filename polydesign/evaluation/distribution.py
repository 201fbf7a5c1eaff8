"""Compare a set of polymers with itself and with real ones: diversity, nearest neighbours, fragments, scaffolds.

The definitions are those of MOSES (Polykovskiy et al., Front. Pharmacol. 11, 565644, 2020) with one
change: similarity is the Tanimoto coefficient of the bits of Morgan fingerprints (radius 2, 1,024 bits)
of the closed chain instead of the string as written, so that the place where a repeat unit was cut does not show.
Fragments and scaffolds are those of the string as written, attachment points included.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from polydesign.evaluation.statistics import Figure, mean_figure

_RADIUS, _BITS = 2, 1024
_BLOCK = 1024
_MIN_RINGS_OF_SCAFFOLD = 2


def fingerprint_bits(psmiles: Sequence[str]) -> np.ndarray:
    """Return (N, 1024) float32 of zeros and ones: which environments the closed chain contains."""
    from polydesign.chem.describe.fingerprints import chain_count_matrix

    if len(psmiles) == 0:
        return np.zeros((0, _BITS), dtype=np.float32)
    return (chain_count_matrix(list(psmiles), radius=_RADIUS, n_bits=_BITS) > 0).astype(np.float32)


def molecule_bits(smiles: Sequence[str]) -> np.ndarray:
    """Return (N, 1024) float32 of zeros and ones: Morgan fingerprints of molecules, as MOSES makes them."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS)
    rows = [generator.GetFingerprintAsNumPy(Chem.MolFromSmiles(text)) for text in smiles]
    return np.array(rows, dtype=np.float32).reshape(len(rows), _BITS)


def nearest_similarity(bits: np.ndarray, reference_bits: np.ndarray) -> np.ndarray:
    """Return (N,) Tanimoto similarity of each row to its nearest row of the (M, d) reference; NaN when M is 0."""
    if len(reference_bits) == 0:
        return np.full(len(bits), math.nan)
    blocks = [block.max(axis=1) for block in _similarity_blocks(bits, reference_bits)]
    return np.concatenate(blocks) if blocks else np.zeros(0)


def snn(bits: np.ndarray, reference_bits: np.ndarray) -> Figure:
    """Return the mean similarity of each polymer to its nearest reference polymer."""
    if len(reference_bits) == 0:
        return Figure(math.nan, len(bits))
    return mean_figure(nearest_similarity(bits, reference_bits))


def internal_diversity(bits: np.ndarray, p: int = 1) -> Figure:
    """Return 1 - (mean over all ordered pairs of similarity^p)^(1/p), a polymer with itself included."""
    n = len(bits)
    if n == 0:
        return Figure(math.nan, 0)
    total = sum(float((block**p).sum(dtype=np.float64)) for block in _similarity_blocks(bits, bits))
    return Figure(1 - (total / n**2) ** (1 / p), n)


def fragment_similarity(psmiles: Sequence[str], reference: Sequence[str]) -> Figure:
    """Return the cosine between the counts of BRICS fragments of the two sets (Frag)."""
    return _cosine_figure(psmiles, reference, _fragments)


def scaffold_similarity(psmiles: Sequence[str], reference: Sequence[str]) -> Figure:
    """Return the cosine between the counts of Bemis-Murcko scaffolds with two rings or more (Scaf)."""
    return _cosine_figure(psmiles, reference, _scaffolds)


def count_fragments(smiles: Sequence[str]) -> Counter[str]:
    """Return BRICS fragment -> how often it occurs in a set."""
    return _count(smiles, _fragments)


def count_scaffolds(smiles: Sequence[str]) -> Counter[str]:
    """Return Bemis-Murcko scaffold with two rings or more -> how often it occurs in a set."""
    return _count(smiles, _scaffolds)


def _similarity_blocks(rows: np.ndarray, columns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield (block, M) float32 Tanimoto coefficients; two empty fingerprints count as equal."""
    column_sums = columns.sum(axis=1)
    for start in range(0, len(rows), _BLOCK):
        block = rows[start : start + _BLOCK]
        common = block @ columns.T
        union = block.sum(axis=1)[:, None] + column_sums[None, :] - common
        np.divide(common, union, out=common, where=union > 0)
        common[union == 0] = 1.0
        yield common


def _cosine_figure(psmiles: Sequence[str], reference: Sequence[str], pieces: Callable[[str], list[str]]) -> Figure:
    counts, reference_counts = (_count(texts, pieces) for texts in (psmiles, reference))
    return Figure(cosine(counts, reference_counts), len(psmiles))


def cosine(first: Counter[str], second: Counter[str]) -> float:
    """Return the cosine between two count vectors; NaN when one of them is empty."""
    if not first or not second:
        return math.nan
    dot = sum(count * second[name] for name, count in first.items())
    lengths = [math.sqrt(sum(count * count for count in counts.values())) for counts in (first, second)]
    return dot / (lengths[0] * lengths[1])


def _count(psmiles: Sequence[str], pieces: Callable[[str], list[str]]) -> Counter[str]:
    """Count pieces over a set; a string that occurs twice is cut once and counted twice."""
    counts: Counter[str] = Counter()
    for text, times in Counter(psmiles).items():
        for piece, within in Counter(pieces(text)).items():
            counts[piece] += within * times
    return counts


def _fragments(psmiles: str) -> list[str]:
    from rdkit import Chem
    from rdkit.Chem import BRICS

    mol = Chem.MolFromSmiles(psmiles)
    return Chem.MolToSmiles(BRICS.BreakBRICSBonds(mol)).split(".")


def _scaffolds(psmiles: str) -> list[str]:
    from rdkit import Chem
    from rdkit.Chem.Scaffolds import MurckoScaffold

    scaffold = MurckoScaffold.GetScaffoldForMol(Chem.MolFromSmiles(psmiles))
    if scaffold.GetRingInfo().NumRings() < _MIN_RINGS_OF_SCAFFOLD:
        return []
    return [Chem.MolToSmiles(scaffold)]
