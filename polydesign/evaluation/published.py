"""Figures that papers report for the tasks, shown beside ours and marked as published: nobody here measured them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polydesign.evaluation.rows import Row
from polydesign.evaluation.statistics import Figure

_DOLLAR = "Dollar et al., Chem. Sci. 12, 8362 (2021). Small molecules of ZINC: not comparable with polymers."


def _published(label: str, source: str, figures: Mapping[str, Figure]) -> Row:
    return Row(figures, label, origin="published", source=source)


# Name of a table -> rows of papers; a figure has the number of observations where the paper states one (else 0).
PUBLISHED: Mapping[str, Sequence[Row]] = {
    "descriptors": (
        _published(
            "PolyTAO",
            "Qiu & Sun, npj Comput. Mater. 10, 273 (2024). Other requests, about 200,000; novelty is not stated.",
            {"valid": Figure(0.9927, 200_000), "r2_mean": Figure(0.96, 200_000)},
        ),
    ),
    "latent": (_published("TransVAE", _DOLLAR, {"reconstructed": Figure(0.998, 0)}),),
    "latent-prior": (_published("MosesVAE", _DOLLAR, {"valid": Figure(0.976, 0)}),),
}
