"""Settings of a model as its config.json keeps them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

Settings = TypeVar("Settings")


def read_settings(kind: Callable[..., Settings], stored: Mapping[str, Any]) -> Settings:
    """Return the settings of a family from their JSON form, where tuples have become lists."""
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()})
