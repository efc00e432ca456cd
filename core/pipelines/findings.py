"""What was found between two videos, put in a sentence: "0:12–0:47 of B is in A, mirrored"."""

from collections.abc import Sequence

from core.records import Match, Video, clock

EDGE = 1.5  # seconds that a passage may lie off the start or end of a video and still count as reaching it
WHOLE = 0.9  # share of a video from which on all of it corresponds
OTHER_SPEED = 0.04  # from which on a speed is worth a word: films on television run 4 % faster


def summary(matches: Sequence[Match], query: Video, reference: Video) -> str:
    """One sentence on how B (the reference) and A (the query) correspond, for a person who sees both."""
    own = [match for match in matches if not match.is_shared]
    if not own and matches:
        return f"A and B share only {_span(matches[0].query_start, matches[0].query_end)} of A, as many videos do."
    if not own:
        return "No passage of A corresponds to one of B."
    first, others = own[0], len(own) - 1
    in_a, in_b = _span(first.query_start, first.query_end), _span(first.reference_start, first.reference_end)
    covers_a, covers_b = _covers(first.query_start, first.query_end, query), _covers(
        first.reference_start, first.reference_end, reference
    )  # fmt: skip
    if covers_a and covers_b:
        said = "A and B correspond from beginning to end"
    elif covers_a:
        said = f"All of A is in B, at {in_b}"
    elif covers_b:
        said = f"All of B is in A, at {in_a}"
    else:
        said = f"{in_b} of B is in A, at {in_a}"
    more = f"; {others} more {'passage corresponds' if others == 1 else 'passages correspond'}" if others else ""
    return f"{said}{_manner(first)}{more}."


def shared_note(match: Match, query: Video, reference: Video, videos: int) -> str:
    """What a passage is that many videos show."""
    starts = match.query_start <= EDGE or match.reference_start <= EDGE
    ends = match.query_end >= query.info.duration - EDGE or match.reference_end >= reference.info.duration - EDGE
    what = "an intro" if starts else "an end card" if ends else "a passage"
    return (
        f"{_span(match.query_start, match.query_end)} of A is {what} that {videos} more "
        f"{'video shows' if videos == 1 else 'videos show'}, so it counts little."
    )


def _span(start: float, end: float) -> str:
    return f"{clock(start)}–{clock(end)}"


def _covers(start: float, end: float, video: Video) -> bool:
    return video.info.duration <= 0 or end - start >= WHOLE * video.info.duration


def _manner(match: Match) -> str:
    words = ", mirrored" if match.is_mirrored else ""
    if match.speed > 1 + OTHER_SPEED:
        return f"{words}, {match.speed:.2g} times as fast in A"
    if match.speed < 1 - OTHER_SPEED:
        return f"{words}, {1 / match.speed:.2g} times as slow in A"
    return words
