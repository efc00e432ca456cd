"""One SQLite file: how it is opened, read, written and checked, and what its errors mean for a person.

Knows no table but `PRAGMA user_version`; the catalogue and the jobs bring their own. The file is in WAL mode: readers
never wait for a writer, one writer at a time, in this process and in others. The only importer of sqlite3.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from core.errors import LibraryError

SCHEMA_VERSION = 1
FOREIGN = "SELECT 1 FROM sqlite_master WHERE type IN ('view', 'trigger') OR sql LIKE 'CREATE VIRTUAL%' LIMIT 1"
BUSY_SECONDS = 10.0  # how long to wait for another process that writes

NO_TEXT = "Could not decode to UTF-8"  # Python's own words for a text that is none

Row = sqlite3.Row
Connection = sqlite3.Connection


class Database:
    """Two connections to one file, one for reading and one for writing, shared by all threads of a process."""

    def __init__(self, path: Path, *, schema: str, busy_seconds: float = BUSY_SECONDS) -> None:
        """Opens or creates the file and makes sure that the tables of `schema` (CREATE … IF NOT EXISTS) are there.

        Raises LibraryError, before anything is written, when the file is damaged or of a newer program.
        """
        self.path = path
        self._busy_seconds = busy_seconds
        self._read_lock = threading.Lock()
        self._write_lock = threading.RLock()
        self._pid = 0
        self._reader: Connection | None = None
        self._writer: Connection | None = None
        self._inherited: list[Connection | None] = []
        try:
            self._prepare(schema)
        except BaseException:
            self.close()
            raise

    def _prepare(self, schema: str) -> None:
        with self._translated():
            self._open()
            assert self._writer is not None
            version = self._writer.execute("PRAGMA user_version").fetchone()[0]
            if version > SCHEMA_VERSION:
                raise LibraryError(
                    f"{self.path} was written by a newer Clipkin (format {version}, this one reads {SCHEMA_VERSION}). "
                    "Update Clipkin, or open another library folder."
                )
            if self._writer.execute(FOREIGN).fetchone():
                raise LibraryError(
                    f"{self.path} holds views, triggers or virtual tables. Clipkin never makes any, so the file is not "
                    "its own, or somebody changed it. Open another library folder."
                )
            if self._writer.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":  # 20 ms for ten thousand videos
                raise self.damaged()
            self._switch_to_wal(self._writer)
        with self.write() as connection:
            for statement in filter(None, map(str.strip, schema.split(";"))):
                connection.execute(statement)
            if version != SCHEMA_VERSION:
                connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _open(self) -> None:
        """Connections must not cross a fork, so a child process opens its own and leaves the inherited ones be."""
        self._inherited += [self._reader, self._writer]
        self._reader, self._writer = self._connect(), self._connect()
        self._pid = os.getpid()

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")  # what a catalogue from elsewhere defines may call nothing
        connection.execute("PRAGMA synchronous = FULL")  # a power cut takes back nothing that was reported finished
        return connection

    def _switch_to_wal(self, connection: Connection) -> None:
        """SQLite does not wait by itself when several processes switch a new file at once."""
        deadline = time.monotonic() + self._busy_seconds
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def read(self, sql: str, values: Sequence[object] = ()) -> list[Row]:
        """All rows of one SELECT, as of the last finished transaction."""
        with self._translated(), self._read_lock:
            if self._pid != os.getpid():
                self._open()
            assert self._reader is not None
            return self._reader.execute(sql, tuple(values)).fetchall()  # type: ignore[arg-type]

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: all of it happens or nothing. Nested use joins the outer one. Keep it short."""
        with self._translated(), self._write_lock:
            if self._pid != os.getpid():
                self._open()
            assert self._writer is not None
            connection = self._writer
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes both connections; using the database afterwards is a bug."""
        for connection in (self._reader, self._writer):
            if connection is not None and self._pid == os.getpid():
                connection.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = _code(error)
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise LibraryError(
                    f"Another program is writing to {self.path} and did not finish in {self._busy_seconds:g} seconds. "
                    "Close other programs that use this library, then try again."
                ) from error
            if code == sqlite3.SQLITE_FULL:
                raise LibraryError(
                    f"The disk that holds {self.path.parent} is full. Free some space there, then try again."
                ) from error
            if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
                raise LibraryError(
                    f"Clipkin may not write to {self.path}. Give your user the right to write to that folder, "
                    "or choose another with CLIPKIN_LIBRARY."
                ) from error
            if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or NO_TEXT in str(error):
                raise self.damaged() from error
            if code == sqlite3.SQLITE_IOERR:
                raise LibraryError(
                    f"The disk reported an error at {self.path} ({error}). Check its free space and its health, "
                    "then try again."
                ) from error
            raise

    def damaged(self) -> LibraryError:
        """What to tell when the catalogue holds what was never written."""
        return LibraryError(
            f"The catalogue {self.path} is damaged. Nothing was changed. Put a backup of it in its place, or move it "
            "away and add your videos again: their files are untouched."
        )


def _code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code, or None when Python's own module raised the error."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
