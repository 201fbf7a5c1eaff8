"""What each corpus is made of: which rows, in which groups, how often each group is drawn, which values.

The synthetic SMiPoly set is 91 % polyolefins and would drown everything else, so strings are drawn
by group with the stated shares, not by row. The reported polymers are few and soon known by heart, so
polymers that `chem.recombination.recombine` assembles from fragments of the training chains are most of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from polydesign.core.properties import FIRST_KEYS, MOLECULE_KEYS
from polydesign.data.corpora.molecules import MOLECULES
from polydesign.data.sources.catalog import Source
from polydesign.data.sources.load import provenance, table


@dataclass(frozen=True)
class Corpus:
    """A corpus that can be prepared.

    Attributes:
        name: key in `CORPORA`.
        rows: returns a frame with columns ``psmiles`` and ``group``, property values where the source has them, and
            ``split`` where the published one is kept instead of ours (`data.corpora.split`).
        values: given the merged table (``psmiles``, ``chain_key``), returns the values known from elsewhere.
        shares: group -> share of training draws; earlier groups keep a chain that later ones hold too.
        keys: property keys that are conditions.
        sources: names in the catalog.
        parents: group -> share of the polymers whose fragments are recombined, the group whose sizes are
            wanted first; empty where nothing is recombined.
        recombined: how many recombined polymers are made unless the user says otherwise.
    """

    name: str
    rows: Callable[[], pd.DataFrame]
    values: Callable[[pd.DataFrame], pd.DataFrame]
    shares: Mapping[str, float]
    keys: tuple[str, ...]
    sources: tuple[str, ...]
    parents: Mapping[str, float] = field(default_factory=dict)
    recombined: int = 0

    @property
    def molecules(self) -> bool:
        """Whether the strings are star-free molecules."""
        return self.name in MOLECULES

    def provenance(self) -> list[Source]:
        """Return name, checksum and licence of each source as read, for the checkpoint's config."""
        return [provenance(name) for name in self.sources]


def _polymer_rows() -> pd.DataFrame:
    frame = table("corpus_open", columns=["psmiles", "sources"])
    smipoly = table("corpus_smipoly", columns=["psmiles", "polymer_class"])
    classes = dict(zip(smipoly["psmiles"], smipoly["polymer_class"].astype(str).str.split("|").str[0], strict=True))
    sources = frame["sources"].astype(str)
    group = pd.Series("reported", index=frame.index)
    group[sources == "htpmd"] = "electrolyte"
    synthetic = sources == "smipoly"
    group[synthetic] = "smipoly " + frame.loc[synthetic, "psmiles"].map(classes).fillna("polyolefin")
    return pd.DataFrame({"psmiles": frame["psmiles"], "group": group})


def _polyinfo_rows() -> pd.DataFrame:
    psmiles = table("polyinfo_train", columns=["psmiles"])["psmiles"].dropna()
    return pd.DataFrame({"psmiles": psmiles, "group": "reported"})


def _measured(frame: pd.DataFrame) -> pd.DataFrame:
    from polydesign.data.corpora.labels import polymer_labels

    labels = polymer_labels(FIRST_KEYS).set_index("chain_key")[list(FIRST_KEYS)]
    return labels.reindex(frame["chain_key"])


def _demo_rows() -> pd.DataFrame:
    from polydesign.data.corpora.demo import demo_polymers

    return pd.DataFrame({"psmiles": demo_polymers(), "group": "demo"})


def _no_values(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(index=frame.index)


def _molecule_rows(name: str) -> Callable[[], pd.DataFrame]:
    def rows() -> pd.DataFrame:
        return pd.DataFrame({"psmiles": table(name, columns=["smiles"])["smiles"].dropna(), "group": name})

    return rows


def _zinc_rows() -> pd.DataFrame:
    """Return ZINC-250k with the split of DD-VAE, which only the packed copy has."""
    frame = table("zinc250k", columns=["smiles", "split"])
    return pd.DataFrame({"psmiles": frame["smiles"], "group": "zinc", "split": frame["split"]}).dropna()


def _qm9_rows() -> pd.DataFrame:
    from polydesign.data.corpora.labels import molecule_labels

    labels = molecule_labels(MOLECULE_KEYS).rename(columns={"smiles": "psmiles"})
    return labels.dropna(subset=["psmiles"]).assign(group="qm9")


RECOMBINED = "recombined"

_SMIPOLY_SHARES = {
    "smipoly polyolefin": 0.04,
    "smipoly polyester": 0.025,
    "smipoly polyamide": 0.025,
    "smipoly polyimide": 0.015,
    "smipoly polyurethane": 0.0125,
    "smipoly polyether": 0.0075,
    "smipoly polyoxazolidone": 0.005,
}
_PARENTS = {"reported": 0.82, "electrolyte": 0.03, **{name: 0.15 / 0.13 * s for name, s in _SMIPOLY_SHARES.items()}}

_SETS = (
    Corpus(
        name="polymers",
        rows=_polymer_rows,
        values=_measured,
        shares={"reported": 0.15, "electrolyte": 0.02, **_SMIPOLY_SHARES, RECOMBINED: 0.70},
        keys=FIRST_KEYS,
        sources=("corpus_open", "corpus_smipoly", "labels_merged"),
        parents=_PARENTS,
        recombined=300_000,
    ),
    Corpus(
        name="polyinfo",
        rows=_polyinfo_rows,
        values=_measured,
        shares={"reported": 0.5, RECOMBINED: 0.5},
        keys=FIRST_KEYS,
        sources=("polyinfo_train", "labels_merged"),
        parents={"reported": 1.0},
    ),
    Corpus(
        name="demo",
        rows=_demo_rows,
        values=_no_values,
        shares={"demo": 0.30, RECOMBINED: 0.70},
        keys=(),
        sources=(),
        parents={"demo": 1.0},
    ),
    Corpus("qm9", _qm9_rows, _no_values, {"qm9": 1.0}, MOLECULE_KEYS, ("qm9",)),
    Corpus("zinc", _zinc_rows, _no_values, {"zinc": 1.0}, (), ("zinc250k",)),
    *[Corpus(name, _molecule_rows(name), _no_values, {name: 1.0}, (), (name,)) for name in ("zinc250k", "moses_train")],
)
CORPORA: dict[str, Corpus] = {corpus.name: corpus for corpus in _SETS}
