"""What similarities mean on this library, for every way to search: fitted when asked for, kept in its settings."""

import json
import logging
from contextlib import suppress
from dataclasses import asdict, replace

from core.errors import LibraryError, MediaError, NotFound
from core.features.audio_halves import HalvesOfSound
from core.media.sandbox import Sandbox
from core.models.methods import Method
from core.models.registry import MODELS
from core.pipelines.references import Stored, no_sound
from core.records import FeatureTrack, Job, KinCalibration, Progress, Using, Video, no_progress
from core.studio.desk import Desk, count
from core.training.calibrate import MOST, SHORTEST, Halves, calibrate, cut, sample

logger = logging.getLogger(__name__)

READS_MEL = "mel_autoencoder"  # the one model that is given mel spectrograms
STALE_SHARE = 0.2  # of the videos that came or went before a calibration is fitted again
GUESSES: dict[tuple[str, str], tuple[float, float]] = {
    ("cosine", "visual"): (0.033, 0.453),
    ("cosine", "audio"): (0.0793, 0.678),
    ("cosine", "early"): (0.0527, 0.492),
    ("cosine", "late"): (0.0354, 0.45),
    ("descriptor", "visual"): (0.047, 0.507),
    ("descriptor", "audio"): (0.0793, 0.678),
    ("descriptor", "early"): (0.0527, 0.492),
    ("descriptor", "late"): (0.0462, 0.498),
    ("knn", "visual"): (0.0161, 0.101),
    ("knn", "audio"): (0.0137, 0.09),
    ("knn", "early"): (0.0283, 0.159),
    ("knn", "late"): (0.0157, 0.098),
    ("logistic", "visual"): (0.0107, 0.07),
    ("logistic", "audio"): (0.0146, 0.078),
    ("logistic", "early"): (0.0203, 0.114),
    ("logistic", "late"): (0.0103, 0.068),
    ("svm", "visual"): (0.0825, -0.294),
    ("svm", "audio"): (0.0982, -0.294),
    ("svm", "early"): (0.0907, -0.238),
    ("svm", "late"): (0.0828, -0.294),
    ("vae", "visual"): (0.0828, 0.806),
    ("vae", "audio"): (0.0906, 0.781),
    ("vae", "early"): (0.0868, 0.689),
    ("vae", "late"): (0.0795, 0.797),
    ("vae_wide", "visual"): (0.0058, 0.169),
    ("vae_wide", "audio"): (0.0196, 0.239),
    ("vae_wide", "early"): (0.008, 0.175),
    ("vae_wide", "late"): (0.0065, 0.175),
    ("mel_autoencoder", "late"): (0.033, 0.453),
    ("visil", "visual"): (0.0585, 0.326),
    ("visil", "late"): (0.0585, 0.326),
}
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
        weights = ",".join(f"{method.weights[sense]:.2f}" for sense in sorted(method.weights))
        key = f"kin/{model}/{using}/{weights}/{self._equipment.track(name)}"
        now = self._state(model, using, name)
        kept = _read(self._library.get_setting(key))
        if kept is not None and not _is_stale(kept[1], now):
            return kept[0]
        fitted = self._guess(model, using, name)
        if MODELS[model].reads != "regions":  # those are too slow to put to all pairs of halves
            videos = sample(self._halvable(), most=MOST)
            halves = [half for video in videos if (half := self._cut(video, model, references)) is not None]
            floor = self._equipment.calibration(name).copy
            fitted = calibrate(method, halves, floor=floor, guess=fitted, progress=progress)
        try:
            self._library.set_setting(key, json.dumps({"calibration": asdict(fitted), "state": now}))
        except LibraryError as error:  # a full disk, say: the answer holds all the same, and is fitted again next time
            logger.warning("The calibration of %s could not be kept: %s", model, error)
        return fitted

    def _state(self, model: str, using: Using, name: str) -> dict[str, int]:
        """What a calibration depends on: how many videos, how many of them listened to, and which weights."""
        path = self._equipment.checkpoint(model, name) if MODELS[model].learns else None
        return {
            "videos": len(self._library.extracted(self._equipment.track(name))),
            "heard": len(self._library.extracted(HalvesOfSound.track_name)) if using != "visual" else 0,
            "weights": path.stat().st_mtime_ns if path is not None else 0,
        }

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

    def _cut(self, video: Video, model: str, references: Stored) -> Halves | None:
        try:
            clip = references.clip(video.id)
        except NotFound:
            return None
        if model == READS_MEL:
            clip = replace(clip, mel=references.mel(video.id))
        sound = self._halves(video) or no_sound(video.id, HalvesOfSound.track_name)
        return cut(clip, video.info.duration, sound)


def _is_stale(before: dict[str, int], now: dict[str, int]) -> bool:
    """Whether other weights are in use, or a fifth of the videos came or went, or as many were listened to since."""
    counts = ("videos", "heard")
    return before["weights"] != now["weights"] or any(
        abs(now[name] - before[name]) > STALE_SHARE * max(before[name], 1) for name in counts
    )


def _read(text: str | None) -> tuple[KinCalibration, dict[str, int]] | None:
    """What was kept; None when it is not there or of another version."""
    try:
        kept = json.loads(text or "")
        state = {name: int(kept["state"][name]) for name in ("videos", "heard", "weights")}
        return KinCalibration(**kept["calibration"]), state
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
