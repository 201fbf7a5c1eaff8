"""Set a repeat unit in square brackets, as chemists write a polymer: the bonds to the next units pass through them."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Geometry import Point3D

from polydesign.chem.notation.backbone import stars

_REACH = 0.75  # of a bracket to either side of its bond, in Å; a bond of a drawing is 1.5 Å long
_UPRIGHT = 0.64  # cosine of 50°: a bond steeper than this gets a bracket across it rather than an upright one


def bracketed(mol: Chem.Mol) -> bool:
    """Add brackets with an n to a 2D drawing of a repeat unit, in place; return whether there are any.

    Brackets are those of RDKit's structural repeating unit. They stand across the line between the two
    attachment points, or across a bond that is too steep for that. A structure without two attachment points
    that each have one bond gets none.
    """
    ends = stars(mol)
    if len(ends) != 2 or any(end.GetDegree() != 1 for end in ends):
        return False
    where = mol.GetConformer().GetAtomPosition
    along = _direction(where(ends[0].GetIdx()), where(ends[1].GetIdx()))
    unit = Chem.CreateMolSubstanceGroup(mol, "SRU")
    unit.SetProp("LABEL", "n")
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum():
            unit.AddAtomWithIdx(atom.GetIdx())
    for end in ends:
        bond = end.GetBonds()[0]
        unit.AddBondWithIdx(bond.GetIdx())
        here, inside = where(end.GetIdx()), where(bond.GetOtherAtomIdx(end.GetIdx()))
        course = _direction(here, inside)
        if abs(course.x * along.x + course.y * along.y) > _UPRIGHT:
            course = along
        middle = Point3D((here.x + inside.x) / 2, (here.y + inside.y) / 2, 0)
        aside = Point3D(-course.y * _REACH, course.x * _REACH, 0)
        unit.AddBracket([middle + aside, middle - aside, Point3D(0, 0, 0)])
    return True


def _direction(start: Point3D, end: Point3D) -> Point3D:
    step = Point3D(end.x - start.x, end.y - start.y, 0)
    length = step.Length()
    return step / length if length else Point3D(1, 0, 0)
