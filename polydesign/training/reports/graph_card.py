"""What the card of a graph network says beyond the table of its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polydesign.core.properties import property_spec
from polydesign.store.card import render
from polydesign.training.reports.card import PARITY, growth_table

_USE = """
```python
from polydesign import store
columns = store.load_model("{id}").predict({example})["{key}"]
columns.mean, columns.lo80, columns.hi80  # in {unit}
```
"""

_MOLECULES = """
Molecules of QM9 by a hash of the molecule key: train 70 % ({n_train:,}), valid 10 % ({n_valid:,}; sets the width of
the intervals and teaches nothing), test 20 % ({n_test:,}). The test molecules of the generators are among them.
Trained for {epochs} epochs in {effort}.
"""

_CHAINS = """
By a hash of the chain key: train 90 %, valid 5 %, test 5 %, as for guide and checker. Of the properties with at least
{many:,} polymers ({halved}) only the guide's half of the train chains is taught, so that the checker shares none of
them. {n_members} networks, each without one part of the train chains; *out of fold* figures are of the network that had
not seen the chain. Trained for {epochs} epochs each, {effort}.
"""

_LIMITS_MOLECULES = """
- It knows atomic numbers and who is bonded to whom, not the geometry: conformers and stereoisomers get one answer.
- QM9 holds molecules of at most nine heavy atoms of C, N, O and F; beyond, `in_domain` and the intervals mean little.
- The largest errors are those of zwitterions and of cages, of which QM9 holds few.
- Answers are sums over atoms. That is right for polarizability and heat capacity and a poor shape for the gap.
"""

_LIMITS_CHAINS = """
- It sees {n_layers} bonds around each atom, no stereo marks, and of the whole chain only an average.
- A repeat unit says nothing of molar mass, tacticity, crystallinity, additives or processing.
- Small sets: fingerprints with trees or networks are often better there; compare the figures.
- Conjugation through very small units escapes it: polyacetylene comes out with too wide a gap.
"""


def graph_card(config: Mapping[str, Any], metrics: Mapping[str, Any], halved: Sequence[str], many: int) -> str:
    """Return the text of README.md.

    Args:
        config: config.json, complete.
        metrics: "test" figures, those "out_of_fold" (chains) or "valid" (molecules), and of `growth.growth`.
        halved: properties of which half of the train chains is taught.
        many: number of polymers from which on they are.
    """
    settings, trained = config["config"], config["trained"]
    molecules = settings["structure"] == "molecule"
    effort = f"{trained['minutes']} minutes"
    if "processor_minutes" in trained:
        effort += f", {trained['processor_minutes']} of the processor"
    effort += f" ({trained['hardware']})"
    if molecules:
        split, limits = _MOLECULES.format(id=config["id"], effort=effort, **trained), _LIMITS_MOLECULES
    else:
        names = ", ".join(f"`{key}`" for key in halved) or "none"
        split = _CHAINS.format(many=many, halved=names, n_members=settings["n_members"], effort=effort, **trained)
        limits = _LIMITS_CHAINS.format(n_layers=settings["n_layers"])
    table = _table(metrics["test"], metrics.get("out_of_fold") or metrics["valid"], molecules)
    sections = {
        "Use": usage(config["id"], settings["keys"][0], molecules),
        "How good it is": f"{table}\n\n{PARITY.format(id=config['id'])}",
        "How the error grows with distance": growth_table(metrics["by_distance"], metrics["by_distance_together"]),
        "Who teaches what": split,
        "Where it fails": limits,
    }
    return render(config, {}, sections)


def usage(id: str, key: str, molecules: bool) -> str:
    """Return how to ask a property model that is neither guide nor checker of polymers."""
    example = '["CCO", "c1ccccc1"]' if molecules else '["*CC*", "*CC(*)c1ccccc1"]'
    return _USE.format(id=id, example=example, key=key, unit=property_spec(key).unit)


def _table(test: Mapping[str, Any], other: Mapping[str, Any], molecules: bool) -> str:
    name = "valid" if molecules else "out of fold"
    lines: list[tuple[str, ...]] = [
        ("property", "unit", "n", "R2", "RMSE", "MAE", "80 % interval holds", f"n {name}", f"R2 {name}"),
        ("---",) * 9,
    ]
    for key, entry in test.items():
        spec = property_spec(key)
        unit = "decades" if spec.scale == "log10" else spec.unit_text
        held = "–" if entry["coverage80"] is None else f"{100 * entry['coverage80']:.0f} %"
        numbers = [_number(entry[figure]) for figure in ("r2", "rmse", "mae")]
        blind = other[key]
        lines.append((f"`{key}`", unit, str(entry["n"]), *numbers, held, str(blind["n"]), _number(blind["r2"])))
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    note = "On the test side, which teaches nothing; errors in the unit, in decades for logarithmic properties."
    return f"{note}\n\n{text}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"
