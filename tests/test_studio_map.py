"""The frame map through the one door: fitted in the background, looked at, cut up and printed."""

import io
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.checkpoints import Checkpoint
from core.config import Settings
from core.errors import NotFound, StudioError
from core.records import Job, MapChoices, MapView
from core.store.maps import Maps
from core.studio import Studio
from tests import clips

EVERYWHERE = np.array([[-0.1, -0.1], [1.1, -0.1], [1.1, 1.1], [-0.1, 1.1]])


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory):
    """Six clips of numbered pictures, eight seconds each, with a map by principal components."""
    folder = tmp_path_factory.mktemp("map")
    for number in range(6):
        pictures = [clips.numbered_picture(1000 * number + 5 + k * (number + 1)) for k in range(16)]
        clips.write(folder / f"clip {number}.mp4", pictures, fps=2)
    studio = Studio(Settings(library=folder / "library", encoder="embedded"))
    assert studio.frame_map() is None
    studio.ingest(sorted(folder.glob("*.mp4")))
    studio.fit_frame_map(MapChoices("pca"))
    yield studio
    studio.close()


def wait(studio: Studio, job: Job) -> Job:
    for _ in range(1200):
        (now,) = [other for other in studio.jobs() if other.id == job.id]
        if not now.is_active:
            return now
        time.sleep(0.05)
    raise AssertionError(f"still {now.state}: {now.message}")


def test_every_frame_is_on_the_map_and_asking_again_gives_the_same_one(studio: Studio) -> None:
    found = studio.frame_map()
    assert len(found) == 48
    assert len(found.ids) == 6
    assert studio.frame_map() is found
    assert studio.frame_map(found.version) is found
    assert studio.frame_map(found.view).version == found.version
    with pytest.raises(NotFound):
        studio.frame_map(f"{found.view}-0000000000")
    with pytest.raises(NotFound):
        studio.frame_map("map-0000000000")


def test_a_polygon_around_everything_holds_every_frame(studio: Studio) -> None:
    found = studio.frame_map()
    frames = studio.frames_in(found.version, EVERYWHERE)
    assert len(frames) == 48
    assert set(frames) == {(found.ids[v], float(t)) for v, t in zip(found.video, found.times, strict=True)}
    assert studio.frames_in(found.version, EVERYWHERE[:2]) == []


def test_paths_belong_to_their_videos_and_a_video_is_most_like_itself(studio: Studio) -> None:
    found = studio.frame_map()
    assert len(studio.video_path(found.ids[0]).positions) == 8
    assert studio.similar_paths(found.ids[2])[0].video_id == found.ids[2]
    assert len({path.video_id for path in studio.dissimilar_videos(count=4)}) == 4


def test_small_pictures_and_tiles_show_the_frames(studio: Studio) -> None:
    found = studio.frame_map()
    small = studio.map_thumbnails(found.version)
    assert isinstance(small.data, np.memmap)
    for frame in (0, 30):
        assert Image.open(io.BytesIO(small.picture(frame))).size == (96, 54)
    tile = Image.open(io.BytesIO(studio.map_tile(found.version, 0, 0, 0)))
    assert tile.size == (1024, 576)
    assert tile.getchannel("A").getextrema() == (0, 255)
    with pytest.raises(NotFound):
        studio.map_tile(found.version, 1, 2, 0)


def test_a_search_lights_up_the_frames_of_a_title_and_those_like_a_video(studio: Studio) -> None:
    found = studio.frame_map()
    titled = studio.map_matches("clip 3")
    assert {found.titles[v] for v in found.video[titled.is_match]} == {"clip 3"}
    assert titled.is_match.sum() == 8
    own = found.video == found.titles.index("clip 2")
    like = studio.map_matches(found.ids[found.titles.index("clip 2")])
    assert like.is_match[own].all()
    assert like.similarity[own].min() > 0.99
    assert not studio.map_matches("  ").is_match.any()


def test_a_map_is_fitted_and_printed_in_the_background_and_views_can_be_compared(studio: Studio) -> None:
    first = studio.frame_map()
    job = wait(studio, studio.start_frame_map("pca", rotation=45.0, seed=3))
    assert (job.state, job.message) == ("done", "48 frames of 6 videos laid out")
    second = studio.frame_map()
    assert second.rotation == 45
    assert second.version != first.version
    assert [view.version for view in studio.frame_maps()][:2] == [second.view, first.view]
    assert studio.frame_map(first.view).version == first.version
    job = wait(studio, studio.start_print(second.version, count=12, tile=(64, 36), suffix=".jpg"))
    assert job.state == "done"
    (path,) = studio.prints()
    assert Image.open(path).size == (3 * 64, 4 * 36)
    assert studio.print_file(path.name) == path
    studio.remove_print(path.name)
    assert studio.prints() == []
    studio.use_frame_map(first.view)
    assert studio.frame_map().version == first.version
    studio.forget_frame_map(second.view)
    with pytest.raises(StudioError):
        studio.frame_map(second.view)


def test_unknown_wishes_are_refused_before_a_job_is_made(studio: Studio) -> None:
    before = len(studio.jobs())
    for wrong in ({"projection": "tsne"}, {"encoder": "nobody"}, {"encoder": "audio"}):
        with pytest.raises(StudioError):
            studio.start_frame_map(**wrong)
    with pytest.raises(StudioError, match="PNG"):
        studio.start_print(studio.frame_map().version, suffix=".bmp")
    assert len(studio.jobs()) == before


def test_a_new_clip_is_on_the_map_without_a_new_fit(studio: Studio, tmp_path: Path) -> None:
    before = studio.frame_map()
    late = clips.write(tmp_path / "late.mp4", [clips.numbered_picture(9000 + k) for k in range(4)], fps=2)
    (added,) = studio.ingest([late]).added
    after = studio.frame_map()
    assert added.id in after.ids
    assert after.view == before.view
    assert after.version != before.version
    assert "1 new clip was projected" in after.notes[0]
    with pytest.raises(NotFound, match="Reload"):
        studio.map_thumbnails(f"{before.view}-ffffffffff")
    studio.remove([added.id])
    assert studio.frame_map().version == before.version


def test_a_clip_that_is_only_asked_about_leaves_map_and_table_as_they_are(studio: Studio, tmp_path: Path) -> None:
    """Neither is made anew: with thousands of clips that takes seconds, and whoever asks would wait for it."""
    before, table = studio.frame_map(), studio._equipment.references(studio.encoder()).table()
    query = clips.write(tmp_path / "query.mp4", [clips.numbered_picture(6000 + k) for k in range(4)], fps=2)
    asked = studio.query(query)
    assert studio.frame_map() is before
    assert studio._equipment.references(studio.encoder()).table() is table
    studio.promote(asked.id)
    assert asked.id in studio.frame_map().ids
    studio.remove([asked.id])
    assert studio.frame_map().ids == before.ids


def test_a_poster_has_its_own_name_and_goes_with_a_clip_that_it_shows(studio: Studio, tmp_path: Path) -> None:
    late = clips.write(tmp_path / "later.mp4", [clips.numbered_picture(7000 + k) for k in range(4)], fps=2)
    (added,) = studio.ingest([late]).added
    version = studio.frame_map().version
    for centre in ((0.5, 0.5), (0.5001, 0.5)):  # windows that differ by less than a pixel are still two
        assert wait(studio, studio.start_print(version, centre=centre, count=100, tile=(32, 18))).state == "done"
    assert len({path.name for path in studio.prints()}) == 2
    studio.remove([added.id])
    assert studio.prints() == []


def test_a_poster_that_waits_is_of_the_map_that_was_there_when_it_was_asked_for(studio: Studio, tmp_path: Path) -> None:
    free = threading.Event()
    studio._jobs.submit("print", "another poster", lambda _: str(free.wait(60)))
    before = studio.frame_map()
    waiting = studio.start_print(before.view, count=100, tile=(32, 18))
    late = clips.write(tmp_path / "meanwhile.mp4", [clips.numbered_picture(8000 + k) for k in range(4)], fps=2)
    (added,) = studio.ingest([late]).added
    assert added.id in studio.frame_map().ids
    free.set()
    job = wait(studio, waiting)
    (path,) = studio.prints()
    assert path.with_name(path.name + ".shows").read_text().split() == sorted(before.ids)
    assert (job.state, job.message.split(", ")[-1]) == ("done", f"{len(before)} frames")
    studio.remove([added.id])
    assert studio.prints() == [path], "it shows no clip that came later"
    studio.remove_print(path.name)


def test_a_map_of_another_version_is_deleted_and_the_next_one_is_used(studio: Studio) -> None:
    before = studio.frame_map()
    odd = "map-00000000ff"
    view = MapView(odd, MapChoices("pca"), 1, 1, 1e12, 1.0, 1.0, True)
    Maps(studio._library).save(Checkpoint("frame_map", {"points": np.zeros(1)}), view)
    assert studio._room.maps.current() == odd
    assert studio.frame_map().version == before.version
    assert odd not in [kept.version for kept in studio.frame_maps()]
    assert not Maps(studio._library).path(odd).exists()
