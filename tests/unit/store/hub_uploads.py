"""The writing half of the Hub on 127.0.0.1: new repositories, large files apart, one commit for all."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field

import yaml
from huggingface_hub import constants

_PREUPLOAD = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)/preupload/(?P<revision>.+)")
_BATCH = re.compile(r"/(?P<repo>[^/]+/[^/]+)\.git/info/lfs/objects/batch")
_COMMIT = re.compile(r"/api/models/(?P<repo>[^/]+/[^/]+)/commit/(?P<revision>.+)")


@dataclass
class Uploads:
    """What the Hub allows and has taken in.

    Attributes:
        writers: token -> names under which it may write.
        objects: sha256 -> large files that have arrived.
        commits: (repository, title, names of its files) of each commit.
        status: answer every commit with this.
        home: address that commits are named by; huggingface_hub reads it by what it was imported with.
    """

    writers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    commits: list[tuple[str, str, list[str]]] = field(default_factory=list)
    status: int | None = None
    home: str = constants.ENDPOINT


class Writing:
    """POST and PUT of a handler whose server has `uploads`, `repositories`, `requests` and `new_repository`."""

    def do_POST(self) -> None:
        path = self.path.split("?")[0]
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.requests.append(("POST", path, None, self.headers["Authorization"]))
        if path == "/api/validate-yaml":
            return self._validate(json.loads(body)["content"])
        if path == "/api/repos/create":
            return self._create(json.loads(body))
        match = _PREUPLOAD.fullmatch(path) or _BATCH.fullmatch(path) or _COMMIT.fullmatch(path)
        if match is None or match["repo"] not in self.server.repositories:
            return self._error(404, "RepoNotFound")
        if not self._may_write(match["repo"].split("/")[0]):
            return self._error(403, "")
        if match.re is _PREUPLOAD:
            return self._preupload(json.loads(body))
        return self._batch(json.loads(body)) if match.re is _BATCH else self._commit(match["repo"], body)

    def do_PUT(self) -> None:
        """Take a large file in; the address is signed, so no token comes along."""
        self.server.requests.append(("PUT", self.path.split("?")[0], None, self.headers["Authorization"]))
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.uploads.objects[hashlib.sha256(body).hexdigest()] = body
        self._send(200, {"Content-Length": "0"}, b"")

    def _may_write(self, owner: str) -> bool:
        token = (self.headers["Authorization"] or "").removeprefix("Bearer ")
        return owner in self.server.uploads.writers.get(token, ())

    def _create(self, wish: dict) -> None:
        if not self._may_write(wish["organization"]):
            return self._error(403, "")
        repo = f"{wish['organization']}/{wish['name']}"
        if repo in self.server.repositories:
            error = {"error": "You already created this model repo", "url": f"{self.server.endpoint}/{repo}"}
            return self._json(error, 409)
        self.server.new_repository(repo, private=bool(wish.get("private")))
        return self._json({"url": f"{self.server.endpoint}/{repo}"})

    def _validate(self, card: str) -> None:
        """Refuse what the Hub refuses: metadata that is no mapping, or a model-index without what it needs."""
        data = yaml.safe_load(card.split("---")[1])
        errors = [] if isinstance(data, dict) and isinstance(data.get("license"), str) else ["no license"]
        for model in data.get("model-index", []):
            for result in model["results"]:
                complete = {"type", "name"} <= set(result["dataset"]) and "type" in result["task"]
                if not complete or not all({"type", "value"} <= set(metric) for metric in result["metrics"]):
                    errors.append("model-index lacks something")
        self._json({"errors": [{"message": text} for text in errors], "warnings": []}, 400 if errors else 200)

    def _preupload(self, wish: dict) -> None:
        files = [
            {
                "path": entry["path"],
                "uploadMode": "lfs" if entry["path"].endswith((".safetensors", ".npy", ".gz")) else "regular",
                "shouldIgnore": False,
            }
            for entry in wish["files"]
        ]
        self._json({"files": files})

    def _batch(self, wish: dict) -> None:
        objects = [
            entry
            | {"actions": {"upload": {"href": f"{self.server.endpoint}/put/{entry['oid']}?signature=secret-signature"}}}
            for entry in wish["objects"]
        ]
        self._json({"transfer": "basic", "objects": objects})

    def _commit(self, repo: str, body: bytes) -> None:
        uploads = self.server.uploads
        if uploads.status is not None:
            return self._error(uploads.status, "")
        header, *files = [json.loads(line) for line in body.splitlines()]
        contents = {}
        for entry in files:
            value = entry["value"]
            large = entry["key"] == "lfsFile"
            contents[value["path"]] = uploads.objects[value["oid"]] if large else base64.b64decode(value["content"])
        commit = hashlib.sha1(body).hexdigest()
        repository = self.server.repositories[repo]
        repository.files |= contents
        repository.commit = commit
        uploads.commits.append((repo, header["value"]["summary"], sorted(contents)))
        address = f"{uploads.home}/{repo}/commit/{commit}"
        return self._json({"success": True, "commitOid": commit, "commitUrl": address, "hookOutput": ""})

    def _json(self, data: dict, status: int = 200) -> None:
        content = json.dumps(data).encode()
        self._send(status, {"Content-Type": "application/json", "Content-Length": str(len(content))}, content)
