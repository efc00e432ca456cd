"""Which maps a library keeps, which one is in use, and the small pictures of their frames."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from core import checkpoints
from core.checkpoints import Checkpoint
from core.errors import NotFound
from core.records import MapChoices, MapView
from core.store.library import Library
from core.store.maps import LISTED, MOST_KEPT, Maps
from core.store.small_frames import NAME, SmallFramesCache
from tests.store.worlds import a_video, name


@pytest.fixture
def library(tmp_path: Path):
    library = Library(tmp_path / "library")
    yield library
    library.close()


def keep(maps: Maps, number: int) -> str:
    version = f"map-{number:010x}"
    view = MapView(version, MapChoices(seed=number), 10, 2, float(number), 1.5, 0.75, True)
    maps.save(Checkpoint("frame_map", {"points": np.arange(number + 1)}), view)
    return version


def test_the_newest_map_is_in_use_until_another_is_chosen(library: Library) -> None:
    maps = Maps(library)
    assert maps.current() is None
    first, second = keep(maps, 1), keep(maps, 2)
    assert maps.current() == second
    assert [(view.version, view.is_current) for view in maps.views()] == [(second, True), (first, False)]
    maps.use(first)
    assert maps.current() == first
    assert Maps(library).views()[0].choices.seed == 2
    assert len(maps.load(first).state["points"]) == 2


def test_without_the_map_in_use_the_newest_of_the_others_is(library: Library) -> None:
    maps = Maps(library)
    first, second, third = (keep(maps, n) for n in (1, 2, 3))
    maps.forget(third)
    assert maps.current() == second
    maps.forget(second)
    maps.forget(first)
    assert maps.current() is None
    assert maps.views() == []


def test_a_map_that_was_never_listed_goes_after_a_while(library: Library) -> None:
    kept = keep(Maps(library), 1)
    for version in ("map-00000000aa", "map-00000000bb"):
        checkpoints.save(Maps(library).path(version), Checkpoint("frame_map", {"points": np.arange(3)}))
    for version in (kept, "map-00000000aa"):
        os.utime(Maps(library).path(version), (0, 0))
    maps = Maps(library)
    assert [maps.path(v).exists() for v in (kept, "map-00000000aa", "map-00000000bb")] == [True, False, True]


def test_maps_listed_by_another_version_of_the_program_are_left_alone(library: Library) -> None:
    kept = keep(Maps(library), 1)
    os.utime(Maps(library).path(kept), (0, 0))
    library.set_setting(LISTED, '[{"of": "tomorrow"}]')
    maps = Maps(library)
    assert maps.views() == []
    assert maps.path(kept).exists()


def test_a_listed_map_whose_numbers_are_none_is_left_out(library: Library) -> None:
    maps = Maps(library)
    first, second = keep(maps, 1), keep(maps, 2)
    rows = json.loads(library.get_setting(LISTED) or "")
    library.set_setting(
        LISTED, json.dumps([row | {"created": "now"} if row["version"] == first else row for row in rows])
    )
    assert [view.version for view in maps.views()] == [second]


def test_only_so_many_maps_are_kept_and_the_oldest_goes(library: Library) -> None:
    maps = Maps(library)
    versions = [keep(maps, number) for number in range(MOST_KEPT - 1)]
    assert maps.next_to_go() is None
    versions.append(keep(maps, MOST_KEPT - 1))
    told = maps.next_to_go()
    assert told is not None
    assert told.version == versions[0]
    versions += [keep(maps, number) for number in range(MOST_KEPT, MOST_KEPT + 3)]
    assert [view.version for view in maps.views()] == versions[:2:-1]
    assert not maps.path(versions[0]).exists()


@pytest.mark.parametrize("version", ["map-0000000009", "../../secret", "", "MAP"])
def test_a_map_that_is_not_kept_or_no_name_of_one_is_not_found(library: Library, version: str) -> None:
    maps = Maps(library)
    keep(maps, 1)
    with pytest.raises(NotFound):
        maps.load(version)
    with pytest.raises(NotFound):
        maps.use(version)


def test_maps_that_no_list_names_are_deleted_after_a_while(library: Library) -> None:
    maps = Maps(library)
    first = keep(maps, 1)
    rows = json.loads(library.get_setting(LISTED) or "")
    del rows[0]["choices"]  # as another version of the program wrote it
    library.set_setting(LISTED, json.dumps(rows))
    library.maps_folder().joinpath("notes.txt").write_text("of the person")
    second = keep(maps, 2)
    assert maps.path(first).exists(), "another process may be about to list it"
    os.utime(maps.path(first), (0, 0))
    os.utime(maps.path(second), (0, 0))
    third = keep(maps, 3)
    assert [view.version for view in maps.views()] == [third, second]
    assert {path.name for path in library.maps_folder().iterdir()} == {
        "notes.txt",
        maps.path(second).name,
        maps.path(third).name,
    }


def test_a_print_goes_with_any_video_that_it_shows(library: Library) -> None:
    for number in (1, 2, 3):
        library.add(a_video(number))
    for title, shown in (("both.png", (1, 2)), ("one.jpg", (3,))):
        library.prints.place(title, [name(number) for number in shown]).write_bytes(b"print")
    (library.root / "prints" / "page.html").write_text("not a print: nobody knows what it shows")
    (library.root / "prints" / "folder.shows").mkdir()
    assert {path.name for path in library.prints.all()} == {"both.png", "one.jpg"}
    library.remove([name(2)])
    (library.root / "prints" / "page.html").unlink()
    (library.root / "prints" / "folder.shows").rmdir()
    assert {path.name for path in (library.root / "prints").iterdir()} == {"one.jpg", "one.jpg.shows"}
    library.prints.remove("one.jpg")
    assert list((library.root / "prints").iterdir()) == []
    with pytest.raises(NotFound):
        library.prints.get("../catalogue.sqlite")


def small_picture(library: Library):
    """The first four bytes of a thumbnail, as its small picture."""

    def picture(video_id: str, time: float) -> bytes | None:
        thumbnail = library.thumbnail(video_id, time)
        return thumbnail and thumbnail[:4]

    return picture


def filled(library: Library) -> SmallFramesCache:
    for number in (1, 2):
        library.save_thumbnails(name(number), [0.0, 1.0, 2.0], [f"{number}-{k} picture".encode() for k in range(3)], 0)
        library.add(a_video(number))
    wanted = [(name(1), np.array([0.0, 1.0, 2.0])), (name(2), np.array([0.0, 2.0]))]
    library.small_frames.add(wanted, small_picture(library))
    return library.small_frames


def anew(library: Library) -> SmallFramesCache:
    """The same pictures, as another process finds them."""
    return SmallFramesCache(library.index_folder(), library._catalogue)


def pictures(cache: SmallFramesCache) -> list[bytes]:
    ids = (name(1), name(2), name(3))
    video = np.array([0, 0, 1, 1, 2], np.int32)
    data, starts, ends = cache.find(ids, video, np.array([0.0, 2.0, 0.0, 2.0, 5.0]))
    return [data[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]


def test_each_frame_finds_its_own_small_picture_and_a_stranger_none(library: Library) -> None:
    cache = filled(library)
    assert pictures(cache) == [b"1-0 ", b"1-2 ", b"2-0 ", b"2-2 ", b""]
    assert cache.missing((name(1), name(3))) == [name(3)]


def test_small_pictures_are_there_after_a_restart_and_more_can_be_added(library: Library) -> None:
    filled(library)
    again = anew(library)
    assert pictures(again)[:4] == [b"1-0 ", b"1-2 ", b"2-0 ", b"2-2 "]
    library.save_thumbnails(name(3), [5.0], [b"3-5 picture"], 0)
    library.add(a_video(3))
    again.add([(name(3), np.array([5.0]))], small_picture(library))
    assert pictures(again) == [b"1-0 ", b"1-2 ", b"2-0 ", b"2-2 ", b"3-5 "]


@pytest.mark.parametrize("ending", ["blob", "json"])
def test_a_damaged_cache_is_made_anew(library: Library, ending: str) -> None:
    filled(library)
    path = library.index_folder() / f"{NAME}.{ending}"
    path.write_bytes(path.read_bytes()[:5])
    again = anew(library)
    assert again.missing((name(1), name(2))) == [name(1), name(2)]
    assert pictures(filled(library)) == [b"1-0 ", b"1-2 ", b"2-0 ", b"2-2 ", b""]


def blob(library: Library) -> bytes:
    return (library.index_folder() / f"{NAME}.blob").read_bytes()


def test_no_small_picture_of_a_removed_video_is_left_on_the_disk(library: Library) -> None:
    cache = filled(library)
    library.remove([name(2)])
    assert pictures(cache) == [b"1-0 ", b"1-2 ", b"", b"", b""]
    assert b"1-0 " in blob(library)
    assert b"2-" not in blob(library)


def test_a_removal_that_was_killed_half_way_wipes_small_pictures_on_the_next_start(library: Library) -> None:
    filled(library)
    library._catalogue.remove([name(2)])
    assert b"2-0 " in blob(library)
    again = Library(library.root)
    assert b"2-0 " not in blob(again)
    assert pictures(again.small_frames) == [b"1-0 ", b"1-2 ", b"", b"", b""]
    again.close()


def test_small_pictures_are_thrown_away_when_most_of_their_room_is_wiped(library: Library) -> None:
    cache = filled(library)
    library.remove([name(1)])
    assert pictures(cache) == [b""] * 5
    assert not (library.index_folder() / f"{NAME}.blob").exists()


def test_pictures_that_a_killed_process_left_are_cut_off(library: Library) -> None:
    cache = filled(library)
    with (library.index_folder() / f"{NAME}.blob").open("ab") as file:
        file.write(b"left behind")
    library.save_thumbnails(name(3), [5.0], [b"3-5 picture"], 0)
    library.add(a_video(3))
    cache.add([(name(3), np.array([5.0]))], small_picture(library))
    assert pictures(cache) == [b"1-0 ", b"1-2 ", b"2-0 ", b"2-2 ", b"3-5 "]
    assert b"left" not in blob(library)


def test_a_video_that_was_removed_meanwhile_gets_no_small_pictures(library: Library) -> None:
    cache = filled(library)
    library.save_thumbnails(name(3), [5.0], [b"3-5 picture"], 0)
    cache.add([(name(3), np.array([5.0]))], small_picture(library))
    assert cache.missing([name(3)]) == [name(3)]
    assert b"3-5" not in blob(library)


def test_pictures_that_another_process_made_anew_are_never_taken_for_those_known_before(library: Library) -> None:
    ours, theirs = anew(library), anew(library)
    one, two = name(1), name(2)
    for video_id, letter in ((one, b"o"), (two, b"t")):
        library.save_thumbnails(video_id, [0.0], [letter * 40], 0)
    for number in (1, 2):
        library.add(a_video(number))
    ours.add([(one, np.zeros(1))], library.thumbnail)
    for file in library.index_folder().glob(f"{NAME}.*"):
        file.unlink()
    theirs.add([(two, np.zeros(1))], library.thumbnail)
    assert ours.missing([one, two]) == [one]
    ours.add([(one, np.zeros(1))], library.thumbnail)
    for cache in (ours, theirs):
        data, starts, ends = cache.find([one, two], np.array([0, 1], np.int32), np.zeros(2))
        assert [bytes(data[a:b])[:1] for a, b in zip(starts, ends, strict=True)] == [b"o", b"t"]
