"""Search as classification: every video of the library is a class, its frames are the examples, the query votes.

The report wished for a choice of classifier. Examples are frames for pictures, the scaled features for sound, and
frames with the sound of their clip beside them for both. The only file that imports scikit-learn for a search.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import NotFound
from core.models.descriptors import Scale, sound_vectors
from core.models.scorers import Clip, References, Scorer
from core.records import Progress, Using, no_progress

KINDS = ("knn", "logistic", "svm")
NEIGHBOURS = 10  # examples that each frame of the query asks
EXAMPLES = 20  # frames of a video at most, spread evenly
STRENGTH = 10.0  # of the fit against the pull to small weights, for rows of length 1

Floats = NDArray[np.float32]
Votes = Callable[[Floats], NDArray[np.float64]]
"""Rows (P, D) -> (P, C): how much each row is like each class, higher is more."""


@dataclass(frozen=True)
class Classifier:
    """A kind of classifier, which learns the candidates anew for each search: they are few (of a large library
    those that are likely) and it takes a moment."""

    kind: str  # "knn", "logistic" or "svm"

    def scorers(self, scale: Scale) -> dict[Using, Scorer]:
        return {using: self._scorer(using, scale) for using in ("visual", "audio", "early")}

    def _scorer(self, using: Using, scale: Scale) -> Scorer:
        kept: dict[tuple[int, tuple[str, ...]], tuple[list[str], Votes]] = {}

        def scorer(
            query: Clip, references: References, ids: Sequence[str], progress: Progress = no_progress
        ) -> dict[str, float]:
            rows, weights = examples(query, using, scale)
            if len(rows) == 0:
                return {}
            key = (id(references), tuple(ids))
            if key not in kept:
                progress(0.1, "learning to tell the videos apart")
                kept[key] = learn(self.kind, references, ids, using, scale)
            classes, votes = kept[key]
            if not classes:
                return {}
            scores = np.average(votes(rows), axis=0, weights=weights)
            return {video_id: float(score) for video_id, score in zip(classes, scores, strict=True)}

        return scorer


def learn(kind: str, references: References, ids: Sequence[str], using: Using, scale: Scale) -> tuple[list[str], Votes]:
    """The classes that have examples, in order, and what tells them apart."""
    classes: list[str] = []
    found: list[Floats] = []
    for video_id in ids:
        try:
            rows, _ = examples(references.clip(video_id), using, scale)
        except NotFound:
            continue
        if len(rows):
            keep = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), EXAMPLES)).round().astype(int))
            classes.append(video_id)
            found.append(rows[keep])
    labels = np.repeat(np.arange(len(found)), [len(rows) for rows in found])
    if len(classes) < 2:
        return classes, lambda rows: np.ones((len(rows), len(classes)))
    data = np.concatenate(found)
    return classes, neighbours(data, labels) if kind == "knn" else _fitted(kind, data, labels)


def neighbours(data: Floats, labels: NDArray[np.intp]) -> Votes:
    """k-NN: the share of the nearest examples' cosines that each class holds, times the best cosine it offers.

    The second factor keeps a vote among strangers from looking like a vote among kin. 0–1.
    """
    count = int(labels.max()) + 1

    def votes(rows: Floats) -> NDArray[np.float64]:
        cosines = np.maximum(rows @ data.T, 0.0).astype(np.float64)
        k = min(NEIGHBOURS, cosines.shape[1])
        nearest = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        result = np.zeros((len(rows), count))
        for row, places in enumerate(nearest):
            own = cosines[row, places]
            shares = np.bincount(labels[places], own, count) / max(float(own.sum()), 1e-12)
            best = np.zeros(count)
            np.maximum.at(best, labels[places], own)
            result[row] = shares * best
        return result

    return votes


def _fitted(kind: str, data: Floats, labels: NDArray[np.intp]) -> Votes:
    """Logistic regression: probabilities, 0–1. Linear support vectors, one against the rest: margins within -1–1."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    model: Any
    if kind == "logistic":
        model = LogisticRegression(C=STRENGTH, max_iter=50, tol=1e-3)
    else:
        model = LinearSVC(C=1.0, dual=True, tol=1e-2, max_iter=200)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of few examples of a class, and of digits that nobody reads
        model.fit(data, labels)
    if kind == "logistic":
        return lambda rows: np.asarray(model.predict_proba(rows), np.float64)

    def margins(rows: Floats) -> NDArray[np.float64]:
        found = np.tanh(np.asarray(model.decision_function(rows), np.float64))
        return np.stack([-found, found], axis=1) if found.ndim == 1 else found

    return margins


def examples(clip: Clip, using: Using, scale: Scale) -> tuple[Floats, Floats]:
    """Rows of length 1 (P, D) and how much each counts (P,); none when the clip lacks what is to be compared."""
    shows = clip.visual.weights > 0
    frames, weights = clip.visual.vectors[shows], clip.visual.weights[shows]
    if using == "visual":
        return frames, weights
    sound = sound_vectors(clip.sound.vectors, scale)
    if using == "audio":
        return sound, np.ones(len(sound), np.float32)
    if len(sound) == 0:
        return np.zeros((0, 0), np.float32), np.zeros(0, np.float32)
    both = np.concatenate([frames, np.repeat(sound[:1], len(frames), axis=0)], axis=1) * np.float32(0.5**0.5)
    return np.asarray(both, np.float32), weights
