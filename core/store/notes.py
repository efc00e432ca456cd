"""What the library remembers beside its videos: files that could not be added, and settings."""

import time
from collections.abc import Iterable
from pathlib import Path

from core.errors import StudioError
from core.records import Failure
from core.store.database import Database
from core.store.disk import clean_text

ERROR_LIMIT = 2000  # characters

SCHEMA = """
CREATE TABLE IF NOT EXISTS failures (
    id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL UNIQUE, error TEXT NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS settings (key TEXT PRIMARY KEY, value TEXT NOT NULL)
"""


class Notes:
    """The tables `failures` and `settings`. Every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def record_failure(self, path: Path | str, error: StudioError | str) -> Failure:
        """Keeps why a file could not be added; a second failure of the same path replaces the first."""
        name = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")
        sentence, at = clean_text(str(error), limit=ERROR_LIMIT), time.time()
        with self.database.write() as connection:
            connection.execute("DELETE FROM failures WHERE path = ?", [name])
            values = [name, sentence, at]
            number = connection.execute("INSERT INTO failures (path, error, at) VALUES (?, ?, ?)", values).lastrowid
        assert number is not None
        return Failure(number, name, sentence, at)

    def failures(self) -> list[Failure]:
        """All failures that were not dismissed, the latest first."""
        rows = self.database.read("SELECT id, path, error, at FROM failures ORDER BY id DESC")
        return [Failure(row["id"], row["path"], row["error"], row["at"]) for row in rows]

    def dismiss_failures(self, ids: Iterable[int] | None) -> None:
        """Forgets these failures, or all."""
        with self.database.write() as connection:
            if ids is None:
                connection.execute("DELETE FROM failures")
            else:
                connection.executemany("DELETE FROM failures WHERE id = ?", [(number,) for number in ids])

    def get_setting(self, key: str) -> str | None:
        """What was last set under that key, or None."""
        rows = self.database.read("SELECT value FROM settings WHERE key = ?", [key])
        return str(rows[0][0]) if rows else None

    def set_setting(self, key: str, value: str) -> None:
        """Keeps a text under a key."""
        with self.database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", [key, value])
