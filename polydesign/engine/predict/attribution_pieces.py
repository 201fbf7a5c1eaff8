"""Cut a repeat unit into pieces, and write for each the polymer that has plain saturated carbon in its place.

| piece | instead |
|---|---|
| aromatic ring system | the same rings, saturated, all carbon |
| multiply bonded atoms (carbonyl, sulfone, nitrile, nitro, C=C ...) | single bonds, carbon, without end heteroatoms |
| halogens on one atom; other heteroatom at an end | hydrogen |
| heteroatom within (ether, amine, sulfide, silicon ...) | carbon |
| end carbon (CH3) | hydrogen |
| CH2 within | left out, or where that cannot be, one more put in and the sign reversed |
| carbon that bears side groups | without the side groups |

What cannot be replaced so, e.g. a ring atom that carries the chain on, belongs to no piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from rdkit import Chem

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.identity import chain_key

_HALOGENS = {9, 17, 35, 53}
_GROUPS = {"CO": "carbonyl", "CN": "nitrile or imine", "CC": "C=C bond", "OOS": "sulfone", "OS": "sulfoxide",
           "NOO": "nitro", "NN": "azo", "NP": "N=P bond", "OP": "P=O"}  # fmt: skip
_ELEMENTS = {5: "boron", 7: "nitrogen", 8: "oxygen", 14: "silicon", 15: "phosphorus", 16: "sulfur"}
_HYDROGENS = {2: "CH₂", 3: "CH", 4: "C"}  # number of neighbours -> what a carbon is there
_SUBSCRIPTS = {0: "", 1: "H", 2: "H₂", 3: "H₃"}


@dataclass(frozen=True)
class Piece:
    """A part of a repeat unit and the polymer without it.

    Attributes:
        atoms: indices of its atoms in the unit.
        what: its name.
        instead: what stands in its place.
        variant: p-SMILES of the polymer with the replacement.
        sign: -1 where the variant has more of the piece instead of less.
    """

    atoms: tuple[int, ...]
    what: str
    instead: str
    variant: str
    sign: int = 1


def pieces(psmiles: str) -> list[Piece]:
    """Return the pieces of a repeat unit; none overlap. Raises `ChemistryError` when it is not valid."""
    unit = notation.read(psmiles)
    Chem.RemoveStereochemistry(unit)
    kekule = Chem.RWMol(unit)
    Chem.Kekulize(kekule, clearAromaticFlags=True)
    own = chain_key(Chem.MolToSmiles(unit))
    result: list[Piece] = []
    taken: set[int] = set()
    for finder in (_rings, _groups, _heteroatoms, _carbons):
        for piece in finder(unit, kekule, taken):
            variant = notation.validate(piece.variant)
            if variant.valid and chain_key(str(variant.psmiles)) != own:
                result.append(Piece(piece.atoms, piece.what, piece.instead, str(variant.psmiles), piece.sign))
    return result


def _rings(unit: Chem.Mol, kekule: Chem.Mol, taken: set[int]) -> Iterator[Piece]:
    for atoms in _connected(unit, Chem.Bond.GetIsAromatic):
        taken |= atoms

        def saturate(mol: Chem.RWMol, atoms: set[int] = atoms) -> None:
            _single(mol, atoms)
            for index in atoms:
                _to_carbon(mol, index)

        hetero = {unit.GetAtomWithIdx(i).GetSymbol() for i in atoms} - {"C"}
        kind = "benzene ring" if len(atoms) == 6 and not hetero else "aromatic ring system"
        yield Piece(tuple(sorted(atoms)), kind, "saturated carbon ring", _edited(kekule, saturate))


def _groups(unit: Chem.Mol, kekule: Chem.Mol, taken: set[int]) -> Iterator[Piece]:
    def multiple(bond: Chem.Bond) -> bool:
        ends = (bond.GetBeginAtom(), bond.GetEndAtom())
        charged = ends[0].GetFormalCharge() * ends[1].GetFormalCharge() < 0
        return not bond.GetIsAromatic() and (bond.GetBondTypeAsDouble() > 1 or charged)

    for atoms in _connected(unit, multiple):
        if any(unit.GetAtomWithIdx(i).GetAtomicNum() == 0 for i in atoms):
            continue
        ends = {i for i in atoms if unit.GetAtomWithIdx(i).GetDegree() == 1 and _element(unit, i) != 6}
        own = atoms - taken
        taken |= atoms

        def flatten(mol: Chem.RWMol, atoms: set[int] = atoms, ends: set[int] = ends) -> None:
            _single(mol, atoms)
            for index in atoms - ends:
                _to_carbon(mol, index)
            _remove(mol, ends)

        symbols = "".join(sorted(unit.GetAtomWithIdx(i).GetSymbol() for i in atoms))
        name = _GROUPS.get(symbols, "multiple bond")
        yield Piece(tuple(sorted(own)), name, "saturated carbon", _edited(kekule, flatten))


def _heteroatoms(unit: Chem.Mol, kekule: Chem.Mol, taken: set[int]) -> Iterator[Piece]:
    for atom in unit.GetAtoms():
        index, element = atom.GetIdx(), atom.GetAtomicNum()
        if element in (0, 6) or index in taken:
            continue
        hydrogens = _SUBSCRIPTS.get(atom.GetTotalNumHs(), "")
        if atom.GetDegree() > 1:
            taken.add(index)
            name = f"{atom.GetSymbol()}{hydrogens}" if hydrogens else _ELEMENTS.get(element, atom.GetSymbol())
            instead = _HYDROGENS.get(atom.GetDegree(), "C")
            yield Piece((index,), name, instead, _edited(kekule, partial(_to_carbon, index=index)))
            continue
        atoms = {index}
        if element in _HALOGENS:
            neighbour = atom.GetNeighbors()[0]
            atoms = {n.GetIdx() for n in neighbour.GetNeighbors() if n.GetAtomicNum() in _HALOGENS}
        taken |= atoms
        symbols = sorted(unit.GetAtomWithIdx(i).GetSymbol() for i in atoms)
        name = ", ".join(dict.fromkeys(f"{symbols.count(symbol)} {symbol}" for symbol in symbols))
        yield Piece(tuple(sorted(atoms)), name if len(atoms) > 1 else f"{symbols[0]}{hydrogens}", "hydrogen",
                    _edited(kekule, partial(_remove, atoms=atoms)))  # fmt: skip


def _carbons(unit: Chem.Mol, kekule: Chem.Mol, taken: set[int]) -> Iterator[Piece]:
    for atom in unit.GetAtoms():
        index = atom.GetIdx()
        if atom.GetAtomicNum() != 6 or index in taken:
            continue
        if atom.GetDegree() == 1:
            yield Piece((index,), "CH₃ group", "hydrogen", _edited(kekule, partial(_remove, atoms={index})))
        elif atom.GetDegree() == 2:
            if _may_leave(unit, atom):
                yield Piece((index,), "CH₂", "left out", _edited(kekule, partial(_bridge, index=index)))
            elif not atom.IsInRing():
                longer = _edited(kekule, partial(_lengthen, index=index))
                yield Piece((index,), "CH₂", "one more, sign reversed", longer, sign=-1)
        elif side := _side_groups(unit, atom):
            yield Piece((index,), "branching carbon", "without its side groups",
                        _edited(kekule, partial(_remove, atoms=side)))  # fmt: skip


def _connected(mol: Chem.Mol, follows: Callable[[Chem.Bond], bool]) -> list[set[int]]:
    """Return the sets of atoms that hang together by bonds which `follows` accepts."""
    groups: list[set[int]] = []
    for bond in filter(follows, mol.GetBonds()):
        ends = {bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()}
        touched = [group for group in groups if group & ends]
        groups = [group for group in groups if not group & ends] + [ends.union(*touched)]
    return groups


def _edited(mol: Chem.Mol, edit: Callable[[Chem.RWMol], None]) -> str:
    """Return the SMILES of a copy of `mol` after `edit`, sane or not."""
    copy = Chem.RWMol(mol)
    edit(copy)
    copy.UpdatePropertyCache(strict=False)
    return Chem.MolToSmiles(copy)


def _single(mol: Chem.RWMol, atoms: set[int]) -> None:
    for bond in mol.GetBonds():
        if bond.GetBeginAtomIdx() in atoms and bond.GetEndAtomIdx() in atoms:
            bond.SetBondType(Chem.BondType.SINGLE)


def _to_carbon(mol: Chem.RWMol, index: int) -> None:
    mol.ReplaceAtom(index, Chem.Atom(6))


def _remove(mol: Chem.RWMol, atoms: set[int]) -> None:
    """Take atoms out; hydrogen follows by itself where a neighbour states no number of its own."""
    for index in atoms:
        for neighbour in mol.GetAtomWithIdx(index).GetNeighbors():
            neighbour.SetNoImplicit(False)
    for index in sorted(atoms, reverse=True):
        mol.RemoveAtom(index)


def _bridge(mol: Chem.RWMol, index: int) -> None:
    first, second = (neighbour.GetIdx() for neighbour in mol.GetAtomWithIdx(index).GetNeighbors())
    mol.AddBond(first, second, Chem.BondType.SINGLE)
    mol.RemoveAtom(index)


def _lengthen(mol: Chem.RWMol, index: int) -> None:
    neighbour = mol.GetAtomWithIdx(index).GetNeighbors()[0].GetIdx()
    mol.RemoveBond(index, neighbour)
    new = mol.AddAtom(Chem.Atom(6))
    mol.AddBond(index, new, Chem.BondType.SINGLE)
    mol.AddBond(new, neighbour, Chem.BondType.SINGLE)


def _may_leave(unit: Chem.Mol, atom: Chem.Atom) -> bool:
    """Say whether the neighbours of a CH2 may be bonded to each other: not two heteroatoms, not bonded already."""
    first, second = atom.GetNeighbors()
    if unit.GetBondBetweenAtoms(first.GetIdx(), second.GetIdx()) is not None:
        return False
    elements = [_beyond(unit, neighbour).GetAtomicNum() for neighbour in (first, second)]
    both_stars = first.GetAtomicNum() == second.GetAtomicNum() == 0
    return not both_stars and 6 in elements


def _beyond(unit: Chem.Mol, atom: Chem.Atom) -> Chem.Atom:
    """Return `atom`, or for a star the atom it stands for: the one that the other star is bonded to."""
    if atom.GetAtomicNum() != 0:
        return atom
    other = next(a for a in unit.GetAtoms() if a.GetAtomicNum() == 0 and a.GetIdx() != atom.GetIdx())
    return other.GetNeighbors()[0]


def _side_groups(unit: Chem.Mol, atom: Chem.Atom) -> set[int]:
    """Return all atoms that hang on `atom` by a bond in no ring and lead to no star."""
    side: set[int] = set()
    for neighbour in atom.GetNeighbors():
        if unit.GetBondBetweenAtoms(atom.GetIdx(), neighbour.GetIdx()).IsInRing():
            continue
        branch, front = {neighbour.GetIdx()}, [neighbour]
        while front:
            for one in front.pop().GetNeighbors():
                if one.GetIdx() not in branch and one.GetIdx() != atom.GetIdx():
                    branch.add(one.GetIdx())
                    front.append(one)
        if all(_element(unit, index) != 0 for index in branch):
            side |= branch
    return side


def _element(mol: Chem.Mol, index: int) -> int:
    return mol.GetAtomWithIdx(index).GetAtomicNum()
