"""What the plots of the Compare page show, taken out of the result files; nothing is computed anew."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polydesign.evaluation.comparison import SECONDS, Compared, Line, bare
from polydesign.evaluation.statistics import Figure

Asked = tuple[tuple[str, ...], str]  # all properties that were asked for, and the one that is looked at


@dataclass(frozen=True)
class Named:
    """A value with the generator it belongs to; `missing` ones have none.

    Attributes:
        line: row of the comparison.
        value: what is plotted.
    """

    line: Line
    value: Any


def lines_of(tables: Iterable[Compared]) -> list[Line]:
    """Return the lines of some tables that speak of a generator."""
    return [line for table in tables for line in table.lines if line.id]


def spreads(lines: Iterable[Line]) -> dict[Asked, list[Named]]:
    """Return what was asked for -> the checker's values of each generator that was asked, as `tasks.properties` kept.

    Runs from before they were kept have none.
    """
    found: dict[Asked, dict[tuple[str, str], Named]] = {}
    for line in lines:
        run = line.run
        for entry in dict(run.get("details") or {}).get("spreads", ()):
            asked = (tuple(entry["asked"]), entry["key"])
            place = (line.id, str(run["manifest"].get("date")))
            found.setdefault(asked, {}).setdefault(place, Named(line, entry))
    return {asked: list(entries.values()) for asked, entries in found.items()}


def rates(lines: Iterable[Line], *keys: str) -> list[Named]:
    """Return the lines that have all of some figures, with these as the value."""
    return [
        Named(line, [line.figures[key] for key in keys])
        for line in lines
        if all(key in line.figures and math.isfinite(line.figures[key].value) for key in keys)
    ]


def seconds(pace: Iterable[Line], properties: Iterable[Line]) -> dict[str, list[Named]]:
    """Return what seconds are for -> each generator's: 100 valid new polymers, and 100 hits of each single property."""
    lines = list(properties)
    found = {"100 valid new polymers": rates(pace, SECONDS.key)}
    for question in dict.fromkeys(line.question for line in lines if line.question and ": " not in line.question):
        if timed := rates([line for line in lines if line.question == question], "seconds"):
            found[f"100 distinct hits of {question}"] = timed
    return {what: named for what, named in found.items() if named}


def missing(lines: Iterable[Line], shown: Iterable[Named]) -> list[str]:
    """Return the names of the installed generators that have nothing to show."""
    there = {named.line.id for named in shown}
    names = {line.id: line.name for line in lines if line.kind == "installed"}
    return [bare(name) for id, name in names.items() if id not in there]


def rates_csv(shown: Mapping[str, Iterable[Named]], keys: Sequence[str]) -> str:
    """Return figures as CSV: what they are about, whose they are, and each with its n and interval."""
    rows = [
        [what, named.line.name, *(part for figure in named.value for part in _numbers(figure))]
        for what, found in shown.items()
        for named in found
    ]
    return _csv(["what", "row", *(f"{key}_{part}" for key in keys for part in ("value", "n", "low", "high"))], rows)


def spreads_csv(shown: Iterable[Named]) -> str:
    """Return percentiles as CSV, one a line, in the property's unit."""
    rows = [
        [bare(named.line.name), named.value["key"], target, n, level, value]
        for named in shown
        for target, n, values in zip(*(named.value[part] for part in ("targets", "n", "percentiles")), strict=True)
        for level, value in zip(named.value["levels"], values or [""] * len(named.value["levels"]), strict=True)
    ]
    return _csv(["generator", "property", "target", "n", "percentile", "checker"], rows)


def _numbers(figure: Figure) -> list[Any]:
    numbers = (figure.value, figure.n, figure.low, figure.high)
    return ["" if not math.isfinite(number) else number for number in numbers]


def _csv(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heads, *rows])
    return text.getvalue()
