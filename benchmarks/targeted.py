"""What generators that were fine-tuned on a class of polymers write: how much of it belongs to the class, and is new.

python -m benchmarks.targeted "tg_exp_c>=250" runs/latentgan-tg runs/charrnn-tg latentgan --json FILE

The question of LatentGAN (Prykhodko et al., 2019, https://doi.org/10.1186/s13321-019-0397-9), who went on training on
compounds active on a target and counted how many samples a classifier calls active. Here the class is a range of a
property; generators that went on from their checkpoint with ``--where "tg_exp_c>=250"`` are compared with each other
and with what they were before. Two judges, neither of which trained any of them: the checker, whose predicted value
lies in the range or not; and, as in the paper, a support vector machine on bits of feature fingerprints (FCFP6, 2,048
bits, of the unit as its chain key writes it), fitted to polymers of which the value is known.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks import aims
from polydesign.commands import cli
from polydesign.core.errors import DataError
from polydesign.core.goal import Goal
from polydesign.core.properties import SELECTIVITIES
from polydesign.data.corpora.labels import polymer_labels
from polydesign.data.corpora.split import sides
from polydesign.engine.session import Session
from polydesign.evaluation.distribution import fingerprint_bits, internal_diversity
from polydesign.evaluation.machine import hardware, now, versions
from polydesign.evaluation.result import Column, Manifest, Result, Row, Table
from polydesign.evaluation.samples import basic_figures, judge
from polydesign.evaluation.statistics import rate

COLUMNS = (
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("checker", "in the class, checker", "percent", 1),
    Column("classifier", "in the class, SVM", "percent", 1),
    Column("diversity", "diversity"),
)
_BITS, _RADIUS = 2048, 3
_LEAST = 10  # polymers inside and outside the class that a classifier needs


@dataclass(frozen=True)
class Classifier:
    """Says whether polymers belong to a class.

    Attributes:
        machine: a fitted scikit-learn classifier.
        n, n_inside: polymers that it was fitted to, and those of them in the class.
        auc, kappa: on chains that it was not fitted to: area under the curve, Cohen's kappa.
    """

    machine: object
    n: int
    n_inside: int
    auc: float
    kappa: float

    def inside(self, chain_keys: Sequence[str]) -> np.ndarray:
        """Return (N,) bool."""
        if len(chain_keys) == 0:
            return np.zeros(0, dtype=bool)
        return self.machine.predict(feature_bits(chain_keys)).astype(bool)  # type: ignore[attr-defined]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    return aims.parser(
        "benchmarks.targeted", __doc__,
        target="the class, written like a --target of polydesign.design: tg_exp_c>=250",
        ids="generators: ids or folders",
    )  # fmt: skip


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    return aims.run(parser().parse_args(argv), measure)


def measure(goal: Goal, ids: Sequence[str], n: int, seed: int) -> Result:
    """Have each generator write `n` strings, no target given, and judge them."""
    session = Session()
    classifier = fit(goal, known_values(goal.key))
    rows = []
    for id in ids:
        checkpoint = session.checkpoint(cli.find_checkpoint(id))
        raw = session.generator(checkpoint).sample({}, n, seed=seed)
        judged = judge(raw)
        distinct = dict(zip(judged.valid_keys, judged.valid_psmiles, strict=True))
        figures = basic_figures(judged, session.known_chains(checkpoint))
        values = goal.spec.to_scale(session.checker().predict(list(distinct.values()))[goal.key].mean)
        figures["checker"] = rate(int(goal.met(values).sum()), len(distinct))
        figures["classifier"] = rate(int(classifier.inside(list(distinct)).sum()), len(distinct))
        figures["diversity"] = internal_diversity(fingerprint_bits(list(distinct.values())))
        stages = checkpoint.config.get("trained", {}).get("stages", [])
        note = (stages[-1].get("note") or "") if stages else ""
        rows.append(
            Row(
                {column.key: figures[column.key] for column in COLUMNS},
                label=checkpoint.config["label"], checkpoint=checkpoint.id, sha256=checkpoint.sha256,
                origin="installed", question=goal.target.text(goal.key), variant=note,
            )
        )  # fmt: skip
    notes = [
        f"{n:,} strings each, at the default options; shares in the class and the diversity are of the distinct valid "
        "chains. Novel are chains outside what the checkpoint was trained on, its class included.",
        f"SVM: {classifier.n:,} polymers of known value, {classifier.n_inside:,} of them in the class; on other chains "
        f"ROC-AUC {classifier.auc:.3f}, kappa {classifier.kappa:.2f}.",
    ]
    manifest = Manifest(n=n, seed=seed, hardware=hardware(), date=now(), versions=versions())
    return Result("targeted", [Table("targeted", goal.target.text(goal.key), COLUMNS, rows)], notes, manifest)


def known_values(key: str) -> pd.DataFrame:
    """Return chain_key and value, in its unit, of all polymers of which a property is known."""
    pair = SELECTIVITIES.get(key, (key,))
    table = polymer_labels(pair).dropna(subset=list(pair))
    value = table[pair[0]] if len(pair) == 1 else table[pair[0]] / table[pair[1]]
    return pd.DataFrame({"chain_key": table["chain_key"], "value": value})


def fit(goal: Goal, known: pd.DataFrame, seed: int = 0) -> Classifier:
    """Fit a support vector machine to the training chains of a table of `known_values` and test it on the others.

    Raises `DataError` where too few polymers lie inside the class, or outside.
    """
    from sklearn.metrics import cohen_kappa_score, roc_auc_score
    from sklearn.svm import SVC

    keys = known["chain_key"].tolist()
    inside = np.asarray(goal.met(goal.spec.to_scale(known["value"].to_numpy())))
    train = sides(keys) == "train"
    for where in (train, ~train):
        if not _LEAST <= inside[where].sum() <= where.sum() - _LEAST:
            raise DataError(
                f"Of {len(keys):,} polymers of known {goal.spec.label}, {int(inside.sum()):,} are in the class: too "
                "few, or nearly all, to learn it from. Ask for another range."
            )
    bits = feature_bits(keys)
    machine = SVC(class_weight="balanced", random_state=seed).fit(bits[train], inside[train])
    others = bits[~train]
    return Classifier(
        machine,
        int(train.sum()),
        int(inside[train].sum()),
        float(roc_auc_score(inside[~train], machine.decision_function(others))),
        float(cohen_kappa_score(inside[~train], machine.predict(others))),
    )


def feature_bits(chain_keys: Sequence[str]) -> np.ndarray:
    """Return (N, 2048) uint8 bits of Morgan fingerprints of radius 3 with feature invariants (FCFP6) of chain keys."""
    from rdkit.Chem import rdFingerprintGenerator as generators

    from polydesign.chem.notation.identity import WEAK_PREFIX
    from polydesign.chem.notation.psmiles import read

    features = generators.GetMorganFeatureAtomInvGen()
    morgan = generators.GetMorganGenerator(radius=_RADIUS, fpSize=_BITS, atomInvariantsGenerator=features)
    return np.stack([morgan.GetFingerprintAsNumPy(read(key.removeprefix(WEAK_PREFIX))) for key in chain_keys])


if __name__ == "__main__":
    raise SystemExit(main())
