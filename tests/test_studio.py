"""The one door with everything real behind it: small files, the embedded encoder, jobs in the background."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.config import Settings
from core.errors import MediaError, NotFound, StudioError
from core.records import Job
from core.studio import Studio
from tests import clips


@pytest.fixture
def studio(tmp_path: Path):
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    yield studio
    studio.close()


def wait(studio: Studio, job: Job) -> Job:
    for _ in range(600):
        (now,) = [other for other in studio.jobs() if other.id == job.id]
        if not now.is_active:
            return now
        time.sleep(0.05)
    raise AssertionError(f"still {now.state}: {now.message}")


def test_files_are_added_in_the_background_and_the_job_says_what_became_of_them(studio, tmp_path) -> None:
    files = [clips.numbered(tmp_path / "a.mp4"), clips.text(tmp_path / "b.mp4")]
    job = wait(studio, studio.start_ingest(files))
    assert (job.state, job.message) == ("done", "1 added, 1 could not be read")
    assert [video.title for video in studio.videos().videos] == ["a"]
    assert len(studio.failures()) == 1


def test_an_upload_goes_through_the_librarys_own_folder(studio, tmp_path) -> None:
    path = studio.receive_path("../../etc/Holiday in <b>Åre</b>.MP4")
    assert path.parent == tmp_path / "library" / "incoming"
    assert path.suffix == ".mp4"
    clips.numbered(path)
    wait(studio, studio.start_ingest([path], {path: "Holiday in <b>Åre</b>.MP4"}, owned=True))
    (video,) = studio.videos().videos
    assert video.title == "Holiday in <b>Åre</b>"
    assert studio.playable(video.id) == video.path
    studio.remove([video.id])
    assert not video.path.exists()


def test_removing_a_video_from_a_folder_leaves_the_original(studio, tmp_path) -> None:
    path = clips.numbered(tmp_path / "mine.mp4")
    (video,) = studio.ingest([path]).added
    studio.remove([video.id])
    assert path.exists()
    with pytest.raises(NotFound):
        studio.video(video.id)


def test_a_query_is_searched_without_becoming_part_of_the_library_until_it_is_promoted(studio, tmp_path) -> None:
    studio.ingest([clips.numbered(tmp_path / "a.mp4"), clips.halves(tmp_path / "b.mp4")])
    query = studio.query(clips.numbered(tmp_path / "q.mp4", seconds=2))
    result = studio.search(query)
    assert result.hits[0].title == "a"
    assert result.encoder == "embedded"
    assert studio.videos().total == 2
    studio.promote(query.id)
    assert studio.videos().total == 3


def test_a_picture_finds_the_video_it_was_taken_from(studio, tmp_path) -> None:
    studio.ingest([clips.numbered(tmp_path / "a.mp4"), clips.halves(tmp_path / "b.mp4")])
    picture = tmp_path / "still.png"
    from PIL import Image

    Image.fromarray(clips.numbered_picture(5)).save(picture)
    assert studio.search(studio.query(picture)).hits[0].title == "a"


def test_a_black_clip_is_told_apart_from_an_empty_answer(studio, tmp_path) -> None:
    studio.ingest([clips.numbered(tmp_path / "a.mp4")])
    result = studio.search(studio.query(clips.colours(tmp_path / "black.mp4", ["black", "black"])))
    assert result.hits == ()
    assert "nothing to recognise" in result.notes[0]


def test_what_a_browser_cannot_play_gets_a_preview_once(studio, tmp_path) -> None:
    (video,) = studio.ingest([clips.numbered(tmp_path / "old.avi")]).added
    assert not studio.is_playable_now(video.id)
    preview = studio.playable(video.id)
    assert preview.suffix == ".mp4"
    assert preview != video.path
    assert studio.is_playable_now(video.id)


def test_two_clips_are_exported_side_by_side_around_the_match(studio, tmp_path) -> None:
    short = clips.numbered(tmp_path / "a.mp4", seconds=3)
    long = clips.halves(tmp_path / "b.avi")
    a, b = studio.ingest([short, long]).added
    made = studio.side_by_side(a.id, b.id, (1.0, 0.5))
    info = studio.video(studio.query(made).id).info
    assert info.duration == pytest.approx(2.0, abs=0.15)  # from 0.5 s before the match to the end of the shorter
    assert info.width > info.height * 2
    assert studio.side_by_side(a.id, b.id, (1.0, 0.5)) == made
    assert studio.playable(a.id) == short  # the copy that was made for the film does not take the original's place
    assert list((tmp_path / "library" / "incoming").iterdir()) == []


def test_a_moved_original_is_explained(studio, tmp_path) -> None:
    path = clips.numbered(tmp_path / "a.mp4")
    (video,) = studio.ingest([path]).added
    path.unlink()
    with pytest.raises(MediaError, match="no longer at"):
        studio.playable(video.id)


def test_only_folders_below_the_root_may_be_listed(tmp_path) -> None:
    inside = tmp_path / "films"
    inside.mkdir()
    clips.numbered(inside / "a.mp4")
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded", folder_root=inside))
    assert len(studio.folder_media(inside)) == 1
    for outside in (tmp_path, inside / "..", inside / "missing", inside / "a.mp4"):
        with pytest.raises(StudioError):
            studio.folder_media(outside)
    studio.close()


def test_frames_of_one_video_are_the_same_and_of_two_are_not(studio, tmp_path) -> None:
    (a, b) = studio.ingest([clips.numbered(tmp_path / "a.mp4"), clips.halves(tmp_path / "b.mp4")]).added
    assert studio.compare_frames((a.id, 0.0), (a.id, 0.0)).is_same
    assert not studio.compare_frames((a.id, 0.0), (b.id, 1.0)).is_same


def test_extracting_anew_in_the_background_counts_the_videos(studio, tmp_path) -> None:
    studio.ingest([clips.numbered(tmp_path / "a.mp4")])
    ids = [video.id for video in studio.videos().videos]
    assert wait(studio, studio.start_extraction(ids=ids)).message == "1 video extracted"


def test_switching_to_an_encoder_that_is_not_ready_fails_with_the_reason_and_changes_nothing(studio) -> None:
    job = wait(studio, studio.start_extraction("clip"))
    assert job.state == "failed"
    assert "CLIP" in job.message
    assert studio.encoder() == "embedded"


def test_a_new_library_settles_its_encoder_and_remembers_why(tmp_path) -> None:
    studio = Studio(Settings(library=tmp_path / "library", fetch_seconds=0.2))
    studio.ingest([clips.numbered(tmp_path / "a.mp4")])
    assert studio.encoder() == "embedded"
    assert "CLIP" in studio.encoder_reason()
    status = studio.status()
    assert (status.videos, status.extracted) == (1, 1)
    studio.close()


def test_a_new_library_is_filled_with_the_demo_clips_once(studio) -> None:
    report = studio.prepare()
    assert (len(report.added), report.failed) == (25, ())
    page = studio.videos(text="first light", order="title")
    assert page.videos[0].title == "First Light"
    assert studio.tags()["balloons"] == 5
    assert studio.tags()["near duplicate"] == 5
    anchor = next(video for video in page.videos if "anchor" in video.tags)
    first, second = studio.search(anchor.id).hits[:2]
    assert {studio.video(hit.video_id).tags[1] for hit in (first, second)} == {"near duplicate", "duplicate scene"}
    studio.remove([video.id for video in studio.videos().videos])
    assert studio.prepare().added == ()


def test_a_library_opens_though_a_file_of_an_old_query_cannot_be_deleted(tmp_path, caplog) -> None:
    settings = Settings(library=tmp_path / "library", encoder="embedded")
    first = Studio(settings)
    query = first.query(clips.numbered(tmp_path / "query.mp4"))
    first.close()
    held = first.settings.library / "previews" / f"{query.id}.mp4"
    (held / "inside").mkdir(parents=True)  # the system deletes no folder as if it were a file
    later = Studio(replace(settings, hosting=replace(settings.hosting, keep_hours=0.0)))
    assert later.jobs() == []
    assert "Old queries could not all be deleted" in caplog.text
    with pytest.raises(NotFound):
        later.video(query.id)
    later.close()
