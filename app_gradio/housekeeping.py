"""What strangers bring is kept for a while and then deleted: uploads, stills, links, and all that was made of them.

Everything temporary of this process lies in one private folder, half-received uploads included; it is swept by age and
by size, and the studio forgets the clips that were asked about. So an app that runs for weeks does not grow.
"""

import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.config import Hosting
from core.errors import StudioError
from core.studio import Studio

EVERY = 60.0  # seconds between two sweeps
HOUR = 3600.0

logger = logging.getLogger(__name__)


def private_folder() -> Path:
    """The folder for all that is temporary here, from now on Gradio's and Python's, too. Never another user's."""
    folder = Path(tempfile.gettempdir()) / f"clipkin-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        folder = Path(tempfile.mkdtemp(prefix="clipkin-"))
    folder.chmod(0o700)  # one from before may have been more open
    for variable, name in (("GRADIO_TEMP_DIR", "gradio"), ("TMPDIR", "tmp")):
        (folder / name).mkdir(exist_ok=True)
        os.environ[variable] = str(folder / name)
    tempfile.tempdir = os.environ["TMPDIR"]
    return folder


def keep_house(studio: Studio, *folders: Path, forget: Callable[[], None]) -> threading.Thread:
    """Tidy now and then for as long as this process runs; `forget` empties the lists that Gradio keeps of files."""

    def work() -> None:
        while True:
            try:
                for folder in folders:
                    sweep(folder, studio.settings.hosting)
                studio.forget_queries()
                forget()
            except (OSError, StudioError):  # such as a full disk: the next time may do better
                logger.warning("The house could not be tidied; that is tried again.", exc_info=True)
            time.sleep(EVERY)

    thread = threading.Thread(target=work, name="housekeeping", daemon=True)
    thread.start()
    return thread


def sweep(folder: Path, hosting: Hosting) -> None:
    """Delete files older than the settings keep, then the oldest until the rest fits; empty folders go too."""
    oldest = time.time() - hosting.keep_hours * HOUR
    left = hosting.keep_bytes
    for age, size, file in sorted(_files(folder), reverse=True):  # the newest stay
        left -= size
        if age < oldest or left < 0:
            file.unlink(missing_ok=True)
    for place, _, _ in os.walk(folder, topdown=False):
        if place != str(folder) and time.time() - os.stat(place).st_mtime > HOUR:  # a new one waits for its file
            with suppress(OSError):  # not empty, or filled just now
                os.rmdir(place)


def _files(folder: Path) -> list[tuple[float, int, Path]]:
    """Every file with its second of last change and its bytes. A link to a film counts from when it was made."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place, name)
            with suppress(FileNotFoundError):
                state = file.lstat()
                found.append((max(state.st_mtime, state.st_ctime), state.st_size, file))
    return found
