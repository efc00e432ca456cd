"""Files made to do harm, a few kilobytes each and written on the spot: bombs, lies, playlists, and names.

Each maker writes one file and gives its path. `FILMS` and `PICTURES` list them by what they try.
"""

import os
import struct
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests import clips

Maker = Callable[[Path], Path]
HUGE = 16000  # pixels a side: 256 million, and FFmpeg itself would still take them
SECRET = "the secret of the machine"
CENTURY = 100 * 365.25 * 24 * 3600

NAMES = (
    "rtl \u202e4pm.exe",
    "two\nlines",
    "-i",
    "--help",
    "$(touch sprung)",
    "`touch sprung`; touch sprung",
    "%s%n%x",
    "CON",
    "🎬" * 40,
    "a" * 240,
    "<img src=x onerror=alert(1)>",
    "](javascript:alert(1))",
    "=cmd|' -C calc'!A0",
    "file:http:concat:crypto+tcp",
    "..",
    "…\u0085\u2028\u200b",
    " .mp4 ",
)
"""What a file may be called where its suffix comes after it."""


def _box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4 or MOV."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _chunk(kind: bytes, *parts: bytes) -> bytes:
    """A chunk of an AVI."""
    body = b"".join(parts)
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _png(
    width: int, height: int, *, rows: int | None = None, depth: int = 1, colour: int = 0, more: bytes = b""
) -> bytes:
    """A black PNG that claims so many pixels and holds so many rows of them."""
    channels = {0: 1, 2: 3, 6: 4}[colour]
    row = b"\0" + bytes((width * depth * channels + 7) // 8)
    squeeze = zlib.compressobj(9)
    data = b"".join(squeeze.compress(row) for _ in range(height if rows is None else rows)) + squeeze.flush()

    def piece(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + more + piece(b"IDAT", data) + piece(b"IEND", b"")


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def png_of_many_pixels(path: Path) -> Path:
    return _written(path, _png(HUGE, HUGE))


def png_that_claims_the_world(path: Path) -> Path:
    return _written(path, _png(2**24, 2**24, rows=0))


def png_with_a_bomb_of_text(path: Path) -> Path:
    body = b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9)
    more = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return _written(path, _png(8, 8, depth=8, colour=2, more=more))


def png_as_large_as_may_be(path: Path) -> Path:
    """Within the limit of pixels, but sixteen bits and four channels deep: 300 MB when unpacked."""
    return _written(path, _png(8192, 4608, depth=16, colour=6))


def jpeg_that_claims_much(path: Path) -> Path:
    data = clips.picture(path.with_suffix(".jpg")).read_bytes()
    at = data.index(b"\xff\xc0") + 5
    return _written(path, data[:at] + struct.pack(">HH", 65500, 65500) + data[at + 4 :])


def gif_that_claims_much(path: Path) -> Path:
    return _written(path, b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";")


def webp_that_claims_much(path: Path) -> Path:
    body = b"WEBPVP8X" + struct.pack("<I", 10) + b"\0" * 4 + b"\xff\xff\xff" + b"\xff\xff\xff"
    return _written(path, b"RIFF" + struct.pack("<I", len(body)) + body)


def tiff_in_a_circle(path: Path) -> Path:
    """A TIFF whose directory names itself as the next one and whose tags point past the end."""
    tags = [(256, 4, 1, 60000), (257, 4, 1, 60000), (258, 3, 1, 8), (273, 4, 2**31, 2**31), (279, 4, 2**31, 2**31)]
    ifd = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + struct.pack("<I", 8)
    return _written(path, b"II*\0" + struct.pack("<I", 8) + ifd)


def svg_with_an_entity(path: Path) -> Path:
    text = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return clips.text(path, text + '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script>&x;</svg>')


def page_in_place_of_media(path: Path) -> Path:
    return clips.text(path, "<!doctype html><script>alert(document.domain)</script>")


def film_of_huge_frames(path: Path) -> Path:
    """Frames of 16,000 × 16,000 pixels, some kilobytes each."""
    data = bytearray(_png_film(path, [_png(HUGE, HUGE)] * 3).read_bytes())
    struct.pack_into(">HH", data, data.index(b"png ") + 28, HUGE, HUGE)
    return _written(path, bytes(data))


def film_that_grows(path: Path) -> Path:
    """Small frames first, by which the file is judged; then huge ones."""
    return _png_film(path, [_png(64, 64, depth=8, colour=2)] * 20 + [_png(HUGE, HUGE)] * 5)


def _png_film(path: Path, pictures: list[bytes]) -> Path:
    with av.open(str(path), "w", format="mov") as out:
        stream = out.add_stream("png", rate=10)
        stream.width, stream.height = 64, 64
        stream.pix_fmt = "rgb24"
        out.start_encoding()
        for number, picture in enumerate(pictures):
            packet = av.Packet(picture)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 10)
            packet.is_keyframe = True
            out.mux(packet)
    return path


def gif_of_many_frames(path: Path, count: int = 100_000) -> Path:
    """An animation of a hundred thousand frames of one pixel."""
    screen = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    control = b"\x21\xf9\x04\0" + struct.pack("<H", 10) + b"\0\0"
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return _written(path, screen + (control + image) * count + b";")


def film_of_a_century(path: Path) -> Path:
    """Three seconds whose headers claim as much as 32 bits can say."""
    return clips.wrong_duration(path, CENTURY)


def film_of_no_length(path: Path) -> Path:
    return clips.wrong_duration(path, 0.0)


def film_with_a_leap(path: Path) -> Path:
    """The first frame stays for as long as 32 bits can say, over and over."""
    data = bytearray(clips.colours(path).read_bytes())
    at = data.index(b"stts") + 8
    count = struct.unpack_from(">I", data, at)[0]
    for entry in range(count):
        struct.pack_into(">I", data, at + 4 + 8 * entry + 4, 2**31 - 1)
    return _written(path, bytes(data))


def film_of_many_empty_samples(path: Path) -> Path:
    """A few hundred bytes that claim four thousand million samples of nothing."""
    data = bytearray(clips.colours(path).read_bytes())
    at = data.index(b"stts") + 8
    struct.pack_into(">II", data, at + 4, 2**32 - 1, 1)
    at = data.index(b"stsz") + 8
    struct.pack_into(">II", data, at, 1, 2**32 - 1)
    return _written(path, bytes(data))


def playlist(path: Path, address: str = "file:///etc/passwd") -> Path:
    lines = ["#EXTM3U", "#EXT-X-MEDIA-SEQUENCE:0", "#EXTINF:10.0,", address, "#EXT-X-ENDLIST", ""]
    return clips.text(path, "\n".join(lines))


def concat_list(path: Path, address: str = "file:///etc/passwd") -> Path:
    return clips.text(path, f"ffconcat version 1.0\nfile '{address}'\nfile 'subfile,,start,0,end,9,,:/etc/passwd'\n")


def dash_list(path: Path, address: str = "file:///etc/passwd") -> Path:
    return clips.text(
        path,
        '<?xml version="1.0"?>'
        '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT9S">'
        f"<Period><AdaptationSet mimeType='video/mp4'><Representation id='1' bandwidth='1'><BaseURL>{address}</BaseURL>"
        "</Representation></AdaptationSet></Period></MPD>",
    )


def session_description(path: Path, address: str = "127.0.0.1") -> Path:
    return clips.text(path, f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 {address}\nt=0 0\nm=video 9 RTP/AVP 96\n")


def film_elsewhere(path: Path, address: str = "file:///etc/passwd") -> Path:
    """A MOV without samples of its own: its data reference names another file or a server."""
    data = clips.colours(path.with_suffix(".mov")).read_bytes()
    name = address.encode() + b"\0"
    old = data.index(b"dref") - 4
    size = struct.unpack_from(">I", data, old)[0]
    entry = _box(b"url ", struct.pack(">I", 0), name)
    new = _box(b"dref", struct.pack(">II", 0, 1), entry)
    out = bytearray(data[:old] + new + data[old + size :])
    for parent in (b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        at = out.index(parent) - 4
        struct.pack_into(">I", out, at, struct.unpack_from(">I", out, at)[0] + len(new) - size)
    return _written(path, bytes(out))


def film_that_refers(path: Path, address: str = "file:///etc/passwd") -> Path:
    """A MOV that is nothing but a reference to a film elsewhere."""
    place = address.encode() + b"\0"
    reference = _box(b"rdrf", struct.pack(">I4sI", 0, b"url ", len(place)), place)
    movie = _box(b"moov", _box(b"rmra", _box(b"rmda", reference)))
    return _written(path, _box(b"ftyp", b"qt  \0\0\0\0qt  ") + movie)


def film_with_a_playlist_as_subtitles(path: Path, address: str = "file:///etc/passwd") -> Path:
    """An AVI with a track of subtitles that is a playlist, which FFmpeg opens by itself."""
    text = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\n{address}\n#EXT-X-ENDLIST\n".encode()
    gab2 = b"GAB2\0" + struct.pack("<HI", 2, 2) + b"\0\0" + struct.pack("<HI", 4, len(text)) + text
    streams = b""
    for kind, handler, form in (
        (b"vids", b"MJPG", struct.pack("<IiiHH4sIiiII", 40, 64, 48, 1, 24, b"MJPG", 9216, 0, 0, 0, 0)),
        (b"txts", b"\0\0\0\0", b""),
    ):
        head = kind + handler + struct.pack("<IHHIIIIIIIIhhhh", 0, 0, 0, 0, 1, 10, 0, 3, 0, 0, 0, 0, 0, 64, 48)
        streams += _chunk(b"LIST", b"strl", _chunk(b"strh", head), _chunk(b"strf", form))
    main = struct.pack("<14I", 100000, 0, 0, 0x10, 3, 0, 2, 0, 64, 48, 0, 0, 0, 0)
    jpeg = clips.picture(path.with_suffix(".jpg")).read_bytes()
    frames = [_chunk(b"00dc", jpeg), _chunk(b"01tx", gab2), _chunk(b"00dc", jpeg), _chunk(b"00dc", jpeg)]
    body = b"AVI " + _chunk(b"LIST", b"hdrl", _chunk(b"avih", main), streams) + _chunk(b"LIST", b"movi", *frames)
    return _written(path, b"RIFF" + struct.pack("<I", len(body)) + body)


def pipe(path: Path) -> Path:
    """Waits for ever for whoever opens it."""
    os.mkfifo(path)
    return path


def device(path: Path) -> Path:
    """A link to what never ends."""
    path.symlink_to("/dev/zero")
    return path


def noise(path: Path) -> Path:
    return _written(path, np.random.default_rng(5).bytes(50_000))


def film_in_a_film(path: Path) -> Path:
    """A film whose boxes lie in one another, ten thousand deep."""
    body = b""
    for _ in range(10_000):
        body = _box(b"moov", body) if len(body) < 1 << 20 else body
    return _written(path, _box(b"ftyp", b"isom\0\0\0\0isom") + body)


FILMS: dict[str, Maker] = {
    maker.__name__.replace("_", " "): maker
    for maker in (
        film_of_huge_frames, film_that_grows, gif_of_many_frames, film_of_a_century, film_of_no_length,
        film_with_a_leap, film_of_many_empty_samples, playlist, concat_list, dash_list, session_description,
        film_elsewhere,
        film_that_refers, film_with_a_playlist_as_subtitles, noise, film_in_a_film, page_in_place_of_media,
        svg_with_an_entity,
    )
}  # fmt: skip
PICTURES: dict[str, Maker] = {
    maker.__name__.replace("_", " "): maker
    for maker in (
        png_of_many_pixels, png_that_claims_the_world, png_with_a_bomb_of_text, png_as_large_as_may_be,
        jpeg_that_claims_much, gif_that_claims_much, webp_that_claims_much, tiff_in_a_circle, svg_with_an_entity,
        page_in_place_of_media, noise,
    )
}  # fmt: skip
REFERRING: tuple[Callable[[Path, str], Path], ...] = (
    playlist, concat_list, dash_list, film_elsewhere, film_that_refers, film_with_a_playlist_as_subtitles,
)  # fmt: skip
