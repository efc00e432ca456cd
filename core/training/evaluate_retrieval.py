"""Methods of search side by side: `python -m core evaluate retrieval --library DIR`, or `--videos DIR`.

By halves: the first half of every clip is put to the second halves of all clips, and to the whole of those too short to
be cut; right is its own other half, or another variant of its source. By variants: every clip that has variants is put
to all other clips. Which clips show one source a manifest says, or a tag "group:NAME". Models that learn from a library
learn from what the queries are put to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core import checkpoints
from core.config import WEIGHTS
from core.errors import StudioError
from core.features.registry import ENCODERS
from core.models import probability
from core.models.descriptors import LEAST, Scale, fit_scale
from core.models.mel_autoencoder import NAME as MEL
from core.models.methods import Method, method_for
from core.models.registry import MODELS, restore
from core.models.scorers import Clip, Kept, containment, rows, tabulate
from core.records import KinCalibration, Progress, Using, no_progress
from core.training import mel_autoencoder, vae, vae_wide
from core.training.calibrate import ENOUGH, LEFT_OUT, Question, fit
from core.training.clips import Subject, from_library, from_videos
from core.training.material import Material
from core.training.metrics import average_precision, calibration_error

LONG = 8.0  # seconds of a clip from which on its halves are ranked
TOP = 5  # hits of an answer
FOLDS = 10  # times that half of the sources calibrate and the other half is judged
BINS = 10
FITTED, FEW = ("logistic", "svm"), 30  # models fitted for every query anew, and how many variants they are asked about
DEFAULT: tuple[str, Using] = ("cosine", "late")

Scores = dict[str, dict[str, float]]
"""Of each query, by the id of what it was put to."""


@dataclass(frozen=True)
class Trial:
    """Queries and what they are put to."""

    queries: dict[str, Clip]
    references: Kept
    leaves_out_itself: bool

    def ask(self, method: Method, *, most: int = 0) -> Scores:
        """Every query, or `most` of them spread evenly."""
        found = {}
        places = np.linspace(0, len(self.queries) - 1, min(most or len(self.queries), len(self.queries)))
        asked = {place.item() for place in places.round().astype(int)}
        for number, (query_id, clip) in enumerate(self.queries.items()):
            if number not in asked:
                continue
            ids = [one for one in self.references.clips if not (self.leaves_out_itself and one == query_id)]
            answer = method.scores(clip, self.references, ids)
            found[query_id] = {video_id: scored.similarity for video_id, scored in answer.items()}
        return found


@dataclass(frozen=True)
class Truth:
    """What is known about the clips, in one order."""

    group: dict[str, str]
    duration: dict[str, float]
    place: dict[str, int]
    same: NDArray[np.bool_]  # (N, N): copies, or one holds the other
    known: frozenset[str]
    alike: NDArray[np.float32]  # (N, N) how much of one is in the other, NaN where one shows nothing

    def is_kin(self, query: str, reference: str) -> bool:
        return self.group[query] == self.group[reference]


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Over a folder of videos, through the built-in encoder. Raises StudioError when it holds none."""
    subjects, failures = from_videos(videos, progress=lambda done, text: progress(0.6 * done, text))
    found = measure(subjects, seed=seed, progress=lambda done, text: progress(0.6 + 0.4 * done, text))
    return {**found, "unreadable": failures}


def run_on_library(material: Material, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """Over a library through its own tracks. Raises StudioError when that is too small to say anything."""
    subjects = from_library(material, progress=lambda done, text: progress(0.3 * done, text))
    encoder = material.encoder
    return measure(
        subjects,
        encoder=encoder.name,
        version=encoder.version,
        seed=seed,
        progress=lambda done, text: progress(0.3 + 0.7 * done, text),
    )


def measure(
    subjects: Sequence[Subject],
    *,
    encoder: str = "embedded",
    version: str = "3",
    seed: int = 0,
    only: Sequence[str] = (),
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """Recall, mean average precision and calibration of every method, as a JSON object; 0–1, higher is better.

    `calibration_error` is the expected one over the five best hits of the halves in ten bins, lower is better, on
    sources that the temperature was not fitted to. It is judged by what is known for certain: right is the other half,
    and other variants of its source are not asked. `first` is the same over the best hit alone, `left_out` where a
    quarter of the queries has no answer, `with_variants` where variants are there and right as well, although some of
    them share a film and not a single frame. Clips that a manifest gives no source are only ranked. A query that cannot
    be asked (nothing to see, or to hear) counts as missed. `only` names models.
    """
    if sum(subject.halves is not None for subject in subjects) < 2 * ENOUGH:
        raise StudioError(f"A comparison of methods takes at least {2 * ENOUGH} clips of four seconds and more.")
    calibration = ENCODERS[encoder].calibration
    assert calibration is not None  # sound is not asked for as the visual encoder
    truth = _truth(subjects, calibration.copy)
    halves, wholes = _trials(subjects, truth)
    guess = KinCalibration(
        (calibration.copy - calibration.same_video) / 5, (calibration.copy + calibration.same_video) / 2, 0, ""
    )
    names = [name for name, spec in MODELS.items() if "search" in spec.roles and (not only or name in only)]
    left_out, table = {}, []
    for place, name in enumerate(names):
        progress(place / len(names), f"measuring {MODELS[name].label}")
        learned = [_learned(name, trial, f"{encoder}-{version}", seed) for trial in (halves, wholes)]
        if MODELS[name].learns and None in learned:
            left_out[name] = "It has learned nothing that ships for these vectors."
            continue
        for using in MODELS[name].using:
            scores = [
                trial.ask(
                    method_for(name, using, scale=_scale(trial), learned=model),
                    most=FEW if name in FITTED and trial is wholes else 0,
                )
                for trial, model in zip((halves, wholes), learned, strict=True)
            ]
            long = {one: row for one, row in scores[0].items() if truth.duration[one] > LONG}
            table.append(
                {
                    "model": name,
                    "using": using,
                    "is_default": (name, using) == DEFAULT,
                    "halves": _ranked(long, truth),
                    "variants": _ranked(scores[1], truth),
                    "calibration": _calibration(scores[0], truth, calibration.copy, guess, seed),
                }
            )
    return {
        "videos": len(subjects),
        "sources": len(set(truth.group.values())),
        "with_sound": sum(subject.whole.has_sound for subject in subjects),
        "encoder": f"{encoder}-{version}",
        "halves_with_nothing_to_see": sum(
            truth.duration[one] > LONG and not clip.has_pictures for one, clip in halves.queries.items()
        ),
        "table": table,
        "left_out": left_out,
    }


def _trials(subjects: Sequence[Subject], truth: Truth) -> tuple[Trial, Trial]:
    cut = {one.id: one.halves for one in subjects if one.halves is not None}
    seconds = {one.id: cut[one.id].second if one.id in cut else one.whole for one in subjects}
    halves = Trial({video_id: half.first for video_id, half in cut.items()}, Kept(seconds), False)
    sizes = {group: list(truth.group.values()).count(group) for group in set(truth.group.values())}
    queries = {one.id: one.whole for one in subjects if sizes[one.group] > 1}
    return halves, Trial(queries, Kept({one.id: one.whole for one in subjects}), True)


def _truth(subjects: Sequence[Subject], floor: float) -> Truth:
    alike = np.full((len(subjects), len(subjects)), np.nan, np.float32)
    for row, one in enumerate(subjects):
        for column, other in enumerate(subjects[: row + 1]):
            if one.whole.has_pictures and other.whole.has_pictures:
                alike[row, column] = alike[column, row] = containment(one.whole.visual, other.whole.visual)
    return Truth(
        {one.id: one.group for one in subjects},
        {one.id: one.duration for one in subjects},
        {one.id: place for place, one in enumerate(subjects)},
        np.nan_to_num(alike, nan=-1.0) >= floor,
        frozenset(one.id for one in subjects if one.is_known),
        alike,
    )


def _scale(trial: Trial) -> Scale:
    heard = rows(trial.references.table(), "audio")
    if len(heard.ids) >= LEAST:
        return fit_scale(heard.sound)
    return vae.usual_sound(trial.references.table())


def _learned(name: str, trial: Trial, version: str, seed: int) -> Any:
    """The model for this trial: learned from what the queries are put to, else as it ships, else None."""
    if not MODELS[name].learns:
        return None
    if name in ("vae", "vae_wide"):
        sizes = vae.SIZES if name == "vae" else vae_wide.SIZES
        return restore(vae.fit_spaces(name, tabulate(trial.references.clips.items()), sizes, seed=seed)[0])
    if name == MEL:
        heard = [clip.mel for clip in trial.references.clips.values() if clip.mel is not None and len(clip.mel)]
        return restore(mel_autoencoder.fit(heard, seed=seed)[0]) if len(heard) >= mel_autoencoder.FEWEST else None
    shipped = WEIGHTS / checkpoints.file_name(name, version)
    return restore(checkpoints.load(shipped, name)) if shipped.is_file() and MODELS[name].reads == "frames" else None


def _ranked(scores: Mapping[str, Mapping[str, float]], truth: Truth) -> dict[str, Any]:
    """How far up the right answers stand."""
    firsts, fives, precisions = [], [], []
    for query, row in scores.items():
        order = sorted(row, key=lambda video_id: (-row[video_id], video_id))
        right = np.array([truth.is_kin(query, video_id) for video_id in order], bool)
        firsts.append(bool(right[:1].any()))
        fives.append(bool(right[:TOP].any()))
        precisions.append(average_precision(-np.arange(len(right), dtype=float), right) if right.any() else 0.0)
    return {
        "queries": len(scores),
        "recall_at_1": _round(np.mean(firsts)),
        "recall_at_5": _round(np.mean(fives)),
        "mean_average_precision": _round(np.mean(precisions)),
    }


def _calibration(scores: Scores, truth: Truth, floor: float, guess: KinCalibration, seed: int) -> dict[str, Any]:
    """Fitted on the halves of one half of the sources, judged on the other, several times over."""
    rng = np.random.default_rng(seed)
    scores = {
        query: {video_id: score for video_id, score in row.items() if video_id in truth.known}
        for query, row in scores.items()
        if query in truth.known
    }
    groups = sorted({truth.group[query] for query in scores})
    parts: dict[str, list[tuple[float, bool]]] = {"top": [], "first": [], "left_out": [], "with_variants": []}
    fitted = []
    for _ in range(FOLDS):
        own = set(rng.permutation(groups)[: len(groups) // 2].tolist())
        questions = [
            found
            for query, row in scores.items()
            if truth.group[query] in own
            if (found := _question(query, row, truth, floor))
        ]
        if len(questions) < ENOUGH:
            continue
        temperature, none_at = fit(questions, guess)
        fitted.append((temperature, none_at))
        for query, row in scores.items():
            if truth.group[query] in own or not row:
                continue
            answer = _chances(row, truth, temperature, none_at)
            parts["with_variants"] += [(chance, truth.is_kin(query, video_id)) for video_id, chance in answer]
            alone = {one: score for one, score in row.items() if one == query or not truth.is_kin(query, one)}
            if not alone:
                continue
            answer = _chances(alone, truth, temperature, none_at)
            parts["top"] += [(chance, video_id == query) for video_id, chance in answer]
            parts["first"].append((answer[0][1], answer[0][0] == query))
            if rng.random() < LEFT_OUT:
                alone.pop(query, None)
                answer = _chances(alone, truth, temperature, none_at) if alone else []
            parts["left_out"] += [(chance, video_id == query) for video_id, chance in answer]
    if not fitted:
        return {"calibration_error": None}
    errors = {name: _round(calibration_error(*_columns(pairs), bins=BINS)) for name, pairs in parts.items()}
    middle = np.median(np.array(fitted), axis=0)
    return {
        "calibration_error": errors["top"],
        "first": errors["first"],
        "left_out": errors["left_out"],
        "with_variants": errors["with_variants"],
        "temperature": _round(middle[0]),
        "none_at": _round(middle[1]),
        "bins": _bins(*_columns(parts["top"])),
    }


def _question(query: str, row: Mapping[str, float], truth: Truth, floor: float) -> Question | None:
    """As `core.training.calibrate` asks: what shows the same as the query is nobody's known answer."""
    if query not in row:
        return None
    alike = truth.alike[truth.place[query]]
    others = [one for video_id, one in row.items() if video_id != query and not alike[truth.place[video_id]] >= floor]
    return Question(row[query], np.array(others, np.float64))


def _chances(row: Mapping[str, float], truth: Truth, temperature: float, none_at: float) -> list[tuple[str, float]]:
    """The five best hits with their probabilities, as a search gives them."""
    order = sorted(row, key=lambda video_id: (-row[video_id], video_id))
    places = [truth.place[video_id] for video_id in order]
    chances, _ = probability.kinship(
        np.array([row[video_id] for video_id in order]),
        temperature=temperature,
        none_at=none_at,
        copies=truth.same[np.ix_(places, places)],
    )
    return [(video_id, float(chance)) for video_id, chance in zip(order[:TOP], chances, strict=False)]


def _bins(chances: NDArray[np.float64], truths: NDArray[np.bool_]) -> list[dict[str, Any]]:
    place = np.minimum((chances * BINS).astype(int), BINS - 1)
    return [
        {
            "promised": _round(chances[place == one].mean()),
            "found": _round(truths[place == one].mean()),
            "hits": int((place == one).sum()),
        }
        for one in np.unique(place)
    ]


def _columns(pairs: Sequence[tuple[float, bool]]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    return np.array([chance for chance, _ in pairs]), np.array([is_kin for _, is_kin in pairs], bool)


def _round(value: Any) -> float:
    return round(float(value), 4)
