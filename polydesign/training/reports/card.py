"""What the card of a property model says beyond the table of its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polydesign.core.properties import property_spec
from polydesign.store.card import render
from polydesign.training.reports.growth import BINS

_FEW = 30  # test chains below which an R2 is not worth quoting alone

_TASK = {
    "guide": "It labels corpora, conditions generators and ranks candidates.",
    "checker": (
        "It is never used to condition, reward or rank: it only says whether the guide is to be believed. "
        "It is another kind of model than the guide: trees that divide, where that one interpolates."
    ),
}

PARITY = "Parity plots of training and test, each property on the scale of its errors: `docs/figures/parity-{id}.svg`."

_GROWTH = """
What was tested, by its distance to what was taught: the mean rarity of its atom environments in units of the limit of
the domain, so that `in_domain` is a distance of at most 1. First all properties together, in training standard
deviations, then each that has enough test values, in the unit of the table above; a dash stands for fewer than 10.
"""

_SPLIT = """
By a hash of the chain key, so that all ways of writing a chain are on one side, and alike for both models:

- test chains (5 %) teach neither model anything; the figures marked *test* are of them;
- all others (95 %): a property known for at least {many:,} polymers is taught to the guide by two thirds of them
  and to the checker by the rest. Divided: {halved}. The others are too small to be divided, so both models learn
  them from all of these; there the checker predicts each chain by the part of itself that has not seen it.

*Out of fold* figures are of the chains that teach, each predicted by the part of the model that had not seen it; they
rest on more chains than the test figures and are a little pessimistic.
"""

_LIMITS = """
- A repeat unit says nothing of molar mass, tacticity, crystallinity, additives or processing; Tg and Tm depend on them.
- Measured, DFT and MD values are different properties. Li+ conductivity is that of a simulated electrolyte.
- R2 below 0.6 on unseen chains, good for rough ranking only: {weak}.
- Properties with fewer than {few} test chains have test figures of little weight (see the column n): {scarce}.
- Outside of the domain (`in_domain` false: unusual atom environments) errors are larger: see the last column. The
  intervals are calibrated over held-out chains like the training data, not over generated polymers.
- Copolymers, networks, ladder polymers and end groups are not covered.
"""


def property_card(config: Mapping[str, Any], metrics: Mapping[str, Any], halved: Sequence[str], many: int) -> str:
    """Return the text of README.md for a property model.

    Args:
        config: config.json, complete.
        metrics: "test" and "out_of_fold" figures, those of `growth.growth`, "agreement" where known.
        halved: the properties whose train chains are divided between guide and checker.
        many: number of polymers from which on they are.
    """
    out_of_fold, test = metrics["out_of_fold"], metrics["test"]
    weak = [key for key, entry in out_of_fold.items() if entry["r2"] is None or entry["r2"] < 0.6]
    scarce = [key for key, entry in test.items() if entry["n"] < _FEW]
    sections = {
        "What it is for": _TASK[config["role"]],
        "How good it is": f"{_table(test, out_of_fold)}\n\n{PARITY.format(id=config['id'])}",
        "How the error grows with distance": growth_table(metrics["by_distance"], metrics["by_distance_together"]),
        "Which chains teach what": _SPLIT.format(many=many, halved=_names(halved)),
        "Where it fails": _LIMITS.format(weak=_names(weak), few=_FEW, scarce=_names(scarce)),
        "Where the values come from": _sources(config["properties"]),
    }
    if "agreement" in metrics:
        sections["Agreement with the guide"] = _agreement(metrics["agreement"])
    return render(config, {}, sections)


def _table(test: Mapping[str, Any], out_of_fold: Mapping[str, Any]) -> str:
    head = ("property", "unit", "n", "R2", "RMSE", "MAE", "80 % interval holds", "n out of fold", "R2 out of fold",
            "RMSE in / out of domain")  # fmt: skip
    rows = []
    for key, entry in test.items():
        spec = property_spec(key)
        unit = "decades" if spec.scale == "log10" else spec.unit_text
        blind = out_of_fold[key]
        rows.append(
            (f"`{key}`", unit, entry["n"], *map(_number, (entry["r2"], entry["rmse"], entry["mae"])),
             _percent(entry["coverage80"]), blind["n"], _number(blind["r2"]),
             f"{_number(entry['rmse_in_domain'])} / {_number(entry['rmse_outside'])}")
        )  # fmt: skip
    note = "Test chains; errors in the unit, in decades for properties that are modelled as logarithms."
    return f"{note}\n\n{_lines(head, rows)}"


def growth_table(each: Mapping[str, Any], together: Mapping[str, Any]) -> str:
    """Return both parts of what `growth.growth` found as one table, with a line that says what it is."""
    rows = [
        ("test values, n", *(together[name]["n"] for name in BINS)),
        ("all properties: RMSE", *(_number(together[name]["rmse"]) for name in BINS)),
        ("half width of the 80 % interval", *(_number(together[name]["half_width"]) for name in BINS)),
        ("80 % interval holds", *(_percent(together[name]["coverage80"]) for name in BINS)),
    ]
    for key, entry in each.items():
        if sum(entry[name] is not None for name in BINS) > 1:  # one bin shows no growth
            rows.append((f"`{key}`: RMSE", *(_number(entry[name]) for name in BINS)))
    return f"{_GROWTH.strip()}\n\n{_lines(('distance', *BINS), rows)}"


def _agreement(agreement: Mapping[str, Any]) -> str:
    rows = []
    for key, entry in agreement.items():
        all_chains = entry["everywhere"]
        numbers = (entry["n"], _number(entry["r2"]), _number(entry["rmse"]), all_chains["n"], _number(all_chains["r2"]))
        rows.append((f"`{key}`", *numbers))
    note = (
        "Predictions of both models on test chains, which neither has seen: the ceiling for generators that aim by the "
        "guide and are judged by the checker. Test chains carry any label, so that for a property known of few, "
        "similar polymers most of them are outside of the domain; there the models may disagree at will."
    )
    head = ("property", "n in both domains", "R2", "RMSE", "n everywhere", "R2 everywhere")
    return f"{note}\n\n{_lines(head, rows)}"


def _sources(keys: Mapping[str, Any]) -> str:
    rows = [(f"`{key}`", property_spec(key).source, property_spec(key).licence) for key in keys]
    note = "No rows of these sets are in this folder: only weights, summary statistics and counts."
    return f"{note}\n\n{_lines(('property', 'source', 'licence'), rows)}"


def _lines(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _names(keys: Sequence[str]) -> str:
    return ", ".join(f"`{key}`" for key in keys) or "none"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"
