"""The command line from outside: one JSON document on standard output, exit codes, and errors as sentences."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.__main__ import NOBODY_READS, main
from core.config import ROOT
from tests import clips


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object, code: int = 0) -> dict:
        capsys.readouterr()
        assert (
            main([*map(str, arguments), "--library", str(tmp_path / "lib"), "--encoder", "embedded", "--json"]) == code
        )
        return json.loads(capsys.readouterr().out)

    return call


def scene(path: Path, number: int) -> Path:
    return clips.numbered(path, seconds=3, fps=5 + number)


def test_a_folder_is_ingested_listed_searched_and_removed(run, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    for number in range(3):
        scene(folder / f"film {number}.mp4", number)
    clips.text(folder / "letter.mp4")
    report = run("ingest", folder)
    assert [video["title"] for video in report["added"]] == ["film 0", "film 1", "film 2"]
    assert report["failed"][0]["path"].endswith("letter.mp4")
    assert len(run("ingest", folder)["skipped"]) == 3
    videos = run("list")["videos"]
    hits = run("search", folder / "film 0.mp4", "--top", 2)["hits"]
    assert len(hits) == 2
    assert videos[0]["id"] not in {hit["video_id"] for hit in hits}
    assert all(hit["is_kin"] and hit["probability"] > 0.9 for hit in hits)
    run("remove", videos[0]["id"])
    assert len(run("list")["videos"]) == 2
    assert (folder / "film 0.mp4").exists()


def test_two_pictures_are_compared_as_frames_and_two_clips_as_videos(run, tmp_path: Path) -> None:
    a, b = clips.picture(tmp_path / "a.png"), clips.picture(tmp_path / "b.png", "blue")
    pair = run("compare", a, b)["same_video"]
    assert set(pair) >= {"cosine", "threshold", "is_same", "probability"}
    film = scene(tmp_path / "film.mp4", 0)
    answer = run("compare", film, film)
    assert answer["similarity"] == pytest.approx(1, abs=1e-4)
    match = answer["matches"][0]
    assert match["query_start"] == match["reference_start"]


def test_status_says_what_is_ready_and_why_not(run) -> None:
    status = run("status")
    assert status["library"]["videos"] == 0
    ready = {row["name"]: row for row in status["encoders"]}
    assert ready["embedded"]["is_ready"]
    assert ready["clip"]["reason"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("search", "0123456789abcdef"), "0123456789abcdef"),
        (("search", "/no/such/file.mp4"), "/no/such/file.mp4"),
        (("search", "x" * 300), "too long"),
        (("bench", "--only", "nothing"), "decode"),
        (("search", "x", "--model", "nothing"), ""),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_exit_code_one(run, arguments: tuple[str, ...], words: str) -> None:
    assert words in run(*arguments, code=1)["error"]


def test_a_missing_path_is_reported_and_the_rest_goes_on(run, tmp_path: Path) -> None:
    report = run("ingest", "/no/such/file.mp4", scene(tmp_path / "film.mp4", 0))
    assert [video["title"] for video in report["added"]] == ["film"]
    assert report["failed"][0]["path"] == "/no/such/file.mp4"


def test_a_name_that_is_no_text_is_still_one_document(run, tmp_path: Path) -> None:
    odd = scene(tmp_path / "film.mp4", 0).rename(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.mp4"))
    assert len(run("ingest", odd)["added"]) == 1
    assert len(run("list")["videos"]) == 1


def test_an_encoder_that_does_not_look_at_pictures_is_refused(tmp_path: Path, capsys) -> None:
    arguments = ["status", "--library", str(tmp_path / "lib"), "--json", "--encoder", "audio"]
    assert main(arguments) == 1
    assert "does not look at pictures" in json.loads(capsys.readouterr().out)["error"]


def test_wrong_usage_is_exit_code_two() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["search"])
    assert stop.value.code == 2


def test_a_model_learns_from_the_library_or_from_a_folder_and_not_from_both(run, tmp_path: Path) -> None:
    error = run("train", "same_video", "--on-library", "--videos", tmp_path, code=1)["error"]
    assert "leave out" in error


def test_a_reader_who_has_had_enough_ends_the_command_quietly(tmp_path: Path) -> None:
    inner, outer = os.pipe()
    os.close(inner)  # nobody reads from the start
    command = [sys.executable, "-m", "core", "list", "--library", str(tmp_path / "lib"), "--encoder", "embedded"]
    ended = subprocess.run(command, stdout=outer, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    os.close(outer)
    assert (ended.returncode, ended.stderr) == (NOBODY_READS, "")
