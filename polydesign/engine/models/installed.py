"""The models on this machine as people look at them: where each is, whether it is sound, and what it says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polydesign
from polydesign.core.errors import CheckpointError
from polydesign.engine.models import cards as model_cards
from polydesign.store import Broken, Checkpoint, broken_checkpoints, files, list_checkpoints, verify
from polydesign.store import card as store_card

MAX_CARD = 500_000  # characters of a card that are shown
_ROLES = {"guide": "Guide", "checker": "Checker"}


@dataclass(frozen=True)
class Model:
    """One checkpoint, sound or not.

    Attributes:
        name: what it is chosen by, ``ID`` or ``OWNER/NAME@COMMIT``; unique.
        folder: where it lies.
        checkpoint: None when not even its config.json can be used.
        problem: why it cannot be used, "" when every file is what config.json says.
        n_bytes: size of its files.
        card: README.md, "" when there is none.
        metrics: metrics.json, empty when there is none.
    """

    name: str
    folder: Path
    checkpoint: Checkpoint | None
    problem: str
    n_bytes: int
    card: str
    metrics: Mapping[str, Any]

    @property
    def label(self) -> str:
        """What people call it."""
        return self.checkpoint.label if self.checkpoint else self.name

    @property
    def kind(self) -> str:
        """What it is for: "Generator", "Molecule generator", "Guide", "Checker", "Property model" or "Model"."""
        if self.checkpoint is None:
            return "Model"
        if self.checkpoint.kind == "generator":
            return "Generator" if self.checkpoint.structure == "polymer" else "Molecule generator"
        return _ROLES.get(self.checkpoint.role or "", "Property model")

    @property
    def place(self) -> str:
        """Where it comes from: "embedded" or "Hub cache"."""
        return "Hub cache" if self.cached else "embedded"

    @property
    def cached(self) -> tuple[str, str] | None:
        """Repository and commit of one that lies in the Hub cache; None for an embedded one."""
        repo, _, commit = self.name.rpartition("@")
        return (repo, commit) if repo else None

    @property
    def licence(self) -> str:
        """Licence of the weights as its card names it, "" when it names none."""
        return store_card.licence(self.card)

    @property
    def pictures(self) -> list[Path]:
        """Its parity plot and what else its card mentions of ``docs/figures``; only a shipped checkpoint has any."""
        if self.place != "embedded":
            return []
        docs = Path(polydesign.__file__).resolve().parent.parent / "docs" / "figures"
        parity = docs / f"parity-{self.name}.svg"
        return list(dict.fromkeys([*([parity] if parity.is_file() else []), *model_cards.pictures(self.card, docs)]))


def models() -> list[Model]:
    """Return all checkpoints of this machine, generators first, then guide and checker, broken ones last.

    Every file is read and compared with its sha256 once; again only when one of its files has changed.
    """
    sound = sorted(list_checkpoints(), key=lambda found: (found.kind, found.role is None, found.role != "guide"))
    found = [_model(name_of(one), one.folder, one, "") for one in sound]
    return found + [_model(one.id, one.folder, None, one.reason) for one in _nameable(broken_checkpoints())]


def name_of(checkpoint: Checkpoint) -> str:
    """Return the name a checkpoint is chosen by: unique, also among revisions of one repository."""
    return checkpoint.id if checkpoint.revision is None else f"{checkpoint.id}@{checkpoint.revision}"


def _nameable(broken: list[Broken]) -> list[Broken]:
    """Give each broken folder a name of its own: revisions of one repository are told apart by their folder."""
    return [Broken(f"{one.id}@{one.folder.name}", one.folder, one.reason) if "/" in one.id else one for one in broken]


def _model(name: str, folder: Path, checkpoint: Checkpoint | None, problem: str) -> Model:
    try:
        paths = checkpoint.paths() if checkpoint else [path for path in folder.iterdir() if path.is_file()]
        stamps = tuple(sorted((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths))
    except CheckpointError as error:  # changed while it was being listed
        return Model(name, folder, None, str(error), 0, "", {})
    except OSError as error:
        return Model(name, folder, None, problem or f"{folder.name} cannot be read ({error.strerror}).", 0, "", {})
    n_bytes = sum(size for _, _, size in stamps)
    if checkpoint is None:
        return Model(name, folder, None, problem, n_bytes, "", {})
    problem = _verified(checkpoint, stamps)
    return Model(name, folder, checkpoint, problem, n_bytes, _card(checkpoint), _metrics(checkpoint))


@lru_cache(maxsize=256)
def _verified(checkpoint: Checkpoint, stamps: tuple) -> str:
    """Return why a checkpoint is not what its config.json says, "" when it is; `stamps` makes an answer expire."""
    try:
        verify(checkpoint)
    except CheckpointError as error:
        return str(error)
    return ""


def _card(checkpoint: Checkpoint) -> str:
    try:
        with checkpoint.path(files.CARD).open(encoding="utf-8", errors="replace") as file:
            return file.read(MAX_CARD)
    except (OSError, CheckpointError):
        return ""


def _metrics(checkpoint: Checkpoint) -> Mapping[str, Any]:
    try:
        found = files.read_json(checkpoint.path(files.METRICS))
    except (OSError, CheckpointError):
        return {}
    return found if isinstance(found, dict) else {}
