"""A folder of real videos as tracks, read once: what an experiment asks again is kept in a cache and decoded no more.

One pass over a file serves every encoder and finds the changes of shot. Tracks are kept by the content of the file and
the name of the encoder, changes as one more track. The cache can be deleted at any time; what nobody asked for in a
month goes by itself, and so does what was used least lately beyond some gigabytes.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import Limits
from core.errors import MediaError, NotFound
from core.features.pooling import frame_weights
from core.media.files import content_id
from core.media.sandbox import Sandbox
from core.records import FeatureTrack, Progress, no_progress
from core.store.tracks import Tracks
from core.training.datasets import RATE, SECONDS, SHORT_SIDE, find_changes, list_videos, signature
from core.training.frame_pairs import Footage

Describe = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""(N, H, W, 3) RGB -> (N, D), rows of length 1."""

FPS = 2  # frames per second that are described: half a second is the shortest interval asked about
KEPT_SECONDS = 30 * 24 * 3600.0  # since a track was last used
KEPT_BYTES = 4 * 1024**3
CHANGES = f"changes-1@{RATE}fps"


@dataclass(frozen=True)
class Folder:
    """Every readable video of a folder."""

    footage: Mapping[str, Footage]  # by the name the encoder was given under; all over the same videos
    changes: Sequence[FeatureTrack]  # of shot: when each starts, and as its vector when it ends
    failures: Sequence[str]  # a line for every file that could not be read

    def changes_between(self, video: int, start: float, end: float) -> bool:
        """Whether a cut, dissolve or fade of a video lies between two times."""
        track = self.changes[video]
        return bool(((track.times < end - 1e-6) & (track.vectors[:, 0] > start + 1e-6)).any())


def cache_folder() -> Path:
    """Where tracks of experiments are kept on this machine: below XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "clipkin" / "tracks"


def read_folder(
    folder: Path,
    encoders: Mapping[str, tuple[str, Describe]],
    *,
    cache: Path | None = None,
    progress: Progress = no_progress,
) -> Folder:
    """The videos of a folder through every encoder, given by name as its track name ("embedded-3@2fps") and a function.

    Files and their groups are found as `datasets.list_videos` does; copies of one file count once. Raises StudioError
    when there is no video at all.
    """
    kept = Tracks(cache or cache_folder())
    kept.prune(seconds=KEPT_SECONDS, most_bytes=KEPT_BYTES)
    found: dict[str, list[FeatureTrack]] = {name: [] for name in encoders}
    groups, changes, failures, known = [], [], [], set()
    listed = list_videos(folder)
    for place, (path, group) in enumerate(listed):
        progress(place / len(listed), f"Reading {path.name}")
        try:
            video_id = content_id(path, Limits())
            if video_id in known:
                continue
            known.add(video_id)
            _describe(path, video_id, encoders, kept)
        except MediaError as error:
            failures.append(f"{path.relative_to(folder)}: {error}")
            continue
        groups.append(group)
        changes.append(kept.load(video_id, CHANGES))
        for name, (track, _) in encoders.items():
            found[name].append(kept.load(video_id, track))
    return Folder({name: Footage(tracks, groups) for name, tracks in found.items()}, changes, failures)


def _describe(path: Path, video_id: str, encoders: Mapping[str, tuple[str, Describe]], kept: Tracks) -> None:
    """Save what the cache lacks of this file."""
    missing = [(track, describe) for track, describe in encoders.values() if not _has(kept, video_id, track)]
    if not missing and _has(kept, video_id, CHANGES):
        return
    times: list[float] = []
    images: list[NDArray[np.uint8]] = []
    moments: list[float] = []
    signatures: list[NDArray[np.float32]] = []
    with Sandbox(path, Limits()) as media:
        for chunk in media.frames(fps=RATE, short_side=SHORT_SIDE, end=SECONDS):
            for time, image in zip(chunk.times.tolist(), chunk.images, strict=True):
                if images and image.shape != images[0].shape:
                    continue
                step = round(time * RATE)
                if step % (RATE // FPS) == 0 and (not times or step / RATE > times[-1]):
                    times.append(step / RATE)
                    images.append(image.copy())
                moments.append(time)
                signatures.append(signature(image))
    if not images:
        raise MediaError("It shows no picture at a half second.")
    stacked, seconds = np.stack(images), np.array(times)
    weights = frame_weights(stacked)
    for track, describe in missing:
        kept.save(FeatureTrack(video_id, track, seconds, describe(stacked), weights))
    found = find_changes(np.array(moments), np.stack(signatures))
    starts, ends = np.array(found, np.float64).reshape(-1, 2).T
    kept.save(FeatureTrack(video_id, CHANGES, starts, ends[:, None].astype(np.float32), np.ones(len(starts), "f4")))


def _has(kept: Tracks, video_id: str, track: str) -> bool:
    try:
        kept.load(video_id, track)
    except NotFound:
        return False
    kept.touch(video_id, track)
    return True
