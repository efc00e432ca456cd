"""The search verb: what is compared, how it is weighed, and what it says when that is impossible."""

import json
from pathlib import Path

import pytest

from core.__main__ import main
from core.commands.search import weights
from tests import clips


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three films, one of them without sound."""
    folder = tmp_path_factory.mktemp("films")
    clips.numbered(folder / "one.mp4", seconds=3.0, sound="tone")
    clips.numbered(folder / "two.mp4", seconds=5.0, sound="tone")
    clips.halves(folder / "mute.mp4")
    clips.picture(folder / "red.png")
    arguments = [str(folder / name) for name in ("one.mp4", "two.mp4", "mute.mp4")]
    assert main(["ingest", *arguments, "--library", str(folder / "library"), "--encoder", "embedded"]) == 0
    return folder


@pytest.fixture
def run(films: Path, capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object, code: int = 0) -> dict:
        capsys.readouterr()
        given = [str(one) for one in arguments]
        assert main([*given, "--library", str(films / "library"), "--encoder", "embedded", "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return call


def test_both_senses_are_weighed_and_shown_unless_asked_otherwise(run, films) -> None:
    found = run("search", films / "one.mp4")
    assert found["using"] == "late"
    assert found["weights"] == {"visual": 0.9, "audio": 0.1}
    by_title = {hit["title"]: hit for hit in found["hits"]}
    assert by_title["two"]["audio"] is not None
    assert by_title["mute"]["audio"] is None
    assert found["calibration"]["halves"] == 0


def test_weights_change_what_counts(run, films) -> None:
    found = run("search", films / "one.mp4", "--weights", "1,3")
    assert found["weights"] == {"visual": 0.25, "audio": 0.75}


def test_sound_alone_leaves_out_who_has_none(run, films) -> None:
    found = run("search", films / "one.mp4", "--using", "audio")
    assert [hit["title"] for hit in found["hits"]] == ["two"]
    assert any("cannot be found by sound" in note for note in found["notes"])


def test_equation_1_can_be_asked_for(run, films) -> None:
    found = run("search", films / "one.mp4", "--chances", "published", "--by", "video")
    assert sum(hit["probability"] for hit in found["hits"]) == pytest.approx(1.0)


def test_a_picture_is_a_query_by_image_only(run, films) -> None:
    assert run("search", films / "red.png", "--by", "image")["query"]["title"] == "red"
    assert "picture" in run("search", films / "red.png", "--by", "video", code=1)["error"]
    assert "not a picture" in run("search", films / "one.mp4", "--by", "image", code=1)["error"]


def test_words_fail_with_the_reason_where_the_encoder_knows_none(run) -> None:
    assert "knows no words" in run("search", "waves on a beach", "--by", "text", code=1)["error"]


def test_a_model_that_cannot_compare_that_says_what_it_can(run, films) -> None:
    assert "Choose from" in run("search", films / "one.mp4", "--model", "nobody", code=1)["error"]


def test_halves_are_listened_to_once(run) -> None:
    assert run("calibrate")["listened"] == 1  # the other one with sound is too short to be cut
    assert run("calibrate")["listened"] == 0


def test_too_small_a_library_is_not_evaluated(run) -> None:
    assert "at least 24 clips" in run("evaluate", "retrieval", code=1)["error"]
    assert "--videos" in run("evaluate", "embedded", code=1)["error"]


def test_weights_are_two_numbers() -> None:
    assert weights("0.7,0.3") == {"visual": 0.7, "audio": 0.3}
    with pytest.raises(ValueError, match="unpack"):
        weights("0.7")
