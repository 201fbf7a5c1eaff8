"""Download one file: streamed, limited, checked, and taken up again where a connection broke.

To go on, the version mark of the server is sent back as If-Range with a Range request (RFC 9110,
sections 13.1.5 and 14): a server that cannot continue, or whose file has changed, sends it whole.
"""

from __future__ import annotations

import http.client
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from polydesign.core.errors import DataError, Stopped
from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.data.sources.checksums import sha256_of
from polydesign.data.sources.part import Part

MAX_BYTES = 20 * 10**9
_CHUNK = 1 << 18
_SPARE_DISK = 64 * 2**20
_WORTHWHILE = 2**20  # bytes of an attempt that does not count as failed
_PASSING = {408, 425, 429, 500, 502, 503, 504}  # answers after which another attempt makes sense


@dataclass(frozen=True)
class Wanted:
    """The file that is wanted.

    Attributes:
        address: http or https.
        sha256, size: checksum and bytes of the right file, where known.
        vouched_by: who says so, for the message about a wrong file.
        max_bytes: refuse anything larger.
    """

    address: str
    sha256: str | None = None
    size: int | None = None
    vouched_by: str = "the catalog"
    max_bytes: int = MAX_BYTES


_KeepGoing = Callable[..., None]  # called with the part and perhaps a message; raises `Stopped`


class _Dropped(Exception):
    """The connection broke, or the server is overloaded for the moment."""


def download(
    wanted: Wanted,
    target: Path,
    *,
    attempts: int = 5,
    wait: float = 1.0,
    timeout: float = 30.0,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> str:
    """Bring a file to `target`, replacing it only by a complete and correct one; return its SHA-256.

    Args:
        wanted: what to download.
        target: file to write; its folder is made.
        attempts: attempts in a row that may each bring less than 1 MiB.
        wait: seconds before the second attempt, doubled for each further one, at most 30.
        timeout: seconds without a byte after which a connection counts as broken.
        on_progress: called with the bytes done and in all (0 when not known), and why an attempt is repeated.
        should_stop: when it turns true `Stopped` is raised.

    Raises `DataError` when the server refuses, the file is larger than `wanted.max_bytes` or the disk,
    the connection keeps breaking, or the file is wrong. A wrong file is deleted; of a stopped or broken
    download what has arrived is kept, and the next call goes on from there.
    """
    _check_scheme(wanted.address)

    def keep_going(part: Part, message: str = "") -> None:
        if should_stop is not None and should_stop():
            raise Stopped("The download was stopped. Run the same command again to go on.")
        if on_progress is not None:
            on_progress(Progress("download", part.size, part.total or 0, message or target.name))

    with Part(target) as part:
        while True:
            _receive_all(wanted, part, attempts, wait, timeout, keep_going)
            got = sha256_of(part.path)
            if wanted.sha256 in (None, got):
                part.finish()
                return got
            if not part.pieced:
                break
            part.restart()  # the pieces may have been of different versions
        part.discard()
    raise DataError(
        f"Refused a wrong file from {wanted.address}: expected sha256 {wanted.sha256} (from {wanted.vouched_by}), "
        f"got {got}. It was deleted."
    )


def _receive_all(
    wanted: Wanted, part: Part, attempts: int, wait: float, timeout: float, keep_going: _KeepGoing
) -> None:
    """Connect until the file is complete."""
    failures = 0
    while True:
        before = part.size
        try:
            return _receive(wanted, part, timeout, keep_going)
        except _Dropped as dropped:
            failures = failures + 1 if part.size - before < _WORTHWHILE else 1
            if failures >= attempts:
                raise DataError(
                    f"Gave up {wanted.address} after {failures} attempts: {dropped}. {part.size:,} bytes are kept. "
                    "Check the network and run the same command again to go on."
                ) from dropped
            message = f"attempt {failures + 1} of {attempts}: {dropped}"
        again_at = time.monotonic() + min(wait * 2 ** (failures - 1), 30.0)
        while (left := again_at - time.monotonic()) > 0:
            keep_going(part, message)
            time.sleep(min(left, 0.2))


def _receive(wanted: Wanted, part: Part, timeout: float, keep_going: _KeepGoing) -> None:
    """Connect once and append to `part` until the file is complete; raise `_Dropped` when that fails."""
    try:
        with _OPENER.open(_request(wanted, part), timeout=timeout) as response:
            _begin(wanted, part, response)
            keep_going(part)
            while chunk := response.read1(_CHUNK):
                part.write(chunk)
                if part.size > min(wanted.max_bytes, wanted.size or wanted.max_bytes):
                    part.discard()
                    raise _wrong_size(wanted, "more")
                keep_going(part)
    except urllib.error.HTTPError as error:
        _answered(wanted, part, error)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise DataError(f"The certificate of {urlsplit(wanted.address).netloc} is not valid: {reason}.") from error
        raise _Dropped(str(reason) or type(reason).__name__) from error
    total = part.total or wanted.size
    if total is not None and part.size < total:
        raise _Dropped(f"the connection closed at {part.size:,} of {total:,} bytes")


def _request(wanted: Wanted, part: Part) -> urllib.request.Request:
    request = urllib.request.Request(
        wanted.address, headers={"User-Agent": "polydesign", "Accept-Encoding": "identity"}
    )
    # Bytes of an unmarked version are only continued when a checksum will judge the whole.
    if part.size and (part.validator or wanted.sha256):
        request.add_header("Range", f"bytes={part.size}-")
        if part.validator:
            request.add_header("If-Range", part.validator)
    return request


def _begin(wanted: Wanted, part: Part, response: Any) -> None:
    """Make `part` ready for the body of an answer: go on with it, or start anew; refuse what cannot be right."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise DataError(f"{wanted.address} is sent compressed ({response.headers['Content-Encoding']}), unasked.")
    etag = response.headers.get("ETag", "")
    mark = etag if etag.startswith('"') else response.headers.get("Last-Modified")  # weak tags do not mark bytes
    if response.status == 206:
        start, total = _content_range(response.headers.get("Content-Range", ""))
        if start != part.size or mark not in (None, part.validator) or part.total not in (None, total):
            part.restart()
            raise _Dropped("the server went on with another file")
        part.pieced, part.total = True, total
    else:
        length = response.headers.get("Content-Length", "")
        total = int(length) if length.isdigit() else None
        part.restart(mark, total)
    if total is None:
        return
    if total > wanted.max_bytes or wanted.size not in (None, total):
        part.discard()
        raise _wrong_size(wanted, f"{total:,} bytes")
    free = shutil.disk_usage(part.path.parent).free
    if total - part.size + _SPARE_DISK > free:
        raise DataError(
            f"{part.path.parent} has {free:,} bytes free; {wanted.address} needs {total - part.size:,} more. "
            "Make room, or set POLYDESIGN_CACHE to a folder on a larger disk."
        )


def _answered(wanted: Wanted, part: Part, error: urllib.error.HTTPError) -> None:
    """Return when the answer says that everything is here, else raise the fitting error."""
    with error:
        if error.code == 416:  # nothing after what has arrived: complete, or not this file
            size = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
            if size and int(size[1]) == part.size == (part.total or part.size):
                return
            part.restart()
            raise _Dropped("the server's file is shorter than what has arrived") from error
        if error.code in _PASSING:
            raise _Dropped(f"the server answered {error.code} {error.reason}") from error
        raise DataError(
            f"{wanted.address} answered {error.code} {error.reason}. If the file has moved, download it by hand into "
            "a folder and set POLYDESIGN_DATA to that folder."
        ) from error


def _wrong_size(wanted: Wanted, size: str) -> DataError:
    if wanted.size is not None and wanted.size <= wanted.max_bytes:
        return DataError(
            f"Refused a wrong file from {wanted.address}: expected {wanted.size:,} bytes (from {wanted.vouched_by}), "
            f"the server sends {size}."
        )
    return DataError(f"{wanted.address} sends {size}; the limit is {wanted.max_bytes:,} bytes (see --max-gb).")


def _content_range(text: str) -> tuple[int | None, int | None]:
    """Read ``bytes START-END/TOTAL``."""
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", text.strip())
    if match is None:
        return None, None
    return int(match[1]), None if match[2] == "*" else int(match[2])


def _check_scheme(address: str) -> None:
    if urlsplit(address).scheme not in ("http", "https"):
        raise DataError(
            f"Only http and https addresses are downloaded; got '{address}'. For files that are on this machine set "
            "POLYDESIGN_DATA to their folder."
        )


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects between http and https, never from https to http or to another scheme."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check_scheme(newurl)
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme == "http":
            raise DataError(f"{req.full_url} redirects to {newurl}, which is not encrypted. Refused.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


_OPENER = urllib.request.build_opener(_Redirects)
