"""Settings of PolyTAO: a small preset that ships, and one of the published size."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase


@dataclass(frozen=True)
class PolyTAOConfig:
    """Everything needed to rebuild the network and to train it.

    Attributes:
        vocab_size, notation, conditions, condition_mean, condition_std: taken from the prepared data; values
            are standardised on each property's scale with the last two.
        d_model, n_encoder, n_decoder, n_heads, max_length, dropout: the network; `max_length` counts the start
            and mask tokens.
        discrete: whether properties are looked up as integer tokens (as published) or embedded as numbers.
        p_unconditional: share of training rows with all properties hidden.
        lr: peak learning rate.
        batch_tokens: tokens of a batch, padding included.
    """

    vocab_size: int = 0
    notation: str = "smiles"
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    d_model: int = 192
    n_encoder: int = 2
    n_decoder: int = 4
    n_heads: int = 6
    max_length: int = 128
    dropout: float = 0.0
    discrete: bool = True
    p_unconditional: float = 0.1
    lr: float = 8e-3
    batch_tokens: int = 2048

    def __post_init__(self) -> None:
        if self.d_model % (2 * self.n_heads):
            raise TrainingError(f"d_model must be a multiple of 2 n_heads; got {self.d_model} and {self.n_heads}.")
        if not len(self.conditions) == len(self.condition_mean) == len(self.condition_std):
            raise TrainingError("Each condition needs one mean and one standard deviation.")

    def for_data(self, meta: dict) -> PolyTAOConfig:
        """Return this preset fitted to prepared data (its meta.json)."""
        return replace(
            self,
            vocab_size=meta["vocab_size"],
            notation=meta["notation"],
            conditions=tuple(meta["conditions"]),
            condition_mean=tuple(meta["condition_mean"]),
            condition_std=tuple(meta["condition_std"]),
        )

    @property
    def phases(self) -> tuple[Phase, ...]:
        """One phase: properties and strings together from the start."""
        return (Phase("train", 1.0, self.lr),)


PRESETS = {
    "tiny": PolyTAOConfig(d_model=32, n_encoder=1, n_decoder=1, n_heads=2, max_length=96, batch_tokens=1024),
    "small": PolyTAOConfig(),
    "reference": PolyTAOConfig(
        d_model=768, n_encoder=12, n_decoder=12, n_heads=12, max_length=256, lr=2e-3, batch_tokens=65_536
    ),
}
