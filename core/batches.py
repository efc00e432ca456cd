"""Much work in batches that fit the memory there is: smaller ones when it is full, and off the GPU when nothing fits.

Knows no tensors: what a full memory looks like is told from the exception, so nothing heavy is imported.
"""

import logging
import sys
from collections.abc import Callable
from typing import TypeVar

from core.errors import StudioError

FULL = ("can't allocate memory", "out of memory", "alloc_failed")  # PyTorch on a CPU and CUDA's libraries say it so

T = TypeVar("T")

logger = logging.getLogger(__name__)


def in_batches(
    work: Callable[[slice], T], count: int, batch: int, *, leave_gpu: Callable[[], bool] = lambda: False
) -> list[T]:
    """What `work` gives for consecutive slices of at most `batch` out of `count`, in their order.

    When memory is full, the GPU's or the machine's, the batch is halved and the same slice begun anew, down to one at a
    time; then `leave_gpu` may move the work to the CPU and say that it did. So `work` must not depend on the size of a
    slice, nor mind being asked twice. Raises StudioError when not even one fits.
    """
    results: list[T] = []
    start = 0
    while start < count:
        full: Exception | None = None
        try:
            results.append(work(slice(start, min(start + batch, count))))
        except (MemoryError, RuntimeError) as error:
            if not is_full(error):
                raise
            full = error.with_traceback(None)  # its frames hold what has to be let go of
        if full is None:
            start += batch
            continue
        _let_go()
        batch = min(batch, count - start)
        if batch > 1:
            batch //= 2
            logger.warning("Memory is full; going on with %s at a time.", batch)
        elif leave_gpu():
            logger.warning("The GPU's memory is full even for one at a time; going on with the CPU, which is slower.")
        else:
            raise StudioError(
                "This machine's memory is full. Close other programs, then try again with less at once."
            ) from full
    return results


def is_full(error: BaseException) -> bool:
    """Whether an exception says that memory is full: Python's, NumPy's, or PyTorch's for a GPU or a CPU."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(words in str(error).lower() for words in FULL)


def _let_go() -> None:
    """Gives back what PyTorch keeps of the GPU's memory for later, where it is in use at all."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()
