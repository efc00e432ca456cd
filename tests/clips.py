"""Tiny videos made on the spot, whose right answers the eye can see. Solid colours per second, numbered frames, tones,
and the odd ones: rotated, uneven, late, single, damaged, empty. Every maker takes the path to write and gives it back;
the suffix chooses the container (.mp4, .mkv, .webm, .avi, .ts, .gif, .mp3 …).
"""

import math
import struct
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Sound = Literal["tone", "silent"]
Picture = NDArray[np.uint8]

COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (220, 30, 30),
    "green": (30, 180, 40),
    "blue": (30, 50, 210),
    "yellow": (230, 210, 40),
    "white": (250, 250, 250),
    "grey": (128, 128, 128),
    "black": (5, 5, 5),
}
CODECS = {".webm": "libvpx", ".avi": "mpeg4", ".gif": "gif"}
SOUND_CODECS = {".webm": "libopus", ".avi": "mp3", ".mp3": "mp3", ".ogg": "libopus", ".wav": "pcm_s16le"}
TICKS = 1000  # time stamps are written in milliseconds


def solid(colour: str | tuple[int, int, int], size: tuple[int, int] = (64, 48)) -> Picture:
    """One picture of one colour; size is (width, height)."""
    rgb = COLOURS[colour] if isinstance(colour, str) else colour
    return np.full((size[1], size[0], 3), rgb, dtype=np.uint8)


def numbered_picture(number: int, size: tuple[int, int] = (64, 64)) -> Picture:
    """A picture that carries `number` (0–65,535) as sixteen black and white fields: see `read_number`."""
    bits = [(number >> bit) & 1 for bit in range(16)]
    fields = np.array(bits, dtype=np.uint8).reshape(4, 4) * 200 + 28
    rows = np.arange(size[1]) * 4 // size[1]
    columns = np.arange(size[0]) * 4 // size[0]
    return np.repeat(fields[rows][:, columns, None], 3, axis=2)


def read_number(image: Picture) -> int:
    """The number a (resized, compressed) `numbered_picture` carries."""
    height, width = image.shape[:2]
    centres = [
        (int((row + 0.5) * height / 4), int((column + 0.5) * width / 4)) for row in range(4) for column in range(4)
    ]
    return sum(int(image[y, x].mean() > 128) << bit for bit, (y, x) in enumerate(centres))


def write(
    path: Path,
    pictures: Iterable[Picture],
    *,
    fps: float = 10.0,
    times: Sequence[float] | None = None,
    start: float = 0.0,
    sound: Sound | None = None,
    codec: str | None = None,
    pixel_format: str | None = None,
    group: int = 12,
    rotation: int = 0,
    is_mirrored: bool = False,
    aspect: Fraction | None = None,
) -> Path:
    """A video of these pictures at `fps`, or at the seconds in `times`; `start` moves the first time stamp.

    group: frames from one key frame to the next. rotation: degrees counter-clockwise a player has to turn the picture.
    aspect: sample aspect ratio. `sound` lasts as long as the pictures.
    """
    codec = codec or CODECS.get(path.suffix, "libx264")
    frames = list(pictures)
    seconds = [n / fps for n in range(len(frames))] if times is None else list(times)
    with av.open(str(path), "w") as out:
        stream = out.add_stream(codec, rate=Fraction(fps).limit_denominator(1001))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = pixel_format or {"gif": "rgb8"}.get(codec, "yuv420p")
        if codec != "gif":
            stream.gop_size = group
        if codec != "mpeg4" and times is not None:
            stream.codec_context.time_base = Fraction(1, TICKS)
        if codec == "libx264":
            stream.options = {"preset": "veryfast", "crf": "20"}
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if rotation or is_mirrored:
            stream.set_display_rotation(rotation, hflip=is_mirrored)
        audio = _add_sound(out, path) if sound else None
        out.start_encoding()
        if audio is not None and sound is not None:
            length = seconds[-1] + (1 / fps if times is None else 0.1)
            _write_sound(out, audio, sound, length, start)
        for second, picture in zip(seconds, frames, strict=True):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
            frame.time_base = Fraction(1, 90000)
            frame.pts = round((second + start) * 90000)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def colours(
    path: Path,
    names: Sequence[str] = ("red", "green", "blue"),
    *,
    fps: float = 10.0,
    size: tuple[int, int] = (64, 48),
    sound: Sound | None = None,
    **options: object,
) -> Path:
    """One second of each colour, in order."""
    count = round(len(names) * fps)
    shown = [solid(names[min(int(n / fps + 1e-9), len(names) - 1)], size) for n in range(count)]
    return write(path, shown, fps=fps, sound=sound, **options)  # type: ignore[arg-type]


def numbered(path: Path, *, seconds: float = 3.0, fps: float = 10.0, **options: object) -> Path:
    """Frame n carries the number n."""
    shown = [numbered_picture(n) for n in range(round(seconds * fps))]
    return write(path, shown, fps=fps, **options)  # type: ignore[arg-type]


def uneven(path: Path, times: Sequence[float], **options: object) -> Path:
    """Variable frame rate: frame n carries the number n and is shown from times[n] on."""
    return write(path, [numbered_picture(n) for n in range(len(times))], times=times, **options)  # type: ignore[arg-type]


def one_frame(path: Path, colour: str = "red") -> Path:
    """A video of a single frame."""
    return write(path, [solid(colour)])


def halves(path: Path, *, rotation: int = 0, is_mirrored: bool = False) -> Path:
    """Two seconds, 96 × 48 as stored: left half red, right half blue, upper left corner white; the player turns it."""
    picture = np.concatenate([solid("red", (48, 48)), solid("blue", (48, 48))], axis=1)
    picture[:16, :16] = COLOURS["white"]
    return write(path, [picture] * 20, rotation=rotation, is_mirrored=is_mirrored)


def sound_only(path: Path, seconds: float = 2.0, sound: Sound = "tone") -> Path:
    """A file with sound and no picture."""
    with av.open(str(path), "w") as out:
        stream = _add_sound(out, path)
        out.start_encoding()
        _write_sound(out, stream, sound, seconds, 0.0)
    return path


def wrong_duration(path: Path, claimed: float = 90_000.0) -> Path:
    """Three seconds in an MP4 whose headers (of the movie and of the track) claim `claimed` seconds."""
    colours(path)
    data = bytearray(path.read_bytes())
    for name in (b"mvhd", b"mdhd"):
        box = data.index(name)
        scale = struct.unpack_from(">I", data, box + 16)[0]
        struct.pack_into(">I", data, box + 20, min(int(claimed * scale), 2**32 - 1))
    path.write_bytes(bytes(data))
    return path


def damaged(path: Path, *, share: float = 0.2, seed: int = 0) -> Path:
    """Six seconds, `share` of the bytes amid the picture data overwritten with noise; the header is whole."""
    rng = np.random.default_rng(seed)
    speckle = rng.integers(-20, 20, (60, 64, 64, 1))
    write(path, [np.clip(numbered_picture(n) + speckle[n], 0, 255).astype(np.uint8) for n in range(60)], group=10)
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8).copy()
    box = path.read_bytes().find(b"mdat")
    first, size = (box, struct.unpack_from(">I", data, box - 4)[0]) if box > 0 else (0, len(data))
    third = size // 3
    where = first + third + rng.choice(third, int(third * share), replace=False)
    data[where] = rng.integers(0, 256, len(where), dtype=np.uint8)
    path.write_bytes(data.tobytes())
    return path


def truncated(path: Path) -> Path:
    """The first half of an MP4: its index, written last, is missing."""
    colours(path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def text(path: Path, content: str = "This is a letter, not a film.\n" * 20) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def picture(path: Path, colour: str = "red", size: tuple[int, int] = (64, 48)) -> Path:
    """A still image; the suffix chooses the format."""
    Image.fromarray(solid(colour, size)).save(path)
    return path


def _add_sound(out: av.container.OutputContainer, path: Path) -> av.AudioStream:
    codec = SOUND_CODECS.get(path.suffix, "aac")
    stream = out.add_stream(codec, rate=48000)
    assert isinstance(stream, av.AudioStream)
    return stream


def _write_sound(
    out: av.container.OutputContainer, stream: av.AudioStream, sound: Sound, seconds: float, start: float
) -> None:
    """A 440 Hz tone at half volume, or digital silence, mono."""
    clock = np.arange(math.ceil(seconds * 48000)) / 48000
    wave = 0.5 * np.sin(2 * np.pi * 440 * clock) if sound == "tone" else np.zeros(len(clock))
    samples = (wave * 32767).astype(np.int16)
    for first in range(0, len(samples), 1024):
        piece = samples[first : first + 1024]
        frame = av.AudioFrame.from_ndarray(piece[None, :], format="s16", layout="mono")
        frame.sample_rate = 48000
        frame.time_base = Fraction(1, 48000)
        frame.pts = first + round(start * 48000)
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
