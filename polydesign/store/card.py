"""Render the model card of a checkpoint: README.md with the front matter that the Hugging Face Hub reads.

Front matter: https://huggingface.co/docs/hub/model-cards#model-card-metadata
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from polydesign.core import registry
from polydesign.core.properties import PROPERTIES
from polydesign.store.record import PropertyStatistics, Record

# A set's name that may stand in the front matter: one word, or owner/name on the Hub.
_DATA_SET = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_LICENCE = re.compile(r"""^license:\s*["']?([^"'\n]+?)["']?\s*$""", re.MULTILINE)
_COMMANDS = {
    "generator": "python -m polydesign.sample {id} --n 1000 --seed 0 --out raw.txt",
    "predictor": "python -m polydesign.predict polymers.csv --out predicted.csv",
}


def render(
    record: Record | Mapping[str, Any],
    metrics: Mapping[str, Any],
    sections: Mapping[str, str] | None = None,
    *,
    license: str = "apache-2.0",
) -> str:
    """Return the text of README.md.

    The family's card.md stands after the summary; its tables are filled by ``python -m polydesign.evaluate --readme``.

    Args:
        record: what config.json says; a mapping of it may leave out what `Record` has a default for.
        metrics: figures, nested as they may be; the numbers and texts among them make a table.
        sections: heading -> Markdown, put after the summary in the given order.
        license: licence of the weights, by the Hub's identifier.
    """
    record = record if isinstance(record, Record) else Record.of(record)
    spec = registry.spec(record.family)
    parts = [
        front_matter(record, license),
        f"# {record.label}",
        record.summary or spec.summary,
    ]
    if record.kind == "generator" or record.role:  # no command asks a predictor without a role
        parts.append(f"```\n{_COMMANDS[record.kind].format(id=record.id)}\n```")
    if text := registry.card_text(record.family).strip():
        parts.append(text)
    for heading, text in (sections or {}).items():
        parts += [f"## {heading}", text.strip()]
    tables = {
        "Properties": _properties(record.properties),
        "Figures": _table(("figure", "value"), [(name, _number(value)) for name, value in _leaves(metrics)]),
        "Training data": _table(
            ("set", "rows", "licence", "sha256"),
            [
                [_said(cell) for cell in (source.name, source.rows, source.licence, source.sha256)]
                for source in record.data
            ],
        ),
        "Training": _table(("what", "value"), _training(record)),
        "Parts": _table(
            ("part", "checkpoint", "sha256"),
            [(name, f"`{part.id}`", part.sha256) for name, part in record.parts.items()],
        ),
    }
    for heading, table in tables.items():
        if table:
            parts += [f"## {heading}", table]
    parts += ["## Reference", f"{spec.citation} {spec.url}".strip()]
    return "\n\n".join(parts) + "\n"


def front_matter(record: Record, license: str, results: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return the YAML between its two lines ``---``: what the Hub lists, filters and links a model by.

    There is no base_model: every checkpoint was trained from nothing, or from another of this project.

    Args:
        record: what config.json says.
        license: licence of the weights, by the Hub's identifier.
        results: entries of model-index, each with task, dataset and metrics as the Hub describes them.
    """
    fields: dict[str, Any] = {"license": license, "library_name": "polydesign"}
    if pipeline := _pipeline(record):
        fields["pipeline_tag"] = pipeline
    fields["tags"] = ["chemistry", "polymers", record.kind, record.family]
    if sets := [source.name for source in record.data if _DATA_SET.fullmatch(source.name)]:
        fields["datasets"] = sets
    index = []
    if results:
        metrics = (metric["type"] for result in results for metric in result["metrics"])
        fields["metrics"] = list(dict.fromkeys(metrics))
        index = ["model-index:", f"  - name: {_yaml(record.label)}", "    results:"]
        index += [f"      - {_yaml(result)}" for result in results]
    return "\n".join(["---", *(f"{key}: {_yaml(value)}" for key, value in fields.items()), *index, "---"])


def _yaml(value: Any) -> str:
    """Write a value in one line; every JSON value is a YAML value too."""
    return json.dumps(value, ensure_ascii=False)


def licence(card: str) -> str:
    """Return the licence that a card's front matter names, "" when it names none."""
    front = _FRONT.match(card)
    found = _LICENCE.search(front[1]) if front else None
    return found[1] if found else ""


def body(card: str) -> str:
    """Return a card without its front matter."""
    return _FRONT.sub("", card, count=1).lstrip("\n")


def addressed(card: str, record: Record, repo: str) -> str:
    """Return a card whose command names the repository ``owner/name`` and says how to load it first."""
    lines = f"python -m polydesign.store download {repo}"
    command = _COMMANDS[record.kind]
    if record.kind == "generator":
        lines += "\n" + command.format(id=repo)
    own = f"```\n{command.format(id=record.id)}\n```"
    fenced = f"```\n{lines}\n```"
    return card.replace(own, fenced, 1) if own in card else f"{card.rstrip()}\n\n## Loading it\n\n{fenced}\n"


def _pipeline(record: Record) -> str | None:
    """Return the Hub's task that fits: none does where a structure's fingerprint goes in and numbers come out."""
    if record.kind == "generator":
        return "text-generation"  # it writes strings, token by token
    return "graph-ml" if record.family == "gnn" else None


def _properties(properties: Mapping[str, PropertyStatistics]) -> str:
    rows = []
    for key, entry in properties.items():
        numbers = [_number(number) for number in (entry.n, entry.p1, entry.p50, entry.p99)]
        spec = PROPERTIES[key]
        rows.append([f"`{key}`", f"{spec.label} ({spec.kind})", spec.unit_text, *numbers])
    return _table(("key", "property", "unit", "polymers", "1st percentile", "median", "99th percentile"), rows)


def _training(record: Record) -> list[tuple[str, str]]:
    given = {**record.as_json()["trained"], "seed": record.seed, "git commit": record.git_commit}
    return [(name, _number(value)) for name, value in given.items() if value is not None]


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and value of every number and text in nested mappings."""
    for name, value in tree.items():
        path = f"{prefix} · {name}" if prefix else str(name)
        if isinstance(value, Mapping):
            yield from _leaves(value, path)
        elif isinstance(value, (int, float, str)):
            yield path, value


def _said(value: Any) -> Any:
    return "" if value is None else value


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return a Markdown table, "" when there are no rows."""
    if not rows:
        return ""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)
