"""Turn a checkpoint into a model: verified, strict, and with an explanation when it does not work."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from polydesign.core import registry
from polydesign.core.errors import CheckpointError, PolydesignError
from polydesign.core.protocols import Generator, PropertyPredictor
from polydesign.store import files
from polydesign.store.catalog import find
from polydesign.store.checkpoint import Checkpoint, explained

_PROTOCOLS = {"generator": Generator, "predictor": PropertyPredictor}


def verify(checkpoint: Checkpoint) -> None:
    """Raise `CheckpointError` when a file's sha256 is not config.json's or its content contradicts its name.

    The files of its parts are checked too.
    """
    for name, expected in checkpoint.record.files.items():
        path = checkpoint.path(name)
        with explained(checkpoint):
            # Content first: "cut off at 1,000 of 5,000 bytes" says more than two hashes.
            files.check_content(path)
            actual = files.sha256(path)
            if actual != expected:
                where = f" in {path.parent}" if name in checkpoint.not_its_own else ""
                raise CheckpointError(
                    f"{name}{where} is not the file that config.json describes: its sha256 is {actual}, "
                    f"expected {expected}."
                )
    for part in checkpoint.parts.values():
        verify(part)


def load_model(checkpoint: str | Path | Checkpoint, revision: str | None = None) -> Generator | PropertyPredictor:
    """Verify a checkpoint and build its generator or predictor; imports torch when the family needs it.

    Raises:
        CheckpointError: unknown id or family, missing, altered or cut-off file, missing or unexpected tensors,
            wrong shapes, weights that are not finite.
    """
    if not isinstance(checkpoint, Checkpoint):
        checkpoint = find(checkpoint, revision)
    verify(checkpoint)
    weights = checkpoint.weights()
    with explained(checkpoint), checkpoint.gathered() as folder:
        try:
            model_class = registry.model_class(checkpoint.family)
            model = model_class.from_checkpoint(folder, checkpoint.config, weights)
        except ImportError as error:
            raise CheckpointError(
                f"The family '{checkpoint.family}' needs the package {error.name}; pip install -r requirements.txt "
                "installs it."
            ) from error
        except CheckpointError:
            raise
        except (PolydesignError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise CheckpointError(
                f"The files do not fit the family '{checkpoint.family}' of this version: {_reason(error)}."
            ) from error
    if not isinstance(model, _PROTOCOLS[checkpoint.kind]):
        raise TypeError(f"{model_class.__name__} does not fulfil {_PROTOCOLS[checkpoint.kind].__name__}.")
    return cast("Generator | PropertyPredictor", model)


def _reason(error: Exception) -> str:
    """Return an error's text in one line, without the part of torch's message that repeats the class."""
    text = " ".join(str(error).split())
    return text.removeprefix("Error(s) in loading state_dict for ").rstrip(".")[:600] or type(error).__name__
