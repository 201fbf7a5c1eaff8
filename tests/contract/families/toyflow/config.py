"""Settings of the toy flow."""

from __future__ import annotations

from dataclasses import dataclass

from polydesign.core.specs import Phase
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
MINUTES = {"tiny": 1, "small": 1, "reference": 1}
