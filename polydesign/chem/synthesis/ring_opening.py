"""Reverse of the ring-opening polymerisations, and of chains that are made in ways of their own.

Sources: Odian, Principles of Polymerization, 4th ed. (2004): chapter 7 for ethers, acetals, sulfides, imines,
oxazolines and cycloalkenes, 5 for aldehydes, 2 for p-xylylenes, 9 for poly(vinyl acetals) and polysaccharides;
Allcock, Chemistry and Applications of Polyphosphazenes (2003); Miller and Michl, Chem. Rev. 89:1359 (1989) for
polysilanes.
"""

from __future__ import annotations

from rdkit import Chem

from polydesign.chem.notation.backbone import backbone_path
from polydesign.chem.synthesis.retro import (
    Linkage,
    Route,
    Synthesis,
    bond_orders,
    canonical,
    cut,
    finish,
    joined,
    matches,
    piece_of_chain,
    react,
    ring,
)  # fmt: skip

SOURCE = "Odian, Principles of Polymerization, 4th ed. (2004), chapters 2, 5 and 7"
PHOSPHAZENES = "Allcock, Chemistry and Applications of Polyphosphazenes (2003)"
SILANES = "Miller and Michl, Chem. Rev. 89:1359 (1989)"
SUGARS = "Odian, Principles of Polymerization, 4th ed. (2004), chapter 9"
OPENING = "ring-opening polymerisation"
CHLOROPHOSPHAZENE = "ClP1(Cl)=NP(Cl)(Cl)=NP(Cl)(Cl)=N1"
_CLASSES = {8: "polyether", 16: "polysulfide", 7: "polyamine"}
_DEGREE = {8: 2, 16: 2, 7: 3}
_RINGS = {
    (8, 3): "of the epoxide", (8, 4): "of the oxetane", (8, 5): "of the tetrahydrofuran",
    (16, 3): "of the thiirane", (16, 4): "of the thietane",
}  # fmt: skip
_ETHER = Linkage("ether", "[CX4:1]-!@[OX2:2]", "alkyl", ("oxy",))
_SILANE = Linkage("silane", "[SiX4:1]-!@[SiX4:2]", "silyl", ("silyl",))
_BIBENZYL = Linkage("bibenzyl", "[CX4;$(Cc):1]-!@[CX4;$(Cc):2]", "alkyl", ("alkyl",))
# A double bond in a ring that is strained enough to open: any size but six, or six with a bridge.
_STRAINED = "[$([CX3;r4]=@[CX3;r4]),$([CX3;r5]=@[CX3;r5]),$([CX3;r7,r8,r9,r10,r11,r12]=@[CX3;!r6])]"
_ACYL_AZACYCLES = {
    3: ("2-oxazoline", "[C:1]1[C:2][N:3]1[C:4]=[O:5]>>[C:1]1[C:2][N:3]=[C:4][O:5]1"),
    4: ("cyclic imino ether", "[C:1]1[C:6][C:2][N:3]1[C:4]=[O:5]>>[C:1]1[C:6][C:2][N:3]=[C:4][O:5]1"),
}
_XYLYLENE = Chem.MolFromSmarts("[#0][CX4][#6]1~[#6]~[#6]~[#6](~[#6]~[#6]1)[CX4][#0]")
_PYRANOSE = Chem.MolFromSmarts("[OX2,#0]!@[CX4]1@[OX2]@[CX4]@[CX4]@[CX4](-!@[OX2,NX3])@[CX4]1-!@[OX2,NX3,#0]")


def heterochain(unit: Chem.Mol) -> Synthesis | None:
    """Return class and routes of an aliphatic chain with one heteroatom in the unit, or an acetal; None for another."""
    path = [unit.GetAtomWithIdx(atom) for atom in backbone_path(unit)[1:-1]]
    hetero = [atom for atom in path if _DEGREE.get(atom.GetAtomicNum()) == atom.GetTotalDegree()]
    carbons = [atom for atom in path if _is_saturated_carbon(atom)]
    if not hetero or len(hetero) + len(carbons) != len(path) or any(atom.IsInRing() for atom in hetero):
        return None
    if len(hetero) > 1:
        return _cyclic_acetal(unit, len(path))
    element = hetero[0].GetAtomicNum()
    if element == 7:
        return _polyamine(unit, len(path))
    return _aldehyde(unit) if (element, len(path)) == (8, 2) else _one_heteroatom(unit, element, len(path))


def _is_saturated_carbon(atom: Chem.Atom) -> bool:
    single = all(bond.GetBondType() == Chem.BondType.SINGLE for bond in atom.GetBonds())
    return atom.GetAtomicNum() == 6 and single


def _cyclic_acetal(unit: Chem.Mol, length: int) -> Synthesis | None:
    closed = ring(unit) if length in (5, 7, 8) else None
    if closed is None or not matches(closed, "[OX2;R][CX4;R][OX2;R]"):
        return None
    return Synthesis("polyacetal", (Route(f"cationic {OPENING} of the cyclic acetal", (closed,)),), SOURCE)


def _aldehyde(unit: Chem.Mol) -> Synthesis | None:
    (aldehyde,) = joined(unit, [2, 0]) or [""]
    if not aldehyde or not matches(aldehyde, "[CH2,CH]=O"):
        return None
    routes = [Route("ionic polymerisation of the aldehyde", (aldehyde,))]
    if aldehyde == "C=O" and (trioxane := ring(unit, 3)):
        routes.append(Route(f"cationic {OPENING} of trioxane", (trioxane,)))
    return Synthesis("polyacetal", tuple(routes), SOURCE)


def _one_heteroatom(unit: Chem.Mol, element: int, length: int) -> Synthesis | None:
    routes = []
    if (element, length) in _RINGS and (monomer := ring(unit)):
        routes.append(Route(f"{OPENING} {_RINGS[element, length]}", (monomer,)))
    if element == 8 and length >= 4:
        residue = max(cut(unit, [_ETHER]).pieces, key=Chem.Mol.GetNumAtoms)
        if diol := finish(residue, {"alkyl": "O"}):
            routes.append(Route("polycondensation of the diol", (diol,)))
    return Synthesis(_CLASSES[element], tuple(routes), SOURCE) if routes else None


def _polyamine(unit: Chem.Mol, length: int) -> Synthesis | None:
    """Return the routes to polyethyleneimine, bare, alkylated or acylated, and to its homologue with three carbons."""
    closed = ring(unit) if length in _ACYL_AZACYCLES else None
    if closed is None:
        return None
    if matches(closed, "[NX3;R][CX3;!R]=O"):
        name, rule = _ACYL_AZACYCLES[length]
        monomer = react(closed, rule)
        routes = [Route(f"cationic {OPENING} of the {name}", (monomer,))] if monomer else []
        return Synthesis("poly(N-acylimine)", tuple(routes), SOURCE)
    routes = [Route(f"cationic {OPENING}", (closed,), "gives branched chains")]
    if closed == "C1CN1":
        note = "then hydrolysed: gives linear chains"
        routes.insert(0, Route(f"cationic {OPENING} of the 2-oxazoline", ("CCC1=NCCO1",), note))
    return Synthesis("polyamine", tuple(routes), SOURCE)


def cycloalkene(unit: Chem.Mol) -> Synthesis | None:
    """Return the metathesis of a strained cycloalkene that gives a carbon chain with one double bond in the unit."""
    path = backbone_path(unit)[1:-1]
    if len(path) < 4 or any(unit.GetAtomWithIdx(atom).GetAtomicNum() != 6 for atom in path):
        return None
    closed = ring(unit) if sum(bond_orders(unit)) == len(path) + 1 else None
    if closed is None or not matches(closed, _STRAINED):
        return None
    return Synthesis("polyalkenamer", (Route(f"{OPENING} by metathesis", (closed,)),), f"{SOURCE}, and 8")


def polyphosphazene(unit: Chem.Mol) -> Synthesis | None:
    """Return the route to a polyphosphazene: what its phosphorus bears takes the place of chlorine afterwards."""
    path = backbone_path(unit)[1:-1]
    elements = sorted(unit.GetAtomWithIdx(atom).GetAtomicNum() for atom in path)
    if elements != [7, 15]:
        return None
    (phosphorus,) = (atom for atom in path if unit.GetAtomWithIdx(atom).GetAtomicNum() == 15)
    sides = [bond.GetIdx() for bond in unit.GetAtomWithIdx(phosphorus).GetBonds() if _is_side(bond, path)]
    pieces = Chem.GetMolFrags(Chem.FragmentOnBonds(unit, sides, dummyLabels=[(1, 1)] * len(sides)), asMols=True)
    texts = [finish(piece, {"acyl": "H"}) for piece in pieces if not piece.HasSubstructMatch(Chem.MolFromSmarts("P"))]
    agents = tuple(dict.fromkeys(text for text in texts if text and text != "Cl"))
    if not all(matches(agent, "[OX2H,NX3;!H0]") for agent in agents):
        return Synthesis("polyphosphazene", (), PHOSPHAZENES)
    note = "then chlorine is replaced by the second" if agents else ""
    monomers = (canonical(CHLOROPHOSPHAZENE) or "", *agents)
    return Synthesis("polyphosphazene", (Route(f"thermal {OPENING}", monomers, note),), PHOSPHAZENES)


def _is_side(bond: Chem.Bond, path: tuple[int, ...]) -> bool:
    ends = {bond.GetBeginAtom(), bond.GetEndAtom()}
    return not any(atom.GetAtomicNum() == 0 for atom in ends) and any(atom.GetIdx() not in path for atom in ends)


def polysilane(unit: Chem.Mol) -> Synthesis | None:
    """Return the reductive coupling of dichlorosilanes that gives a chain of silicon alone."""
    path = backbone_path(unit)[1:-1]
    if any(unit.GetAtomWithIdx(atom).GetAtomicNum() != 14 for atom in path):
        return None
    monomers = [finish(piece, {"silyl": "Cl"}) for piece in cut(unit, [_SILANE]).pieces]
    if not monomers or None in monomers:
        return None
    distinct = tuple(dict.fromkeys(filter(None, monomers)))
    return Synthesis("polysilane", (Route("Wurtz coupling with sodium", distinct),), SILANES)


def xylylene(unit: Chem.Mol) -> Synthesis | None:
    """Return the route to a poly(p-xylylene) from the vapour of its cyclic dimer."""
    pieces = cut(unit, [_BIBENZYL]).pieces
    if len(pieces) != 1 or not pieces[0].HasSubstructMatch(_XYLYLENE):
        return None
    dimer = ring(unit, 2)
    routes = (Route("vapour deposition of the paracyclophane", (dimer,)),) if dimer else ()
    return Synthesis("poly(p-xylylene)", routes, SOURCE)


def vinyl_acetal(unit: Chem.Mol) -> Synthesis | None:
    """Return the route to a poly(vinyl acetal): an aldehyde with the alcohol that vinyl acetate gives."""
    aldehyde = react(Chem.MolToSmiles(unit), "*[CH2][CH]1[CH2][CH](*)O[CX4;!H0:1]O1>>[C:1]=O")
    aldehyde = aldehyde or react(Chem.MolToSmiles(unit), "*[CH]1[CH2][CH]([CH2]*)O[CX4;!H0:1]O1>>[C:1]=O")
    if aldehyde is None or len(backbone_path(unit)) != 6:
        return None
    note = "then saponified, and acetalised with the aldehyde"
    route = Route("radical polymerisation", ("C=COC(C)=O", aldehyde), note)
    return Synthesis("poly(vinyl acetal)", (route,), SOURCE)


def polysaccharide(unit: Chem.Mol) -> Synthesis | None:
    """Name a chain of sugar rings, which living things make; None for another chain."""
    chain = piece_of_chain(unit)
    path = set(backbone_path(chain))
    # The anomeric carbon and one more atom of the ring lie on the backbone.
    rings = chain.GetSubstructMatches(_PYRANOSE)
    if not any(match[1] in path and len(path.intersection(match)) > 2 for match in rings):
        return None
    route = Route("isolated from living things", (), "side groups are changed afterwards")
    return Synthesis("polysaccharide", (route,), SUGARS)
