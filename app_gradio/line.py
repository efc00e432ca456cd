"""The line that comparisons stand in: what a page shows while one waits, runs, is cancelled or refused.

A question is put in two steps: the first shows at once that it was heard, with the way to cancel it; the second waits
for its turn. Whatever goes wrong, a third puts the page back. Questions are numbered, and the page keeps the number of
its last one: an earlier one stops and shows nothing any more.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import gradio as gr

from app_gradio.work import progress_bar

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
LAST: dict[str, Any] = {"trigger_mode": "always_last"}  # of what is asked in quick succession, the last is answered
EACH: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 1}  # one after another: what the event itself
# says, such as which card was clicked, is of the first of them when Gradio puts off the others
REMEMBERED = 512  # numbers of questions that are over; far more than can run or wait
Event = Callable[..., Any]  # what connects a handler: `button.click`, or `success` of an earlier event


@dataclass(frozen=True)
class Built:
    """What the page needs of a tab it has filled."""

    cards: gr.HTML  # the example pairs …
    about: dict[str, Any]  # … and what they show once the page is open
    answer: gr.HTML
    warm: Callable[[], None]  # answers the example pairs
    when_opened: Callable[[Event, Callable[[Any], Event]], None]  # connects what opens a link to this tab


class Line:
    """The ways to ask one question. `answers` are result, status, go, stop and link."""

    def __init__(
        self, inputs: Sequence[Any], answers: Sequence[Any], status: gr.HTML, *, concurrency_id: str, limit: int
    ) -> None:
        self._inputs, self._answers, self._status = list(inputs), list(answers), status
        self._queued: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "full",  # says which place in the line is one's own
            "show_progress_on": status,
            "concurrency_id": concurrency_id,
            "concurrency_limit": limit,
            **LAST,
        }
        self._number = gr.Number(visible=False)  # of the question that this page asked last
        self._count = count(1)
        self._over: deque[int] = deque(maxlen=REMEMBERED)
        self._asked: list[Any] = []
        self._read: list[Any] = []

    def ask(self, event: Event, handler: Callable[..., Iterator[Any]]) -> None:
        """When that happens, show that it was heard, and ask when it is this question's turn."""
        heard = event(self._hear, self._number, [*self._answers, self._number], queue=False, **QUIET, **LAST)
        numbered = [self._number, *self._inputs]
        self._asked.append(self._queue_up(heard.then, self._unless_over(handler), numbered, self._answers))

    def read(self, event: Event, handler: Callable[..., Any], inputs: Any, outputs: Any) -> None:
        """When that happens, do what a question needs first, such as reading an upload."""
        self._read.append(self._queue_up(event, handler, inputs, outputs))

    def cancel(self, *events: Event) -> None:
        """These end all that was asked or read before, and clear the page."""
        for event in events:
            event(
                self._forget, self._number, self._answers, cancels=self._asked + self._read, queue=False, **QUIET
            ).then(self._nothing, None, self._answers, queue=False, **QUIET)  # a last report may have been under way

    def _queue_up(self, event: Event, handler: Callable[..., Any], inputs: Any, outputs: Any) -> Any:
        asked = event(handler, inputs, outputs, **self._queued)
        asked.failure(self._nothing, None, self._answers, queue=False, **QUIET)
        return asked

    def _unless_over(self, handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """The handler, for the number of its question and the inputs; it ends without a word once that is over."""

        def numbered(number: int, *inputs: Any) -> Iterator[Any]:
            for answer in handler(*inputs):
                if number in self._over:
                    return
                yield answer

        numbered.__name__ = handler.__name__
        return numbered

    def _hear(self, earlier: int | None) -> tuple[Any, ...]:
        self._forget(earlier)
        return None, progress_bar(0.0, "Waiting for its turn"), *told(is_busy=True), None, next(self._count)

    def _forget(self, earlier: int | None) -> tuple[Any, ...]:
        if earlier:
            self._over.append(earlier)
        return self._nothing()

    @staticmethod
    def _nothing() -> tuple[Any, ...]:
        return None, "", *told(is_busy=False), None


def buttons(name: str) -> tuple[gr.Button, gr.Button]:
    """Go and stop, of which one is shown."""
    go = gr.Button("Compare", variant="primary", size="lg", elem_id=f"{name}-go", scale=0, min_width=200)
    stop = gr.Button("Cancel", size="lg", elem_id=f"{name}-stop", visible=False, scale=0, min_width=200)
    return go, stop


def told(*, is_busy: bool) -> tuple[Any, Any]:
    """What becomes of the two buttons."""
    return gr.update(visible=not is_busy), gr.update(visible=is_busy)
