"""Several processes append to the same cases and are killed at random: nothing acknowledged is lost, nothing doubled."""

import os
import random
import selectors
import signal
import time
from dataclasses import dataclass, field

from tests.hardness.acts import AGENCY, START, Place, check, filing, opened
from tests.hardness.zygote import LINES, Zygote

CASES, THREADS = 50, 3
SHORT = (4, 12)
"""Processes, and kills in all."""
LONG_PROCESSES, LONG_SECONDS = 8, 120


@dataclass
class Slot:
    """Where one process after another appends; what was acknowledged."""

    name: str
    url: str
    chance: random.Random
    zygote: Zygote = field(default_factory=Zygote)
    acknowledged: dict[bytes, int] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)
    started: int = 0
    pid: int = 0
    until: int = 0

    def start(self, count: int | None = None) -> None:
        self.started += 1
        self.until = self.chance.randint(1, 60)
        self.pid = self.zygote.fork(
            "endlessly", url=self.url, name=f"{self.name}-{self.started}", seed=self.chance.getrandbits(32),
            cases=CASES, threads=THREADS, count=count,
        )  # fmt: skip
        self.zygote.go()

    def take(self, said: str) -> None:
        word, *rest = said.split()
        if word == "stored":
            index, cti = rest
            assert self.acknowledged.setdefault(bytes.fromhex(cti), int(index)) == int(index)
        elif word == "failed":
            self.failed |= {*rest}
        else:
            assert said in ("ended -9", "ended 0"), said

    def hear(self) -> bool:
        """Take the next line in; whether it was time to kill, which was done: in the midst of some later act."""
        self.take(self.zygote.hear())
        self.until -= 1
        if self.until > 0:
            return False
        os.kill(self.pid, signal.SIGKILL)
        self.end()
        return True

    def end(self) -> None:
        for said in self.zygote.rest():
            self.take(said)


def test_processes_killed_at_random_agree_with_what_was_acknowledged(place: Place, seed: int, nightly: bool):
    url = place.founded()
    with opened(url) as ledger:
        for number in range(CASES):
            ledger.intake.submit(filing(number, f"{AGENCY}/1", f"case {number}").raw, now_ms=START)
        before = ledger.store.head().size
    processes, kills = (LONG_PROCESSES, None) if nightly else SHORT
    slots = [Slot(f"{n}", url, random.Random(f"{seed} {n}")) for n in range(processes)]
    killed = _kill_at_random(slots, kills)
    for slot in slots:  # after all kills each can still go to the end by itself
        slot.start(count=10)
        slot.end()
        assert slot.zygote.close() == ""
        assert slot.failed <= {"StoreBusy", "OutcomeUnknown"}
    place.settle(url)
    stored = check(url)
    acknowledged = {cti: index for slot in slots for cti, index in slot.acknowledged.items()}
    assert len(acknowledged) == sum(len(slot.acknowledged) for slot in slots)
    assert {cti: stored.get((AGENCY, cti)) for cti in acknowledged} == acknowledged
    # At most the acts that a killed process had under way, a script in each thread, are there without being acknowledged.
    assert len(acknowledged) <= len(stored) - before <= len(acknowledged) + killed * THREADS * LINES
    place.drop(url)


def _kill_at_random(slots: list[Slot], kills: int | None) -> int:
    """So many kills, or as many as there is time for."""
    until = time.monotonic() + LONG_SECONDS
    killed = 0
    with selectors.DefaultSelector() as ready:
        for slot in slots:
            slot.start()
            assert slot.zygote.process.stdout is not None
            ready.register(slot.zygote.process.stdout, selectors.EVENT_READ, slot)
        while killed < kills if kills is not None else time.monotonic() < until:
            for key, _ in ready.select():
                slot = key.data
                if slot.hear():
                    killed += 1
                    slot.start()
        for slot in slots:
            os.kill(slot.pid, signal.SIGKILL)
            slot.end()
            killed += 1
    return killed
