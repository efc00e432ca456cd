"""Where the parts of a stitched video were taken from."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.records.library import Video

TraceExport = Literal["csv", "json", "edl"]


@dataclass(frozen=True, slots=True)
class Source:
    """A stretch of a library video that a part of a query may have been taken from."""

    video_id: str
    title: str
    reference_start: float  # seconds
    reference_end: float
    score: float  # mean similarity along the stretch, -1–1


@dataclass(frozen=True, slots=True)
class TraceSegment:
    """A part of a query and where it was taken from; `video_id` is None where the library holds no source."""

    query_start: float  # seconds
    query_end: float
    video_id: str | None
    title: str  # of the source; empty where it is unknown
    reference_start: float | None  # seconds in the source …
    reference_end: float | None
    score: float  # mean similarity along the segment, -1–1; where the source is unknown, of the closest stretch
    confidence: float  # 0–1: that this answer, unknown included, is right
    speed: float = 1.0  # seconds of the source shown in a second of the query
    alternatives: tuple[Source, ...] = ()  # stretches of other videos, the closest first

    @property
    def is_known(self) -> bool:
        return self.video_id is not None

    @property
    def duration(self) -> float:
        """Seconds of the query."""
        return self.query_end - self.query_start

    def reference_time(self, query_time: float) -> float | None:
        """The second of the source on show at a second of the query; None where the source is unknown."""
        if self.reference_start is None or self.reference_end is None:
            return None
        share = (query_time - self.query_start) / max(self.duration, 1e-9)
        return self.reference_start + min(max(share, 0.0), 1.0) * (self.reference_end - self.reference_start)


@dataclass(frozen=True, slots=True)
class Trace:
    """The answer to one query: segments that follow one another from its start to its end without a gap."""

    query: Video
    segments: tuple[TraceSegment, ...]
    times: NDArray[np.float64] = field(repr=False)  # (P,) seconds of the query that were looked at, ascending
    strip: NDArray[np.float32] = field(repr=False)  # (P,) similarity with the segment's source, -1–1
    rate: float  # of them per second
    encoder: str  # registry key
    model: str  # registry key
    notes: tuple[str, ...] = ()  # what a person should know to read the answer
