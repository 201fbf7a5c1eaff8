"""Run long work beside the pages: a few threads, a fair queue, progress and Stop.

Visitors take turns: the next job is that of the visitor who has waited longest since their last one,
so that nobody's queue of ten holds up another's single request. A job that was watched and is no longer, because
its visitor has gone, is stopped after a while.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

from polydesign.core.errors import PolydesignError, Stopped
from polydesign.core.progress import OnProgress, Progress, ShouldStop

State = Literal["queued", "running", "done", "failed", "stopped"]
Work = Callable[[OnProgress, ShouldStop], Any]

PATIENCE = 120.0  # seconds that a job goes on after it was last looked at

_log = logging.getLogger(__name__)


class Job:
    """One piece of work; read its fields at any time from any thread.

    Attributes:
        id: unguessable name.
        owner: visitor it belongs to.
        state: "queued", "running", "done", "failed" or "stopped".
        progress: the last report, None before the first.
        result: what the work returned; only when "done".
        error: a sentence for the user; only when "failed".
    """

    def __init__(self, owner: str, work: Work) -> None:
        self.id = uuid.uuid4().hex
        self.owner = owner
        self.state: State = "queued"
        self.progress: Progress | None = None
        self.result: Any = None
        self.error: str | None = None
        self._work: Work | None = work
        self._stop = threading.Event()
        self._over = threading.Event()
        self._seen: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether the job will not change any more."""
        return self._over.is_set()

    def stop(self) -> None:
        """Ask the work to stop; a job that is still queued never starts."""
        self._stop.set()

    def seen(self) -> None:
        """Note that somebody looks at the job. One that was never looked at is nobody's to abandon."""
        self._seen = time.monotonic()

    def should_stop(self) -> bool:
        """Tell whether the work is to stop: somebody said so, or everybody has gone."""
        return self._stop.is_set() or (self._seen is not None and time.monotonic() - self._seen > PATIENCE)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the job is over; return False when `timeout` seconds passed first."""
        return self._over.wait(timeout)

    def run(self) -> None:
        """Do the work and keep its outcome, whatever it is."""
        if self.should_stop():
            self._end("stopped")
            return
        self.state = "running"
        work, self._work = self._work, None  # it may hold a large file
        assert work is not None, "a job runs once"
        try:
            self.result = work(self._report, self.should_stop)
        except Stopped:
            self._end("stopped")
        except PolydesignError as error:
            self.error = str(error)
            self._end("failed")
        except Exception:
            _log.exception("Job %s failed", self.id)
            self.error = "Something went wrong that should not have; the log of the server has the details. Try again."
            self._end("failed")
        else:
            self._end("done")

    def _report(self, progress: Progress) -> None:
        self.progress = progress

    def _end(self, state: State) -> None:
        self._work = None
        self.state = state
        self._over.set()


class JobRunner:
    """A queue of jobs and the threads that work it off; a finished job is kept by whoever submitted it.

    Args:
        workers: jobs that run at the same time.
        queue_limit: jobs that one owner may have waiting.
    """

    def __init__(self, *, workers: int = 1, queue_limit: int = 3) -> None:
        self.workers = workers
        self.queue_limit = queue_limit
        # Owner -> waiting jobs; the order of owners is the order of their turns.
        self._queues: dict[str, deque[Job]] = {}
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []

    def submit(self, work: Work, *, owner: str) -> Job:
        """Queue `work`, a function of ``(on_progress, should_stop)``; raise `PolydesignError` when too many wait."""
        job = Job(owner, work)
        with self._changed:
            queue = self._queues.setdefault(owner, deque())
            if sum(not waiting.should_stop() for waiting in queue) >= self.queue_limit:
                raise PolydesignError(
                    f"{self.queue_limit} of your runs are waiting already. Wait for one to finish, or stop one."
                )
            queue.append(job)
            if len(self._threads) < self.workers:
                thread = threading.Thread(target=self._work_off, name=f"jobs-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()
        return job

    def ahead(self, job: Job) -> int:
        """Return how many jobs will start before `job`; 0 once it runs."""
        with self._changed:
            queues = {owner: list(queue) for owner, queue in self._queues.items()}
            if job not in queues.get(job.owner, []):
                return 0
            turn = queues[job.owner].index(job)
            owners = list(queues)
            before = owners.index(job.owner)
            return turn + sum(
                min(len(queue), turn + (owners.index(owner) < before))
                for owner, queue in queues.items()
                if owner != job.owner
            )

    def _work_off(self) -> None:
        while True:
            with self._changed:
                while (job := self._next()) is None:
                    self._changed.wait()
            job.run()
            del job  # while it waits for the next one, the thread keeps nothing of this one

    def _next(self) -> Job | None:
        """Take the first job of the owner whose turn it is, and send that owner to the end."""
        for owner in list(self._queues):
            queue = self._queues.pop(owner)
            if queue:
                job = queue.popleft()
                self._queues[owner] = queue
                return job
        return None
