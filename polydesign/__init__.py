"""polydesign: from target properties to new, makeable polymer repeat units.

    import polydesign

    result = polydesign.design({"tg_exp_c": "180:20", "egc_dft_ev": ">=4"}, n=20)
    result.to_frame()
    polydesign.predict(["*CC(*)c1ccccc1"])
    polydesign.load("polygpt").sample({}, 5, seed=0)

What these names stand for is imported when it is first used: importing polydesign itself costs nothing.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polydesign.api import Design, design, load, predict
    from polydesign.core.errors import PolydesignError
    from polydesign.core.request import Filters
    from polydesign.core.targets import Target

__version__ = "0.1.0"
__all__ = ["Design", "Filters", "PolydesignError", "Target", "__version__", "design", "load", "predict"]

_HOME = {
    "Design": "polydesign.api",
    "Filters": "polydesign.core.request",
    "PolydesignError": "polydesign.core.errors",
    "Target": "polydesign.core.targets",
    "design": "polydesign.api",
    "load": "polydesign.api",
    "predict": "polydesign.api",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'polydesign' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps `polydesign.design` the function.

    polydesign/design.py and predict.py are there for ``python -m``. Python sets a module that is imported as an
    attribute of its package, which would hide the function of the same name from then on.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
