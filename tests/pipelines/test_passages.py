"""Very long videos: what is sought in blocks is found where it is, and memory does not decide what is found."""

import numpy as np
import pytest

from core.models import alignment_evidence
from core.models.alignment import METHODS
from core.pipelines import passages as room
from core.pipelines.compare import Side, compare_videos
from core.pipelines.passages import passages, thinned, thinning
from core.records import FeatureTrack, Match
from tests.store.worlds import a_track, a_video, unit_vectors


def two_films(seconds: int = 240) -> tuple[FeatureTrack, FeatureTrack]:
    """Two films of shots of five seconds, of which the second shows 60 seconds of the first, and another 20."""
    one, other = (unit_vectors(seconds, 48, seed=seed, cluster=5) for seed in (1, 2))
    other[101:161] = one[40:100]
    other[10:30] = one[200:220]
    return a_track(1, one), a_track(2, other)


def spans(found: list[Match]) -> list[tuple[float, ...]]:
    return [(match.query_start, match.query_end, match.reference_start, match.reference_end) for match in found]


@pytest.mark.parametrize("method", METHODS)
def test_passages_of_long_videos_are_placed_as_exactly_as_those_of_short_ones(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    query, reference = two_films()
    whole = passages(query, reference, floor=0.8, method=method)
    assert len(whole) == 2
    monkeypatch.setattr(room, "MOST_CELLS", 70 * 70)
    monkeypatch.setattr(room, "AT_ONCE", 10_000)
    assert thinning(240, 240) == 4
    in_blocks = passages(query, reference, floor=0.8, method=method)
    np.testing.assert_allclose(spans(in_blocks), spans(whole), atol=0.51)


@pytest.mark.parametrize("method", METHODS)
def test_how_much_is_weighed_at_once_changes_nothing(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query, reference = two_films(237)
    query.weights[50:54] = 0
    before = passages(query, reference, floor=0.8, method=method)
    monkeypatch.setattr(alignment_evidence, "BLOCK_CELLS", 700)
    assert passages(query, reference, floor=0.8, method=method) == before


def test_a_comparison_of_very_long_videos_says_what_it_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    query, reference = two_films()
    sides = Side(a_video(1, seconds=240.0), query), Side(a_video(2, seconds=240.0), reference)
    whole = compare_videos(*sides, encoder="fake", floor=0.8)
    assert whole.notes == ()
    monkeypatch.setattr(room, "MOST_CELLS", 70 * 70)
    found = compare_videos(*sides, encoder="fake", floor=0.8)
    assert "4 frames at a time" in found.notes[0]
    assert "12 seconds" in found.notes[0]
    assert found.frame_matrix.shape == (60, 60)
    assert len(found.query_times) == 60
    assert found.similarity == pytest.approx(whole.similarity, abs=1e-6), "scores are those of all frames"


def test_few_frames_are_left_as_they_are() -> None:
    query, _ = two_films()
    assert thinning(3600, 3600) == 1
    assert thinning(36_000, 36_000) == 9
    assert thinned(query, 1) is query
    assert thinned(query, 7).times.tolist() == list(range(0, 240, 7))
