"""Tracing in the Streamlit app in a real browser: the timeline, its players, the keyboard and the files."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from core.config import Settings
from core.studio import Studio
from tests import clips
from tests.browser.accessibility import audit
from tests.browser.conftest import Server
from tests.gradio_page import pattern, pattern_clip

pytestmark = pytest.mark.browser
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
STITCHED = [2, 3, 4, 5, 6, 15, 16, 17, 18, 19, 8, 9, 10, 11, 12]  # five seconds of one film, of none, of another


@pytest.fixture(scope="module")
def folder(streamlit_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two films, and beside it a file stitched from both with five seconds from elsewhere."""
    folder = tmp_path_factory.mktemp("films")
    pattern_clip(folder / "first.mp4", range(8), sound="tone")
    pattern_clip(folder / "second.mp4", range(8, 15))
    studio = Studio(Settings(library=streamlit_server.library, encoder="embedded"))
    studio.ingest([folder])
    studio.close()
    pattern_clip(folder / "Compilation <b>.mp4", STITCHED, sound="tone")
    return folder


@pytest.fixture(scope="module")
def query(streamlit_server: Server, folder: Path) -> str:
    """The id of the stitched file, taken in as a query."""
    studio = Studio(Settings(library=streamlit_server.library, encoder="embedded"))
    video = studio.query(folder / "Compilation <b>.mp4")
    studio.close()
    return video.id


def visit(page: Page, server: Server, path: str) -> None:
    page.goto(server.address + path)
    page.wait_for_selector(IDLE)


def traced(page: Page, server: Server, query: str) -> None:
    visit(page, server, f"/trace?query={query}")
    expect(page.locator(".lane .part")).to_have_count(3, timeout=60_000)
    at_rest(page)


def players(page: Page) -> Locator:
    """The clip and, where there is one, its source: the players that can be seen."""
    return page.locator(".stage .screen:not([hidden]) video")


def at_rest(page: Page, many: int = 2) -> None:
    """So many players are on show and stand where they were sent."""
    expect(players(page)).to_have_count(many)
    for number in range(many):
        expect_settled(players(page).nth(number))


def expect_settled(player: Locator) -> None:
    player.evaluate(
        """video => new Promise((done) => {
        const look = () => (video.readyState >= 2 && !video.seeking ? done() : setTimeout(look, 30));
        look();
        })"""
    )


def times(page: Page) -> list[float]:
    return players(page).evaluate_all("nodes => nodes.map((video) => video.currentTime)")


def are_playing(page: Page) -> list[bool]:
    return players(page).evaluate_all("nodes => nodes.map((video) => !video.paused)")


def click_at(page: Page, second: float, *, row: str = ".lane", length: float = 15.0) -> None:
    page.locator(row).scroll_into_view_if_needed()
    area: Any = page.locator(row).bounding_box()
    page.mouse.click(area["x"] + area["width"] * second / length, area["y"] + area["height"] / 2)


def test_a_dropped_compilation_becomes_a_timeline_of_its_sources(
    page: Page, streamlit_server: Server, folder: Path
) -> None:
    visit(page, streamlit_server, "/trace")
    page.locator(".pick-files").set_input_files(folder / "Compilation <b>.mp4")
    expect(page.locator(".lane .part")).to_have_count(3, timeout=60_000)
    assert page.locator(".lane .name i").all_inner_texts() == ["first", "Unknown", "second"]
    expect(page.locator(".sentence")).to_contain_text("2 parts from 2 videos")
    expect(page.locator(".clip .title")).to_have_text("Compilation <b>")
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(page.locator("tbody tr").nth(1)).to_contain_text("Nothing in your library shows this part")
    assert re.search(r"query=[0-9a-f]{16}", page.url)


def test_a_click_inside_a_part_plays_both_from_that_very_second(
    page: Page, streamlit_server: Server, query: str
) -> None:
    traced(page, streamlit_server, query)
    click_at(page, 3.0)
    expect(page.locator(".both span")).to_have_text("Pause")
    page.wait_for_timeout(1200)
    mine, source = times(page)
    assert all(are_playing(page))
    assert 3.0 < mine < 5.2
    assert source - mine == pytest.approx(2.0, abs=0.8)  # patterns last a second, so no sampled frame says more
    page.locator(".both").click()
    expect(page.locator(".both span")).to_have_text("Play both")
    assert not any(are_playing(page))


def test_the_source_changes_at_the_cut_while_it_plays(page: Page, streamlit_server: Server, query: str) -> None:
    traced(page, streamlit_server, query)
    click_at(page, 9.2, row=".strip")
    expect(page.locator(".blank")).to_be_visible()
    expect(page.locator(".source .title")).to_have_text("second", timeout=15_000)
    expect(page.locator(".blank")).to_be_hidden()
    page.wait_for_timeout(900)
    mine, source = times(page)
    assert mine - source == pytest.approx(10.0, abs=0.8)
    assert all(are_playing(page))


def test_the_timeline_is_walked_and_played_with_the_keyboard(page: Page, streamlit_server: Server, query: str) -> None:
    traced(page, streamlit_server, query)
    page.locator(".lane .part").first.focus()
    page.keyboard.press("ArrowRight")
    at_rest(page, 1)
    assert times(page)[0] == pytest.approx(5.0, abs=0.4)
    expect(page.locator(".blank")).to_contain_text("No source in your library")
    expect(page.locator(".compare")).to_be_disabled()
    page.keyboard.press("End")
    expect(page.locator(".lane .part").last).to_be_focused()
    expect(page.locator(".lane .part").last).to_have_attribute("aria-current", "true")
    page.keyboard.press("Enter")
    expect(page.locator(".both span")).to_have_text("Pause")
    page.wait_for_timeout(900)
    assert all(are_playing(page))
    assert times(page)[0] > 10.0
    page.keyboard.press(" ")
    expect(page.locator(".both span")).to_have_text("Play both")
    before = times(page)[0]
    page.keyboard.press("Shift+ArrowRight")
    at_rest(page)
    assert times(page)[0] == pytest.approx(before + 1, abs=0.2)
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".lane .part").nth(1)).to_be_focused()


def test_the_source_follows_at_the_speed_of_its_part(page: Page, streamlit_server: Server, folder: Path) -> None:
    faster = [pattern(number) for number in range(8) for _ in range(8)]  # ten a second, so each lasts 0.8 seconds
    studio = Studio(Settings(library=streamlit_server.library, encoder="embedded"))
    video = studio.query(clips.write(folder / "faster.mp4", faster))
    studio.close()
    visit(page, streamlit_server, f"/trace?query={video.id}")
    expect(page.locator("td.speed")).to_have_text(re.compile(r"1\.[123]\d×"), timeout=60_000)
    speed = float(page.locator("td.speed").inner_text().removesuffix("×"))
    at_rest(page)
    page.locator(".lane .part").click(position={"x": 20, "y": 20})
    expect(page.locator(".both span")).to_have_text("Pause")
    page.wait_for_timeout(2000)
    mine, source = times(page)
    assert mine > 1.2
    assert source == pytest.approx(speed * mine, abs=0.35)
    page.locator(".both").click()


def test_a_row_of_the_table_plays_its_part(page: Page, streamlit_server: Server, query: str) -> None:
    traced(page, streamlit_server, query)
    page.get_by_role("button", name="Play part 3 from").click()
    expect(page.locator(".source .title")).to_have_text("second")
    expect(page.locator("tbody tr").nth(2)).to_have_class("now")
    expect(page.locator(".both span")).to_have_text("Pause")


def test_the_closest_video_can_be_held_against_an_unknown_part(
    page: Page, streamlit_server: Server, query: str
) -> None:
    traced(page, streamlit_server, query)
    other = page.locator("tbody tr").nth(1).locator(".other").first
    name = other.locator("span").inner_text()
    other.click()
    expect(page.locator(".source .role")).to_have_text("Closest")
    expect(page.locator(".source .title")).to_have_text(name)
    at_rest(page)
    assert len(times(page)) == 2


def test_a_part_opens_in_the_comparison_and_back_leads_to_the_trace(
    page: Page, streamlit_server: Server, query: str
) -> None:
    traced(page, streamlit_server, query)
    page.locator(".compare").click()
    expect(page.locator(".ck-stage")).to_be_visible(timeout=60_000)
    assert page.locator(".ck-player[data-side=b] .ck-title").inner_text() == "first"
    page.go_back()
    expect(page.locator(".lane .part")).to_have_count(3, timeout=60_000)


@pytest.mark.parametrize("kind", ["CSV", "JSON", "EDL"])
def test_the_timeline_is_saved_as_a_file(page: Page, streamlit_server: Server, query: str, kind: str) -> None:
    traced(page, streamlit_server, query)
    with page.expect_download() as coming:
        page.get_by_role("button", name=kind, exact=True).click()
    text = Path(coming.value.path()).read_bytes().decode()
    assert coming.value.suggested_filename.endswith(f".{kind.lower()}")
    if kind == "CSV":
        assert [line.split(",")[3] for line in text.splitlines()] == ["title", "first", "", "second"]
    elif kind == "JSON":
        assert [part["title"] for part in json.loads(text)["segments"]] == ["first", "", "second"]
    else:
        assert text.startswith("TITLE: Compilation <b>\r\n")
        assert len(re.findall(r"^\d{3} ", text, re.MULTILINE)) == 3
    expect(page.locator(".lane .part")).to_have_count(3)


def test_the_search_leads_to_the_trace_of_its_query(page: Page, streamlit_server: Server, query: str) -> None:
    visit(page, streamlit_server, f"/search?query={query}")
    page.get_by_role("button", name="Trace its parts").click()
    expect(page.locator(".lane .part")).to_have_count(3, timeout=60_000)
    assert f"/trace?query={query}" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_keeps_the_rules_of_accessibility_in_light_and_dark(
    page: Page, streamlit_server: Server, query: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    traced(page, streamlit_server, query)
    assert (found := audit(page)).score >= 95, found


def test_a_phone_shows_the_trace_without_scrolling_sideways(page: Page, streamlit_server: Server, query: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    traced(page, streamlit_server, query)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    page.locator(".lane .part").nth(2).click()
    expect(page.locator(".source .title")).to_have_text("second")
