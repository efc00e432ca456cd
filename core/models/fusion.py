"""Late fusion: what pictures say and what sound says, weighed against one another."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.records import Sense, Using

WEIGHTS: dict[Sense, float] = {"visual": 0.9, "audio": 0.1}
"""Sound decides between videos whose pictures are alike, and speaks alone where there is nothing to see: pictures of
the two halves of a clip agree far more often than their sound does, and one song lies under many films."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What was found out about one video."""

    similarity: float
    visual: float | None = None
    audio: float | None = None


def weights_for(using: Using, weights: Mapping[Sense, float] | None = None) -> dict[Sense, float]:
    """The weights of late fusion so that they add up to 1; nothing for the others.

    Raises ValueError for a negative weight or none above 0.
    """
    if using != "late":
        return {}
    given = WEIGHTS if weights is None else {**dict.fromkeys(WEIGHTS, 0.0), **weights}
    total = sum(given.values())
    if min(given.values()) < 0 or not 0 < total < float("inf") or set(given) != set(WEIGHTS):
        raise ValueError("Weights are numbers of at least 0 for visual and audio, and one of them is more.")
    return {sense: weight / total for sense, weight in given.items()}


def late(visual: Mapping[str, float], audio: Mapping[str, float], weights: Mapping[Sense, float]) -> dict[str, Scored]:
    """The weighted mean of both senses, by video id.

    Where one sense has nothing to say about a pair (no sound, nothing but black), the other decides alone: silence is
    no evidence for or against. A sense of weight 0 is shown and not counted, and does not step in either.
    """
    found = {}
    for video_id in {*visual, *audio}:
        own: dict[Sense, float | None] = {"visual": visual.get(video_id), "audio": audio.get(video_id)}
        counted = [(weights[sense], score) for sense, score in own.items() if score is not None and weights[sense] > 0]
        if counted:
            mean = sum(weight * score for weight, score in counted) / sum(weight for weight, _ in counted)
            found[video_id] = Scored(mean, own["visual"], own["audio"])
    return found
