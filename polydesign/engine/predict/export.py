"""Write predictions of typed or uploaded polymers as a table: every row that was given, in order."""

from __future__ import annotations

import csv
import io
from typing import Any

from polydesign.engine.predict.batch import Answer
from polydesign.engine.predict.nearest import N_NEAREST, Nearest
from polydesign.engine.writers import cell

_PIECE = 2000  # rows that are text at the same time
_LITERATURE = ("tg_c", "tm_c", "density_g_cm3", "refractive_index")


def to_csv(answer: Answer) -> bytes:
    """Return one row for each row that was given, nothing left out, in UTF-8; what is not known is empty.

    After ``row`` come the other columns of the uploaded file (as NAME_input where a name is taken), the text,
    its label, the structure, ``status`` and ``reason``, the columns of `polydesign.engine.predict.run`, and for each
    of the nearest common polymers its name, similarity (0 to 1) and literature values.
    """
    table, entries, nearest = answer.table.drop(columns="row"), answer.entries, answer.nearest
    near = list(_nearest_columns(Nearest(nearest.rows[:0], nearest.similarity[:0])))
    taken = {"row", *table.columns, *near}
    content = io.BytesIO()  # 100,000 rows are some 200 MB: once, and not as text besides
    text = io.TextIOWrapper(content, "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    own = [f"{name}_input" if name in taken else name for name in entries.columns]
    writer.writerow(["row", *own, *table.columns, *near])
    for start in range(0, len(table), _PIECE):
        part = slice(start, start + _PIECE)
        values = table.iloc[part].astype(object)
        values = values.where(values.notna(), None)
        columns = [[cell(value) for value in values[name]] for name in table.columns]
        beside = _nearest_columns(Nearest(nearest.rows[part], nearest.similarity[part]))
        columns += [[cell(value) for value in column] for column in beside.values()]
        for entry, cells in zip(entries.rows[part], zip(*columns, strict=True), strict=True):
            writer.writerow([entry.row, *entry.cells, *cells])
    text.detach()
    return content.getvalue()


def _nearest_columns(nearest: Nearest) -> dict[str, list[Any]]:
    """Return name -> N values of the columns that describe the nearest common polymers."""
    columns: dict[str, list[Any]] = {}
    neighbours = [nearest.of(row) for row in range(len(nearest.rows))]
    for place in range(N_NEAREST):
        one = [near[place] if len(near) > place else None for near in neighbours]
        name = f"nearest_{place + 1}"
        columns[name] = [near and near.polymer.name for near in one]
        columns[f"{name}_similarity"] = [near and round(near.similarity, 3) for near in one]
        for value in _LITERATURE:
            columns[f"{name}_{value}"] = [near and getattr(near.polymer, value) for near in one]
    return columns
