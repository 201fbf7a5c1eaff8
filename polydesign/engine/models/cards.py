"""What a model's card and metrics say, made ready to be shown: no HTML, no picture from elsewhere."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polydesign.core import registry
from polydesign.core.properties import PROPERTIES
from polydesign.store import Checkpoint
from polydesign.store import card as store_card

_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)[^\n]*$", re.DOTALL | re.MULTILINE)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_TITLE = re.compile(r"\A\s*# [^\n]*\n")
_PICTURE = re.compile(r"!(?=\[)")
_DOCS = re.compile(r"\bdocs/figures/([A-Za-z0-9][\w-]*\.(?:svg|png))\b")


Names = tuple[str, ...]
"""A way through nested mappings, from the outermost in."""


@dataclass(frozen=True)
class Figures:
    """The figures of one part of metrics.json.

    Attributes:
        title: the names down to where they stand, e.g. ("test",); () for the top.
        columns: names of the figures.
        rows: property key, or names down to a single figure -> figures; what is absent is not known.
    """

    title: Names
    columns: tuple[str, ...]
    rows: Mapping[Names, Mapping[str, float | str]]


def bibtex(checkpoint: Checkpoint) -> str:
    """Return an entry that cites these very weights and names the method's own papers.

    The method is cited as its family states it, in one note: it names several papers where it owes to several.
    """
    spec = registry.spec(checkpoint.family)
    date = str(checkpoint.config["trained"].get("date") or "")
    hub = f"Hugging Face Hub, {checkpoint.id}, revision {checkpoint.revision}" if checkpoint.revision else ""
    fields = {
        "title": f"{checkpoint.label} (polydesign checkpoint)",
        "year": date[:4] if date[:4].isdigit() else "",
        "version": f"sha256:{checkpoint.sha256[:16]}",
        "howpublished": hub,
        "note": f"Method: {spec.citation}",
    }
    key = re.sub(r"[^A-Za-z0-9]+", "-", f"polydesign-{checkpoint.config['id']}").strip("-")
    lines = [f"  {name} = {{{_latex(value)}}}," for name, value in fields.items() if value]
    if spec.url:
        lines.append(f"  url = {{{spec.url}}},")  # as it is: BibTeX styles typeset it literally
    return "\n".join([f"@misc{{{key},", *lines, "}"])


def body(card: str) -> str:
    """Return the card's Markdown without front matter, title and comments; pictures become links.

    A picture would be fetched from wherever the card says as soon as the page is opened. Code is left as it is.
    """
    text = _TITLE.sub("", store_card.body(card))
    parts, end = [], 0
    for fence in _FENCE.finditer(text):
        parts += [_tidy(text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, _tidy(text[end:])]).strip()


def pictures(card: str, docs: Path) -> list[Path]:
    """Return the pictures in `docs` that the card mentions: ``docs/figures/NAME.svg`` or ``docs/figures/NAME.png``."""
    names = dict.fromkeys(match[1] for match in _DOCS.finditer(card))
    return [path for name in names if (path := docs / name).is_file()]


def figures(metrics: Mapping[str, Any]) -> list[Figures]:
    """Return the figures of metrics.json as tables: one for each mapping of properties, one for single figures."""
    return [*_tables(metrics, ()), *_single(metrics)]


def _single(metrics: Mapping[str, Any]) -> Iterator[Figures]:
    rows = {name: {"value": value} for name, value in _leaves(metrics, ())}
    if rows:
        yield Figures((), ("value",), rows)


def _tables(tree: Mapping[str, Any], path: Names) -> Iterator[Figures]:
    for name, value in tree.items():
        if not isinstance(value, Mapping):
            continue
        title = (*path, str(name))
        if _is_table(value):
            rows: dict[Names, dict[str, float | str]] = {
                (str(key),): {k: v for k, v in row.items() if _is_figure(v)} for key, row in value.items()
            }
            yield Figures(title, tuple(dict.fromkeys(k for row in rows.values() for k in row)), rows)
        else:
            yield from _tables(value, title)


def _leaves(tree: Mapping[str, Any], path: Names) -> Iterator[tuple[Names, float | str]]:
    for name, value in tree.items():
        title = (*path, str(name))
        if isinstance(value, Mapping):
            if not _is_table(value):
                yield from _leaves(value, title)
        elif _is_figure(value):
            yield title, value


def _is_table(value: Mapping[str, Any]) -> bool:
    """Say whether a part holds a row of figures for each property, or rows of the same figures."""
    if not value or not all(isinstance(row, Mapping) for row in value.values()):
        return False
    if all(key in PROPERTIES for key in value):
        return True
    columns = {tuple(row) for row in value.values()}
    alike = len(columns) == 1 and len(value) > 1 and len(next(iter(columns))) > 1
    return alike and all(v is None or _is_figure(v) for row in value.values() for v in row.values())


def _latex(text: str) -> str:
    """Escape what LaTeX would take for a command."""
    return re.sub(r"([&%$#_{}])", r"\\\1", text.replace("\\", "/"))


def _is_figure(value: Any) -> bool:
    return isinstance(value, str) or (type(value) in (int, float) and math.isfinite(value))


def _tidy(text: str) -> str:
    return _PICTURE.sub("", _COMMENT.sub("", text))
