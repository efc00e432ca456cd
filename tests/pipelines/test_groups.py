"""Groups of made-up videos: who belongs together, by what, and who does not."""

from pathlib import Path

import numpy as np
import pytest

from core.pipelines import candidates as room
from core.pipelines.compare import Side
from core.pipelines.groups import compared, group_of, in_order, longest_match, pairwise, stars
from core.records import FeatureTrack, MediaInfo, Video
from core.store.index import FrameIndex
from core.store.library import Library

AXES = np.eye(64, dtype=np.float32)
ENCODER = "numbers-1@1fps"


def side(number: int, axes: list[int]) -> Side:
    info = MediaInfo(float(len(axes)), 64, 48, 10.0, "mp4", "h264", "yuv420p", None, 0, 1000)
    video = Video(f"{number:016x}", f"clip {number}", Path("/nowhere"), info, "absent")
    weights = np.ones(len(axes), np.float32)
    return Side(video, FeatureTrack(video.id, ENCODER, np.arange(float(len(axes))), AXES[axes], weights))


def test_every_pair_is_read_both_ways() -> None:
    table = pairwise([side(0, [1, 2]), side(1, [1, 2, 3, 4]), side(2, [9])])
    assert table.tolist() == [[1.0, 1.0, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]]


def test_like_comes_to_lie_beside_like() -> None:
    kinds = np.array([0, 1, 0, 1, 2, 0])
    table = np.where(kinds[:, None] == kinds, 0.9, 0.1).astype(np.float32)
    np.fill_diagonal(table, 1.0)
    ordered = kinds[in_order(table)]
    assert (np.diff(ordered) != 0).sum() == 2
    assert in_order(table[:2, :2]) == [0, 1]


def test_a_chain_of_neighbours_is_no_group() -> None:
    chain = {(f"{k}", f"{k + 1}"): 0.9 for k in range(9)}
    for centre, around in stars(chain, 0.7):
        assert 1 <= len(around) <= 2
        assert all((min(centre, name), max(centre, name)) in chain for name in around)


def test_a_member_goes_to_the_representative_it_is_most_like() -> None:
    pairs = {("a", "b"): 0.9, ("a", "c"): 0.9, ("a", "m"): 0.75, ("x", "y"): 0.9, ("x", "z"): 0.85, ("m", "x"): 0.8}
    groups = dict(stars(pairs, 0.7))
    assert groups == {"a": {"b": 0.9, "c": 0.9}, "x": {"y": 0.9, "z": 0.85, "m": 0.8}}


def test_what_is_below_the_threshold_is_in_no_group() -> None:
    assert stars({("a", "b"): 0.69}, 0.7) == []
    assert stars({}, 0.7) == []


def test_an_edge_shows_the_passage_that_holds_it() -> None:
    sides = {name: side(k, axes) for k, (name, axes) in enumerate({"a": [*range(8)], "b": [20, *range(8)]}.items())}
    group = group_of("a", {"b": 0.93}, sides, floor=0.5)
    assert group.members == ("a", "b")
    (edge,) = group.edges
    assert edge.match is not None
    assert (edge.match.query_start, edge.match.reference_start) == (1.0, 0.0)
    assert longest_match(side(0, [1, 2, 3]), side(1, [4, 5, 6]), floor=0.5) is None


@pytest.mark.parametrize("score_all", [200, 0])
def test_pairs_of_a_large_library_come_from_the_index(tmp_path: Path, monkeypatch, score_all: int) -> None:
    monkeypatch.setattr(room, "SCORE_ALL", score_all)
    library = Library(tmp_path / "library")
    sides = {}
    for number, axes in enumerate(([0, 1, 2], [0, 1, 2], [10, 11, 12], [30, 31, 32])):
        made = side(number, axes)
        library.save_track(made.track)
        library.add(made.video)
        sides[made.video.id] = made
    index = FrameIndex(library, ENCODER)
    likely = {name: room.candidates(one.track, among=sides, index=index, at_least=1) for name, one in sides.items()}
    pairs = compared(sides, likely)
    assert pairs[f"{0:016x}", f"{1:016x}"] == 1.0
    assert [(centre, list(around)) for centre, around in stars(pairs, 0.7)] == [(f"{0:016x}", [f"{1:016x}"])]
