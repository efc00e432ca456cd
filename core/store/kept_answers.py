"""Answers that take minutes to work out, kept until the question is asked anew: `index/<name>.json`.

Each knows the state of the library that it was found in. A cache: one that is damaged, or of another version of the
program, is as good as none.
"""

import json
import re
from pathlib import Path
from typing import Any

from core.store.disk import explained, replacing

MOST_KEPT = 12  # answers; beyond that the oldest go
PREFIX = "answer-"

_NAME = re.compile(r"[a-z0-9-]{1,60}")


class KeptAnswers:
    """The answers that are kept of one library."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, name: str, state: str, answer: dict[str, Any]) -> None:
        """Keeps an answer in place of an earlier one of that name; `state` is that of the library it was found in."""
        with replacing(self._place(name)) as file:
            file.write(json.dumps({"state": state, "answer": answer}).encode())
        with explained(self._folder):
            kept = sorted(self._folder.glob(f"{PREFIX}*.json"), key=lambda path: path.stat().st_mtime)
            for path in kept[:-MOST_KEPT]:
                path.unlink(missing_ok=True)

    def load(self, name: str) -> tuple[str, dict[str, Any]] | None:
        """The state and the answer; None when nothing of that name is kept, or it cannot be read."""
        try:
            kept = json.loads(self._place(name).read_bytes())
            return str(kept["state"]), dict(kept["answer"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def _place(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name an answer")
        return self._folder / f"{PREFIX}{name}.json"
