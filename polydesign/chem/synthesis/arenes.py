"""Reverse of the reactions that join arenes: aromatic ethers, ketones and sulfides, couplings, resins.

Sources: Odian, Principles of Polymerization, 4th ed. (2004), chapter 2: nucleophilic and electrophilic aromatic
substitution, oxidative coupling of phenols, sulfides, phenolic and epoxy resins; Skotheim and Reynolds, Handbook of
Conducting Polymers, 3rd ed. (2007): oxidative and metal-catalysed couplings, poly(arylene vinylene)s and -ethynylenes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rdkit import Chem

from polydesign.chem.notation.backbone import backbone_path, stars
from polydesign.chem.notation.oligomer import capped
from polydesign.chem.synthesis.retro import ENDS, Linkage, Route, Synthesis, canonical, cut, finish, matches, react

SOURCE = "Odian, Principles of Polymerization, 4th ed. (2004), chapter 2"
CONDUCTING = "Skotheim and Reynolds, Handbook of Conducting Polymers, 3rd ed. (2007)"
EPICHLOROHYDRIN, SODIUM_SULFIDE, FORMALDEHYDE = "ClCC1CO1", "[Na+].[Na+].[S-2]", "C=O"

_WITHDRAWS = "$([CX3]=O),$([SX4](=O)=O),$(C#N),$([PX4]=O)"
_ACTIVATED = f"[c;$(c1ccc([{_WITHDRAWS}])cc1),$(c1c([{_WITHDRAWS}])cccc1),$(c(c(F))c(F)):2]"
_ARYL_ETHER = Linkage("ether", f"[OX2;$(O(c)c):1]-!@{_ACTIVATED}", "oxy", ("aryl",))
_DIARYL_ETHER = Linkage("ether", "[OX2;$(O(c)c):1]-!@[c:2]", "oxy", ("aryl",))
_ARYL_KETONE = Linkage("ketone", "[CX3;!R;$(C(=O)(c)c):1]-!@[c;$(c1ccc(O)cc1):2]", "acyl", ("aryl",))
_ALKYL_ETHER = Linkage("ether", "[OX2;$(Oc):1]-!@[CX4:2]", "oxy", ("alkyl",))
_SULFIDE = Linkage("sulfide", "[SX2;$(S(c)c):1]-!@[c:2]", "thio", ("aryl",))
_BIARYL = Linkage("biaryl", "[c:1]-!@[c:2]", "aryl", ("aryl",))
_VINYLENE = Linkage("vinylene", "[CX3;H1;!R;$(Cc):1]=!@[CX3;H1;!R;$(Cc):2]", "oxo", ("oxo",))
_ETHYNYLENE = Linkage("ethynylene", "[c:1]-!@[CX2;$(C#C):2]", "aryl", ("alkyl",))
_METHYLENE = Linkage("methylene", "[CH2;$(C(c)c):1]-!@[c:2]", "alkyl", ("aryl",))
_RICH = "[$([nH]1cccc1),$(s1cccc1),$(o1cccc1),$([se]1cccc1)]"


def aromatic_ether(unit: Chem.Mol) -> Synthesis | None:
    """Return class and routes of a chain of arenes with oxygen between them, None for another."""
    pieces = cut(unit, [_ARYL_ETHER]).pieces
    acylation = _acylation(unit)
    if not pieces:
        return _oxidised_phenol(unit)
    cores = _distinct(piece for piece in pieces if piece.GetNumAtoms() > 3)
    bridges = [piece for piece in pieces if piece.GetNumAtoms() == 3]  # an oxygen between two activated arenes
    if bridges:
        monomers = [finish(cores[0], {"aryl": "O", "oxy": "H"}), _halide(cores[-1])]
    else:
        # Phenols first.
        cores.sort(key=lambda piece: "aryl" in _ends(piece))
        monomers = [_halide(core) for core in cores]
    routes = [] if None in monomers else [Route("nucleophilic aromatic substitution", tuple(filter(None, monomers)))]
    routes = [*acylation, *routes] if bridges else [*routes, *acylation]
    name = "poly(arylene ether sulfone)" if _holds(pieces, "[SX4](=O)=O") else "poly(arylene ether)"
    name = "poly(arylene ether ketone)" if _holds(pieces, "[#6][CX3](=O)[#6]") else name
    return Synthesis(name, tuple(routes), SOURCE)


def _halide(core: Chem.Mol) -> str | None:
    """Return a monomer with the halogen that is usual: fluorine at ketones, chlorine at sulfones."""
    sulfone = core.HasSubstructMatch(Chem.MolFromSmarts("[SX4](=O)=O"))
    return finish(core, {"aryl": "Cl" if sulfone else "F", "oxy": "H"})


def _acylation(unit: Chem.Mol) -> list[Route]:
    """Return the Friedel-Crafts route to an aromatic ketone from an aromatic ether and a diacid chloride."""
    pieces = _distinct(cut(unit, [_ARYL_KETONE]).pieces)
    if len(pieces) != 2:
        return []
    pieces.sort(key=lambda piece: "acyl" in _ends(piece))
    ether, acid = finish(pieces[0], {"aryl": "H"}), finish(pieces[1], {"acyl": "Cl"})
    if ether is None or acid is None or acid == canonical("O=C(Cl)Cl"):
        return []
    return [Route("Friedel-Crafts acylation", (ether, acid))]


def _oxidised_phenol(unit: Chem.Mol) -> Synthesis | None:
    """Return the coupling of a phenol, by oxidation where both places beside its oxygen are taken."""
    cores = _distinct(piece for piece in cut(unit, [_DIARYL_ETHER]).pieces if piece.GetNumAtoms() > 3)
    if len(cores) != 1 or len(backbone_path(unit)) != 7 or _ends(cores[0]) != {"aryl"}:
        return None
    phenol = _capped(unit)
    reaction = "oxidative coupling"
    if not matches(phenol, "[OX2H]c1c([#6])cccc1[#6]"):
        rule = "[OX2H:1][c:2]1[c:3][c:4][cH:5][c:6][c:7]1>>[O:1][c:2]1[c:3][c:4][c:5](Br)[c:6][c:7]1"
        phenol, reaction = react(phenol, rule) or "", "Ullmann coupling"
    return Synthesis("poly(phenylene ether)", (Route(reaction, (phenol,)),) if phenol else (), SOURCE)


def phenol_ether(unit: Chem.Mol) -> Synthesis | None:
    """Return the route from a bisphenol with epichlorohydrin or an alkylene dihalide, None for another chain."""
    pieces = _distinct(cut(unit, [_ALKYL_ETHER]).pieces)
    if len(pieces) != 2 or [_ends(piece) for piece in sorted(pieces, key=_is_alkylene)] != [{"oxy"}, {"alkyl"}]:
        return None
    bisphenol, alkylene = sorted(pieces, key=_is_alkylene)
    phenol, halide = finish(bisphenol, {"oxy": "H"}), finish(alkylene, {"alkyl": "Br"})
    if phenol is None or halide is None or not matches(phenol, "[OX2H]c"):
        return None
    if halide == "OC(CBr)CBr":
        return Synthesis("phenoxy resin", (Route("polyaddition", (phenol, EPICHLOROHYDRIN)),), SOURCE)
    return Synthesis("polyether", (Route("Williamson ether synthesis", (phenol, halide)),), SOURCE)


def _is_alkylene(piece: Chem.Mol) -> bool:
    return "alkyl" in _ends(piece)


def aromatic_sulfide(unit: Chem.Mol) -> Synthesis | None:
    """Return the route to an aromatic polysulfide from dichloroarenes, None for another chain."""
    pieces = _distinct(cut(unit, [_SULFIDE]).pieces)
    arenes = [finish(piece, {"aryl": "Cl"}) for piece in pieces if piece.GetNumAtoms() > 3]
    if len(pieces) != 2 or len(arenes) != 1 or arenes[0] is None:
        return None
    return Synthesis(
        "poly(arylene sulfide)", (Route("nucleophilic substitution", (arenes[0], SODIUM_SULFIDE)),), SOURCE
    )


def phenolic_resin(unit: Chem.Mol) -> Synthesis | None:
    """Return the route to a novolac from a phenol and formaldehyde, None for another chain."""
    pieces = _distinct(cut(unit, [_METHYLENE]).pieces)
    phenols = [finish(piece, {"aryl": "H"}) for piece in pieces if _ends(piece) == {"aryl"}]
    if len(pieces) != 2 or len(phenols) != 1 or phenols[0] is None or not matches(phenols[0], "[OX2H]c"):
        return None
    return Synthesis("phenolic resin", (Route("polycondensation", (phenols[0], FORMALDEHYDE)),), SOURCE)


def conjugated(unit: Chem.Mol) -> Synthesis | None:
    """Return the couplings that give a chain of arenes, with vinylenes, ethynylenes or NH between them."""
    return _vinylene(unit) or _ethynylene(unit) or _aniline(unit) or _biaryl(unit)


def _vinylene(unit: Chem.Mol) -> Synthesis | None:
    cores = _distinct(cut(unit, [_VINYLENE]).pieces)
    if len(cores) == 1:
        monomer = finish(cores[0], {"oxo": "-Cl"})
        routes = (Route("Gilch polymerisation", (monomer,)),) if monomer else ()
    elif len(cores) == 2:
        dialdehyde, salt = finish(cores[0], {"oxo": "O"}), finish(cores[1], {"oxo": "-Br"})
        routes = ()
        if dialdehyde and salt:
            note = "the dibromide as its bisphosphonate"
            routes = (Route("Horner-Wadsworth-Emmons olefination", (dialdehyde, salt), note),)
    else:
        return None
    return Synthesis("poly(arylene vinylene)", routes, CONDUCTING)


def _ethynylene(unit: Chem.Mol) -> Synthesis | None:
    arenes = [piece for piece in _distinct(cut(unit, [_ETHYNYLENE]).pieces) if _ends(piece) == {"aryl"}]
    if len(arenes) not in (1, 2):
        return None
    halide, alkyne = finish(arenes[0], {"aryl": "I"}), finish(arenes[-1], {"aryl": "C#C"})
    routes = (Route("Sonogashira coupling", (halide, alkyne)),) if halide and alkyne else ()
    return Synthesis("poly(arylene ethynylene)", routes, CONDUCTING)


def _aniline(unit: Chem.Mol) -> Synthesis | None:
    """Return the oxidation of an aniline: a unit of NH and a phenylene that is bonded in para."""
    amine = _capped(unit)
    path = [unit.GetAtomWithIdx(atom) for atom in backbone_path(unit)[1:-1]]
    nitrogens = [atom for atom in path if atom.GetAtomicNum() == 7 and not atom.IsInRing()]
    if len(path) != 5 or len(nitrogens) != 1 or not matches(amine, "[NX3;H1,H2]-c1cc[cH]cc1"):
        return None
    return Synthesis("polyaniline", (Route("oxidative polymerisation", (amine,)),), CONDUCTING)


def _biaryl(unit: Chem.Mol) -> Synthesis | None:
    pieces = cut(unit, [_BIARYL]).pieces
    if not pieces:
        return None
    name = "polyarylene"
    if len(pieces) == 1:
        routes = []
        if matches(_capped(unit), _RICH):
            routes.append(Route("oxidative polymerisation", (_capped(unit),)))
        if dihalide := finish(pieces[0], {"aryl": "Br"}):
            routes.append(Route("reductive coupling with nickel or magnesium", (dihalide,)))
        return Synthesis(name, tuple(routes), CONDUCTING)
    texts = [Chem.MolToSmiles(piece) for piece in pieces]
    once = [piece for piece, text in zip(pieces, texts, strict=True) if texts.count(text) == 1]
    if not once:
        return Synthesis(name, (), CONDUCTING)
    largest = max(once, key=lambda piece: piece.GetNumBonds() - piece.GetNumAtoms())  # with the most rings
    two = _distinct(cut(unit, [_BIARYL], beside=largest).pieces)
    routes = []
    if len(two) == 2:
        two.sort(key=lambda piece: Chem.MolToSmiles(piece) != Chem.MolToSmiles(largest))
        first, second = finish(two[0], {"aryl": "B(O)O"}), finish(two[1], {"aryl": "Br"})
        note = "boron and bromine may change places; stannanes serve too"
        routes = [Route("Suzuki coupling", (first, second), note)] if first and second else []
    return Synthesis(name, tuple(routes), CONDUCTING)


def _holds(pieces: Sequence[Chem.Mol], smarts: str) -> bool:
    return any(piece.HasSubstructMatch(Chem.MolFromSmarts(smarts)) for piece in pieces)


def _capped(unit: Chem.Mol) -> str:
    """Return the unit with hydrogen at both ends."""
    return canonical(Chem.MolToSmiles(capped(unit))) or ""


def _ends(piece: Chem.Mol) -> set[str]:
    return {ENDS[star.GetIsotope() - 1] for star in stars(piece)}


def _distinct(pieces: Iterable[Chem.Mol]) -> list[Chem.Mol]:
    return list({Chem.MolToSmiles(piece): piece for piece in pieces}.values())
