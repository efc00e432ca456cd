"""The Map page in a real browser over 100,000 frames: look around, point, play, draw around, link, do without WebGL."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests import clips
from tests.browser.accessibility import audit
from tests.browser.conftest import LOCAL, Server, Watch
from tests.fake_map import fake_map

pytestmark = pytest.mark.browser
expect.set_options(timeout=60_000)  # milliseconds; the map is drawn without a graphics card here

FRAMES = 100_000
MAP = "[...document.querySelectorAll('*')].flatMap((n) => [n, n.shadowRoot]).find((n) => n?.map?.camera)?.map"
NO_WEBGL = """const ask = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : ask.call(this, kind, ...rest);
};"""


@pytest.fixture(scope="module")
def server(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("map")
    clip = clips.colours(folder / "clip.mp4", ["red", "green", "blue"] * 4)
    environ = {"MAP_FRAMES": str(FRAMES), "MAP_CLIP": str(clip)}
    server = Server(folder / "library", folder / "log.txt", app="tests/browser/map_app.py", **environ)
    yield server
    server.stop()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture
def opened(page: Page, server: Server) -> Page:
    visit(page, server)
    return page


def visit(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.address}/{query}")
    drawn(page)


def drawn(page: Page) -> None:
    page.locator(".wait.done").wait_for(state="attached")
    page.wait_for_function(f"() => {MAP}?.mode")


def ask(page: Page, script: str) -> Any:
    """The value of a script in which `map` is the map."""
    return page.evaluate(f"() => {{ const map = {MAP}; return {script}; }}")


def view(page: Page) -> list[float]:
    return ask(page, "[map.camera.x, map.camera.y, map.camera.z]")


def look(page: Page, x: float, y: float, z: float) -> None:
    """Look at a place and wait until what is there was drawn."""
    page.evaluate(f"() => {{ const map = {MAP}; map.camera.set({x}, {y}, {z}); map.moved(); }}")
    page.wait_for_timeout(300)


def on_page(page: Page, x: float, y: float) -> tuple[float, float]:
    """Where a place of the plane lies on the page."""
    box = page.locator(".stage").first.bounding_box()
    assert box is not None
    left, top = ask(page, f"map.camera.toScreen({x}, {y})")
    return box["x"] + left, box["y"] + top


def place_of(frame: int) -> tuple[float, float]:
    """Where a frame lies on the plane, y from the top."""
    x, y = fake_map(FRAMES).positions[frame]
    return float(x), 1 - float(y)


def lonely_frame(before: float) -> int:
    """A frame early in its video with no other one near, so that pointing at it means this one."""
    shown = fake_map(FRAMES)
    counts, xs, ys = np.histogram2d(*shown.positions.T, bins=900, range=[[0, 1], [0, 1]])
    column = np.digitize(shown.positions[:, 0], xs) - 1
    row = np.digitize(shown.positions[:, 1], ys) - 1
    alone = counts[column.clip(0, 899), row.clip(0, 899)] == 1
    return int(np.flatnonzero(alone & (shown.times > 0) & (shown.times < before))[0])


def draw_around(page: Page, corners: list[tuple[float, float]]) -> None:
    """Draw an outline of places on the plane with the mouse."""
    places = [on_page(page, *corner) for corner in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in [*places[1:], places[0]]:
        page.mouse.move(*place, steps=10)
    page.mouse.up()


COUNTED = "it.draw = (...given) => { it.times++; draw.apply(it, given); } }"
SQUARE = [(0.15, 0.15), (0.55, 0.15), (0.55, 0.6), (0.15, 0.6)]


def test_every_frame_is_drawn_with_webgl(opened: Page) -> None:
    assert ask(opened, "[map.points.count, map.drawing.constructor.name, map.mode]") == [FRAMES, "GlPoints", "points"]
    expect(opened.locator(".tally")).to_have_text("100,000 frames of 100 clips")
    image = ask(opened, "(map.drawing.draw(map.camera, map.density, 1), map.nodes.points.toDataURL().length)")
    assert image > 20_000  # an empty canvas takes a few hundred letters


def test_pointing_at_a_frame_shows_it_with_its_time(opened: Page) -> None:
    frame = lonely_frame(before=60)
    shown = fake_map(FRAMES)
    look(opened, *place_of(frame), 5)
    opened.get_by_role("radio", name="Points").click()
    opened.mouse.move(*on_page(opened, *place_of(frame)))
    card = opened.locator(".hover")
    expect(card.locator(".title")).to_have_text(shown.titles[shown.video[frame]])
    expect(card.locator(".time")).to_have_text(f"0:{int(shown.times[frame]):02}")
    opened.wait_for_function(f"() => {MAP}.nodes.hover.querySelector('img').naturalWidth > 0")


def test_a_click_plays_the_clip_from_that_frame(opened: Page) -> None:
    frame = lonely_frame(before=10)
    look(opened, *place_of(frame), 5)
    opened.get_by_role("radio", name="Points").click()
    opened.mouse.click(*on_page(opened, *place_of(frame)))
    time = fake_map(FRAMES).times[frame]
    opened.wait_for_function(f"() => {MAP}.nodes.player.querySelector('video')?.currentTime >= {time}")
    src, at = ask(opened, "[map.player.about.media, map.nodes.player.querySelector('video').currentTime]")
    assert src == f"/clip/media/{fake_map(FRAMES).ids[fake_map(FRAMES).video[frame]]}"
    assert at == pytest.approx(time, abs=1.5)
    opened.keyboard.press("Escape")
    expect(opened.locator(".player")).to_be_hidden()


def test_the_wheel_zooms_where_the_pointer_is_and_a_drag_pans(opened: Page) -> None:
    at = on_page(opened, 0.3, 0.7)
    opened.mouse.move(*at)
    opened.mouse.wheel(0, -200)
    opened.wait_for_function(f"() => {MAP}.camera.z > 0.5")
    assert on_page(opened, 0.3, 0.7) == pytest.approx(at, abs=1)
    before = view(opened)
    opened.mouse.down()
    opened.mouse.move(at[0] + 80, at[1] + 40, steps=4)
    opened.mouse.up()
    after = view(opened)
    assert after[0] < before[0]
    assert after[1] < before[1]
    assert on_page(opened, 0.3, 0.7) == pytest.approx((at[0] + 80, at[1] + 40), abs=1)


def test_points_turn_into_pictures_and_pictures_into_a_mosaic(opened: Page) -> None:
    middle = ask(opened, "(([r]) => [r.x, r.y])(map.about.regions)")
    assert ask(opened, "map.mode") == "points"
    look(opened, *middle, 3.2)
    opened.wait_for_function(f"() => {MAP}.mode === 'pictures' && {MAP}.pictures.shown.length > 20")
    look(opened, *middle, 6)
    opened.wait_for_function(f"() => {MAP}.mode === 'mosaic'")
    opened.wait_for_function(f"() => [...{MAP}.pictures.tiles.items.values()].filter((t) => t.isReady).length >= 2")
    opened.mouse.move(*on_page(opened, *middle))
    expect(opened.locator(".hover")).to_be_visible()


def test_the_whole_plane_can_be_seen_as_a_mosaic(opened: Page) -> None:
    opened.get_by_role("radio", name="Mosaic").click()
    opened.wait_for_function(f"() => [...{MAP}.pictures.tiles.items.values()].some((tile) => tile.isReady)")
    opened.wait_for_timeout(400)
    colours = ask(opened, "new Set(map.nodes.pictures.getContext('2d').getImageData(300, 200, 200, 200).data).size")
    assert colours > 20


def test_an_outline_chooses_the_same_frames_here_and_on_the_server(opened: Page) -> None:
    opened.keyboard.press("Tab")
    opened.locator(".stage").focus()
    opened.keyboard.press("l")
    draw_around(opened, SQUARE)
    heading = opened.locator(".st-key-map_selected h3")
    expect(heading).to_be_visible()
    inside = ask(opened, "map.inside.length")
    assert inside > 1000
    expect(heading).to_contain_text(f"{inside:,} frames of ")
    expect(opened.locator(".strip")).to_have_count(12)
    assert "sel=" in opened.url
    opened.locator(".stage").focus()
    opened.keyboard.press("Escape")
    expect(heading).to_have_count(0)
    assert "sel=" not in opened.url


def test_shift_and_drag_draws_an_outline_at_once(opened: Page) -> None:
    opened.keyboard.down("Shift")
    draw_around(opened, SQUARE)
    opened.keyboard.up("Shift")
    opened.wait_for_function(f"() => {MAP}.inside?.length > 1000")


def test_the_chosen_frames_are_exported_and_kept_as_a_collection(opened: Page, tmp_path: Path) -> None:
    opened.locator(".lasso").click()
    draw_around(opened, SQUARE)
    inside = ask(opened, "map.inside.length")
    with opened.expect_download() as coming:
        opened.get_by_role("button", name="Export CSV").click()
    coming.value.save_as(tmp_path / "frames.csv")
    lines = (tmp_path / "frames.csv").read_text().splitlines()
    assert lines[0] == "video_id,title,seconds"
    assert len(lines) == inside + 1
    opened.get_by_role("button", name="Save as a collection").click()
    opened.get_by_label("Tag for these clips").fill("Sea & sails")
    opened.get_by_role("button", name="Tag ", exact=False).last.click()
    expect(opened.get_by_text("tagged Sea & sails")).to_be_visible()


def test_a_frame_of_the_list_plays_on_the_map(opened: Page) -> None:
    opened.locator(".lasso").click()
    draw_around(opened, SQUARE)
    opened.locator(".strip button").first.click()
    expect(opened.locator(".player")).to_be_visible()
    opened.wait_for_function(f"() => {MAP}.camera.z === 1.5")


def test_words_light_up_titles_at_once_and_what_the_server_finds(opened: Page) -> None:
    field = opened.get_by_role("searchbox")
    field.fill("clip 99")
    expect(opened.locator(".tally")).to_contain_text("1,000 lit up")
    found = int((fake_map(FRAMES).labels == 3).sum())
    field.fill("3")
    expect(opened.locator(".tally")).to_contain_text(f"{found:,} lit up")
    expect(opened.get_by_text("By the number of the region.")).to_be_visible()
    assert ask(opened, "map.points.states.filter((state) => state === 2).length") == found
    field.fill("")
    expect(opened.locator(".tally")).to_have_text("100,000 frames of 100 clips")


def test_a_link_keeps_the_view_and_the_outline(page: Page, server: Server) -> None:
    visit(page, server)
    page.locator(".lasso").click()
    draw_around(page, SQUARE)
    page.wait_for_url("**sel=*")
    inside = ask(page, "map.inside.length")
    look(page, 0.4, 0.3, 1.5)
    page.wait_for_url("**z=1.50*")
    link = page.url
    page.reload()
    drawn(page)
    assert view(page) == pytest.approx([0.4, 0.3, 1.5], abs=0.01)
    page.wait_for_function(f"() => {MAP}.inside?.length === {inside}")
    page.goto("about:blank")
    page.goto(link)
    drawn(page)
    assert view(page) == pytest.approx([0.4, 0.3, 1.5], abs=0.01)
    expect(page.locator(".st-key-map_selected h3")).to_contain_text(f"{inside:,} frames")


def test_a_link_keeps_how_one_looks_and_what_is_sought(page: Page, server: Server) -> None:
    visit(page, server)
    page.get_by_label("Colour by").select_option("time")
    page.get_by_role("radio", name="Points").click()
    page.get_by_role("searchbox").fill("clip 7")
    page.wait_for_url("**find=clip+7*")
    link = page.url
    page.goto("about:blank")
    page.goto(link)
    drawn(page)
    assert ask(page, "[map.by, map.wish]") == ["time", "points"]
    expect(page.get_by_role("searchbox")).to_have_value("clip 7")
    expect(page.get_by_label("Colour by")).to_have_value("time")


@pytest.mark.parametrize("query", ["x=none&z=1", "x=5&y=-3&z=99", "show=%3Cimg%3E&by=all", "sel=zz", "z=NaN"])
def test_a_broken_link_shows_the_map_all_the_same(page: Page, server: Server, query: str) -> None:
    visit(page, server, f"?{query}")
    x, y, z = view(page)
    assert 0 <= x <= 1
    assert 0 <= y <= 1
    assert -1 <= z <= 12


def test_view_and_outline_survive_a_page_switch_and_the_context_is_released(opened: Page) -> None:
    opened.locator(".lasso").click()
    draw_around(opened, SQUARE)
    expect(opened.locator(".st-key-map_selected h3")).to_be_visible()
    look(opened, 0.4, 0.3, 1.5)
    opened.evaluate(f"() => {{ window.old = {MAP}.drawing.gl; }}")
    opened.get_by_role("link", name="Elsewhere").click()
    expect(opened.get_by_role("heading", name="Elsewhere")).to_be_visible()
    opened.wait_for_function("() => window.old.isContextLost()")
    opened.wait_for_timeout(400)
    assert "x=" not in opened.url
    opened.get_by_role("link", name="Map").click()
    drawn(opened)
    assert view(opened) == pytest.approx([0.4, 0.3, 1.5], abs=0.01)
    opened.wait_for_function(f"() => {MAP}.inside?.length > 1000")


def test_keys_pan_zoom_fit_and_play(opened: Page) -> None:
    opened.locator(".stage").focus()
    opened.keyboard.press("ArrowRight")
    assert view(opened)[0] > 0.5
    opened.keyboard.press("ArrowDown")
    assert view(opened)[1] > 0.5
    opened.keyboard.press("+")
    opened.wait_for_function(f"() => {MAP}.camera.z === 1")
    expect(opened.locator(".mini")).to_be_visible()
    opened.keyboard.press("-")
    opened.wait_for_function(f"() => {MAP}.camera.z === 0")
    opened.keyboard.press("Home")
    opened.wait_for_function(f"() => {MAP}.camera.x === 0.5 && {MAP}.camera.y === 0.5")
    x, y = place_of(lonely_frame(before=10))
    look(opened, x, y, 6)
    opened.keyboard.press("Enter")
    expect(opened.locator(".player")).to_be_visible()
    expect(opened.locator(".live")).to_contain_text("Clip ")


def test_every_control_is_reached_with_tab(opened: Page) -> None:
    opened.get_by_role("searchbox").focus()
    reached = []
    for _ in range(8):
        opened.keyboard.press("Tab")
        script = f"""() => {{ const at = {MAP}.root.activeElement ?? document.activeElement;
        return at.getAttribute("aria-label") ?? at.textContent.trim(); }}"""
        reached.append(opened.evaluate(script))
    wanted = ["By zoom", "Colour by", "Lasso", "Typical frames", "Zoom out", "Zoom in", "Show the whole map"]
    assert reached == [*wanted, "Frame map"]


def test_the_small_map_leads_to_a_place(opened: Page) -> None:
    look(opened, 0.5, 0.5, 2)
    box = opened.locator(".mini").bounding_box()
    assert box is not None
    opened.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.75)
    assert view(opened)[:2] == pytest.approx([0.25, 0.75], abs=0.02)


def test_colours_follow_clip_region_or_time(opened: Page) -> None:
    seen = set()
    for by in ("video", "cluster", "time"):
        opened.get_by_label("Colour by").select_option(by)
        opened.wait_for_timeout(150)
        seen.add(ask(opened, "(map.drawing.draw(map.camera, map.density, 1), map.nodes.points.toDataURL())"))
    assert len(seen) == 3


def test_regions_in_view_are_told_by_their_typical_frames_and_lead_there(opened: Page) -> None:
    entry = opened.locator(".region").first
    expect(entry.locator("img")).to_have_count(3)
    label = ask(
        opened, "map.about.regions.find((r) => r.title === map.nodes.regions.querySelector('.titles').textContent)"
    )
    entry.click()
    opened.wait_for_function(f"() => {MAP}.camera.z > 0.5")
    opened.wait_for_timeout(500)
    x, y, _ = view(opened)
    assert (x, y) == pytest.approx((label["x"], label["y"]), abs=0.12)


def test_paths_of_unlike_clips_are_drawn_with_their_frames_as_columns(opened: Page) -> None:
    opened.get_by_role("button", name="Nine least alike").click()
    expect(opened.locator(".upright .strip")).to_have_count(9)
    assert ask(opened, "map.paths.length") == 9
    opened.get_by_role("button", name="Clear paths").click()
    expect(opened.locator(".upright .strip")).to_have_count(0)
    assert ask(opened, "map.paths.length") == 0


def test_two_views_are_compared_and_the_outline_lights_up_on_the_other(opened: Page) -> None:
    opened.get_by_role("button", name="Compare").click()
    opened.get_by_role("combobox", name="Compare with").click()
    opened.get_by_role("option").first.click()
    opened.keyboard.press("Escape")
    expect(opened.locator(".stage")).to_have_count(2)
    opened.locator(".wait.done").nth(1).wait_for(state="attached")
    opened.locator(".lasso").first.click()
    draw_around(opened, SQUARE)
    inside = ask(opened, "map.inside.length")
    expect(opened.locator(".tally").nth(1)).to_contain_text(f"{inside:,} lit up")


def test_without_webgl_the_map_is_drawn_plainly_and_says_so(chromium: Browser, server: Server) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_init_script(NO_WEBGL)
    with Watch(context):
        page = context.new_page()
        visit(page, server)
        expect(page.get_by_text("Drawn without WebGL")).to_be_visible()
        assert ask(page, "map.drawing.constructor.name") == "PlainPoints"
        drawn_pixels = "map.nodes.points.getContext('2d').getImageData(0, 0, 1000, 600).data.some((value) => value > 0)"
        assert ask(page, drawn_pixels)
        page.locator(".lasso").click()
        draw_around(page, SQUARE)
        expect(page.locator(".st-key-map_selected h3")).to_be_visible()
    context.close()


def test_a_lost_graphics_card_leaves_a_plain_map(opened: Page) -> None:
    opened.evaluate(f"() => {MAP}.drawing.gl.getExtension('WEBGL_lose_context').loseContext()")
    expect(opened.get_by_text("Drawn without WebGL")).to_be_visible()
    assert ask(opened, "map.drawing.constructor.name") == "PlainPoints"


def test_during_an_outline_only_the_top_layer_is_drawn_again(opened: Page) -> None:
    opened.evaluate(f"() => {{ const it = {MAP}.drawing, draw = it.draw; it.times = 0;" + COUNTED)
    opened.locator(".lasso").click()
    place = on_page(opened, 0.2, 0.2)
    opened.mouse.move(*place)
    opened.wait_for_timeout(100)
    before = ask(opened, "map.drawing.times")
    opened.mouse.down()
    opened.mouse.move(place[0] + 300, place[1] + 200, steps=40)
    assert ask(opened, "map.line.length") > 20
    assert ask(opened, "map.drawing.times") == before
    opened.mouse.up()


@pytest.mark.parametrize("width", [390, 1440])
def test_the_page_scrolls_in_one_direction_only(page: Page, server: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    visit(page, server)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_keeps_every_rule_of_accessibility(
    page: Page, server: Server, theme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=theme)
    visit(page, server)
    page.locator(".lasso").click()
    draw_around(page, SQUARE)
    page.get_by_role("button", name="Nine least alike").click()
    expect(page.locator(".upright .strip")).to_have_count(9)
    found = audit(page)
    assert found.score == 100, found


def test_opening_asks_for_points_once_and_they_are_kept(page: Page, server: Server) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "points.bin" in request.url else None)
    visit(page, server)
    assert len(asked) == 1
    page.locator(".lasso").click()
    draw_around(page, SQUARE)
    expect(page.locator(".st-key-map_selected h3")).to_be_visible()
    assert len(asked) == 1
    assert all(any(host in url for host in LOCAL) for url in asked)
