"""The Gradio app over its API, as a script or an agent would use it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from core.config import Settings
from core.studio import Studio
from tests import clips
from tests.gradio_page import pattern_clip, pattern_picture, served

WAIT = 180  # seconds; the client itself would wait five for each answer, too little for a busy machine


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    pattern_clip(folder / "whole.mp4", [1, 2, 3, 4, 5, 6])
    pattern_clip(folder / "part.mp4", [11, 3, 4, 5, 12])
    pattern_clip(folder / "other.avi", [15, 16, 17])
    for name, seed in (("one", 1), ("again", 1), ("two", 2)):
        pattern_picture(folder / f"{name}.png", seed)
    clips.text(folder / "letter.mp4")
    clips.text(folder / "letter.png")
    return folder


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    studio = Studio(Settings(library=tmp_path_factory.mktemp("library"), encoder="embedded"))
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def address(studio: Studio, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    patch = pytest.MonkeyPatch()
    patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("cache")))
    with served(studio, folder) as address:
        yield address
    patch.undo()


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False, httpx_kwargs={"timeout": WAIT})


def ask_videos(client: Client, a: Path, b: Path, model: str = "cosine", matrix: bool = True):
    files = handle_file(str(a)), handle_file(str(b))
    return client.submit(*files, model, matrix, api_name="/compare_videos").result(timeout=WAIT)


def ask_frames(client: Client, a: Path, b: Path):
    return client.submit(handle_file(str(a)), handle_file(str(b)), api_name="/compare_frames").result(timeout=WAIT)


def test_two_functions_are_public_and_say_what_they_do(client: Client) -> None:
    described = client.view_api(return_format="dict")["named_endpoints"]
    assert set(described) == {"/compare_frames", "/compare_videos"}
    assert "same video" in described["/compare_frames"]["description"]
    assert "how much of each is in the other" in described["/compare_videos"]["description"]


def test_equal_pictures_are_of_one_video(client: Client, folder: Path) -> None:
    answer = ask_frames(client, folder / "one.png", folder / "again.png")
    assert answer["same_video"] is True
    assert answer["cosine"] == pytest.approx(1.0, abs=1e-4)
    assert answer["encoder"] == "embedded"
    assert answer["threshold_source"]


def test_unlike_pictures_score_lower_and_the_order_does_not_matter(client: Client, folder: Path) -> None:
    one = ask_frames(client, folder / "one.png", folder / "two.png")
    other = ask_frames(client, folder / "two.png", folder / "one.png")
    assert one["cosine"] < 0.9
    assert one["cosine"] == pytest.approx(other["cosine"], abs=1e-6)


def test_a_passage_is_found_where_it_is(client: Client, folder: Path) -> None:
    answer = ask_videos(client, folder / "whole.mp4", folder / "part.mp4")
    best = answer["matches"][0]
    times = [best[key] for key in ("query_start", "query_end", "reference_start", "reference_end")]
    assert times == pytest.approx([2, 5, 1, 4], abs=0.6)
    assert "of B is in A, at 0:0" in answer["finding"]
    assert len(answer["frame_matrix"]) == 6
    assert len(answer["frame_matrix"][0]) == 5
    assert "frame_matrix" not in ask_videos(client, folder / "whole.mp4", folder / "part.mp4", matrix=False)


def test_visil_answers_with_the_matrix_after_its_network(client: Client, folder: Path) -> None:
    answer = ask_videos(client, folder / "whole.mp4", folder / "part.mp4", "visil")
    assert answer["model"] == "visil"
    assert len(answer["video_matrix"]["cells"]) == len(answer["video_matrix"]["query_times"])
    assert ask_videos(client, folder / "whole.mp4", folder / "part.mp4")["video_matrix"] is None


def test_swapping_the_clips_swaps_both_readings(client: Client, folder: Path) -> None:
    there = ask_videos(client, folder / "whole.mp4", folder / "part.mp4")
    back = ask_videos(client, folder / "part.mp4", folder / "whole.mp4")
    assert there["query_in_reference"] == pytest.approx(back["reference_in_query"], abs=1e-5)
    assert there["reference_in_query"] == pytest.approx(back["query_in_reference"], abs=1e-5)


def test_comparing_adds_nothing_to_the_library(client: Client, folder: Path, studio: Studio) -> None:
    ask_videos(client, folder / "whole.mp4", folder / "other.avi")
    assert studio.videos().total == 0


def test_a_visitor_is_not_told_the_name_another_one_gave_the_same_file(
    client: Client, folder: Path, tmp_path: Path, studio: Studio
) -> None:
    from app_gradio.videos_tab import Desk

    ask_videos(client, folder / "whole.mp4", folder / "part.mp4")
    again = tmp_path / "mine.mp4"
    again.write_bytes((folder / "whole.mp4").read_bytes())
    assert Desk(studio, [], folder).read(str(again), lambda fraction, text: None).title == "mine"


@pytest.mark.parametrize("kind", ["png", "mp4"])
def test_a_letter_in_place_of_media_is_answered_with_a_sentence(client: Client, folder: Path, kind: str) -> None:
    good = folder / ("one.png" if kind == "png" else "whole.mp4")
    with pytest.raises(AppError) as caught:
        (ask_frames if kind == "png" else ask_videos)(client, folder / f"letter.{kind}", good)
    assert str(caught.value).strip()
    assert "Traceback" not in str(caught.value)
    assert "Unexpected" not in str(caught.value)


def test_an_unknown_method_is_refused(client: Client, folder: Path) -> None:
    with pytest.raises(AppError):
        ask_videos(client, folder / "whole.mp4", folder / "part.mp4", "magic")


def test_the_app_answers_on_after_bad_files(client: Client, folder: Path) -> None:
    with pytest.raises(AppError):
        ask_videos(client, folder / "letter.mp4", folder / "letter.mp4")
    assert ask_videos(client, folder / "whole.mp4", folder / "whole.mp4")["similarity"] == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("name", ["catalogue.sqlite", "."])
def test_the_library_is_not_served(address: str, studio: Studio, name: str) -> None:
    answer = httpx.get(f"{address}gradio_api/file={studio.settings.library / name}")
    assert answer.status_code in (403, 404)


def test_a_file_that_was_not_uploaded_is_refused_as_input(address: str, folder: Path) -> None:
    secret = {"path": str(folder / "one.png"), "meta": {"_type": "gradio.FileData"}}
    call = httpx.post(f"{address}gradio_api/call/compare_frames", json={"data": [secret, secret]})
    events = httpx.get(f"{address}gradio_api/call/compare_frames/{call.json()['event_id']}", timeout=WAIT).text
    assert "event: error" in events
    assert "cosine" not in events


def test_an_upload_past_the_limit_is_refused(tmp_path: Path, studio: Studio) -> None:
    from dataclasses import replace

    small = Studio(
        replace(studio.settings, library=tmp_path / "small", limits=replace(studio.settings.limits, file_bytes=10_000))
    )
    with served(small, tmp_path) as address:
        answer = httpx.post(f"{address}gradio_api/upload", files={"files": ("a.mp4", b"x" * 20_000)})
    small.close()
    assert answer.status_code == 413
