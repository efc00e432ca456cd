"""python -m tests.faults.busy ACTIVITY LIBRARY FOLDER: does one thing over and over until it is killed.

Says "ready" when it begins and "done N" for each thing it finished, so that whoever kills it knows what must be there.
"""

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from core.config import Settings
from core.records import MapChoices
from core.store.index import FrameIndex
from core.store.library import Library
from core.studio import Studio
from tests.store.worlds import ENCODER


def ingest(studio: Studio, folder: Path) -> Iterator[str]:
    """Clips into the library by a job, one after the other."""
    for path in sorted(folder.glob("*.mp4")):
        job = studio.start_ingest([path])
        while studio._jobs.get(job.id).is_active:
            time.sleep(0.005)
        yield path.stem


def train(studio: Studio, folder: Path) -> Iterator[str]:
    for seed in itertools.count(1):
        studio.train("same_video", seed=seed)
        yield str(seed)


def draw(studio: Studio, folder: Path) -> Iterator[str]:
    """Maps, each another version."""
    for seed in itertools.count():
        studio.fit_frame_map(MapChoices("pca", "embedded", 0.3, seed, 0.0))
        yield str(seed)


def preview(studio: Studio, folder: Path) -> Iterator[str]:
    """Clips that no browser plays, made playable."""
    videos = [video for video in studio.videos().videos if video.path.suffix == ".avi"]
    for number in itertools.count():
        path = studio.playable(videos[number % len(videos)].id)
        yield str(number)
        path.unlink()


def upload(studio: Studio, folder: Path) -> Iterator[str]:
    """An upload that never ends, into the app's own route."""
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from app_streamlit.routes import create_routes

    def body() -> Iterator[bytes]:
        while True:
            time.sleep(0.005)
            yield b"film" * 65536

    yield "begun"
    client = TestClient(Starlette(routes=create_routes(lambda: studio)))
    client.put("/clip/upload/endless.mp4?for=library", content=body())


def index(library: Library) -> Iterator[str]:
    """The cache of search, thrown away and written anew."""
    for number in itertools.count():
        for path in library.index_folder().glob("*.json"):
            path.unlink()
        FrameIndex(library, ENCODER).refresh()
        yield str(number)


ACTIVITIES: dict[str, Callable[[Studio, Path], Iterator[str]]] = {
    "ingest": ingest, "train": train, "map": draw, "preview": preview, "upload": upload,
}  # fmt: skip


def main(activity: str, root: Path, folder: Path) -> None:
    if activity == "index":
        things = index(Library(root))
    else:
        studio = Studio(Settings(library=root, encoder="embedded"))
        things = ACTIVITIES[activity](studio, folder)
    print("ready", flush=True)
    for thing in things:
        print("done", thing, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
