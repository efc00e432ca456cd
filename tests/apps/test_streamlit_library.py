"""The Library page, drawn without a browser."""

from dataclasses import replace
from pathlib import Path

from app_streamlit import selection
from core.store.library import Library
from core.studio import Studio
from tests import clips
from tests.apps.pages import HOSTILE, data_of, drawn, ids_by_title, opened, text_of, titles


def test_the_demo_clips_are_one_click_away(page_studio: Studio) -> None:
    app = drawn(opened().button(key="demo").click().run())
    assert page_studio.jobs()[0].title == "Adding the demo clips"
    assert not [button for button in app.button if button.key == "demo"]
    page_studio.cancel_job(page_studio.jobs()[0].id)


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
    assert "**Stays:** 2 files of your own, which can be added again" in text_of(app)
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
    assert "pictures, 1 a second (Built-in descriptor)" in facts
    drawn(app.text_input(key=f"title_{video_id}").set_value("Scarlet").run())
    assert filled.video(video_id).title == "Scarlet"
    drawn(app.text_input(key=f"title_{video_id}").set_value("red").run())
    assert filled.video(video_id).title == "red"


def test_the_details_tag_and_untag(filled: Studio) -> None:
    video_id = ids_by_title(filled)["red"]
    filled.set_tags(video_id, ["warm"])
    app = opened(clip=video_id)
    drawn(app.multiselect(key=f"tags_{video_id}").set_value([]).run())
    assert filled.video(video_id).tags == ()
    drawn(app.multiselect(key=f"tags_{video_id}").set_value(["warm"]).run())
    assert filled.video(video_id).tags == ("warm",)


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


def test_a_folder_is_looked_into_before_it_is_added(page_studio: Studio, tmp_path: Path) -> None:
    for name in ("one", "two"):
        clips.colours(tmp_path / f"{name}.mp4", ["red" if name == "one" else "blue"])
    app = opened()
    app.session_state["dialog"] = ("folder", ())
    drawn(app.run())
    app.text_input(key="folder_path").set_value(str(tmp_path))
    drawn(next(button for button in app.button if button.label == "Look inside").click().run())
    assert "2 video files" in text_of(app)
    assert not page_studio.jobs()
    drawn(app.button(key="folder_yes").click().run())
    assert page_studio.jobs()[0].kind == "ingest"


def test_a_folder_that_is_not_there_is_said(page_studio: Studio, tmp_path: Path) -> None:
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
