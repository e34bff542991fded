"""One of the processes of a soak: `python -m tests.hardness.soaking ROLE FOLDER URL SECONDS SEED`.

It works until the time is up and says once a second how much memory it holds; last of all `done` and how much it did.
"""

import faulthandler
import json
import os
import random
import sys
import time
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path

from domain.values import from_milliseconds
from events.store import StoreBusy
from gongze.ledger import Ledger
from gongze.script import KeyRing, parse, signed
from gongze.settings import Settings, load
from gongze.simulation import Plan
from gongze.simulation.running import run
from projections.folding import BATCH

STUCK = 280
"""Seconds after which a process that has not ended says where it is, and ends."""
A_YEAR, YEARS, SHORT = 1_000, 60, 60
"""Cases of a year: so thin that the second year, from which on as many cases end as begin and their length is that of all
years to come, is reached within some 20,000 acts. More years than one only where it lasts more than `SHORT` seconds: to
lay them out takes its time before the first act."""
CASES, EACH = 400, 20
"""So many cases at a time are given so many acts each: a ledger's memory of a case is as long as the case."""
PLACE = {"region": "540102", "address": "示例村一组"}
FILING = {"title": "旁案", "parties": [{"name": "甲"}], "place": PLACE, "violation": "unapproved_land_use", "source": "patrol"}  # fmt: skip


class TimeIsUpError(Exception):
    """Nothing is wrong."""


class Watch:
    """Until when to work; what was done; the memory held, once a second."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = time.monotonic() + seconds
        self.next = 0.0
        self.done = 0

    def did(self, count: int = 1) -> None:
        """Raises TimeIsUpError."""
        self.done += count
        now = time.monotonic()
        if now >= self.next:
            self.next = now + 1
            say(rss=_resident())
        if now >= self.until:
            raise TimeIsUpError


def say(**what: int) -> None:
    print(json.dumps(what), flush=True)  # noqa: T201 - to the test that started it


def _resident() -> int:
    """Bytes of memory that lie in the machine's."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def plan(seed: int, seconds: float) -> Plan:
    years = 1 if seconds <= SHORT else YEARS
    return Plan.of(A_YEAR * years, seed, date(2024, 1, 1), date(2023 + years, 12, 31), None)


def settings(folder: Path, url: str) -> Settings:
    return replace(load({"GONGZE_DATABASE_URL": url}), data_dir=folder)


def write(of: Settings, watch: Watch, seed: int) -> None:
    """The locality's traffic, as fast as it goes."""
    before = 0

    def through(line: int) -> None:
        nonlocal before
        watch.did(line - before)
        before = line

    run(of, plan(seed, watch.seconds), through)


def file(of: Settings, watch: Watch, seed: int) -> None:
    """Another writer with cases of its own: one act a commit, at whatever time it is in the ledger."""
    keys = KeyRing(of.data_dir / "keys")
    with Ledger.open(of) as ledger:
        for number in count():
            turn, of_turn = divmod(number, CASES * EACH)
            case = f"城自然资执〔2099〕{turn * CASES + of_turn % CASES}号"
            filing = of_turn < CASES
            today = from_milliseconds(ledger.store.head().received_at_ms).date().isoformat()
            data = FILING if filing else {"notice": "stop_violation", "notice_no": f"停{seed}-{number}"}
            line = {"type": "CaseFiled" if filing else "NoticeIssued", "case": case, "actor": "nr.chengguan",
                    "occurred_on": today, "data": data}  # fmt: skip
            raw = signed(ledger, parse(1, json.dumps(line).encode()), keys)
            try:
                ledger.intake.submit(raw, now_ms=0)  # the ledger's time never goes back
            except StoreBusy:
                watch.did(0)
            else:
                watch.did()


def read(of: Settings, watch: Watch, seed: int) -> None:
    """Somebody who looks at one case after the other, and now and then at the last acts."""
    chance = random.Random(seed)
    with Ledger.open(of) as ledger:
        while True:
            size = ledger.store.head().size
            entry = ledger.store.read(after=chance.randrange(size) - 1, limit=1)[0]
            if entry.stream.startswith("case/"):
                ledger.case(entry.stream.removeprefix("case/"))
            ledger.store.read(after=max(size - 50, -1), limit=50)
            watch.did()


def follow(of: Settings, watch: Watch, seed: int) -> None:
    """The projections, kept up with the ledger. Where it lasts, a full batch at a time, which needs the most memory: else
    that of the follower would show how busy the machine is."""
    gathered = BATCH if watch.seconds > SHORT else 1
    with Ledger.open(of) as ledger:
        before = ledger.projections.position()

        def reached(position: int) -> None:
            nonlocal before
            watch.did(position - before)
            before = position

        while True:
            if ledger.store.head().size - 1 - before < gathered:
                watch.did(0)
                time.sleep(0.05)
                continue
            ledger.projections.catch_up(reached)
            reached(ledger.projections.position())


ROLES = {work.__name__: work for work in (write, file, read, follow)}


def main(role: str, folder: str, url: str, seconds: str, seed: str) -> None:
    watch = Watch(float(seconds))
    faulthandler.dump_traceback_later(float(seconds) + STUCK, exit=True)
    try:
        ROLES[role](settings(Path(folder), url), watch, int(seed))
    except TimeIsUpError:
        say(done=watch.done, rss=_resident())


if __name__ == "__main__":
    main(*sys.argv[1:])
