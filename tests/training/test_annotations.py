"""Benchmarks in their own formats, as small files, and average precision against the authors' programs."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from core.errors import StudioError
from core.training.annotations import Task, average_precision, cc_web_video, evve, fivr, judged, svd


def test_fivr_takes_more_kinds_for_right_from_task_to_task(tmp_path: Path) -> None:
    kinds = {"q1": {"ND": ["a"], "DS": ["b", "c"], "CS": ["d"], "IS": ["e"], "DA": ["f"]}, "q2": {"DS": ["x"]}}
    (tmp_path / "annotation.json").write_text(json.dumps(kinds))
    tasks = {task.name: task for task in fivr.read(tmp_path)}
    assert [sorted(tasks[f"FIVR-200K {name}"].relevant["q1"]) for name in ("DSVR", "CSVR", "ISVR")] == [
        ["a", "b", "c"],
        ["a", "b", "c", "d"],
        ["a", "b", "c", "d", "e"],
    ]
    assert tasks["FIVR-200K DSVR"].published["ViSiL"] == 0.892
    assert tasks["FIVR-200K ISVR"].relevant["q2"] == {"x"}


def test_cc_web_video_asks_each_seed_about_its_own_search_and_about_all(tmp_path: Path) -> None:
    (tmp_path / "Seed.txt").write_text("1*\t11\r\n2*\t21\r\n")
    rows = ["11\t1\tYouTube\t1_1_Y.flv\t03:00", "12\t1\tYouTube\t1_2_Y.flv\t03:00", "13\t1\tGoogle\t1_3_G.avi\t03:00",
            "14\t1\tYouTube\t1_4_Y.flv\t03:00", "21\t2\tYouTube\t2_1_Y.flv\t01:00"]  # fmt: skip
    (tmp_path / "Video_List.txt").write_text("\n".join(rows))
    (tmp_path / "GT").mkdir()
    (tmp_path / "GT" / "GT_1.rst").write_text("11\tE\n12\tL\n13\tX\n14\t-1\n")
    (tmp_path / "GT" / "GT_2.rst").write_text("21\tE\n")
    own, everything = cc_web_video.read(tmp_path)
    assert own.relevant["1_1_Y"] == {"1_1_Y", "1_2_Y"}
    assert own.candidates["1_1_Y"] == {"1_1_Y", "1_2_Y", "1_3_G", "1_4_Y"}
    assert own.ignored["1_1_Y"] == {"1_4_Y"}
    similar = {"1_2_Y": 0.5, "1_3_G": 0.4, "2_1_Y": 0.9, "1_4_Y": 0.8}
    assert average_precision(own, "1_1_Y", similar) == 1.0
    assert average_precision(everything, "1_1_Y", similar) == 0.5


def test_evve_leaves_unclear_videos_out_and_counts_trapezoids(tmp_path: Path) -> None:
    (tmp_path / "annots").mkdir()
    rows = ["q 1 query", "a 1 database", "b 1 database", "n 0 database", "w -1 database"]
    (tmp_path / "annots" / "concert.dat").write_text("\n".join(rows))
    (task,) = evve.read(tmp_path)
    assert (task.relevant["q"], task.ignored["q"]) == ({"a", "b"}, {"n"})
    similar = {"n": 0.9, "a": 0.8, "w": 0.7, "b": 0.6}
    # their loop: ranks 0 and 2 once n is out; (1 + 1) / 2 * 1/2 + (1/2 + 2/3) / 2 * 1/2
    assert average_precision(task, "q", similar) == pytest.approx(0.5 + (0.5 + 2 / 3) / 4)


def test_svd_counts_the_unlabelled_as_wrong(tmp_path: Path) -> None:
    (tmp_path / "groundtruth").write_text("q.mp4 a.mp4 1\nq.mp4 b.mp4 0\np.mp4 c.mp4 1\n")
    (tmp_path / "unlabeled-data-id").write_text("u.mp4\n")
    (task,) = svd.read(tmp_path)
    assert task.relevant == {"q": {"a"}, "p": {"c"}}
    assert average_precision(task, "q", {"u": 0.9, "a": 0.8, "c": 1.0}) == 0.5
    (tmp_path / "test_groundtruth").write_text("q.mp4 b.mp4 1\n")
    assert svd.read(tmp_path)[0].relevant == {"q": {"b"}}


@pytest.mark.parametrize("module", [fivr, cc_web_video, evve, svd])
def test_a_folder_without_an_annotation_has_no_task(module, tmp_path: Path) -> None:
    assert module.read(tmp_path) == []


def test_a_file_of_another_form_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "annotation.json").write_text('{"q": ["a"]}')
    with pytest.raises(StudioError, match=r"annotation\.json"):
        fivr.read(tmp_path)
    (tmp_path / "groundtruth").write_text("q a yes\n")
    with pytest.raises(StudioError, match="q a yes"):
        svd.read(tmp_path)
    (tmp_path / "annots").mkdir()
    (tmp_path / "annots" / "x.dat").write_text("only two\n")
    with pytest.raises(StudioError, match=r"x\.dat"):
        evve.read(tmp_path)
    (tmp_path / "Seed.txt").write_text("1*\t99\n")
    (tmp_path / "Video_List.txt").write_text("11\t1\tYouTube\t1_1_Y.flv\n")
    with pytest.raises(StudioError, match=r"Seed\.txt"):
        cc_web_video.read(tmp_path)


def test_average_precision_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(3)
    for _ in range(20):
        truth, scores = random.random(30) < 0.3, random.random(30)
        truth[0] = True
        names = [f"v{k}" for k in range(30)]
        task = Task("made up", {"q": frozenset(name for name, right in zip(names, truth, strict=True) if right)})
        ours = average_precision(task, "q", dict(zip(names, scores.tolist(), strict=True)))
        assert ours == pytest.approx(average_precision_score(truth, scores))


def test_what_is_not_held_is_said_and_not_counted() -> None:
    task = Task("made up", {"q": frozenset({"a", "b"}), "p": frozenset({"z"})}, published={"ViSiL": 0.9})
    told = judged(task, {"q": {"a": 0.9, "w": 0.5}}, frozenset({"q", "a", "w"}))
    assert told["mean_average_precision"] == 1.0
    assert (told["queries"], told["queries_published"], told["published"]) == (1, 2, {"ViSiL": 0.9})
    assert judged(task, {}, frozenset())["mean_average_precision"] is None
