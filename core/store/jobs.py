"""Long work that outlives the page it was started from: worker threads here, its state as rows in the catalogue's file.

Work of one kind goes through one lane, in its order; lanes go side by side, so that an upload never waits for a
training. Every process that opens the file sees every job and can cancel it; only the process that took a job on runs
it. When that process ends first, the job counts as interrupted. Knows nothing of what the work is.
"""

import logging
import queue
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.batches import is_full
from core.errors import Cancelled, LibraryError, NotFound, StudioError
from core.records import Job, Progress
from core.store.database import Database, Row
from core.store.disk import clean_text
from core.store.processes import has_ended, this_process

REPORT_SECONDS = 0.2  # how often progress reaches the disk at most, and how long a cancel from elsewhere may take
REAP_SECONDS = 5.0  # how often jobs of other processes are checked for a process that still runs
RETRY_SECONDS = 1.0  # between attempts to write what must not be lost
KEPT = 200  # finished jobs
TEXT_LIMIT = 500  # characters

INTERRUPTED = "Interrupted because the program ended. Start it again: what was finished before is kept."
NO_MEMORY = (
    "This machine ran out of memory. Close other programs, or try it with less at once; what was finished is kept."
)
CANCELLED = "Cancelled. What was finished before is kept."

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, title TEXT NOT NULL,
    state TEXT NOT NULL, progress REAL NOT NULL, message TEXT NOT NULL, created REAL NOT NULL, updated REAL NOT NULL,
    owner TEXT NOT NULL, is_to_stop INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state)
"""
_ACTIVE = "state IN ('queued', 'running')"

Work = Callable[[Progress], str]
Item = tuple[str, Work]  # the job's id and what it does

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Lane:
    """Work that goes one after the other, and the thread that does it."""

    waiting: "queue.SimpleQueue[Item | None]"
    thread: threading.Thread


class Jobs:
    """The jobs of one library and the threads that run those of this process: one thread for each lane."""

    def __init__(self, database: Path) -> None:
        """Opens the library's database file; jobs whose process is gone become "interrupted"."""
        self._database = Database(database, schema=_SCHEMA)
        self._owner = f"{this_process()} {secrets.token_hex(4)}"
        self._lanes: dict[str, _Lane] = {}
        self._stops: dict[str, threading.Event] = {}  # of the jobs this object was given and has not finished
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._reaped = 0.0
        self._reap()

    # -------------------------------------------------------------------------------------------------- asking

    def submit(self, kind: str, title: str, work: Work, *, lane: str | None = None) -> Job:
        """Queues work behind what waits in its lane: that of its kind, unless it names another.

        The work is given a progress callback and returns the closing message.
        The callback raises Cancelled once the job is cancelled, and the work should let that pass. A StudioError
        makes the job "failed" with its text; any other exception too, and goes to the log with its traceback.
        """
        job_id, now = secrets.token_hex(8), time.time()
        with self._lock:
            if self._closing.is_set():
                raise StudioError("Clipkin is closing and takes on no more work. Start it again.")
            values = [job_id, kind, clean_text(title, limit=TEXT_LIMIT), now, now, self._owner]
            with self._database.write() as connection:
                connection.execute(
                    "INSERT INTO jobs (id, kind, title, state, progress, message, created, updated, owner, is_to_stop) "
                    "VALUES (?, ?, ?, 'queued', 0, 'Waiting', ?, ?, ?, 0)",
                    values,
                )
                connection.execute(
                    f"DELETE FROM jobs WHERE NOT {_ACTIVE} AND number <= (SELECT max(number) FROM jobs) - ?", [KEPT]
                )
            self._stops[job_id] = threading.Event()
            self._lane(lane or kind).put((job_id, work))
        return self.get(job_id)

    def list(self, limit: int = KEPT) -> list[Job]:
        """Every active job and the latest `limit` that are finished, the newest first."""
        self._reap()
        rows = self._database.read(
            f"SELECT * FROM jobs WHERE {_ACTIVE} OR number IN "
            f"(SELECT number FROM jobs WHERE NOT ({_ACTIVE}) ORDER BY number DESC LIMIT ?) ORDER BY number DESC",
            [max(limit, 0)],
        )
        return [_job(row) for row in rows]

    def get(self, job_id: str) -> Job:
        """One job; NotFound when there is none of that id."""
        self._reap()
        rows = self._database.read("SELECT * FROM jobs WHERE id = ?", [job_id])
        if not rows:
            raise NotFound(f"There is no job {clean_text(job_id, limit=40)!r} any more. Reload the page.")
        return _job(rows[0])

    def active(self) -> bool:
        """Whether any job waits or runs, in this process or another."""
        self._reap()
        return bool(self._database.read(f"SELECT 1 FROM jobs WHERE {_ACTIVE} LIMIT 1"))

    # ------------------------------------------------------------------------------------------------- stopping

    def cancel(self, job_id: str) -> None:
        """Asks a job to stop, whichever process runs it; one that waits is cancelled at once, an ended one is left."""
        self.get(job_id)
        with self._database.write() as connection:
            connection.execute(f"UPDATE jobs SET is_to_stop = 1 WHERE id = ? AND {_ACTIVE}", [job_id])
            connection.execute(
                "UPDATE jobs SET state = 'cancelled', message = 'Cancelled before it began.', updated = ? "
                "WHERE id = ? AND state = 'queued'",
                [time.time(), job_id],
            )
        stop = self._stops.get(job_id)
        if stop is not None:
            stop.set()

    def dismiss(self, job_id: str) -> None:
        """Takes an ended job off the list."""
        if self.get(job_id).is_active:
            raise StudioError("This job is still at work. Cancel it first.")
        with self._database.write() as connection:
            connection.execute(f"DELETE FROM jobs WHERE id = ? AND NOT {_ACTIVE}", [job_id])

    def close(self, timeout: float = 3.0) -> None:
        """Stops this object's jobs, waits that many seconds for them at most, and marks the rest as interrupted."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
            for stop in self._stops.values():
                stop.set()
            lanes = list(self._lanes.values())
            for lane in lanes:
                lane.waiting.put(None)
        deadline = time.monotonic() + timeout
        for lane in lanes:
            lane.thread.join(max(0.0, deadline - time.monotonic()))
        self._interrupt(self._owner)
        if not any(lane.thread.is_alive() for lane in lanes):
            self._database.close()

    # -------------------------------------------------------------------------------------------------- working

    def _lane(self, name: str) -> "queue.SimpleQueue[Item | None]":
        """What waits in a lane; its thread starts with the first of it."""
        if name not in self._lanes:
            waiting: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
            thread = threading.Thread(target=self._serve, args=(waiting,), name=f"jobs-{name}", daemon=True)
            self._lanes[name] = _Lane(waiting, thread)
            thread.start()
        return self._lanes[name].waiting

    def _serve(self, waiting: "queue.SimpleQueue[Item | None]") -> None:
        """What the thread of a lane does: one job after the other until the closing mark comes."""
        while (item := waiting.get()) is not None:
            job_id, work = item
            try:
                if self._begin(job_id):
                    self._end(job_id, *self._outcome(job_id, work))
            except Exception:  # a bug ends this job and not the thread
                logger.exception("The state of the job %s could not be kept", job_id)
            finally:
                self._stops.pop(job_id, None)

    def _begin(self, job_id: str) -> bool:
        """Takes a waiting job to work, unless it was cancelled meanwhile."""
        return not self._closing.is_set() and self._keep(
            "UPDATE jobs SET state = 'running', message = '', updated = ? WHERE id = ? AND state = 'queued'",
            [time.time(), job_id],
        )

    def _end(self, job_id: str, state: str, message: str) -> None:
        self._keep(
            "UPDATE jobs SET state = ?, message = ?, updated = ?, progress = iif(? = 'done', 1, progress) "
            "WHERE id = ? AND state = 'running'",
            [state, clean_text(message, limit=TEXT_LIMIT), time.time(), state, job_id],
        )

    def _keep(self, sql: str, values: Sequence[object]) -> bool:
        """Changes the row of a job and says whether there was one to change.

        While the file is locked or the disk full that is tried again: no job is lost, or seems to run for ever.
        """
        while True:
            try:
                with self._database.write() as connection:
                    return connection.execute(sql, tuple(values)).rowcount == 1  # type: ignore[arg-type]
            except LibraryError as error:
                logger.warning("The state of a job cannot be kept at the moment: %s", error)
                if self._closing.wait(RETRY_SECONDS):
                    return False

    def _outcome(self, job_id: str, work: Work) -> tuple[str, str]:
        """Does the work; how it ended, and the closing message."""
        try:
            return "done", work(self._progress(job_id))
        except Cancelled:
            return ("interrupted", INTERRUPTED) if self._closing.is_set() else ("cancelled", CANCELLED)
        except StudioError as error:
            return "failed", str(error)
        except BaseException as error:  # whatever it is, it ends this job and not the thread
            logger.exception("The job %s failed", job_id)
            unexpected = f"Unexpected error: {type(error).__name__}: {error}"
            return "failed", NO_MEMORY if is_full(error) else unexpected

    def _progress(self, job_id: str) -> Progress:
        stop = self._stops[job_id]
        reported = -REPORT_SECONDS

        def progress(fraction: float, text: str) -> None:
            nonlocal reported
            if stop.is_set():
                raise Cancelled
            if time.monotonic() - reported < REPORT_SECONDS:
                return
            try:
                is_to_stop = self._report(job_id, fraction, text)
            except LibraryError:  # the work itself matters more than news of it
                logger.warning("The progress of the job %s could not be kept", job_id, exc_info=True)
                is_to_stop = False
            reported = time.monotonic()
            if is_to_stop:
                stop.set()
                raise Cancelled

        return progress

    def _report(self, job_id: str, fraction: float, text: str) -> bool:
        """Writes progress and says whether someone asked the job to stop."""
        fraction = min(max(float(fraction), 0.0), 1.0) if fraction == fraction else 0.0
        with self._database.write() as connection:
            connection.execute(
                "UPDATE jobs SET progress = ?, message = ?, updated = ? WHERE id = ? AND state = 'running'",
                [fraction, clean_text(text, limit=TEXT_LIMIT), time.time(), job_id],
            )
            row = connection.execute("SELECT is_to_stop, state FROM jobs WHERE id = ?", [job_id]).fetchone()
        return row is None or bool(row["is_to_stop"]) or row["state"] != "running"

    # ------------------------------------------------------------------------------------------ jobs left behind

    def _reap(self) -> None:
        """Marks the active jobs of processes that have ended as interrupted."""
        if time.monotonic() - self._reaped < REAP_SECONDS and self._reaped:
            return
        self._reaped = time.monotonic()
        for row in self._database.read(f"SELECT DISTINCT owner FROM jobs WHERE {_ACTIVE}"):
            process, _, _ = row["owner"].rpartition(" ")
            if has_ended(process):
                self._interrupt(row["owner"])

    def _interrupt(self, owner: str) -> None:
        try:
            with self._database.write() as connection:
                connection.execute(
                    f"UPDATE jobs SET state = 'interrupted', message = ?, updated = ? WHERE owner = ? AND {_ACTIVE}",
                    [INTERRUPTED, time.time(), owner],
                )
        except LibraryError as error:  # locked, or the disk is full: whoever looks next tries again
            logger.warning("Jobs that nobody runs any more could not be marked: %s", error)


def _job(row: Row) -> Job:
    return Job(
        row["id"], row["kind"], row["title"], row["state"], row["progress"], row["message"], row["created"],
        row["updated"],
    )  # fmt: skip
