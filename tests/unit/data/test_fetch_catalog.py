"""Fetching data sets of the catalog: pinned checksums, wrong files, the command line."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from polydesign.commands.data import main
from polydesign.core.errors import DataError
from polydesign.data.sources import catalog, load
from polydesign.data.sources import formats as sources
from polydesign.data.sources.catalog import CATALOG, Dataset, SourceForm
from polydesign.data.sources.checksums import lock_file
from polydesign.data.sources.fetch import fetch
from tests.unit.data.file_server import FileServer

TABLE = b"SMILES,ID\n*CC*,1\n*CCO*,2\n"
CHANGED = b"SMILES,ID\n*CC*,1\n*CCN*,2\n"


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("POLYDESIGN_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("POLYDESIGN_DATA", raising=False)
    return tmp_path / "cache"


@pytest.fixture
def server(cache):
    with FileServer(TABLE).running() as files:
        yield files


@pytest.fixture
def add(server, monkeypatch):
    """Put one data set named `small`, at the server's address, into the catalog."""

    def add(**fields) -> Dataset:
        basic = {
            "name": "small", "title": "A small set", "task": "polymers", "licence": "CC0-1.0", "file": "small.csv",
            "units": {"psmiles": "text"}, "address": server.address,
            "source": SourceForm({"SMILES": "psmiles"}, structure="psmiles"),
        }  # fmt: skip
        entry = Dataset(**{**basic, **fields})
        monkeypatch.setattr(catalog, "CATALOG", {**CATALOG, entry.name: entry})
        return entry

    return add


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def test_fetched_set_can_be_loaded(server, add, cache):
    add(sha256=sha256(TABLE))
    path = fetch("small")
    assert path == cache / "data" / "small" / "small.csv"
    assert load.table("small")["psmiles"].tolist() == ["*CC*", "*CCO*"]
    assert load.provenance("small") == {
        "name": "small", "file": "small.csv", "sha256": sha256(TABLE), "licence": "CC0-1.0"
    }  # fmt: skip


def test_intact_copy_is_not_fetched_again(server, add):
    add(sha256=sha256(TABLE))
    fetch("small")
    fetch("small")
    assert len(server.requests) == 1
    fetch("small", again=True)
    assert len(server.requests) == 2


def test_wrong_file_is_refused(server, add):
    add(sha256=sha256(CHANGED))
    with pytest.raises(DataError, match=f"expected sha256 {sha256(CHANGED)}.*the catalog.*got {sha256(TABLE)}"):
        fetch("small")
    with pytest.raises(DataError, match="not on this machine"):
        load.table("small")


def test_first_checksum_is_recorded_and_held_to(server, add):
    entry = add()
    path = fetch("small")
    record = json.loads(lock_file(path).read_text())
    assert record["sha256"] == sha256(TABLE)
    assert record["address"] == entry.address
    assert record["size"] == len(TABLE)

    server.content, server.etag = CHANGED, '"v2"'
    with pytest.raises(DataError, match=r"the first download; to accept a change delete .*small.csv.lock.json"):
        fetch("small", again=True)
    assert path.read_bytes() == TABLE

    path.unlink()
    with pytest.raises(DataError, match="wrong file"):
        fetch("small")
    lock_file(path).unlink()
    assert fetch("small").read_bytes() == CHANGED


def test_record_of_another_address_does_not_bind(server, add):
    entry = add()
    fetch("small")
    server.content, server.etag = CHANGED, '"v2"'
    add(address=entry.address + "?version=2")
    assert fetch("small").read_bytes() == CHANGED


def test_damaged_record_does_not_bind(server, add):
    add()
    path = fetch("small")
    lock_file(path).write_text("{")
    assert fetch("small") == path
    assert len(server.requests) == 2


def test_altered_copy_is_refused_then_replaced(server, add):
    add()
    path = fetch("small")
    path.write_bytes(CHANGED)
    with pytest.raises(DataError, match=r"not the file that was fetched.*fetch small"):
        load.table("small")
    fetch("small")
    assert load.table("small")["psmiles"].tolist() == ["*CC*", "*CCO*"]


def test_file_put_into_the_cache_by_hand_is_refused(server, add, cache):
    add()
    (cache / "data" / "small").mkdir(parents=True)
    (cache / "data" / "small" / "small.csv").write_bytes(TABLE)
    with pytest.raises(DataError, match="not the file that was fetched"):
        load.table("small")


@pytest.mark.parametrize(
    ("content", "file", "reason"),
    [
        (b"\n<!DOCTYPE html><html>Sign in</html>", "small.csv", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "small.csv", "Git LFS pointer"),
        (b"name,value\nx,1\n", "small.csv", "no column SMILES; it has name, value"),
        (b"SMILES\n", "small.csv", "no rows"),
        (b"", "small.csv", "not a readable table"),
        (b"\xff\xfe\x00\x01", "small.csv", "not a readable table"),
        (TABLE, "small.csv.gz", "not a gzip file"),
        (gzip.compress(TABLE)[:-12], "small.csv.gz", "not a readable table"),
        (TABLE, "small.csv.zip", "not a zip file"),
        (zipped(**{"a.csv": TABLE, "b.csv": TABLE}), "small.csv.zip", "holds 2 tables"),
    ],
)
def test_file_of_another_form_is_refused(server, add, cache, content, file, reason):
    server.content = content
    add(file=file)
    with pytest.raises(DataError, match=reason):
        fetch("small")
    assert list((cache / "data" / "small").iterdir()) == []


@pytest.mark.parametrize("name", ["../../evil.csv", "/tmp/polydesign_evil.csv"])
def test_nothing_is_unpacked_outside(server, add, tmp_path, name):
    server.content = zipped(**{name: TABLE})
    add(file="small.csv.zip")
    path = fetch("small")
    assert load.table("small")["psmiles"].tolist() == ["*CC*", "*CCO*"]
    assert {found for found in tmp_path.rglob("*") if found.is_file()} == {path, lock_file(path)}
    assert not Path("/tmp/polydesign_evil.csv").exists()


def test_archive_that_unpacks_to_too_much_is_refused(server, add, monkeypatch):
    monkeypatch.setattr(sources, "_LARGEST_MEMBER", 1000)
    server.content = zipped(**{"a.csv": TABLE * 1000})
    add(file="small.csv.zip")
    with pytest.raises(DataError, match=r"would unpack to .* bytes"):
        fetch("small")


def test_set_without_address_says_what_to_do(cache):
    with pytest.raises(DataError, match=r"no public address.*POLYDESIGN_DATA.*labels_merged.parquet"):
        fetch("labels_merged")


def test_command_fetches(server, add, cache, capsys):
    add(polyinfo=True)
    assert main(["fetch", "small"]) == 0
    shown = capsys.readouterr()
    assert str(cache / "data" / "small" / "small.csv") in shown.out
    assert "licence: CC0-1.0" in shown.out
    assert "no rows of it into a repository" in shown.out
    assert "100%" in shown.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "smal"], "There is no data set 'smal'. Did you mean small?"),
        (["fetch", "small"], "Refused a wrong file"),
        (["fetch", "small", "--max-gb", "1e-9"], "the limit is 1 bytes"),
        (["list", "nothing-like-it"], "Run 'python -m polydesign.data list' to see all."),
    ],
)
def test_command_explains_errors(server, add, capsys, arguments, message):
    add(sha256=sha256(CHANGED))
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert message in shown.err.splitlines()[-1]
    assert shown.err.splitlines()[-1].startswith("error: ")
    assert shown.out == ""


@pytest.mark.parametrize(
    "arguments",
    [[], ["fetch"], ["fetch", "small", "--max-gb", "-1"], ["fetch", "small", "--max-gb", "nan"],
     ["prepare", "demo", "--limit", "0"], ["prepare", "demo", "--recombined", "-1"],
     ["prepare", "demo", "--vocab-size", "x"]],
)  # fmt: skip
def test_command_refuses_bad_arguments(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_command_lists_what_is_where(server, add, capsys, monkeypatch, tmp_path):
    add()
    fetch("small")
    assert main(["list", "small"]) == 0
    assert "fetched" in capsys.readouterr().out
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path))
    (tmp_path / "qm9.parquet").write_bytes(b"not the cataloged file")
    assert main(["list"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert lines["qm9"].endswith("local copy (not the cataloged one)")
    assert lines["polyinfo_train*"].rstrip() == lines["polyinfo_train*"]
    assert set(CATALOG) <= {name.rstrip("*") for name in lines}
    assert "PoLyInfo" in lines["*"] and "redistribution" in lines["*"]


def test_command_marks_altered_and_unfinished_downloads(server, add, capsys):
    add()
    path = fetch("small")
    path.write_bytes(CHANGED)
    main(["list", "small"])
    assert "altered: fetch again" in capsys.readouterr().out
    path.rename(path.with_name("small.csv.part"))
    main(["list", "small"])
    assert "begun: fetch again" in capsys.readouterr().out


def test_command_hands_options_to_prepare(monkeypatch, capsys, tmp_path):
    given = {}

    def prepare(name, out, **options):
        given.update(name=name, out=out, **options)
        return out

    monkeypatch.setattr("polydesign.data.corpora.prepare.prepare", prepare)
    options = ["--notation", "kekule", "--vocab-size", "99", "--limit", "7", "--recombined", "0"]
    options += ["--seed", "3", "--out", str(tmp_path), "--like", "checkpoints/ngram"]
    assert main(["prepare", "demo", *options]) == 0
    given.pop("on_progress")
    assert given == {
        "name": "demo", "out": tmp_path, "notation": "kekule", "vocab_size": 99, "limit": 7, "recombined": 0, "seed": 3,
        "like": Path("checkpoints/ngram"),
    }  # fmt: skip
    assert str(tmp_path) in capsys.readouterr().out


def test_command_survives_an_interrupt(server, add, monkeypatch, capsys):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    add()
    monkeypatch.setattr("polydesign.data.sources.fetch.download", interrupted)
    assert main(["fetch", "small"]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_packed_copy_in_the_local_folder_comes_first(server, add, monkeypatch, tmp_path):
    import pandas as pd

    entry = add()
    fetch("small")
    monkeypatch.setattr(catalog, "CATALOG", {"small": replace(entry, local="packed/small.parquet")})
    monkeypatch.setenv("POLYDESIGN_DATA", str(tmp_path / "data"))
    (tmp_path / "data" / "packed").mkdir(parents=True)
    assert len(load.table("small")) == 2
    pd.DataFrame({"psmiles": ["*CS*"]}).to_parquet(tmp_path / "data" / "packed" / "small.parquet")
    assert load.table("small")["psmiles"].tolist() == ["*CS*"]
