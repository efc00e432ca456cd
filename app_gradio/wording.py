"""The answer for two frames in words: what a person reads before any number. Knows records and language, no widget."""

from core.records import FramePair

CLEAR = 0.10  # cosine away from the threshold at which the answer needs no "probably", where nothing was calibrated
EDGE = 0.02  # within this of the threshold it is a toss-up
SURE = 0.90  # probability of the answer from which on it needs no "probably" …
OPEN = 0.55  # … and below which it is a toss-up


def verdict(pair: FramePair) -> str:
    """The answer for two frames, as sure as the calibrated head is, else as the distance from the threshold allows."""
    is_clear, is_open = _certainty(pair)
    if is_open:
        return "On the edge: it could be either"
    answer = "the same video" if pair.is_same else "two different videos"
    return f"{answer[0].upper()}{answer[1:]}" if is_clear else f"Probably {answer}"


def reason(pair: FramePair) -> str:
    """How far the cosine lies from the threshold."""
    margin = pair.cosine - pair.threshold
    side = "above" if margin >= 0 else "below"
    return f"Cosine {number(pair.cosine)}, {abs(margin):.3f} {side} the threshold of {number(pair.threshold)}"


def chance(pair: FramePair) -> str:
    """The calibrated probability as words, where there is one: of the head, else of the cosine."""
    probability = pair.probability if pair.head_probability is None else pair.head_probability
    return "" if probability is None else f"{percent(probability)} likely to come from one video. "


def methods(pair: FramePair) -> list[tuple[str, str]]:
    """Every method that gave a probability, by name; empty when there is only one."""
    told = (
        ("Trained head", pair.head_probability),
        ("Cosine", pair.probability),
        ("Published network, not calibrated", pair.network_probability),
    )
    found = [(name, percent(probability)) for name, probability in told if probability is not None]
    return found if len(found) > 1 else []


def caution(pair: FramePair) -> str:
    """What a person should know before believing the answer; empty when nothing speaks against it."""
    return "One of the frames is black, white or plain, so there is little to go by." if pair.is_blank else ""


def number(cosine: float) -> str:
    """A cosine as a person reads it, its minus as wide as a figure."""
    return f"{cosine:.3f}".replace("-", "\u2212")


def percent(probability: float) -> str:
    """A probability as a person reads it; nothing is ever certain."""
    return f"{min(max(100 * probability, 1), 99):.0f} %"


def _certainty(pair: FramePair) -> tuple[bool, bool]:
    """Whether the answer is clear, and whether it is open."""
    if pair.head_probability is None:
        margin = abs(pair.cosine - pair.threshold)
        return margin >= CLEAR, margin < EDGE
    sure = max(pair.head_probability, 1 - pair.head_probability)
    return sure >= SURE, sure < OPEN
