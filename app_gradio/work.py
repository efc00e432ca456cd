"""Long work behind a page that stays alive: progress while it runs, a cancel that really stops it, errors as toasts.

Gradio can stop a handler only where it yields, and some not at all. So the work runs in a thread, the handler yields
what the thread reports, and once the handler is closed, or nobody waits for its answer any more, the next report in the
thread raises `Cancelled`.
"""

import contextvars
import logging
import queue
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from html import escape
from typing import Generic, TypeVar

import gradio as gr

from app_gradio.visitors import is_awaited
from core.errors import Cancelled, StudioError
from core.records import Progress

HEARTBEAT = 0.2  # seconds between two chances to cancel when the work reports nothing
Report = tuple[float, str]
T = TypeVar("T")
log = logging.getLogger(__name__)


class Task(Generic[T]):
    """One piece of work in a thread of its own. Iterate it for reports; `result` is there once that ends."""

    def __init__(self, work: Callable[[Progress], T]) -> None:
        self._work = work
        self._reports: queue.Queue[Report | None] = queue.Queue()
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self.result: T

    def __iter__(self) -> Generator[Report, None, None]:
        """Reports as they come, the last one again when there is no news. Raises what the work raised."""
        context = contextvars.copy_context()  # whose request it is: a lent GPU is charged to that visitor
        thread = threading.Thread(target=context.run, args=(self._run,), name="compare", daemon=True)
        thread.start()
        latest: Report = (0.0, "Starting")
        try:
            while True:
                try:
                    news = self._reports.get(timeout=HEARTBEAT)
                    while news is not None and not self._reports.empty():
                        news = self._reports.get_nowait()
                except queue.Empty:
                    news = latest
                if news is None:
                    break
                latest = news
                yield latest
        finally:
            self._stop.set()
        thread.join()
        if self._error is not None:
            raise self._error

    def finish(self) -> T:
        """The result, for whoever needs no reports."""
        for _ in self:
            pass
        return self.result

    def _run(self) -> None:
        try:
            self.result = self._work(self._report)
        except BaseException as error:  # carried over to the thread that iterates
            self._error = error
        finally:
            self._reports.put(None)

    def _report(self, fraction: float, text: str) -> None:
        if self._stop.is_set() or not is_awaited():
            raise Cancelled
        self._reports.put((min(max(fraction, 0.0), 1.0), text))


def part(progress: Progress, start: float, end: float, prefix: str = "") -> Progress:
    """The progress of one step of several: its 0–1 becomes start–end, its text follows the prefix."""
    return lambda fraction, text: progress(start + (end - start) * fraction, f"{prefix}{text}")


@contextmanager
def toasts() -> Iterator[None]:
    """A StudioError inside becomes a toast with its sentence; anything else is a bug, logged and named plainly."""
    try:
        yield
    except StudioError as error:
        raise problem(str(error)) from error
    except Cancelled as error:
        raise problem("Cancelled.") from error
    except (gr.Error, GeneratorExit):
        raise
    except Exception as error:
        log.exception("Unexpected error")
        raise problem(
            f"Unexpected error ({type(error).__name__}). The details are in the log of the server."
        ) from error


@contextmanager
def noted() -> Iterator[None]:
    """A StudioError inside ends the handler without a toast, for a page that tells of it in its own place."""
    try:
        yield
    except StudioError as error:
        raise gr.Error(str(error), visible=False, print_exception=False) from error


def problem(sentence: str) -> gr.Error:
    """A toast. The sentence may quote names that strangers gave, so it is shown as text."""
    return gr.Error(escape(sentence, quote=False), title="That did not work", print_exception=False)


def progress_bar(fraction: float, text: str) -> str:
    """A line of text over a thin bar, as HTML."""
    percent = round(100 * fraction)
    return (
        f'<div class="ck-progress" role="progressbar" aria-valuenow="{percent}" aria-valuemin="0" aria-valuemax="100">'
        f'<span>{escape(text)}</span><i><b style="width:{percent}%"></b></i></div>'
    )
