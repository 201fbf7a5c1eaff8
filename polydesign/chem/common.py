"""Hand-written table of common polymers: what a chemist expects to find by name.

The rows are in common_polymers.csv. Names, structures and numbers were written down from general
knowledge, rounded, and not copied from any table; `CommonPolymer.source` names a work that lists such
values. They are typical of the usual material: a glass transition or melting temperature may differ by
10 K and more with molar mass, tacticity, thermal history and method. What is not well known is left out.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

# The works that are named by letters in the file.
SOURCES = {
    "PH": "Brandrup, Immergut and Grulke, Polymer Handbook, 4th ed. (1999)",
    "PDH": "Mark, Polymer Data Handbook (1999)",
    "VK": "van Krevelen and te Nijenhuis, Properties of Polymers, 4th ed. (2009)",
    "DS": "manufacturers' data sheets",
}
_GREEK = {"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ω": "omega"}


@dataclass(frozen=True)
class CommonPolymer:
    """A polymer that has a name; a number that is not well known is None.

    Attributes:
        name: full name.
        abbreviation: the usual short name; "" where none is in common use.
        psmiles: one repeat unit, cut as it is usually drawn.
        polymer_class: family by backbone or by the monomer it is made from.
        synonyms: other names, abbreviations and trade names.
        tg_c: glass transition temperature in °C.
        tm_c: melting temperature in °C, of the stereoregular polymer where only that crystallises.
        density_g_cm3: density at room temperature in g/cm³, semicrystalline where it usually is.
        refractive_index: at room temperature and 589 nm.
        source: a work that lists such values; "" where there are none.
    """

    name: str
    abbreviation: str
    psmiles: str
    polymer_class: str
    synonyms: tuple[str, ...] = ()
    tg_c: float | None = None
    tm_c: float | None = None
    density_g_cm3: float | None = None
    refractive_index: float | None = None
    source: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it is called."""
        return tuple(name for name in (self.name, self.abbreviation, *self.synonyms) if name)

    @property
    def short(self) -> str:
        """The abbreviation, or the name where there is none."""
        return self.abbreviation or self.name


def find(text: str) -> CommonPolymer | None:
    """Return the polymer of this name, abbreviation or synonym, None when there is none.

    Case, spaces, hyphens, commas, slashes and brackets do not matter, Greek letters may be spelled out, and
    an explanation in brackets at the end is left out: "nylon 6/6", "polyvinyl-chloride", "Polystyrene (PS)".
    """
    known = _by_key()
    polymer = known.get(_key(text))
    if polymer is None and text.rstrip().endswith(")"):
        polymer = known.get(_key(text.rsplit("(", 1)[0]))
    return polymer


def suggest(text: str, n: int = 3) -> list[str]:
    """Return up to `n` names of the table that look like `text`, the closest first."""
    key, known = _key(text), _by_key()
    if len(key) < 2:
        return []
    begin = sorted((name for name in known if len(key) > 2 and name.startswith(key)), key=len)
    near = get_close_matches(key, known, n=3 * n, cutoff=0.75)
    polymers = dict.fromkeys(known[name] for name in (*near[:1], *begin, *near[1:]))
    return [polymer.name for polymer in polymers][:n]


def _key(text: str) -> str:
    """Return what is compared of a name: its letters and digits in lower case."""
    # "α" is taken apart from its Latin neighbours before case and width are levelled.
    spelled = "".join(_GREEK.get(letter, letter) for letter in text.lower())
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", spelled).casefold())


@cache
def _by_key() -> dict[str, CommonPolymer]:
    return {_key(name): polymer for polymer in COMMON_POLYMERS for name in polymer.names}


def _read() -> Iterator[CommonPolymer]:
    text = files("polydesign.chem").joinpath("common_polymers.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        tg, tm, density, index = (
            float(row[name]) if row[name] else None for name in ("tg_c", "tm_c", "density_g_cm3", "refractive_index")
        )
        yield CommonPolymer(
            name=row["name"],
            abbreviation=row["abbreviation"],
            psmiles=row["psmiles"],
            polymer_class=row["class"],
            synonyms=tuple(filter(None, row["synonyms"].split(";"))),
            tg_c=tg,
            tm_c=tm,
            density_g_cm3=density,
            refractive_index=index,
            source=SOURCES.get(row["source"], row["source"]),
        )


COMMON_POLYMERS: tuple[CommonPolymer, ...] = tuple(_read())
