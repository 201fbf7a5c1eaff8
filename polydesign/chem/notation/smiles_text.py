"""Judge the text of a SMILES: before RDKit sees it, and where RDKit found no structure in it."""

from __future__ import annotations

import re

MAX_CHARACTERS = 2000

# Everything that occurs in the SMILES of a structure. Left out are the signs of reactions and dative
# arrows (< >), which a repeat unit does not need, and of search patterns (~ ! & , ;).
_SMILES_TEXT = re.compile(r"[A-Za-z0-9@+\-\[\]()=#$:/\\.%*]+")


class Rejected(Exception):
    """Carry the code and the reason of a broken rule from where it is found to the verdict."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


def printable(text: object, limit: int = 80) -> str:
    """Return at most `limit` characters of `text` without control characters, fit for a message."""
    shown = text if isinstance(text, str) else repr(text)
    cut = "…" if len(shown) > limit else ""
    return "".join(c if c.isprintable() else "\ufffd" for c in shown[:limit]) + cut


def checked_text(text: object) -> str:
    """Return `text` without blanks around it, when it is short and of SMILES characters; raise `Rejected` otherwise."""
    if not isinstance(text, str):
        raise Rejected("not_text", f"a repeat unit is written as text; got {type(text).__name__}.")
    if len(text) > MAX_CHARACTERS:
        raise Rejected(
            "too_long",
            f"{len(text):,} characters are more than a repeat unit needs (limit {MAX_CHARACTERS:,}); "
            "write one repeat unit, not a whole chain.",
        )
    text = text.strip()
    if not text:
        raise Rejected("empty", "nothing was given: write a repeat unit such as *CC(*)c1ccccc1.")
    if any(c.isspace() for c in text):
        raise Rejected(
            "whitespace", "there is a blank or line break inside: give the SMILES alone, without a name or extension."
        )
    if not _SMILES_TEXT.fullmatch(text):
        bad = next(c for c in text if not _SMILES_TEXT.fullmatch(c))
        shown = f"'{bad}'" if bad.isprintable() else "an invisible character"
        hint = (
            "BigSMILES and reactions are not read; mark the two ends of one repeat unit with *."
            if bad in "{}<>"
            else "remove it or write the structure as a SMILES."
        )
        raise Rejected("bad_character", f"{shown} (U+{ord(bad):04X}) does not belong in a SMILES: {hint}")
    return text


def syntax_hint(text: str) -> str:
    """Say what is probably wrong in a text that is no SMILES."""
    for opening, closing, name in (("(", ")", "round"), ("[", "]", "square")):
        if text.count(opening) != text.count(closing):
            return f"{text.count(opening)} opening and {text.count(closing)} closing {name} brackets; balance them."
    digits = re.sub(r"\[[^\]]*\]", "", text)
    labels = re.findall(r"%\d\d|\d", digits)
    unclosed = sorted({label for label in labels if labels.count(label) % 2})
    if unclosed:
        return f"ring label {', '.join(unclosed)} is opened but not closed; write it at both atoms of the ring bond."
    return "check element symbols, bonds and brackets (elements other than B C N O P S F Cl Br I stand in brackets)."
