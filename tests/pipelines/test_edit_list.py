"""A trace as CSV, JSON and EDL: what other programs read."""

import csv
import io
import json
import re

import pytest

from core.errors import StudioError
from core.pipelines.edit_list import COLUMNS, to_csv, to_edl, to_json, written
from core.records import Source, TraceSegment
from tests.traces import trace_of

TRACE = trace_of(
    TraceSegment(0, 6.04, "a" * 16, "Boat", 3, 9.04, 0.9, 0.95, 1.0, (Source("d" * 16, "Ship", 1, 7.04, 0.5),)),
    TraceSegment(6.04, 10, None, "", None, None, 0.3, 0.8),
    TraceSegment(10, 16, "b" * 16, '=HYPERLINK("http://x")', 3600, 3609, 0.8, 0.6, 1.5),
    title="Best of\n2024",
)


def test_a_table_has_a_row_for_every_segment_and_empty_cells_for_the_unknown() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(TRACE), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["query_start"] for row in rows] == ["0.000", "6.040", "10.000"]
    assert rows[1]["video_id"] == rows[1]["title"] == rows[1]["reference_start"] == ""
    assert rows[2]["reference_end"] == "3609.000"
    assert rows[2]["speed"] == "1.500"


@pytest.mark.parametrize("title", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_spreadsheet_takes_no_title_for_a_formula(title: str) -> None:
    trace = trace_of(TraceSegment(0, 6, "a" * 16, title, 3, 9, 0.9, 0.95))
    (row,) = csv.DictReader(io.StringIO(to_csv(trace), newline=""))
    assert row["title"] == f"'{title}"


def test_a_document_holds_times_in_seconds_and_the_alternatives() -> None:
    document = json.loads(to_json(TRACE))
    assert document["query"]["title"] == "Best of\n2024"
    assert document["segments"][0]["alternatives"][0]["title"] == "Ship"
    assert document["segments"][1]["video_id"] is None
    assert document["segments"][2]["reference_start"] == 3600


def frames(code: str) -> int:
    hours, minutes, seconds, rest = map(int, code.split(":"))
    assert rest < 25
    return ((hours * 60 + minutes) * 60 + seconds) * 25 + rest


def test_an_edit_decision_list_has_the_columns_that_editors_read() -> None:
    lines = to_edl(TRACE).split("\r\n")
    assert lines[0] == "TITLE: Best of 2024"
    assert lines[1] == "FCM: NON-DROP FRAME"
    events = [line for line in lines if re.match(r"\d{3}  ", line)]
    assert [event[:27].split() for event in events] == [
        ["001", "R001", "V", "C"], ["002", "AX", "V", "C"], ["003", "R002", "V", "C"],
    ]  # fmt: skip
    codes = [[frames(code) for code in event.split()[4:]] for event in events]
    assert codes[0] == [75, 75 + 151, 0, 151]
    assert codes[1][2] == codes[0][3]  # the record goes on without a gap
    assert codes[2] == [90000, 90000 + 225, 250, 400]
    assert all(len(event) <= 80 for event in events)


def test_a_part_at_its_own_speed_lasts_as_long_in_the_source_as_in_the_record() -> None:
    trace = trace_of(TraceSegment(0.01, 6.03, "a" * 16, "Boat", 3.07, 9.11, 0.9, 0.95))
    event = next(line for line in to_edl(trace).split("\r\n") if line.startswith("001"))
    start, end, first, last = (frames(code) for code in event.split()[4:])
    assert end - start == last - first


def test_a_changed_speed_is_a_motion_effect_and_names_stay_on_their_line() -> None:
    lines = to_edl(TRACE).split("\r\n")
    (effect,) = [line for line in lines if line.startswith("M2")]
    assert effect.split() == ["M2", "R002", "037.5", "01:00:00:00"]
    assert "* FROM CLIP NAME: Boat" in lines
    assert "* COMMENT: SOURCE UNKNOWN" in lines
    evil = trace_of(TraceSegment(0, 6, "a" * 16, "x\r\n999  AX V C ü", 3, 9, 0.9, 0.95))
    assert "* FROM CLIP NAME: x 999 AX V C _" in to_edl(evil).split("\r\n")


def test_what_is_shorter_than_a_frame_is_left_out_and_an_unknown_format_is_refused() -> None:
    assert not re.search(r"^\d{3}  ", to_edl(trace_of(TraceSegment(0, 0.01, None, "", None, None, 0, 1))), re.M)
    with pytest.raises(StudioError, match="csv, json, edl"):
        written(TRACE, "xml")  # type: ignore[arg-type]
    assert written(TRACE, "edl") == to_edl(TRACE)
