"""Join repeat units head to tail: a piece of chain for descriptors, a capped n-mer, its shape in 3D."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rdkit import Chem, rdBase
from rdkit.Chem import rdDistGeom, rdForceFieldHelpers

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import backbone_path, stars
from polydesign.core.errors import ChemistryError

MAX_UNITS = 100
MAX_HEAVY_ATOMS = 3000
MAX_ATOMS_3D = 300  # hydrogens included
_EMBED_SECONDS = 10
_EMBED_ATTEMPTS = 20
_RELAX_STEPS = 200


@dataclass(frozen=True)
class Chain:
    """A piece of chain of several equal units, outer stars kept.

    `units[u][i]` is the index in `mol` of atom i of unit u (-1 for the stars that were joined).
    """

    mol: Chem.Mol
    units: list[list[int]]


def chained(unit: Chem.Mol, n: int) -> Chain:
    """Join `n` units head to tail.

    Rings are found but nothing is sanitised, so that aromaticity stays as given. Stereo marks are left
    out, since they would go on speaking of the joined stars (`nmer` keeps them).
    """
    unit = Chem.Mol(unit)
    Chem.RemoveStereochemistry(unit)
    path = backbone_path(unit)
    first, head, tail, last = path[0], path[1], path[-2], path[-1]
    order = unit.GetBondBetweenAtoms(first, head).GetBondType()
    size = unit.GetNumAtoms()
    chain = Chem.RWMol(unit)
    for _ in range(n - 1):
        chain.InsertMol(unit)
    joined = set()
    for offset in range(0, (n - 1) * size, size):
        chain.AddBond(offset + tail, offset + size + head, order)
        joined |= {offset + last, offset + size + first}
    chain.BeginBatchEdit()
    for star in joined:
        chain.RemoveAtom(star)
    chain.CommitBatchEdit()
    chain.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(chain)
    numbers = iter(range(n * size))
    index = [-1 if atom in joined else next(numbers) for atom in range(n * size)]
    return Chain(chain.GetMol(), [index[start : start + size] for start in range(0, n * size, size)])


def nmer(psmiles: str, n: int, cap: str = "H") -> Chem.Mol:
    """Return `n` units joined head to tail, sanitised, with ends of hydrogen ("H") or methyl ("CH3").

    Stereo marks are those of the unit as written, in every unit alike. Raises `ChemistryError` for an
    invalid unit, another cap, or a chain of more than 100 units or 3,000 heavy atoms.
    """
    unit = notation.read(psmiles)
    n_atoms = unit.GetNumHeavyAtoms() * n
    if not 1 <= n <= MAX_UNITS or n_atoms > MAX_HEAVY_ATOMS:
        raise ChemistryError(
            f"{n} units of {unit.GetNumHeavyAtoms()} heavy atoms were asked for; "
            f"give 1 to {MAX_UNITS} units of at most {MAX_HEAVY_ATOMS:,} heavy atoms in all."
        )
    first, last = (star.GetIdx() for star in stars(unit))
    units = Chem.RWMol()
    for number in range(n):
        offset = units.GetNumAtoms()
        units.InsertMol(unit)
        # Stars that bear one number are joined to each other; 0 is no number, so the outer two stay.
        units.GetAtomWithIdx(offset + first).SetAtomMapNum(number)
        units.GetAtomWithIdx(offset + last).SetAtomMapNum(number + 1 if number + 1 < n else 0)
    return capped(Chem.molzip(units) if n > 1 else unit, cap)


def capped(mol: Chem.Mol, cap: str = "H") -> Chem.Mol:
    """Return `mol`, sanitised, with its stars replaced by hydrogen ("H") or carbon ("CH3").

    A star with a double bond becomes two hydrogens, or =CH2. Raises `ChemistryError` for another cap
    and where the capped structure cannot be sanitised.
    """
    if cap not in ("H", "CH3"):
        raise ChemistryError(f"The ends of an oligomer can be 'H' or 'CH3'; got {cap!r}.")
    edited = Chem.RWMol(mol)
    edited.BeginBatchEdit()
    for star in stars(mol):
        order = int(star.GetBonds()[0].GetBondTypeAsDouble()) if star.GetDegree() == 1 else 0
        if cap == "H" and order > 1:
            _add_hydrogens(edited.GetAtomWithIdx(star.GetNeighbors()[0].GetIdx()), order)
            edited.RemoveAtom(star.GetIdx())
        else:
            # Hydrogens are set as atoms first: RDKit, which takes them away, knows how to keep cis/trans marks.
            edited.ReplaceAtom(star.GetIdx(), Chem.Atom(1 if cap == "H" else 6))
    edited.CommitBatchEdit()
    removal: Any = Chem.RemoveHsParameters()
    removal.removeDefiningBondStereo = True
    with rdBase.BlockLogs():
        try:
            finished = Chem.RemoveHs(edited.GetMol(), removal)
        except Chem.MolSanitizeException as error:
            raise ChemistryError(f"Ends of {cap} make an impossible structure: {error}.") from error
        Chem.AssignStereochemistry(finished, cleanIt=True, force=True)
    return finished


def _add_hydrogens(atom: Chem.Atom, n: int) -> None:
    if atom.GetNoImplicit() or atom.GetIsAromatic():
        atom.SetNumExplicitHs(atom.GetNumExplicitHs() + n)


def conformer(psmiles: str, n: int, seed: int = 0, max_atoms: int = MAX_ATOMS_3D) -> Chem.Mol:
    """Return the hydrogen-capped n-mer with all hydrogens and one set of coordinates (angstrom).

    Distance geometry (ETKDGv3, Wang et al., J. Chem. Inf. Model. 60:2044, 2020) for at most 10 s, then
    at most 200 steps of MMFF94, or of UFF where MMFF94 lacks parameters; the property ``relaxed_with`` of
    the result says which ("none" where neither has them). Same seed, same shape. It shows one plausible
    shape in vacuo, not the melt. Raises `ChemistryError` when the n-mer has more than `max_atoms`
    atoms or no shape is found.
    """
    mol = Chem.AddHs(nmer(psmiles, n))
    if mol.GetNumAtoms() > max_atoms:
        raise ChemistryError(
            f"{n} units make {mol.GetNumAtoms()} atoms with hydrogens, too many to draw in 3D quickly "
            f"(limit {max_atoms}); ask for fewer units."
        )
    parameters: Any = rdDistGeom.ETKDGv3()
    parameters.randomSeed = seed % 2**31
    parameters.useRandomCoords = mol.GetNumAtoms() > 100
    parameters.maxIterations = _EMBED_ATTEMPTS
    parameters.timeout = _EMBED_SECONDS
    with rdBase.BlockLogs():
        if rdDistGeom.EmbedMolecule(mol, parameters) != 0:
            raise ChemistryError(
                f"No shape in 3D was found for {n} units within {_EMBED_SECONDS} s; ask for fewer units."
            )
        mol.SetProp("relaxed_with", _relax(mol))
    return mol


def _relax(mol: Chem.Mol) -> str:
    if rdForceFieldHelpers.MMFFHasAllMoleculeParams(mol):
        rdForceFieldHelpers.MMFFOptimizeMolecule(mol, maxIters=_RELAX_STEPS)
        return "MMFF94"
    if rdForceFieldHelpers.UFFHasAllMoleculeParams(mol):
        rdForceFieldHelpers.UFFOptimizeMolecule(mol, maxIters=_RELAX_STEPS)
        return "UFF"
    return "none"


def sdf(mol: Chem.Mol) -> str:
    """Return an SDF record (V2000, or V3000 above 999 atoms) of `mol`, ended by ``$$$$``."""
    return Chem.MolToMolBlock(mol) + "$$$$\n"


def pdb(mol: Chem.Mol) -> str:
    """Return a PDB file of `mol` with its coordinates in angstrom."""
    return Chem.MolToPDBBlock(mol)


def xyz(mol: Chem.Mol) -> str:
    """Return an XYZ file of `mol`: elements and coordinates in angstrom."""
    return Chem.MolToXYZBlock(mol)
