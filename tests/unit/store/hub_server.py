"""A Hugging Face Hub on 127.0.0.1: model info, files and ranges, large files behind a redirect, uploads, faults."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

from tests.unit.store.hub_uploads import Uploads, Writing

_INFO = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)(?:/revision/(?P<revision>.+))?")
_FILE = re.compile(r"/(?P<repo>[^/]+/[^/]+)/resolve/(?P<revision>[^/]+)/(?P<name>.+)")
_BLOB = re.compile(r"/blobs/(?P<repo>[^/]+/[^/]+)/(?P<name>.+)")


@dataclass
class Repository:
    """Files of one commit and the names that stand for it; `fault` settings spoil what is served."""

    files: dict[str, bytes]
    commit: str = "c" * 40
    names: tuple[str, ...] = ("main",)
    gated: bool = False
    private: bool = False
    served_instead: dict[str, bytes] = field(default_factory=dict)  # same address and etag, other bytes
    cuts: dict[str, int] = field(default_factory=dict)  # name -> how many more answers break off half way
    sizes: dict[str, int] = field(default_factory=dict)  # name -> size announced by model info


class HubServer(ThreadingHTTPServer):
    """Serves `repositories`; remembers each request as (method, path, Range, Authorization)."""

    daemon_threads = True

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.requests: list[tuple[str, str, str | None, str | None]] = []
        self.status: int | None = None  # answer everything with this
        self.uploads = Uploads()
        super().__init__(("127.0.0.1", 0), _Handler)
        Thread(target=partial(self.serve_forever, poll_interval=0.02), daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def new_repository(self, repo: str, *, private: bool) -> None:
        """Make an empty repository."""
        self.repositories[repo] = Repository({}, private=private)

    def asked_for(self, name: str) -> list[tuple[str, str | None]]:
        """Return (method, Range) of the requests for a file."""
        return [(method, span) for method, path, span, _ in self.requests if path.endswith("/" + name)]


class _Handler(Writing, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: HubServer

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.server.requests.append((self.command, path, self.headers["Range"], self.headers["Authorization"]))
        if self.server.status is not None:
            return self._error(self.server.status, "")
        match = _BLOB.fullmatch(path) or _INFO.fullmatch(path) or _FILE.fullmatch(path)
        repository = self.server.repositories.get(match["repo"]) if match else None
        if match is None or repository is None:
            return self._error(404, "RepoNotFound")
        if match.re is _BLOB:
            return self._content(repository, match["name"], {})
        revision = match["revision"] or "main"
        if revision not in (*repository.names, repository.commit):
            return self._error(404, "RevisionNotFound")
        if match.re is _INFO:
            return self._info(match["repo"], repository)
        if repository.gated:
            return self._error(403, "GatedRepo")
        return self._file(match["repo"], repository, match["name"])

    def _info(self, repo: str, repository: Repository) -> None:
        siblings = [
            {"rfilename": name, "size": repository.sizes.get(name, len(content)), "blobId": _etag(content)}
            for name, content in repository.files.items()
        ]
        about = {"id": repo, "sha": repository.commit, "private": repository.private, "tags": []}
        self._json(about | {"siblings": siblings})

    def _file(self, repo: str, repository: Repository, name: str) -> None:
        if name not in repository.files:
            return self._error(404, "EntryNotFound", {"X-Repo-Commit": repository.commit})
        content = repository.files[name]
        headers = {"X-Repo-Commit": repository.commit, "ETag": f'"{_etag(content)}"', "Accept-Ranges": "bytes"}
        if not name.endswith(".safetensors"):
            return self._content(repository, name, headers)
        linked = {
            "X-Linked-Size": str(len(content)),
            "X-Linked-Etag": f'"{hashlib.sha256(content).hexdigest()}"',
            "Location": f"{self.server.endpoint}/blobs/{repo}/{name}?signature=secret-signature",
            "Content-Length": "0",
        }
        return self._send(302, headers | linked, b"")

    def _content(self, repository: Repository, name: str, headers: dict[str, str]) -> None:
        content = repository.served_instead.get(name, repository.files[name])
        start = int(match[1]) if (match := re.match(r"bytes=(\d+)-", self.headers["Range"] or "")) else 0
        if start:
            headers = headers | {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        body = content[start:]
        headers = headers | {"Content-Length": str(len(body)), "Content-Type": "application/octet-stream"}
        if self.command == "GET" and repository.cuts.get(name, 0) > 0:
            repository.cuts[name] -= 1
            self.close_connection = True
            body = body[: len(body) // 2]
        self._send(206 if start else 200, headers, body)

    def _error(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        self._send(status, {"X-Error-Code": code, "Content-Length": "0", **(headers or {})}, b"")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


def _etag(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
