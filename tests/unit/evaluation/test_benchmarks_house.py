"""What the page on the house before and after is printed from, on a small made-up repository."""

import subprocess

import pytest

from benchmarks import house
from polydesign.core.errors import DataError

PAGE = "# Page\n\n<!-- house -->\nold\n<!-- /house -->\n\nAfter.\n"
BEFORE = {
    "README.md": "one\ntwo\n",
    "checkpoints/a/weights": "x" * 250_000,
    "tests/test_it.py": "",
    "polydesign/train.py": "from polydesign.training.loop import run\n",
    "polydesign/nn/block.py": "",
    "polydesign/training/loop.py": (
        "def run(config):\n    from polydesign.training import other\n"
        "    return hasattr(config, 'phases'), {'id': 1, 'kind': 2, 'family': 3, 'config': 4}\n"
    ),
    "polydesign/training/other.py": (
        "import polydesign.nn.block\nimport polydesign.training.loop\n"
        "TYPES = {'id': (int,), 'kind': (str,), 'family': (str,), 'config': (dict,)}\n"
    ),
}
FAMILY = {
    "polydesign/generators/new/network.py": "",
    "polydesign/generators/new/config.py": "",
    "polydesign/nn/other.py": "",
    "polydesign/training/other.py": "import polydesign.nn.block\n",
}


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository of two commits, of which the second adds a family; mypy is not asked."""
    monkeypatch.setattr(house, "ROOT", tmp_path)
    monkeypatch.setattr(house, "mypy_errors", lambda tree: "0")
    commit(tmp_path, BEFORE)
    commit(tmp_path, FAMILY)
    return tmp_path


def commit(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    who = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    for call in (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "--message", "x"]):
        subprocess.run(["git", *call], cwd=folder, check=True)


def test_a_tree_is_measured(repository, tmp_path):
    said = house.measure(house.lay_out("HEAD~1", tmp_path / "before"))
    assert said["modules of the package"] == "4" and said["lines of README.md"] == "2"
    assert said["imports from one room into another"] == said["arrows between rooms"] == "1"  # training -> nn
    assert said["circles of modules, deferred imports counted"] == "1 (2 modules)"
    assert said["places where a config.json is put together"] == "1"  # the table of types is none
    assert said["families told apart in training by hasattr or import_module, places"] == "1"
    assert said["MB of checkpoints/"] == "0.2"


def test_what_a_family_touched_outside_its_folder_is_counted(repository):
    first = house.git("rev-parse", "--short", "HEAD").strip()
    assert house.additions("HEAD") == {"new": (first, 1, 1)} and house.additions("HEAD~1") == {}


def test_both_commits_stand_side_by_side_in_the_page(repository, tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert house.main(["--before", "HEAD~1", "--write", str(page)]) == 0
    text = page.read_text()
    assert text.startswith("# Page\n\n<!-- house -->\n|") and text.endswith("<!-- /house -->\n\nAfter.\n")
    assert "| modules of the package | 4 | 7 |" in text and "| new | after |" in text and "\nold\n" not in text
    assert "| package | 4 files, 0 lines added, 2 removed |" in text


def test_a_page_without_markers_and_a_commit_that_is_not_there_are_refused(repository, tmp_path):
    with pytest.raises(DataError, match="Fetch the history"):
        house.tables("0000000", "HEAD")
    page = tmp_path / "page.md"
    page.write_text("nothing")
    assert house.main(["--before", "HEAD~1", "--write", str(page)]) == 2 and page.read_text() == "nothing"
