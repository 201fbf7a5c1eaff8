"""What the documents promise: links lead somewhere, paths exist, commands are those that the programs know."""

from __future__ import annotations

import io
import re
import runpy
import shlex
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import yaml

import polydesign

ROOT = Path(__file__).resolve().parent.parent
OWN = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("**/*.md"))]
CARDS = [*sorted(ROOT.glob("checkpoints/*/README.md")), *sorted(ROOT.glob("polydesign/*/*/card.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
COMMAND = re.compile(r"-m ((?:polydesign|benchmarks)\.\w+)([^`\n]*)|^polydesign ([a-z]\w*)([^`\n]*)", re.MULTILINE)
PATH = re.compile(r"`((?:polydesign|tests|benchmarks|docs|checkpoints|pages|static|\.ci)/[\w./-]*)`")


def of(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(ROOT)))


def anchors(path: Path) -> set[str]:
    """Return what a link to a page may end with: its headings as GitHub names them, and ids that it sets."""
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
    return slugs | set(re.findall(r'id="([^"]+)"', text))


@cache
def help_of(module: str, *given: str) -> str:
    """Return what ``python -m MODULE GIVEN --help`` prints; fail when it does not."""
    said, before = io.StringIO(), sys.argv
    sys.argv = [module, *given, "--help"]
    try:
        with redirect_stdout(said), redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # the module may have been imported before
            runpy.run_module(module, run_name="__main__", alter_sys=False)
    except SystemExit as end:
        assert not end.code, f"{' '.join([module, *given])}: {said.getvalue()}"
    finally:
        sys.argv = before
    return said.getvalue()


def commands(path: Path) -> list[tuple[str, list[str]]]:
    """Return module and arguments of each command that a page quotes."""
    found = []
    for module, more, verb, rest in COMMAND.findall(path.read_text(encoding="utf-8")):
        arguments = (more or rest).split(" && ")[0]
        found.append((module or f"polydesign.{verb}", shlex.split(arguments.split(" #")[0])))
    return [(module, arguments) for module, arguments in found if module != "polydesign.VERB"]


def test_there_is_something_to_test():
    quoted = {module for path in OWN for module, _ in commands(path)}
    verbs = {"design", "sample", "predict", "compare", "latent", "properties", "data", "label", "train", "evaluate"}
    assert quoted >= {f"polydesign.{verb}" for verb in verbs}


@of([*OWN, *CARDS])
def test_commands_exist_and_know_their_options(path):
    for module, arguments in commands(path):
        # What is in capitals stands for something; the first word of the rest may be a command of the verb's own.
        words = [word for word in arguments[:1] if re.fullmatch(r"[a-z][\w.-]*", word)]
        told = set(re.findall(r"--[a-z][\w-]*", help_of(module, *words)))
        asked = {word.split("=")[0] for word in arguments if word.startswith("--")}
        assert asked <= told | {"--help"}, f"{module} has no {', '.join(sorted(asked - told))}"


@of(OWN)
def test_links_lead_somewhere(path):
    for link in LINK.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        if link.startswith(("http://", "https://")):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        assert target.exists() and target.is_relative_to(ROOT), f"{link} leads nowhere"
        assert not anchor or anchor in anchors(target), f"{link}: no such heading"


@of(OWN)
def test_paths_exist(path):
    for name in PATH.findall(path.read_text(encoding="utf-8")):
        assert (ROOT / name).exists(), f"there is no {name}"


@of(OWN)
def test_python_can_be_read(path):
    for language, code in FENCE.findall(path.read_text(encoding="utf-8")):
        if language == "python":
            compile(code, str(path), "exec")


def test_every_page_can_be_reached():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
            if not link.startswith("http") and (file := link.partition("#")[0]):
                waiting.append((page.parent / file).resolve())
    assert {str(path.relative_to(ROOT)) for path in OWN if path not in reached} == set()


def test_the_readme_is_short_and_tells_how_to_begin():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 130
    assert "pip install -r requirements.txt && streamlit run app.py" in text
    assert "pip install -r requirements-dev.txt && pytest" in text
    (code,) = re.findall(r"<!-- ten lines -->\n```python\n(.*?)```\n<!-- /ten lines -->", text, re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
    assert all(f"polydesign.{name}(" in code for name in ("load", "design", "predict"))


def test_the_citation_is_in_the_citation_file_format():
    """The fields that version 1.2.0 of the format asks for, and no person who is not there."""
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert cited["cff-version"] == "1.2.0" and cited["type"] == "software" and cited["license"] == "Apache-2.0"
    assert cited["authors"] == [{"name": "polydesign maintainers"}]
    assert str(cited["version"]) == polydesign.__version__
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", cited["date-released"])


def test_the_changes_have_every_version_with_its_day():
    heads = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert heads[0] == "Unreleased"
    assert heads[1:] and all(re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", head) for head in heads[1:])
