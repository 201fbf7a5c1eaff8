"""Settings of the toy flow."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.specs import Minutes, Phase
from polydesign.generators.fitted import AmongCodes


@dataclass(frozen=True)
class Config(AmongCodes):
    """Those of all priors, and the peak learning rate `lr`."""

    d_property: int = 8
    n_codes: int = 400
    batch_codes: int = 64
    lr: float = 1e-2

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {"tiny": Config(), "small": Config(), "reference": Config()}
MINUTES = {"tiny": Minutes(cpu=1), "small": Minutes(cpu=1), "reference": Minutes(gpu=1)}
