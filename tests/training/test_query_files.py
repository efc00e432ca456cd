"""Queries with annotations: whose names are meant, what is unknown, and which videos make up the library."""

import json
from pathlib import Path

import pytest

from core.errors import StudioError
from core.training.query_files import Benchmark, called, read_benchmark, shortest_name, truth
from core.training.trace_metrics import Piece


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Films "one", "two-b" and "sea/three", and two queries. Nobody looks into the files here."""
    videos, queries = tmp_path / "films", tmp_path / "queries"
    for file in (videos / "one.mp4", videos / "two-b.mp4", videos / "sea" / "three.mkv", queries / "q-1.mp4"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    (queries / "q2.mp4").touch()
    return videos, queries


def read(folders: tuple[Path, Path], annotations: object, known: object = None) -> Benchmark:
    videos, queries = folders
    (queries / "annotations.json").write_text(json.dumps(annotations))
    if known is not None:
        (queries / "queries.json").write_text(json.dumps(known))
    return read_benchmark(videos, queries)


def test_names_may_hold_hyphens_folders_and_endings(folders) -> None:
    found = read(
        folders, {"q-1-two-b": [[0, 0, 5, 5]], "q2-sea/three": [[0, 1, 2, 3]], "q2.mp4-one.mp4": [[2, 0, 4, 2]]}
    )
    videos = folders[0]
    first, second = found.queries
    assert (first.path.name, first.noise) == ("q-1.mp4", "")
    assert first.boxes == {videos / "two-b.mp4": [(0, 0, 5, 5)]}
    assert second.boxes == {videos / "sea" / "three.mkv": [(0, 1, 2, 3)], videos / "one.mp4": [(2, 0, 4, 2)]}
    assert len(found.library) == 3


def test_what_two_files_could_be_called_is_neithers(tmp_path: Path) -> None:
    files = [tmp_path / "a" / "x.mp4", tmp_path / "b" / "x.mp4", tmp_path / "y.mp4"]
    names = called(files, tmp_path)
    assert "x" not in names
    assert [shortest_name(file, tmp_path, names) for file in files] == ["a/x", "b/x", "y"]


def test_noise_and_library_come_from_the_file_beside(folders) -> None:
    found = read(
        folders,
        {"q-1-one": [[0, 0, 5, 5]], "q-1-two-b": [[5, 0, 9, 4]]},
        {"noise": {"q-1": "text"}, "library": ["two-b.mp4"], "seed": 4},
    )
    (query,) = found.queries
    assert query.noise == "text"
    assert [path.name for path in found.library] == ["two-b.mp4"]
    assert [path.name for path in query.boxes] == ["two-b.mp4"], "a film outside the library is no source"
    assert (found.pairs_without_source, found.not_annotated) == (1, ["q2.mp4"])


def test_a_query_with_an_empty_list_shows_nothing_of_the_library(folders) -> None:
    found = read(folders, {"q2-one": [], "gone-one": [[0, 0, 1, 1]], "q2-lost": [[0, 0, 1, 1]]})
    assert [query.boxes for query in found.queries] == [{folders[0] / "one.mp4": []}]
    assert (found.pairs_without_query, found.pairs_without_source) == (1, 1)


@pytest.mark.parametrize(
    ("annotations", "library"),
    [
        ({"one-two-b": []}, {"two-b.mp4", "three.mkv"}),
        ({"one-two-b": [], "two-b-one": []}, {"one.mp4", "two-b.mp4", "three.mkv"}),
    ],
)
def test_queries_among_the_videos_are_no_library_unless_they_are_somebodys_source(
    folders, annotations: dict[str, list], library: set[str]
) -> None:
    videos = folders[0]
    (videos / "annotations.json").write_text(json.dumps(annotations))
    assert {path.name for path in read_benchmark(videos, videos).library} == library


@pytest.mark.parametrize(
    ("annotations", "known", "words"),
    [
        ({"x-one": []}, None, "speaks of no video"),
        ({"q2-one": []}, {"library": ["gone.mp4"]}, "gone.mp4"),
        ({"q2-one": []}, {"noise": ["text"]}, "leave the file away"),
        ({"q2-one": []}, {"noise": {"q2": 3}}, "leave the file away"),
        ({"q2-one": []}, [], "leave the file away"),
        ([], None, "form of VCSL"),
    ],
)
def test_what_cannot_be_meant_is_said(folders, annotations: object, known: object, words: str) -> None:
    with pytest.raises(StudioError, match=words):
        read(folders, annotations, known)


def test_queries_without_annotations_are_told_what_is_missing(folders) -> None:
    with pytest.raises(StudioError, match=r"no annotations\.json"):
        read_benchmark(*folders)


def test_what_no_segment_covers_is_unknown() -> None:
    pieces = truth({"a": [(2, 10, 5, 13)], "b": [(7, 0, 12, 5)]}, 10.0)
    assert pieces == [
        Piece(0, 2, None),
        Piece(2, 5, "a", 10, 13),
        Piece(5, 7, None),
        Piece(7, 10, "b", 0, 3),  # what lies past the end of the file is cut off
    ]
    assert truth({}, 4.0) == [Piece(0, 4, None)]


def test_segments_may_overlap_and_leave_no_gap_between() -> None:
    pieces = truth({"a": [(0, 0, 6, 6)], "b": [(4, 0, 8, 4)]}, 8.0)
    assert [(p.query_start, p.query_end, p.source) for p in pieces] == [(0, 6, "a"), (4, 8, "b")]


def test_a_segment_after_the_end_of_its_query_is_refused() -> None:
    with pytest.raises(StudioError, match=r"lasts 8\.0 s, but is annotated from 9\.0 s on"):
        truth({"a": [(9, 0, 10, 1)]}, 8.0, "q")
