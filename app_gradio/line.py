"""The line that comparisons stand in: what a page shows while one waits, runs, is cancelled or refused.

A question is put in two steps: the first shows at once that it was heard, with the way to cancel it; the second waits
for its turn. Whatever goes wrong, a third puts the page back. Questions are numbered, and the page keeps the number of
its last one: an earlier one stops and shows nothing any more.
"""

import secrets
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app_gradio.work import progress_bar

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
LAST: dict[str, Any] = {"trigger_mode": "always_last"}  # of what is asked in quick succession, the last is answered
EACH: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 1}  # one after another: what the event itself
# says, such as which card was clicked, is of the first of them when Gradio puts off the others
GO, STOP = "Compare", "Cancel"
REMEMBERED = 512  # numbers of questions that are over; far more than can run or wait
Event = Callable[..., Any]  # what connects a handler: `button.click`, or `success` of an earlier event


@dataclass(frozen=True)
class Built:
    """What the page needs of a tab it has filled."""

    cards: gr.HTML  # the example pairs …
    about: dict[str, Any]  # … and what they show once the page is open
    line: "Line"
    warm: Callable[[], None]  # answers the example pairs
    when_opened: Callable[[Event, Callable[[Any], Event]], None]  # connects what opens a link to this tab


class Side:
    """One of the two things that are compared: its slot, and how far what arrived there has been read."""

    def __init__(self, slot: Any, status: gr.HTML) -> None:
        self.slot, self.status = slot, status
        self.number = gr.Number(visible=False)  # of what arrived last
        self.reads: list[Any] = []


class Line:
    """The ways to ask one question about two sides. `answers` are result, status, go, stop and link."""

    def __init__(
        self,
        sides: Sequence[Side],
        inputs: Sequence[Any],
        answers: Sequence[Any],
        status: gr.HTML,
        *,
        concurrency_id: str,
        limit: int,
    ) -> None:
        self._sides, self._inputs, self._answers, self._status = list(sides), list(inputs), list(answers), status
        self._queued: dict[str, Any] = {
            "api_visibility": "private",
            "show_progress": "full",  # says which place in the line is one's own
            "concurrency_id": concurrency_id,
            "concurrency_limit": limit,
            **LAST,
        }
        self._number = gr.Number(visible=False)  # of the question that this page asked last
        self._over: deque[int] = deque(maxlen=REMEMBERED)
        self._asked: list[Any] = []
        self._followed: list[tuple[Callable[..., Any], Any, Any]] = []

    def after(self, handler: Callable[..., Any], inputs: Any, outputs: Any) -> None:
        """When a question has been answered, or has failed, do that. Not when the answer changes: a browser tells of
        that again and again."""
        self._followed.append((handler, inputs, outputs))
        for asked in self._asked:
            asked.then(handler, inputs, outputs, **QUIET)

    def ask(self, event: Event, handler: Callable[..., Iterator[Any]]) -> None:
        """When that happens, show that it was heard, and ask when it is this question's turn. Whatever was still being
        read for the slots is read with the question, so that ends."""
        numbers = [self._number, *(side.number for side in self._sides)]
        readings = [side.status for side in self._sides]
        heard = event(self._hear, numbers, [*self._answers, self._number, *readings], queue=False, **QUIET, **LAST)
        numbered = [self._number, *self._inputs]
        asked = heard.then(
            self._unless_over(handler), numbered, self._answers, show_progress_on=self._status, **self._queued
        )
        asked.failure(self._nothing, None, self._answers, queue=False, **QUIET)
        self._asked.append(asked)
        for followed in self._followed:
            asked.then(*followed, **QUIET)

    def read(self, side: Side, handler: Callable[..., Iterator[Any]], outputs: Sequence[Any], **settings: Any) -> None:
        """When something arrives in a slot, the answer to the earlier question goes, and what arrived is made ready:
        the handler gets it, and gives how far that is, as HTML, before the outputs. When it fails, they are emptied."""
        unless_over = self._unless_over(handler)

        def read(number: int, file: str | None) -> Iterator[Any]:
            try:
                yield from unless_over(number, file)
            except Exception:
                if number not in self._over:
                    yield "", *(None for _ in outputs)  # ready for another file
                raise
            if number in self._over:  # a report of it may have come after the line was cleared
                yield "", *(gr.skip() for _ in outputs)

        numbers = [self._number, side.number]
        arrived = side.slot.upload(
            self._arrive, numbers, [*self._answers, side.number, side.status], queue=False, **QUIET
        )
        reading = arrived.then(
            read,
            [side.number, side.slot],
            [side.status, *outputs],
            show_progress_on=side.status,
            **{**self._queued, **settings},
        )
        reading.failure(lambda: "", None, side.status, queue=False, **QUIET)
        side.reads.append(reading)

    def cancel(self, *events: Event) -> None:
        """These end what was asked before, and clear the page."""
        for event in events:
            self._end(event, [self._number], self._answers, self._asked)

    def clear(self, side: Side) -> None:
        """An emptied slot ends what was asked before and what was read for it, and clears the page."""
        numbers = [self._number, side.number]
        self._end(side.slot.clear, numbers, [*self._answers, side.status], self._asked + side.reads)

    def renew(self, event: Event) -> None:
        """The question is another one from now on: the answer to the earlier one goes."""
        event(self._change, self._number, self._answers, queue=False, **QUIET)

    def _end(self, event: Event, numbers: list[Any], outputs: list[Any], ended: list[Any]) -> None:
        def forget(*earlier: int | None) -> tuple[Any, ...]:
            self._forget(*earlier)
            return clear()

        def clear() -> tuple[Any, ...]:
            return (*self._nothing(), *("" for _ in outputs[len(self._answers) :]))

        event(forget, numbers, outputs, cancels=ended, queue=False, **QUIET).then(
            clear, None, outputs, queue=False, **QUIET
        )  # a last report may have been under way

    def _unless_over(self, handler: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        """The handler, for the number of its question and the inputs; it ends without a word once that is over."""

        def numbered(number: int, *inputs: Any) -> Iterator[Any]:
            if number in self._over:
                return
            try:
                for answer in handler(*inputs):
                    if number in self._over:
                        return
                    yield answer
            except gr.Error:
                if number not in self._over:
                    raise

        numbered.__name__ = handler.__name__
        return numbered

    def _hear(self, *earlier: int | None) -> tuple[Any, ...]:
        self._forget(*earlier)
        heard = None, progress_bar(0.0, "Waiting for its turn"), *told(is_busy=True), None
        return *heard, _new_number(), *("" for _ in self._sides)

    def _arrive(self, question: int | None, earlier: int | None) -> tuple[Any, ...]:
        self._forget(earlier)
        return *self._change(question), _new_number(), progress_bar(0.0, "Waiting for its turn")

    def _change(self, question: int | None) -> tuple[Any, ...]:
        if not question or question in self._over:  # nothing is shown, or a newer question has been heard already
            return (gr.skip(),) * len(self._answers)
        self._forget(question)
        return self._nothing()

    def _forget(self, *earlier: int | None) -> None:
        self._over.extend(number for number in earlier if number)

    @staticmethod
    def _nothing() -> tuple[Any, ...]:
        return None, "", *told(is_busy=False), None


def buttons(name: str) -> tuple[gr.Button, gr.Button]:
    """Go and stop, of which one is shown, and beside them why the page holds the first back (components/page.js)."""
    go = gr.Button(GO, variant="primary", size="lg", elem_id=f"{name}-go", scale=0, min_width=200)
    stop = gr.Button(STOP, size="lg", elem_id=f"{name}-stop", visible=False, scale=0, min_width=200)
    gr.HTML('<p role="status"></p>', elem_id=f"{name}-held", elem_classes="ck-held", padding=False)
    return go, stop


def reading(slot: Any) -> gr.HTML:
    """Where it is told how far the clip or picture in a slot has been read. The page holds Compare back meanwhile."""
    return gr.HTML("", elem_id=f"{slot.elem_id}-reading", elem_classes=["ck-status", "ck-reading"], padding=False)


def told(*, is_busy: bool) -> tuple[Any, Any]:
    """What becomes of the two buttons; one that is hidden twice in a row comes back without its word otherwise."""
    return gr.update(value=GO, visible=not is_busy), gr.update(value=STOP, visible=is_busy)


def _new_number() -> int:
    """One that no other visitor can guess, and thereby end: what a page sends back is not to be believed."""
    return 1 + secrets.randbelow(2**52)  # JavaScript's numbers are whole up to 2**53
