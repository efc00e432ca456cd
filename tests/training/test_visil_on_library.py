"""ViSiL learns on a library: a few small films, described by the colours of nine tiles."""

from dataclasses import replace

import numpy as np
import pytest

from core import checkpoints
from core.config import Limits, Settings
from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.models import visil
from core.studio import Studio
from core.training import visil as recipe
from core.training.material import Material
from tests import clips


class Tiles:
    """The mean colour of each of nine tiles, centred, as a vector of length 1."""

    name, version, regions, dimension, short_side = "tiles", "1", 9, 3, 48

    def encode(self, images):
        rows = [
            tile.mean(axis=(1, 2)) - 127.4
            for band in np.array_split(images.astype(np.float32), 3, axis=1)
            for tile in np.array_split(band, 3, axis=2)
        ]
        stacked = np.stack(rows, axis=1) if len(images) else np.zeros((0, 9, 3))
        return (stacked / np.linalg.norm(stacked, axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    studio = Studio(Settings(library=folder / "library", encoder="embedded"))
    paths = [clips.numbered(folder / f"{seconds}.mp4", seconds=seconds) for seconds in (8, 9, 10, 11, 4)]
    studio.ingest(paths)
    yield Material(studio._library, EmbeddedEncoder(), "embedded-3@1fps", "audio", Limits(), Tiles)
    studio.close()


@pytest.fixture
def _quick(monkeypatch):
    monkeypatch.setattr(recipe, "LEAST", 4)
    config = replace(recipe.ON_LIBRARY, epochs=2, batches=2, triplets=4, sizes=(4, 8), whitened=0)
    monkeypatch.setattr(recipe, "ON_LIBRARY", config)


@pytest.mark.usefixtures("_quick")
def test_videos_that_are_long_enough_become_families_of_originals_and_copies(material):
    families = recipe.library_families(material, Tiles())
    assert sorted(len(family.original) for family in families) == [8, 9, 10, 11]
    assert families[0].copies.shape == (3, *families[0].original.shape)


@pytest.mark.usefixtures("_quick")
def test_what_was_learned_is_written_with_its_report_and_can_be_used(material, tmp_path):
    out = tmp_path / "visil.tiles-1.safetensors"
    report = recipe.learn(material, out)
    kept = checkpoints.load(out, "visil")
    assert kept.metadata["report"]["summary"] == report.summary
    assert report.videos == 4
    assert len(report.curves[0].values) == 2
    model = visil.restore(kept)
    first = recipe.library_families(material, Tiles())[0].original.astype(np.float32)
    assert -1 <= model.video_matrix(first, first).similarity <= 1


@pytest.mark.usefixtures("_quick")
def test_learning_on_is_kept_only_where_it_does_not_harm(material, tmp_path):
    report = recipe.learn(material, tmp_path / "visil.safetensors")
    before, after = (report.figures[when][recipe.FIGURE] for when in ("before", "after"))
    assert ("stays" in report.summary) == (after < before)


def test_a_library_of_few_videos_is_answered_with_how_many_it_takes(material, tmp_path):
    with pytest.raises(StudioError, match=r"12 videos .* here are 4"):
        recipe.learn(material, tmp_path / "visil.safetensors")
    assert not (tmp_path / "visil.safetensors").exists()


@pytest.mark.usefixtures("_quick")
def test_cancelling_leaves_no_weights_behind(material, tmp_path):
    def stop(fraction, text):
        if fraction > 0.7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recipe.learn(material, tmp_path / "visil.safetensors", progress=stop)
    assert not list(tmp_path.iterdir())
