"""What `benchmarks.variants` compares: for each question, the variants that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_AS_TRAINED: Mapping[str, Mapping[str, Any]] = {"": {}}


@dataclass(frozen=True)
class Variant:
    """One training run.

    Attributes:
        family: what is trained, at the same preset for all.
        notation: which the table is written in anew; None takes the data as they were prepared.
        phases: of training; None takes all of the family's.
        overrides: what differs from the preset.
        asked: name -> options of sampling: one row of the table each, all of the one trained model.
    """

    family: str = "polygpt"
    notation: str | None = None
    phases: tuple[str, ...] | None = None
    overrides: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: _AS_TRAINED)


_TWO = ("pretrain", "finetune")
_GUIDANCE = 2.0
_DECODERS: Mapping[str, Mapping[str, Any]] = {
    "targets to the decoder too": {},
    "targets to the decoder too, guidance 2": {"guidance_scale": _GUIDANCE},
    "code alone to the decoder": {"twice": False},
    "code alone to the decoder, guidance 2": {"twice": False, "guidance_scale": _GUIDANCE},
}

COMPARISONS: Mapping[str, Mapping[str, Variant]] = {
    "notations": {
        "aromatic SMILES": Variant(notation="smiles", phases=_TWO),
        "Kekulé SMILES": Variant(notation="kekule", phases=_TWO),
        "SELFIES": Variant(notation="selfies", phases=_TWO),
    },
    "ablation": {
        "pre-training alone": Variant(
            notation="kekule", phases=("pretrain",), overrides={"beta": "0", "tally": "false"}
        ),
        "and fine-tuning": Variant(notation="kekule", phases=_TWO, overrides={"beta": "0", "tally": "false"}),
        "and auxiliary heads": Variant(notation="kekule", phases=_TWO, overrides={"tally": "false"}),
        "and the tally": Variant(notation="kekule", phases=_TWO),
    },
    "embeddings": {
        "PolyTAO, properties as integer tokens": Variant("polytao", overrides={"discrete": "true"}),
        "PolyTAO, properties as numbers": Variant("polytao", overrides={"discrete": "false"}),
    },
    "conditioning": {
        "PolyVAE, encoder reads the properties": Variant("polyvae", overrides={"conditioning": "encoder"}),
        "PolyVAE, decoder reads them": Variant("polyvae", overrides={"conditioning": "decoder"}),
        "PolyVAE, both read them": Variant("polyvae", overrides={"conditioning": "both"}),
        "PolyVAE, nobody reads them": Variant("polyvae", overrides={"conditioning": "none"}),
    },
    "priors": {
        "PolyVAE, N(0, 1)": Variant("polyvae", overrides={"prior": "normal", "prior_share": "0"}),
        "PolyVAE, N(0, 1), properties kept out of the code": Variant(
            "polyvae", overrides={"prior": "normal", "prior_share": "0", "decorrelation": "1"}
        ),
        "PolyVAE, learned prior": Variant("polyvae", overrides={"prior": "learned", "prior_share": "0"}),
        "PolyVAE, learned prior, some rows written from it": Variant(
            "polyvae", overrides={"prior": "learned", "prior_share": "0.4"}
        ),
    },
    "denoisers": {
        "PolyLDM, MLP": Variant("polyldm", overrides={"denoiser": "mlp"}, asked=_DECODERS),
        "PolyLDM, U-Net": Variant("polyldm", overrides={"denoiser": "unet"}, asked=_DECODERS),
    },
}
