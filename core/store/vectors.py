"""Nearest vectors by FAISS: exact while there are few, inverted lists past that. The only importer of faiss.

Knows numbered rows of length 1 and nothing of videos. FAISS breaks when one thread adds while another searches, so the
caller sees to it that changes come alone; several searches at once are fine.
"""

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from core.errors import LibraryError

# Two threads, D = 512, a query of 60 frames: flat 10 ms at 10,000 rows, 50 at 30,000, 240 at 100,000, 680 at 300,000;
# inverted lists 1 to 10 ms at the same sizes after 0.2, 0.9, 3.8 and 16 s of building. Up to here the exact answer
# takes about a tenth of a second.
FLAT_LIMIT = 50_000
RECALL = 0.99  # of the exact answer's first ten, which the number of probed lists is chosen for
MIN_PROBES = 8
SAMPLE_NOISE = 0.5  # length of what is added to a vector before it is looked for: a cosine of 0.89, as after an edit
TRAINING_ROWS = 64  # per list; more does not change the answer
CHUNK_ROWS = 16_384  # copied at a time when the form changes

_SEED = 20221


class VectorIndex:
    """Numbered unit vectors and the search among them. Starts flat; `to_lists` makes the fast form of it."""

    def __init__(self, dimension: int) -> None:
        faiss = _faiss()
        self._index: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self.dimension = dimension
        self.lists = 0  # inverted lists; 0 is flat
        self.probes = 0  # lists looked into by a search

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, numbers: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Adds rows (N, D) under their numbers (N,), which must be new."""
        self._index.add_with_ids(np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(numbers, np.int64))

    def remove(self, numbers: NDArray[np.int64]) -> None:
        """Takes rows out; the numbers of the others stay."""
        self._index.remove_ids(np.ascontiguousarray(numbers, np.int64))

    def search(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """(P, D) -> similarities (P, k), best first, and row numbers (P, k); -1 where there are no k rows.

        `allowed` says for every row number up to the highest whether it may be in the answer.
        """
        similarities, numbers = self._search(queries, k, allowed, self.probes)
        short = numbers[:, -1] < 0 if k else np.zeros(len(queries), bool)
        if self.lists and self.probes < self.lists and short.any():  # the probed lists held too little that is allowed
            similarities[short], numbers[short] = self._search(queries[short], k, allowed, self.lists)
        return similarities, numbers

    def _search(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.bool_] | None, probes: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        faiss = _faiss()
        options: dict[str, Any] = {}
        if allowed is not None:
            options["sel"] = faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
        if self.lists:
            parameters = faiss.SearchParametersIVF(nprobe=probes, **options)
        else:
            parameters = faiss.SearchParameters(**options) if options else None
        found: tuple[NDArray[np.float32], NDArray[np.int64]] = self._index.search(
            np.ascontiguousarray(queries, np.float32), k, params=parameters
        )
        return found

    def to_lists(self) -> "VectorIndex":
        """The same rows in inverted lists, as many as suit their number. This index must be flat and stays as it is.

        The same rows in the same order give the same lists.
        """
        faiss = _faiss()
        numbers = faiss.vector_to_array(self._index.id_map)
        flat, total = self._index.index, len(self)
        other = VectorIndex(self.dimension)
        other.lists = 2 ** int(np.log2(4 * np.sqrt(max(total, 1))))
        index = faiss.IndexIVFFlat(
            faiss.IndexFlatIP(self.dimension), self.dimension, other.lists, faiss.METRIC_INNER_PRODUCT
        )
        index.cp.seed, index.cp.niter, index.cp.min_points_per_centroid = _SEED, 10, 1
        chosen = np.random.default_rng(_SEED).permutation(total)[: TRAINING_ROWS * other.lists]
        index.train(flat.reconstruct_batch(np.sort(chosen)))
        for start in range(0, total, CHUNK_ROWS):
            count = min(CHUNK_ROWS, total - start)
            index.add_with_ids(flat.reconstruct_n(start, count), numbers[start : start + count])
        other._index = index
        other.probes = other.lists  # exact until it is tuned
        return other

    def tune(self, samples: NDArray[np.float32]) -> None:
        """Chooses how many lists to look into, so that `samples` (N, D), disturbed, find what an exact search finds."""
        if not self.lists or not len(samples):
            return
        noise = np.random.default_rng(_SEED).standard_normal(samples.shape).astype(np.float32)
        queries = samples + SAMPLE_NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
        queries /= np.linalg.norm(queries, axis=1, keepdims=True)
        k = min(10, len(self))
        exact, _ = self._search(queries, k, None, self.lists)
        # By similarity, not by number: of two rows alike to the last digit either is the right answer.
        self.probes = next(
            probes
            for probes in _doubled(MIN_PROBES, self.lists)
            if probes == self.lists
            or np.mean(self._search(queries, k, None, probes)[0] >= exact[:, -1:] - 1e-6) >= RECALL
        )

    def write(self, sink: Callable[[bytes], int]) -> None:
        """Hands the index in FAISS's own format to `sink`, piece by piece."""
        faiss = _faiss()
        try:
            faiss.write_index(self._index, faiss.PyCallbackIOWriter(sink))
        except RuntimeError as error:  # what FAISS makes of an error in the sink
            raise LibraryError(
                f"The search index could not be written ({error}). Free some space on the disk."
            ) from error

    @classmethod
    def read(cls, file: BinaryIO, *, dimension: int, lists: int, probes: int) -> "VectorIndex":
        """Reads what `write` wrote; a LibraryError when it is something else. FAISS itself does not check the bytes."""
        faiss = _faiss()
        try:
            index = faiss.read_index(faiss.BufferedIOReader(faiss.PyCallbackIOReader(file.read)))
            fits = index.d == dimension and (index.nlist if lists else 0) == lists
        except (RuntimeError, AttributeError, MemoryError) as error:
            raise LibraryError("The search index cannot be read. It is made anew from the tracks.") from error
        if not fits or type(index) is not (faiss.IndexIVFFlat if lists else faiss.IndexIDMap2):
            raise LibraryError("The search index is of another kind. It is made anew from the tracks.")
        other = cls(dimension)
        other._index, other.lists, other.probes = index, lists, probes
        return other


def _doubled(start: int, end: int) -> Iterator[int]:
    """start, twice that and so on, and at last `end`."""
    while start < end:
        yield start
        start *= 2
    yield end


def _faiss() -> Any:
    import faiss  # its own type hints leave out what its Python side adds

    return faiss
