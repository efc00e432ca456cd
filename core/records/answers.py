"""Answers to questions about videos."""

from dataclasses import dataclass


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
