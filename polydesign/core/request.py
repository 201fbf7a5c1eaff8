"""A design request: everything that determines a run, apart from the weights. Goes to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from polydesign.core.errors import TargetError
from polydesign.core.targets import Targets, targets_from_dict


@dataclass(frozen=True)
class Filters:
    """What a candidate must and must not contain.

    Attributes:
        must_contain: SMARTS patterns, all of which have to match the chain.
        exclude: SMARTS patterns, none of which may match.
        exclude_elements: element symbols that may not occur.
        max_atoms: largest number of heavy atoms of the repeat unit (attachment points not counted).
        pfas_free: reject units with a fully fluorinated CF2 or CF3 carbon (OECD 2021 definition).
        novel_only: reject polymers known to the training data.
    """

    must_contain: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    exclude_elements: tuple[str, ...] = ()
    max_atoms: int | None = None
    pfas_free: bool = False
    novel_only: bool = True


@dataclass(frozen=True)
class DesignRequest:
    """Everything that determines a run, apart from the weights themselves.

    Attributes:
        checkpoint: id of an embedded or cached checkpoint, or ``owner/name`` on the Hub.
        targets: property key -> `Target`; a key that is absent means "don't care".
        n: number of candidates wanted, 1 to 100,000.
        seed: seed of the generator.
        options: option name -> value; what is absent takes the family's default.
        filters: see `Filters`.
        steering: "native" (the generator's own conditions), "latent" (gradient ascent in its latent space) or
            "select" (sample unconditionally, keep the best).
        revision: pinned revision for a checkpoint on the Hub.
    """

    checkpoint: str
    targets: Targets = field(default_factory=dict)
    n: int = 100
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    filters: Filters = field(default_factory=Filters)
    steering: str = "native"
    revision: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return a JSON-ready dictionary."""
        return {
            "checkpoint": self.checkpoint,
            "revision": self.revision,
            "targets": {key: target.to_dict() for key, target in self.targets.items()},
            "n": self.n,
            "seed": self.seed,
            "options": dict(self.options),
            "filters": {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.filters).items()},
            "steering": self.steering,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> DesignRequest:
        """Rebuild a request from `to_dict`; raise `TargetError` for anything malformed."""
        try:
            filters: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in dict(data.get("filters") or {}).items()
            }
            return cls(
                checkpoint=str(data["checkpoint"]),
                revision=data.get("revision"),
                targets=targets_from_dict(data.get("targets") or {}),
                n=int(data.get("n", 100)),
                seed=int(data.get("seed", 0)),
                options=dict(data.get("options") or {}),
                filters=Filters(**filters),
                steering=str(data.get("steering", "native")),
            )
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, TargetError):
                raise
            raise TargetError(f"This is not a complete design request: {error}.") from error
