"""The catalogue: which videos there are, their tags, and what is being removed, as SQL.

Knows rows and records; it never looks at a media file or a track.
"""

import math
import os
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

from core.errors import NotFound, StudioError
from core.records import MediaInfo, Page, Role, Sound, Video
from core.store.database import Connection, Database, Row
from core.store.disk import checked_id, clean_text, is_id
from core.store.titles import MOST_TAGS, TAG_LIMIT, TITLE_LIMIT, clean_tags, clean_title, fold, sort_key

PAGE_LIMIT = 1000  # videos in one listing

Order = Literal["added", "title", "duration"]

SCHEMA = """
CREATE TABLE IF NOT EXISTS videos (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, folded TEXT NOT NULL, sort_key TEXT NOT NULL, path BLOB NOT NULL,
    duration REAL NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, fps REAL NOT NULL,
    container TEXT NOT NULL, video_codec TEXT NOT NULL, pixel_format TEXT NOT NULL, audio_codec TEXT,
    rotation INTEGER NOT NULL, size_bytes INTEGER NOT NULL, sound TEXT NOT NULL, added REAL NOT NULL,
    role TEXT NOT NULL, is_owned INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS videos_by_added ON videos (role, added DESC, id);
CREATE INDEX IF NOT EXISTS videos_by_title ON videos (role, sort_key, id);
CREATE INDEX IF NOT EXISTS videos_by_duration ON videos (role, duration DESC, id);
CREATE TABLE IF NOT EXISTS tags (
    video_id TEXT NOT NULL REFERENCES videos (id) ON DELETE CASCADE, tag TEXT NOT NULL, folded TEXT NOT NULL,
    PRIMARY KEY (video_id, tag)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS tags_by_tag ON tags (tag, video_id);
CREATE TABLE IF NOT EXISTS revisions (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS identity (only INTEGER PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS removals (video_id TEXT PRIMARY KEY, media BLOB)
"""

_ORDERS: dict[Order, str] = {
    "added": "added DESC, id",  # newest first
    "title": "sort_key, id",  # as people count: clip 2 before clip 10
    "duration": "duration DESC, id",  # longest first
}
_MEMBERS = "library"  # the revision that counts changes of which videos belong to the library


class Catalogue:
    """The tables of one library. Every method is one short transaction."""

    def __init__(self, database: Database, root: Path) -> None:
        self.database = database
        self.root = root
        with database.write() as connection:
            connection.execute("INSERT OR IGNORE INTO identity VALUES (1, ?)", [secrets.token_hex(8)])

    # ------------------------------------------------------------------------------------------------ videos

    def add(self, video: Video) -> Video:
        """Enters a video, or brings up to date the entry of the same content.

        An entry keeps the title, tags and time it was given, and a file the library owns; a query becomes part of the
        library when it is added as such, never the other way round.
        """
        title, tags = clean_title(video.title), clean_tags(video.tags)
        path, is_owned = Path(os.path.abspath(video.path)), video.is_owned
        role, added = video.role, video.added or time.time()
        with self.database.write() as connection:
            old = connection.execute("SELECT * FROM videos WHERE id = ?", [checked_id(video.id)]).fetchone()
            if old is not None:
                if old["is_owned"] and not is_owned and self._path(old["path"]).exists():
                    path, is_owned = self._path(old["path"]), True
                if old["role"] == "library":
                    title, role, added = old["title"], "library", old["added"]
                    tags = _read_tags(connection, [video.id]).get(video.id, ())
            info = video.info
            connection.execute(
                "INSERT INTO videos VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) "
                "DO UPDATE SET title = excluded.title, folded = excluded.folded, sort_key = excluded.sort_key, "
                "path = excluded.path, duration = excluded.duration, width = excluded.width, height = excluded.height, "
                "fps = excluded.fps, container = excluded.container, video_codec = excluded.video_codec, "
                "pixel_format = excluded.pixel_format, audio_codec = excluded.audio_codec, "
                "rotation = excluded.rotation, size_bytes = excluded.size_bytes, sound = excluded.sound, "
                "added = excluded.added, role = excluded.role, is_owned = excluded.is_owned",
                [video.id, title, fold(title), sort_key(title), self._stored_path(path), info.duration, info.width,
                 info.height, info.fps, info.container, info.video_codec, info.pixel_format, info.audio_codec,
                 info.rotation, info.size_bytes, video.sound, added, role, is_owned],
            )  # fmt: skip
            _write_tags(connection, video.id, tags)
            connection.execute("DELETE FROM removals WHERE video_id = ?", [video.id])
            if role == "library" and (old is None or old["role"] != "library"):
                _bump(connection, _MEMBERS)
        return replace(video, title=title, tags=_in_order(tags), path=path, is_owned=is_owned, role=role, added=added)

    def find(self, video_id: str) -> Video | None:
        """The entry of that id, or None."""
        rows = self.database.read("SELECT * FROM videos WHERE id = ?", [checked_id(video_id)])
        return self._videos(rows)[0] if rows else None

    def get(self, video_id: str) -> Video:
        """The entry of that id; NotFound when there is none."""
        video = self.find(video_id)
        if video is None:
            raise _missing(video_id)
        return video

    def page(self, *, text: str, tags: Sequence[str], order: Order, offset: int, limit: int, role: Role) -> Page:
        """A slice of the videos whose title or a tag holds every word of `text` and that carry all of `tags`."""
        if order not in _ORDERS:
            raise StudioError(f"Videos can be sorted by {', '.join(_ORDERS)}, not by {order!r}.")
        where, values = _filter(text, tags, role)
        total = self.database.read(f"SELECT count(*) FROM videos AS v WHERE {where}", values)[0][0]
        rows = self.database.read(
            f"SELECT v.* FROM videos AS v WHERE {where} ORDER BY {_ORDERS[order]} LIMIT ? OFFSET ?",
            [*values, min(max(limit, 0), PAGE_LIMIT), max(offset, 0)],
        )
        return Page(self._videos(rows), total)

    def ids(self, role: Role | None) -> list[str]:
        """The ids of all videos of a role in the order they were added, or of both roles."""
        if role is None:
            return [row[0] for row in self.database.read("SELECT id FROM videos")]
        rows = self.database.read("SELECT id FROM videos WHERE role = ? ORDER BY added DESC, id", [role])
        return [row[0] for row in reversed(rows)]

    def seconds(self) -> float:
        """Of video in the library, queries left out."""
        return float(self.database.read("SELECT total(duration) FROM videos WHERE role = 'library'")[0][0])

    def owned_names(self) -> set[str]:
        """The file names of the media that belong to an entry and lie in the library's own folder."""
        return {self._path(row[0]).name for row in self.database.read("SELECT path FROM videos WHERE is_owned")}

    def rename(self, video_id: str, title: str) -> None:
        """Gives a video another title."""
        title = clean_title(title)
        with self.database.write() as connection:
            values = [title, fold(title), sort_key(title), checked_id(video_id)]
            cursor = connection.execute("UPDATE videos SET title = ?, folded = ?, sort_key = ? WHERE id = ?", values)
            _demand(cursor.rowcount, video_id)

    def set_tags(self, video_id: str, tags: Iterable[str]) -> None:
        """Replaces the tags of a video."""
        with self.database.write() as connection:
            found = connection.execute("SELECT 1 FROM videos WHERE id = ?", [checked_id(video_id)]).fetchone()
            _demand(int(found is not None), video_id)
            _write_tags(connection, video_id, clean_tags(tags))

    def all_tags(self) -> dict[str, int]:
        """Every tag in the library with the number of videos that carry it, the most used first."""
        rows = self.database.read(
            "SELECT tag, count(*) FROM tags JOIN videos ON id = video_id WHERE role = 'library' "
            "GROUP BY tag ORDER BY count(*) DESC, tags.folded, tag"
        )
        return {row[0]: row[1] for row in rows}

    def promote(self, video_id: str) -> None:
        """Makes a query part of the library."""
        with self.database.write() as connection:
            row = connection.execute("SELECT role FROM videos WHERE id = ?", [checked_id(video_id)]).fetchone()
            _demand(int(row is not None), video_id)
            if row["role"] != "library":
                connection.execute(
                    "UPDATE videos SET role = 'library', added = ? WHERE id = ?", [time.time(), video_id]
                )
                _bump(connection, _MEMBERS)

    def old_queries(self, older_than_seconds: float) -> list[str]:
        """The ids of queries added longer ago than that, the oldest first."""
        limit = time.time() - older_than_seconds
        chosen = "SELECT id FROM videos WHERE role = 'query' AND added < ? ORDER BY added"
        return [row[0] for row in self.database.read(chosen, [limit])]

    # ---------------------------------------------------------------------------------------------- removing

    def remove(self, video_ids: Iterable[str]) -> None:
        """Takes entries out and notes, in the same transaction, the files that have to go; unknown ids are ignored."""
        with self.database.write() as connection:
            for video_id in map(checked_id, video_ids):
                row = connection.execute("SELECT * FROM videos WHERE id = ?", [video_id]).fetchone()
                if row is not None:
                    media = row["path"] if row["is_owned"] else None
                    connection.execute("INSERT OR REPLACE INTO removals VALUES (?, ?)", [video_id, media])
                    connection.execute("DELETE FROM videos WHERE id = ?", [video_id])
                    if row["role"] == "library":
                        _bump(connection, _MEMBERS)

    def removals(self, video_id: str | None = None) -> list[tuple[str, Path | None]]:
        """Videos that are out of the catalogue and whose files may still be there: id and owned media file.

        Of one video, inside `database.write()`, the answer holds until the end of the transaction.
        """
        rows = self.database.read(
            "SELECT video_id, media FROM removals WHERE video_id NOT IN (SELECT id FROM videos) "
            "AND (? IS NULL OR video_id = ?)",
            [video_id, video_id],
        )
        return [(row[0], None if row[1] is None else self._path(row[1])) for row in rows]

    def removed(self, video_id: str) -> None:
        """Notes that the files of a removed video are gone."""
        with self.database.write() as connection:
            connection.execute("DELETE FROM removals WHERE video_id = ?", [video_id])

    # --------------------------------------------------------------------------------------------- revisions

    def bump(self, encoder: str) -> None:
        """Counts a change of an encoder's tracks."""
        with self.database.write() as connection:
            _bump(connection, f"tracks {encoder}")

    def revision(self, encoder: str) -> str:
        """Changes with every counted change of the library's members or of this encoder's tracks."""
        rows = self.database.read(
            "SELECT (SELECT value FROM identity), "
            "(SELECT value FROM revisions WHERE name = ?), (SELECT value FROM revisions WHERE name = ?)",
            [_MEMBERS, f"tracks {encoder}"],
        )
        identity, members, tracks = rows[0]
        return f"{identity}.{members or 0}.{tracks or 0}"

    # ------------------------------------------------------------------------------------------ rows and records

    def _videos(self, rows: Sequence[Row]) -> tuple[Video, ...]:
        tags = _read_tags(self.database, [row["id"] for row in rows])
        try:
            return tuple(self._video(row, tags.get(row["id"], ())) for row in rows)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.database.damaged() from error

    def _video(self, row: Row, tags: tuple[str, ...]) -> Video:
        """An entry as a record. Raises ValueError or TypeError for one that this class never wrote."""
        sound, role = str(row["sound"]), str(row["role"])
        if not is_id(row["id"]) or sound not in get_args(Sound) or role not in get_args(Role):
            raise ValueError(f"no entry of a video: {row['id']!r}")
        info = MediaInfo(
            duration=_finite(row["duration"]), width=int(row["width"]), height=int(row["height"]),
            fps=_finite(row["fps"]), container=str(row["container"]), video_codec=str(row["video_codec"]),
            pixel_format=str(row["pixel_format"]),
            audio_codec=None if row["audio_codec"] is None else str(row["audio_codec"]),
            rotation=int(row["rotation"]), size_bytes=int(row["size_bytes"]),
        )  # fmt: skip
        title, path, added = clean_title(str(row["title"])), self._path(row["path"]), _finite(row["added"])
        return Video(row["id"], title, path, info, sound, tags, added, role, bool(row["is_owned"]))  # type: ignore[arg-type]

    def _stored_path(self, path: Path) -> bytes:
        """Paths inside the library are kept relative to it, so that its folder can move; a name may be any bytes."""
        return os.fsencode(path.relative_to(self.root) if path.is_relative_to(self.root) else path)

    def _path(self, stored: bytes) -> Path:
        return self.root / os.fsdecode(stored)


def _finite(value: object) -> float:
    """A number as the catalogue keeps them; ValueError or TypeError for what is none."""
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise ValueError(f"not a finite number: {value!r}")
    return number


def _filter(text: str, tags: Sequence[str], role: Role) -> tuple[str, list[object]]:
    """A WHERE clause and its values. `instr` knows no wildcards, so a person's % and _ are just characters."""
    clauses = ["v.role = ?"]
    values: list[object] = [role]
    for word in fold(clean_text(text, limit=TITLE_LIMIT)).split():
        clauses.append(
            "(instr(v.folded, ?) > 0 OR EXISTS "
            "(SELECT 1 FROM tags AS t WHERE t.video_id = v.id AND instr(t.folded, ?) > 0))"
        )
        values += [word, word]
    if len(tags) > MOST_TAGS:
        raise StudioError(f"Videos can be filtered by {MOST_TAGS} tags at most. Choose fewer.")
    for tag in tags:
        clauses.append("v.id IN (SELECT video_id FROM tags WHERE tag = ?)")
        values.append(clean_text(tag, limit=TAG_LIMIT))
    return " AND ".join(clauses), values


def _read_tags(source: Database | Connection, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The tags of these videos in the order of the alphabet."""
    tags: dict[str, list[str]] = {}
    for start in range(0, len(ids), 500):  # SQLite limits the values of one statement
        chunk = ids[start : start + 500]
        sql = f"SELECT video_id, tag FROM tags WHERE video_id IN ({', '.join('?' * len(chunk))})"
        for row in source.read(sql, chunk) if isinstance(source, Database) else source.execute(sql, chunk):
            tags.setdefault(row[0], []).append(row[1])
    return {video_id: _in_order(found) for video_id, found in tags.items()}


def _in_order(tags: Sequence[str]) -> tuple[str, ...]:
    """In the order of the alphabet."""
    return tuple(sorted(tags, key=lambda tag: (fold(tag), tag)))


def _write_tags(connection: Connection, video_id: str, tags: Sequence[str]) -> None:
    connection.execute("DELETE FROM tags WHERE video_id = ?", [video_id])
    connection.executemany("INSERT INTO tags VALUES (?, ?, ?)", [(video_id, tag, fold(tag)) for tag in tags])


def _bump(connection: Connection, name: str) -> None:
    connection.execute("INSERT INTO revisions VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1", [name])


def _demand(found: int, video_id: str) -> None:
    if not found:
        raise _missing(video_id)


def _missing(video_id: str) -> NotFound:
    return NotFound(f"The library has no video {video_id}. It may have been removed; reload the list.")
