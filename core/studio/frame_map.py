"""The library seen from above: fit a map, look at it, cut regions and paths out of it, light up what a search finds."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config import Settings
from core.errors import CheckpointError, LibraryError, NotFound
from core.features.registry import encoder_spec
from core.models.projection import PROJECTIONS, projection_spec
from core.pipelines import frame_map as atlas
from core.pipelines import lighting, paths, regions
from core.pipelines import mosaic as grids
from core.pipelines.ingest import extract_again
from core.records import (
    FrameMap,
    Job,
    MapChoices,
    MapMatches,
    MapProjection,
    MapView,
    Progress,
    VideoPath,
    no_progress,
    part_of,
)
from core.store.library import Library
from core.store.maps import Maps
from core.studio.desk import LEARNING, Desk

KEPT_MAPS = 4  # in memory

logger = logging.getLogger(__name__)


class MapRoom:
    """What of the maps is kept in memory, with the lock that it is changed under."""

    def __init__(self, library: Library) -> None:
        self.lock = threading.RLock()
        self.maps = Maps(library)
        self.kept: OrderedDict[str, atlas.KeptMap] = OrderedDict()  # by version of the view
        self.shown: OrderedDict[str, FrameMap] = OrderedDict()  # by version of the map
        self.latest: dict[str, tuple[str, str]] = {}  # view -> contents of the library, version of the map
        self.tiles: OrderedDict[tuple[str, int, int, int], bytes] = OrderedDict()


class FrameMaps(Desk):
    """Maps of the library."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._room = MapRoom(self._library)

    # ------------------------------------------------------------------------------------------- the map

    def projections(self) -> list[MapProjection]:
        """The ways to lay frames out, the default first."""
        return list(PROJECTIONS.values())

    def frame_map(self, version: str | None = None) -> FrameMap | None:
        """The map in use with the library as it is now, or the one of that version; None when nothing is fitted yet.

        `version` is that of a kept view or of a map that was shown. Raises NotFound when it is not kept any more.
        """
        room = self._room
        with room.lock:
            if version is not None and version in room.shown:
                return room.shown[version]
            if version is not None:
                return self._show("-".join(version.split("-")[:2]), version)
            kept = self._in_use()
            return None if kept is None else self._show(kept.version, None)

    def frame_maps(self) -> list[MapView]:
        """Every view that is kept and can be compared, the newest first."""
        return self._room.maps.views()

    def frame_map_to_go(self) -> MapView | None:
        """The kept view that is deleted when another is fitted; None while there is room for both."""
        return self._room.maps.next_to_go()

    def use_frame_map(self, version: str) -> None:
        """Go back to a kept view."""
        self._room.maps.use(version)

    def forget_frame_map(self, version: str) -> None:
        """Delete a kept view."""
        room = self._room
        with room.lock:
            room.maps.forget(version)
            room.kept.pop(version, None)
            room.latest.pop(version, None)
            for shown in [name for name, found in room.shown.items() if found.view == version]:
                del room.shown[shown]

    def fit_frame_map(self, choices: MapChoices | None = None, progress: Progress = no_progress) -> FrameMap:
        """Fit a map of the library now, in this thread, and make it the one in use.

        It is laid over the map in use as well as can be, and starts from it where only the library has changed.
        Raises StudioError when there is too little to show.
        """
        room, wanted = self._room, choices or MapChoices()
        wanted = replace(wanted, encoder=wanted.encoder or self.encoder())
        projection_spec(wanted.projection)
        track = self._equipment.track(wanted.encoder)
        self._extract_all(wanted.encoder, track, part_of(progress, 0.0, 0.2))
        gathered = atlas.gather(self._library, track, seed=wanted.seed, progress=part_of(progress, 0.2, 0.25))
        last = self._in_use()
        known = None
        if last is not None and last.track == track and last.choices == replace(wanted, rotation=last.choices.rotation):
            known = atlas.known_rows(gathered, last)
        from core.training.frame_map import fit

        fitted, figures = fit(
            gathered.vectors,
            gathered.video[gathered.chosen],
            wanted,
            known=known,
            progress=part_of(progress, 0.25, 0.7),
        )
        checkpoint, view = atlas.keep(
            fitted,
            figures,
            gathered,
            wanted,
            track,
            library=self._library,
            last=last,
            progress=part_of(progress, 0.7, 0.8),
        )
        room.maps.save(checkpoint, view)
        found = self.frame_map()
        assert found is not None
        self._fill(found, part_of(progress, 0.8, 1.0))
        return found

    def start_frame_map(
        self,
        projection: str = "neighbours",
        *,
        std: float = 0.3,
        seed: int = 0,
        rotation: float = 0.0,
        encoder: str | None = None,
    ) -> Job:
        """The same in the background."""
        choices = MapChoices(projection, encoder or self.encoder(), std, seed, rotation)
        label = projection_spec(projection).label
        if encoder:
            self._equipment.calibration(encoder)  # says so when there is no such visual encoder

        def work(progress: Progress) -> str:
            found = self.fit_frame_map(choices, progress)
            return f"{len(found):,} frames of {len(found.ids):,} videos laid out"

        return self._jobs.submit("map", f"Drawing the map ({label})", work, lane=LEARNING)

    # --------------------------------------------------------------------------------------- what is on it

    def frames_in(self, version: str, polygon: NDArray[np.floating]) -> list[tuple[str, float]]:
        """The frames inside a polygon (K, 2) on the plane: video ids and seconds, video by video."""
        found = self._map(version)
        if len(polygon) < 3:
            return []
        rows = np.flatnonzero(regions.inside(found.positions, polygon))
        return [(found.ids[found.video[row]], float(found.times[row])) for row in rows]

    def video_path(self, video_id: str, version: str | None = None) -> VideoPath:
        """The way of a video through the plane. NotFound when it is not on the map."""
        return paths.path_of(self._map(version), video_id)

    def dissimilar_videos(
        self, ids: Sequence[str] | None = None, count: int = 9, version: str | None = None
    ) -> list[VideoPath]:
        """So many videos of a selection, or of all, whose paths are as far apart as can be."""
        return paths.dissimilar(self._map(version), ids, count)

    def similar_paths(self, query: str, count: int = 8, version: str | None = None) -> list[VideoPath]:
        """A video's path, then the paths most like it, nearest first."""
        return paths.similar(self._map(version), query, count)

    def map_matches(self, query: str, version: str | None = None) -> MapMatches:
        """What lights up for a video of the library by its id, or for words: by what they describe where the encoder
        understands sentences, else by titles and tags."""
        found = self._map(version)
        track = self._equipment.track(found.encoder)
        video = self._library.find(query) if query in found.ids else None
        if video is not None:
            vectors = self._library.load_track(video.id, track).vectors
            floor = self._equipment.calibration(found.encoder).same_video
            return lighting.by_vectors(found, self._library, track, vectors, name=video.title, floor=floor)
        titled = lighting.by_title(found, self._library, query)
        if titled.is_match.any() or not query.strip():
            return titled
        if not encoder_spec(found.encoder).reads_text:
            return titled
        encoder: Any = self._equipment.encoder(found.encoder)
        return lighting.by_vectors(found, self._library, track, encoder.encode_text([query]), name=query, floor=None)

    # ------------------------------------------------------------------------------------------------ shared

    def _map(self, version: str | None) -> FrameMap:
        found = self.frame_map(version)
        if found is None:
            raise NotFound("There is no map of this library yet. Draw it first.")
        return found

    def _in_use(self) -> atlas.KeptMap | None:
        """The kept map that was used last and can be read; None without one."""
        while (version := self._room.maps.current()) is not None:
            with suppress(CheckpointError):
                return self._kept(version)
        return None

    def _kept(self, version: str) -> atlas.KeptMap:
        """One that is damaged or of another version of the program is deleted: it can be drawn again."""
        room = self._room
        with room.lock:
            if version not in room.kept:
                try:
                    remember(room.kept, version, atlas.read(room.maps.load(version)), KEPT_MAPS)
                except CheckpointError as error:
                    if isinstance(error.__cause__, OSError):  # the disk refuses, and the map may be well
                        raise LibraryError(str(error)) from error
                    logger.warning("The frame map %s cannot be read and is deleted.", version, exc_info=True)
                    room.maps.forget(version)
                    raise
            return room.kept[version]

    def _show(self, view: str, version: str | None) -> FrameMap:
        """The view with the library as it is now. When that is not `version`, which was asked for, NotFound."""
        room, kept = self._room, self._kept(view)
        contents = self._library.contents(kept.track)
        known, shown = room.latest.get(view, ("", ""))
        if known != contents or shown not in room.shown:
            encoder = kept.choices.encoder
            is_read = kept.track == self._equipment.track(encoder)
            index = self._equipment.index(encoder) if is_read else None
            found = atlas.show(kept, library=self._library, index=index)
            if kept.track != self._equipment.track(self.encoder()):
                note = f"This map was drawn with {kept.choices.encoder}; the library uses {self.encoder()} now."
                found = replace(found, notes=(*found.notes, note))
            shown = found.version
            remember(room.shown, shown, found, KEPT_MAPS)
            room.latest[view] = (contents, shown)
        if version not in (None, view, shown):
            raise NotFound("The library has changed since this map was shown. Reload the page.")
        return room.shown[shown]

    def _extract_all(self, encoder: str, track: str, progress: Progress) -> None:
        missing = sorted(set(self._library.ids()) - self._library.extracted(track))
        if missing:
            extractors = self._equipment.extractors(encoder, progress)
            extract_again(missing, library=self._library, extractors=extractors, progress=progress)

    def _fill(self, found: FrameMap, progress: Progress) -> None:
        """Makes the small pictures that the map lacks, some videos at a time."""
        small = self._library.small_frames
        missing = small.missing(found.ids)
        edges = np.searchsorted(found.video, np.arange(len(found.ids) + 1))
        place = {video_id: number for number, video_id in enumerate(found.ids)}
        for start in range(0, len(missing), 64):
            progress(start / len(missing), f"making small pictures of {len(missing) - start:,} videos")
            names = missing[start : start + 64]
            rows = [slice(edges[place[name]], edges[place[name] + 1]) for name in names]
            small.add([(name, found.times[own]) for name, own in zip(names, rows, strict=True)], self._small_picture)
        progress(1.0, "done")

    def _small_picture(self, video_id: str, time: float) -> bytes | None:
        thumbnail = self._library.thumbnail(video_id, time)
        return grids.shrink(thumbnail) if thumbnail else None


def remember(cache: "OrderedDict[Any, Any]", key: Any, value: Any, most: int) -> None:
    """Keeps a value as the newest of at most so many."""
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > most:
        cache.popitem(last=False)
