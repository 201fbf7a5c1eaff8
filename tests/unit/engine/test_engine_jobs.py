import gc
import threading
import time
import weakref

import pytest

from polydesign.core.errors import PolydesignError, Stopped, TargetError
from polydesign.core.progress import Progress
from polydesign.engine import jobs
from polydesign.engine.jobs import JobRunner

WAIT = 10


@pytest.fixture
def gate():
    """An event that holds work back; opened in the end so that no thread is left waiting."""
    event = threading.Event()
    yield event
    event.set()


def held(gate, order=None, name=None):
    def work(on_progress, should_stop):
        assert gate.wait(WAIT)
        if order is not None:
            order.append(name)
        return name

    return work


def test_a_job_reports_progress_and_keeps_its_result():
    runner, seen = JobRunner(), threading.Event()

    def work(on_progress, should_stop):
        on_progress(Progress("generate", 1, 2))
        seen.set()
        return 42

    job = runner.submit(work, owner="ann")
    assert job.wait(WAIT) and seen.is_set()
    assert (job.state, job.result, job.error) == ("done", 42, None)
    assert job.progress == Progress("generate", 1, 2)


def test_errors_for_people_are_shown_and_others_are_not():
    def wrong(on_progress, should_stop):
        raise TargetError("Tg = 5000 °C is out of reach.")

    def broken(on_progress, should_stop):
        raise ZeroDivisionError("secret detail")

    runner = JobRunner()
    first, second = runner.submit(wrong, owner="ann"), runner.submit(broken, owner="ann")
    assert first.wait(WAIT) and second.wait(WAIT)
    assert (first.state, first.error) == ("failed", "Tg = 5000 °C is out of reach.")
    assert second.state == "failed" and "secret" not in second.error
    after = runner.submit(lambda p, s: "fine", owner="ann")
    assert after.wait(WAIT) and after.result == "fine", "the runner survives"


def test_stop_reaches_running_and_queued_jobs(gate):
    started = threading.Event()

    def patient(on_progress, should_stop):
        started.set()
        while not should_stop():
            gate.wait(0.01)
        raise Stopped("stopped")

    runner = JobRunner()
    running, queued = runner.submit(patient, owner="ann"), runner.submit(held(gate), owner="ann")
    assert started.wait(WAIT) and running.state == "running"
    queued.stop()
    running.stop()
    assert running.wait(WAIT) and running.state == "stopped"
    assert queued.wait(WAIT) and queued.state == "stopped", "it never started"


def test_a_job_that_ends_in_spite_of_stop_keeps_its_result(gate):
    runner = JobRunner()
    job = runner.submit(held(gate, name="partial"), owner="ann")
    while job.state == "queued":
        gate.wait(0.005)
    job.stop()
    gate.set()
    assert job.wait(WAIT) and (job.state, job.result) == ("done", "partial")


def test_owners_take_turns(gate):
    runner, order = JobRunner(), []
    jobs = [runner.submit(held(gate, order, name), owner=name[0]) for name in ("a1", "a2", "a3")]
    while jobs[0].state == "queued":
        gate.wait(0.005)
    jobs += [runner.submit(held(gate, order, name), owner=name[0]) for name in ("b1", "b2", "c1")]
    assert [runner.ahead(job) for job in jobs] == [0, 0, 3, 1, 4, 2]
    gate.set()
    assert all(job.wait(WAIT) for job in jobs)
    assert order == ["a1", "a2", "b1", "c1", "a3", "b2"]


def test_the_queue_of_one_owner_is_limited(gate):
    runner = JobRunner(queue_limit=2)
    first = runner.submit(held(gate), owner="ann")
    while first.state == "queued":
        gate.wait(0.005)
    waiting = [runner.submit(held(gate), owner="ann") for _ in range(2)]
    with pytest.raises(PolydesignError, match="2 of your runs are waiting"):
        runner.submit(held(gate), owner="ann")
    runner.submit(held(gate), owner="bob")
    waiting[0].stop()
    runner.submit(held(gate), owner="ann")


def test_as_many_jobs_run_at_once_as_there_are_workers():
    runner, together = JobRunner(workers=2), threading.Barrier(2)
    jobs = [runner.submit(lambda p, s: together.wait(WAIT), owner="ann") for _ in range(2)]
    assert all(job.wait(WAIT) and job.state == "done" for job in jobs)


def test_nothing_is_kept_of_a_job_but_by_whoever_submitted_it():
    class Large:
        """Something that would be missed: a file, or a result."""

    given, brought, runner = Large(), Large(), JobRunner()
    left = weakref.ref(given), weakref.ref(brought)
    job = runner.submit(lambda p, s, given=given, brought=brought: brought, owner="ann")
    del given
    assert job.wait(WAIT) and job.result is brought
    for _ in range(100):  # the thread lets go just after it has said that it is done
        gc.collect()
        if left[0]() is None:
            break
        time.sleep(0.01)
    assert left[0]() is None, "the work is held"
    del job, brought
    for _ in range(100):
        gc.collect()
        if left[1]() is None:
            return
        time.sleep(0.01)
    raise AssertionError("the result is held")


def test_a_job_that_nobody_watches_any_more_is_stopped(gate, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE", 0.05)
    runner, started = JobRunner(), threading.Event()

    def endless(on_progress, should_stop):
        started.set()
        while not should_stop():
            assert not gate.wait(0.01)
        raise Stopped("")

    left = runner.submit(endless, owner="ann")
    assert started.wait(WAIT)
    never_looked_at = runner.submit(lambda on_progress, should_stop: should_stop(), owner="bob")
    left.seen()
    assert left.wait(WAIT) and left.state == "stopped"
    assert never_looked_at.wait(WAIT) and never_looked_at.result is False
