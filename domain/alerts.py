"""Who is to hear of a duty, and when: before its last day, on it, and the longer it is overdue the higher up.

Three working days before, on an earlier day by another count, on the last day; then on the first, third and seventh
working day of lateness and every seventh from then on the officer, and whoever the pack's row names for the days reached
so far; of several stages each reader is told the last. Of a lateness that the other side has not confirmed
(`domain.duties.late_counts`) none but the holder's own people hear, so that they can confirm or dispute it. Sources: 拉萨
实施意见 四（二）, 四（三）; the escalation of each row of the packs.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.calendar import Calendar
from domain.duties import DUE_SOON_DAYS, Duty, Standing
from domain.terms import working_days_after

Role = Literal[
    "officer", "deputy", "head", "higher", "procuratorate", "discipline", "government", "meeting",
]  # fmt: skip
ROLE_ZH: dict[str, str] = {
    "officer": "联络员", "deputy": "分管负责人", "head": "主要负责人", "higher": "上级机关", "procuratorate": "人民检察院",
    "discipline": "纪检监察机关", "government": "人民政府", "meeting": "联席会议",
}  # fmt: skip
WITHIN = frozenset({"officer", "deputy", "head"})
"""Readers inside the holder."""
OFFICER_AFTER, OFFICER_EVERY = (1, 3, 7), 7
"""Working days of lateness after which the officer is reminded again, and then every so many, so that nothing falls silent
while it is overdue."""
RUNNING = frozenset({"open", "due_soon", "extended"})


@dataclass(frozen=True, slots=True)
class Occasion:
    """One reason for one reader to hear of a duty. `stage`: before, warned, due, or overdue and after how many working
    days, as overdue-3; `on`: the last day that it is about, which tells it apart when the term moves."""

    stage: str
    role: Role
    on: date


def occasions(
    duty: Duty, standing: Standing, counts: bool, day: date, calendar: Calendar
) -> Iterator[Occasion]:
    """All that a day has reached, so that what was missed while the machine was off is made up for.

    `counts`: whether the lateness is held against the holder; where it is not, none but the holder's own people hear of it.
    What a later stage has overtaken is left out.
    """
    last = duty.strict_due_on or duty.due_on
    if last is None or duty.row.kind == "gate" or duty.holder == "party" or duty.handed_to is not None:
        return
    if standing.state == "overdue":
        late = _late(duty, standing.overdue_working_days, last)
        yield from (one for one in late if counts or one.role in WITHIN)
    elif standing.state in RUNNING and duty.opened_on is not None:
        yield from _ahead(duty, last, day, calendar)


def _late(duty: Duty, days: int, last: date) -> Iterator[Occasion]:
    steps = duty.row.escalation
    reminded = [n for n in {*OFFICER_AFTER, *(s.after for s in steps if s.to == "officer")} if n <= days]
    if days >= OFFICER_EVERY:
        reminded.append(days - days % OFFICER_EVERY)
    if reminded:
        yield Occasion(f"overdue-{max(reminded)}", "officer", last)
    reached = {step.to: step.after for step in sorted(steps, key=lambda s: s.after) if step.after <= days}
    for to, after in reached.items():  # of several steps of one reader the last
        if to != "officer":
            yield Occasion(f"overdue-{after}", _role(to), last)


def _ahead(duty: Duty, last: date, day: date, calendar: Calendar) -> Iterator[Occasion]:
    if day > last:
        return  # what is never late is not dunned either

    def left(until: date) -> int:
        return working_days_after(day, until, calendar, duty.region) if until > day else 0

    earlier = duty.warn_on if duty.warn_on is not None and duty.warn_on < last else None
    if earlier is not None and left(earlier) <= DUE_SOON_DAYS:
        yield Occasion("before" if left(earlier) else "warned", "officer", earlier)
    if left(last) == 0:
        yield Occasion("due", "officer", last)
    elif left(last) <= DUE_SOON_DAYS and (earlier is None or left(earlier) == 0):
        yield Occasion("before", "officer", last)


def _role(selector: str) -> Role:
    for role in ROLE_ZH:
        if role == selector:
            return role  # type: ignore[return-value] # the table's keys are the roles
    raise ValueError(selector)


def alert_id(duty: Duty, occasion: Occasion, agency: str) -> str:
    """The same for the same duty, last day, stage and reader, so that no alert is opened twice."""
    parts = (duty.case, duty.id, occasion.on.isoformat(), occasion.stage, agency, occasion.role)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]


def stage_zh(stage: str) -> str:
    """What people call a stage."""
    match stage.partition("-"):
        case ("before", _, _):
            return "临近届满"
        case ("warned", _, _):
            return "另一计法的较早期限"
        case ("due", _, _):
            return "今日届满"
        case (_, _, days):
            return f"逾期满 {days} 个工作日"
