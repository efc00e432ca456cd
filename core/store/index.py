"""The search index of a library: all frames worth finding, by one encoder. A cache over the tracks, never the truth.

`index/<encoder>.faiss` holds the vectors and `index/<encoder>.json` says what they are and which bytes to expect. When
either is missing, damaged or of another kind, everything is read anew from the tracks; when they are merely behind,
only what came, went or changed.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Iterator, Set
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import LibraryError, NotFound
from core.records import Candidate, FeatureTrack, Progress, no_progress
from core.store import vectors as vector_index
from core.store.disk import checked_encoder, replacing
from core.store.frames import IndexedFrames, Nearest, Rows, nothing_near, unit_rows
from core.store.library import Library
from core.store.vectors import VectorIndex

FORMAT = 1
BATCH_ROWS = 4096  # added at a time, so that searches in other threads wait for milliseconds only
SAVED_SHARE = 0.05  # a cache that is behind by less is not written anew: the next start reads the few tracks instead
SAMPLE_VIDEOS = 128  # looked for when the number of probed lists is chosen
GROWTH = 2  # inverted lists are laid out anew at this many times the rows: new kinds of pictures scatter over old lists

logger = logging.getLogger(__name__)


class FrameIndex:
    """Search among the frames of all library videos by one encoder (its track name). Safe for many threads.

    One object per encoder and process is enough: it notices by itself what other threads and processes change.
    """

    def __init__(self, library: Library, encoder: str) -> None:
        self.library = library
        self.encoder = checked_encoder(encoder)
        self._refreshing = threading.Lock()  # one thread at a time brings the index up to date …
        self._lock = threading.Lock()  # … and holds this one, which searches hold too, while it changes it
        self._frames: IndexedFrames | None = None
        self._laid_out_for = 0  # rows
        self._generation = ""
        self._unsaved = 0  # rows that came or went since the cache was written

    def __len__(self) -> int:
        """Frames in the index as it is now."""
        return 0 if self._frames is None else len(self._frames)

    def search(
        self,
        vectors: NDArray[np.float32],
        query_times: ArrayLike,
        k: int,
        exclude: Set[str] = frozenset(),
        *,
        at_least: float = -np.inf,
    ) -> list[Candidate]:
        """For each query frame the k most similar frames of the library, best first, query frame by query frame.

        `vectors` (P, D) at `query_times` (P,) seconds. Videos in `exclude` do not count towards k; frames below the
        similarity `at_least` are left out. Query frames without direction (zero or not finite) find nothing. Brings the
        index up to date first; while another thread does that, it answers from the index as it is.
        """
        times = np.asarray(query_times, np.float64)
        if vectors.ndim != 2 or times.shape != (len(vectors),):
            raise ValueError(f"vectors {vectors.shape} and query times {times.shape} do not fit together")
        near = self.nearest(vectors, k, exclude)
        rows, ranks = np.nonzero((near.video >= 0) & (near.similarity >= at_least))
        return [
            Candidate(query_time, near.names[name], time, similarity)
            for query_time, name, time, similarity in zip(
                times[rows].tolist(), near.video[rows, ranks].tolist(), near.time[rows, ranks].tolist(),
                near.similarity[rows, ranks].tolist(), strict=True,
            )
        ]  # fmt: skip

    def nearest(self, vectors: NDArray[np.float32], k: int, exclude: Set[str] = frozenset()) -> Nearest:
        """The same for who looks at many thousands of frames: as arrays, with a row for each query frame (P, D)."""
        if self._refreshing.acquire(blocking=self._frames is None):
            try:
                self._bring_up_to_date(no_progress)
            finally:
                self._refreshing.release()
        queries, usable = unit_rows(vectors)
        with self._lock:
            if not self._frames:
                return nothing_near(len(vectors))
            if queries.shape[1] != self._frames.vectors.dimension:
                raise ValueError(f"queries of {queries.shape[1]} numbers, index of {self._frames.vectors.dimension}")
            if usable.all():
                return self._frames.search(queries, k, exclude)
            near = self._frames.search(queries[usable], k, exclude)
        video = np.full((len(vectors), near.video.shape[1]), -1, np.int32)
        time, similarity = np.zeros(video.shape), np.full(video.shape, -1.0, np.float32)
        video[usable], time[usable], similarity[usable] = near.video, near.time, near.similarity
        return Nearest(near.names, video, time, similarity)

    def refresh(self, progress: Progress = no_progress) -> None:
        """Brings the index up to date with the tracks. Nearly free when nothing changed."""
        with self._refreshing:
            self._bring_up_to_date(progress)

    def _bring_up_to_date(self, progress: Progress) -> None:
        generation = self.library.generation(self.encoder)
        if generation == self._generation:
            return
        if self._frames is None:
            self._frames = self._load()
        stamps = self.library.track_stamps(self.encoder)
        if self._frames is not None:
            self._remove_gone(self._frames, stamps)
        frames = self._fill(self._frames, stamps, progress)
        if frames is not None and self._is_outgrown(frames):
            frames = self._fill(None, stamps, progress)
            self._unsaved = len(frames or ())
        with self._lock:
            self._frames = frames
        self._generation = generation
        if frames is not None and self._unsaved > SAVED_SHARE * len(frames):
            self._save(frames)
        progress(1.0, f"{len(self):,} frames can be searched")

    def _remove_gone(self, frames: IndexedFrames, stamps: dict[str, str]) -> None:
        """Takes out the videos whose track is gone or was written anew."""
        gone = [video_id for video_id, rows in frames.videos.items() if stamps.get(video_id) != rows.stamp]
        if gone:
            with self._lock:
                self._unsaved += frames.remove(gone)

    def _fill(self, frames: IndexedFrames | None, stamps: dict[str, str], progress: Progress) -> IndexedFrames | None:
        """Adds what is missing, and turns to inverted lists on the way when it gets too much to look through."""
        before = 0 if frames is None else len(frames)
        for batch in self._batches(set(stamps) - set(frames.videos if frames else ()), stamps, progress):
            if frames is None:
                width = next((track.vectors.shape[1] for track, _ in batch if track.weights.any()), 0)
                if not width:
                    continue  # nothing to recognise in any of them, so nothing to find
                frames = IndexedFrames(VectorIndex(width), {})
            with self._lock:
                self._unsaved += frames.add(batch)
        if frames is not None and not frames.vectors.lists and len(frames) > vector_index.FLAT_LIMIT:
            progress(1.0, f"Laying out {len(frames):,} frames for fast search")
            lists = frames.vectors.to_lists()
            with self._lock:
                frames.vectors, self._laid_out_for = lists, len(frames)
        if frames is not None and frames.vectors.lists and len(frames) > 1.5 * before:
            frames.vectors.tune(self._samples(frames))
        return frames

    def _batches(
        self, missing: Set[str], stamps: dict[str, str], progress: Progress
    ) -> Iterator[list[tuple[FeatureTrack, str]]]:
        """The tracks of these videos, some thousand frames at a time, in an order that does not depend on history."""
        batch: list[tuple[FeatureTrack, str]] = []
        for done, video_id in enumerate(sorted(missing)):
            progress(done / len(missing), f"Reading features for search, {done} of {len(missing)} videos")
            try:
                batch.append((self.library.load_track(video_id, self.encoder), stamps[video_id]))
            except NotFound:  # removed meanwhile, or damaged and put aside: the next refresh sees it
                continue
            if sum(len(track) for track, _ in batch) >= BATCH_ROWS:
                yield batch
                batch = []
        if batch:
            yield batch

    def _samples(self, frames: IndexedFrames) -> NDArray[np.float32]:
        """One frame each of some videos, spread over the library."""
        names = sorted(video_id for video_id, rows in frames.videos.items() if len(rows.times))
        samples = []
        for video_id in names[:: max(len(names) // SAMPLE_VIDEOS, 1)]:
            try:
                track = self.library.load_track(video_id, self.encoder)
            except NotFound:
                continue
            vectors, usable = unit_rows(track.vectors)
            vectors = vectors[usable & (track.weights > 0)]
            samples.append(vectors[len(vectors) // 2 : len(vectors) // 2 + 1])
        return np.concatenate([np.zeros((0, frames.vectors.dimension), np.float32), *samples])

    def _is_outgrown(self, frames: IndexedFrames) -> bool:
        """Whether the index should be made anew: laid out for another size, or mostly numbers that are not used."""
        if frames.vectors.lists and not (vector_index.FLAT_LIMIT / 4 <= len(frames) <= GROWTH * self._laid_out_for):
            return True
        return frames.end > 2 * len(frames) + 16 * BATCH_ROWS

    # ---------------------------------------------------------------------------------------------- cache on disk

    def _places(self) -> tuple[Path, Path]:
        folder = self.library.index_folder()
        return folder / f"{self.encoder}.faiss", folder / f"{self.encoder}.json"

    def _save(self, frames: IndexedFrames) -> None:
        """Writes the cache. When that fails the search works all the same, and the next start takes longer."""
        vectors_path, manifest_path = self._places()
        digest = hashlib.sha256()
        try:
            with replacing(vectors_path) as file:

                def sink(data: bytes) -> int:
                    digest.update(data)
                    return file.write(data)

                frames.vectors.write(sink)
            manifest = {
                "format": FORMAT,
                "encoder": self.encoder,
                "dimension": frames.vectors.dimension,
                "lists": frames.vectors.lists,
                "probes": frames.vectors.probes,
                "laid_out_for": self._laid_out_for,
                "sha256": digest.hexdigest(),
                "videos": {
                    video_id: [rows.stamp, rows.first, rows.times.tolist()] for video_id, rows in frames.videos.items()
                },
            }
            text = json.dumps(manifest, separators=(",", ":"))
            with replacing(manifest_path) as file:
                file.write(f"{hashlib.sha256(text.encode()).hexdigest()}\n{text}".encode())
            self._unsaved = 0
        except LibraryError as error:
            logger.warning("The search index could not be kept: %s", error)

    def _load(self) -> IndexedFrames | None:
        """The index as it was last written, or None when there is none that can be trusted to the last byte."""
        vectors_path, manifest_path = self._places()
        try:
            check, _, text = manifest_path.read_text("utf-8").partition("\n")
            if hashlib.sha256(text.encode()).hexdigest() != check:
                raise ValueError("the list of its rows is damaged")
            manifest = json.loads(text)
            if manifest["format"] != FORMAT or manifest["encoder"] != self.encoder:
                raise ValueError("it is of another kind")
            with vectors_path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != manifest["sha256"]:
                    raise ValueError("its vectors are damaged")
                file.seek(0)
                vectors = VectorIndex.read(
                    file, dimension=manifest["dimension"], lists=manifest["lists"], probes=manifest["probes"]
                )
            videos = {
                video_id: Rows(first, np.array(times, np.float64), stamp)
                for video_id, (stamp, first, times) in manifest["videos"].items()
            }
            if sum(len(rows.times) for rows in videos.values()) != len(vectors):
                raise ValueError("its rows do not fit its vectors")
            self._laid_out_for = manifest["laid_out_for"]
            return IndexedFrames(vectors, videos)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError, LibraryError) as error:
            logger.warning("The search index of %s is made anew from the tracks: %s", self.encoder, error)
            return None
