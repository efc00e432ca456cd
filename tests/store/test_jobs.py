"""Jobs: what becomes of work, who can stop it, and what another process sees."""

import logging
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import ROOT
from core.errors import Cancelled, LibraryError, MediaError, NotFound, StudioError
from core.records import Job, Progress
from core.store.jobs import Jobs


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "catalogue.sqlite"


@pytest.fixture
def jobs(database: Path) -> Iterator[Jobs]:
    jobs = Jobs(database)
    yield jobs
    jobs.close()


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


def ended(jobs: Jobs, job: Job) -> Job:
    until(lambda: not jobs.get(job.id).is_active)
    return jobs.get(job.id)


def forever(progress: Progress) -> str:
    while True:
        progress(0.25, "At it")
        time.sleep(0.01)


def test_a_job_runs_and_closes_with_the_message_of_its_work(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("ingest", "Adding 2 files", lambda progress: "2 files added"))
    assert (job.kind, job.title, job.state, job.progress, job.message) == (
        "ingest", "Adding 2 files", "done", 1.0, "2 files added",
    )  # fmt: skip


def test_progress_is_seen_while_the_work_goes_on(jobs: Jobs) -> None:
    job = jobs.submit("ingest", "Adding", forever)
    until(lambda: jobs.get(job.id).message == "At it")
    assert jobs.get(job.id).state == "running"
    assert jobs.get(job.id).progress == 0.25
    assert jobs.active()


def test_progress_is_written_at_most_five_times_a_second(jobs: Jobs, database: Path) -> None:
    seen: set[float] = set()

    def work(progress: Progress) -> str:
        start = time.monotonic()
        while time.monotonic() - start < 0.5:
            progress(0.5, "Busy")
            seen.add(jobs.get(job.id).updated)
        return "Done"

    started = threading.Event()
    job = jobs.submit("wait", "First", lambda progress: str(started.wait()))
    first = job
    job = jobs.submit("ingest", "Adding", work)
    started.set()
    ended(jobs, first)
    ended(jobs, job)
    assert 1 <= len(seen) <= 5


def test_a_fraction_that_is_no_number_or_out_of_range_is_kept_in_range(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        for fraction in (float("nan"), -3.0, 7.0):
            progress(fraction, "Odd")
            assert 0.0 <= jobs.list()[0].progress <= 1.0
            time.sleep(0.21)
        return "Done"

    assert ended(jobs, jobs.submit("x", "Odd numbers", work)).state == "done"


def test_cancel_stops_running_work_at_its_next_report(jobs: Jobs) -> None:
    job = jobs.submit("ingest", "Adding", forever)
    until(lambda: jobs.get(job.id).state == "running")
    jobs.cancel(job.id)
    job = ended(jobs, job)
    assert job.state == "cancelled"
    assert "kept" in job.message
    assert not jobs.active()


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(jobs: Jobs) -> None:
    ran: list[str] = []
    first = jobs.submit("x", "First", forever)
    second = jobs.submit("x", "Second", lambda progress: str(ran.append("second")))
    jobs.cancel(second.id)
    assert jobs.get(second.id).state == "cancelled"
    jobs.cancel(first.id)
    third = ended(jobs, jobs.submit("x", "Third", lambda progress: "Done"))
    assert third.state == "done"
    assert ran == []


def test_cancelling_an_ended_job_leaves_it_as_it_is(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("x", "Quick", lambda progress: "Done"))
    jobs.cancel(job.id)
    assert jobs.get(job.id).state == "done"


def test_an_expected_error_fails_the_job_with_its_own_sentence(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        raise MediaError("This file is damaged. Offer another.")

    job = ended(jobs, jobs.submit("x", "Bad", work))
    assert (job.state, job.message) == ("failed", "This file is damaged. Offer another.")


def test_a_bug_fails_the_job_and_goes_to_the_log(jobs: Jobs, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        job = ended(jobs, jobs.submit("x", "Bug", lambda progress: str(1 // 0)))
    assert job.state == "failed"
    assert job.message.startswith("Unexpected error: ZeroDivisionError")
    assert caplog.records[0].exc_info is not None


def test_the_worker_outlives_work_that_asks_the_program_to_exit(jobs: Jobs) -> None:
    assert ended(jobs, jobs.submit("x", "Exit", lambda progress: sys.exit(3))).state == "failed"
    assert ended(jobs, jobs.submit("x", "Next", lambda progress: "Done")).state == "done"


def test_jobs_run_one_after_the_other_in_their_order(jobs: Jobs) -> None:
    order: list[int] = []
    submitted = [jobs.submit("x", str(n), lambda progress, n=n: str(order.append(n))) for n in range(5)]
    for job in submitted:
        ended(jobs, job)
    assert order == [0, 1, 2, 3, 4]
    assert [job.title for job in jobs.list(limit=3)] == ["4", "3", "2"]


def test_a_list_leaves_out_finished_jobs_before_active_ones(jobs: Jobs) -> None:
    ended(jobs, jobs.submit("x", "Old", lambda progress: "Done"))
    hold = threading.Event()
    for n in range(4):
        jobs.submit("x", str(n), lambda progress: str(hold.wait(10)))
    assert [job.title for job in jobs.list(limit=0)] == ["3", "2", "1", "0"]
    assert [job.title for job in jobs.list(limit=1)] == ["3", "2", "1", "0", "Old"]
    hold.set()


def test_an_upload_does_not_wait_for_a_training(jobs: Jobs) -> None:
    training = jobs.submit("train", "Training", forever)
    until(lambda: jobs.get(training.id).state == "running")
    upload = ended(jobs, jobs.submit("ingest", "Adding", lambda progress: "1 added"))
    assert (upload.state, jobs.get(training.id).state) == ("done", "running")


def test_work_that_names_a_lane_waits_for_what_is_in_it(jobs: Jobs) -> None:
    training = jobs.submit("train", "Training", forever, lane="learning")
    until(lambda: jobs.get(training.id).state == "running")
    order: list[str] = []
    fit = jobs.submit("map", "Drawing the map", lambda progress: str(order.append("map")), lane="learning")
    again = jobs.submit("train", "Training", lambda progress: str(order.append("train")), lane="learning")
    ended(jobs, jobs.submit("ingest", "Adding", lambda progress: "1 added"))
    assert [jobs.get(job.id).state for job in (training, fit, again)] == ["running", "queued", "queued"]
    jobs.cancel(training.id)
    assert [ended(jobs, job).state for job in (fit, again)] == ["done", "done"]
    assert order == ["map", "train"]


def test_closing_stops_every_lane(database: Path) -> None:
    jobs = Jobs(database)
    running = [jobs.submit(kind, kind, forever) for kind in ("ingest", "train", "print")]
    until(lambda: all(jobs.get(job.id).state == "running" for job in running))
    jobs.close()
    again = Jobs(database)
    assert [again.get(job.id).state for job in running] == ["interrupted"] * 3
    again.close()


def test_a_job_is_not_lost_while_another_program_locks_the_file(
    jobs: Jobs, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.jobs.RETRY_SECONDS", 0.01)
    jobs._database._writer.execute("PRAGMA busy_timeout = 20")
    other = sqlite3.connect(database, isolation_level=None)
    first_is_over = threading.Event()
    first = jobs.submit("x", "First", lambda progress: str(first_is_over.wait(10)))
    until(lambda: jobs.get(first.id).state == "running")
    second = jobs.submit("x", "Second", lambda progress: "Second is done")
    other.execute("BEGIN IMMEDIATE")
    first_is_over.set()
    time.sleep(0.2)  # the end of the first, or the beginning of the second, cannot be written for a while
    assert [jobs.get(job.id).state for job in (first, second)] == ["running", "queued"]
    other.execute("COMMIT")
    assert [ended(jobs, job).state for job in (first, second)] == ["done", "done"]
    assert jobs.get(second.id).message == "Second is done"


def test_closing_while_another_program_locks_the_file_leaves_the_marking_to_the_next_start(database: Path) -> None:
    jobs = Jobs(database)
    jobs._database._writer.execute("PRAGMA busy_timeout = 20")
    release = threading.Event()
    job = jobs.submit("x", "Deaf", lambda progress: str(release.wait(10)))
    until(lambda: jobs.get(job.id).state == "running")
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    jobs.close(timeout=0.1)
    other.execute("COMMIT")
    release.set()
    until(lambda: not jobs._lanes["x"].thread.is_alive())
    assert jobs._database.read("SELECT state FROM jobs")[0]["state"] in ("running", "done")
    jobs._database.close()


def test_work_that_runs_out_of_memory_says_so(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        raise MemoryError

    job = ended(jobs, jobs.submit("x", "Large", work))
    assert job.state == "failed"
    assert "out of memory" in job.message


def test_a_dismissed_job_leaves_the_list_and_an_active_one_stays(jobs: Jobs) -> None:
    running = jobs.submit("x", "Long", forever)
    with pytest.raises(StudioError, match="Cancel it first"):
        jobs.dismiss(running.id)
    jobs.cancel(running.id)
    ended(jobs, running)
    jobs.dismiss(running.id)
    assert jobs.list() == []
    with pytest.raises(NotFound):
        jobs.get(running.id)


def test_closing_interrupts_what_runs_and_what_waits(database: Path) -> None:
    jobs = Jobs(database)
    running, waiting = jobs.submit("x", "Runs", forever), jobs.submit("x", "Waits", forever)
    until(lambda: jobs.get(running.id).state == "running")
    jobs.close()
    again = Jobs(database)
    assert {again.get(running.id).state, again.get(waiting.id).state} == {"interrupted"}
    assert "Start it again" in again.get(running.id).message
    again.close()


def test_closing_does_not_wait_for_work_that_never_reports(database: Path) -> None:
    jobs, release = Jobs(database), threading.Event()
    job = jobs.submit("x", "Deaf", lambda progress: str(release.wait()))
    until(lambda: jobs.get(job.id).state == "running")
    start = time.monotonic()
    jobs.close(timeout=0.2)
    assert time.monotonic() - start < 2
    again = Jobs(database)
    assert again.get(job.id).state == "interrupted"
    release.set()
    time.sleep(0.1)
    assert again.get(job.id).state == "interrupted"
    again.close()


def test_nothing_is_taken_on_after_closing(database: Path) -> None:
    jobs = Jobs(database)
    jobs.close()
    with pytest.raises(StudioError, match="closing"):
        jobs.submit("x", "Late", forever)


CHILD = """
import sys, time
from pathlib import Path
from core.store.jobs import Jobs
def work(progress):
    while True:
        progress(0.5, "In another process")
        time.sleep(0.02)
jobs = Jobs(Path(sys.argv[1]))
print(jobs.submit("ingest", "Elsewhere", work).id, jobs.submit("ingest", "Queued elsewhere", work).id, flush=True)
while jobs.active():
    time.sleep(0.05)
"""


@pytest.fixture
def child(database: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(database)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_the_job_of_another_live_process_is_seen_left_alone_and_cancelled(
    database: Path, child: subprocess.Popen[str]
) -> None:
    assert child.stdout is not None
    running, waiting = child.stdout.readline().split()
    jobs = Jobs(database)
    until(lambda: jobs.get(running).message == "In another process")
    assert (jobs.get(running).state, jobs.get(waiting).state) == ("running", "queued")
    jobs.cancel(waiting)
    jobs.cancel(running)
    until(lambda: not jobs.active())
    assert {jobs.get(running).state, jobs.get(waiting).state} == {"cancelled"}
    assert child.wait(timeout=10) == 0
    jobs.close()


def test_the_jobs_of_a_killed_process_become_interrupted(database: Path, child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    running, waiting = child.stdout.readline().split()
    early = Jobs(database)
    until(lambda: early.get(running).state == "running")
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    jobs = Jobs(database)
    assert {jobs.get(running).state, jobs.get(waiting).state} == {"interrupted"}
    assert "Start it again" in jobs.get(running).message
    until(lambda: not early.active())
    jobs.close()
    early.close()


def test_a_thread_at_work_does_not_keep_the_program_from_ending(database: Path) -> None:
    code = CHILD.rpartition("while jobs")[0]
    done = subprocess.run([sys.executable, "-c", code, str(database)], cwd=ROOT, timeout=20, check=False)
    assert done.returncode == 0


def test_a_text_of_any_kind_survives_as_one_line(jobs: Jobs) -> None:
    job = ended(jobs, jobs.submit("x", "a\nb \"'\\ <b>", lambda progress: "\udcff\x00 done"))
    assert job.title == "a b \"'\\ <b>"
    assert job.message == "\N{REPLACEMENT CHARACTER} done"


def test_many_ended_jobs_do_not_pile_up(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.jobs.KEPT", 5)
    for number in range(12):
        ended(jobs, jobs.submit("x", str(number), lambda progress: ""))
    assert 5 <= len(jobs.list(limit=100)) <= 7


def test_a_database_of_a_newer_program_is_refused(database: Path) -> None:
    import sqlite3

    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="written by a newer Clipkin"):
        Jobs(database)


def test_work_that_swallows_nothing_sees_cancelled_raised(jobs: Jobs) -> None:
    seen: list[str] = []

    def work(progress: Progress) -> str:
        try:
            return forever(progress)
        except Cancelled:
            seen.append("cancelled")
            raise

    job = jobs.submit("x", "Watch", work)
    until(lambda: jobs.get(job.id).state == "running")
    jobs.cancel(job.id)
    ended(jobs, job)
    assert seen == ["cancelled"]
