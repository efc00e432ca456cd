"""Metric learning on CC_WEB_VIDEO, with a small folder in its form: two seeds, a copy of each, and strangers."""

from pathlib import Path

import numpy as np
import pytest

from core.errors import StudioError
from core.features.embedded import EmbeddedEncoder
from core.training import cc_web_variants, evaluate_metric_learning, metric_learning
from core.training.synthesis import make_film
from tests import clips


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Videos 1_1 and 1_2 show one film, 2_1 and 2_2 another; 1_3 and 2_3 are strangers, 2_4 is not held."""
    place = tmp_path_factory.mktemp("cc_web_video")
    (place / "Videos").mkdir()
    films = {"1_1": 0, "1_2": 0, "1_3": 1, "2_1": 2, "2_2": 2, "2_3": 3}
    for name, number in films.items():
        film = make_film(66_000 + number)
        frames = [film.frame(0, step / 2) for step in range(6)]
        even = [frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2] for frame in frames]
        clips.write(place / "Videos" / f"{name}.mp4", [f[:, ::-1] for f in even] if name[-1] == "2" else even, fps=2.0)
    numbers = {name: 10 * int(name[0]) + int(name[2]) for name in (*films, "2_4")}
    rows = [f"{number}\t{name[0]}\tYouTube\t{name}.flv\t0:03" for name, number in numbers.items()]
    (place / "Video_List.txt").write_text("\n".join(rows))
    (place / "Seed.txt").write_text("1*\t11\n2*\t21\n")
    (place / "GT").mkdir()
    for search in (1, 2):
        truth = [f"{number}\t{'EEXV'[number % 10 - 1]}" for number in numbers.values() if number // 10 == search]
        (place / "GT" / f"GT_{search}.rst").write_text("\n".join(truth))
    return place


@pytest.fixture(scope="module")
def frames(folder: Path) -> dict[str, np.ndarray]:
    found, failures = cc_web_variants.read_frames(folder, cc_web_variants.tasks(folder))
    assert not failures
    return found


def test_videos_are_read_by_the_names_of_the_annotation(frames: dict[str, np.ndarray]) -> None:
    assert set(frames) == {"1_1", "1_2", "1_3", "2_1", "2_2", "2_3"}
    assert {rows.shape for rows in frames.values()} == {(cc_web_variants.FRAMES, EmbeddedEncoder().dimension)}


def test_each_seed_is_learned_from_with_what_is_relevant_to_it(folder: Path, frames: dict[str, np.ndarray]) -> None:
    made = cc_web_variants.variants(cc_web_variants.tasks(folder)[0], frames)
    assert [(one.group, one.edits) for one in made] == [("1_1", ("1_2",)), ("2_1", ("2_2",))]
    assert (made[0].frames[1] == frames["1_2"]).all()


def test_the_table_is_that_of_the_benchmark(folder: Path, frames: dict[str, np.ndarray]) -> None:
    table = evaluate_metric_learning.measure_tasks(cc_web_variants.tasks(folder), frames, epochs=1)
    for protocol in ("trained_and_tested_on_the_same", "tested_on_seeds_not_trained_on"):
        assert set(table[protocol]) == {"plain", "2 layers", "3 layers", "4 layers"}
        for row in table[protocol].values():
            assert row["CC_WEB_VIDEO"]["queries"] == 2
            assert row["CC_WEB_VIDEO"]["videos_held"] == 6
    plain = table["trained_and_tested_on_the_same"]["plain"]
    assert plain["CC_WEB_VIDEO among all"]["mean_average_precision"] == 1.0, "a mirrored copy is closest"


def test_training_takes_the_folder_and_refuses_others(folder: Path, tmp_path: Path) -> None:
    figures = metric_learning.run(out=tmp_path, videos=folder)
    assert Path(figures["weights"]).is_file()
    assert figures["seeds of CC_WEB_VIDEO"] == 1
    with pytest.raises(StudioError, match="holds no CC_WEB_VIDEO"):
        metric_learning.run(out=tmp_path, videos=tmp_path)


def test_an_annotation_without_videos_says_so(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="none of its videos"):
        cc_web_variants.read_frames(tmp_path, cc_web_variants.tasks(folder))
