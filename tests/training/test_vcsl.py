"""The annotation format of VCSL."""

import json
from pathlib import Path

import pytest

from core.errors import StudioError
from core.training.trace_metrics import pair_scores
from core.training.vcsl import read_annotations

QUERY, REFERENCE = "0" * 31 + "a", "f" * 32


def test_pairs_and_their_segments_are_read_and_can_be_judged(tmp_path: Path) -> None:
    path = tmp_path / "label_file.json"
    path.write_text(json.dumps({f"{QUERY}-{REFERENCE}": [[0, 20, 10, 30], [12, 5, 15, 8]]}))
    found = read_annotations(path)
    assert found == {(QUERY, REFERENCE): [(0, 20, 10, 30), (12, 5, 15, 8)]}
    boxes = found[QUERY, REFERENCE]
    assert pair_scores(boxes, boxes) == (pytest.approx(1), pytest.approx(1))


@pytest.mark.parametrize(
    "text", ["[]", "no", '{"a-b": [[1, 2, 3]]}', '{"a-b": [[5, 0, 4, 1]]}', '{"abc": []}', '{"a-b": 3}', '{"a-bc": []}']
)
def test_anything_else_is_refused_with_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(StudioError, match="form of VCSL"):
        read_annotations(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="form of VCSL"):
        read_annotations(tmp_path / "none.json")
