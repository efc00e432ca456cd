"""Who may queue: how many comparisons one visitor, and all of them, may have running or waiting; and who still waits.

A page is told apart by its session, which its visitor's browser makes up; so this keeps honest people out of one
another's way, and the limit for all is what protects the machine. Addresses count only where the operator says how many
servers of theirs stand in front of this one, because all else in that header is the sender's own invention. Scripts and
agents have no page: together they get half of the places, so that people always get in.
"""

from typing import Any, Literal

import gradio as gr
from fastapi import Request
from gradio.context import LocalContext
from gradio.data_classes import PredictBodyInternal
from gradio.queueing import Event, Queue

from core.config import Hosting

COMPARE, LOOK = "compare", "look"  # what is queued together: comparisons; and single frames, which are quick
Told = tuple[bool, str | list[dict[str, Any]], Literal["success", "error", "queue_full", "validator_error"]]


class Door:
    """The one way into the queue of an app."""

    def __init__(self, app: gr.Blocks, hosting: Hosting) -> None:
        self._app, self._queue, self._hosting = app, app._queue, hosting
        self._enter = self._queue.push
        self._queue.push = self.push  # type: ignore[method-assign]

    async def push(self, body: PredictBodyInternal, request: Request, username: str | None) -> Told:
        """Into the queue, or a sentence: as a toast on the page, as 503 with the sentence for scripts."""
        asked = self._app.fns.get(body.fn_index) if body.fn_index is not None else None
        if asked is not None and asked.concurrency_id in (COMPARE, LOOK):
            told = self.refusal(asked.concurrency_id, request, body.session_hash)
            if told:
                return False, told, "error" if is_page(request) else "queue_full"
        return await self._enter(body=body, request=request, username=username)

    def refusal(self, kind: str, request: Request, session: str | None) -> str:
        """Why this visitor cannot have one more of that kind queued now; empty when they can."""
        hosting = self._hosting
        present = [event for event in events(self._queue) if event.concurrency_id == kind]
        waiting = sum(event in queued.queue for queued in queues(self._queue) for event in present)
        if waiting >= hosting.waiting:
            return f"{hosting.waiting} comparisons are waiting already. Try again in a few minutes."
        if is_page(request):
            own = sum(is_page(event.request) and event.session_hash == session for event in present)
            most = hosting.per_visitor
        else:
            own = sum(not is_page(event.request) for event in present)
            most = max(hosting.waiting // 2, 1)
        if own >= most:
            if is_page(request):
                return f"{_counted(own)} of yours run or wait already. Let one finish, or cancel it, and ask again."
            return f"{own} comparisons of scripts and agents run or wait already. Try again in a few minutes."
        place = address(request, hosting.proxies)
        near = sum(address(event.request, hosting.proxies) == place for event in present) if place else 0
        if near >= 2 * hosting.per_visitor:
            return f"{_counted(near)} from your address run or wait already. Try again when one has finished."
        return ""


def events(queue: Queue) -> list[Event]:
    """What waits, and what runs for somebody."""
    running = [event for job in queue.active_jobs if job for event in job if event.alive]
    return [event for queued in queues(queue) for event in queued.queue] + running


def queues(queue: Queue) -> list[Any]:
    return list(queue.event_queue_per_concurrency_id.values())


def is_page(request: Request) -> bool:
    """Whether a request says that it comes from the page."""
    return request.headers.get("x-gradio-user") == "app"


def address(request: Request, proxies: int) -> str:
    """Where a request comes from: what the outermost of our own proxies wrote down; empty when there is none."""
    hops = [hop.strip() for hop in request.headers.get("x-forwarded-for", "").split(",")]
    return hops[-proxies] if 0 < proxies <= len(hops) else ""


def is_awaited() -> bool:
    """Whether somebody still waits for the answer of the handler that asks. False once they cancelled or left."""
    app, event_id = LocalContext.blocks.get(None), LocalContext.event_id.get(None)
    if app is None or event_id is None:  # called directly, outside of any queue
        return True
    event = app._queue.event_ids_to_events.get(event_id)
    return event is not None and event.alive


def _counted(number: int) -> str:
    return "1 comparison" if number == 1 else f"{number} comparisons"
