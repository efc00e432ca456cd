"""A way to search, put together: a model, the senses it is given, and how their scores become one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.errors import StudioError
from core.models.classifiers import KINDS, Classifier
from core.models.descriptors import Scale
from core.models.fusion import Scored, late, weights_for
from core.models.registry import model_spec
from core.models.scorers import Clip, References, Scorer, by_descriptor, by_nothing, by_pairs, chamfer
from core.records import Progress, Sense, Using, no_progress


@dataclass(frozen=True, slots=True)
class Method:
    """How similarity is found."""

    using: Using
    scorers: Mapping[Using, Scorer]  # for late fusion one for pictures and one for sound, else the one of `using`
    weights: Mapping[Sense, float]  # of late fusion
    distance: Callable[[float], float] = lambda similarity: 1.0 - similarity
    is_slow: bool = False  # looks at every frame, or learns every video: a large library is asked for candidates first
    glance: Scorer = by_nothing  # what brings those forward by their sound

    def scores(
        self, query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
    ) -> dict[str, Scored]:
        """What is known about each video, by id; one that cannot be compared is left out."""
        if self.using == "late":
            visual, audio = (self.scorers[sense](query, references, ids, progress) for sense in ("visual", "audio"))
            return late(visual, audio, self.weights)
        found = self.scorers[self.using](query, references, ids, progress)
        if self.using == "visual":
            return {video_id: Scored(score, visual=score) for video_id, score in found.items()}
        if self.using == "audio":
            return {video_id: Scored(score, audio=score) for video_id, score in found.items()}
        return {video_id: Scored(score) for video_id, score in found.items()}


def method_for(
    model: str,
    using: Using,
    *,
    scale: Scale,
    learned: Any = None,
    weights: Mapping[Sense, float] | None = None,
) -> Method:
    """The method of that model. `learned` is the model itself where it learns, `scale` that of sound features.

    A learned model either compares two tracks (`score`) or makes scorers of its own (`scorers`, by what is compared).
    One that only looks at pictures is joined by the cosine of sound in late fusion.
    Raises StudioError when the model cannot compare that, ValueError for weights that say nothing.
    """
    spec = model_spec(model, "search")
    if using not in spec.using:
        raise StudioError(f"{spec.label} does not compare that. Choose from: {', '.join(spec.using)}.")
    scorers: dict[Using, Scorer] = {"audio": by_descriptor("audio", scale)}
    if model == "cosine":
        scorers |= {"visual": by_pairs(chamfer), "early": by_descriptor("early", scale)}
    elif model == "descriptor":
        scorers |= {"visual": by_descriptor("visual", scale), "early": by_descriptor("early", scale)}
    elif model in KINDS:
        scorers |= Classifier(model).scorers(scale)
    elif hasattr(learned, "scorers"):
        scorers |= learned.scorers(scale)
    else:
        scorers |= {"visual": by_pairs(learned.score)}
    looks_at_frames = model == "cosine" or hasattr(learned, "score")
    is_slow = model in KINDS or (looks_at_frames and using in ("visual", "late"))
    glance = by_descriptor("audio", scale)
    plain = Method(using, scorers, weights_for(using, weights), is_slow=is_slow, glance=glance)
    return replace(plain, distance=learned.distance) if hasattr(learned, "distance") else plain
