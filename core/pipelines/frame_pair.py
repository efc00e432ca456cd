"""Two frames side by side: do they come from the same video?"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.features.base import ImageEncoder, encode_each
from core.features.pooling import frame_weights
from core.features.registry import Calibration
from core.records import FramePair

if TYPE_CHECKING:  # it brings PyTorch, which waits for the first question
    from core.models.same_video import SameVideo

BLANK = 0.05  # a frame that weighs less than this shows next to nothing


def compare_frames(
    a: NDArray[np.uint8],
    b: NDArray[np.uint8],
    *,
    encoder: ImageEncoder,
    calibration: Calibration,
    model: "SameVideo | None" = None,
) -> FramePair:
    """Whether two pictures (H, W, 3) of any size come from the same video. The order does not matter.

    The trained head decides, with what was learned about the cosine beside it; without a model the cosine against the
    threshold of the encoder, with a calibrated probability where the encoder has one.
    """
    first, second = (rows[0] for rows in encode_each(encoder, (a[None], b[None])))
    cosine = float(np.clip(first @ second, -1.0, 1.0))
    is_blank = bool(min(frame_weights(a[None])[0], frame_weights(b[None])[0]) < BLANK)
    if model is None:
        return FramePair(
            cosine=cosine,
            threshold=calibration.same_video,
            threshold_source=calibration.same_video_source,
            is_same=cosine >= calibration.same_video,
            encoder=encoder.name,
            probability=calibration.probability(cosine) if calibration.probability else None,
            is_blank=is_blank,
        )
    chance = model.probability(first, second)
    return FramePair(
        cosine=cosine,
        threshold=model.cosine.threshold,
        threshold_source=f"most often right on pairs of frames from {model.cosine.source}",
        is_same=chance >= 0.5,
        encoder=encoder.name,
        probability=model.cosine.probability(cosine),
        head_probability=chance,
        network_probability=model.published_probability(first, second),
        spread=model.cosine.scores,
        is_blank=is_blank,
    )
