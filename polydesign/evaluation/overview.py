"""Two tables that give an overview: all model families (docs/families.md), all shipped generators (README.md).

They are made of what is written down elsewhere: the specs, the checkpoints' config.json and metrics.json, and the
result files, whose own tables hold the same figures with more beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polydesign
from polydesign.core import registry
from polydesign.core.errors import CheckpointError
from polydesign.core.properties import property_spec
from polydesign.core.specs import Ability, GeneratorSpec, PredictorSpec
from polydesign.evaluation.comparison import PACE, SECONDS, size_mb
from polydesign.evaluation.readme import Measured
from polydesign.evaluation.result import Column, Row, Table
from polydesign.store import Checkpoint, files

ABILITIES: Mapping[Ability, str] = {
    "conditional": "follows targets",
    "latent": "has codes",
    "likelihood": "gives likelihoods",
}
_PACKAGE = Path(polydesign.__file__).resolve().parent
_UNKNOWN = "–"
_HEAD = ("family", "year", "can", "paper", "checkpoint", "one figure")
# Heading, table of the result files and its figure, and the row's question and variant.
_HEADLINE = (
    ("valid", "unconditional", "valid", "", ""),
    ("valid, constrained", "constrained", "valid", "", ""),
    ("novel", "unconditional", "novel", "", ""),
    ("15 descriptors asked: R2", "descriptors", "r2_mean", "", ""),
    ("Tg asked: within 20 °C", "properties", "hits", "Tg", ""),
    ("Tg not asked", "properties", "hits", "Tg", "no targets"),
    (SECONDS.header, PACE, SECONDS.key, "", ""),
)


def overview(measured: Mapping[str, Measured], checkpoints: Sequence[Checkpoint]) -> dict[str, str]:
    """Return the Markdown of the tables "models" and "headline".

    Args:
        measured: name -> table of the result files; what is not there is shown as a dash.
        checkpoints: those that ship.
    """
    return {"models": models_table(measured, checkpoints), "headline": headline_table(measured, checkpoints)}


def own_specs() -> list[GeneratorSpec | PredictorSpec]:
    """Return the specs of this repository's families, generators first; not those of other installed packages."""
    roles: tuple[registry.Role, ...] = ("generators", "predictors")
    return [
        spec
        for role in roles
        for family, spec in registry.specs(role).items()
        if (_PACKAGE / role / family / "spec.py").is_file()
    ]


def models_table(measured: Mapping[str, Measured], checkpoints: Sequence[Checkpoint]) -> str:
    """Return one line a family: name, year, abilities, paper, its checkpoints with their sizes, one figure."""
    lines = [_line(_HEAD), "|---|---:|---|---|---|---|"]
    for spec in own_specs():
        own = [checkpoint for checkpoint in checkpoints if checkpoint.family == spec.family]
        cells = (
            spec.label,
            _UNKNOWN if spec.year is None else str(spec.year),
            _abilities(spec, own),
            f"{spec.citation.removesuffix('.')} ([link]({spec.url}))" if spec.url else spec.citation,
            ", ".join(_sized(checkpoint) for checkpoint in own) or _UNKNOWN,
            next((text for one in own if (text := _introduction(one, measured))), _UNKNOWN),
        )
        lines.append(_line(cells))
    return "\n".join(lines)


def headline_table(measured: Mapping[str, Measured], checkpoints: Iterable[Checkpoint]) -> str:
    """Return one line a generator of repeat units, with figures of several tables of the result files."""
    shown = [entry for entry in _HEADLINE if entry[1] in measured]
    columns = tuple(replace(_column(measured[name], key), key=head, header=head) for head, name, key, *_ in shown)
    rows, below = [], []
    for checkpoint in checkpoints:
        if checkpoint.kind != "generator" or checkpoint.structure != "polymer":
            continue
        figures = {}
        for head, name, key, question, variant in shown:
            row = _row(measured[name], checkpoint, question, variant)
            if row is not None and key in row.figures:
                figures[head] = row.figures[key]
                below.append(measured[name].runs[row.place].manifest.measured_on)
        rows.append(Row(figures, checkpoint.label, checkpoint.id, checkpoint.sha256, origin="installed"))
    table = Table("headline", "generator", columns, rows).markdown()
    return f"{table}\n\n- {' '.join(sorted(set(below)))}" if below else table


def _abilities(spec: GeneratorSpec | PredictorSpec, checkpoints: Sequence[Checkpoint]) -> str:
    if isinstance(spec, GeneratorSpec):
        return ", ".join(text for name, text in ABILITIES.items() if name in spec.abilities) or "writes repeat units"
    told = [f"{len(one.properties)} properties of {one.structure}s" for one in checkpoints]
    return "predicts " + (" or ".join(dict.fromkeys(told)) or "properties")


def _sized(checkpoint: Checkpoint) -> str:
    return f"[`{checkpoint.id}`](../checkpoints/{checkpoint.id}/{files.CARD}) {size_mb(checkpoint):.1f} MB"


def _introduction(checkpoint: Checkpoint, measured: Mapping[str, Measured]) -> str:
    """Return the figure by which a model is introduced, in words; "" for none."""
    if checkpoint.kind == "generator":
        row = _row(measured[PACE], checkpoint) if PACE in measured else None
        usable = None if row is None else row.figures.get("usable")
        return "" if usable is None else f"{Column('', '', 'percent', 1).cell(usable)} valid, distinct and new"
    try:
        tested = files.read_json(checkpoint.path(files.METRICS)).get("test", {})
    except (OSError, CheckpointError):
        return ""
    if not tested:
        return ""
    key, figures = next(iter(tested.items()))
    symbol = property_spec(key).symbol
    return f"{symbol}: R2 {figures['r2']:.3f} on {figures['n']:,} held-out {checkpoint.structure}s"


def _row(entry: Measured, checkpoint: Checkpoint, question: str = "", variant: str = "") -> Row | None:
    """Return the row of a checkpoint that was measured at its family's settings."""
    wanted = Row({}, checkpoint.label, checkpoint.id, origin="installed", question=question, variant=variant)
    return next((row for row in entry.table.rows if row.place == wanted.place), None)


def _column(entry: Measured, key: str) -> Column:
    return next(column for column in entry.table.columns if column.key == key)


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
