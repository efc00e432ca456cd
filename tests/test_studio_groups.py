"""Comparing and grouping through the one door, on small real files."""

import time
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import StudioError
from core.pipelines.compare import Side
from core.store.library import Library
from core.studio import Studio
from core.studio.groups import ShelvedSides
from tests import clips
from tests.store.worlds import ENCODER, fill, name


@pytest.fixture
def studio(tmp_path: Path):
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    yield studio
    studio.close()


def test_a_copy_and_its_original_are_a_group_with_the_passage_that_holds_them(studio, tmp_path) -> None:
    files = [
        clips.numbered(tmp_path / "a.mp4", seconds=6),
        clips.numbered(tmp_path / "b.mp4", seconds=5),
        clips.halves(tmp_path / "c.mp4"),
    ]
    studio.ingest(files)
    found = studio.near_duplicates()
    (group,) = found.groups
    assert sorted(found.titles[member] for member in group.members) == ["a", "b"]
    assert group.edges[0].similarity >= found.threshold
    assert (found.videos, found.pairs, found.notes) == (3, 3, ())


def test_a_selection_comes_in_an_order_that_puts_like_beside_like(studio, tmp_path) -> None:
    files = [clips.numbered(tmp_path / "a.mp4", seconds=6), clips.halves(tmp_path / "c.mp4"),
             clips.numbered(tmp_path / "b.mp4", seconds=5)]  # fmt: skip
    ids = [video.id for video in studio.ingest(files).added]
    answer = studio.pairwise(ids)
    assert abs(answer.titles.index("a") - answer.titles.index("b")) == 1
    assert len(answer.groups) == 1
    with pytest.raises(StudioError, match="Choose 2 to"):
        studio.pairwise(ids[:1])


def test_an_unknown_way_to_align_is_refused(studio, tmp_path) -> None:
    (video,) = studio.ingest([clips.numbered(tmp_path / "a.mp4")]).added
    with pytest.raises(StudioError, match="temporal_network"):
        studio.compare_videos(video, video, method="guess")
    answer = studio.compare_videos(video, video, method="dp")
    assert (answer.method, answer.matches[0].offset) == ("dp", 0.0)


def test_groups_are_the_same_however_few_tracks_fit_into_memory(studio, tmp_path, monkeypatch) -> None:
    studio.ingest([clips.numbered(tmp_path / f"{n}.mp4", seconds=4 + n) for n in range(3)])
    studio.ingest([clips.halves(tmp_path / "c.mp4")])
    before = studio.near_duplicates()
    monkeypatch.setattr(ShelvedSides.__init__, "__defaults__", (1,))
    after = studio.near_duplicates()
    assert after.groups == before.groups
    assert after.pairs == before.pairs


def test_only_the_tracks_asked_for_last_are_in_memory_and_a_removed_video_shows_nothing(tmp_path) -> None:
    library = Library(tmp_path / "library")
    fill(library, 4, frames=10)
    sides = ShelvedSides(library, most=25)
    for number in range(4):
        sides.add(Side(library.get(name(number)), library.load_track(name(number), ENCODER)))
    assert len(sides) == 4
    assert sum(len(track) for track in sides._tracks.values()) == 20
    for video_id in sides:
        assert (sides[video_id].track.vectors == library.load_track(video_id, ENCODER).vectors).all()
    library.remove([name(0)])
    assert len(sides[name(0)].track) == 0
    library.close()


def test_groups_are_out_of_date_when_the_library_changes_and_not_when_somebody_asks_with_a_clip(
    studio: Studio, tmp_path: Path
) -> None:
    studio.ingest([clips.colours(tmp_path / "one.mp4", ["red", "blue"])])
    job = studio.start_grouping()
    while job.is_active:
        time.sleep(0.02)
        job = studio.grouping_job()
    assert (job.state, studio.grouped().is_stale) == ("done", False)
    basis = studio.basis("cosine")
    asked = studio.query(clips.colours(tmp_path / "asked.mp4", ["yellow", "green"]))
    studio.search(asked)
    assert (studio.grouped().is_stale, studio.basis("cosine")) == (False, basis)
    studio.promote(asked.id)
    assert studio.grouped().is_stale
    assert studio.basis("cosine") != basis
