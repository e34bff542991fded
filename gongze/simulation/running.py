"""Taking the traffic in: each line signed with its agency's key and checked, in groups that share a commit.

A group never holds two lines of one stream, so that each is signed by somebody who has seen all before it, whatever the
groups are: hence the same log, also where it was broken off and gone on with.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from typing import Any

from domain.acts import Event
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.values import milliseconds
from events.history import stored_statement
from events.intake import GROUP, Receipt, Waiting
from events.keys import SigningKey
from events.logroot import LogRoot
from events.store import StoreMissing, open_store
from gongze import founding
from gongze.ledger import Ledger
from gongze.locality import DEMO_ORIGIN
from gongze.script import Line, parse, signed
from gongze.settings import Settings
from gongze.simulation import Plan
from gongze.simulation.traffic import Sent


@dataclass
class Outcome:
    """What was done. `refused` holds what habit wanted refused; `unexpected` what else was."""

    types: Counter[str] = field(default_factory=Counter)
    added: int = 0
    present: int = 0
    resent: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    unexpected: list[dict[str, Any]] = field(default_factory=list)
    size: int = 0
    root: str = ""


@dataclass
class SeedKeys:
    """The keys of all agencies, made of the plan: the same that lie in the folder of keys."""

    secret: Callable[[str], bytes]
    _made: dict[str, SigningKey] = field(default_factory=dict)

    def for_line(self, line: Line, event: Event | None) -> tuple[SigningKey, str]:
        if line.officer not in self._made:
            self._made[line.officer] = SigningKey(self.secret(line.officer))
        return self._made[line.officer], line.officer


@dataclass
class _Ready:
    """A line of a group, and what it has become so far."""

    sent: Sent
    line: Line
    raw: bytes = b""
    found: Waiting | Refusal | None = None


def run(settings: Settings, plan: Plan, progress: Callable[[int], None] | None = None) -> Outcome:
    """Make the ledger or go on with it. Raises Refusal, and what `events.store` raises."""
    _found(settings, plan)
    with Ledger.open(settings) as ledger, ThreadPoolExecutor(cpu_count()) as pool:
        genesis = ledger.registry().genesis
        if genesis is None or genesis.name != f"{DEMO_ORIGIN}/{plan.secret('ledger').hex()}":
            raise Refusal(
                "not_this_simulation",
                "这里已有别的台账，或是用别的参数模拟的：请换一个文件夹或数据库，或用原来的参数",
                "GONGZE_DATABASE_URL",
            )
        running = _Running(ledger, SeedKeys(plan.secret), pool)
        running.take(plan.sent(), running.stored(plan.sent()), progress)
        outcome = running.outcome
        root = LogRoot()
        for entry in ledger.entries():
            root.add(entry.leaf_hash)
        outcome.size, outcome.root = root.size, root.root().hex()
        return outcome


def _parsed(number: int, sent: Sent) -> Line:
    return parse(number, json.dumps(sent.line, ensure_ascii=False).encode())


def _found(settings: Settings, plan: Plan) -> None:
    """Make the ledger where there is none."""
    try:
        open_store(settings.database_url).close()
    except StoreMissing:
        founding.demonstration(settings, settings.data_dir / "keys", plan.secret)


class _Running:
    def __init__(self, ledger: Ledger, keys: SeedKeys, pool: ThreadPoolExecutor) -> None:
        self.ledger = ledger
        self.keys = keys
        self.pool = pool
        self.outcome = Outcome()
        registry = ledger.registry()
        assert registry.genesis is not None
        self.name = registry.genesis.name

    def stored(self, traffic: Iterable[Sent]) -> int:
        """How many lines were dealt with before: up to the last one that is stored.

        What was refused then stays out: it would be judged by another day now.
        """
        store = self.ledger.store
        acts = (stored_statement(entry).claims.event for entry in store.read_stream(REGISTRY))
        waiting = store.head().size - next(n for n, event in enumerate(acts, 1) if event == "LedgerStarted")
        last = 0
        if waiting:
            for number, sent in enumerate(traffic, 1):
                line = _parsed(number, sent)
                if sent.fault is None and self._is_there(line):
                    waiting, last = waiting - 1, number
                    self.outcome.present += 1
                    self.outcome.types[line.type] += 1
                if not waiting:
                    break
        return last

    def take(self, traffic: Iterable[Sent], done: int, progress: Callable[[int], None] | None) -> None:
        """All lines after the first so many."""
        group: list[_Ready] = []
        streams: set[str] = set()
        for number, sent in enumerate(traffic, 1):
            if number <= done:
                continue
            line = _parsed(number, sent)
            if line.stream in streams or REGISTRY in streams or len(group) == GROUP:
                self._group(group)
                group, streams = [], set()
                if progress is not None:
                    progress(number)
            group.append(_Ready(sent, line))
            streams.add(line.stream)
        self._group(group)

    def _group(self, group: list[_Ready]) -> None:
        for one in group:
            try:
                one.raw = signed(self.ledger, one.line, self.keys)
            except Refusal as refusal:
                one.found = refusal
        sendable = [one for one in group if one.found is None]
        verify = self.pool.map if len(sendable) > 1 else map
        for one, found in zip(sendable, verify(self._opened, sendable), strict=True):
            one.found = found
        self.ledger.intake.take_in([one.found for one in sendable if isinstance(one.found, Waiting)])
        for one in group:
            if self._answered(one) and one.sent.again:
                self._resend(one)

    def _is_there(self, line: Line) -> bool:
        return self.ledger.store.find(line.actor, line.cti(self.name)) is not None

    def _opened(self, one: _Ready) -> Waiting | Refusal:
        now = milliseconds(one.sent.at - one.sent.behind)
        try:
            return self.ledger.intake.opened(one.raw, now_ms=now)
        except Refusal as refusal:
            return refusal

    def _answered(self, one: _Ready) -> bool:
        """Whether the act was added now."""
        answer = one.found.settled if isinstance(one.found, Waiting) else one.found
        if isinstance(answer, Receipt) and not answer.repeated:
            self.outcome.added += 1
            self.outcome.types[one.line.type] += 1
            return True
        if isinstance(answer, Exception) and not isinstance(answer, Refusal):
            raise answer
        if isinstance(answer, Receipt) or (one.sent.fault is None and self._is_there(one.line)):
            self.outcome.resent += 1  # it came before what it answers, and was taken in all the same
        elif isinstance(answer, Refusal):
            self._refused(one, answer)
        return False

    def _refused(self, one: _Ready, answer: Refusal) -> None:
        if one.sent.fault is not None:
            self.outcome.refused[answer.code] += 1
            return
        self.outcome.unexpected.append(
            {"line": one.line.number, "type": one.line.type, "case": one.sent.line["case"],
             "code": answer.code, "message": answer.message, "field": answer.field}
        )  # fmt: skip

    def _resend(self, one: _Ready) -> None:
        """The same statement once more: answered with its first receipt, and nothing is added."""
        again = self._opened(one)
        if isinstance(again, Waiting):
            self.ledger.intake.take_in([again])
            self.outcome.resent += isinstance(again.settled, Receipt) and again.settled.repeated
