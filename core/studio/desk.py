"""What every part of the studio stands on: the settings, the open library, the jobs and the equipment."""

import logging
from contextlib import suppress

from core.config import Settings
from core.equipment import Equipment, Lend
from core.errors import LibraryError, NotFound
from core.pipelines.ingest import refresh
from core.records import FeatureTrack, Job, Progress, Readiness, Video, no_progress
from core.store.jobs import Jobs
from core.store.library import Library

LEARNING = "learning"  # the lane of what draws at random: PyTorch has one generator for the whole process
HOUR = 3600.0  # seconds

logger = logging.getLogger(__name__)


class Desk:
    """A library opened for work, with the long work that goes on in it and the encoders it may use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._library = Library(settings.library)
        self._jobs = Jobs(self._library.database.path)
        self._equipment = Equipment(settings, self._library)
        try:
            self.forget_queries()
        except LibraryError:  # a file cannot be deleted, or the catalogue is busy: the library can be used all the same
            logger.warning("Old queries could not all be deleted; that is tried again next time.", exc_info=True)

    def forget_queries(self) -> None:
        """Delete what was made of clips that were asked about longer ago, or in greater number, than the settings keep.

        Done when a studio opens; an app that runs for weeks calls it now and then.
        """
        hosting = self.settings.hosting
        self._library.forget_queries(hosting.keep_hours * HOUR, most_bytes=hosting.keep_bytes)

    def close(self) -> None:
        """Stop the jobs of this process. Finished videos are kept."""
        self._jobs.close()

    def video(self, video_id: str) -> Video:
        return self._library.get(video_id)

    # ------------------------------------------------------------------------------------------- encoders

    def readiness(self) -> list[Readiness]:
        """Every visual encoder and whether it can be used now. Never touches the network."""
        return self._equipment.readiness()

    def encoder(self) -> str:
        """The encoder in use, by registry key."""
        return self._equipment.name()

    def encoder_reason(self) -> str:
        """Why that encoder, as a sentence."""
        return self._equipment.reason()

    def encoder_is_settled(self) -> bool:
        """Whether it is certain which encoder will answer; a new library chooses with its first clip or question."""
        return self._equipment.is_settled()

    def warm(self, *, lend: Lend | None = None, progress: Progress = no_progress) -> None:
        """Choose and load the encoders now, in this thread, so that nobody who asks has to wait for them.

        With `lend`, those that want a GPU are put into other hands first.
        """
        self._equipment.warm(lend, progress)

    def extracted_with(self, video_id: str) -> list[str]:
        """Every encoder that has been through this video, by its track name ("embedded-1@1fps")."""
        return self._library.encoders_of(video_id)

    # ----------------------------------------------------------------------------------------------- jobs

    def jobs(self) -> list[Job]:
        """Recent long work, newest first, from all windows and processes that use this library."""
        return self._jobs.list()

    def cancel_job(self, job_id: str) -> None:
        self._jobs.cancel(job_id)

    def dismiss_job(self, job_id: str) -> None:
        """Take a finished job off the list."""
        self._jobs.dismiss(job_id)

    # ------------------------------------------------------------------------------------------- shared

    def _track_of(self, video: Video, name: str, progress: Progress) -> FeatureTrack:
        """The track of a video, extracted now when it is not there yet."""
        track = self._equipment.track(name)
        with suppress(NotFound):  # missing, or damaged and just put aside
            return self._library.load_track(video.id, track)
        refresh(video, self._library, self._equipment.extractors(name, progress), progress)
        return self._library.load_track(video.id, track)


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
