"""The frame map against UMAP, PaCMAP and t-SNE on the same vectors: processor time, and how trustworthy each layout is.

The rivals are development dependencies; one that is not installed is named as left out. Ours also learns a way to
place frames that come later, which theirs do not, or by a second search.
"""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.config import SAMPLES, Limits
from core.features.embedded import EmbeddedEncoder
from core.media.video import VideoFile
from core.models.stretch import fit_placement
from core.records import BenchRow, MapChoices, Skipped
from core.training.evaluate_map import K, trustworthiness
from core.training.frame_map import fit
from core.training.rivals import Layout, rivals

RATE = 4.0  # frames a second of the demo clips: nearly a thousand
WARM_UP = 100  # frames that the rivals' compilers are woken with; that is not counted

Vectors = NDArray[np.float32]


def run(videos: Path | None) -> list[BenchRow | Skipped]:
    """A row for each rival that is installed. The frames are those of demo clips, so `videos` changes nothing."""
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # before their compiler is loaded: its idle threads spin
    vectors, video = _demo()
    found, missing = rivals()

    def ours(rows: Vectors) -> Vectors:
        code = fit(rows, video[: len(rows)], MapChoices())[0].code(rows)
        return fit_placement(code).place(code)

    seconds, trust = _timed(ours, vectors)
    rows: list[BenchRow | Skipped] = []
    for name, layout in found.items():
        theirs, their_trust = _timed(partial(_laid_out, layout), vectors)
        label = f"map of {len(vectors):,} frames, trustworthiness (k = {K}) {trust:.3f} against {their_trust:.3f}"
        rows.append(BenchRow(label, seconds, theirs, theirs / seconds, "CPU seconds", name))
    return [*rows, *(Skipped("map_rivals", reason) for reason in missing)]


def _demo() -> tuple[Vectors, NDArray[np.int32]]:
    """Frames by the built-in encoder (N, D), and the number of the clip of each (N,)."""
    encoder, tracks = EmbeddedEncoder(), []
    for path in sorted(SAMPLES.glob("*.mp4")):
        runs = VideoFile(path, Limits()).frames(fps=RATE, short_side=encoder.short_side)
        tracks.append(np.concatenate([encoder.encode(run.images) for run in runs]))
    return np.concatenate(tracks), np.repeat(np.arange(len(tracks), dtype=np.int32), [len(track) for track in tracks])


def _laid_out(layout: Layout, vectors: Vectors) -> Vectors:
    return layout(vectors, 0)


def _timed(lay_out: Callable[[Vectors], Vectors], vectors: Vectors) -> tuple[float, float]:
    """CPU seconds of all threads, and the trustworthiness of the layout, 0–1."""
    lay_out(vectors[:WARM_UP])
    start = time.process_time()
    positions = lay_out(vectors)
    return time.process_time() - start, trustworthiness(vectors, positions)
