"""A process that fills a library is killed at random moments: nothing it reported as finished is lost."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.config import ROOT
from core.errors import NotFound
from core.store.library import DATABASE, Library
from tests.store.worlds import ENCODER, a_track, name, unit_vectors

ROUNDS = 8
REPORTS = (1, 6, 2, 11, 4, 7, 5, 9)  # before each kill: a slow disk, too, comes as far as a removal
FRAMES, DIMENSION = 200, 64

CHILD = f"""
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from core.store.library import Library
from tests.store.worlds import a_track, a_video, name, unit_vectors

library = Library(Path(sys.argv[1]))
for number in count(int(sys.argv[2])):
    part = library.incoming() / f"{{number}}.part"
    part.write_bytes(b"film" * 10_000)
    media = library.media_path(name(number), ".mp4")
    part.rename(media)
    library.save_track(a_track(number, unit_vectors({FRAMES}, {DIMENSION}, seed=number)))
    library.save_thumbnails(name(number), [0.0, 1.0], [b"first" * 900, b"poster" * 900], 1)
    library.add(replace(a_video(number, tags=("one", "two")), path=media, is_owned=True))
    print("added", number, flush=True)
    if number % 5 == 4:
        library.remove([name(number - 2)])
        print("removed", number - 2, flush=True)
"""


def run_and_kill(root: Path, start: int, reports: int, seconds: float) -> list[tuple[str, int]]:
    """Lets the child make so many reports, then work on for so long; gives all it reported before it died."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), str(start)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    lines = [child.stdout.readline() for _ in range(reports)]
    time.sleep(seconds)
    child.send_signal(signal.SIGKILL)
    lines += child.stdout.read().splitlines()
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    words = [line.split() for line in lines if len(line.split()) == 2]
    return [(word, int(number)) for word, number in words]


def assert_whole(library: Library, number: int) -> None:
    video = library.get(name(number))
    assert video.tags == ("one", "two")
    assert video.path.read_bytes() == b"film" * 10_000
    track = library.load_track(video.id, ENCODER)
    np.testing.assert_array_equal(track.vectors, a_track(number, unit_vectors(FRAMES, DIMENSION, seed=number)).vectors)
    assert library.thumbnail(video.id) == b"poster" * 900
    assert library.thumbnail(video.id, 0.0) == b"first" * 900


def test_killing_the_process_at_any_moment_loses_no_finished_video(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moments = random.Random(7)
    state: dict[int, str] = {}
    for turn in range(ROUNDS):
        reports = run_and_kill(tmp_path, 10_000 * turn, REPORTS[turn], moments.uniform(0.0, 0.25))
        state |= {number: word for word, number in reports}
        connection = sqlite3.connect(tmp_path / DATABASE)
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        connection.close()
        library = Library(tmp_path)
        numbers = {name(10_000 * t + n): 10_000 * t + n for t in range(turn + 1) for n in range(2000)}
        present = {numbers[video_id] for video_id in library.ids()}
        finished = {number for number, word in state.items() if word == "added"}
        last = {max(number for number in state if number // 10_000 == t) for t in range(turn + 1)}
        being_removed = {number - 2 for number in last if number % 5 == 4}
        being_added = {number + 1 for number in last}
        assert finished - present <= being_removed, "a finished video is lost"
        assert present - finished <= being_added, "a video that was removed is back"
        for number in present:  # also the one that was finished and not yet reported
            assert_whole(library, number)
        for number in (number for number, word in state.items() if word == "removed"):
            assert library.thumbnail(name(number)) is None
            assert not library.media_path(name(number), ".mp4").exists()
            with pytest.raises(NotFound):
                library.load_track(name(number), ENCODER)
        library.close()
    assert len([word for word in state.values() if word == "added"]) > ROUNDS
    assert "removed" in state.values()

    now = time.time()
    monkeypatch.setattr("core.store.leftovers.time.time", lambda: now + 25 * 3600)
    library = Library(tmp_path)
    expected = set(library.ids())
    for folder in ("tracks", "thumbs", "media", "incoming"):
        found = [path.name.partition(".")[0] for path in (tmp_path / folder).rglob("*") if path.is_file()]
        assert sorted(found) == (sorted(expected) if folder != "incoming" else []), folder
