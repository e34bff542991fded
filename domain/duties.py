"""Duties are data: who owes whom what by when, computed from acts, rule packs and the calendar.

A row of a pack reads: *trigger → holder → recipient → term → discharging act → extension, suspension,
cancellation → source*. One engine evaluates all rows; adding a duty is a row, not code. `duties_of` turns the
acts of a case into duties with their days; `state` says how a duty stands on a day. Nothing is stored here:
the same acts, packs and calendar give the same duties.

Reading order: `Row`, `Duty`, `duties_of`, `state`.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from domain.calendar import Calendar
from domain.cases import fold
from domain.cases.model import Case
from domain.entries import Entry, Evidence, counts_on
from domain.registry import Adoption, Registry, regions_above
from domain.remedies import Expiry, RemedyTerms, expiries
from domain.terms import Count, Term, count, working_days_after

Kind = Literal["duty", "window", "gate"]
"""Owed; a right that may be used in its time (shown, not owed); a waiting time that must have passed."""

State = Literal[
    "not_running", "open", "due_soon", "overdue", "discharged", "discharged_late",
    "disputed", "extended", "suspended", "cancelled", "history",
]  # fmt: skip
STATE_ZH: dict[str, str] = {
    "not_running": "未起算", "open": "在办", "due_soon": "临期", "overdue": "逾期", "discharged": "按期办结",
    "discharged_late": "逾期办结", "disputed": "有争议", "extended": "已延期", "suspended": "中止",
    "cancelled": "终止", "history": "历史",
}  # fmt: skip
DUE_SOON_DAYS = 3
UNROUTED = "unrouted"
"""The holder of a duty whose agency cannot be told: no route, and none or several at the same level and region."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which acts: a type, and conditions on facts of the entry or fields of the act (any listed value)."""

    event: str
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    before_due: bool = False

    def fits(self, entry: Entry) -> bool:
        if entry.type != self.event:
            return False
        for name, wanted in self.where.items():
            value = entry.facts.get(name)
            if value is None:
                plain = getattr(entry.act.event, name, None)
                value = (
                    () if plain is None else (str(plain).lower() if isinstance(plain, bool) else str(plain),)
                )
            if not set(value) & set(wanted):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Extension:
    """A later last day: a date the act names (`until`), or the row's term counted again from that act, or a
    further row that takes the duty over (`continues_in`), whose `term` then runs from the first trigger."""

    match: Match
    until: str | None = None
    continues_in: str | None = None
    term: Term | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One duty of a pack.

    `subject`: what one instance is about (case, report, decision, service, application, ruling, copy,
    suggestion, lawsuit). `anchor`: the day that the term runs from: "trigger", "acknowledgement", or a fact
    such as "served_on". `announced_by`: acts that make the duty known before it runs (`not_running`).
    `fixed_by`: a date field of the triggering act that is itself the last day. `late`, `early`: the code of
    the irregularity when the discharging act is late, or before a gate.
    """

    id: str
    name_zh: str
    kind: Kind
    subject: str
    holder: str
    recipient: str | None
    term: Term
    source: str
    triggers: tuple[Match, ...] = ()
    computed: str | None = None
    anchor: str = "trigger"
    anchor_fallback: bool = False
    announced_by: tuple[Match, ...] = ()
    fixed_by: str | None = None
    discharged_by: tuple[Match, ...] = ()
    extended_by: tuple[Extension, ...] = ()
    cancelled_by: tuple[Match, ...] = ()
    suspended_by: tuple[Match, ...] = ()
    resumed_by: tuple[Match, ...] = ()
    to_recipient_only: bool = False
    warn: Term | None = None
    warn_source: str | None = None
    late: str = "performed_late"
    early: str | None = None
    remedy: str | None = None
    group: str | None = None
    loses_right: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A duty of this instrument whose number another row gives: shown in its source, opens no instance."""

    id: str
    name_zh: str
    to: str
    source: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A rule pack (规则包). `digest` is SHA-256 of the file, by which it is adopted."""

    id: str
    name_zh: str
    version: str
    digest: str
    valid_from: date
    rows: tuple[Row, ...]
    references: tuple[Reference, ...] = ()
    instruments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Duty:
    """One instance: a row, a subject, a holder. All dates are civil days in Asia/Shanghai.

    `opened_on` is day 0; `due_on` the last day in time; `strict_due_on` the day that lateness is judged by
    (earlier than `due_on` when an unconfirmed correction would make a late act timely); `stopped` the intervals
    [from, to) in which the term did not run.
    """

    id: str
    row: Row
    case: str
    subject: str
    holder: str
    recipients: tuple[str, ...]
    region: str
    known_on: date
    opened_by: str
    opened_on: date | None
    due_on: date | None
    strict_due_on: date | None
    earliest_due_on: date | None
    not_before: date | None
    warn_on: date | None
    warn_source: str | None
    provisional: bool
    extended_on: date | None
    handed_to: str | None
    stopped: tuple[tuple[date, date | None], ...]
    discharged_by: str | None
    discharged_on: date | None
    stated_on: date | None
    cancelled_on: date | None
    cancelled_by: str | None
    evidence: Evidence
    previous_due_on: date | None = None
    corrected_by: str | None = None

    @property
    def suspended_on(self) -> date | None:
        """Since when it has been suspended, if it still is."""
        return self.stopped[-1][0] if self.stopped and self.stopped[-1][1] is None else None

    @property
    def late(self) -> bool:
        """Whether what was owed was done after its last day; a right or a waiting time is never late."""
        last = self.strict_due_on or self.due_on
        done = self.discharged_on
        return self.row.kind == "duty" and done is not None and last is not None and done > last


@dataclass(frozen=True, slots=True)
class Rules:
    """All that duties are computed with: the registry, the calendar with its publications, packs by digest."""

    registry: Registry
    calendar: Calendar
    packs: Mapping[str, Pack]


def rules_about(rules: Rules, types: Collection[str]) -> Rules:
    """The rules with only the rows that can make an act of these types irregular: that it may discharge.

    Remedies, waiting times and what must not be done too early stay, as other rows are counted by them.
    """

    def matters(row: Row) -> bool:
        counted_by = row.remedy is not None or row.kind == "gate" or row.early is not None
        return counted_by or any(match.event in types for match in row.discharged_by)

    packs = {d: replace(p, rows=tuple(filter(matters, p.rows))) for d, p in rules.packs.items()}
    return replace(rules, packs=packs)


# --- from acts to duties ------------------------------------------------------------------------------------


def duties_of(case: Case, rules: Rules, as_of: date | None = None) -> tuple[Duty, ...]:
    """All duties of a case, from the acts that count up to `as_of` (all where None).

    A correction shows the old due day, and never by itself makes timely what was late when it was made.
    """
    full = case
    if as_of is not None:
        case = counted_until(case, as_of, rules.registry)
    if case.filing is None:
        return ()
    corrections = [a for a in case.acts if a.type == "StatementCorrected"]
    if not corrections:
        return tuple(_computed(case, _days(full), rules).values())
    kept = {a.id for a in case.acts}
    earlier: dict[str, Duty] = {}
    for n in range(len(corrections) + 1):  # as each correction left it, beginning before the first
        unmade = {c.id for c in corrections[n:]}
        known = fold(case.id, tuple(a for a in full.acts if a.id not in unmade), rules.registry)
        counted = fold(case.id, tuple(a for a in known.acts if a.id in kept), rules.registry)
        later = _computed(counted, _days(known), rules)
        if n > 0:
            made = corrections[n - 1]
            later = {
                k: _after_correction(earlier.get(k), d, made.id, made.received_on) for k, d in later.items()
            }
        earlier = later
    return tuple(earlier.values())


def _days(case: Case) -> dict[tuple[str, str | None], date]:
    """The day that counts of each entry, by what is known in this case."""
    return {(e.act.id, e.stands_for): counts_on(e, case.copies) for e in case.entries}


def counted_until(case: Case, as_of: date, registry: Registry) -> Case:
    """The case from the acts that count up to a day; corrections are knowledge and apply whenever they were made."""
    days = {e.act.id: counts_on(e, case.copies) for e in case.entries if e.stands_for is None}
    if all(day <= as_of for day in days.values()):
        return case
    acts = tuple(a for a in case.acts if days[a.id] <= as_of or a.type == "StatementCorrected")
    return fold(case.id, acts, registry)


def _after_correction(old: Duty | None, new: Duty, correction: str, made_on: date) -> Duty:
    """What a correction does to a duty: the old due day is kept beside the new, lateness is not undone."""
    if old is None or old.due_on is None:
        return new
    changed = new
    if old.previous_due_on is not None:
        changed = replace(changed, previous_due_on=old.previous_due_on, corrected_by=old.corrected_by)
    if new.due_on != old.due_on:
        changed = replace(changed, previous_due_on=old.due_on, corrected_by=correction)
    last = old.strict_due_on or old.due_on
    if made_on > last and (old.discharged_on is None or old.discharged_on > last):
        if new.due_on is not None:
            changed = replace(changed, strict_due_on=min(last, new.due_on))
        if new.discharged_on is not None:  # what only the correction makes a discharge was none before it
            changed = replace(changed, discharged_on=max(old.discharged_on or made_on, new.discharged_on))
    return changed


def _computed(case: Case, counted: Mapping[tuple[str, str | None], date], rules: Rules) -> dict[str, Duty]:
    if case.filing is None:
        return {}
    engine = _Engine(case, counted, rules)
    return {duty.id: duty for duty in engine.duties()}


@dataclass(frozen=True, slots=True)
class _Start:
    """A trigger found: where it stands in the log, what it is about, and from when."""

    position: int
    subjects: Mapping[str, str]
    subject: str
    opened_by: str
    known_on: date
    evidence: Evidence
    entry: Entry | None
    runs: bool
    expiry: Expiry | None = None


class _Engine:
    """The evaluation of all rows over one case; used once and thrown away."""

    def __init__(self, case: Case, counted: Mapping[tuple[str, str | None], date], rules: Rules) -> None:
        self.case = case
        self.rules = rules
        self.registry = rules.registry
        self.entries = case.entries
        self.days = [counted.get((e.act.id, e.stands_for), e.on) for e in case.entries]
        self.region = self._region(case.filed.nr)

    def _region(self, agency: str) -> str:
        found = self.registry.agencies.get(agency)
        return found.region if found else "000000"

    def duties(self) -> Iterator[Duty]:
        for digest in dict.fromkeys(a.digest for a in self.registry.adoptions):
            pack = self.rules.packs.get(digest)
            for row in pack.rows if pack else ():
                for start in self._starts(row):
                    if self._in_force(digest, start.known_on):
                        yield from self._instances(row, start)

    def _in_force(self, digest: str, on: date) -> bool:
        """A duty follows the pack in force when it arose."""
        return any(a.digest == digest for a in self._adopted(on))

    def _adopted(self, on: date) -> tuple[Adoption, ...]:
        """The packs in force on a day; of days before the region had adopted any, its first."""
        above = regions_above(self.region)
        first = min((a.valid_from for a in self.registry.adoptions if a.region in above), default=on)
        return self.registry.packs_for(self.region, max(on, first))

    # -- where a row begins

    def _starts(self, row: Row) -> Iterator[_Start]:
        if row.computed is not None:
            for expiry in self.expiries():
                if row.group in (None, expiry.group):
                    yield self._from_expiry(row, expiry)
            return
        seen: dict[str, _Start] = {}
        for position, entry in enumerate(self.entries):
            runs = any(m.fits(entry) for m in row.triggers)
            if not runs and not any(m.fits(entry) for m in row.announced_by):
                continue
            subject = entry.subjects.get(row.subject)
            if subject is None:
                continue
            if row.subject == "case":
                subject = entry.act.id  # each trigger opens one of its own
            known = seen.get(subject)
            if known is None or (runs and not known.runs):
                start = _Start(
                    position,
                    entry.subjects,
                    subject,
                    entry.act.id,
                    self.days[position],
                    entry.evidence,
                    entry,
                    runs,
                )
                seen[subject] = start if known is None else replace(start, known_on=known.known_on)
        yield from seen.values()

    def _from_expiry(self, row: Row, expiry: Expiry) -> _Start:
        subjects = {"case": self.case.id, "decision": expiry.decision}
        position = next(i for i, e in enumerate(self.entries) if e.act.id == expiry.cause)
        cause = self.entries[position]
        subject = f"{expiry.decision}:{expiry.group}:{expiry.cause}"
        known = self.days[position]
        return _Start(position, subjects, subject, expiry.cause, known, cause.evidence, None, True, expiry)

    def expiries(self) -> tuple[Expiry, ...]:
        """When the remedies against each decision run out, by the windows in force when it was served."""
        return expiries(self.case, self._remedy_terms, self.rules.calendar, self.region)

    def _remedy_terms(self, on: date) -> RemedyTerms:
        terms = RemedyTerms()
        for row in self._rows(on):
            if row.remedy is not None:
                terms = terms.with_term(row.remedy, row.group, row.term)
        return terms

    def _rows(self, on: date) -> Iterator[Row]:
        """The rows of the packs in force on a day."""
        for adoption in self._adopted(on):
            pack = self.rules.packs.get(adoption.digest)
            yield from pack.rows if pack else ()

    # -- from a start to instances

    def _instances(self, row: Row, start: _Start) -> Iterator[Duty]:
        # a duty whose holder no route names is shown all the same: nobody may miss it for that
        holder = self._agency(row.holder, start) or UNROUTED
        recipient = self._agency(row.recipient, start) if row.recipient else None
        yield self._instance(row, start, holder, recipient)

    def _instance(self, row: Row, start: _Start, holder: str, recipient: str | None) -> Duty:
        region = self.region if holder in ("party", UNROUTED) else self._region(holder)
        opened = self._opened_on(row, start)
        ended = self._first(row.cancelled_by, row, start)
        stopped = self._stops(row, start)
        base = self._count(row, start, opened, region, stopped)
        due, provisional, not_before = base.due_on, base.provisional, base.not_before
        done = self._discharge(row, start, holder, recipient)
        warned: date | None = opened
        extended_on, handed_to = None, None
        for position, entry in self._concerned(row, start, tuple(x.match for x in row.extended_by)):
            if done is not None and (self.days[position], position) > (self.days[done], done):
                continue  # what came after the act was done gives it no more time
            extension = next(x for x in row.extended_by if x.match.fits(entry))
            extended_on = self.days[position]
            handed_to = extension.continues_in
            if extension.until is not None:
                due, warned = getattr(entry.act.event, extension.until) or due, None
            elif extension.term is not None and opened is not None:
                due, warned = count(extension.term, opened, self.rules.calendar, region).due_on, None
            else:
                again = count(row.term, extended_on, self.rules.calendar, region)
                due, provisional, warned = again.due_on, again.provisional, extended_on
        warn_on, warn_source = self._warn(row, start, warned, due, region)
        if start.expiry is not None and row.early is not None:
            not_before = self._gate(start.expiry)
        cancelled = self._cancellation(row, start, ended, due, done)
        if cancelled is not None:
            done = None
        evidence = start.evidence
        if done is not None and self.entries[done].evidence != "signed":
            evidence = self.entries[done].evidence
        running = opened is not None
        earliest = None
        if not running and start.entry is not None and row.term.number is not None:
            earliest = count(row.term, self.days[start.position], self.rules.calendar, region).due_on
        return Duty(
            id=hashlib.sha256(f"{row.id}|{start.subject}|{holder}".encode()).hexdigest()[:16],
            row=row, case=self.case.id, subject=start.subject, holder=holder,
            recipients=(recipient,) if recipient else (), region=region, known_on=start.known_on,
            opened_by=start.opened_by, opened_on=opened, due_on=due if running else None,
            strict_due_on=None, earliest_due_on=earliest, not_before=not_before,
            warn_on=warn_on, warn_source=warn_source, provisional=provisional,
            extended_on=extended_on, handed_to=handed_to,
            stopped=stopped,
            discharged_by=self.entries[done].act.id if done is not None else None,
            discharged_on=self.days[done] if done is not None else None,
            stated_on=self.entries[done].on if done is not None else None,
            cancelled_on=cancelled[0] if cancelled else None,
            cancelled_by=cancelled[1] if cancelled else None,
            evidence=evidence,
        )  # fmt: skip

    def _opened_on(self, row: Row, start: _Start) -> date | None:
        if start.expiry is not None:
            return start.expiry.suit_on
        if not start.runs or start.entry is None:
            return None
        if row.fixed_by is not None and getattr(start.entry.act.event, row.fixed_by) is not None:
            return self.days[start.position]
        if row.anchor == "acknowledgement":
            for entry in self.entries:
                if entry.type == "CopyAcknowledged" and entry.subjects.get("copy") == start.entry.act.id:
                    return date.fromisoformat(entry.facts["received_on"][0])
            return self.days[start.position] if row.anchor_fallback else None
        if row.anchor != "trigger":
            stated = start.entry.facts.get(row.anchor)
            return (
                date.fromisoformat(stated[0]) if stated else getattr(start.entry.act.event, row.anchor, None)
            )
        return self.days[start.position]

    def _count(
        self,
        row: Row,
        start: _Start,
        opened: date | None,
        region: str,
        stopped: tuple[tuple[date, date | None], ...],
    ) -> Count:
        if opened is None:
            return Count(self.days[start.position], None, None, None, None, False, ())
        fixed = getattr(start.entry.act.event, row.fixed_by) if row.fixed_by and start.entry else None
        counted = count(row.term, opened, self.rules.calendar, region, stopped)
        return (
            counted if fixed is None else replace(counted, due_on=fixed, nominal_on=fixed, provisional=False)
        )

    def _warn(
        self, row: Row, start: _Start, opened: date | None, due: date | None, region: str
    ) -> tuple[date | None, str | None]:
        """A competing earlier count: another clause's term, the other remedy, or the nation's calendar alone."""
        if opened is None or due is None:
            return None, None
        rivals: list[tuple[date | None, str]] = []
        calendar = self.rules.calendar
        if start.expiry is not None and row.term.number is not None:
            rivals.append((count(row.term, start.expiry.earliest_on, calendar, region).due_on, row.source))
        if row.warn is not None:
            rivals.append((count(row.warn, opened, calendar, region).due_on, row.warn_source or row.source))
        if row.term.unit == "working_day" and row.term.direction == "after":
            rivals.append((count(row.term, opened, calendar).due_on, f"{row.source}（按全国放假安排计算）"))
        own = count(row.term, opened, calendar, region).warn_on
        rivals.append((own, row.source))
        earlier = [(day, source) for day, source in rivals if day is not None and day < due]
        return min(earlier) if earlier else (None, None)

    def _gate(self, expiry: Expiry) -> date | None:
        """最早可申请日: the day after the last remedy has run out and the demand's waiting time has passed."""
        waits = []
        for _, day in self.case.decisions[expiry.decision].demanded:
            for row in self._rows(day):
                if row.kind == "gate" and row.subject == "demand":
                    waits.append(count(row.term, day, self.rules.calendar, self.region).not_before)
        first = [w for w in waits if w is not None]
        return max(expiry.latest_on + timedelta(1), min(first)) if first else None

    # -- what happens to an instance

    def _concerned(self, row: Row, start: _Start, matches: tuple[Match, ...]) -> Iterator[tuple[int, Entry]]:
        for position, entry in enumerate(self.entries):
            later = position > start.position or (row.subject != "case" and start.entry is None)
            if later and any(m.fits(entry) for m in matches) and self._concerns(entry, row, start):
                yield position, entry

    def _concerns(self, entry: Entry, row: Row, start: _Start) -> bool:
        """Compare the narrowest thing that both are about."""
        if row.subject == "case":
            return True
        for kind in (row.subject, "ruling", "application", "suggestion", "decision"):
            if kind in entry.subjects and kind in start.subjects:
                return entry.subjects[kind] == start.subjects[kind]
        return True

    def _first(self, matches: tuple[Match, ...], row: Row, start: _Start) -> tuple[int, Match] | None:
        for position, entry in self._concerned(row, start, matches):
            return position, next(m for m in matches if m.fits(entry))
        return None

    def _stops(self, row: Row, start: _Start) -> tuple[tuple[date, date | None], ...]:
        stops: list[tuple[date, date | None]] = []
        for position, entry in self._concerned(row, start, row.suspended_by + row.resumed_by):
            day = self.days[position]
            if any(m.fits(entry) for m in row.suspended_by):
                if not stops or stops[-1][1] is not None:
                    stops.append((day, None))
            elif stops and stops[-1][1] is None:
                stops[-1] = (stops[-1][0], day)
        return tuple(stops)

    def _discharge(self, row: Row, start: _Start, holder: str, recipient: str | None) -> int | None:
        """The first act that discharges: on the same subject, to the right recipient, well enough attested."""
        in_order = row.subject in ("case", "report", "copy") and start.entry is not None
        for position, entry in enumerate(self.entries):
            if in_order and position < start.position:
                continue
            if not any(m.fits(entry) for m in row.discharged_by) or not self._concerns(entry, row, start):
                continue
            if entry.evidence == "attested_oral":
                continue
            if row.holder == "addressee" and self._another_of_its_kind(entry.act.agency, holder):
                continue
            if row.to_recipient_only and recipient is not None and entry.to != recipient:
                continue
            if start.expiry is not None:
                groups = entry.facts.get("group")
                if groups is not None and start.expiry.group not in groups:
                    continue
                if self.days[position] < self.days[start.position]:
                    continue
            return position
        return None

    def _another_of_its_kind(self, agency: str, holder: str) -> bool:
        """Whether it is, say, another government than the one reported to, whose measures are its own."""
        acting, owing = self.registry.agencies.get(agency), self.registry.agencies.get(holder)
        return agency != holder and acting is not None and owing is not None and acting.kind == owing.kind

    def _cancellation(
        self, row: Row, start: _Start, ended: tuple[int, Match] | None, due: date | None, done: int | None
    ) -> tuple[date, str] | None:
        found: list[tuple[date, str]] = []
        if ended is not None:
            position, match = ended
            if not (match.before_due and due is not None and self.days[position] > due):
                found.append((self.days[position], self.entries[position].act.id))
        if start.expiry is not None:
            if start.expiry.superseded is not None:
                found.append(start.expiry.superseded)
            decision = self.case.decisions[start.expiry.decision]
            if decision.revoked_on is not None:
                found.append((decision.revoked_on, decision.revoked_by or start.expiry.cause))
            settled = decision.settled
            items = start.expiry.items
            if items and all(i in settled for i in items):
                found.append((max(settled[i] for i in items), start.expiry.cause))
        earliest = min(found) if found else None
        if earliest is None or (done is not None and self.days[done] <= earliest[0]):
            return None
        return earliest

    def _agency(self, selector: str, start: _Start) -> str | None:
        """Who is meant by a row's holder or recipient."""
        case, filing = self.case, self.case.filed
        entry = start.entry
        application = case.applications.get(start.subjects.get("application", ""))
        match selector:
            case "nr":
                return filing.nr
            case "party":
                return "party"
            case "court":
                suit = case.remedies.get(start.subjects.get("lawsuit", ""))
                return application.court if application else suit.court if suit else None
            case "higher_court":
                ruling = case.rulings.get(start.subjects.get("ruling", ""))
                return ruling.review_court if ruling else None
            case "addressee":
                return entry.to if entry else None
            case "sender":
                return entry.act.agency if entry else None
            case "government":
                ruling = case.rulings.get(start.subjects.get("ruling", ""))
                named = ruling.executing_agency if ruling else None
                return named or self._routed("government", "planning", start.known_on)
            case _:
                return self._routed(selector, "non_litigation", start.known_on)

    def _routed(self, kind: str, matter: str, on: date) -> str | None:
        nr = self.registry.agencies.get(self.case.filed.nr)
        found = self.registry.route(nr, kind, matter, on) if nr else None
        return found.id if found else None


# --- how a duty stands on a day -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    state: State
    remaining_working_days: int
    overdue_working_days: int


def state(duty: Duty, on: date, rules: Rules) -> Standing:
    """How a duty stands on a day, and its working days left or passed by the holder's region's calendar."""
    last = duty.strict_due_on or duty.due_on
    calendar = rules.calendar
    if duty.discharged_on is not None and duty.discharged_on <= on:
        late = (
            working_days_after(last, duty.discharged_on, calendar, duty.region) if last and duty.late else 0
        )
        standing = Standing("discharged_late" if duty.late else "discharged", 0, late)
    elif duty.cancelled_on is not None and duty.cancelled_on <= on:
        standing = Standing("cancelled", 0, 0)
    elif duty.opened_on is None or (duty.row.computed is not None and on <= duty.opened_on):
        standing = Standing("not_running", 0, 0)
    elif duty.suspended_on is not None and duty.suspended_on <= on:
        standing = Standing("suspended", 0, 0)
    elif last is None or duty.row.kind == "gate":
        standing = Standing("open", 0, 0)
    elif on > last:
        over = working_days_after(last, on, calendar, duty.region)
        if duty.row.kind == "window":
            standing = Standing("cancelled", 0, 0)  # the right has lapsed; nobody owed anything
        elif duty.handed_to is not None:
            standing = Standing("extended", 0, 0)  # another row counts on from here
        else:
            standing = Standing("overdue", 0, over)
    else:
        left = working_days_after(on, last, calendar, duty.region)
        near = left <= DUE_SOON_DAYS or (duty.warn_on is not None and on > duty.warn_on)
        if duty.extended_on is not None and duty.extended_on <= on:
            standing = Standing("extended", left, 0)
        else:
            standing = Standing("due_soon" if near else "open", left, 0)
    started = rules.registry.started_on(duty.region)
    if last is not None and started is not None and last < started:
        return replace(standing, state="history")
    return standing
