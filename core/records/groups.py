"""How a selection of videos hangs together: every pair compared, and groups of near-duplicates."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.records.compare import Match


@dataclass(frozen=True, slots=True)
class Edge:
    """What holds a member of a group to the group's representative."""

    video_id: str  # of the member: the query of the match
    representative: str  # the reference of the match
    similarity: float  # -1–1, the mean of both directions
    match: Match | None  # the longest passage that corresponds; None when they are alike without one


@dataclass(frozen=True, slots=True)
class Group:
    """Videos that show nearly the same: every one of them resembles the representative, so none is there by a chain."""

    representative: str  # video id: the one most like all others
    edges: tuple[Edge, ...]  # one for each other member, the most similar first

    @property
    def members(self) -> tuple[str, ...]:
        """The ids of all, the representative first."""
        return (self.representative, *(edge.video_id for edge in self.edges))


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """The groups of a library."""

    groups: tuple[Group, ...]  # the largest first
    titles: dict[str, str]  # of every member, by id
    threshold: float  # similarity from which on two videos count as near-duplicates …
    threshold_source: str  # … and where that number comes from
    videos: int  # looked at
    pairs: int  # compared; far fewer than all where the library is large
    model: str
    notes: tuple[str, ...] = ()
    is_stale: bool = False  # whether the library has changed since


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Every video of a selection against every other, in an order that puts like beside like."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    similarities: NDArray[np.float32] = field(repr=False)  # (N, N), -1–1: how much of the row is in the column
    groups: tuple[tuple[int, ...], ...]  # places of near-duplicates, of two and more each
    threshold: float
    model: str
    notes: tuple[str, ...] = ()
