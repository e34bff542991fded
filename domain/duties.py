"""Duties are data: who owes whom what by when, computed from acts, rule packs and the calendar.

A row of a pack reads: *trigger → holder → recipient → term → discharging act → extension, suspension,
cancellation → source*. One engine evaluates all rows; adding a duty is a row, not code. `duties_of` turns the
acts of a case into duties with their days; `state` says how a duty stands on a day. Nothing is stored here:
the same acts, packs and calendar give the same duties.

Reading order: `Row` (`domain.rows`), `Duty`, `duties_of`, `state`, `late_counts`.
"""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, TypeVar, cast

from domain.acts.base import Act, kind_of
from domain.calendar import Calendar
from domain.cases.model import Case
from domain.entries import GRADES, Dossier, Entry, Evidence, addressees, counts_on
from domain.registry import Adoption, Registry, regions_above
from domain.remedies import Expiry, RemedyTerms, expiries
from domain.rows import (
    EXPIRY as EXPIRY,
)
from domain.rows import (
    PERIOD as PERIOD,
)
from domain.rows import (
    Extension as Extension,
)
from domain.rows import (
    Kind as Kind,
)
from domain.rows import (
    Later as Later,
)
from domain.rows import (
    Match as Match,
)
from domain.rows import (
    Pack as Pack,
)
from domain.rows import (
    Reference as Reference,
)
from domain.rows import (
    Row as Row,
)
from domain.rows import (
    Step as Step,
)
from domain.rows import (
    field_of,
)
from domain.terms import Count, Term, buckets, count, count_bucket, counted, working_days_after
from domain.values import SHANGHAI, from_milliseconds, parse_moment

D = TypeVar("D", bound=Dossier)

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
KEPT_YEARS = 10
"""What was owed once in a period longer ago than this is not listed: nobody could still act on it."""
KNOWLEDGE = frozenset({"StatementCorrected", "StatementVoided", "ActConfirmed", "ActDisputed"})
"""Acts about the record itself: what they say of it holds for any day, whenever they were made."""
UNROUTED = "unrouted"
"""The holder of a duty whose agency cannot be told: no route, and none or several at the same level and region."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One instance: a row, a subject, a holder. All dates are civil days in Asia/Shanghai.

    `case` is the dossier's id. `opened_on` is day 0; `due_on` the last day in time; `strict_due_on` the day that
    lateness is judged by (earlier than `due_on` when an unconfirmed correction, or an extension that the holder gave
    itself after its last day, would make a late act timely);
    `stopped` the intervals [from, to) in which the term did not run. `opened_at`, `due_at`, `discharged_at`: the
    moments, where they are known and the term is in hours or ends at one. `round`: which time a repeated duty is
    owed. `taken_over_on`: the day that it came from the department in charge before.

    `evidence` is the weaker grade of what started it and what discharged it. `disputed`: the agency whose act is said
    to have started or discharged it says otherwise. `own`: the holder itself signed one of the two. `present`: it
    signed something in this dossier.
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
    opened_at: datetime | None = None
    due_at: datetime | None = None
    discharged_at: datetime | None = None
    round: int = 1
    taken_over_on: date | None = None
    disputed: bool = False
    own: bool = False
    present: bool = False

    @property
    def term(self) -> Term:
        """What it is counted by: the row's term, or the interval at which it recurs."""
        return self.row.repeat if self.row.repeat is not None and self.round > 1 else self.row.term

    @property
    def suspended_on(self) -> date | None:
        """Since when it has been suspended, if it still is."""
        return self.stopped[-1][0] if self.stopped and self.stopped[-1][1] is None else None

    @property
    def late(self) -> bool:
        """Whether what was owed was done after its last day; a right or a waiting time is never late."""
        last = self.strict_due_on or self.due_on
        done = self.discharged_on
        if self.row.kind != "duty" or done is None or last is None:
            return False
        if done == last and self.due_at is not None and self.discharged_at is not None:
            return self.discharged_at > self.due_at
        return done > last


@dataclass(frozen=True, slots=True)
class Rules:
    """All that duties are computed with: the registry, the calendar with its publications, packs by digest."""

    registry: Registry
    calendar: Calendar
    packs: Mapping[str, Pack]


# --- from acts to duties ------------------------------------------------------------------------------------


def duties_of(
    dossier: Dossier,
    rules: Rules,
    as_of: date | None = None,
    answered_with: Collection[str] | None = None,
    answered_by: Collection[str] = (),
) -> tuple[Duty, ...]:
    """All duties of a dossier, from the acts that count up to `as_of`; or only those of rows that acts of the types
    `answered_with` can discharge. Where `answered_by` names acts, at least those that they may have discharged, and all
    of rows that tell what is too early.

    Where `as_of` is None all acts count, and every handover that is announced has taken place.
    What is owed once in a period is there for every period begun by `as_of`, so never where that is None. A
    correction shows the old due day, and never by itself makes timely what was late when it was made. Where it is of
    what was recorded for another agency, and this has confirmed it, it does.
    """
    counted = dossier if as_of is None else counted_until(dossier, as_of, rules.registry)
    return _duties(dossier, counted, rules, as_of, answered_with, answered_by)


def as_it_stood(dossier: D, rules: Rules, as_of: date) -> tuple[D, tuple[Duty, ...]]:
    """`counted_until` and `duties_of` on a day, at the cost of one."""
    counted = counted_until(dossier, as_of, rules.registry)
    return counted, _duties(dossier, counted, rules, as_of)


def _duties(
    full: Dossier,
    dossier: Dossier,
    rules: Rules,
    as_of: date | None,
    answered_with: Collection[str] | None = None,
    answered_by: Collection[str] = (),
) -> tuple[Duty, ...]:
    """`duties_of`, from what is known of the dossier and what counts of it."""
    if not dossier.begun:
        return ()
    if answered_with is not None and all(p.answers.isdisjoint(answered_with) for p in rules.packs.values()):
        return ()
    corrections = [a for a in dossier.acts if a.type == "StatementCorrected"]
    if not corrections:
        return tuple(_computed(dossier, _days(full), rules, as_of, answered_with, answered_by).values())
    kept = {a.id for a in dossier.acts}
    earlier: dict[str, Duty] = {}
    plain: dict[str, Duty] = {}
    for n in range(len(corrections) + 1):  # as each correction left it, beginning before the first
        unmade = {c.id for c in corrections[n:]}
        known = full.refold(tuple(a for a in full.acts if a.id not in unmade), rules.registry)
        counted = full.refold(tuple(a for a in known.acts if a.id in kept), rules.registry)
        later = _computed(counted, _days(known), rules, as_of, answered_with)
        if n > 0:
            made = corrections[n - 1]
            agreed = isinstance(full, Case) and made.id in full.agreed
            judged = {
                k: _after_correction(earlier.get(k), plain.get(k), d, made, agreed) for k, d in later.items()
            }
        else:
            judged = later
        earlier, plain = judged, later
    return tuple(earlier.values())


def _days(dossier: Dossier) -> dict[tuple[str, str | None], date]:
    """The day that counts of each entry, by what is known in this dossier."""
    return {(e.act.id, e.stands_for): counts_on(e, dossier.copies) for e in dossier.entries}


def counted_until(dossier: D, as_of: date, registry: Registry) -> D:
    """The dossier from the acts that count up to a day; what is said about the record itself applies to any day."""
    days = {e.act.id: counts_on(e, dossier.copies) for e in dossier.entries if e.stands_for is None}
    if all(day <= as_of for day in days.values()):
        return dossier
    acts = tuple(a for a in dossier.acts if days.get(a.id, a.occurred_on) <= as_of or a.type in KNOWLEDGE)
    return cast("D", dossier.refold(acts, registry))


def _after_correction(old: Duty | None, plain: Duty | None, new: Duty, correction: Act, agreed: bool) -> Duty:
    """What a correction does to a duty: the old due day is kept beside the new; lateness is not undone, unless both
    sides agree on what was corrected. `plain`: the old one as the acts alone give it."""
    if old is None or plain is None or old.due_on is None:
        return new
    changed = new
    if old.previous_due_on is not None:
        changed = replace(changed, previous_due_on=old.previous_due_on, corrected_by=old.corrected_by)
    if new.due_on != old.due_on:
        changed = replace(changed, previous_due_on=old.due_on, corrected_by=correction.id)
    if agreed:
        return _still_late(old, plain, changed, getattr(correction.event, "of", None))
    made_on = correction.received_on
    last = old.strict_due_on or old.due_on
    if made_on > last and (old.discharged_on is None or old.discharged_on > last):
        if new.due_on is not None:
            changed = replace(changed, strict_due_on=min(last, new.strict_due_on or new.due_on))
        if new.discharged_on is not None:  # what only the correction makes a discharge was none before it
            changed = replace(changed, discharged_on=max(old.discharged_on or made_on, new.discharged_on))
    return changed


def _still_late(old: Duty, plain: Duty, new: Duty, corrected: str | None) -> Duty:
    """What earlier corrections, agreed with nobody, left late stays so after an agreed one, except where this moves
    the very day: the other side's word on one date says nothing of another."""
    changed = new
    restarted = new.opened_on != plain.opened_on or (
        corrected == new.opened_by and new.due_on != plain.due_on  # the start itself names the last day
    )
    # by corrections, not by what the acts themselves say
    held_back = old.strict_due_on != plain.strict_due_on
    if held_back and old.strict_due_on is not None and new.due_on is not None and not restarted:
        changed = replace(changed, strict_due_on=min(old.strict_due_on, new.strict_due_on or new.due_on))
    if (
        old.discharged_on is not None
        and new.discharged_on is not None
        and new.discharged_on == plain.discharged_on
    ):
        changed = replace(changed, discharged_on=max(old.discharged_on, new.discharged_on))
    return changed


def _computed(
    dossier: Dossier,
    counted: Mapping[tuple[str, str | None], date],
    rules: Rules,
    as_of: date | None,
    answered_with: Collection[str] | None,
    answered_by: Collection[str] = (),
) -> dict[str, Duty]:
    if not dossier.begun:
        return {}
    engine = _Engine(dossier, counted, rules, as_of)
    return {duty.id: duty for duty in engine.duties(answered_with, answered_by)}


@dataclass(frozen=True, slots=True)
class _Start:
    """A trigger found: where it stands in the log, what it is about, and from when.

    `since`: day and place of the act that discharged the round before. `bucket`: the period that it is owed in.
    """

    position: int
    subjects: Mapping[str, str]
    subject: str
    opened_by: str
    known_on: date
    evidence: Evidence
    entry: Entry | None
    runs: bool
    expiry: Expiry | None = None
    bucket: tuple[date, date] | None = None
    round: int = 1
    since: tuple[date, int] | None = None

    def barred_to(self, holder: str) -> bool:
        """Whether it starts nothing for this holder: the agency whose act it is said to be disputes it. What the
        recorder itself owes runs all the same."""
        return self.entry is not None and self.entry.disputed and self.entry.act.signer != holder


@dataclass(frozen=True, slots=True)
class _Parties:
    """Who owes an instance and who is owed it. `strict`: only the holder's own act discharges it, since each of
    several holders owes one."""

    holder: str
    recipients: tuple[str, ...]
    strict: bool


class _Engine:
    """The evaluation of all rows over one dossier; used once and thrown away."""

    def __init__(
        self,
        dossier: Dossier,
        counted: Mapping[tuple[str, str | None], date],
        rules: Rules,
        as_of: date | None,
    ) -> None:
        self.dossier = dossier
        self.case = dossier if isinstance(dossier, Case) else None
        self.rules = rules
        self.registry = rules.registry
        self.as_of = as_of
        self.entries = dossier.entries
        self.days = [counted.get((e.act.id, e.stands_for), e.on) for e in dossier.entries]
        self.places: dict[str, list[int]] = {}
        for position, entry in enumerate(self.entries):
            self.places.setdefault(entry.type, []).append(position)
        self.signers = {act.signer for act in dossier.acts}
        self.home = dossier.home(self.registry, as_of)
        self.region = self._region(self.home)
        self.adopted: dict[date, tuple[Adoption, ...]] = {}

    def _region(self, agency: str) -> str:
        found = self.registry.agencies.get(agency)
        return found.region if found else "000000"

    def duties(
        self, answered_with: Collection[str] | None = None, answered_by: Collection[str] = ()
    ) -> Iterator[Duty]:
        stream, home = stream_of(self.dossier.id), self.registry.agencies.get(self.home)
        level = home.level if home is not None else ""
        types = frozenset(self.places)
        with_ = None if answered_with is None else frozenset(answered_with)
        answers = [entry for entry in self.entries if entry.act.id in answered_by]
        for digest in dict.fromkeys(a.digest for a in self.registry.adoptions):
            pack = self.rules.packs.get(digest)
            for row in pack.rows_for(stream, level, types, with_) if pack else ():
                for start in self._starts(row, digest):
                    if answers and row.early is None and not self._answered(row, start, answers):
                        continue
                    if self._in_force(digest, start.known_on):
                        yield from self._instances(row, start)

    def _answered(self, row: Row, start: _Start, answers: Collection[Entry]) -> bool:
        """Whether one of these entries may discharge what starts here."""
        return any(e.type in row.answered_with and self._concerns(e, row, start) for e in answers)

    def _in_force(self, digest: str, on: date) -> bool:
        """A duty follows the pack in force when it arose."""
        return any(a.digest == digest for a in self._adopted(on))

    def _adopted(self, on: date) -> tuple[Adoption, ...]:
        """The packs in force on a day; of days before the region had adopted any, its first."""
        known = self.adopted.get(on)
        if known is None:
            above = regions_above(self.region)
            first = min((a.valid_from for a in self.registry.adoptions if a.region in above), default=on)
            known = self.adopted[on] = self.registry.packs_for(self.region, max(on, first))
        return known

    # -- where a row begins

    def _starts(self, row: Row, digest: str) -> Iterator[_Start]:
        if row.computed == PERIOD:
            yield from self._from_buckets(row, digest)
            return
        if row.computed == EXPIRY:
            for expiry in self.expiries():
                if row.group in (None, expiry.group):
                    yield self._from_expiry(expiry)
            return
        seen: dict[str, _Start] = {}
        for position, entry in self._fitting(row.begun_by):
            runs = any(m.fits(entry) for m in row.triggers)
            subject = entry.subjects.get(row.subject)
            if subject is None:
                continue
            if row.subject == "case":
                subject = entry.act.id  # each trigger opens one of its own
            known = seen.get(subject)
            if known is None or _rather(entry, runs, known, row.latest):
                day = self.days[position]
                start = _Start(
                    position, entry.subjects, subject, entry.act.id, day, entry.evidence, entry, runs
                )
                seen[subject] = start if known is None else replace(start, known_on=known.known_on)
        yield from seen.values()

    def _from_buckets(self, row: Row, digest: str) -> Iterator[_Start]:
        """One for each period that began since the region first adopted the pack and has begun by now."""
        if row.period is None or self.as_of is None:
            return
        above = regions_above(self.region)
        of_pack = {a.pack for a in self.registry.adoptions if a.digest == digest}
        adopted = [a.valid_from for a in self.registry.adoptions if a.pack in of_pack and a.region in above]
        kept = date(max(self.as_of.year - KEPT_YEARS, 1), 1, 1)
        for first, last in buckets(row.period, max(min(adopted), kept), self.as_of) if adopted else ():
            subject = f"{self.dossier.id}/{first}/{last}"  # one agency may owe the same in two regions
            yield _Start(-1, {}, subject, "", first, "signed", None, True, bucket=(first, last))

    def _from_expiry(self, expiry: Expiry) -> _Start:
        subjects = {"case": self.dossier.id, "decision": expiry.decision}
        position = next(i for i, e in enumerate(self.entries) if e.act.id == expiry.cause)
        cause = self.entries[position]
        subject = f"{expiry.decision}:{expiry.group}:{expiry.cause}"
        known = self.days[position]
        return _Start(position, subjects, subject, expiry.cause, known, cause.evidence, None, True, expiry)

    def expiries(self) -> tuple[Expiry, ...]:
        """When the remedies against each decision of a case run out, by the windows in force when it was served."""
        if self.case is None or self.case.filing is None:
            return ()
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
        holders = self._holders(row, start)
        if row.not_to is not None and not self._recipients(row, start, ""):
            return  # everybody has it
        strict = len(row.holders) > 1 or len(holders) > 1
        for holder in holders:
            yield from self._rounds(
                row, start, _Parties(holder, self._recipients(row, start, holder), strict)
            )

    def _recipients(self, row: Row, start: _Start, holder: str) -> tuple[str, ...]:
        """Who is owed it, as routed on the day that it became known; nobody owes anything to itself."""
        have = {holder} if row.not_to is None else {holder, *self._have(row, start)}
        meant = dict.fromkeys(a for s in row.recipients for a in self._meant(s, start))
        return tuple(agency for agency in meant if agency not in have)

    def _holders(self, row: Row, start: _Start) -> tuple[str, ...]:
        """A duty whose holder no route names is shown all the same: nobody may miss it for that."""
        meant = [self._meant(selector, start) for selector in row.holders]
        found = [agency for agencies in meant for agency in agencies]
        about_one = "agency" in start.subjects  # then it is meant for that agency alone
        if not found or (not all(meant) and not about_one):
            found.append(UNROUTED)
        return tuple(dict.fromkeys(found))

    def _have(self, row: Row, start: _Start) -> set[str]:
        """Who has the document that a row is about: who made it, whom it was made out to, who was sent a copy of it or
        of what goes with it. What the row itself asks for, done with any document, takes nobody out."""
        subject = start.subjects.get(row.subject)
        owed = {match.event for match in row.discharged_by}
        copied = {key.partition(":")[0]: set[str]() for key in self.dossier.copies}
        for key, copy in self.dossier.copies.items():
            copied[key.partition(":")[0]].add(copy.recipient)
        found: set[str] = set()
        for entry in self.entries:
            if entry.void or subject is None or entry.subjects.get(row.subject) != subject:
                continue
            if entry.act.id == subject:
                found |= {entry.act.agency, *addressees(entry)}
            if entry.type not in owed:
                found |= copied.get(entry.act.id, set())
        return found

    def _meant(self, selector: str, start: _Start) -> tuple[str, ...]:
        return self.dossier.meant(selector, start.subjects, start.entry, start.known_on, self.registry)

    def _rounds(self, row: Row, start: _Start, parties: _Parties) -> Iterator[Duty]:
        """The instance and, where it recurs by interval, one more from each day that it was done, until it is ended."""
        while True:
            found = tuple(self._held(row, start, parties))
            yield from found
            done_on = found[-1].discharged_on
            if row.repeat is None or done_on is None:
                return
            ended = self._concerned(row, start, parties.holder, row.cancelled_by)
            if any(self.days[position] <= done_on for position, _ in ended):
                return
            position = max(
                i
                for i, e in enumerate(self.entries)
                if e.act.id == found[-1].discharged_by and self.days[i] == done_on
            )
            start = replace(start, round=start.round + 1, since=(done_on, position), known_on=done_on)

    def _held(self, row: Row, start: _Start, parties: _Parties) -> Iterator[Duty]:
        """移交管辖、区划调整: what is still owed moves on that day to the department that takes the case over; the
        lateness up to then stays with the one before."""
        duty = self._instance(row, start, parties)
        held = [parties.holder]
        for day, to in self._moves(parties.holder, start.known_on):
            ended = [d for d in (duty.discharged_on, duty.cancelled_on) if d is not None]
            if ended and min(ended) < day:
                break
            last = duty.strict_due_on or duty.due_on
            if row.kind == "duty" and last is not None and last < day:
                yield replace(
                    duty, discharged_by=None, discharged_on=None, discharged_at=None, stated_on=None,
                    cancelled_on=day, cancelled_by=None,
                )  # fmt: skip
            held.append(to)
            parties = replace(
                parties, holder=to, recipients=self._recipients(row, replace(start, known_on=day), to)
            )
            duty = replace(self._instance(row, start, parties), taken_over_on=day)
            if held.count(to) > 1:  # it came back: what was late before stands beside it
                duty = replace(duty, id=_id(row, f"{duty.subject}@{day}", to))
        yield duty

    def _moves(self, holder: str, since: date) -> Iterator[tuple[date, str]]:
        """The days on which others took over from this holder, one after the other, with them."""
        held = self.case.holders if self.case is not None else ()
        for (_, before), (day, to) in pairwise(held):
            if before == holder and since < day <= (self.as_of or day):
                yield day, to
                holder = to

    def _instance(self, row: Row, start: _Start, parties: _Parties) -> Duty:
        holder = parties.holder
        region = self.region if holder in ("party", UNROUTED) else self._region(holder)
        opened, opened_at = self._opened(row, start, parties)
        ended = self._first(row.cancelled_by, row, start, holder)
        stopped = self._stops(row, start, holder)
        base = self._count(row, start, opened, opened_at, region, stopped)
        due, due_at, provisional, not_before = base.due_on, base.due_at, base.provisional, base.not_before
        done, contested = self._discharge(row, start, parties, due)
        term = _term(row, start)
        warned: date | None = opened
        extended_on, handed_to, strict = None, None, None
        for position, entry in self._concerned(row, start, holder, row.prolonged_by):
            if done is not None and (self.days[position], position) > (self.days[done], done):
                continue  # what came after the act was done gives it no more time
            extension = next(x for x in row.extended_by if x.match.fits(entry))
            handed_to = extension.continues_in
            named, named_at = _named(entry, extension.until) if extension.until is not None else (None, None)
            if extension.until is not None and named is None:
                continue  # how long is not said: nothing is later for it
            extended_on = self.days[position]
            # nobody gives itself more time once it is late; a further term that the law itself gives is none of its giving
            own = extension.term is None and entry.act.agency == holder
            if own and strict is None and due is not None and extended_on > due:
                strict = due
            if named is not None:  # a day that a document names hangs on no calendar
                due, due_at, provisional, warned = named, named_at, False, None
            elif extension.term is not None and opened is not None:
                again = counted(extension.term, opened, self.rules.calendar, region, at=opened_at)
                due, due_at, provisional, warned = again.due_on, again.due_at, again.provisional, None
            else:
                again = counted(term, extended_on, self.rules.calendar, region)
                due, due_at, provisional, warned = again.due_on, again.due_at, again.provisional, extended_on
        warn_on, warn_source = self._warn(row, start, warned, due, region)
        if start.expiry is not None and row.early is not None:
            not_before = self._gate(start.expiry)
        cancelled = self._cancellation(row, start, ended, due, done)
        if cancelled is not None:
            done = None
        act = self.entries[done].act if done is not None else None
        grades = [start.evidence] + ([self.entries[done].evidence] if done is not None else [])
        signers = {e.act.signer for e in (start.entry, self.entries[done] if done is not None else None) if e}
        disputed = start.entry is not None and start.entry.disputed
        disputed |= contested if done is None else self.entries[done].disputed
        running = opened is not None
        earliest = None
        if (
            not running
            and start.entry is not None
            and term.number is not None
            and not start.barred_to(holder)
        ):
            earliest = counted(term, self.days[start.position], self.rules.calendar, region).due_on
        until = (self.days[done] if done is not None else None) or self.as_of or date.max
        subject = start.subject if start.round == 1 else f"{start.subject}#{start.round}"
        return Duty(
            id=_id(row, subject, holder),
            row=row, case=self.dossier.id, subject=subject, holder=holder,
            recipients=tuple(dict.fromkeys(self._successor(r, until) for r in parties.recipients)),
            region=region, known_on=start.known_on,
            opened_by=start.opened_by, opened_on=opened, due_on=due if running else None,
            strict_due_on=min(strict, due) if running and strict and due else None, earliest_due_on=earliest, not_before=not_before,
            warn_on=warn_on, warn_source=warn_source, provisional=provisional,
            extended_on=extended_on, handed_to=handed_to,
            stopped=stopped,
            discharged_by=act.id if act is not None else None,
            discharged_on=self.days[done] if done is not None else None,
            stated_on=act.occurred_on if act is not None else None,
            cancelled_on=cancelled[0] if cancelled else None,
            cancelled_by=cancelled[1] if cancelled else None,
            evidence=max(grades, key=GRADES.index),
            opened_at=opened_at,
            due_at=due_at if running else None,
            discharged_at=self._moment(done) if done is not None and due_at is not None else None,
            round=start.round,
            disputed=disputed,
            own=holder in signers,
            present=holder in self.signers,
        )  # fmt: skip

    def _successor(self, agency: str, on: date) -> str:
        return self.case.successor(agency, on) if self.case is not None else agency

    def _moment(self, position: int) -> datetime | None:
        """When an act was done: at the time that it names, or by recording it; else only the day is known."""
        entry = self.entries[position]
        act = entry.act
        kind = kind_of(act.event)
        at = getattr(act.event, "at", None)
        if isinstance(at, str) and not kind.through_ledger:
            moment = parse_moment(at).astimezone(SHANGHAI)
            return moment if moment.date() == self.days[position] else None
        recorded = kind.through_ledger and act.agency == act.signer and not entry.stands_for
        return (
            from_milliseconds(act.received_at_ms)
            if recorded and act.received_on == self.days[position]
            else None
        )

    def _opened(self, row: Row, start: _Start, parties: _Parties) -> tuple[date | None, datetime | None]:
        """Day 0, and the moment where one is stated."""
        if start.bucket is not None:
            return start.bucket[0], None
        if start.since is not None:
            return start.since[0], None
        if start.expiry is not None:
            return start.expiry.suit_on, None
        entry = start.entry
        if not start.runs or entry is None or start.barred_to(parties.holder):
            return None, None
        on = self.days[start.position]
        if row.fixed_by is not None and _named(entry, row.fixed_by)[0] is not None:
            return on, None
        if row.anchor == "acknowledgement":
            own = parties.strict or parties.holder in addressees(
                entry
            )  # another addressee's receipt is not its own
            for receipt in self.entries:
                if receipt.type != "CopyAcknowledged" or receipt.subjects.get("copy") != entry.act.id:
                    continue
                if receipt.disputed or (own and receipt.act.agency != parties.holder):
                    continue
                return date.fromisoformat(receipt.facts["received_on"][0]), None
            return (on, None) if row.anchor_fallback else (None, None)
        return _named(entry, row.anchor) if row.anchor != "trigger" else (on, None)

    def _count(
        self,
        row: Row,
        start: _Start,
        opened: date | None,
        opened_at: datetime | None,
        region: str,
        stopped: tuple[tuple[date, date | None], ...],
    ) -> Count:
        if opened is None:
            return Count(start.known_on, None, None, None, None, False, ())
        if start.bucket is not None and row.period is not None:
            return count_bucket(row.period, opened)
        base = counted(_term(row, start), opened, self.rules.calendar, region, stopped, at=opened_at)
        if row.fixed_by is None or start.entry is None or start.round > 1:
            return base
        fixed, fixed_at = _named(start.entry, row.fixed_by)
        if fixed is None:
            return base
        return replace(base, due_on=fixed, nominal_on=fixed, provisional=False, due_at=fixed_at)

    def _warn(
        self, row: Row, start: _Start, opened: date | None, due: date | None, region: str
    ) -> tuple[date | None, str | None]:
        """A competing earlier count: another clause's term, the other remedy, or the nation's calendar alone."""
        if opened is None or due is None or start.bucket is not None:
            return None, None
        rivals: list[tuple[date | None, str]] = []
        calendar, term = self.rules.calendar, _term(row, start)
        if start.expiry is not None and term.number is not None:
            rivals.append((counted(term, start.expiry.earliest_on, calendar, region).due_on, row.source))
        if row.warn is not None:
            rivals.append((counted(row.warn, opened, calendar, region).due_on, row.warn_source or row.source))
        if term.unit == "working_day" and term.direction == "after":
            rivals.append((counted(term, opened, calendar).due_on, f"{row.source}（按全国放假安排计算）"))
        if term.direction == "before":
            rivals.append((counted(term, opened, calendar, region).warn_on, row.source))
        earlier = [(day, source) for day, source in rivals if day is not None and day < due]
        return min(earlier) if earlier else (None, None)

    def _gate(self, expiry: Expiry) -> date | None:
        """最早可申请日: the day after the last remedy has run out and the demand's waiting time has passed."""
        waits = []
        decisions = self.case.decisions if self.case is not None else {}
        for _, day in decisions[expiry.decision].demanded:
            for row in self._rows(day):
                if row.kind == "gate" and row.subject == "demand":
                    waits.append(counted(row.term, day, self.rules.calendar, self.region).not_before)
        first = [w for w in waits if w is not None]
        return max(expiry.latest_on + timedelta(1), min(first)) if first else None

    # -- what happens to an instance

    def _fitting(self, matches: tuple[Match, ...]) -> list[tuple[int, Entry]]:
        """The entries that fit any of these, in the order of the ledger."""
        if not matches:
            return []
        places, entries = self.places, self.entries
        found = [p for m in matches for p in places.get(m.event, ()) if not m.where or m.fits(entries[p])]
        return [(p, entries[p]) for p in (sorted(set(found)) if len(matches) > 1 else found)]

    def _concerned(
        self, row: Row, start: _Start, holder: str, matches: tuple[Match, ...]
    ) -> Iterator[tuple[int, Entry]]:
        for position, entry in self._fitting(matches):
            if start.since is not None:
                later = (self.days[position], position) > start.since
            else:
                later = position > start.position or (row.subject != "case" and start.entry is None)
            if not later or not self._within(position, start):
                continue
            contested = entry.disputed and entry.act.signer != holder
            if not contested and self._concerns(entry, row, start):
                yield position, entry

    def _within(self, position: int, start: _Start) -> bool:
        """What is owed in a period is touched by what is done in it alone."""
        return start.bucket is None or start.bucket[0] <= self.days[position] <= start.bucket[1]

    def _concerns(self, entry: Entry, row: Row, start: _Start) -> bool:
        """Compare the narrowest thing that both are about."""
        if row.subject == "case":
            return True
        return _same(entry.subjects, start.subjects, row.subject)

    def _first(
        self, matches: tuple[Match, ...], row: Row, start: _Start, holder: str
    ) -> tuple[int, Match] | None:
        for position, entry in self._concerned(row, start, holder, matches):
            return position, next(m for m in matches if m.fits(entry))
        return None

    def _stops(self, row: Row, start: _Start, holder: str) -> tuple[tuple[date, date | None], ...]:
        stops: list[tuple[date, date | None]] = []
        for position, entry in self._concerned(row, start, holder, row.stopped_by):
            day = self.days[position]
            if any(m.fits(entry) for m in row.suspended_by):
                if not stops or stops[-1][1] is not None:
                    stops.append((day, None))
            elif stops and stops[-1][1] is None:
                stops[-1] = (stops[-1][0], day)
        return tuple(stops)

    def _discharge(
        self, row: Row, start: _Start, parties: _Parties, due: date | None
    ) -> tuple[int | None, bool]:
        """The first act that discharges: on the same subject, by whoever owes it, to all that it is owed to, well
        enough attested, and not taken back while there was time. And whether one would have that is disputed."""
        wanted = set(parties.recipients) if row.to_recipient_only else set()
        waiting = set(wanted)
        contested = False
        found: list[int] = []
        for position, entry in self._discharging(row, start, parties):
            if entry.act.signer != parties.holder:
                contested |= entry.disputed
                if entry.disputed or entry.evidence == "attested_oral":
                    continue
            if self._undone(row, entry, due):
                continue
            if wanted:
                reached = wanted & set(addressees(entry))
                waiting -= reached
                if not reached:
                    continue
            if not waiting:
                found.append(position)
                if len(wanted) > 1 or not kind_of(entry.act.event).through_ledger:
                    break
        return self._earliest(found), contested

    def _earliest(self, found: list[int]) -> int | None:
        """The first; or one recorded later of which a slip or the recipient's own word shows that it went out before."""
        return min(found, key=lambda position: (self.days[position], position), default=None)

    def _undone(self, row: Row, entry: Entry, due: date | None) -> bool:
        """Whether what discharged was taken back by the last day. Later it stays done: it was there in time."""
        return any(
            (due is None or self.days[position] <= due) and _same(entry.subjects, taken_back.subjects)
            for position, taken_back in self._fitting(row.undone_by)
        )

    def _discharging(self, row: Row, start: _Start, parties: _Parties) -> Iterator[tuple[int, Entry]]:
        """The acts that may discharge, in the order of the ledger; of what recurs, by the day that counts."""
        holder = parties.holder
        found = self._fitting(row.discharged_by)
        if row.repeat is not None:
            found = sorted(found, key=lambda one: (self.days[one[0]], one[0]))
        for position, entry in found:
            if not self._concerns(entry, row, start):
                continue
            if not self._in_order(row, start, position, entry) or not self._within(position, start):
                continue
            if parties.strict and holder != "party" and entry.act.agency != holder:
                continue  # a party signs nothing: what it did is told by others
            if row.holders == ("addressee",) and self._another_of_its_kind(entry.act.agency, holder):
                continue
            if start.expiry is not None:
                groups = entry.facts.get("group")
                if groups is not None and start.expiry.group not in groups:
                    continue
                if self.days[position] < self.days[start.position]:
                    continue
            yield position, entry

    def _in_order(self, row: Row, start: _Start, position: int, entry: Entry) -> bool:
        """Whether an act stands where it can answer this trigger. What names the same thing, or belongs to the one
        course of decision, application and ruling, may have been recorded before it."""
        if start.since is not None:
            return (self.days[position], position) > start.since
        if start.entry is None:
            return True
        tied = row.subject in entry.subjects and row.subject not in _ANSWERED_LATER
        return tied or row.subject in _ONE_COURSE or position >= start.position

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
        if start.expiry is not None and self.case is not None:
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


_ONE_COURSE = frozenset(
    {"decision", "service", "demand", "remedy", "lawsuit", "application", "ruling", "suggestion"}
)
"""Subjects whose acts are told apart by what they name; papers about them are often recorded late."""
_ANSWERED_LATER = frozenset({"case", "report", "copy"})
"""Subjects of which there is one for many acts: only what comes after the trigger can be its answer."""


def _rather(entry: Entry, runs: bool, known: _Start, latest: bool) -> bool:
    """Whether a further trigger takes the place of the one found: that one only announced, or it is disputed, or the
    last one counts."""
    if runs != known.runs:
        return runs
    contested = known.entry is not None and known.entry.disputed
    return contested if contested != entry.disputed else latest


def _same(one: Mapping[str, str], other: Mapping[str, str], *first: str) -> bool:
    """Compare the narrowest thing that both are about; what has nothing in common is not told apart."""
    for kind in (*first, "ruling", "application", "suggestion", "lawsuit", "decision"):
        if kind in one and kind in other:
            return one[kind] == other[kind]
    return True


def _id(row: Row, subject: str, holder: str) -> str:
    return hashlib.sha256(f"{row.id}|{subject}|{holder}".encode()).hexdigest()[:16]


def _term(row: Row, start: _Start) -> Term:
    return row.repeat if row.repeat is not None and start.round > 1 else row.term


def _named(entry: Entry, name: str) -> tuple[date | None, datetime | None]:
    """A day that an act names, or a moment with its day; what was folded from it as a fact comes first."""
    stated = entry.facts.get(name)
    value = stated[0] if stated else field_of(entry, name)
    if not isinstance(value, str):
        return value, None
    if len(value) == len("2026-01-01"):
        return date.fromisoformat(value), None
    at = parse_moment(value).astimezone(SHANGHAI)
    return at.date(), at


def stream_of(dossier: str) -> str:
    """The kind of stream whose rows a dossier follows: a region's mechanism those of the registry."""
    kind, slash, _ = dossier.partition("/")
    kinds = {
        "meeting": "meeting",
        "discipline": "discipline",
        "reconciliation": "reconciliation",
        "region": "registry",
    }
    return kinds.get(kind, "case") if slash else "case"


def count_of(duty: Duty, calendar: Calendar) -> Count | None:
    """How the day of a duty was counted, before anything extended it; None while it does not run."""
    if duty.opened_on is None:
        return None
    if duty.row.period is not None:
        return count_bucket(duty.row.period, duty.opened_on)
    return count(duty.term, duty.opened_on, calendar, duty.region, duty.stopped, at=duty.opened_at)


# --- how a duty stands on a day -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    state: State
    remaining_working_days: int
    overdue_working_days: int


def state(duty: Duty, on: date, rules: Rules) -> Standing:
    """How a duty stands on a day, and its working days left or passed by the holder's region's calendar."""
    last = None if _never_late(duty, rules.registry) else duty.strict_due_on or duty.due_on
    calendar = rules.calendar
    standing = _ended(duty, on, last, rules)
    if standing is not None:
        pass
    elif duty.disputed and not duty.own:
        standing = Standing("disputed", 0, 0)
    elif duty.opened_on is None or (duty.row.computed == EXPIRY and on <= duty.opened_on):
        standing = Standing("not_running", 0, 0)
    elif duty.suspended_on is not None and duty.suspended_on <= on:
        standing = Standing("suspended", 0, 0)
    elif last is None or duty.row.kind == "gate":
        standing = Standing("open", 0, 0)
    elif on > last:
        over = working_days_after(_late_since(duty, last), on, calendar, duty.region)
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
    started, ends = rules.registry.started_on(duty.region), duty.strict_due_on or duty.due_on
    if ends is not None and started is not None and ends < started:
        return Standing("history", 0, 0)
    return standing


def _ended(duty: Duty, on: date, last: date | None, rules: Rules) -> Standing | None:
    """How it was done or ended by a day; a duty that ended while it was late keeps its lateness."""
    if duty.discharged_on is not None and duty.discharged_on <= on:
        late = duty.late and last is not None
        until, found = duty.discharged_on, "discharged_late" if late else "discharged"
    elif duty.cancelled_on is not None and duty.cancelled_on <= on:
        until, found = duty.cancelled_on, "cancelled"
    else:
        return None
    over = 0
    if last is not None and duty.row.kind == "duty" and until > last:
        over = working_days_after(_late_since(duty, last), until, rules.calendar, duty.region)
    return Standing(cast("State", found), 0, over)


def _never_late(duty: Duty, registry: Registry) -> bool:
    """No text binds discipline inspection to answer by a day: what it owes is pending, never overdue."""
    holder = registry.agencies.get(duty.holder)
    return holder is not None and holder.kind == "discipline"


def _late_since(duty: Duty, last: date) -> date:
    """Whoever took a duty over answers for the days after that."""
    return max(last, duty.taken_over_on or last)


def late_counts(duty: Duty, registry: Registry, on: date) -> bool:
    """Whether lateness is held against the holder in rates, alerts and lists, or is shown apart as 未经对方确认.

    One's own always is, where the holder itself signed the act that started or discharged the duty. Another's only
    where those acts are signed or confirmed; and what was not done at all only where the holder keeps its own record
    in the ledger on that day, or has signed in this dossier: silence on paper is no proof that nothing was done.
    """
    if _never_late(duty, registry):
        return False
    if duty.own:
        return True
    if duty.disputed or duty.evidence not in ("signed", "confirmed"):
        return False
    if duty.discharged_on is not None and duty.discharged_on <= on:
        return True
    return duty.present or registry.mode(duty.holder, on) in ("signing", "confirming")


def escalated(duty: Duty, standing: Standing) -> tuple[Step, ...]:
    """The steps that an overdue duty has reached, the first ones first."""
    if standing.state != "overdue":
        return ()
    return tuple(step for step in duty.row.escalation if step.after <= standing.overdue_working_days)
