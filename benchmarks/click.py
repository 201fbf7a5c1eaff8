"""From the click on Generate to 100 ranked and drawn candidates.

``python -m benchmarks.click ID SEED`` does it once in a fresh process, for `cold`.
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.timing import repeated, timed
from polydesign.commands.cli import find_checkpoint
from polydesign.core.errors import PolydesignError
from polydesign.core.request import DesignRequest
from polydesign.core.targets import Target
from polydesign.engine.design.run import design
from polydesign.engine.session import Session
from polydesign.evaluation.result import Row
from polydesign.evaluation.statistics import Figure

N = 100
TARGETS = {"tg_exp_c": Target(value=180.0, tolerance=20.0)}


def click(session: Session, id: str, seed: int, n: int = N) -> int:
    """Design, rank and draw; return the number of drawings."""
    checkpoint = find_checkpoint(id)
    request = DesignRequest(checkpoint.id, TARGETS, n=n, seed=seed)
    result = design(request, session=session, checkpoint=checkpoint)
    from polydesign.viz.structures import svg

    return len([svg(candidate.psmiles) for candidate in result.candidates])


def measure(id: str, *, repeats: int, seed: int) -> list[Row]:
    """Return the rows of a warm session and of a fresh process."""
    session = Session()
    click(session, id, seed, n=4)  # loads the models
    warm = []
    for turn in range(repeats):
        seconds, drawn = timed(click, session, id, seed + 1 + turn)
        if drawn < N:
            raise PolydesignError(f"Only {drawn} of {N} candidates were found; the time would not be comparable.")
        warm.append(seconds)
    cold, _ = timed(_in_a_fresh_process, id, seed)
    return [
        Row({"ours": repeated(warm)}, question=f"{N} ranked and drawn candidates from the click, warm session, s"),
        Row({"ours": Figure(cold, 1)}, question=f"{N} ranked and drawn candidates, fresh process with all imports, s"),
    ]


def _in_a_fresh_process(id: str, seed: int) -> None:
    subprocess.run([sys.executable, "-m", "benchmarks.click", id, str(seed)], check=True)


if __name__ == "__main__":
    click(Session(), sys.argv[1], int(sys.argv[2]))
