"""A frame map of a library: frames gathered from its tracks, laid out by a fitted projection, and put into words.

A kept map is a checkpoint with the projection, its placement and every point it was fitted on. Videos that came later
are projected by it; videos that went are left out.
"""

import hashlib
import time
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoints import Checkpoint
from core.errors import CheckpointError, NotFound
from core.models.projection import FittedProjection, restore, to_checkpoint
from core.models.stretch import Placement, fit_placement
from core.pipelines import newcomers
from core.pipelines.regions import assign, centres_of, typical
from core.records import Cluster, FrameMap, MapChoices, MapView, Progress, no_progress
from core.store.index import FrameIndex
from core.store.library import Library

MOST_FITTED = 100_000  # frames a projection learns from; the others are projected by it
REFIT_SHARE = 0.2  # of the frames of a fit that came or went since, from which on a new fit is advised
SETTLED = "neighbours"  # the projection whose newcomers are settled: the others have no loss of neighbours
CLOSE = 1e-3  # seconds within which two times are the same frame


@dataclass(frozen=True, slots=True)
class Gathered:
    """The frames of a library that hold something to recognise, video by video in order of time."""

    ids: tuple[str, ...]
    video: NDArray[np.int32] = field(repr=False)  # (N,) place in `ids`
    times: NDArray[np.float64] = field(repr=False)  # (N,) seconds
    chosen: NDArray[np.int64] = field(repr=False)  # (M,) frames whose vectors are here, all of them or a sample
    vectors: NDArray[np.float32] = field(repr=False)  # (M, D)

    @property
    def is_whole(self) -> bool:
        return len(self.chosen) == len(self.times)


@dataclass(frozen=True, slots=True)
class KeptMap:
    """A fitted map as it is kept."""

    version: str
    choices: MapChoices
    track: str  # track name of the encoder its vectors come from
    fitted: FittedProjection = field(repr=False)
    placement: Placement = field(repr=False)
    ids: tuple[str, ...]
    video: NDArray[np.int32] = field(repr=False)
    times: NDArray[np.float64] = field(repr=False)
    code: NDArray[np.float32] = field(repr=False)  # (N, 2) as the projection gives it
    centres: NDArray[np.float32] = field(repr=False)  # (K, 2) of the regions, on the plane
    typical: tuple[tuple[tuple[str, float], ...], ...]  # per region: video id and seconds, most typical first


def gather(
    library: Library, track: str, *, seed: int = 0, most: int = MOST_FITTED, progress: Progress = no_progress
) -> Gathered:
    """Every frame of the library with a track of that name; vectors of at most `most`, drawn evenly."""
    ids = sorted(library.extracted(track))
    random = np.random.default_rng(seed)
    kept_ids: list[str] = []
    times: list[NDArray[np.float64]] = []
    sample: list[tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float32]]] = []
    count, bar = 0, 1.0
    for number, video_id in enumerate(ids):
        progress(number / len(ids), f"reading {count:,} frames")
        seen = _frames_of(library, video_id, track)
        if seen is None:
            continue
        kept_ids.append(video_id)
        times.append(seen[0])
        lot = random.random(len(seen[0]))
        sample.append((lot, count + np.arange(len(lot)), seen[1]))
        sample[-1] = _below(sample[-1], bar)
        count += len(lot)
        if sum(len(part[0]) for part in sample) > 2 * most:
            bar = _cut(sample, most)
    if sum(len(part[0]) for part in sample) > most:
        _cut(sample, most)
    video = np.repeat(np.arange(len(times), dtype=np.int32), [len(part) for part in times])
    empty = np.zeros((0, 1), np.float32)
    return Gathered(
        tuple(kept_ids),
        video,
        np.concatenate([np.zeros(0), *times]),
        np.concatenate([np.zeros(0, np.int64), *(part[1] for part in sample)]),
        np.concatenate([part[2] for part in sample]) if sample else empty,
    )


def keep(
    fitted: FittedProjection,
    figures: dict[str, Any],
    gathered: Gathered,
    choices: MapChoices,
    track: str,
    *,
    library: Library,
    last: KeptMap | None = None,
    progress: Progress = no_progress,
) -> tuple[Checkpoint, MapView]:
    """A fitted projection with all points laid out, over the last map where there is one, ready to be stored."""
    progress(0.0, "projecting every frame")
    code = fitted.code(gathered.vectors) if gathered.is_whole else _codes(fitted, gathered, library, track, progress)
    placement = fit_placement(code, rotation=choices.rotation, over=_shared(gathered, code, last), seed=choices.seed)
    positions = placement.place(code)
    progress(0.9, "finding regions")
    centres = centres_of(positions, seed=choices.seed)
    labels = assign(positions, centres)
    shown = typical(labels[gathered.chosen], gathered.vectors, gathered.video[gathered.chosen], len(centres))
    frames = [gathered.chosen[rows] for rows in shown]
    named = [[(gathered.ids[gathered.video[f]], float(gathered.times[f])) for f in rows] for rows in frames]
    version = "map-" + _digest(code, gathered.times, "|".join(gathered.ids), str(choices), str(time.time_ns()))
    view = MapView(
        version=version,
        choices=choices,
        frames=len(code),
        videos=len(gathered.ids),
        created=time.time(),
        seconds=float(figures["seconds"]),
        variance_kept=fitted.components.kept,
        is_current=True,
    )
    config = {"choices": asdict(choices), "track": track}
    metadata = {"ids": gathered.ids, "typical": named, "version": version, "figures": figures}
    checkpoint = to_checkpoint(fitted, placement, config, metadata)
    points = (("video", gathered.video), ("times", gathered.times), ("code", code), ("centres", centres))
    state = {**checkpoint.state, **{f"points.{name}": array for name, array in points}}
    return replace(checkpoint, state=state), view


def read(checkpoint: Checkpoint) -> KeptMap:
    """What `keep` gave. Raises CheckpointError when it does not fit together."""
    fitted, placement = restore(checkpoint)
    state, config, metadata = checkpoint.state, checkpoint.config, checkpoint.metadata
    try:
        return KeptMap(
            version=str(metadata["version"]),
            choices=MapChoices(**config["choices"]),
            track=str(config["track"]),
            fitted=fitted,
            placement=placement,
            ids=tuple(metadata["ids"]),
            video=state["points.video"],
            times=state["points.times"],
            code=state["points.code"],
            centres=state["points.centres"],
            typical=tuple(tuple((str(name), float(t)) for name, t in rows) for rows in metadata["typical"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError("This frame map is damaged or of another version. Fit it again.") from error


def show(kept: KeptMap, *, library: Library, index: FrameIndex | None = None) -> FrameMap:
    """The map as the library is now: frames of the fit that are still there, and new videos projected by it.

    With the `index` of the frames that it was drawn from, those of new videos are settled beside what they resemble.
    """
    present = library.extracted(kept.track)
    known = [number for number, video_id in enumerate(kept.ids) if video_id in present]
    stays = np.isin(kept.video, known)
    ids = [kept.ids[number] for number in known]
    renumbered = np.zeros(len(kept.ids), np.int32)
    renumbered[known] = np.arange(len(known), dtype=np.int32)
    video, times, code = [renumbered[kept.video[stays]]], [kept.times[stays]], [kept.code[stays]]
    vectors = []
    for video_id in sorted(present - set(kept.ids)):
        seen = _frames_of(library, video_id, kept.track)
        if seen is not None:
            video.append(np.full(len(seen[0]), len(ids), np.int32))
            times.append(seen[0])
            code.append(kept.fitted.code(seen[1]))
            vectors.append(seen[1])
            ids.append(video_id)
    all_times, all_video, all_code = np.concatenate(times), np.concatenate(video), np.concatenate(code)
    projected = len(all_times) - len(times[0])
    if index is not None and kept.fitted.name == SETTLED and 0 < projected <= newcomers.MOST:
        all_code[-projected:] = newcomers.settled(
            np.concatenate(vectors), all_code, all_video, all_times, ids, index=index, seed=kept.choices.seed
        )
    positions = kept.placement.place(all_code)
    labels = assign(positions, kept.centres).astype(np.uint8)
    entries = map(library.find, ids)  # None for one that was removed just now
    titles = tuple(entry.title if entry else "" for entry in entries)
    gone = int((~stays).sum())
    notes = _notes(len(ids) - len(known), len(kept.ids) - len(known))
    return FrameMap(
        version=f"{kept.version}-{_digest(all_times, '|'.join(ids))}",
        view=kept.version,
        positions=positions,
        video=all_video,
        times=all_times,
        labels=labels,
        ids=tuple(ids),
        titles=titles,
        clusters=_clusters(kept, labels, positions, all_video, titles, {name: k for k, name in enumerate(ids)}),
        encoder=kept.choices.encoder,
        projection=kept.choices.projection,
        std=kept.choices.std,
        seed=kept.choices.seed,
        rotation=kept.choices.rotation,
        variance_kept=kept.fitted.components.kept,
        projected=projected,
        needs_refit=projected + gone > REFIT_SHARE * max(len(kept.times), 1),
        notes=notes,
    )


def known_rows(gathered: Gathered, last: KeptMap) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Rows of the gathered vectors that the last map shows, and where they lie on it, laid over its own last one."""
    frames, places = _same(gathered, last)
    row_of = np.full(len(gathered.times), -1, np.int64)
    row_of[gathered.chosen] = np.arange(len(gathered.chosen))
    rows = row_of[frames]
    return rows[rows >= 0], last.placement.laid(last.code[places[rows >= 0]])


def _frames_of(library: Library, video_id: str, track: str) -> tuple[NDArray[np.float64], NDArray[np.float32]] | None:
    """Seconds and vectors of the frames of a video that hold something; None without any, or when it just went."""
    try:
        found = library.load_track(video_id, track)
        library.get(video_id)
    except NotFound:
        return None
    rows = found.weights > 0
    return (found.times[rows], found.vectors[rows]) if rows.any() else None


def _below(part: tuple[Any, Any, Any], bar: float) -> tuple[Any, Any, Any]:
    """The rows of a part whose lot is below the bar."""
    chosen = part[0] < bar
    return part if chosen.all() else (part[0][chosen], part[1][chosen], part[2][chosen])


def _cut(sample: list[tuple[Any, Any, Any]], most: int) -> float:
    """Keeps the `most` frames of the lowest lots, in place; gives the bar that later ones must be below."""
    lots = np.concatenate([part[0] for part in sample])
    bar = float(np.partition(lots, most)[most])
    sample[:] = [_below(part, bar) for part in sample]
    return bar


def _codes(
    fitted: FittedProjection, gathered: Gathered, library: Library, track: str, progress: Progress
) -> NDArray[np.float32]:
    """The code of every frame, one track after the other, for a library too large to hold its vectors at once."""
    code = np.zeros((len(gathered.times), 2), np.float32)
    edges = np.searchsorted(gathered.video, np.arange(len(gathered.ids) + 1))
    for number, video_id in enumerate(gathered.ids):
        progress(0.9 * number / len(gathered.ids), f"projecting {edges[number]:,} of {len(code):,} frames")
        seen = _frames_of(library, video_id, track)
        if seen is None or len(seen[0]) != edges[number + 1] - edges[number]:
            raise NotFound("The library changed while the map was made. Start it again.")
        code[edges[number] : edges[number + 1]] = fitted.code(seen[1])
    return code


def _same(gathered: Gathered, last: KeptMap) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Frames (M,) that are also points (M,) of the last map, by video and second."""
    place = {video_id: number for number, video_id in enumerate(last.ids)}
    edges = np.searchsorted(gathered.video, np.arange(len(gathered.ids) + 1))
    last_edges = np.searchsorted(last.video, np.arange(len(last.ids) + 1))
    frames, places = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for number, video_id in enumerate(gathered.ids):
        if video_id in place:
            start, end = last_edges[place[video_id]], last_edges[place[video_id] + 1]
            now = gathered.times[edges[number] : edges[number + 1]]
            near = np.minimum(np.searchsorted(last.times[start:end], now - CLOSE), max(end - start - 1, 0))
            same = np.abs(last.times[start:end][near] - now) <= CLOSE if end > start else np.zeros(len(now), bool)
            frames.append(edges[number] + np.flatnonzero(same))
            places.append(start + near[same])
    return np.concatenate(frames), np.concatenate(places)


def _shared(
    gathered: Gathered, code: NDArray[np.float32], last: KeptMap | None
) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
    if last is None:
        return None
    frames, places = _same(gathered, last)
    return code[frames], last.placement.laid(last.code[places])


def _clusters(
    kept: KeptMap,
    labels: NDArray[np.uint8],
    positions: NDArray[np.float32],
    video: NDArray[np.int32],
    titles: tuple[str, ...],
    place: dict[str, int],
) -> tuple[Cluster, ...]:
    found = []
    for label, frames in enumerate(kept.typical):
        rows = np.flatnonzero(labels == label)
        if len(rows):
            most = [titles[number] for number, _ in Counter(video[rows].tolist()).most_common()]
            title = ", ".join(most[:2]) + (f" and {len(most) - 2} more" if len(most) > 2 else "")
            x, y = positions[rows].mean(axis=0).tolist()
            shown = tuple((place[name], second) for name, second in frames if name in place)
            found.append(Cluster(label, title, shown, len(rows), (x, y)))
    return tuple(found)


def _notes(new: int, gone: int) -> tuple[str, ...]:
    notes = []
    if new:
        notes.append(f"{new} new {'clip was' if new == 1 else 'clips were'} projected onto the map as it is.")
    if gone:
        notes.append(f"{gone} {'clip' if gone == 1 else 'clips'} of this map left the library.")
    return tuple(notes)


def _digest(*parts: Any) -> str:
    value = hashlib.sha256()
    for part in parts:
        value.update(part.encode() if isinstance(part, str) else np.ascontiguousarray(part).tobytes())
    return value.hexdigest()[:10]
