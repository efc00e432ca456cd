"""The frame map against UMAP, PaCMAP and t-SNE on the same vectors: processor time, and how trustworthy each layout is.

The rivals are development dependencies; one that is not installed is named as left out. Ours also learns a way to
place frames that come later, which theirs do not, or by a second search.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.bench.frame_map import made_up
from core.models.stretch import fit_placement
from core.records import BenchRow, MapChoices, Skipped
from core.training.evaluate_map import K, trustworthiness
from core.training.frame_map import fit
from core.training.rivals import Layout, rivals

FRAMES = 3_000
WARM_UP = 200  # frames that the rivals' compilers are woken with; that is not counted

Vectors = NDArray[np.float32]


def run(videos: Path | None) -> list[BenchRow | Skipped]:
    """A row for each rival that is installed. The vectors are made up, so `videos` changes nothing."""
    vectors, video = made_up(FRAMES, seed=0)
    found, missing = rivals()

    def ours(rows: Vectors) -> Vectors:
        code = fit(rows, video[: len(rows)], MapChoices())[0].code(rows)
        return fit_placement(code).place(code)

    seconds, trust = _timed(ours, vectors)
    rows: list[BenchRow | Skipped] = []
    for name, layout in found.items():
        theirs, their_trust = _timed(partial(_laid_out, layout), vectors)
        label = f"map of {FRAMES:,} frames, trustworthiness (k = {K}) {trust:.3f} against {their_trust:.3f}"
        rows.append(BenchRow(label, seconds, theirs, theirs / seconds, "CPU seconds", name))
    return [*rows, *(Skipped("map_rivals", reason) for reason in missing)]


def _laid_out(layout: Layout, vectors: Vectors) -> Vectors:
    return layout(vectors, 0)


def _timed(lay_out: Callable[[Vectors], Vectors], vectors: Vectors) -> tuple[float, float]:
    """CPU seconds of all threads, and the trustworthiness of the layout, 0–1."""
    lay_out(vectors[:WARM_UP])
    start = time.process_time()
    positions = lay_out(vectors)
    return time.process_time() - start, trustworthiness(vectors, positions)
