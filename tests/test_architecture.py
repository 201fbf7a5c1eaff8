"""The arrows of the house: who may import whom, read from the source itself."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "polydesign"
# Each layer may import itself and those on the lines above it.
# A family's recipe stands above training, which finds it by name and never imports it.
LAYERS = [
    ("core",), ("chem",), ("data",), ("writing",), ("nn",), ("generators", "predictors"), ("training", "store"),
    ("recipes",), ("engine",), ("evaluation", "viz"), ("ui",),
]  # fmt: skip
COMMANDS = {"commands"} | {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
TORCH_FREE = {"core", "chem", "ui", "viz"}
RDKIT_FREE_FILES = [
    "data/encodings/stream.py", "data/encodings/encoding.py", "data/encodings/tokens.py",
    "data/encodings/tokenizer.py", "data/encodings/graphs.py", "training/loop.py", "training/step.py",
    "training/pace.py", "training/state.py", "training/recipe.py", "training/run.py", "training/record.py",
    "training/rewards.py", "training/codes.py", "training/token_policy.py", "training/processes.py",
    "training/objectives/supervised.py", "training/objectives/adversarial.py",
    "training/objectives/policy_gradient.py", "training/recipes/aligned.py", "training/recipes/latent_prior.py",
    "predictors/gnn/network.py", "predictors/gnn/inference.py",
]  # fmt: skip


def imports_of(path: Path, *, only_at_import: bool = False) -> set[str]:
    """Return the modules that a file imports; with `only_at_import`, those it imports when it is imported itself."""
    tree = ast.parse(path.read_text())
    nodes = list(_executed(tree)) if only_at_import else list(ast.walk(tree))
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _executed(tree: ast.AST):
    for node in ast.iter_child_nodes(tree):
        type_checking = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or type_checking:
            continue
        yield node
        yield from _executed(node)


def layer_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "polydesign" and len(parts) > 1 else None


def package_files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", package_files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    own = path.relative_to(PACKAGE).parts[0]
    if own in ("generators", "predictors") and path.name == "recipe.py":
        own = "recipes"
    if own not in RANK or path.name == "__main__.py":
        return  # commands and the doors to them stand above every layer but the pages
    for module in imports_of(path):
        other = layer_of(module)
        if other is None or other == own or other == "__version__":
            continue
        assert other not in COMMANDS, f"{path} imports the command line ({module})"
        assert other in RANK, f"{path} imports {module}, which is in no layer"
        peers = RANK[other] == RANK[own] and {own, other} == {"training", "store"}
        assert RANK[other] < RANK[own] or peers, f"{path}: {own} must not import {module}"


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
    graph = {}
    for path in package_files():
        module = ".".join(("polydesign", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        graph[module] = {m for m in imports_of(path, only_at_import=True) if m.startswith("polydesign")}
    done: set[str] = set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert module not in trail, " -> ".join((*trail, module))
        if module in done:
            return
        for other in graph.get(module, ()):
            if other != module and not module.startswith(other + "."):
                visit(other, (*trail, module))
        done.add(module)

    for module in graph:
        visit(module, ())


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
    long = {str(p): n for p in package_files() if (n := len(p.read_text().splitlines())) > 350}
    assert not long


def test_pages_are_thin():
    pages = sorted((ROOT / "pages").glob("*.py"))
    assert pages
    for path in pages:
        assert len(path.read_text().splitlines()) < 100, path
        assert not any(m.split(".")[0] in {"torch", "rdkit"} for m in imports_of(path)), path
