"""The properties a polymer can be asked for: one `PropertySpec` a key, the same name everywhere.

Measured, DFT and MD values are different properties even when they bear one name. `scale` is the
scale on which a property is modelled, conditioned and scored; values shown to people are always in
the physical `unit`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["measured", "DFT", "MD", "derived", "descriptor", "score"]
Scale = Literal["linear", "log10"]


@dataclass(frozen=True)
class PropertySpec:
    """What a property is called, in which unit and on which scale it lives.

    Attributes:
        key: name in files, sliders and on the command line; carries kind and unit.
        label: what a chemist calls it.
        symbol: short symbol for table heads and axes.
        unit: physical unit, "1" for none.
        kind: how the training values were obtained; "derived" follows from the predictions of others.
        scale: "linear", or "log10" for quantities that span decades.
        tolerance: sensible default tolerance of a target (in `unit`; in decades for log10).
        column: column of the merged label table that holds it ("" for computed ones).
        factor: multiply the column by this to get `unit`.
        group: heading under which its slider stands.
        note: one sentence a user should know.
        source: where the training values come from.
        licence: licence of those values.
    """

    key: str
    label: str
    symbol: str
    unit: str
    kind: Kind
    scale: Scale = "linear"
    tolerance: float = 1.0
    column: str = ""
    factor: float = 1.0
    group: str = "Structure"
    note: str = ""
    source: str = "computed from the structure"
    licence: str = ""

    def to_scale(self, value):
        """Bring values in `unit` to the modelling scale (log10 of non-positive values is NaN)."""
        value = np.asarray(value, dtype=float)
        if self.scale == "linear":
            return value
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(value > 0, np.log10(np.where(value > 0, value, 1.0)), np.nan)

    def from_scale(self, value):
        """Bring values on the modelling scale back to `unit`."""
        value = np.asarray(value, dtype=float)
        return value if self.scale == "linear" else np.power(10.0, value)

    @property
    def unit_text(self) -> str:
        """Unit as people read it: "" for dimensionless, "°C" for degC."""
        return {"1": "", "degC": "°C", "angstrom": "Å", "g/cm3": "g/cm³"}.get(self.unit, self.unit)

    def show(self, value: float) -> str:
        """Return a value with its unit as people read it, e.g. ``180 °C``."""
        return f"{value:.4g} {self.unit_text}".strip()


_KUENNETH = ("DFT set of Kuenneth et al., Patterns 2021, as published with TransPolymer", "MIT")
_RADONPY = ("RadonPy PI1070", "BSD-3-Clause")
_GAS = ("POINT2, PolymerGasMembraneML and torch-molecule permeability tables", "MIT")
_OPP = ("Open Polymer Prediction 2025 and RadonPy", "unconfirmed / BSD-3-Clause")


def _spec(key, label, symbol, unit, kind, column, group, tolerance, origin, *, scale="linear", factor=1.0, note=""):
    return PropertySpec(
        key, label, symbol, unit, kind, scale, tolerance, column, factor, group, note, origin[0], origin[1]
    )


_THERMAL, _ELECTRONIC, _PHYSICAL, _GASES = "Thermal", "Electronic", "Physical", "Gas permeability"
_TG_NOTE = "Depends on molar mass, tacticity and the method of measurement."

_POLYMER = [
    _spec("tg_exp_c", "Glass transition temperature", "Tg", "degC", "measured", "Tg_exp", _THERMAL, 20.0,
          ("POINT2 and Polymer-Informatics Tg tables, OpenPoly", "MIT"), note=_TG_NOTE),
    _spec("tm_exp_c", "Melting temperature", "Tm", "degC", "measured", "Tm_exp", _THERMAL, 25.0,
          ("Polymer-Informatics Tm table", "MIT"), note=_TG_NOTE),
    _spec("egc_dft_ev", "Band gap of the chain", "Egc", "eV", "DFT", "Egc_dft", _ELECTRONIC, 0.4, _KUENNETH),
    _spec("egb_dft_ev", "Band gap of the bulk", "Egb", "eV", "DFT", "Egb_dft", _ELECTRONIC, 0.4, _KUENNETH),
    _spec("eea_dft_ev", "Electron affinity", "Eea", "eV", "DFT", "Eea_dft", _ELECTRONIC, 0.3, _KUENNETH),
    _spec("ei_dft_ev", "Ionization energy", "Ei", "eV", "DFT", "Ei_dft", _ELECTRONIC, 0.4, _KUENNETH),
    _spec("eat_dft_ev_atom", "Atomization energy", "Eat", "eV/atom", "DFT", "Eat_dft", _ELECTRONIC, 0.1, _KUENNETH),
    _spec("eps_dft", "Dielectric constant", "ε", "1", "DFT", "eps_dft", _ELECTRONIC, 0.4, _KUENNETH),
    _spec("nc_dft", "Refractive index of the crystal", "nc", "1", "DFT", "nc_dft", _ELECTRONIC, 0.1, _KUENNETH),
    _spec("xc_exp_pct", "Crystallization tendency", "Xc", "%", "measured", "Xc_exp", _PHYSICAL, 15.0, _KUENNETH),
    _spec("density_md_g_cm3", "Density at 300 K", "ρ", "g/cm3", "MD", "density_md", _PHYSICAL, 0.05, _OPP),
    _spec("ffv_md", "Fractional free volume", "FFV", "1", "MD", "FFV_md", _PHYSICAL, 0.015, _OPP),
    _spec("thermal_conductivity_md_w_mk", "Thermal conductivity", "κ", "W/(m K)", "MD", "thermal_conductivity_md",
          _THERMAL, 0.05, ("POINT2, RadonPy and Open Polymer Prediction 2025", "MIT / BSD-3-Clause / unconfirmed")),
    _spec("refractive_index_md", "Refractive index", "n", "1", "MD", "refractive_index_md", _PHYSICAL, 0.03, _RADONPY),
    _spec("dielectric_dc_md", "Static dielectric constant", "ε0", "1", "MD", "dielectric_dc_md", _ELECTRONIC, 0.15,
          _RADONPY, scale="log10"),
    _spec("cp_md_j_kgk", "Heat capacity", "Cp", "J/(kg K)", "MD", "Cp_md", _THERMAL, 200.0, _RADONPY),
    _spec("bulk_modulus_md_gpa", "Bulk modulus", "K", "GPa", "MD", "bulk_modulus_md", _PHYSICAL, 0.5, _RADONPY,
          factor=1e-9),
    _spec("linear_expansion_md_1_k", "Linear thermal expansion", "α", "1/K", "MD", "linear_expansion_md", _THERMAL,
          0.15, _RADONPY, scale="log10"),
    _spec("rg_md_a", "Radius of gyration", "Rg", "angstrom", "MD", "Rg_md_opp", _PHYSICAL, 2.0,
          ("Open Polymer Prediction 2025", "unconfirmed")),
    _spec("li_conductivity_md_s_cm", "Li+ conductivity of the electrolyte", "σ(Li+)", "S/cm", "MD",
          "Li_conductivity_md", _ELECTRONIC, 0.15, ("HTP-MD, TRI-AMDD/PolyGen", "CC0-1.0"), scale="log10"),
    *[
        _spec(f"perm_{gas.lower()}_exp_barrer", f"{text} permeability", f"P({text})", "Barrer", "measured",
              f"perm_{gas}_exp", _GASES, 0.3, _GAS, scale="log10")
        for gas, text in [("O2", "O₂"), ("N2", "N₂"), ("CO2", "CO₂"), ("CH4", "CH₄"), ("H2", "H₂")]
    ],
]  # fmt: skip

# Ideal selectivities are no models of their own: ratios of two permeabilities that one model predicts.
SELECTIVITIES: dict[str, tuple[str, str]] = {
    f"selectivity_{first}_{second}_exp": (f"perm_{first}_exp_barrer", f"perm_{second}_exp_barrer")
    for first, second in (("co2", "n2"), ("o2", "n2"), ("co2", "ch4"))
}
_RATIO_NOTE = "Ratio of the two predicted permeabilities of the pure gases; mixtures behave differently."
_DERIVED = [
    _spec(key, f"{gases} selectivity", f"α({gases})", "1", "derived", "", _GASES, 0.15,
          ("derived from the predicted permeabilities", "MIT"), scale="log10", note=_RATIO_NOTE)
    for key, gases in zip(SELECTIVITIES, ("CO₂/N₂", "O₂/N₂", "CO₂/CH₄"), strict=True)
]  # fmt: skip

# PolyTAO's 15 conditions, by RDKit's own names, of the string as written (stars included).
DESCRIPTORS: tuple[str, ...] = (
    "MolWt", "HeavyAtomCount", "NHOHCount", "NOCount", "NumAliphaticCarbocycles", "NumAliphaticHeterocycles",
    "NumAliphaticRings", "NumAromaticCarbocycles", "NumAromaticHeterocycles", "NumAromaticRings", "NumHAcceptors",
    "NumHDonors", "NumHeteroatoms", "NumRotatableBonds", "RingCount",
)  # fmt: skip

_DESCRIPTOR_NOTE = "Of the repeat unit as written, attachment points included."
_DESCRIPTOR_LABELS = dict(zip(DESCRIPTORS, (
    "Molar mass of the unit", "Heavy atoms", "N-H and O-H bonds", "N and O atoms", "Aliphatic carbocycles",
    "Aliphatic heterocycles", "Aliphatic rings", "Aromatic carbocycles", "Aromatic heterocycles", "Aromatic rings",
    "H-bond acceptors", "H-bond donors", "Heteroatoms", "Rotatable bonds", "Rings",
), strict=True))  # fmt: skip

_COMPUTED = [
    *[
        PropertySpec(
            name, label, name, "g/mol" if name == "MolWt" else "1", "descriptor",
            tolerance=10.0 if name == "MolWt" else 0.5, note=_DESCRIPTOR_NOTE,
        )
        for name, label in _DESCRIPTOR_LABELS.items()
    ],
    PropertySpec(
        "sa_score", "Synthetic accessibility score", "SA", "1", "score", tolerance=0.5,
        note="1 easy to 10 hard; fitted to drug-like molecules.",
    ),
]  # fmt: skip

_QM9 = ("QM9 (Ramakrishnan et al. 2014)", "CC0")
_MOLECULE = [
    _spec("alpha_bohr3", "Isotropic polarizability", "α", "bohr3", "DFT", "alpha_bohr3", "Molecules", 2.0, _QM9),
    _spec("gap_ev", "HOMO-LUMO gap", "gap", "eV", "DFT", "gap_hartree", "Molecules", 0.3, _QM9, factor=27.211386),
    _spec("cv_cal_molk", "Heat capacity", "Cv", "cal/(mol K)", "DFT", "cv_cal_molK", "Molecules", 1.0, _QM9),
]

PROPERTIES: dict[str, PropertySpec] = {spec.key: spec for spec in [*_POLYMER, *_DERIVED, *_COMPUTED, *_MOLECULE]}
# What property models predict, and that with what follows from it.
POLYMER_KEYS: tuple[str, ...] = tuple(spec.key for spec in _POLYMER)
ALL_KEYS: tuple[str, ...] = (*POLYMER_KEYS, *SELECTIVITIES)
MOLECULE_KEYS: tuple[str, ...] = tuple(spec.key for spec in _MOLECULE)
# The checkpoints that take the parts of guide and checker in the molecule task.
MOLECULE_GUIDE, MOLECULE_CHECKER = "gnn-qm9", "trees-qm9"

# The conditions of the generators that are shipped.
FIRST_KEYS: tuple[str, ...] = (
    "tg_exp_c", "tm_exp_c", "egc_dft_ev", "egb_dft_ev", "eea_dft_ev", "ei_dft_ev", "eps_dft", "nc_dft", "xc_exp_pct",
    "density_md_g_cm3", "ffv_md", "thermal_conductivity_md_w_mk", "refractive_index_md", "perm_o2_exp_barrer",
    "perm_n2_exp_barrer", "perm_co2_exp_barrer",
)  # fmt: skip


def property_spec(key: str) -> PropertySpec:
    """Return the spec of `key`; raise `TargetError` naming the nearest known keys otherwise."""
    from difflib import get_close_matches

    from polydesign.core.errors import TargetError

    try:
        return PROPERTIES[key]
    except KeyError:
        near = get_close_matches(str(key), PROPERTIES, n=3, cutoff=0.4) or list(FIRST_KEYS[:4])
        raise TargetError(f"Unknown property '{key}'. Did you mean {', '.join(near)}?") from None
