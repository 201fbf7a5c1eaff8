"""What the plots of the Compare page show, taken out of the result files; nothing is computed anew."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Generic, TypeVar

from polydesign.evaluation.comparison import SECONDS, Compared, Line
from polydesign.evaluation.result import Spread
from polydesign.evaluation.statistics import Figure

T = TypeVar("T", covariant=True)

Asked = tuple[tuple[str, ...], str]  # all properties that were asked for, and the one that is looked at


@dataclass(frozen=True)
class Named(Generic[T]):
    """A value with the generator it belongs to; `missing` ones have none.

    Attributes:
        line: row of the comparison.
        value: what is plotted.
    """

    line: Line
    value: T


def lines_of(tables: Iterable[Compared]) -> list[Line]:
    """Return the lines of some tables that speak of a generator."""
    return [line for table in tables for line in table.lines if line.id]


def spreads(lines: Iterable[Line]) -> dict[Asked, list[Named[Spread]]]:
    """Return what was asked for -> the checker's values of each generator that was asked, as `tasks.properties` kept.

    Runs from before they were kept have none.
    """
    by_question: dict[Asked, dict[tuple[str, str], Named[Spread]]] = {}
    for line in lines:
        if line.run is None:
            continue
        for entry in line.run.details.get("spreads", ()):
            asked = (tuple(entry["asked"]), entry["key"])
            place = (line.id, line.run.manifest.date)
            by_question.setdefault(asked, {}).setdefault(place, Named(line, entry))
    return {asked: list(entries.values()) for asked, entries in by_question.items()}


def rates(lines: Iterable[Line], *keys: str) -> list[Named[list[Figure]]]:
    """Return the lines that have all of some figures, with these as the value."""
    return [
        Named(line, [line.figures[key] for key in keys])
        for line in lines
        if all(key in line.figures and math.isfinite(line.figures[key].value) for key in keys)
    ]


def seconds(pace: Iterable[Line], properties: Iterable[Line]) -> dict[str, list[Named[list[Figure]]]]:
    """Return what seconds are for -> each generator's: 100 valid new polymers, and 100 hits of each single property."""
    lines = list(properties)
    bars = {"100 valid new polymers": rates(pace, SECONDS.key)}
    plain = [line for line in lines if line.row.question and line.row.is_plain]
    for question in dict.fromkeys(line.row.question for line in plain):
        bars[f"100 distinct hits of {question}"] = rates(
            [line for line in plain if line.row.question == question], "seconds"
        )
    return {what: named for what, named in bars.items() if named}


def missing(lines: Iterable[Line], shown: Iterable[Named[object]]) -> list[str]:
    """Return the names of the installed generators that have nothing to show."""
    there = {named.line.id for named in shown}
    names = {line.id: line.row.subject for line in lines if line.kind == "installed"}
    return [name for id, name in names.items() if id not in there]


def rates_csv(shown: Mapping[str, Iterable[Named[list[Figure]]]], keys: Sequence[str]) -> str:
    """Return figures as CSV: what they are about, whose they are, and each with its n and interval."""
    rows = [
        [what, named.line.row.name, *(part for figure in named.value for part in _numbers(figure))]
        for what, group in shown.items()
        for named in group
    ]
    return _csv(["what", "row", *(f"{key}_{part}" for key in keys for part in ("value", "n", "low", "high"))], rows)


def spreads_csv(shown: Iterable[Named[Spread]]) -> str:
    """Return percentiles as CSV, one a line, in the property's unit."""
    rows = [
        [named.line.row.subject, named.value["key"], target, n, level, value]
        for named in shown
        for target, n, values in zip(named.value["targets"], named.value["n"], named.value["percentiles"], strict=True)
        for level, value in zip_longest(named.value["levels"], values or ())  # None without any answer: an empty cell
    ]
    return _csv(["generator", "property", "target", "n", "percentile", "checker"], rows)


def _numbers(figure: Figure) -> list[float | int | str]:
    return ["" if not math.isfinite(n) else n for n in (figure.value, figure.n, figure.low, figure.high)]


def _csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([heads, *rows])
    return text.getvalue()
