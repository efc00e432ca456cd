"""One library and several programs: a lock that somebody holds for long, two apps that add the same clips, a clock that
jumps back, and originals that are gone."""

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from core.config import ROOT, SAMPLES, Settings
from core.errors import LibraryError, MediaError
from core.records import Job
from core.store.index import FrameIndex
from core.store.jobs import Jobs
from core.store.library import DATABASE, Library
from core.studio import Studio
from tests.store.judge import DIMENSION, assert_right
from tests.store.worlds import ENCODER, a_track, a_video, fill, name, unit_vectors

HOLDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
print("given back", flush=True)
"""


@contextmanager
def held(root: Path) -> Iterator[Callable[[], None]]:
    """Another process is writing to the catalogue until it is told to stop."""
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(root / DATABASE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"

    def give_back() -> None:
        if child.poll() is None and not child.stdin.closed:
            child.stdin.write("\n")
            child.stdin.close()
            assert child.stdout.readline() == "given back\n"

    yield give_back
    give_back()
    child.wait(10)
    child.stdout.close()


def ended(studio: Studio, job: Job) -> Job:
    deadline = time.monotonic() + 60
    while (now := studio._jobs.get(job.id)).is_active:
        assert time.monotonic() < deadline, now
        time.sleep(0.02)
    return now


def hurried(studio: Studio) -> Studio:
    """Waits a moment for others instead of ten seconds."""
    for database in (studio._library.database, studio._jobs._database):
        assert database._writer is not None
        database._writer.execute("PRAGMA busy_timeout = 200")
    return studio


def test_a_short_lock_is_waited_for(copied: Path, opened: Callable[[], Studio]) -> None:
    studio = opened()
    first = studio.videos().videos[0]
    with held(copied) as give_back:
        timer = threading.Timer(0.5, give_back)
        timer.start()
        studio.rename(first.id, "After the wait")
        timer.join()
    assert studio.video(first.id).title == "After the wait"
    studio.close()


def test_what_only_reads_does_not_wait_for_a_lock(copied: Path, opened: Callable[[], Studio]) -> None:
    studio = hurried(opened())
    first, second, *_ = studio.videos().videos
    with held(copied):
        assert studio.search(first).hits
        assert studio.compare_videos(first, second).query.id == first.id
        assert studio.thumbnail(first.id)
        assert studio.jobs() == []
    studio.close()


def test_a_clip_that_cannot_be_entered_is_told_and_added_later(tmp_path: Path) -> None:
    root = tmp_path / "library"
    studio = hurried(Studio(Settings(library=root, encoder="embedded")))
    clip = shutil.copy(SAMPLES / "aurora-anchor.mp4", tmp_path)
    with held(root) as give_back:
        with pytest.raises(LibraryError, match=r"Another program is writing.*Close other programs.*try again"):
            studio.ingest([Path(clip)])
        with pytest.raises(LibraryError, match="Another program"):
            studio.start_ingest([Path(clip)])
        assert studio.videos().total == 0
        give_back()
    assert ended(studio, studio.start_ingest([Path(clip)])).state == "done"
    assert studio.videos().total == 1
    studio.close()


def test_a_job_that_meets_a_lock_ends_when_it_can_and_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.jobs.RETRY_SECONDS", 0.05)
    root = tmp_path / "library"
    studio = hurried(Studio(Settings(library=root, encoder="embedded")))
    begun = threading.Event()
    go = threading.Event()
    first = studio._jobs.submit("ingest", "First", lambda progress: (begun.set(), str(go.wait(30)))[1])
    second = studio.start_ingest([SAMPLES / "aurora-anchor.mp4"])
    assert begun.wait(30)
    with held(root) as give_back:
        go.set()
        time.sleep(0.5)
        assert [studio._jobs.get(job.id).state for job in (first, second)] == ["running", "queued"]
        give_back()
    assert [ended(studio, job).state for job in (first, second)] == ["done", "done"]
    assert studio.videos().total == 1
    studio.close()


ADDER = """
import sys
from pathlib import Path
from core.config import Settings
from core.studio import Studio
studio = Studio(Settings(library=Path(sys.argv[1]), encoder="embedded"))
print(studio.ingest([Path(path) for path in sys.argv[2:]]))
first = studio.videos().videos[0]
print(len(studio.search(first).hits))
studio.close()
"""


def test_two_programs_that_add_the_same_clips_make_one_entry_of_each(tmp_path: Path) -> None:
    paths = [str(path) for path in sorted(SAMPLES.glob("balloons-*.mp4"))]
    children = [
        subprocess.Popen(
            [sys.executable, "-c", ADDER, str(tmp_path / "library"), *order],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for order in (paths, paths[::-1])
    ]  # fmt: skip
    for child in children:
        _, errors = child.communicate(timeout=200)
        assert child.returncode == 0, errors
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    assert sorted(str(video.path) for video in studio.videos().videos) == paths
    assert studio.failures() == []
    assert len(studio._library.extracted(studio._equipment.track("embedded"))) == len(paths)
    studio.close()


def test_a_clock_that_jumps_back_confuses_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(tmp_path)
    fill(library, 6, frames=5, dimension=DIMENSION)
    index = FrameIndex(library, ENCODER)
    assert_right(index)
    jobs = Jobs(library.database.path)
    before = jobs.submit("x", "Before", lambda progress: "Done")
    then = time.time() - 10 * 365 * 24 * 3600
    monkeypatch.setattr("time.time", lambda: then)
    assert Library(tmp_path).ids() == library.ids(), "opening tidies nothing away"
    library.add(a_video(90, role="query"))
    library.forget_queries(3600.0)
    assert library.find(name(90)) is not None
    library.add(a_video(6))
    library.save_track(a_track(6, unit_vectors(5, DIMENSION, seed=60)))
    library.save_track(a_track(0, unit_vectors(5, DIMENSION, seed=61)))  # written anew
    library.remove([name(3)])
    assert_right(index)
    after = jobs.submit("x", "After", lambda progress: "Done")
    assert [job.id for job in jobs.list()] == [after.id, before.id]
    jobs.close()


def test_a_library_whose_originals_are_unplugged_still_answers(tmp_path: Path) -> None:
    films, away = tmp_path / "stick", tmp_path / "drawer"
    films.mkdir()
    for scene in ("aurora", "balloons"):
        for path in SAMPLES.glob(f"{scene}-*.mp4"):
            shutil.copy(path, films)
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    videos = {video.path.stem: video for video in studio.ingest([films]).added}
    anchor, part = videos["aurora-anchor"], videos["aurora-duplicate_scene"]
    before = studio.trace(part)  # looks at the clip more closely, which takes its file
    films.rename(away)
    assert studio.search(anchor).hits
    after = studio.trace(part)
    assert [segment.video_id for segment in after.segments] == [segment.video_id for segment in before.segments]
    cuts, exact = ([segment.query_end for segment in trace.segments] for trace in (after, before))
    assert cuts == pytest.approx(exact, abs=0.2), "as close as the frames that were looked at"
    assert any("cannot be read again" in note for note in after.notes)
    assert anchor.id in {segment.video_id for segment in before.segments}
    with pytest.raises(MediaError, match="is no longer at"):
        studio.trace(anchor)
    assert studio.compare_videos(part, anchor).matches
    assert studio.thumbnail(anchor.id, 3.0)
    assert studio.status().videos == 10
    assert studio.frame_map() is None
    assert len(studio.fit_frame_map()) > 0
    with pytest.raises(MediaError, match=r"no longer at .*aurora-anchor\.mp4\. Add it again from its new place"):
        studio.playable(anchor.id)
    with pytest.raises(MediaError):
        studio.side_by_side(part.id, anchor.id, (1.0, 4.0))
    job = ended(studio, studio.start_extraction(ids=[anchor.id]))
    assert (job.state, job.message) == ("done", "0 videos extracted, 1 could not be read")
    assert len(studio._library.load_track(anchor.id, studio._equipment.track("embedded"))) > 0, "the old track stays"

    again = studio.ingest([away])
    assert len(again.skipped) == 10
    assert studio.playable(anchor.id) == away / "aurora-anchor.mp4"
    assert np.isfinite([hit.similarity for hit in studio.search(studio.video(anchor.id)).hits]).all()
    studio.close()


def test_a_lock_on_a_library_that_is_opened_is_told(tmp_path: Path) -> None:
    Library(tmp_path).close()
    with held(tmp_path), pytest.raises(LibraryError, match="Another program"):
        Library(tmp_path, busy_seconds=0.2)
    connection = sqlite3.connect(tmp_path / DATABASE)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()
