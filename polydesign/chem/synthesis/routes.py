"""Say how a chain could be made: its polymerisation class and monomers, by reverse rules of our own.

The rules know the common polymerisations of the textbooks; each file that holds some of them names its sources:
`step_growth`, `arenes`, `chain_growth`, `ring_opening`. A route says that the reaction would give this chain,
not that it was done, gives a high molar mass, or spares the side groups. Where no rule knows the chain, there is no
route; that does not say that it cannot be made. Stereo marks are left out.
"""

from __future__ import annotations

from functools import lru_cache

from rdkit import Chem

from polydesign.chem.notation import psmiles
from polydesign.chem.notation.identity import WEAK_PREFIX, chain_key
from polydesign.chem.synthesis import arenes, chain_growth, ring_opening, step_growth
from polydesign.chem.synthesis.retro import Route, Synthesis

__all__ = ["Route", "Synthesis", "synthesis"]

# The first rule that knows the chain answers.
_RULES = (
    ring_opening.polysaccharide,
    ring_opening.vinyl_acetal,
    step_growth.condensation,
    ring_opening.polyphosphazene,
    ring_opening.polysilane,
    arenes.aromatic_ether,
    arenes.phenol_ether,
    arenes.aromatic_sulfide,
    arenes.phenolic_resin,
    ring_opening.xylylene,
    ring_opening.heterochain,
    chain_growth.with_gas,
    chain_growth.vinyl,
    ring_opening.cycloalkene,
    arenes.conjugated,
)


@lru_cache(maxsize=1024)
def synthesis(text: str) -> Synthesis:
    """Return class, routes and source for the chain of a p-SMILES, the same however its unit is cut.

    `Synthesis.polymer_class` is "" and there are no routes where no rule knows the chain. Raises `ChemistryError`
    with the reason when `text` is not a valid repeat unit.
    """
    unit = psmiles.read(chain_key(text).removeprefix(WEAK_PREFIX))
    Chem.RemoveStereochemistry(unit)
    for rule in _RULES:
        try:
            answer = rule(unit)
        except Chem.MolSanitizeException:  # a piece of the chain is no structure to this rule
            continue
        if answer is not None:
            return answer
    return Synthesis()
