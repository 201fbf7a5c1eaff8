"""Reverse of the addition polymerisations: put the double bonds of the monomers back.

Source: Odian, Principles of Polymerization, 4th ed. (2004): chapters 3 (radical), 5 (ionic) and 8 (coordination) for
vinyl monomers, alkynes and dienes, 6 for alternating copolymers, those with carbon monoxide and sulfur dioxide too.
"""

from __future__ import annotations

from itertools import pairwise

from rdkit import Chem

from polydesign.chem.notation.backbone import backbone_path
from polydesign.chem.notation.oligomer import chained
from polydesign.chem.synthesis.retro import Route, Synthesis, bond_orders, joined, matches, react

SOURCE = "Odian, Principles of Polymerization, 4th ed. (2004), chapters 3, 5, 6 and 8"
RADICAL, CATIONIC, ANIONIC = (f"{kind} polymerisation" for kind in ("radical", "cationic", "anionic"))
COORDINATION = "coordination polymerisation"
CARBON_MONOXIDE = "[C-]#[O+]"
# What the first pattern that a monomer holds makes of it: class, usual polymerisation.
_VINYL = (
    ("C=C(C#N)C(=O)O", "polycyanoacrylate", ANIONIC),
    ("[CH2]=C([CH3])C(=O)O", "polymethacrylate", RADICAL),
    ("[CH2]=CC(=O)O", "polyacrylate", RADICAL),
    ("[CX3]=[CX3]C(=O)[NX3;!R]", "polyacrylamide", RADICAL),
    ("[CX3]=[CX3]C(=O)[#6]", "poly(vinyl ketone)", RADICAL),
    ("[CX3]=[CX3]C#N", "polyacrylonitrile", RADICAL),
    ("[CX3](F)=[CX3]", "fluoropolymer", RADICAL),
    ("[CX3]([Cl,Br])=[CX3]", "poly(vinyl halide)", RADICAL),
    ("C=[CX3]OC(=O)", "poly(vinyl ester)", RADICAL),
    ("C=[CX3;!R]O[#6]", "poly(vinyl ether)", CATIONIC),
    ("C=[CX3]([CX4])-c", "styrenic polymer", ANIONIC),
    ("[CX3]=[CX3]-c", "styrenic polymer", RADICAL),
    ("[CX3]=[CX3]-[#7,#15,#16]", "vinyl polymer", RADICAL),
    ("C=CC=C", "polydiene", "anionic or coordination polymerisation"),
    ("[$([CX3;R]=[CX3;R]C=O),$([CX3;R]=[CX3;R]O)]", "poly(cyclic olefin)", RADICAL),
    ("[CX3;R]=[CX3;R]", "poly(cyclic olefin)", COORDINATION),
    ("[CH2]=[CX3]([CX4])[CX4]", "polyolefin", CATIONIC),
    ("[CH2]=[CH][CX4][N,O]", "allyl polymer", RADICAL),
)
_OLEFIN = ("polyolefin", COORDINATION)
_POLYMERISES = "[$([CH2]=[CX3]),$([CX3](F)(F)=[CX3]),$([CHF]=[CHF]),$([CX3;r4,r5]=@[CX3;r4,r5])]"
# An unstable monomer -> the one that is polymerised in its place.
_IN_PLACE = (
    ("[CX3:1]=[CX3:2]-[OX2H:3]", "[C:1]=[C:2][O:3]C(C)=O", "then saponified"),
    ("[CX3:1]=[CX3:2]-[NX3H2:3]", "[C:1]=[C:2][N:3]C=O", "then hydrolysed"),
)


def vinyl(unit: Chem.Mol) -> Synthesis | None:
    """Return class and route of a carbon chain that unsaturated monomers give, None for another."""
    path = backbone_path(unit)[1:-1]
    if any(unit.GetAtomWithIdx(atom).GetAtomicNum() != 6 for atom in path):
        return None
    if len(path) == 1:  # the shortest unit of polyethylene is a methylene
        unit = chained(unit, 2).mol
        Chem.SanitizeMol(unit)
    orders = bond_orders(unit)
    if len(orders) == 2 and sum(orders) == 2:
        return _addition(joined(unit, [2, 0]), n=1)
    if len(orders) == 2 and sum(orders) == 3:
        alkyne = joined(unit, [3, 0])
        return Synthesis("polyacetylene", (Route(COORDINATION, tuple(alkyne)),), SOURCE) if alkyne else None
    if len(orders) == 4 and sorted(orders) == [1, 1, 1, 2]:
        return _diene(unit, orders.index(2))
    if len(orders) == 4 and sum(orders) == 4:
        return _alternating(unit)
    return None


def _addition(monomers: list[str] | None, n: int) -> Synthesis | None:
    """Return what the addition of `n` unsaturated monomers in turn is called."""
    if monomers is None or len(monomers) != n or not all(matches(monomer, _POLYMERISES) for monomer in monomers):
        return None
    made, notes = [], []
    for monomer in monomers:
        for smarts, product, note in _IN_PLACE:
            if matches(monomer, smarts):
                monomer = react(monomer, f"{smarts}>>{product}") or monomer
                notes.append(note)
        made.append(monomer)
    known = [
        next(((name, reaction) for smarts, name, reaction in _VINYL if matches(monomer, smarts)), _OLEFIN)
        for monomer in made
    ]
    name, reaction = known[0]
    if n == 1:
        if made == ["C=C"]:
            return Synthesis(name, (Route(RADICAL, ("C=C",)), Route(COORDINATION, ("C=C",))), SOURCE)
        name = "vinyl polymer" if notes else name
        return Synthesis(name, (Route(reaction, tuple(made), "; ".join(notes)),), SOURCE)
    in_turn = COORDINATION if {reaction for _, reaction in known} == {COORDINATION} else RADICAL
    return Synthesis("alternating copolymer", (Route(f"{in_turn} in turn", tuple(made), "; ".join(notes)),), SOURCE)


def _alternating(unit: Chem.Mol) -> Synthesis | None:
    """Return the route from two monomers in turn; twice the same one would be head to head.

    A fluorinated diene, both of whose double bonds enter the chain, closes a ring at each step.
    """
    for orders in ([2, 0, 2, 0], [0, 2, 0, 2]):
        diene = joined(unit, orders)
        if diene and len(diene) == 1 and matches(diene[0], "FC(F)=C(F)*~*~*C(F)=C(F)F"):
            return Synthesis("fluoropolymer", (Route("radical cyclopolymerisation", tuple(diene)),), SOURCE)
    for orders in ([2, 0, 2, 0], [0, 2, 0, 2]):
        monomers = None if _cuts_a_ring(unit, orders) else joined(unit, orders)
        if monomers and len(set(monomers)) == 2 and (route := _addition(monomers, n=2)):
            return route
    return None


def _cuts_a_ring(unit: Chem.Mol, orders: list[int]) -> bool:
    bonds = [unit.GetBondBetweenAtoms(*pair) for pair in pairwise(backbone_path(unit)[1:-1])]
    return any(bond.IsInRing() and not order for bond, order in zip(bonds, orders, strict=False))


def _diene(unit: Chem.Mol, place: int) -> Synthesis | None:
    orders = [0, 0, 0, 0]
    orders[place], orders[place - 1], orders[(place + 1) % 4] = 1, 2, 2
    monomers = joined(unit, orders)
    if not monomers or not matches(monomers[0], "[CH2]=C-C=C"):
        return None
    return Synthesis("polydiene", (Route("anionic, coordination or radical polymerisation", tuple(monomers)),), SOURCE)


def with_gas(unit: Chem.Mol) -> Synthesis | None:
    """Return the route of an alkene in turn with carbon monoxide or sulfur dioxide, None for another chain."""
    path = backbone_path(unit)[1:-1]
    if len(path) != 3 or sum(bond_orders(unit)) != 3:
        return None
    for smarts, name, gas, reaction in (
        ("[CX3;!R](=O)([#6,#0])[#6,#0]", "polyketone", CARBON_MONOXIDE, COORDINATION),
        ("[SX4;!R](=O)(=O)([#6,#0])[#6,#0]", "poly(olefin sulfone)", "O=S=O", RADICAL),
    ):
        gases = {match[0] for match in unit.GetSubstructMatches(Chem.MolFromSmarts(smarts))}
        places = [place for place, atom in enumerate(path) if atom in gases]
        if len(places) != 1:
            continue
        orders = [0, 0, 0]
        orders[(places[0] + 1) % 3] = 2
        alkenes = [text for text in joined(unit, orders) or [] if matches(text, _POLYMERISES)]
        if len(alkenes) == 1:
            return Synthesis(name, (Route(f"{reaction} in turn", (alkenes[0], gas)),), SOURCE)
    return None
