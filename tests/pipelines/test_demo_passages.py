"""The passages of the demo clips, whose scenes hardly move: at the speed they were cut at, and where."""

import csv

import numpy as np
import pytest

from core.features.embedded import COPY_THRESHOLD, EmbeddedEncoder
from core.features.pooling import frame_weights
from core.models.alignment import align
from core.models.cosine import frame_matrix, only_content
from core.training.datasets import RealVideo, read_videos
from core.training.evaluate_visil import SAMPLES


@pytest.fixture(scope="module")
def clips() -> dict[str, RealVideo]:
    return {video.name: video for video in read_videos(SAMPLES)[0]}


def rows(kind: str) -> list[dict[str, str]]:
    with (SAMPLES / "samples.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == kind]


@pytest.mark.parametrize("kind", ["near_duplicate", "duplicate_scene"])
def test_what_was_cut_from_an_anchor_runs_at_its_speed(kind: str, clips: dict[str, RealVideo]) -> None:
    anchors = {row["scene"]: clips[row["file"]] for row in rows("anchor")}
    encoder = EmbeddedEncoder()
    assert len(rows(kind)) == 5
    for row in rows(kind):
        query, reference = anchors[row["scene"]], clips[row["file"]]
        vectors = encoder.encode(query.images), encoder.encode(reference.images)
        matrix = only_content(frame_matrix(*vectors), frame_weights(query.images), frame_weights(reference.images))
        first = align(matrix, query.times, reference.times, floor=COPY_THRESHOLD, frames=vectors)[0]
        assert first.speed == pytest.approx(1.0), row["file"]
        shown = np.array([float(row["anchor_start"]), float(row["anchor_end"])])
        assert np.abs(np.array([first.query_start, first.query_end]) - shown).max() <= 1.1, row["file"]
