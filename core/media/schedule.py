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
DEEPEST_REORDERING = 32  # frames; H.264 and HEVC allow 16
SHORT_GAP = 8  # packets that are fed rather than flushed over, between two wanted stretches
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
    step: float  # seconds from one frame to the next, typically
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
    stamps = np.where(np.abs(delays) > LONGEST_STILL, UNKNOWN, stamps)
    known = is_shown & (stamps != UNKNOWN)
    counted = known & (stamps >= first_shown) if first_shown is not None else known
    candidates = np.flatnonzero(counted)
    order = candidates[np.argsort(stamps[candidates], kind="stable")]
    seconds = _steady(stamps[order], tick)
    file_order = decode_stamps if (decode_stamps != UNKNOWN).mean() > 0.5 else stamps
    gaps = np.diff(file_order[is_shown & (file_order != UNKNOWN)]) * tick
    step = _typical(np.diff(seconds)) or (1 / rate if rate > 0 else _typical(gaps) or 0.04)
    is_usable = (
        bool((known == is_shown).all())
        and len(order) > 0
        and bool((np.diff(stamps[order]) > 0).all())
        and not _jumps_back(np.argsort(order))
    )
    length = last_length if 0 < last_length < LONGEST_STILL else (step if len(order) > 1 else 0.0)
    if is_usable:
        duration = float(seconds[-1]) + length
    else:  # from what is there, in file order; each frame without a place takes one step
        gaps[(gaps < 0) | (gaps > LONGEST_STILL)] = step
        duration = float(gaps.sum()) + step * (int(is_shown.sum()) - len(gaps))
        order, seconds = order[:0], seconds[:0]
    return Schedule(
        stamps, decode_stamps, is_key, is_shown, tick, length, rate, order, seconds, step, duration, is_usable
    )


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


def _typical(gaps: NDArray[np.float64]) -> float:
    """The middle one of the gaps that are gaps; 0.0 when there is none."""
    sound = gaps[(gaps > 0) & (gaps <= LONGEST_STILL)]
    return float(np.median(sound)) if len(sound) else 0.0


def _jumps_back(ranks: NDArray[np.int64]) -> bool:
    """Whether a frame, of which the ranks on screen come in file order, is further behind than reordering explains."""
    return bool((np.maximum.accumulate(ranks) - ranks).max(initial=0) > DEEPEST_REORDERING)


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
