"""Figures that papers report for the tasks, shown beside ours and marked as published: nobody here measured them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polydesign.evaluation.statistics import Figure


@dataclass(frozen=True)
class Published:
    """A row of a paper.

    Attributes:
        name: of the model.
        source: the paper, and what about its task differs from ours.
        figures: key of a column -> figure, with the number of observations where the paper states one (else 0).
    """

    name: str
    source: str
    figures: Mapping[str, Figure]


_DOLLAR = "Dollar et al., Chem. Sci. 12, 8362 (2021). Small molecules of ZINC: not comparable with polymers."
# Name of a table -> rows.
PUBLISHED: Mapping[str, Sequence[Published]] = {
    "descriptors": (
        Published(
            "PolyTAO",
            "Qiu & Sun, npj Comput. Mater. 10, 273 (2024). Other requests, about 200,000; novelty is not stated.",
            {"valid": Figure(0.9927, 200_000), "r2_mean": Figure(0.96, 200_000)},
        ),
    ),
    "latent": (Published("TransVAE", _DOLLAR, {"reconstructed": Figure(0.998, 0)}),),
    "latent-prior": (Published("MosesVAE", _DOLLAR, {"valid": Figure(0.976, 0)}),),
}
