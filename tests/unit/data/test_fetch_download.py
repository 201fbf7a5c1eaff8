"""Downloads against a local server: complete, cut, continued, changed, refused."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import urllib.request
from collections import namedtuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polydesign.core.errors import DataError, Stopped
from polydesign.data.sources import download as module
from polydesign.data.sources.download import Wanted, download
from polydesign.data.sources.part import Part
from tests.unit.data.file_server import FileServer

CONTENT = bytes(i * 7 % 251 for i in range(300_000))
OTHER = bytes(reversed(CONTENT))


def checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def server():
    with FileServer(CONTENT).running() as files:
        yield files


@pytest.fixture
def target(tmp_path):
    return tmp_path / "set" / "file.csv"


def leftovers(target) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_complete_file_arrives_with_progress(server, target):
    seen = []
    got = download(Wanted(server.address, checksum(CONTENT), len(CONTENT)), target, on_progress=seen.append)
    assert got == checksum(CONTENT)
    assert target.read_bytes() == CONTENT
    assert leftovers(target) == ["file.csv"]
    done = [progress.done for progress in seen]
    assert done == sorted(done) and done[-1] == len(CONTENT)
    assert {progress.total for progress in seen} == {len(CONTENT)}


def test_cut_download_goes_on_where_it_broke(server, target):
    server.cuts = [100_000]
    download(Wanted(server.address), target, wait=0)
    assert target.read_bytes() == CONTENT
    assert server.requests[1]["Range"] == "bytes=100000-"
    assert server.requests[1]["If-Range"] == '"v1"'
    assert server.sent == [100_000, len(CONTENT) - 100_000]


def test_a_later_call_goes_on_too(server, target):
    server.cuts = [100_000]
    with pytest.raises(DataError, match=r"100,000 bytes are kept.*same command again"):
        download(Wanted(server.address), target, attempts=1)
    assert not target.exists()
    download(Wanted(server.address), target)
    assert target.read_bytes() == CONTENT
    assert server.sent == [100_000, len(CONTENT) - 100_000]


def test_a_date_serves_as_mark_of_the_version(server, target):
    server.etag, server.modified, server.cuts = 'W/"weak"', "Sat, 01 Jan 2022 00:00:00 GMT", [100_000]
    download(Wanted(server.address), target, wait=0)
    assert server.requests[1]["If-Range"] == server.modified
    assert target.read_bytes() == CONTENT


def test_server_without_ranges_sends_everything_again(server, target):
    server.ranges, server.cuts = False, [100_000]
    download(Wanted(server.address), target, wait=0)
    assert target.read_bytes() == CONTENT
    assert server.sent == [100_000, len(CONTENT)]


@pytest.mark.parametrize("careful", [True, False], ids=["server compares versions", "server continues any version"])
def test_pieces_of_two_versions_are_never_joined(server, target, careful):
    server.cuts = [100_000]
    with pytest.raises(DataError):
        download(Wanted(server.address), target, attempts=1)
    server.content, server.etag, server.if_range = OTHER, '"v2"', careful
    download(Wanted(server.address), target, wait=0)
    assert target.read_bytes() == OTHER


def test_unmarked_bytes_are_not_continued_without_a_checksum(server, target):
    server.etag, server.cuts = None, [100_000]
    download(Wanted(server.address), target, wait=0)
    assert "Range" not in server.requests[1]
    assert target.read_bytes() == CONTENT


def test_checksum_catches_unmarked_bytes_of_two_versions(server, target):
    server.etag, server.cuts = None, [100_000]
    with pytest.raises(DataError):
        download(Wanted(server.address, checksum(OTHER)), target, attempts=1)
    server.content = OTHER
    download(Wanted(server.address, checksum(OTHER)), target, wait=0)
    assert server.requests[1]["Range"] == "bytes=100000-"
    assert target.read_bytes() == OTHER


def test_part_without_its_record_is_not_trusted(server, target):
    target.parent.mkdir()
    target.with_name("file.csv.part").write_bytes(OTHER[:1000])
    download(Wanted(server.address, checksum(CONTENT)), target)
    assert target.read_bytes() == CONTENT
    assert server.sent == [len(CONTENT)]


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 5000), max_size=5), ranges=st.booleans(), etag=st.sampled_from(['"v1"', None]))
def test_any_sequence_of_cuts_gives_the_same_file(tmp_path_factory, cuts, ranges, etag):
    content = CONTENT[:10_000]
    target = tmp_path_factory.mktemp("cuts") / "file.csv"
    with FileServer(content, etag=etag, ranges=ranges, cuts=list(cuts)).running() as server:
        download(Wanted(server.address, checksum(content)), target, attempts=len(cuts) + 1, wait=0)
    assert target.read_bytes() == content


def test_wrong_file_is_refused_and_the_old_one_stays(server, target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(DataError) as caught:
        download(Wanted(server.address, checksum(OTHER)), target)
    assert checksum(OTHER) in str(caught.value) and checksum(CONTENT) in str(caught.value)
    assert target.read_bytes() == b"old"
    assert leftovers(target) == ["file.csv"]
    assert len(server.requests) == 1


def test_wrong_size_is_refused_before_the_body(server, target):
    with pytest.raises(DataError, match=r"expected 5 bytes.*sends 300,000"):
        download(Wanted(server.address, size=5), target)
    assert leftovers(target) == []


@pytest.mark.parametrize("length", [True, False], ids=["announced", "not announced"])
def test_too_large_a_file_is_refused(server, target, length):
    server.length = length
    with pytest.raises(DataError, match="limit is 200,000 bytes"):
        download(Wanted(server.address, max_bytes=200_000), target)
    assert leftovers(target) == []


def test_limit_below_the_right_size_is_called_the_limit(server, target):
    with pytest.raises(DataError, match="sends 300,000 bytes; the limit is 1,000"):
        download(Wanted(server.address, size=len(CONTENT), max_bytes=1000), target)


def test_cut_is_noticed_without_content_length_when_the_size_is_known(server, target):
    server.length, server.cuts = False, [100_000]
    download(Wanted(server.address, checksum(CONTENT), len(CONTENT)), target, wait=0)
    assert target.read_bytes() == CONTENT


def test_missing_file_is_not_asked_for_again(server, target):
    server.statuses = [404]
    with pytest.raises(DataError, match=r"answered 404.*POLYDESIGN_DATA"):
        download(Wanted(server.address), target)
    assert len(server.requests) == 1
    assert leftovers(target) == []


def test_overloaded_server_is_asked_again(server, target):
    server.statuses = [503, 429]
    messages = []
    download(Wanted(server.address), target, wait=0.01, on_progress=lambda progress: messages.append(progress.message))
    assert target.read_bytes() == CONTENT
    assert any("attempt 2 of 5: the server answered 503" in message for message in messages)


def test_gives_up_when_every_connection_is_cut(server, target):
    server.ranges, server.cuts = False, [10] * 9
    with pytest.raises(DataError, match="after 3 attempts: the connection closed at 10 of 300,000"):
        download(Wanted(server.address), target, attempts=3, wait=0)
    assert len(server.requests) == 3
    assert not target.exists()


def test_goes_on_as_long_as_each_connection_brings_enough(server, target):
    server.content, server.cuts = CONTENT * 20, [1_200_000] * 4
    download(Wanted(server.address), target, attempts=2, wait=0)
    assert target.read_bytes() == server.content


def test_no_connection_is_explained(target):
    with FileServer(CONTENT).running() as server:
        pass
    with pytest.raises(DataError, match=r"Connection refused.*Check the network"):
        download(Wanted(server.address), target, attempts=2, wait=0)


def test_silent_connection_counts_as_broken(server, target):
    server.stalls, server.pause = 1, 1.0
    download(Wanted(server.address), target, timeout=0.2, wait=0)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 2


def test_slow_connection_is_waited_for(server, target):
    server.pause_every, server.pause = 50_000, 0.1
    download(Wanted(server.address), target, timeout=0.5)
    assert target.read_bytes() == CONTENT
    assert len(server.requests) == 1


def test_stop_keeps_what_has_arrived(server, target):
    server.pause_every, server.pause = 50_000, 0.02
    part = target.with_name("file.csv.part")
    with pytest.raises(Stopped):
        download(Wanted(server.address), target, should_stop=lambda: part.exists() and part.stat().st_size > 0)
    kept = part.stat().st_size
    assert 0 < kept < len(CONTENT)
    download(Wanted(server.address), target)
    assert server.requests[1]["Range"] == f"bytes={kept}-"
    assert target.read_bytes() == CONTENT


def test_complete_part_needs_no_further_bytes(server, target):
    with Part(target) as part:
        part.restart('"v1"', len(CONTENT))
        part.write(CONTENT)
    download(Wanted(server.address, checksum(CONTENT)), target)
    assert target.read_bytes() == CONTENT
    assert server.sent == []


def test_part_beyond_the_end_is_begun_anew(server, target):
    with Part(target) as part:
        part.restart('"v1"', None)
        part.write(OTHER + b"more")
    download(Wanted(server.address), target, wait=0)
    assert target.read_bytes() == CONTENT


def test_redirect_is_followed(server, target):
    download(Wanted(server.address.replace("file.csv", "moved")), target)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("place", ["file:///etc/hostname", "ftp://127.0.0.1/file.csv"])
def test_redirect_to_another_scheme_is_refused(server, target, place):
    server.redirect = place
    with pytest.raises(DataError, match=r"not allowed|Only http and https"):
        download(Wanted(server.address.replace("file.csv", "moved")), target)
    assert not target.exists()


def test_redirect_away_from_encryption_is_refused():
    request = urllib.request.Request("https://example.org/file")
    with pytest.raises(DataError, match="not encrypted"):
        module._Redirects().redirect_request(request, None, 302, "Found", {}, "http://example.org/file")


@pytest.mark.parametrize("address", ["file:///etc/hostname", "ftp://example.org/x", "data:,x", "x.csv"])
def test_other_schemes_are_refused(address, target):
    with pytest.raises(DataError, match="Only http and https"):
        download(Wanted(address), target)


def test_compressed_answer_is_refused(server, target):
    server.encoding = "gzip"
    with pytest.raises(DataError, match="compressed"):
        download(Wanted(server.address), target)


def test_full_disk_is_noticed_before_downloading(server, target, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 1000))
    with pytest.raises(DataError, match=r"1,000 bytes free.*needs 300,000 more.*POLYDESIGN_CACHE"):
        download(Wanted(server.address), target)
    assert leftovers(target) == []


def test_folder_that_cannot_be_written_is_explained(server, tmp_path):
    (tmp_path / "set").write_text("a file where the folder should be")
    with pytest.raises(DataError, match="Cannot write"):
        download(Wanted(server.address), tmp_path / "set" / "file.csv")


@pytest.mark.skipif(os.name == "nt", reason="files are not locked on Windows")
def test_two_downloads_of_one_file_are_kept_apart(server, target):
    with Part(target), pytest.raises(DataError, match="Another download"):
        download(Wanted(server.address), target)


def test_part_remembers_its_version(target):
    with Part(target) as part:
        part.restart('"v7"', 42)
        part.write(b"abc")
    assert json.loads(target.with_name("file.csv.part.json").read_text()) == {"validator": '"v7"', "total": 42}
    with Part(target) as part:
        assert (part.validator, part.total, part.size) == ('"v7"', 42, 3)
