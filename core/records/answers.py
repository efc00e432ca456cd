"""Answers to questions about videos."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.records.library import Video


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame of the library near a frame of the query, worth scoring."""

    query_time: float
    video_id: str
    time: float
    similarity: float  # cosine, -1–1


@dataclass(frozen=True, slots=True)
class FramePair:
    """Do two frames come from the same video?"""

    cosine: float  # -1–1
    threshold: float  # the cosine from which on the answer is yes
    threshold_source: str  # where that number comes from
    is_same: bool
    encoder: str
    probability: float | None = None  # that they do, where a calibrated model is at hand


@dataclass(frozen=True, slots=True)
class Match:
    """Two time segments that correspond."""

    query_start: float
    query_end: float
    reference_start: float
    reference_end: float
    score: float  # mean similarity along the alignment, -1–1


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two videos correspond."""

    query: Video
    reference: Video
    query_times: NDArray[np.float64] = field(repr=False)  # (P,) seconds
    reference_times: NDArray[np.float64] = field(repr=False)  # (Q,) seconds
    frame_matrix: NDArray[np.float32] = field(repr=False)  # (P, Q) frame-to-frame similarity, -1–1
    query_in_reference: float  # Chamfer: how much of the query is found in the reference, -1–1
    reference_in_query: float  # Chamfer the other way round
    similarity: float  # the mean of both
    matches: tuple[Match, ...]  # best first
    encoder: str
    model: str
    notes: tuple[str, ...] = ()
