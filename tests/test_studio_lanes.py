"""Long work side by side: what is on the shelf never waits for what learns, and what draws at random takes turns."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.config import Settings
from core.records import Job, Progress
from core.studio import Studio
from core.studio.desk import LEARNING
from tests import clips


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded"))
    yield studio
    studio.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def state(studio: Studio, job: Job) -> str:
    return studio._jobs.get(job.id).state


def test_an_upload_is_taken_in_while_a_training_runs_and_a_map_waits_for_it(studio: Studio, tmp_path: Path) -> None:
    clips.colours(tmp_path / "red.mp4", ["red", "white"])
    is_over = threading.Event()

    def training(progress: Progress) -> str:
        while not is_over.wait(0.02):
            progress(0.1, "epoch 1")
        return "trained"

    long = studio._jobs.submit("train", "Training", training, lane=LEARNING)
    waiting = [studio.start_frame_map(), studio.start_training("visil")]
    added = studio.start_ingest([tmp_path / "red.mp4"])
    until(lambda: state(studio, added) == "done")
    assert [video.title for video in studio.videos().videos] == ["red"]
    assert [state(studio, job) for job in (long, *waiting)] == ["running", "queued", "queued"]
    is_over.set()
    until(lambda: state(studio, long) == "done")


def test_a_video_that_comes_while_all_are_extracted_is_extracted_too(studio: Studio, tmp_path: Path) -> None:
    for name in ("red", "green"):
        clips.colours(tmp_path / f"{name}.mp4", [name, "white"])
    studio.ingest([tmp_path / "red.mp4"])
    (first,) = studio.videos().videos
    track = studio._equipment.track("embedded")
    studio._library._tracks.remove(first.id)
    job = studio.start_extraction()
    studio.ingest([tmp_path / "green.mp4"])
    until(lambda: state(studio, job) == "done")
    assert len(studio._library.extracted(track)) == 2
