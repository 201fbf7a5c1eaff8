"""The checks of tests/architecture.py complain of what they are there for, on small made-up trees."""

from pathlib import Path

import pytest

from tests import architecture


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package of two layers, below and above, with nothing wrong in it."""
    return tree(tmp_path / "house", {
        "__init__.py": "", "below/__init__.py": "", "above/__init__.py": "from house.above.two import two\n",
        "below/one.py": "import math\n\n\ndef one():\n    return math.pi\n",
        "above/two.py": "from house.below.one import one\n\n\ndef two():\n    return 2 * one()\n",
    })  # fmt: skip


def tree(package: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return package


def complaints(package: Path) -> list[object]:
    """All that the checks say of a tree."""
    return [
        *architecture.circles(architecture.graph(package)),
        *architecture.full_folders(package),
        *architecture.long_modules(package),
        *architecture.wrong_arrows(package, [("below",), ("above",)]),
    ]


def test_nothing_is_said_of_a_sound_house(house):
    assert complaints(house) == []
    assert architecture.graph(house)["house.above.two"] == {"house.below.one"}


@pytest.mark.parametrize(
    "back",
    [
        "def three():\n    from house.above import two\n",  # deferred
        "async def three():\n    import house.above.two\n",
        "class Three:\n    def three(self):\n        from house.above.two import two\n",
        "try:\n    from house.above.two import two\nexcept ImportError:\n    pass\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    pass\nelse:\n    import house.above.two\n",
    ],
)
def test_a_circle_is_found_wherever_its_import_stands(house, back):
    tree(house, {"above/three.py": back, "above/two.py": "from house.above.three import three\n"})
    assert architecture.circles(architecture.graph(house)) == [["house.above.three", "house.above.two"]]


def test_a_circle_through_the_names_of_a_package_is_found(house):
    tree(house, {"above/two.py": "def two():\n    from house.above import two\n    from house.above import other\n"})
    assert architecture.circles(architecture.graph(house)) == [["house.above", "house.above.two"]]


def test_a_long_circle_is_one_circle(house):
    names = [f"m{number}" for number in range(5)]
    tree(house, {f"above/{name}.py": f"def f():\n    import house.above.{names[number - 1]}\n"
                 for number, name in enumerate(names)})  # fmt: skip
    assert architecture.circles(architecture.graph(house)) == [[f"house.above.{name}" for name in names]]


def test_what_is_imported_for_types_alone_makes_no_circle(house):
    tree(house, {"below/one.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.above.two\n"})
    assert complaints(house) == []


def test_a_relative_import_is_refused(house):
    tree(house, {"above/two.py": "from . import three\n"})
    with pytest.raises(AssertionError, match=r"two\.py, line 1: write imports with their full names"):
        architecture.graph(house)


def test_a_flat_folder_of_26_is_found_and_one_of_25_is_not(house):
    tree(house, {f"below/more/m{number}.py": "" for number in range(25)} | {"below/more/__init__.py": ""})
    assert architecture.full_folders(house) == {}
    tree(house, {"below/more/m25.py": ""})
    assert architecture.full_folders(house) == {"house/below/more": 26}


def test_a_module_of_351_lines_is_found_and_one_of_350_is_not(house):
    tree(house, {"below/one.py": "x = 1\n" * 350, "__init__.py": "x = 1\n" * 351})
    assert architecture.long_modules(house) == {"house/__init__.py": 351}


@pytest.mark.parametrize("line", ["import house.above.two\n", "def one():\n    from house.above import two\n",
                                  "from house import above\n", "import house.face\n"])  # fmt: skip
def test_an_arrow_that_goes_up_is_found(house, line):
    tree(house, {"below/one.py": line, "face.py": "from house.above import two\n"})
    (sentence, *_) = architecture.wrong_arrows(house, [("below",), ("above",)])
    assert sentence.startswith("house/below/one.py: below must not import house.")


def test_peers_know_each_other_only_where_they_may(house):
    tree(house, {"below/one.py": "import house.above\n"})
    layers = [("below", "above")]
    assert len(architecture.wrong_arrows(house, layers)) == 3  # up from one.py, down from two.py by two names
    assert architecture.wrong_arrows(house, layers, together=("below", "above")) == []
