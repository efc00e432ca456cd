"""How the store touches files and names: atomic writes, checked names, OS errors as sentences.

Knows nothing of what the files hold.
"""

import errno
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from core.errors import LibraryError, NotFound

PART = ".part"  # the ending of every file that is still being written

_ID = re.compile(r"[0-9a-f]{16}")
_ENCODER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,119}")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


def checked_id(video_id: str) -> str:
    """The id itself when it is 16 lower-case hex digits, so that it is safe in a path; NotFound otherwise."""
    if not isinstance(video_id, str) or not _ID.fullmatch(video_id):
        raise NotFound(f"No video has the id {clean_text(str(video_id), limit=40)!r}.")
    return video_id


def is_id(text: str) -> bool:
    """Whether the text has the form of a video's id."""
    return _ID.fullmatch(text) is not None


def checked_encoder(encoder: str) -> str:
    """The track name of an encoder when it is safe as the name of a folder; a ValueError otherwise."""
    if not _ENCODER.fullmatch(encoder) or ".." in encoder or encoder.endswith(PART):
        raise ValueError(f"{encoder!r} cannot name a folder of tracks")
    return encoder


def clean_text(text: str, *, limit: int) -> str:
    """Free text made safe to keep and show: one line, no control characters, whole characters, at most `limit`.

    Marks of writing direction, quotes, backslashes and markup stay: they are text, and showing them as text is the
    duty of whoever shows them. May be empty.
    """
    kept = []
    for character in text.replace("\r\n", " "):
        category = unicodedata.category(character)
        if category in ("Zl", "Zp") or character in "\t\n\r\v\f\x85":
            kept.append(" ")
        elif category == "Cs":  # half a character: a byte of a file name that is not UTF-8
            kept.append("\N{REPLACEMENT CHARACTER}")
        elif category != "Cc":
            kept.append(character)
    return "".join(kept).strip()[:limit].rstrip()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turns what the operating system refuses into a sentence for the person."""
    try:
        yield
    except OSError as error:
        raise explain(error, path) from error


def explain(error: OSError, path: Path) -> LibraryError:
    """The sentence for one error of the operating system met at `path`."""
    if error.errno in _FULL:
        return LibraryError(
            f"The disk that holds {path.parent} is full, or this user may not store more there. Free some space, "
            "then try again; videos that were finished before are kept."
        )
    if error.errno in _FORBIDDEN:
        return LibraryError(
            f"Clipkin may not write to {path.parent}. Give your user the right to write to that folder, or choose "
            "another with CLIPKIN_LIBRARY."
        )
    return LibraryError(
        f"The library cannot use {path} ({error.strerror or error}). Check that its folder exists and that the disk "
        "is well, then try again."
    )


@contextmanager
def replacing(target: Path) -> Iterator[BinaryIO]:
    """A file to write that takes the place of `target` when all is written and on the disk, or leaves no trace.

    Readers see the old file or the new one, never half of it, and so do they after a kill or a power cut.
    """
    part = target.with_name(f"{target.name}.{os.getpid()}-{secrets.token_hex(4)}{PART}")
    with explained(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Makes a rename last through a power cut, where the system lets a folder be synced."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
