"""python -m tests.load: visitors at once on the apps, and whether each is served and memory stays bounded.

Starts the apps as processes of their own over one small library of demo clips with the built-in encoder, and lets so
many visitors *each* do what people do. Visitors of the Streamlit app are real sessions over its websocket and its media
routes; those of the Gradio app use its Python client and the handlers of its page. No browser draws anything, so what a
browser itself takes is not in the figures. Times depend on the machine and on who else works on it.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.config import SAMPLES, Settings
from core.studio import Studio
from tests import clips as made
from tests.load import gradio_visitor, streamlit_visitor
from tests.load.report import Report, report, told
from tests.load.servers import Sample, Server
from tests.load.visits import PAUSE, Visitor

APPS = ("streamlit", "gradio")
LOOK_SECONDS = 5.0  # between two looks at what the apps take
SETTLE_SECONDS = 120.0  # that the work visitors left behind may take
OWN_CLIPS, OWN_PICTURES = 2, 6  # files that each visitor brings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and print the figures; exit code 1 when anything went wrong or an app has died."""
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__.split("\n")[0])
    parser.add_argument("--visitors", type=int, default=20, help="at once, on each app")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--app", choices=(*APPS, "both"), default="both")
    parser.add_argument("--clips", type=int, default=25, help="demo clips in the library")
    parser.add_argument("--out", type=Path, help="where to write the figures as JSON, samples of memory included")
    given = parser.parse_args(arguments)
    apps = APPS if given.app == "both" else (given.app,)
    with tempfile.TemporaryDirectory(prefix="clipkin-load-") as folder:
        found = load(Path(folder), apps=apps, visitors=given.visitors, seconds=60 * given.minutes, clips=given.clips)
    print("\n\n".join(map(told, found.reports)), flush=True)
    print(f"\nlibrary: {found.videos} clips at the end; jobs by how they ended: {found.jobs}")
    if given.out:
        rows = {app: [numbers(sample) for sample in looked] for app, looked in found.samples.items()}
        kept = {"reports": [r.to_json() for r in found.reports], "jobs": found.jobs, "samples": rows}
        given.out.write_text(json.dumps(kept, indent=1))
    return 0 if found.is_well else 1


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it."""

    reports: list[Report]
    samples: dict[str, list[Sample]]  # by app
    videos: int  # in the library at the end
    jobs: dict[str, int]  # how many ended in each state

    @property
    def is_well(self) -> bool:
        """Whether nothing went wrong."""
        return set(self.jobs) <= {"done"} and not any(found.errors or found.tracebacks for found in self.reports)


def load(
    folder: Path,
    *,
    apps: Sequence[str],
    visitors: int,
    seconds: float,
    clips: int,
    pause: tuple[float, float] = PAUSE,
    every: float = LOOK_SECONDS,
) -> Load:
    """So many visitors on each of the apps for so long. Files go below `folder`."""
    library = folder / "library"
    studio = Studio(Settings(library=library, encoder="embedded"))
    shared = sorted(SAMPLES.glob("*.mp4"))[:clips]
    studio.ingest(shared)
    studio.close()
    servers: list[Server] = []
    try:
        servers.extend(Server(app, library, folder) for app in apps)  # one by one: what fails leaves no other behind
        people = [
            _visitor(server, number, _belongings(folder, number, shared))
            for server in servers
            for number in range(visitors)
        ]
        start = time.monotonic()
        samples: dict[str, list[Sample]] = {server.app: [server.look(0.0)] for server in servers}
        threads = [person.thread(start, start + seconds, pause) for person in people]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            _wait(threads, every)
            for server in servers:
                if not server.is_up:
                    raise RuntimeError(f"{server.app} has ended:\n{server.log.read_text(errors='replace')[-4000:]}")
                samples[server.app].append(server.look(time.monotonic() - start))
        _settle(library, servers)
        for server in servers:
            samples[server.app].append(server.look(time.monotonic() - start))
        found = [
            report(
                server.app,
                [person for person in people if person.app == server.app],
                samples[server.app],
                round(seconds / 60, 2),
                server.tracebacks(),
            )
            for server in servers
        ]
    finally:
        for server in servers:
            server.stop()
    studio = Studio(Settings(library=library, encoder="embedded"))
    ended = Load(found, samples, studio.videos(limit=0).total, dict(Counter(job.state for job in studio.jobs())))
    studio.close()
    return ended


def _settle(library: Path, servers: Sequence[Server]) -> None:
    """Wait until uploads are taken in and no decoder is at work any more."""
    studio = Studio(Settings(library=library, encoder="embedded"))
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(1.0)
        is_busy = any(job.is_active for job in studio.jobs())
        if not is_busy and not any(server.look(0.0).children for server in servers):
            break
    studio.close()


def numbers(sample: Sample) -> list[float]:
    """A sample as numbers: seconds, MB of the app, MB with its children, threads, files, sockets, MB of temporaries."""
    return [
        round(value, 2)
        for value in (
            sample.at, sample.own_mb, sample.all_mb, sample.threads, sample.files, sample.sockets, sample.temp_mb,
        )
    ]  # fmt: skip


def _wait(threads: Sequence[threading.Thread], seconds: float) -> None:
    """So long, or until all have ended."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _belongings(folder: Path, number: int, shared: Sequence[Path]) -> tuple[list[Path], list[Path]]:
    """Clips and pictures of one visitor: two films of fields of colour that nobody else has, and demo clips."""
    place = folder / f"visitor-{number}"
    place.mkdir(exist_ok=True)
    own, pictures = [], []
    for film in range(OWN_CLIPS):
        chance = np.random.default_rng([number, film])
        fields = [np.kron(chance.integers(0, 256, (6, 10, 3)), np.ones((16, 16, 1))) for _ in range(4)]
        path = place / f"own-{number}-{film}.mp4"
        if not path.exists():
            made.write(path, [field.astype(np.uint8) for field in fields for _ in range(10)])
        own.append(path)
    for picture in range(OWN_PICTURES):
        path = place / f"own-{number}-{picture}.png"
        if not path.exists():
            from PIL import Image

            chance = np.random.default_rng([number, 100 + picture])
            field = np.kron(chance.integers(0, 256, (6, 10, 3)), np.ones((32, 32, 1)))
            Image.fromarray(field.astype(np.uint8)).save(path)
        pictures.append(path)
    return [*own, *shared[number % len(shared) :][:3]], pictures


def _visitor(server: Server, number: int, belongings: tuple[list[Path], list[Path]]) -> Visitor:
    films, pictures = belongings
    if server.app == "streamlit":
        return streamlit_visitor.visitor(number, server.address, films[:OWN_CLIPS])
    return gradio_visitor.visitor(number, server.address, films, pictures)


if __name__ == "__main__":
    sys.exit(main())
