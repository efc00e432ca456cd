"""Writing one clip: frames and sound to H.264 and AAC in an MP4 that starts to play before it is all there."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from assets.samples.sound import RATE, Sound

BLOCK = 1024  # samples in an AAC frame


def write_clip(
    path: Path, frames: Iterable[NDArray[np.uint8]], sound: Sound,
    *, rate: int, crf: float, audio_kbit: int, title: str,
) -> None:  # fmt: skip
    """Write frames (H, W, 3) at `rate` a second, with stereo sound (N, 2) in [-1, 1]."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        container.metadata["title"] = title
        audio = container.add_stream("aac", rate=RATE)
        audio.bit_rate = audio_kbit * 1000
        audio.layout = "stereo"
        video = None
        for index, image in enumerate(frames):
            if video is None:
                options = {"preset": "slow", "crf": str(crf), "aq-mode": "3", "threads": "2", "g": str(rate * 4)}
                video = container.add_stream("libx264", rate=rate, options=options)
                video.height, video.width = image.shape[:2]
                video.pix_fmt = "yuv420p"
                # say how RGB became YUV, so that every player shows the same colours
                video.codec_context.color_primaries = 1
                video.codec_context.color_trc = 1
                video.codec_context.colorspace = 1
                video.codec_context.color_range = 1
                _write_sound(container, audio, sound)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame = frame.reformat(
                format="yuv420p", src_colorspace="ITU709", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(video.encode(frame))
        if video is None:
            raise ValueError(f"{path.name} has no frames.")
        container.mux(video.encode(None))


def _write_sound(container: av.container.OutputContainer, stream: av.AudioStream, sound: Sound) -> None:
    planes = np.ascontiguousarray(sound.T.astype(np.float32))
    for start in range(0, planes.shape[1], BLOCK):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(planes[:, start : start + BLOCK]), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
