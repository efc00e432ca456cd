"""Two frames side by side: do they come from the same video?"""

import numpy as np
from numpy.typing import NDArray

from core.features.base import ImageEncoder
from core.features.registry import Calibration
from core.records import FramePair


def compare_frames(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    *,
    encoder: ImageEncoder,
    calibration: Calibration,
) -> FramePair:
    """Whether two pictures (H, W, 3) of any size come from the same video, by cosine against a threshold.

    With a calibrated probability where the encoder has one.
    """
    cosine = float(np.clip(encoder.encode(a[None])[0] @ encoder.encode(b[None])[0], -1.0, 1.0))
    return FramePair(
        cosine=cosine,
        threshold=calibration.same_video,
        threshold_source=calibration.same_video_source,
        is_same=cosine >= calibration.same_video,
        encoder=encoder.name,
        probability=calibration.probability(cosine) if calibration.probability else None,
    )
