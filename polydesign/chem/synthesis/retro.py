"""Take a chain apart again: cut its linkages, finish what is left as molecules, close units to rings.

The tools of `polydesign.chem.synthesis.routes`. They work on a piece of chain, so that it does not matter where the
repeat unit was cut; side groups stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from rdkit import Chem, rdBase
from rdkit.Chem import rdChemReactions

from polydesign.chem.notation.backbone import backbone_atoms, backbone_path, stars
from polydesign.chem.notation.oligomer import chained

_ORDERS = {1: Chem.BondType.SINGLE, 2: Chem.BondType.DOUBLE, 3: Chem.BondType.TRIPLE}
_WRITTEN = {"-": Chem.BondType.SINGLE, "=": Chem.BondType.DOUBLE}
_LONG = 12  # atoms of backbone that show every linkage with what is around it
# What a cut leaves on either side; an end's place in this list labels it.
ENDS = ("acyl", "oxy", "thio", "amino", "imide", "imido", "carbonyl", "carbamoyl", "silyl", "oxo", "aryl", "alkyl")


@dataclass(frozen=True)
class Route:
    """A way to make a polymer.

    Attributes:
        reaction: name of the polymerisation.
        monomers: canonical SMILES without stereo marks, in the order in which they follow along the chain.
        note: what a chemist should know besides; "" for nothing.
    """

    reaction: str
    monomers: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class Synthesis:
    """The class of a polymer and the routes to it, the usual one first.

    Attributes:
        polymer_class: "" where no rule knows the chain.
        routes: none where no rule knows one.
        source: the work that describes the reactions.
    """

    polymer_class: str = ""
    routes: tuple[Route, ...] = ()
    source: str = ""


@dataclass(frozen=True)
class Linkage:
    """A group that joins residues.

    Attributes:
        kind: what the group is called.
        smarts: the group; the bonds from atom 1 to atoms 2 and 3 are cut.
        first: end that atom 1 is left with, one of `ENDS`.
        others: ends that atoms 2 and 3 are left with.
    """

    kind: str
    smarts: str
    first: str
    others: tuple[str, ...]


@dataclass(frozen=True)
class Residues:
    """What the linkages of a chain lie between.

    Attributes:
        kinds: linkages that were found on the backbone.
        pieces: the residues of one period along the chain, with a labelled dummy atom at every cut.
    """

    kinds: frozenset[str]
    pieces: tuple[Chem.Mol, ...]


def cut(unit: Chem.Mol, linkages: Iterable[Linkage], beside: Chem.Mol | None = None) -> Residues:
    """Cut all `linkages` that lie on the backbone of the chain that `unit` stands for.

    With `beside`, a piece of an earlier cut, only those that bound such a piece are cut. Raises RDKit's
    `MolSanitizeException` where a piece of the chain is no possible structure.
    """
    chain = piece_of_chain(unit)
    path = backbone_path(chain)
    backbone = backbone_atoms(chain, path)
    kinds: set[str] = set()
    ends: dict[int, dict[int, str]] = {}  # bond -> atom -> its end
    for linkage in linkages:
        pattern, places = _pattern(linkage.smarts)
        for match in chain.GetSubstructMatches(pattern, uniquify=False, maxMatches=10_000):
            first, *others = (match[place] for place in places)
            if first not in path or not backbone.issuperset(others):
                continue
            kinds.add(linkage.kind)
            for other, end in zip(others, linkage.others, strict=True):
                bond = chain.GetBondBetweenAtoms(first, other).GetIdx()
                ends.setdefault(bond, {first: linkage.first, other: end})
    if not ends:
        return Residues(frozenset(), ())
    return Residues(frozenset(kinds), _one_period(chain, path, ends, beside and Chem.MolToSmiles(beside)))


def piece_of_chain(unit: Chem.Mol) -> Chem.Mol:
    """Return several units, sanitised, long enough to show every linkage whole with its surroundings."""
    chain = chained(unit, 3 + _LONG // n_backbone(unit)).mol
    Chem.SanitizeMol(chain)
    return chain


def _one_period(
    chain: Chem.Mol, path: Sequence[int], ends: Mapping[int, Mapping[int, str]], beside: str | None = None
) -> tuple[Chem.Mol, ...]:
    kekulised = Chem.Mol(chain)
    Chem.Kekulize(kekulised, clearAromaticFlags=True)
    labels = []
    for index, sides in ends.items():
        bond = chain.GetBondWithIdx(index)
        begin, end = (1 + ENDS.index(sides[atom]) for atom in (bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()))
        labels.append((end, begin))  # a dummy replaces the atom beyond
    pieces = Chem.FragmentOnBonds(kekulised, list(ends), dummyLabels=labels)
    where: list[tuple[int, ...]] = []
    fragments = Chem.GetMolFrags(pieces, asMols=True, sanitizeFrags=False, fragsMolAtomMapping=where)
    if beside is not None:
        such = (atoms for atoms, piece in zip(where, fragments, strict=True) if Chem.MolToSmiles(piece) == beside)
        inside = {atom for atoms in such for atom in atoms}
        return _one_period(chain, path, {bond: sides for bond, sides in ends.items() if inside & set(sides)})
    place = {atom: number for number, atom in enumerate(path)}
    along = sorted(
        (min((place[atom] for atom in atoms if atom in place), default=len(path)), number)
        for number, atoms in enumerate(where)
        if all(atom.GetIsotope() for atom in stars(fragments[number]))
    )
    whole = [fragments[number] for _, number in along]
    texts = [Chem.MolToSmiles(piece) for piece in whole]
    period = next(
        (n for n in range(1, len(texts)) if all(a == b for a, b in zip(texts, texts[n:], strict=False))), len(texts)
    )
    return tuple(whole[:period])


def finish(piece: Chem.Mol, caps: Mapping[str, str]) -> str | None:
    """Return the SMILES of a residue whose ends were given the groups `caps`; None when that is impossible.

    A cap is "H", a SMILES that begins with the atom to be bonded ("O", "Cl", "C#C"), which takes the order
    of the bond that was cut unless "-" (single) or "=" (double) stands before it, or "ring O": the atom at
    the cut itself becomes oxygen.
    """
    mol = Chem.RWMol(piece)
    gone = []
    for dummy in stars(piece):
        cap = caps.get(ENDS[dummy.GetIsotope() - 1])
        if cap is None:
            return None
        atom = mol.GetAtomWithIdx(dummy.GetNeighbors()[0].GetIdx())
        _free(atom)
        gone.append(dummy.GetIdx())
        if cap == "ring O":
            atom.SetAtomicNum(8)
        elif cap != "H":
            order = _WRITTEN.get(cap[0], dummy.GetBonds()[0].GetBondType())
            start = mol.GetNumAtoms()
            mol.InsertMol(Chem.MolFromSmiles(cap.lstrip("-=")))
            mol.AddBond(atom.GetIdx(), start, order)
    return _smiles(mol, gone)


def joined(unit: Chem.Mol, orders: Sequence[int]) -> list[str] | None:
    """Return the molecules that remain when the L backbone bonds get new `orders`; None when that is impossible.

    Bond i lies between backbone atoms i and i + 1, the last one between the two ends of the unit; 0 cuts it.
    For L = 2, whose two bonds lie between the same atoms, the first order counts.
    """
    path = backbone_path(unit)
    atoms = path[1:-1]
    mol = Chem.RWMol(unit)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    for place, order in enumerate(orders[: 1 if len(atoms) == 2 else None]):
        first, second = atoms[place], atoms[(place + 1) % len(atoms)]
        if mol.GetBondBetweenAtoms(first, second) is not None:
            mol.RemoveBond(first, second)
        if order:
            mol.AddBond(first, second, _ORDERS[order])
        for atom in (first, second):
            _free(mol.GetAtomWithIdx(atom))
    text = _smiles(mol, [path[0], path[-1]])
    return None if text is None else text.split(".")


def bond_orders(unit: Chem.Mol) -> list[float]:
    """Return the orders of the L backbone bonds, 1.5 for aromatic ones, in the places of `joined`."""
    path = backbone_path(unit)
    inner = [unit.GetBondBetweenAtoms(*pair).GetBondTypeAsDouble() for pair in pairwise(path[1:-1])]
    return [*inner, unit.GetBondBetweenAtoms(*path[:2]).GetBondTypeAsDouble()]


def ring(unit: Chem.Mol, n: int = 1) -> str | None:
    """Return the ring of `n` units, None when it would have fewer than three members or is impossible."""
    chain = chained(unit, n).mol
    path = backbone_path(chain)
    if len(path) < 5:
        return None
    mol = Chem.RWMol(chain)
    mol.AddBond(path[1], path[-2], chain.GetBondBetweenAtoms(*path[:2]).GetBondType())
    return _smiles(mol, [path[0], path[-1]])


def canonical(smiles: str | None) -> str | None:
    """Return the canonical SMILES as read anew, without stereo; None for what is no molecule."""
    with rdBase.BlockLogs():
        mol = None if smiles is None else Chem.MolFromSmiles(smiles)
    return None if mol is None else Chem.MolToSmiles(mol, isomericSmiles=False)


def react(smiles: str, reaction: str) -> str | None:
    """Return the first product of a reaction SMARTS on one molecule, None when it does not apply."""
    rule = rdChemReactions.ReactionFromSmarts(reaction)
    for product, *_ in rule.RunReactants((Chem.MolFromSmiles(smiles),)):
        return canonical(Chem.MolToSmiles(product))
    return None


def n_backbone(unit: Chem.Mol) -> int:
    """Return the number L of backbone atoms of a unit, along the shortest way."""
    return len(backbone_path(unit)) - 2


def matches(smiles: str, smarts: str) -> bool:
    """Tell whether a molecule holds a pattern."""
    return Chem.MolFromSmiles(smiles).HasSubstructMatch(_pattern(smarts)[0])


@cache
def _pattern(smarts: str) -> tuple[Chem.Mol, tuple[int, ...]]:
    """Return a pattern and the places of its numbered atoms, in the order of their numbers."""
    pattern = Chem.MolFromSmarts(smarts)
    numbered = [(atom.GetAtomMapNum(), atom.GetIdx()) for atom in pattern.GetAtoms() if atom.GetAtomMapNum()]
    return pattern, tuple(place for _, place in sorted(numbered))


def _free(atom: Chem.Atom) -> None:
    """Let RDKit count the hydrogens of an atom anew."""
    atom.SetNoImplicit(False)
    atom.SetNumExplicitHs(0)


def _smiles(mol: Chem.RWMol, gone: Sequence[int]) -> str | None:
    mol.BeginBatchEdit()
    for atom in gone:
        mol.RemoveAtom(atom)
    mol.CommitBatchEdit()
    with rdBase.BlockLogs():
        try:
            Chem.SanitizeMol(mol)
        except (Chem.MolSanitizeException, RuntimeError):
            return None
    return canonical(Chem.MolToSmiles(mol))
