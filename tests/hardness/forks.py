"""`gongze.sheets.apart` in forks of a process that has it imported, with less memory: so that a million files can be tried.

`python -m tests.hardness.forks` reads a length and a file from stdin, forks, and answers with how the fork ended and what
it said.
"""

import io
import os
import resource
import signal
import struct
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

from gongze.sheets import apart

ASKED, ANSWERED = struct.Struct(">I"), struct.Struct(">iI")
SECONDS = 120
MORE = 64 << 20
"""Bytes for a fork above what this process has: laying out all of 2 GB would take a second."""


class Forks:
    """The process to fork from, as the tests see it; `run` stands for `gongze.sheets.reading.run_apart`."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hardness.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, content: bytes) -> tuple[int, bytes]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(ASKED.pack(len(content)) + content)
        self.process.stdin.flush()
        returned, length = ANSWERED.unpack(self.process.stdout.read(ANSWERED.size))
        return returned, self.process.stdout.read(length)


def _fork(content: bytes) -> tuple[int, bytes]:
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        _apart(content, writes)
    os.close(writes)
    with os.fdopen(reads, "rb") as said:
        heard = said.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), heard


def _apart(content: bytes, to: int) -> None:
    """Never returns: the parent's loop must not be run through here."""
    signal.alarm(SECONDS)
    status = 1
    try:
        sys.stdin = io.TextIOWrapper(io.BytesIO(content))
        with redirect_stdout(io.StringIO()) as said:
            apart.main()
        with os.fdopen(to, "wb") as out:
            out.write(said.getvalue().encode())
        status = 0
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        os._exit(status)


def main() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    apart.MEMORY_MAX = pages * resource.getpagesize() + MORE
    while asked := sys.stdin.buffer.read(ASKED.size):
        (length,) = ASKED.unpack(asked)
        returned, said = _fork(sys.stdin.buffer.read(length))
        sys.stdout.buffer.write(ANSWERED.pack(returned, len(said)) + said)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
