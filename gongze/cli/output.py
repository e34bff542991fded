"""Standard output and standard error that never end a command midway.

What a command does, it does to the end and with its own exit code, whether anybody still reads of it or not: after
`| head -1` a ledger must not have half of what was to be recorded, nor a verification have found nothing.
"""

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO


class _Outlet(io.FileIO):
    """A descriptor that takes everything. `lost`: why something did not get out, though there may be a reader."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.lost: OSError | None = None

    def write(self, data: Any) -> int:
        try:
            while (written := super().write(data)) is None:  # its other end does not block, and is full
                select.select([], [self], [])
        except BrokenPipeError:
            pass
        except OSError as error:
            self.lost = self.lost or error
        else:
            return written
        return memoryview(data).nbytes


_outlets: list[_Outlet | None] = []
"""Of the command that is running: its standard output; None where that is a stream of whoever called it."""


def lost() -> OSError | None:
    """Why not all that was printed so far got out; None where it did, or where its reader went away by itself."""
    out = _outlets[-1] if _outlets else None
    return out.lost if out is not None else None


@contextmanager
def standing() -> Iterator[None]:
    """Both streams in UTF-8 and as above, also where the command was begun without them."""
    for descriptor in range(3):  # else the next file that is opened would be taken for them
        _be_open(descriptor)
    before = sys.stdout, sys.stderr
    out, err = _outlet(sys.stdout, 1), _outlet(sys.stderr, 2)
    _outlets.append(out)
    if out is not None:
        sys.stdout = _text(out, by_line=out.isatty(), at_once=getattr(sys.stdout, "write_through", False))
    if err is not None:
        sys.stderr = _text(err, by_line=True)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        sys.stdout, sys.stderr = before
        _outlets.pop()


def _be_open(descriptor: int) -> None:
    try:
        os.fstat(descriptor)
    except OSError:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, descriptor)
        if nowhere != descriptor:
            os.close(nowhere)


def _outlet(stream: TextIO | None, usual: int) -> _Outlet | None:
    """What takes the place of a stream, if that is one of the system's."""
    try:
        return _Outlet(usual if stream is None else stream.fileno())
    except io.UnsupportedOperation:
        return None


def _text(outlet: _Outlet, *, by_line: bool, at_once: bool = False) -> TextIO:
    """`at_once`: nothing is kept back, as `python -u` has it."""
    through: Any = outlet if at_once else io.BufferedWriter(outlet)
    return io.TextIOWrapper(
        through, encoding="utf-8", errors="backslashreplace", line_buffering=by_line, write_through=at_once
    )
