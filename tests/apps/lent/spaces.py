"""A stand-in for the platform's package of the same name: `GPU` runs a function in a fork of this process.

As there: the fork is made for the call, arguments and answers are pickled, and whatever the function leaves behind in
the fork is lost with it. `LOANS` tells the seconds asked for and what the caller's request was.
"""

import multiprocessing
from collections.abc import Callable
from typing import Any

from gradio.context import LocalContext

LOANS: list[tuple[int, int, Any]] = []  # seconds asked for, process that did the work, request


def GPU(task: Callable[..., Any], *, duration: Callable[..., int]) -> Callable[..., Any]:
    def lent(*args: Any) -> Any:
        here, there = multiprocessing.get_context("fork").Pipe()

        def work() -> None:
            there.send(task(*there.recv()))

        fork = multiprocessing.get_context("fork").Process(target=work, daemon=True)
        fork.start()
        here.send(args)
        while not here.poll(0.05):
            if not fork.is_alive():
                raise RuntimeError("GPU task aborted")
        answer = here.recv()
        fork.join()
        LOANS.append((duration(*args), fork.pid or 0, LocalContext.request.get(None)))
        return answer

    return lent
