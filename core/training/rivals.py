"""UMAP and PaCMAP as judges of our own layouts. The only file that imports them; both are for measuring only.

Either brings Numba and its compiler (some 200 MB), and lays out the frames it was given and no others (PaCMAP) or
others by a second, slower search (UMAP), which is why the product fits a network instead.
"""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Layout = Callable[[NDArray[np.float32], int], NDArray[np.float32]]
"""Vectors (N, D) and a seed -> positions (N, 2)."""


def rivals() -> tuple[dict[str, Layout], list[str]]:
    """Those that are installed, by name, and a line for each that is not."""
    found: dict[str, Layout] = {"t-SNE": _tsne}
    missing = []
    for name, module, layout in (("UMAP", "umap", _umap), ("PaCMAP", "pacmap", _pacmap)):
        try:
            __import__(module)
        except ImportError:
            missing.append(f"{name} is not installed: pip install {module.replace('umap', 'umap-learn')}")
        else:
            found[name] = layout
    return found, missing


def _umap(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that a seed costs it its threads
        return np.asarray(UMAP(random_state=seed, n_jobs=1).fit_transform(vectors), np.float32)


def _pacmap(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from pacmap import PaCMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(PaCMAP(random_state=seed).fit_transform(vectors, init="pca"), np.float32)


def _tsne(vectors: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    from sklearn.manifold import TSNE

    perplexity = min(30.0, max(1.0, (len(vectors) - 1) / 3))
    return np.asarray(TSNE(perplexity=perplexity, random_state=seed).fit_transform(vectors), np.float32)
