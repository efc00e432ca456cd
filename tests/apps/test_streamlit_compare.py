"""The Compare page, drawn without a browser."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.studio import Studio
from tests.apps.pages import MAIN, data_of, drawn, ids_by_title, opened, searching, text_of
from tests.gradio_page import pattern_clip


def comparing(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/compare.py")
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())


@pytest.fixture
def ids(filled: Studio, tmp_path: Path) -> dict[str, str]:
    """Three clips of plain colours, one of patterns, and a part of that one."""
    filled.ingest([pattern_clip(tmp_path / "whole.mp4", range(8)), pattern_clip(tmp_path / "part.mp4", range(2, 7))])
    return ids_by_title(filled)


def test_a_link_to_two_clips_shows_how_they_correspond(ids: dict[str, str]) -> None:
    stage = data_of(comparing(a=ids["whole"], b=ids["part"]), "comparison")["comparison"]
    assert (stage["a"]["title"], stage["b"]["title"]) == ("whole", "part")
    assert stage["b"]["share"] > 0.8
    assert stage["matches"][0]["begin"] == pytest.approx([2, 0], abs=0.2)
    assert stage["a"]["url"] == f"/clip/media/{ids['whole']}"
    assert stage["a"]["stills"]["address"] == f"/clip/thumb/{ids['whole']}?t="


def test_swapping_exchanges_the_two_in_the_address_and_on_the_stage(ids: dict[str, str]) -> None:
    app = comparing(a=ids["whole"], b=ids["part"])
    drawn(app.button(key="compare_swap").click().run())
    assert data_of(app, "comparison")["comparison"]["a"]["title"] == "part"
    assert app.query_params["a"] == ids["part"]


def test_without_an_address_two_clips_are_asked_for(ids: dict[str, str]) -> None:
    app = comparing()
    assert app.button(key="compare_go").disabled
    app.selectbox(key="compare_pick_A").select(ids["red"]).run()
    app.selectbox(key="compare_pick_B").select(ids["blue"]).run()
    drawn(app.button(key="compare_go").click().run())
    assert data_of(app, "comparison")["comparison"]["b"]["title"] == "blue"
    drawn(app.button(key="compare_other").click().run())
    assert app.button(key="compare_go")


def test_a_clip_that_is_gone_is_said_to_be(ids: dict[str, str]) -> None:
    app = comparing(a=ids["red"], b="0" * 16)
    assert "no longer there" in app.warning[0].value


def test_an_empty_library_says_what_to_do(page_studio: Studio) -> None:
    app = comparing()
    assert "not two clips" in text_of(app)
    assert app.get("page_link")


def test_the_answer_is_kept_while_the_question_stays(ids: dict[str, str]) -> None:
    app = comparing(a=ids["whole"], b=ids["part"])
    before = app.session_state["compare_answer"][1]
    drawn(app.run())
    assert app.session_state["compare_answer"][1] is before


def test_titles_reach_the_stage_as_data(ids: dict[str, str], filled: Studio) -> None:
    filled.rename(ids["red"], "<img src=x onerror=alert(1)>")
    stage = data_of(comparing(a=ids["red"], b=ids["blue"]), "comparison")["comparison"]
    assert stage["a"]["title"] == "<img src=x onerror=alert(1)>"


def test_two_selected_clips_can_be_compared_and_three_cannot(ids: dict[str, str]) -> None:
    app = opened()
    app.session_state["selected"] = (ids["red"], ids["blue"], ids["green"])
    app.run()
    assert "compare_selected" not in [button.key for button in app.button]
    app.session_state["selected"] = (ids["red"], ids["blue"])
    app.run()
    drawn(app.button(key="compare_selected").click().run())
    assert data_of(app, "comparison")["comparison"]["a"]["title"] == "red"


def test_a_hit_of_a_search_leads_to_the_comparison(ids: dict[str, str]) -> None:
    app = searching(query=ids["whole"])
    app.session_state["search_compared"] = (ids["whole"], ids["part"])
    drawn(app.run())
    assert data_of(app, "comparison")["comparison"]["b"]["title"] == "part"
