"""Checkpoints on disk and on the Hugging Face Hub: save, find, list, verify, load, copy.

Importing this package imports neither torch nor huggingface_hub.
"""

from polydesign.store.catalog import (
    Broken,
    broken_checkpoints,
    find,
    find_named,
    list_checkpoints,
    open_folder,
    polymer_generators,
)
from polydesign.store.checkpoint import Checkpoint
from polydesign.store.load import load_model, verify
from polydesign.store.record import Record
from polydesign.store.write import attach, check_replaceable, copy, save

__all__ = [
    "Broken", "Checkpoint", "Record", "attach", "broken_checkpoints", "check_replaceable", "copy", "find", "find_named",
    "list_checkpoints", "load_model", "open_folder", "polymer_generators", "save", "verify",
]  # fmt: skip
