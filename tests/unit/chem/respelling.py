"""Write one chain in many ways: other cut, other end first, other numbering, repeated. Built on RDKit alone."""

from __future__ import annotations

import random
from itertools import pairwise

from rdkit import Chem

# Chains that are easily got wrong: fused and bridged rings, exocyclic and star double bonds, marks of
# stereo in every position, charges, isotopes, both stars on one atom.
TRICKY = (
    "*=CC=*", "*=C1C=CC(=*)C=C1", "*=C1C=CC(=CC=*)C=C1", "*C=C1C=CC(=C*)C=C1", "*=C1C=CC(=S=*)C=C1",
    "*=NN=C1C=CC(=*)C=C1", "*#CC#*", "*C#C*", "*=C=*", "*=C=C=*", "*N=N*", "*=NC=*", "*N=C1C=CC(=N*)C=C1",
    "*=C1C=CNC=C1CCN=*", "*=C1C=CNC1=*", "*=C1C=CC(=*)N1", "*=NC1=CC(=*)C=CN1", "*=C1NC=CN1CCN=*", "*=C1C=CPC=C1CCN=*",
    "*C(*)(C)C", "*[Si](*)(C)c1ccccc1", "*N*", "*S*", "*C1(*)CCCCC1", "*C(*)=C", "*C(*)=C(C)CC",
    "*C1(*)c2ccccc2-c2ccccc21", "*c1ccc2nc(-c3ccc(*)cc3)c(-c3ccccc3)nc2c1",
    "*c1ccc(-c2cnc3cc(-c4ccc5ncc(*)nc5c4)ccc3n2)cc1", "*c1nc2cc3nc(*)c(-c4ccccc4)nc3cc2nc1-c1ccccc1",
    "*c1ccc2c(c1)c1cc(*)ccc1n2CCCC", "*n1c2ccccc2c2cc(*)ccc21", "*c1cc2c3c(c1)CCc1cc(*)cc(c1-3)CC2",
    "*C1CC2CC1C1C2C(=O)N(*)C1=O", "*C12CC3CC(CC(*)(C3)C1)C2", "*c1cc(*)c2ccc3cccc4ccc1c2c34", "*C1C(*)C2CCC1C2",
    "*C1CCC2(CC1)CCC(*)CC2", "*c1ccc2sc(*)nc2c1", "*c1[nH]c(*)c(C)c1", "*c1ccc(*)[se]1", "*[n+]1ccc(*)cc1", "*/C=C/*",
    r"*/C=C\*", r"*/C=C/C=C\*", "*/C=C/C=C/*", r"*C/C=C\CC/C=C/C*", "*/C(C)=C(/F)C*", r"*/C=C/c1ccc(/C=C\*)cc1",
    "*C/C(*)=C/C", "*CC/C(*)=C/C", "*C/C(=C/C)C*", "*N=C1CCC(*)CC1", "*C(*)/C=C/C", r"*CC(*)C(=O)O/C=C\C",
    "*C[C@H](*)C", "*C[C@@H](C)C[C@H](*)C", "*O[C@@H](C)C(*)=O", "*C[C@H](*)C(=O)O[C@@H]1C[C@H](C)CC[C@H]1C(C)C",
    "*O[C@H]1[C@H](O)[C@@H](O)[C@H](*)O[C@@H]1CO", "*[C@H]1CC[C@@H](*)CC1", "*C[C@H]1CC[C@@H](C*)CC1",
    "*C[C@@](*)(F)[C@H](C)CC", "*C(C)C[C@@H](CC)C(*)=O", "*CC(*)C(=O)O[C@H]1CC[C@@H](C)CC1", "*S(=O)*",
    "*S(C)(=O)=N*", "*[N+](C)(C)CC*", "*CC(*)C(=O)[O-]", "*[13CH2]C*", "*C([2H])([2H])C*", "*[CH]C*", "*[B-](F)(F)O*",
    "*P(=O)(c1ccccc1)O*", "*[Sn](C)(C)CC*", "*[Ge](*)(C)C", "*OP(*)(=O)OC", "*[Fe]*", "*CC(C)C(C)C*",
    "*CC(*)C(F)(F)F", "*OC(=O)CCC(=O)O*", "*NC(=O)NC*", "*Oc1cccc(Oc2cccc(*)c2)c1", "*c1cc(*)cc(-c2ccncc2)c1",
    "*C1OC1*", "*C1CC1C*", "*CC1OC1C*",
    "*C12C3C4C1C5C2C3C45*", "*[U]1234[U]567[U]189[U]521[U]683[U]7914*",
    "*C(C[C@H]1CC[C@@H](C)CC1)C(=O)O*", "*C=C=CCC(*)C(=O)OC12C[C@H]3C[C@@H](C1)C[C@@H](C3)C2",
    "*Oc1cc([C@H]2CC[C@H]([C@@H]3CC[C@@H](CCC)CC3)CC2)cc(*)c1", "*CC(O[C@H]1CC[C@@H](OC(=O)[C@H](C)CC)CC1)COC(=O)CC*",
)  # fmt: skip


def recut(text: str, seed: int) -> str:
    """Cut the chain at another of its bonds: join the two ends, open a bond of the way between them."""
    mol = Chem.MolFromSmiles(text)
    ends = [atom.GetIdx() for atom in _ends(mol)]
    path = Chem.GetShortestPath(mol, *ends)
    bonds = [mol.GetBondBetweenAtoms(a, b) for a, b in pairwise(path[1:-1])]
    bonds = [bond for bond in bonds if not bond.IsInRing() and bond.GetStereo() == Chem.BondStereo.STEREONONE]
    if not bonds:
        return text
    bond = random.Random(seed).choice(bonds)
    pieces = Chem.FragmentOnBonds(mol, [bond.GetIdx()], dummyLabels=[(0, 0)])
    for end in ends:
        pieces.GetAtomWithIdx(end).SetAtomMapNum(1)
    return Chem.MolToSmiles(Chem.molzip(pieces))


def repeated(text: str, n: int) -> str:
    """Write `n` units head to tail as one."""
    chain = unit = Chem.MolFromSmiles(text)
    for _ in range(n - 1):
        left, right = Chem.Mol(chain), Chem.Mol(unit)
        _ends(left)[1].SetAtomMapNum(1)
        _ends(right)[0].SetAtomMapNum(1)
        chain = Chem.molzip(left, right)
    return Chem.MolToSmiles(chain, canonical=False)


def renumbered(text: str, seed: int) -> str:
    """Write the same unit with its atoms in a random order."""
    mol = Chem.MolFromSmiles(text)
    order = list(range(mol.GetNumAtoms()))
    random.Random(seed).shuffle(order)
    return Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)


def reversed_ends(text: str) -> tuple[str, str]:
    """Write the unit from either end."""
    mol = Chem.MolFromSmiles(text)
    first, last = (atom.GetIdx() for atom in _ends(mol))
    return tuple(Chem.MolToSmiles(mol, rootedAtAtom=end, canonical=False) for end in (first, last))


def _ends(mol: Chem.Mol) -> list[Chem.Atom]:
    return [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
