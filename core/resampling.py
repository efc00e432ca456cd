"""How pictures are made smaller or larger: the shares that old pixels have in new ones, along one axis."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=1024)
def shares(size: int, side: int) -> NDArray[np.float32]:
    """(side, size): each row holds the shares of the old pixels in a new one, a triangle over those it covers."""
    scale = size / side
    reach = max(scale, 1.0)
    centres = (np.arange(side) + 0.5) * scale - 0.5
    found = np.maximum(0.0, 1.0 - np.abs(np.arange(size) - centres[:, None]) / reach)
    found[np.arange(side), np.clip(np.round(centres).astype(int), 0, size - 1)] += 1e-9
    result: NDArray[np.float32] = (found / found.sum(axis=1, keepdims=True)).astype(np.float32)
    return result
