"""A library that came from elsewhere: what its catalogue and its files claim is not believed and opens nothing."""

import io
import json
import pickle
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app_streamlit.routes import create_routes
from core import checkpoints
from core.config import MB, Settings
from core.errors import CheckpointError, LibraryError, MediaError, NotFound, StudioError
from core.store.library import DATABASE, Library
from core.store.titles import MOST_TAGS
from core.store.tracks import Tracks
from core.studio import Studio
from tests import clips
from tests.gradio_page import pattern_clip
from tests.store.worlds import ENCODER, a_video, name

SECRET = "root:x:0:0: the secret of this machine"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two clips that have a second in common and one picture, to be tampered with."""
    folder, root = tmp_path_factory.mktemp("clips"), tmp_path_factory.mktemp("library")
    studio = Studio(Settings(library=root, encoder="embedded"))
    files = [
        pattern_clip(folder / "clip.mp4", [1, 2, 3]),
        pattern_clip(folder / "other.mp4", [4, 2, 5]),
        clips.picture(folder / "still.png"),
    ]
    assert len(studio.ingest(files).added) == 3
    studio.close()
    return root


@pytest.fixture
def root(filled: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(filled, tmp_path / "library"))


def tampered(root: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    connection = sqlite3.connect(root / DATABASE)
    for statement in statements:
        connection.execute(statement, values if "?" in statement else ())
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON videos BEGIN DELETE FROM tags; END",
        "CREATE VIEW v AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n FROM r",
        "CREATE VIRTUAL TABLE f USING fts5(x)",
    ],
)
def test_a_catalogue_that_does_things_of_its_own_is_refused_and_left_alone(root: Path, statement: str) -> None:
    tampered(root, statement)
    before = (root / DATABASE).read_bytes()
    with pytest.raises(LibraryError, match="Clipkin never makes"):
        Library(root)
    assert (root / DATABASE).read_bytes() == before


def test_a_view_in_the_place_of_a_table_never_gets_to_answer(tmp_path: Path) -> None:
    endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT n AS id FROM r"
    tampered(tmp_path, f"CREATE VIEW videos AS {endless}")
    with pytest.raises(LibraryError, match="Clipkin never makes"):
        Library(tmp_path)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("duration", "long"),
        ("duration", 1e999),
        ("width", "<b>"),
        ("fps", b"\xff"),
        ("path", 7),
        ("path", 7.5),
        ("sound", "loud"),
        ("role", "admin"),
        ("added", "now"),
        ("id", "../../../etc"),
        ("id", "<script>alert(1)"),
    ],
)
def test_an_entry_that_was_never_written_here_is_damage_told_in_a_sentence(
    root: Path, column: str, value: object
) -> None:
    tampered(root, "PRAGMA foreign_keys = OFF", f"UPDATE videos SET {column} = ? WHERE title = 'clip'", values=(value,))
    library = Library(root)
    with pytest.raises(LibraryError, match="damaged"):
        library.videos(role="admin" if value == "admin" else "library")  # type: ignore[arg-type]
    library.close()


def test_text_that_is_no_text_is_damage_told_in_a_sentence(root: Path) -> None:
    tampered(root, "UPDATE videos SET title = CAST(X'FFFE00' AS TEXT)")
    with pytest.raises(LibraryError, match="damaged"):
        Library(root).videos()


def test_a_title_from_elsewhere_is_one_short_line(root: Path) -> None:
    tampered(root, "UPDATE videos SET title = ?", values=("<img src=x>\n\x07" + "x" * 5_000_000,))
    for video in Library(root).videos().videos:
        assert video.title.startswith("<img src=x> xxx")
        assert len(video.title) == 200


def asked(studio: Studio, video_id: str) -> tuple[int, bytes]:
    with TestClient(Starlette(routes=create_routes(lambda: studio))) as client:
        answer = client.get(f"/clip/media/{video_id}")
    return answer.status_code, answer.content


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.mp4"
    path.write_text(SECRET)
    return path


@pytest.mark.parametrize(
    "lies", ["container = 'picture'", "container = 'mov,mp4', video_codec = 'h264'", "is_owned = 1", "path = path"]
)
@pytest.mark.parametrize("knows_size", [True, False])
def test_an_entry_that_names_another_file_does_not_hand_it_out(
    root: Path, secret: Path, lies: str, knows_size: bool
) -> None:
    size = len(SECRET) if knows_size else 1
    for place in (bytes(secret), b"../secret.mp4"):
        tampered(root, f"UPDATE videos SET {lies}, size_bytes = {size}", "UPDATE videos SET path = ?", values=(place,))
        studio = Studio(Settings(library=root, encoder="embedded"))
        for video in studio.videos().videos:
            status, content = asked(studio, video.id)
            assert status == 409
            assert SECRET.encode() not in content
        studio.close()
    assert secret.read_text() == SECRET


def test_a_film_that_was_changed_since_is_not_handed_out(root: Path, tmp_path: Path) -> None:
    other = clips.colours(tmp_path / "other.mp4", ["blue", "yellow", "blue", "red"])
    tampered(root, "UPDATE videos SET path = ? WHERE title = 'clip'", values=(bytes(other),))
    studio = Studio(Settings(library=root, encoder="embedded"))
    video = next(video for video in studio.videos().videos if video.title == "clip")
    with pytest.raises(MediaError, match="was changed since it was added"):
        studio.playable(video.id)
    studio.close()


def test_removing_an_entry_deletes_nothing_outside_of_the_library(root: Path, secret: Path) -> None:
    tampered(root, "UPDATE videos SET is_owned = 1", "UPDATE videos SET path = ?", values=(b"media/../../secret.mp4",))
    library = Library(root)
    library.remove(library.ids())
    assert library.ids() == []
    assert secret.read_text() == SECRET


def zipped(path: Path, member: bytes, *, times: int = 1, method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A track whose arrays are these bytes, packed as small as they get."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", method, compresslevel=9) as out:
        for array in ("times", "vectors", "weights"):
            with out.open(f"{array}.npy", "w", force_zip64=True) as file:
                for _ in range(times):
                    file.write(member)
    return path


def numpy_header(shape: str) -> bytes:
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


@pytest.mark.parametrize(
    ("member", "times", "method"),
    [
        (bytes(16 * MB), 8, zipfile.ZIP_DEFLATED),  # 400 MB in 400 kB
        (bytes(16 * MB), 2, zipfile.ZIP_LZMA),
        (numpy_header("(1000000000000,)"), 1, zipfile.ZIP_STORED),
        (numpy_header("(1000000, 1000000, 0)"), 1, zipfile.ZIP_STORED),
        (numpy_header("(__import__('os').system('touch sprung'),)"), 1, zipfile.ZIP_STORED),
        (numpy_header("(" * 4000), 1, zipfile.ZIP_STORED),
    ],
    ids=["a bomb", "a bomb of another kind", "a lie", "a lie about nothing", "a program", "brackets"],
)
def test_a_track_that_is_a_bomb_or_lies_counts_as_absent(
    tmp_path: Path, member: bytes, times: int, method: int
) -> None:
    tracks = Tracks(tmp_path)
    path = zipped(tracks.path(name(1), ENCODER), member, times=times, method=method)
    with pytest.raises(NotFound):
        tracks.load(name(1), ENCODER)
    assert not path.exists()
    assert not Path("sprung").exists()


def test_a_track_as_we_write_it_is_no_bomb(tmp_path: Path) -> None:
    held = io.BytesIO()
    np.savez(held, times=np.zeros(3), vectors=np.ones((3, 2), np.float32), weights=np.ones(3, np.float32))
    tracks = Tracks(tmp_path)
    path = tracks.path(name(1), ENCODER)
    path.parent.mkdir(parents=True)
    path.write_bytes(held.getvalue())
    assert len(tracks.load(name(1), ENCODER)) == 3


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "library")
    library.add(a_video(1))
    yield library
    library.close()


def test_tags_have_an_end(library: Library) -> None:
    library.set_tags(name(1), [f"tag {number}" for number in range(MOST_TAGS)])
    with pytest.raises(StudioError, match=f"{MOST_TAGS} tags at most"):
        library.set_tags(name(1), [f"tag {number}" for number in range(100_000)])
    assert len(library.get(name(1)).tags) == MOST_TAGS
    with pytest.raises(StudioError, match="Choose fewer"):
        library.videos(tags=["x"] * 5000)


@pytest.mark.parametrize(
    "text",
    [
        *("a" * 1_000_000, "ab " * 100_000, "%" * 5000, "(a+)+$" * 1000, "\0", "\udcff", "'; DROP"),
        *("\u0301" * 100_000, "🎬" * 50_000, "1" * 5000),
    ],
    ids=range(10),
)
def test_whatever_is_sought_is_sought_as_text(library: Library, text: str) -> None:
    assert library.videos(text=text).total in (0, 1)
    library.rename(name(1), text)
    assert len(library.get(name(1)).title) <= 200


def safetensors(header: object, body: bytes = bytes(48), *, length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + body


ENTRY = {"__metadata__": {"clipkin": '{"model": "vae", "config": {}, "metadata": {}}'}}


@pytest.mark.parametrize(
    "data",
    [
        safetensors(ENTRY, length=2**63),
        safetensors(ENTRY, length=100_000_001),
        safetensors(ENTRY | {"w": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 48]}}),
        safetensors(ENTRY | {"w": {"dtype": "F32", "shape": [12], "data_offsets": [0, 2**62]}}),
        safetensors(ENTRY | {"w": {"dtype": "F32", "shape": [12], "data_offsets": [48, 0]}}),
        safetensors(
            ENTRY | {name: {"dtype": "F32", "shape": [12], "data_offsets": [0, 48]} for name in ("w", "overlapping")}
        ),
        safetensors(ENTRY | {"w": {"dtype": "OBJECT", "shape": [12], "data_offsets": [0, 48]}}),
        safetensors({"__metadata__": {"clipkin": "[" * 100_000}}, b""),
        safetensors({"__metadata__": {"clipkin": '{"model": "vae", "config": 3, "metadata": {}}'}}, b""),
        safetensors({}, b""),
        safetensors(b"{" * 10_000, b""),
        pickle.dumps(Path("x")),
        b"PK\x03\x04" + bytes(100),
        b"",
    ],
    ids=range(14),
)
def test_weights_that_lie_are_refused_with_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "vae.embedded-3.safetensors"
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="vae"):
        checkpoints.load(path, "vae")


@pytest.mark.parametrize("damage", ["vectors", "manifest", "both", "text"])
def test_an_index_that_was_tampered_with_is_made_anew(root: Path, damage: str) -> None:
    studio = Studio(Settings(library=root, encoder="embedded"))
    ids = {video.title: video.id for video in studio.videos().videos}
    expected = [hit.video_id for hit in studio.search(ids["clip"]).hits]
    assert ids["other"] in expected
    studio._equipment.index("embedded").refresh()
    studio.close()
    (vectors,), (manifest,) = (list((root / "index").glob(f"embedded*.{kind}")) for kind in ("faiss", "json"))
    if damage in ("vectors", "both"):
        data = bytearray(vectors.read_bytes())
        data[4:12] = b"\xff" * 8  # how many rows there are
        vectors.write_bytes(data)
    if damage in ("manifest", "both"):
        manifest.write_bytes(manifest.read_bytes().replace(ids["clip"].encode(), b"f" * 16))
    if damage == "text":
        manifest.write_bytes(b"\xff[" * 50_000)
    studio = Studio(Settings(library=root, encoder="embedded"))
    assert [hit.video_id for hit in studio.search(ids["clip"]).hits] == expected
    studio._equipment.index("embedded").refresh()
    assert len(studio._equipment.index("embedded")) > 0
    studio.close()


KEPT_MAP = {
    "version": "map-0000000001", "choices": {}, "frames": 1, "videos": 1, "created": 1.0, "seconds": 1.0,
    "variance_kept": 1.0, "is_current": True,
}  # fmt: skip


@pytest.mark.parametrize(
    "value",
    [
        "[" * 100_000, "5", '["x"]', '{"a": 1}', '[{"version": 5}]', "\x07", "../../x",
        *(json.dumps([KEPT_MAP | lie]) for lie in ({"version": 5}, {"version": "../../x"})),
    ],
)  # fmt: skip
def test_any_setting_of_a_library_is_one_or_is_as_unset(root: Path, value: str) -> None:
    for key in ("frame_map", "frame_maps", "encoder", "encoder_reason", "calibration"):
        tampered(root, "DELETE FROM settings", "INSERT INTO settings VALUES (?1, ?2)", values=(key, value))
        studio = Studio(Settings(library=root, encoder="embedded"))
        assert studio.frame_maps() == []
        assert studio.frame_map() is None
        clip = next(video for video in studio.videos().videos if video.title == "clip")
        assert studio.search(clip).hits
        studio.close()
