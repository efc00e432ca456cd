"""The library: what goes in comes out, for thousands of videos, odd names, damaged files and full disks."""

import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.config import ROOT
from core.errors import LibraryError, MediaError, NotFound, StudioError
from core.records import FeatureTrack
from core.store.library import DATABASE, Library
from tests.store.worlds import ENCODER, a_track, a_video, fill, name, unit_vectors


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "library")
    yield library
    library.close()


def titles(library: Library, **question: object) -> list[str]:
    return [video.title for video in library.videos(**question).videos]  # type: ignore[arg-type]


# ---------------------------------------------------------------------------------------------------- catalogue


def test_a_video_comes_back_as_it_went_in(library: Library) -> None:
    video = replace(a_video(1, "A film", tags=("beach", "Zoo")), added=123.5, sound="silent")
    assert library.add(video) == video
    assert library.get(video.id) == video
    assert Library(library.root).get(video.id) == video


def test_a_video_without_sound_has_no_audio_codec(library: Library) -> None:
    video = a_video(1)
    stored = library.add(replace(video, info=replace(video.info, audio_codec=None), sound="absent"))
    assert stored.info.audio_codec is None
    assert not stored.info.has_audio


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("  \t ", "Untitled"),
        ("", "Untitled"),
        ("\u200f\u202e", "Untitled"),
        ("a\x00b\x1bc\x7f\x85", "abc"),
        ("two\r\nlines\u2028more", "two lines more"),
        ("""it's "quoted" \\ back%_slash""", """it's "quoted" \\ back%_slash"""),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE videos; --", "'; DROP TABLE videos; --"),
        ("\u202eright to left\u202c שלום", "\u202eright to left\u202c שלום"),
        ("🎬 émigré", "🎬 émigré"),
        ("broken \udcff name", "broken \N{REPLACEMENT CHARACTER} name"),
        ("x" * 5000, "x" * 200),
    ],
)
def test_a_title_survives_as_text_of_one_line(library: Library, given: str, kept: str) -> None:
    video_id = library.add(a_video(1, given or " ")).id
    assert library.get(video_id).title == kept
    library.rename(video_id, "something else")
    library.rename(video_id, given)
    assert library.get(video_id).title == kept


def test_a_path_of_any_bytes_survives(library: Library) -> None:
    path = Path(os.fsdecode(b"/films/\xff\xfe \xd7\xa9 'x'.mp4"))
    assert library.add(replace(a_video(1), path=path)).path == path


def test_tags_are_cleaned_counted_and_replaced(library: Library) -> None:
    library.add(a_video(1, tags=("sea", "Sea", " \x00", "sun ")))
    library.add(a_video(2, tags=("sea",)))
    library.add(a_video(3, role="query", tags=("sea",)))
    assert library.get(name(1)).tags == ("sea", "sun")
    assert list(library.all_tags().items()) == [("sea", 2), ("sun", 1)]
    library.set_tags(name(1), ["moon"])
    assert library.get(name(1)).tags == ("moon",)
    assert library.all_tags() == {"moon": 1, "sea": 1}


@pytest.mark.parametrize("bad", ["", "..", "../../etc/passwd", "A" * 16, "0" * 15, "0" * 17, "0" * 15 + "\n", "٠" * 16])
def test_an_id_that_is_none_is_refused_before_it_touches_a_path(library: Library, bad: str) -> None:
    for ask in (
        library.get, library.find, library.thumbnail, library.preview_path, library.promote,
        lambda video_id: library.media_path(video_id, ".mp4"), lambda video_id: library.load_track(video_id, ENCODER),
        lambda video_id: library.rename(video_id, "x"), lambda video_id: library.remove([video_id]),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            ask(bad)


@pytest.mark.parametrize("bad", ["", ".", "..", "../x", "a/b", "a\\b", "a\0b", ".hidden", "a..b", "x" * 200])
def test_an_encoder_name_that_is_no_folder_name_is_refused(library: Library, bad: str) -> None:
    with pytest.raises(ValueError, match="cannot name a folder"):
        library.has_track(name(1), bad)


def test_a_media_path_stays_inside_and_drops_an_odd_suffix(library: Library) -> None:
    assert library.media_path(name(1), ".MP4") == library.root / "media" / f"{name(1)}.mp4"
    assert library.media_path(name(1), "/../../x").name == name(1)


def test_unknown_videos_are_not_found(library: Library) -> None:
    assert library.find(name(1)) is None
    for ask in (library.get, library.promote, lambda i: library.rename(i, "x"), lambda i: library.set_tags(i, [])):
        with pytest.raises(NotFound, match=name(1)):
            ask(name(1))


def test_adding_the_same_content_again_keeps_what_a_person_gave_it(library: Library) -> None:
    library.add(replace(a_video(1, "First"), added=5.0))
    library.rename(name(1), "My title")
    library.set_tags(name(1), ["mine"])
    again = library.add(replace(a_video(1, "Second", role="query"), path=Path("/moved.mp4")))
    assert (again.title, again.tags, again.added, again.role) == ("My title", ("mine",), 5.0, "library")
    assert again.path == Path("/moved.mp4")


def test_adding_again_keeps_the_file_the_library_owns(library: Library) -> None:
    own = library.media_path(name(1), ".mp4")
    own.write_bytes(b"film")
    library.add(replace(a_video(1), path=own, is_owned=True))
    again = library.add(a_video(1))
    assert (again.path, again.is_owned) == (own, True)
    own.unlink()
    assert library.add(a_video(1)).path == Path("/films/1.mp4")


def test_a_query_becomes_part_of_the_library(library: Library) -> None:
    library.add(a_video(1, role="query"))
    assert library.ids() == []
    assert library.ids("query") == [name(1)]
    assert library.promote(name(1)).role == "library"
    assert library.ids() == [name(1)]


def test_old_queries_are_forgotten_and_the_library_is_not(library: Library) -> None:
    library.add(replace(a_video(1, role="query"), added=time.time() - 100))
    library.add(replace(a_video(2, role="query"), added=time.time() - 10))
    library.add(replace(a_video(3), added=5.0))
    library.forget_queries(50)
    assert (library.ids("query"), library.ids()) == ([name(2)], [name(3)])


def test_a_moved_library_finds_its_own_media(tmp_path: Path) -> None:
    library = Library(tmp_path / "before")
    own = library.media_path(name(1), ".mp4")
    own.write_bytes(b"film")
    library.add(replace(a_video(1), path=own, is_owned=True))
    library.close()
    (tmp_path / "before").rename(tmp_path / "after")
    assert Library(tmp_path / "after").get(name(1)).path.read_bytes() == b"film"


# ------------------------------------------------------------------------------------------------------ listing


@pytest.fixture
def listed(library: Library) -> Library:
    for number, title, seconds, tags in (
        (1, "Clip 10", 5.0, ("sea",)),
        (2, "clip 2", 50.0, ("sea", "sun")),
        (3, "Été à la mer", 20.0, ("sun", "100%")),
        (4, "100%_sure", 1.0, ()),
    ):
        library.add(replace(a_video(number, title, seconds=seconds, tags=tags), added=float(number)))
    library.add(a_video(5, "Clip as a query", role="query"))
    return library


def test_orders_are_newest_natural_and_longest(listed: Library) -> None:
    assert titles(listed) == ["100%_sure", "Été à la mer", "clip 2", "Clip 10"]
    assert titles(listed, order="title") == ["100%_sure", "clip 2", "Clip 10", "Été à la mer"]
    assert titles(listed, order="duration") == ["clip 2", "Été à la mer", "Clip 10", "100%_sure"]
    assert listed.ids() == [name(1), name(2), name(3), name(4)]
    with pytest.raises(StudioError, match="sorted by"):
        titles(listed, order="id; DROP TABLE videos")


def test_pages_follow_each_other_and_know_the_total(listed: Library) -> None:
    pages = [listed.videos(order="title", offset=offset, limit=3) for offset in (0, 3, 6)]
    assert [[video.title for video in page.videos] for page in pages] == [
        ["100%_sure", "clip 2", "Clip 10"], ["Été à la mer"], [],
    ]  # fmt: skip
    assert {page.total for page in pages} == {4}
    assert titles(listed, offset=-5, limit=-1) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CLIP", ["clip 2", "Clip 10"]),
        ("ete MER", ["Été à la mer"]),
        ("sun clip", ["clip 2"]),
        ("%", ["100%_sure", "Été à la mer"]),
        ("_", ["100%_sure"]),
        ("0%_s", ["100%_sure"]),
        ("c_ip", []),
        ("'\"\\", []),
        ("\x00 \udcff", []),
        ("  ", ["100%_sure", "clip 2", "Clip 10", "Été à la mer"]),
    ],
)
def test_text_is_found_in_titles_and_tags_without_wildcards(listed: Library, text: str, found: list[str]) -> None:
    assert titles(listed, text=text, order="title") == found


def test_tags_narrow_the_list(listed: Library) -> None:
    assert titles(listed, tags=["sea"], order="title") == ["clip 2", "Clip 10"]
    assert titles(listed, tags=["sea", "sun"]) == ["clip 2"]
    assert titles(listed, tags=["se"]) == []
    assert titles(listed, text="ete", tags=["sun", "100%"]) == ["Été à la mer"]


def test_ten_thousand_videos_are_listed_by_index_without_sorting(library: Library) -> None:
    with library.database.write():
        for number in range(10_000):
            library.add(replace(a_video(number, f"Clip {number}", seconds=number % 97), added=float(number)))
    plans: list[str] = []
    for connection in (library.database._reader,):
        assert connection is not None
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        for order in ("added", "title", "duration"):
            assert len(library.videos(order=order, offset=9_000).videos) == 60
            assert library.videos(order=order, text="clip 99").total == sum("99" in str(n) for n in range(10_000))
        connection.set_trace_callback(None)
        for statement in statements:
            plans += [row[3] for row in library.database.read(f"EXPLAIN QUERY PLAN {statement}")]
    assert plans
    assert not [plan for plan in plans if "TEMP B-TREE" in plan]
    assert not [plan for plan in plans if plan.startswith("SCAN v") and "COVERING INDEX" not in plan]


# --------------------------------------------------------------------------------- failures, settings, numbers


def test_failures_are_kept_until_dismissed_and_once_per_path(library: Library) -> None:
    first = library.record_failure(Path(os.fsdecode(b"/a/\xff.mp4")), MediaError("Not a video."))
    library.record_failure("/b.mp4", "Cut short.")
    again = library.record_failure("/b.mp4", "Still cut short.")
    assert [(failure.path, failure.error) for failure in library.failures()] == [
        ("/b.mp4", "Still cut short."), ("/a/\N{REPLACEMENT CHARACTER}.mp4", "Not a video."),
    ]  # fmt: skip
    library.dismiss_failures([first.id])
    assert library.failures() == [again]
    library.dismiss_failures()
    assert library.failures() == []


def test_settings_last(library: Library) -> None:
    assert library.get_setting("encoder") is None
    library.set_setting("encoder", "embedded")
    library.set_setting("encoder", "clip")
    assert Library(library.root).get_setting("encoder") == "clip"


def test_seconds_and_bytes_add_up(library: Library) -> None:
    library.add(a_video(1, seconds=2.5))
    library.add(a_video(2, seconds=4.0))
    library.add(a_video(3, seconds=100.0, role="query"))
    assert library.seconds() == 6.5
    before = library.bytes_on_disk()
    library.media_path(name(1), ".mp4").write_bytes(bytes(1_000_000))
    library.save_track(a_track(1, unit_vectors(100, 100, seed=1)))
    assert 1_040_000 <= library.bytes_on_disk() - before <= 1_200_000


# ------------------------------------------------------------------------------------------------------- tracks


def test_a_track_comes_back_number_for_number(library: Library) -> None:
    random = np.random.default_rng(1)
    track = FeatureTrack(
        name(1), ENCODER, np.sort(random.random(50)) * 1e5, random.standard_normal((50, 7)).astype(np.float32),
        random.random(50).astype(np.float32),
    )  # fmt: skip
    library.save_track(track)
    loaded = library.load_track(name(1), ENCODER)
    for ours, theirs in ((loaded.times, track.times), (loaded.vectors, track.vectors), (loaded.weights, track.weights)):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(ours, theirs)


def test_an_empty_track_counts_as_extracted(library: Library) -> None:
    library.add(a_video(1))
    library.save_track(a_track(1, np.zeros((0, 138), np.float32)))
    assert library.load_track(name(1), ENCODER).vectors.shape == (0, 138)
    assert library.extracted(ENCODER) == {name(1)}


def test_extracted_knows_the_library_and_the_encoder(library: Library) -> None:
    fill(library, 3)
    library.save_track(a_track(8, unit_vectors(2, 4, seed=1)))
    library.add(a_video(8, role="query"))
    library.save_track(a_track(9, unit_vectors(2, 4, seed=1)))
    assert library.extracted(ENCODER) == {name(0), name(1), name(2)}
    assert library.extracted("other-1@1fps") == set()
    assert library.has_track(name(8), ENCODER)
    assert not library.has_track(name(8), "other-1@1fps")


@pytest.mark.parametrize(
    "broken",
    [
        {"vectors": np.full((3, 4), np.nan, np.float32)},
        {"times": np.array([0, 2, 1.0])},
        {"times": np.arange(2.0)},
        {"vectors": np.zeros((3, 2, 2), np.float32)},
        {"weights": np.array([0, 1, 2], np.float32)},
        {"weights": np.ones((3, 1), np.float32)},
        {"vectors": np.zeros((3, 4), np.int32)},
    ],
)
def test_a_track_that_could_not_be_read_is_not_written(library: Library, broken: dict[str, np.ndarray]) -> None:
    track = replace(a_track(1, unit_vectors(3, 4, seed=1)), **broken)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the track of"):
        library.save_track(track)
    assert not library.has_track(name(1), ENCODER)


def damaged(data: bytes, how: str) -> bytes:
    middle = len(data) // 2
    return {
        "empty": b"",
        "text": b"this is no track",
        "cut": data[:middle],
        "flipped": data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :],
        "header": data.replace(b"'shape': (40,", b"'shape': (10**12,"[:15].ljust(14)[:14]),
        "zeros": bytes(len(data)),
    }[how]


@pytest.mark.parametrize("how", ["empty", "text", "cut", "flipped", "header", "zeros"])
def test_a_damaged_track_is_put_aside_and_counts_as_absent(
    library: Library, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    library.add(a_video(1))
    track = a_track(1, unit_vectors(40, 16, seed=1))
    library.save_track(track)
    path = library.root / "tracks" / ENCODER / f"{name(1)}.npz"
    before = path.read_bytes()
    path.write_bytes(damaged(before, how))
    assert path.read_bytes() != before
    generation = library.generation(ENCODER)
    with pytest.raises(NotFound, match="Extract them again"):
        library.load_track(name(1), ENCODER)
    assert "put aside" in caplog.text
    assert library.extracted(ENCODER) == set()
    assert library.generation(ENCODER) != generation
    library.save_track(track)
    np.testing.assert_array_equal(library.load_track(name(1), ENCODER).vectors, track.vectors)


@pytest.mark.parametrize("arrays", ["shapes", "nan", "missing", "objects", "integers"])
def test_a_file_of_arrays_that_are_no_track_is_put_aside(library: Library, arrays: str) -> None:
    whole = {"times": np.arange(3.0), "vectors": np.ones((3, 4), np.float32), "weights": np.ones(3, np.float32)}
    whole |= {
        "shapes": {"vectors": np.ones((2, 4), np.float32)},
        "nan": {"vectors": np.full((3, 4), np.nan, np.float32)},
        "missing": {},
        "objects": {"vectors": np.array([{}, {}, {}], object)},
        "integers": {"times": np.arange(3)},
    }[arrays]
    if arrays == "missing":
        del whole["weights"]
    path = library.root / "tracks" / ENCODER / f"{name(1)}.npz"
    path.parent.mkdir()
    np.savez(path, **whole)
    with pytest.raises(NotFound):
        library.load_track(name(1), ENCODER)
    assert not library.has_track(name(1), ENCODER)


def test_every_single_flipped_byte_of_a_track_is_noticed_or_harmless(library: Library) -> None:
    track = a_track(1, unit_vectors(3, 4, seed=1))
    library.save_track(track)
    path = library.root / "tracks" / ENCODER / f"{name(1)}.npz"
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x40]) + data[place + 1 :])
        try:
            loaded = library.load_track(name(1), ENCODER)
        except NotFound:
            continue
        np.testing.assert_array_equal(loaded.vectors, track.vectors)
        np.testing.assert_array_equal(loaded.times, track.times)
        np.testing.assert_array_equal(loaded.weights, track.weights)


def test_the_generation_changes_with_the_set_of_tracks_and_with_nothing_else(library: Library) -> None:
    fill(library, 2)
    seen = [library.generation(ENCODER)]

    def changed() -> bool:
        seen.append(library.generation(ENCODER))
        return seen[-1] not in seen[:-1]

    library.rename(name(1), "Other")
    library.set_setting("a", "b")
    library.save_thumbnails(name(1), [0.0], [b"x"], 0)
    library.save_track(replace(a_track(1, unit_vectors(2, 2, seed=1)), encoder="other-1@1fps"))
    assert library.generation(ENCODER) == seen[0]
    library.save_track(a_track(1, unit_vectors(2, 16, seed=1)))
    assert changed()
    fill(library, 1, start=5)
    assert changed()
    library.remove([name(5)])
    assert changed()
    library.add(a_video(7, role="query"))
    assert not changed()
    library.promote(name(7))
    assert changed()


# --------------------------------------------------------------------------------------------------- thumbnails


def test_thumbnails_are_found_by_the_nearest_second(library: Library) -> None:
    library.save_thumbnails(name(1), [0.0, 10.0, 20.0], [b"first", b"second one", b""], poster=1)
    assert library.thumbnail(name(1)) == b"second one"
    assert [library.thumbnail(name(1), time) for time in (-5.0, 4.9, 5.1, 99.0)] == [
        b"first", b"first", b"second one", b"",
    ]  # fmt: skip
    assert library.thumbnail(name(2)) is None


def test_thumbnails_that_do_not_fit_together_are_a_bug(library: Library) -> None:
    for times, images, poster in (([0.0], [], 0), ([], [], 0), ([0.0], [b"x"], 1)):
        with pytest.raises(ValueError, match="do not fit"):
            library.save_thumbnails(name(1), times, images, poster)


@pytest.mark.parametrize("how", ["empty", "cut", "magic", "huge", "table"])
def test_damaged_thumbnails_are_none(library: Library, how: str) -> None:
    library.save_thumbnails(name(1), [0.0, 1.0], [b"first" * 50, b"second" * 50], poster=1)
    path = library.root / "thumbs" / f"{name(1)}.thumbs"
    data = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "cut": data[:-10],
            "magic": b"XXXX" + data[4:],
            "huge": data[:4] + b"\xff\xff\xff\x7f" + data[8:],
            "table": data[:20] + b"\x01" + data[21:],
        }[how]
    )
    assert library.thumbnail(name(1)) is None


# --------------------------------------------------------------------------------------------- removing, tidying


def everything(library: Library) -> set[str]:
    return {
        str(path.relative_to(library.root))
        for path in library.root.rglob("*")
        if path.is_file() and not path.name.startswith(DATABASE)
    }


def with_all_files(library: Library, number: int) -> Path:
    """A video with every kind of file; gives its media file."""
    own = library.media_path(name(number), ".mp4")
    own.write_bytes(b"film")
    library.preview_path(name(number)).write_bytes(b"preview")
    library.save_thumbnails(name(number), [0.0], [b"x"], 0)
    for encoder in (ENCODER, "other-1@1fps"):
        library.save_track(replace(a_track(number, unit_vectors(3, 4, seed=1)), encoder=encoder))
    library.add(replace(a_video(number), path=own, is_owned=True))
    return own


def test_removing_a_video_takes_all_that_was_derived_from_it(library: Library) -> None:
    with_all_files(library, 1)
    kept = everything(library)
    with_all_files(library, 2)
    library.remove([name(2), name(99)])
    assert everything(library) == kept
    assert library.ids() == [name(1)]


def test_a_file_kept_elsewhere_is_never_deleted(library: Library, tmp_path: Path) -> None:
    outside = tmp_path / "holiday.mp4"
    outside.write_bytes(b"film")
    library.add(replace(a_video(1), path=outside))
    library.add(replace(a_video(2), path=outside, is_owned=True))
    library.add(replace(a_video(3), path=library.root / "media" / ".." / ".." / outside.name, is_owned=True))
    library.remove(library.ids())
    assert outside.read_bytes() == b"film"


def test_a_removal_that_was_killed_half_way_is_finished_on_the_next_start(library: Library) -> None:
    with_all_files(library, 1)
    library._catalogue.remove([name(1)])  # the transaction is done, no file is gone yet
    assert everything(library) != set()
    again = Library(library.root)
    assert everything(again) == set()
    assert again._catalogue.removals() == []


def test_adding_again_after_a_half_done_removal_keeps_the_new_files(library: Library) -> None:
    with_all_files(library, 1)
    library._catalogue.remove([name(1)])
    with_all_files(library, 1)
    files = everything(library)
    assert everything(Library(library.root)) == files


def test_leftovers_of_a_killed_process_go_on_the_next_start_and_work_in_progress_stays(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_all_files(library, 1)
    kept = everything(library)
    leftovers = [
        library.incoming() / "upload.mp4",
        library.incoming() / "upload.part",
        library.root / "tracks" / ENCODER / f"{name(1)}.npz.12-ab.part",
        library.root / "tracks" / ENCODER / f"{name(2)}.npz",
        library.root / "thumbs" / f"{name(2)}.thumbs",
        library.root / "media" / f"{name(2)}.mp4",
        library.root / "media" / f"{name(1)}.avi",
        library.root / "index" / "x.faiss.1-2.part",
    ]
    for path in leftovers:
        path.write_bytes(b"x")
    (library.root / "media" / "a file of the person.mp4").write_bytes(b"x")
    now = time.time()
    Library(library.root)
    assert all(path.exists() for path in leftovers)
    monkeypatch.setattr("core.store.library.time.time", lambda: now + 2 * 3600)
    Library(library.root)
    assert [path.name for path in leftovers if not path.exists()] == [p.name for p in leftovers if p.suffix == ".part"]
    monkeypatch.setattr("core.store.library.time.time", lambda: now + 25 * 3600)
    Library(library.root)
    assert everything(library) == kept | {"media/a file of the person.mp4"}


# --------------------------------------------------------------------------------------------- when things go wrong


def test_a_library_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    Library(tmp_path).close()
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="written by a newer Clipkin"):
        Library(tmp_path)


def test_a_damaged_catalogue_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 1000)
    with pytest.raises(LibraryError, match=r"damaged.*backup"):
        Library(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == b"no database at all" * 1000


def test_a_catalogue_damaged_in_the_middle_is_noticed_at_the_start(tmp_path: Path) -> None:
    library = Library(tmp_path)
    with library.database.write():
        for number in range(500):
            library.add(a_video(number))
    library.close()
    data = bytearray((tmp_path / DATABASE).read_bytes())
    data[8192 : len(data) - 4096] = os.urandom(len(data) - 4096 - 8192)
    (tmp_path / DATABASE).write_bytes(data)
    with pytest.raises(LibraryError, match="damaged"):
        Library(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == data


def test_a_catalogue_locked_by_another_program_is_told(tmp_path: Path) -> None:
    library = Library(tmp_path, busy_seconds=0.1)
    other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match=r"Another program is writing.*try again"):
        library.add(a_video(1))
    assert library.ids() == []
    other.execute("COMMIT")
    library.add(a_video(1))
    assert library.ids() == [name(1)]


def test_a_full_disk_is_told_by_the_catalogue_and_nothing_is_half_done(library: Library) -> None:
    library.add(a_video(1))
    writer = library.database._writer
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then answers as on a full disk

    def add_many() -> None:
        for number in range(2, 2000):
            library.add(a_video(number, "x" * 200, tags=("one", "two")))

    with pytest.raises(LibraryError, match=r"full.*Free some space"):
        add_many()
    writer.execute("PRAGMA max_page_count = 1000000")
    assert library.ids() == [name(number) for number in range(1, len(library.ids()) + 1)]
    assert {library.get(video_id).tags for video_id in library.ids()[1:]} == {("one", "two")}


FULL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import LibraryError
from core.store.library import Library
from tests.store.worlds import ENCODER, a_track, name, unit_vectors
library = Library(Path(sys.argv[1]))
library.save_track(a_track(1, unit_vectors(10, 16, seed=1)))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    library.save_track(a_track(1, unit_vectors(5000, 16, seed=2)))
except LibraryError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_old_track_and_no_litter(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "full" in done.stdout
    assert "Free some space" in done.stdout
    assert [path.name for path in (tmp_path / "tracks" / ENCODER).iterdir()] == [f"{name(1)}.npz"]
    assert len(Library(tmp_path).load_track(name(1), ENCODER)) == 10


NOT_ALLOWED = """
import os, sys
from pathlib import Path
from core.errors import LibraryError
from core.store.library import Library
from tests.store.worlds import a_track, unit_vectors
root = Path(sys.argv[1])
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write anywhere
for attempt in (lambda: Library(root), lambda: Library(root / "below")):
    try:
        attempt()
    except LibraryError as error:
        print(error)
"""


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    Library(tmp_path).close()
    (tmp_path / DATABASE).chmod(0o444)
    tmp_path.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", NOT_ALLOWED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tmp_path.chmod(0o755)
    sentences = done.stdout.splitlines()
    assert len(sentences) == 2, done.stdout
    assert all("may not write" in sentence and "CLIPKIN_LIBRARY" in sentence for sentence in sentences)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryError, match="Check that its folder exists"):
        Library(tmp_path / "file")


# -------------------------------------------------------------------------------------------------------- at once


def test_many_threads_write_and_read_one_library(library: Library) -> None:
    problems: list[BaseException] = []

    def work(start: int) -> None:
        try:
            fill(library, 15, start=start, frames=2)
            for number in range(start, start + 15):
                library.set_tags(name(number), ["tag"])
                assert library.get(name(number)).tags == ("tag",)
                library.videos(text="clip")
            library.remove([name(start)])
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(library.ids()) == len(library.extracted(ENCODER)) == 6 * 14


OPENER = """
import sys
from pathlib import Path
from core.store.jobs import Jobs
from core.store.library import DATABASE, Library
from tests.store.worlds import fill
root, start = Path(sys.argv[1]), int(sys.argv[2])
if start % 200:
    Jobs(root / DATABASE) if root.exists() else None
fill(Library(root), 10, start=start, frames=2)
"""


def test_several_processes_open_a_new_library_at_once_and_write(tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), str(100 * n)], cwd=ROOT) for n in range(4)
    ]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0, 0]
    assert len(Library(tmp_path).extracted(ENCODER)) == 40


def test_a_child_by_fork_uses_connections_of_its_own(library: Library) -> None:
    library.add(a_video(1))
    pid = os.fork()
    if pid == 0:
        try:
            library.add(a_video(2))
            os._exit(0 if library.ids() == [name(1), name(2)] else 1)
        except BaseException:
            os._exit(2)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    library.add(a_video(3))
    assert len(library.ids()) == 3
