"""Alerts: found where they are, however the unit is cut, and not where they are not."""

import pytest

from polydesign.chem.alerts import alerts
from polydesign.chem.common import find


def names(psmiles: str) -> list[str]:
    return [alert.name for alert in alerts(psmiles)]


@pytest.mark.parametrize(
    ("psmiles", "name"),
    [
        ("*CC(*)N=[N+]=[N-]", "azide"),
        ("*OCCO*", "peroxide"),
        ("*CC(*)OC(C)=O", ""),
        ("*C(F)(F)C(*)(F)F", "fully fluorinated carbon (PFAS)"),
        ("*CC(*)Cl", "carbon with chlorine or bromine"),
        ("*CC(*)C1CO1", "epoxide, aziridine or thiirane"),
        ("*CC(*)C=O", "aldehyde"),
        ("*C(=O)CCCCC(=O)O*", "acid anhydride"),
        ("*CC(*)S", "thiol"),
        ("*SCCCS*", "disulfide or longer sulfur chain"),
        ("*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1", "bisphenol A unit"),
        ("*CC(*)N=C=O", "isocyanate or isothiocyanate"),
        ("*O[SiH](*)C", "boron-hydrogen or silicon-hydrogen bond"),
    ],
)
def test_groups_are_found(psmiles, name):
    assert (name in names(psmiles)) if name else names(psmiles) == []


def test_the_cut_does_not_hide_a_group():
    assert names("*OCCO*") == names("*COOC*") == names("*CCOO*") == ["peroxide"]


@pytest.mark.parametrize("name", ["PE", "PP", "PS", "PMMA", "PET", "nylon 6", "Kapton", "PEEK", "PLA", "PCL", "PDMS"])
def test_everyday_polymers_have_none(name):
    assert names(find(name).psmiles) == []
