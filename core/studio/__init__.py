"""The one door of the product: wires settings, library, encoders and pipelines, and keeps what is costly to make.

Both apps and the command line speak to a `Studio` and to nothing else in core. It is cheap to open, safe to share
between threads, and one serves a whole process. Its methods raise `StudioError` with a sentence for the person.
"""

import threading

from core.config import Settings
from core.studio.compare import Compare
from core.studio.groups import Groups
from core.studio.learning import Learning
from core.studio.map_pictures import MapPictures
from core.studio.questions import Moment as Moment
from core.studio.questions import Questions
from core.studio.search import Search
from core.studio.shelf import Shelf
from core.studio.trace import Tracing

_opening = threading.Lock()
_open: dict[Settings, "Studio"] = {}


def open_studio(settings: Settings | None = None) -> "Studio":
    """The studio of this process for these settings, opened on first call, however many call at once."""
    wanted = settings or Settings.from_env()
    with _opening:
        if wanted not in _open:
            _open[wanted] = Studio(wanted)
        return _open[wanted]


def close_studios() -> None:
    """Close every studio of this process in an orderly way; the next call opens anew."""
    with _opening:
        while _open:
            _open.popitem()[1].close()


class Studio(Shelf, Search, Questions, Compare, Groups, Learning, Tracing, MapPictures):
    """A library with everything that can be asked of it; each part of what it can do has its own file here."""
