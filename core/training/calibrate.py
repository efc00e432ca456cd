"""What similarities mean on one library: the two numbers of the kinship softmax, fitted on clips cut in two.

Two halves of one video are known to be kin. Each first half is put to all second halves; in a share of the searches its
own other half counts as left out, so "none of these" is learned as well. Others that show the same as it (copies, other
cuts) are nobody's known answer and stay out of the sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from core.models.methods import Method
from core.models.scorers import Clip, Kept, containment
from core.records import FeatureTrack, KinCalibration, Progress, no_progress

SHORTEST = 4.0  # seconds of a clip that is cut in two
ENOUGH = 12  # clips from which on a library calibrates itself
MOST = 80  # clips that are cut in two: the numbers settle long before, and the work grows with the square
LEFT_OUT = 0.25  # the share of searches whose answer is not in the library
LOOSE = (0.7, 0.15)  # how far the temperature (in logarithms) and the similarity of "none" may stray on little evidence

T = TypeVar("T")
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Halves:
    """A clip cut in two in the middle of its time."""

    video_id: str
    first: Clip
    second: Clip
    whole: Clip


@dataclass(frozen=True, slots=True)
class Question:
    """One first half put to all second halves."""

    own: float  # similarity of its other half
    others: Numbers  # of those that are not kin of it


def cut(clip: Clip, duration: float, sound: FeatureTrack | None = None) -> Halves:
    """Both halves of a clip; `sound` holds one row of features for each, where someone has listened to them."""
    track, middle = clip.visual, duration / 2
    sides = []
    for number, keep in enumerate((track.times < middle, track.times >= middle)):
        visual = FeatureTrack(
            track.video_id, track.encoder, track.times[keep], track.vectors[keep], track.weights[keep]
        )
        heard = sound.times == number if sound is not None else np.zeros(len(clip.sound), bool)
        whole = clip.sound if sound is None else sound
        half = FeatureTrack(
            whole.video_id, whole.encoder, whole.times[heard], whole.vectors[heard], whole.weights[heard]
        )
        sides.append(Clip(visual, half, _half_of(clip.mel, number, middle)))
    return Halves(track.video_id, sides[0], sides[1], clip)


def _half_of(mel: FeatureTrack | None, number: int, middle: float) -> FeatureTrack | None:
    if mel is None:
        return None
    keep = (mel.times >= middle) == bool(number)
    return FeatureTrack(mel.video_id, mel.encoder, mel.times[keep], mel.vectors[keep], mel.weights[keep])


def sample(items: Sequence[T], *, most: int = MOST) -> list[T]:
    """At most so many, spread evenly."""
    if len(items) <= most:
        return list(items)
    return [items[place] for place in np.linspace(0, len(items) - 1, most).round().astype(int)]


def calibrate(
    method: Method,
    halves: Sequence[Halves],
    *,
    floor: float,
    guess: KinCalibration,
    progress: Progress = no_progress,
) -> KinCalibration:
    """The temperature and the similarity of "none" under which these halves find each other most likely.

    `floor` is the cosine from which on frames are copies; `guess` is what is believed before, and is given back as it
    is when fewer than `ENOUGH` clips can be asked about.
    """
    questions = ask(method, sample(halves), floor=floor, progress=progress)
    if len(questions) < ENOUGH:
        return guess
    temperature, none_at = fit(questions, guess)
    source = f"Fitted on {len(questions)} clips of this library, each cut in two halves that are known to be kin."
    return KinCalibration(temperature, none_at, len(questions), source)


def ask(method: Method, halves: Sequence[Halves], *, floor: float, progress: Progress = no_progress) -> list[Question]:
    """Every first half put to every second half; those that cannot be compared with their own are left out."""
    references = Kept({half.video_id: half.second for half in halves})
    ids = [half.video_id for half in halves]
    found = []
    for number, half in enumerate(halves):
        progress(number / len(halves), "learning what similarities mean here")
        scored = method.scores(half.first, references, ids)
        if half.video_id not in scored:
            continue
        others = [
            scored[other.video_id].similarity
            for other in halves
            if other.video_id in scored and other is not half and not _show_the_same(half.whole, other.whole, floor)
        ]
        found.append(Question(scored[half.video_id].similarity, np.array(others, np.float64)))
    return found


def fit(questions: Sequence[Question], guess: KinCalibration) -> tuple[float, float]:
    """The most likely temperature and similarity of "none", by a grid that is made finer three times."""
    width = max(len(question.others) for question in questions)
    own = np.array([question.own for question in questions])
    others = np.full((len(questions), width), -np.inf)
    for row, question in enumerate(questions):
        others[row, : len(question.others)] = question.others
    centre, reach = np.array([np.log(guess.temperature), guess.none_at]), np.array([2.5, 0.6])
    for _ in range(4):
        steps = np.linspace(-1.0, 1.0, 17)
        grid = [(centre[0] + reach[0] * i, centre[1] + reach[1] * j) for i in steps for j in steps]
        losses = [_loss(own, others, log_t, none_at, guess) for log_t, none_at in grid]
        centre, reach = np.array(grid[int(np.argmin(losses))]), reach / 5
    return float(np.exp(centre[0])), float(centre[1])


def _loss(own: Numbers, others: Numbers, log_t: float, none_at: float, guess: KinCalibration) -> float:
    """Minus the log-likelihood of all questions, and what it costs to stray from the guess."""
    temperature = np.exp(log_t)
    without = np.logaddexp(_log_sum(others / temperature), none_at / temperature)
    found = own / temperature - np.logaddexp(own / temperature, without)
    missed = none_at / temperature - without
    stray = (log_t - np.log(guess.temperature)) / LOOSE[0], (none_at - guess.none_at) / LOOSE[1]
    return float(-((1 - LEFT_OUT) * found + LEFT_OUT * missed).sum() + (stray[0] ** 2 + stray[1] ** 2) / 2)


def _log_sum(values: Numbers) -> Numbers:
    highest = np.max(values, axis=1, initial=-1e9)
    return np.asarray(highest + np.log(np.exp(values - highest[:, None]).sum(axis=1) + 1e-300))


def _show_the_same(a: Clip, b: Clip, floor: float) -> bool:
    if not (a.has_pictures and b.has_pictures):
        return False
    return containment(a.visual, b.visual) >= floor
