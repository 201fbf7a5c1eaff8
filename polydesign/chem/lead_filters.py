"""Which molecules the MOSES benchmark lets pass: no reactive or promiscuous groups, no charges, no large rings.

The benchmark's rules (Polykovskiy et al., Front. Pharmacol. 11, 565644, 2020): atoms of C, N, S, O, F, Cl, Br and H
alone, none charged, no ring of more than 8 atoms, no match of PAINS (Baell and Holloway, J. Med. Chem. 53, 2719, 2010)
or of its own list of medicinal chemistry filters. The rules and PAINS are as there; its own list is not in RDKit, and
in its place stand the hard filters of reactive groups of Hann et al. (J. Chem. Inf. Comput. Sci. 39, 897, 1999), which
RDKit has under the name Glaxo. What passes is therefore not exactly what passes there; a table should show beside it
how many of the benchmark's own molecules pass.
"""

from __future__ import annotations

from functools import cache

from rdkit import Chem
from rdkit.Chem.FilterCatalog import FilterCatalog, FilterCatalogParams

from polydesign.chem.notation.psmiles import read_molecule

ATOMS = frozenset({1, 6, 7, 8, 9, 16, 17, 35})
LARGEST_RING = 8


def passes_lead_filters(smiles: str) -> bool:
    """Tell whether a molecule passes; raise `ChemistryError` for a text that is no single star-free molecule."""
    mol = read_molecule(smiles)
    return _by_rule(mol) and not _catalog().HasMatch(mol)


def _by_rule(mol: Chem.Mol) -> bool:
    if any(atom.GetAtomicNum() not in ATOMS or atom.GetFormalCharge() for atom in mol.GetAtoms()):
        return False
    return all(len(ring) <= LARGEST_RING for ring in mol.GetRingInfo().AtomRings())


@cache
def _catalog() -> FilterCatalog:
    chosen = FilterCatalogParams()
    for catalog in (FilterCatalogParams.FilterCatalogs.PAINS, FilterCatalogParams.FilterCatalogs.CHEMBL_Glaxo):
        chosen.AddCatalog(catalog)
    return FilterCatalog(chosen)
