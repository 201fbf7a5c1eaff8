"""What the architecture tests read from source: who imports whom, circles, folders and files that are too large.

Every function takes the tree it looks at, so that the checks themselves are tested on made-up trees.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

LONGEST = 350  # lines of a module
MOST = 25  # modules of a folder, __init__.py not counted


def imports_of(path: Path, *, only_at_import: bool = False) -> set[str]:
    """Return what a file imports, in full names, imports inside functions included; see `_imported`.

    Of ``from a.b import c`` both a.b and a.b.c are named. With `only_at_import`, only what is imported when the file
    itself is.
    """
    pairs = _imported(path, only_at_import=only_at_import)
    return {name for base, alias in pairs for name in (base, f"{base}.{alias}" if alias else base)}


def _imported(path: Path, *, only_at_import: bool = False) -> Iterator[tuple[str, str]]:
    """Yield ("a.b", "c") for ``from a.b import c`` and ("a.b", "") for ``import a.b``.

    What stands under TYPE_CHECKING is no import: it is never run.
    """
    for node in _executed(ast.parse(path.read_text()), functions=not only_at_import):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{path}, line {node.lineno}: write imports with their full names"
            yield from ((node.module, alias.name) for alias in node.names)


def _executed(tree: ast.AST, *, functions: bool) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for other in node.orelse:
                yield other
                yield from _executed(other, functions=functions)
        elif functions or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _executed(node, functions=functions)


def module_name(path: Path, package: Path) -> str:
    """Return the full name of a file of a package; a package's __init__.py bears the package's own."""
    parts = (package.name, *path.relative_to(package).with_suffix("").parts)
    return ".".join(parts).removesuffix(".__init__")


def graph(package: Path) -> dict[str, set[str]]:
    """Return module -> modules of the package that it imports, wherever in the file.

    ``from a import b`` leads to the module a.b where there is one, else to a, whose __init__.py then knows b.
    """
    files = {module_name(path, package): path for path in sorted(package.rglob("*.py"))}
    arrows = {}
    for name, path in files.items():
        full = {f"{base}.{alias}" if f"{base}.{alias}" in files else base for base, alias in _imported(path)}
        arrows[name] = (full & files.keys()) - {name}
    return arrows


def circles(arrows: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Return each set of modules that all reach each other (Tarjan, 1972), sorted."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    result = []

    def visit(module: str) -> None:
        order[module] = lowest[module] = len(order)
        stack.append(module)
        for other in arrows.get(module, ()):
            if other not in order:
                visit(other)
                lowest[module] = min(lowest[module], lowest[other])
            elif other in stack:
                lowest[module] = min(lowest[module], order[other])
        if lowest[module] == order[module]:
            place = stack.index(module)
            group = sorted(stack[place:])
            del stack[place:]
            if len(group) > 1:
                result.append(group)

    for module in arrows:
        if module not in order:
            visit(module)
    return result


def full_folders(package: Path, most: int = MOST) -> dict[str, int]:
    """Return folder -> number of modules for folders that hold more than `most`."""
    folders = [package, *(path for path in sorted(package.rglob("*")) if path.is_dir())]
    sizes = {str(f.relative_to(package.parent)): len(set(f.glob("*.py")) - {f / "__init__.py"}) for f in folders}
    return {name: size for name, size in sizes.items() if size > most}


def long_modules(package: Path, longest: int = LONGEST) -> dict[str, int]:
    """Return file -> number of lines for files that have more than `longest`."""
    sizes = {str(p.relative_to(package.parent)): len(p.read_text().splitlines()) for p in sorted(package.rglob("*.py"))}
    return {name: size for name, size in sizes.items() if size > longest}


def wrong_arrows(
    package: Path,
    layers: Collection[Collection[str]],
    *,
    together: Collection[str] = (),
    apart: Mapping[str, str] | None = None,
) -> list[str]:
    """Return a sentence for each import that goes up or across: a layer may import itself and those before it.

    Args:
        package: the tree; its first folders are the layers.
        layers: names of the layers that stand at one height, the lowest first.
        together: layers of one height that may import each other.
        apart: pattern of a path -> the layer that such files are of, whatever their folder.

    Files right in the package and ``__main__.py`` are faces of it, which stand above all layers and are not looked at.
    """
    rank = {name: height for height, names in enumerate(layers) for name in names}
    complaints = []
    for path in sorted(package.rglob("*.py")):
        own = path.relative_to(package).parts[0]
        if own not in rank or path.name == "__main__.py":
            continue
        room, own = own, next((layer for pattern, layer in (apart or {}).items() if path.match(pattern)), own)
        for module in sorted(imports_of(path)):
            parts = module.split(".")
            if parts[0] != package.name or len(parts) == 1 or parts[1] in (room, "__version__"):
                continue
            peers = {own, parts[1]} <= set(together)
            if not peers and rank.get(parts[1], len(layers)) >= rank[own]:
                complaints.append(f"{path.relative_to(package.parent)}: {own} must not import {module}")
    return complaints
