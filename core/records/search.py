"""The answer to "which clips of my library are like this one", and the space it may have been found in."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.records.learning import Curve
from core.records.library import Video

Using = Literal["visual", "audio", "early", "late"]
"""What is compared: pictures, sound, one vector made of both before comparing, or both compared and then weighed."""

Sense = Literal["visual", "audio"]

Chances = Literal["calibrated", "published"]
"""Where probabilities come from: fitted on halves of known clips, or equation 1 of the report as it stands."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One row of an answer."""

    video_id: str
    title: str
    similarity: float  # of the method, -1–1; the hits stand in its order
    distance: float  # of the method, lower is closer: 1 - similarity, or the Euclidean distance in a latent space
    probability: float  # 0–1; calibrated: that this is kin of the query. published: the share of this list that is its
    query_time: float  # the second of the query that matches best …
    reference_time: float  # … and the second of this video it matches; both 0 where only sound was compared
    is_kin: bool = False  # likelier kin than not by the calibrated probability, whichever is shown; text: always False
    visual: float | None = None  # similarity of the pictures alone; None when they were not compared or show nothing
    audio: float | None = None  # of the sound alone; None when it was not compared, or one of the two has no sound


@dataclass(frozen=True, slots=True)
class KinCalibration:
    """What turns the similarities of one method into probabilities."""

    temperature: float  # of the softmax: so much more similarity is e times the odds
    none_at: float  # the similarity at which a lone hit is as likely kin as not: that of the outcome "none of these"
    halves: int  # clips cut in two that it was fitted on; 0: not fitted
    source: str  # one sentence: where the two numbers come from


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The answer to one query."""

    query: Video | None  # None for a search by text
    hits: tuple[Hit, ...]  # best first
    encoder: str  # registry key
    model: str  # registry key
    notes: tuple[str, ...] = ()  # what a person should know to read the numbers ("the clip is black throughout")
    using: Using = "visual"
    text: str = ""  # the sentence of a search by text
    chances: Chances = "calibrated"
    none: float | None = None  # the calibrated probability that nothing in the library is kin; None for text
    calibration: KinCalibration | None = None  # None for text
    weights: dict[Sense, float] = field(default_factory=dict)  # of late fusion, as used: they add up to 1


@dataclass(frozen=True, slots=True)
class LatentSpace:
    """The two-dimensional latent space of the published VAE, with the library in it."""

    using: Using  # which of the three spaces: "visual", "audio" or "early"
    ids: tuple[str, ...]
    titles: tuple[str, ...]
    points: NDArray[np.float64] = field(repr=False)  # (N, 2) latent means
    query: tuple[float, float] | None  # the query's latent mean; None without a query, or when it has no place here
    model: str  # registry key
    state: str  # one sentence: when it was trained, on how many videos, and whether others were projected into it
    loss: Curve | None = None  # over the epochs
