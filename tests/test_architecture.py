"""The house as it is built: who may import whom, how large a file and a folder may be. Read from the source itself."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import architecture
from tests.architecture import imports_of

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "polydesign"
# Each layer may import itself and those on the lines above it. A family's recipe stands above training, which finds it
# by name and never imports it.
LAYERS = [
    ("core",), ("chem",), ("data",), ("writing",), ("nn",), ("generators", "predictors"), ("training", "store"),
    ("recipes",), ("engine",), ("evaluation", "viz"), ("ui",),
]  # fmt: skip
TORCH_FREE = {"core", "chem", "ui", "viz"}
RDKIT_FREE_FILES = [
    "data/encodings/stream.py", "data/encodings/encoding.py", "data/encodings/tokens.py",
    "data/encodings/tokenizer.py", "data/encodings/graphs.py", "training/loop.py", "training/step.py",
    "training/pace.py", "training/state.py", "training/recipe.py", "training/run.py", "training/record.py",
    "training/rewards.py", "training/codes.py", "training/token_policy.py", "training/processes.py",
    "training/objectives/supervised.py", "training/objectives/adversarial.py",
    "training/objectives/policy_gradient.py", "training/objectives/guarded.py", "training/recipes/aligned.py",
    "training/recipes/latent_prior.py", "generators/graphaf/recipe.py", "generators/graphaf/network.py",
    "predictors/gnn/network.py", "predictors/gnn/inference.py",
]  # fmt: skip


def package_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_imports_go_one_way():
    recipes = {f"{role}/*/recipe.py": "recipes" for role in ("generators", "predictors")}
    assert not architecture.wrong_arrows(PACKAGE, LAYERS, together=("training", "store"), apart=recipes)


def test_every_folder_is_in_a_layer():
    faces = {"commands"}  # stands above every layer, as the files right in the package do
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders - faces == {name for names in LAYERS for name in names} - {"recipes"}


@pytest.mark.parametrize("path", package_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_streamlit_only_in_ui(path):
    if path.relative_to(PACKAGE).parts[0] == "ui":
        return
    assert not any(m.split(".")[0] == "streamlit" for m in imports_of(path)), f"{path} imports Streamlit"


@pytest.mark.parametrize("role", ["generators", "predictors"])
def test_families_never_import_each_other(role):
    families = sorted(p.parent.name for p in (PACKAGE / role).glob("*/spec.py"))
    assert families
    for family in families:
        for path in (PACKAGE / role / family).rglob("*.py"):
            for module in imports_of(path):
                parts = module.split(".")
                other = parts[2] if parts[:2] == ["polydesign", role] and len(parts) > 2 else family
                assert other == family or other not in families, f"{path} imports {module}"


@pytest.mark.parametrize("layer", sorted(TORCH_FREE))
def test_torch_is_not_imported_by(layer):
    for path in (PACKAGE / layer).rglob("*.py"):
        assert not any(m.split(".")[0] == "torch" for m in imports_of(path)), f"{path} imports torch"


@pytest.mark.parametrize("name", RDKIT_FREE_FILES)
def test_the_training_path_starts_without_rdkit(name):
    assert not any(m.split(".")[0] == "rdkit" or m.startswith("polydesign.chem")
                   for m in imports_of(PACKAGE / name, only_at_import=True))  # fmt: skip


def test_there_is_no_circle():
    assert not architecture.circles(architecture.graph(PACKAGE))


def test_specs_and_engine_import_with_torch_blocked():
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from polydesign.core import registry\n"
        "specs = {**registry.specs('generators'), **registry.specs('predictors')}\n"
        "assert {'polygpt', 'ngram', 'fpnet', 'trees'} <= set(specs), specs\n"
        "for family in specs: registry.presets(family)\n"
        "import polydesign.engine.design.run, polydesign.engine.jobs, polydesign.store\n"
        "assert polydesign.store.list_checkpoints()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr


def test_files_can_be_read_in_one_sitting():
    assert not architecture.long_modules(PACKAGE)


def test_no_folder_is_a_flat_bag():
    assert not architecture.full_folders(PACKAGE)


def test_colours_stand_in_the_palette():
    mixed = re.compile(r"#[0-9a-fA-F]{6}\b(?<!#000000)")  # black is what RDKit writes, to be replaced
    files = [path for layer in ("viz", "ui") for path in (PACKAGE / layer).rglob("*.py") if path.stem != "palette"]
    assert not {str(path): found for path in files if (found := mixed.findall(path.read_text()))}


def test_pages_are_thin():
    pages = sorted((ROOT / "pages").glob("*.py"))
    assert pages
    for path in pages:
        assert len(path.read_text().splitlines()) < 100, path
        assert not any(m.split(".")[0] in {"torch", "rdkit"} for m in imports_of(path)), path
