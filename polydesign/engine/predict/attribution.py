"""Say which parts of a repeat unit drive a prediction, by asking the model about polymers that lack them.

Each piece (a ring, a carbonyl, an oxygen, a CH2 ...) is in turn replaced by plain saturated carbon or
hydrogen, and the model predicts the polymer so changed (`attribution_pieces` has the table of replacements).
The effect of the piece is the prediction for the polymer itself minus that for the changed one: occlusion, as
of Zeiler and Fergus (ECCV 2014), on structures instead of pixels, so that every question put to the model is
about a real chain and any model can be asked. Limits to keep in mind: effects of pieces need not add up, they
say what this model has learned and not what nature does, and one well below the interval of the prediction
may be chance. Stereo marks are left out, of the polymer itself too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from polydesign.core.properties import property_spec
from polydesign.core.protocols import PropertyPredictor
from polydesign.engine.predict.selectivity import selectivities

MAX_PIECES = 150  # of one unit; larger units would keep the reader waiting


@dataclass(frozen=True)
class Effect:
    """How a piece changes one property.

    Attributes:
        atoms: indices of its atoms in `Attribution.psmiles`.
        what: its name, e.g. "benzene ring".
        instead: what was put in its place.
        change: the polymer's value minus that without the piece, on the property's scale (decades for log10).
    """

    atoms: tuple[int, ...]
    what: str
    instead: str
    change: float


@dataclass(frozen=True)
class Attribution:
    """What drives the predictions of one polymer.

    Attributes:
        psmiles: its shortest repeat unit, cut as it was given.
        effects: property key -> effects of the pieces, strongest first, those absent that the model cannot judge.
        n_left_out: pieces beyond `MAX_PIECES`, which were not asked about.
    """

    psmiles: str
    effects: Mapping[str, list[Effect]]
    n_left_out: int = 0


def attribute(psmiles: str, predictor: PropertyPredictor) -> Attribution:
    """Return the effects of the pieces of a repeat unit on everything that `predictor` predicts.

    Raises `ChemistryError` when `psmiles` is not a valid repeat unit.
    """
    from polydesign.chem.notation.identity import shortest_unit
    from polydesign.engine.predict.attribution_pieces import pieces

    unit = shortest_unit(psmiles)
    parts = pieces(unit)
    n_left_out = max(len(parts) - MAX_PIECES, 0)
    parts = parts[:MAX_PIECES]
    # Like pieces give one and the same polymer, which is predicted once.
    distinct = list(dict.fromkeys([_plain(unit), *(piece.variant for piece in parts)]))
    place = np.array([distinct.index(piece.variant) for piece in parts], dtype=np.int64)
    columns = predictor.predict(distinct)
    columns |= selectivities(columns, getattr(predictor, "error_correlation", {}))
    effects = {}
    for key, column in columns.items():
        value = property_spec(key).to_scale(column.mean)
        changes = [piece.sign * (value[0] - value[row]) for piece, row in zip(parts, place, strict=True)]
        known = [
            Effect(piece.atoms, piece.what, piece.instead, float(change))
            for piece, change in zip(parts, changes, strict=True)
            if np.isfinite(change)
        ]
        effects[key] = sorted(known, key=lambda effect: -abs(effect.change))
    return Attribution(unit, effects, n_left_out)


def _plain(psmiles: str) -> str:
    """Return a repeat unit without stereo marks."""
    from rdkit import Chem

    from polydesign.chem.notation import psmiles as notation

    mol = notation.read(psmiles)
    Chem.RemoveStereochemistry(mol)
    return Chem.MolToSmiles(mol)
