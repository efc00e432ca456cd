"""When each frame of a stream is shown, and which packets a decoder must see to show the wanted ones.

Knows numbers only: presentation times and key frames as a demuxer lists them. A jump of more than half an hour between
two frames, or one backwards, is taken for a broken clock and closed to one ordinary step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST_STILL = 1800.0  # seconds one frame may stay on screen before its end is taken for a broken clock
LATEST = 6e-4  # seconds a frame may come late and still count as shown: containers round to milliseconds
SHORT_GAP = 8  # packets that are fed rather than flushed over, between two wanted stretches
LONGEST_DELAY = 60.0  # seconds between decoding and showing a frame; more is taken for a broken stamp
UNKNOWN = np.iinfo(np.int64).min  # stands for a missing time stamp


class Run(NamedTuple):
    """Packets first … last go through the decoder without a break."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """The packets of one video stream in file order, and the frames they show in order of presentation."""

    stamps: NDArray[np.int64]  # (N,) presentation time of each packet in ticks, UNKNOWN where missing
    decode_stamps: NDArray[np.int64]  # (N,) decoding time likewise
    is_key: NDArray[np.bool_]  # (N,)
    is_shown: NDArray[np.bool_]  # (N,) False where an edit list hides the frame
    tick: float  # seconds
    last_length: float  # seconds the container gives to the last frame; 0 when it does not say
    rate: float  # frames per second by the header, for when nothing better is known
    order: NDArray[np.int64]  # (T,) packets that show a frame, by time; empty when not usable
    seconds: NDArray[np.float64]  # (T,) when, after the first frame
    duration: float  # seconds from the first frame to the end of the last
    is_usable: bool  # whether frames can be told apart by presentation time, so that packets can be chosen by it

    def __len__(self) -> int:
        return len(self.stamps)

    @property
    def fps(self) -> float:
        """Frames per second on average; 0.0 for a single frame."""
        shown = int(self.is_shown.sum())
        if shown < 2:
            return 0.0
        if self.is_usable and len(self.seconds) > 1 and self.seconds[-1] > 0:
            return (len(self.seconds) - 1) / float(self.seconds[-1])
        return shown / self.duration if self.duration > 0 else self.rate

    @property
    def step(self) -> float:
        """Seconds from one frame to the next, typically."""
        return _step(self.seconds) or (1 / self.rate if self.rate > 0 else 0.04)

    def rows_at(self, times: NDArray[np.float64]) -> NDArray[np.int64]:
        """For each time the row (place in `order`) of the last frame shown at or before it."""
        return np.clip(np.searchsorted(self.seconds, times + LATEST, side="right") - 1, 0, None)

    def runs(self, packets: Sequence[int] | NDArray[np.int64]) -> list[Run]:
        """The stretches of packets to feed so that the frames of `packets` come out whole.

        Each begins at a key frame that comes before the wanted packet both in the file and on screen.
        """
        keys = np.flatnonzero(self.is_key)
        runs: list[Run] = []
        for packet in sorted(int(p) for p in packets):
            place = int(np.searchsorted(keys, packet, side="right")) - 1
            while place >= 0 and self.stamps[keys[place]] > self.stamps[packet]:
                place -= 1
            first = int(keys[place]) if place >= 0 else 0
            if runs and first <= runs[-1].last + SHORT_GAP:
                runs[-1] = Run(runs[-1].first, max(packet, runs[-1].last))
            else:
                runs.append(Run(first, packet))
        return runs


def make_schedule(
    stamps: NDArray[np.int64],
    decode_stamps: NDArray[np.int64],
    is_key: NDArray[np.bool_],
    is_shown: NDArray[np.bool_],
    *,
    tick: float,
    last_length: float = 0.0,
    rate: float = 0.0,
    first_shown: int | None = None,
) -> Schedule:
    """A schedule from what the demuxer says. `first_shown`: the stamp of the first frame that really decodes."""
    if not is_shown.any():
        is_shown = np.ones_like(is_shown)
    both = (stamps != UNKNOWN) & (decode_stamps != UNKNOWN)
    delays = np.where(both, stamps.astype(np.float64) - decode_stamps, 0.0) * tick
    stamps = np.where(np.abs(delays) > LONGEST_DELAY, UNKNOWN, stamps)
    known = is_shown & (stamps != UNKNOWN)
    counted = known & (stamps >= first_shown) if first_shown is not None else known
    candidates = np.flatnonzero(counted)
    order = candidates[np.argsort(stamps[candidates], kind="stable")]
    seconds = _steady(stamps[order], tick)
    is_usable = (
        bool((known == is_shown).all())
        and len(order) > 0
        and bool((np.diff(stamps[order]) > 0).all())
        and not _jumps_back(seconds[np.argsort(order)], _step(seconds))
    )
    step = _step(seconds) or (1 / rate if rate > 0 else 0.04)
    length = last_length if 0 < last_length < LONGEST_STILL else (step if len(order) > 1 else 0.0)
    duration = (
        float(seconds[-1]) + length if is_usable else _loose_duration(stamps, decode_stamps, is_shown, tick, step)
    )
    return Schedule(
        stamps, decode_stamps, is_key, is_shown, tick, length, rate,
        order if is_usable else order[:0], seconds if is_usable else seconds[:0], duration, is_usable,
    )  # fmt: skip


def _steady(stamps: NDArray[np.int64], tick: float) -> NDArray[np.float64]:
    """Ascending stamps as seconds after the first, with impossible pauses closed."""
    if len(stamps) == 0:
        return np.zeros(0)
    gaps = np.diff(stamps) * tick
    broken = gaps > LONGEST_STILL
    if not broken.any():
        return (stamps - stamps[0]) * tick
    gaps[broken] = float(np.median(gaps[~broken])) if (~broken).any() else 0.04
    return np.concatenate([[0.0], np.cumsum(gaps)])


def _step(seconds: NDArray[np.float64]) -> float:
    return float(np.median(np.diff(seconds))) if len(seconds) > 1 else 0.0


def _jumps_back(times: NDArray[np.float64], step: float) -> bool:
    """Whether the clock, in file order, is set back by more than the reordering of frames explains."""
    behind = np.maximum.accumulate(times) - times
    return bool(behind.max(initial=0.0) > max(2.0, 20 * step))


def _loose_duration(
    stamps: NDArray[np.int64],
    decode_stamps: NDArray[np.int64],
    is_shown: NDArray[np.bool_],
    tick: float,
    step: float,
) -> float:
    """The length of a stream whose stamps are missing, doubled or set back, from what is there."""
    for given in (decode_stamps, stamps):
        known = given[is_shown & (given != UNKNOWN)]
        if len(known) * 2 > is_shown.sum():
            gaps = np.diff(known) * tick
            gaps[(gaps < 0) | (gaps > LONGEST_STILL)] = step
            return float(gaps.sum()) + step
    return int(is_shown.sum()) * step


class Clock:
    """Seconds after the first frame, for frames that come from the decoder one after another."""

    def __init__(self, tick: float, step: float) -> None:
        self.tick, self.step = tick, step
        self.now = -step
        self.anchor: tuple[int, float] | None = None  # a stamp and its time

    def read(self, stamp: int | None) -> float:
        """The time of the next frame, never before the last one.

        A missing stamp counts as one ordinary step after it, and so does one that is set back or far ahead.
        """
        if stamp is None:
            self.now += self.step
            return self.now
        time = self.anchor[1] + (stamp - self.anchor[0]) * self.tick if self.anchor is not None else None
        if time is None or not -0.5 <= time - self.now <= LONGEST_STILL:
            time = self.now + self.step
            self.anchor = (stamp, time)
        self.now = max(self.now, time)
        return self.now
