"""The catalogue: what goes in comes out, whatever its name, and thousands are listed by index."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import MediaError, NotFound, StudioError
from core.store.library import Library
from tests.store.worlds import ENCODER, a_track, a_video, name, unit_vectors


def titles(library: Library, **question: object) -> list[str]:
    return [video.title for video in library.videos(**question).videos]  # type: ignore[arg-type]


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


def test_of_queries_that_take_too_much_the_oldest_are_forgotten(library: Library) -> None:
    for number, age in ((1, 30), (2, 20), (3, 10)):
        library.add(replace(a_video(number, role="query"), added=time.time() - age))
        library.preview_path(name(number)).write_bytes(bytes(1000))
    library.forget_queries(50, most_bytes=2500)
    assert library.ids("query") == [name(2), name(3)]
    assert not library.preview_path(name(1)).exists()


def test_a_moved_library_finds_its_own_media(tmp_path: Path) -> None:
    library = Library(tmp_path / "before")
    own = library.media_path(name(1), ".mp4")
    own.write_bytes(b"film")
    library.add(replace(a_video(1), path=own, is_owned=True))
    library.close()
    (tmp_path / "before").rename(tmp_path / "after")
    assert Library(tmp_path / "after").get(name(1)).path.read_bytes() == b"film"


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
