"""What can go wrong for a person, as text that says what to do next.

A `StudioError` is an expected condition with a sentence for whoever sits at the browser. A third party's exception is
translated into one once, in the file that imports that library, with `from error`. Anything else is a bug and stays
loud.
"""


class StudioError(Exception):
    """An expected condition; its text is shown to the person as it stands."""


class MediaError(StudioError):
    """A file cannot be read as video, sound or picture, or goes past a limit."""


class EncoderUnavailable(StudioError):
    """An encoder cannot run here: its weights or its library are missing."""


class CheckpointError(StudioError):
    """Learned weights cannot be read or written, or are another model's."""


class ModelUnavailable(StudioError):
    """A model has learned nothing yet that fits the encoder in use."""


class LibraryError(StudioError):
    """The library on disk cannot do what was asked: damaged, locked, full, or written by a newer version."""


class NotFound(StudioError):
    """No video, job or checkpoint carries that name."""


class Cancelled(Exception):
    """Raised out of a progress callback when the person asked to stop. Not an error: nothing went wrong."""
