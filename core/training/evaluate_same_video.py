"""The experiment of two frames on real videos: `python -m core evaluate same_video --videos DIR`.

The paper's table beside ours, with every encoder at hand; then its open questions: longer and shorter intervals, cuts
between the frames, pictures that come from no video, and a better head. Sources are split 70:15:15, each seed in turns
that put every source into the test once; nothing is judged on a source that it was fitted, chosen or calibrated on.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.features.embedded import EmbeddedEncoder
from core.models.same_video import SymmetricHead
from core.records import Progress, no_progress
from core.training.edits import EDITS
from core.training.folder_tracks import FPS, Describe, Folder, read_folder
from core.training.frame_pairs import INTERVAL, SAMPLES, Footage, FramePairs, Pair, Part, frames_apart, turns_of
from core.training.metrics import best_threshold, brier_score, calibration_error, logistic
from core.training.pair_fitting import ECE_BINS, Sample, sample, train_network
from core.training.same_video import Lesson, teach
from core.training.synthesis import make_film
from core.training.yardstick import load_mobilenet

SEEDS = 5
INTERVALS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)  # seconds
PER_SOURCE = 60  # pairs of a source at an interval, true and false alike
PICTURES = 200  # made by code, each with an edited copy
FIRST_PICTURE = 2_000_000_011  # their seeds; no film of a recipe has them
PUBLISHED = {
    "encoder": "CLIP ViT-B/32, 4,453 videos from YouTube",
    "cosine": {
        "threshold": 0.685,
        "train_accuracy": 0.893,
        "validation_accuracy": 0.879,
        "validation_f1": 0.870,
    },
    "network": {"validation_accuracy": [0.86, 0.88], "validation_loss": [0.318, 0.3256], "test_accuracy": 0.88},
}  # section III; validation after the first and the second epoch


@dataclass(frozen=True)
class Trial:
    """One turn of one seed."""

    seed: int
    turn: int
    lesson: Lesson
    symmetric: NDArray[np.float64]  # (N,) odds of the network without order, alone, for the pairs of the test

    @property
    def test(self) -> Sample:
        """The pairs it was judged on."""
        return self.lesson.test

    def sources(self, part: Part, footage: Footage) -> list[str]:
        """The groups of a part."""
        return FramePairs(footage, part=part, seed=self.seed, turn=self.turn).groups


def run(videos: Path, *, seed: int = 0, progress: Progress = no_progress) -> dict[str, Any]:
    """All figures as a JSON object; `seed` is the first of five. Raises StudioError when there are too few videos."""
    encoder = EmbeddedEncoder()
    describers: dict[str, Describe] = {encoder.name: encoder.encode}
    tracks: dict[str, tuple[str, Describe]] = {
        encoder.name: (f"{encoder.name}-{encoder.version}@{FPS}fps", encoder.encode)
    }
    mobilenet, reason = load_mobilenet()
    if mobilenet is not None:
        describers["mobilenetv2"] = mobilenet
        tracks["mobilenetv2"] = (f"mobilenetv2-1@{FPS}fps", mobilenet)
    folder = read_folder(videos, tracks, progress=lambda done, text: progress(0.5 * done, text))
    measured = measure(folder, describers, seed=seed, progress=lambda done, text: progress(0.5 + 0.5 * done, text))
    return {**measured, "unreadable": list(folder.failures), "yardstick": reason}


def measure(
    folder: Folder,
    describers: Mapping[str, Describe],
    *,
    seed: int = 0,
    seeds: int = SEEDS,
    number: int = SAMPLES,
    progress: Progress = no_progress,
) -> dict[str, Any]:
    """The same videos through every encoder. `number` of pairs over all parts."""
    table: dict[str, Any] = {"published": PUBLISHED}
    about: dict[str, Any] = {}
    for place, (name, footage) in enumerate(folder.footage.items()):

        def step(done: float, text: str, place: int = place, name: str = name) -> None:
            progress((place + done) / len(folder.footage), f"{name}: {text}")

        trials = _trials(footage, seed, seeds, number, step)
        table[name] = _row(trials)
        about[name] = {
            "interval": _intervals(footage, trials),
            "cuts": _cuts(folder, trials),
            "pictures": _pictures(describers[name], trials),
        }
    anyone = next(iter(folder.footage.values()))
    pairs = FramePairs(anyone, seed=seed)
    return {
        "videos": len(anyone.tracks),
        "sources": len(set(anyone.groups)),
        "too_short": pairs.too_short,
        "seeds": [seed + n for n in range(seeds)],
        "table": table,
        "open_questions": about,
    }


def _trials(footage: Footage, seed: int, seeds: int, number: int, progress: Progress) -> list[Trial]:
    usable = {g for g, t in zip(footage.groups, footage.tracks, strict=True) if len(frames_apart(t.times, INTERVAL)[0])}
    turns = turns_of(len(usable))
    trials: list[Trial] = []
    for one in range(seed, seed + seeds):
        for turn in range(turns):
            progress(len(trials) / (seeds * turns), f"seed {one}, turn {turn + 1} of {turns}")
            lesson = teach(footage, source="real clips", seed=one, turn=turn, number=number)
            alone = SymmetricHead(lesson.test.a.shape[1])
            train = FramePairs(footage, part="train", seed=one, turn=turn, number=number)
            train_network(alone, sample(footage, train.pairs()), seed=one)
            with torch.inference_mode():
                logits = alone(*lesson.test.tensors).double().numpy()
            trials.append(Trial(one, turn, lesson, logits[:, 1] - logits[:, 0]))
    return trials


# ------------------------------------------------------------------------------------------------ the table


def _row(trials: Sequence[Trial]) -> dict[str, Any]:
    """Means over seeds of the published protocol, which is the first turn; and over all turns, every source tested."""
    first = [trial.lesson.figures for trial in trials if trial.turn == 0]
    curves = {
        curve.name: _rounded_list(np.mean([t.lesson.curves[k].values for t in trials if t.turn == 0], axis=0))
        for k, curve in enumerate(trials[0].lesson.curves)
    }
    return {
        "published_protocol": {
            "cosine": _mean([figures["cosine"] for figures in first]),
            "network": {
                "parameters": _parameters(trials[0]),
                "by_half_epoch": curves,
                "test": _mean([figures["test"]["published_network"] for figures in first]),
            },
            "test_by_seed": {
                str(trial.seed): {
                    name: trial.lesson.figures["test"][name]["accuracy"]
                    for name in ("cosine", "published_network", "head")
                }
                for trial in trials
                if trial.turn == 0
            },
        },
        "every_source_tested": _every_source(trials),
        "splits_by_share_of_the_network": {
            str(share): count
            for share, count in sorted(
                Counter(t.lesson.figures["head"]["share_of_the_network"] for t in trials).items()
            )
        },
    }


def _every_source(trials: Sequence[Trial]) -> dict[str, Any]:
    """Accuracy, calibration and Brier of every method with the pairs of all turns together, as means over seeds."""
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in ("cosine", "published", "symmetric", "head")}
    for seed in dict.fromkeys(trial.seed for trial in trials):
        turns = [trial for trial in trials if trial.seed == seed]
        truths = np.concatenate([trial.test.truths for trial in turns])
        for name, found in rows.items():
            answers = [_answer(trial, name) for trial in turns]
            said, chances = (np.concatenate(values) for values in zip(*answers, strict=True))
            found.append(
                {
                    "accuracy": float((said == truths).mean()),
                    "calibration_error": calibration_error(chances, truths, bins=ECE_BINS),
                    "brier": brier_score(chances, truths),
                }
            )
    gains = [
        trial.lesson.figures["test"]["head"]["accuracy"] - trial.lesson.figures["test"]["cosine"]["accuracy"]
        for trial in trials
    ]
    return {
        **{name: _mean(found) for name, found in rows.items()},
        "head_by_seed": [{name: _rounded(value) for name, value in row.items()} for row in rows["head"]],
        "head_below_cosine": f"{sum(gain < 0 for gain in gains)} of {len(gains)} splits",
        "least_gain_of_the_head": _rounded(min(gains)),
    }


def _answer(trial: Trial, name: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """What a method says of the test pairs of a trial: yes or no, and its probability."""
    test, made = trial.test, trial.lesson.model
    if name == "cosine":
        return test.cosines >= made.cosine.threshold, logistic(made.cosine.slope * test.cosines + made.cosine.intercept)
    if name == "symmetric":
        return trial.symmetric >= 0, logistic(trial.symmetric)
    if name == "published":
        assert made.published is not None
        chances = made.published.score(*test.tensors).double().numpy()
    else:
        chances = made.head.score(*test.tensors).numpy()
    return chances >= 0.5, chances


def _parameters(trial: Trial) -> int:
    published = trial.lesson.model.published
    assert published is not None
    return sum(value.numel() for value in published.parameters())


# --------------------------------------------------------------------------------------- the open questions


def _intervals(footage: Footage, trials: Sequence[Trial]) -> dict[str, Any]:
    """Accuracy on test sources by the seconds between the frames of a true pair: with the threshold for 2 s, as the
    product uses it, and with the best one for that interval, fitted on the training sources."""
    rows: dict[str, Any] = {}
    for interval in INTERVALS:
        fixed, own, counted = [], [], set()
        for trial in trials:
            train = _pairs_at(footage, trial.sources("train", footage), interval, trial.seed)
            test = _pairs_at(footage, trial.sources("test", footage), interval, trial.seed)
            if not train or not test:
                continue
            counted |= {footage.groups[pair.first[0]] for pair in test}
            known, asked = sample(footage, train), sample(footage, test)
            at_two = trial.lesson.model.cosine.threshold
            fixed.append(((asked.cosines >= at_two) == asked.truths, len(test)))
            own.append(((asked.cosines >= best_threshold(known.cosines, known.truths)) == asked.truths, len(test)))
        if fixed:
            rows[f"{interval:g} s"] = {
                "accuracy": _rounded(np.concatenate([right for right, _ in fixed]).mean()),
                "accuracy_with_its_own_threshold": _rounded(np.concatenate([right for right, _ in own]).mean()),
                "sources": len(counted),
            }
    return rows


def _pairs_at(footage: Footage, groups: Sequence[str], interval: float, seed: int) -> list[Pair]:
    """As many true as false pairs of every source that is long enough, the false ones against any other source."""
    rng = np.random.default_rng([seed, round(interval * 10)])
    members = {name: [n for n, group in enumerate(footage.groups) if group == name] for name in groups}
    pairs = []
    for name, videos in members.items():
        true = [
            (video, start, end)
            for video in videos
            for start, end in zip(*frames_apart(footage.tracks[video].times, interval), strict=True)
        ]
        others = [video for other, found in members.items() if other != name for video in found]
        if not others:
            continue
        for chosen in rng.permutation(len(true))[:PER_SOURCE].tolist():
            video, start, end = true[chosen]
            other = others[int(rng.integers(len(others)))]
            pairs.append(Pair((video, int(start)), (video, int(end)), True))
            stranger = int(rng.integers(len(footage.tracks[other])))
            pairs.append(Pair((video, int(start)), (other, stranger), False))
    return pairs


def _cuts(folder: Folder, trials: Sequence[Trial]) -> dict[str, Any]:
    """True pairs of the test with and without a change of shot between their frames: how many, and how many found."""
    straddles, found = [], []
    for trial in trials:
        said, _ = _answer(trial, "head")
        footage = next(footage for footage in folder.footage.values() if len(footage.tracks))
        for pair, is_yes in zip(trial.test.pairs, said.tolist(), strict=True):
            if pair.is_same:
                times = footage.tracks[pair.first[0]].times
                straddles.append(folder.changes_between(pair.first[0], times[pair.first[1]], times[pair.second[1]]))
                found.append(is_yes)
    crossed, yes = np.array(straddles, bool), np.array(found, bool)
    return {
        "share_of_true_pairs_across_a_change": _rounded(crossed.mean()),
        "found_across_a_change": _rounded(yes[crossed].mean()) if crossed.any() else None,
        "found_within_one_shot": _rounded(yes[~crossed].mean()) if (~crossed).any() else None,
    }


def _pictures(describe: Describe, trials: Sequence[Trial]) -> dict[str, Any]:
    """Pictures that were never part of a video: how often two of them pass for one video's, and an edited copy does."""
    names, copies, originals = list(EDITS), [], []
    for number in range(PICTURES):
        picture = make_film(FIRST_PICTURE + number, shots=1).frame(0, 0.0)
        rng = np.random.default_rng([FIRST_PICTURE, number])
        originals.append(describe(picture[None])[0])
        copies.append(describe(EDITS[names[number % len(names)]](picture, rng)[None])[0])
    a, b = np.stack(originals), np.stack(copies)
    first, second = np.triu_indices(PICTURES, 1)
    strangers, twins = np.einsum("nd,nd->n", a[first], a[second]), np.einsum("nd,nd->n", a, b)
    thresholds = [trial.lesson.model.cosine.threshold for trial in trials]
    return {
        "pairs_of_different_pictures": len(strangers),
        "false_alarms": _rounded(np.mean([(strangers >= threshold).mean() for threshold in thresholds])),
        "edited_copies_taken_for_one_source": _rounded(np.mean([(twins >= line).mean() for line in thresholds])),
        "made": "by code: scenes of films that no recipe learned from",
    }


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    return {name: _rounded(np.mean([row[name] for row in rows])) for name in rows[0]}


def _rounded(value: Any) -> float:
    return round(float(value), 4)


def _rounded_list(values: NDArray[np.float64]) -> list[float]:
    return [_rounded(value) for value in values]
