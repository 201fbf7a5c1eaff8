"""Reverse of the polycondensations and polyadditions: cut the linkages, give each residue its functional groups back.

Source: Odian, Principles of Polymerization, 4th ed. (2004): chapter 2 for esters, amides, imides, carbonates,
urethanes, ureas, anhydrides, azomethines, benzazoles, oxadiazoles and siloxanes, chapter 7 for the lactones, lactams,
N-carboxyanhydrides, cyclic carbonates and cyclosiloxanes that give the same chains, chapter 5 for the copolymers of
epoxides with carbon dioxide.
"""

from __future__ import annotations

from rdkit import Chem

from polydesign.chem.notation.backbone import backbone_path, stars
from polydesign.chem.synthesis.retro import (
    ENDS,
    Linkage,
    Route,
    Synthesis,
    canonical,
    cut,
    finish,
    matches,
    n_backbone,
    react,
    ring,
)  # fmt: skip

SOURCE = "Odian, Principles of Polymerization, 4th ed. (2004), chapters 2 and 7"
LINKAGES = (
    Linkage("imide", "[#7;R;$([#7](~[#6;R](=O)~[#6])~[#6;R](=O)~[#6]):1]-!@[#6:2]", "imide", ("imido",)),
    Linkage("carbonate", "[CX3;!R;$(C(=O)(O)O):1]-!@[OX2:2]", "carbonyl", ("oxy",)),
    Linkage("urethane", "[CX3;!R;$(C(=O)(O)[NX3]):1]-!@[OX2:2]", "carbonyl", ("oxy",)),
    Linkage("urethane", "[CX3;!R;$(C(=O)(O)[NX3]):1]-!@[NX3:2]", "carbonyl", ("carbamoyl",)),
    Linkage("urea", "[CX3;!R;$(C(=O)([NX3])[NX3]):1]-!@[NX3:2]", "carbonyl", ("carbamoyl",)),
    Linkage("amide", "[CX3;$(C(=O)[#6]):1]-!@[NX3;!$(N(C=O)C=O):2]", "acyl", ("amino",)),
    Linkage("ester", "[CX3;$(C(=O)[#6]):1]-!@[OX2;$(O([#6])[#6]);!$(O(C=O)C=O):2]", "acyl", ("oxy",)),
    Linkage("anhydride", "[CX3;$(C(=O)[#6]):1]-!@[OX2;$(O(C=O)C=O):2]", "acyl", ("oxy",)),
    Linkage("azomethine", "[CX3;!R;$(C[#6]):1]=!@[NX2;!R:2]", "oxo", ("amino",)),
    Linkage("siloxane", "[SiX4:1]-!@[OX2:2]", "silyl", ("oxy",)),
    Linkage("benzimidazole", "[c;$(c-!@[#6]):1]1:[n:2]:c:c:[nH:3]:1", "acyl", ("amino", "amino")),
    Linkage("benzoxazole", "[c;$(c-!@[#6]):1]1:[n:2]:c:c:[o:3]:1", "acyl", ("amino", "oxy")),
    Linkage("benzothiazole", "[c;$(c-!@[#6]):1]1:[n:2]:c:c:[s:3]:1", "acyl", ("amino", "thio")),
    Linkage("oxadiazole", "[c:1]1:[n:2]:n:c:[o:3]:1", "acyl", ("amino", "oxy")),
)
PHOSGENE, CARBON_DIOXIDE, WATER = "O=C(Cl)Cl", "O=C=O", "O"
_CAPS = {
    "acyl": "O", "oxy": "H", "thio": "H", "amino": "H", "imide": "ring O", "imido": "N", "carbamoyl": "=C=O",
    "silyl": "Cl", "oxo": "O",
}  # fmt: skip
_GIVES_HYDROGEN = {"oxy", "thio", "amino", "imido"}
_NOTES = {
    "ester": "the acid also as its methyl ester or chloride",
    "imide": "by way of the poly(amic acid)",
    "carbonate": "or with diphenyl carbonate",
    "oxadiazole": "by way of the polyhydrazide",
}
_LACTONES, _LACTAMS = range(4, 18), range(4, 15)  # sizes of rings that are known to open to chains


def condensation(unit: Chem.Mol) -> Synthesis | None:
    """Return class and routes of a chain whose residues are joined by `LINKAGES`, None for another."""
    residues = cut(unit, LINKAGES)
    if not residues.pieces:
        return None
    return Synthesis(
        _name(residues.kinds), (*_by_ring(unit, residues.kinds), *_by_steps(residues.kinds, residues.pieces)), SOURCE
    )


def _name(kinds: frozenset[str]) -> str:
    names = sorted(kinds)
    return f"poly{names[0]}" if len(names) == 1 else f"poly({'-'.join(names)})"


def _by_steps(kinds: frozenset[str], pieces: tuple[Chem.Mol, ...]) -> list[Route]:
    """Return the route from one monomer for each residue, in the order: with active hydrogen, the others."""
    first: list[str | None] = []
    second: list[str | None] = []
    amines = [piece for piece in pieces if "carbamoyl" in _ends(piece)]
    for piece in pieces:
        ends = _ends(piece)
        if ends == {"carbonyl"}:
            second += [PHOSGENE] if "carbonate" in kinds else []
        elif piece.GetNumAtoms() == len(stars(piece)) + 1 and ends == {"oxy"}:
            second += [WATER] if "siloxane" in kinds else []  # of an anhydride or oxadiazole it is what splits off
        elif "carbamoyl" in ends and ends != {"carbamoyl"}:
            return []  # an alcohol and an isocyanate in one molecule
        elif ends <= _GIVES_HYDROGEN:
            first.append(finish(piece, _CAPS))
        elif piece not in amines:
            second.append(finish(piece, _CAPS))
    if amines:
        diamines, diisocyanates = _shared(amines, urea="urea" in kinds)
        first += [finish(piece, _CAPS | {"carbamoyl": "H"}) for piece in diamines]
        second += [finish(piece, _CAPS) for piece in diisocyanates]
    monomers = [monomer for monomer in dict.fromkeys(first + second) if monomer]
    if None in first + second or not monomers:
        return []
    reaction = "polyaddition" if kinds <= {"urethane", "urea"} else "polycondensation"
    notes = [_NOTES[kind] for kind in sorted(kinds) if kind in _NOTES]
    if "amide" in kinds and all(matches(monomer, "[$(c[NX3]),$(c[CX3](=O)[OX2H])]") for monomer in monomers):
        notes.append("the acid as its chloride")
    if len(monomers) > 2 and "siloxane" not in kinds:
        notes.append("more than two monomers: the order along the chain needs several steps")
    return [Route(reaction, tuple(monomers), "; ".join(notes))]


def _shared(pieces: list[Chem.Mol], *, urea: bool) -> tuple[list[Chem.Mol], list[Chem.Mol]]:
    """Share residues between nitrogens out: diamines, diisocyanates. In a urea either may be either."""
    if not urea:
        return [], pieces
    distinct = list({Chem.MolToSmiles(piece): piece for piece in pieces}.values())
    if len(distinct) == 1:
        return distinct, distinct
    # Aromatic diisocyanates are the common ones.
    distinct.sort(key=lambda piece: "c" in (finish(piece, _CAPS) or ""))
    return distinct[:1], distinct[1:]


def _ends(piece: Chem.Mol) -> set[str]:
    return {ENDS[star.GetIsotope() - 1] for star in stars(piece)}


def _by_ring(unit: Chem.Mol, kinds: frozenset[str]) -> list[Route]:
    """Return the routes from rings, and from epoxides with carbon dioxide, that give the same chain."""
    path, length = backbone_path(unit), n_backbone(unit)
    chain_alone = not any(unit.GetAtomWithIdx(atom).IsInRing() for atom in path)
    routes: list[Route | None] = []
    if kinds == {"siloxane"} and length == 2:
        routes.append(_opening("of the cyclotetrasiloxane", ring(unit, 4)))
    elif kinds == {"carbonate"} and length == 5:
        epoxide = react(canonical(ring(unit)) or "", "[O:1]1[C:2][C:3]OC1=O>>[O:1]1[C:2][C:3]1")
        if epoxide:
            routes.append(Route("copolymerisation of an epoxide with carbon dioxide", (epoxide, CARBON_DIOXIDE)))
    elif kinds == {"carbonate"} and length in (6, 7) and chain_alone:
        routes.append(_opening("of the cyclic carbonate", ring(unit)))
    elif kinds == {"ester"} and chain_alone and _alternates_once(unit):
        if length == 3:
            routes.append(_opening("of the cyclic diester of the α-hydroxy acid", ring(unit, 2)))
        elif length in _LACTONES:
            reluctant = "a five-membered lactone polymerises with reluctance" if length == 5 else ""
            routes.append(_opening("of the lactone", ring(unit), reluctant))
    elif kinds == {"amide"} and chain_alone and _alternates_once(unit):
        if length == 3:
            routes.append(_carboxyanhydride(unit))
        elif length in _LACTAMS:
            routes.append(_opening("of the lactam", ring(unit)))
    return [route for route in routes if route]


def _alternates_once(unit: Chem.Mol) -> bool:
    return len(cut(unit, LINKAGES).pieces) == 1


def _opening(what: str, monomer: str | None, note: str = "") -> Route | None:
    return Route(f"ring-opening polymerisation {what}", (monomer,), note) if monomer else None


def _carboxyanhydride(unit: Chem.Mol) -> Route | None:
    (piece,) = cut(unit, LINKAGES).pieces
    acid = finish(piece, _CAPS)
    rule = "[N;!H0:1][C:2][C:3](=[O:4])[OX2H:5]>>[N:1]1[C:2][C:3](=[O:4])[O:5]C1=O"
    return _opening("of the N-carboxyanhydride", react(acid, rule) if acid else None)
