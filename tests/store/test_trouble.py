"""Full disks, locks, damage, missing rights, and many at once."""

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from core.config import ROOT
from core.errors import LibraryError
from core.store.library import DATABASE, Library
from tests.store.worlds import ENCODER, a_video, fill, name


def test_a_library_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    Library(tmp_path).close()
    connection = sqlite3.connect(tmp_path / DATABASE)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LibraryError, match="written by a newer Clipkin"):
        Library(tmp_path)


def test_a_damaged_catalogue_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / DATABASE).write_bytes(b"no database at all" * 1000)
    with pytest.raises(LibraryError, match=r"damaged.*backup"):
        Library(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == b"no database at all" * 1000


def test_a_catalogue_damaged_in_the_middle_is_noticed_at_the_start(tmp_path: Path) -> None:
    library = Library(tmp_path)
    with library.database.write():
        for number in range(500):
            library.add(a_video(number))
    library.close()
    data = bytearray((tmp_path / DATABASE).read_bytes())
    data[8192 : len(data) - 4096] = os.urandom(len(data) - 4096 - 8192)
    (tmp_path / DATABASE).write_bytes(data)
    with pytest.raises(LibraryError, match="damaged"):
        Library(tmp_path)
    assert (tmp_path / DATABASE).read_bytes() == data


def test_a_catalogue_locked_by_another_program_is_told(tmp_path: Path) -> None:
    library = Library(tmp_path, busy_seconds=0.1)
    other = sqlite3.connect(tmp_path / DATABASE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(LibraryError, match=r"Another program is writing.*try again"):
        library.add(a_video(1))
    assert library.ids() == []
    other.execute("COMMIT")
    library.add(a_video(1))
    assert library.ids() == [name(1)]


def test_a_full_disk_is_told_by_the_catalogue_and_nothing_is_half_done(library: Library) -> None:
    library.add(a_video(1))
    writer = library.database._writer
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")  # SQLite then answers as on a full disk

    def add_many() -> None:
        for number in range(2, 2000):
            library.add(a_video(number, "x" * 200, tags=("one", "two")))

    with pytest.raises(LibraryError, match=r"full.*Free some space"):
        add_many()
    writer.execute("PRAGMA max_page_count = 1000000")
    assert library.ids() == [name(number) for number in range(1, len(library.ids()) + 1)]
    assert {library.get(video_id).tags for video_id in library.ids()[1:]} == {("one", "two")}


FULL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import LibraryError
from core.store.library import Library
from tests.store.worlds import ENCODER, a_track, name, unit_vectors
library = Library(Path(sys.argv[1]))
library.save_track(a_track(1, unit_vectors(10, 16, seed=1)))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
try:
    library.save_track(a_track(1, unit_vectors(5000, 16, seed=2)))
except LibraryError as error:
    print(error)
"""


def test_a_full_disk_leaves_the_old_track_and_no_litter(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "full" in done.stdout
    assert "Free some space" in done.stdout
    assert [path.name for path in (tmp_path / "tracks" / ENCODER).iterdir()] == [f"{name(1)}.npz"]
    assert len(Library(tmp_path).load_track(name(1), ENCODER)) == 10


NOT_ALLOWED = """
import os, sys
from pathlib import Path
from core.errors import LibraryError
from core.store.library import Library
from tests.store.worlds import a_track, unit_vectors
root = Path(sys.argv[1])
if os.geteuid() == 0:
    os.seteuid(65534)  # root may write anywhere
for attempt in (lambda: Library(root), lambda: Library(root / "below")):
    try:
        attempt()
    except LibraryError as error:
        print(error)
"""


def test_a_folder_that_may_not_be_written_is_told(tmp_path: Path) -> None:
    Library(tmp_path).close()
    (tmp_path / DATABASE).chmod(0o444)
    tmp_path.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", NOT_ALLOWED, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tmp_path.chmod(0o755)
    sentences = done.stdout.splitlines()
    assert len(sentences) == 2, done.stdout
    assert all("may not write" in sentence and "CLIPKIN_LIBRARY" in sentence for sentence in sentences)


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(LibraryError, match="Check that its folder exists"):
        Library(tmp_path / "file")


def test_many_threads_write_and_read_one_library(library: Library) -> None:
    problems: list[BaseException] = []

    def work(start: int) -> None:
        try:
            fill(library, 15, start=start, frames=2)
            for number in range(start, start + 15):
                library.set_tags(name(number), ["tag"])
                assert library.get(name(number)).tags == ("tag",)
                library.videos(text="clip")
            library.remove([name(start)])
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert len(library.ids()) == len(library.extracted(ENCODER)) == 6 * 14


OPENER = """
import sys
from pathlib import Path
from core.store.jobs import Jobs
from core.store.library import DATABASE, Library
from tests.store.worlds import fill
root, start = Path(sys.argv[1]), int(sys.argv[2])
if start % 200:
    Jobs(root / DATABASE) if root.exists() else None
fill(Library(root), 10, start=start, frames=2)
"""


def test_several_processes_open_a_new_library_at_once_and_write(tmp_path: Path) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", OPENER, str(tmp_path), str(100 * n)], cwd=ROOT) for n in range(4)
    ]
    assert [child.wait(timeout=60) for child in children] == [0, 0, 0, 0]
    assert len(Library(tmp_path).extracted(ENCODER)) == 40


def test_a_child_by_fork_uses_connections_of_its_own(library: Library) -> None:
    library.add(a_video(1))
    pid = os.fork()
    if pid == 0:
        try:
            library.add(a_video(2))
            os._exit(0 if library.ids() == [name(1), name(2)] else 1)
        except BaseException:
            os._exit(2)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    library.add(a_video(3))
    assert len(library.ids()) == 3
