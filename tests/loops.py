"""Coroutines run to their end wherever a test stands: Playwright leaves an event loop running in its thread."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Answer = TypeVar("Answer")


def finished(work: Coroutine[Any, Any, Answer], *, patience: float = 120.0) -> Answer:
    """What a coroutine gives, in a loop and a thread of its own; TimeoutError after so many seconds."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(work, patience)).result()
