"""The answer for two frames in words: what a person reads before any number. Knows records and language, no widget."""

from core.records import FramePair

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
