"""Show the catalog as text: a table of all data sets, and all that is known of one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

from polydesign.data.sources.catalog import CATALOG, Dataset
from polydesign.data.sources.checksums import recorded, sha256_of
from polydesign.data.sources.paths import cache_folder, local_folder

POLYINFO_TERMS = (
    "* goes back to PoLyInfo (NIMS), whose terms limit bulk redistribution: use it on this machine, "
    "and put no rows of it into a repository or a release."
)


def catalog_table(catalog: Mapping[str, Dataset] = CATALOG) -> str:
    """Return one line a data set: name, what it holds, rows, size of the download, licence, and where it is here."""
    head = ("name", "what", "rows", "download", "licence", "here")
    rows = [
        (
            entry.name + ("*" if entry.polyinfo else ""),
            entry.title,
            f"{entry.rows:,}" if entry.rows else "",
            _download(entry),
            _shorten(entry.licence, 30),
            whereabouts(entry),
        )
        for entry in catalog.values()
    ]
    lines = _aligned([head, *rows], right=(2, 3))
    notes = [POLYINFO_TERMS] if any(entry.polyinfo for entry in catalog.values()) else []
    return "\n".join([*lines, "", *notes, "'list NAME' shows the columns, units, address, checksum and full licence."])


def card(entry: Dataset) -> str:
    """Return everything the catalog says of a data set."""
    units = sorted(entry.units.items(), key=lambda item: item[1] != "text")
    columns = [f"    {unit}: {', '.join(c for c, _ in group)}" for unit, group in groupby(units, key=lambda i: i[1])]
    facts = [
        ("what", entry.title),
        ("task", entry.task),
        ("rows", f"{entry.rows:,}" if entry.rows else "not known"),
        ("licence", entry.licence),
        ("terms", POLYINFO_TERMS.removeprefix("* ") if entry.polyinfo else ""),
        ("address", entry.address or "none: put together from other sets"),
        ("sha256", entry.sha256 or ("recorded at the first download" if entry.address else "")),
        ("size", f"{entry.size:,} bytes" if entry.size else ""),
        ("packed copy", f"{entry.local}, sha256 {entry.local_sha256}" if entry.local else ""),
        ("here", whereabouts(entry)),
        ("note", entry.note),
    ]
    lines = [f"{label + ':':<13}{text}" for label, text in facts if text]
    return "\n".join([entry.name, *(f"  {line}" for line in lines), "  columns by unit:" if columns else "", *columns])


def whereabouts(entry: Dataset) -> str:
    """Say where the data set is on this machine, "" when it is not here."""
    folder = local_folder()
    packed = folder / entry.local if folder and entry.local else None
    if packed and packed.is_file():
        return "local copy" if sha256_of(packed) == entry.local_sha256 else "local copy (not the cataloged one)"
    if folder and entry.file and (folder / entry.file).is_file():
        return "local copy (public file)"
    fetched = cache_folder() / entry.name / entry.file
    if entry.address and fetched.is_file():
        right = entry.sha256 or recorded(fetched, entry.address)
        return "fetched" if sha256_of(fetched) == right else "altered: fetch again"
    if entry.address and fetched.with_name(fetched.name + ".part").is_file():
        return "begun: fetch again"
    return ""


def _download(entry: Dataset) -> str:
    if not entry.address:
        return "none"
    return f"{entry.size / 1e6:.0f} MB" if entry.size else "yes"


def _shorten(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip(" ,;") + "…"


def _aligned(rows: list[tuple[str, ...]], right: tuple[int, ...]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    rows = [rows[0], tuple("-" * width for width in widths), *rows[1:]]
    return [
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
