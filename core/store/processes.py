"""Telling whether a process that once wrote its mark still runs: process number and start time together."""

import os
from pathlib import Path


def this_process() -> str:
    """The mark of this process: its number and, where the system tells, when it started."""
    return f"{os.getpid()} {_start(os.getpid()) or '-'}"


def has_ended(process: str) -> bool:
    """Whether the process that left this mark is gone; a later process of the same number is another one."""
    number, _, start = process.partition(" ")
    pid = int(number)
    if pid == os.getpid():
        return process != this_process()
    if start != "-":
        return _start(pid) != start
    if os.name != "posix":
        return True  # no way to ask that is safe there; one process at a time is the rule
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _start(pid: int) -> str | None:
    """When a running process started, as the kernel counts; None when it has ended or the system does not tell."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()  # the name before may hold spaces and brackets
    state, start = fields[0], fields[19]  # fields 3 and 22 of proc(5)
    return None if state in "ZX" else start
