"""What a search lights up on a map: frames by words in titles and tags, by what a sentence describes, or by a video."""

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.records import FrameMap, MapMatches
from core.store.library import Library
from core.store.small_frames import nearest

AT_ONCE = 16_000_000  # cosines in memory: films of hours have tens of thousands of frames each
CLEAR = 2.0  # standard deviations above the mean from which on a frame answers to a sentence


def by_title(frame_map: FrameMap, library: Library, text: str) -> MapMatches:
    """Every frame of the videos whose title or tags hold all the words."""
    words = text.casefold().split()
    hit = np.zeros(len(frame_map.ids) + 1, bool)
    for number, video_id in enumerate(frame_map.ids):
        video = library.find(video_id)
        names = " ".join((video.title, *video.tags)).casefold() if video else ""
        hit[number] = bool(words) and all(word in names for word in words)
    is_match = hit[frame_map.video]
    return MapMatches(
        frame_map.version, text, is_match.astype(np.float32), is_match, "Frames of videos whose title or tags say so."
    )


def by_vectors(
    frame_map: FrameMap,
    library: Library,
    track: str,
    queries: NDArray[np.float32],
    *,
    name: str,
    floor: float | None,
) -> MapMatches:
    """Every frame by its highest cosine with the queries (P, D) of the encoder whose tracks these are.

    It matches from `floor` on; without one, from CLEAR standard deviations above the mean of all frames.
    """
    similarity = np.zeros(len(frame_map), np.float32)
    edges = np.searchsorted(frame_map.video, np.arange(len(frame_map.ids) + 1))
    for number, video_id in enumerate(frame_map.ids):
        rows = slice(int(edges[number]), int(edges[number + 1]))
        try:
            found = library.load_track(video_id, track)
        except NotFound:  # removed since the map was drawn
            continue
        highest = _highest(found.vectors, queries)
        similarity[rows] = highest[nearest(found.times, frame_map.times[rows])]
    bar = floor if floor is not None else float(similarity.mean() + CLEAR * similarity.std())
    how = "Frames like those of the video." if floor is not None else "Frames that the sentence describes best."
    return MapMatches(frame_map.version, name, np.clip(similarity, 0, 1), similarity >= bar, how)


def _highest(vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """The highest cosine of each row with any of the queries, some rows at a time: (T, D), (P, D) -> (T,)."""
    step = max(1, AT_ONCE // max(len(queries), 1))
    parts = [(vectors[start : start + step] @ queries.T).max(axis=1) for start in range(0, len(vectors), step)]
    return np.concatenate([np.zeros(0, np.float32), *parts])
