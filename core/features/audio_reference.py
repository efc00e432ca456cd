"""pyAudioAnalysis itself, as the judge of our own features in tests and benchmarks. The only file that imports it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from core.features.audio import MID_TERM, WINDOW

_LOCK = threading.Lock()


def reference(samples: NDArray[np.int16], rate: int) -> tuple[NDArray[np.float64], list[str]]:
    """The 138 features of a mono track and their names, as `directory_feature_extraction` takes them from a WAV file.

    Some 5 s of CPU and 300 MB for a track of 4 minutes. Raises ValueError for less than one window, as the original.
    """
    from pyAudioAnalysis import MidTermFeatures

    window, mid_term = round(rate * WINDOW), round(rate * MID_TERM)
    with _numpy_one_names():
        mid, short, names = MidTermFeatures.mid_feature_extraction(samples, rate, mid_term, mid_term, window, window)
        beat, confidence = MidTermFeatures.beat_extraction(short, WINDOW)
    return np.array([*np.transpose(mid).mean(axis=0), beat, confidence]), [*names, "bpm", "ratio"]


@contextmanager
def _numpy_one_names() -> Iterator[None]:
    """Give the original's peak finder the two names that NumPy 2 dropped, for as long as it is asked."""
    from pyAudioAnalysis import utilities

    with _LOCK:
        original = utilities.numpy
        utilities.numpy = SimpleNamespace(**vars(original), Inf=np.inf, NaN=np.nan)
        try:
            yield
        finally:
            utilities.numpy = original
