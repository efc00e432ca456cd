"""Prints of the map: `prints/<name>`, each with `prints/<name>.shows`, the ids of the videos that it shows.

By those ids a print goes when a video that it shows is removed. Knows nothing of what a print looks like.
"""

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from core.errors import NotFound
from core.store.disk import clean_text, explained, replacing

SHOWS = ".shows"  # the ending of the list beside a print


class Prints:
    """The folder of prints."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def place(self, name: str, shows: Collection[str]) -> Path:
        """Where a print of that name is to be written, once it is noted that it shows these videos."""
        path = self._folder / name
        with replacing(self._list(path)) as file:
            file.write("\n".join(sorted(shows)).encode())
        return path

    def all(self) -> list[Path]:
        """Every print that is kept, the newest first; what has no list beside it is none of ours."""
        with explained(self._folder):
            files = (listed.with_suffix("") for listed in self._folder.glob(f"*{SHOWS}"))
            return sorted(filter(Path.is_file, files), key=lambda path: path.stat().st_mtime, reverse=True)

    def get(self, name: str) -> Path:
        """The print of that name. NotFound when it is not kept any more."""
        for path in self.all():
            if path.name == name:
                return path
        raise NotFound(f"The print {clean_text(name, limit=80)!r} is not kept any more. Print it again.")

    def remove(self, name: str) -> None:
        """Deletes a print."""
        self._delete(self.get(name))

    def showing(self, ids: Collection[str]) -> list[Path]:
        """Every print that shows one of these videos, also one that is still being made."""
        wanted, found = set(ids), []
        with explained(self._folder):
            for listed in self._folder.glob(f"*{SHOWS}"):
                with suppress(FileNotFoundError):  # deleted by another process meanwhile
                    if listed.is_file() and wanted & set(listed.read_text("utf-8", "replace").split()):
                        found.append(listed.with_suffix(""))
        return found

    def forget(self, ids: Collection[str]) -> None:
        """Deletes every print that shows one of these videos."""
        for path in self.showing(ids):
            self._delete(path)

    def _delete(self, path: Path) -> None:
        with explained(path):
            path.unlink(missing_ok=True)
            self._list(path).unlink(missing_ok=True)

    def _list(self, path: Path) -> Path:
        return path.with_name(path.name + SHOWS)
