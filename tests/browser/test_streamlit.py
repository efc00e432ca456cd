"""The Streamlit app in a real browser, as one person uses it: the tests share a library and run in their order."""

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.config import Settings
from core.studio import Studio
from tests import clips
from tests.browser.conftest import Server

pytestmark = pytest.mark.browser

HOSTILE = "<img src=x onerror=alert(1)>"
SECONDS = 8
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def scene(seed: int) -> list[clips.Picture]:
    """Eight seconds of a picture that is like no other: coloured fields that change every second."""
    rng = np.random.default_rng(seed)
    fields = [rng.integers(20, 235, (4, 6, 3), dtype=np.uint8) for _ in range(SECONDS)]
    return [np.kron(fields[n // 10], np.ones((40, 40, 1), np.uint8)) for n in range(SECONDS * 10)]


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Films to upload: three scenes, a cut from the second one, one for the old days, and what is no film."""
    folder = tmp_path_factory.mktemp("films")
    return {
        "harbour": clips.write(folder / "harbour.mp4", scene(1), sound="tone"),
        "orchard": clips.write(folder / "orchard.mp4", scene(2), sound="tone"),
        "hostile": clips.write(folder / f"{HOSTILE}.mp4", scene(3)),
        "old": clips.write(folder / "old.avi", scene(4)),
        "cut": clips.write(folder / "cut.mp4", scene(2)[30:70], sound="tone"),
        "text": clips.text(folder / "letter.mp4"),
        "empty": clips.empty(folder / "nothing.mp4"),
    }


def visit(page: Page, server: Server, path: str = "/") -> None:
    page.goto(server.address + path)
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_selector(IDLE)
    page.wait_for_timeout(150)


def titles(page: Page) -> list[str]:
    return page.locator(".card .title").all_inner_texts()


def stored(server: Server) -> set[str]:
    """The titles in the library on disk."""
    studio = Studio(Settings(library=server.library, encoder="embedded"))
    found = {video.title for video in studio.videos(limit=100).videos}
    studio.close()
    return found


def videos(page: Page, script: str) -> Any:
    """The value of a script over every video of the page, shadow roots included."""
    return page.evaluate(
        """(script) => [...document.querySelectorAll("*")].filter((node) => node.shadowRoot)
        .flatMap((node) => [...node.shadowRoot.querySelectorAll("video")]).map((video) => eval(script))""",
        script,
    )


def test_a_new_library_invites(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server)
    expect(page.get_by_text("Drop clips here to start your library")).to_be_visible()
    expect(page.get_by_role("link", name="Search")).to_be_visible()


def test_uploads_are_added_while_one_watches_and_what_fails_is_named(
    page: Page, streamlit_server: Server, films: dict[str, Path]
) -> None:
    visit(page, streamlit_server)
    wanted = [films[name] for name in ("harbour", "orchard", "hostile", "old", "text")]
    page.set_input_files(".pick-files", wanted)
    expect(page.locator(".st-key-activity")).to_be_visible()
    expect(page.locator(".card")).to_have_count(4, timeout=60_000)
    expect(page.get_by_text("1 file could not be added")).to_be_visible(timeout=30_000)
    page.get_by_text("1 file could not be added").click()
    expect(page.get_by_text("letter.mp4").first).to_be_visible()
    assert sorted(titles(page)) == sorted(["harbour", "orchard", HOSTILE, "old"])
    assert not list((streamlit_server.library / "media").rglob("*.part"))


def test_a_file_that_is_refused_is_told_for_itself_and_the_others_go_on(
    page: Page, streamlit_server: Server, films: dict[str, Path], tmp_path: Path
) -> None:
    visit(page, streamlit_server)
    page.set_input_files(".pick-files", [films["empty"], clips.write(tmp_path / "meadow.mp4", scene(50))])
    expect(page.locator(".items .failed")).to_contain_text("The file is empty.")
    expect(page.locator(".card .title", has_text="meadow")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Dismiss nothing.mp4").click()
    expect(page.locator(".items li")).to_have_count(0)


def test_running_work_is_seen_from_another_page_and_another_tab_and_can_be_cancelled(
    context: BrowserContext, page: Page, streamlit_server: Server, tmp_path: Path
) -> None:
    many = [clips.write(tmp_path / f"many {n}.mp4", scene(100 + n) * 3) for n in range(6)]
    visit(page, streamlit_server)
    page.set_input_files(".pick-files", many)
    expect(page.locator(".st-key-activity")).to_be_visible()
    page.get_by_role("link", name="Search").click()
    expect(page.locator(".st-key-activity")).to_be_visible()
    other = context.new_page()
    visit(other, streamlit_server)
    expect(other.locator(".st-key-activity")).to_be_visible()
    other.get_by_role("button", name="Cancel all").click()
    expect(other.locator(".st-key-activity")).to_have_count(0, timeout=30_000)
    expect(page.locator(".st-key-activity")).to_have_count(0, timeout=30_000)


def test_a_clip_plays_muted_while_it_is_pointed_at(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=harbour")
    page.locator(".card .open").hover()
    page.wait_for_function(
        """() => [...document.querySelectorAll("*")].some((node) => {
        const video = node.shadowRoot?.querySelector(".card video");
        return video && video.currentTime > 0.2 && video.muted })"""
    )
    page.mouse.move(5, 5)
    page.wait_for_timeout(200)
    assert videos(page, "1") == []


def test_space_selects_and_enter_opens(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=r")
    page.locator(".card .open").first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 selected")).to_be_visible()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert "clip=" in page.url
    page.wait_for_timeout(400)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".card .open").nth(1)).to_be_focused()


def test_details_play_with_sound_and_rename(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=harbour")
    page.locator(".card .open").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("240 × 160")).to_be_visible()
    expect(page.locator(".screen video")).to_be_visible()
    assert videos(page, "[video.muted, video.controls]") == [[False, True]]
    for title in ("Harbour, renamed", "harbour", "Harbour, again"):
        dialog.get_by_label("Title", exact=True).fill(title)
        page.keyboard.press("Tab")
        settled(page)
        assert title in stored(streamlit_server)
    dialog.get_by_role("button", name="Close").click()
    expect(page.locator(".card .title").first).to_have_text("Harbour, again")


def test_an_old_format_plays_as_a_preview(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=old")
    page.locator(".card .open").first.click()
    page.wait_for_function(
        """() => [...document.querySelectorAll("*")].some((node) =>
        node.shadowRoot?.querySelector(".screen video")?.videoWidth === 240)""",
        timeout=60_000,
    )


def test_removing_asks_and_then_removes(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=old")
    page.locator(".card .pick").first.click()
    page.locator(".st-key-selected").get_by_role("button", name="Remove").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Remove 1 clip?")
    expect(dialog).to_contain_text("Deleted: 1 copy in the library's folder; and title, tags, thumbnails and vectors.")
    dialog.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("No clip matches.")).to_be_visible()


def test_a_dropped_clip_finds_its_source_and_both_play_at_the_match(
    page: Page, streamlit_server: Server, films: dict[str, Path]
) -> None:
    visit(page, streamlit_server, "/search")
    page.set_input_files(".pick-files", films["cut"])
    expect(page.locator(".hits .row:not(.head)").first).to_contain_text("orchard", timeout=60_000)
    assert "query=" in page.url
    expect(page.locator(".hit .role")).to_have_text("Best match")
    expect(page.locator(".hits .row:not(.head) .moment").first).to_have_text(
        re.compile(r"^0:0\d in the query, 0:0\d here")
    )
    page.get_by_role("button", name="Play both at the match").click()
    playing = page.wait_for_function(
        """() => {
        const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot).filter(Boolean);
        const videos = roots.flatMap((root) => [...root.querySelectorAll(".screen video")]);
        const times = videos.map((video) => video.currentTime);
        return videos.length === 2 && videos.every((video) => !video.paused && !video.seeking) && times;
        }"""
    )
    query, match = playing.json_value()
    assert match - query == pytest.approx(3.0, abs=0.6)  # the cut begins three seconds into its source
    page.get_by_role("button", name="Add this clip to the library").click()
    expect(page.get_by_role("button", name="Add this clip to the library")).to_have_count(0)


def test_the_query_survives_a_page_switch_and_a_reload(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=cut")
    page.locator(".card .open").first.click()
    page.get_by_role("button", name="Search with this clip").click()
    expect(page.locator(".hits .row:not(.head)").first).to_contain_text("orchard")
    page.get_by_role("link", name="Library").click()
    expect(page.locator(".card").first).to_be_visible()
    page.get_by_role("link", name="Search").click()
    expect(page.locator(".hits .row:not(.head)").first).to_contain_text("orchard")
    page.reload()
    expect(page.locator(".hits .row:not(.head)").first).to_contain_text("orchard")


def test_going_back_closes_the_details_and_then_leaves_the_page(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/search")
    page.get_by_role("link", name="Library").click()
    page.locator(".card .open").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.wait_for_url("**clip=*")
    page.wait_for_timeout(700)  # no one goes back sooner
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    settled(page)
    assert "clip=" not in page.url
    page.go_back()
    expect(page.get_by_text("Drop a clip or a picture")).to_be_visible()
    assert "clip=" not in page.url
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_two_clips_are_saved_side_by_side(page: Page, streamlit_server: Server, tmp_path: Path) -> None:
    visit(page, streamlit_server, "/?text=cut")
    page.locator(".card .open").first.click()
    page.get_by_role("button", name="Search with this clip").click()
    with page.expect_download(timeout=60_000) as coming:
        page.get_by_role("button", name="Save side by side").click()
    film = tmp_path / "film.mp4"
    coming.value.save_as(film)
    assert coming.value.suggested_filename.endswith(".mp4")
    assert film.read_bytes()[4:8] == b"ftyp"


def test_another_hit_is_chosen_by_keyboard_and_shown_in_the_library(page: Page, streamlit_server: Server) -> None:
    visit(page, streamlit_server, "/?text=cut")
    page.locator(".card .open").first.click()
    page.get_by_role("button", name="Search with this clip").click()
    page.locator(".hits .row:not(.head)").first.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".hits .row[aria-checked=true] .rank")).to_have_text("2")
    page.reload()
    expect(page.locator(".hits .row[aria-checked=true] .rank")).to_have_text("2")  # where it was left
    title = page.locator(".hits .row[aria-checked=true] .title").inner_text()
    page.get_by_role("button", name="Show in the library").click()
    expect(page.get_by_role("dialog").get_by_label("Title", exact=True)).to_have_value(title)


def test_an_upload_that_no_one_can_read_is_an_error_and_not_a_dead_end(
    page: Page, streamlit_server: Server, films: dict[str, Path]
) -> None:
    visit(page, streamlit_server, "/search")
    page.set_input_files(".pick-files", films["text"])
    expect(page.get_by_test_id("stAlert")).to_contain_text("letter.mp4", timeout=30_000)
    expect(page.get_by_text("Drop a clip or a picture")).to_be_visible()
    page.set_input_files(".pick-files", films["cut"])
    expect(page.locator(".hits .row:not(.head)").first).to_contain_text("orchard", timeout=30_000)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/search"])
def test_a_phone_scrolls_in_one_direction_only(page: Page, streamlit_server: Server, path: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, streamlit_server, path)
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= 390


def test_on_a_phone_the_hits_are_in_sight(page: Page, streamlit_server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    visit(page, streamlit_server, "/?text=cut")
    page.locator(".card .open").first.click()
    page.get_by_role("button", name="Search with this clip").click()
    row = page.locator(".hits .row:not(.head)").first
    expect(row).to_contain_text("orchard")
    box = row.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390


def test_an_upload_of_many_megabytes_does_not_pass_through_memory(
    page: Page, streamlit_server: Server, tmp_path: Path
) -> None:
    big = tmp_path / "big.mp4"
    with big.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    visit(page, streamlit_server)
    before = streamlit_server.peak_megabytes()
    page.set_input_files(".pick-files", big)
    expect(page.locator(".items li")).to_have_count(0, timeout=60_000)
    assert streamlit_server.peak_megabytes() - before < 100


def test_an_upload_that_is_cancelled_leaves_nothing(page: Page, streamlit_server: Server, tmp_path: Path) -> None:
    big = tmp_path / "slow.mp4"
    with big.open("wb") as file:
        file.truncate(20 * 1024 * 1024)
    visit(page, streamlit_server)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 500_000}
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    page.set_input_files(".pick-files", big)
    page.get_by_role("button", name="Cancel slow.mp4").click()
    expect(page.locator(".items li")).to_have_count(0)
    page.wait_for_timeout(1000)
    assert not list(streamlit_server.library.rglob("*.part"))


def test_a_foreign_name_pointed_at_this_machine_is_not_answered(streamlit_server: Server) -> None:
    request = urllib.request.Request(streamlit_server.address, headers={"Host": "evil.example"})
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert refusal.value.code == 400


def test_what_was_added_in_the_browser_is_there_for_other_programs(streamlit_server: Server) -> None:
    assert {"orchard", HOSTILE} <= stored(streamlit_server)
