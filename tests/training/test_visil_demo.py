"""The shipped ViSiL on the demo clips: five scenes, each with a near duplicate and more and less related clips."""

import numpy as np
import pytest

from core import checkpoints
from core.config import SAMPLES, Limits
from core.features.embedded import EmbeddedRegions
from core.features.pooling import frame_weights
from core.media.sandbox import Sandbox
from core.models import visil
from core.training.visil import TARGET

SCENES = ("aurora", "balloons", "fireworks", "jellyfish", "regatta")
FOUND = ("near_duplicate", "duplicate_scene", "complementary_scene")


@pytest.fixture(scope="module")
def similarities():
    """Of every anchor to every other clip, by the names of their files: both directions and their mean."""
    model, encoder = visil.restore(checkpoints.load(TARGET, "visil")), EmbeddedRegions()
    clips = {}
    for path in sorted(SAMPLES.glob("*.mp4")):
        with Sandbox(path, Limits()) as sandbox:
            images = np.concatenate([run.images for run in sandbox.frames(fps=1.0, short_side=encoder.short_side)])
        clips[path.stem] = encoder.encode(images), frame_weights(images)
    assert len(clips) == 25
    found = {}
    for scene in SCENES:
        regions, weights = clips[f"{scene}-anchor"]
        for name, (others, heavy) in clips.items():
            found[scene, name] = model.video_matrix(regions, others, weights, heavy)
    return found


@pytest.mark.parametrize("scene", SCENES)
def test_all_that_shares_a_scene_ranks_above_every_clip_of_another(similarities, scene):
    for reading in ("similarity", "query_in_reference"):
        scores = {name: getattr(one, reading) for (anchor, name), one in similarities.items() if anchor == scene}
        unrelated = max(score for name, score in scores.items() if not name.startswith(f"{scene}-"))
        for kind in FOUND:
            assert scores[f"{scene}-{kind}"] > unrelated, f"{kind}, {reading}"


@pytest.mark.parametrize("scene", SCENES)
def test_an_incident_without_a_shared_moment_is_far_below_both_duplicates(similarities, scene):
    incident = similarities[scene, f"{scene}-incident_scene"].similarity
    assert incident < 0
    for kind in ("near_duplicate", "duplicate_scene"):
        assert similarities[scene, f"{scene}-{kind}"].similarity > 0.5
