"""The published benchmarks of video retrieval, read in their own formats for those who hold the videos.

A file per benchmark gives `Task`s; `judged` says how good similarities are at one. What is published beside each figure
stands in its file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from core.errors import StudioError


@dataclass(frozen=True)
class Task:
    """Queries and what they should find. Videos go by the names that the annotation uses."""

    name: str
    relevant: Mapping[str, frozenset[str]]  # by query, which may find itself: it is never counted
    database: frozenset[str] = frozenset()  # what is searched; empty: whatever there is
    candidates: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by query: what it is searched among
    ignored: Mapping[str, frozenset[str]] = field(default_factory=dict)  # by query: neither right nor wrong
    has_trapezoids: bool = False  # average precision by trapezoids under the curve, as EVVE's authors do
    published: Mapping[str, float] = field(default_factory=dict)  # mean average precision by method

    @property
    def names(self) -> frozenset[str]:
        """Every video that is spoken of."""
        return self.database.union(self.relevant, *self.relevant.values(), *self.candidates.values())


def average_precision(task: Task, query: str, similarities: Mapping[str, float]) -> float:
    """Of one query, from the similarity of every video that was compared with it: 0–1.

    A relevant video that was not compared counts as never found, so a subset of a benchmark cannot look better than it
    is; `judged` leaves out what the person does not hold.
    """
    allowed = task.candidates.get(query)
    left_out = task.ignored.get(query, frozenset()) | {query}
    ranked = sorted(
        (name for name in similarities if name not in left_out and (allowed is None or name in allowed)),
        key=lambda name: (-similarities[name], name),
    )
    relevant = task.relevant[query] - {query}
    if not relevant:
        return 0.0
    places = np.array([place for place, name in enumerate(ranked) if name in relevant], np.float64)
    found = np.arange(len(places))
    precision = (found + 1) / (places + 1)
    if task.has_trapezoids:
        before = np.where(places == 0, 1.0, found / np.maximum(places, 1))
        precision = (precision + before) / 2
    return float(precision.sum() / len(relevant))


def judged(task: Task, similarities: Mapping[str, Mapping[str, float]], held: frozenset[str]) -> dict[str, object]:
    """Mean average precision over the queries that are held and have something to find among the held videos."""
    scores = []
    for query, relevant in sorted(task.relevant.items()):
        here = relevant & held - {query}
        if query in similarities and here:
            part = Task(
                task.name, {query: here}, candidates=task.candidates, ignored=task.ignored,
                has_trapezoids=task.has_trapezoids,
            )  # fmt: skip
            scores.append(average_precision(part, query, similarities[query]))
    return {
        "mean_average_precision": round(float(np.mean(scores)), 4) if scores else None,
        "queries": len(scores),
        "queries_published": len(task.relevant),
        "videos_held": len(task.names & held),
        "videos_published": len(task.names),
        "published": dict(task.published),
    }


def lines_of(path: Path) -> list[str]:
    """The lines of a text file that hold something. Raises StudioError naming a file that cannot be read."""
    try:
        return [line.rstrip("\r\n") for line in path.read_text("utf-8-sig").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise StudioError(f"The annotation {path} cannot be read: {error}") from error


def malformed(path: Path, line: str) -> StudioError:
    """The error for a line that is not of the benchmark's format."""
    return StudioError(f"{path} is not the annotation of this benchmark: “{line[:80]}” has another form.")
