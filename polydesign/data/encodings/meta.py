"""What stands in the meta.json of a prepared folder, read whole and of the right types or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypedDict, TypeVar, get_args, get_origin, get_type_hints, is_typeddict

from polydesign.core.errors import DataError
from polydesign.core.properties import Scale
from polydesign.data.encodings.tokenizer import Notation
from polydesign.data.sources.catalog import Source

Structure = Literal["molecule", "chain"]


class Histogram(TypedDict):
    """How often values fall between `edges`, in the unit; one edge more than counts."""

    edges: list[float]
    counts: list[int]


class Percentiles(TypedDict, total=False):
    """What is only there where a value is known: percentiles in the unit, and the histogram between them."""

    p1: float
    p50: float
    p99: float
    histogram: Histogram


class Statistics(Percentiles):
    """What a slider needs to know of a property: its unit, its scale, how many values `n` are known, and which."""

    unit: str
    scale: Scale
    n: int


class CorpusMeta(TypedDict):
    """What the meta.json of a prepared corpus holds in every encoding.

    `n` structures, `n_train` of them to learn from, `recombined` of them made of fragments, by `groups`. `conditions`
    are the C property keys, `condition_mean` and `condition_std` their standardisation on each property's scale,
    `properties` the statistics of their known values; `data` are the files that were read.
    """

    corpus: str
    data: list[Source]
    n: int
    n_train: int
    groups: dict[str, int]
    recombined: int
    conditions: list[str]
    condition_mean: list[float]
    condition_std: list[float]
    properties: dict[str, Statistics]


class Meta(CorpusMeta):
    """meta.json of prepared strings (see `data.encodings.tokens`).

    Left out are strings that the notation does not express (`not_expressed`) or that have an `unknown_token`.
    """

    notation: Notation
    vocab_size: int
    vocabulary: list[str]
    not_expressed: int
    unknown_token: int


class HeavyGraphMeta(CorpusMeta):
    """meta.json of prepared graphs of heavy atoms (see `data.encodings.heavy_graphs`).

    `kinds` are their K kinds of atoms, "*" first, with the `room` for bonds and the number in one graph that each has
    at most; `span` is how far back in the order of atoms a bond reaches. Left out are structures that a graph cannot
    say (`not_expressed`), those `too_large`, and those with an atom of an `unknown_kind`.
    """

    order: Literal["canonical", "breadth"]
    kinds: list[str]
    room: list[int]
    most_of_kind: list[int]
    max_atoms: int
    span: int
    not_expressed: int
    too_large: int
    unknown_kind: int


class GraphRecipe(TypedDict):
    """What graphs are made of: files, whether each is a "molecule" or a "chain", and property keys."""

    data: list[Source]
    structure: Structure
    keys: list[str]


class GraphMeta(TypedDict):
    """meta.json of prepared graphs (see `data.encodings.graphs`): `n` that are there, and `refused` structures."""

    keys: list[str]
    structure: Structure
    n: int
    refused: int
    recipe: GraphRecipe


M = TypeVar("M", CorpusMeta, Meta, HeavyGraphMeta, GraphMeta)


def read_meta(folder: Path, form: type[M]) -> M:
    """Read the meta.json of a folder as `form`.

    Raises `DataError` naming the first field that is missing or of another type; OSError and ValueError where there
    is no such file, or no JSON in it.
    """
    meta = json.loads((folder / "meta.json").read_text())
    if fault := _fault(meta, form, "meta.json"):
        raise DataError(f"{folder} was prepared by another version of polydesign: {fault}. Prepare it again.")
    return meta


def _fault(value: Any, kind: Any, name: str) -> str:
    """Return what is wrong with a value that should be of a type of this module; "" for nothing."""
    inner = get_args(kind)
    if get_origin(kind) is Literal:
        return "" if value in inner else f"{name} is {value!r}, not one of {', '.join(map(repr, inner))}"
    plain: Any = dict if is_typeddict(kind) else get_origin(kind) or kind
    accepted: Any = (int, float) if plain is float else plain
    if isinstance(value, bool) or not isinstance(value, accepted):
        return f"{name} holds {type(value).__name__} in place of {plain.__name__}"
    parts: list[tuple[Any, Any, str]] = []
    if is_typeddict(kind):
        if missing := sorted(kind.__required_keys__ - value.keys()):
            return f"{name} has no '{missing[0]}'"
        parts = [(value[key], hint, f"{name}: {key}") for key, hint in get_type_hints(kind).items() if key in value]
    elif plain is dict:
        parts = [(part, inner[1], f"{name}: {key}") for key, part in value.items()]
    elif plain is list:
        parts = [(part, inner[0], name) for part in value]
    return next((fault for part in parts if (fault := _fault(*part))), "")
