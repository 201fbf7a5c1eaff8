"""Classes and monomers of common polymers, however their units are cut; no route where no rule knows one."""

from __future__ import annotations

import pytest
from rdkit import Chem

from polydesign.chem.common import COMMON_POLYMERS, find
from polydesign.chem.notation.psmiles import validate
from polydesign.chem.synthesis.routes import Synthesis, synthesis
from polydesign.core.errors import ChemistryError
from tests.unit.chem.respelling import TRICKY, recut, renumbered, repeated

BPA = "CC(C)(c1ccc(O)cc1)c1ccc(O)cc1"
ODA = "Nc1ccc(Oc2ccc(N)cc2)cc1"
TEREPHTHALIC, ISOPHTHALIC = "OC(=O)c1ccc(C(=O)O)cc1", "OC(=O)c1cccc(C(=O)O)c1"
ADIPIC, SEBACIC = "OC(=O)CCCCC(=O)O", "OC(=O)CCCCCCCCC(=O)O"
PHOSGENE = "ClC(Cl)=O"
# Name -> class, monomers of one of the routes.
KNOWN = {
    "polyethylene": ("polyolefin", "C=C"),
    "polypropylene": ("polyolefin", "C=CC"),
    "polyisobutylene": ("polyolefin", "C=C(C)C"),
    "cis-1,4-polybutadiene": ("polydiene", "C=CC=C"),
    "natural rubber": ("polydiene", "C=CC(C)=C"),
    "polychloroprene": ("polydiene", "C=CC(Cl)=C"),
    "1,2-polybutadiene": ("polydiene", "C=CC=C"),
    "polynorbornene": ("polyalkenamer", "C1=CC2CCC1C2"),
    "polyoctenamer": ("polyalkenamer", "C1CCCCCC=C1"),
    "cyclic olefin copolymer": ("alternating copolymer", "C=C.C1=CC2CCC1C2"),
    "polystyrene": ("styrenic polymer", "C=Cc1ccccc1"),
    "poly(alpha-methylstyrene)": ("styrenic polymer", "C=C(C)c1ccccc1"),
    "PVC": ("poly(vinyl halide)", "C=CCl"),
    "PVDC": ("poly(vinyl halide)", "C=C(Cl)Cl"),
    "poly(vinyl acetate)": ("poly(vinyl ester)", "C=COC(C)=O"),
    "poly(vinyl alcohol)": ("vinyl polymer", "C=COC(C)=O"),
    "PVB": ("poly(vinyl acetal)", "C=COC(C)=O.CCCC=O"),
    "PAN": ("polyacrylonitrile", "C=CC#N"),
    "PVP": ("vinyl polymer", "C=CN1CCCC1=O"),
    "poly(vinyl methyl ether)": ("poly(vinyl ether)", "C=COC"),
    "SMA": ("alternating copolymer", "C=Cc1ccccc1.O=C1C=CC(=O)O1"),
    "EVOH": ("alternating copolymer", "C=C.C=COC(C)=O"),
    "PTFE": ("fluoropolymer", "FC(F)=C(F)F"),
    "PVDF": ("fluoropolymer", "C=C(F)F"),
    "ETFE": ("alternating copolymer", "C=C.FC(F)=C(F)F"),
    "PMMA": ("polymethacrylate", "C=C(C)C(=O)OC"),
    "poly(butyl acrylate)": ("polyacrylate", "C=CC(=O)OCCCC"),
    "PHEMA": ("polymethacrylate", "C=C(C)C(=O)OCCO"),
    "PECA": ("polycyanoacrylate", "C=C(C#N)C(=O)OCC"),
    "polyacrylamide": ("polyacrylamide", "C=CC(N)=O"),
    "POM": ("polyacetal", "C=O"),
    "PEO": ("polyether", "C1CO1"),
    "PPO": ("polyether", "CC1CO1"),
    "PTMO": ("polyether", "C1CCCO1"),
    "polyepichlorohydrin": ("polyether", "ClCC1CO1"),
    "poly(1,3-dioxolane)": ("polyacetal", "C1COCO1"),
    "PPE": ("poly(phenylene ether)", "Cc1cccc(C)c1O"),
    "PEEK": ("poly(arylene ether ketone)", "Oc1ccc(O)cc1.O=C(c1ccc(F)cc1)c1ccc(F)cc1"),
    "PEKK": ("poly(arylene ether ketone)", "c1ccc(Oc2ccccc2)cc1.O=C(Cl)c1ccc(C(=O)Cl)cc1"),
    "phenoxy resin": ("phenoxy resin", f"{BPA}.ClCC1CO1"),
    "PLA": ("polyester", "CC1OC(=O)C(C)OC1=O"),
    "PGA": ("polyester", "O=C1COC(=O)CO1"),
    "PCL": ("polyester", "O=C1CCCCCO1"),
    "PHB": ("polyester", "CC(O)CC(=O)O"),
    "PET": ("polyester", f"OCCO.{TEREPHTHALIC}"),
    "PBT": ("polyester", f"OCCCCO.{TEREPHTHALIC}"),
    "PEN": ("polyester", "OCCO.O=C(O)c1ccc2cc(C(=O)O)ccc2c1"),
    "PEF": ("polyester", "OCCO.O=C(O)c1ccc(C(=O)O)o1"),
    "PBS": ("polyester", "OCCCCO.OC(=O)CCC(=O)O"),
    "PAR-T": ("polyester", f"{BPA}.{TEREPHTHALIC}"),
    "PHBA": ("polyester", "O=C(O)c1ccc(O)cc1"),
    "poly(sebacic anhydride)": ("polyanhydride", SEBACIC),
    "bisphenol A polycarbonate": ("polycarbonate", f"{BPA}.{PHOSGENE}"),
    "poly(propylene carbonate)": ("polycarbonate", "CC1CO1.O=C=O"),
    "PTMC": ("polycarbonate", "O=C1OCCCO1"),
    "PA6": ("polyamide", "O=C1CCCCCN1"),
    "PA11": ("polyamide", "NCCCCCCCCCCC(=O)O"),
    "PA12": ("polyamide", "O=C1CCCCCCCCCCCN1"),
    "nylon 66": ("polyamide", f"NCCCCCCN.{ADIPIC}"),
    "PA610": ("polyamide", f"NCCCCCCN.{SEBACIC}"),
    "PA6T": ("polyamide", f"NCCCCCCN.{TEREPHTHALIC}"),
    "MXD6": ("polyamide", f"NCc1cccc(CN)c1.{ADIPIC}"),
    "kevlar": ("polyamide", f"Nc1ccc(N)cc1.{TEREPHTHALIC}"),
    "nomex": ("polyamide", f"Nc1cccc(N)c1.{ISOPHTHALIC}"),
    "PEtOx": ("poly(N-acylimine)", "CCC1=NCCO1"),
    "polyalanine": ("polyamide", "CC1NC(=O)OC1=O"),
    "kapton": ("polyimide", f"{ODA}.O=C1OC(=O)c2cc3C(=O)OC(=O)c3cc12"),
    "BPDA-PDA": ("polyimide", "Nc1ccc(N)cc1.O=C1OC(=O)c2cc(-c3ccc4c(c3)C(=O)OC4=O)ccc21"),
    "ultem": (
        "polyimide",
        "Nc1cccc(N)c1.CC(C)(c1ccc(Oc2ccc3c(c2)C(=O)OC3=O)cc1)c1ccc(Oc2ccc3c(c2)C(=O)OC3=O)cc1",
    ),
    "PAI": ("poly(amide-imide)", f"{ODA}.O=C(O)c1ccc2c(c1)C(=O)OC2=O"),
    "PSU": ("poly(arylene ether sulfone)", f"{BPA}.O=S(=O)(c1ccc(Cl)cc1)c1ccc(Cl)cc1"),
    "PES": ("poly(arylene ether sulfone)", "O=S(=O)(c1ccc(O)cc1)c1ccc(O)cc1.O=S(=O)(c1ccc(Cl)cc1)c1ccc(Cl)cc1"),
    "PPS": ("poly(arylene sulfide)", "Clc1ccc(Cl)cc1.[Na+].[Na+].[S-2]"),
    "poly(propylene sulfide)": ("polysulfide", "CC1CS1"),
    "MDI-BDO": ("polyurethane", "OCCCCO.O=C=Nc1ccc(Cc2ccc(N=C=O)cc2)cc1"),
    "poly(nonamethylene urea)": ("polyurea", "NCCCCCCCCCN.O=C=NCCCCCCCCCN=C=O"),
    "polyacetylene": ("polyacetylene", "C#C"),
    "PTMSP": ("polyacetylene", "CC#C[Si](C)(C)C"),
    "PPV": ("poly(arylene vinylene)", "ClCc1ccc(CCl)cc1"),
    "poly(p-phenylene ethynylene)": ("poly(arylene ethynylene)", "Ic1ccc(I)cc1.C#Cc1ccc(C#C)cc1"),
    "P3HT": ("polyarylene", "CCCCCCc1cc(Br)sc1Br"),
    "PEDOT": ("polyarylene", "C1COc2cscc2O1"),
    "polypyrrole": ("polyarylene", "c1cc[nH]c1"),
    "polyaniline": ("polyaniline", "Nc1ccccc1"),
    "F8BT": (
        "polyarylene",
        "CCCCCCCCC1(CCCCCCCC)c2cc(B(O)O)ccc2-c2ccc(B(O)O)cc21.Brc1ccc(Br)c2nsnc12",
    ),
    "F8T2": (
        "polyarylene",
        "CCCCCCCCC1(CCCCCCCC)c2cc(B(O)O)ccc2-c2ccc(B(O)O)cc21.Brc1ccc(-c2ccc(Br)s2)s1",
    ),
    "PBI": ("polybenzimidazole", f"Nc1ccc(-c2ccc(N)c(N)c2)cc1N.{ISOPHTHALIC}"),
    "PBO": ("polybenzoxazole", f"Nc1cc(O)c(N)cc1O.{TEREPHTHALIC}"),
    "POD": ("polyoxadiazole", f"NN.{TEREPHTHALIC}"),
    "PDMS": ("polysiloxane", "C[Si](C)(Cl)Cl.O"),
    "polydihexylsilane": ("polysilane", "CCCCCC[Si](Cl)(Cl)CCCCCC"),
    "PBFP": ("polyphosphazene", "ClP1(Cl)=NP(Cl)(Cl)=NP(Cl)(Cl)=N1.OCC(F)(F)F"),
    "polyketone": ("polyketone", "C=C.[C-]#[O+]"),
    "parylene": ("poly(p-xylylene)", "C1Cc2ccc(cc2)CCc2ccc1cc2"),
    "novolac": ("phenolic resin", "Oc1ccccc1.C=O"),
    "poly(1-butene sulfone)": ("poly(olefin sulfone)", "C=CCC.O=S=O"),
    "polyethyleneimine": ("polyamine", "C1CN1"),
}


def together(monomers) -> str:
    """Return monomers as one text, whatever their order."""
    return Chem.CanonSmiles(".".join(monomers), useChiral=0)


@pytest.mark.parametrize("name", KNOWN)
def test_class_and_monomers_of_common_polymers(name):
    polymer = find(name)
    assert polymer is not None
    found = synthesis(polymer.psmiles)
    polymer_class, monomers = KNOWN[name]
    assert found.polymer_class == polymer_class
    assert together([monomers]) in [together(route.monomers) for route in found.routes]
    assert found.source


@pytest.mark.parametrize("psmiles", TRICKY)
def test_no_chain_is_too_odd(psmiles):
    for route in synthesis(psmiles).routes:
        assert all(validate(monomer).code in ("no_stars", "several_fragments") for monomer in route.monomers)


@pytest.mark.parametrize(
    "name", ["PET", "kapton", "PEEK", "PLA", "natural rubber", "PS", "PDMS", "F8T2", "PVB", "PTFE"]
)
def test_the_cut_of_the_unit_does_not_matter(name):
    psmiles = find(name).psmiles
    written = {renumbered(recut(repeated(psmiles, 2), seed), seed) for seed in range(4)}
    assert {synthesis(text) for text in written} == {synthesis(psmiles)}


@pytest.mark.parametrize(
    ("psmiles", "monomers"),
    [
        ("*CC(*)C(=O)OCCOC(=O)c1ccccc1", "C=CC(=O)OCCOC(=O)c1ccccc1"),  # esters of the side group stay
        ("*CC(*)(C)C(=O)Nc1nc2ccccc2[nH]1", "C=C(C)C(=O)Nc1nc2ccccc2[nH]1"),
        ("*NC1CCC(C(*)=O)CC1", "NC1CCC(C(=O)O)CC1"),  # no lactam across a ring
        ("*N1CCN(C(=O)c2ccc(C(*)=O)cc2)CC1", f"C1CNCCN1.{TEREPHTHALIC}"),
        ("*OCCOC(=O)CCCCC(=O)NCCNC(=O)CCCCC(*)=O", f"OCCO.NCCN.{ADIPIC}"),
        ("*OCCOC(=O)/C=C/C(*)=O", "OCCO.OC(=O)C=CC(=O)O"),
        ("*N=Cc1ccc(C=Nc2ccc(*)cc2)cc1", "Nc1ccc(N)cc1.O=Cc1ccc(C=O)cc1"),
        ("*CCCCCCO*", "OCCCCCCO"),
    ],
)
def test_monomers_of_chains_without_a_name(psmiles, monomers):
    assert together([monomers]) in [together(route.monomers) for route in synthesis(psmiles).routes]


@pytest.mark.parametrize(
    "psmiles",
    [
        "*C(*)(C)C",  # tetramethylethylene does not polymerise
        "*C(C)C(*)C",  # nor does 2-butene
        "*CC=CCCC*",  # nor does cyclohexene
        "*[Si](C)(C)C*",
        "*CC(C)C(C)C*",  # propylene head to head
        "*C1CCC(*)CC1",  # not ethylene and cyclobutene
        "*C1(*)c2ccccc2-c2ccccc21",
    ],
)
def test_no_known_route_is_said_so(psmiles):
    assert synthesis(psmiles) == Synthesis()


def test_reluctant_and_unstable_monomers_are_named_as_such():
    assert "reluctance" in synthesis("*OCCCC(*)=O").routes[0].note
    assert synthesis("*CC(*)O").routes[0].note == "then saponified"


def test_a_text_that_is_no_repeat_unit_raises_the_reason():
    with pytest.raises(ChemistryError, match="attachment point"):
        synthesis("CCO")


def test_most_common_polymers_have_a_route():
    without = [polymer.short for polymer in COMMON_POLYMERS if not synthesis(polymer.psmiles).routes]
    assert len(without) <= 5, without
