"""How two videos correspond, and how a selection of them hangs together."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.records.library import Video


@dataclass(frozen=True, slots=True)
class Match:
    """Two time segments that correspond."""

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    score: float  # mean similarity along the alignment, -1–1
    speed: float = 1.0  # reference seconds that pass in one query second
    is_mirrored: bool | None = None  # left and right swapped; None: it was not looked at, or cannot be told
    commonness: float = 0.0  # share of its frames, 0–1, that many videos of the library show

    @property
    def is_shared(self) -> bool:
        """Whether this is an intro, an end card or the like, that many videos show and that makes none of them kin."""
        return self.commonness > 0.5

    @property
    def offset(self) -> float:
        """The second of the reference that the start of the query corresponds to; may be negative."""
        return self.reference_start - self.speed * self.query_start

    def within(self, query_seconds: float, reference_seconds: float) -> "Match":
        """The match cut off at the end of both videos: the last frame of a track may be on show for less than a step.

        As it is where nothing would be left. A length of 0 says that it is not known.
        """
        query_over = self.query_end - query_seconds if query_seconds > 0 else 0.0
        reference_over = self.reference_end - reference_seconds if reference_seconds > 0 else 0.0
        cut = max(query_over, reference_over / self.speed)
        if cut <= 0 or cut >= self.query_end - self.query_start:
            return self
        return replace(self, query_end=self.query_end - cut, reference_end=self.reference_end - cut * self.speed)


@dataclass(frozen=True, slots=True)
class SimilarityMatrix:
    """Similarities over the time of two videos."""

    cells: NDArray[np.float32] = field(repr=False)  # (P, Q), -1–1
    query_times: NDArray[np.float64] = field(repr=False)  # (P,) seconds
    reference_times: NDArray[np.float64] = field(repr=False)  # (Q,) seconds


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two videos correspond."""

    query: Video
    reference: Video
    query_times: NDArray[np.float64] = field(repr=False)  # (P,) seconds
    reference_times: NDArray[np.float64] = field(repr=False)  # (Q,) seconds
    frame_matrix: NDArray[np.float32] = field(repr=False)  # (P, Q) frame-to-frame similarity, -1–1
    query_in_reference: float  # how much of the query is found in the reference, -1–1
    reference_in_query: float  # the other way round
    similarity: float  # the mean of both
    matches: tuple[Match, ...]  # best first
    encoder: str
    model: str
    notes: tuple[str, ...] = ()
    method: str = ""  # of alignment
    summary: str = ""  # one sentence that says what was found
    video_matrix: SimilarityMatrix | None = None  # after a learned model, coarser in time
