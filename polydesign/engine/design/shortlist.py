"""A shortlist of polymers: what was known of each when it was starred, notes, and files to keep and bring back."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from polydesign.core.errors import ChemistryError, DataError
from polydesign.core.properties import PROPERTIES
from polydesign.core.results import Candidate, Prediction
from polydesign.engine.writers import csv_text, sdf_text

if TYPE_CHECKING:
    from polydesign.engine.predict.batch import Answer
    from polydesign.engine.predict.polymer import Polymer

FORMAT = "polydesign-shortlist-1"
MOST = 1000  # entries
LONGEST_NOTE = 2000  # characters
_PARTS = {"": "mean", "_std": "std", "_lo80": "lo80", "_hi80": "hi80", "_in_domain": "in_domain"}


@dataclass(frozen=True)
class Entry:
    """A starred polymer.

    Attributes:
        psmiles: its repeat unit.
        chain_key: name of its chain; one entry a chain.
        note: the reader's words.
        origin: where it was starred, in words.
        sa_score: synthetic accessibility; NaN where unknown.
        predictions: property key -> the guide's value; empty where none was at hand.
        checker: property key -> the checker's value in the unit.
    """

    psmiles: str
    chain_key: str
    note: str = ""
    origin: str = ""
    sa_score: float = math.nan
    predictions: Mapping[str, Prediction] = field(default_factory=dict)
    checker: Mapping[str, float] = field(default_factory=dict)

    def cells(self) -> dict[str, Any]:
        """Return column -> value, with the columns of a prediction table."""
        cells: dict[str, Any] = {
            "psmiles": self.psmiles,
            "note": self.note,
            "origin": self.origin,
            "sa_score": self.sa_score,
        }
        for key, value in self.predictions.items():
            cells |= {f"{key}{ending}": getattr(value, part) for ending, part in _PARTS.items()}
            cells[f"{key}_checker"] = self.checker.get(key)
        return cells


def of_candidate(candidate: Candidate, origin: str) -> Entry:
    """Return the entry of a candidate of a run."""
    return Entry(
        candidate.psmiles,
        candidate.chain_key,
        origin=origin,
        sa_score=candidate.sa_score,
        predictions=dict(candidate.predictions),
        checker={key: values["mean"] for key, values in candidate.checker.items() if "mean" in values},
    )


def of_text(psmiles: str, origin: str = "", note: str = "") -> Entry:
    """Return the entry of a repeat unit of which nothing is predicted; raise `ChemistryError` when it is none."""
    from polydesign.chem.describe.descriptors import sa_score
    from polydesign.chem.notation.identity import chain_key
    from polydesign.chem.notation.psmiles import canonical, read

    text = canonical(read(psmiles))
    return Entry(text, chain_key(text), _note(note), origin, sa_score(text))


def of_answer(answer: Answer | None, polymer: Polymer, origin: str) -> Entry:
    """Return the entry of a polymer with the predictions of its one-row `answer`; without, when there are none."""
    entry = Entry(polymer.psmiles, polymer.key, origin=origin, sa_score=polymer.sa_score)
    return entry if answer is None or 0 not in answer.fine else _predicted(entry, answer, 0)


def of_row(answer: Answer, place: int, origin: str) -> Entry:
    """Return the entry of a predicted row of an answer; its note is what the row was called in what was given."""
    text, label = (str(answer.table[column].iloc[place] or "") for column in ("psmiles", "label"))
    return _predicted(of_text(text, origin, label), answer, place)


def _predicted(entry: Entry, answer: Answer, place: int) -> Entry:
    checked = {key: answer.checked(place, key) for key in answer.keys}
    return replace(
        entry,
        predictions={key: answer.prediction(place, key) for key in answer.keys},
        checker={key: value for key, value in checked.items() if value is not None},
    )


def noted(entry: Entry, note: str) -> Entry:
    """Return the entry with another note, cut to `LONGEST_NOTE` characters."""
    return replace(entry, note=_note(note))


def to_json(entries: Iterable[Entry]) -> str:
    """Return everything, to be read back by `read`."""
    rows = [
        _finite({**asdict(entry), "predictions": {k: asdict(v) for k, v in entry.predictions.items()}})
        for entry in entries
    ]
    return json.dumps({"format": FORMAT, "entries": rows}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(entries: Iterable[Entry]) -> str:
    """Return one row an entry; what is not known is an empty cell."""
    return csv_text([entry.cells() for entry in entries], ("psmiles", "note"))


def to_sdf(entries: Iterable[Entry]) -> str:
    """Return a 2D structure an entry, attachment points as dummy atoms, with the cells of `to_csv` as data."""
    numbered = enumerate(entries, start=1)
    return sdf_text((f"shortlisted {number}", entry.psmiles, entry.cells()) for number, entry in numbered)


def read(content: bytes, name: str) -> list[Entry]:
    """Read a file that `to_json`, `to_csv` or `to_sdf` wrote, by the ending of its name.

    Raises `DataError` naming the first row that cannot be used; nothing is taken from such a file.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{name[:80]} is not text in UTF-8. Give a file that this page wrote.") from None
    readers = {"json": _json_rows, "csv": _csv_rows, "sdf": _sdf_rows}
    ending = name.rsplit(".", 1)[-1].lower()
    if ending not in readers:
        raise DataError(f"{name[:80]} must end in .json, .csv or .sdf.")
    rows = readers[ending](text)
    if len(rows) > MOST:
        raise DataError(f"{name[:80]} has {len(rows):,} entries; a shortlist has at most {MOST:,}.")
    entries = []
    for number, row in enumerate(rows, start=1):
        try:
            entries.append(_entry(row))
        except (ChemistryError, TypeError, ValueError, KeyError, AttributeError) as error:
            raise DataError(f"{name[:80]}, entry {number}: {error}") from None
    return list({entry.chain_key: entry for entry in entries}.values())


def _entry(row: Mapping[str, Any]) -> Entry:
    """Build an entry from cells; names of columns that are no property's are ignored."""
    entry = of_text(str(row["psmiles"]), str(row.get("origin") or "")[:200], str(row.get("note") or ""))
    predictions, checker = {}, {}
    # Without its interval the accessibility stands there because it stands there for every polymer, not as a target.
    missing = set() if _number(row.get("sa_score_lo80")) is not None else {"sa_score"}
    for key in PROPERTIES.keys() - missing:
        if (mean := _number(row.get(key))) is not None:
            std, lo80, hi80 = (_or_nan(_number(row.get(f"{key}_{part}"))) for part in ("std", "lo80", "hi80"))
            near = str(row.get(f"{key}_in_domain", "")).lower() in {"true", "1"}
            predictions[key] = Prediction(mean, std, lo80, hi80, in_domain=near)
        if (value := _number(row.get(f"{key}_checker"))) is not None:
            checker[key] = value
    return replace(entry, predictions=predictions, checker=checker)


def _json_rows(text: str) -> Sequence[Mapping[str, Any]]:
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise KeyError(data["format"])
        rows = []
        for entry in data["entries"]:
            row = {name: entry.get(name) for name in ("psmiles", "note", "origin")}
            for key, value in (entry.get("predictions") or {}).items():
                row |= {f"{key}{ending}": value.get(part) for ending, part in _PARTS.items()}
            rows.append(row | {f"{key}_checker": value for key, value in (entry.get("checker") or {}).items()})
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DataError("This JSON is no shortlist. Give a file that this page wrote.") from None
    return rows


def _csv_rows(text: str) -> Sequence[Mapping[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise DataError(f"This is no CSV table: {error}.") from None
    if "psmiles" not in (reader.fieldnames or ()):
        raise DataError("This table has no column psmiles.")
    return rows


def _sdf_rows(text: str) -> Sequence[Mapping[str, Any]]:
    from rdkit import Chem, rdBase

    supplier = Chem.SDMolSupplier()
    with rdBase.BlockLogs():
        supplier.SetData(text, sanitize=False)
        rows = [mol.GetPropsAsDict(autoConvertStrings=False) if mol else {} for mol in supplier]
    if not all("psmiles" in row for row in rows):
        raise DataError("A record of this SDF has no field psmiles. Give a file that this page wrote.")
    return rows


def _number(value: Any) -> float | None:
    if value is None or value == "" or isinstance(value, bool):
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _note(text: str) -> str:
    return text[:LONGEST_NOTE]


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
