"""The due days of an officer's agency for the officer's own calendar."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta

from connectors.ics import Deadline, calendar_of
from domain.duties import STATE_ZH, Duty, state
from domain.mechanism import PREFIX
from domain.refusal import Refusal
from domain.registry import STREAM
from domain.values import from_milliseconds
from gongze.ledger import Ledger
from gongze.reminding import UNTOLD, Day

KEPT = timedelta(366)
"""How long what is over is still listed, so that a calendar that has it learns of it."""
OVER = frozenset(
    {"discharged", "discharged_late", "cancelled", "history", "disputed", "suspended", "not_running"}
)


def export(ledger: Ledger, officer: str) -> tuple[bytes, int]:
    """The calendar file of an officer, and how many days are in it. Raises Refusal: officer_unknown."""
    registry = ledger.registry()
    known = registry.officers.get(officer)
    if known is None or (known.released_on is not None and known.released_on <= ledger.today()):
        raise Refusal("officer_unknown", f"{officer} 不是在任联络员，请写登记簿里的代码", "--officer")
    day = Day(ledger, ledger.today())
    deadlines = list(_deadlines(ledger, day, known.agency))
    return calendar_of(f"共责台账 {registry.agencies[known.agency].name}", deadlines), len(deadlines)


def _deadlines(ledger: Ledger, day: Day, agency: str) -> Iterator[Deadline]:
    genesis = day.rules.registry.genesis
    ledger_name = genesis.name if genesis is not None else ""
    ages = _Ages(ledger, day)
    for row in ledger.board(day.day, holder=agency):
        duty = row.duty
        last = duty.strict_due_on or duty.due_on
        if last is None or duty.row.kind == "gate" or last < day.day - KEPT or duty.opened_on is None:
            continue
        sequence, changed_ms = ages.of(duty.case)
        uid = hashlib.sha256(f"{ledger_name}|{duty.case}|{duty.id}".encode()).hexdigest()[:32]
        standing = state(duty, day.day, day.rules)
        secret = duty.case.startswith(UNTOLD)
        # a window that has passed ended with no act, so nothing about its event may change
        how = (
            "open"
            if duty.row.kind == "window" and duty.cancelled_on is None and standing.state == "cancelled"
            else standing.state
        )
        yield Deadline(
            f"{uid}@gongze", sequence, from_milliseconds(changed_ms), last,
            "届满：一项责任" if secret else f"届满：{duty.row.name_zh}（{duty.case}）",
            tuple(_lines(duty, how, secret=secret)), how in OVER, duty.provisional,
        )  # fmt: skip


def _lines(duty: Duty, how: str, *, secret: bool) -> Iterator[str]:
    """Nothing that changes from one day to the next of itself: that would be another event under the same sequence."""
    if not secret:
        yield f"依据：{duty.row.source}"
    if how in OVER:
        yield f"状态：{STATE_ZH[how]}"
    elif duty.provisional:
        yield "日期暂定，所涉年份的放假安排尚未公布"
    yield f"怎样计算：gongze explain {duty.id}"


class _Ages:
    """How many acts there are that could have changed the days of a dossier, and when the last one was received: its
    own acts and the registry's, which publish calendars and adopt packs."""

    def __init__(self, ledger: Ledger, day: Day) -> None:
        self.ledger, self.day = ledger, day
        acts = ledger.acts(STREAM)
        self._registry = len(acts), max((a.received_at_ms for a in acts), default=0)
        self._known: dict[str, tuple[int, int]] = {}

    def of(self, case: str) -> tuple[int, int]:
        if case not in self._known:
            # a region's list depends on the day as well: each half-year begins a duty of its own, never moves one
            acts = self.day.mechanisms[case].acts if case.startswith(PREFIX) else self.day.dossier(case).acts
            number, last = self._registry
            self._known[case] = number + len(acts), max([last, *(a.received_at_ms for a in acts)])
        return self._known[case]
