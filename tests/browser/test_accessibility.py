"""Every page of both apps is audited for accessibility, in light and dark, over a library with a title of markup."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page, expect

from app_streamlit.main import PAGES
from core.config import Settings
from core.records import MapChoices
from core.studio import Studio
from tests import clips
from tests.apps.pages import HOSTILE
from tests.browser.accessibility import audit
from tests.browser.conftest import Server
from tests.browser.test_streamlit_compare import IDLE, scene
from tests.gradio_page import pattern_clip, served

pytestmark = pytest.mark.browser
ENOUGH = 95.0
WAIT = 60_000  # milliseconds
Theme = Literal["light", "dark"]

STATES = {  # what is asked of the Streamlit app, and what is there once it has answered
    "library": ("/", ".card"),
    "search": ("/search", ".st-key-pick"),
    "search, hits": ("/search?query={film}", ".hits .row:not(.head)"),
    "search, sense by sense": ("/search?query={film}&view=Sense+by+sense", ".st-key-sense_late .ranking li"),
    "search, latent space": ("/search?query={film}&view=Latent+space&space=Picture", "[data-testid=stPlotlyChart]"),
    "trace": ("/trace", "h1"),
    "frame_map": ("/map", ".st-key-map_head"),
    "groups": ("/groups", ".group"),
    "groups, heat map": ("/groups", ".group"),
    "models": ("/models", ".st-key-model_vae"),
    "compare": ("/compare", ".st-key-choose"),
    "compare, answered": ("/compare?a={film}&b={copy}", ".ck-stage"),
}


@pytest.fixture(scope="module")
def ids(streamlit_server: Server, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A film, a copy of it and two strangers, one of them called by markup; with a map and a model that learned."""
    folder = tmp_path_factory.mktemp("films")
    clips.write(folder / "film.mp4", scene(1), sound="tone")
    clips.write(folder / "copy.mp4", [picture[::2, ::2] for picture in scene(1)][5:75], sound="tone")
    clips.write(folder / "orchard.mp4", scene(2))
    clips.write(folder / "meadow.mp4", scene(3), sound="tone")
    studio = Studio(Settings(library=streamlit_server.library, encoder="embedded"))
    studio.ingest([folder])
    found = {video.title: video.id for video in studio.videos().videos}
    studio.rename(found["copy"], HOSTILE)
    studio.set_tags(found["copy"], [HOSTILE])
    studio.fit_frame_map(MapChoices("pca"))
    studio.train("vae")
    studio.close()
    return found


def opened(page: Page, server: Server, ids: dict[str, str], state: str) -> None:
    path, answer = STATES[state]
    page.goto(server.address + path.format(**ids))
    page.wait_for_selector(IDLE, timeout=WAIT)
    expect(page.locator(answer).first).to_be_visible(timeout=WAIT)
    if state == "groups, heat map":
        page.get_by_text("Heat map", exact=True).last.click()
        expect(page.locator(".chart canvas")).to_be_visible(timeout=WAIT)
    page.wait_for_selector(IDLE, timeout=WAIT)
    page.wait_for_timeout(500)  # what fades in has its colours


def test_every_page_of_the_app_is_audited() -> None:
    assert {state.partition(",")[0] for state in STATES} == set(PAGES)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_a_page_keeps_the_rules_of_accessibility(
    page: Page, streamlit_server: Server, ids: dict[str, str], state: str, theme: Theme
) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    opened(page, streamlit_server, ids, state)
    found = audit(page)
    assert found.score >= ENOUGH, found
    assert page.locator("img[onerror]").count() == 0


def test_an_open_page_follows_the_system_into_the_dark(page: Page, streamlit_server: Server) -> None:
    page.goto(streamlit_server.address)
    page.wait_for_selector(IDLE, timeout=WAIT)
    logo = page.get_by_test_id("stSidebarLogo")
    ink = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")
    light = str(logo.get_attribute("src"))
    page.emulate_media(color_scheme="dark")
    expect(logo).not_to_have_attribute("src", light, timeout=WAIT)
    assert page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')") != ink


@pytest.fixture(scope="module")
def gradio_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The Gradio app over two demo clips."""
    samples: Path = tmp_path_factory.mktemp("samples")
    pattern_clip(samples / "jellyfish-anchor.mp4", [0, 9, 10, 13, 14], sound="tone")
    pattern_clip(samples / "regatta-anchor.mp4", [15, 16, 17, 18, 19])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("cache")))
        studio = Studio(Settings(library=tmp_path_factory.mktemp("library"), encoder="embedded"))
        with served(studio, samples) as address:
            yield address
        studio.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("tab", "examples", "answer"), [("Frames", "frame", ".ck-verdict"), ("Videos", "clip", ".ck-stage")]
)
def test_a_tab_keeps_the_rules_of_accessibility_before_and_after_its_answer(
    page: Page, gradio_address: str, tab: str, examples: str, answer: str, theme: Theme
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.goto(f"{gradio_address}?__theme={theme}")
    page.get_by_role("tab", name=tab).click()
    pair = page.locator(f"#{examples}-examples button").first
    expect(pair).to_be_visible()
    before = audit(page)
    assert before.score >= ENOUGH, before
    pair.click()
    expect(page.locator(answer)).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(500)  # what fades in has its colours
    after = audit(page)
    assert after.score >= ENOUGH, after
