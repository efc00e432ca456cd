"""A folder of stitched queries: what lies in it, whether its annotations are true, and what is left when it stops."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.config import Limits
from core.errors import Cancelled, StudioError
from core.features.embedded import EmbeddedEncoder
from core.media.video import iter_frames
from core.training.evaluate_trace import measure_files
from core.training.stitched_files import stitch
from core.training.stitching import SHORTEST
from core.training.synthesis import make_film
from core.training.trace_decoders import best_path
from core.training.vcsl import read_annotations, write_annotations
from tests import clips

FPS = 6.0
SEED = 1
LIMITS = Limits()


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four made films of two shots, one of them twice, and a file that is none."""
    place = tmp_path_factory.mktemp("films")
    for number in range(4):
        film = make_film(66_000 + number)
        frames = [film.frame(shot, step / FPS) for shot in (0, 1) for step in range(24)]
        even = [frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2] for frame in frames]
        path = place / f"film {number}" / "whole-1.mp4"
        path.parent.mkdir()
        clips.write(path, even, fps=FPS)
    clips.write(place / "film 0" / "beginning.mp4", even[:36], fps=FPS)
    clips.text(place / "letter.mp4")
    return place


@pytest.fixture(scope="module")
def stitched(films: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a clean and a mirrored query, of which a third was being written when somebody stopped it."""
    out = tmp_path_factory.mktemp("made") / "queries"

    def stop_in_the_third(fraction: float, text: str) -> None:
        if list(out.glob("text*")):
            raise Cancelled

    with pytest.raises(Cancelled):
        stitch(films, out, noises=("clean", "mirror", "text"), held_out=0.25, seed=SEED, progress=stop_in_the_third)
    return out


def test_what_is_finished_when_it_stops_is_kept_and_nothing_half_written(stitched: Path) -> None:
    names = {path.name for path in stitched.iterdir()}
    assert names == {"clean_01.mp4", "mirror_01.mp4", "annotations.json", "queries.json"}


def test_beside_queries_lies_what_they_show(stitched: Path) -> None:
    told = json.loads((stitched / "queries.json").read_text())
    assert told["noise"] == {"clean_01": "clean", "mirror_01": "mirror"}
    assert len(told["library"]) == 3
    assert sorted(told["library"] + told["held_out"]) == [f"film {number}/whole-1.mp4" for number in range(4)]
    shown: dict[str, list[list[float]]] = {"clean_01": [], "mirror_01": []}
    for pair, boxes in read_annotations(stitched / "annotations.json").items():
        query, film = pair.split("-", 1)
        assert film in {f"film {number}/whole-1" for number in range(4)}, "the longest of those that show the same"
        assert all(end - start >= SHORTEST - 0.3 for start, _, end, _ in boxes)
        shown[query] += [[box[1], box[0]] for box in boxes]
    assert np.array(sorted(shown["clean_01"])) == pytest.approx(np.array(sorted(shown["mirror_01"])), abs=0.5)


def test_annotated_cuts_are_where_the_pictures_change(stitched: Path) -> None:
    annotations = read_annotations(stitched / "annotations.json")
    boxes = [box for pair, found in annotations.items() if pair.startswith("clean") for box in found]
    starts = sorted(start for start, *_ in boxes)
    assert len(starts) == 6
    runs = list(iter_frames(stitched / "clean_01.mp4", fps=24.0, short_side=64, limits=LIMITS))
    times = np.concatenate([run.times for run in runs])
    images = np.concatenate([run.images for run in runs]).astype(int)
    changes = np.abs(np.diff(images, axis=0)).mean(axis=(1, 2, 3))
    for start in starts[1:]:
        near = np.flatnonzero(np.abs(times[1:] - start) < 0.6)
        assert abs(times[1:][near[changes[near].argmax()]] - start) <= 1 / FPS + 0.02
    assert max(box[2] for box in boxes) == pytest.approx(times[-1] + 1 / FPS, abs=0.3)


def test_what_was_stitched_is_traced_by_what_was_annotated(films: Path, stitched: Path) -> None:
    measured = measure_files(films, stitched, EmbeddedEncoder(), {"path": best_path})
    assert (measured["queries"], measured["videos_in_library"]) == (2, 3)
    assert not measured["unreadable"]
    table = measured["table"]["path"]
    assert set(table) == {"clean", "mirror", "all", "all but clean"}
    assert table["clean"]["second_accuracy"] >= 0.9  # of 35 seconds; a cut may be one of six frames off
    assert table["clean"]["segments"]["f1"] >= 0.9
    assert table["clean"]["boundary_error_median_seconds"] <= 1 / FPS
    assert 0 < table["clean"]["unknown_parts"] < table["clean"]["parts"]


def test_one_query_that_cannot_be_measured_does_not_stop_the_others(
    films: Path, stitched: Path, tmp_path: Path
) -> None:
    queries = tmp_path / "queries"
    shutil.copytree(stitched, queries)
    annotations = read_annotations(queries / "annotations.json") | {"mirror_01-film 0/whole-1": [(500, 0, 501, 1)]}
    write_annotations(annotations | {"letter-film 0/whole-1": []}, queries / "annotations.json")
    clips.text(queries / "letter.mp4")
    measured = measure_files(films, queries, EmbeddedEncoder(), {"path": best_path})
    assert measured["queries"] == 1
    assert [line.split(":")[0] for line in measured["unreadable"]] == ["letter.mp4", "mirror_01.mp4"]
    assert "annotated from 500.0 s on" in measured["unreadable"][1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"noises": ("rain",)}, "split screen"),
        ({"held_out": 1.0}, "between 0 and 1"),
        ({"held_out": 0.9}, "too few"),
    ],
)
def test_what_cannot_be_stitched_is_said_and_leaves_nothing(films: Path, tmp_path: Path, options, words) -> None:
    with pytest.raises(StudioError, match=words):
        stitch(films, tmp_path / "queries", **options)
    assert not (tmp_path / "queries").exists()


def test_queries_go_into_a_new_folder_apart_from_the_films(films: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(StudioError, match="Name a new folder"):
        stitch(films, tmp_path)
    with pytest.raises(StudioError, match="taken for films"):
        stitch(films, films / "queries")
    with pytest.raises(StudioError, match="cannot be made"):
        stitch(films, tmp_path / "mine.txt" / "queries")
