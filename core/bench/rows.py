"""What benchmarks make up to measure on."""

import numpy as np
from numpy.typing import NDArray


def unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Every row with length 1: (..., D) -> (..., D)."""
    made: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return made
