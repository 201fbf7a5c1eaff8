"""Find out what each row that was typed or uploaded asks for: a repeat unit, or a common polymer by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from polydesign.chem.common import CommonPolymer, find, suggest
from polydesign.engine.intake.lines import Entry

_SUGGESTIONS = 50  # unknown names that are compared with all others; the comparison takes milliseconds
_NAME = 120  # characters of the longest name


@dataclass(frozen=True, slots=True)
class Asked:
    """What a row asks for.

    Attributes:
        psmiles: the repeat unit to predict, valid or not; None when there is none.
        polymer: the common polymer that was asked for by name.
        reason: why there is nothing to predict.
    """

    psmiles: str | None
    polymer: CommonPolymer | None = None
    reason: str = ""


def resolve(entries: Iterable[Entry]) -> list[Asked]:
    """Return what each row asks for; whether a repeat unit is valid is left to the prediction."""
    answers = []
    n_unknown = 0
    for entry in entries:
        if entry.problem:
            answers.append(Asked(None, reason=entry.problem))
        elif "*" in entry.text or len(entry.text) > _NAME:
            answers.append(Asked(entry.text))
        elif common := find(entry.text):
            answers.append(Asked(common.psmiles, common))
        else:
            n_unknown += 1
            near = suggest(entry.text) if n_unknown <= _SUGGESTIONS else []
            answers.append(Asked(None, reason=entry.doubt or _unknown(entry.text, near)))
    return answers


def _unknown(text: str, near: list[str]) -> str:
    from polydesign.chem.notation.psmiles import validate
    from polydesign.chem.notation.smiles_text import printable

    verdict = validate(text)
    if verdict.code == "no_stars":
        return verdict.reason
    hint = f"did you mean {' or '.join(near)}?" if near else "write its repeat unit with two *."
    return f"no common polymer is called '{printable(text, 40)}': {hint}"
