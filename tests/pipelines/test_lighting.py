"""What lights up on a map: each frame by its own highest cosine, however many frames ask."""

from pathlib import Path

import numpy as np
import pytest

from core.pipelines import lighting
from core.records import FeatureTrack
from core.store.library import Library
from tests.pipelines.maps import a_map
from tests.store.worlds import ENCODER, a_video, name, unit_vectors


@pytest.fixture
def library(tmp_path: Path):
    library = Library(tmp_path / "library")
    yield library
    library.close()


@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_every_frame_has_its_highest_cosine_however_few_are_compared_at_once(
    library: Library, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    vectors = unit_vectors(9, 8, seed=1)
    shown = [0, 2, 3, 8]  # the other frames hold nothing and are not on the map
    library.save_track(FeatureTrack(name(1), ENCODER, np.arange(9.0), vectors, np.ones(9, np.float32)))
    library.add(a_video(1))
    found = a_map({name(1): np.zeros((4, 2))})
    found.times[:] = np.array(shown, np.float64) + 0.01
    queries = unit_vectors(5, 8, seed=2)
    monkeypatch.setattr(lighting, "AT_ONCE", at_once)
    answer = lighting.by_vectors(found, library, ENCODER, queries, name="", floor=0.2)
    expected = np.array([max(float(vectors[row] @ query) for query in queries) for row in shown])
    np.testing.assert_allclose(answer.similarity, np.clip(expected, 0, 1), atol=1e-6)
    np.testing.assert_array_equal(answer.is_match, expected >= 0.2)
