"""The parts of the Gradio app without a page: words, progress and cancel, what the stage is told, what is served."""

import base64
import subprocess
import sys
import threading
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from app_gradio import examples, wording
from app_gradio.frames_tab import numbers, verdict_html
from app_gradio.inputs import clip_slot, picture_slot, refusal
from app_gradio.serving import address, servable
from app_gradio.stage import payload, summary
from app_gradio.videos_tab import not_ready
from app_gradio.work import Task, part, progress_bar, toasts
from core.config import MB, ROOT
from core.errors import Cancelled, MediaError
from core.plots.stage import closest_frames, seconds_matched, segments, share_matched
from core.records import Comparison, FramePair, Match, MediaInfo, Readiness, ScoreSpread, SimilarityMatrix, Video
from tests.gradio_page import pattern


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))


def pair(cosine: float, threshold: float = 0.685) -> FramePair:
    return FramePair(cosine, threshold, "Hours et al. 2022", cosine >= threshold, "clip")


def a_video(letter: str, seconds: float) -> Video:
    info = MediaInfo(seconds, 160, 90, 10.0, "mov,mp4", "h264", "yuv420p", None, 0, 1000)
    return Video(letter * 16, f"clip {letter}", Path(f"{letter}.mp4"), info, "absent")


def a_comparison(*matches: Match, rows: float = 4.0, columns: float = 4.0) -> Comparison:
    query_times, reference_times = np.arange(max(rows, 1)), np.arange(max(columns, 1))
    return Comparison(
        query=a_video("a", rows),
        reference=a_video("b", columns),
        query_times=query_times.astype(float),
        reference_times=reference_times.astype(float),
        frame_matrix=np.eye(len(query_times), len(reference_times), dtype=np.float32),
        query_in_reference=0.75,
        reference_in_query=0.25,
        similarity=0.5,
        matches=matches,
        encoder="embedded",
        model="cosine",
    )


# ------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("cosine", "expected"),
    [
        (0.95, "The same video"),
        (0.72, "Probably the same video"),
        (0.69, "On the edge: it could be either"),
        (0.68, "On the edge: it could be either"),
        (0.65, "Probably two different videos"),
        (0.10, "Two different videos"),
    ],
)
def test_the_verdict_is_as_sure_as_the_distance_from_the_threshold(cosine, expected):
    assert wording.verdict(pair(cosine)) == expected


def test_the_reason_names_the_cosine_the_threshold_and_the_side():
    assert wording.reason(pair(0.8)) == "Cosine 0.800, 0.115 above the threshold of 0.685"
    assert wording.reason(pair(0.6)) == "Cosine 0.600, 0.085 below the threshold of 0.685"


def test_a_cosine_below_zero_has_a_minus_and_no_hyphen():
    assert wording.reason(pair(-0.011, 0.289)) == "Cosine \u22120.011, 0.300 below the threshold of 0.289"
    assert ">\u22120.011</span>" in verdict_html(pair(-0.011, 0.289))


def test_matched_seconds_count_overlaps_once_and_stop_at_the_end():
    assert seconds_matched([(0, 4), (2, 6), (8, 12)], 10) == 8
    assert seconds_matched([], 10) == 0


def test_the_share_of_a_clip_is_what_matched_and_never_its_likeness():
    comparison = a_comparison(Match(0, 2, 1, 2, 0.9), rows=4, columns=4)
    there, back = segments(comparison)
    assert share_matched(there, 4) == 0.5
    assert share_matched(back, 4) == 0.25
    assert share_matched([], 4) == 0
    assert share_matched([(0, 0)], 0) == 1


def test_an_intro_that_many_videos_show_is_no_share_of_a_clip():
    comparison = a_comparison(Match(0, 1, 0, 1, 0.9, commonness=1.0), Match(2, 3, 2, 3, 0.9), rows=4, columns=4)
    assert segments(comparison)[0] == [(2, 3)]


def test_the_verdict_page_escapes_what_it_quotes_and_marks_the_threshold():
    page = verdict_html(replace(pair(0.9), threshold_source="<b>me</b>"))
    assert "&lt;b&gt;me&lt;/b&gt;" in page
    assert "left:68.50%" in page
    assert "left:90.00%" in page
    assert "left:0.00%" in verdict_html(pair(-0.3))


def judged(chance: float, **more: object) -> FramePair:
    """A pair as a trained head answers it."""
    spread = ScoreSpread((-1.0, -0.5, 0.0, 0.5, 1.0), (0.0, 0.1, 0.2, 0.7), (0.1, 0.5, 0.3, 0.1))
    return replace(pair(0.8), is_same=chance >= 0.5, probability=0.8, head_probability=chance, spread=spread, **more)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.97, "The same video"),
        (0.7, "Probably the same video"),
        (0.52, "On the edge: it could be either"),
        (0.3, "Probably two different videos"),
        (0.02, "Two different videos"),
    ],
)
def test_with_a_trained_head_the_verdict_is_as_sure_as_its_probability(chance, expected):
    assert wording.verdict(judged(chance)) == expected


def test_every_method_is_told_once_there_are_several_and_nothing_is_ever_certain():
    assert wording.methods(judged(0.999)) == [("Trained head", "99 %"), ("Cosine", "80 %")]
    assert wording.methods(judged(0.9, network_probability=0.0))[2] == ("Published network, not calibrated", "1 %")
    assert wording.methods(pair(0.9)) == []


def test_known_pairs_are_drawn_over_the_same_scale_as_the_cosine():
    page = verdict_html(judged(0.9))
    assert page.count("<path") == 2
    assert f"left:{100 * (0.8 + 0.4) / 1.4:.2f}%" in page
    assert "<path" not in verdict_html(pair(0.9))


def test_a_blank_frame_is_cautioned_about():
    assert "little to go by" in verdict_html(judged(0.9, is_blank=True))
    assert "little to go by" not in verdict_html(judged(0.9))


def test_the_numbers_of_a_verdict_agree_with_each_other():
    answer = numbers(pair(0.8))
    assert answer["same_video"] is True
    assert answer["margin"] == pytest.approx(answer["cosine"] - answer["threshold"])


# ---------------------------------------------------------------------------------------- work that waits


def test_a_task_hands_on_its_reports_and_then_its_result():
    seen = threading.Event()

    def work(progress):
        progress(0.5, "halfway")
        seen.wait(5.0)
        return 42

    task = Task(work)
    reports = []
    for report in task:
        reports.append(report)
        seen.set()
    assert reports[0] == (0.5, "halfway")
    assert task.result == 42


def test_a_task_raises_what_its_work_raised():
    def work(progress):
        raise MediaError("The file is damaged.")

    with pytest.raises(MediaError, match="damaged"):
        list(Task(work))


def test_closing_a_task_stops_its_work_at_the_next_report():
    stopped = threading.Event()

    def work(progress):
        try:
            while True:
                progress(0.1, "on and on")
                time.sleep(0.01)
        except Cancelled:
            stopped.set()
            raise

    reports = iter(Task(work))
    next(reports)
    reports.close()
    assert stopped.wait(2.0)


def test_a_silent_task_still_comes_up_for_air():
    go_on = threading.Event()
    reports = iter(Task(lambda progress: go_on.wait(5.0)))
    assert next(reports)[1] == "Starting"
    go_on.set()
    list(reports)


def test_parts_of_the_work_share_one_bar():
    seen = []
    part(lambda fraction, text: seen.append((fraction, text)), 0.4, 0.8, "Clip B: ")(0.5, "decoding")
    assert seen == [(pytest.approx(0.6), "Clip B: decoding")]


def test_an_expected_error_becomes_a_toast_with_its_sentence_as_text():
    with pytest.raises(gr.Error) as caught, toasts():
        raise MediaError("<img src=x> cannot be read.")
    assert caught.value.message == "&lt;img src=x&gt; cannot be read."
    assert not caught.value.print_exception


def test_a_bug_becomes_a_toast_that_names_it_and_a_log_entry_that_shows_it(caplog):
    with pytest.raises(gr.Error, match="ZeroDivisionError"), toasts():
        _ = 1 / 0
    assert "ZeroDivisionError" in caplog.text


def test_the_progress_bar_escapes_its_text():
    assert "&lt;b&gt;" in progress_bar(0.5, "<b>")
    assert "width:50%" in progress_bar(0.5, "")


# -------------------------------------------------------------------------------------- what the page gets


def still(seed: int) -> bytes:
    data = BytesIO()
    Image.fromarray(pattern(seed)).save(data, "WEBP")
    return data.getvalue()


def test_the_stage_gets_the_matrix_the_stills_and_the_addresses(tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    told = payload(
        a_comparison(Match(0, 4, 0, 4, 1.0), rows=4, columns=7),
        files=(file, file),
        thumbnail=lambda video_id, time: still(int(time or 0)),
    )
    levels = np.frombuffer(base64.b64decode(told["views"][0]["levels"]), np.uint8).reshape(4, 7)
    assert np.array_equal(levels, 255 * np.eye(4, 7))
    assert told["b"]["times"] == [0, 1, 2, 3, 4, 5, 6]
    assert told["a"]["matched"] == 4
    sheet = told["b"]["stills"]
    assert (sheet["columns"], sheet["rows"], len(sheet["times"])) == (7, 1, 7)
    assert told["a"]["url"].startswith("gradio_api/file=/")


def test_a_match_is_shown_by_the_frames_that_are_most_alike_along_it():
    comparison = a_comparison(Match(1, 4, 3, 6, 0.8), rows=6, columns=8)
    comparison.frame_matrix[1:4, 3:6] = [[0.7, 0.99, 0], [0, 0.9, 0], [0, 0, 0.8]]
    assert closest_frames(comparison, comparison.matches[0]) == (2.0, 4.0)
    assert closest_frames(comparison, Match(2.2, 2.3, 5.5, 5.6, 0.8)) == (2.2, 5.5)


def test_a_match_is_watched_from_the_first_frame_that_lies_in_it(tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    comparison = a_comparison(Match(1.5, 4.5, 2.25, 3.75, 0.8, speed=0.5), rows=6, columns=8)
    told = payload(comparison, files=(file, file), thumbnail=lambda video_id, time: None)
    assert told["matches"][0]["begin"] == (3.0, 3.0)  # at 2.0 the reference still shows its frame of 2.0


def test_a_match_is_watched_from_where_its_frames_are_as_alike_as_the_whole(tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    comparison = a_comparison(Match(1, 5, 1, 5, 0.8), rows=6, columns=6)
    comparison.frame_matrix[1, 1] = 0.3  # the end of a passage is less certain than its middle
    told = payload(comparison, files=(file, file), thumbnail=lambda video_id, time: None)
    assert told["matches"][0]["begin"] == (2.0, 2.0)
    comparison.frame_matrix[:] = 0.1
    comparison.frame_matrix[3, 3] = 0.2  # none is: then where they are most alike
    told = payload(comparison, files=(file, file), thumbnail=lambda video_id, time: None)
    assert told["matches"][0]["begin"] == (3.0, 3.0)


def test_the_matrix_after_the_network_comes_along_where_there_is_one(tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    after = SimilarityMatrix(np.eye(2, dtype=np.float32), np.array([0.0, 2.0]), np.array([0.0, 2.0]))
    comparison = replace(a_comparison(), video_matrix=after)
    views = payload(comparison, files=(file, file), thumbnail=lambda video_id, time: None)["views"]
    assert [view["label"] for view in views] == ["Frame by frame", "After the network"]
    assert views[1]["rows"] == [0.0, 2.0]
    assert len(base64.b64decode(views[1]["levels"])) == 4


def test_a_method_that_is_not_ready_says_why_and_as_text():
    methods = [
        Readiness("cosine", "Cosine", True, "ready"),
        Readiness("visil", "ViSiL", False, "Not trained for <clip>."),
    ]
    assert not_ready(methods) == "<p><b>ViSiL</b> Not trained for &lt;clip&gt;.</p>"


def test_a_clip_without_thumbnails_is_shown_without(tmp_path):
    file = tmp_path / "a.mp4"
    file.write_bytes(b"film")
    told = payload(a_comparison(), files=(file, file), thumbnail=lambda video_id, time: None)
    assert told["a"]["stills"] is None


def test_the_answer_for_scripts_is_plain_json(tmp_path):
    import json

    answer = json.loads(json.dumps(summary(a_comparison(Match(0, 1, 2, 3, 0.5)))))
    assert (
        answer["matches"][0].items() >= {"query_start": 0, "query_end": 1, "reference_start": 2, "score": 0.5}.items()
    )
    assert len(answer["frame_matrix"]) == len(answer["query_times"])


def test_a_file_of_the_library_is_served_alone_under_a_name_of_its_own(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    clip = library / "clip.mp4"
    clip.write_bytes(b"film")
    shown = servable(clip)
    assert shown.read_bytes() == b"film"
    assert shown.is_relative_to(tmp_path / "cache")
    assert [file.name for file in shown.parent.iterdir()] == ["clip.mp4"]
    assert servable(clip) == shown
    assert str(library) not in address(clip)


def test_an_upload_is_served_from_where_it_lies(tmp_path):
    upload = tmp_path / "cache" / "abc" / "mine.mp4"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"film")
    assert servable(upload) == upload


def test_slots_hand_files_on_without_opening_them(tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    slots = [picture_slot(), clip_slot()]
    again = [type(slot)(**slot.constructor_args) for slot in slots]  # as Gradio makes one that a handler has updated
    for slot in slots + again:
        shown = slot.postprocess(str(broken))
        assert shown.path == str(broken)
        assert slot.preprocess(shown) == str(broken)
        assert slot.preprocess(None) is None


def test_a_file_that_does_not_travel_is_told_why():
    told = refusal("a.mp4", "size", 300 * MB, 200 * MB)
    assert told == "Files up to 200 MB are taken here, and a.mp4 has 300 MB. Send a shorter or smaller copy."
    assert "a.mp4 is just over that" in refusal("a.mp4", "size", 200 * MB + 1, 200 * MB)
    assert refusal("a.mp3", "video", 1, MB).startswith("a.mp3 is no video.")
    assert "Take frames from a video" in refusal("a.mp4", "picture", 1, MB)


def test_only_examples_whose_clips_exist_are_offered(tmp_path):
    (tmp_path / "one.mp4").write_bytes(b"film")
    table = (("both", ("one", 0.0), ("one", 1.0)), ("missing", ("one", 0.0), ("two", 0.0)))
    assert [example.caption for example in examples.examples(table, tmp_path)] == ["both"]


def test_a_still_is_cut_once(tmp_path):
    (tmp_path / "one.mp4").write_bytes(b"film")
    cuts = []

    def cut(file, second):
        cuts.append(second)
        return pattern(1)

    stills, moment = examples.Stills(cut), examples.Moment(tmp_path / "one.mp4", 2.0)
    assert stills.file(moment) == stills.file(moment)
    assert cuts == [2.0]
    assert stills.card(moment).startswith("data:image/webp;base64,")


def test_an_example_that_cannot_be_read_shows_its_caption_alone(tmp_path):
    (tmp_path / "one.mp4").write_bytes(b"film")

    def cut(file, second):
        raise MediaError("This is no film.")

    assert examples.Stills(cut).card(examples.Moment(tmp_path / "one.mp4", 0.0)) is None


# ------------------------------------------------------------------------------------------ the first page


def test_making_the_page_loads_no_model_library():
    code = (
        "import sys, tempfile; from pathlib import Path\n"
        "from core.config import Settings; from core.studio import Studio\n"
        "from app_gradio.app import build_app, encoder_line, launch_settings\n"
        "studio = Studio(Settings(library=Path(tempfile.mkdtemp())))\n"
        "build_app(studio), launch_settings(studio), encoder_line(studio)\n"
        "print([m for m in ('torch', 'av', 'faiss', 'open_clip', 'timm', 'plotly', 'sklearn') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout.strip().splitlines()[-1] == "[]"


def test_opening_the_page_leaves_no_event_loop_behind():
    code = (
        "import asyncio, gc, socket, tempfile; from pathlib import Path\n"
        "from core.config import Settings; from core.studio import Studio\n"
        "from app_gradio.__main__ import opened\n"
        "studio = Studio(Settings(library=Path(tempfile.mkdtemp())))\n"
        "with socket.socket() as free: free.bind(('127.0.0.1', 0)); port = free.getsockname()[1]\n"
        "page = asyncio.run(opened(studio, '127.0.0.1', port))\n"
        "print('open at', page.app.local_url), page.app.close(), gc.collect()"
    )
    command = [sys.executable, "-W", "always::ResourceWarning", "-c", code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert "open at http://127.0.0.1:" in answer.stdout
    assert "unclosed event loop" not in answer.stderr
    assert "Invalid file descriptor" not in answer.stderr


def test_a_taken_port_is_one_clear_sentence():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = subprocess.run(
            [sys.executable, "-m", "app_gradio", "--port", str(port)], capture_output=True, text=True, cwd=ROOT
        )
    assert answer.returncode == 1
    assert answer.stderr.strip().startswith(f"Port {port} on 127.0.0.1 cannot be used")
    assert "Traceback" not in answer.stderr
    assert len(answer.stderr.strip().splitlines()) == 1
