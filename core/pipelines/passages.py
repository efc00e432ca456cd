"""The passages that two videos share, sought within bounded memory however long they are.

Everything about the alignment of two videos grows with the product of their lengths: two films of ten hours would take
30 GB. Past `MOST_CELLS` pairs of frames some frames of both are taken together, each such block as alike as its best
pair, and what is found is looked at again frame by frame where that fits. Scores need none of this, for they are taken
block by block (`cosine.compare_frames`).
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.models import alignment
from core.models.cosine import frame_matrix, only_content
from core.records import FeatureTrack, Match

MOST_CELLS = 16_000_000  # pairs of frames in one piece: two videos of 66 minutes at a frame a second, about 600 MB
AT_ONCE = 4_000_000  # pairs of frames whose blocks are made at once
AROUND = 2  # blocks on either side of a passage that are looked at again


def thinning(one: int, other: int) -> int:
    """Every how many frames of two videos of these numbers of frames are compared: 1 is every frame."""
    return max(1, int(np.ceil(np.sqrt(one * other / MOST_CELLS))))


def thinned(track: FeatureTrack, step: int) -> FeatureTrack:
    """Every so many frames of a track."""
    if step == 1:
        return track
    return FeatureTrack(
        track.video_id, track.encoder, track.times[::step], track.vectors[::step], track.weights[::step]
    )


def passages(
    query: FeatureTrack,
    reference: FeatureTrack,
    *,
    floor: float,
    method: str = alignment.DEFAULT,
    count: int = 5,
) -> list[Match]:
    """The passages of two videos with at least one frame, the one that stands out most first; see `alignment.align`.

    Of very long videos those that last for a block or two may be missed.
    """
    step = thinning(len(query), len(reference))
    if step == 1:
        return _aligned(query, reference, floor, method, count)
    found = alignment.align(
        _in_blocks(query, reference, step),
        query.times[::step],
        reference.times[::step],
        floor=floor,
        method=method,
        count=count,
    )
    return [_looked_at_again(match, query, reference, step, floor, method) for match in found]


def _aligned(query: FeatureTrack, reference: FeatureTrack, floor: float, method: str, count: int) -> list[Match]:
    matrix = only_content(frame_matrix(query.vectors, reference.vectors), query.weights, reference.weights)
    frames = query.vectors, reference.vectors
    return alignment.align(matrix, query.times, reference.times, floor=floor, method=method, count=count, frames=frames)


def _in_blocks(query: FeatureTrack, reference: FeatureTrack, step: int) -> NDArray[np.float32]:
    """The best pair with content of every block of so many frames: (P / step, Q / step), rounded up."""
    rows, columns = (-(-len(track) // step) for track in (query, reference))
    best = np.empty((rows, columns), np.float32)
    many = max(1, AT_ONCE // (step * len(reference)))
    for start in range(0, rows, many):
        part = slice(start * step, (start + many) * step)
        cells = only_content(
            frame_matrix(query.vectors[part], reference.vectors), query.weights[part], reference.weights
        )
        over = np.maximum.reduceat(cells, np.arange(0, len(reference), step), axis=1)
        best[start : start + many] = np.maximum.reduceat(over, np.arange(0, len(cells), step), axis=0)
    return best


def _looked_at_again(
    match: Match, query: FeatureTrack, reference: FeatureTrack, step: int, floor: float, method: str
) -> Match:
    """A match among blocks, placed among all frames around it, or around its ends where these are too many."""
    ranges = (query, match.query_start, match.query_end), (reference, match.reference_start, match.reference_end)
    parts = [_part(*its, AROUND * step) for its in ranges]
    if thinning(*map(len, parts)) == 1:
        return next(iter(_aligned(parts[0], parts[1], floor, method, 1)), match)
    share = 0.5 / thinning(*map(len, parts))  # of the match, at either end
    lasting, moved = match.query_end - match.query_start, match.reference_end - match.reference_start
    ends = (
        replace(
            match, query_end=match.query_start + share * lasting, reference_end=match.reference_start + share * moved
        ),
        replace(
            match, query_start=match.query_end - share * lasting, reference_start=match.reference_end - share * moved
        ),
    )
    first, last = (_looked_at_again(end, query, reference, step, floor, method) for end in ends)
    start, end = (first.query_start, first.reference_start), (last.query_end, last.reference_end)
    if end[0] <= start[0] or end[1] <= start[1]:
        return match
    speed = first.speed if first.speed == last.speed else (end[1] - start[1]) / (end[0] - start[0])
    return Match(start[0], end[0], start[1], end[1], match.score, speed=speed)


def _part(track: FeatureTrack, start: float, end: float, around: int) -> FeatureTrack:
    """The frames of a stretch of time and so many on either side of it."""
    first, last = np.searchsorted(track.times, [start, end])
    own = slice(max(int(first) - around, 0), int(last) + around)
    return FeatureTrack(track.video_id, track.encoder, track.times[own], track.vectors[own], track.weights[own])
