"""Comparing in the Streamlit app in a real browser: the stage, its links, the groups and the heat map."""

import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.config import Settings
from core.studio import Studio
from tests import clips
from tests.browser.accessibility import audit
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def scene(seed: int, seconds: int = 8) -> list[clips.Picture]:
    """So many seconds of a picture that is like no other: coloured fields that change every second."""
    rng = np.random.default_rng(seed)
    fields = [rng.integers(20, 235, (4, 6, 3), dtype=np.uint8) for _ in range(seconds)]
    return [np.kron(fields[n // 10], np.ones((40, 40, 1), np.uint8)) for n in range(seconds * 10)]


@pytest.fixture(scope="module")
def ids(streamlit_server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A film, a cut from it, a copy of it in another size, and two strangers: their ids by title."""
    folder = tmp_path_factory.mktemp("films")
    clips.write(folder / "film.mp4", scene(1), sound="tone")
    clips.write(folder / "cut.mp4", scene(1)[30:70], sound="tone")
    small = [picture[::2, ::2] for picture in scene(1)]
    clips.write(folder / "copy.mp4", small[5:75])
    clips.write(folder / "orchard.mp4", scene(2))
    clips.write(folder / "meadow.mp4", scene(3))
    studio = Studio(Settings(library=streamlit_server.library, encoder="embedded"))
    studio.ingest([folder])
    found = {video.title: video.id for video in studio.videos().videos}
    studio.close()
    return found


def visit(page: Page, server: Server, path: str = "/") -> None:
    page.goto(server.address + path)
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_selector(IDLE)
    page.wait_for_timeout(150)


def compared(page: Page, server: Server, ids: dict[str, str], a: str = "film", b: str = "cut") -> None:
    visit(page, server, f"/compare?a={ids[a]}&b={ids[b]}")
    at_rest(page)


def at_rest(page: Page) -> None:
    """Both players of the stage stand where they were sent."""
    expect(page.locator(".ck-stage")).to_be_visible(timeout=60_000)
    page.wait_for_function(
        """() => {
        const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
        const videos = roots.flatMap((root) => [...root.querySelectorAll(".ck-screen video")]);
        return videos.length === 2 && videos.every((video) => video.readyState >= 2 && !video.seeking);
        }"""
    )


def times(page: Page) -> list[float]:
    return page.locator(".ck-screen video").evaluate_all("nodes => nodes.map((video) => video.currentTime)")


def cell(page: Page, row: float, column: float, *, rows: int, columns: int) -> tuple[float, float]:
    """Where the middle of a cell of the matrix lies on the page."""
    canvas = page.locator(".ck-canvas canvas")
    canvas.scroll_into_view_if_needed()
    area: Any = canvas.bounding_box()
    left, top = 58, 26  # the axes
    return (
        area["x"] + left + (column + 0.5) / columns * (area["width"] - left - 1),
        area["y"] + top + (row + 0.5) / rows * (area["height"] - top - 1),
    )


def test_what_was_chosen_is_there_again_when_the_page_is_left_and_opened_again(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    """By the Back button, which leads to an address without the choices, and by the list of pages."""
    compared(page, streamlit_server, ids)
    method = page.locator(".st-key-method input")
    method.click()
    page.get_by_role("option", name="ViSiL").click()
    page.wait_for_url(re.compile("method=ViSiL"))
    at_rest(page)
    page.get_by_role("link", name="Library").click()
    page.get_by_placeholder("Find by title").fill("cut")
    expect(page.locator(".card")).to_have_count(1)
    page.go_back()
    at_rest(page)
    expect(method).to_have_value("ViSiL")
    assert "method=ViSiL" in page.url
    page.get_by_role("link", name="Library").click()
    expect(page.get_by_placeholder("Find by title")).to_have_value("cut")
    page.get_by_placeholder("Find by title").fill("")
    expect(page.locator(".card")).to_have_count(5)


def test_a_hit_opens_the_comparison_and_back_leads_to_the_search(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    visit(page, streamlit_server, f"/search?query={ids['cut']}")
    page.locator(".hits .row:not(.head)", has_text="film").click()
    page.get_by_role("button", name="Second by second").click()
    at_rest(page)
    assert f"a={ids['cut']}" in page.url
    assert f"b={ids['film']}" in page.url
    assert times(page) == pytest.approx([0, 3], abs=0.2)
    page.go_back()
    expect(page.locator(".hits .row:not(.head)").first).to_be_visible()


def test_two_selected_clips_are_compared(page: Page, streamlit_server: Server, ids: dict[str, str]) -> None:
    visit(page, streamlit_server, "/")
    for title in ("film", "copy"):
        page.locator(".card", has_text=title).locator(".pick").click()
    page.locator(".st-key-selected").get_by_role("button", name="Compare").click()
    at_rest(page)
    assert {page.locator(".ck-title").nth(k).inner_text() for k in (0, 1)} == {"film", "copy"}


def test_a_click_on_the_matrix_and_the_arrows_move_both_players(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    compared(page, streamlit_server, ids)
    page.mouse.click(*cell(page, 5, 2, rows=8, columns=4))
    at_rest(page)
    assert times(page) == pytest.approx([5, 2], abs=0.1)
    page.keyboard.press("ArrowUp")
    at_rest(page)
    assert times(page) == pytest.approx([4, 2], abs=0.1)


def test_both_play_together_from_the_keyboard(page: Page, streamlit_server: Server, ids: dict[str, str]) -> None:
    compared(page, streamlit_server, ids)
    page.locator(".ck-bar").first.click()
    at_rest(page)
    page.locator(".ck-canvas canvas").press(" ")
    expect(page.locator(".ck-word")).to_have_text("Pause")
    page.wait_for_timeout(1500)
    a, b = times(page)
    assert a > 3.5
    assert a - b == pytest.approx(3.0, abs=0.25)


def test_swapping_turns_the_stage_round(page: Page, streamlit_server: Server, ids: dict[str, str]) -> None:
    compared(page, streamlit_server, ids)
    page.get_by_role("button", name="Swap A and B").click()
    expect(page.locator(".ck-player[data-side=a] .ck-title")).to_have_text("cut", timeout=30_000)
    assert f"a={ids['cut']}" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_the_comparison_without_scrolling_sideways(
    page: Page, streamlit_server: Server, ids: dict[str, str], scheme: Any
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    compared(page, streamlit_server, ids)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_a_question_does_not_follow_the_back_button_to_another_page(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    visit(page, streamlit_server, "/search")
    page.get_by_role("link", name="Library").click()
    page.locator(".card", has_text="meadow").locator(".pick").click()
    page.locator(".st-key-selected").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Drop a clip or a picture")).to_be_visible()
    settled(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="Library").click()
    expect(page.locator(".card").first).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)


def grouped(page: Page, server: Server) -> None:
    visit(page, server, "/groups")
    expect(page.locator(".group")).to_have_count(1, timeout=60_000)


def test_copies_stand_in_one_group_with_what_holds_them(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    grouped(page, streamlit_server)
    members = page.locator(".member .title").all_inner_texts()
    assert {"film", "copy"} <= set(members) <= {"film", "copy", "cut"}
    expect(page.locator(".edge")).to_have_count(len(members) - 1)
    page.locator(".edge").first.click()
    at_rest(page)
    assert page.locator(".ck-player[data-side=a] .ck-title").inner_text() == members[0]
    page.go_back()
    expect(page.locator(".group")).to_have_count(1)


def test_all_copies_but_the_longest_are_selected_and_removing_them_asks_first(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    grouped(page, streamlit_server)
    members = page.locator(".member").count()
    page.get_by_role("button", name="Select all but the longest").click()
    expect(page.locator(".member.chosen")).to_have_count(members - 1)
    expect(page.locator(".member", has_text="film").first).not_to_have_class(re.compile("chosen"))
    page.locator(".st-key-selected").get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(f"Remove {members - 1} clip")
    dialog.get_by_role("button", name="Cancel").click()
    page.locator(".st-key-selected").get_by_role("button", name="Clear").click()
    expect(page.locator(".member.chosen")).to_have_count(0)


def heat_map(page: Page, server: Server) -> dict[str, float]:
    visit(page, server, "/groups")
    page.get_by_text("Heat map", exact=True).click()
    page.locator(".chart canvas").wait_for(timeout=60_000)
    settled(page)
    area: Any = page.locator(".chart canvas").bounding_box()
    assert area["height"] > 100
    return area


def test_a_cell_of_the_heat_map_opens_the_comparison(page: Page, streamlit_server: Server, ids: dict[str, str]) -> None:
    area = heat_map(page, streamlit_server)
    x, y = area["x"] + area["width"] - area["height"] * 0.7, area["y"] + area["height"] * 0.1
    page.mouse.move(x, y)
    expect(page.locator(".tip b")).to_contain_text("similarity")
    pair = page.locator(".tip span").inner_text().split(" · ")
    page.mouse.click(x, y)
    at_rest(page)
    assert [page.locator(".ck-title").nth(k).inner_text() for k in (0, 1)] == pair


def test_the_heat_map_is_walked_with_the_keyboard(page: Page, streamlit_server: Server, ids: dict[str, str]) -> None:
    heat_map(page, streamlit_server)
    page.locator(".chart canvas").focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".told")).to_contain_text("similarity")
    page.keyboard.press("Enter")
    at_rest(page)


def test_what_is_selected_in_the_library_can_be_grouped(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    visit(page, streamlit_server, "/")
    for title in ("film", "orchard", "meadow"):
        page.locator(".card", has_text=title).locator(".pick").click()
    page.locator(".st-key-selected").get_by_role("button", name="Groups").click()
    expect(page.get_by_text("No two of 3 clips are alike enough")).to_be_visible(timeout=60_000)
    page.get_by_text("Whole library", exact=True).click()
    expect(page.locator(".group")).to_have_count(1, timeout=60_000)


def test_the_pages_that_compare_keep_the_rules_of_accessibility(
    page: Page, streamlit_server: Server, ids: dict[str, str]
) -> None:
    compared(page, streamlit_server, ids)
    assert (found := audit(page)).score >= 95, found
    grouped(page, streamlit_server)
    assert (found := audit(page)).score >= 95, found


@pytest.mark.parametrize("view", ["Groups", "Heat map"])
def test_a_phone_shows_groups_without_scrolling_sideways(
    page: Page, streamlit_server: Server, ids: dict[str, str], view: str
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    grouped(page, streamlit_server)
    page.get_by_text(view, exact=True).last.click()
    settled(page)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
