"""The Map page and its routes without a browser: over a made-up map, and over a library of three clips."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from app_streamlit import map_lists
from app_streamlit.map_routes import create_map_routes, outline, pack_points
from core.config import Settings
from core.records import MapChoices
from core.studio import Studio
from tests.apps.pages import HOSTILE, MAIN, data_of, drawn, ids_by_title, text_of
from tests.fake_map import FakeMapStudio, fake_map

SAME_ORIGIN = {"origin": "http://testserver", "sec-fetch-site": "same-origin"}


def written(*corners: tuple[int, int]) -> str:
    """An outline as the page writes it."""
    return "".join(f"{x + 0x70000:05x}{y + 0x70000:05x}" for x, y in corners)


WHOLE = written((-9, -9), (65544, -9), (65544, 65544), (-9, 65544))  # around the whole plane


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeMapStudio]:
    folder = tmp_path_factory.mktemp("library")
    studio = FakeMapStudio(Settings(library=folder, encoder="embedded"), fake_map(2000, 20))
    yield studio
    studio.close()


@pytest.fixture
def client(studio: FakeMapStudio) -> Iterator[TestClient]:
    with TestClient(Starlette(routes=create_map_routes(lambda: studio)), headers=SAME_ORIGIN) as client:
        yield client


def address(path: str) -> str:
    return f"/clip/map/{fake_map(2000, 20).version}/{path}"


def unpacked(body: bytes) -> dict[str, np.ndarray]:
    """What `points.bin` holds, read the way the page reads it."""
    _, count, _, wide = struct.unpack_from("<4I", body)
    found, at = {}, 16
    kinds = {"times": "<f4", "x": "<u2", "y": "<u2", "video": f"<u{wide}", "labels": "u1"}
    for name, kind in kinds.items():
        found[name] = np.frombuffer(body, kind, count, at)
        at += count * np.dtype(kind).itemsize
    assert at == len(body)
    return found


def test_the_points_travel_as_they_are_with_the_top_of_the_plane_first(client: TestClient) -> None:
    shown = fake_map(2000, 20)
    answer = client.get(address("points.bin"))
    found = unpacked(answer.content)
    np.testing.assert_allclose(found["x"] / 65535, shown.positions[:, 0], atol=1e-5)
    np.testing.assert_allclose(1 - found["y"] / 65535, shown.positions[:, 1], atol=1e-5)
    np.testing.assert_array_equal(found["video"], shown.video)
    np.testing.assert_array_equal(found["times"], shown.times)
    np.testing.assert_array_equal(found["labels"], shown.labels)
    assert "immutable" in answer.headers["cache-control"]


def test_points_that_a_browser_has_are_not_sent_again(client: TestClient) -> None:
    tag = client.get(address("points.bin")).headers["etag"]
    again = client.get(address("points.bin"), headers={"if-none-match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_hundred_thousand_points_fit_in_little_more_than_a_megabyte() -> None:
    assert len(pack_points(fake_map(100_000))) == 16 + 11 * 100_000


def test_regions_are_told_by_frames_that_belong_to_them(client: TestClient) -> None:
    shown = fake_map(2000, 20)
    about = client.get(address("about")).json()
    assert [video["title"] for video in about["videos"]] == list(shown.titles)
    assert sum(region["size"] for region in about["regions"]) == len(shown)
    for region in about["regions"]:
        assert shown.labels[region["typical"][0]] == region["label"]


def test_small_pictures_come_by_the_batch_with_their_lengths(client: TestClient, studio: FakeMapStudio) -> None:
    body = client.get(address("thumbs?of=5,1,1999")).content
    lengths = struct.unpack_from("<3I", body)
    assert len(body) == 12 + sum(lengths)
    small = studio.map_thumbnails(fake_map(2000, 20).version)
    assert body[12 : 12 + lengths[0]] == small.picture(5)
    assert body[-lengths[2] :] == small.picture(1999)


def test_a_tile_and_what_it_shows_agree(client: TestClient, studio: FakeMapStudio) -> None:
    image = client.get(address("tile/1/0/1"))
    assert (image.headers["content-type"], image.content[:4]) == ("image/webp", b"RIFF")
    frames = np.frombuffer(client.get(address("frames/1/0/1")).content, "<i4")
    shown = frames[frames >= 0]
    assert len(frames) == 256
    assert len(set(shown)) == len(shown) > 0
    x, y = fake_map(2000, 20).positions[shown].T
    assert (x < 0.5).all()
    assert (y < 0.5).all()  # the lower half, for rows count from the top


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("thumbs?of=", 400),
        ("thumbs?of=1,two", 400),
        ("thumbs?of=-1", 400),
        ("thumbs?of=" + ",".join(["1"] * 129), 400),
        ("thumbs?of=2000", 404),
        ("tile/1/2/0", 404),
        ("tile/13/0/0", 404),
        ("tile/0/0/-1", 404),
        ("frames/1/0/2", 404),
        ("elsewhere", 404),
    ],
)
def test_what_is_not_on_the_map_is_refused(client: TestClient, path: str, status: int) -> None:
    assert client.get(address(path)).status_code == status


@pytest.mark.parametrize("version", ["unknown", "..%2f..", quote(HOSTILE)])
def test_a_map_that_is_not_there_is_not_found(client: TestClient, version: str) -> None:
    assert client.get(f"/clip/map/{version}/points.bin").status_code == 404


@pytest.mark.parametrize("path", ["points.bin", "about", "thumbs?of=1", "tile/0/0/0", "frames/0/0/0"])
@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "http://evil.example"}])
def test_another_site_sees_nothing_of_the_map(client: TestClient, path: str, headers: dict[str, str]) -> None:
    assert client.get(address(path), headers=headers).status_code == 403


def test_an_outline_reads_back_in_coordinates_of_the_plane() -> None:
    text = written((0, 0), (65535, 0), (65535, 65535), (-65535, 65535))
    np.testing.assert_array_equal(outline(text), [[0, 1], [1, 1], [1, 0], [-1, 0]])


@pytest.mark.parametrize("text", ["", "0000", "x" * 30, "0" * 29, "0" * 10 * 257, HOSTILE])
def test_what_is_no_outline_has_no_corners(text: str) -> None:
    assert outline(text).shape == (0, 2)


def test_frames_are_spread_from_first_to_last() -> None:
    assert map_lists.spread([1.0, 2.0], 8) == [1.0, 2.0]
    assert map_lists.spread(list(range(100)), 4) == [0, 33, 66, 99]


# ------------------------------------------------------------------------------------------- the page


@pytest.fixture
def mapped(filled: Studio) -> Studio:
    """A library of three clips with a map of it."""
    filled.fit_frame_map(MapChoices("pca"))
    return filled


def on_map(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.run().switch_page("views/frame_map.py")  # after a first run, for its address is not called like its file
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())


def labels(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def test_an_empty_library_says_what_the_map_will_be(page_studio: Studio) -> None:
    assert "Your library is empty" in text_of(on_map())


def test_a_library_without_a_map_invites_to_draw_it(filled: Studio, until: Callable[[Studio], None]) -> None:
    app = on_map()
    assert "See your whole library from above" in text_of(app)
    app.radio(key="map_projection_first").set_value("pca").run()
    drawn(app.button(key="map_fit_first_choice").click().run())
    until(filled)
    assert data_of(on_map(), "frame_map")["version"]
    assert filled.frame_map().projection == "pca"  # type: ignore[union-attr]


@pytest.fixture
def until() -> Callable[[Studio], None]:
    """Waits for the work that is going on."""
    import time

    def wait(studio: Studio) -> None:
        deadline = time.monotonic() + 60
        while any(job.is_active for job in studio.jobs()):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    return wait


def test_the_map_is_given_a_version_and_no_points(mapped: Studio) -> None:
    data = data_of(on_map(), "frame_map")
    assert data["version"] in data["url"]
    assert len(str(data)) < 600
    assert (data["lasso"], data["lit"], data["paths"]) == ("", None, [])


def test_a_link_with_an_outline_lists_what_lies_inside(mapped: Studio) -> None:
    app = on_map(sel=WHOLE)
    assert data_of(app, "frame_map")["lasso"] == WHOLE
    rows = data_of(app, "film_strips")["rows"]
    assert sorted(row["title"] for row in rows) == ["blue", "green", "red"]
    assert "frames of 3 clips" in app.subheader[0].value


@pytest.mark.parametrize("text", ["zz", HOSTILE, "0" * 4000])
def test_a_link_with_a_broken_outline_shows_the_map_all_the_same(mapped: Studio, text: str) -> None:
    app = on_map(sel=text)
    assert data_of(app, "frame_map")["version"]
    assert [heading.value for heading in app.subheader] == ["Paths"]


def test_an_outline_around_nothing_says_so(mapped: Studio) -> None:
    app = on_map(sel=written((0, 0), (1, 0), (1, 1)))
    assert "No frame lies inside the outline" in text_of(app)


def test_the_outline_is_dropped_when_the_map_was_laid_out_anew(mapped: Studio) -> None:
    app = on_map(sel=WHOLE)
    mapped.fit_frame_map(MapChoices("pca", rotation=90.0))
    app = drawn(app.run())
    data = data_of(app, "frame_map")
    assert (data["lasso"], data["epoch"]) == ("", 1)


def test_words_light_up_the_frames_of_titles(mapped: Studio) -> None:
    app = on_map()
    app.session_state["map_sought"] = "gre"
    data = data_of(drawn(app.run()), "frame_map")
    assert data["lit"]
    app.session_state["map_sought"] = "zebra"
    app = drawn(app.run())
    assert "No frame matches" in text_of(app)


def test_a_collection_is_a_tag_on_every_clip_inside(mapped: Studio) -> None:
    app = on_map(sel=WHOLE)
    app.text_input(key="map_tag").set_value("  plain colours ")
    drawn(next(button for button in app.button if button.label == "Tag 3 clips").click().run())
    assert mapped.tags() == {"plain colours": 3}


def test_paths_that_are_least_alike_are_drawn_with_their_frames(mapped: Studio) -> None:
    app = drawn(on_map().button(key="map_dissimilar").click().run())
    assert len(data_of(app, "frame_map")["paths"]) == 3
    strips = data_of(app, "film_strips")
    assert strips["upright"]
    assert len(strips["rows"]) == 3
    app = drawn(app.button(key="map_similar").click().run())
    assert "most like its path" in text_of(app)
    app = drawn(app.button(key="map_clear_paths").click().run())
    assert data_of(app, "frame_map")["paths"] == []


def test_hostile_titles_travel_as_data(mapped: Studio) -> None:
    mapped.rename(ids_by_title(mapped)["red"], HOSTILE)
    app = on_map(sel=WHOLE)
    assert HOSTILE in {row["title"] for row in data_of(app, "film_strips")["rows"]}
    assert all(HOSTILE not in node.proto.body for node in app.get("html"))


def test_titles_do_not_become_formulas_in_the_export() -> None:
    table = map_lists._table({"a" * 16: "=1+1", "b" * 16: "A, B"}, [("a" * 16, 0.5), ("b" * 16, 1.0)])
    assert table.splitlines()[1:] == [f"{'a' * 16},'=1+1,0.500", f'{"b" * 16},"A, B",1.000']


def test_another_layout_can_be_compared_with(mapped: Studio) -> None:
    first = mapped.frame_map()
    mapped.fit_frame_map(MapChoices("pca", rotation=90.0))
    app = on_map(sel=WHOLE)
    assert first is not None
    app = drawn(app.selectbox(key="map_compare").set_value(first.view).run())
    shown = [data for data in components(app, "frame_map") if data["small"]]
    assert len(shown) == 1
    assert shown[0]["lit"]


def test_an_earlier_layout_is_taken_up_again_and_another_forgotten(mapped: Studio) -> None:
    first = mapped.frame_map()
    second = mapped.fit_frame_map(MapChoices("pca", rotation=90.0))
    assert first is not None
    app = drawn(on_map().selectbox(key="map_compare").set_value(first.view).run())
    app = drawn(app.button(key="map_use").click().run())
    assert data_of(app, "frame_map")["version"] == first.version
    app = drawn(app.selectbox(key="map_compare").set_value(second.view).run())
    app = drawn(app.button(key="map_forget").click().run())
    assert len(mapped.frame_maps()) == 2
    app = drawn(app.button(key="sure_yes").click().run())
    assert [view.version for view in mapped.frame_maps()] == [first.view]
    assert data_of(app, "frame_map")["version"] == first.version


def test_a_layout_says_which_one_it_takes_the_place_of(mapped: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no room for another layout" not in text_of(on_map())
    monkeypatch.setattr("core.store.maps.MOST_KEPT", 1)
    assert "the oldest one that is kept (Principal components" in text_of(on_map()).replace("\\", "")
    mapped.fit_frame_map(MapChoices("pca", rotation=90.0))
    assert len(mapped.frame_maps()) == 1


def components(app: AppTest, name: str) -> list[dict[str, Any]]:
    import json

    protos = [element.proto for element in app.get("bidi_component")]
    return [json.loads(proto.json) for proto in protos if proto.component_name == name]


def test_a_poster_is_made_offered_and_removed(mapped: Studio, until: Callable[[Studio], None], tmp_path: Path) -> None:
    app = on_map()
    app.selectbox(key="map_poster").set_value("Small, 6 × 10")
    app.select_slider(key="map_tile_size").set_value("Small")
    drawn(app.button(key="map_print").click().run())
    until(mapped)
    made = mapped.prints()
    assert len(made) == 1
    with TestClient(Starlette(routes=create_map_routes(lambda: mapped)), headers=SAME_ORIGIN) as client:
        answer = client.get(f"/clip/print/{made[0].name}")
        assert answer.content[:2] == b"\xff\xd8"
        assert "attachment" in answer.headers["content-disposition"]
        assert client.get("/clip/print/..%2fcatalogue.sqlite").status_code == 404
    app = on_map()
    assert made[0].name in "".join(node.proto.body for node in app.get("html"))
    shown = list(mapped.frame_map().ids)  # type: ignore[union-attr]
    app.session_state["dialog"] = ("remove", (tuple(shown),))
    assert "1 poster of the map with pictures of them. This cannot be undone" in text_of(drawn(app.run()))
    app = on_map()
    drawn(app.button(key=f"remove_{made[0].name}").click().run())
    assert mapped.prints() == made
    drawn(app.button(key="sure_yes").click().run())
    assert mapped.prints() == []


def test_the_window_to_print_follows_the_address(mapped: Studio) -> None:
    app = on_map(x="0.25", y="0.25", z="1")
    app.segmented_control(key="map_window").set_value("What is in view")
    app.select_slider(key="map_tile_size").set_value("Small")
    drawn(app.button(key="map_print").click().run())
    assert mapped.jobs()[0].kind == "print"
    mapped.cancel_job(mapped.jobs()[0].id)
