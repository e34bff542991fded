"""One act and its projections, with each call by which they reach the disk failing once: strace injects the fault.

Every point is tried by `make faults`, a sample of them in each run. Afterwards the ledger opens with no hand work.
"""

import os
import random
import re
import resource
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hardness.acts import AGENCY, START, SQLitePlace, check, filing, opened
from tests.hardness.zygote import Zygote
from tests.tracing import strace

CALLS = ("pwrite64", "pwritev", "write", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "fallocate")
WRITES = {"pwrite64", "pwritev", "write"}
FAULTS = {
    "EIO": "error=EIO",
    "ENOSPC": "error=ENOSPC",
    "short write": "retval=0",  # nothing of it was written: the shortest, and the only one that strace can feign
    "SIGKILL": "signal=SIGKILL",
}
SAMPLE = 40
"""Of all points, in a run that is not told `FAULTS=all`."""


@dataclass(frozen=True)
class Point:
    """The `number`th of these calls, counted from 1, meets the fault. With `last` the process is killed when it has
    said what came of the act: what it left in the write-ahead log is then found by recovery, not by a proper end."""

    call: str
    number: int
    fault: str
    last: bool

    @property
    def injection(self) -> str:
        return f"inject={self.call}:{FAULTS[self.fault]}:when={self.number}"


class Trial:
    """An act under strace, in a process that was forked and waits until strace has hold of it."""

    def __init__(self, place: SQLitePlace, zygote: Zygote, folder: Path) -> None:
        self.place, self.zygote, self.log = place, zygote, folder / "strace"
        self.act = filing(1, f"{AGENCY}/1", "act")

    def run(self, url: str, *expressions: str, limit: int | None = None, last: bool = False) -> list[str]:
        """What the process said, its status last. `limit`: no file may grow beyond that many bytes."""
        pid = self.zygote.fork("once", url=url, raw=self.act.raw.hex(), now_ms=START, last=last)
        if limit is not None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        wanted = [part for e in (f"trace={','.join(CALLS)}", *expressions) for part in ("-e", e)]
        with subprocess.Popen(
            [strace(), "-f", "-o", str(self.log), *wanted, "-p", str(pid)],
            stderr=subprocess.PIPE, encoding="utf-8",
        ) as tracer:  # fmt: skip
            assert tracer.stderr is not None
            told = tracer.stderr.readline()
            assert "attached" in told, told
            self.zygote.go()
            return self.zygote.rest()

    def calls(self) -> list[tuple[str, str]]:
        """The calls of the last run, with their arguments and results."""
        return re.findall(r"^\d+ +(\w+)\((.*)$", self.log.read_text("utf-8"), re.MULTILINE)

    def afterwards(self, url: str, said: list[str], before: int) -> None:
        """Nothing acknowledged is lost, nothing half done is left, and the same statement goes through."""
        acknowledged = f"stored {before} {self.act.cti.hex()}"
        documented = (
            f"{acknowledged}|(failed|around it) (StoreBusy|StoreUnreachable|OutcomeUnknown)|ended (0|-9)"
        )
        assert all(re.fullmatch(documented, line) for line in said)
        stored = check(url)
        assert set(stored.values()) - set(range(before)) <= {before}
        if acknowledged in said:
            assert stored[AGENCY, self.act.cti] == before
        if "failed StoreUnreachable" in said or "failed StoreBusy" in said:  # a definite failure is one
            assert len(stored) == before
        with opened(url) as ledger:
            receipt = ledger.intake.submit(self.act.raw, now_ms=START)
            assert receipt.entry.index == before
            assert receipt.repeated == (len(stored) > before)
            ledger.catch_up()


@pytest.fixture
def trial(sqlite_place: SQLitePlace, zygote: Zygote, tmp_path: Path) -> Trial:
    strace()
    return Trial(sqlite_place, zygote, tmp_path)


@pytest.fixture
def founded(sqlite_place: SQLitePlace) -> Iterator[str]:
    url = sqlite_place.founded()
    yield url
    sqlite_place.drop(url)


def points(calls: list[tuple[str, str]], *, last: bool) -> list[Point]:
    return [
        Point(call, number, fault, last)
        for call, count in sorted(Counter(name for name, _ in calls).items())
        for number in range(1, count + 1)
        for fault in FAULTS
        if fault != "short write" or call in WRITES
    ]


def test_no_fault_of_the_disk_loses_or_doubles_an_act(trial: Trial, founded: str, seed: int):
    with opened(founded) as ledger:
        before = ledger.store.head().size
    pristine = trial.place.copy(founded)
    every = []
    for last in (True, False):
        trial.place.restore(pristine, founded)
        assert trial.run(founded, last=last)[0] == f"stored {before} {trial.act.cti.hex()}"
        every += points(trial.calls(), last=last)
    assert {"pwrite64", "write", "fdatasync", "unlink", "ftruncate"} <= {point.call for point in every}
    if os.environ.get("FAULTS") != "all":
        every = random.Random(seed).sample(every, SAMPLE)
    met: Counter[str] = Counter()
    for point in every:
        trial.place.restore(pristine, founded)
        said = trial.run(founded, point.injection, last=point.last)
        met[said[0]] += 1
        try:
            trial.afterwards(founded, said, before)
        except BaseException as error:
            error.add_note(f"{point}: {said}")
            raise
    assert len(met) > 2  # some acknowledged, some refused, some killed


def test_no_write_cut_in_the_middle_loses_or_doubles_an_act(trial: Trial, founded: str, seed: int):
    """The limit for the size of a file cuts a growing write-ahead log at any byte of a header or a page."""
    with opened(founded) as ledger:
        before = ledger.store.head().size
    pristine = trial.place.copy(founded)
    trial.run(founded)
    log_bytes = max(
        int(offset) + int(length)
        for name, rest in trial.calls()
        if name == "pwrite64" and (match := re.search(r", (\d+), (\d+)\) = ", rest))
        for length, offset in [match.groups()]
        if int(length) in (24, 4096)
    )
    chance = random.Random(seed)
    every = (
        range(1, log_bytes, 997) if os.environ.get("FAULTS") == "all" else chance.sample(range(log_bytes), 6)
    )
    for limit in every:
        trial.place.restore(pristine, founded)
        said = trial.run(founded, limit=limit)
        try:
            trial.afterwards(founded, said, before)
        except BaseException as error:
            error.add_note(f"{limit} bytes: {said}")
            raise
