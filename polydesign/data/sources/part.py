"""A download that is not complete yet: NAME.part, and NAME.part.json with the version it belongs to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import BinaryIO

from polydesign.core.errors import DataError


class Part:
    """The bytes that have arrived of a file, open for appending by one process at a time.

    Attributes:
        path: the unfinished file.
        validator: the server's mark of the version (strong ETag or date), None when it gave none.
        total: bytes of the complete file, None when the server did not say.
        pieced: whether the bytes came over more than one connection.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(target.name + ".part")
        self._target = target
        self._state = target.with_name(target.name + ".part.json")
        self.validator: str | None = None
        self.total: int | None = None
        self.pieced = False

    def __enter__(self) -> Part:
        """Open the part; raise `DataError` when the folder cannot be written or another process is at it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = self.path.open("ab", buffering=0)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            _lock(self._stream)
        except OSError as error:
            self._stream.close()
            raise DataError(f"Another download is writing {self.path}. Wait for it to end.") from error
        try:
            state = json.loads(self._state.read_text(encoding="utf-8"))
            self.validator, self.total = state["validator"], state["total"]
        except (OSError, ValueError, KeyError, TypeError):
            self.restart()  # bytes of an unknown version are worth nothing
        return self

    def __exit__(self, *_: object) -> None:
        """Close the part, and delete it when nothing has arrived."""
        if not self._stream.closed and self.size == 0:
            self.discard()
        self._stream.close()

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self._stream.tell()

    def restart(self, validator: str | None = None, total: int | None = None) -> None:
        """Forget what has arrived and begin with the given version."""
        self._stream.truncate(0)
        self._stream.seek(0)
        self.validator, self.total, self.pieced = validator, total, False
        self._state.write_text(json.dumps({"validator": validator, "total": total}), encoding="utf-8")

    def write(self, data: bytes) -> None:
        """Append bytes; raise `DataError` when the disk does not take them."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._stream.write(rest) :]
        except OSError as error:
            raise self._unwritable(error) from error

    def discard(self) -> None:
        """Delete what has arrived."""
        self._stream.close()
        self.path.unlink(missing_ok=True)
        self._state.unlink(missing_ok=True)

    def finish(self) -> None:
        """Put the complete file in its place."""
        self._stream.close()
        self.path.replace(self._target)
        self._state.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(f"Cannot write {self.path} ({error}). Set POLYDESIGN_CACHE to a folder with room for it.")


def _lock(stream: BinaryIO) -> None:
    """Take the file for this process, until it is closed; raise `OSError` when another one has it."""
    try:
        import fcntl
    except ImportError:  # Windows: two downloads of one set at once are not kept apart, only caught by the checksum
        return
    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
