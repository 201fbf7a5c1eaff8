"""Manners that all commands share: messages, exit codes, progress, Stop by Ctrl-C.

Exit codes: 0 done, 2 the user can put it right (one line on stderr says how), 130 interrupted.
"""

from __future__ import annotations

import errno
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING

from polydesign.core.errors import OptionError, PolydesignError, Stopped, TargetError
from polydesign.core.progress import OnProgress, Progress, ShouldStop
from polydesign.core.properties import property_spec
from polydesign.core.targets import Target, parse_target

if TYPE_CHECKING:
    from polydesign.store import Checkpoint

OK, USER_ERROR, INTERRUPTED = 0, 2, 130
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # what is wrong with a disk, not with the program


def command(main: Callable[..., int]) -> Callable[..., int]:
    """Decorate a command's `main(argv=None) -> exit code`: what a user can put right becomes one line on stderr."""

    @wraps(main)
    def polite(argv: Sequence[str] | None = None) -> int:
        try:
            return main(argv)
        except Stopped as error:
            print(f"stopped: {_one_line(error)}", file=sys.stderr)
            return INTERRUPTED
        except PolydesignError as error:
            print(f"error: {_one_line(error)}", file=sys.stderr)
            return USER_ERROR
        except OSError as error:
            if error.errno not in _DISK:
                raise
            where = f" to {error.filename}" if error.filename else ""
            print(f"error: Cannot write{where}: {error.strerror}. Make room, or give another path.", file=sys.stderr)
            return USER_ERROR
        except KeyboardInterrupt:
            print("stopped", file=sys.stderr)
            return INTERRUPTED

    return polite


def warn(text: str) -> None:
    """Print a warning to stderr."""
    print(f"warning: {' '.join(text.split())}", file=sys.stderr)


def progress_line(every: float = 0.2) -> OnProgress:
    """Return a callback that keeps one line on stderr up to date; silent when stderr is no terminal.

    `every` is the least number of seconds between two updates.
    """
    shown_at, stage = 0.0, ""

    def show(progress: Progress) -> None:
        nonlocal shown_at, stage
        now = time.monotonic()
        if now - shown_at < every and progress.stage == stage and progress.done < progress.total:
            return
        shown_at, stage = now, progress.stage
        share = 100 * progress.done / max(progress.total, 1)
        sys.stderr.write(f"\r\x1b[K{progress.stage} {share:3.0f} %  {progress.message}")
        sys.stderr.flush()

    return show if sys.stderr.isatty() else lambda progress: None


def end_progress() -> None:
    """Clear the line of `progress_line`."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()


@contextmanager
def stop_on_interrupt() -> Iterator[ShouldStop]:
    """Yield a `should_stop` that the first Ctrl-C turns true; the second one interrupts as usual."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread only
        yield asked.is_set
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, frame: object) -> None:
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def find_checkpoint(text: str, revision: str | None = None) -> Checkpoint:
    """Return the checkpoint of an id, of ``owner/name`` on the Hub, or in a folder; see `store.find_named`."""
    from polydesign import store

    return store.find_named(text, revision)


def read_targets(texts: Sequence[str]) -> dict[str, Target]:
    """Read the ``--target`` texts; at least and at most of one property become a value with a tolerance.

    Raises `TargetError` for a text that cannot be read, a property given twice, or bounds that cross.
    """
    targets: dict[str, Target] = {}
    for text in texts:
        key, target = parse_target(text)
        targets[key] = target if key not in targets else _between(key, targets[key], target)
    return targets


def read_options(texts: Sequence[str]) -> dict[str, str]:
    """Read the ``--option NAME=VALUE`` texts; the generator checks names and values."""
    options: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name.strip():
            raise OptionError(f"Cannot read the option '{text[:80]}'. Write it like temperature=0.8.")
        if name.strip() in options:
            raise OptionError(f"The option {name.strip()} is given twice. Give it once.")
        options[name.strip()] = value.strip()
    return options


def _between(key: str, first: Target, second: Target) -> Target:
    spec = property_spec(key)
    lower = [t.minimum for t in (first, second) if t.minimum is not None]
    upper = [t.maximum for t in (first, second) if t.maximum is not None]
    if len(lower) != 1 or len(upper) != 1:
        raise TargetError(f"{spec.label} ({key}) is given twice. Give one target, or one >= and one <=.")
    low, high = (float(spec.to_scale(bound)) for bound in (lower[0], upper[0]))
    if low >= high:
        raise TargetError(
            f"{spec.label} ({key}) cannot be at least {lower[0]:g} and at most {upper[0]:g}: the targets contradict "
            f"each other. Exchange the bounds."
        )
    weight = max(first.weight, second.weight)
    return Target(value=float(spec.from_scale((low + high) / 2)), tolerance=(high - low) / 2, weight=weight)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
