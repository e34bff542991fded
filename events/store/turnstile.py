"""A file that the writing processes of one machine take in turns: flock(2), held by no more than one at a time.

Only for fairness: what keeps the writers of a database apart is its own lock. The system lets go of it when its holder
dies, however it dies.
"""

import fcntl
import os
import time
from pathlib import Path

FIRST_PAUSE, LONGEST_PAUSE = 0.0002, 0.005


class Turnstile:
    """Used by one thread at a time. A child process that inherits it opens its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._owner = 0

    def acquire(self, seconds: float) -> bool:
        """Whether it is ours within that time. Raises OSError."""
        if self._owner != os.getpid():
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._owner = os.getpid()
        until, pause = time.monotonic() + seconds, FIRST_PAUSE
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    return False
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return True

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._owner == os.getpid():
            os.close(self._file)
        self._owner = 0
