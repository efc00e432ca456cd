"""A selection compared with itself, and the near-duplicates of the whole library."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.config import Settings
from core.errors import MediaError, NotFound, StudioError
from core.models.registry import model_spec
from core.pipelines import commonness, groups
from core.pipelines.candidates import candidates
from core.pipelines.compare import Side
from core.records import FeatureTrack, Job, NearDuplicates, Pairwise, Progress, no_progress, part_of
from core.store.kept_answers import KeptAnswers
from core.store.library import Library
from core.studio.desk import count
from core.studio.sides import Sides

MOST_FRAMES = 300_000  # whose vectors are in memory while a library is grouped: 600 MB at 512 numbers a frame
LOOKING = 0.7  # of the work of grouping goes into looking for near frames, the rest into comparing, by `cosine`
MOST_AT_ONCE = 200  # videos in a selection: 19,900 pairs, as many as a person can look at


class ShelvedSides(Mapping[str, Side]):
    """Sides by video, with the tracks of those asked for last in memory and the others on disk."""

    def __init__(self, library: Library, most: int = MOST_FRAMES) -> None:
        self._library, self._most = library, most
        self._bare: dict[str, Side] = {}  # without vectors
        self._tracks: OrderedDict[str, FeatureTrack] = OrderedDict()
        self._frames = 0  # of these tracks

    def add(self, side: Side) -> None:
        """Enter a side; one of the same video is replaced."""
        self._bare[side.video.id] = replace(side, track=_empty(side.track))
        self._keep(side.track)

    def __getitem__(self, video_id: str) -> Side:
        """Nothing to see any more for a video that was removed meanwhile."""
        bare = self._bare[video_id]
        track = self._tracks.get(video_id)
        if track is None:
            try:
                track = self._library.load_track(video_id, bare.track.encoder)
            except NotFound:
                track = bare.track
            if bare.specificity is not None and len(track) != len(bare.specificity):  # extracted anew, or removed
                return replace(bare, elsewhere=None, specificity=None)
        self._keep(track)
        return replace(bare, track=track)

    def __iter__(self) -> Iterator[str]:
        return iter(self._bare)

    def __len__(self) -> int:
        return len(self._bare)

    def _keep(self, track: FeatureTrack) -> None:
        old = self._tracks.pop(track.video_id, None)
        self._frames += len(track) - (0 if old is None else len(old))
        self._tracks[track.video_id] = track
        while self._frames > self._most and len(self._tracks) > 2:  # a pair is looked at together
            self._frames -= len(self._tracks.popitem(last=False)[1])


def _empty(track: FeatureTrack) -> FeatureTrack:
    return FeatureTrack(track.video_id, track.encoder, track.times[:0], track.vectors[:0].copy(), track.weights[:0])


class Groups(Sides):
    """What hangs together."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._answers = KeptAnswers(self._library)

    def pairwise(
        self,
        ids: Sequence[str],
        *,
        model: str = "cosine",
        threshold: float = groups.NEAR_DUPLICATE,
        progress: Progress = no_progress,
    ) -> Pairwise:
        """Every video of a selection against every other, like beside like, with its groups of near-duplicates.

        Raises StudioError for fewer than two videos or too many, NotFound for one that is not there.
        """
        model_spec(model, "videos")
        chosen = list(dict.fromkeys(ids))
        if not 2 <= len(chosen) <= MOST_AT_ONCE:
            raise StudioError(f"Choose 2 to {MOST_AT_ONCE} videos to compare with each other, not {len(chosen)}.")
        name = self.encoder()
        everyone = self._library.extracted(self._equipment.track(name))
        sides = [self._side(self.video(video_id), {video_id}, name, everyone=everyone) for video_id in chosen]
        table = groups.pairwise(sides, both=self._both(model, name), progress=progress)
        order = groups.in_order(table)
        table = np.ascontiguousarray(table[np.ix_(order, order)])
        names = [chosen[place] for place in order]
        pairs = {
            (names[a], names[b]): float(table[a, b] + table[b, a]) / 2
            for a in range(len(names))
            for b in range(a + 1, len(names))
        }
        found = groups.stars(pairs, threshold)
        return Pairwise(
            ids=tuple(names),
            titles=tuple(sides[place].video.title for place in order),
            similarities=table,
            groups=tuple(tuple(sorted(names.index(one) for one in (centre, *around))) for centre, around in found),
            threshold=threshold,
            model=model,
        )

    def near_duplicates(
        self,
        *,
        ids: Sequence[str] | None = None,
        model: str = "cosine",
        threshold: float | None = None,
        progress: Progress = no_progress,
    ) -> NearDuplicates:
        """The groups of near-duplicates in the library, or among `ids`, each held together by its representative.

        In a small library every pair is compared, in a large one those that share near frames. Videos that were not
        extracted with the encoder in use are left out and said to be.
        """
        model_spec(model, "videos")
        name = self.encoder()
        calibration, index = self._equipment.calibration(name), self._equipment.index(name)
        wanted = set(self._library.ids() if ids is None else ids)
        everyone = self._library.extracted(self._equipment.track(name))
        extracted = sorted(everyone & wanted)
        sides, likely = ShelvedSides(self._library), {}
        for done, video_id in enumerate(extracted):
            progress(LOOKING * done / len(extracted), f"looking around video {done + 1} of {len(extracted)}")
            try:
                video = self.video(video_id)
                track = self._track_of(video, name, no_progress)
            except (NotFound, MediaError):  # removed meanwhile, or its features are damaged and the original is gone
                continue
            near = commonness.neighbours(track, index)
            sides.add(self._weighed(video, track, near, name, others=len(everyone) - 1))
            likely[video_id] = candidates(track, among=extracted, index=index, at_least=1, near=near)
        pairs = groups.compared(sides, likely, both=self._both(model, name), progress=part_of(progress, LOOKING, 1.0))
        least = groups.NEAR_DUPLICATE if threshold is None else threshold
        found = [
            groups.group_of(centre, around, sides, floor=calibration.copy)
            for centre, around in groups.stars(pairs, least)
        ]
        waiting = len(wanted) - len(extracted)
        return NearDuplicates(
            groups=tuple(found),
            titles={member: sides[member].video.title for group in found for member in group.members},
            threshold=least,
            threshold_source=groups.NEAR_DUPLICATE_SOURCE if threshold is None else "as asked for",
            videos=len(sides),
            pairs=len(pairs),
            model=model,
            notes=(f"{count(waiting, 'video')} left out: not extracted with {name} yet.",) if waiting else (),
        )

    def start_grouping(
        self, ids: Sequence[str] | None = None, *, model: str = "cosine", threshold: float | None = None
    ) -> Job:
        """Look for near-duplicates in the background; `grouped` then gives what was found. One that runs is given back.

        Raises StudioError for an unknown model.
        """
        spec = model_spec(model, "videos")
        running = self.grouping_job(ids, model=model, threshold=threshold)
        if running is not None and running.is_active:
            return running
        name = self._grouping_name(ids, model, threshold)

        def work(progress: Progress) -> str:
            state = self.basis(model)
            found = self.near_duplicates(ids=ids, model=model, threshold=threshold, progress=progress)
            self._answers.save(name, state, groups.to_json(found))
            return f"{count(len(found.groups), 'group')} among {count(found.videos, 'video')}"

        among = "the library" if ids is None else count(len(ids), "video")
        return self._jobs.submit(name, f"Looking for copies in {among} ({spec.label})", work, lane="groups")

    def grouping_job(
        self, ids: Sequence[str] | None = None, *, model: str = "cosine", threshold: float | None = None
    ) -> Job | None:
        """The latest search for these groups, running or ended; None when nobody has started one lately."""
        name = self._grouping_name(ids, model, threshold)
        return next((job for job in self._jobs.list() if job.kind == name), None)

    def grouped(
        self, ids: Sequence[str] | None = None, *, model: str = "cosine", threshold: float | None = None
    ) -> NearDuplicates | None:
        """What `start_grouping` found last, also after a restart; None when it has not been asked, or not to its end.

        `is_stale` says that the library has changed since; videos that were removed have no title.
        """
        kept = self._answers.load(self._grouping_name(ids, model, threshold))
        if kept is None:
            return None
        state, answer = kept
        try:
            found = groups.from_json(answer, self._library)
        except (KeyError, TypeError):  # of another version of the program
            return None
        return replace(found, is_stale=state != self.basis(model))

    def _grouping_name(self, ids: Sequence[str] | None, model: str, threshold: float | None) -> str:
        """One name for each question."""
        asked = repr((None if ids is None else sorted(set(ids)), model, threshold, self.encoder()))
        return f"groups-{hashlib.sha256(asked.encode()).hexdigest()[:16]}"

    def _both(self, model: str, name: str) -> groups.Both:
        if model == "cosine":
            return groups.by_frames

        def both(query: Side, reference: Side) -> tuple[float, float]:
            if not (query.track.weights.any() and reference.track.weights.any()):
                return 0.0, 0.0
            found = self._judged(model, query, reference, name)
            return found.query_in_reference, found.reference_in_query

        return both
