"""The house before and after: two commits side by side, measured from their source and their history.

``python -m benchmarks.house --before COMMIT`` prints the tables of docs/explanation/before-and-after.md; with
``--write`` it writes them into a page, between the lines ``<!-- house -->`` and ``<!-- /house -->``. It needs the
history of the repository and mypy, and takes some minutes: each commit is laid out in a folder of its own.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from polydesign.commands.cli import command
from polydesign.core.errors import DataError
from tests import architecture

ROOT = Path(__file__).resolve().parent.parent
FAMILIES = ("polydesign/generators", "polydesign/predictors", "tests/contract/families")
"""Folders of families: ours, and the toys of the contract suite."""
AREAS = {"package": "polydesign", "tests": "tests", "documents": "*.md", "the whole repository": "."}
_MARKED = re.compile(r"(<!-- house -->\n).*?(<!-- /house -->)", re.DOTALL)
_RECORD = {"id", "kind", "family", "config"}  # keys of a config.json, among others
_FACES = "commands"  # modules right in the package are the command line, wherever the commands themselves lie


def git(*arguments: str) -> str:
    """Return what git says; raise `DataError` where it fails, as for a commit that is not here."""
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True)
    if done.returncode:
        raise DataError(f"git {' '.join(arguments)}: {done.stderr.strip()}. Fetch the history, or name a commit in it.")
    return done.stdout


def lay_out(commit: str, folder: Path) -> Path:
    """Write the files of a commit into a folder; return the folder."""
    done = subprocess.run(["git", "-C", str(ROOT), "archive", commit], capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def measure(tree: Path) -> dict[str, str]:
    """Return name of a measure -> what it is for a tree, as text."""
    package = tree / "polydesign"
    files = sorted(package.rglob("*.py"))
    longest, length = _largest(architecture.long_modules(package, 0))
    fullest, size = _largest(architecture.full_folders(package, 0))
    arrows = architecture.graph(package)
    circles = architecture.circles(arrows)
    rooms, folders = (list(crossings(arrows, depth)) for depth in (1, 2))
    pairs = set(folders)
    return {
        "modules of the package": f"{len(files):,}",
        "lines of the package": f"{lines(files):,}",
        "lines of the tests": f"{lines(sorted((tree / 'tests').rglob('*.py'))):,}",
        "longest module": f"{length} lines ({longest})",
        f"modules over {architecture.LONGEST} lines": str(len(architecture.long_modules(package))),
        "fullest folder": f"{size} modules ({fullest})",
        f"folders of more than {architecture.MOST} modules": str(len(architecture.full_folders(package))),
        "imports from one room into another": f"{len(rooms):,}",
        "arrows between rooms": str(len(set(rooms))),
        "folders of two levels": str(len({side for pair in pairs for side in pair})),
        "arrows between folders of two levels": str(len(pairs)),
        "pairs of such folders that import each other": str(sum((b, a) in pairs for a, b in pairs) // 2),
        "circles of modules, deferred imports counted": f"{len(circles)} ({sum(map(len, circles))} modules)",
        "errors of mypy": mypy_errors(tree),
        "families told apart in training by hasattr or import_module, places": str(guesses(package)),
        "places where a config.json is put together": str(sum(records(path) for path in files)),
        "lines of README.md": str(len((tree / "README.md").read_text().splitlines())),
        "MB of checkpoints/": f"{megabytes(tree / 'checkpoints'):.1f}",
    }


def _largest(sizes: Mapping[str, int]) -> tuple[str, int]:
    return max(sizes.items(), key=lambda entry: entry[1])


def lines(files: Sequence[Path]) -> int:
    """Return the number of lines of some files together."""
    return sum(len(path.read_text().splitlines()) for path in files)


def crossings(arrows: Mapping[str, set[str]], depth: int) -> Iterator[tuple[str, str]]:
    """Yield the folders of importer and imported, of `depth` levels, for each import between two of them.

    What commands import is left out: they are faces of the whole house.
    """

    def folder(module: str) -> str:
        parts = module.split(".")[1:-1] or [_FACES]
        return "/".join(parts[:depth])

    for module, imported in arrows.items():
        for other in imported:
            one, two = folder(module), folder(other)
            if one != two and _FACES not in (one, two):
                yield one, two


def records(path: Path) -> int:
    """Return how many dictionaries in a file are written out with the keys of a config.json, tables of types not."""
    entries = (
        {key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)}
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Dict)
    )
    return sum(entry.keys() >= _RECORD and not isinstance(entry["id"], ast.Tuple) for entry in entries)


def guesses(package: Path) -> int:
    """Return how often training finds out by hasattr or import_module what kind of family it has before it."""
    files = [*package.glob("training/**/*.py"), package / "train.py", package / "commands" / "train.py"]
    calls = (
        node.func.id
        for path in files
        if path.exists()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return sum(name in ("hasattr", "import_module") for name in calls)


def megabytes(folder: Path) -> float:
    """Return the size of the files in a folder, in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def mypy_errors(tree: Path) -> str:
    """Return the number of errors that mypy finds in a tree with that tree's own settings."""
    call = [sys.executable, "-m", "mypy", "--cache-dir", str(tree / ".mypy_cache")]
    said = subprocess.run(call, cwd=tree, capture_output=True, text=True).stdout
    found = re.search(r"Found (\d+) error", said)
    if not found and "Success" not in said:
        raise DataError(f"mypy says neither success nor errors: {said.strip()[-200:]}")
    return found[1] if found else "0"


def changed(before: str, after: str) -> dict[str, str]:
    """Return area -> lines that were added and removed between two commits, no line of what only moved."""
    result = {}
    for area, pattern in AREAS.items():
        said = git("diff", "--numstat", "-M", before, after, "--", pattern).splitlines()
        numbers = [line.split("\t")[:2] for line in said if not line.startswith("-")]  # a dash: not text
        added, removed = (sum(int(pair[side]) for pair in numbers) for side in (0, 1))
        result[area] = f"{len(said):,} files, {added:,} lines added, {removed:,} removed"
    return result


def additions(commit: str) -> dict[str, tuple[str, int, int]]:
    """Return family -> the commit that added its network, and how many modules that changed and how many it added.

    What counts are modules of the package that are in no family's folder.
    """
    result = {}
    for path in git("ls-tree", "-r", "--name-only", commit, "--", *FAMILIES).split():
        if not path.endswith("/network.py"):
            continue
        first = git("log", "--diff-filter=A", "--format=%h", commit, "--", path).split()[-1]
        entries = [line.split("\t") for line in git("show", "-M", "--format=", "--name-status", first).split("\n")]
        others = [entry[0][0] for entry in entries if _is_shared(entry[-1])]
        result[path.split("/")[-2]] = (first, sum(s != "A" for s in others), others.count("A"))
    return result


def _is_shared(path: str) -> bool:
    inside = [folder for folder in FAMILIES if path.startswith(folder + "/")]
    return path.endswith(".py") and path.startswith("polydesign/") and not (inside and path.count("/") > 2)


def tables(before: str, after: str) -> str:
    """Return the page's tables."""
    before, after = (
        git("rev-parse", "--verify", "--short", f"{commit}^{{commit}}").strip() for commit in (before, after)
    )
    with tempfile.TemporaryDirectory() as folder:
        one, two = (measure(lay_out(commit, Path(folder) / commit)) for commit in (before, after))
    sides = "\n".join(f"| {name} | {one[name]} | {two[name]} |" for name in one)
    diff = "\n".join(f"| {area} | {text} |" for area, text in changed(before, after).items())
    known = additions(before)
    rows = "\n".join(
        f"| {family} | {'before' if family in known else 'after'} | {commit} | {edited} | {new} |"
        for family, (commit, edited, new) in sorted(additions(after).items(), key=lambda e: (e[0] not in known, e[0]))
    )
    return (
        f"| measure | before (`{before}`) | after (`{after}`) |\n|---|---:|---:|\n{sides}\n\n"
        f"| what changed in between | |\n|---|---|\n{diff}\n\n"
        "| family | when | added in | modules outside its folder that were changed | new modules outside |\n"
        f"|---|---|---|---:|---:|\n{rows}\n"
    )


def _filled(page: Path, text: str) -> str:
    """Return a page with `text` between its markers; raise `DataError` where it has none."""
    filled, n = _MARKED.subn(lambda match: match[1] + text + match[2], page.read_text(encoding="utf-8"))
    if not n:
        raise DataError(f"{page} has no lines <!-- house --> and <!-- /house -->; the tables stand between them.")
    return filled


@command
def main(argv: list[str] | None = None) -> int:
    """Run the command."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.house", description=__doc__.split("\n")[0])
    p.add_argument("--before", required=True, metavar="COMMIT", help="the house as it was")
    p.add_argument("--after", default="HEAD", metavar="COMMIT", help="the house as it is (default: HEAD)")
    p.add_argument("--write", type=Path, metavar="PAGE", help="write the tables into this page, between its markers")
    args = p.parse_args(argv)
    if args.write is not None:
        _filled(args.write, "")  # refused before what takes minutes
    text = tables(args.before, args.after)
    if args.write is None:
        print(text)
    else:
        args.write.write_text(_filled(args.write, text), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
