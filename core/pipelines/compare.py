"""Two videos side by side."""

from core.errors import MediaError
from core.models.cosine import compare, diagonal_matches, frame_matrix, only_content
from core.records import Comparison, FeatureTrack, Video


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
