"""Prediction of all properties, by guide and checker, for polymers that no cache has met: speed and memory.

Everything is measured in processes of their own: ``python -m benchmarks.prediction FILE N [N ...]`` loads the models,
predicts so many polymers of a file (one a line) after the other, none of them twice, and prints the seconds as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.memory import peak_megabytes
from benchmarks.timing import timed
from polydesign.chem.notation.psmiles import validate
from polydesign.core.errors import DataError, PolydesignError
from polydesign.core.protocols import Generator
from polydesign.engine.predict.run import pieces
from polydesign.engine.session import Session
from polydesign.evaluation.result import Row
from polydesign.evaluation.statistics import Figure

BATCHES = (1000, 10_000)
MEMORY = (1000, 10_000, 100_000)
_SAMPLED = 10_000  # strings sampled together


def measure(polymers: Sequence[str]) -> list[Row]:
    """Return the rows of speed, for the first batch of a process and the next one, and of memory.

    `polymers` are distinct and valid; sizes for which they do not suffice are left out.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "polymers.smi"
        file.write_text("\n".join(polymers))
        for n in (n for n in BATCHES if 2 * n <= len(polymers)):
            (first, warm), _ = _apart(file, [n, n])
            what = f"{n:,} polymers predicted with all properties and intervals by guide and checker"
            rows += [
                Row({"ours": Figure(warm, n)}, question=f"{what}, s"),
                Row({"ours": Figure(n / warm, n)}, question=f"{what}, polymers a second"),
                Row({"ours": Figure(first, n)}, question=f"the first {n:,} in a process, s"),
            ]
        for n in (n for n in MEMORY if n <= len(polymers)):
            _, peak = _apart(file, [n])
            name = f"largest memory of all processes while {n:,} are predicted and handed on in pieces, MB"
            rows.append(Row({"ours": Figure(peak, n)}, question=name))
    return rows


def distinct_polymers(generator: Generator, n: int, seed: int) -> list[str]:
    """Return `n` distinct valid p-SMILES; validating them fills none of the caches that prediction uses.

    Raises `DataError` when 20 n samples hold fewer.
    """
    found: dict[str, None] = {}
    at_once = min(n, _SAMPLED)
    for turn in range(20 * n // at_once):
        for text in generator.sample({}, at_once, seed=seed + turn):
            verdict = validate(text)
            if verdict.psmiles is not None:
                found.setdefault(verdict.psmiles)
        if len(found) >= n:
            return list(found)[:n]
    raise DataError(f"Only {len(found)} distinct valid polymers in {20 * n} samples; {n} are needed.")


def seconds(polymers: Sequence[str], sizes: Sequence[int]) -> list[float]:
    """Return how long each of several batches took with loaded models; the next one begins where one ends.

    The first also starts the processes that share the work, which go on for some minutes.
    """
    session, found, first = Session(), [], 0
    _predicted(["*CC*"], session)  # loads the models
    for size in sizes:
        took, _ = timed(_predicted, polymers[first : first + size], session)
        found.append(took)
        first += size
    return found


def _predicted(polymers: Sequence[str], session: Session) -> None:
    """Predict, and let go of what was predicted as one does who writes it to a file."""
    n_fine = sum(int((table["status"] == "ok").sum()) for table in pieces(polymers, session=session))
    if n_fine < 0.99 * len(polymers):
        raise PolydesignError(f"Only {n_fine:,} of {len(polymers):,} were predicted; the time would mean nothing.")


def _apart(file: Path, sizes: Sequence[int]) -> tuple[list[float], float]:
    """Return the seconds of each batch in a fresh process, and the largest memory of it and its children in MB."""
    command = [sys.executable, "-m", "benchmarks.prediction", str(file), *map(str, sizes)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        peak = peak_megabytes(process)
        output, _ = process.communicate()
    if process.returncode:
        raise PolydesignError(f"The prediction of {' and '.join(map(str, sizes))} polymers failed.")
    return json.loads(output), peak


if __name__ == "__main__":
    print(json.dumps(seconds(Path(sys.argv[1]).read_text().splitlines(), [int(size) for size in sys.argv[2:]])))
