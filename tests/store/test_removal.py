"""Removing videos, and tidying what a killed process left."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import LibraryError
from core.store.library import DATABASE, Library
from tests.store.worlds import ENCODER, a_track, a_video, name, unit_vectors


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


def test_films_of_two_videos_go_with_either_of_them(library: Library) -> None:
    for number in (1, 2, 3):
        with_all_files(library, number)
    previews = library.root / "previews"
    for a, b in ((1, 2), (2, 1), (2, 3), (1, 3)):
        (previews / f"{name(a)}.{name(b)}.0.5.2.0.mp4").write_bytes(b"film")
    library.remove([name(2)])
    kept = [f"{name(1)}.mp4", f"{name(3)}.mp4", f"{name(1)}.{name(3)}.0.5.2.0.mp4"]
    assert {path.name for path in previews.iterdir()} == set(kept)


def test_a_clip_uploaded_again_while_it_is_removed_keeps_its_files(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process adds the clip between the reading of the list of removals and the deleting of files."""
    with_all_files(library, 1)
    files = everything(library)
    other = Library(library.root)
    read = library._catalogue.removals

    def meanwhile(*only: str) -> list[tuple[str, Path | None]]:
        removals = read(*only)
        if only:
            return removals
        with_all_files(other, 1)
        return removals

    monkeypatch.setattr(library._catalogue, "removals", meanwhile)
    library.remove([name(1)])
    assert everything(library) == files
    assert library.ids() == [name(1)]
    assert read() == []


def test_a_removal_takes_the_file_that_was_noted_last(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clip came back with another ending and went again while a list of removals was being worked off."""
    with_all_files(library, 1)
    other = Library(library.root)
    read = library._catalogue.removals

    def meanwhile(*only: str) -> list[tuple[str, Path | None]]:
        removals = read(*only)
        if only:
            return removals
        again = other.media_path(name(1), ".webm")
        other.media_path(name(1), ".mp4").rename(again)
        other.add(replace(a_video(1), path=again, is_owned=True))
        other._catalogue.remove([name(1)])
        return removals

    monkeypatch.setattr(library._catalogue, "removals", meanwhile)
    library.remove([name(1)])
    assert everything(library) == set()
    assert read() == []


def test_old_parts_of_previews_and_abandoned_folders_go_and_links_are_not_followed(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(a_video(1))
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "film.mp4").write_bytes(b"x")
    previews, folder = library.root / "previews", library.incoming() / "tmpabc"
    folder.mkdir()
    (folder / "query.mp4").write_bytes(b"x")
    (folder / "link").symlink_to(outside)
    (library.incoming() / "linked").symlink_to(outside)
    parts = [
        previews / f"{name(1)}.mp4.12-0123abcd.part",
        previews / f"{name(1)}.{name(2)}.0.5.2.0.mp4.12-0123abcd.part",
        previews / f".{name(1)}.{name(2)}.0.5.2.0.mp4.part.m4a",  # as they were once called
    ]
    film, half = previews / f"{name(1)}.{name(2)}.0.5.2.0.mp4", previews / f"{name(1)}.mp4"
    for path in (*parts, film, half):
        path.write_bytes(b"x")
    now = time.time()
    Library(library.root)
    assert folder.exists()
    assert all(path.exists() for path in (*parts, film, half))
    monkeypatch.setattr("core.store.leftovers.time.time", lambda: now + 2 * 3600)
    Library(library.root)
    assert folder.exists()
    assert set(previews.iterdir()) == {film, half}
    monkeypatch.setattr("core.store.leftovers.time.time", lambda: now + 25 * 3600)
    Library(library.root)
    assert not folder.exists()
    assert set(previews.iterdir()) == {half}, "the other half of the film is no longer in the library"
    assert (library.incoming() / "linked").is_symlink()
    assert [path.name for path in outside.iterdir()] == ["film.mp4"]


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
    monkeypatch.setattr("core.store.leftovers.time.time", lambda: now + 2 * 3600)
    Library(library.root)
    assert [path.name for path in leftovers if not path.exists()] == [p.name for p in leftovers if p.suffix == ".part"]
    monkeypatch.setattr("core.store.leftovers.time.time", lambda: now + 25 * 3600)
    Library(library.root)
    assert everything(library) == kept | {"media/a file of the person.mp4"}


def test_a_file_that_cannot_be_deleted_is_told_and_keeps_no_other_from_going(
    library: Library, caplog: pytest.LogCaptureFixture
) -> None:
    files = [with_all_files(library, number) for number in (1, 2)]
    held = files[0]
    held.unlink()
    (held / "inside").mkdir(parents=True)  # the system deletes no folder as if it were a file
    with pytest.raises(LibraryError, match=r"^Removed, but .* tried again .* cannot use"):
        library.remove([name(1), name(2)])
    assert library.ids() == []
    assert not files[1].exists()
    with_all_files(library, 3)
    library.remove([name(3)])  # has nothing to do with the first
    assert everything(library) == set()
    again = Library(library.root)
    assert name(1) in caplog.text
    (held / "inside").rmdir()
    held.rmdir()
    held.write_bytes(b"film")
    again.remove([])
    assert everything(library) == set()
    assert again._catalogue.removals() == []
