"""Read polymers that a person typed or uploaded: every row becomes an entry, whatever is in it.

A row that cannot be used keeps its place, its number and a reason. Reading goes line by line, so that a file
of any size is read in bounded memory, and one broken row spoils no other.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from typing import BinaryIO

from polydesign.chem.common import find
from polydesign.core.errors import DataError
from polydesign.core.progress import ShouldStop, stop_if_asked
from polydesign.engine.intake import csv_table as upload_csv
from polydesign.engine.intake import molblocks as upload_sdf
from polydesign.engine.intake.lines import (
    EMPTY,
    LINE_TOO_LONG,
    MAX_CELL,
    Entries,
    Entry,
    Line,
    clipped,
    limited,
    lines,
)  # fmt: skip

MAX_BYTES = 250_000_000  # of one upload
_OFTEN = 1000  # lines between two looks at Stop
ENDINGS = ("csv", "tsv", "txt", "smi", "smiles", "sdf", "sd", "mol")

_SIGNATURES = {b"PK\x03\x04": "a zip archive or an Excel workbook", b"\x1f\x8b": "a gzip archive", b"%PDF": "a PDF"}
_SMILES_HEADERS = {"smiles", "psmiles", "p-smiles", "canonical_smiles"}


def typed(text: str) -> Entries:
    """Read lines: a repeat unit, with a label after a blank if wanted, or the name of a common polymer.

    Several names may stand in one line, with a comma and a blank or a semicolon between them. Empty lines
    are skipped.
    """
    entries: list[Entry] = []
    for number, line in enumerate(text.splitlines(), start=1):
        entries += [entry for entry in _of_line(number, line) if entry.problem != EMPTY]
    return limited(entries)


def read(file: BinaryIO, name: str, column: str | None = None, *, should_stop: ShouldStop | None = None) -> Entries:
    """Read an uploaded file by the ending of its `name`: CSV or TSV, SMI or text, SDF or MOL.

    Args:
        file: opened in binary mode, at its start.
        name: as the user knows it.
        column: of a CSV file, the one that holds the polymers; chosen by name and content when None.
        should_stop: asked often; `Stopped` is raised when it turns true.

    Raises `DataError` when the file is empty, of another format, too large, or has no such column.
    """
    ending = check(file, name)
    foreign: Counter[bool] = Counter()
    text = _watched(lines(file), foreign, should_stop)
    if ending in ("csv", "tsv"):
        entries = upload_csv.read(text, name, column, tab=ending == "tsv")
    elif ending in ("sdf", "sd", "mol"):
        entries = limited(upload_sdf.records(text))
    else:
        entries = limited(_of_smi(text))
    if not entries.rows:
        raise DataError(f"{name} holds no rows. Give a file with one polymer a row.")
    if foreign[True]:
        note = f"{foreign[True]:,} lines are not in UTF-8; they were read as Latin-1 (Windows-1252)."
        entries = replace(entries, notes=[note, *entries.notes])
    return entries


def columns(file: BinaryIO, name: str) -> tuple[list[str], str | None]:
    """Return the names of the columns of a CSV file and the one that holds the polymers, None when none seems to.

    Raises `DataError` as `read`; other formats have no columns.
    """
    ending = check(file, name)
    if ending not in ("csv", "tsv"):
        return [], None
    head = upload_csv.table(lines(file), tab=ending == "tsv")
    return head.names, head.names[head.chosen] if head.chosen is not None else None


def check(file: BinaryIO, name: str) -> str:
    """Return the ending of a file that can be read, and go to its start; raise `DataError` otherwise."""
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    if ending not in ENDINGS:
        raise DataError(f"{name} is none of the formats that are read: give a .csv, .tsv, .txt, .smi or .sdf file.")
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    start = file.read(4096)
    file.seek(0)
    if not start.strip():
        raise DataError(f"{name} is empty. Give a file with one polymer a row.")
    if size > MAX_BYTES:
        raise DataError(f"{name} has {size / 1e6:,.0f} MB; the limit is {MAX_BYTES / 1e6:,.0f} MB. Split it in parts.")
    kind = next((what for signature, what in _SIGNATURES.items() if start.startswith(signature)), "")
    if not kind and b"\0" in start and start[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        kind = "a binary file"
    if kind:
        raise DataError(f"{name} is {kind}. Save the table as CSV and upload that.")
    return ending


def _of_line(number: int, line: str) -> list[Entry]:
    line = line.strip()
    if not line:
        return [Entry(number, "", problem=EMPTY)]
    head, *rest = line.split(maxsplit=1)
    if "*" in head:
        # What begins with a bar is an extension of the SMILES, which says nothing that the stars do not.
        label = rest[0] if rest and not rest[0].startswith("|") else ""
        return [Entry(number, clipped(head), label=clipped(label))]
    parts = [part for part in re.split(r",\s+|;\s*", line) if part.strip()]
    if len(parts) > 1 and len(line) < MAX_CELL and not find(line) and all("*" in p or find(p) for p in parts):
        return [Entry(number, part.strip()) for part in parts]
    return [Entry(number, clipped(line))]


def _of_smi(text: Iterable[Line]) -> Iterator[Entry]:
    stream = iter(text)
    first = next(stream, Line(""))
    if first.text.split() and first.text.split()[0].lower() in _SMILES_HEADERS:
        first = Line("")
    for number, line in enumerate(chain([first], stream), start=1):
        if line.too_long:
            yield Entry(number, clipped(line.text), problem=LINE_TOO_LONG)
        elif number > 1 or line.text:
            yield from _of_line(number, line.text)


def _watched(text: Iterable[Line], foreign: Counter[bool], should_stop: ShouldStop | None) -> Iterator[Line]:
    """Pass the lines on and count those that are not UTF-8; raise `Stopped` when `should_stop()` turns true."""
    for number, line in enumerate(text):
        if number % _OFTEN == 0:
            stop_if_asked(should_stop, "Reading")
        foreign[line.foreign] += 1
        yield line
