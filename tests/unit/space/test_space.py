"""The container: what Dockerfile, README and .dockerignore promise each other, read without Docker."""

from __future__ import annotations

import ast
import json
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
HOME = "/home/user"


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile as (instruction, arguments), continued lines joined and comments left out."""
    lines = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in joined.splitlines() if line.strip()]


def given(name: str) -> list[str]:
    return [arguments for instruction, arguments in instructions() if instruction == name]


def environment() -> dict[str, str]:
    return dict(re.findall(r"(\w+)=(\S+)", " ".join(given("ENV"))))


def command() -> list[str]:
    return json.loads(given("CMD")[-1])


def front_matter() -> dict:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\n")
    return yaml.safe_load(text.split("---\n", 2)[1])


def test_the_space_is_described_as_the_hub_wants_it():
    data = front_matter()
    assert (data["sdk"], data["license"], data["title"]) == ("docker", "apache-2.0", "polydesign")
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {data["colorFrom"], data["colorTo"]} <= colours
    assert len(data["emoji"]) == 1 and len(data["short_description"]) <= 60
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", name) for name in data["models"])


def test_one_port_everywhere():
    port = str(front_matter()["app_port"])
    assert given("EXPOSE") == [port]
    assert f"--server.port={port}" in command() and "--server.address=0.0.0.0" in command()
    (check,) = given("HEALTHCHECK")
    assert f"http://127.0.0.1:{port}/_stcore/health" in check
    assert json.loads(check[check.index("CMD") + 3 :])[0] == "python"


def test_user_1000_runs_it_and_nothing_is_done_as_root_after():
    names = [name for name, _ in instructions()]
    assert given("USER") == ["1000"]
    assert "--uid 1000" in " ".join(given("RUN"))
    assert not {"RUN", "COPY", "ADD"} & set(names[names.index("USER") :])


def test_all_that_is_written_lies_in_the_home():
    variables = environment()
    assert variables["HOME"] == HOME
    for name in ("TMPDIR", "HF_HOME", "XDG_CACHE_HOME"):
        assert variables[name].startswith(HOME + "/"), name
    assert variables["PYTHONDONTWRITEBYTECODE"] == "1"
    assert not any("--chown" in line for line in given("COPY"))  # the app itself is only read
    assert given("WORKDIR") == ["/app"]


def test_the_same_pins_are_installed():
    copied = [line.split()[:-1] for line in given("COPY")]
    assert ["requirements.txt"] in copied and ["."] in copied
    (install,) = [line for line in given("RUN") if "pip install" in line]
    assert install.rstrip().endswith("-r /app/requirements.txt") and "==" not in install
    pins = (ROOT / "requirements.txt").read_text().splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in pins if line and not line.startswith("#"))


def ignored(path: str) -> bool:
    """Say whether .dockerignore leaves a path out (the patterns that are used there)."""
    patterns = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    heads = ["/".join(path.split("/")[: i + 1]) for i in range(len(path.split("/")))]
    for pattern in patterns:
        plain = pattern.rstrip("/").removeprefix("**/")
        names = [head.rsplit("/", 1)[-1] for head in heads] if pattern.startswith("**/") else heads
        if any(fnmatch(name, plain) for name in names):
            return True
    return False


@pytest.mark.parametrize(
    "path",
    ["app.py", "requirements.txt", "pages/design.py", "polydesign/core/request.py", "static/style.css",
     ".streamlit/config.toml", "checkpoints/polygpt/model.safetensors", "benchmarks/results/speed.json",
     "docs/figures/parity-guide.svg", "polydesign/data/corpora/library.parquet"],
)  # fmt: skip
def test_what_the_app_reads_is_in_the_image(path):
    assert (ROOT / path).is_file() and not ignored(path)


@pytest.mark.parametrize(
    "path", [".git/config", "tests/conftest.py", ".streamlit/secrets.toml", ".env", "runs/a/model.safetensors",
             "polydesign/__pycache__/a.pyc", ".venv/bin/python"],
)  # fmt: skip
def test_what_it_does_not_read_is_not(path):
    assert ignored(path)


@pytest.mark.parametrize("page", sorted(path.name for path in (ROOT / "pages").glob("*.py")))
def test_every_page_leads_the_first_visitor_of_its_address_into_the_app(page):
    """Without this the first page of a process, when it is not the default one, has no navigation around it."""
    tree = ast.parse((ROOT / "pages" / page).read_text())
    calls = [node.value for node in tree.body if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    default = re.search(r'st\.Page\("pages/(\w+\.py)"[^\n]*default=True', (ROOT / "app.py").read_text())
    assert default and (page == default[1] or ast.unparse(calls[0]) == "through_app()")
