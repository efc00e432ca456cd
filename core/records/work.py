"""Long work and the state of the machine: progress, jobs, readiness, and rows of a benchmark."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Progress = Callable[[float, str], None]
"""Called with the fraction done in 0–1 and a short text. It may raise `errors.Cancelled`, which stops the work."""


def no_progress(fraction: float, text: str) -> None:
    """The callback of someone who does not watch."""


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """The callback for a part of some work: its 0–1 becomes `start`–`end` of the whole."""
    return lambda fraction, text: progress(start + fraction * (end - start), text)


def named(progress: Progress, name: str) -> Progress:
    """The callback for work on something, whose name comes before what is told of it."""
    return lambda fraction, text: progress(fraction, f"{name}: {text}")


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether an encoder, model or device can be used now, and if not, why and what to do."""

    name: str  # registry key
    label: str  # for people
    is_ready: bool
    reason: str  # one sentence, also when ready ("weights found in the local cache")


JobState = Literal["queued", "running", "done", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True, slots=True)
class Job:
    """Long work that outlives the page it was started from."""

    id: str
    kind: str  # "ingest", "extract", …
    title: str  # "Adding 12 files"
    state: JobState
    progress: float  # 0–1
    message: str  # what is happening now, how it ended, or the error's sentence
    created: float  # Unix seconds
    updated: float

    @property
    def is_active(self) -> bool:
        return self.state in ("queued", "running")


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One speed claim, ours and theirs measured in the same run."""

    name: str
    ours: float
    theirs: float
    ratio: float  # theirs / ours for times, ours / theirs for rates: above 1 is faster
    unit: str
    against: str  # what "theirs" is


@dataclass(frozen=True, slots=True)
class Skipped:
    """A speed claim that could not be measured here."""

    name: str  # of the benchmark
    reason: str  # one sentence
