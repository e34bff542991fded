"""Processes that may be killed: forked from one that has everything imported, so that each costs milliseconds.

`python -m tests.hardness.zygote` reads one line of JSON for each process, forks it, says `pid N`, and gives it the
job when the next line arrives; then it passes on what the process says, and ends with `ended STATUS`.
"""

import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import chain
from itertools import count as count_up
from types import FrameType
from typing import Any

from domain.acts import Event
from domain.refusal import Refusal
from events.keys import SigningKey
from events.store import StoreError
from gongze.ledger import Ledger
from gongze.script import Line, replay_groups
from tests.doors import key_of
from tests.hardness.acts import AGENCY, KILLED, START, notice, notice_line, opened

GO = b"go\n"
ONE_OF, LINES = 8, 3
"""One of so many times a thread replays a script, of so many lines."""
LATER = (
    "events.store.sqlite", "events.store.postgres", "projections.follower", "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
)  # fmt: skip
"""Imported only where needed, else by each process forked anew."""


def say(line: str) -> None:
    """In one write, so that a kill leaves no half a line. What cannot be said was not said."""
    with suppress(OSError):
        os.write(1, f"{line}\n".encode())


def submit(ledger: Ledger, raw: bytes, now_ms: int) -> bool:
    """Submit, and say what came of it: whether that is certain."""
    try:
        entry = ledger.intake.submit(raw, now_ms=now_ms).entry
    except Refusal as refusal:
        say(f"refused {refusal.code}")
    except StoreError as error:
        say(f"failed {type(error).__name__}")
        return False
    else:
        say(f"stored {entry.index} {entry.cti.hex()}")
    return True


def replay(ledger: Ledger, lines: list[bytes]) -> bool:
    """The same with lines of a script, which are signed in one group, each on what those before it will leave."""
    try:
        for _, answer in chain.from_iterable(replay_groups(ledger, enumerate(lines, 1), Keys())):
            if isinstance(answer, Refusal):
                say(f"refused {answer.code}")
            else:
                say(f"stored {answer.receipt.entry.index} {answer.receipt.entry.cti.hex()}")
    except StoreError as error:
        say(f"failed {type(error).__name__}")
        return False
    return True


class Keys:
    """The test's key of whatever officer."""

    def for_line(self, line: Line, _: Event | None) -> tuple[SigningKey, str]:
        return key_of(line.officer), line.officer


def once(url: str, raw: str, now_ms: int, kill_at: int | None = None, last: bool = False) -> None:
    """One act, its projections, and a proper end. With `kill_at`, SIGKILL at that call or return inside `submit`;
    with `last`, as soon as it is said what came of the act."""
    try:
        with opened(url) as ledger:
            ledger.registry()
            if kill_at is not None:
                sys.setprofile(_killer(kill_at))
            submit(ledger, bytes.fromhex(raw), now_ms)
            sys.setprofile(None)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            ledger.catch_up()
    except StoreError as error:
        say(f"around it {type(error).__name__}")


def _killer(at: int) -> Any:
    left = at

    def profile(_frame: FrameType, _event: str, _argument: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return profile


def endlessly(url: str, name: str, seed: int, cases: int, threads: int, count: int | None = None) -> None:
    """Threads that each append notice after notice in cases drawn by chance, said once acknowledged; they share one
    intake, as the requests of a server do. Never ends without a count."""
    with opened(url) as ledger, ThreadPoolExecutor(threads) as pool:
        done = [
            pool.submit(_appending, ledger, f"{name}-{n}", seed + n, cases, count) for n in range(threads)
        ]
        for future in done:
            future.result()
        ledger.catch_up()


def _appending(ledger: Ledger, name: str, seed: int, cases: int, count: int | None) -> None:
    chance = random.Random(seed)
    for made in count_up() if count is None else range(count):
        number = f"{name}-{made}"
        if chance.randrange(ONE_OF) == 0:
            lines = [notice_line(chance.randrange(cases), f"{number}-{n}") for n in range(LINES)]
            while not replay(ledger, lines):
                continue
            continue
        raw = notice(chance.randrange(cases), number, f"{AGENCY}/1", number).raw
        now_ms = START - chance.randrange(1000)
        while not submit(ledger, raw, now_ms):
            continue  # busy or unknown: as a sender does, the same statement again


JOBS: dict[str, Callable[..., None]] = {"once": once, "endlessly": endlessly}


def main() -> None:
    for name in LATER:
        importlib.import_module(name)
    for line in _lines():
        if line == GO:  # meant for a process that was killed before it could read it
            continue
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _run(job)
        _, status = os.waitpid(child, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


def _lines() -> Iterator[bytes]:
    """Unbuffered: the next line is for whoever reads it, this process or its child."""
    while line := _line():
        yield line


def _line() -> bytes:
    read = b""
    while not read.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            return b""
        read += byte
    return read


def _run(job: dict[str, Any]) -> None:
    status = 1
    try:
        say(f"pid {os.getpid()}")
        os.read(0, len(GO))  # in one piece: killed here, it leaves no half of it behind
        JOBS[job.pop("do")](**job)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the parent's stack must not be run through here
        traceback.print_exc()
    finally:
        os._exit(status)


class Zygote:
    """The process to fork from, as the tests see it."""

    def __init__(self) -> None:
        self.complaints = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hardness.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            stderr=self.complaints,
            env={**os.environ, "PGAPPNAME": KILLED},
        )

    def fork(self, do: str, **arguments: Any) -> int:
        """A process that waits for `go`; its id."""
        self._tell(json.dumps({"do": do, **arguments}).encode() + b"\n")
        return int(self.hear().removeprefix("pid "))

    def go(self) -> None:
        self._tell(GO)

    def run(self, do: str, **arguments: Any) -> list[str]:
        """Fork, let go, and hear it out: what it said, its status last."""
        self.fork(do, **arguments)
        self.go()
        return self.rest()

    def rest(self) -> list[str]:
        said = [self.hear()]
        while not said[-1].startswith("ended "):
            said.append(self.hear())
        return said

    def hear(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.close()
        return line.decode().removesuffix("\n")

    def _tell(self, line: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line)

    def close(self) -> str:
        """End it; what was said on stderr, which is nothing where no process failed."""
        self.process.communicate()
        with self.complaints as complaints:
            complaints.seek(0)
            return complaints.read().decode()


if __name__ == "__main__":
    main()
