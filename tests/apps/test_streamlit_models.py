"""The Models page: what can learn, from where its weights are, train, look at the curves, go back with a question."""

import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from core import checkpoints
from core.checkpoints import Checkpoint
from core.records import Curve, TrainingReport
from core.studio import Studio
from tests.apps.pages import MAIN, drawn, text_of

REPORT = TrainingReport(
    "Right on 93.1% of pairs.",
    3,
    12.0,
    {},
    (Curve("training loss", (1.0, 2.0), (0.5, 0.2)), Curve("validation accuracy", (1.0, 2.0), (0.8, 0.9))),
)


def models() -> AppTest:
    app = AppTest.from_file(MAIN, default_timeout=60)
    app.switch_page("views/models.py")
    return drawn(app.run())


def learned(studio: Studio, report: TrainingReport = REPORT) -> Path:
    """A checkpoint as training on the library would have left it."""
    path = studio.settings.library / "models" / "same_video.embedded-3.safetensors"
    shipped = checkpoints.load(Path("assets/models/same_video.embedded-3.safetensors"), "same_video")
    metadata = {**shipped.metadata, "report": asdict(report)}
    checkpoints.save(path, Checkpoint("same_video", shipped.state, shipped.config, metadata))
    return path


def test_an_empty_library_says_so_and_offers_no_training(page_studio: Studio) -> None:
    app = models()
    assert "library is empty" in text_of(app)
    assert app.button(key="train_same_video").disabled


def test_every_model_that_learns_is_listed_with_where_its_weights_are_from(filled: Studio) -> None:
    app = models()
    shown = text_of(app)
    for model in filled.trainables():
        assert app.button(key=f"train_{model.name}").label == "Train on this library"
    assert "In use as it came with Clipkin." in shown
    assert "3 clips" in shown


def test_training_on_too_small_a_library_ends_with_a_sentence_that_says_how_much_it_takes(filled: Studio) -> None:
    app = models()
    drawn(app.button(key="train_same_video").click().run())
    for _ in range(200):
        job = next(job for job in filled.jobs() if job.kind == "train")
        if not job.is_active:
            break
        time.sleep(0.05)
    assert job.state == "failed"
    assert "at least 10" in job.message


def test_what_was_learned_here_is_told_with_its_report_and_curves(filled: Studio) -> None:
    learned(filled)
    app = models()
    shown = text_of(app)
    assert "Right on 93" in shown
    assert "Learned from 3 clips of this library" in shown
    assert app.button(key="train_same_video").label == "Train again"
    assert len(app.get("plotly_chart")) == 2


def test_weights_from_another_library_than_this_has_become_count_as_out_of_date(filled: Studio) -> None:
    learned(filled, TrainingReport("Fine.", 30, 1.0))
    assert "Out of date" in text_of(models())


def test_going_back_asks_first_and_then_what_shipped_is_in_use(filled: Studio) -> None:
    path = learned(filled)
    app = models()
    drawn(app.button(key="forget_same_video").click().run())
    assert path.exists()
    drawn(app.button(key="forget_yes").click().run())
    assert not path.exists()
    assert filled.trainable("same_video").origin == "shipped"


def test_a_damaged_file_is_named_and_can_be_trained_over(filled: Studio) -> None:
    path = learned(filled)
    path.write_bytes(np.arange(100, dtype=np.uint8).tobytes())
    assert "cannot be read" in text_of(models())
