"""The search index past the size where every frame is looked at, and with many at work at once."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from core.config import ROOT
from core.store import vectors as vector_index
from core.store.index import FrameIndex
from core.store.library import Library
from tests.store.judge import DIMENSION, assert_right, assert_same, brute_force, by_query
from tests.store.worlds import ENCODER, a_track, fill, name, unit_vectors


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vector_index, "FLAT_LIMIT", 2000)


@pytest.mark.usefixtures("small_limit")
def test_past_the_limit_inverted_lists_find_what_brute_force_finds(library: Library) -> None:
    fill(library, 70, frames=60)
    index = FrameIndex(library, ENCODER)
    queries = np.concatenate([library.load_track(name(n), ENCODER).vectors[::20] for n in range(0, 70, 3)])
    found = by_query(index.search(queries, np.arange(float(len(queries))), 10), len(queries))
    assert index._frames is not None
    assert index._frames.vectors.lists > 0
    expected = brute_force(library, queries, 10)
    pairs = list(zip(found, expected, strict=True))
    recall = np.mean([len({r[:2] for r in a} & {r[:2] for r in b}) / 10 for a, b in pairs])
    assert recall >= 0.99
    for rows, _ in pairs:
        for video_id, time, similarity in rows:
            vector = library.load_track(video_id, ENCODER).vectors[int(time)]
            assert similarity == pytest.approx(float(vector @ queries[found.index(rows)]), abs=1e-5)


@pytest.mark.usefixtures("small_limit")
def test_inverted_lists_follow_removal_change_and_restart(library: Library) -> None:
    fill(library, 40, frames=60)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    library.remove([name(n) for n in range(5)])
    library.save_track(a_track(6, unit_vectors(7, DIMENSION, seed=5)))
    for judged in (index, FrameIndex(library, ENCODER)):
        found = judged.search(library.load_track(name(6), ENCODER).vectors, np.arange(7.0), 1)
        assert [(row.video_id, row.time) for row in found] == [(name(6), float(n)) for n in range(7)]
        assert len(judged) == 34 * 60 + 7


@pytest.mark.usefixtures("small_limit")
def test_inverted_lists_leave_k_others_when_a_whole_neighbourhood_is_excluded(library: Library) -> None:
    fill(library, 40, frames=60)
    query = library.load_track(name(0), ENCODER).vectors[:1]
    index = FrameIndex(library, ENCODER)
    exclude = {name(n) for n in range(39)}
    found = index.search(query, [0.0], 60, exclude)
    assert {row.video_id for row in found} == {name(39)}
    assert_same(by_query(found, 1), brute_force(library, query, 60, exclude))


@pytest.mark.usefixtures("small_limit")
def test_the_form_follows_the_size_both_ways(library: Library) -> None:
    fill(library, 30, frames=60)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    assert index._frames is not None
    assert index._frames.vectors.lists == 0
    fill(library, 10, frames=60, start=30)
    index.refresh()
    assert index._frames.vectors.lists > 0
    library.remove([name(n) for n in range(35)])
    index.refresh()
    assert index._frames.vectors.lists == 0
    assert_right(index)


@pytest.mark.usefixtures("small_limit")
def test_the_same_tracks_give_the_same_index(tmp_path: Path) -> None:
    hashes = []
    for attempt in range(2):
        library = Library(tmp_path / str(attempt))
        fill(library, 40, frames=60)
        FrameIndex(library, ENCODER).refresh()
        manifest = json.loads((library.index_folder() / f"{ENCODER}.json").read_text().partition("\n")[2])
        hashes.append((manifest["sha256"], manifest["probes"]))
    assert hashes[0] == hashes[1]


CHILD = """
import sys
from pathlib import Path
from core.store.library import Library
from tests.store.worlds import fill, name
library = Library(Path(sys.argv[1]))
for start in range(100, 160, 2):
    fill(library, 2, start=start)
    if start % 10 == 0:
        library.remove([name(start)])
"""


@pytest.mark.parametrize("limit", [100_000, 300], ids=["flat", "lists"])
def test_threads_search_while_others_and_another_process_change_the_library(
    library: Library, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(vector_index, "FLAT_LIMIT", limit)
    fill(library, 20)
    index = FrameIndex(library, ENCODER)
    index.refresh()
    stop, problems, searches = threading.Event(), [], []
    anchor = library.load_track(name(0), ENCODER).vectors

    def search() -> None:
        try:
            while not stop.is_set():
                found = index.search(anchor, np.arange(float(len(anchor))), 3)
                best = found[::3]
                assert len(found) == 3 * len(anchor)
                assert [(row.video_id, row.time) for row in best] == [(name(0), float(n)) for n in range(len(anchor))]
                searches.append(1)
        except BaseException as error:
            problems.append(error)

    def refresh() -> None:
        try:
            while not stop.is_set():
                index.refresh()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for work in (search, search, search, refresh)]
    for thread in threads:
        thread.start()
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(library.root)], cwd=ROOT)
    for start in range(200, 240, 2):
        fill(library, 2, start=start)
        library.remove([name(start)])
    assert child.wait(timeout=60) == 0
    stop.set()
    for thread in threads:
        thread.join(timeout=20)
    assert problems == []
    assert len(searches) > 3
    index.refresh()
    assert len(index) == 12 * (20 + 20 + 60 - 6)
    if limit > 1000:
        assert_right(index)
