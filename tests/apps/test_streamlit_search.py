"""The Search page, drawn without a browser."""

from pathlib import Path

from PIL import Image

from app_streamlit.found import KEPT
from core.studio import Studio
from tests import clips
from tests.apps.pages import data_of, drawn, ids_by_title, searching, text_of


def test_search_in_an_empty_library_says_what_to_do(page_studio: Studio) -> None:
    app = searching()
    assert "Your library is empty" in text_of(app)
    assert app.get("page_link")


def test_a_link_to_a_query_shows_its_hits(filled: Studio) -> None:
    ids = ids_by_title(filled)
    data = data_of(searching(query=ids["red"]), "pair")
    assert data["query"]["title"] == "red"
    assert {hit["title"] for hit in data["hits"]} == {"green", "blue"}
    assert all(0 <= hit["probability"] < 0.5 and not hit["kin"] for hit in data["hits"])
    assert all(0 <= hit["time"] <= 3 and 0 <= hit["query_time"] <= 3 for hit in data["hits"])


def test_a_query_from_outside_can_be_added_to_the_library(filled: Studio, tmp_path: Path) -> None:
    video = filled.query(clips.colours(tmp_path / "outside.mp4", ["yellow", "red"]))
    app = searching(query=video.id)
    drawn(app.button(key="promote").click().run())
    assert filled.video(video.id).role == "library"
    assert not [button for button in app.button if button.key == "promote"]


def test_the_query_survives_a_page_switch(filled: Studio) -> None:
    app = searching(query=ids_by_title(filled)["red"])
    drawn(app.switch_page("views/library.py").run())
    app.query_params.clear()
    drawn(app.switch_page("views/search.py").run())
    assert data_of(app, "pair")["query"]["title"] == "red"
    drawn(app.button(key="new_search").click().run())
    assert data_of(app, "drop_zone")["purpose"] == "search"


def test_a_link_to_a_query_that_is_gone_says_so(filled: Studio) -> None:
    app = searching(query="0" * 16)
    assert "no longer there" in app.warning[0].value
    assert data_of(app, "drop_zone")["purpose"] == "search"


def test_an_answer_without_kin_says_so(filled: Studio, tmp_path: Path) -> None:
    filled.ingest([clips.numbered(tmp_path / "numbers.mp4")])
    words = "Nothing in your library is clearly kin to this."
    app = searching(query=filled.query(clips.numbered(tmp_path / "other.mp4", seconds=2.5)).id)
    assert data_of(app, "pair")["hits"][0]["kin"]
    assert words not in text_of(app)
    app = searching(query=ids_by_title(filled)["numbers"])
    assert not data_of(app, "pair")["hits"][0]["kin"]
    assert words in text_of(app)


def test_a_picture_can_be_asked_about(filled: Studio, tmp_path: Path) -> None:
    filled.ingest([clips.numbered(tmp_path / "numbers.mp4")])
    Image.fromarray(clips.numbered_picture(20, (256, 256))).save(tmp_path / "twenty.png")
    video = filled.query(tmp_path / "twenty.png")
    data = data_of(searching(query=video.id), "pair")
    assert data["query"]["still"]
    assert data["hits"][0]["title"] == "numbers"


def test_a_plain_picture_is_said_to_have_nothing_to_recognise(filled: Studio, tmp_path: Path) -> None:
    app = searching(query=filled.query(clips.picture(tmp_path / "red.png", "red")).id)
    assert "nothing to recognise" in text_of(app)


def test_a_search_that_was_cancelled_stays_so_until_it_is_started_again(filled: Studio) -> None:
    app = searching(query=ids_by_title(filled)["red"])
    (question,) = app.session_state[KEPT]
    app.session_state[KEPT] = {}
    app.session_state["search_visual_stopped"] = app.session_state["search_late_stopped"] = question
    drawn(app.run())
    assert "Cancelled." in text_of(app)
    assert not [element for element in app.get("bidi_component") if element.proto.component_name == "pair"]
    (again,) = [button for button in app.button if button.label == "Start again"]
    assert data_of(drawn(again.click().run()), "pair")["hits"]


def test_the_only_clip_of_a_library_has_nothing_to_be_compared_with(page_studio: Studio, tmp_path: Path) -> None:
    page_studio.ingest([clips.colours(tmp_path / "alone.mp4")])
    app = searching(query=page_studio.videos().videos[0].id)
    assert "no other clip" in text_of(app)
