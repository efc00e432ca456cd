"""The routes of the Streamlit app, asked the way a browser and the way an attacker would ask."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app_streamlit.routes import create_routes
from app_streamlit.uploads import Inbox, Upload, inbox
from core.config import Limits, Settings
from core.records import Job, Video
from core.studio import Studio
from tests import clips
from tests.loops import finished

SAME_ORIGIN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A library of one clip that browsers play and one that they do not."""
    folder = tmp_path_factory.mktemp("clips")
    limits = Limits(file_bytes=200_000)
    studio = Studio(Settings(library=tmp_path_factory.mktemp("library"), encoder="embedded", limits=limits))
    clips.colours(folder / "plain.mp4")
    clips.colours(folder / "old.avi")
    assert len(studio.ingest([folder]).added) == 2
    yield studio
    studio.close()


@pytest.fixture
def client(studio: Studio) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=create_routes(lambda: studio))) as client:
        yield client


def named(studio: Studio, title: str) -> Video:
    return next(video for video in studio.videos().videos if video.title == title)


def left_behind(studio: Studio) -> list[Path]:
    return list(studio.receive_path("x.mp4").parent.iterdir())


def test_a_thumbnail_is_a_webp_picture(client: TestClient, studio: Studio) -> None:
    answer = client.get(f"/clip/thumb/{named(studio, 'plain').id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content[:4] == b"RIFF"


def test_a_thumbnail_of_a_moment_differs_from_another_moment(client: TestClient, studio: Studio) -> None:
    address = f"/clip/thumb/{named(studio, 'plain').id}"
    assert client.get(address, params={"t": 0.0}).content != client.get(address, params={"t": 2.0}).content


@pytest.mark.parametrize("time", ["nan", "inf", "-1", "1e300"])
def test_an_odd_moment_is_answered_all_the_same(client: TestClient, studio: Studio, time: str) -> None:
    answer = client.get(f"/clip/thumb/{named(studio, 'plain').id}", params={"t": time})
    assert answer.status_code in (200, 400)


def test_a_moment_that_is_no_number_is_refused(client: TestClient, studio: Studio) -> None:
    assert client.get(f"/clip/thumb/{named(studio, 'plain').id}", params={"t": "noon"}).status_code == 400


@pytest.mark.parametrize("kind", ["thumb", "media"])
@pytest.mark.parametrize("video_id", ["0" * 16, "catalogue.sqlite", "%2e%2e%2fcatalogue.sqlite", "..", "A" * 16, "%00"])
def test_what_is_no_video_of_the_library_is_not_found(client: TestClient, kind: str, video_id: str) -> None:
    assert client.get(f"/clip/{kind}/{video_id}").status_code == 404


def test_a_video_is_served_by_ranges(client: TestClient, studio: Studio) -> None:
    video = named(studio, "plain")
    whole = client.get(f"/clip/media/{video.id}")
    part = client.get(f"/clip/media/{video.id}", headers={"range": "bytes=100-199"})
    assert (whole.status_code, part.status_code) == (200, 206)
    assert whole.headers["content-type"] == "video/mp4"
    assert part.headers["content-range"] == f"bytes 100-199/{video.info.size_bytes}"
    assert part.content == whole.content[100:200] == video.path.read_bytes()[100:200]


def test_what_browsers_do_not_play_comes_as_a_preview(client: TestClient, studio: Studio) -> None:
    video = named(studio, "old")
    assert not studio.is_playable_now(video.id)
    answer = client.get(f"/clip/media/{video.id}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"
    assert studio.is_playable_now(video.id)


def test_a_video_whose_file_is_gone_says_so(client: TestClient, studio: Studio, tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "gone.mp4", ["yellow"])
    video = studio.query(path)
    path.unlink()
    answer = client.get(f"/clip/media/{video.id}")
    assert answer.status_code == 409
    assert "gone" in answer.json()["error"]


def test_a_file_is_told_by_its_content_and_not_by_its_name(client: TestClient, studio: Studio, tmp_path: Path) -> None:
    path = clips.picture(tmp_path / "picture.png", "green")
    path = path.rename(tmp_path / "picture.html")
    video = studio.query(path)
    assert client.get(f"/clip/media/{video.id}").headers["content-type"] == "image/png"


def test_an_upload_to_the_library_is_added_under_its_own_name(
    client: TestClient, studio: Studio, tmp_path: Path
) -> None:
    data = clips.colours(tmp_path / "new.mp4", ["blue", "white"]).read_bytes()
    answer = client.put("/clip/upload/My%20holiday%20%232.mp4?for=library", content=data, headers=SAME_ORIGIN)
    assert answer.status_code == 201
    assert until_ended(studio, answer.json()["job"]).state == "done"
    assert named(studio, "My holiday #2").is_owned
    assert not left_behind(studio)


def until_ended(studio: Studio, job_id: str) -> Job:
    deadline = time.monotonic() + 60
    while (job := next(job for job in studio.jobs() if job.id == job_id)).is_active:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return job


def test_an_upload_to_search_with_waits_for_its_token(client: TestClient, studio: Studio) -> None:
    answer = client.put("/clip/upload/clip.mp4?for=search", content=b"some bytes", headers=SAME_ORIGIN)
    upload = inbox.take(answer.json()["token"])
    assert upload is not None
    assert upload.path.read_bytes() == b"some bytes"
    assert upload.title == "clip.mp4"
    assert inbox.take(answer.json()["token"]) is None
    upload.path.unlink()


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://testserver", "sec-fetch-site": "cross-site"},
        {"origin": "http://testserver:81"},
    ],
)
def test_an_upload_from_another_site_is_refused(client: TestClient, studio: Studio, headers: dict[str, str]) -> None:
    assert client.put("/clip/upload/x.mp4?for=search", content=b"x", headers=headers).status_code == 403
    assert not left_behind(studio)


@pytest.mark.parametrize("purpose", ["", "?for=", "?for=anything"])
def test_an_upload_says_what_it_is_for(client: TestClient, purpose: str) -> None:
    assert client.put(f"/clip/upload/x.mp4{purpose}", content=b"x", headers=SAME_ORIGIN).status_code == 400


def test_an_upload_that_declares_too_much_is_refused_before_it_is_read(client: TestClient, studio: Studio) -> None:
    headers = SAME_ORIGIN | {"content-length": str(10**12)}
    answer = client.put("/clip/upload/x.mp4?for=search", content=b"x", headers=headers)
    assert answer.status_code == 413
    assert not left_behind(studio)


def test_an_upload_that_hides_its_size_is_cut_off_at_the_limit(client: TestClient, studio: Studio) -> None:
    pieces = (b"x" * 50_000 for _ in range(5))
    answer = client.put("/clip/upload/x.mp4?for=search", content=pieces, headers=SAME_ORIGIN)
    assert answer.status_code == 413
    assert not left_behind(studio)


def test_an_empty_upload_is_refused(client: TestClient, studio: Studio) -> None:
    assert client.put("/clip/upload/x.mp4?for=search", content=b"", headers=SAME_ORIGIN).status_code == 400
    assert not left_behind(studio)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("..%5C..%5Cevil.mp4", ".. .. evil.mp4"),
        ("AC%5CDC%20live.mp4", "AC DC live.mp4"),
        ("%3Cimg%20src=x%20onerror=alert(1)%3E.mp4", "<img src=x onerror=alert(1)>.mp4"),
        ("a%0Ab%07.mp4", "ab.mp4"),
        ("n" * 900 + ".mp4", "n" * 200 + ".mp4"),
    ],
)
def test_the_name_of_an_upload_never_becomes_a_path(client: TestClient, studio: Studio, name: str, title: str) -> None:
    answer = client.put(f"/clip/upload/{name}?for=search", content=b"x", headers=SAME_ORIGIN)
    upload = inbox.take(answer.json()["token"])
    assert upload is not None
    assert upload.title == title
    assert upload.path.parent == studio.receive_path("x").parent
    upload.path.unlink()


def test_an_upload_that_breaks_off_leaves_nothing(studio: Studio) -> None:
    async def upload() -> None:
        app = Starlette(routes=create_routes(lambda: studio))
        messages = iter(
            [
                {"type": "http.request", "body": b"x" * 1000, "more_body": True},
                {"type": "http.disconnect"},
            ]
        )
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "PUT",
            "path": "/clip/upload/x.mp4",
            "raw_path": b"/clip/upload/x.mp4",
            "query_string": b"for=search",
            "headers": [(b"host", b"testserver")],
            "scheme": "http",
            "server": ("testserver", 80),
        }

        async def receive() -> Any:
            return next(messages)

        async def send(message: Any) -> None:
            pass

        await app(scope, receive, send)

    finished(upload())
    assert not left_behind(studio)


def test_a_full_disk_is_said_before_anything_is_written(
    client: TestClient, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = replace_free(1000)
    monkeypatch.setattr("app_streamlit.routes.shutil.disk_usage", usage)
    answer = client.put("/clip/upload/x.mp4?for=search", content=b"x", headers=SAME_ORIGIN)
    assert answer.status_code == 507
    assert "room" in answer.json()["error"]


def replace_free(free: int) -> Any:
    class Usage:
        def __init__(self, _: Path) -> None:
            self.free = free

    return Usage


def test_the_inbox_keeps_the_newest_and_deletes_the_rest(tmp_path: Path) -> None:
    small = Inbox(capacity=2)
    paths = [tmp_path / name for name in "abc"]
    for path in paths:
        path.write_bytes(b"x")
    tokens = [small.put(Upload(path, path.name)) for path in paths]
    assert small.take(tokens[0]) is None
    assert small.take(tokens[2]) == Upload(paths[2], "c")
    assert [path.exists() for path in paths] == [False, True, True]


def test_two_clips_side_by_side_come_as_a_film_to_keep(client: TestClient, studio: Studio) -> None:
    a, b = named(studio, "plain").id, named(studio, "old").id
    answer = client.get(f"/clip/pair/{a}/{b}?at=1&to=0.5", headers=SAME_ORIGIN)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.content[4:8] == b"ftyp"


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("/clip/pair/{a}/0000000000000000", {}, 404),
        ("/clip/pair/{a}/..%2F..", {}, 404),
        ("/clip/pair/{a}/{a}?at=soon", {}, 400),
        ("/clip/pair/{a}/{a}?at=nan&to=1e9", {}, 409),
        ("/clip/pair/{a}/{a}", {"sec-fetch-site": "cross-site"}, 403),
    ],
)
def test_a_film_that_cannot_be_made_is_refused(
    client: TestClient, studio: Studio, address: str, headers: dict[str, str], status: int
) -> None:
    assert client.get(address.format(a=named(studio, "plain").id), headers=headers).status_code == status
