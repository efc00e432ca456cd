"""The pages of the Streamlit app, drawn without a browser."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from app_streamlit import selection, widgets
from core.config import ROOT, Settings
from core.errors import Cancelled, StudioError
from core.records import Job
from core.store.library import Library
from core.studio import Studio, open_studio
from tests import clips

HOSTILE = "<img src=x onerror=alert(1)>"
MAIN = str(ROOT / "app_streamlit" / "main.py")


@pytest.fixture(scope="module")
def three_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of three clips, red, green and blue, to be copied."""
    folder, library = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("library")
    for name in ("red", "green", "blue"):
        clips.colours(folder / f"{name}.mp4", [name, "white", name])
    studio = Studio(Settings(library=library, encoder="embedded"))
    assert len(studio.ingest([folder]).added) == 3
    studio.close()
    return library


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> Iterator[Studio]:
    """The studio that the pages open: that of an empty library."""
    monkeypatch.setenv("CLIPKIN_ENCODER", "embedded")
    open_studio.cache_clear()
    studio = open_studio()
    yield studio
    studio.close()
    open_studio.cache_clear()


@pytest.fixture
def filled(three_clips: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Studio:
    """The same with three clips."""
    shutil.copytree(three_clips, tmp_path / "library")
    return request.getfixturevalue("studio")


def opened(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=30)
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())


def drawn(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def data_of(app: AppTest, component: str) -> dict[str, Any]:
    """What a component of ours was given."""
    protos = [element.proto for element in app.get("bidi_component")]
    return next(json.loads(proto.json) for proto in protos if proto.component_name == component)


def titles(app: AppTest) -> list[str]:
    return [clip["title"] for clip in data_of(app, "clip_grid")["clips"]]


def text_of(app: AppTest) -> str:
    return "\n".join([*(e.value for e in app.markdown), *(e.value for e in app.caption), *(e.value for e in app.info)])


def ids_by_title(studio: Studio) -> dict[str, str]:
    return {video.title: video.id for video in studio.videos().videos}


# ------------------------------------------------------------------------------------------------- the frame


def test_a_new_library_invites_to_drop_clips(studio: Studio) -> None:
    app = opened()
    assert data_of(app, "drop_zone")["large"]
    assert "0 clips" in text_of(app)
    assert not app.error


def test_every_page_names_the_encoder_and_the_reason_and_offers_to_switch(filled: Studio) -> None:
    app = opened()
    for page in ("views/library.py", "views/search.py"):
        drawn(app.switch_page(page).run())
        assert "Encoder: embedded" in text_of(app)
        assert "The settings ask for embedded" in text_of(app).replace("\\", "")
        assert app.button(key="switch_encoder").label == "Switch encoder"


def test_an_encoder_that_the_settings_ask_for_cannot_be_switched_here(filled: Studio) -> None:
    app = drawn(opened().button(key="switch_encoder").click().run())
    choice = app.radio(key="encoder_choice")
    assert choice.value == "embedded"
    assert len(choice.options) == len(filled.readiness())
    assert "CLIPKIN_ENCODER" in app.info[0].value


def test_switching_the_encoder_extracts_again_in_the_background(
    monkeypatch: pytest.MonkeyPatch, three_clips: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLIPKIN_ENCODER", "auto")
    shutil.copytree(three_clips, tmp_path / "library")
    open_studio.cache_clear()
    studio = open_studio()
    app = drawn(opened().button(key="switch_encoder").click().run())
    drawn(app.radio(key="encoder_choice").set_value("clip").run())
    drawn(app.button(key="encoder_yes").click().run())
    assert studio.jobs()[0].title == "Switching to clip"
    studio.close()
    open_studio.cache_clear()


def test_an_encoder_whose_weights_are_gone_leaves_the_pages_standing(
    monkeypatch: pytest.MonkeyPatch, three_clips: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLIPKIN_ENCODER", "clip")
    shutil.copytree(three_clips, tmp_path / "library")
    open_studio.cache_clear()
    studio = open_studio()
    app = opened()
    assert len(titles(app)) == 3
    drawn(app.button(key="switch_encoder").click().run())
    studio.close()
    open_studio.cache_clear()


def test_running_work_is_shown_with_its_progress_and_can_be_cancelled(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled: list[str] = []
    job = Job("a1", "ingest", "Adding 3 files", "running", 0.4, "x_y.mp4: looking", 0.0, 0.0)
    monkeypatch.setattr(studio, "jobs", lambda: [job])
    monkeypatch.setattr(studio, "cancel_job", cancelled.append)
    app = opened()
    assert "x\\_y\\.mp4" in app.get("progress")[0].proto.text
    app.button(key="cancel_a1").click().run()
    assert cancelled == ["a1"]


def test_work_that_failed_stays_until_it_is_dismissed(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = [Job("a1", "extract", "Extracting", "failed", 0.4, "The disk is full.", 0.0, 0.0)]
    monkeypatch.setattr(studio, "jobs", lambda: jobs)
    monkeypatch.setattr(studio, "dismiss_job", lambda job_id: jobs.clear())
    app = opened()
    assert "The disk is full" in text_of(app)
    drawn(app.button(key="dismiss_a1").click().run())
    assert "The disk is full" not in text_of(app)


# ------------------------------------------------------------------------------------------------- the library


def test_the_grid_shows_every_clip_with_its_length_and_sound(filled: Studio) -> None:
    shown = data_of(opened(), "clip_grid")["clips"]
    assert sorted(clip["title"] for clip in shown) == ["blue", "green", "red"]
    assert {clip["length"] for clip in shown} == {"0:03"}
    assert {clip["sound"] for clip in shown} == {"no sound"}
    assert all(clip["plays"] for clip in shown)


def test_clips_are_found_by_title_and_the_address_keeps_it(filled: Studio) -> None:
    app = drawn(opened().text_input(key="text").set_value("gre").run())
    assert titles(app) == ["green"]
    assert titles(opened(text="blu")) == ["blue"]


def test_a_filter_that_finds_nothing_offers_to_clear_it(filled: Studio) -> None:
    app = opened(text="zebra")
    assert "No clip matches" in text_of(app)
    assert len(titles(drawn(app.button(key="clear_filters").click().run()))) == 3


def test_clips_are_found_by_tag(filled: Studio) -> None:
    filled.set_tags(ids_by_title(filled)["red"], ["warm"])
    app = drawn(opened().multiselect(key="tag").set_value(["warm"]).run())
    assert titles(app) == ["red"]


def test_clips_are_sorted_by_title_on_wish(filled: Studio) -> None:
    assert titles(drawn(opened().selectbox(key="sort").set_value("title").run())) == ["blue", "green", "red"]


def test_a_page_shows_so_many_clips_and_the_next_one_the_rest(filled: Studio, tmp_path: Path) -> None:
    model = filled.videos().videos[0]
    library = Library(tmp_path / "library")
    for n in range(24):
        library.add(replace(model, id=f"{n:016x}", title=f"more {n}"))
    library.close()
    assert len(titles(opened())) == 24
    assert len(titles(opened(page="2"))) == 3
    assert len(titles(opened(page="99"))) in (3, 24)


def test_removing_asks_first_and_says_what_goes(filled: Studio) -> None:
    app = opened()
    app.session_state[selection.KEY] = tuple(ids_by_title(filled).values())[:2]
    drawn(app.run())
    drawn(app.button(key="remove_selected").click().run())
    assert filled.status().videos == 3
    assert "files of your own stay where they are" in text_of(app)
    drawn(app.button(key="remove_yes").click().run())
    assert filled.status().videos == 1
    assert selection.KEY in app.session_state
    assert app.session_state[selection.KEY] == ()


def test_a_question_can_be_answered_with_no(filled: Studio) -> None:
    app = opened()
    app.session_state[selection.KEY] = tuple(ids_by_title(filled).values())
    drawn(app.run())
    drawn(app.button(key="remove_selected").click().run())
    drawn(app.button(key="dialog_cancel").click().run())
    assert filled.status().videos == 3
    assert not [button for button in app.button if button.key == "remove_yes"]


def test_many_clips_are_tagged_at_once_and_keep_their_own_tags(filled: Studio) -> None:
    ids = ids_by_title(filled)
    filled.set_tags(ids["red"], ["warm"])
    app = opened()
    app.session_state[selection.KEY] = (ids["red"], ids["blue"])
    drawn(app.run())
    drawn(app.button(key="tag_selected").click().run())
    drawn(app.multiselect(key="tag_add").set_value(["warm"]).run())
    drawn(app.button(key="tag_yes").click().run())
    assert filled.tags() == {"warm": 2}


def test_selecting_the_page_selects_every_clip_on_it(filled: Studio) -> None:
    app = drawn(opened().button(key="select_page").click().run())
    assert set(app.session_state[selection.KEY]) == set(ids_by_title(filled).values())
    assert set(data_of(app, "clip_grid")["selected"]) == set(ids_by_title(filled).values())
    app = drawn(app.button(key="clear_selected").click().run())
    assert data_of(app, "clip_grid")["selected"] == []


def test_the_details_tell_the_facts_and_rename(filled: Studio) -> None:
    video_id = ids_by_title(filled)["red"]
    app = opened(clip=video_id)
    facts = next(e.proto.body for e in app.get("html") if "facts" in e.proto.body and "<dl" in e.proto.body)
    assert "64 × 48" in facts
    assert "h264" in facts
    assert "embedded-" in facts
    drawn(app.text_input(key=f"title_{video_id}").set_value("Scarlet").run())
    assert filled.video(video_id).title == "Scarlet"


def test_a_link_to_a_clip_that_is_gone_opens_nothing(filled: Studio) -> None:
    app = opened(clip="0" * 16)
    assert len(titles(app)) == 3
    assert not app.error


def test_what_failed_is_listed_with_the_reason_until_it_is_dismissed(filled: Studio, tmp_path: Path) -> None:
    filled.ingest([clips.empty(tmp_path / "nothing_here.mp4")])
    app = opened()
    assert app.expander[0].label == "1 file could not be added"
    assert "nothing\\_here" in text_of(app)
    app = drawn(app.button(key="dismiss_failures").click().run())
    assert not filled.failures()
    assert not app.expander


def test_a_folder_is_looked_into_before_it_is_added(studio: Studio, tmp_path: Path) -> None:
    for name in ("one", "two"):
        clips.colours(tmp_path / f"{name}.mp4", ["red" if name == "one" else "blue"])
    app = opened()
    app.session_state["dialog"] = ("folder", ())
    drawn(app.run())
    app.text_input(key="folder_path").set_value(str(tmp_path))
    drawn(next(button for button in app.button if button.label == "Look inside").click().run())
    assert "2 video files" in text_of(app)
    assert not studio.jobs()
    drawn(app.button(key="folder_yes").click().run())
    assert studio.jobs()[0].kind == "ingest"


def test_a_folder_that_is_not_there_is_said(studio: Studio, tmp_path: Path) -> None:
    app = opened()
    app.session_state["dialog"] = ("folder", ())
    drawn(app.run())
    app.text_input(key="folder_path").set_value(str(tmp_path / "nowhere"))
    drawn(next(button for button in app.button if button.label == "Look inside").click().run())
    assert len(app.error) == 1


def test_a_hostile_title_is_text_everywhere(filled: Studio) -> None:
    video_id = ids_by_title(filled)["red"]
    filled.rename(video_id, HOSTILE)
    filled.set_tags(video_id, [HOSTILE, "![x](http://evil.example/x.png)"])
    app = opened(clip=video_id)
    app.session_state[selection.KEY] = (video_id,)
    assert HOSTILE in titles(app)
    app.session_state["dialog"] = ("remove", ((video_id,),))
    drawn(app.run())
    assert HOSTILE not in text_of(app)
    assert "\\<img src=x onerror" in text_of(app)
    assert all(HOSTILE not in element.proto.body for element in app.get("html"))


# ------------------------------------------------------------------------------------------------- search


def searching(**query: str) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/search.py")
    for name, value in query.items():
        app.query_params[name] = value
    return drawn(app.run())


def test_search_in_an_empty_library_says_what_to_do(studio: Studio) -> None:
    app = searching()
    assert "Your library is empty" in text_of(app)
    assert app.get("page_link")


def test_a_link_to_a_query_shows_its_hits(filled: Studio) -> None:
    ids = ids_by_title(filled)
    data = data_of(searching(query=ids["red"]), "pair")
    assert data["query"]["title"] == "red"
    assert {hit["title"] for hit in data["hits"]} == {"green", "blue"}
    assert sum(hit["probability"] for hit in data["hits"]) == pytest.approx(1.0, abs=1e-6)
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


def test_the_only_clip_of_a_library_has_nothing_to_be_compared_with(studio: Studio, tmp_path: Path) -> None:
    studio.ingest([clips.colours(tmp_path / "alone.mp4")])
    app = searching(query=studio.videos().videos[0].id)
    assert "no other clip" in text_of(app)


# ------------------------------------------------------------------------------------------------- widgets


def guarded(error: BaseException) -> AppTest:
    def page() -> None:
        import streamlit as st

        from app_streamlit import widgets

        with widgets.guard():
            raise st.session_state["error"]

    app = AppTest.from_function(page)
    app.session_state["error"] = error
    return app.run()


def test_an_expected_error_is_shown_as_its_sentence() -> None:
    app = guarded(StudioError("Free some *room* and try again."))
    assert app.error[0].value == "Free some \\*room\\* and try again\\."
    assert not app.exception


def test_a_cancelled_task_is_a_quiet_note() -> None:
    app = guarded(Cancelled())
    assert app.caption[0].value == "Cancelled."
    assert not app.error


def test_a_bug_stays_loud() -> None:
    assert len(guarded(KeyError("bug")).exception) == 1


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.0, "0:00"), (75.9, "1:15"), (3600.0, "1:00:00"), (36061.0, "10:01:01")]
)
def test_a_clock_reads_like_a_clock(seconds: float, text: str) -> None:
    assert widgets.clock(seconds) == text


def test_amounts_read_like_amounts() -> None:
    assert widgets.size(100) == "0 kB"
    assert widgets.size(3 * 1024**3) == "3.0 GB"
    assert widgets.length(61.0) == "61 seconds"
    assert widgets.length(7200.0) == "2.0 hours"
    assert widgets.count(1, "clip") == "1 clip"


def test_the_first_page_is_drawn_without_torch(tmp_path: Path) -> None:
    """In a process of its own: every module of the app is imported and the library drawn."""
    script = """
import sys, pkgutil, importlib, app_streamlit
for module in pkgutil.walk_packages(app_streamlit.__path__, "app_streamlit."):
    importlib.import_module(module.name)
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app_streamlit/main.py", default_timeout=60).run()
assert not app.exception, app.exception
print([name for name in ("torch", "av", "faiss", "open_clip", "sklearn", "moviepy") if name in sys.modules])
"""
    env = {"CLIPKIN_LIBRARY": str(tmp_path / "library"), "PATH": "/usr/bin:/bin", "HF_HUB_OFFLINE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_settings_of_the_pages_come_from_the_environment(studio: Studio, tmp_path: Path) -> None:
    assert studio.settings == Settings.from_env()
    assert studio.settings.library == tmp_path / "library"
