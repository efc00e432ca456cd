"""Where the parts of a clip were taken from."""

import uuid
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError, NotFound
from core.features.base import versioned_track
from core.features.panes import PaneEncoder, pane_version
from core.features.registry import encoder_version
from core.media.sandbox import Sandbox
from core.models.registry import model_spec
from core.models.trace_cuts import Look
from core.pipelines.demo_compilation import TITLE, can_trace, write_compilation
from core.pipelines.edit_list import written
from core.pipelines.ingest import refresh, take_in
from core.pipelines.trace import trace
from core.pipelines.trace_pictures import look_into
from core.records import FeatureTrack, Progress, Trace, TraceExport, Video, no_progress
from core.studio.desk import Desk, count

TRACE_RATE = 3.0  # frames per second of a query that are looked at, as published (Du and Peng 2021, section 4.1)
TRACE_MODEL = "trace_decoder"
PLAIN = 0.01  # weight below which a frame shows nothing
ROUGHLY = (
    "The file of this clip cannot be read again, so its cuts are told only as closely as its frames were looked at."
)
STITCHED = "stitched_demo"  # the setting that holds the id of the compilation
LOWEST_SHARE = 1 / 3  # of the way from "same video" to "copy": frames less alike are taken for no copies


class Tracing(Desk):
    """Traces clips through the library."""

    def trace(self, query: Video | str, *, model: str = TRACE_MODEL, progress: Progress = no_progress) -> Trace:
        """Which second of which library video every part of a clip was taken from, or that its source is unknown.

        The query is a video from `query` or the library, or the id of one. Its frames are looked at `TRACE_RATE` times
        a second, once; the library's as they are stored. Raises StudioError for an unknown model, MediaError when the
        file of the query is gone.
        """
        model_spec(model, "trace")
        video = self.video(query) if isinstance(query, str) else query
        name = self.encoder()
        calibration = self._equipment.calibration(name)
        same, copy = calibration.same_video, calibration.copy
        looking = 0.0 if self._has_fine_track(video, name) else 0.6
        track = self._fine_track(video, name, lambda done, text: progress(looking * done, text))
        with Sandbox(video.path, self.settings.limits) as media:
            look = _closer(media)
            return trace(
                video,
                track,
                dimension=self._equipment.encoder(name).dimension,
                library=self._library,
                index=self._equipment.index(name),
                encoder=name,
                lowest=same + (copy - same) * LOWEST_SHARE,
                copy=copy,
                model=model,
                look=look,
                gates=self._gates(track, name) if model == "retrieval_memory" else None,
                notes=self._trace_notes(track, name) + (() if look else (ROUGHLY,)),
                progress=lambda done, text: progress(looking + (1 - looking) * done, text),
            )

    def export_trace(self, answer: Trace, kind: TraceExport) -> str:
        """The answer as the text of a file: "csv" for tables, "json" for programs, "edl" (CMX 3600) for editors."""
        return written(answer, kind)

    def can_stitch_demo(self) -> bool:
        """Whether the library holds demo clips enough that `stitch_demo` has something to trace to."""
        return can_trace(self._library, self.settings.limits)

    def stitch_demo(self, progress: Progress = no_progress) -> Video:
        """A compilation of demo clips with a scene from elsewhere among them, as a query; made once and kept as long
        as queries are. Raises MediaError when a demo clip is damaged."""
        before = self._library.get_setting(STITCHED)
        known = self._library.find(before) if before else None
        if known is not None and known.path.exists():
            return known
        path = self._library.incoming() / f"{uuid.uuid4().hex}.mp4"
        try:
            write_compilation(path, self.settings.limits, lambda done, text: progress(0.7 * done, text))
            video, _ = take_in(
                path,
                title=TITLE,
                role="query",
                library=self._library,
                extractors=self._equipment.extractors(),
                is_owned=True,
                progress=lambda done, text: progress(0.7 + 0.3 * done, text),
            )
        finally:
            path.unlink(missing_ok=True)  # where it went well it has been moved
        self._library.set_setting(STITCHED, video.id)
        return video

    def _fine_name(self, name: str) -> str:
        version = pane_version(encoder_version(name, self.settings))
        return versioned_track(name, version, max(TRACE_RATE, self.settings.fps))

    def _has_fine_track(self, video: Video, name: str) -> bool:
        return self._library.has_track(video.id, self._fine_name(name))

    def _fine_track(self, video: Video, name: str, progress: Progress) -> FeatureTrack:
        """The track of a query at the rate of tracing, extracted now when it is not there yet."""
        track = self._fine_name(name)
        with suppress(NotFound):  # missing, or damaged and just put aside
            return self._library.load_track(video.id, track)
        extractors = replace(
            self._equipment.extractors(name),
            visual=(PaneEncoder(self._equipment.encoder(name)),),
            audio=(),
            fps=max(TRACE_RATE, self.settings.fps),
        )
        refresh(video, self._library, extractors, progress)
        return self._library.load_track(video.id, track)

    def _gates(self, track: FeatureTrack, name: str) -> NDArray[np.float32]:
        """Of the retrieval memory, from the transition network. Raises ModelUnavailable where that is not trained."""
        gates: NDArray[np.float32] = self._equipment.model("transition", name).gates(
            track.vectors[:, : self._equipment.encoder(name).dimension]
        )
        return gates

    def _trace_notes(self, track: FeatureTrack, name: str) -> tuple[str, ...]:
        notes = []
        if track.weights.max(initial=0.0) < PLAIN:
            notes.append("Every frame of this clip is black, white or plain, so there is nothing to recognise.")
        everyone = set(self._library.ids()) - {track.video_id}
        waiting = len(everyone - self._library.extracted(self._equipment.track(name)))
        if waiting:
            notes.append(
                f"{count(waiting, 'video')} of {len(everyone)} cannot be found yet: not extracted with {name}."
            )
        if not everyone:
            notes.append("The library holds no other video, so every source is unknown.")
        return tuple(notes)


def _closer(media: Sandbox) -> Look | None:
    """A way to look at a clip again; None when its file is gone, or damaged by now."""
    look = look_into(media)
    try:
        look(0.0, 0.0)
    except MediaError:
        return None
    return look
