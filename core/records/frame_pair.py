"""The answer for two frames."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScoreSpread:
    """How the cosines of known pairs spread: the share of each kind in bins between `edges`."""

    edges: tuple[float, ...]  # (K + 1,) ascending, -1–1
    same: tuple[float, ...]  # (K,) shares that sum to 1: frames of one video, 2 s apart
    different: tuple[float, ...]  # (K,) frames of two videos


@dataclass(frozen=True, slots=True)
class FramePair:
    """Do two frames come from the same video?"""

    cosine: float  # -1–1
    threshold: float  # the cosine from which on the cosine alone says yes
    threshold_source: str  # where that number comes from
    is_same: bool  # the answer: of the head where there is one, else of the cosine
    encoder: str
    probability: float | None = None  # that they do, from the cosine alone, where it was calibrated
    head_probability: float | None = None  # the same from the head that was trained for this encoder
    network_probability: float | None = None  # and from the published network, where it was trained; not calibrated
    spread: ScoreSpread | None = None  # what known pairs score
    is_blank: bool = False  # a frame is black, white or plain, so there is little to go by
