"""Read p-SMILES: a SMILES of one repeat unit whose two ends are marked with ``*``.

One function gives the verdict and the reason. *Parses* means that RDKit reads and sanitises the text;
*valid* means that it is one linear repeat unit besides (see `validate`). Size is bounded before RDKit
perceives rings and aromaticity, so that no text can hold the program up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rdkit import Chem, rdBase

from polydesign.chem.notation.backbone import stars
from polydesign.chem.notation.smiles_text import Rejected, checked_text, printable, syntax_hint
from polydesign.core.errors import ChemistryError

MAX_HEAVY_ATOMS = 400
MAX_RINGS = 80
MAX_RINGS_ALONG_RING = 12
_MACROCYCLE = 12  # members

_NO_STRUCTURE = "RDKit cannot make a structure of it; check valences, charges and aromatic atoms."
_STAR_BONDS = (Chem.BondType.SINGLE, Chem.BondType.DOUBLE, Chem.BondType.TRIPLE)


@dataclass(frozen=True)
class Verdict:
    """Whether a text is acceptable, why not, and its canonical form.

    Attributes:
        valid: True when every rule is met.
        code: "ok" or a short name of the first rule that is broken, stable for counting.
        reason: a sentence for a chemist: what is wrong and what to do; "" when valid.
        psmiles: canonical SMILES with plain ``*``; None when not valid.
    """

    valid: bool
    code: str
    reason: str
    psmiles: str | None


def validate(text: str) -> Verdict:
    """Judge whether `text` is one linear repeat unit; never raises.

    Valid is a text that RDKit reads and sanitises, of one fragment, with exactly two ``*``, each with
    one bond, no charge and no hydrogen, not bonded to each other, joined by bonds of equal order
    (single, double or triple), of at most 2,000 characters, 400 heavy atoms and 80 rings. Both stars
    may sit on one atom. Stars in brackets, with isotopes (``[1*]``) or atom maps (``[*:1]``) are
    accepted and written back as ``*``; blanks around the text are ignored.
    """
    return _judge(text, _require_repeat_unit)


def validate_molecule(text: str) -> Verdict:
    """Judge whether `text` is one star-free molecule, for the small-molecule tasks; never raises.

    The limits on size and the single fragment are those of `validate`.
    """
    return _judge(text, _require_molecule)


def parses(text: str) -> bool:
    """Tell whether RDKit reads and sanitises `text`, whatever its stars (within the limits on size)."""
    try:
        _parse(text)
    except Rejected:
        return False
    return True


def read(text: str) -> Chem.Mol:
    """Return the molecule of a valid repeat unit, its two stars plain; raise `ChemistryError` with the reason."""
    return _read(text, _require_repeat_unit)


def read_molecule(text: str) -> Chem.Mol:
    """Return a valid star-free molecule; raise `ChemistryError` with the reason."""
    return _read(text, _require_molecule)


def parse(text: str) -> Chem.Mol:
    """Return whatever molecule `text` describes, any number of stars; raise `ChemistryError` with the reason."""
    return _read(text, _accept)


def canonical(text_or_mol: str | Chem.Mol) -> str:
    """Write the canonical SMILES with plain stars and without atom maps; isotopes of other atoms stay.

    Raises `ChemistryError` when a text does not parse. Canonical here means of the string's own cut;
    the name of the polymer is `identity.chain_key`.
    """
    if isinstance(text_or_mol, str):
        return Chem.MolToSmiles(parse(text_or_mol))
    mol = Chem.Mol(text_or_mol)
    _clear_labels(mol)
    return Chem.MolToSmiles(mol)


def _judge(text: object, rule: Callable[[Chem.Mol], None]) -> Verdict:
    try:
        mol = _parse(text)
        rule(mol)
        written = Chem.MolToSmiles(mol)
        if mol.GetNumBonds() - mol.GetNumAtoms() + 1 > MAX_RINGS_ALONG_RING:
            _parse(written)  # which of its many rings RDKit finds depends on the order of the atoms
        return Verdict(True, "ok", "", written)
    except Rejected as rejected:
        return Verdict(False, rejected.code, rejected.reason, None)


def _read(text: str, rule: Callable[[Chem.Mol], None]) -> Chem.Mol:
    try:
        mol = _parse(text)
        rule(mol)
        return mol
    except Rejected as rejected:
        raise ChemistryError(f"'{printable(text)}': {rejected.reason}") from None


def _parse(text: object) -> Chem.Mol:
    """Return the sanitised molecule of `text` with plain stars; raise `Rejected`."""
    text = checked_text(text)
    try:
        return _read_by_rdkit(text)
    except (RuntimeError, ValueError):  # RDKit's own checks, met by structures far from chemistry
        raise Rejected("does_not_parse", _NO_STRUCTURE) from None


def _read_by_rdkit(text: str) -> Chem.Mol:
    with rdBase.BlockLogs():
        # Texts with fewer characters and digits have no room for what exceeds a limit.
        if len(text) > 2 * MAX_RINGS or sum(map(str.isdigit, text)) > 2 * MAX_RINGS_ALONG_RING:
            _check_size(_unsanitised(text))
        mol = Chem.MolFromSmiles(text)
        if mol is None:
            raise Rejected(*_sanitisation_problem(_unsanitised(text)))
        if "[" in text:
            # RDKit saves an atom with too many bonds to a metal by calling one of them dative.
            if any(bond.GetBondType() == Chem.BondType.DATIVE for bond in mol.GetBonds()):
                raise Rejected("bad_valence", "an atom beside a metal has more bonds than it can have; take one away.")
            _clear_labels(mol)
    return mol


def _unsanitised(text: str) -> Chem.Mol:
    mol = Chem.MolFromSmiles(text, sanitize=False)
    if mol is None:
        raise Rejected("does_not_parse", "this is not a SMILES: " + syntax_hint(text))
    return mol


def _check_size(mol: Chem.Mol) -> None:
    n_atoms = mol.GetNumHeavyAtoms()
    if n_atoms > MAX_HEAVY_ATOMS:
        raise Rejected(
            "too_large",
            f"{n_atoms} heavy atoms are more than the limit of {MAX_HEAVY_ATOMS}; write the shortest repeat unit.",
        )
    n_rings = mol.GetNumBonds() - mol.GetNumAtoms() + 1
    if n_rings > MAX_RINGS:
        raise Rejected("too_many_rings", f"{n_rings} rings are more than the limit of {MAX_RINGS}.")
    if n_rings > MAX_RINGS_ALONG_RING:
        _check_macrocycles(mol)


def _check_macrocycles(mol: Chem.Mol) -> None:
    """Refuse large rings that run through many small ones.

    Each small ring can be passed on two sides, so that RDKit would look at two to the power of their
    number of equally large rings when it perceives aromaticity.
    """
    Chem.GetSSSR(mol)
    rings = [set(ring) for ring in mol.GetRingInfo().BondRings()]
    for large in (ring for ring in rings if len(ring) >= _MACROCYCLE):
        n_along = sum(len(ring) < len(large) and not ring.isdisjoint(large) for ring in rings)
        if n_along > MAX_RINGS_ALONG_RING:
            raise Rejected(
                "too_many_rings",
                f"a ring of {len(large)} members runs through {n_along} smaller rings, which takes too long to "
                f"analyse (limit {MAX_RINGS_ALONG_RING}).",
            )


def _sanitisation_problem(mol: Chem.Mol) -> tuple[str, str]:
    """Return code and reason why a readable SMILES is no possible structure."""
    for problem in Chem.DetectChemistryProblems(mol):
        if problem.GetType() == "AtomValenceException":
            atom = mol.GetAtomWithIdx(problem.GetAtomIdx())
            return "bad_valence", (
                f"atom {atom.GetIdx() + 1} ({atom.GetSymbol()}) has more bonds than it can have; "
                "remove a bond or add a charge."
            )
        if problem.GetType() in ("KekulizeException", "AtomKekulizeException"):
            return "not_aromatic", (
                "the lower-case (aromatic) atoms cannot be given alternating double bonds; "
                "write the hydrogen of pyrrole-like nitrogen as [nH], or use Kekulé notation."
            )
    return "does_not_parse", _NO_STRUCTURE


def _clear_labels(mol: Chem.Mol) -> None:
    """Make stars plain and drop atom maps, in place; stereo that hung on a label is dropped with it."""
    labelled = False
    for atom in mol.GetAtoms():
        if atom.GetAtomMapNum():
            atom.SetAtomMapNum(0)
            labelled = True
        if atom.GetAtomicNum() == 0 and atom.GetIsotope():
            atom.SetIsotope(0)
            labelled = True
    if labelled:
        Chem.AssignStereochemistry(mol, cleanIt=True, force=True)


def _accept(mol: Chem.Mol) -> None:
    """Accept any molecule."""


def _require_one_fragment(mol: Chem.Mol) -> None:
    n_fragments = len(Chem.GetMolFrags(mol))
    if n_fragments > 1:
        raise Rejected(
            "several_fragments",
            f"{n_fragments} separate fragments (a '.' in the text): give one connected repeat unit, "
            "without counter-ions or solvent.",
        )


def _require_molecule(mol: Chem.Mol) -> None:
    _require_one_fragment(mol)
    n_stars = len(stars(mol))
    if n_stars:
        raise Rejected("has_stars", f"{n_stars} attachment points (*) in what should be a complete molecule.")


def _require_repeat_unit(mol: Chem.Mol) -> None:
    _require_one_fragment(mol)
    ends = stars(mol)
    if len(ends) != 2:
        raise Rejected(*_star_count_problem(len(ends)))
    for star in ends:
        if star.GetFormalCharge():
            raise Rejected("star_charged", "an attachment point carries a charge: write it as a plain *.")
        if star.GetDegree() != 1 or star.GetTotalNumHs():
            raise Rejected(
                "star_valence",
                f"an attachment point has {star.GetDegree() + star.GetTotalNumHs()} bonds: each * ends the unit "
                "and has exactly one.",
            )
    first, second = (star.GetBonds()[0] for star in ends)
    if first.GetIdx() == second.GetIdx():
        raise Rejected("stars_bonded", "the two attachment points are bonded to each other: put the unit between.")
    if first.GetBondType() != second.GetBondType():
        raise Rejected(
            "unequal_star_bonds",
            "the two attachment points have bonds of different order, so that units cannot be joined: "
            "cut the chain at one bond, e.g. *C=C* or *=CC=*.",
        )
    if first.GetBondType() not in _STAR_BONDS:
        raise Rejected("star_bond_type", "attachment points need single, double or triple bonds.")


def _star_count_problem(n_stars: int) -> tuple[str, str]:
    if n_stars == 0:
        return "no_stars", "no attachment points: mark the two ends of the repeat unit with *."
    if n_stars == 1:
        return "one_star", "one attachment point makes an end group: mark the second end of the repeat unit with *."
    if n_stars == 4:
        return "too_many_stars", (
            "four attachment points describe a ladder polymer, which is not supported: "
            "give a unit joined by one bond at either end."
        )
    return "too_many_stars", (
        f"{n_stars} attachment points describe a branched or crosslinked polymer: "
        "mark only the two ends of a linear repeat unit with *."
    )
