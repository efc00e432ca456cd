"""The decoders that an experiment of tracing puts side by side: one query and its library in, spans out.

Beside the product's best path and the published memory stand the aligners of two whole videos: each candidate is
aligned with the query, and every frame goes to the best match that covers it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.features.embedded import COPY_THRESHOLD, THRESHOLD
from core.models import retrieval_memory, trace_decoder, trace_lines, transition
from core.models.alignment import align
from core.models.trace_check import Material, Pictures, decode
from core.models.trace_cuts import halfway
from core.models.trace_decoder import UNKNOWN, Span, held
from core.models.trace_lines import Query, Reference, Votes

LOWEST = THRESHOLD + (COPY_THRESHOLD - THRESHOLD) / 3
MOST_ALIGNED = 16  # videos that are aligned with a query, the most voted
MOST_MATCHES = 8  # of a query and one video
NEIGHBOURS = 48  # frames of the library that each frame of the query brings
STRIDE = 2  # every so many frames are looked up

Floats = NDArray[np.float32]
Track = tuple[NDArray[np.float64], Floats, Floats]  # times (T,), vectors (T, D), weights (T,)
Decoder = Callable[["Task"], list[Span]]


@dataclass(frozen=True)
class Task:
    """One query and the library it is looked for in."""

    query: Query
    votes: Votes
    references: dict[int, Reference]
    pictures: Pictures | None = None
    cut: Callable[[float, float], float] = halfway  # where between two frames the change lies

    @property
    def floors(self) -> Floats:
        """From what similarity on each frame counts as copied: (P,)."""
        return trace_decoder.floors(
            self.votes, self.query, lowest=LOWEST, copy=COPY_THRESHOLD, config=trace_lines.DEFAULT
        )

    def followed(self) -> Material:
        """The lines worth following, and how similar the query is along them."""
        lines = trace_lines.propose(self.votes, self.query.times, floor=LOWEST, config=trace_lines.DEFAULT)
        similarities = trace_decoder.follow(lines, self.query, self.references)
        return Material(self.query, lines, similarities, self.floors, self.references)


def exact_votes(query: Query, library: dict[int, Track]) -> Votes:
    """The most similar frames of the library for every `STRIDE`-th frame of the query, by looking at all of them."""
    vectors = np.concatenate([v for _, v, _ in library.values()])
    sources = np.concatenate([np.full(len(t), source) for source, (t, _, _) in library.items()])
    moments = np.concatenate([t for t, _, _ in library.values()])
    has_content = np.concatenate([w for _, _, w in library.values()]) > 0
    rows = np.arange(0, len(query.times), STRIDE)
    rows = rows[query.weights[rows] > 0]
    similar = np.matmul(query.views[rows], vectors[has_content].T).max(axis=1)
    near = np.argsort(-similar, axis=1, kind="stable")[:, :NEIGHBOURS]
    return Votes(
        np.repeat(rows, near.shape[1]),
        sources[has_content][near].ravel(),
        moments[has_content][near].ravel(),
        np.take_along_axis(similar, near, axis=1).ravel(),
    )


def best_path(task: Task) -> list[Span]:
    """What the product does: lines of source and offset, the best path, refined places, each part seen to be a copy."""
    return [answer.span for answer in decode(task.followed(), pictures=task.pictures)]


def memory(network: transition.Transition, *, with_floors: bool) -> Decoder:
    """The published memory, gated by the transition network; without floors it knows no unknown sources."""

    def decode(task: Task) -> list[Span]:
        query = task.query
        database = retrieval_memory.gather(task.references, query.step)
        found = retrieval_memory.recall(query, network.gates(query.views[:, 0]), database)
        return retrieval_memory.spans(found, query, database, task.floors if with_floors else None)

    return decode


def aligned(method: str) -> Decoder:
    """An aligner of two videos put to each candidate in turn; every frame takes the match with the highest score that
    covers it, and is unknown where there is none."""

    def decode(task: Task) -> list[Span]:
        query, heard = task.query, np.bincount(task.votes.sources, task.votes.similarities)
        candidates = [source for source in np.argsort(-heard)[:MOST_ALIGNED].tolist() if heard[source] > 0]
        best = np.full(len(query.times), -np.inf)
        holders = np.full(len(query.times), UNKNOWN, np.int64)
        chosen: list[Span] = []
        for source in candidates:
            reference = task.references[source]
            matrix = np.matmul(query.views, reference.vectors.T).max(axis=1)
            matrix[query.weights == 0] = -1.0  # frames that show nothing neither begin nor end a match
            for match in align(
                matrix, query.times, reference.times, floor=COPY_THRESHOLD, method=method, count=MOST_MATCHES
            ):
                rows = (query.times >= match.query_start) & (query.times < match.query_end) & (best < match.score)
                best[rows], holders[rows] = match.score, len(chosen)
                offset = match.reference_start - match.speed * match.query_start
                chosen.append(Span(0, len(query.times), source, offset, match.speed))
        return held(holders, chosen)

    return decode
