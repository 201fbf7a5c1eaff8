"""All that is known of one polymer without a prediction: its names, descriptors, synthesis, and whether it is new."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from polydesign import store
from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core.errors import DataError
from polydesign.engine.design.novelty import is_known, load_known_chains
from polydesign.engine.intake import read as upload
from polydesign.engine.intake.resolve import resolve

if TYPE_CHECKING:
    from polydesign.chem.alerts import Alert
    from polydesign.chem.synthesis.routes import Synthesis


@dataclass(frozen=True)
class Polymer:
    """One polymer, as it was asked for.

    Attributes:
        psmiles: canonical repeat unit, cut as it was given.
        name: of the common polymer that has this chain; "" for none.
        held_out: whether the chain is kept for tests: one in ten is, and no model of the project is trained on it.
        key: name of the infinite chain, itself a p-SMILES.
        capped: SMILES of the unit with hydrogen at both ends.
        inchikey: of the capped unit.
        descriptors: the 15 descriptors of `core.properties.DESCRIPTORS`, of the unit as written.
        sa_score: synthetic accessibility of the capped unit, 1 (easy) to 10 (hard).
        synthesis: class and routes, where a rule knows them.
        alerts: groups that ask for care.
    """

    psmiles: str
    name: str
    held_out: bool
    key: str
    capped: str
    inchikey: str
    descriptors: dict[str, float]
    sa_score: float
    synthesis: Synthesis
    alerts: tuple[Alert, ...]


def polymer(text: str) -> Polymer:
    """Describe the polymer that `text` names: a repeat unit, or a common polymer by name.

    Raises `DataError` with the reason when it is neither, or names several.
    """
    rows = resolve(upload.typed(text).rows)
    if not rows:
        raise DataError("Nothing was given. Type a repeat unit with two *, or the name of a polymer.")
    if len(rows) > 1:
        raise DataError(f"{len(rows)} polymers were given; this page shows one. The Predict page takes many.")
    (asked,) = rows
    if asked.psmiles is None:
        raise DataError(asked.reason[:1].upper() + asked.reason[1:])
    return _described(asked.psmiles)


@lru_cache(maxsize=256)
def _described(text: str) -> Polymer:
    from rdkit import Chem

    from polydesign.chem.alerts import alerts
    from polydesign.chem.describe.descriptors import descriptors, sa_score
    from polydesign.chem.notation.identity import chain_key
    from polydesign.chem.notation.oligomer import capped
    from polydesign.chem.notation.psmiles import read
    from polydesign.chem.synthesis.routes import synthesis
    from polydesign.data.corpora.split import split_of

    unit = read(text)
    molecule = capped(unit)
    psmiles = Chem.MolToSmiles(unit)
    key = chain_key(psmiles)
    return Polymer(
        psmiles=psmiles,
        name=common_name(key),
        held_out=split_of(key) != "train",
        key=key,
        capped=Chem.MolToSmiles(molecule),
        inchikey=Chem.MolToInchiKey(molecule),
        descriptors=descriptors(psmiles),
        sa_score=sa_score(psmiles),
        synthesis=synthesis(psmiles),
        alerts=tuple(alerts(psmiles)),
    )


def common_name(key: str) -> str:
    """Return the name of the common polymer whose chain has this key, "" for none."""
    return _common_names().get(key, "")


@cache
def _common_names() -> dict[str, str]:
    from polydesign.chem.notation.identity import chain_key

    return {chain_key(common.psmiles): common.name for common in COMMON_POLYMERS}


def known_to(key: str) -> dict[str, bool | None]:
    """Say of each generator, by its label, whether it was trained on the chain with this key.

    None where its checkpoint has no list of training chains, so that nobody can say.
    """
    answers: dict[str, bool | None] = {}
    for checkpoint in store.polymer_generators():
        known = load_known_chains(checkpoint)
        answers[checkpoint.label] = None if known is None else bool(is_known([key], known)[0])
    return answers
