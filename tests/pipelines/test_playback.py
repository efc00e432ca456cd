"""Films of two videos beside each other, asked for by several at once."""

import os
import threading
from pathlib import Path

from core.config import Limits
from core.media.video import probe
from core.pipelines import playback
from core.records import Video
from core.store.library import Library
from tests import clips

LIMITS = Limits()


def a_video(number: int, path: Path) -> Video:
    return Video(f"{number:016x}", path.stem, path, probe(path, LIMITS), "absent")


def test_one_film_asked_for_several_times_at_once_is_made_once(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    pair = a_video(1, clips.numbered(tmp_path / "a.mp4")), a_video(2, clips.halves(tmp_path / "b.avi"))
    films: list[Path] = []
    made: list[float] = []

    def note(fraction: float, text: str) -> None:
        if fraction == 1.0:
            made.append(fraction)

    def ask() -> None:
        films.append(playback.side_by_side(*pair, (1.0, 0.5), library=library, limits=LIMITS, progress=note))

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    library.close()
    assert len(films) == 3
    assert len(set(films)) == 1
    assert made == [1.0]
    assert list(library.incoming().iterdir()) == []
    assert not list((library.root / "previews").glob("*.part*"))


def test_of_many_films_the_oldest_go_and_previews_stay(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    pair = a_video(1, clips.numbered(tmp_path / "a.mp4")), a_video(2, clips.numbered(tmp_path / "b.mp4", seconds=2))
    folder = library.root / "previews"
    old = [folder / f"{1:016x}.{2:016x}.{number}.0.0.5.mp4" for number in range(playback.MOST_FILMS + 5)]
    for age, film in enumerate(old):
        film.write_bytes(b"x")
        os.utime(film, (1000 - age, 1000 - age))
    made = playback.side_by_side(*pair, (1.0, 0.5), library=library, limits=LIMITS)
    library.close()
    assert made.exists()
    assert [film.exists() for film in old] == [True] * (playback.MOST_FILMS - 1) + [False] * 6
    assert library.preview_path(pair[0].id).exists()
