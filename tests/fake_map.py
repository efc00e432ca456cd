"""A frame map of any size without a library: clouds of coloured frames, with pictures whose colour the eye can check.

`FakeMapStudio` answers what the Map page and its routes ask; it goes in through their constructors.
"""

import colorsys
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.config import Settings
from core.errors import NotFound
from core.pipelines import mosaic, regions
from core.records import (
    Cluster,
    FrameMap,
    Job,
    MapChoices,
    MapMatches,
    MapProjection,
    MapView,
    MediaInfo,
    Page,
    Progress,
    SmallFrames,
    Video,
    VideoPath,
    no_progress,
)
from core.studio import Studio

WIDE, HIGH = 96, 54
REGIONS = 12


@lru_cache(maxsize=4)
def fake_map(frames: int, videos: int = 100, seed: int = 0) -> FrameMap:
    """Frames in twelve clouds; each video wanders about in one of them and visits a second."""
    rng = np.random.default_rng(seed)
    per = frames // videos
    centres = rng.uniform(0.14, 0.86, (REGIONS, 2))
    steps = rng.normal(0, 1, (videos, per, 2)).cumsum(axis=1) / np.sqrt(per)
    home, visit = rng.integers(0, REGIONS, videos), rng.integers(0, REGIONS, videos)
    labels = np.where(np.arange(per) > per * 0.7, visit[:, None], home[:, None])
    positions = centres[labels] + 0.05 * steps + rng.normal(0, 0.012, (videos, per, 2))
    positions = np.clip(positions.reshape(-1, 2), 0, 1).astype(np.float32)
    flat = labels.ravel()
    video = np.repeat(np.arange(videos, dtype=np.int32), per)
    times = np.tile(np.arange(per, dtype=np.float64), videos)
    clusters = []
    for label in np.unique(flat):
        here = np.flatnonzero(flat == label)
        middle = positions[here].mean(axis=0)
        best = here[np.argsort(((positions[here] - middle) ** 2).sum(axis=1))[:6]]
        told = tuple((int(video[at]), float(times[at])) for at in best)
        centre = (float(middle[0]), float(middle[1]))
        clusters.append(Cluster(int(label), f"Clip {video[best[0]]}, Clip {video[best[1]]}", told, len(here), centre))
    return FrameMap(
        version=f"fake-{frames}-{seed}",
        view=f"view-{seed}",
        positions=positions,
        video=video,
        times=times,
        labels=flat.astype(np.uint8),
        ids=tuple(f"{place:016x}" for place in range(videos)),
        titles=tuple(f"Clip {place}" for place in range(videos)),
        clusters=tuple(clusters),
        encoder="embedded",
        projection="neighbours",
        std=0.3,
        seed=seed,
        rotation=0.0,
        variance_kept=0.75,
    )


@lru_cache(maxsize=4096)
def picture(label: int, shade: int, width: int = WIDE, height: int = HIGH) -> bytes:
    """A landscape in the colours of a region, as WebP."""
    return _webp(landscape(label, shade, width, height))


def landscape(label: int, shade: int, width: int, height: int) -> NDArray[np.uint8]:
    """Sky, sun and two hills in colours of the region; `shade` (0–7) moves the sun and the hills: (H, W, 3)."""
    hue = label / REGIONS
    sky, far, near = (
        np.array(colorsys.hls_to_rgb((hue + turn) % 1, light, 0.55)) * 255
        for turn, light in ((0.0, 0.72), (0.04, 0.46), (0.08, 0.26))
    )
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    image = sky + (255 - sky) * (0.6 * y)[..., None]
    image[(x - 0.2 - 0.08 * shade) ** 2 * 3 + (y - 0.3) ** 2 < 0.012] = (255, 244, 214)
    image[y > 0.62 + 0.12 * np.sin(5 * x + shade)] = far
    image[y > 0.78 + 0.1 * np.sin(7 * x + 2 * shade + 1)] = near
    return image.clip(0, 255).astype(np.uint8)


def _webp(image: NDArray[np.uint8]) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "WEBP", quality=70, method=0)
    return out.getvalue()


class FakeMapStudio(Studio):
    """The studio of an empty library that shows a made-up map: it has the pictures and tiles of any of its frames."""

    def __init__(
        self, settings: Settings, shown: FrameMap, other: FrameMap | None = None, clip: Path = Path("clip.mp4")
    ) -> None:
        super().__init__(settings)
        self._clip = clip  # what every video plays
        self._maps = {shown.version: shown, shown.view: shown}
        if other is not None:
            self._maps |= {other.version: other, other.view: other}
        self._shown = shown
        self.tagged: dict[str, tuple[str, ...]] = {}

    def frame_map(self, version: str | None = None) -> FrameMap | None:
        return self._maps.get(version) if version else self._shown

    def frame_maps(self) -> list[MapView]:
        views = {shown.view: shown for shown in self._maps.values()}
        return [
            MapView(
                view,
                MapChoices(shown.projection, shown.encoder, seed=shown.seed),
                len(shown),
                len(shown.ids),
                created=0.0,
                seconds=1.0,
                variance_kept=0.75,
                is_current=shown is self._shown,
            )
            for view, shown in views.items()
        ]

    def projections(self) -> list[MapProjection]:
        return [
            MapProjection("neighbours", "Neighbours", "Frames that are alike lie together."),
            MapProjection("published", "As published", "The autoencoder of the article.", has_std=True),
        ]

    def videos(self, **wanted: object) -> Page:  # type: ignore[override]
        return Page(tuple(self.video(video_id) for video_id in self._shown.ids[:60]), len(self._shown.ids))

    def video(self, video_id: str) -> Video:
        if video_id not in self._shown.ids:
            raise NotFound("There is no such video.")
        place = self._shown.ids.index(video_id)
        per = len(self._shown) // len(self._shown.ids)
        info = MediaInfo(float(per), 640, 360, 25.0, "mov,mp4", "h264", "yuv420p", None, 0, 1)
        return Video(
            video_id, self._shown.titles[place], Path("clip.mp4"), info, "absent", self.tagged.get(video_id, ())
        )

    def is_playable_now(self, video_id: str) -> bool:
        return True

    def playable(self, video_id: str, progress: Progress = no_progress) -> Path:
        return self._clip

    def set_tags(self, video_id: str, tags: Sequence[str]) -> None:
        self.tagged[video_id] = tuple(tags)

    def thumbnail(self, video_id: str, time: float | None = None) -> bytes | None:
        place = self._shown.ids.index(video_id)
        frame = int(np.flatnonzero(self._shown.video == place)[0]) + int(time or 0)
        return picture(int(self._shown.labels[frame]), frame % 8, 240, 135)

    def frames_in(self, version: str, polygon: NDArray[np.floating]) -> list[tuple[str, float]]:
        shown = self._maps[version]
        inside = regions.inside(shown.positions, polygon)
        return [(shown.ids[shown.video[at]], float(shown.times[at])) for at in np.flatnonzero(inside)]

    def map_thumbnails(self, version: str) -> SmallFrames:
        """Eight pictures to a region, all in one run of bytes."""
        shown = self._maps[version]
        pictures = [picture(label, shade) for label in range(REGIONS) for shade in range(8)]
        ends = np.cumsum([len(one) for one in pictures])
        which = shown.labels.astype(np.int64) * 8 + np.arange(len(shown)) % 8
        starts = np.concatenate([[0], ends[:-1]])
        return SmallFrames(version, np.frombuffer(b"".join(pictures), np.uint8), starts[which], ends[which])

    def map_tile(self, version: str, z: int, x: int, y: int) -> bytes:
        return mosaic.render(mosaic.tile(self._maps[version], z, x, y), self.map_thumbnails(version).picture)

    def map_tile_frames(self, version: str, z: int, x: int, y: int) -> NDArray[np.int64]:
        return mosaic.tile(self._maps[version], z, x, y).frames

    def map_matches(self, query: str, version: str | None = None) -> MapMatches:
        """Frames of the region whose number is written."""
        is_match = self._shown.labels == (int(query) if query.isdecimal() else -1)
        return MapMatches(
            self._shown.version, query, is_match.astype(np.float32), is_match, "By the number of the region."
        )

    def video_path(self, video_id: str, version: str | None = None) -> VideoPath:
        shown, place = self._shown, self._shown.ids.index(video_id)
        own = np.flatnonzero(shown.video == place)
        return VideoPath(video_id, shown.titles[place], shown.positions[own], shown.times[own])

    def dissimilar_videos(
        self, ids: Sequence[str] | None = None, count: int = 9, version: str | None = None
    ) -> list[VideoPath]:
        return [self.video_path(video_id) for video_id in (ids or self._shown.ids)[:count]]

    def similar_paths(self, query: str, count: int = 8, version: str | None = None) -> list[VideoPath]:
        others = [video_id for video_id in self._shown.ids if video_id != query]
        return [self.video_path(video_id) for video_id in (query, *others[:count])]

    def start_frame_map(
        self,
        projection: str = "neighbours",
        *,
        std: float = 0.3,
        seed: int = 0,
        rotation: float = 0.0,
        encoder: str | None = None,
    ) -> Job:
        asked = f"{projection}, spread {std}, seed {seed}, rotation {rotation}"
        return self._jobs.submit("map", "Drawing the map", lambda progress: asked)
