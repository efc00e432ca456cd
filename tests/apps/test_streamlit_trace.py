"""The Trace page, drawn without a browser."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app_streamlit.traced import file_stem, summary, timeline_data
from core.records import TraceSegment
from core.studio import Studio
from tests import clips
from tests.apps.pages import HOSTILE, MAIN, data_of, drawn, ids_by_title, searching, text_of
from tests.gradio_page import pattern_clip
from tests.traces import trace_of

STITCHED = [2, 3, 4, 5, 6, 15, 16, 17, 18, 19, 8, 9, 10, 11, 12]  # five seconds each of one film, of none, of another


def tracing(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/trace.py")
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())


@pytest.fixture
def query(filled: Studio, tmp_path: Path) -> str:
    """A clip stitched from two films of the library and from elsewhere."""
    filled.ingest([pattern_clip(tmp_path / "first.mp4", range(8)), pattern_clip(tmp_path / "second.mp4", range(8, 15))])
    return filled.query(pattern_clip(tmp_path / "query.mp4", STITCHED)).id


def test_a_link_to_a_stitched_clip_shows_its_parts(query: str, filled: Studio) -> None:
    app = tracing(query=query)
    data = data_of(app, "trace_timeline")
    assert [segment["title"] for segment in data["segments"]] == ["first", "", "second"]
    assert [segment["start"] for segment in data["segments"]] == pytest.approx([0, 5, 10], abs=0.4)
    assert data["segments"][0]["from"] == pytest.approx(2, abs=0.8)
    assert data["segments"][1]["id"] is None
    assert data["segments"][1]["colour"] is None
    assert data["end"] == pytest.approx(15, abs=0.2)
    assert data["sentence"] == "2 parts from 2 videos of your library, and 5 seconds of 15 seconds from elsewhere"
    assert {clip["title"] for clip in data["sources"].values()} >= {"first", "second"}
    assert len(data["times"]) == len(data["values"]) > 30


def test_the_timeline_is_offered_as_three_files(query: str, filled: Studio) -> None:
    app = tracing(query=query)
    buttons = {button.proto.label: button.proto for button in app.get("download_button")}
    assert list(buttons) == ["CSV", "JSON", "EDL"]
    answer = app.session_state["trace_answer"][1]
    rows = list(csv.DictReader(io.StringIO(filled.export_trace(answer, "csv"))))
    assert [row["title"] for row in rows] == ["first", "", "second"]
    assert json.loads(filled.export_trace(answer, "json"))["segments"][1]["video_id"] is None


def test_the_published_memory_can_be_chosen(query: str, filled: Studio) -> None:
    app = tracing(query=query)
    assert app.selectbox(key="trace_method").value == "trace_decoder"
    drawn(app.selectbox(key="trace_method").select("retrieval_memory").run())
    assert "retrieval_memory" in data_of(app, "trace_timeline")["answer"]


def test_the_answer_is_kept_while_the_question_stays(query: str) -> None:
    app = tracing(query=query)
    before = app.session_state["trace_answer"][1]
    drawn(app.run())
    assert app.session_state["trace_answer"][1] is before


def test_the_query_survives_a_page_switch_and_goes_with_a_new_trace(query: str) -> None:
    app = tracing(query=query)
    drawn(app.switch_page("views/library.py").run())
    app.query_params.clear()
    drawn(app.switch_page("views/trace.py").run())
    assert data_of(app, "trace_timeline")["query"]["id"] == query
    drawn(app.button(key="new_trace").click().run())
    assert data_of(app, "drop_zone")["purpose"] == "search"


def test_a_search_leads_to_the_trace_of_its_query(query: str) -> None:
    app = searching(query=query)
    drawn(app.button(key="trace_this").click().run())
    assert data_of(app, "trace_timeline")["query"]["id"] == query


def test_a_source_leads_to_the_comparison(query: str, filled: Studio) -> None:
    app = tracing(query=query)
    app.session_state["trace_compared"] = (query, ids_by_title(filled)["first"])
    drawn(app.run())
    assert data_of(app, "comparison")["comparison"]["b"]["title"] == "first"


def test_a_traced_clip_can_be_added_to_the_library(query: str, filled: Studio) -> None:
    app = tracing(query=query)
    drawn(app.button(key="trace_promote").click().run())
    assert filled.video(query).role == "library"
    assert data_of(app, "trace_timeline")["query"]["id"] == query


def test_a_clip_from_elsewhere_is_said_to_be(filled: Studio, tmp_path: Path) -> None:
    filled.ingest([pattern_clip(tmp_path / "first.mp4", range(8))])
    app = tracing(query=filled.query(pattern_clip(tmp_path / "other.mp4", range(10, 18))).id)
    assert data_of(app, "trace_timeline")["sentence"] == "None of these 8 seconds come from your library"


def test_a_clip_of_plain_colours_has_nothing_to_recognise(filled: Studio) -> None:
    app = tracing(query=ids_by_title(filled)["red"])
    assert "nothing to recognise" in text_of(app)


def test_an_empty_library_says_what_to_do(page_studio: Studio) -> None:
    app = tracing()
    assert "Your library is empty" in text_of(app)
    assert app.get("page_link")
    assert not [button for button in app.button if button.key == "trace_demo_go"]


def test_the_only_clip_of_a_library_has_no_source(page_studio: Studio, tmp_path: Path) -> None:
    page_studio.ingest([clips.colours(tmp_path / "alone.mp4")])
    assert "no other clip" in text_of(tracing(query=page_studio.videos().videos[0].id))


def test_a_picture_is_sent_to_the_search(filled: Studio, tmp_path: Path) -> None:
    app = tracing(query=filled.query(clips.picture(tmp_path / "red.png", "red")).id)
    assert "A picture has no parts" in text_of(app)
    drawn(app.button(key="trace_search").click().run())
    assert app.query_params["query"]
    assert app.title[0].value == "Search"


def test_a_link_to_a_clip_that_is_gone_says_so(filled: Studio) -> None:
    app = tracing(query="0" * 16)
    assert "no longer there" in app.warning[0].value
    assert data_of(app, "drop_zone")["purpose"] == "search"


def test_a_source_that_was_removed_meanwhile_keeps_its_part_and_loses_its_player(filled: Studio) -> None:
    there = ids_by_title(filled)["red"]
    known = TraceSegment(0, 6, there, "red", 0, 3, 0.9, 0.9, 0.5)
    answer = trace_of(known, TraceSegment(6, 9, "f" * 16, HOSTILE, 1, 4, 0.9, 0.9))
    answer = replace(answer, query=filled.video(there))
    data = timeline_data(filled, answer, is_dark=False)
    assert list(data["sources"]) == [there]
    assert data["segments"][1]["title"] == HOSTILE  # travels as data
    assert len({segment["colour"] for segment in data["segments"]}) == 2


def test_the_strip_of_a_long_clip_is_thinned_and_never_leaves_its_scale(filled: Studio) -> None:
    answer = trace_of(TraceSegment(0, 7200, None, "", None, None, 1.2, 0.9))
    answer = replace(answer, query=filled.videos().videos[0])
    data = timeline_data(filled, answer, is_dark=True)
    assert 2000 < len(data["times"]) <= 2400
    assert data["times"][-1] == pytest.approx(answer.times[-1], abs=0.01)
    assert np.max(data["values"]) == 1.0


def test_the_summary_counts_videos_once() -> None:
    part = TraceSegment(0, 6, "a" * 16, "Boat", 0, 6, 0.9, 0.9)
    again = TraceSegment(6, 12, "a" * 16, "Boat", 20, 26, 0.9, 0.9)
    assert summary(trace_of(part, again)) == "2 parts from 1 video of your library"


@pytest.mark.parametrize(
    ("title", "name"), [("Best of / 2026: part 1?", "Best of 2026 part 1"), ("...", "trace"), ("a\x00b", "a b")]
)
def test_a_title_becomes_the_name_of_a_file(title: str, name: str) -> None:
    assert " ".join(file_stem(title).split()) == name
