"""The catalog of data sets: what each holds, under which licence, where it comes from and its checksums.

The entries stand in catalog.toml, whose head explains the fields.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, TypedDict
from urllib.parse import urlsplit

from polydesign.core.errors import DataError

Task = Literal["polymers", "molecules"]


class Source(TypedDict):
    """A file that was read, as records of training and prepared data name it."""

    name: str
    file: str
    sha256: str
    licence: str


@dataclass(frozen=True)
class SourceForm:
    """How a public file is brought to the columns of its catalog entry; see catalog.toml."""

    rename: Mapping[str, str]
    structure: str = ""
    keep_unusable: bool = False
    group: str = ""
    first: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    count: str = ""


@dataclass(frozen=True)
class Dataset:
    """One data set.

    Attributes:
        name: key in the catalog and on the command line.
        title: what it holds.
        task: "polymers" (repeat units with two ``*``) or "molecules" (no ``*``).
        licence: as the publisher states it.
        polyinfo: whether structures or values go back to PoLyInfo (NIMS), whose terms limit bulk redistribution.
        rows: number of rows of the packed copy, of the public file where there is no packed copy.
        units: column -> unit; "text" for strings, "1" for plain numbers.
        address: direct public download, "" when there is none.
        file: name under which the download is kept.
        sha256, size: checksum and bytes of the public file, None when not known.
        local: packed Parquet copy relative to POLYDESIGN_DATA, "" when there is none.
        local_sha256: checksum of the packed copy.
        source: how the public file becomes a table, None when only the packed copy can be read.
        note: what a user should know.
    """

    name: str
    title: str
    task: Task
    licence: str
    units: Mapping[str, str]
    polyinfo: bool = False
    rows: int | None = None
    address: str = ""
    file: str = ""
    sha256: str | None = None
    size: int | None = None
    local: str = ""
    local_sha256: str | None = None
    source: SourceForm | None = None
    note: str = field(default="", repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(self.units)


def dataset(name: str) -> Dataset:
    """Return the entry of `name`; raise `DataError` with the nearest names when there is none."""
    try:
        return CATALOG[name]
    except KeyError:
        near = get_close_matches(str(name), CATALOG, n=3, cutoff=0.5)
        hint = f"Did you mean {', '.join(near)}?" if near else "Run 'python -m polydesign.data list' to see all."
        raise DataError(f"There is no data set '{name}'. {hint}") from None


def _dataset(name: str, entry: dict[str, Any]) -> Dataset:
    fields = dict(entry)
    units = {column: unit for unit, columns in fields.pop("columns").items() for column in columns}
    source = fields.pop("source", None)
    if source is not None:
        form: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in source.items()}
        source = SourceForm(**form)
    address_name = Path(urlsplit(fields.get("address", "")).path).name
    fields.setdefault("file", address_name)
    return Dataset(name=name, units=MappingProxyType(units), source=source, **fields)


def _read_catalog() -> Mapping[str, Dataset]:
    entries = tomllib.loads(Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _dataset(name, entry) for name, entry in entries.items()})


CATALOG: Mapping[str, Dataset] = _read_catalog()
