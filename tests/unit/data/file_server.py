"""A small web server on 127.0.0.1 that misbehaves as told, for the tests of downloads."""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """Serves `content` at every path and writes down what it was asked.

    Attributes:
        content: bytes of the file.
        etag, modified: version marks that are sent, None for none.
        ranges: whether Range requests are honoured.
        if_range: whether If-Range is looked at (a careless server continues any version).
        cuts: for each further request, after how many bytes of the body the connection is closed (None: not).
        statuses: for each further request, a status to answer instead of the file (None: the file).
        length: whether Content-Length is sent.
        redirect: where the path /moved points to.
        encoding: Content-Encoding that is claimed.
        pause, pause_every: seconds of silence after every so many bytes.
        stalls: number of further requests that are answered with silence for `pause` seconds.
        requests: headers of every request.
        sent: bytes of body that were sent to each request.
    """

    content: bytes = b""
    etag: str | None = '"v1"'
    modified: str | None = None
    ranges: bool = True
    if_range: bool = True
    cuts: list[int | None] = field(default_factory=list)
    statuses: list[int | None] = field(default_factory=list)
    length: bool = True
    redirect: str = ""
    encoding: str | None = None
    pause: float = 0.0
    pause_every: int = 0
    stalls: int = 0
    requests: list[dict[str, str]] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    address: str = ""

    @contextmanager
    def running(self):
        httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        httpd.daemon_threads = True
        httpd.files = self
        self.address = f"http://127.0.0.1:{httpd.server_port}/file.csv"
        thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            httpd.shutdown()
            httpd.server_close()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        files: FileServer = self.server.files
        files.requests.append(dict(self.headers))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", files.redirect or files.address)
            self.end_headers()
            return
        status = files.statuses.pop(0) if files.statuses else None
        if status is not None:
            self.send_error(status)
            return
        if files.stalls:
            files.stalls -= 1
            time.sleep(files.pause)
            return
        self._send(files)

    def _send(self, files: FileServer) -> None:
        start = self._start(files)
        body = files.content[start:]
        if start and not body:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{len(files.content)}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(files.content) - 1}/{len(files.content)}")
        for name, value in (
            ("ETag", files.etag), ("Last-Modified", files.modified), ("Content-Encoding", files.encoding)
        ):  # fmt: skip
            if value is not None:
                self.send_header(name, value)
        if files.length:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = files.cuts.pop(0) if files.cuts else None
        self._body(files, body if cut is None else body[:cut])
        self.close_connection = True

    def _start(self, files: FileServer) -> int:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        mark = self.headers.get("If-Range")
        same = mark is None or not files.if_range or mark in (files.etag, files.modified)
        return int(asked[1]) if asked and files.ranges and same else 0

    def _body(self, files: FileServer, body: bytes) -> None:
        step = files.pause_every or max(len(body), 1)
        sent = 0
        try:
            for at in range(0, len(body), step):
                self.wfile.write(body[at : at + step])
                sent += len(body[at : at + step])
                if files.pause_every:
                    time.sleep(files.pause)
        except OSError:  # the client went away
            pass
        files.sent.append(sent)

    def log_message(self, *_: object) -> None:
        pass
