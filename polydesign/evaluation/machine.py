"""Say on what a figure was measured."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import polydesign

_PACKAGES = ("torch", "rdkit", "numpy", "transformers", "fcd")


def hardware() -> str:
    """Return the processor's name and the number of cores this process may use."""
    from polydesign.engine.session import available_cores

    return f"{_processor()}, {available_cores()} cores"


def versions() -> dict[str, str]:
    """Return the versions of Python, polydesign and the packages that figures depend on, where installed."""
    numbers = {"python": platform.python_version(), "polydesign": polydesign.__version__}
    for name in _PACKAGES:
        try:
            numbers[name] = version(name)
        except PackageNotFoundError:
            continue  # an optional package that was not used
    return numbers


def now() -> str:
    """Return the present date and time, UTC, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
