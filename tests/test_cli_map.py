"""The frame map from the command line: one JSON document, and a print beside it."""

import json
from pathlib import Path

import pytest
from PIL import Image

from core.__main__ import main
from tests import clips


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def call(*arguments: object, code: int = 0) -> dict:
        capsys.readouterr()
        given = [*map(str, arguments), "--library", str(tmp_path / "library"), "--encoder", "embedded", "--json"]
        assert main(given) == code
        return json.loads(capsys.readouterr().out)

    return call


def test_a_library_is_mapped_and_printed_and_the_next_call_uses_that_map(run, tmp_path: Path) -> None:
    for number in range(3):
        pictures = [clips.numbered_picture(700 * number + 9 + k) for k in range(12)]
        clips.write(tmp_path / f"clip {number}.mp4", pictures, fps=2)
    run("ingest", *sorted(tmp_path.glob("*.mp4")))
    done = run("map", "--projection", "pca", "--out", tmp_path / "map.png", "--grid", "4,3", "--tile", "64,36")
    assert done["points"] == 18
    assert done["videos"] == 3
    assert done["projection"] == "pca"
    assert done["print"]["tiles"] == 12
    assert Image.open(tmp_path / "map.png").size == (256, 108)
    again = run("map", "--out", tmp_path / "map.jpg", "--tiles", 9, "--tile", "32,18", "--thumbnails")
    assert again["version"] == done["version"]
    assert again["print"]["from_thumbnails"] == again["print"]["tiles"] == 8
    assert run("map", "--seed", 2, "--projection", "pca")["version"] != done["version"]


def test_what_cannot_be_mapped_or_printed_is_said(run, tmp_path: Path) -> None:
    assert "Add videos" in run("map", code=1)["error"]
    clips.write(tmp_path / "a.mp4", [clips.numbered_picture(9 + k) for k in range(12)], fps=2)
    run("ingest", tmp_path / "a.mp4")
    assert ".png" in run("map", "--projection", "pca", "--out", tmp_path / "map.gif", code=1)["error"]
    assert "neighbours" in run("map", "--projection", "tsne", code=1)["error"]
    with pytest.raises(SystemExit):
        run("map", "--tile", "wide")
