"""Files into the library through the real sandbox, with encoders whose vectors the eye can read."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import Cancelled
from core.media.files import content_id, find_media
from core.pipelines.ingest import Extractors, examine, extract_again, ingest, take_in
from core.store.library import Library
from tests import clips
from tests.fakes import FakeAudioEncoder, FakeImageEncoder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library")


@pytest.fixture
def extractors() -> Extractors:
    return Extractors((FakeImageEncoder(),), (FakeAudioEncoder(),), fps=1.0, limits=Limits())


def test_a_video_is_added_with_track_thumbnails_and_measured_facts(tmp_path, library, extractors) -> None:
    path = clips.numbered(tmp_path / "count.mp4", seconds=3)
    (video,) = ingest([path], library=library, extractors=extractors).added
    assert video == library.get(content_id(path, Limits()))
    assert (video.title, video.path, video.sound, video.is_owned) == ("count", path, "absent", False)
    assert video.info.duration == pytest.approx(3.0, abs=0.11)
    track = library.load_track(video.id, "colour-1@1fps")
    assert track.times.tolist() == pytest.approx([0, 1, 2], abs=0.05)
    assert track.vectors.shape == (3, 3)
    assert (library.thumbnail(video.id) or b"")[8:12] == b"WEBP"


def test_the_same_content_twice_is_one_video(tmp_path, library, extractors) -> None:
    first = clips.numbered(tmp_path / "a.mp4")
    second = tmp_path / "b.mp4"
    second.write_bytes(first.read_bytes())
    report = ingest([first, second], library=library, extractors=extractors)
    assert (len(report.added), len(report.skipped)) == (1, 1)
    assert len(library.ids()) == 1


def test_one_bad_file_is_named_and_the_rest_goes_on(tmp_path, library, extractors) -> None:
    files = [clips.empty(tmp_path / "0.mp4"), clips.text(tmp_path / "1.mp4"), clips.numbered(tmp_path / "2.mp4")]
    report = ingest(files, library=library, extractors=extractors)
    assert [video.title for video in report.added] == ["2"]
    assert [Path(failure.path).name for failure in report.failed] == ["0.mp4", "1.mp4"]
    assert "empty" in report.failed[0].error
    assert len(library.failures()) == 2


def test_sound_is_said_and_not_invented(tmp_path, library, extractors) -> None:
    loud = clips.colours(tmp_path / "loud.mp4", sound="tone")
    quiet = clips.colours(tmp_path / "quiet.mp4", sound="silent")
    report = ingest([loud, quiet], library=library, extractors=extractors)
    assert [video.sound for video in report.added] == ["present", "silent"]


def test_an_upload_is_moved_in_and_a_bad_one_is_deleted(tmp_path, library, extractors) -> None:
    good = clips.numbered(library.incoming() / "aa.mp4")
    bad = clips.text(library.incoming() / "bb.mp4")
    titles = {good: "Holiday.mp4", bad: "Letter.mp4"}
    report = ingest([good, bad], library=library, extractors=extractors, titles=titles, is_owned=True)
    (video,) = report.added
    assert video.title == "Holiday"
    assert video.path.parent == library.root / "media"
    assert video.path.exists()
    assert report.failed[0].path == "Letter.mp4"
    assert list(library.incoming().iterdir()) == []


def test_cancelling_keeps_every_finished_video(tmp_path, library, extractors) -> None:
    files = [clips.numbered(tmp_path / f"{n}.mp4", seconds=1 + n) for n in range(3)]

    def stop_in_the_third(fraction: float, text: str) -> None:
        if text.startswith("2.mp4"):
            raise Cancelled

    with pytest.raises(Cancelled):
        ingest(files, library=library, extractors=extractors, progress=stop_in_the_third)
    assert len(library.ids()) == 2


def test_cancelling_deletes_the_uploads_that_were_not_taken_in(library, extractors) -> None:
    uploads = [clips.numbered(library.incoming() / f"{n}.mp4", seconds=1 + n) for n in range(3)]

    def stop_in_the_second(fraction: float, text: str) -> None:
        if text.startswith("1.mp4") and "reading" in text:
            raise Cancelled

    with pytest.raises(Cancelled):
        ingest(uploads, library=library, extractors=extractors, is_owned=True, progress=stop_in_the_second)
    assert len(library.ids()) == 1
    assert list(library.incoming().iterdir()) == []


def test_a_query_that_is_added_becomes_part_of_the_library_without_a_second_decode(tmp_path, library) -> None:
    looking = FakeImageEncoder()
    extractors = Extractors((looking,), (), fps=1.0, limits=Limits())
    path = clips.numbered(tmp_path / "a.mp4")
    options = {"library": library, "extractors": extractors, "is_owned": False}
    take_in(path, title="a", role="query", **options)
    decodes = len(looking.batches)
    assert len(ingest([path], library=library, extractors=extractors).added) == 1
    assert len(library.ids()) == 1
    assert len(looking.batches) == decodes


def test_an_upload_of_what_was_a_query_elsewhere_becomes_the_librarys_own_file(tmp_path, library, extractors) -> None:
    elsewhere = clips.numbered(tmp_path / "clip.mp4")
    options = {"library": library, "extractors": extractors}
    take_in(elsewhere, title="clip", role="query", is_owned=False, **options)
    upload = library.incoming() / "aa.mp4"
    upload.write_bytes(elsewhere.read_bytes())
    (video,) = ingest([upload], titles={upload: "Holiday.mp4"}, is_owned=True, **options).added
    assert (video.title, video.is_owned, video.path.parent) == ("Holiday", True, library.root / "media")
    elsewhere.unlink()
    assert video.path.exists()
    assert not upload.exists()


def test_a_file_that_was_moved_and_replaced_is_found_at_its_new_place(tmp_path, library, extractors) -> None:
    options = {"library": library, "extractors": extractors}
    (first,) = ingest([clips.numbered(tmp_path / "a.mp4")], **options).added
    moved = (tmp_path / "a.mp4").rename(tmp_path / "b.mp4")
    clips.halves(tmp_path / "a.mp4")
    assert len(ingest([moved], **options).skipped) == 1
    assert library.get(first.id).path == moved


def test_a_changed_original_never_lends_its_frames_to_another_video(tmp_path, library, extractors) -> None:
    (video,) = ingest([clips.numbered(tmp_path / "a.mp4")], library=library, extractors=extractors).added
    clips.halves(tmp_path / "a.mp4")
    other = Extractors((FakeImageEncoder(version="2"),), (), fps=1.0, limits=Limits())
    assert extract_again([video.id], library=library, extractors=other) == 0
    assert "changed" in library.failures()[0].error
    assert not library.has_track(video.id, "colour-2@1fps")


def test_a_library_inside_the_folder_is_not_taken_in(tmp_path, library, extractors) -> None:
    clips.numbered(tmp_path / "a.mp4")
    shutil.copy(tmp_path / "a.mp4", library.root / "previews" / "x.mp4")
    assert find_media([tmp_path], without=library.root) == [(tmp_path / "a.mp4").resolve()]


def test_extracting_again_reports_an_original_that_is_gone(tmp_path, library, extractors) -> None:
    stays, goes = clips.numbered(tmp_path / "stays.mp4"), clips.numbered(tmp_path / "goes.mp4", seconds=2)
    ids = [video.id for video in ingest([stays, goes], library=library, extractors=extractors).added]
    goes.unlink()
    other = Extractors((FakeImageEncoder(version="2"),), (), fps=1.0, limits=Limits())
    assert extract_again(ids, library=library, extractors=other) == 1
    assert library.has_track(ids[0], "colour-2@1fps")
    assert "“goes” is no longer at" in library.failures()[0].error


def test_a_picture_is_a_video_of_one_frame(tmp_path, extractors) -> None:
    seen = examine(clips.picture(tmp_path / "red.png"), "0" * 16, extractors)
    assert (seen.info.duration, seen.info.container, len(seen.thumbnails)) == (0.0, "picture", 1)
    assert np.argmax(seen.tracks["colour"].vectors[0]) == 0


def test_folders_are_searched_and_hidden_files_and_links_left_out(tmp_path) -> None:
    (tmp_path / "deep" / ".hidden").mkdir(parents=True)
    for name in ("a.mp4", "deep/b.MKV", "deep/notes.txt", "deep/.hidden/c.mp4", ".d.mp4", "e.flv "):
        (tmp_path / name).touch()
    (tmp_path / "link.mp4").symlink_to("/etc/hostname")
    found = [str(path.relative_to(tmp_path.resolve())) for path in find_media([tmp_path])]
    assert found == ["a.mp4", "deep/b.MKV", "e.flv "]
