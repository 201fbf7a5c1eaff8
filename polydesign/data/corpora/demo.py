"""A tiny set of our own, so that a newcomer's first training run needs no download.

Repeat units put together by name from a few diacids, diols, diamines, bisphenols and vinyl
monomers: correct chemistry, no measured values.
"""

from itertools import product

_DIACIDS = ["CC", "CCC", "CCCC", "CCCCCCCC", "c1ccc(X)cc1", "c1cccc(X)c1", "c1ccc2cc(X)ccc2c1", "C1CCC(X)CC1"]
_DIOLS = ["CC", "CCC", "CCCC", "CCCCCC", "CC(C)(C)C", "CCOCC", "CC1CCC(CX)CC1", "c1ccc(X)cc1"]
_DIAMINES = ["CC", "CCCC", "CCCCCC", "CCCCCCCCCC", "c1ccc(X)cc1", "c1cccc(X)c1", "c1ccc(Cc2ccc(X)cc2)cc1"]
_BISPHENOL_BRIDGES = ["C(C)(C)", "C", "O", "S", "S(=O)(=O)", "C(=O)", "C(C)(c1ccccc1)", "C1(CCCCC1)"]
_SIDE_GROUPS = [
    "", "C", "CC", "CCC", "C(C)C", "c1ccccc1", "c1ccc(C)cc1", "c1ccncc1", "Cl", "F", "C#N", "O", "OC", "OCC", "OC(C)=O",
    "C(=O)O", "C(=O)OC", "C(=O)OCC", "C(=O)OCCCC", "C(=O)N", "C(=O)N(C)C", "c1ccc(Cl)cc1", "c1ccc(OC)cc1", "C1CCCCC1",
]  # fmt: skip


def demo_polymers() -> list[str]:
    """Return about 300 p-SMILES, the same ones every time."""
    esters = [f"*OC(=O){_chain(acid, 'C(=O)O', diol)}" for acid, diol in product(_DIACIDS, _DIOLS)]
    amides = [f"*NC(=O){_chain(acid, 'C(=O)N', amine)}" for acid, amine in product(_DIACIDS, _DIAMINES)]
    ethers = [f"*O{_chain(first, 'O', second)}" for first, second in product(_DIOLS, _DIOLS)]
    carbonates = [f"*Oc1ccc({bridge}c2ccc(OC(*)=O)cc2)cc1" for bridge in _BISPHENOL_BRIDGES]
    vinyls = [f"*CC(*){side}" for side in _SIDE_GROUPS]
    methacrylics = [f"*CC(*)(C){side}" for side in _SIDE_GROUPS if side]
    return [*esters, *amides, *ethers, *carbonates, *vinyls, *methacrylics]


def _chain(first: str, link: str, second: str) -> str:
    """Join two pieces by `link` and end with an attachment point; X marks where a ring's chain goes on."""
    # Ring numbers of the second piece differ from those of the first, inside which it is written.
    return _continue(first, link + _continue(second.translate(str.maketrans("12", "34")), "*"))


def _continue(piece: str, after: str) -> str:
    return piece.replace("X", after) if "X" in piece else piece + after
