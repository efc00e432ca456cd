"""Weights on a model hub: found in the local cache without asking anyone, or fetched with a visible, bounded wait.

A fetch runs in a child process (`python -m core.features.hub REPOSITORY NAME…`), because neither a dead name server nor
a stalled connection can be interrupted from within. Knows files by repository and name, not what is in them.
"""

import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.config import ROOT
from core.errors import EncoderUnavailable
from core.records import Progress, no_progress

MB = 1_000_000
START = 10.0  # seconds the child may take to start on a busy machine, before any network is involved
STALL = 60.0  # seconds without a new byte; the hub client hands on pieces of 10 MB, so slow lines report rarely
TICK = 0.2  # seconds between two looks at the progress callback, which is where a cancel comes from


@dataclass(frozen=True, slots=True)
class HubFile:
    """One file of weights, under the names it may have there, the preferred one first."""

    repository: str
    names: tuple[str, ...]

    def cached(self) -> Path | None:
        """Where the file lies in the hub's cache on this machine, or None. Never touches the network."""
        from huggingface_hub import try_to_load_from_cache

        for name in self.names:
            found = try_to_load_from_cache(self.repository, name)
            if isinstance(found, str):
                return Path(found)
        return None


def is_offline() -> bool:
    """Whether the person has forbidden the hub's client the network (HF_HUB_OFFLINE=1)."""
    from huggingface_hub import constants

    return bool(constants.HF_HUB_OFFLINE)


def fetch(file: HubFile, *, patience: float, stall: float = STALL, progress: Progress = no_progress) -> Path:
    """The file, downloaded into the hub's cache. `patience` is how long the hub may take to answer at all, in seconds.

    The progress callback hears how much has come; when it raises, the download ends. Raises EncoderUnavailable when
    the hub is not reached in time, sends nothing for `stall` seconds, or does not have the file.
    """
    if is_offline():
        raise EncoderUnavailable("HF_HUB_OFFLINE is set, so no weights are fetched. Unset it to allow the download.")
    child = _start(file)
    try:
        return _follow(child, patience, stall, progress)
    finally:
        child.kill()
        child.wait()


def _start(file: HubFile) -> subprocess.Popen[str]:
    from huggingface_hub import constants

    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return subprocess.Popen(
        [sys.executable, "-m", "core.features.hub", file.repository, *file.names],
        env=os.environ | {"HF_HUB_CACHE": str(constants.HF_HUB_CACHE), "PYTHONPATH": paths},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _follow(child: subprocess.Popen[str], patience: float, stall: float, progress: Progress) -> Path:
    """Read what the child reports, each report moving the time by which the next one must come."""
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read_lines, args=(child, lines), daemon=True).start()
    due, complaint = time.monotonic() + START, "The download did not start. Try again."
    total, text = 0.0, "Looking for the weights"
    progress(0.0, text)
    fraction = 0.0
    while time.monotonic() < due:
        try:
            word, _, rest = lines.get(timeout=TICK).rstrip("\n").partition(" ")
        except queue.Empty:
            progress(fraction, text)
            continue
        if word == "started":
            due = time.monotonic() + patience
            complaint = f"The model hub could not be reached within {patience:g} s."
        elif word == "size":
            due, total = time.monotonic() + stall, float(rest)
            complaint = f"The download stalled: nothing came for {stall:g} s."
        elif word == "at":
            due, fraction = time.monotonic() + stall, float(rest) / max(total, 1.0)
            text = f"Fetching weights: {float(rest) / MB:.0f} of {total / MB:.0f} MB"
            progress(min(fraction, 1.0), text)
        elif word == "done":
            return Path(rest)
        else:
            raise EncoderUnavailable(rest or "The download ended without a word. Try again.")
    raise EncoderUnavailable(complaint)


def _read_lines(child: subprocess.Popen[str], lines: "queue.Queue[str]") -> None:
    assert child.stdout is not None
    for line in child.stdout:
        lines.put(line)
    lines.put("failed")


# ------------------------------------------------------------------------------------------- in the child process


def _say(word: str, rest: object = "") -> None:
    sys.stdout.write(f"{word} {rest}\n")
    sys.stdout.flush()


class _Reporter:
    """What the hub's client takes for a progress bar."""

    def __init__(self, *args: Any, initial: float = 0, total: float | None = None, **kwargs: Any) -> None:
        self._at = float(initial or 0)
        self.total = total

    def __enter__(self) -> "_Reporter":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is held open."""

    def update(self, amount: float | None = 1) -> None:
        self._at += amount or 0
        _say("at", int(self._at))

    def close(self) -> None:
        """Nothing is held open."""


def _complaint(error: Exception) -> str:
    if type(error).__name__ in (
        "ConnectError",
        "ConnectTimeout",
    ):  # by name: the client has changed its transport before
        return "The model hub cannot be reached from here."
    lines = str(error).strip().splitlines()
    return f"The model hub cannot be used ({lines[0] if lines else type(error).__name__})."


def _download(repository: str, names: list[str]) -> None:
    import huggingface_hub
    from huggingface_hub import errors

    _say("started")
    for name in names:
        try:
            size = huggingface_hub.get_hf_file_metadata(huggingface_hub.hf_hub_url(repository, name)).size
            _say("size", size or 0)
            path = huggingface_hub.hf_hub_download(repository, name, tqdm_class=_Reporter)  # type: ignore[arg-type]
        except errors.EntryNotFoundError:
            continue
        except Exception as error:  # the client raises its own, its transport's and the system's; all end the same way
            _say("failed", _complaint(error))
            return
        _say("done", path)
        return
    _say("failed", f"{repository} holds none of {', '.join(names)}.")


if __name__ == "__main__":
    _download(sys.argv[1], sys.argv[2:])
