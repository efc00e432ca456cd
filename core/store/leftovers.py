"""What a process that was killed left in the folders of a library: halves of files, and files that no entry claims.

Something that another process is just writing looks the same, so age decides. Knows names and times, never contents.
"""

import logging
import os
import shutil
import stat
import time
from collections.abc import Iterable, Set
from pathlib import Path

from core.store.disk import PART, is_id

PART_SECONDS = 3600.0  # a file still being written was last touched more recently than that
ORPHAN_SECONDS = 24 * 3600.0  # a file that waits for its entry, as in a long queue of uploads, is younger than that

logger = logging.getLogger(__name__)


def clear(folders: Iterable[Path], *, known: Set[str], owned: Set[str]) -> None:
    """Deletes what no process is writing any more and no entry claims.

    `known` are the ids of all entries, `owned` the names of the media files that belong to one. Raises OSError when
    the system refuses.
    """
    for folder in folders:
        for name in os.listdir(folder):
            seconds = _seconds_to_keep(folder, name, known, owned)
            if seconds is not None and _age(folder / name) > seconds:
                logger.info("Deleting %s, left behind by a process that ended.", folder / name)
                _delete(folder / name)


def _seconds_to_keep(folder: Path, name: str, known: Set[str], owned: Set[str]) -> float | None:
    """How old a file may grow that no entry claims; None for those that are claimed or not the library's to delete."""
    if name.endswith(PART) or (folder.name == "previews" and f"{PART}." in name):
        return PART_SECONDS
    if folder.name == "incoming":
        return ORPHAN_SECONDS
    parts = name.split(".")
    ids = set(filter(is_id, parts if folder.name == "previews" else parts[:1]))  # a film may show two videos
    is_claimed = name in owned if folder.name == "media" else ids <= known
    return ORPHAN_SECONDS if ids and not is_claimed else None


def _age(path: Path) -> float:
    """Seconds since a plain file, or a folder in `incoming`, was last written or renamed; 0 for anything else."""
    try:
        status = path.lstat()
    except FileNotFoundError:  # another process tidies too
        return 0.0
    is_ours = stat.S_ISREG(status.st_mode) or (path.parent.name == "incoming" and stat.S_ISDIR(status.st_mode))
    return time.time() - max(status.st_mtime, status.st_ctime) if is_ours else 0.0


def _delete(path: Path) -> None:
    """Deletes a file, or a folder with all in it; links inside go, what they point to stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
