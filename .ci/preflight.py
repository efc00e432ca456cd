"""What would fail later with a page of text, said now in one sentence. Runs on any Python, also one that is too old."""

import shutil
import socket
import sys

NEEDED_GB = 9


def check_setup():
    if sys.version_info < (3, 11):
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit("Clipkin needs Python 3.11 or later and this is %s. Try: make run PYTHON=python3.12" % version)
    free = shutil.disk_usage(".").free / 1e9
    if free < NEEDED_GB:
        sys.exit("Only %.1f GB are free here and the environment takes about %d GB. Free some." % (free, NEEDED_GB))


def check_port(host, port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            sys.exit(
                "Port %s on %s cannot be used (%s). Choose another: make run PORT=8600, "
                "make compare COMPARE_PORT=7900." % (port, host, error.strerror)
            )


if __name__ == "__main__":
    if sys.argv[1] == "setup":
        check_setup()
    else:
        check_port(sys.argv[2], sys.argv[3])
