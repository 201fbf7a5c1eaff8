"""What the settings of families that write token sequences share: the fit to prepared data, and its checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol, Self

from polydesign.core.configs import ConditionalConfig
from polydesign.core.errors import TrainingError
from polydesign.core.specs import Phase

# Taken from the meta.json of prepared data where the family has the setting.
FROM_DATA = ("vocab_size", "vocabulary", "notation", "conditions", "condition_mean", "condition_std")


@dataclass(frozen=True)
class FittedToData:
    """A frozen dataclass of settings, some of them those of the data it is trained on."""

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared data (its meta.json)."""
        own = {entry.name for entry in fields(self)} & set(FROM_DATA)
        values = {name: tuple(meta[name]) if isinstance(meta[name], list) else meta[name] for name in own}
        return replace(self, **values)


@dataclass(frozen=True)
class AmongCodes(FittedToData):
    """What the settings of all families hold that learn among the codes of an autoencoder (nn/latent_prior.py).

    Attributes:
        notation, conditions, condition_mean, condition_std: taken from the prepared data.
        autoencoder_family, autoencoder: family and settings of the autoencoder.
        autoencoder_id, autoencoder_sha256: the checkpoint it came from, where its weights are carried along; empty
            where the record names it as a part.
        d_property: width of the property embedding over an autoencoder that reads no properties; otherwise it is the
            autoencoder's.
        n_codes: strings that the autoencoder reads before training begins.
        batch_codes: codes of a batch.
        p_unconditional: share of training rows with all properties hidden.
        frozen_share: share of the run in which the property embedding stays as the autoencoder's was, if it has one.
        batch_tokens: tokens, padding included, that the autoencoder reads at a time.
        lr: peak learning rate.
    """

    notation: str = "smiles"
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    autoencoder_family: str = ""
    autoencoder: Mapping[str, Any] = field(default_factory=dict)
    autoencoder_id: str = ""
    autoencoder_sha256: str = ""
    d_property: int = 64
    n_codes: int = 200_000
    batch_codes: int = 2048
    p_unconditional: float = 0.2
    frozen_share: float = 0.5
    batch_tokens: int = 4096
    lr: float = 2e-3

    def __post_init__(self) -> None:
        if min(self.d_property, self.n_codes, self.batch_codes) < 1:
            raise TrainingError("d_property, n_codes and batch_codes must be at least 1.")
        if not 0 <= self.frozen_share < 1:
            raise TrainingError(f"frozen_share must lie in [0, 1); got {self.frozen_share:g}.")

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The property embedding stays as it was, then learns too."""
        phases = (
            Phase("frozen", self.frozen_share, self.lr),
            Phase("train", 1.0 - self.frozen_share, self.lr * 0.7),
        )
        return tuple(phase for phase in phases if phase.share > 0)

    def for_autoencoder(self, family: str, config: Mapping[str, Any], id: str) -> Self:
        """Return this preset with the autoencoder of a checkpoint.

        Raises `TrainingError` when it reads or writes otherwise than the prepared data is written. One that reads no
        properties fits whichever are prepared.
        """
        read = ("conditions", "condition_mean", "condition_std") if config.get("conditions") else ()
        for name in ("notation", *read):
            if list(getattr(self, name)) != list(config.get(name, ())):
                raise TrainingError(
                    f"The autoencoder '{id}' was trained on data with another {name}. Prepare the data as for it, or "
                    "train the autoencoder on this data."
                )
        return replace(self, autoencoder_family=family, autoencoder=dict(config))


class _Transformer(ConditionalConfig, Protocol):
    @property
    def d_model(self) -> int: ...
    @property
    def n_heads(self) -> int: ...


def check_transformer(config: _Transformer) -> None:
    """Raise `TrainingError` when heads do not fit the width, or conditions their standardisation."""
    if config.d_model % (2 * config.n_heads):
        raise TrainingError(f"d_model must be a multiple of 2 n_heads; got {config.d_model} and {config.n_heads}.")
    if not len(config.conditions) == len(config.condition_mean) == len(config.condition_std):
        raise TrainingError("Each condition needs one mean and one standard deviation.")
