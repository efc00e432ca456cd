"""The stage alone in a real Chromium: players that follow an alignment piece by piece, both matrices, both lines."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.plots import Shown, stage_data, stage_parts
from core.records import Comparison, Match, MediaInfo, SimilarityMatrix, Video
from tests import clips

pytestmark = pytest.mark.browser
RAMP = ("#FBFAF8", "#F5E3C8", "#EDB870", "#C9721C", "#7E3A06", "#2B1403")
SECONDS = 10


def a_video(letter: str) -> Video:
    info = MediaInfo(SECONDS, 160, 90, 10.0, "mov,mp4", "h264", "yuv420p", "aac", 0, 1000)
    return Video(letter * 16, f"clip {letter}", Path(f"{letter}.mp4"), info, "present")


def a_comparison(*matches: Match, after: bool = False) -> Comparison:
    times = np.arange(SECONDS, dtype=float)
    quarter = SimilarityMatrix(np.eye(5, dtype=np.float32), times[::2], times[::2])
    return Comparison(
        query=a_video("a"),
        reference=a_video("b"),
        query_times=times,
        reference_times=times,
        frame_matrix=np.eye(SECONDS, dtype=np.float32),
        query_in_reference=0.8,
        reference_in_query=0.4,
        similarity=0.6,
        matches=matches,
        encoder="embedded",
        model="visil" if after else "cosine",
        summary="What was found.",
        video_matrix=quarter if after else None,
    )


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A clip as an address that needs no server."""
    path = clips.numbered(tmp_path_factory.mktemp("film") / "film.mp4", seconds=SECONDS, sound="tone")
    return "data:video/mp4;base64," + base64.b64encode(path.read_bytes()).decode()


@pytest.fixture
def shown(page: Page, film: str) -> Callable[[Comparison], Page]:
    """A page that holds the stage and nothing else."""

    def show(comparison: Comparison) -> Page:
        html, css, script = stage_parts()
        colours = "".join(f"--ck-ramp-{k}: {colour};" for k, colour in enumerate(RAMP))
        names = "--ck-ink: #1C1B19; --ck-page: #FBFAF8; --ck-accent: #A84E08; --ck-quiet: #DCD5CA; --ck-line: #DFDBD4;"
        data = json.dumps(stage_data(comparison, Shown(film), Shown(film)))
        page.set_content(
            f"<style>:root {{ {colours} {names} }} {css}</style>{html}<script>(() => {{ {script}\n"
            f"createStage(document.querySelector('.ck-stage')).show({data}); }})();</script>"
        )
        settled(page)
        return page

    return show


def settled(page: Page) -> None:
    page.wait_for_function(
        "() => [...document.querySelectorAll('video')].every((v) => v.readyState >= 2 && !v.seeking)"
    )


def times(page: Page) -> list[float]:
    return page.evaluate("() => [...document.querySelectorAll('video')].map((v) => v.currentTime)")


def played_until(page: Page, second: float) -> list[float]:
    """Play, and the seconds of A and B once A has got that far."""
    page.locator(".ck-play").click()
    return page.wait_for_function(
        """(second) => {
        const [a, b] = document.querySelectorAll('video');
        return a.currentTime > second && !b.seeking && [a.currentTime, b.currentTime, b.playbackRate];
        }""",
        arg=second,
    ).json_value()


def test_b_runs_at_the_speed_of_the_passage_it_is_in(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 8, 1, 5, 0.9, speed=0.5)))
    a, b, rate = played_until(page, 2.0)
    assert b == pytest.approx(1 + a / 2, abs=0.25)
    assert rate == pytest.approx(0.5, abs=0.1)


def test_b_jumps_where_the_next_passage_lies_elsewhere(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 2, 0, 2, 0.9), Match(2, 6, 5, 9, 0.8)))
    a, b, _ = played_until(page, 3.2)
    assert b == pytest.approx(a + 3, abs=0.25)


def test_off_the_matches_both_keep_their_distance(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 2, 0, 2, 0.9), Match(4, 6, 7, 9, 0.8)))
    canvas = page.locator(".ck-canvas canvas")
    area = canvas.bounding_box()
    assert area is not None
    page.mouse.click(area["x"] + 58 + (area["width"] - 59) * 0.55, area["y"] + 26 + (area["height"] - 27) * 0.25)
    settled(page)
    assert times(page) == pytest.approx([2, 5], abs=0.1)
    a, b, rate = played_until(page, 4.5)  # through seconds that a match holds: the place was chosen by hand
    assert b == pytest.approx(a + 3, abs=0.25)
    assert rate == pytest.approx(1, abs=0.16)


def test_the_keyboard_moves_plays_and_stops(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(2, 6, 3, 7, 0.9)))
    page.locator(".ck-canvas canvas").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    settled(page)
    assert times(page) == pytest.approx([4, 9], abs=0.1)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press(" ")
    expect(page.locator(".ck-word")).to_have_text("Pause")
    page.keyboard.press(" ")
    expect(page.locator(".ck-word")).to_have_text("Play both from here")
    assert page.evaluate("() => [...document.querySelectorAll('video')].every((v) => v.paused)")


def test_every_match_is_a_bar_on_both_lines_and_a_click_goes_there(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 2, 0, 2, 0.9), Match(4, 6, 7, 9, 0.8)))
    bars = page.locator(".ck-lane[data-side=b] .ck-bar")
    expect(bars).to_have_count(2)
    expect(page.locator(".ck-ribbons path")).to_have_count(2)
    bars.nth(1).focus()
    page.keyboard.press("Enter")
    settled(page)
    assert times(page) == pytest.approx([4, 7], abs=0.1)
    expect(page.locator(".ck-moments li.ck-now")).to_contain_text("0:07–0:09")


def test_the_matrix_after_the_network_is_one_click_away_and_coarser(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 4, 0, 4, 0.9), after=True))
    page.get_by_role("button", name="After the network").click()
    page.locator(".ck-canvas canvas").focus()
    page.keyboard.press("ArrowDown")
    settled(page)
    assert times(page) == pytest.approx([2, 0], abs=0.1)
    page.get_by_role("button", name="Frame by frame").click()
    assert page.locator(".ck-stage").get_attribute("data-cell") == "2,0"


def test_without_a_network_there_is_nothing_to_choose(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison())
    assert not page.locator(".ck-views").is_visible()
    assert "closest pair of frames" in page.locator(".ck-none").inner_text()


def test_both_readings_are_bars_with_a_number(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 2, 5, 10, 0.9, speed=2.5)))
    assert page.locator(".ck-meter strong").all_inner_texts() == ["20 %", "50 %"]
    widths: list[Any] = page.locator(".ck-meter b").evaluate_all("nodes => nodes.map((n) => n.style.width)")
    assert widths == ["20%", "50%"]


def test_what_is_special_of_a_match_is_said(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 2, 5, 9, 0.9, speed=2.0, is_mirrored=True)))
    expect(page.locator(".ck-marks")).to_contain_text("mirrored")
    expect(page.locator(".ck-marks")).to_contain_text("times as fast in A")


def test_a_mirrored_copy_can_be_turned_round_and_others_need_not(shown: Callable[[Comparison], Page]) -> None:
    page = shown(a_comparison(Match(0, 4, 0, 4, 0.9, is_mirrored=True)))
    page.get_by_role("button", name="Turn B round").click()
    turned = "node => getComputedStyle(node).transform"
    assert page.locator("[data-side=b] video").evaluate(turned) == "matrix(-1, 0, 0, 1, 0, 0)"
    assert page.locator("[data-side=a] video").evaluate(turned) == "none"
    expect(shown(a_comparison(Match(0, 4, 0, 4, 0.9))).locator(".ck-flip")).to_be_hidden()
