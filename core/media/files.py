"""Files before they are opened: which ones to offer, which one is which, picture or video. Decodes nothing."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.config import MB, Limits
from core.errors import MediaError

# fmt: off
MEDIA_SUFFIXES = frozenset((
    ".3g2", ".3gp", ".asf", ".avi", ".divx", ".dv", ".f4v", ".flv", ".gif", ".ivf", ".m2ts",
    ".m2v", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogg",
    ".ogm", ".ogv", ".rm", ".rmvb", ".ts", ".vob", ".webm", ".wmv", ".y4m",
))
# fmt: on
PICTURE_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*")  # a GIF is a video
FILM_MAGIC = (b"\x1a\x45\xdf\xa3", b"OggS", b"GIF8")
MOST_FILES = 1_000_000  # that are looked through for media


def find_media(paths: Iterable[Path], *, without: Path | None = None) -> list[Path]:
    """The files to offer: named files as they are, folders searched through for media suffixes, sorted, once each.

    Left out: hidden files and folders, links inside a folder, which may lead anywhere, and all that lies in `without`.
    MediaError for a folder that holds more than `MOST_FILES` files of any kind.
    """
    found: dict[Path, None] = {}
    left_out = without.resolve() if without else None
    for path in paths:
        files = sorted(_media_in(path.resolve(), left_out)) if path.is_dir() else [path.absolute()]
        found |= dict.fromkeys(files)
    return list(found)


def _media_in(root: Path, left_out: Path | None) -> Iterator[Path]:
    """The media files in a folder and below it, in no order."""
    looked_at = 0
    for place, folders, names in os.walk(root):
        here = Path(place)
        folders[:] = [name for name in folders if not name.startswith(".")]
        if here == left_out:
            folders.clear()
            continue
        looked_at += len(names)
        if looked_at > MOST_FILES:
            raise MediaError(f"There are more than {MOST_FILES:,} files in {root} and below it. Name a smaller folder.")
        for name in names:
            file = here / name
            is_media = not name.startswith(".") and file.suffix.strip().lower() in MEDIA_SUFFIXES
            if is_media and not file.is_symlink():
                yield file


def media_below(folder: Path, root: Path, *, without: Path | None = None) -> list[Path]:
    """The media files in a folder and below it. MediaError when it is no folder, unreadable, or outside `root`."""
    try:
        resolved = folder.expanduser().resolve(strict=True)
        if not resolved.is_dir():
            raise MediaError(f"{folder} is a file. Name the folder it lies in.")
        if not resolved.is_relative_to(root.resolve()):
            raise MediaError(f"Only folders below {root} may be added here.")
        return find_media([resolved], without=without)
    except OSError as error:
        raise MediaError(f"The folder {folder} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RuntimeError) as error:  # a NUL in it; a home of nobody
        raise MediaError("There is no such folder. Write its path as it begins on this machine.") from error


def content_id(path: Path, limits: Limits) -> str:
    """The id of a file: the first 16 hex digits of its SHA-256.

    Raises MediaError when there is no such file, it is not a regular one, it is empty, too large or not readable.
    """
    try:
        if not path.is_file():
            raise MediaError(f"{path} is not a regular file." if path.exists() else f"There is no file {path}.")
        size = path.stat().st_size
        if size == 0:
            raise MediaError(f"{path.name} is empty: it holds 0 bytes. Copy or download it again.")
        if size > limits.file_bytes:
            raise MediaError(
                f"The file has {size / MB:,.0f} MB and the limit is {limits.file_bytes / MB:,.0f} MB "
                "(CLIPKIN_MAX_FILE_MB raises it)."
            )
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise MediaError(f"The file cannot be read: {error.strerror or error}.") from error


def is_media(path: Path) -> bool:
    """Whether a file begins like a picture or like a film that browsers play. MediaError when it cannot be read."""
    head = _head(path)
    return head[4:8] == b"ftyp" or head.startswith(FILM_MAGIC) or _shows_picture(head)


def is_picture(path: Path) -> bool:
    """Whether the file begins like a still picture, whatever its name says. MediaError when it cannot be read."""
    return _shows_picture(_head(path))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(12)
    except OSError as error:
        raise MediaError(f"{path.name} cannot be read: {error.strerror or error}.") from error


def _shows_picture(head: bytes) -> bool:
    return head.startswith(PICTURE_MAGIC) or (head[:4] == b"RIFF" and head[8:] == b"WEBP")
