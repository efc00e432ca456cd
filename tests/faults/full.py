"""python -m tests.faults.full ACTIVITY SPARE DISK LIBRARY FOLDER: what one activity says on a disk that is full but for
SPARE bytes, whether the library is whole then, and whether the same works once there is room again. Prints JSON."""

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from core.config import Settings
from core.errors import StudioError
from core.records import MapChoices
from core.studio import Studio

PIECE = 16 * 1024


def fill(disk: Path, spare: int) -> Path:
    """A file that takes all the room of a disk but that."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\1" * PIECE)
        except OSError:
            size = max(0, file.tell() - spare)
    os.truncate(ballast, size)
    return ballast


def add(studio: Studio, folder: Path) -> object:
    return studio.ingest([folder / "new.mp4"])


def train(studio: Studio, folder: Path) -> object:
    return studio.train("same_video")


def draw(studio: Studio, folder: Path) -> object:
    return studio.fit_frame_map(MapChoices("pca", "embedded", 0.3, 0, 0.0))


def preview(studio: Studio, folder: Path) -> object:
    (video,) = (video for video in studio.videos(limit=100).videos if video.path.suffix == ".avi")
    return studio.playable(video.id)


def retitle(studio: Studio, folder: Path) -> None:
    """Long enough for the catalogue to grow past any room that is left."""
    for video in studio.videos(limit=100).videos:
        studio.rename(video.id, "x" * 180)
        studio.set_tags(video.id, [f"{number}{'y' * 50}" for number in range(20)])


def remember(studio: Studio, folder: Path) -> None:
    studio._library.set_setting("note", "x" * 1_000_000)


def submit(studio: Studio, folder: Path) -> object:
    """Takes a job on, whose row has to be written."""
    for number in range(400):
        job = studio._jobs.submit("x", f"{number} {'x' * 400}", lambda progress: "x" * 400)
    return job


def look_up(studio: Studio, folder: Path) -> object:
    """Searches, which makes the index and would like to keep it."""
    shutil.rmtree(studio._library.index_folder())
    studio._library.index_folder().mkdir()
    studio._equipment._indexes.clear()
    (video, *_) = studio.videos(limit=1).videos
    return studio.search(video).hits


def open_anew(studio: Studio, folder: Path) -> None:
    """As after a restart."""
    Studio(Settings(library=studio._library.root, encoder="embedded", device="cpu")).close()


def upload(studio: Studio, folder: Path) -> object:
    """Into the app's own route, which says it in its answer."""
    from starlette.applications import Starlette
    from starlette.testclient import TestClient

    from app_streamlit.routes import create_routes

    client = TestClient(Starlette(routes=create_routes(lambda: studio)))
    answer = client.put("/clip/upload/new.mp4?for=search", content=(folder / "new.mp4").read_bytes())
    if answer.status_code != 201:
        raise StudioError(answer.json()["error"])
    return answer.json()


ACTIVITIES: dict[str, Callable[[Studio, Path], object]] = {
    "add": add, "train": train, "map": draw, "preview": preview, "retitle": retitle, "remember": remember,
    "submit": submit, "search": look_up, "open": open_anew, "upload": upload,
}  # fmt: skip


def state(studio: Studio) -> dict[str, object]:
    """What must not change when something fails."""
    library, track = studio._library, studio._equipment.track("embedded")
    ids = library.ids()
    return {
        "ids": sorted(ids),
        "frames": sum(len(library.load_track(video_id, track)) for video_id in ids),
        "thumbnails": sum(library.thumbnail(video_id) is not None for video_id in ids),
        "learned": studio.trainable("same_video").origin,
        "maps": [view.version for view in studio.frame_maps()],
        "previews": sorted(path.name for path in (library.root / "previews").iterdir()),
        "parts": sorted(str(path) for path in library.root.rglob("*.part*")),
    }


def main(activity: str, spare: int, disk: Path, source: Path, folder: Path) -> None:
    shutil.copytree(source, disk / "library")
    studio = Studio(Settings(library=disk / "library", encoder="embedded"))
    before = state(studio)
    ballast = fill(disk, spare)
    said = ""
    try:
        ACTIVITIES[activity](studio, folder)
    except StudioError as error:
        said = str(error)
    then = state(studio)
    ballast.unlink()
    ACTIVITIES[activity](studio, folder)
    again = state(studio)
    studio.close()
    print(json.dumps({"said": said, "before": before, "then": then, "again": again}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *map(Path, sys.argv[3:]))
