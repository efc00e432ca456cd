"""A collection seen from above: every frame as a point of a plane, and what can be cut out of that plane.

The plane is the unit square, x to the right and y upwards. Its shape on a screen or on paper is free: cells of a
mosaic are as wide as the window is in columns and as high as it is in rows.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cluster:
    """A region of the plane, told by its most typical frames."""

    label: int  # as in `FrameMap.labels`
    title: str  # the videos most of it comes from, as text
    frames: tuple[tuple[int, float], ...]  # the most typical ones, best first: place in `FrameMap.ids`, seconds
    size: int  # frames
    centre: tuple[float, float]  # on the plane, 0–1


@dataclass(frozen=True, slots=True)
class MapProjection:
    """A way to lay frames out on a plane, as people choose it."""

    name: str  # registry key
    label: str
    explanation: str  # one sentence
    has_std: bool = False  # whether the standard deviation of the code is a choice of its own


@dataclass(frozen=True, slots=True)
class MapChoices:
    """How a map is fitted."""

    projection: str = "neighbours"  # registry key
    encoder: str = ""  # registry key of the frame encoder; the library's own when empty
    std: float = 0.3  # of the code that the published autoencoder is pulled to: 0.3, or 0.6 for a uniform spread
    seed: int = 0
    rotation: float = 0.0  # degrees counter-clockwise, before the plane is filled


@dataclass(frozen=True, slots=True)
class MapView:
    """A fitted map that is kept, without its points."""

    version: str
    choices: MapChoices
    frames: int  # it was fitted on
    videos: int
    created: float  # Unix seconds
    seconds: float  # that fitting took
    variance_kept: float  # share of the variance that the principal components keep, 0–1
    is_current: bool


@dataclass(frozen=True, slots=True)
class FrameMap:
    """Every frame of the library on the plane. Frames of one video lie together, in order of time."""

    version: str  # changes with anything below; safe in a URL
    view: str  # version of the fitted view it comes from
    positions: NDArray[np.float32] = field(repr=False)  # (N, 2) x, y in 0–1, the plane filled
    video: NDArray[np.int32] = field(repr=False)  # (N,) place in `ids`
    times: NDArray[np.float64] = field(repr=False)  # (N,) seconds
    labels: NDArray[np.uint8] = field(repr=False)  # (N,) cluster
    ids: tuple[str, ...] = field(repr=False)  # video ids
    titles: tuple[str, ...] = field(repr=False)
    clusters: tuple[Cluster, ...]
    encoder: str  # registry key
    projection: str  # registry key
    std: float
    seed: int
    rotation: float  # degrees
    variance_kept: float  # by the principal components, 0–1
    projected: int = 0  # frames that came after the fit and were projected by it
    needs_refit: bool = False
    notes: tuple[str, ...] = ()  # what a person should know ("12 new clips were projected")

    def __len__(self) -> int:
        return len(self.times)


@dataclass(frozen=True, slots=True)
class Mosaic:
    """Frames on a grid, each the one nearest its cell, none twice; rows from the top of the plane down."""

    version: str
    centre: tuple[float, float]  # of the window, 0–1
    width: float  # of the window, and its height: 1 is the whole plane
    video: NDArray[np.int32] = field(repr=False)  # (R, C) place in `FrameMap.ids`; -1 where no frame is near
    times: NDArray[np.float64] = field(repr=False)  # (R, C) seconds
    frames: NDArray[np.int64] = field(repr=False)  # (R, C) place in `FrameMap.positions`, or -1

    @property
    def rows(self) -> int:
        return self.video.shape[0]

    @property
    def columns(self) -> int:
        return self.video.shape[1]


@dataclass(frozen=True, slots=True)
class SmallFrames:
    """The small pictures of all frames of a map in one memory-mapped run of bytes, each a WebP of 96 × 54."""

    version: str
    data: NDArray[np.uint8] = field(repr=False)  # all pictures, mapped from disk
    starts: NDArray[np.int64] = field(repr=False)  # (N,) where each begins; frame n is data[starts[n]:ends[n]]
    ends: NDArray[np.int64] = field(repr=False)  # (N,); an empty picture where a video has no thumbnails

    def picture(self, frame: int) -> bytes:
        """One of them as WebP."""
        return self.data[self.starts[frame] : self.ends[frame]].tobytes()


@dataclass(frozen=True, slots=True)
class VideoPath:
    """The way of one video through the plane: its fingerprint."""

    video_id: str
    title: str
    positions: NDArray[np.float32] = field(repr=False)  # (T, 2) in 0–1, in order of time
    times: NDArray[np.float64] = field(repr=False)  # (T,) seconds
    distance: float = 0.0  # of its path to the query's, in units of the plane; 0 for the query itself


@dataclass(frozen=True, slots=True)
class MapMatches:
    """What a search lights up on the map."""

    version: str
    query: str  # the words, or the title of the video
    similarity: NDArray[np.float32] = field(repr=False)  # (N,) 0–1, higher is closer
    is_match: NDArray[np.bool_] = field(repr=False)  # (N,) lights up
    how: str = ""  # one sentence: by what the frames were found


@dataclass(frozen=True, slots=True)
class MapPrint:
    """A mosaic that was printed."""

    path: Path
    width: int  # pixels
    height: int
    tiles: int  # frames shown
    from_thumbnails: int  # of these that came from thumbnails, because they were asked for or an original is gone
