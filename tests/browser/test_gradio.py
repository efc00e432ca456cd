"""The Gradio app in a real Chromium: pick, upload, swap, seek, play, cancel, read the error; nothing goes outside."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from playwright.sync_api import expect

from core.config import MB, Hosting, Limits, Settings
from core.studio import Studio
from tests import clips
from tests.browser.accessibility import audit
from tests.gradio_page import pattern_clip, pattern_picture, served

pytestmark = pytest.mark.browser
WAIT = 60_000  # milliseconds
UPLOAD = re.compile(r"/upload(\?|$)")  # the request that brings a file


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Clips under the names of the demo clips, so that the examples have something to show."""
    folder = tmp_path_factory.mktemp("samples")
    pattern_clip(folder / "balloons-anchor.mp4", range(60, 68))
    pattern_clip(folder / "aurora-anchor.mp4", [1, 2, 3, 4, 5, 6, 7, 8])
    pattern_clip(folder / "aurora-duplicate_scene.mp4", [3, 4, 5, 6, 7, 11, 12])
    pattern_clip(folder / "jellyfish-anchor.mp4", [0, 9, 10, 13, 14], sound="tone")
    pattern_clip(folder / "regatta-anchor.mp4", [15, 16, 17, 18, 19])
    return folder


@pytest.fixture(scope="module")
def address(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    patch = pytest.MonkeyPatch()
    patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("cache")))
    studio = Studio(Settings(library=tmp_path_factory.mktemp("library"), encoder="embedded"))
    with served(studio, samples) as address:
        yield address
    studio.close()
    patch.undo()


@pytest.fixture
def frames(page: Any, address: str) -> Any:
    page.goto(address)
    page.wait_for_selector("#frame-examples button")
    return page


@pytest.fixture
def videos(frames: Any) -> Any:
    frames.get_by_role("tab", name="Videos").click()
    frames.wait_for_selector("#clip-examples button")
    return frames


def pick(page: Any, caption: str) -> None:
    page.locator("#clip-examples, #frame-examples").get_by_role("button", name=caption).locator("visible=true").click()


def compared(page: Any) -> Any:
    """The stage, once it shows a result with both players at their place."""
    page.wait_for_selector(".ck-stage:not([hidden])", timeout=WAIT)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.ck-screen video')].every((v) => v.readyState >= 2 && !v.seeking)"
    )
    return page.locator(".ck-stage")


def times(page: Any) -> list[float]:
    return page.evaluate("() => [...document.querySelectorAll('.ck-screen video')].map((v) => v.currentTime)")


def cell(page: Any, row: float, column: float, *, rows: int, columns: int) -> tuple[float, float]:
    """Where the middle of a cell of the matrix lies on the page."""
    canvas = page.locator(".ck-canvas canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    left, top = 58, 26  # the axes
    return (
        box["x"] + left + (column + 0.5) / columns * (box["width"] - left - 1),
        box["y"] + top + (row + 0.5) / rows * (box["height"] - top - 1),
    )


def test_the_page_opens_with_pairs_to_try_and_says_which_encoder(frames: Any) -> None:
    assert frames.locator("#frame-examples button").count() == 2
    frames.get_by_text("As the settings ask").wait_for()
    frames.wait_for_function("() => document.querySelector('#frame-examples .ck-two span').style.backgroundImage")


def test_a_pair_of_frames_is_answered_in_words_with_a_scale(frames: Any) -> None:
    pick(frames, "Nothing in common")
    frames.wait_for_selector(".ck-verdict", timeout=WAIT)
    assert "below the threshold" in frames.locator(".ck-verdict p").first.inner_text()
    assert frames.locator(".ck-scale s").is_visible()
    assert frames.locator(".ck-source").inner_text().strip()


def test_the_reason_for_the_encoder_is_renewed_once_the_first_question_has_settled_it(
    samples: Path, page: Any, tmp_path: Path
) -> None:
    studio = Studio(Settings(library=tmp_path / "library", clip_pretrained=str(tmp_path / "no-weights.pt")))
    with served(studio, samples) as address:
        page.goto(address)
        page.locator("#encoder .ck-encoder").wait_for()
        assert "is chosen with the first question" in page.locator("#encoder").inner_text()
        page.get_by_role("tab", name="Videos").click()
        page.wait_for_selector("#clip-examples button")
        pick(page, "Nothing in common")
        page.get_by_text("because CLIP is not ready").wait_for(timeout=WAIT)
    studio.close()


def test_two_uploaded_pictures_are_compared(frames: Any, tmp_path: Path) -> None:
    one, again = pattern_picture(tmp_path / "one.png", 1), pattern_picture(tmp_path / "again.png", 1)
    frames.locator("#frame-a input[type=file]").set_input_files(one)
    frames.locator("#frame-b input[type=file]").set_input_files(again)
    frames.wait_for_function("() => document.querySelectorAll('#frame-a img, #frame-b img').length === 2")
    frames.locator("#frames-go").click()
    frames.wait_for_selector(".ck-verdict.ck-yes", timeout=WAIT)
    assert frames.locator(".ck-verdict h2").inner_text() == "The same video"


def test_a_letter_is_no_picture_and_the_slot_says_so_when_it_arrives(frames: Any, tmp_path: Path) -> None:
    frames.locator("#frame-a input[type=file]").set_input_files(clips.text(tmp_path / "letter.png"))
    frames.get_by_text("is a text file").wait_for()
    frames.wait_for_function("() => !document.querySelector('#frame-a img')")


def test_every_picture_that_is_none_is_refused_in_our_words(frames: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.png"
    empty.touch()
    frames.locator("#frame-a input[type=file]").set_input_files(pattern_picture(tmp_path / "good.png", 1))
    frames.wait_for_selector("#frame-a img")
    expect(frames.locator("#frames-go")).to_be_enabled()
    frames.wait_for_timeout(500)
    frames.locator("#frame-a .icon-button-wrapper button, #frame-a button[aria-label=Clear]").last.click()
    frames.wait_for_selector("#frame-a input[type=file]", state="attached")
    for bad in (clips.text(tmp_path / "letter.png"), empty, clips.text(tmp_path / "second.png")):
        frames.locator("#frame-a input[type=file]").set_input_files(bad)
        told = frames.locator(".toast-body").filter(has_text=bad.name)
        told.wait_for()
        assert "component" not in told.inner_text()
        frames.wait_for_function("() => !document.querySelector('#frame-a img')")


def test_two_moments_of_one_video_are_taken_and_compared(frames: Any, samples: Path) -> None:
    frames.get_by_text("Take frames from a video").click()
    frames.locator("#moment-clip input[type=file]").set_input_files(samples / "regatta-anchor.mp4")
    frames.wait_for_function("() => document.querySelector('#moment-frame img')")
    frames.locator("#take-a:not([disabled])").click()
    frames.wait_for_function("() => document.querySelector('#frame-a img')")
    frames.locator("#moment-second input[type=number]").fill("0.5")
    frames.keyboard.press("Tab")
    frames.locator("#take-b").click()
    frames.wait_for_selector(".ck-verdict.ck-yes", timeout=WAIT)
    assert frames.locator(".ck-spread path").count() == 2
    assert "Trained head" in frames.locator(".ck-methods").inner_text()


def test_comparing_without_pictures_says_what_to_do(frames: Any) -> None:
    frames.locator("#frames-go").click()
    frames.get_by_text("Put a picture on each side first.").wait_for()
    heading = "node => getComputedStyle(node, '::before').content"
    assert frames.locator(".toast-title").first.evaluate(heading) == '"That did not work"'


def test_a_passage_is_told_and_both_players_stand_at_its_start(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    stage = compared(videos)
    assert "of B is in A" in stage.locator(".ck-sentence").inner_text()
    assert times(videos) == pytest.approx([2, 0], abs=0.1)
    shares = [int(text.removesuffix(" %")) for text in stage.locator(".ck-meter strong").all_inner_texts()]
    assert shares == pytest.approx([63, 71], abs=9)  # where between two frames a passage begins is not known
    assert stage.locator(".ck-moments li").count() >= 1
    assert videos.locator(".ck-bar").count() == 2


def test_clicking_a_cell_seeks_both_players_and_arrows_go_on_from_there(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    videos.mouse.click(*cell(videos, 6, 2, rows=8, columns=7))
    compared(videos)
    assert times(videos) == pytest.approx([6, 2], abs=0.1)
    videos.keyboard.press("ArrowUp")
    videos.keyboard.press("ArrowRight")
    compared(videos)
    assert times(videos) == pytest.approx([5, 3], abs=0.1)
    assert videos.locator(".ck-here").inner_text().startswith("A 0:05 · B 0:03 · similarity 1.00")


def test_hovering_shows_both_frames_with_time_and_similarity(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    videos.mouse.move(*cell(videos, 4, 2, rows=8, columns=7))
    tip = videos.locator(".ck-tip")
    assert tip.locator("em").inner_text().startswith("A 0:04 · B 0:02 · similarity 1.00")
    pictures = tip.locator(".ck-still").evaluate_all("nodes => nodes.map((n) => n.style.backgroundImage.slice(0, 20))")
    assert pictures == ['url("data:image/webp'] * 2


def test_playing_keeps_both_clips_together(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    videos.locator(".ck-play").click()
    videos.wait_for_function("() => document.querySelector('.ck-screen video').currentTime > 3.2", timeout=WAIT)
    a, b = times(videos)
    assert (a - b) == pytest.approx(2.0, abs=0.2)
    videos.locator(".ck-play").click()
    assert videos.evaluate("() => [...document.querySelectorAll('.ck-screen video')].every((v) => v.paused)")


def test_a_bar_on_a_time_line_is_a_way_to_its_match(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    videos.mouse.click(*cell(videos, 0, 6, rows=8, columns=7))
    compared(videos)
    bar = videos.locator(".ck-lane[data-side=b] .ck-bar")
    assert bar.get_attribute("aria-label").startswith("A 0:0")
    bar.click()
    compared(videos)
    assert times(videos) == pytest.approx([2, 0], abs=0.1)


def test_a_place_beside_the_bars_shows_what_is_most_like_it(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    rail = videos.locator(".ck-lane[data-side=a] .ck-rail")
    width = rail.bounding_box()["width"]
    rail.click(position={"x": width * 1.5 / 8, "y": 8})
    compared(videos)
    assert times(videos)[0] == pytest.approx(1.5, abs=0.1)


def test_a_moment_in_the_list_is_a_way_back(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    videos.mouse.click(*cell(videos, 0, 6, rows=8, columns=7))
    compared(videos)
    videos.locator(".ck-moments button").first.click()
    compared(videos)
    assert times(videos) == pytest.approx([2, 0], abs=0.1)


def test_swapping_turns_the_question_round(videos: Any) -> None:
    pick(videos, "A part of it, cut into a montage")
    compared(videos)
    videos.locator(".ck-swap:visible").click()
    videos.wait_for_function("() => document.querySelector('.ck-stage[hidden]')")
    compared(videos)
    assert times(videos) == pytest.approx([0, 2], abs=0.1)


def test_strangers_are_told_apart_calmly(videos: Any) -> None:
    pick(videos, "Nothing in common")
    stage = compared(videos)
    assert stage.locator(".ck-meter strong").all_inner_texts() == ["0 %", "0 %"]
    assert stage.locator(".ck-sentence").inner_text() == "No passage of A corresponds to one of B."
    assert "closest pair of frames" in stage.locator(".ck-none").inner_text()


def test_a_clip_the_browser_cannot_play_is_shown_as_a_preview(videos: Any, tmp_path: Path) -> None:
    old = pattern_clip(tmp_path / "old.avi", [3, 4, 5, 6])
    videos.locator("#clip-a input[type=file]").set_input_files(old)
    videos.wait_for_function(
        "() => [...document.querySelectorAll('#clip-a video')].some((v) => v.src.endsWith('.mp4') && v.videoWidth)",
        timeout=WAIT,
    )
    assert videos.locator(".toast-body:visible").count() == 0
    new = pattern_clip(tmp_path / "new.mp4", [1, 2, 3, 4, 5, 6])
    videos.locator("#clip-b input[type=file]").set_input_files(new)
    videos.wait_for_selector("#clip-b video")
    videos.locator("#videos-go").click()
    stage = compared(videos)
    assert stage.locator(".ck-sentence").inner_text().startswith("All of A is in B")


def test_a_kind_of_film_that_browsers_do_not_know_is_taken_all_the_same(videos: Any, tmp_path: Path) -> None:
    flash = pattern_clip(tmp_path / "flash.flv", [3, 4, 5, 6])
    videos.locator("#clip-a input[type=file]").set_input_files(flash)
    videos.wait_for_function(
        "() => [...document.querySelectorAll('#clip-a video')].some((v) => v.src.endsWith('.mp4') && v.videoWidth)",
        timeout=WAIT,
    )
    assert videos.locator(".toast-body:visible").count() == 0


def test_a_film_of_such_a_kind_can_be_dropped(videos: Any, tmp_path: Path) -> None:
    stream = base64.b64encode(pattern_clip(tmp_path / "stream.ts", [3, 4, 5, 6]).read_bytes()).decode()
    videos.evaluate(
        """(data) => {
        const files = new DataTransfer(), bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
        files.items.add(new File([bytes], 'stream.ts', { type: '' }));
        const target = document.querySelector('#clip-b button');
        target.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
        }""",
        stream,
    )
    videos.wait_for_function(
        "() => [...document.querySelectorAll('#clip-b video')].some((v) => v.src.endsWith('.mp4') && v.videoWidth)",
        timeout=WAIT,
    )


def test_a_letter_in_place_of_a_clip_is_refused_when_it_arrives(videos: Any, tmp_path: Path) -> None:
    videos.locator("#clip-a input[type=file]").set_input_files(clips.text(tmp_path / "letter.mp4"))
    toast = videos.locator(".toast-body").filter(has_text="letter.mp4")
    toast.wait_for(timeout=WAIT)
    assert "Unexpected" not in toast.inner_text()
    assert videos.locator("#clip-a video").count() == 0
    pick(videos, "Nothing in common")
    compared(videos)


def test_a_file_that_is_too_large_is_told_in_a_sentence_and_the_slot_takes_another_one(
    samples: Path, page: Any, tmp_path: Path
) -> None:
    limits = Limits(file_bytes=MB)
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded", limits=limits))
    large, small = tmp_path / "large.mp4", pattern_clip(tmp_path / "small.mp4", [1, 2])
    large.write_bytes(bytes(3 * MB))
    with served(studio, samples) as address:
        page.goto(address)
        page.get_by_role("tab", name="Videos").click()
        page.locator("#clip-a input[type=file]").set_input_files(large)
        page.get_by_text("Files up to 1 MB are taken here, and large.mp4 has 3 MB.").wait_for()
        drop = """(name) => {
            const files = new DataTransfer();
            files.items.add(new File([new Uint8Array(3 * 1024 * 1024)], name, { type: 'video/mp4' }));
            const target = document.querySelector('#clip-a button');
            target.dispatchEvent(new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true }));
        }"""
        page.evaluate(drop, "dropped.mp4")
        page.get_by_text("and dropped.mp4 has 3 MB").wait_for()
        assert page.locator("#clip-a").get_by_text("Error", exact=True).count() == 0
        page.locator("#clip-a input[type=file]").set_input_files(small)
        page.wait_for_selector("#clip-a video")
    studio.close()


def test_a_file_of_another_kind_is_told_in_a_sentence(frames: Any, tmp_path: Path) -> None:
    song, film = tmp_path / "song.mp3", pattern_clip(tmp_path / "film.mp4", [1, 2])
    song.write_bytes(b"la la la")
    frames.locator("#frame-a input[type=file]").set_input_files(film)
    frames.get_by_text("film.mp4 is no picture. For a video, see").wait_for()
    frames.get_by_role("tab", name="Videos").click()
    frames.locator("#clip-a input[type=file]").set_input_files(song)
    frames.get_by_text("song.mp3 is no video.").wait_for()
    frames.locator("#clip-a input[type=file]").set_input_files(film)
    frames.wait_for_selector("#clip-a video")


def test_a_letter_gives_no_frames_and_its_slot_is_ready_for_a_film(frames: Any, tmp_path: Path) -> None:
    frames.get_by_text("Take frames from a video").click()
    frames.locator("#moment-clip input[type=file]").set_input_files(clips.text(tmp_path / "letter.mp4"))
    frames.get_by_text("letter.mp4 is a text file").wait_for()
    frames.locator("#moment-clip input[type=file]").set_input_files(pattern_clip(tmp_path / "film.mp4", [3, 4]))
    frames.wait_for_selector("#moment-frame img", timeout=WAIT)


def test_a_film_that_browsers_do_not_know_gives_its_frames_too(frames: Any, tmp_path: Path) -> None:
    frames.get_by_text("Take frames from a video").click()
    frames.locator("#moment-clip input[type=file]").set_input_files(pattern_clip(tmp_path / "flash.flv", [3, 4]))
    frames.wait_for_selector("#moment-frame img", timeout=WAIT)
    frames.locator("#take-a:not([disabled])").click()
    frames.wait_for_selector("#frame-a img")


def test_an_upload_that_the_server_refuses_leaves_the_slot_ready_for_another_one(videos: Any, tmp_path: Path) -> None:
    videos.route(UPLOAD, lambda route: route.fulfill(status=507, body="The disk is full."))
    clip = pattern_clip(tmp_path / "clip.mp4", [1, 2])
    videos.locator("#clip-a input[type=file]").set_input_files(clip)
    videos.get_by_text("The disk is full.").wait_for()
    assert videos.locator("#clip-a").get_by_text("Error", exact=True).locator("visible=true").count() == 0
    videos.unroute(UPLOAD)
    videos.locator("#clip-a input[type=file]").set_input_files(clip)
    videos.wait_for_selector("#clip-a video")


def test_nothing_is_asked_while_a_clip_is_on_its_way_or_being_read(videos: Any, tmp_path: Path) -> None:
    go, held = videos.locator("#videos-go"), videos.locator("#videos-held")
    pick(videos, "Nothing in common")
    compared(videos)
    videos.locator("#clip-a button[aria-label=Clear]").click()
    videos.wait_for_selector("#clip-a input[type=file]", state="attached")
    expect(go).to_be_enabled()
    waiting: list[Any] = []
    videos.route(UPLOAD, lambda route: waiting.append(route))
    videos.locator("#clip-a input[type=file]").set_input_files(pattern_clip(tmp_path / "old.avi", [*range(20)] * 6))
    expect(go).to_be_disabled()
    expect(held).to_have_text("Clip A is being uploaded.")
    assert audit(videos).score >= 95
    waiting.pop().continue_()
    expect(held).to_have_text("Clip A is being read.")
    expect(go).to_be_disabled()
    videos.get_by_text("Reading Clip A").wait_for()
    expect(go).to_be_enabled(timeout=WAIT)
    expect(held).to_have_text("")
    go.click()
    compared(videos)


def test_a_pair_that_is_picked_while_a_clip_is_read_stays(videos: Any, tmp_path: Path) -> None:
    videos.locator("#clip-a input[type=file]").set_input_files(pattern_clip(tmp_path / "old.avi", [*range(20)] * 9))
    videos.get_by_text("Reading Clip A").wait_for()
    pick(videos, "Nothing in common")
    compared(videos)
    expect(videos.locator("#videos-go")).to_be_enabled()
    videos.wait_for_timeout(1500)
    assert "jellyfish" in videos.locator("#clip-a video").first.get_attribute("src")
    assert compared(videos).is_visible()


def test_an_answer_goes_when_another_method_is_chosen(videos: Any) -> None:
    pick(videos, "Nothing in common")
    compared(videos)
    videos.locator("#method input").click()
    videos.get_by_role("option", name="ViSiL").click()
    videos.wait_for_selector(".ck-stage[hidden]", state="attached")
    videos.locator("#videos-go").click()
    compared(videos)


def test_cancel_gives_the_page_back_without_a_result(videos: Any, tmp_path: Path) -> None:
    for slot, seeds in (("a", range(100, 340)), ("b", range(400, 640))):
        clip = pattern_clip(tmp_path / f"{slot}.mp4", seeds, fps=10.0)
        videos.locator(f"#clip-{slot} input[type=file]").set_input_files(clip)
    videos.wait_for_selector("#clip-b video")
    videos.locator("#videos-go").click()
    videos.locator("#videos-stop").click()
    videos.locator("#videos-go").wait_for(timeout=WAIT)
    videos.wait_for_timeout(800)
    assert not videos.locator(".ck-stage").is_visible()


def test_a_link_to_an_example_opens_it_with_its_answer(page: Any, address: str) -> None:
    page.goto(f"{address}?compare=videos.a-part-of-it-cut-into-a-montage")
    assert "of B is in A" in compared(page).locator(".ck-sentence").inner_text()
    page.goto(f"{address}?compare=frames.nothing-in-common")
    page.wait_for_selector(".ck-verdict", timeout=WAIT)


def test_the_address_of_a_link_is_left_when_something_else_is_shown(page: Any, address: str) -> None:
    page.goto(f"{address}?compare=videos.a-part-of-it-cut-into-a-montage")
    compared(page)
    assert "compare=videos." in page.url
    pick(page, "Nothing in common")
    page.get_by_text("No passage of A corresponds to one of B.").wait_for(timeout=WAIT)
    assert "compare" not in page.url
    page.goto(f"{address}?compare=videos.a-part-of-it-cut-into-a-montage&__theme=dark")
    compared(page)
    page.get_by_role("tab", name="Frames").click()
    pick(page, "Nothing in common")
    page.wait_for_selector(".ck-verdict", timeout=WAIT)
    page.wait_for_function("() => !location.search.includes('compare')")
    assert "__theme=dark" in page.url


def test_arrow_keys_go_from_tab_to_tab(frames: Any) -> None:
    frames.get_by_role("tab", name="Frames").focus()
    frames.keyboard.press("ArrowRight")
    expect(frames.get_by_role("tab", name="Videos")).to_be_focused()
    expect(frames.locator("#videos-go")).to_be_visible()
    frames.keyboard.press("ArrowRight")
    expect(frames.locator("#frames-go")).to_be_visible()


def test_the_link_of_two_uploads_opens_them_for_somebody_else_until_they_are_deleted(
    videos: Any, context: Any, address: str, tmp_path: Path
) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    for slot, seeds in (("a", [1, 2, 3, 4]), ("b", [11, 2, 3, 12])):
        clip = pattern_clip(tmp_path / f"holiday {slot}.mp4", seeds)
        videos.locator(f"#clip-{slot} input[type=file]").set_input_files(clip)
        videos.wait_for_selector(f"#clip-{slot} video")
    videos.locator("#videos-go").click()
    told = compared(videos).locator(".ck-sentence").inner_text()
    copy = videos.get_by_role("button", name="Copy link").locator("visible=true")
    copy.click()
    videos.get_by_text("Link copied.").wait_for()
    link = videos.evaluate("() => navigator.clipboard.readText()")
    assert link.startswith(f"{address}?compare=videos.")
    assert "deleted within 7 days" in videos.locator(".ck-share:visible").inner_text()
    other = context.new_page()
    other.goto(link)
    assert compared(other).locator(".ck-sentence").inner_text() == told
    source = other.locator(".ck-screen video").first.get_attribute("src")
    Path(unquote(source.partition("file=")[2].partition("#")[0])).unlink()
    late = context.new_page()
    late.goto(link)
    late.get_by_text("This link has expired").wait_for(timeout=WAIT)
    assert late.locator(".toast-body:visible").count() == 0
    assert audit(late).score >= 95
    pick(late, "Nothing in common")
    compared(late)
    late.get_by_text("This link has expired").wait_for(state="hidden")


def test_whoever_waits_sees_the_place_in_the_line_and_can_leave_it(samples: Path, context: Any, tmp_path: Path) -> None:
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded", fps=10.0, hosting=Hosting(at_once=1)))
    with served(studio, samples) as address:
        first, second = context.new_page(), context.new_page()
        for page in (first, second):
            page.goto(address)
            page.get_by_role("tab", name="Videos").click()
            page.wait_for_selector("#clip-examples button")
        long = pattern_clip(tmp_path / "long.mp4", [*range(20)] * 9)
        first.locator("#clip-a input[type=file]").set_input_files(long)
        first.get_by_text("Reading Clip A").wait_for()
        pick(second, "Nothing in common")
        second.get_by_text("Waiting for its turn").wait_for()
        second.get_by_text("queue: 1/1").wait_for()
        assert audit(second).score >= 95
        second.locator("#videos-stop").click()
        second.locator("#videos-go").wait_for()
        second.get_by_text("Waiting for its turn").wait_for(state="hidden")
        first.locator("#clip-a button[aria-label=Clear]").click()
        first.get_by_text("Reading Clip A").wait_for(state="hidden")
    studio.close()


def test_of_questions_in_quick_succession_the_last_one_is_answered(videos: Any) -> None:
    for _ in range(2):
        pick(videos, "A part of it, cut into a montage")
        pick(videos, "Nothing in common")
    videos.get_by_text("No passage of A corresponds to one of B.").wait_for(timeout=WAIT)
    videos.locator("#videos-go").wait_for(timeout=WAIT)
    assert compared(videos).locator(".ck-sentence").inner_text() == "No passage of A corresponds to one of B."
    assert "jellyfish" in videos.locator("#clip-a video").first.get_attribute("src")


def test_a_question_takes_a_few_requests_and_a_double_click_leaves_the_button_its_word(videos: Any) -> None:
    pick(videos, "Nothing in common")
    compared(videos)
    videos.wait_for_timeout(500)
    asked: list[str] = []
    videos.on("request", lambda request: asked.append(request.url) if "queue/join" in request.url else None)
    videos.locator("#videos-go").click()
    videos.wait_for_selector(".ck-stage[hidden]", state="attached")
    compared(videos)
    videos.wait_for_timeout(1500)
    assert 1 <= len(asked) <= 5
    videos.locator("#videos-go").dblclick()
    compared(videos)
    videos.wait_for_timeout(1000)
    expect(videos.locator("#videos-go")).to_have_text("Compare")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_phone_shows_everything_without_scrolling_sideways(page: Any, address: str, theme: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}?__theme={theme}")
    page.get_by_role("tab", name="Videos").click()
    page.wait_for_selector("#clip-examples button")
    pick(page, "A part of it, cut into a montage")
    compared(page)
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 390
    assert page.evaluate("() => document.body.classList.contains('dark')") == (theme == "dark")


def test_bold_text_is_the_inter_of_this_machine(frames: Any) -> None:
    assert frames.evaluate("async () => { await document.fonts.load('600 20px Inter'); return true }")
    loaded = frames.evaluate(
        "() => [...document.fonts].filter((f) => f.family.includes('Inter') && f.status === 'loaded').length"
    )
    assert loaded >= 1
