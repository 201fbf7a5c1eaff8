"""What a chemist would want to be warned of before making a polymer: groups that explode, react, hydrolyse or persist.

Our own short list of SMARTS patterns with a reason each. They are looked for in the endless chain, so that the cut
of the unit does not matter. An alert is a question to ask, not a verdict; none is no certificate.
"""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.chem.filters import occurs

_FLUORINATED = "[CX4;H0;!$(C[Cl,Br,I])](F)F"  # OECD (2021): a fully fluorinated CF2 or CF3 carbon


@dataclass(frozen=True)
class Alert:
    """A group that asks for care: its name, and why."""

    name: str
    reason: str


_ALERTS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("peroxide", "may explode; radical source", ("[OX2][OX2]",)),
    ("azide", "may explode", ("[NX2]=[N+]=[N-]", "[NX2-][N+]#N")),
    ("diazo or diazonium", "may explode", ("C=[N+]=[N-]", "[N+]#N")),
    ("nitrate or nitrite ester", "may explode", ("[OX2][N+](=O)[O-]", "[CX4][OX2][NX2]=O")),
    ("several nitro groups", "energetic", ("[N+](=O)([O-])*~*~*[N+](=O)[O-]", "[N+](=O)([O-])*~*[N+](=O)[O-]")),
    ("chain of three or more nitrogens", "often unstable", ("[NX3,NX2;!R][NX3,NX2;!R][NX3,NX2;!R]",)),
    ("N-halogen or O-halogen", "oxidises", ("[N,O;!$([N+])][Cl,Br,I]",)),
    ("isocyanate or isothiocyanate", "reacts with water and amines; sensitiser", ("N=C=[O,S]",)),
    ("acyl halide or sulfonyl halide", "reacts with water", ("[CX3](=O)[Cl,Br,I,F]", "S(=O)(=O)[Cl,Br,I,F]")),
    ("chlorosilane", "reacts with water", ("[Si][Cl,Br,I]",)),
    ("epoxide, aziridine or thiirane", "alkylates; crosslinks", ("C1[O,N,S]C1",)),
    ("aldehyde", "oxidises and condenses", ("[CX3H1](=O)[#6]",)),
    ("acid anhydride", "hydrolyses", ("[CX3](=O)[OX2][CX3]=O",)),
    ("hemiacetal, gem-diol or orthoester", "hydrolyses", ("[CX4]([OX2H])[OX2]", "[CX4]([OX2])([OX2])[OX2]")),
    ("amine and oxygen on one carbon", "often hydrolyses", ("[CX4;!R]([OX2;!R])[NX3;!$(NC=O);!$(NS=O)]",)),
    ("enol or ketene", "tautomerises or reacts", ("[CX3]=[CX3][OX2H]", "C=C=O")),
    ("allene or cumulene", "reactive", ("[CX3]=[CX2]=[CX3]",)),
    ("thiol", "oxidises; smells", ("[SX2H]",)),
    ("disulfide or longer sulfur chain", "cleaved by reduction and heat", ("[SX2][SX2]",)),
    ("nitroso", "many are carcinogenic", ("[#6,#7;!$(N(=O))][NX2]=O",)),
    ("hydrazine", "toxic when set free", ("[NX3;!$(N*=O);!$(N~[#7]~[#7])][NX3;!$(N*=O);!a]",)),
    ("boron-hydrogen or silicon-hydrogen bond", "reduces; reacts with water or alkali", ("[#5;!H0]", "[Si;!H0]")),
    ("fully fluorinated carbon (PFAS)", "persistent; restricted in more and more places", (_FLUORINATED,)),
    ("bisphenol A unit", "set free by hydrolysis; endocrine disruptor", ("CC(C)(c1ccc(O)cc1)c1ccc(O)cc1",)),
    ("carbon with chlorine or bromine", "corrosive or toxic gases in a fire", ("[#6][Cl,Br]",)),
    ("heavy metal or metalloid", "toxic or precious", ("[#33,#34,#48,#50,#52,#80,#82,#51,#81,#83]",)),
)  # fmt: skip


def alerts(psmiles: str) -> list[Alert]:
    """Return the alerts of the chain that a repeat unit stands for, the gravest first.

    Raises `ChemistryError` when `psmiles` is not a valid repeat unit.
    """
    return [
        Alert(name, reason)
        for name, reason, patterns in _ALERTS
        if any(occurs(pattern, psmiles) for pattern in patterns)
    ]
