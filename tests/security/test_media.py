"""The hostile set put to the sandbox and to a library: every file costs one sentence, and everything else goes on."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import pytest

from core.config import MB, Limits, Settings
from core.errors import MediaError
from core.media import files
from core.media.files import content_id, find_media, media_below
from core.media.sandbox import Sandbox
from core.studio import Studio
from tests import clips
from tests.security import hostile

LIMITS = Limits(memory_bytes=768 * MB, patience=20, seconds=3600)
MOST_SENTENCE = 400  # characters

pytestmark = pytest.mark.timeout(120)  # a file that held us up would fail here


def looked_at(path: Path) -> str:
    """What came of a film: a sentence, or nothing when it gave frames."""
    with Sandbox(path, LIMITS) as sandbox:
        try:
            info = sandbox.probe()
            assert 0 <= info.duration <= LIMITS.seconds
            for frames in sandbox.frames(fps=1, short_side=64):
                assert frames.images.shape[0] == len(frames.times)
            for sound in sandbox.audio(rate=8000):
                assert len(sound.samples)
        except MediaError as error:
            return str(error)
        finally:
            assert most_memory(sandbox.process) < LIMITS.memory_bytes + 200 * MB
    return ""


def most_memory(process: int | None) -> int:
    """Bytes that a process had in memory at most; 0 when it is gone or the system does not tell."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("VmHWM")), 0)


SENTENCES = {
    "film of huge frames": "larger than the 37,748,736 pixels",
    "gif of many frames": "runs for 2:46:40",
    "playlist": "a playlist that names other files",
    "concat list": "a playlist that names other files",
    "dash list": "a playlist that names other files",
    "session description": "a playlist that names other files",
    "film that refers": "neither moving pictures nor sound",
    "film in a film": "without its index",
    "noise": "not a video",
    "page in place of media": "a text file",
    "svg with an entity": "a text file",
    "film of many empty samples": "holds none",
}


@pytest.mark.parametrize("name", hostile.FILMS)
def test_a_hostile_film_is_frames_or_one_sentence(name: str, tmp_path: Path) -> None:
    said = looked_at(hostile.FILMS[name](tmp_path / "film.mp4"))
    assert SENTENCES.get(name, "") in said
    assert bool(said) == (name in SENTENCES)
    assert len(said) < MOST_SENTENCE


READ = {"png as large as may be": (1152, 2048, 3)}


@pytest.mark.parametrize("name", hostile.PICTURES)
def test_a_hostile_picture_is_a_picture_or_one_sentence(name: str, tmp_path: Path) -> None:
    path = hostile.PICTURES[name](tmp_path / "picture.png")
    with Sandbox(path, LIMITS) as sandbox:
        if name in READ:
            assert sandbox.picture().shape == READ[name]
        else:
            with pytest.raises(MediaError) as refusal:
                sandbox.picture()
            assert len(str(refusal.value)) < MOST_SENTENCE
        assert most_memory(sandbox.process) < LIMITS.memory_bytes + 200 * MB


class Ear:
    """A server that notes who comes, and says nothing."""

    def __init__(self) -> None:
        self.heard = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.heard += 1
            caller.close()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.close()


@pytest.mark.parametrize("maker", hostile.REFERRING, ids=lambda maker: maker.__name__)
@pytest.mark.parametrize("scheme", ["http", "tcp", "hls+http", "async:http"])
def test_no_file_makes_us_call_anybody(
    maker: Callable[[Path, str], Path], scheme: str, ear: Ear, tmp_path: Path
) -> None:
    looked_at(maker(tmp_path / "film.mp4", f"{scheme}://{ear.address}/x.ts"))
    assert ear.heard == 0


def test_the_ear_would_hear_a_list_that_is_opened_without_the_sandbox(ear: Ear, tmp_path: Path) -> None:
    path = hostile.concat_list(tmp_path / "list.mp4", f"http://{ear.address}/x.ts")
    with pytest.raises((av.FFmpegError, OSError)):
        av.open(str(path), options={"protocol_whitelist": "file,http,tcp", "safe": "0"}, timeout=5)
    assert ear.heard > 0


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    studio = Studio(Settings(library=tmp_path / "library", encoder="embedded", limits=LIMITS))
    yield studio
    studio.close()


def numbered(path: Path, number: int) -> Path:
    """The same clip as another file: its bytes end differently."""
    clip = path.with_name("plain")
    if not clip.exists():
        clips.colours(path.parent / "plain.mp4", ["red", "white"]).rename(clip)
    path.write_bytes(clip.read_bytes() + b"\0\0\0\x0cfree" + number.to_bytes(4, "big"))
    return path


def test_a_folder_of_harm_costs_one_line_each_and_the_good_clip_is_added(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    makers = hostile.FILMS | hostile.PICTURES
    for number, maker in enumerate(makers.values()):
        maker(folder / f"{number}.mp4")
    for helper in [*folder.glob("*.jpg"), *folder.glob("*.mov")]:
        helper.unlink()
    clips.colours(folder / "good.mp4", ["green", "white", "green"])
    hostile.pipe(folder / "pipe.mp4")
    hostile.device(folder / "device.mp4")
    (folder / "folder.mp4").mkdir()
    report = studio.ingest([folder])
    assert "good" in {video.title for video in report.added}
    assert len(report.added) + len(report.skipped) + len(report.failed) == len(makers) + 2
    failed = {Path(failure.path).name for failure in report.failed}
    assert "pipe.mp4" in failed
    assert not {"device.mp4", "folder.mp4"} & failed  # links and folders are not taken for files
    assert len(failed) == len(report.failed)
    assert all(0 < len(failure.error) < MOST_SENTENCE for failure in report.failed)
    assert studio.videos().total == len(report.added)


def test_whatever_a_file_is_called_it_is_a_file_and_a_title(studio: Studio, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    paths = [numbered(folder / f"{name}.mp4", number) for number, name in enumerate(hostile.NAMES)]
    paths.append(numbered(folder / os.fsdecode(b"\xff\xfe not text.mp4"), 99))
    (folder / "plain").unlink()
    before = set(os.listdir())
    report = studio.ingest(paths)
    assert not report.failed
    assert len(report.added) == len(paths)
    assert set(os.listdir()) == before
    assert {video.path for video in report.added} == set(paths)
    for video in report.added:
        assert video.title.strip()
        assert "\n" not in video.title
        assert len(video.title) <= 200
        video.title.encode()


def test_a_folder_leads_nowhere_else(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    inside.mkdir()
    secret = clips.colours(outside / "secret.mp4")
    (inside / "link.mp4").symlink_to(secret)
    (inside / "way out").symlink_to(outside, target_is_directory=True)
    (inside / ".hidden.mp4").write_bytes(b"x")
    os.link(secret, inside / "hard.mp4")
    (inside / "round").symlink_to(inside, target_is_directory=True)
    assert [path.name for path in find_media([inside])] == ["hard.mp4"]
    for way in (inside / "..", inside / "way out", Path("/proc/self/cwd"), Path("/"), inside / ".." / "outside"):
        with pytest.raises(MediaError, match="Only folders below"):
            media_below(way, inside)


def test_a_folder_without_end_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 20)
    for number in range(20):
        (tmp_path / f"{number}.txt").touch()
    assert find_media([tmp_path]) == []
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "one.mp4").touch()
    with pytest.raises(MediaError, match="more than 20 files"):
        media_below(tmp_path, tmp_path)


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "/proc/self/fd", "~nobody-at-all/x", "x" * 5000, "\udcff", "//", "file:///"]
)
def test_what_is_typed_as_a_folder_is_a_folder_or_a_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(MediaError) as refusal:
        media_below(Path(text), tmp_path)
    str(refusal.value).encode("utf-8", "replace")


@pytest.mark.parametrize("make", [hostile.pipe, hostile.device], ids=["a pipe", "a device"])
def test_what_never_ends_is_not_begun(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path / "film.mp4")
    with pytest.raises(MediaError, match="not a regular file"):
        content_id(path, LIMITS)
    assert "not a plain file" in looked_at(path)
