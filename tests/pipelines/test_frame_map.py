"""A map of a library: gathered, laid out, kept, and shown as the library is now."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import StudioError
from core.pipelines.frame_map import KeptMap, gather, keep, known_rows, read, show
from core.records import FeatureTrack, MapChoices
from core.store.index import FrameIndex
from core.store.library import Library
from core.training.frame_map import fit
from tests.store.worlds import ENCODER, a_track, a_video, fill, name, unit_vectors

CHOICES = MapChoices("pca", encoder="fake")


@pytest.fixture
def library(tmp_path: Path):
    library = Library(tmp_path / "library")
    fill(library, 6)
    yield library
    library.close()


def mapped(library: Library, choices: MapChoices = CHOICES, last: KeptMap | None = None) -> KeptMap:
    gathered = gather(library, ENCODER)
    fitted, figures = fit(gathered.vectors, gathered.video, choices, effort=0.05)
    return read(keep(fitted, figures, gathered, choices, ENCODER, library=library, last=last)[0])


def test_frames_are_gathered_video_by_video_without_those_that_show_nothing(library: Library) -> None:
    weights = np.ones(12, np.float32)
    weights[3:] = 0
    library.save_track(a_track(9, unit_vectors(12, 16, seed=9), weights))
    library.add(a_video(9))
    gathered = gather(library, ENCODER)
    assert gathered.is_whole
    assert len(gathered.times) == 6 * 12 + 3
    assert list(gathered.ids) == sorted(gathered.ids)
    mine = gathered.video == gathered.ids.index(name(9))
    assert gathered.times[mine].tolist() == [0, 1, 2]
    for row in (0, 17, 40):
        track = library.load_track(gathered.ids[gathered.video[row]], ENCODER)
        np.testing.assert_array_equal(gathered.vectors[row], track.vectors[int(gathered.times[row])])


def test_of_a_large_library_an_even_sample_is_gathered_and_the_rest_is_projected(library: Library) -> None:
    fill(library, 30, start=10)
    gathered = gather(library, ENCODER, most=100)
    assert len(gathered.chosen) == len(gathered.vectors) == 100
    assert len(gathered.times) == 36 * 12
    assert len(np.unique(gathered.video[gathered.chosen])) > 25
    row = int(gathered.chosen[50])
    track = library.load_track(gathered.ids[gathered.video[row]], ENCODER)
    np.testing.assert_array_equal(gathered.vectors[50], track.vectors[int(gathered.times[row])])
    fitted, figures = fit(gathered.vectors, gathered.video[gathered.chosen], CHOICES)
    kept = read(keep(fitted, figures, gathered, CHOICES, ENCODER, library=library)[0])
    assert len(kept.code) == 36 * 12
    whole = np.concatenate([fitted.code(library.load_track(i, ENCODER).vectors) for i in gathered.ids])
    np.testing.assert_allclose(kept.code, whole, atol=1e-5)


def test_the_map_shows_every_frame_with_its_video_its_second_and_its_region(library: Library) -> None:
    found = show(mapped(library), library=library)
    assert len(found) == 72
    assert set(found.ids) == set(library.ids())
    assert found.positions.min() >= 0
    assert found.positions.max() <= 1
    assert (np.diff(found.video) >= 0).all()
    assert sum(cluster.size for cluster in found.clusters) == 72
    for cluster in found.clusters:
        assert cluster.size == (found.labels == cluster.label).sum()
        assert cluster.frames
        for place, second in cluster.frames:
            assert second in found.times[found.video == place]
    assert not found.notes


def test_a_new_video_is_projected_where_its_twin_lies(library: Library) -> None:
    kept = mapped(library)
    twin = library.load_track(name(2), ENCODER)
    library.save_track(FeatureTrack(name(20), ENCODER, twin.times, twin.vectors, twin.weights))
    library.add(a_video(20))
    before, found = show(mapped(library), library=library), show(kept, library=library)
    places = {i: found.positions[found.video == number] for number, i in enumerate(found.ids)}
    np.testing.assert_allclose(places[name(20)], places[name(2)], atol=1e-5)
    assert found.projected == 12
    assert found.notes == ("1 new clip was projected onto the map as it is.",)
    assert not found.needs_refit
    assert before.version != found.version


def test_the_frames_of_a_film_that_the_map_has_never_seen_lie_together(tmp_path: Path) -> None:
    library = Library(tmp_path / "library")
    fill(library, 30)
    kept = mapped(library, MapChoices("neighbours", encoder="fake"))
    library.save_track(a_track(50, unit_vectors(12, 16, seed=50, cluster=12)))
    library.add(a_video(50))
    places = [
        found.positions[found.video == found.ids.index(name(50))]
        for found in (show(kept, library=library), show(kept, library=library, index=FrameIndex(library, ENCODER)))
    ]
    alone, settled = (np.linalg.norm(place - place.mean(axis=0), axis=1).mean() for place in places)
    assert settled < 0.5 * alone
    again = show(kept, library=library, index=FrameIndex(library, ENCODER))
    np.testing.assert_array_equal(again.positions[again.video == again.ids.index(name(50))], places[1])
    fitted = [found.positions[:360] for found in (again, show(kept, library=library))]
    np.testing.assert_array_equal(*fitted)
    library.close()


def test_a_map_says_when_it_should_be_fitted_again(library: Library) -> None:
    kept = mapped(library)
    fill(library, 2, start=30)
    assert show(kept, library=library).needs_refit
    library.remove([name(30), name(31), name(0), name(1)])
    found = show(kept, library=library)
    assert found.needs_refit
    assert found.notes == ("2 clips of this map left the library.",)
    assert set(found.ids) == {name(n) for n in (2, 3, 4, 5)}
    assert len(found) == 48


def test_a_removed_video_leaves_the_others_where_they_were(library: Library) -> None:
    kept = mapped(library)
    before = show(kept, library=library)
    library.remove([name(3)])
    after = show(kept, library=library)
    for number, video_id in enumerate(after.ids):
        was = before.positions[before.video == before.ids.index(video_id)]
        np.testing.assert_array_equal(after.positions[after.video == number], was)


def test_a_refit_lies_over_the_last_map(library: Library) -> None:
    last = mapped(library)
    turned = MapChoices("pca", encoder="fake", rotation=0.0)
    fill(library, 2, start=40)
    again = mapped(library, turned, last)
    shared = [show(kept, library=library) for kept in (last, again)]
    moved = []
    for video_id in last.ids:
        places = [found.positions[found.video == found.ids.index(video_id)] for found in shared]
        moved.append(np.linalg.norm(places[0] - places[1], axis=1))
    assert np.median(np.concatenate(moved)) < 0.15
    rows, codes = known_rows(gather(library, ENCODER), last)
    assert len(rows) == len(codes) == 72


def test_a_rotation_turns_the_plane(library: Library) -> None:
    upright = show(mapped(library), library=library)
    turned = show(mapped(library, MapChoices("pca", encoder="fake", rotation=90)), library=library)
    before, after = upright.positions - 0.5, turned.positions - 0.5
    far = np.linalg.norm(before, axis=1) > 0.1
    angles = np.arctan2(after[far, 1], after[far, 0]) - np.arctan2(before[far, 1], before[far, 0])
    np.testing.assert_allclose(np.angle(np.exp(1j * (angles - np.pi / 2))), 0, atol=0.05)


def test_an_empty_library_has_nothing_to_show(tmp_path: Path) -> None:
    library = Library(tmp_path / "empty")
    gathered = gather(library, ENCODER)
    with pytest.raises(StudioError, match="Add videos"):
        fit(gathered.vectors, gathered.video, CHOICES)
    library.close()
