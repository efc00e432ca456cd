"""The annotation format of VCSL."""

import json
from pathlib import Path

import pytest

from core.errors import StudioError
from core.training.trace_metrics import pair_scores
from core.training.vcsl import parted, read_annotations, write_annotations

QUERY, REFERENCE = "0" * 31 + "a", "f" * 32


def test_pairs_and_their_segments_are_read_and_can_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "label_file.json"
    path.write_text(json.dumps({f"{QUERY}-{REFERENCE}": [[0, 20, 10, 30], [12, 5, 15, 8]]}))
    found = read_annotations(path)
    assert found == {f"{QUERY}-{REFERENCE}": [(0, 20, 10, 30), (12, 5, 15, 8)]}
    boxes = found[f"{QUERY}-{REFERENCE}"]
    assert pair_scores(boxes, boxes) == (pytest.approx(1), pytest.approx(1))


def test_what_is_written_is_read_again_to_the_thousandth_of_a_second(tmp_path: Path) -> None:
    path = tmp_path / "annotations.json"
    write_annotations({"a-b": [(0.0, 1.23456, 2.0, 3.0)], "é-c": []}, path)
    assert read_annotations(path) == {"a-b": [(0, 1.235, 2, 3)], "é-c": []}
    assert [file.name for file in tmp_path.iterdir()] == ["annotations.json"]


def test_a_hyphen_in_a_name_is_told_from_the_one_between_two_names() -> None:
    queries, references = {"cut-1", "other"}, {"the-film", "film"}
    assert parted("cut-1-the-film", queries, references) == ("cut-1", "the-film")
    assert parted("other-film", queries, references) == ("other", "film")
    assert parted("cut-1-gone", queries, references) == ("cut-1", "gone")
    assert parted("nobody-film", queries, references) is None


def test_of_several_queries_that_a_pair_could_mean_the_one_with_a_reference_counts() -> None:
    assert parted("a-b-c", {"a", "a-b"}, {"c"}) == ("a-b", "c")
    with pytest.raises(StudioError, match="Rename one"):
        parted("a-b-c", {"a", "a-b"}, {"c", "b-c"})


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "no",
        '{"a-b": [[1, 2, 3]]}',
        '{"a-b": [[5, 0, 4, 1]]}',
        '{"a-b": [[-1, 0, 4, 1]]}',
        '{"abc": []}',
        '{"abc-": []}',
        '{"a-b": 3}',
    ],
)
def test_anything_else_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(StudioError, match="form of VCSL"):
        read_annotations(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="form of VCSL"):
        read_annotations(tmp_path / "none.json")
