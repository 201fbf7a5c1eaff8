"""`pip install .` gives a working package: built, installed into a fresh environment, used outside the checkout."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
import venv
from importlib.metadata import packages_distributions
from pathlib import Path

import pandas as pd
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
RANGES = {canonicalize_name(one.name): one for one in map(Requirement, PROJECT["dependencies"])}
OPTIONAL = {
    canonicalize_name(Requirement(one).name) for more in PROJECT["optional-dependencies"].values() for one in more
}
FLAGS = ["--no-deps", "--no-build-isolation", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check"]


def pins() -> dict[str, Requirement]:
    lines = (line.partition("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines())
    return {canonicalize_name(one.name): one for one in map(Requirement, filter(None, lines))}


def ten_lines() -> str:
    found = re.search(
        r"<!-- ten lines -->\n```python\n(.*?)```\n<!-- /ten lines -->", (ROOT / "README.md").read_text(), re.S
    )
    assert found, "README.md has no block of Python between <!-- ten lines --> and <!-- /ten lines -->"
    return found[1]


def test_everything_imported_is_declared():
    homes, imported = packages_distributions(), set()
    for path in (ROOT / "polydesign").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.split(".")[0])
    for name in sorted(imported - set(sys.stdlib_module_names) - {"polydesign"}):
        declared = {canonicalize_name(home) for home in homes.get(name, [name])}
        assert declared & (set(RANGES) | OPTIONAL), f"{name} is imported and not declared in pyproject.toml"


def test_the_pins_lie_within_the_ranges():
    assert set(pins()) == set(RANGES)
    for name, pin in pins().items():
        (exact,) = pin.specifier
        assert exact.operator == "==" and RANGES[name].specifier.contains(exact.version), (str(pin), str(RANGES[name]))


def test_the_readme_has_ten_lines_of_python():
    assert len([line for line in ten_lines().splitlines() if line.strip()]) == 10


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A fresh environment with the package in it, and what it depends on taken from the running one; no network."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"  # building leaves folders behind
    source.mkdir()
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE", "polydesign", "checkpoints"):
        (source / name).symlink_to(ROOT / name)
    python = folder / "venv" / "bin" / "python"
    venv.create(folder / "venv", symlinks=True)
    (site,) = (folder / "venv").glob("lib/python*/site-packages")
    running = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "running.pth").write_text("\n".join(sorted(running)) + "\n")
    run([sys.executable, "-m", "pip", "--python", python, "install", *FLAGS, source], folder)
    assert (site / "polydesign" / "py.typed").is_file()
    return folder


def run(command: list, folder: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("POLYDESIGN_", "PYTHON"))}
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, cwd=folder, timeout=120, env=kept)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_nothing_is_left_out(installed):
    (package,) = (installed / "venv").glob("lib/python*/site-packages/polydesign")
    for name in ("polydesign", "checkpoints"):
        source, there = ROOT / name, package if name == "polydesign" else package / name
        files = {path.relative_to(source) for path in source.rglob("*") if path.is_file() and path.suffix != ".pyc"}
        assert files <= {path.relative_to(there) for path in there.rglob("*")}


def test_the_ten_lines_of_the_readme_run(installed):
    told = run([installed / "venv" / "bin" / "python", "-c", ten_lines()], installed)
    assert len(pd.read_csv(installed / "designed.csv")) == 20 and "tg_exp_c_checker" in told


def test_the_command_is_there(installed):
    polydesign = installed / "venv" / "bin" / "polydesign"
    (installed / "in.csv").write_text("psmiles\n*CC*\n*CC(*)c1ccccc1\n")
    assert "predict the properties" in run([polydesign, "--help"], installed)
    assert "Predicted 2 of 2 rows" in run([polydesign, "predict", "in.csv", "--out", "out.csv"], installed)
    assert {"tg_exp_c", "tg_exp_c_lo80", "tg_exp_c_checker"} <= set(pd.read_csv(installed / "out.csv"))
    lines = run([polydesign, "store", "list"], installed).splitlines()
    shipped = {path.parent.name for path in (ROOT / "checkpoints").glob("*/config.json")}
    assert shipped <= {line.split()[0] for line in lines}
