"""What an encoder says about a video."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FeatureTrack:
    """Everything an encoder says about one video: a time-stamped sequence of vectors, sound included."""

    video_id: str
    encoder: str  # the encoder's track name, which holds all that changes the numbers: "embedded-1@1fps"
    times: NDArray[np.float64]  # (T,) seconds, ascending; T may be 0: a silent clip has an empty sound track
    vectors: NDArray[np.float32]  # (T, D), or (T, R, D) where an encoder describes regions; visual rows have length 1
    weights: NDArray[np.float32]  # (T,) in 0–1: how much there is to recognise; 0 for a black, white or faded frame

    def __len__(self) -> int:
        return len(self.times)
