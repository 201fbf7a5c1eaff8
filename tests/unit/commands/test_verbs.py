"""polydesign VERB and python -m polydesign.VERB."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import polydesign
from polydesign.__main__ import VERBS, main

PACKAGE = Path(polydesign.__file__).parent


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=60, cwd=PACKAGE.parent)


def test_every_command_is_a_verb_and_has_both_doors():
    commands = {path.stem for path in (PACKAGE / "commands").glob("*.py")} - {"__init__", "cli"}
    assert commands == set(VERBS)
    for verb in VERBS:
        assert (PACKAGE / f"{verb}.py").is_file() or (PACKAGE / verb / "__main__.py").is_file(), verb


def test_help_lists_the_verbs_with_a_line_each(capsys):
    assert main(["--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    for verb, text in VERBS.items():
        assert any(line.split() == [verb, *text.split()] for line in lines)
        assert len(f"  {verb:10}  {text}") <= 80
    assert main([]) == 0


@pytest.mark.parametrize(("typed", "answer"), [("desing", "Did you mean design?"), ("42", "There are: design")])
def test_an_unknown_verb_is_answered(capsys, typed, answer):
    assert main([typed, "--n", "3"]) == 2
    told = capsys.readouterr()
    assert answer in told.err and typed in told.err and told.out == "" and told.err.count("\n") == 1


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"polydesign {polydesign.__version__}\n"


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_a_verb_has_the_help_of_its_module(capsys, verb):
    told = []
    for call in (lambda: main([verb, "--help"]), lambda: import_module(f"polydesign.commands.{verb}").main(["--help"])):
        with pytest.raises(SystemExit) as left:
            call()
        assert left.value.code == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1] and told[0].startswith(f"usage: python -m polydesign.{verb} ")


def test_the_exit_code_is_the_commands(capsys):
    assert main(["store", "verify", "nothing-such"]) == 2
    assert "There is no checkpoint 'nothing-such'" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["design", "store"])
def test_the_modules_run(verb):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", f"polydesign.{verb}", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0 and done.stderr == "" and f"usage: python -m polydesign.{verb}" in done.stdout


def test_help_imports_nothing_heavy():
    code = (
        "import sys, time; began = time.perf_counter()\n"
        "from polydesign.__main__ import main; main(['--help'])\n"
        "assert not {'numpy', 'pandas', 'torch', 'rdkit', 'streamlit'} & set(sys.modules)\n"
        "print(time.perf_counter() - began)"
    )
    # The best of three: the machine may be busy.
    assert min(float(run("-c", code).stdout.splitlines()[-1]) for _ in range(3)) < 0.3
