"""ViSiL asked through the one door: regions are extracted when first needed, and the answers are its own."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from core.config import Settings
from core.errors import MediaError, ModelUnavailable, NotFound, StudioError
from core.features import backbones
from core.records import FeatureTrack
from core.studio import Studio
from core.studio.regions import ByRegions
from tests import clips

REGION_TRACK = "embedded_regions-3@1fps"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(library=tmp_path / "library", encoder="embedded")


@pytest.fixture
def studio(settings: Settings):
    studio = Studio(settings)
    yield studio
    studio.close()


@pytest.fixture
def films(studio: Studio, tmp_path: Path) -> list:
    paths = [clips.numbered(tmp_path / "numbers.mp4", seconds=8), clips.halves(tmp_path / "halves.mp4")]
    studio.ingest(paths)
    return sorted(studio.videos().videos, key=lambda video: video.title)


def test_a_clip_finds_the_film_it_was_taken_from(studio, films, tmp_path) -> None:
    query = studio.query(clips.numbered(tmp_path / "part.mp4", seconds=4))
    result = studio.search(query, model="visil", using="visual")
    assert result.model == "visil"
    assert result.hits[0].title == "numbers"
    assert result.hits[0].similarity > result.hits[1].similarity


def test_comparing_shows_the_matrix_before_and_after_the_network(studio, films, tmp_path) -> None:
    query = studio.query(clips.numbered(tmp_path / "part.mp4", seconds=6))
    film = films[1]
    answer = studio.compare_videos(query, film, model="visil")
    assert answer.frame_matrix.shape == (len(answer.query_times), len(answer.reference_times))
    assert answer.video_matrix is not None
    assert answer.video_matrix.cells.shape == (
        len(answer.query_times) // 4,
        len(answer.reference_times) // 4,
    )
    assert -1 <= answer.reference_in_query <= 1
    back = studio.compare_videos(film, query, model="visil")
    assert back.query_in_reference == pytest.approx(answer.reference_in_query, abs=1e-5)


def test_regions_are_extracted_once_and_kept(studio, films) -> None:
    assert REGION_TRACK not in studio.extracted_with(films[0].id)
    first = studio.compare_videos(*films, model="visil")
    assert REGION_TRACK in studio.extracted_with(films[0].id)
    for film in films:
        Path(film.path).unlink()  # nothing is decoded any more
    assert studio.compare_videos(*films, model="visil").similarity == first.similarity


def test_every_video_has_as_many_frames_in_regions_as_whole(studio, films) -> None:
    studio.compare_videos(*films, model="visil")
    for film in films:
        whole, regions = (studio._library.load_track(film.id, name) for name in ("embedded-3@1fps", REGION_TRACK))
        np.testing.assert_array_equal(whole.times, regions.times)
        assert regions.vectors.shape == (len(whole), 9, 192)


def test_it_is_among_the_models_that_search_and_compare(studio) -> None:
    for role in ("search", "videos"):
        (visil,) = [model for model in studio.models(role) if model.name == "visil"]
        assert visil.is_ready


def test_regions_by_a_network_that_it_was_not_trained_for_are_said_so(settings, films, tmp_path) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    backbones.write_random("mobilenetv2", folder / "mobilenetv2_100_tf.safetensors")
    other = Studio(replace(settings, regions="region_mac", region_backbone="mobilenetv2", weights=folder))
    try:
        assert not next(model for model in other.models("videos") if model.name == "visil").is_ready
        with pytest.raises(ModelUnavailable, match="Models page"):
            other.compare_videos(*films, model="visil")
    finally:
        other.close()


def test_regions_whose_weights_are_missing_say_so_and_offer_the_built_in_ones(
    settings, films, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    other = Studio(replace(settings, regions="region_mac"))
    try:
        ready = {encoder.name: encoder for encoder in other.region_encoders()}
        assert ready["embedded_regions"].is_ready
        assert not ready["region_mac"].is_ready
        assert "resnet50-0676ba61.pth" in ready["region_mac"].reason
        with pytest.raises(ModelUnavailable, match="built-in regions"):
            other.compare_videos(*films, model="visil")
    finally:
        other.close()


def test_settings_that_name_no_encoder_of_regions_are_answered_with_the_known_ones(settings, films) -> None:
    other = Studio(replace(settings, regions="embedded"))
    try:
        with pytest.raises(StudioError, match="embedded_regions, region_mac"):
            other.compare_videos(*films, model="visil")
    finally:
        other.close()


class Counted:
    """A model that finds every reference as alike as the query has frames."""

    def video_matrix(self, query, reference, query_weights, reference_weights):
        return SimpleNamespace(similarity=float(len(query)))


def track_of(number: int) -> FeatureTrack:
    return FeatureTrack(f"{number:016x}", "fake", np.arange(3.0), np.zeros((3, 4), np.float32), np.ones(3, np.float32))


def test_the_regions_of_a_query_are_looked_up_once_for_all_references_and_a_removed_one_is_unlike() -> None:
    asked, query = [], track_of(0)

    def regions(track: FeatureTrack) -> FeatureTrack:
        asked.append(track.video_id)
        if track.video_id == track_of(2).video_id:
            raise NotFound("removed")
        return track

    model = ByRegions(Counted(), regions)
    assert [model.score(query, track_of(number)) for number in (1, 2, 3)] == [3.0, -1.0, 3.0]
    assert asked.count(query.video_id) == 1


def test_a_query_whose_regions_cannot_be_had_is_an_error_and_not_unlike_everything() -> None:
    def regions(track: FeatureTrack) -> FeatureTrack:
        raise MediaError("The file is gone.")

    with pytest.raises(MediaError, match="gone"):
        ByRegions(Counted(), regions).score(track_of(0), track_of(1))
