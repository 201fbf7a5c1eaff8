"""What the train command refuses, in a sentence and before it trains."""

import errno
import os

import pytest

from polydesign.commands import train
from polydesign.commands.cli import command
from polydesign.training import processes


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refusal(capsys, *arguments: str) -> str:
    """Return the one line with which the command refuses; nothing may have been prepared or trained."""
    assert train.main(["charrnn", "--data", "demo", *arguments]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ") and told.count("\n") == 1
    assert not os.path.exists("prepared") and not os.path.exists("runs")
    return told


@pytest.mark.parametrize(
    "arguments",
    [
        ["--steps", "0"], ["--steps", "-3"], ["--max-minutes", "0"], ["--max-minutes", "nan"],
        ["--max-minutes", "inf"], ["--log-every", "0"], ["--seed", "-1"], ["--seed", str(10**22)],
    ],
)  # fmt: skip
def test_a_number_out_of_range(capsys, arguments):
    assert arguments[0] in refusal(capsys, *arguments)


def test_a_length_that_is_said_twice(capsys):
    assert "--steps or --max-minutes" in refusal(capsys, "--steps", "3", "--max-minutes", "1")


def test_a_device_that_is_not_there(capsys, monkeypatch):
    monkeypatch.setattr(processes.torch.cuda, "is_available", lambda: False)
    assert "--device cpu" in refusal(capsys, "--steps", "3", "--device", "cuda")


def test_a_folder_that_cannot_become_a_checkpoint(capsys, tmp_path, monkeypatch):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.txt").write_text("mine")
    assert "mine.txt" in refusal(capsys, "--steps", "3", "--out", "other")
    assert "is a file" in refusal(capsys, "--steps", "3", "--out", "other/mine.txt")
    assert "mine.txt" in refusal(capsys, "--steps", "3", "--out", "other/mine.txt/below")
    assert "no name" in refusal(capsys, "--steps", "3", "--out", ".")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "written to" in refusal(capsys, "--steps", "3", "--out", "new")


def test_data_that_are_not_there_are_missed_by_every_process():
    from polydesign.core import registry
    from polydesign.core.errors import TrainingError
    from polydesign.training.run import find_rows

    with pytest.raises(TrainingError, match="data prepare nothing"):
        find_rows("nothing", registry.recipe("charrnn").encoding, processes.Processes(rank=1, world=2))


def test_weights_of_another_family_and_parts_that_are_none(capsys):
    def last(*arguments: str) -> str:
        assert train.main([*arguments, "--data", "demo", "--steps", "2"]) == 2
        return capsys.readouterr().err.splitlines()[-1]

    assert train.main(["charrnn", "--data", "demo", "--steps", "2", "--out", "c"]) == 0
    assert len(last("charrnn", "--init", "polygpt", "--out", "d")) < 250
    assert "began with" in last("gruvae", "--resume", "c")
    assert "Name an autoencoder" in last("polyldm", "--with", "autoencoder=guide")
    assert "Name an autoencoder" in last("polyldm", "--with", "autoencoder=./c")


def test_a_full_disk_is_told_in_a_line_and_other_faults_are_not_hidden(capsys):
    @command
    def fail(argv):
        raise OSError(argv[0], os.strerror(argv[0]), "here")

    assert fail([errno.ENOSPC]) == 2
    assert capsys.readouterr().err == "error: Cannot write to here: No space left on device. Make room, " \
        "or give another path.\n"  # fmt: skip
    with pytest.raises(OSError):
        fail([errno.EIO])
