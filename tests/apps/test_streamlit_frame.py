"""What surrounds every page of the Streamlit app: work that runs, the encoder, and how fast it is there."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.config import ROOT, Settings
from core.errors import StudioError
from core.records import Progress
from core.store.jobs import Jobs
from core.studio import Studio, close_studios, open_studio
from tests.apps.pages import data_of, drawn, opened, text_of, titles


def test_a_new_library_invites_to_drop_clips(page_studio: Studio) -> None:
    app = opened()
    assert data_of(app, "drop_zone")["large"]
    assert "0 clips" in text_of(app)
    assert not app.error


@pytest.mark.parametrize("page", ["search", "trace", "frame_map", "models", "compare"])
def test_an_empty_page_leads_to_the_library_or_fills_it_with_the_demo(page_studio: Studio, page: str) -> None:
    app = drawn(opened().switch_page(f"views/{page}.py").run())
    assert app.get("page_link")
    assert app.button(key="demo").label == "Load the demo clips"


def test_what_the_keyboard_does_is_told_on_every_page(page_studio: Studio) -> None:
    app = drawn(opened().button(key="keys").click().run())
    told = "".join(element.proto.body for element in app.get("html"))
    assert "Arrow keys" in told
    assert "from part to part" in told
    app = drawn(app.switch_page("views/models.py").run())
    assert app.button(key="keys").label == "Keys"


def test_every_page_names_the_encoder_and_the_reason_and_offers_to_switch(filled: Studio) -> None:
    app = opened()
    for page in ("views/library.py", "views/search.py"):
        drawn(app.switch_page(page).run())
        assert "Encoder: Built-in descriptor" in text_of(app).replace("\\", "")
        assert "As the settings ask" in text_of(app).replace("\\", "")
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
    close_studios()
    studio = open_studio()
    app = drawn(opened().button(key="switch_encoder").click().run())
    drawn(app.radio(key="encoder_choice").set_value("clip").run())
    is_ready = next(choice.is_ready for choice in studio.readiness() if choice.name == "clip")
    wanted = "Switch to CLIP" if is_ready else "Try to fetch CLIP (about 600 MB)"
    assert app.button(key="encoder_yes").label == wanted
    drawn(app.button(key="encoder_yes").click().run())
    assert studio.jobs()[0].title == "Switching to clip"
    close_studios()


def test_an_encoder_whose_weights_are_gone_leaves_the_pages_standing(
    monkeypatch: pytest.MonkeyPatch, three_clips: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLIPKIN_ENCODER", "clip")
    shutil.copytree(three_clips, tmp_path / "library")
    close_studios()
    open_studio()
    app = opened()
    assert len(titles(app)) == 3
    drawn(app.button(key="switch_encoder").click().run())
    close_studios()


def test_a_library_that_cannot_be_opened_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("CLIPKIN_LIBRARY", str(tmp_path / "file"))
    close_studios()
    app = opened()
    assert len(app.error) == 1


@pytest.fixture
def jobs(page_studio: Studio) -> Iterator[Jobs]:
    """The jobs of another process on the same library, which the pages see too."""
    jobs = Jobs(page_studio.settings.library / "catalogue.sqlite")
    yield jobs
    jobs.close()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_running_work_is_shown_with_its_progress_and_can_be_cancelled(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        while True:
            progress(0.4, "x_y.mp4: looking")
            time.sleep(0.02)

    job = jobs.submit("ingest", "Adding 3 files", work)
    until(lambda: jobs.get(job.id).progress == 0.4)
    app = opened()
    assert "x\\_y\\.mp4" in app.get("progress")[0].proto.text
    app.button(key=f"cancel_{job.id}").click().run()
    until(lambda: jobs.get(job.id).state == "cancelled")
    assert not app.run().get("progress")


def test_an_upload_beside_a_training_has_a_line_of_its_own(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        while True:
            progress(0.4, "At it")
            time.sleep(0.02)

    running = [jobs.submit("train", "Training ViSiL", work), jobs.submit("ingest", "Adding 3 files", work)]
    jobs.submit("ingest", "Adding 1 file", work)
    until(lambda: all(jobs.get(job.id).progress == 0.4 for job in running))
    lines = [bar.proto.text for bar in opened().get("progress")]
    assert lines == ["**Training ViSiL** · At it", "**Adding 3 files** · At it · 1 more waiting"]


def test_a_click_counts_though_work_ends_at_that_moment() -> None:
    def page() -> None:
        import streamlit as st

        from app_streamlit import frame
        from core.records import Job, Page

        class Ending:
            """Work that is running when it is first asked about, and over the next time."""

            asked = 0

            def jobs(self) -> list[Job]:
                self.asked += 1
                return [Job("1", "ingest", "Adding", "done" if self.asked > 1 else "running", 0.5, "", 0.0, 0.0)]

            def videos(self, *, limit: int) -> Page:
                return Page((), 0)

        frame.activity(Ending())  # type: ignore[arg-type]
        st.write("heard" if st.button("Press", key="press") else "not heard")

    app = AppTest.from_function(page).run()
    assert app.markdown[-1].value == "not heard"
    assert app.button(key="press").click().run().markdown[-1].value == "heard"


def test_work_that_failed_stays_until_it_is_dismissed(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        raise StudioError("The disk is full.")

    job = jobs.submit("extract", "Extracting", work)
    until(lambda: jobs.get(job.id).state == "failed")
    app = opened()
    assert "The disk is full" in text_of(app)
    drawn(app.button(key=f"dismiss_{job.id}").click().run())
    assert "The disk is full" not in text_of(app)


def test_a_switch_that_failed_says_what_the_library_stays_with(jobs: Jobs) -> None:
    def work(progress: Progress) -> str:
        raise StudioError("The weights cannot be fetched.")

    job = jobs.submit("extract", "Switching to clip", work)
    until(lambda: jobs.get(job.id).state == "failed")
    assert "be fetched. The library stays with Built-in descriptor." in text_of(opened()).replace("\\", "")


def test_the_end_of_a_batch_says_what_became_of_every_file(jobs: Jobs) -> None:
    go = threading.Event()

    def ending(message: str) -> Callable[[Progress], str]:
        def work(progress: Progress) -> str:
            assert go.wait(20)
            return message

        return work

    messages = ["1 added"] * 22 + ["1 could not be read"] * 3 + ["1 already there"] * 2
    submitted = [jobs.submit("ingest", "Adding 1 file", ending(message)) for message in messages]
    app = opened()
    jobs.cancel(jobs.submit("ingest", "Adding 1 file", ending("1 added")).id)
    go.set()
    until(lambda: not jobs.active())
    assert jobs.get(submitted[-1].id).state == "done"
    text = app.run().toast[0].value.replace("\\", "")
    assert text == "27 files finished: 22 added, 3 could not be read, 2 already there. 1 task cancelled."
    assert not app.run().toast


@pytest.mark.parametrize("encoder", ["auto", "clip"])
def test_the_first_page_is_drawn_without_torch(encoder: str, tmp_path: Path) -> None:
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
    env = {
        "CLIPKIN_LIBRARY": str(tmp_path / "library"),
        "CLIPKIN_ENCODER": encoder,
        "PATH": "/usr/bin:/bin",
        "HF_HUB_OFFLINE": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_settings_of_the_pages_come_from_the_environment(page_studio: Studio, tmp_path: Path) -> None:
    assert page_studio.settings == Settings.from_env()
    assert page_studio.settings.library == tmp_path / "library"
