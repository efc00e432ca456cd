"""The 138 sound features of both halves of a clip: two rows that are known to be kin, to calibrate sound with."""

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from core.features.audio import NAME, RATE, PyAudioEncoder
from core.records import FeatureTrack, Waveform


class HalvesOfSound:
    """What `PyAudioEncoder` says of the first and of the second half of a clip, cut in the middle of its time."""

    track_name = f"{NAME}-{PyAudioEncoder.version}@halves"
    rate = RATE

    def __init__(self, duration: float) -> None:
        """`duration` is the clip's, in seconds."""
        self._middle = round(duration / 2 * RATE)

    def track(self, video_id: str, sound: Iterable[Waveform]) -> FeatureTrack:
        """One row for each half that is more than silence, at time 0 for the first and 1 for the second."""
        pieces = iter(sound)
        rest: list[Waveform] = []
        rows = [PyAudioEncoder().encode(self._first(pieces, rest)), PyAudioEncoder().encode(chain(rest, pieces))]
        times = np.repeat([0.0, 1.0], [len(row) for row in rows])
        return FeatureTrack(video_id, self.track_name, times, np.concatenate(rows), np.ones(len(times), np.float32))

    def _first(self, pieces: Iterator[Waveform], rest: list[Waveform]) -> Iterator[Waveform]:
        """The pieces up to the middle; what the last one holds beyond it goes into `rest`."""
        count = 0
        for piece in pieces:
            left = self._middle - count
            if len(piece.samples) >= left:
                rest.append(Waveform(piece.samples[left:], piece.rate, piece.start + left / piece.rate))
                yield Waveform(piece.samples[:left], piece.rate, piece.start)
                return
            count += len(piece.samples)
            yield piece
