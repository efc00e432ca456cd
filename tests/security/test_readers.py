"""Formats of others that we read, and the addresses of our own routes, under fuzzing: an answer or a sentence."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app_streamlit.map_routes import create_map_routes
from app_streamlit.routes import create_routes
from core.config import Settings
from core.errors import StudioError
from core.records import MapChoices
from core.studio import Studio
from core.training import vcsl
from core.training.annotations import cc_web_video, evve, fivr, svd
from core.training.datasets import read_manifest
from tests import clips
from tests.security.test_parsers import JSON, Damage, cuts, damaged, damages, few, fuzz

FIVR = json.dumps({"q1": {"ND": ["a"], "DS": ["b", "c"]}, "q2": {}}).encode()
SEEDS, LIST, TRUTH = b"1*\t11\r\n", b"11\t1\tYouTube\t1_1_Y.flv\t03:00\n12\t1\tG\t1_2_Y.flv\t03:00\n", b"11\tE\n12\tX\n"
CURRENT = "the map in use"
EVVE, SVD = b"q 1 query\na 1 database\nb 0 database\n", b"q.mp4 a.mp4 1\nq.mp4 b.mp4 0\n"
VCSL = json.dumps({"aa-bb": [[0, 1, 2, 3]], "cc-dd": []}).encode()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readers")
    (folder / "annots").mkdir()
    (folder / "GT").mkdir()
    return folder


@fuzz
@given(damages, cuts, st.integers(0, 2))
@example([(0.32, b"x")], 1.0, 1)
@example([(0.0, "²".encode())], 1.0, 1)
@example([(0.0, b"\xff\xfe")], 1.0, 2)
def test_any_list_of_cc_web_video_is_tasks_or_a_sentence(folder: Path, damage: Damage, cut: float, which: int) -> None:
    files = {"Seed.txt": SEEDS, "Video_List.txt": LIST, "GT/GT_1.rst": TRUTH}
    for number, (name, whole) in enumerate(files.items()):
        (folder / name).write_bytes(damaged(whole, damage, cut) if number == which else whole)
    with contextlib.suppress(StudioError):
        assert all(task.database >= set(task.relevant) for task in cc_web_video.read(folder))


@fuzz
@given(damages, cuts)
@example([(0.5, b"\0")], 1.0)
def test_any_other_annotation_is_tasks_or_a_sentence(folder: Path, damage: Damage, cut: float) -> None:
    for module, name, whole in ((fivr, fivr.FILE, FIVR), (evve, "annots/x.dat", EVVE), (svd, "groundtruth", SVD)):
        (folder / name).write_bytes(damaged(whole, damage, cut))
        with contextlib.suppress(StudioError):
            module.read(folder)
    (folder / "vcsl.json").write_bytes(damaged(VCSL, damage, cut))
    with contextlib.suppress(StudioError):
        vcsl.read_annotations(folder / "vcsl.json")


@fuzz
@given(JSON)
@example({"q": {"ND": [["a"]]}})
@example({"q": {"ND": None}})
@example({"aa-bb": [[0, 1, float("nan"), 3]]})
@example({"aa-bb": [[0, 10**400, 2, 3]]})
def test_any_document_is_an_annotation_or_a_sentence(folder: Path, document: object) -> None:
    text = json.dumps(document)
    for nested in (text, "[" * 100_000):
        (folder / fivr.FILE).write_text(nested)
        with contextlib.suppress(StudioError):
            fivr.read(folder)
        (folder / "vcsl.json").write_text(nested)
        with contextlib.suppress(StudioError):
            boxes = [box for found in vcsl.read_annotations(folder / "vcsl.json").values() for box in found]
            assert np.isfinite(boxes).all()


@fuzz
@given(damages, cuts, st.text(max_size=30))
@example([], 1.0, "../../../../etc/passwd")
@example([], 1.0, "\0")
@example([], 1.0, "x" * 200_000)
def test_any_manifest_names_files_or_is_none(folder: Path, damage: Damage, cut: float, name: str) -> None:
    whole = f"file,group\na.mp4,kin\n{name},kin\n".encode("utf-8", "surrogatepass")
    (folder / "manifest.csv").write_bytes(damaged(whole, damage, cut))
    with contextlib.suppress(StudioError):
        assert all(isinstance(path, Path) for path, _ in read_manifest(folder) or ())


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """A library of three clips with a map."""
    made = tmp_path_factory.mktemp("routes")
    (made / "clips").mkdir()
    studio = Studio(Settings(library=made / "library", encoder="embedded"))
    for name in ("red", "green", "blue"):
        clips.colours(made / "clips" / f"{name}.mp4", [name, "white", name])
    studio.ingest([made / "clips"])
    studio.fit_frame_map(MapChoices("pca"))
    yield studio
    studio.close()


@pytest.fixture(scope="module")
def client(studio: Studio) -> Iterator[TestClient]:
    routes = [*create_routes(lambda: studio), *create_map_routes(lambda: studio)]
    with TestClient(Starlette(routes=routes)) as client:
        yield client


words = st.text(max_size=12) | st.sampled_from(["..", "0" * 16, CURRENT, "-1", "nan", "1e999", "9" * 30, "%00", "\\"])


@fuzz
@given(st.sampled_from(["points.bin", "about", "thumbs", "tile/0/0/0", "frames/1/1/1"]), words, words)
@example("thumbs", CURRENT, "9" * 9)
@example("thumbs", CURRENT, ",".join("1" * 129))
@example("thumbs", CURRENT, "²")
@example("thumbs", CURRENT, "")
@example("points.bin", "../x", "")
def test_any_question_to_the_map_has_an_answer(
    studio: Studio, client: TestClient, what: str, version: str, of: str
) -> None:
    current = studio.frame_map()
    assert current is not None
    version = current.version if version == CURRENT else version
    answer = client.get(f"/clip/map/{quote(version, safe='')}/{what}", params={"of": of})
    assert answer.status_code in (200, 304, 400, 404, 409)


@few
@given(words, words, words, words)
@example("0" * 16, "1e999", "nan", "0" * 16)
@example("0" * 16, "²", "-inf", "x")
def test_any_question_to_the_other_routes_has_an_answer(
    client: TestClient, video: str, at: str, to: str, other: str
) -> None:
    first, second = quote(video, safe=""), quote(other, safe="")
    for address, query in (
        (f"/clip/thumb/{first}", {"t": at}),
        (f"/clip/media/{first}", {}),
        (f"/clip/pair/{first}/{second}", {"at": at, "to": to}),
        (f"/clip/print/{first}", {}),
    ):
        assert client.get(address, params=query).status_code in (200, 400, 404, 409)
    sent = client.put(f"/clip/upload/{first}", params={"for": at}, content=b"x")
    assert sent.status_code in (201, 400, 404)
