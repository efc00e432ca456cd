"""Answers that take minutes to work out, kept until the question is asked anew: `index/<name>.json`.

Each knows the state of the library that it was found in. A cache: one that is damaged, or of another version of the
program, is as good as none.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.store.disk import explained, replacing
from core.store.library import Library

MOST_KEPT = 12  # answers; beyond that the oldest go
PREFIX = "answer-"

_NAME = re.compile(r"[a-z0-9-]{1,60}")


class KeptAnswers:
    """The answers that are kept of one library."""

    def __init__(self, library: Library) -> None:
        self._folder = library.index_folder()
        self._database = library.database

    def save(self, name: str, state: str, answer: dict[str, Any]) -> None:
        """Keeps an answer in place of an earlier one of that name; `state` is that of the library it was found in.

        In a transaction of the catalogue, so that nobody else clears away what is just being written.
        """
        data = json.dumps({"state": state, "answer": answer}).encode()
        with self._database.write():
            with replacing(self._place(name)) as file:
                file.write(data)
            with explained(self._folder):
                for _, path in sorted(self._aged())[:-MOST_KEPT]:
                    path.unlink(missing_ok=True)

    def load(self, name: str) -> tuple[str, dict[str, Any]] | None:
        """The state and the answer; None when nothing of that name is kept, or it cannot be read."""
        try:
            kept = json.loads(self._place(name).read_bytes())
            return str(kept["state"]), dict(kept["answer"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _aged(self) -> Iterator[tuple[int, Path]]:
        """Every answer that is kept, with when it was written."""
        for path in self._folder.glob(f"{PREFIX}*.json"):
            with suppress(FileNotFoundError):  # somebody emptied the folder: it is a cache
                yield path.stat().st_mtime_ns, path

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name an answer")
        return self._folder / f"{PREFIX}{name}.json"
