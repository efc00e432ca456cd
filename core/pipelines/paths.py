"""The ways of videos through the plane as fingerprints: how far two are apart, which are least and which most alike."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.records import FrameMap, VideoPath

POINTS = 32  # of a path that are compared, evenly in time


def path_of(frame_map: FrameMap, video_id: str, distance: float = 0.0) -> VideoPath:
    """The path of one video. NotFound when no frame of it is on the map."""
    if video_id not in frame_map.ids:
        raise NotFound("This video is not on the map: it has no features yet, or nothing in it can be recognised.")
    number = frame_map.ids.index(video_id)
    start, end = np.searchsorted(frame_map.video, [number, number + 1])
    rows = slice(int(start), int(end))
    return VideoPath(video_id, frame_map.titles[number], frame_map.positions[rows], frame_map.times[rows], distance)


def dissimilar(frame_map: FrameMap, ids: Iterable[str] | None = None, count: int = 9) -> list[VideoPath]:
    """So many videos of a selection (all unless given) whose paths are as far apart as can be.

    Greedy: first the video farthest from the middle of all, then always the one whose nearest chosen path is farthest.
    `distance` of each is that to the nearest one chosen before.
    """
    present = set(frame_map.ids)
    wanted = [video_id for video_id in dict.fromkeys(frame_map.ids if ids is None else ids) if video_id in present]
    if not wanted:
        return []
    prints = _fingerprints(frame_map, list(wanted))
    middles = prints.mean(axis=1)
    first = int(np.argmax(np.linalg.norm(middles - middles.mean(axis=0), axis=1)))
    chosen, nearest, order = [first], _distances(prints[first][None], prints), [0.0]
    while len(chosen) < min(count, len(prints)):
        nearest[chosen] = -1.0
        following = int(np.argmax(nearest))
        order.append(float(nearest[following]))
        chosen.append(following)
        nearest = np.minimum(nearest, _distances(prints[following][None], prints))
    return [path_of(frame_map, wanted[n], distance) for n, distance in zip(chosen, order, strict=True)]


def similar(frame_map: FrameMap, query: str, count: int = 8) -> list[VideoPath]:
    """The query's path, then those of the videos whose paths are most like it, nearest first."""
    own = path_of(frame_map, query)
    others = [video_id for video_id in frame_map.ids if video_id != query]
    if not others:
        return [own]
    apart = _distances(_fingerprints(frame_map, [query]), _fingerprints(frame_map, others))
    order = np.argsort(apart, kind="stable")[:count]
    return [own, *(path_of(frame_map, others[n], float(apart[n])) for n in order)]


def path_distance(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """How far two paths (P, 2), (Q, 2) are apart: the mean way from each point to the nearest of the other, both ways.

    The chamfer distance, halved: 0 for the same places in any order, in units of the plane.
    """
    ways = np.linalg.norm(a[:, None] - b[None], axis=2)
    return float((ways.min(axis=1).mean() + ways.min(axis=0).mean()) / 2)


def _fingerprints(frame_map: FrameMap, ids: list[str]) -> NDArray[np.float32]:
    """(V, POINTS, 2): every path at POINTS moments spread evenly over its frames."""
    place = {video_id: number for number, video_id in enumerate(frame_map.ids)}
    edges = np.searchsorted(frame_map.video, np.arange(len(frame_map.ids) + 1))
    rows = []
    for video_id in ids:
        start, end = edges[place[video_id]], edges[place[video_id] + 1]
        rows.append(start + np.round(np.linspace(0, end - start - 1, POINTS)).astype(int))
    return frame_map.positions[np.stack(rows)]


def _distances(query: NDArray[np.float32], prints: NDArray[np.float32], chunk: int = 2048) -> NDArray[np.float64]:
    """`path_distance` of one fingerprint (1, POINTS, 2) to each of many (V, POINTS, 2): (V,)."""
    result = [np.zeros(0)]
    for start in range(0, len(prints), chunk):
        part = prints[start : start + chunk]
        ways = np.linalg.norm(query[0][None, :, None] - part[:, None], axis=3)
        result.append((ways.min(axis=2).mean(axis=1) + ways.min(axis=1).mean(axis=1)) / 2)
    return np.concatenate(result)
