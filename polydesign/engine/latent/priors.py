"""The priors of one latent space: an autoencoder's own, and those that others have learnt among its codes."""

from __future__ import annotations

from polydesign.core.errors import CheckpointError
from polydesign.engine.latent.map import encoding_generators
from polydesign.store import Checkpoint

PART = "autoencoder"


def autoencoder_of(checkpoint: Checkpoint) -> Checkpoint:
    """Return the autoencoder whose codes a generator works with: its part of that name, else itself.

    Raises `CheckpointError` when the part is not on this machine.
    """
    return checkpoint.parts.get(PART, checkpoint)


def priors_of(checkpoint: Checkpoint) -> list[Checkpoint]:
    """Return the generators of this machine that draw codes of the same autoencoder, that one first.

    They are told by the sha256 of the autoencoder. One whose part is missing is left out.
    """
    own = autoencoder_of(checkpoint)
    found = [own]
    for other in encoding_generators():
        try:
            same = autoencoder_of(other).sha256 == own.sha256
        except CheckpointError:
            continue
        if same and other.sha256 not in {known.sha256 for known in found}:
            found.append(other)
    return found
