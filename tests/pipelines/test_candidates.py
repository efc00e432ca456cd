"""Which videos are worth scoring, on made-up tracks."""

from pathlib import Path

import numpy as np
import pytest

from core.pipelines import candidates as room
from core.pipelines.candidates import candidates
from core.pipelines.commonness import count_elsewhere, counted, neighbours
from core.records import FeatureTrack, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library

AXES = np.eye(16, dtype=np.float32)
ENCODER = "numbers-1@1fps"
INFO = MediaInfo(3.0, 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)


def track(number: int, axes: list[int]) -> FeatureTrack:
    ones = np.ones(len(axes), np.float32)
    return FeatureTrack(f"{number:016x}", ENCODER, np.arange(float(len(axes))), AXES[axes], ones)


@pytest.fixture
def library(tmp_path: Path, monkeypatch) -> Library:
    monkeypatch.setattr(room, "SCORE_ALL", 0)
    library = Library(tmp_path / "library")
    for number, axes in enumerate(([0, 1, 2], [0, 4, 5], [6, 7, 8], [9, 10, 11])):
        library.save_track(track(number, axes))
        library.add(Video(f"{number:016x}", f"clip {number}", Path("/nowhere"), INFO, "absent"))
    return library


def ask(library: Library, axes: list[int], at_least: int) -> list[int]:
    found = candidates(
        track(99, axes), among=library.extracted(ENCODER), index=FrameIndex(library, ENCODER), at_least=at_least
    )
    return [int(video_id, 16) for video_id in found]


def test_only_videos_with_a_near_frame_are_candidates_the_one_with_most_of_them_first(library: Library) -> None:
    assert ask(library, [0, 1, 2], at_least=1) == [0, 1]


def test_others_fill_up_when_more_are_asked_for(library: Library) -> None:
    found = ask(library, [0, 1, 2], at_least=3)
    assert found[:2] == [0, 1]
    assert len(found) == 3


def test_a_video_is_no_candidate_for_itself(library: Library) -> None:
    own = library.load_track(f"{0:016x}", ENCODER)
    found = candidates(own, among=library.extracted(ENCODER), index=FrameIndex(library, ENCODER), at_least=1)
    assert found == [f"{1:016x}"]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> FrameIndex:
    """Sixty videos of random frames, among them near copies, still scenes and black frames."""
    random = np.random.default_rng(7)
    library = Library(tmp_path_factory.mktemp("crowd") / "library")
    films = [random.standard_normal((20, 16)) for _ in range(60)]
    for number in range(0, 60, 5):
        films[number] = films[number + 1] + 0.1 * random.standard_normal((20, 16))
        films[number + 2] = np.repeat(films[number + 2][:1], 90, axis=0) + 0.01 * random.standard_normal((90, 16))
    for number, film in enumerate(films):
        vectors = (film / np.linalg.norm(film, axis=1, keepdims=True)).astype(np.float32)
        weights = (random.random(len(film)) > 0.2).astype(np.float32)
        library.save_track(
            FeatureTrack(f"{number:016x}", ENCODER, np.arange(float(len(film))), vectors, weights),
        )
        library.add(Video(f"{number:016x}", f"clip {number}", Path("/nowhere"), INFO, "absent"))
    return FrameIndex(library, ENCODER)


def counted_by_hand(query: FeatureTrack, index: FrameIndex, at_least: int) -> list[str]:
    """What `candidates` says in its docstring, as loops over what a search finds."""
    frames, votes, near_enough = query.weights > 0, {}, set()
    wanted = max(room.CANDIDATES, 4 * at_least)
    while len(votes) < wanted:
        seen = {query.video_id, *votes}
        found = index.search(query.vectors[frames], query.times[frames], room.NEIGHBOURS, exclude=seen)
        closest: dict[tuple[float, str], float] = {}
        for row in found:
            key = (row.query_time, row.video_id)
            closest[key] = max(row.similarity, closest.get(key, 0.0))
        if not closest:
            break
        for (_, video_id), similarity in closest.items():
            votes[video_id] = votes.get(video_id, 0.0) + similarity
            if similarity >= room.WITHIN:
                near_enough.add(video_id)
        if len(votes) >= at_least and max(closest.values()) < room.WITHIN:
            break
    ranked = sorted(votes, key=lambda video_id: (video_id not in near_enough, -votes[video_id]))
    return ranked[: min(wanted, max(at_least, len(near_enough)))]


@pytest.mark.parametrize("at_least", [1, 5, 30])
def test_one_search_serves_for_candidates_and_for_how_common_frames_are(
    crowd: FrameIndex, at_least: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "SCORE_ALL", 0)
    monkeypatch.setattr(room, "CANDIDATES", 20)
    library = crowd.library
    among = library.extracted(ENCODER)
    for video_id in sorted(among):
        query = library.load_track(video_id, ENCODER)
        near = neighbours(query, crowd)
        found = candidates(query, among=among, index=crowd, at_least=at_least, near=near)
        assert found == candidates(query, among=among, index=crowd, at_least=at_least)
        assert found == counted_by_hand(query, crowd, at_least)
        common = counted(query, near, at_least=0.9)
        assert common.tolist() == count_elsewhere(query, crowd, at_least=0.9).tolist()
        by_hand = [
            len({row.video_id for row in crowd.search(vector[None], [0.0], 10_000, {video_id}) if row.similarity > 0.9})
            for vector in query.vectors
        ]
        assert common.tolist() == [n if weight > 0 else 0 for n, weight in zip(by_hand, query.weights, strict=True)]
