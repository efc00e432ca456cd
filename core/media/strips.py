"""Pictures of any size written strip by strip, so that a poster never has to be held in memory: PNG and JPEG.

A PNG is one zlib stream, fed row by row. A JPEG is put together from strips of sixteen rows that Pillow encodes one by
one with the same tables: each starts its prediction anew, which is what a restart marker announces (ITU-T T.81,
B.2.4.4), so the strips' data follow one another between such markers below a single header. Nothing is decoded here.
"""

import io
import struct
import zlib
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

MCU = 16  # rows and columns of a block of a JPEG with halved colour
JPEG_LIMIT = 65_535  # pixels a side
PNG_LEVEL = 6
DPI = 300  # what a print shop is told, when it asks the file


class StripWriter(Protocol):
    """Takes a picture from the top down, some rows at a time."""

    def write(self, rows: NDArray[np.uint8]) -> None:
        """The next (R, W, 3) rows, RGB."""
        ...

    def finish(self) -> None:
        """Ends the file. ValueError when rows are missing."""
        ...


def strip_writer(suffix: str, file: IO[bytes], width: int, height: int, *, quality: int = 92) -> StripWriter:
    """What writes a picture of this size into a file open for writing; `suffix` is .png, .jpg or .jpeg.

    Raises ValueError for another suffix, and for a JPEG of more than 65,535 pixels a side.
    """
    if suffix == ".png":
        return PngStrips(file, width, height)
    if suffix in (".jpg", ".jpeg"):
        return JpegStrips(file, width, height, quality)
    raise ValueError(f"A picture of strips is a .png or a .jpg, not {suffix!r}")


class PngStrips:
    """A PNG with eight bits for each of three colours; every row is stored as its difference from the one above."""

    def __init__(self, file: IO[bytes], width: int, height: int) -> None:
        self._file, self._left = file, height
        self._above = np.zeros(3 * width, np.uint8)
        self._packer = zlib.compressobj(PNG_LEVEL)
        file.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        self._chunk(b"pHYs", struct.pack(">IIB", *[round(DPI / 0.0254)] * 2, 1))

    def write(self, rows: NDArray[np.uint8]) -> None:
        flat = rows.reshape(len(rows), -1)
        self._left -= len(flat)
        differences = np.diff(flat, axis=0, prepend=self._above[None])
        filtered = np.concatenate([np.full((len(flat), 1), 2, np.uint8), differences], axis=1)  # 2: up
        self._above = flat[-1].copy()
        packed = self._packer.compress(filtered.tobytes())
        if packed:
            self._chunk(b"IDAT", packed)

    def finish(self) -> None:
        if self._left:
            raise ValueError(f"{self._left} rows are missing")
        self._chunk(b"IDAT", self._packer.flush())
        self._chunk(b"IEND", b"")

    def _chunk(self, kind: bytes, data: bytes) -> None:
        self._file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


class JpegStrips:
    """A baseline JPEG with colour halved both ways, sixteen rows at a time."""

    def __init__(self, file: IO[bytes], width: int, height: int, quality: int) -> None:
        if max(width, height) > JPEG_LIMIT:
            raise ValueError(f"A JPEG has at most {JPEG_LIMIT:,} pixels a side. Choose PNG.")
        self._file, self._size, self._quality = file, (width, height), quality
        self._waiting = np.zeros((0, width, 3), np.uint8)
        self._strips, self._left = 0, height

    def write(self, rows: NDArray[np.uint8]) -> None:
        self._left -= len(rows)
        waiting = np.concatenate([self._waiting, rows])
        whole = len(waiting) // MCU * MCU
        for start in range(0, whole, MCU):
            self._strip(waiting[start : start + MCU])
        self._waiting = waiting[whole:].copy()

    def finish(self) -> None:
        if self._left:
            raise ValueError(f"{self._left} rows are missing")
        if len(self._waiting):
            self._strip(self._waiting)
        self._file.write(b"\xff\xd9")

    def _strip(self, rows: NDArray[np.uint8]) -> None:
        out = io.BytesIO()
        picture = Image.fromarray(np.ascontiguousarray(rows))
        picture.save(out, "JPEG", quality=self._quality, subsampling="4:2:0", dpi=(DPI, DPI))
        header, data = _scan_of(out.getvalue())
        if self._strips == 0:
            self._file.write(self._header(header))
        else:
            self._file.write(bytes((0xFF, 0xD0 + (self._strips - 1) % 8)))
        self._file.write(data)
        self._strips += 1

    def _header(self, header: bytes) -> bytes:
        """The first strip's header with the height of the whole, and how many blocks lie between restart markers."""
        width, height = self._size
        frame = header.index(b"\xff\xc0")
        size = struct.pack(">H", height)
        interval = b"\xff\xdd" + struct.pack(">HH", 4, -(-width // MCU))
        return header[:frame] + interval + header[frame : frame + 5] + size + header[frame + 7 :]


def _scan_of(data: bytes) -> tuple[bytes, bytes]:
    """A JPEG's header up to its image data, and that data without the end marker."""
    position = 2
    while True:
        marker, length = data[position + 1], struct.unpack_from(">H", data, position + 2)[0]
        position += 2 + length
        if marker == 0xDA:  # start of scan
            return data[:position], data[position:-2]
