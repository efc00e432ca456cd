"""Videos for a browser: the original where it can be played as it is, else an H.264 preview made on first request.

And two of them next to each other, aligned at the second where they match, as a file to keep.
"""

import threading
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from weakref import WeakValueDictionary

from core.config import Limits
from core.errors import MediaError
from core.media import edit
from core.media.files import is_media
from core.media.preview import is_browser_ready
from core.media.sandbox import Sandbox
from core.pipelines.ingest import gone
from core.records import Progress, Video, no_progress
from core.store.library import Library

MOST_FILMS = 64  # of two videos that are kept; beyond that the oldest goes
LEAD, TAIL = 3.0, 7.0  # seconds before and after the match in an export

_one_at_a_time = threading.Lock()  # several players ask for the same preview at once
_films: WeakValueDictionary[Path, threading.Lock] = WeakValueDictionary()  # that are being made or waited for
_films_lock = threading.Lock()


def is_playable_now(video: Video, library: Library) -> bool:
    """Whether `playable` answers at once."""
    return _plays_as_it_is(video) or library.preview_path(video.id).exists()


def playable(video: Video, library: Library, limits: Limits, progress: Progress = no_progress) -> Path:
    """A file that a browser can show. Raises MediaError when the original is gone or cannot be turned into one."""
    if _plays_as_it_is(video) and video.path.exists() and is_media(video.path):
        return _unchanged(video)
    if not library.preview_path(video.id).exists() and not video.path.exists():
        raise gone(video)
    return _preview(video, library, limits, progress)


def side_by_side(
    query: Video,
    reference: Video,
    times: tuple[float, float],
    *,
    library: Library,
    limits: Limits,
    progress: Progress = no_progress,
) -> Path:
    """An MP4 of both videos around the seconds that match, query on the left, aligned; made once and kept for a while.

    Only our own H.264 copies are edited: the editor runs outside the sandbox and must not meet a stranger's file.
    Raises MediaError when one of the two is a picture or has no file any more.
    """
    before = min(LEAD, *times)
    starts = [time - before for time in times]
    length = min(
        LEAD + TAIL, *(video.info.duration - start for video, start in zip((query, reference), starts, strict=True))
    )
    if not length > 0 or "picture" in (query.info.container, reference.info.container):
        raise MediaError("There are no seconds to show side by side there. Choose two clips, and a moment inside both.")
    name = f"{query.id}.{reference.id}.{starts[0]:.1f}.{starts[1]:.1f}.mp4"
    target = library.preview_path(query.id).with_name(name)
    with _lock_of(target):
        if not target.exists():
            _make_film((query, reference), starts, length, target, library=library, limits=limits, progress=progress)
            _forget_films(target.parent)
    return target


def _make_film(
    videos: tuple[Video, Video],
    starts: list[float],
    length: float,
    target: Path,
    *,
    library: Library,
    limits: Limits,
    progress: Progress,
) -> None:
    with TemporaryDirectory(dir=library.incoming()) as folder:
        halves = [Path(folder) / "query.mp4", Path(folder) / "reference.mp4"]
        for share, video, start, half in zip((0.0, 0.3), videos, starts, halves, strict=True):
            progress(share, f"cutting {video.title}")
            edit.cut(_preview(video, library, limits), start, start + length, half, limits=limits)
        progress(0.6, "laying side by side")
        edit.side_by_side(halves[0], halves[1], target, limits=limits)
    progress(1.0, "ready")


def _forget_films(folder: Path) -> None:
    """There are as many films of two videos as they have moments."""
    made: list[tuple[float, Path]] = []
    for film in folder.glob(f"{'?' * 16}.{'?' * 16}.*.mp4"):
        with suppress(FileNotFoundError):  # another thread forgets, too
            made.append((film.stat().st_mtime, film))
    for _, film in sorted(made)[:-MOST_FILMS]:
        film.unlink(missing_ok=True)


def _lock_of(target: Path) -> threading.Lock:
    """The one lock of a film, for as long as anybody holds or awaits it."""
    with _films_lock:
        return _films.setdefault(target, threading.Lock())


def _preview(video: Video, library: Library, limits: Limits, progress: Progress = no_progress) -> Path:
    preview = library.preview_path(video.id)
    with _one_at_a_time:
        if not preview.exists():
            with Sandbox(_unchanged(video), limits) as sandbox:
                sandbox.preview(preview, progress)
    return preview


def _unchanged(video: Video) -> Path:
    """The original, as far as its size tells at once. So a catalogue that names other files does not open them to a
    browser: what is handed out is as large as the entry says, and `is_media`, or our own copy of what it shows."""
    try:
        size = video.path.stat().st_size
    except OSError as error:
        raise MediaError(f"The file of “{video.title}” cannot be read: {error.strerror or error}.") from error
    if size != video.info.size_bytes:
        raise MediaError(f"The file of “{video.title}” was changed since it was added. Add it again as it is now.")
    return video.path


def _plays_as_it_is(video: Video) -> bool:
    return video.info.container == "picture" or is_browser_ready(video.info, video.path)
