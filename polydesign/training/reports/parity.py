"""Parity plots of property models: a panel for each property, training and test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from polydesign.core.properties import property_spec
from polydesign.training.reports.figures import errors
from polydesign.training.reports.parity_svg import Cloud, Panel, parity_svg


def property_parity(keys: Sequence[str], sets: Mapping[str, tuple[np.ndarray, np.ndarray]], columns: int = 4) -> str:
    """Return an SVG with the n, mean squared error and R2 of each set in the legends.

    Args:
        keys: K properties.
        sets: legend -> (N, K) true and (N, K) predicted values on each property's scale, NaN where unknown; the most
            numerous set first.
        columns: panels in a row.
    """
    panels = []
    for k, key in enumerate(keys):
        spec = property_spec(key)
        unit = f"log10 {spec.unit}" if spec.scale == "log10" else spec.unit_text
        clouds = [_cloud(name, true[:, k], predicted[:, k]) for name, (true, predicted) in sets.items()]
        panels.append(Panel(f"{spec.label} ({unit})" if unit else spec.label, clouds))
    return parity_svg(panels, columns)


def _cloud(name: str, true: np.ndarray, predicted: np.ndarray) -> Cloud:
    found = errors(true, predicted)
    if found["rmse"] is None:
        return Cloud(f"{name}: none", true, predicted)
    r2 = "–" if found["r2"] is None else f"{found['r2']:.4f}"
    return Cloud(f"{name}: n {found['n']:,}, MSE {found['rmse'] ** 2:.3g}, R2 {r2}", true, predicted)
