"""Messages between a process and its limited child: a JSON header with its length before it, then raw arrays.

Never pickle: what comes from the child is data from a stranger. The reader checks every length before it makes room.
"""

import json
import math
import os
import selectors
import struct
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

LONGEST_HEADER = 1 << 20
MOST_DIMENSIONS = 4
KINDS = {"uint8", "float32", "float64"}  # of array elements
Header = dict[str, Any]
Arrays = list[NDArray[Any]]


class Closed(Exception):
    """The other side has gone, or talks nonsense."""


class Silence(Exception):
    """The other side said nothing for as long as it may."""


def send(descriptor: int, header: Header, *arrays: NDArray[Any]) -> None:
    """Write one message; raises BrokenPipeError when nobody reads any more."""
    shapes = [{"kind": str(array.dtype), "shape": list(array.shape)} for array in arrays]
    text = json.dumps(header | {"arrays": shapes}).encode()
    _write(descriptor, memoryview(struct.pack(">I", len(text)) + text))
    for array in arrays:
        if array.size:
            _write(descriptor, np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def receive(descriptor: int, *, patience: float | None = None, largest: int = 1 << 31) -> tuple[Header, Arrays]:
    """Read one message of which no array has more than `largest` bytes.

    Raises Closed at the end or on nonsense, Silence after `patience` seconds without a byte.
    """
    (length,) = struct.unpack(">I", _read(descriptor, bytearray(4), patience))
    if length > LONGEST_HEADER:
        raise Closed(f"a header of {length:,} bytes")
    try:
        header = json.loads(bytes(_read(descriptor, bytearray(length), patience)))
        shapes = [(str(entry["kind"]), [int(n) for n in entry["shape"]]) for entry in header.pop("arrays")]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Closed("a header that cannot be read") from error
    arrays: Arrays = []
    for kind, shape in shapes:
        if kind not in KINDS or not _is_credible(shape, np.dtype(kind).itemsize, largest):
            raise Closed("an array of an unexpected kind or size")
        array = np.empty(shape, dtype=kind)
        if array.size:
            _read(descriptor, array.reshape(-1).view(np.uint8).data, patience)
        arrays.append(array)
    return header, arrays


def _is_credible(shape: list[int], size: int, largest: int) -> bool:
    """Whether an array of this shape with elements of `size` bytes may exist and has at most `largest` bytes."""
    is_shape = len(shape) <= MOST_DIMENSIONS and all(0 <= n <= largest for n in shape)
    return is_shape and math.prod(shape) * size <= largest


def _write(descriptor: int, data: memoryview) -> None:
    while data:
        data = data[os.write(descriptor, data[: 1 << 20]) :]


def _read(descriptor: int, room: bytearray | memoryview, patience: float | None) -> bytearray | memoryview:
    """Fill `room`; every byte that comes renews the patience."""
    view = memoryview(room)
    with selectors.DefaultSelector() as waiting:
        waiting.register(descriptor, selectors.EVENT_READ)
        while view:
            deadline = None if patience is None else time.monotonic() + patience
            while not waiting.select(None if deadline is None else max(0.0, deadline - time.monotonic())):
                if deadline is not None and time.monotonic() >= deadline:
                    raise Silence
            count = os.readv(descriptor, [view])
            if count == 0:
                raise Closed("the end")
            view = view[count:]
    return room
