"""Estimate the frontier orbitals of the endless chain with Hückel's method: a hint of gap, affinity and ionization.

Every atom that takes part in a pi system gives one p orbital of Coulomb integral alpha + h beta, which
interacts with the orbitals of its neighbours by k beta. The h and k with carbon are those of
Van-Catledge, J. Org. Chem. 45:4801 (1980). Ours are: k of two heteroatoms is the product of theirs with
carbon, bromine and iodine by extrapolation, and k grows with the order of the bond, so that alternation
opens a gap. The chain is endless: the orbitals of the next unit bear the phase exp(i theta), and the
ends of the bands are looked for at theta = 0 and pi. Sigma bonds, twisting and charges are left out.

Energies are given as x of alpha + x beta, where beta is negative: a larger x lies lower.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from rdkit import Chem

from polydesign.chem.notation.oligomer import Chain

_SP3 = Chem.HybridizationType.SP3
_HALOGENS = (9, 17, 35, 53)


class _Orbital(NamedTuple):
    """Coulomb integral, resonance integral with carbon, electrons."""

    h: float
    k: float
    electrons: int


# One electron: the atom bears a double bond; two: its lone pair takes part.
_SINGLY = {5: (-0.45, 0.73, 0), 6: (0.0, 1.0, 1), 7: (0.51, 1.02, 1), 8: (0.97, 1.06, 1), 14: (0.0, 0.75, 1),
           15: (0.19, 0.77, 1), 16: (0.46, 0.81, 1), 34: (0.4, 0.8, 1)}  # fmt: skip
_LONE_PAIR = {7: (1.37, 0.89, 2), 8: (2.09, 0.66, 2), 9: (2.71, 0.52, 2), 15: (0.75, 0.76, 2), 16: (1.11, 0.69, 2),
              17: (1.48, 0.62, 2), 34: (1.0, 0.65, 2), 35: (1.3, 0.5, 2), 53: (1.1, 0.45, 2)}  # fmt: skip
_CATION = (2.0, 1.0, 1)  # nitrogen of a nitro group, a pyridinium, an N-oxide
_BY_ORDER = {1.0: 0.85, 1.5: 1.0, 2.0: 1.1, 3.0: 1.2}
_NONE = 3.0  # |x| of frontier orbitals where there is no pi system, beyond any that has one


def frontier(unit: Chem.Mol, chain: Chain, middle: int) -> dict[str, float]:
    """Return name -> value for `unit`, seen as unit number `middle` of `chain`, whose hybridization is known."""
    mol, place = chain.mol, chain.units[middle]
    atoms = {i: mol.GetAtomWithIdx(at) for i, at in enumerate(place) if at >= 0}
    orbitals = {i: orbital for i, atom in atoms.items() if (orbital := _orbital(atom)) is not None}
    n_atoms = unit.GetNumHeavyAtoms()
    n_electrons = sum(orbital.electrons for orbital in orbitals.values())
    highest, lowest, direct, at_ends, filled = _NONE, -_NONE, 2 * _NONE, [2 * _NONE], 0.0
    if orbitals:
        n_filled = n_electrons // 2
        at_ends, tops, bottoms = [], [], []
        for hamiltonian in _hamiltonians(chain, middle, orbitals):
            levels = np.linalg.eigvalsh(hamiltonian)[::-1]
            tops.append(levels[n_filled - 1] if n_filled else _NONE)
            bottoms.append(levels[n_filled] if n_filled < len(levels) else -_NONE)
            at_ends.append(tops[-1] - bottoms[-1])
            filled += levels[:n_filled].sum() / len(orbitals) / 2  # the mean of both theta
        highest, lowest, direct = min(tops), max(bottoms), min(at_ends)
    return {
        "pi_homo": float(highest),
        "pi_lumo": float(lowest),
        "pi_gap": float(highest - lowest),
        "pi_direct_gap": float(direct),
        "pi_dispersion": float(abs(at_ends[0] - at_ends[-1])),
        "pi_atoms_per_atom": len(orbitals) / n_atoms,
        "pi_electrons_per_orbital": n_electrons / max(len(orbitals), 1),
        "pi_energy_per_orbital": float(filled),
    }


def _orbital(atom: Chem.Atom) -> _Orbital | None:
    """Return the p orbital that an atom gives to a pi system, None when it gives none."""
    number = atom.GetAtomicNum()
    if number in _HALOGENS:
        beside_pi = any(neighbour.GetHybridization() != _SP3 for neighbour in atom.GetNeighbors())
        return _Orbital(*_LONE_PAIR[number]) if beside_pi else None
    if atom.GetHybridization() == _SP3 or (number == 16 and atom.GetTotalValence() > 2):
        return None
    has_double = any(bond.GetBondTypeAsDouble() >= 2 for bond in atom.GetBonds())
    if number == 7 and atom.GetFormalCharge() > 0:
        return _Orbital(*_CATION)
    if number in _LONE_PAIR:
        pyrrole_like = number != 7 or atom.GetTotalNumHs() > 0 or atom.GetDegree() == 3
        if pyrrole_like if atom.GetIsAromatic() else not has_double:
            return _Orbital(*_LONE_PAIR[number])
    bears_pi = has_double or atom.GetIsAromatic() or number == 5
    return _Orbital(*_SINGLY[number]) if number in _SINGLY and bears_pi else None


def _hamiltonians(chain: Chain, middle: int, orbitals: dict[int, _Orbital]) -> tuple[np.ndarray, np.ndarray]:
    """Return the (n, n) matrices of h and k for theta = 0 and theta = pi."""
    where = {at: (u, i) for u, unit in enumerate(chain.units) for i, at in enumerate(unit) if at >= 0}
    row = {i: n for n, i in enumerate(orbitals)}
    inside = np.diag([orbital.h for orbital in orbitals.values()])
    across = np.zeros_like(inside)
    for i, orbital in orbitals.items():
        at = chain.units[middle][i]
        for bond in chain.mol.GetAtomWithIdx(at).GetBonds():
            u, j = where.get(bond.GetOtherAtomIdx(at), (middle, -1))
            if j in orbitals:
                value = orbital.k * orbitals[j].k * _BY_ORDER.get(bond.GetBondTypeAsDouble(), 1.0)
                (inside if u == middle else across)[row[i], row[j]] += value
    return inside + across, inside - across
