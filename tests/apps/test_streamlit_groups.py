"""The Groups page, drawn without a browser."""

import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.studio import Studio, close_studios, open_studio
from tests.apps.pages import MAIN, data_of, drawn, ids_by_title, text_of
from tests.gradio_page import pattern_clip


def opened(**session: object) -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/groups.py")
    for name, value in session.items():
        app.session_state[name] = value
    return drawn(app.run())


def grouping(studio: Studio, **session: object) -> AppTest:
    """The page once the search for groups that it started has ended."""
    app = opened(**session)
    settled(studio)
    return drawn(app.run())


def settled(studio: Studio) -> None:
    while any(job.is_active for job in studio.jobs()):
        time.sleep(0.02)


@pytest.fixture
def ids(page_studio: Studio, tmp_path: Path) -> dict[str, str]:
    """A film, a copy in another size, one that begins a second later, and two strangers."""
    pattern_clip(tmp_path / "film.mp4", range(6))
    pattern_clip(tmp_path / "late.mp4", range(1, 6))
    pattern_clip(tmp_path / "copy.mp4", range(6), fps=5.0)
    pattern_clip(tmp_path / "one.mp4", range(8, 12))
    pattern_clip(tmp_path / "two.mp4", range(14, 18))
    page_studio.ingest([tmp_path])
    return ids_by_title(page_studio)


def members(app: AppTest) -> list[set[str]]:
    return [{clip["title"] for clip in group["members"]} for group in data_of(app, "kin_groups")["groups"]]


def test_copies_are_grouped_and_strangers_left_out(ids: dict[str, str], page_studio: Studio) -> None:
    app = grouping(page_studio)
    assert members(app) == [{"film", "copy", "late"}]
    group = data_of(app, "kin_groups")["groups"][0]
    assert group["edges"][0] is None
    assert all(edge["other"]["id"] == group["members"][0]["id"] for edge in group["edges"][1:])
    assert len(group["spare"]) == 2


def test_an_edge_shows_the_two_moments_that_agree(ids: dict[str, str], page_studio: Studio) -> None:
    group = data_of(grouping(page_studio), "kin_groups")["groups"][0]
    times = {edge["self"]["title"]: (edge["self"]["time"], edge["other"]["time"]) for edge in group["edges"] if edge}
    others = {clip["title"] for clip in group["members"]} - {group["members"][0]["title"]}
    assert set(times) == others
    if group["members"][0]["title"] != "late":
        here, there = times["late"]
        assert there - here == pytest.approx(1.0, abs=0.6)


def test_the_selection_alone_can_be_asked_about(ids: dict[str, str], page_studio: Studio) -> None:
    app = grouping(page_studio, selected=(ids["film"], ids["one"], ids["two"]), kin_of="selected")
    assert "No two of 3 clips are alike enough" in text_of(app)


def test_removed_clips_leave_their_group(ids: dict[str, str], page_studio: Studio) -> None:
    app = grouping(page_studio)
    page_studio.remove([ids["copy"]])
    drawn(app.run())
    assert members(app) == [{"film", "late"}]
    assert "The library has changed since." in text_of(app)
    drawn(app.button(key="kin_again").click().run())
    settled(page_studio)
    assert "changed since" not in text_of(drawn(app.run()))
    assert members(app) == [{"film", "late"}]


def test_the_heat_map_has_every_clip_with_like_beside_like(ids: dict[str, str]) -> None:
    app = opened(kin_view="Heat map")
    told = data_of(app, "kin_map")
    titles = [clip["title"] for clip in told["clips"]]
    assert sorted(titles) == ["copy", "film", "late", "one", "two"]
    start, length = told["groups"][0]
    assert set(titles[start : start + length]) == {"film", "copy", "late"}


def test_a_cell_leads_to_the_comparison_of_its_two_clips(ids: dict[str, str]) -> None:
    app = opened()
    app.session_state["kin_compared"] = (ids["film"], ids["one"])
    drawn(app.run())
    stage = data_of(app, "comparison")["comparison"]
    assert (stage["a"]["title"], stage["b"]["title"]) == ("film", "one")


def test_a_library_without_two_clips_says_what_to_do(page_studio: Studio) -> None:
    app = opened()
    assert "nothing to group" in text_of(app)
    assert app.get("page_link")


def test_the_search_goes_on_without_the_page_and_its_groups_are_there_after_a_restart(
    ids: dict[str, str], page_studio: Studio
) -> None:
    opened()
    settled(page_studio)
    close_studios()
    assert members(opened()) == [{"film", "copy", "late"}]
    (job,) = [job for job in open_studio().jobs() if job.kind.startswith("groups")]
    assert (job.state, job.message) == ("done", "1 group among 5 videos")


def test_the_page_finds_the_search_that_runs(ids: dict[str, str], page_studio: Studio) -> None:
    go_on = threading.Event()
    page_studio._jobs.submit("x", "In the way", lambda progress: str(go_on.wait(30)), lane="groups")
    for _ in range(2):
        assert "The clips are being compared." in text_of(opened())
    assert sum(job.kind.startswith("groups") for job in page_studio.jobs()) == 1
    go_on.set()
    settled(page_studio)
    assert members(opened()) == [{"film", "copy", "late"}]


def test_what_was_cancelled_can_be_started_again(ids: dict[str, str], page_studio: Studio) -> None:
    go_on = threading.Event()
    page_studio._jobs.submit("x", "In the way", lambda progress: str(go_on.wait(30)), lane="groups")
    page_studio.cancel_job(page_studio.start_grouping().id)
    go_on.set()
    settled(page_studio)
    app = opened()
    assert "Cancelled" in text_of(app)
    drawn(app.button(key="kin_again").click().run())
    settled(page_studio)
    assert members(drawn(app.run())) == [{"film", "copy", "late"}]
