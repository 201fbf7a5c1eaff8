import copy
import csv
import json
import random
import signal

import pytest

from polydesign.commands import cli, sample
from polydesign.commands import design as command
from polydesign.core.errors import OptionError, TargetError
from polydesign.core.targets import Target


def test_design_writes_what_it_announces_and_the_manifest_repeats_it(toy_checkpoints, tmp_path, capsys):
    out, again = tmp_path / "found.json", tmp_path / "again.json"
    asked = ["ngram", "--target", "RingCount=1", "--target", "sa_score<=4@0.5", "--n", "5", "--seed", "3",
             "--option", "temperature=0.9", "--exclude-elements", "F,Cl", "--exclude", "C#N", "--max-atoms", "40",
             "--pfas-free", "--out", str(out)]  # fmt: skip
    assert command.main(asked) == 0
    printed = capsys.readouterr()
    assert "kept 5" in printed.out and f"Wrote {out}" in printed.out
    assert "warning: N-gram cannot be told targets" in printed.err
    found = json.loads(out.read_text())
    assert len(found["candidates"]) == 5
    assert found["manifest"]["request"]["filters"]["exclude_elements"] == ["F", "Cl"]
    assert command.main(["--manifest", str(out), "--out", str(again)]) == 0
    assert json.loads(again.read_text())["candidates"] == found["candidates"]
    assert "may differ" not in capsys.readouterr().err


def test_a_manifest_of_other_weights_is_repeated_with_a_warning(toy_checkpoints, tmp_path, capsys):
    out = tmp_path / "found.json"
    assert command.main(["ngram", "--n", "2", "--out", str(out)]) == 0
    out.write_text(out.read_text().replace('"sha256": "', '"sha256": "0'))
    assert command.main(["--manifest", str(out)]) == 0
    assert "The checkpoint ngram is not the one of the earlier run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "no checkpoint 'nothing'"),
        (["./nowhere"], "is not a folder"),
        (["ngram", "--target", "tg_exp_c=nan"], "finite"),
        (["ngram", "--target", "tg_exp=100"], "Did you mean tg_exp_c"),
        (["ngram", "--target", "gibberish"], "Write it like"),
        (["ngram", "--target", "perm_o2_exp_barrer=-3"], "above zero"),
        (["ngram", "--target", "sa_score>=5", "--target", "sa_score<=2"], "contradict each other"),
        (["ngram", "--target", "sa_score=5", "--target", "sa_score=2"], "given twice"),
        (["ngram", "--n", "0"], "between 1 and 100,000"),
        (["ngram", "--seed", "-1"], "seed"),
        (["ngram", "--option", "temperature"], "Write it like temperature=0.8"),
        (["ngram", "--option", "warmth=1"], "has no option warmth"),
        (["ngram", "--must-contain", "C(C"], "not a SMARTS"),
        (["ngram", "--exclude-elements", "Xx"], "not an element"),
        (["ngram", "--max-atoms", "0"], "max_atoms"),
        (["ngram", "--out", "found.xlsx"], "must end in .json, .csv, .sdf"),
        (["--manifest", "absent.json"], "Cannot read absent.json"),
        (["ngram", "--n", "7", "--manifest", "x.json"], "leave out ID, --n"),
    ],
)
def test_what_a_user_can_put_right_ends_with_code_2_and_one_line(toy_checkpoints, capsys, arguments, message):
    assert command.main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = [line for line in printed.err.splitlines() if not line.startswith("warning: ")]
    assert line.startswith("error: ") and message in line


def places(content, path=()):
    """Yield the path of every value inside nested lists and objects."""
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in items:
        yield (*path, name)
        yield from places(value, (*path, name))


def test_a_damaged_manifest_never_ends_in_a_traceback(toy_checkpoints, tmp_path, capsys):
    whole, damaged = tmp_path / "whole.json", tmp_path / "damaged.json"
    asked = ["ngram", "--n", "1", "--target", "sa_score<=6", "--must-contain", "C", "--exclude-elements", "F"]
    assert command.main([*asked, "--option", "temperature=0.9", "--out", str(whole)]) == 0
    manifest = json.loads(whole.read_text())["manifest"]
    wrong = [None, True, -1, 1e400, 2**70, "", "C(", "nan", [], ["C"], [None], {}, {"a": 1}]
    rng, codes = random.Random(0), set()
    for place in places(manifest):
        content = copy.deepcopy(manifest)
        inner = content
        for name in place[:-1]:
            inner = inner[name]
        inner[place[-1]] = rng.choice(wrong)
        damaged.write_text(json.dumps(content))
        codes.add(command.main(["--manifest", str(damaged)]))
    assert codes == {0, 2}


def test_altered_weights_end_with_code_2(toy_checkpoints, capsys):
    weights = toy_checkpoints / "ngram" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    assert command.main(["ngram", "--n", "1"]) == 2
    assert "is not the file that config.json describes" in capsys.readouterr().err


@pytest.mark.parametrize("main", [command.main, sample.main])
@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["--unknown"], 2), ([], 2)])
def test_the_usage_is_explained(main, arguments, code, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == code
    printed = capsys.readouterr()
    assert "usage: python -m polydesign." in printed.out + printed.err


def test_sample_writes_every_string(toy_checkpoints, tmp_path):
    out = tmp_path / "raw.txt"
    assert sample.main(["ngram", "--n", "50", "--seed", "1", "--out", str(out)]) == 0
    lines = out.read_text().split("\n")
    assert len(lines) == 51 and lines[-1] == ""
    assert sample.main(["ngram", "--n", "50", "--seed", "2", "--out", str(out)]) == 0
    assert out.read_text().split("\n") != lines


def test_sample_accepts_a_checkpoint_folder(toy_checkpoints, tmp_path, monkeypatch):
    monkeypatch.chdir(toy_checkpoints)
    out = tmp_path / "raw.txt"
    assert sample.main(["./ngram", "--n", "3", "--out", str(out)]) == 0


def test_requests_are_answered_row_by_row(toy_checkpoints, tmp_path, capsys):
    requests, out = tmp_path / "wanted.csv", tmp_path / "raw.txt"
    with requests.open("w", newline="") as file:
        csv.writer(file).writerows([["tg_exp_c", "RingCount"], [100, ""], ["", ""], ["", 2], [50]])
    assert sample.read_requests(requests) == [
        {"tg_exp_c": Target(value=100)}, {}, {"RingCount": Target(value=2)}, {"tg_exp_c": Target(value=50)},
    ]  # fmt: skip
    assert sample.main(["ngram", "--requests", str(requests), "--out", str(out)]) == 0
    assert out.read_text().count("\n") == 4
    assert "cannot be told RingCount, tg_exp_c" in capsys.readouterr().err


def test_a_column_of_one_property_may_have_blank_lines(tmp_path):
    (tmp_path / "wanted.csv").write_text("tg_exp_c\n100\n\n50\n")
    assert [len(row) for row in sample.read_requests(tmp_path / "wanted.csv")] == [1, 0, 1]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"colour\n1\n", "Unknown property 'colour'"),
        (b"tg_exp_c\n", "has no rows"),
        (b"tg_exp_c,tg_exp_c\n1,2\n", "names a column twice"),
        (b"tg_exp_c\nwarm\n", "row 1, column tg_exp_c: 'warm'"),
        (b"tg_exp_c\n1\nnan\n", "row 2, column tg_exp_c"),
        (b"perm_o2_exp_barrer\n0\n", "row 1, column perm_o2_exp_barrer"),
        (b"tg_exp_c\n1,2\n", "row 1 has 2 cells"),
        (b"tg_exp_c\n\xff\xfe\n", "not a CSV file in UTF-8"),
        (b"", "has no rows"),
    ],
)
def test_requests_that_cannot_be_read(toy_checkpoints, tmp_path, capsys, content, message):
    path = tmp_path / "wanted.csv"
    path.write_bytes(content)
    assert sample.main(["ngram", "--requests", str(path), "--out", str(tmp_path / "raw.txt")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "raw.txt").exists()


def test_two_bounds_become_a_value_with_a_tolerance():
    assert cli.read_targets(["tg_exp_c>=100", "tg_exp_c<=200@2"]) == {
        "tg_exp_c": Target(value=150.0, tolerance=50.0, weight=2.0)
    }
    between = cli.read_targets(["perm_o2_exp_barrer<=1000", "perm_o2_exp_barrer>=10"])["perm_o2_exp_barrer"]
    assert between.value == pytest.approx(100) and between.tolerance == pytest.approx(1.0)
    with pytest.raises(TargetError, match="given twice"):
        cli.read_targets(["tg_exp_c>=100", "tg_exp_c>=200"])


def test_options_are_read_and_not_judged():
    assert cli.read_options(["temperature=0.8", "top_p = 0.9"]) == {"temperature": "0.8", "top_p": "0.9"}
    with pytest.raises(OptionError, match="given twice"):
        cli.read_options(["temperature=1", "temperature=2"])


@pytest.fixture
def interruptible():
    """Python's own handler, which a process that was started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_first_interrupt_asks_to_stop_and_the_second_interrupts(interruptible):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), cli.stop_on_interrupt() as should_stop:
        assert not should_stop()
        signal.raise_signal(signal.SIGINT)
        assert should_stop()
        signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupted_command_says_so(capsys):
    @cli.command
    def main(argv=None):
        raise KeyboardInterrupt

    assert main([]) == 130
    assert capsys.readouterr().err == "stopped\n"
