"""Requests that a newcomer can fill in with one click."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.request import DesignRequest, Filters
from polydesign.core.targets import Target


@dataclass(frozen=True)
class Example:
    """A named request; the generator that is chosen on the page stays."""

    name: str
    why: str
    request: DesignRequest


IMIDE = "[#6](=O)[#7][#6](=O)"

EXAMPLES = (
    Example(
        "High-Tg wide-gap dielectric",
        "For capacitors that work hot: stiff chain, wide band gap, fair dielectric constant.",
        DesignRequest(
            "",
            {"tg_exp_c": Target(minimum=180.0), "egc_dft_ev": Target(minimum=4.0), "eps_dft": Target(minimum=4.0)},
            filters=Filters(max_atoms=60),
        ),
    ),
    Example(
        "CO₂/N₂ membrane",
        "Lets carbon dioxide through and holds nitrogen back: permeable, and selective by 25 to 1.",
        DesignRequest("", {"perm_co2_exp_barrer": Target(minimum=500.0), "perm_n2_exp_barrer": Target(maximum=20.0)}),
    ),
    Example(
        "High-index optics",
        "Bends light strongly and stays clear: high refractive index, gap above visible light.",
        DesignRequest(
            "",
            {
                "refractive_index_md": Target(minimum=1.65),
                "egc_dft_ev": Target(minimum=3.3),
                "tg_exp_c": Target(minimum=100.0),
            },
        ),
    ),
    Example(
        "Soft and flexible",
        "An elastomer that stays soft in the cold.",
        DesignRequest("", {"tg_exp_c": Target(value=-60.0, tolerance=20.0)}, filters=Filters(pfas_free=True)),
    ),
    Example(
        "Heat-resistant imide",
        "Keeps an imide group in the chain and aims at a glass transition of 300 °C, without fluorine.",
        DesignRequest(
            "",
            {"tg_exp_c": Target(value=300.0, tolerance=20.0)},
            filters=Filters(must_contain=(IMIDE,), exclude_elements=("F",)),
        ),
    ),
)
