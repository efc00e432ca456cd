"""Two frames or two videos, side by side."""

import numpy as np
from numpy.typing import NDArray

from core.errors import MediaError
from core.features.base import ImageEncoder
from core.features.registry import Calibration
from core.models.cosine import compare, diagonal_matches, frame_matrix, only_content
from core.records import Comparison, FeatureTrack, FramePair, Video


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


def compare_videos(
    query: Video,
    reference: Video,
    *,
    query_track: FeatureTrack,
    reference_track: FeatureTrack,
    model: str,
    encoder: str,
    floor: float,
    moments: int = 5,
) -> Comparison:
    """The frame-to-frame matrix of two videos, Chamfer both ways, and the best-matching moments.

    Moments are sought among pairs of frames from the cosine `floor` on. Frames without content are kept in the matrix,
    for the eye, but neither count in the scores nor start a match.
    Raises MediaError when one side has no frames.
    """
    for video, track in ((query, query_track), (reference, reference_track)):
        if len(track) == 0:
            raise MediaError(f"{video.title}: there is no frame to compare.")
    matrix = frame_matrix(query_track.vectors, reference_track.vectors)
    answer = compare(matrix, query_track.weights, reference_track.weights)
    notes = tuple(
        f"{video.title}: every frame is black, white or plain, so there is nothing to recognise."
        for video, track in ((query, query_track), (reference, reference_track))
        if not track.weights.any()
    )
    return Comparison(
        query=query,
        reference=reference,
        query_times=query_track.times,
        reference_times=reference_track.times,
        frame_matrix=matrix,
        query_in_reference=answer.query_in_reference,
        reference_in_query=answer.reference_in_query,
        similarity=answer.similarity,
        matches=tuple(
            diagonal_matches(
                only_content(matrix, query_track.weights, reference_track.weights),
                query_track.times,
                reference_track.times,
                floor=floor,
                count=moments,
            )
        ),
        encoder=encoder,
        model=model,
        notes=notes,
    )
