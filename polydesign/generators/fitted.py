"""What the settings of families that write token sequences share: the fit to prepared data, and its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Self

from polydesign.core.errors import TrainingError

# Taken from the meta.json of prepared data where the family has the setting.
FROM_DATA = ("vocab_size", "vocabulary", "notation", "conditions", "condition_mean", "condition_std")


class FittedToData:
    """A frozen dataclass of settings, some of them those of the data it is trained on."""

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared data (its meta.json)."""
        own = {field.name for field in fields(self)} & set(FROM_DATA)  # type: ignore[arg-type]
        values = {name: tuple(meta[name]) if isinstance(meta[name], list) else meta[name] for name in own}
        return replace(self, **values)  # type: ignore[type-var]


def check_transformer(config: Any) -> None:
    """Raise `TrainingError` when heads do not fit the width, or conditions their standardisation."""
    if config.d_model % (2 * config.n_heads):
        raise TrainingError(f"d_model must be a multiple of 2 n_heads; got {config.d_model} and {config.n_heads}.")
    if not len(config.conditions) == len(config.condition_mean) == len(config.condition_std):
        raise TrainingError("Each condition needs one mean and one standard deviation.")
