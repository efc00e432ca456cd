"""Answers in words: what a person reads before any number. Knows records and language, no widget."""

from collections.abc import Sequence

from core.plots import timecode
from core.records import Comparison, FramePair, Match

CLEAR = 0.10  # cosine away from the threshold at which the answer needs no "probably"
EDGE = 0.02  # within this of the threshold it is a toss-up


def verdict(pair: FramePair) -> str:
    """The answer for two frames, as sure as the distance from the threshold allows."""
    margin = abs(pair.cosine - pair.threshold)
    if margin < EDGE:
        return "On the edge: it could be either"
    answer = "the same video" if pair.is_same else "two different videos"
    return f"{answer[0].upper()}{answer[1:]}" if margin >= CLEAR else f"Probably {answer}"


def reason(pair: FramePair) -> str:
    """How far the cosine lies from the threshold."""
    margin = pair.cosine - pair.threshold
    side = "above" if margin >= 0 else "below"
    return f"Cosine {pair.cosine:.3f}, {abs(margin):.3f} {side} the threshold of {pair.threshold:.3f}"


def chance(pair: FramePair) -> str:
    """The calibrated probability as words, where there is one."""
    if pair.probability is None:
        return ""
    percent = min(max(100 * pair.probability, 1), 99)
    return f"{percent:.0f} % likely to come from one video. "


def finding(comparison: Comparison) -> str:
    """What was found, as one sentence about the longest passages."""
    matches = comparison.matches
    if not matches:
        return "No passage of one clip was found in the other"
    first = matches[0]
    if is_picture(comparison.query.info.duration) and is_picture(comparison.reference.info.duration):
        return "The two pictures match"
    if is_picture(comparison.query.info.duration):
        return f"The picture A appears in B at {timecode(first.reference_start)}"
    if is_picture(comparison.reference.info.duration):
        return f"The picture B appears in A at {timecode(first.query_start)}"
    if covers(matches, comparison):
        return "A and B show the same thing from beginning to end"
    there = span(first.reference_start, first.reference_end)
    here = span(first.query_start, first.query_end)
    more = len(matches) - 1
    rest = "" if not more else f", and {more} more passage{'s' if more > 1 else ''}"
    return f"{there} of B is in A, at {here}{rest}"


def span(start: float, end: float) -> str:
    """Two time codes with a dash between; one when both would read alike."""
    first, last = timecode(start), timecode(end)
    return first if first == last else f"{first}–{last}"


def is_picture(duration: float) -> bool:
    """Whether a video of this many seconds is a still picture."""
    return duration <= 0.0


def covers(matches: Sequence[Match], comparison: Comparison) -> bool:
    """Whether the first match alone spans at least nine tenths of both videos, at the same speed and place."""
    first = matches[0]
    query, reference = comparison.query.info.duration, comparison.reference.info.duration
    return (
        first.query_end - first.query_start >= 0.9 * query
        and first.reference_end - first.reference_start >= 0.9 * reference
    )


def segments(comparison: Comparison) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
    """Start and end of every match, in the query and in the reference."""
    return (
        [(match.query_start, match.query_end) for match in comparison.matches],
        [(match.reference_start, match.reference_end) for match in comparison.matches],
    )


def share_matched(spans: Sequence[tuple[float, float]], duration: float) -> float:
    """The part of a video that is found in the other one, 0–1: its matched seconds; all or nothing for a picture."""
    if is_picture(duration):
        return float(bool(spans))
    return seconds_matched(spans, duration) / duration


def seconds_matched(spans: Sequence[tuple[float, float]], duration: float) -> float:
    """How many seconds the spans cover together, overlaps counted once, never more than the duration."""
    total, reached = 0.0, 0.0
    for start, end in sorted(spans):
        total += max(0.0, min(end, duration) - max(start, reached))
        reached = max(reached, min(end, duration))
    return total
