"""Draw a repeat unit as SVG, for light and dark pages."""

from __future__ import annotations

import math
from collections.abc import Mapping
from html import escape
from itertools import pairwise
from typing import Any

from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Geometry import Point2D

from polydesign.chem.notation import psmiles as notation
from polydesign.chem.notation.backbone import backbone_path, stars
from polydesign.core.errors import ChemistryError
from polydesign.viz.brackets import bracketed
from polydesign.viz.palette import ELEMENTS, INK, PAPER, Theme

_MAX_SIDE = 4000
_ZIGZAG = 14  # atoms of a backbone, the two attachment points included


def svg(
    psmiles: str,
    width: int = 240,
    height: int = 180,
    theme: Theme = "light",
    halos: Mapping[int, str] | None = None,
    *,
    brackets: bool = False,
    monochrome: bool = False,
    numbers: bool = False,
    paper: bool = False,
) -> str:
    """Return a self-contained SVG of `psmiles`, `width` by `height` pixels, without a background unless `paper` is set.

    The chain lies from left to right and a wavy line crosses each bond that leads on to the next unit; with
    `brackets` the unit stands between square brackets with an n instead. `monochrome` draws all elements in
    one colour, `numbers` writes each atom's place in the text beside it. Star-free molecules are drawn too. The
    text alternative is the canonical p-SMILES. `halos` are colours ("#rrggbb") behind atoms, by their place in
    the text; bonds between two atoms of one colour bear it too.
    Raises `ChemistryError` for a structure that does not parse, another theme, an impossible size or a halo
    for an atom that is not there.
    """
    if theme not in INK:
        raise ChemistryError(f"The theme of a drawing is 'light' or 'dark'; got {theme!r}.")
    if not (1 <= width <= _MAX_SIDE and 1 <= height <= _MAX_SIDE):
        raise ChemistryError(f"A drawing is 1 to {_MAX_SIDE} pixels wide and high; got {width} x {height}.")
    mol = notation.parse(psmiles)
    name = escape(Chem.MolToSmiles(mol), quote=True)
    _lay_out(mol)
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    options: Any = drawer.drawOptions()  # RDKit's stub gives its fields other types than they have
    _style(options, theme, _tilt(mol), monochrome)
    if brackets and bracketed(mol):
        options.dummiesAreAttachments = False
        for star in stars(mol):
            star.SetProp("_displayLabel", "")
    options.addAtomIndices = numbers
    if paper:
        options.clearBackground = True
        options.setBackgroundColour(_rgb(PAPER[theme]))
    drawer.DrawMolecule(rdMolDraw2D.PrepareMolForDrawing(mol), **_highlights(mol, halos or {}))
    drawer.FinishDrawing()
    drawing = drawer.GetDrawingText().replace("#000000", INK[theme])  # brackets and numbers know no palette
    start, end = drawing.index("<svg"), drawing.index(">", drawing.index("<svg"))
    return f'{drawing[start:end]} role="img" aria-label="{name}"><title>{name}</title>{drawing[end + 1 :].strip()}'


def _lay_out(mol: Chem.Mol) -> None:
    """Give every atom a place; a short backbone without rings becomes a zigzag, which RDKit alone may fold."""
    ends = stars(mol)
    path = backbone_path(mol) if len(ends) == 2 and all(end.GetDegree() == 1 for end in ends) else ()
    bonds = [mol.GetBondBetweenAtoms(first, second) for first, second in pairwise(path)]
    loose = all(bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing() for bond in bonds)
    placed = {}
    if 4 <= len(path) <= _ZIGZAG and loose and not any(mol.GetAtomWithIdx(atom).IsInRing() for atom in path):
        placed = {atom: Point2D(1.3 * place, 0.75 * (place % 2)) for place, atom in enumerate(path)}
    rdDepictor.Compute2DCoords(mol, coordMap=placed)


def _style(options: Any, theme: Theme, tilt: float, monochrome: bool) -> None:
    ink = _rgb(INK[theme])
    palette = {} if monochrome else {element: _rgb(colour) for element, colour in ELEMENTS[theme].items()}
    options.setAtomPalette({-1: ink, 0: ink, 1: ink, 6: ink, **palette})
    options.setLegendColour(ink)
    options.setSymbolColour(ink)
    options.setAnnotationColour(ink)
    options.clearBackground = False
    options.dummiesAreAttachments = True
    options.rotate = tilt
    options.bondLineWidth = 2
    options.maxFontSize = 18
    options.fixedBondLength = 36
    options.padding = 0.05
    options.annotationFontScale = 0.75
    options.highlightRadius = 0.36
    options.highlightBondWidthMultiplier = 14


def _highlights(mol: Chem.Mol, halos: Mapping[int, str]) -> dict[str, Any]:
    if unknown := [atom for atom in halos if not 0 <= atom < mol.GetNumAtoms()]:
        raise ChemistryError(f"There is no atom {unknown[0]} to colour; the structure has {mol.GetNumAtoms()} atoms.")
    ends = (
        (bond.GetIdx(), halos.get(bond.GetBeginAtomIdx()), halos.get(bond.GetEndAtomIdx())) for bond in mol.GetBonds()
    )
    bonds = {bond: _rgb(first) for bond, first, second in ends if first and first == second}
    atoms = {atom: _rgb(colour) for atom, colour in halos.items()}
    return {
        "highlightAtoms": list(atoms),
        "highlightAtomColors": atoms,
        "highlightBonds": list(bonds),
        "highlightBondColors": bonds,
    }


def _rgb(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _tilt(mol: Chem.Mol) -> float:
    """Return by how many degrees the drawing must turn for the two stars to lie level, 0 without two stars."""
    ends = stars(mol)
    if len(ends) != 2:
        return 0.0
    conformer = mol.GetConformer()
    span = conformer.GetAtomPosition(ends[1].GetIdx()) - conformer.GetAtomPosition(ends[0].GetIdx())
    return math.degrees(math.atan2(span.y, span.x))
