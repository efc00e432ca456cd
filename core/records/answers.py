"""Answers to questions about videos."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A frame of the library near a frame of the query, worth scoring."""

    query_time: float
    video_id: str
    time: float
    similarity: float  # cosine, -1–1
