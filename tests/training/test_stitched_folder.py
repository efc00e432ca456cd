"""A folder of stitched queries: what lies in it, whether its annotations are true, and what is left when it stops."""

import json
from pathlib import Path
from typing import Any

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
from core.training.vcsl import read_annotations
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
def stitched(films: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("made") / "queries"
    return out, stitch(films, out, noises=("clean", "mirror"), held_out=0.25, seed=SEED)


def test_a_folder_of_queries_comes_with_what_they_show(films: Path, stitched) -> None:
    out, made = stitched
    names = {path.name for path in out.iterdir()}
    assert names == {"clean_01.mp4", "mirror_01.mp4", "annotations.json", "queries.json"}
    assert [query["noise"] for query in made["queries"]] == ["clean", "mirror"]
    assert len(made["library"]) == 3
    assert sorted(made["library"] + made["held_out"]) == [f"film {number}/whole-1.mp4" for number in range(4)]
    assert made["unreadable"][0].startswith("letter.mp4")
    told = json.loads((out / "queries.json").read_text())
    assert told["noise"] == {"clean_01": "clean", "mirror_01": "mirror"}
    assert told["library"] == made["library"]
    for pair, boxes in read_annotations(out / "annotations.json").items():
        assert pair.split("-", 1)[1] in {f"film {number}/whole-1" for number in range(4)}
        assert all(end - start >= SHORTEST - 0.3 for start, _, end, _ in boxes)


def test_annotated_cuts_are_where_the_pictures_change(stitched) -> None:
    out, made = stitched
    boxes = [
        box for pair in read_annotations(out / "annotations.json").items() if "clean" in pair[0] for box in pair[1]
    ]
    starts = sorted(start for start, *_ in boxes)
    assert len(starts) == 6
    runs = list(iter_frames(out / "clean_01.mp4", fps=24.0, short_side=64, limits=LIMITS))
    times = np.concatenate([run.times for run in runs])
    images = np.concatenate([run.images for run in runs]).astype(int)
    changes = np.abs(np.diff(images, axis=0)).mean(axis=(1, 2, 3))
    for start in starts[1:]:
        near = np.flatnonzero(np.abs(times[1:] - start) < 0.6)
        assert abs(times[1:][near[changes[near].argmax()]] - start) <= 1 / FPS + 0.02
    assert made["queries"][0]["seconds"] == pytest.approx(times[-1] + 1 / FPS, abs=0.3)


def test_what_was_stitched_is_traced_by_what_was_annotated(films: Path, stitched) -> None:
    measured = measure_files(films, stitched[0], EmbeddedEncoder(), {"path": best_path})
    assert (measured["queries"], measured["videos_in_library"]) == (2, 3)
    assert not measured["unreadable"]
    table = measured["table"]["path"]
    assert set(table) == {"clean", "mirror", "all", "all but clean"}
    assert table["clean"]["second_accuracy"] >= 0.9  # of 35 seconds; a cut may be one of six frames off
    assert table["clean"]["segments"]["f1"] >= 0.9
    assert table["clean"]["boundary_error_median_seconds"] <= 1 / FPS
    assert 0 < table["clean"]["unknown_parts"] < table["clean"]["parts"]


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


def test_stopping_leaves_what_is_finished_and_the_same_seed_cuts_the_same(
    films: Path, stitched, tmp_path: Path
) -> None:
    out = tmp_path / "queries"

    def stop_in_the_second(fraction: float, text: str) -> None:
        if "mirror" in text and list(out.glob("mirror*")):  # its file is being written
            raise Cancelled

    with pytest.raises(Cancelled):
        stitch(films, out, noises=("clean", "mirror"), held_out=0.25, seed=SEED, progress=stop_in_the_second)
    assert {path.name for path in out.iterdir()} == {"clean_01.mp4", "annotations.json", "queries.json"}
    assert json.loads((out / "queries.json").read_text())["noise"] == {"clean_01": "clean"}
    before = read_annotations(stitched[0] / "annotations.json")
    assert read_annotations(out / "annotations.json") == {k: v for k, v in before.items() if k.startswith("clean")}
