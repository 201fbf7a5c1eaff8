"""The catalog says of each data set what it has to, and agrees with the packed copies where they are."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from polydesign.core.errors import DataError
from polydesign.core.properties import MOLECULE_KEYS, POLYMER_KEYS, PROPERTIES
from polydesign.data.sources import load
from polydesign.data.sources.catalog import CATALOG, dataset
from polydesign.data.sources.checksums import sha256_of

PACKED = (
    "polyinfo_train", "corpus_smipoly", "corpus_open", "polyinfo_classes", "labels_long", "labels_merged",
    "labels_conflicts", "radonpy_pi1070", "openpoly_literature", "zinc250k", "moses_test", "moses_test_scaffolds",
    "qm9", "qm7", "graphdit_o2_n2_co2",
)  # fmt: skip
PUBLIC = ("pi1m", "qm9", "zinc250k", "moses_train", "moses_test", "moses_test_scaffolds", "qm7b", "omg")
FROM_POLYINFO = (
    "polyinfo_train", "polyinfo_classes", "corpus_open", "labels_long", "labels_merged", "labels_conflicts",
    "graphdit_o2_n2_co2",
)  # fmt: skip


@pytest.mark.parametrize("entry", CATALOG.values(), ids=list(CATALOG))
def test_entry_is_complete(entry):
    assert entry.task in ("polymers", "molecules")
    assert entry.title and entry.licence
    assert entry.address or entry.local, "neither a public address nor a packed copy"
    assert all(unit for unit in entry.units.values())
    assert all(re.fullmatch(r"[0-9a-f]{64}", sum_) for sum_ in (entry.sha256, entry.local_sha256) if sum_)
    assert bool(entry.local) == (entry.local_sha256 is not None)
    if entry.address:
        assert re.match(r"https?://", entry.address)
        assert entry.file and "/" not in entry.file and "?" not in entry.file
    structure = "psmiles" if entry.task == "polymers" else "smiles"
    assert not entry.columns or structure in entry.columns
    if entry.source:
        made = {*entry.source.rename.values(), *entry.source.first, *entry.source.join, entry.source.count, "psmiles"}
        assert made - {""} <= {*entry.columns, "psmiles"}


def test_every_known_set_is_there():
    assert set(PACKED) == {entry.name for entry in CATALOG.values() if entry.local}
    assert all(CATALOG[name].address for name in PUBLIC)
    assert {entry.name for entry in CATALOG.values() if entry.polyinfo} == set(FROM_POLYINFO)


def test_property_columns_are_in_the_catalog_with_fitting_units():
    for key in POLYMER_KEYS:
        spec = PROPERTIES[key]
        unit = CATALOG["labels_merged"].units[spec.column]
        assert (unit, spec.unit) in {(unit, unit), ("Pa", "GPa")}, key
    for key in MOLECULE_KEYS:
        spec = PROPERTIES[key]
        unit = CATALOG["qm9"].units[spec.column]
        assert (unit, spec.unit) in {(unit, unit), ("hartree", "eV")}, key


def test_entries_cannot_be_changed():
    with pytest.raises(AttributeError):
        CATALOG["qm9"].sha256 = "0" * 64
    with pytest.raises(TypeError):
        CATALOG["qm9"].units["smiles"] = "eV"
    with pytest.raises(TypeError):
        CATALOG["mine"] = CATALOG["qm9"]


@pytest.mark.parametrize(("name", "hint"), [("qm99", "Did you mean qm9"), ("xyzzy", "list"), ("", "list")])
def test_unknown_name_is_explained(name, hint):
    with pytest.raises(DataError, match=hint):
        dataset(name)


@pytest.mark.skipif("POLYDESIGN_DATA" not in os.environ, reason="POLYDESIGN_DATA names no packed copies")
@pytest.mark.parametrize("name", PACKED)
def test_packed_copy_agrees_with_the_catalog(name):
    entry = CATALOG[name]
    path = Path(os.environ["POLYDESIGN_DATA"], entry.local)
    if not path.is_file() or sha256_of(path) != entry.local_sha256:
        pytest.skip("no packed copy of this version")
    found = load.table(name)
    assert len(found) == entry.rows
    undeclared = {re.sub(r"_(std|count)$", "", column) for column in found.columns} - set(entry.columns)
    assert set(entry.columns) <= set(found.columns)
    assert all(column.startswith(("qm_", "TC_")) for column in undeclared)
