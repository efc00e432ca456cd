"""A trace as a file for others: a table (CSV), a document (JSON), or an edit decision list that editors load (EDL)."""

import csv
import io
import json
from dataclasses import asdict

from core.errors import StudioError
from core.records import Trace, TraceExport, TraceSegment, cell

COLUMNS = (
    "query_start", "query_end", "video_id", "title", "reference_start", "reference_end", "speed", "score", "confidence",
)  # fmt: skip
EDL_RATE = 25  # frames per second of the time codes: a whole number, so they are non-drop-frame by nature
UNKNOWN_REEL = "AX"  # what editors write for material without a tape
EDL_TEXT = 60  # characters of a name in a comment


def written(trace: Trace, kind: TraceExport) -> str:
    """The text of the file, lines ending as its format wants it. Raises StudioError for an unknown kind."""
    writers = {"csv": to_csv, "json": to_json, "edl": to_edl}
    if kind not in writers:
        raise StudioError(f"A trace cannot be written as {kind!r}. Choose from: {', '.join(writers)}.")
    return writers[kind](trace)


def to_csv(trace: Trace) -> str:
    """One row per segment, seconds with three digits, unknown sources with empty cells (RFC 4180).

    A title that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    out = io.StringIO(newline="")
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for segment in trace.segments:
        rows.writerow([_cell(getattr(segment, name)) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return f"{value:.3f}"
    return cell(str(value))


def to_json(trace: Trace) -> str:
    """The query and the segments with their alternatives, times in seconds."""
    document = {
        "query": {"id": trace.query.id, "title": trace.query.title, "duration": trace.query.info.duration},
        "encoder": trace.encoder,
        "model": trace.model,
        "segments": [asdict(segment) for segment in trace.segments],
        "notes": list(trace.notes),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def to_edl(trace: Trace) -> str:
    """CMX 3600: one cut per segment, source times first, then record times; 25 frames per second, non-drop frame.

    Reels are R001, R002, … in order of first use, since a reel name has room for eight signs; a comment gives each
    event its clip's name, title and id. An unknown source stands as material of its own (reel AX) with its own time.
    A changed speed is a motion effect (M2) with the frame rate it plays at. Events shorter than a frame are left out.
    """
    lines = [f"TITLE: {_line(trace.query.title)}", "FCM: NON-DROP FRAME", ""]
    reels: dict[str, str] = {}
    event = 0
    for segment in trace.segments:
        record = _frames(segment.query_start), _frames(segment.query_end)
        if record[1] <= record[0]:
            continue
        event += 1
        reel = UNKNOWN_REEL
        if segment.video_id is not None:
            reel = reels.setdefault(segment.video_id, f"R{len(reels) + 1:03d}")
        source = _source(segment, record)
        codes = " ".join(_timecode(frame) for frame in (*source, *record))
        lines.append(f"{event:03d}  {reel:<8} V     C        {codes}")
        if segment.video_id is not None and abs(segment.speed - 1.0) > 1e-6:
            lines.append(f"M2   {reel:<8} {EDL_RATE * segment.speed:05.1f}                {_timecode(source[0])}")
        if segment.video_id is None:
            lines.append("* COMMENT: SOURCE UNKNOWN")
        else:
            lines.append(f"* FROM CLIP NAME: {_line(segment.title)}")
            lines.append(f"* COMMENT: CLIPKIN {segment.video_id} CONFIDENCE {segment.confidence:.2f}")
    return "\r\n".join(lines) + "\r\n"


def _source(segment: TraceSegment, record: tuple[int, int]) -> tuple[int, int]:
    """The frames of the source; at unchanged speed exactly as many as are recorded, as editors insist."""
    if segment.reference_start is None or segment.reference_end is None:
        return record
    first = _frames(segment.reference_start)
    length = record[1] - record[0]
    if abs(segment.speed - 1.0) > 1e-6:
        length = max(1, round(length * segment.speed))
    return first, first + length


def _frames(seconds: float) -> int:
    return round(seconds * EDL_RATE)


def _timecode(frame: int) -> str:
    """Hours wrap at 24, as on a tape."""
    seconds, rest = divmod(frame, EDL_RATE)
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{rest:02d}"


def _line(text: str) -> str:
    """Text that stays on its line: no control characters, plain ASCII, which is all old editors read."""
    plain = "".join(c if " " <= c <= "~" else "_" for c in " ".join(text.split()))
    return plain[:EDL_TEXT].rstrip() or "UNTITLED"
