"""What one dossier contributes to the figures of a period: facts, each with the statements or duties that it is taken
from. Pure: the same dossiers, duties and period give the same facts.

A thing counts on the day that its record counts on (`domain.entries.counts_on`); what a receipt attests of the court,
on the day of the receipt: so that whatever becomes known after a period's end belongs to the next one and is never lost
between two reports.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from domain.acts import Act
from domain.acts.course import CaseCarriedForward
from domain.cases import Case
from domain.cases.backlog import prior_id
from domain.cases.model import Application, Decision, Ruling
from domain.changing import replace
from domain.discipline import Referral
from domain.duties import KNOWLEDGE, Duty, Standing, late_counts, state
from domain.entries import Dossier, Entry
from domain.meetings import Item, Meeting, case_number_pattern
from domain.registry import Registry
from domain.terms import working_days_after
from domain.values import same_number
from gongze.books import cases
from gongze.books.balance import Life, half_year
from gongze.books.rows import mu
from gongze.books.sources import File, Sources

COPIES = {"ApplicationCopied": "application", "AcceptanceCopied": "acceptance", "RulingCopied": "ruling"}
"""The acts that discharge the three copies (三（六）), and what they send."""
ENFORCED = frozenset({"Performed", "FinePaid", "ExecutionCompleted"})
NOT_COUNTED = frozenset({"cancelled", "history", "not_running", "suspended", "disputed"})
"""States of duties whose day is not held against anybody now. One whose term was extended is still owed, by its new last day."""
COUNTED = {
    "PerformanceDemanded": "demanded", "ApplicationWithdrawn": "withdrawn", "ExecutionSuspended": "suspended",
    "RoundTerminated": "round_terminated", "ExecutionTerminated": "terminated", "SuggestionIssued": "suggestions",
    "SuggestionReplied": "suggestions_replied", "SupervisionApplied": "supervision_applied",
    "SupervisionDecided": "supervision_decided", "CrimeReferred": "crime_referred", "CrimeFiled": "crime_filed",
    "CrimeNotFiled": "crime_not_filed", "AssistanceRequested": "assistance_requested",
    "AssistanceProvided": "assistance_provided", "AssistanceDeclined": "assistance_declined",
    "AssistanceNotRendered": "assistance_failed", "NoPenaltyDecided": "no_penalty", "EnforcementApplied": "applied",
}  # fmt: skip
"""Acts that count one each, under the agency that did them."""
COUNTED_ONCE = {
    "EnforcementAccepted": ("accepted", "application"), "EnforcementNotFiled": ("turned_away", "application"),
    "EnforcementNotAccepted": ("turned_away", "application"), "EnforcementGranted": ("granted", "ruling"),
    "EnforcementRefused": ("refused", "ruling"),
}  # fmt: skip
"""Acts of the court that a receipt may have told before the court itself did: one for each thing they are about."""
REASONED = frozenset({"turned_away", "refused", "suspended", "round_terminated", "terminated"})


@dataclass(frozen=True, slots=True)
class Period:
    """The days of a report, both included; `last` is the day that all standing is shown as of."""

    first: date
    last: date

    def holds(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    @property
    def next_end(self) -> date:
        """The last day of the half-year that follows."""
        return half_year(self.last + timedelta(1))[1]

    @property
    def before(self) -> "Period":
        """The half-year before; of another stretch of days, as many days before it."""
        end = self.first - timedelta(1)
        if half_year(self.first) == (self.first, self.last):
            return Period(*half_year(end))
        return Period(end - (self.last - self.first), end)

    @property
    def year_before(self) -> "Period":
        last = _year_before(self.last)
        if (self.last.month, (self.last + timedelta(1)).day) == (2, 1):  # all of February, however long it is
            last = date(last.year, 3, 1) - timedelta(1)
        return Period(_year_before(self.first), last)

    @property
    def zh(self) -> str:
        a, b = self.first, self.last
        return f"{a.year}年{a.month}月{a.day}日至{b.year}年{b.month}月{b.day}日"


@dataclass(frozen=True, slots=True)
class Fact:
    """`about`: statements, or duties, that it is taken from. `kind` tells apart within a figure: an item's, a
    violation, a reason."""

    name: str
    about: tuple[str, ...]
    region: str | None
    agency: str | None = None
    kind: str | None = None
    value: int | Decimal = 1


def of_case(file: File[Case], life: Life | None, period: Period, sources: Sources) -> Iterator[Fact]:
    """All facts of a case. `life`: of its row in the case account; None where it was never filed."""
    region = sources.region(file.dossier)
    days = Days(file)
    if life is not None:
        nr = file.dossier.nr_on(period.last)
        sound = undisputed(file.dossier, sources.registry)
        yield from _account(file, sound, life, days, period, region)
        yield from _decisions(sound, days, period, region, nr, sources.registry)
        yield from _granted(sound, region, sources.registry)
    yield from _acts(file, days, period, region, sources.registry)
    yield from of_duties(file, period, sources, region)


def undisputed(case: Case, registry: Registry) -> Case:
    """The case without what is disputed in it; the same one where nothing is. What it was filed by stays: it is on the
    books until somebody takes it off."""
    disputed = {e.act.id for e in case.entries if e.disputed}
    if not disputed:
        return case
    filing = case.filing.act if case.filing is not None else None
    kept = (_without_priors(a, disputed) for a in case.acts if a.id not in disputed or a.id == filing)
    return case.refold(tuple(kept), registry)


def _without_priors(act: Act, disputed: Collection[str]) -> Act:
    """An act without those of the earlier ones that it brings which are disputed."""
    if not isinstance(act.event, CaseCarriedForward):
        return act
    priors = tuple(p for n, p in enumerate(act.event.prior_acts) if prior_id(act, n) not in disputed)
    return replace(act, event=replace(act.event, prior_acts=priors))


class Days:
    """On which day each entry of a dossier counts."""

    def __init__(self, file: File[Dossier]) -> None:
        self._own = {e.act.id: file.day(e) for e in file.dossier.entries if e.stands_for is None}

    def of(self, entry: Entry) -> date:
        if entry.stands_for is None:
            return self._own[entry.act.id]
        if "prior" in entry.facts:  # what an old case brought with it happened before there was a ledger
            return entry.on
        return max(entry.on, self._own.get(entry.act.id, entry.on))


def _year_before(day: date) -> date:
    return date(day.year - 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)


# --- the case account ------------------------------------------------------------------------------------------


def _account(
    file: File[Case], sound: Case, life: Life, days: Days, period: Period, region: str
) -> Iterator[Fact]:
    """`sound`: the case without what is disputed; the books leave it out of its `life` themselves."""
    case = file.dossier
    filed, nr = case.filed, case.nr_on(period.last)
    about = (filed.act,)

    def fact(name: str, value: int | Decimal = 1, kind: str | None = None) -> Fact:
        return Fact(name, about, region, nr, kind, value)

    if period.holds(filed.filed_on):
        yield fact("filed", kind=filed.violation)
        place = filed.place
        for name, metres in (("area", place.area_m2), ("farmland", place.farmland_m2),
                             ("basic_farmland", place.basic_farmland_m2)):  # fmt: skip
            area = mu(metres)
            if area is not None:
                yield fact(name, Decimal(area))
    if period.holds(sound.closed_on):
        closing = [e.act.id for e in sound.entries if e.type == "CaseClosed"]
        yield Fact("closed", tuple(closing[-1:]) or about, region, nr)
    off, back = (_turns(case, life, days, period, place) for place in (0, 1))
    opened = [about] if period.holds(life.opened_on) else []
    standing: dict[str, list[tuple[str, ...]]] = {
        "opening": [about] * life.open_on(period.first - timedelta(1)),
        "new": [*opened, *back],
        "reinstated": back,
        "written_off": off,
        "closing": [about] * life.open_on(period.last),
    }
    standing["on_account"] = standing["opening"] + standing["new"]
    for name, each in standing.items():
        if each:
            acts = tuple(dict.fromkeys(act for those in each for act in those))
            yield Fact(name, acts, region, nr, None, len(each))
    yield fact("on_record")
    yield fact(f"stage.{stage(sound, period.last)}")


def _turns(case: Case, life: Life, days: Days, period: Period, place: int) -> list[tuple[str, ...]]:
    """For each time in the period that the row went off (0) or came back (1), the acts by which it did: what was agreed, or
    what the case has of the day on which it was complete."""
    found = []
    for on, by in zip(life.turned_on[place::2], life.turned_by[place::2], strict=True):
        if period.holds(on):
            of_day = tuple(dict.fromkeys(e.act.id for e in case.entries if days.of(e) == on))
            found.append((by,) if by else of_day or (case.filed.act,))
    return found


def stage(case: Case, day: date) -> str:
    """How far a filed case has come by a day, as one word; every case is in exactly one."""
    if case.closed_on is not None:
        return "closed"
    standing = [d for d in case.decisions.values() if d.stands(day)]
    if not standing:
        return "settled" if any(e.type == "NoPenaltyDecided" for e in case.entries) else "investigating"
    if all(set(d.done) >= set(d.items) or _ended_for_good(case, d) for d in standing):
        return "settled"
    current = {d.act for d in standing}
    made = [a for a in case.applications.values() if a.decision in current]
    running = [a for a in made if not a.ended]
    for application in reversed(running):
        return _at_court(case, application)
    last = made[-1] if made else None
    return (
        "turned_down"
        if last is not None and last.ended in ("not_filed", "not_accepted", "refused")
        else "decided"
    )


def _ended_for_good(case: Case, decision: Decision) -> bool:
    ended = {
        item
        for a in case.applications.values()
        if a.decision == decision.act and a.ended == "terminated"
        for item in a.items
    }
    return bool(ended) and set(decision.done) | ended >= set(decision.items)


def _at_court(case: Case, application: Application) -> str:
    granted = any(
        r.application == application.act and r.result == "granted" and not r.revoked
        for r in case.rulings.values()
    )
    if application.suspended:
        return "suspended"
    if granted:
        return "granted"
    return "accepted" if application.accepted_on is not None else "applied"


# --- decisions, money, areas -------------------------------------------------------------------------------------


def _decisions(
    case: Case, days: Days, period: Period, region: str, nr: str, registry: Registry
) -> Iterator[Fact]:
    for decision in case.decisions.values():
        made = case_entry(case, decision.act)
        if made is not None and period.holds(days.of(made)):
            yield Fact("decided", (decision.act,), region, made.act.agency)
        yield from _of_items(case, decision, days, period, region, nr)
    yield from _payments(case, days, period, region, nr, registry)


def _of_items(
    case: Case, decision: Decision, days: Days, period: Period, region: str, nr: str
) -> Iterator[Fact]:
    done = decision.done
    made = case_entry(case, decision.act)
    for item, it in decision.items.items():
        about = (decision.act,)
        day = done.get(item)
        if decision.stands(period.last):
            if it.kind == "fine":
                due = Decimal(it.amount_yuan or 0)
                if made is not None and period.holds(days.of(made)):
                    yield Fact("fines", about, region, nr, value=due)
                yield Fact("fines_due_total", about, region, nr, value=due)
                paid = due if day is not None else min(decision.paid.get(item, Decimal(0)), due)
                if paid:
                    told = (
                        *_paying(case, decision),
                        *(_executing(case, decision, item, day) if day is not None else ()),
                    )
                    yield Fact(
                        "fines_paid_total", tuple(dict.fromkeys((*about, *told))), region, nr, value=paid
                    )
            if it.kind == "demolish":
                yield Fact("demolition_ordered", about, region, nr)
                if day is not None:
                    yield Fact(
                        "demolition_done", (*about, *_executing(case, decision, item, day)), region, nr
                    )
        name = {"demolish": "demolished", "confiscate_building": "confiscated"}.get(it.kind)
        if name is not None and day is not None and period.holds(_known_done(case, decision, day, days)):
            told = _executing(case, decision, item, day) or about
            yield Fact(f"{name}_items", told, region, nr)
            area = mu(it.area_m2)
            if area is not None:
                yield Fact(name, told, region, nr, value=Decimal(area))


def _executing(case: Case, decision: Decision, item: str, day: date) -> tuple[str, ...]:
    """The acts by which an item of a decision was performed or executed by a day, each by some of the parties."""
    found = (e for e in _of_decision(case, decision) if e.on <= day)
    return tuple(e.act.id for e in found if _concerns(case, decision, item, e))


def _concerns(case: Case, decision: Decision, item: str, entry: Entry) -> bool:
    event = entry.act.event
    named = getattr(event, "items", None)
    if named:
        return item in named
    if entry.type == "FinePaid":
        return decision.items[item].kind in ("fine", "late_payment")
    if getattr(event, "result", None) == "partial":
        return False  # of what, it does not say: nothing is done with by it
    ruling = case.rulings.get(entry.subjects.get("ruling", ""))
    return ruling is None or not ruling.items or item in ruling.items


def _known_done(case: Case, decision: Decision, day: date, days: Days) -> date:
    return max([day, *(days.of(e) for e in _of_decision(case, decision) if e.on == day)])


def _of_decision(case: Case, decision: Decision) -> list[Entry]:
    applications = {a.act for a in case.applications.values() if a.decision == decision.act}
    rulings = {r.act for r in case.rulings.values() if r.application in applications}
    return [
        e
        for e in case.entries
        if e.type in ENFORCED
        and (
            e.subjects.get("decision") == decision.act
            or e.subjects.get("application") in applications
            or e.subjects.get("ruling") in rulings
        )
    ]


def _paying(case: Case, decision: Decision) -> tuple[str, ...]:
    return tuple(
        e.act.id
        for e in case.entries
        if e.type in ("FinePaid", "Performed") and e.subjects.get("decision") == decision.act
    )


def _payments(
    case: Case, days: Days, period: Period, region: str, nr: str, registry: Registry
) -> Iterator[Fact]:
    """What was paid in the period: what is paid now less what had been paid before it began."""
    acts = tuple(e.act.id for e in case.entries if e.type in ENFORCED and period.holds(days.of(e)))
    paid = _paid(case)
    if not acts or not paid:
        return
    kept = tuple(a for a in case.acts if a.id not in acts)
    paid -= _paid(case.refold(kept, registry))
    if paid > 0:
        yield Fact("fines_paid", acts, region, nr, value=paid)


def _paid(case: Case) -> Decimal:
    """All fines that count as paid: sums stated, and the whole of an item that was settled without one."""
    total = Decimal(0)
    for decision in case.decisions.values():
        for item, it in decision.items.items():
            if it.kind == "fine":
                due = Decimal(it.amount_yuan or 0)
                total += due if item in decision.done else min(decision.paid.get(item, Decimal(0)), due)
    return total


def _granted(case: Case, region: str, registry: Registry) -> Iterator[Fact]:
    for ruling in case.rulings.values():
        if ruling.result != "granted" or ruling.revoked:
            continue
        application = case.applications[ruling.application]
        decision = case.decisions[application.decision]
        executor = executor_of(case, ruling, application, registry)
        for item in ruling.items or application.items:
            yield Fact("granted_items", (ruling.act,), region, executor)
            day = decision.done.get(item)
            if day is not None:
                yield Fact(
                    "granted_done", (ruling.act, *_executing(case, decision, item, day)), region, executor
                )


def executor_of(case: Case, ruling: Ruling, application: Application, registry: Registry) -> str | None:
    """Who has to execute a granted ruling: who was designated, the court, or the government that has to organise it."""
    if ruling.executing_agency is not None or ruling.executor == "court":
        return ruling.executing_agency or application.court
    meant = case.meant("government", {"ruling": ruling.act}, None, ruling.made_on, registry)  # 裁执分离
    return next(iter(meant), None)


def case_entry(case: Case, act: str) -> Entry | None:
    """The entry of an act itself, or of one that an old case came with."""
    found = [e for e in case.entries if e.act.id == act]
    return next((e for e in found if e.stands_for is None), found[0] if found else None)


# --- acts ------------------------------------------------------------------------------------------------------


def _acts(file: File[Case], days: Days, period: Period, region: str, registry: Registry) -> Iterator[Fact]:
    case = file.dossier
    seen: set[tuple[str, str]] = set()
    for entry in case.entries:
        if not entry.type or entry.type in KNOWLEDGE or not period.holds(days.of(entry)):
            continue
        about = (entry.act.id,)
        yield from _grade(entry, about, region)
        if entry.disputed:
            continue
        name = COUNTED.get(entry.type)
        once = COUNTED_ONCE.get(entry.type)
        if once is not None:
            thing = (once[0], entry.subjects.get(once[1], entry.act.id))
            name = None if thing in seen else once[0]
            seen.add(thing)
        if name is None:
            if entry.type == "ExecutionCompleted" and getattr(entry.act.event, "result", None) == "full":
                name = "executed"
            else:
                continue
        reason = getattr(entry.act.event, "reasons", None) if name in REASONED else None
        reason = without_names(reason, case, registry) if reason is not None else None
        yield Fact(name, about, region, entry.act.agency, reason)
        if name in ("granted", "refused"):
            yield Fact("ruled", about, region, entry.act.agency)
        if name == "suggestions_replied" and getattr(entry.act.event, "adopted", False):
            yield Fact("suggestions_adopted", about, region, entry.act.agency)
        if name == "crime_referred" and case.filing is not None:
            yield Fact("crime_parties", about, region, entry.act.agency, value=len(case.filing.parties))


_BETWEEN = frozenset("·•‧・∙⋅.\u200b\u200c\u200d\u2060\ufeff")
"""What stands between the parts of a name, as `same_number` has it, in one hand and not in another."""


_COURT_NUMBER = r"〔\d{4}〕[^\W\d_]{1,2}\d{0,4}[^\W\d_]{1,8}\d{1,7}号"
"""A court's 案号, （年）法院代字 类型代字 编号 号 (最高人民法院关于人民法院案件案号的若干规定), as `same_number` has it."""


def without_names(reason: str, case: Case, registry: Registry) -> str:
    """A reason as it may be read by all: the parties are not named, however they are spelt, and no case by its number."""
    read = _letters(reason)
    text = "".join(letter for letter, _ in read)
    parties = case.filing.parties.values() if case.filing is not None else ()
    names = {"".join(letter for letter, _ in _letters(name)) for name in parties} - {""}
    found = [
        (m.span(), "当事人") for name in names if name in text for m in re.finditer(re.escape(name), text)
    ]
    if "〔" in text:
        patterns = filter(None, (case_number_pattern(registry), _COURT_NUMBER))
        found += [(m.span(), "某案") for pattern in patterns for m in re.finditer(pattern, text)]
    shown, at = "", 0
    for (start, end), instead in sorted(found, key=lambda one: (one[0][0], -one[0][1])):
        first, last = read[start][1], read[end - 1][1]
        if first >= at:  # else it begins within another one
            shown += reason[at:first] + instead
        at = max(at, last + 1)
    return shown + reason[at:]


def _letters(text: str) -> list[tuple[str, int]]:
    """What a text is compared by, each letter with its place in the text."""
    return [(letter, place) for place, own in enumerate(text) for letter in _letter(own)]


@lru_cache(8192)
def _letter(own: str) -> str:
    return "".join(letter for letter in same_number(own) if letter not in _BETWEEN)


def _grade(entry: Entry, about: tuple[str, ...], region: str) -> Iterator[Fact]:
    agency = entry.act.agency
    yield Fact("acts", about, region, agency)
    if entry.stands_for is not None or agency != entry.act.signer:
        yield Fact("acts_behalf", about, region, agency)
        if entry.evidence in ("attested_doc", "attested_oral"):
            yield Fact("acts_unconfirmed", about, region, agency)
    if entry.disputed:
        yield Fact("acts_disputed", about, region, agency)


# --- duties ----------------------------------------------------------------------------------------------------


def of_duties(file: File[Dossier], period: Period, sources: Sources, region: str | None) -> Iterator[Fact]:
    for duty in file.duties:
        if duty.row.kind == "duty" and duty.holder in sources.registry.agencies:
            if duty.provisional and duty.handed_to is None and not _over(duty, period.last):
                yield Fact("provisional", (duty.id,), region, duty.holder, duty.row.id)
            yield from _duty(duty, period, sources, region)


def last_day(duty: Duty) -> date | None:
    """The day that its lateness is judged by."""
    return duty.strict_due_on or duty.due_on


def _duty(duty: Duty, period: Period, sources: Sources, region: str | None) -> Iterator[Fact]:
    last = last_day(duty)
    if last is None:
        return
    passed = period.holds(last + timedelta(1))  # the day on which it is late that was not done
    if duty.handed_to is not None or (not passed and _over(duty, period.last)):
        return
    standing = state(duty, period.last, sources.rules)
    if standing.state in NOT_COUNTED:
        return
    counts = late_counts(duty, sources.registry, period.last)
    about = (duty.id,)
    done = duty.discharged_on if standing.state in ("discharged", "discharged_late") else None

    def fact(name: str, value: int = 1, kind: str | None = None) -> Fact:
        return Fact(name, about, region, duty.holder, kind, value)

    if standing.state == "overdue":
        yield fact("overdue" if counts else "overdue_unconfirmed", kind=duty.row.id)
    if done is None and period.last < last <= period.next_end:
        yield fact("due_next", kind=duty.row.id)
    if not passed:
        return
    late = standing.state in LATE
    if never_judged(duty, standing):
        return
    how = "due_on_time" if not late else "due_late" if counts else "due_unconfirmed"
    yield fact("due", kind=duty.row.id)
    yield fact(how, kind=duty.row.id)
    if how != "due_unconfirmed":
        yield fact("due_judged", kind=duty.row.id)
    copied = next((COPIES[m.event] for m in duty.row.discharged_by if m.event in COPIES), None)
    if copied is None:
        return
    yield fact("copies_due", kind=copied)
    yield fact(how.replace("due_", "copies_", 1), kind=copied)
    if how == "due_unconfirmed":
        return
    yield fact("copies_judged", kind=copied)
    if duty.opened_on is not None:
        took = working_days_after(duty.opened_on, done or period.last, sources.rules.calendar, duty.region)
        yield fact("copy_days_worst", took, copied)
        if done is not None:
            yield fact("copy_days", took, copied)


LATE = frozenset({"overdue", "discharged_late"})


def never_judged(duty: Duty, standing: Standing) -> bool:
    """Whether it was not done by its last day, and that is no lateness: discipline inspection is bound to none, so that what
    it owes is pending and neither in time nor late."""
    return standing.state not in LATE and (duty.late or standing.state != "discharged")


def _over(duty: Duty, day: date) -> bool:
    """Whether nothing is owed any more by a day, however it ended."""
    return any(ended is not None and ended <= day for ended in (duty.discharged_on, duty.cancelled_on))


# --- the other streams -------------------------------------------------------------------------------------------


def of_referral(file: File[Referral], period: Period) -> Iterator[Fact]:
    """Discipline inspection's: numbers alone, of no place and no agency. A clue that was passed on and then taken up was
    dealt with as one, when it was first."""
    days = Days(file)
    names = {"DisciplineClueReferred": "clues_referred", "AccountabilityReported": "accountability"}
    handled = [e for e in file.dossier.entries if e.type == "DisciplineClueHandled"]
    for entry in file.dossier.entries:
        if not period.holds(days.of(entry)):
            continue
        name = names.get(entry.type)
        if name is not None:
            yield Fact(name, (entry.act.id,), None)
    if handled and period.holds(min(map(days.of, handled))):
        yield Fact("clues_handled", tuple(e.act.id for e in handled if period.holds(days.of(e))), None)


@dataclass(frozen=True, slots=True)
class Agreed:
    """纪要事项 that is to be reported on: of the last regular meeting or one since, or still open from before."""

    meeting: Meeting
    minutes: str
    held_on: date
    item: Item

    def overdue(self, period: Period) -> bool:
        return self.item.closed_on is None and self.item.due_on is not None and self.item.due_on < period.last


def agreed_items(meetings: Iterable[File[Meeting]]) -> list[Agreed]:
    """What the minutes say that all have endorsed, by the day of the meeting."""
    signed = [
        (m, m.minutes, m.held_on)
        for m in (f.dossier for f in meetings)
        if m.held_on is not None and m.minutes is not None and m.minutes.agreed_on is not None
    ]
    last = max((held_on for m, _, held_on in signed if m.kind == "regular"), default=date.min)
    reported = [
        Agreed(m, minutes.act, held_on, item)
        for m, minutes, held_on in signed
        for item in minutes.items.values()
        if held_on >= last or item.closed_on is None
    ]
    return sorted(reported, key=lambda a: (a.held_on, a.meeting.id, a.item.no))


def of_agreed(items: Iterable[Agreed], period: Period) -> Iterator[Fact]:
    for agreed in items:
        item = agreed.item
        about = (agreed.minutes, *(act for act, _ in item.reported))
        yield Fact("agreed_items", about, None, item.holder)
        if item.closed_on is not None:
            yield Fact("agreed_done", about_of(agreed), None, item.holder)
        elif item.reported:
            yield Fact("agreed_reported", about, None, item.holder)
        if agreed.overdue(period):
            yield Fact("agreed_overdue", about, None, item.holder)


def about_of(agreed: Agreed) -> tuple[str, ...]:
    """The acts that an agreed item's standing follows from: the minutes, what was reported, what closed it."""
    closing = (
        e.act.id
        for e in agreed.meeting.entries
        if e.type == "ItemClosed" and getattr(e.act.event, "item_no", "") == agreed.item.no
    )
    return (agreed.minutes, *(act for act, _ in agreed.item.reported), *closing)


def life_of(file: File[Case], clues: cases.Clues, sources: Sources) -> Life | None:
    """The life of a case's row in the case account."""
    if file.dossier.filing is None:
        return None
    return cases.row_of(file, clues, sources).life
