"""Fitted frame maps of a library: `maps/<version>.safetensors`, each with its points, and which of them is in use.

Knows arrays and what the caller wants remembered; what they mean is the business of whoever fitted them.
"""

import json
import re
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from core import checkpoints
from core.checkpoints import Checkpoint
from core.errors import NotFound
from core.records import MapChoices, MapView
from core.store.disk import clean_text, explained
from core.store.library import Library

MOST_KEPT = 12  # views; beyond that the oldest goes
UNLISTED_SECONDS = 3600.0  # a map that is just being kept was written more recently than that
MOST = 1e15  # no number of a view is larger
CURRENT, LISTED = "frame_map", "frame_maps"  # settings of the library

_VERSION = re.compile(r"[a-z0-9-]{4,40}")


class Maps:
    """The maps that are kept of one library."""

    def __init__(self, library: Library) -> None:
        """Deletes what a process that was killed wrote and did not come to list."""
        self._library = library
        if self.views() or library.get_setting(LISTED) in (None, "[]"):
            self._sweep()  # else another version of the program may come back to its maps

    def path(self, version: str) -> Path:
        """Where the map of that version lies or would lie. NotFound when the text is no version."""
        if not _VERSION.fullmatch(version):
            raise NotFound(f"There is no frame map {clean_text(version, limit=40)!r}.")
        return self._library.maps_folder() / f"{version}{checkpoints.SUFFIX}"

    def save(self, checkpoint: Checkpoint, view: MapView) -> None:
        """Keeps a map and makes it the one in use. A map of the same version is replaced."""
        checkpoints.save(self.path(view.version), checkpoint)
        others = [other for other in self.views() if other.version != view.version]
        while len(others) >= MOST_KEPT:
            self.forget(others.pop().version)
        self._list([*others, view])
        self.use(view.version)
        self._sweep()

    def load(self, version: str) -> Checkpoint:
        """A kept map. NotFound when there is none of that version, CheckpointError when it is damaged."""
        path = self.path(version)
        if not path.is_file():
            raise NotFound(f"The frame map {version!r} is not kept any more. Reload the page.")
        return checkpoints.load(path, "frame_map")

    def current(self) -> str | None:
        """The version in use, or None when nothing is fitted."""
        version = self._library.get_setting(CURRENT)
        return version if version and _VERSION.fullmatch(version) and self.path(version).is_file() else None

    def use(self, version: str) -> None:
        """Makes a kept map the one in use. NotFound when there is none of that version."""
        if not self.path(version).is_file():
            raise NotFound(f"The frame map {version!r} is not kept any more. Reload the page.")
        self._library.set_setting(CURRENT, version)

    def forget(self, version: str) -> None:
        """Deletes a kept map; without the one in use the newest of the others is."""
        path = self.path(version)
        with explained(path):
            path.unlink(missing_ok=True)
        left = [view for view in self.views() if view.version != version]
        self._list(left)
        if self._library.get_setting(CURRENT) == version:
            self._library.set_setting(CURRENT, left[0].version if left else "")

    def views(self) -> list[MapView]:
        """Every map that is kept, the newest first."""
        current = self.current()
        try:
            rows = json.loads(self._library.get_setting(LISTED) or "[]")
        except (ValueError, RecursionError):  # damaged
            rows = []
        views = []
        for row in rows if isinstance(rows, list) else ():
            with suppress(TypeError, KeyError, ValueError):  # of another version: swept away with the next save
                views.append(_view(row))
        kept = [
            replace(view, is_current=view.version == current) for view in views if self.path(view.version).is_file()
        ]
        return sorted(kept, key=lambda view: view.created, reverse=True)

    def next_to_go(self) -> MapView | None:
        """The oldest of those that are kept, where the next one takes its place; None while there is room."""
        views = self.views()
        return views[-1] if len(views) >= MOST_KEPT else None

    def _sweep(self) -> None:
        """Deletes maps that no list names: of another version of the program, or of a process that was killed."""
        listed = {view.version for view in self.views()}
        folder = self._library.maps_folder()
        with explained(folder):
            for path in list(folder.glob(f"*{checkpoints.SUFFIX}")):
                with suppress(FileNotFoundError):  # another process may be first
                    if path.stem not in listed and time.time() - path.stat().st_mtime > UNLISTED_SECONDS:
                        path.unlink()

    def _list(self, views: list[MapView]) -> None:
        self._library.set_setting(LISTED, json.dumps([asdict(view) for view in views]))


def _view(row: Any) -> MapView:
    """An entry of the list. Raises TypeError, KeyError or ValueError for one that this class never wrote."""
    view = MapView(**(row | {"choices": MapChoices(**row["choices"])}))
    numbers = view.frames, view.videos, view.created, view.seconds, view.variance_kept
    if not _VERSION.fullmatch(view.version) or not all(0 <= number < MOST for number in numbers):
        raise ValueError(f"no entry of a map: {view}")
    return view
