"""Hand-written table of common polymers: what a chemist expects to find by name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CommonPolymer:
    """A polymer that has a name.

    Attributes:
        name: full name.
        abbreviation: the usual short name; "" where none is in common use.
        psmiles: one repeat unit, cut as it is usually drawn.
        polymer_class: family by backbone or by the monomer it is made from.
    """

    name: str
    abbreviation: str
    psmiles: str
    polymer_class: str


_TABLE = {
    "polyolefin": [
        ("Polyethylene", "PE", "*CC*"),
        ("Polypropylene", "PP", "*CC(*)C"),
        ("Poly(1-butene)", "PB-1", "*CC(*)CC"),
        ("Polyisobutylene", "PIB", "*CC(*)(C)C"),
        ("Poly(4-methyl-1-pentene)", "PMP", "*CC(*)CC(C)C"),
        ("Polynorbornene (ring-opened)", "PNB", "*C=CC1CCC(*)C1"),
    ],
    "polydiene": [
        ("cis-1,4-Polybutadiene", "cis-BR", r"*C/C=C\C*"),
        ("trans-1,4-Polybutadiene", "trans-BR", "*C/C=C/C*"),
        ("1,2-Polybutadiene", "1,2-PB", "*CC(*)C=C"),
        ("cis-1,4-Polyisoprene (natural rubber)", "NR", r"*C/C(C)=C\C*"),
        ("trans-1,4-Polyisoprene (gutta-percha)", "TPI", "*C/C(C)=C/C*"),
        ("Polychloroprene", "CR", "*C/C(Cl)=C/C*"),
    ],
    "styrenic": [
        ("Polystyrene", "PS", "*CC(*)c1ccccc1"),
        ("Poly(α-methylstyrene)", "PAMS", "*CC(*)(C)c1ccccc1"),
        ("Poly(4-hydroxystyrene)", "PHS", "*CC(*)c1ccc(O)cc1"),
        ("Poly(4-chlorostyrene)", "P4ClS", "*CC(*)c1ccc(Cl)cc1"),
        ("Poly(4-methylstyrene)", "P4MS", "*CC(*)c1ccc(C)cc1"),
        ("Poly(2-vinylpyridine)", "P2VP", "*CC(*)c1ccccn1"),
        ("Poly(4-vinylpyridine)", "P4VP", "*CC(*)c1ccncc1"),
        ("Poly(N-vinylcarbazole)", "PVK", "*CC(*)n1c2ccccc2c2ccccc21"),
        ("Poly(4-styrenesulfonic acid)", "PSSH", "*CC(*)c1ccc(S(=O)(=O)O)cc1"),
    ],
    "vinyl polymer": [
        ("Poly(vinyl chloride)", "PVC", "*CC(*)Cl"),
        ("Poly(vinylidene chloride)", "PVDC", "*CC(*)(Cl)Cl"),
        ("Poly(vinyl alcohol)", "PVA", "*CC(*)O"),
        ("Poly(vinyl acetate)", "PVAc", "*CC(*)OC(C)=O"),
        ("Polyacrylonitrile", "PAN", "*CC(*)C#N"),
        ("Poly(N-vinylpyrrolidone)", "PVP", "*CC(*)N1CCCC1=O"),
        ("Poly(vinyl butyral)", "PVB", "*CC1CC(*)OC(CCC)O1"),
        ("Poly(methyl vinyl ether)", "PMVE", "*CC(*)OC"),
    ],
    "fluoropolymer": [
        ("Polytetrafluoroethylene", "PTFE", "*C(F)(F)C(*)(F)F"),
        ("Poly(vinylidene fluoride)", "PVDF", "*CC(*)(F)F"),
        ("Poly(vinyl fluoride)", "PVF", "*CC(*)F"),
        ("Polychlorotrifluoroethylene", "PCTFE", "*C(F)(F)C(*)(F)Cl"),
        ("Polyhexafluoropropylene", "PHFP", "*C(F)(F)C(*)(F)C(F)(F)F"),
        ("Ethylene-tetrafluoroethylene (alternating)", "ETFE", "*CCC(F)(F)C(*)(F)F"),
    ],
    "acrylic": [
        ("Poly(acrylic acid)", "PAA", "*CC(*)C(=O)O"),
        ("Poly(methacrylic acid)", "PMAA", "*CC(*)(C)C(=O)O"),
        ("Poly(methyl acrylate)", "PMA", "*CC(*)C(=O)OC"),
        ("Poly(ethyl acrylate)", "PEA", "*CC(*)C(=O)OCC"),
        ("Poly(butyl acrylate)", "PBA", "*CC(*)C(=O)OCCCC"),
        ("Poly(methyl methacrylate)", "PMMA", "*CC(*)(C)C(=O)OC"),
        ("Poly(ethyl methacrylate)", "PEMA", "*CC(*)(C)C(=O)OCC"),
        ("Poly(butyl methacrylate)", "PBMA", "*CC(*)(C)C(=O)OCCCC"),
        ("Poly(2-hydroxyethyl methacrylate)", "PHEMA", "*CC(*)(C)C(=O)OCCO"),
        ("Poly(methyl cyanoacrylate)", "PMCA", "*CC(*)(C#N)C(=O)OC"),
        ("Polyacrylamide", "PAM", "*CC(*)C(N)=O"),
        ("Poly(N-isopropylacrylamide)", "PNIPAM", "*CC(*)C(=O)NC(C)C"),
    ],
    "polyether": [
        ("Polyoxymethylene", "POM", "*CO*"),
        ("Poly(ethylene oxide)", "PEO", "*CCO*"),
        ("Poly(propylene oxide)", "PPO", "*CC(C)O*"),
        ("Poly(tetramethylene oxide)", "PTMO", "*CCCCO*"),
        ("Poly(2,6-dimethyl-1,4-phenylene oxide)", "PPE", "*Oc1c(C)cc(*)cc1C"),
        ("Poly(ether ether ketone)", "PEEK", "*Oc1ccc(Oc2ccc(C(=O)c3ccc(*)cc3)cc2)cc1"),
        ("Poly(ether ketone)", "PEK", "*Oc1ccc(C(=O)c2ccc(*)cc2)cc1"),
        ("Polyepichlorohydrin", "PECH", "*CC(CCl)O*"),
        ("Phenoxy resin", "PKHH", "*Oc1ccc(C(C)(C)c2ccc(OCC(O)C*)cc2)cc1"),
    ],
    "polyester": [
        ("Poly(glycolic acid)", "PGA", "*OCC(*)=O"),
        ("Poly(lactic acid)", "PLA", "*OC(C)C(*)=O"),
        ("Poly(3-hydroxybutyrate)", "PHB", "*OC(C)CC(*)=O"),
        ("Poly(ε-caprolactone)", "PCL", "*OCCCCCC(*)=O"),
        ("Poly(ethylene terephthalate)", "PET", "*OCCOC(=O)c1ccc(C(*)=O)cc1"),
        ("Poly(trimethylene terephthalate)", "PTT", "*OCCCOC(=O)c1ccc(C(*)=O)cc1"),
        ("Poly(butylene terephthalate)", "PBT", "*OCCCCOC(=O)c1ccc(C(*)=O)cc1"),
        ("Poly(ethylene naphthalate)", "PEN", "*OCCOC(=O)c1ccc2cc(C(*)=O)ccc2c1"),
        ("Poly(ethylene furanoate)", "PEF", "*OCCOC(=O)c1ccc(C(*)=O)o1"),
        ("Poly(butylene succinate)", "PBS", "*OCCCCOC(=O)CCC(*)=O"),
        ("Poly(ethylene adipate)", "PEAd", "*OCCOC(=O)CCCCC(*)=O"),
        ("Poly(4-hydroxybenzoate)", "PHBA", "*Oc1ccc(C(*)=O)cc1"),
    ],
    "polycarbonate": [
        ("Bisphenol A polycarbonate", "PC", "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1"),
        ("Poly(propylene carbonate)", "PPC", "*OCC(C)OC(*)=O"),
        ("Poly(trimethylene carbonate)", "PTMC", "*OCCCOC(*)=O"),
    ],
    "polyamide": [
        ("Polyamide 4", "PA4", "*NCCCC(*)=O"),
        ("Polyamide 6", "PA6", "*NCCCCCC(*)=O"),
        ("Polyamide 11", "PA11", "*NCCCCCCCCCCC(*)=O"),
        ("Polyamide 12", "PA12", "*NCCCCCCCCCCCC(*)=O"),
        ("Polyamide 66", "PA66", "*NCCCCCCNC(=O)CCCCC(*)=O"),
        ("Polyamide 610", "PA610", "*NCCCCCCNC(=O)CCCCCCCCC(*)=O"),
        ("Poly(p-phenylene terephthalamide)", "PPTA", "*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1"),
        ("Poly(m-phenylene isophthalamide)", "MPIA", "*Nc1cccc(NC(=O)c2cccc(C(*)=O)c2)c1"),
        ("Poly(2-ethyl-2-oxazoline)", "PEtOx", "*CCN(*)C(=O)CC"),
        ("Polyglycine", "PGly", "*NCC(*)=O"),
    ],
    "polyimide": [
        ("Poly(oxydiphenylene pyromellitimide)", "PMDA-ODA",
         "*c1ccc(Oc2ccc(-n3c(=O)c4cc5c(=O)n(*)c(=O)c5cc4c3=O)cc2)cc1"),
        ("Poly(biphenyl dianhydride-p-phenylene diimide)", "BPDA-PDA",
         "*c1ccc(N2C(=O)c3ccc(-c4ccc5c(c4)C(=O)N(*)C5=O)cc3C2=O)cc1"),
        ("Poly(ether imide)", "PEI",
         "*c1cccc(N2C(=O)c3ccc(Oc4ccc(C(C)(C)c5ccc(Oc6ccc7c(c6)C(=O)N(*)C7=O)cc5)cc4)cc3C2=O)c1"),
        ("Hexafluoroisopropylidene diphthalimide of oxydianiline", "6FDA-ODA",
         "*c1ccc(Oc2ccc(N3C(=O)c4ccc(C(c5ccc6c(c5)C(=O)N(*)C6=O)(C(F)(F)F)C(F)(F)F)cc4C3=O)cc2)cc1"),
    ],
    "polysulfone and polysulfide": [
        ("Bisphenol A polysulfone", "PSU", "*Oc1ccc(C(C)(C)c2ccc(Oc3ccc(S(=O)(=O)c4ccc(*)cc4)cc3)cc2)cc1"),
        ("Poly(ether sulfone)", "PES", "*Oc1ccc(S(=O)(=O)c2ccc(*)cc2)cc1"),
        ("Poly(p-phenylene sulfide)", "PPS", "*Sc1ccc(*)cc1"),
        ("Poly(ethylene sulfide)", "PEthS", "*CCS*"),
    ],
    "polyurethane and polyurea": [
        ("Polyurethane of hexamethylene diisocyanate and 1,4-butanediol", "HDI-BDO",
         "*OCCCCOC(=O)NCCCCCCNC(*)=O"),
        ("Polyurethane of MDI and 1,4-butanediol", "MDI-BDO",
         "*OCCCCOC(=O)Nc1ccc(Cc2ccc(NC(*)=O)cc2)cc1"),
        ("Poly(nonamethylene urea)", "PNMU", "*NCCCCCCCCCNC(*)=O"),
    ],
    "conjugated polymer": [
        ("Polyacetylene", "PAc", "*C=C*"),
        ("Poly(p-phenylene)", "PPP", "*c1ccc(*)cc1"),
        ("Poly(p-phenylene vinylene)", "PPV", "*/C=C/c1ccc(*)cc1"),
        ("Polythiophene", "PT", "*c1ccc(*)s1"),
        ("Poly(3-hexylthiophene)", "P3HT", "*c1cc(CCCCCC)c(*)s1"),
        ("Poly(3,4-ethylenedioxythiophene)", "PEDOT", "*c1sc(*)c2c1OCCO2"),
        ("Polypyrrole", "PPy", "*c1ccc(*)[nH]1"),
        ("Polyaniline (leucoemeraldine)", "PANI", "*Nc1ccc(*)cc1"),
        ("Polyfluorene", "PF", "*c1ccc2c(c1)Cc1cc(*)ccc1-2"),
        ("Poly(9,9-dioctylfluorene)", "PFO", "*c1ccc2c(c1)C(CCCCCCCC)(CCCCCCCC)c1cc(*)ccc1-2"),
    ],
    "heteroaromatic polymer": [
        ("Polybenzimidazole", "PBI", "*c1cccc(-c2nc3cc(-c4ccc5[nH]c(*)nc5c4)ccc3[nH]2)c1"),
        ("Poly(p-phenylene benzobisoxazole)", "PBO", "*c1ccc(-c2nc3cc4oc(*)nc4cc3o2)cc1"),
        ("Polyphenylquinoxaline", "PPQ", "*c1ccc2nc(-c3ccc(*)cc3)c(-c3ccccc3)nc2c1"),
        ("Poly(p-phenylene oxadiazole)", "POD", "*c1ccc(-c2nnc(*)o2)cc1"),
    ],
    "silicon and phosphorus polymer": [
        ("Polydimethylsiloxane", "PDMS", "*[Si](C)(C)O*"),
        ("Polymethylphenylsiloxane", "PMPS", "*[Si](C)(c1ccccc1)O*"),
        ("Polydimethylsilane", "PDMSi", "*[Si](*)(C)C"),
        ("Poly(trimethylsilyl propyne)", "PTMSP", "*C(C)=C(*)[Si](C)(C)C"),
        ("Polydichlorophosphazene", "PDCP", "*N=P(*)(Cl)Cl"),
        ("Poly[bis(trifluoroethoxy)phosphazene]", "PBFP", "*N=P(*)(OCC(F)(F)F)OCC(F)(F)F"),
    ],
    "polysaccharide": [
        ("Cellulose", "", "*OC1C(O)C(O)C(*)OC1CO"),
        ("Cellulose triacetate", "CTA", "*OC1C(OC(C)=O)C(OC(C)=O)C(*)OC1COC(C)=O"),
        ("Chitosan", "", "*OC1C(O)C(N)C(*)OC1CO"),
        ("Chitin", "", "*OC1C(O)C(NC(C)=O)C(*)OC1CO"),
    ],
    "other": [
        ("Polyketone (ethylene-carbon monoxide)", "PK", "*CCC(*)=O"),
        ("Poly(p-xylylene)", "PPX", "*Cc1ccc(C*)cc1"),
        ("Polyethyleneimine (linear)", "PEI-l", "*CCN*"),
    ],
}  # fmt: skip

COMMON_POLYMERS: tuple[CommonPolymer, ...] = tuple(
    CommonPolymer(name, abbreviation, psmiles, polymer_class)
    for polymer_class, rows in _TABLE.items()
    for name, abbreviation, psmiles in rows
)
