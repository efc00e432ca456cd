"""Which videos of the library are like a clip, a picture, a sentence or another video of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from core import checkpoints
from core.config import WEIGHTS
from core.errors import EncoderUnavailable, StudioError
from core.features.mel import MelEncoder
from core.features.registry import ENCODERS, HOW_TO_SWITCH
from core.media.sandbox import Sandbox
from core.models.descriptors import LEAST, Scale, fit_scale
from core.models.methods import Method, method_for
from core.models.registry import model_spec
from core.models.scorers import Clip, best_frame, by_pairs, rows
from core.pipelines.candidates import CANDIDATES, SCORE_ALL, candidates
from core.pipelines.references import Stored, no_sound
from core.pipelines.retrieve import retrieve
from core.records import (
    Chances,
    FeatureTrack,
    KinCalibration,
    Progress,
    Readiness,
    SearchResult,
    Sense,
    Using,
    Video,
    no_progress,
)
from core.studio.calibrations import READS_MEL, Calibrations
from core.studio.desk import count
from core.studio.regions import Regions
from core.studio.spaces import Spaces

USING: Using = "late"  # unless asked otherwise
TEXT_TEMPERATURE = 0.01  # CLIP was trained with cosines times 100
USUAL_SOUND = "sound_scale"  # mean and deviation of the sound features over real clips, for a library that has few
MUTE = {
    "picture": "A picture has no sound",
    "silent": "This clip is silent",
    "absent": "This clip has no sound",
    "unreadable": "The sound of this clip cannot be read",
}


class Search(Calibrations, Spaces, Regions):
    """Looking for kin."""

    def search(
        self,
        query: Video | str,
        *,
        model: str = "cosine",
        using: Using = USING,
        weights: Mapping[Sense, float] | None = None,
        chances: Chances = "calibrated",
        top: int = 5,
        progress: Progress = no_progress,
    ) -> SearchResult:
        """The videos of the library most like this one, or the one of that id; the query itself is left out.

        `using`: pictures, sound, both in one vector ("early"), or both weighed ("late"; `weights` for "visual" and
        "audio", any numbers of at least 0, {"visual": 0.9, "audio": 0.1} unless given). What a clip lacks is not
        invented: a clip without sound is compared by its pictures, one of nothing but black by its sound, and the
        notes say so. A model that learns in seconds does so when first asked, and again when a fifth of the videos came
        or went; until then new ones are projected into what it knows. Raises StudioError for a model that cannot
        compare that, ModelUnavailable for one that has learned nothing yet.
        """
        spec = model_spec(model, "search")
        video = self.video(query) if isinstance(query, str) else query
        name = self.encoder()
        references = self._equipment.references(name)
        clip = self._clip(video, name, references, progress)
        if model == READS_MEL and clip.has_sound:
            clip = replace(clip, mel=self._mel_of(video, references))
        notes = self._notes(clip, video, using, name)
        if using == "early" and not clip.has_sound and "visual" in spec.using:
            using = "visual"
        learned, told = self._learned(model, progress)
        notes = (*notes, *told)
        learned = self._made_for_frames(model, learned, progress)
        try:
            method = method_for(model, using, scale=self._scale(references), learned=learned, weights=weights)
        except ValueError as error:
            raise StudioError(str(error)) from error
        calibration = self._calibration(model, using, method, references, progress)
        hits, none = retrieve(
            clip,
            method=method,
            ids=self._worth_scoring(clip, method, name, top),
            library=self._library,
            references=references,
            calibration=calibration,
            floor=self._equipment.calibration(name).copy,
            chances=chances,
            top=top,
            progress=progress,
        )
        return SearchResult(
            video,
            hits,
            name,
            model,
            notes,
            using=using,
            chances=chances,
            none=none,
            calibration=calibration,
            weights=dict(method.weights),
        )

    def _mel_of(self, video: Video, references: Stored) -> FeatureTrack:
        """The mel spectrogram of a query, taken now where it is missing. Raises MediaError when the file is gone."""
        track = references.mel(video.id)
        if track is None:
            encoder = MelEncoder()
            with Sandbox(video.path, self.settings.limits) as sandbox:
                track = encoder.track(video.id, sandbox.audio(rate=encoder.rate))
            self._library.save_track(track)
        return track

    def compares(self, model: str) -> tuple[Using, ...]:
        """What a model of the role "search" can be told to compare."""
        return model_spec(model, "search").using

    def text_search(self) -> Readiness:
        """Whether the encoder in use can look for a sentence, and if not, why and what to do. Loads nothing."""
        spec = ENCODERS[self.encoder()]
        if not spec.reads_text:
            reason = f"The encoder in use ({spec.label}) was made for pictures and knows no words. {HOW_TO_SWITCH}"
            return Readiness("text", "Search by words", False, reason)
        ready = spec.readiness(self.settings)
        return Readiness("text", "Search by words", ready.is_ready, ready.reason)

    def search_text(self, text: str, *, top: int = 5, progress: Progress = no_progress) -> SearchResult:
        """The videos that hold the frame nearest to a sentence, by CLIP's text side; best first.

        Probabilities are CLIP's own softmax over the candidates, which knows no "none of these": no hit claims to be
        kin. Raises EncoderUnavailable with the reason of `text_search` when that is not possible, StudioError for an
        empty sentence.
        """
        ready = self.text_search()
        if not ready.is_ready:
            raise EncoderUnavailable(ready.reason)
        if not text.strip():
            raise StudioError("Write a few words that describe what you are looking for.")
        name = self.encoder()
        encoder: Any = self._equipment.encoder(name)
        track = self._equipment.track(name)
        vector = encoder.encode_text([text.strip()])
        sentence = FeatureTrack("", track, np.zeros(1), vector, np.ones(1, np.float32))
        clip = Clip(sentence, no_sound("", self._equipment.track("audio")))
        method = Method("visual", {"visual": by_pairs(best_frame)}, {}, is_slow=True)
        hits, _ = retrieve(
            clip,
            method=method,
            ids=self._worth_scoring(clip, method, name, top),
            library=self._library,
            references=self._equipment.references(name),
            calibration=KinCalibration(TEXT_TEMPERATURE, -1e3, 0, "CLIP's own temperature."),
            floor=self._equipment.calibration(name).copy,
            top=top,
            progress=progress,
        )
        found = tuple(replace(hit, is_kin=False) for hit in hits)
        return SearchResult(None, found, name, "cosine", self._waiting(name), using="visual", text=text.strip())

    def _scale(self, references: Stored) -> Scale:
        """What is usual for sound here; in a library of few clips with sound, what is usual elsewhere."""
        heard = rows(references.table(), "audio")
        if len(heard.ids) >= LEAST:
            return fit_scale(heard.sound)
        path = WEIGHTS / checkpoints.file_name(USUAL_SOUND, self._equipment.versioned("audio"))
        usual = checkpoints.load(path, USUAL_SOUND).state
        return Scale(usual["centre"], usual["spread"])

    def _worth_scoring(self, clip: Clip, method: Method, name: str, top: int) -> list[str]:
        """All of a small library; of a large one, those that an index or a glance at their sound brings forward."""
        everyone = self._library.extracted(self._equipment.track(name)) - {clip.visual.video_id}
        if len(everyone) <= SCORE_ALL or not method.is_slow:
            return sorted(everyone)
        found: list[str] = []
        if clip.has_pictures and method.using != "audio":
            index = self._equipment.index(name)
            found = candidates(clip.visual, among=everyone, index=index, at_least=top)
        if clip.has_sound and (method.using == "audio" or method.weights.get("audio", 0.0) > 0):
            heard = method.glance(clip, self._equipment.references(name), sorted(everyone))
            found += sorted(heard, key=lambda video_id: (-heard[video_id], video_id))[: max(CANDIDATES, 4 * top)]
        return list(dict.fromkeys(found))

    def _notes(self, clip: Clip, video: Video, using: Using, name: str) -> tuple[str, ...]:
        notes = []
        if not clip.has_pictures and using in ("visual", "early"):
            notes.append("Every frame of this clip is black, white or plain, so there is nothing to recognise.")
        elif not clip.has_pictures and using == "late":
            alone = ": it was compared by its sound alone." if clip.has_sound else ", so there is nothing to recognise."
            notes.append(f"Every frame of this clip is black, white or plain{alone}")
        if not clip.has_sound and using != "visual":
            kind = "picture" if video.info.container == "picture" else video.sound
            alone = "there is nothing to compare." if using == "audio" else "it was compared by its pictures alone."
            if using == "audio" or clip.has_pictures:
                notes.append(f"{MUTE.get(kind, 'Nobody has listened to this clip yet')}: {alone}")
        elif using in ("audio", "early"):
            table = self._equipment.references(name).table()
            mute = len(table.ids) - int(table.has_sound.sum())
            if mute:
                notes.append(f"{count(mute, 'video')} of {len(table.ids)} cannot be found by sound: there is none.")
        return (*notes, *self._waiting(name))

    def _waiting(self, name: str) -> tuple[str, ...]:
        everyone = set(self._library.ids())
        waiting = len(everyone - self._library.extracted(self._equipment.track(name)))
        if not waiting:
            return ()
        return (f"{count(waiting, 'video')} of {len(everyone)} cannot be found yet: not extracted with {name}.",)
