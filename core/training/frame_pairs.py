"""Pairs of frames as the paper draws them: a PyTorch Dataset whose index and seed alone determine each pair.

Hours, Osmont and Müller, "Predicting if two frames are part of the same video", sections II.B and II.E. A true pair is
two frames of one video `interval` seconds apart, a false one two frames of two videos. Nothing is computed ahead: no
list of pairs exists anywhere. Frames come as vectors from tracks, so an epoch decodes nothing.

One thing goes beyond the paper: videos that show the same source form a group. A group is drawn as one video would be,
lies on one side of every split, and never gives both sides of a false pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from core.errors import StudioError
from core.records import FeatureTrack

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")
SHARES = (0.70, 0.15, 0.15)  # of the videos and of the samples alike, section II.E
INTERVAL = 2.0  # seconds, section II.B
SAMPLES = 10_000  # over all three parts
SLACK = 0.05  # seconds by which a frame may miss the interval
LEAST_GROUPS = 2  # in each part: a false pair takes two


@dataclass(frozen=True, slots=True)
class Footage:
    """Tracks of one encoder at one rate, and the source each one shows."""

    tracks: Sequence[FeatureTrack]
    groups: Sequence[str]  # one per track; a video without kin has a group of its own


@dataclass(frozen=True, slots=True)
class Pair:
    """Where the frames of a pair are: places in the footage, and places in the tracks."""

    first: tuple[int, int]
    second: tuple[int, int]
    is_same: bool


class FramePairs(Dataset[tuple[Tensor, Tensor, Tensor]]):
    """One part of a split, as samples (a (D,), b (D,), label): label 1 for frames of the same video."""

    def __init__(
        self,
        footage: Footage,
        *,
        part: Part = "train",
        interval: float = INTERVAL,
        number: int = SAMPLES,
        ratio: float = 0.5,
        seed: int = 0,
        turn: int = 0,
    ) -> None:
        """`number` samples over all three parts, this part has its share; `ratio` of them are true pairs.

        `turn` moves the held-out parts along the seed's order of videos, so that over `turns_of` of them every video is
        in the test.
        `too_short` counts the videos left out because no two of their frames lie `interval` seconds apart. Raises
        StudioError when so few are left that a part would have no false pairs.
        """
        self._footage = footage
        self._key = (seed, turn, PARTS.index(part))
        self._ratio = ratio
        later = [frames_apart(track.times, interval) for track in footage.tracks]
        self.too_short = sum(not len(starts) for starts, _ in later)
        self._later = dict(enumerate(later))
        usable = {group for group, (starts, _) in zip(footage.groups, later, strict=True) if len(starts)}
        self.groups = split_groups(sorted(usable), seed=seed, turn=turn)[part]
        self._members = {
            name: [n for n, group in enumerate(footage.groups) if group == name and len(later[n][0])]
            for name in self.groups
        }
        self._size = split_sizes(number)[PARTS.index(part)]

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor, Tensor]:
        pair = self.pair(index)
        a, b = (torch.from_numpy(self._footage.tracks[n].vectors[k]) for n, k in (pair.first, pair.second))
        return a, b, torch.tensor(int(pair.is_same))

    def pair(self, index: int) -> Pair:
        """Which frames sample `index` shows, found from the index and the seed alone. Raises IndexError beyond the end,
        so that iterating ends."""
        if not 0 <= index < self._size:
            raise IndexError(index)
        rng = np.random.default_rng([*self._key, index])
        is_same = bool(rng.random() < self._ratio)
        video = self._video(rng, self.groups[int(rng.integers(len(self.groups)))])
        starts, ends = self._later[video]
        chosen = int(rng.integers(len(starts)))
        first = (video, int(starts[chosen]))
        if is_same:
            return Pair(first, (video, int(ends[chosen])), True)
        others = [name for name in self.groups if name != self._footage.groups[video]]
        other = self._video(rng, others[int(rng.integers(len(others)))])
        return Pair(first, (other, int(rng.integers(len(self._footage.tracks[other])))), False)

    def pairs(self) -> list[Pair]:
        """All of them, in order."""
        return [self.pair(index) for index in range(len(self))]

    def _video(self, rng: np.random.Generator, group: str) -> int:
        members = self._members[group]
        return members[int(rng.integers(len(members)))]


def vectors_of(footage: Footage, pairs: Sequence[Pair]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The two sides of many pairs: (N, D) and (N, D)."""
    first = np.stack([footage.tracks[pair.first[0]].vectors[pair.first[1]] for pair in pairs])
    second = np.stack([footage.tracks[pair.second[0]].vectors[pair.second[1]] for pair in pairs])
    return first, second


def truths_of(pairs: Sequence[Pair]) -> NDArray[np.bool_]:
    """Which of them are true pairs: (N,)."""
    return np.array([pair.is_same for pair in pairs], bool)


def frames_apart(times: NDArray[np.float64], interval: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The frames with another one `interval` seconds later, and those others: two arrays of places in (T,) times."""
    ends = np.searchsorted(times, times + interval - SLACK)
    starts = np.flatnonzero(ends < len(times))
    is_near = np.abs(times[ends[starts]] - times[starts] - interval) <= SLACK
    return starts[is_near], ends[starts[is_near]]


def split_groups(names: Sequence[str], *, seed: int, turn: int = 0) -> dict[Part, list[str]]:
    """The sources of each part, 70:15:15, drawn once from the seed. Raises StudioError when a part would have too few
    for a false pair."""
    order = np.random.default_rng([seed, len(PARTS)]).permutation(np.array(names, str)).tolist()
    sizes = split_sizes(len(order))
    start = turn * sizes[2] % max(len(order), 1)
    order = order[start:] + order[:start]
    if min(sizes) < LEAST_GROUPS:
        raise StudioError(
            f"There are {len(order)} videos long enough to draw pairs from, and it takes at least "
            f"{_least_videos()}. Add more videos, or longer ones."
        )
    ends = np.cumsum(sizes)
    return {part: order[end - size : end] for part, size, end in zip(PARTS, sizes, ends, strict=True)}


def turns_of(number: int) -> int:
    """How many turns it takes until each of so many sources was in the test."""
    return -(-number // max(split_sizes(number)[2], 1))


def split_sizes(number: int) -> tuple[int, int, int]:
    """How many of `number` go into training, validation and test: 10,000 -> 7,000, 1,500, 1,500."""
    held_out = round(number * SHARES[1])
    return number - 2 * held_out, held_out, held_out


def _least_videos() -> int:
    return next(number for number in range(1, 1000) if min(split_sizes(number)) >= LEAST_GROUPS)
