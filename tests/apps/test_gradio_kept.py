"""What the Gradio app keeps of strangers, for how long and how much of it, and the links that open it again."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from app_gradio import examples, links
from app_gradio.__main__ import settle
from app_gradio.housekeeping import private_folder, sweep
from app_gradio.sharing import lasting, shared
from app_gradio.videos_tab import Desk
from core.config import MB, Hosting, Settings
from core.errors import MediaError, NotFound
from core.records import no_progress
from core.studio import Studio
from tests.gradio_page import pattern_clip

DAY = 24 * 3600.0


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Gradio's folder, as its own and its paths are resolved."""
    folder = tmp_path.resolve() / "cache"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(folder))
    return folder


def brought(folder: Path, name: str, size: int = 1000, *, days: float = 0.0) -> Path:
    """A file as it is uploaded, written so many days ago."""
    file = folder / name / "clip.mp4"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(bytes(size))
    os.utime(file, (time.time() - days * DAY,) * 2)
    return file


# --------------------------------------------------------------------------------------------------- the house


def test_files_go_when_they_are_old(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = brought(cache, "a")
    sweep(cache, Hosting(keep_hours=24))
    assert file.exists()
    tomorrow = time.time() + DAY + 60
    monkeypatch.setattr(time, "time", lambda: tomorrow)
    sweep(cache, Hosting(keep_hours=24))
    assert not file.exists()
    assert list(cache.iterdir()) == []


def test_a_link_to_an_old_film_counts_from_when_it_was_made(cache: Path) -> None:
    film = brought(cache / "..", "library", days=1000)
    shown = cache / "x" / "film.mp4"
    shown.parent.mkdir(parents=True)
    os.link(film, shown)
    sweep(cache, Hosting(keep_hours=24))
    assert shown.exists()


def test_the_oldest_files_go_when_there_are_too_many(cache: Path) -> None:
    files = []
    for name in "abcd":
        files.append(brought(cache, name))
        time.sleep(0.02)
    sweep(cache, Hosting(keep_bytes=2500))
    assert [file.exists() for file in files] == [False, False, True, True]


def test_nothing_grows_however_many_strangers_compare(cache: Path, tmp_path: Path) -> None:
    hosting = Hosting(keep_bytes=40_000)
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded", hosting=hosting))
    desk = Desk(studio, [], tmp_path)
    sizes = []
    for number in range(8):
        clips = []
        for side in "ab":
            made = pattern_clip(tmp_path / "made.mp4", [20 + 2 * number + (side == "b"), 19])
            clips.append(cache / f"{number}{side}" / "clip.mp4")
            clips[-1].parent.mkdir(parents=True)
            made.rename(clips[-1])
        desk.show(str(clips[0]), str(clips[1]), "cosine", no_progress)
        links.keep(links.Link("videos", *map(str, clips)))
        sweep(cache, hosting)
        studio.forget_queries()
        made_of = sum(
            file.stat().st_size for name in ("tracks", "thumbs") for file in files(tmp_path / "library" / name)
        )
        sizes.append((sum(file.stat().st_size for file in files(cache)), made_of))
    assert max(uploads for uploads, _ in sizes) <= hosting.keep_bytes
    assert max(made for _, made in sizes) <= hosting.keep_bytes
    assert sizes[0][1] < sizes[1][1]  # it did grow before it was bounded
    studio.close()
    later = Studio(
        Settings(library=tmp_path / "library", encoder="embedded", hosting=replace(hosting, keep_hours=1e-9))
    )
    assert files(tmp_path / "library" / "thumbs") == []
    later.close()


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_all_that_is_temporary_lies_in_one_private_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = private_folder()
    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
    with tempfile.NamedTemporaryFile() as file:
        assert Path(file.name).is_relative_to(folder)
    assert Path(os.environ["GRADIO_TEMP_DIR"]).is_relative_to(folder)
    assert private_folder().is_relative_to(folder)


def test_a_folder_that_somebody_else_put_there_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    trap = tmp_path / "trap"
    trap.mkdir()
    (tmp_path / f"clipkin-{os.getuid()}").symlink_to(trap)
    assert not private_folder().resolve().is_relative_to(trap)


# ------------------------------------------------------------------------------------------------ hosted limits


def test_a_hosted_space_has_tighter_limits_and_its_variables_win(tmp_path: Path) -> None:
    environ = {"SPACE_ID": "someone/clipkin", "CLIPKIN_MAX_MINUTES": "5"}
    settle(environ, tmp_path)
    settings = Settings.from_env(environ)
    assert (settings.limits.file_bytes, settings.limits.seconds) == (200 * MB, 300.0)
    assert settings.hosting.keep_hours == 24
    assert settings.library == tmp_path / "library"
    own: dict[str, str] = {}
    settle(own, tmp_path)
    assert own == {}


def test_a_clip_that_is_too_long_is_refused_by_the_limit_before_it_is_looked_at(tmp_path: Path) -> None:
    clip = pattern_clip(tmp_path / "long.mp4", range(20, 26))
    settings = Settings(library=tmp_path / "library", encoder="embedded")
    studio = Studio(replace(settings, limits=replace(settings.limits, seconds=3.0)))
    steps: list[str] = []
    with pytest.raises(MediaError, match=r"long.mp4 runs for 0:06; videos over 0:03 are not read"):
        studio.query(clip, progress=lambda fraction, text: steps.append(text))
    assert not any("looking" in step for step in steps)
    studio.close()


# -------------------------------------------------------------------------------------------------------- links


def test_a_link_opens_what_it_was_made_of_until_its_files_are_deleted(cache: Path) -> None:
    a, b = brought(cache, "a"), brought(cache, "b")
    link = links.Link("videos", str(a), str(b), model="visil")
    name = links.keep(link)
    assert links.find("videos", name) == link
    a.unlink()
    with pytest.raises(NotFound, match="has expired"):
        links.find("videos", name)


def test_a_link_opens_its_own_tab_only_and_no_file_of_another_kind(cache: Path) -> None:
    name = links.keep(links.Link("videos", str(brought(cache, "a")), str(brought(cache, "b"))))
    for wrong in ("", "../links/x", name + "/..", name.swapcase(), "\N{BULLET}" * 16):
        with pytest.raises(NotFound):
            links.find("videos", wrong)
    with pytest.raises(NotFound):
        links.find("frames", name)


def test_two_links_to_the_same_files_have_names_that_cannot_be_guessed(cache: Path) -> None:
    link = links.Link("frames", str(brought(cache, "a")), str(brought(cache, "b")))
    assert links.keep(link) != links.keep(link)


def test_the_page_says_how_long_a_link_of_uploads_works(cache: Path) -> None:
    link = links.Link("frames", str(brought(cache, "a")), str(brought(cache, "b")))
    told = shared(link, Hosting(keep_hours=24))
    assert told["name"].startswith("frames.")
    assert "deleted within 24 hours" in told["note"]
    assert "7 days" in shared(link, Hosting())["note"]
    assert lasting("frames", "x") == {"name": "frames.x", "note": ""}


def test_an_example_pair_has_an_address_that_never_changes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pattern_clip(tmp_path / f"{name}.mp4", [1, 2, 3])
    pairs = examples.examples((("A part of it, cut", ("one", 0.0), ("two", 0.0)),), tmp_path)
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    desk = Desk(studio, pairs, tmp_path)
    files = desk.files(pairs[0])
    assert desk.link(links.Link("videos", *files)) == {"name": "videos.a-part-of-it-cut", "note": ""}
    assert (desk.find("a-part-of-it-cut").a, desk.find("a-part-of-it-cut").b) == files
    assert desk.link(links.Link("videos", files[1], files[0]))["note"]  # the other way round is another question
    studio.close()


def test_an_example_pair_is_answered_once_and_then_known_until_something_changes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        pattern_clip(tmp_path / f"{name}.mp4", [1, 2, 3])
    pairs = examples.examples((("Pair", ("one", 0.0), ("two", 0.0)),), tmp_path)
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    desk = Desk(studio, pairs, tmp_path)
    desk.warm()
    files = desk.files(pairs[0])
    known = desk.show(*files, "cosine", no_progress)
    assert desk.show(*files, "cosine", no_progress) is known
    studio.ingest([pattern_clip(tmp_path / "new.mp4", [4, 5, 6])])
    assert desk.show(*files, "cosine", no_progress) is not known
    Path(files[0]).unlink()  # as when the house is kept
    desk.show(*desk.files(pairs[0]), "cosine", no_progress)
    assert Path(files[0]).is_file()
    studio.close()
