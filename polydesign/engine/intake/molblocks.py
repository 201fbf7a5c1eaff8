"""Read repeat units from mol blocks: attachment points may be ``*``, ``R#``, ``A`` or marked by ``M  APO``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from polydesign.engine.intake.lines import EMPTY, LINE_TOO_LONG, MAX_POLYMERS, Entry, Line, clipped

if TYPE_CHECKING:
    from rdkit import Chem

MAX_BLOCK = 500_000  # characters of one record
_END = "$$$$"


def records(text: Iterable[Line]) -> Iterator[Entry]:
    """Return an entry for each record; `Entry.row` counts records and the label is the title line."""
    block: list[str] = []
    size = row = 0
    too_long = False
    for line in text:
        if line.text.startswith(_END):
            row += 1
            yield _entry(row, block, size, too_long)
            block, size, too_long = [], 0, False
            continue
        size += len(line.text) + 1
        too_long |= line.too_long
        if size <= MAX_BLOCK:
            block.append(line.text)
    if any(line.strip() for line in block) or size > MAX_BLOCK:
        yield _entry(row + 1, block, size, too_long)


def _entry(row: int, block: list[str], size: int, too_long: bool) -> Entry:
    label = clipped(block[0].strip()) if block else ""
    if too_long:
        return Entry(row, "", label, problem=LINE_TOO_LONG)
    if size > MAX_BLOCK:
        return Entry(row, "", label, problem=f"the record has {size:,} characters; the limit is {MAX_BLOCK:,}.")
    if not any(line.strip() for line in block):
        return Entry(row, "", label, problem=EMPTY)
    if row > MAX_POLYMERS:
        return Entry(row, "", label)  # only counted
    text, problem = _psmiles("\n".join(block) + "\n")
    return Entry(row, text, label, problem=problem)


def _psmiles(block: str) -> tuple[str, str]:
    """Return the SMILES of a mol block, or why there is none; whether it is a repeat unit is judged later."""
    from rdkit import Chem, rdBase

    from polydesign.chem.notation.psmiles import validate

    with rdBase.BlockLogs():
        try:
            mol = Chem.MolFromMolBlock(block, sanitize=False, removeHs=False)
            if mol is None:
                return "", "this is no mol block that RDKit can read."
            if not mol.GetNumAtoms():
                return "", "the mol block has no atoms."
            text = _written(mol)
            # Double bonds get their geometry from coordinates when a structure is sanitised, which only
            # those of bounded size may be.
            if "=" in text and validate(text).valid:
                text = _written(Chem.MolFromMolBlock(block, removeHs=False))
        except (RuntimeError, ValueError) as error:
            return "", f"RDKit cannot write this mol block as SMILES: {str(error).strip().splitlines()[0][:100]}."
    return text, ""


def _written(mol: Chem.Mol) -> str:
    """Return the SMILES without explicit hydrogens, every attachment point a plain star."""
    from rdkit import Chem

    mol = Chem.RWMol(mol)
    Chem.ExpandAttachmentPoints(mol)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            mol.ReplaceAtom(atom.GetIdx(), Chem.Atom(0))  # no query, no label
    mol.UpdatePropertyCache(strict=False)
    return Chem.MolToSmiles(Chem.RemoveHs(mol, sanitize=False))
