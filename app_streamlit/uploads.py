"""Clips that were streamed to disk by the upload route and wait for the Search page to ask about them.

Holds paths that this process chose itself, under random names; knows neither HTTP nor Streamlit.
"""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

CAPACITY = 32  # waiting uploads; the oldest goes when one more comes


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in the library's folder for uploads, and what its owner calls it."""

    path: Path
    title: str


class Inbox:
    """Uploads by token, each to be taken once. Safe to share between threads."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._uploads: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, upload: Upload) -> str:
        """Keep an upload and give the token to take it with; the oldest is deleted when there are too many."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._uploads[token] = upload
            surplus = [self._uploads.popitem(last=False)[1] for _ in range(len(self._uploads) - self._capacity)]
        for old in surplus:
            old.path.unlink(missing_ok=True)
        return token

    def take(self, token: str) -> Upload | None:
        """The upload of that token, once; None when it is unknown, taken or too old."""
        with self._lock:
            return self._uploads.pop(token, None)


inbox = Inbox()
"""The one inbox of this process: the upload route and the pages run in the same one."""
