"""Videos for a browser: the original where it can be played as it is, else an H.264 preview made on first request."""

import threading
from pathlib import Path

from core.config import Limits
from core.errors import MediaError
from core.media.preview import is_browser_ready
from core.media.sandbox import Sandbox
from core.records import Progress, Video, no_progress
from core.store.library import Library

_one_at_a_time = threading.Lock()  # several players ask for the same preview at once


def is_playable_now(video: Video, library: Library) -> bool:
    """Whether `playable` answers at once."""
    return _plays_as_it_is(video) or library.preview_path(video.id).exists()


def playable(video: Video, library: Library, limits: Limits, progress: Progress = no_progress) -> Path:
    """A file that a browser can show. Raises MediaError when the original is gone or cannot be turned into one."""
    preview = library.preview_path(video.id)
    if preview.exists():
        return preview
    if not video.path.exists():
        raise MediaError(f"The file of “{video.title}” is no longer at {video.path}. Add it again from its new place.")
    if _plays_as_it_is(video):
        return video.path
    with _one_at_a_time:
        if not preview.exists():
            with Sandbox(video.path, limits) as sandbox:
                sandbox.preview(preview, progress)
    return preview


def _plays_as_it_is(video: Video) -> bool:
    return video.info.container == "picture" or is_browser_ready(video.info, video.path)
