"""Memory of a process and all that it has started, from Linux' /proc."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

_EVERY = 0.2  # seconds between two looks


def peak_megabytes(process: subprocess.Popen) -> float:
    """Wait until `process` has ended; return the largest resident memory of it and its descendants together, in MB.

    Pages that several of them share are counted for each, so that the true figure is smaller. NaN without /proc.
    """
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, resident_megabytes(process.pid))
        time.sleep(_EVERY)
    return peak or float("nan")


def resident_megabytes(pid: int) -> float:
    """Return the resident memory of a process and its descendants now, in MB; 0 when it has ended or without /proc."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in brackets, may hold blanks: what follows it is state and parent.
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has just ended
            continue
    family = {pid} & parents.keys()
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_resident, family)) / 1e6


def _resident(pid: int) -> int:
    """Return the resident bytes of one process, 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
