"""The limited child process: what it answers, and what a hostile or broken file costs."""

import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from core.config import MB, ROOT, Limits
from core.errors import Cancelled, MediaError
from core.media import video, wire
from core.media.sandbox import Sandbox
from tests import clips

LIMITS = Limits()


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_one_child_answers_everything_about_a_file(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", sound="tone")
    with Sandbox(path, LIMITS) as sandbox:
        assert sandbox.process is None
        assert sandbox.probe() == video.probe(path, LIMITS)
        process = sandbox.process
        (frames,) = sandbox.frames(fps=1.0, short_side=64)
        assert [clips.read_number(image) for image in frames.images] == [0, 10, 20]
        assert clips.read_number(sandbox.frame_at(1.5)) == 15
        assert sum(len(piece.samples) for piece in sandbox.audio(rate=16000)) == pytest.approx(3 * 16000, rel=0.03)
        assert sandbox.process == process
    assert process is not None
    assert not is_running(process)


def test_frames_are_those_of_this_process(tmp_path: Path) -> None:
    path = clips.damaged(tmp_path / "clip.mp4")
    here = list(video.iter_frames(path, fps=2.0, short_side=50, limits=LIMITS))
    with Sandbox(path, LIMITS) as sandbox:
        there = list(sandbox.frames(fps=2.0, short_side=50))
    assert np.array_equal(np.concatenate([f.images for f in here]), np.concatenate([f.images for f in there]))
    assert np.array_equal(np.concatenate([f.times for f in here]), np.concatenate([f.times for f in there]))


def test_a_refusal_comes_through_and_leaves_the_child_of_use(tmp_path: Path) -> None:
    path = clips.sound_only(tmp_path / "song.mp4")
    with Sandbox(path, LIMITS) as sandbox:
        with pytest.raises(MediaError, match="sound but no moving pictures"):
            sandbox.probe()
        assert list(sandbox.audio(rate=8000))


def test_a_generator_closed_early_ends_the_child(tmp_path: Path) -> None:
    with Sandbox(clips.numbered(tmp_path / "clip.mp4", seconds=20.0), LIMITS) as sandbox:
        frames = sandbox.frames(fps=10.0, short_side=64)
        next(frames)
        process = sandbox.process
        assert process is not None
        frames.close()  # type: ignore[attr-defined]
        assert not is_running(process)
        assert clips.read_number(sandbox.frame_at(2.0)) == 20


def test_whoever_cancels_is_heard_before_the_first_answer(tmp_path: Path) -> None:
    processes = []

    def pulse() -> None:
        processes.append(sandbox.process)
        raise Cancelled

    with Sandbox(clips.numbered(tmp_path / "clip.mp4"), LIMITS, pulse=pulse) as sandbox:
        with pytest.raises(Cancelled):
            next(sandbox.frames(fps=1.0, short_side=64))
        assert sandbox.process is None
    assert processes[0] is not None
    assert not is_running(processes[0])


def test_two_questions_at_once_are_a_bug(tmp_path: Path) -> None:
    with Sandbox(clips.numbered(tmp_path / "clip.mp4", seconds=20.0), LIMITS) as sandbox:
        frames = sandbox.frames(fps=10.0, short_side=64)
        next(frames)
        with pytest.raises(RuntimeError, match="still answering"):
            sandbox.probe()


@pytest.mark.skipif(sys.platform != "linux", reason="macOS does not enforce a limit of address space")
@pytest.mark.parametrize("megabytes", [8, 24])
def test_memory_is_limited_and_the_limit_is_named(tmp_path: Path, megabytes: int) -> None:
    path = clips.colours(tmp_path / "large.mp4", ["red"], size=(3840, 2160), fps=4.0)
    with (
        Sandbox(path, Limits(memory_bytes=megabytes * MB)) as sandbox,
        pytest.raises(MediaError, match=f"more than {megabytes} MB of memory"),
    ):
        list(sandbox.frames(fps=1.0, short_side=224))


def test_a_silent_child_is_ended_with_its_group(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4")
    with Sandbox(path, Limits(patience=1.0)) as sandbox:
        sandbox.probe()
        process = sandbox.process
        assert process is not None
        os.kill(process, signal.SIGSTOP)
        started = time.monotonic()
        with pytest.raises(MediaError, match="no sign of life for 1 seconds"):
            sandbox.frame_at(0.0)
        assert time.monotonic() - started < 5.0
        assert not is_running(process)


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (signal.SIGSEGV, r"crashed \(SIGSEGV\)"),
        (signal.SIGABRT, "SIGABRT"),
        (signal.SIGKILL, "memory ran short"),
        (signal.SIGXCPU, "more processor time"),
    ],
)
def test_a_crash_costs_one_error_that_says_so(tmp_path: Path, number: signal.Signals, reason: str) -> None:
    with Sandbox(clips.numbered(tmp_path / "clip.mp4"), LIMITS) as sandbox:
        sandbox.probe()
        assert sandbox.process is not None
        os.kill(sandbox.process, number)
        with pytest.raises(MediaError, match=reason):
            sandbox.frame_at(0.0)
        assert clips.read_number(sandbox.frame_at(0.0)) == 0


def test_the_child_has_its_limits(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4")
    if not Path("/proc/self/limits").exists():
        pytest.skip("this system does not show the limits of a process")
    with Sandbox(path, LIMITS) as sandbox:
        sandbox.probe()
        text = Path(f"/proc/{sandbox.process}/limits").read_text()
        environment = Path(f"/proc/{sandbox.process}/environ").read_text()
        folder = os.readlink(f"/proc/{sandbox.process}/cwd")
    rows = {line[:26].strip(): line[26:].split()[0] for line in text.splitlines()}
    assert rows["Max core file size"] == "0"
    assert rows["Max open files"] == "64"
    assert rows["Max file size"] == str(1 * MB)
    assert int(rows["Max cpu time"]) < 60 * (os.cpu_count() or 1) + 10
    assert int(rows["Max address space"]) > LIMITS.memory_bytes
    assert "CLIPKIN" not in environment
    assert "HOME=" not in environment
    assert folder == "/"


def test_the_child_imports_nothing_of_weight() -> None:
    code = (
        "import sys, core.media.worker, core.media.video, core.media.audio, core.media.container, av;"
        "print(sorted({name.split('.')[0] for name in sys.modules} & "
        "{'torch', 'moviepy', 'faiss', 'scipy', 'sklearn', 'streamlit', 'gradio', 'pandas'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_threads_can_use_sandboxes_side_by_side(tmp_path: Path) -> None:
    paths = [clips.colours(tmp_path / f"{name}.mp4", [name]) for name in ("red", "green", "blue")]
    seen: dict[str, int] = {}

    def look(path: Path) -> None:
        with Sandbox(path, LIMITS) as sandbox:
            seen[path.stem] = int(sandbox.frame_at(0.0).reshape(-1, 3).mean(axis=0).argmax())

    threads = [threading.Thread(target=look, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == {"red": 0, "green": 1, "blue": 2}


def test_only_so_many_files_are_read_at_a_time_and_the_next_one_waits(tmp_path: Path) -> None:
    limits = Limits(decoders=2, patience=2.0)
    path = clips.colours(tmp_path / "clip.mp4")
    with Sandbox(path, limits) as first, Sandbox(path, limits) as second, Sandbox(path, limits) as third:
        first.probe()
        second.probe()
        with pytest.raises(MediaError, match="2 files are being read at this moment"):
            third.probe()
        threading.Timer(0.5, first.close).start()
        assert third.probe().width == 64
        with pytest.raises(MediaError, match="Try again in a minute"):
            first.probe()
    with Sandbox(path, limits) as fourth:
        assert fourth.probe().width == 64


def test_whoever_waits_for_a_seat_is_heard_when_they_cancel(tmp_path: Path) -> None:
    path = clips.colours(tmp_path / "clip.mp4")
    heard = []

    def stop() -> None:
        heard.append(True)
        raise Cancelled

    with Sandbox(path, Limits(decoders=1)) as first:
        first.probe()
        with Sandbox(path, Limits(decoders=1, patience=3.0), pulse=stop) as second, pytest.raises(Cancelled):
            second.probe()
    assert heard == [True]


def test_a_seat_is_free_again_however_a_child_ended(tmp_path: Path) -> None:
    limits = Limits(decoders=1, patience=5.0)
    good, bad = clips.numbered(tmp_path / "good.mp4"), clips.text(tmp_path / "bad.mp4")
    for _ in range(3):
        with Sandbox(bad, limits) as sandbox, pytest.raises(MediaError):
            sandbox.probe()
        with Sandbox(good, limits) as sandbox:
            sandbox.probe()
            assert sandbox.process is not None
            os.kill(sandbox.process, signal.SIGKILL)
            with pytest.raises(MediaError):
                sandbox.frame_at(0.0)
            assert clips.read_number(sandbox.frame_at(0.0)) == 0


def test_pictures_come_through_the_sandbox_too(tmp_path: Path) -> None:
    with Sandbox(clips.picture(tmp_path / "still.png", "green", (40, 30)), LIMITS) as sandbox:
        assert sandbox.picture().shape == (30, 40, 3)


def test_a_preview_that_is_stopped_leaves_nothing_behind(tmp_path: Path) -> None:
    path = clips.numbered(tmp_path / "clip.mp4", seconds=120.0, fps=25.0)
    target = tmp_path / "previews" / "clip.mp4"
    target.parent.mkdir()

    def stop(fraction: float, text: str) -> None:
        raise Cancelled

    with Sandbox(path, LIMITS) as sandbox, pytest.raises(Cancelled):
        sandbox.preview(target, stop)
    assert list(target.parent.iterdir()) == []


def test_messages_carry_arrays_unharmed() -> None:
    reading, writing = os.pipe()
    images = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    wire.send(writing, {"is": "frames"}, images[:, ::2], np.zeros((0, 5), np.float32))
    header, (first, second) = wire.receive(reading)
    os.close(reading)
    os.close(writing)
    assert header == {"is": "frames"}
    assert np.array_equal(first, images[:, ::2])
    assert second.shape == (0, 5)


@pytest.mark.parametrize(
    "message",
    [
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x04nope",
        b"\x00\x00\x00\x02{}",
        b'\x00\x00\x00\x3a{"is": "x", "arrays": [{"kind": "object", "shape": [100000]}]}',
    ],
    ids=["a huge header", "no JSON", "no arrays", "an object array"],
)
def test_nonsense_from_the_child_is_not_believed(message: bytes) -> None:
    reading, writing = os.pipe()
    os.write(writing, message)
    os.close(writing)
    with pytest.raises(wire.Closed):
        wire.receive(reading)
    os.close(reading)


def one_message(header: bytes, body: bytes = b"", *, largest: int) -> list[np.ndarray]:
    reading, writing = os.pipe()
    os.write(writing, len(header).to_bytes(4, "big") + header + body)
    os.close(writing)
    try:
        return wire.receive(reading, largest=largest)[1]
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    "shape",
    ["[1000000, 1000000]", "[0, 1000000000000000000000000]", str([1] * 100), "[Infinity]"],
    ids=["many elements", "none, but a side past counting", "too many dimensions", "no number"],
)
def test_an_array_too_large_to_be_true_gets_no_room(shape: str) -> None:
    text = f'{{"is": "frames", "arrays": [{{"kind": "float64", "shape": {shape}}}]}}'
    with pytest.raises(wire.Closed, match=r"size|cannot be read"):
        one_message(text.encode(), largest=1 << 30)


@pytest.mark.parametrize(("kind", "size"), [("uint8", 1), ("float32", 4), ("float64", 8)])
def test_the_largest_array_is_counted_in_bytes(kind: str, size: int) -> None:
    text = f'{{"is": "x", "arrays": [{{"kind": "{kind}", "shape": [100]}}]}}'.encode()
    (array,) = one_message(text, bytes(100 * size), largest=100 * size)
    assert array.nbytes == 100 * size
    with pytest.raises(wire.Closed, match="size"):
        one_message(text, bytes(100 * size), largest=100 * size - 1)


def test_hostile_files_all_end_in_an_error_or_in_frames(tmp_path: Path) -> None:
    """A clip with random bytes changed anywhere, header included, many times over."""
    good = clips.numbered(tmp_path / "good.mp4").read_bytes()
    rng = np.random.default_rng(1)
    outcomes = set()
    for number, changes in itertools.product(range(6), (3, 30)):
        data = np.frombuffer(good, np.uint8).copy()
        data[rng.choice(len(data), changes, replace=False)] = rng.integers(0, 256, changes, dtype=np.uint8)
        path = tmp_path / f"bad{number}-{changes}.mp4"
        path.write_bytes(data.tobytes())
        with Sandbox(path, LIMITS) as sandbox:
            try:
                outcomes.add(len(list(sandbox.frames(fps=1.0, short_side=32))) > 0)
            except MediaError:
                outcomes.add(False)
    assert outcomes == {True, False}


def test_without_a_place_for_temporary_files_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with Sandbox(clips.one_frame(tmp_path / "a.mp4"), Limits()) as sandbox:
        with pytest.raises(MediaError, match="TMPDIR"):
            sandbox.probe()
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        assert sandbox.probe().width == 64
