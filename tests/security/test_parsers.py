"""Our own parsers under property fuzzing: whatever the bytes, an answer or the one error that callers expect.

Every example is a valid file with damage done to it; what hypothesis found before is repeated first, from the
examples written out here. The search is the same in every run.
"""

import contextlib
import io
import json
import os
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import checkpoints
from core.checkpoints import Checkpoint
from core.config import Limits, Settings
from core.errors import CheckpointError, MediaError, NotFound, StudioError
from core.media import picture, wire
from core.media.sandbox import ANSWERS, Sandbox, is_well_formed
from core.records import MediaInfo
from core.store.thumbnails import Thumbnails
from core.store.tracks import Tracks
from tests import clips
from tests.store.worlds import ENCODER, a_track, name, unit_vectors

VIDEO = name(1)
LARGEST = 1 << 16
fuzz = settings(
    max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
few = settings(fuzz, max_examples=30)

Damage = list[tuple[float, bytes]]
damages = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=9)), max_size=4)
cuts = st.floats(0, 1)


def damaged(whole: bytes, damage: Damage, cut: float) -> bytes:
    """The file with some bytes written over at relative places, then cut."""
    data = bytearray(whole)
    for place, piece in damage:
        at = int(place * len(data))
        data[at : at + len(piece)] = piece
    return bytes(data[: int(cut * len(data))])


@contextlib.contextmanager
def said(data: bytes) -> Iterator[int]:
    """The end of a pipe that says these bytes and then nothing more."""
    reader, writer = os.pipe()
    try:
        os.write(writer, data)
        os.close(writer)
        yield reader
    finally:
        os.close(reader)


def message(header: dict[str, object], body: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack(">I", len(text)) + text + body


GREETING = message(
    {"verb": "frames", "arrays": [{"kind": "float32", "shape": [2, 3]}, {"kind": "uint8", "shape": [5]}]}, bytes(29)
)


@fuzz
@given(damages, cuts)
@example([], 1.0)
@example([(0.0, b"\xff\xff\xff\xff")], 1.0)
def test_a_message_of_the_child_is_read_or_it_is_nonsense(damage: Damage, cut: float) -> None:
    with said(damaged(GREETING, damage, cut)) as reader:
        try:
            header, arrays = wire.receive(reader, largest=LARGEST)
        except wire.Closed:
            return
    assert isinstance(header, dict)
    assert all(array.nbytes <= LARGEST for array in arrays)


@fuzz
@given(
    st.recursive(st.none() | st.integers() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=4)),
    st.recursive(st.none() | st.integers() | st.floats() | st.text(max_size=5), lambda x: st.lists(x, max_size=4)),
)
@example("uint8", [1 << 40])
@example("uint8", [0, 1 << 62, 1 << 62])
@example("float64", [-1])
@example("object", [1])
def test_an_array_of_any_announced_kind_and_shape_makes_no_room_beyond_the_limit(kind: object, shape: object) -> None:
    said_it = said(message({"arrays": [{"kind": kind, "shape": shape}]}, bytes(64)))
    with said_it as reader, contextlib.suppress(wire.Closed):
        _, arrays = wire.receive(reader, largest=LARGEST)
        assert all(array.nbytes <= LARGEST for array in arrays)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parsers")


@fuzz
@given(damages, cuts)
@example([], 1.0)
@example([(0.5, b"nan")], 1.0)
def test_a_damaged_track_is_whole_or_not_there(folder: Path, damage: Damage, cut: float) -> None:
    tracks = Tracks(folder / "tracks")
    tracks.save(a_track(1, unit_vectors(5, 4, seed=1)))
    path = tracks.path(VIDEO, ENCODER)
    path.write_bytes(damaged(path.read_bytes(), damage, cut))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile warns of names that occur twice
        try:
            track = tracks.load(VIDEO, ENCODER)
        except NotFound:
            return
    assert track.vectors.ndim >= 2
    assert len(track.vectors) == len(track.times) == len(track.weights)
    assert np.isfinite(track.vectors).all()


def test_a_track_of_objects_runs_nothing(folder: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {folder / 'sprung'}",)

    tracks = Tracks(folder / "trap")
    path = tracks.path(VIDEO, ENCODER)
    path.parent.mkdir(parents=True)
    trap = np.array([Trap()], dtype=object)
    held = io.BytesIO()
    np.savez(held, times=trap, vectors=trap, weights=trap)
    path.write_bytes(held.getvalue())
    with pytest.raises(NotFound):
        tracks.load(VIDEO, ENCODER)
    assert not (folder / "sprung").exists()


@fuzz
@given(damages, cuts, st.none() | st.floats())
@example([(0.25, b"\xff\xff\xff\x7f")], 1.0, 0.5)
@example([], 1.0, float("nan"))
def test_damaged_thumbnails_give_bytes_or_nothing(folder: Path, damage: Damage, cut: float, time: float | None) -> None:
    thumbnails = Thumbnails(folder)
    thumbnails.save(VIDEO, [0.0, 1.0, 2.0], [b"one" * 9, b"two" * 9, b"three" * 9], poster=1)
    path = thumbnails.path(VIDEO)
    path.write_bytes(damaged(path.read_bytes(), damage, cut))
    image = thumbnails.load(VIDEO, time)
    assert image is None or len(image) <= path.stat().st_size


@fuzz
@given(damages, cuts)
@example([(0.0, b"\xff" * 8)], 1.0)
@example([(0.02, b'{"__metadata__":[]}')], 1.0)
def test_a_damaged_checkpoint_is_a_sentence(folder: Path, damage: Damage, cut: float) -> None:
    path = folder / "model.safetensors"
    checkpoints.save(path, Checkpoint("vae", {"a": np.arange(12.0), "b": np.ones((2, 2))}, {"width": 3}, {"seed": 1}))
    path.write_bytes(damaged(path.read_bytes(), damage, cut))
    with contextlib.suppress(CheckpointError):
        found = checkpoints.load(path, "vae")
        assert isinstance(found.config, dict)
        assert all(isinstance(array, np.ndarray) for array in found.state.values())


@pytest.fixture(scope="module")
def pictures(folder: Path) -> dict[str, bytes]:
    from PIL import Image

    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 32, 3), dtype=np.uint8))
    made = {}
    for kind in ("png", "jpeg", "webp", "gif", "bmp", "tiff"):
        held = io.BytesIO()
        image.save(held, kind)
        made[kind] = held.getvalue()
    return made


@fuzz
@given(st.sampled_from(["png", "jpeg", "webp", "gif", "bmp", "tiff"]), damages, cuts)
def test_a_damaged_picture_is_a_picture_or_a_sentence(
    folder: Path, pictures: dict[str, bytes], kind: str, damage: Damage, cut: float
) -> None:
    path = folder / "picture.bin"
    path.write_bytes(damaged(pictures[kind], damage, cut))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata and of large pictures
        with contextlib.suppress(MediaError):
            image = picture.read_picture(path, Limits(pixels=1 << 20))
            assert image.dtype == np.uint8
            assert image.ndim == 3


@pytest.fixture(scope="module")
def films(folder: Path) -> dict[str, bytes]:
    return {suffix: clips.numbered(folder / f"film{suffix}", sound="tone").read_bytes() for suffix in (".mp4", ".mkv")}


@few
@given(st.sampled_from([".mp4", ".mkv"]), damages, cuts)
@example(".mp4", [(0.9, b"\xff\xff\xff\xff")], 1.0)
def test_a_damaged_film_is_frames_or_a_sentence(
    folder: Path, films: dict[str, bytes], suffix: str, damage: Damage, cut: float
) -> None:
    path = folder / f"damaged{suffix}"
    path.write_bytes(damaged(films[suffix], damage, cut))
    with Sandbox(path, Limits(patience=20)) as sandbox, contextlib.suppress(MediaError):
        for frames in sandbox.frames(fps=2, short_side=32):
            assert frames.images.ndim == 4
            assert (np.diff(frames.times) >= 0).all()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=8,
)
INFO = {
    "duration": 1.0, "width": 2, "height": 2, "fps": 25, "container": "mp4", "video_codec": "h264",
    "pixel_format": "yuv420p", "audio_codec": None, "rotation": 0, "size_bytes": 9,
}  # fmt: skip
KINDS = ["alive", "done", "memory", "frames", "picture", "progress", "sound", "refused", "bug", "info"]
NAMED = ["is", "info", "text", "fraction", "start", *INFO]


@fuzz
@given(st.dictionaries(st.sampled_from(NAMED), JSON | st.sampled_from(KINDS) | st.just(INFO)) | JSON)
@example({"is": "info", "info": INFO})
@example({"is": "info", "info": INFO | {"duration": float("inf")}})
@example({"is": "info", "info": INFO | {"duration": 10**400}})
@example({"is": "info", "info": INFO | {"width": "<b>"}})
@example({"is": "info", "info": {"duration": 1.0}})
@example({"is": "progress", "fraction": "1", "text": "x"})
@example({"is": ["alive"]})
def test_what_the_child_says_is_complete_or_not_heard(header: object) -> None:
    if is_well_formed(header):
        assert isinstance(header, dict)
        assert header["is"] in KINDS
        if header["is"] == "info":
            assert MediaInfo(**header["info"]).duration < float("inf")


def test_the_list_of_kinds_is_whole() -> None:
    assert is_well_formed({"is": "info", "info": INFO})
    assert not is_well_formed({"is": "info", "info": INFO | {"width": 1.5}})
    assert is_well_formed({"is": "sound", "start": 0})
    assert set(ANSWERS) < set(KINDS)


variables = st.sampled_from(
    [
        *("CLIPKIN_LIBRARY", "CLIPKIN_FOLDER_ROOT", "CLIPKIN_WEIGHTS", "CLIPKIN_FPS", "CLIPKIN_MAX_FILE_MB"),
        *(
            "CLIPKIN_MAX_MINUTES",
            "CLIPKIN_AT_ONCE",
            "CLIPKIN_PROXIES",
            "CLIPKIN_KEEP_MB",
            "CLIPKIN_HOSTS",
            "SPACE_HOST",
        ),
    ]
)


@fuzz
@given(st.dictionaries(variables, st.text(max_size=20) | st.floats().map(str) | st.integers().map(str)))
@example({"CLIPKIN_LIBRARY": "~nobody-at-all/films"})
@example({"CLIPKIN_MAX_FILE_MB": "1e308"})
@example({"CLIPKIN_AT_ONCE": "1e400"})
@example({"CLIPKIN_HOSTS": ",*, ,"})
def test_any_environment_is_settings_or_a_sentence(environment: dict[str, str]) -> None:
    with contextlib.suppress(StudioError):
        found = Settings.from_env(environment)
        assert found.limits.file_bytes > 0
        assert all(host.strip() for host in found.hosts)
