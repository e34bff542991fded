"""The state of a case: what the signed acts amount to. Keyed by statement id; numbers are only attributes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from domain.acts.base import Act
from domain.changing import replace
from domain.entries import Copy, Entry, addressees
from domain.registry import Registry, regions_above
from domain.values import LAND_LAW, Item, Place, same_number

Group = Literal["land_demolition", "general"]
"""Items of one decision with different suit terms: 土地管理法 §83 against 行政诉讼法 §46."""
_ROUTED = {
    "police": ("crime", "non_litigation"), "discipline": ("discipline",), "government": ("planning",),
    "procuratorate": ("non_litigation", "supervision"),
}  # fmt: skip
"""By which matters' routes an agency of a kind is found; any other by those of non-litigation enforcement."""
_SUPERVISED = frozenset({"supervision", "suggestion", "opinion", "crime"})
"""What a procuratorate deals with as supervisor, not as the one that copies are sent to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """发现: what a case may begin with before it is filed. `nr` is the department that the finder belongs to."""

    act: str
    by: str
    nr: str
    place: Place | None
    found_on: date


@dataclass(frozen=True, slots=True)
class Filing:
    """立案. `by` filed it; `nr` is the natural-resources department in charge (a township's is its county's).

    `nr` is the last one known, also where its day is yet to come: on a given day it is `Case.nr_on`. `carried`
    marks an old case (存量结转).
    """

    act: str
    title: str
    by: str
    nr: str
    parties: Mapping[str, str]
    place: Place
    violation: str
    filed_on: date
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """处罚决定. `served` maps the act of service to (party ids, effective day).

    `performed` and `executed` hold the day for each (item, party); an item is `settled` once every party has
    performed it. `paid` is what was paid of each item so far. `enforced` maps an agency's own decision to enforce to
    its items. `replaces`: the decision that it was made in place of (重作).
    """

    act: str
    no: str
    decided_on: date
    items: Mapping[str, Item]
    parties: tuple[str, ...]
    power: str
    served: Mapping[str, tuple[tuple[str, ...], date]] = field(default_factory=dict)
    demanded: tuple[tuple[str, date], ...] = ()
    settled: Mapping[str, date] = field(default_factory=dict)
    revoked_on: date | None = None
    revoked_by: str | None = None
    performed: Mapping[tuple[str, str], date] = field(default_factory=dict)
    executed: Mapping[tuple[str, str], date] = field(default_factory=dict)
    paid: Mapping[str, Decimal] = field(default_factory=dict)
    replaces: str | None = None
    enforced: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def stands(self, day: date) -> bool:
        """Whether it is in force on a day: what a court revokes is until the judgment takes effect (行政诉讼法 §85)."""
        return self.revoked_on is None or self.revoked_on > day

    @property
    def done(self) -> Mapping[str, date]:
        """Items that every party has performed, or that were executed against every party, with the last day."""
        found: dict[str, date] = {}
        for item in self.items:
            days = [
                min(d for d in (self.performed.get((item, p)), self.executed.get((item, p))) if d is not None)
                for p in self.parties
                if (item, p) in self.performed or (item, p) in self.executed
            ]
            if days and len(days) == len(self.parties):
                found[item] = max(days)
        return found

    def due(self, item: str) -> Decimal | None:
        """What is still to be paid of an item; None where no amount is known."""
        amount = self.items[item].amount_yuan
        return None if amount is None else max(Decimal(amount) - self.paid.get(item, Decimal(0)), Decimal(0))

    def group(self, item: str, violation: str) -> Group:
        if self.items[item].kind == "demolish" and violation in LAND_LAW:
            return "land_demolition"
        return "general"

    def groups(self, violation: str) -> Mapping[Group, tuple[str, ...]]:
        """Item ids by the suit term that applies to them."""
        found: dict[Group, tuple[str, ...]] = {}
        for item in self.items:
            group = self.group(item, violation)
            found[group] = (*found.get(group, ()), item)
        return found


@dataclass(frozen=True, slots=True)
class Remedy:
    """A review or a lawsuit against a decision."""

    act: str
    kind: Literal["review", "lawsuit"]
    decision: str
    on: date
    court: str | None = None
    no: str | None = None
    outcome: str | None = None
    decided_by: str | None = None
    effective_on: date | None = None
    accepted_on: date | None = None
    complaint_on: date | None = None
    answered_on: date | None = None
    appealed_on: date | None = None
    appeal_court: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """开庭. `hearing_on` is the day as last fixed; `appeared` whether the head of the agency did, once known."""

    act: str
    lawsuit: str
    hearing_on: date
    noticed_on: date
    appeared: bool | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """移交管辖. It takes effect on the day that the receiving department accepts it."""

    act: str
    frm: str
    to: str
    why: str
    on: date
    new_case_no: str | None = None
    accepted_on: date | None = None
    returned_on: date | None = None

    @property
    def pending(self) -> bool:
        return self.accepted_on is None and self.returned_on is None


@dataclass(frozen=True, slots=True)
class Application:
    """强制执行申请. `ended` says how it left the court's desk, if it has."""

    act: str
    no: str | None
    decision: str
    court: str
    applied_on: date
    basis: str
    items: tuple[str, ...]
    parties: tuple[str, ...]
    accepted_on: date | None = None
    accepted_by_court: bool = False
    review_case_no: str | None = None
    received: str | None = None
    received_on: date | None = None
    suspended: bool = False
    ended: Literal["", "withdrawn", "not_filed", "not_accepted", "refused", "completed", "terminated"] = ""

    @property
    def label(self) -> str:
        """Its number, else its statement id."""
        return self.no or self.act


@dataclass(frozen=True, slots=True)
class Ruling:
    """裁定. `by_court`: the court itself has stated it; else a receipt attests it (代录)."""

    act: str
    no: str | None
    application: str
    result: Literal["granted", "refused", "not_accepted"]
    made_on: date
    by_court: bool
    executor: str | None = None
    executing_agency: str | None = None
    items: tuple[str, ...] = ()
    received: str | None = None
    received_on: date | None = None
    review_court: str | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    act: str
    no: str
    by: str
    to: str
    subject: str
    issued_on: date
    reply_by: date | None
    replied: bool = False
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that agencies have to do with each other in a case: a request for assistance, an application for
    supervision, a criminal referral … `stage` is the type of the last act about it, `stages` all of them in order
    as (statement, type, day); `by` began it, `to` are those it was addressed to; `ended_on` the day it was done with.
    """

    act: str
    kind: str
    no: str | None
    by: str
    to: tuple[str, ...]
    opened_on: date
    stage: str
    stages: tuple[tuple[str, str, date], ...]
    outcome: str | None = None
    ended_on: date | None = None


@dataclass(frozen=True)  # without slots: it is replaced with each act (`domain.changing`)
class Case:
    """All that is known of one case. `acts` are as signed, `entries` as corrected.

    `agreed`: the corrections of what was recorded for another agency that this agency has confirmed since.
    """

    id: str
    filing: Filing | None = None
    decisions: Mapping[str, Decision] = field(default_factory=dict)
    remedies: Mapping[str, Remedy] = field(default_factory=dict)
    applications: Mapping[str, Application] = field(default_factory=dict)
    rulings: Mapping[str, Ruling] = field(default_factory=dict)
    suggestions: Mapping[str, Suggestion] = field(default_factory=dict)
    copies: Mapping[str, Copy] = field(default_factory=dict)
    notices: Mapping[str, str] = field(default_factory=dict)
    matters: Mapping[str, Matter] = field(default_factory=dict)
    numbers: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    former_numbers: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    entries: tuple[Entry, ...] = ()
    corrections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    joined: Mapping[str, str] = field(default_factory=dict)
    agreed: frozenset[str] = frozenset()
    closed_on: date | None = None
    finding: Finding | None = None
    holders: tuple[tuple[date, str], ...] = ()
    transfers: Mapping[str, Transfer] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    former_ids: tuple[str, ...] = ()
    no: str | None = None
    split_into: tuple[str, ...] = ()
    joined_with: tuple[str, ...] = ()

    @property
    def begun(self) -> bool:
        """Whether anything was found, filed or carried forward in it."""
        return bool(self.holders)

    @property
    def filed(self) -> Filing:
        """The filing; to be asked only where there is one."""
        assert self.filing is not None
        return self.filing

    def nr_on(self, day: date) -> str:
        """The natural-resources department in charge on a day: it changes when a transfer is accepted or a boundary
        moves. Of days before the first one it is the first. To be asked only where something was found or filed."""
        if len(self.holders) == 1:
            return self.holders[0][1]
        held = [nr for since, nr in self.holders if since <= day] or [self.holders[0][1]]
        return held[-1]

    def home(self, registry: Registry, on: date | None = None) -> str:
        """The department whose region's packs apply: the one in charge that day. Without a day it is the last one, also
        where it is only announced that it takes over."""
        if not self.holders:
            return ""
        return self.nr_on(on) if on is not None else self.holders[-1][1]

    def meant(
        self, selector: str, subjects: Mapping[str, str], entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        """Who is meant by a pack row's holder or recipient: whoever has that part in what an act is about, else whom
        the routes of the department in charge name; nobody where they name none."""
        match selector:
            case "nr":
                return (self.nr_on(on),)
            case "party":
                return ("party",)
            case "sender":
                return (entry.act.agency,) if entry is not None else ()
            case "addressee":
                return self._addressees(entry) if entry is not None else ()
            case "basic_court":
                return self._concerned("court", subjects, registry) or self._basic_court(on, registry)
            case "higher_court":
                return self._higher_court(subjects, registry)
            case _:
                return self._concerned(selector, subjects, registry) or self._routed(
                    selector, subjects, on, registry
                )

    def _addressees(self, entry: Entry) -> tuple[str, ...]:
        sent = (c.recipient for key, c in self.copies.items() if key.partition(":")[0] == entry.act.id)
        return addressees(entry) or tuple(dict.fromkeys(sent))

    def _basic_court(self, on: date, registry: Registry) -> tuple[str, ...]:
        """行政强制法 §54: the basic court of the land, whatever the level of the department, unless a route says else."""
        nr = registry.agencies.get(self.nr_on(on))
        if nr is None or registry.route_set(nr, "court", "non_litigation", on) is not None:
            return self._routed("court", {}, on, registry)
        place = self.filing.place.region if self.filing is not None else nr.region
        return registry.agencies_of("court", [r for r in regions_above(place) if r[4:] != "00"])[:1]

    def _higher_court(self, subjects: Mapping[str, str], registry: Registry) -> tuple[str, ...]:
        """The court turned to; until then the one above the court that decided, where the registry has just one."""
        ruling, suit = self._ruling(subjects), self.remedies.get(subjects.get("lawsuit", ""))
        turned_to = (
            ruling.review_court if ruling is not None else suit.appeal_court if suit is not None else None
        )
        if turned_to is not None:
            return (turned_to,)
        application = self.applications.get(ruling.application) if ruling is not None else None
        first = application.court if application is not None else suit.court if suit is not None else None
        court = registry.agencies.get(first or "")
        above = registry.agencies_of("court", regions_above(court.region)[1:]) if court is not None else ()
        return above[:1]

    def _ruling(self, subjects: Mapping[str, str]) -> Ruling | None:
        return self.rulings.get(subjects.get("ruling", ""))

    def _concerned(self, kind: str, subjects: Mapping[str, str], registry: Registry) -> tuple[str, ...]:
        """The agencies of a kind that have a part in what these subjects are."""
        found: list[str | None] = []
        application = self.applications.get(subjects.get("application", ""))
        suit = self.remedies.get(subjects.get("lawsuit", ""))
        ruling = self._ruling(subjects)
        if kind == "court":
            found.append(
                application.court if application is not None else suit.court if suit is not None else None
            )
        if kind == "government" and ruling is not None:
            found.append(ruling.executing_agency)  # the one that the ruling names, of whatever kind
        for about in dict.fromkeys(subjects.values()):
            suggestion, matter = self.suggestions.get(about), self.matters.get(about)
            parts = [suggestion.by, suggestion.to] if suggestion is not None else []
            if matter is not None:  # a referral that was passed on is the last one's
                parts += [matter.by, *(matter.to[-1:] if matter.kind == "crime" else matter.to)]
            found += (a for a in parts if a in registry.agencies and registry.agencies[a].kind == kind)
        return tuple(dict.fromkeys(a for a in found if a is not None))

    def _routed(
        self, kind: str, subjects: Mapping[str, str], on: date, registry: Registry
    ) -> tuple[str, ...]:
        if kind == "court" and not {"service", "remedy"}.isdisjoint(subjects):
            return ()  # which court a party will turn to is not told before it does
        nr = registry.agencies.get(self.nr_on(on))
        matters = _ROUTED.get(kind, ("non_litigation",))
        if kind == "procuratorate" and not _SUPERVISED.isdisjoint(subjects):
            matters = tuple(reversed(matters))
        if nr is None:
            return ()
        for matter in matters:
            found = registry.route(nr, kind, matter, on)
            if found is not None:
                return (found.id,)
        return ()

    def refold(self, acts: tuple[Act, ...], registry: Registry) -> "Case":
        """The same case from other acts."""
        from domain.cases.folding import fold  # folding builds on this module

        return fold(self.id, acts, registry)

    def successor(self, agency: str, day: date) -> str:
        """Who stands in an agency's place on a day: the department in charge, for one that was in charge before it."""
        if len(self.holders) <= 1:
            return agency
        before = {nr for since, nr in self.holders if since <= day}
        return self.nr_on(day) if agency in before else agency

    @property
    def number(self) -> str:
        """The number that it bears now; its id, the first one, stays an alias after a transfer."""
        return self.no or self.id

    def entry(self, act: str) -> Entry | None:
        """The entry of an act itself (not one that it attests)."""
        return next((e for e in self.entries if e.act.id == act and e.stands_for is None), None)

    def numbered(self, what: str, no: str) -> tuple[str, ...]:
        """Statement ids of the things of a kind that bear a number, then of those that bore it until corrected."""
        key = (what, same_number(no))
        return tuple(dict.fromkeys((*self.numbers.get(key, ()), *self.former_numbers.get(key, ()))))

    def bears(self, what: str, no: str) -> bool:
        """Whether something bears this number now; one that was corrected away is free again."""
        return (what, same_number(no)) in self.numbers

    def with_number(self, what: str, no: str | None, act: str) -> "Case":
        if no is None:
            return self
        key = (what, same_number(no))
        have = self.numbers.get(key, ())
        return self if act in have else replace(self, numbers={**self.numbers, key: (*have, act)})

    def put(self, table: str, key: str, value: Any) -> "Case":
        """This case with one row of one of its tables set."""
        rows: dict[str, Any] = {table: {**getattr(self, table), key: value}}
        return replace(self, **rows)

    def change(self, table: str, key: str, **changes: Any) -> "Case":
        """This case with some fields of one row changed; unchanged where there is no such row."""
        rows = getattr(self, table)
        return self if key not in rows else self.put(table, key, replace(rows[key], **changes))


def effective_service(act: Act) -> date:
    """The day a decision counts as served: announced service 30 days after it was put out (民事诉讼法 §95)."""
    event: Any = act.event
    if event.method == "announced":
        return (event.put_out_on or act.occurred_on) + timedelta(days=30)
    return act.occurred_on


@dataclass(frozen=True, slots=True)
class Step:
    """What one act does: the new state, and how the duties are to see the act."""

    case: Case
    subjects: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    to: str | None = None
    attests: str | None = None  # the type of another agency's act that this one stands for
    attested: Act | None = None


Effect = Callable[[Case, Act, Any, Registry], Step]
