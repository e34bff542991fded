"""统计: how far decisions come on the way to enforcement, how long each step takes, who is in time, what lies how long.

Numbers for officers beside the report, with what each of them means. Pure after `statistics`.
"""

import statistics as numbers
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.cases import Case
from domain.cases.model import Application, Decision
from domain.duties import Duty, Rules, late_counts, state
from domain.entries import Dossier
from domain.registry import Registry
from gongze.books.sources import File, Sources
from gongze.ledger import Ledger
from gongze.progress import counted
from gongze.reporting.facts import LATE, NOT_COUNTED, Period, executor_of, last_day, never_judged, undisputed
from gongze.reporting.figures import shown
from gongze.reporting.gathering import (
    SHARE,
    Reader,
    cases_of,
    head_of,
    mechanisms_of,
    place_name,
    region_of,
    shares,
    sources_of,
    within,
)

FUNNEL = {
    "decided": "作出处罚决定", "served": "送达", "demanded": "催告", "applied": "申请强制执行", "accepted": "法院受理",
    "granted": "裁定准予", "executed": "执行完毕",
}  # fmt: skip
STEPS = {
    "filed_to_decided": ("立案至处罚决定", "nr"), "decided_to_served": ("处罚决定至送达", "nr"),
    "served_to_applied": ("送达至申请强制执行", "nr"), "applied_to_accepted": ("申请至受理", "court"),
    "accepted_to_ruled": ("受理至裁定", "court"), "ruled_to_received": ("裁定至收到裁定", "court"),
    "granted_to_executed": ("准予至执行完毕", "executor"),
}  # fmt: skip
"""Each step with whose it is."""
AGES = (
    (3, "逾期1至3个工作日"),
    (7, "逾期4至7个工作日"),
    (15, "逾期8至15个工作日"),
    (30, "逾期16至30个工作日"),
    (60, "逾期31至60个工作日"),
)
OLDEST, NOT_YET = "逾期60个工作日以上", "未到期"
DEFINITIONS = {
    "funnel": "期内作出、期末未撤销的处罚决定，到期末走到各环节的份数；走到后一环节的，前一环节一并计入。"
    "当事人自行履行的停在原环节，另计份数",
    "steps": "环节终点在期内的件数（含存量案件），及其自然日数的中位数和最大值；记在该环节的责任机关："
    "立案至申请记自然资源主管部门，受理、裁定及送达记法院，执行记组织实施的机关",
    "months": "最后一日在该月届满（届满次日在该月）的责任：按期、逾期（本机关签名或已经其确认）、"
    "未经确认的逾期；按期率＝按期÷（按期＋逾期）",
    "ageing": "期末在办的责任，按已经逾期的工作日数分段；未经确认的另列",
}
STATISTIC_ZH = {"funnel": "执行路径", "steps": "各环节用时", "months": "各月按期率", "ageing": "在办责任账龄"}


@dataclass(frozen=True, slots=True)
class Step:
    """How long one step took, of the whole or of one region or agency. Days are calendar days."""

    step: str
    scope: str
    number: int
    median: Decimal
    worst: int


@dataclass(frozen=True, slots=True)
class Month:
    month: str
    on_time: int
    late: int
    unconfirmed: int

    @property
    def rate(self) -> Decimal | None:
        judged = self.on_time + self.late
        return Decimal(self.on_time) / judged if judged else None


@dataclass(frozen=True, slots=True)
class Age:
    """Open duties of one age, of the whole or of one agency."""

    age: str
    scope: str
    counted: int
    unconfirmed: int


@dataclass(frozen=True, slots=True)
class Statistics:
    region: str
    head: int
    period: Period
    rules: Rules
    funnel: dict[str, int]
    performed: int
    steps: tuple[Step, ...]
    months: tuple[Month, ...]
    ageing: tuple[Age, ...]

    def name(self, scope: str) -> str:
        """合计, a region's or an agency's name."""
        if not scope:
            return "合计"
        agency = self.rules.registry.agencies.get(scope)
        if agency is not None:
            return agency.name
        place = place_name(scope, self.rules.registry)
        return f"{place}本级" if scope == self.region else place

    def json(self) -> dict[str, Any]:
        funnel = [{"step": step, "name": FUNNEL[step], "decisions": n} for step, n in self.funnel.items()]
        steps = [
            {"step": s.step, "name": STEPS[s.step][0], "scope": s.scope or None, "scope_name": self.name(s.scope),
             "number": s.number, "median_days": f"{s.median.normalize():f}", "worst_days": s.worst}
            for s in self.steps
        ]  # fmt: skip
        months = [
            {"month": m.month, "on_time": m.on_time, "late": m.late, "unconfirmed": m.unconfirmed,
             "rate": None if m.rate is None else f"{m.rate:.4f}"}
            for m in self.months
        ]  # fmt: skip
        ageing = [
            {"age": a.age, "scope": a.scope or None, "scope_name": self.name(a.scope), "counted": a.counted,
             "unconfirmed": a.unconfirmed}
            for a in self.ageing
        ]  # fmt: skip
        return {
            "region": self.region, "head": self.head, "from": self.period.first.isoformat(),
            "to": self.period.last.isoformat(), "definitions": DEFINITIONS, "funnel": funnel,
            "performed_by_themselves": self.performed, "steps": steps, "months": months, "ageing": ageing,
        }  # fmt: skip

    def lines(self) -> Iterator[tuple[str, str, str, str, str]]:
        """Everything as lines of one table: statistic, what, of whom, measure, value."""
        for step, number in self.funnel.items():
            yield STATISTIC_ZH["funnel"], FUNNEL[step], "合计", "份", str(number)
        yield STATISTIC_ZH["funnel"], "当事人自行履行", "合计", "份", str(self.performed)
        for s in self.steps:
            about = (STATISTIC_ZH["steps"], STEPS[s.step][0], self.name(s.scope))
            yield (*about, "件", str(s.number))
            yield (*about, "中位数（日）", f"{s.median.normalize():f}")
            yield (*about, "最长（日）", str(s.worst))
        for m in self.months:
            for measure, value in (("按期", m.on_time), ("逾期", m.late), ("未经确认", m.unconfirmed)):
                yield STATISTIC_ZH["months"], m.month, "合计", measure, str(value)
            yield STATISTIC_ZH["months"], m.month, "合计", "按期率", shown(m.rate, "%")
        for a in self.ageing:
            yield STATISTIC_ZH["ageing"], a.age, self.name(a.scope), "项", str(a.counted)
            yield STATISTIC_ZH["ageing"], a.age, self.name(a.scope), "未经确认", str(a.unconfirmed)


def statistics(ledger: Ledger, region: str | None, period: Period) -> Statistics:
    """The statistics of a region. Raises Refusal: region_unknown."""
    wanted = region_of(ledger, region)
    reader = Reader(ledger, head_of(ledger))
    source = sources_of(reader, period)
    made = Counted(period, source)
    others: list[File[Dossier]] = [*source.meetings, *source.rounds, *mechanisms_of(reader, period.last)]
    for other in others:
        if within(source.region(other.dossier), wanted):
            made.duties(other.duties)
    ids = reader.ids("case")
    for share in counted(shares(ids), len(ids), SHARE):
        reader.read_duties(share, period.last)
        for _, file in cases_of(reader, ((0, period),), share):
            if within(source.region(file.dossier), wanted):
                made.case(file)
    return made.found(wanted, head_of(ledger))


class Counted:
    """Adds up case by case."""

    def __init__(self, period: Period, sources: Sources) -> None:
        self.period, self.sources = period, sources
        self._funnel = dict.fromkeys(FUNNEL, 0)
        self._performed = 0
        self._days: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._months: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        self._ages: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])

    def case(self, file: File[Case]) -> None:
        case = file.dossier
        if case.filing is not None:
            sound = undisputed(case, self.sources.registry)
            for decision in sound.decisions.values():
                self._decision(sound, decision)
            for step, start, end, agency in _steps(sound, self.sources.registry):
                self._step(step, start, end, self.sources.region(case), agency)
        self.duties(file.duties)

    def _decision(self, case: Case, decision: Decision) -> None:
        if not decision.stands(self.period.last) or not self.period.holds(decision.decided_on):
            return
        reached = _reached(case, decision)
        for step in list(FUNNEL)[: reached + 1]:
            self._funnel[step] += 1
        own = all(
            (item, party) in decision.performed for item in decision.items for party in decision.parties
        )
        self._performed += own and bool(decision.items)

    def _step(self, step: str, start: date, end: date | None, region: str, agency: str | None) -> None:
        if end is None or end < start or not self.period.holds(end):
            return
        for scope in ("", region, agency):
            if scope is not None:
                self._days[step, scope].append((end - start).days)

    def duties(self, duties: Iterable[Duty]) -> None:
        registry = self.sources.registry
        for duty in duties:
            last = last_day(duty)
            if (
                duty.row.kind != "duty"
                or last is None
                or duty.holder not in registry.agencies
                or duty.handed_to
            ):
                continue
            standing = state(duty, self.period.last, self.sources.rules)
            if standing.state in NOT_COUNTED:
                continue
            counts = late_counts(duty, registry, self.period.last)
            done = standing.state in ("discharged", "discharged_late")
            late = standing.state in LATE
            passed = last + timedelta(1)
            if self.period.holds(passed) and not never_judged(duty, standing):
                self._months[f"{passed:%Y-%m}"][0 if not late else 1 if counts else 2] += 1
            if not done:
                age = _age(standing.overdue_working_days) if standing.state == "overdue" else NOT_YET
                apart = standing.state == "overdue" and not counts
                for scope in ("", duty.holder):
                    self._ages[age, scope][apart] += 1

    def found(self, region: str, head: int) -> Statistics:
        steps = [
            Step(step, scope, len(days), numbers.median(map(Decimal, days)), max(days))
            for (step, scope), days in self._days.items()
        ]
        steps.sort(key=lambda s: (list(STEPS).index(s.step), s.scope))
        months = tuple(Month(month, *counts) for month, counts in sorted(self._months.items()))
        order = [NOT_YET, *(name for _, name in AGES), OLDEST]
        ageing = [Age(age, scope, *counts) for (age, scope), counts in self._ages.items()]
        ageing.sort(key=lambda a: (a.scope, order.index(a.age)))
        return Statistics(
            region, head, self.period, self.sources.rules, self._funnel, self._performed, tuple(steps), months,
            tuple(ageing),
        )  # fmt: skip


def _age(days: int) -> str:
    return next((name for most, name in AGES if days <= most), OLDEST)


def _reached(case: Case, decision: Decision) -> int:
    """The furthest step that a decision came to, by its place in FUNNEL."""
    made = [a for a in case.applications.values() if a.decision == decision.act]
    granted = {r.application for r in case.rulings.values() if r.result == "granted" and not r.revoked}
    executed = any(
        (item, party) in decision.executed for item in decision.items for party in decision.parties
    )
    reached = [
        True, bool(decision.served), bool(decision.demanded), bool(made),
        any(a.accepted_on is not None for a in made), any(a.act in granted for a in made),
        executed and set(decision.done) >= set(decision.items),
    ]  # fmt: skip
    return max(place for place, there in enumerate(reached) if there)


def _steps(case: Case, registry: Registry) -> Iterator[tuple[str, date, date | None, str | None]]:
    """Every step that was made: which, from when, until when, by whom."""
    filed = case.filed.filed_on
    for number, decision in enumerate(case.decisions.values()):
        nr = case.nr_on(decision.decided_on)
        if number == 0 and not case.filed.carried:
            yield "filed_to_decided", filed, decision.decided_on, nr
        served = min((day for _, day in decision.served.values()), default=None)
        if served is not None:
            yield "decided_to_served", decision.decided_on, served, nr
        made = [a for a in case.applications.values() if a.decision == decision.act]
        if made and served is not None:
            yield "served_to_applied", served, made[0].applied_on, nr
        for application in made:
            yield from _at_court(case, decision, application, registry)


def _at_court(
    case: Case, decision: Decision, application: Application, registry: Registry
) -> Iterator[tuple[str, date, date | None, str | None]]:
    court, accepted = application.court, application.accepted_on
    if accepted is not None:
        yield "applied_to_accepted", application.applied_on, accepted, court
    rulings = [
        r
        for r in case.rulings.values()
        if r.application == application.act and r.result in ("granted", "refused")
    ]
    for ruling in rulings:
        if accepted is not None and ruling is rulings[0]:
            yield "accepted_to_ruled", accepted, ruling.made_on, court
        yield "ruled_to_received", ruling.made_on, ruling.received_on, court
        done = decision.done
        items = ruling.items or application.items
        if ruling.result == "granted" and not ruling.revoked and items and set(items) <= set(done):
            executor = executor_of(case, ruling, application, registry)
            yield "granted_to_executed", ruling.made_on, max(done[i] for i in items), executor
