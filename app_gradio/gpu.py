"""A GPU that is lent by the second: on a ZeroGPU Space, what encoders compute is done inside `spaces.GPU`.

There this process never holds a GPU. The platform forks it for a loan, and in the fork the weights that were loaded
before the page opened, in the main thread, lie on a GPU. Only arrays go in and come out: decoding, the library and its
database stay on this side of the fork. Anywhere else, and without the platform's package, encoders stay as they are.
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

START, FRAMES_PER_SECOND = 10, 50  # seconds until the weights are there; frames that are surely encoded in one
AT_ONCE = 640  # frames that go into one loan: ten minutes at one a second, about 170 MB

_lent: dict[str, Any] = {}  # encoders by registry key, as the fork inherits them


def lender() -> Callable[[Any], Any] | None:
    """What puts an encoder onto the platform's GPU; None where there is none to be lent.

    Has to be called before anything imports PyTorch: the platform's package replaces parts of it.
    """
    if os.environ.get("SPACES_ZERO_GPU", "").lower() not in ("1", "t", "true"):
        return None
    import spaces

    ask = spaces.GPU(_ask, duration=seconds)
    return lambda encoder: Borrowed(encoder, ask)


class Borrowed:
    """An encoder whose methods are called on a lent GPU. All else about it is known here."""

    at_once = AT_ONCE

    def __init__(self, encoder: Any, ask: Callable[..., Any]) -> None:
        self._encoder, self._ask = encoder, ask
        _lent[encoder.name] = encoder

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._encoder, name)
        return partial(self._ask, self._encoder.name, name) if callable(found) else found

    def encode_each(self, batches: Sequence[Any]) -> Any:
        """The vectors of each batch, all in one loan."""
        return self._ask(self._encoder.name, "encode_each", batches)


def seconds(encoder: str, method: str, items: Any) -> int:
    """How long a loan may last: the fewer seconds are asked for, the sooner the platform lends."""
    frames = sum(map(len, items)) if method == "encode_each" else len(items)
    return START + -(-frames // FRAMES_PER_SECOND)


def _ask(encoder: str, method: str, items: Any) -> Any:
    """On the other side of the fork."""
    own = _lent[encoder]
    return [own.encode(batch) for batch in items] if method == "encode_each" else getattr(own, method)(items)
