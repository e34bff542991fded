"""How size tells: the same work on a small ledger and on a large one, in one run.

`python -m benchmarks.size SMALL LARGE` takes the numbers of acts; `make bench` compares 10,000 with 100,000. The acts
are filings of cases and notices in them, 100,000 cases at most, all taken in at the real door. A past board of all is
asked of the small one first, since its cost is that of each case.
"""

import hashlib
import json
import multiprocessing
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measuring import ROUNDS
from domain.acts import EVENTS
from domain.forms import build
from domain.values import milliseconds, parse_moment
from events import keys, schemas
from events.statement import Claims, sign
from events.store import open_store
from events.verification import verify
from gongze import founding
from gongze.ledger import Ledger
from gongze.script import KeyRing
from gongze.settings import Settings, load

SMALL, LARGE = 10_000, 100_000
CASES = 100_000
FEW = 500
"""One case of so many is the smallest department's, whose board is asked for."""
PARK, OTHER = ("nr.lhasa-park", "园", "540199"), ("nr.chengguan", "城", "540102")
FIRST = date(2025, 1, 2)
DAYS = 300
APPENDS = 100


@dataclass
class Sized:
    """A ledger of a size."""

    settings: Settings
    acts: int

    @property
    def cases(self) -> int:
        return min(self.acts, CASES)

    def statements(self, ledger: Ledger, since: int, until: int) -> Iterator[bytes]:
        """Acts number `since` to `until`, signed: each case is filed, then each gets a notice, and so on."""
        genesis = ledger.registry().genesis
        assert genesis is not None
        ring = KeyRing(self.settings.data_dir / "keys")
        for number in range(since, until):
            turn, case = divmod(number, self.cases)
            agency, prefix, region = OTHER if case % FEW else PARK
            day = FIRST + timedelta(days=case * DAYS // self.cases)
            data: dict[str, Any] = {"notice": "stop_violation", "notice_no": f"停{turn}"}
            if turn == 0:
                data = {"title": "未批先占案", "parties": [{"name": "示例公司"}], "violation": "unapproved_land_use",
                        "source": "patrol", "place": {"region": region, "address": "示例村一组"}}  # fmt: skip
            name = "NoticeIssued" if turn else "CaseFiled"
            schema, payload = schemas.encode(build(EVENTS[name].cls, data))
            seed = hashlib.sha256(f"{number}".encode()).digest()[:10]
            claims = Claims(
                iss=agency, sub=f"case/{prefix}自然资执〔2025〕{case}号", cti=keys.new_cti(number, seed),
                officer=f"{agency}/1", event=name, schema=schema, occurred_on=day, seen=(0, b""), ledger=genesis.name,
            )  # fmt: skip
            yield sign(claims, payload, ring.get(f"{agency}/1"))

    def fill(self) -> float:
        """Make it; acts a second, without signing."""
        founding.demonstration(self.settings, self.settings.data_dir / "keys")
        taken = 0.0
        with Ledger.open(self.settings) as ledger:
            received = milliseconds(parse_moment("2026-06-30T10:00:00+08:00"))
            for since in range(0, self.acts, 10_000):
                signed = list(self.statements(ledger, since, min(since + 10_000, self.acts)))
                began = time.perf_counter()
                for answer in ledger.intake.take_all(signed, lambda: received):
                    if isinstance(answer, Exception):
                        raise answer
                taken += time.perf_counter() - began
        return self.acts / taken


def main(small: int = SMALL, large: int = LARGE) -> None:
    with tempfile.TemporaryDirectory(prefix="gongze-size-") as name:
        both = [_sized(Path(name) / str(acts), acts) for acts in (small, large)]
        for of in both:
            print(f"{of.acts:>9} acts taken in, in groups          {of.fill():10.0f} /s", flush=True)
        appends(*both)
        verifications(*both)
        for of in both:
            boards(of)
        starts(both[1])


def _sized(folder: Path, acts: int) -> Sized:
    folder.mkdir()
    return Sized(replace(load({}), database_url=f"sqlite:///{folder}/ledger.db", data_dir=folder), acts)


def appends(small: Sized, large: Sized) -> None:
    """Single durable appends, by turns on the one and on the other; processor time beside it."""
    with Ledger.open(small.settings) as one, Ledger.open(large.settings) as other:
        rates: dict[int, list[tuple[float, float]]] = {small.acts: [], large.acts: []}
        for turn in range(ROUNDS):
            for of, ledger in ((small, one), (large, other)):
                since = of.acts + of.cases - of.acts % of.cases + turn * APPENDS
                raws = list(of.statements(ledger, since, since + APPENDS))
                began, used = time.perf_counter(), time.process_time()
                for raw in raws:
                    ledger.intake.submit(raw, now_ms=0)
                rates[of.acts].append((time.perf_counter() - began, time.process_time() - used))
    seconds, processor = (
        [statistics.median(one[at] for one in rates[of.acts]) for of in (small, large)] for at in (0, 1)
    )
    _told("one append, large against small", seconds[1] / seconds[0], "x", 1.1)
    print(f"  processor time                              {processor[1] / processor[0]:10.2f} x")


def verifications(small: Sized, large: Sized) -> None:
    """Each in a process of its own and those that it begins, one for each core."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, spawn, max_tasks_per_child=1) as pool:
        found = {of.acts: pool.submit(_verified, of.settings).result() for of in (small, large)}
    for of in (small, large):
        rate, memory = found[of.acts]
        print(f"{of.acts:>9} acts: verify, all cores           {rate:10.0f} acts/s", flush=True)
        print(f"  largest memory of a process                 {memory / 1024:10.0f} MB")
    each = (found[large.acts][1] - found[small.acts][1]) * 1024 / (large.cases - small.cases)
    print(f"  the larger one needs more, for each case    {each:10.0f} bytes")


def _verified(settings: Settings) -> tuple[float, int]:
    """Acts a second, and the most memory that a process had, in KiB."""
    with closing(open_store(settings.database_url)) as store:
        report, took = _timed(lambda: verify(store, processes=os.cpu_count() or 1))
    assert report.ok
    used = [resource.getrusage(kind).ru_maxrss for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return report.checked["statements"] / took, max(used)


def boards(of: Sized) -> None:
    with Ledger.open(of.settings) as ledger:
        folded, took = _timed(ledger.catch_up)
        print(f"{of.acts:>9} acts: projections folded          {folded / took:10.0f} acts/s")
        day = FIRST + timedelta(days=DAYS + 120)
        rows, took = _timed(lambda: ledger.board(day, holder=PARK[0]))
        _told(f"{of.acts:>9} acts: one agency's board, {len(rows)} rows", took * 1000, "ms", 50)
        rows, took = _timed(lambda: ledger.board(FIRST + timedelta(days=DAYS // 2)))
        _told(f"{of.acts:>9} acts: a past board of all, {len(rows)} rows", took, "s", 2)


def starts(of: Sized) -> None:
    """A process of its own appends and is killed; how long until the next one has read and appended again."""
    code = (
        "import sys, time; began = time.perf_counter()\n"
        "from benchmarks import size; size.again(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), began)\n"
    )
    begun = [sys.executable, "-c", code, str(of.settings.data_dir), str(of.acts)]
    with subprocess.Popen([*begun, "1"], stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    ran = subprocess.run([*begun, "2"], check=True, capture_output=True)  # noqa: S603 - our own
    said = json.loads(ran.stdout)
    _told(f"{of.acts:>9} acts: open after a kill, read, append", said["seconds"], "s", 5)
    print(f"  memory of that process                      {said['memory'] >> 20:10.0f} MB")


def again(folder: str, acts: int, turn: int, began: float) -> None:
    """What the process of `starts` does."""
    of = _existing(Path(folder), acts)
    with Ledger.open(of.settings) as ledger:
        size = ledger.store.head().size
        for raw in of.statements(ledger, 4 * acts + turn * APPENDS, 4 * acts + (turn + 1) * APPENDS):
            ledger.intake.submit(raw, now_ms=0)
            if turn == 1:
                print(size, flush=True)
            else:
                break
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": time.perf_counter() - began, "memory": memory}), flush=True)


def _existing(folder: Path, acts: int) -> Sized:
    return Sized(replace(load({}), database_url=f"sqlite:///{folder}/ledger.db", data_dir=folder), acts)


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def _told(what: str, figure: float, unit: str, goal: float) -> None:
    short = "" if figure <= goal else ": NOT REACHED"
    print(f"{what:<46}{figure:8.2f} {unit}   (goal {goal:g} {unit}{short})", flush=True)


def run() -> None:
    main()


if __name__ == "__main__":
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    main(*map(int, sys.argv[1:]))
