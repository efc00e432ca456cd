"""What similarities mean on this library, for every way to search: fitted when asked for, kept in its settings."""

import json
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from core.errors import MediaError, NotFound
from core.features.audio_halves import HalvesOfSound
from core.media.sandbox import Sandbox
from core.models.methods import Method
from core.models.registry import MODELS
from core.pipelines.references import Stored, no_sound
from core.records import FeatureTrack, Job, KinCalibration, Progress, Using, Video, no_progress
from core.studio.desk import Desk, count
from core.training.calibrate import ENOUGH, SHORTEST, Halves, calibrate, cut

STALE_SHARE = 0.2  # of the videos that came or went before a calibration is fitted again
GUESSES: dict[tuple[str, str], tuple[float, float]] = {}
"""Temperature and similarity of "none", by model and what is compared, as fitted on real clips."""


class Calibrations(Desk):
    """The numbers behind the probabilities."""

    def listen_to_halves(self, progress: Progress = no_progress) -> int:
        """Take the sound features of both halves of every clip, so that sound is calibrated too; gives how many.

        Clips that were listened to before are skipped, and those whose original is gone left out.
        """
        waiting = [video for video in self._halvable() if video.sound == "present" and self._halves(video) is None]
        done = 0
        for number, video in enumerate(waiting):
            progress(number / len(waiting), f"{video.title}: listening to both halves")
            encoder = HalvesOfSound(video.info.duration)
            with suppress(MediaError), Sandbox(video.path, self.settings.limits) as sandbox:
                self._library.save_track(encoder.track(video.id, sandbox.audio(rate=encoder.rate)))
                done += 1
        return done

    def start_listening(self) -> Job:
        """The same in the background."""
        return self._jobs.submit(
            "calibrate",
            "Calibrating probabilities of sound",
            lambda progress: f"{count(self.listen_to_halves(progress), 'clip')} listened to.",
        )

    def _calibration(
        self, model: str, using: Using, method: Method, references: Stored, progress: Progress
    ) -> KinCalibration:
        """The calibration of a way to search on this library; fitted now when there is none or much has changed."""
        name = self.encoder()
        videos = self._halvable()
        heard = sum(self._halves(video) is not None for video in videos) if using != "visual" else 0
        weights = ",".join(f"{method.weights[sense]:.2f}" for sense in sorted(method.weights))
        key = f"kin/{model}/{using}/{weights}/{self._equipment.track(name)}"
        kept = _read(self._library.get_setting(key))
        if kept and not _changed(kept["videos"], len(videos)) and not _changed(kept["heard"], heard):
            return KinCalibration(**kept["calibration"])
        guess = self._guess(model, using, name)
        if len(videos) < ENOUGH or MODELS[model].reads == "regions":  # too slow to put to all pairs of halves
            return guess
        halves = [half for video in videos if (half := self._cut(video, references)) is not None]
        fitted = calibrate(method, halves, floor=self._equipment.calibration(name).copy, guess=guess, progress=progress)
        told = {"calibration": asdict(fitted), "videos": len(videos), "heard": heard}
        self._library.set_setting(key, json.dumps(told))
        return fitted

    def _guess(self, model: str, using: Using, encoder: str) -> KinCalibration:
        """What to believe of a library that is too small to be asked."""
        lacks = "this library has too few long clips to cut in two"
        if using in ("audio", "early"):
            lacks = "nobody has listened to the two halves of enough clips of this library"
        if (model, using) in GUESSES and (encoder == "embedded" or using == "audio"):
            source = f"Fitted on real clips of all kinds, because {lacks}."
            return KinCalibration(*GUESSES[model, using], 0, source)
        limits = self._equipment.calibration(encoder)
        source = f"Not fitted: guessed from the encoder's thresholds, because {lacks}."
        return KinCalibration((limits.copy - limits.same_video) / 5, (limits.copy + limits.same_video) / 2, 0, source)

    def _halvable(self) -> list[Video]:
        """Videos long enough to be cut in two."""
        extracted = self._library.extracted(self._equipment.track(self.encoder()))
        found = (self._library.find(video_id) for video_id in sorted(extracted))
        return [video for video in found if video is not None and video.info.duration >= SHORTEST]

    def _halves(self, video: Video) -> FeatureTrack | None:
        """The sound features of both halves; None when nobody has listened to them."""
        try:
            return self._library.load_track(video.id, HalvesOfSound.track_name)
        except NotFound:
            return None

    def _cut(self, video: Video, references: Stored) -> Halves | None:
        try:
            clip = references.clip(video.id)
        except NotFound:
            return None
        sound = self._halves(video) or no_sound(video.id, HalvesOfSound.track_name)
        return cut(clip, video.info.duration, sound)


def _changed(before: int, now: int) -> bool:
    return abs(now - before) > STALE_SHARE * max(before, 1)


def _read(text: str | None) -> dict[str, Any] | None:
    """What was kept; None when it is not there or of another version."""
    try:
        kept = json.loads(text or "")
        KinCalibration(**kept["calibration"])
        return {"calibration": kept["calibration"], "videos": int(kept["videos"]), "heard": int(kept["heard"])}
    except (ValueError, KeyError, TypeError):
        return None
