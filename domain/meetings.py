"""A `meeting` stream: one joint meeting (联席会议), its minutes, what was agreed and what became of it.

Source: 拉萨实施意见 四（一）: “原则上每半年召开一次，重大事项（不针对具体案件）随时召开，参加人员由各部门根据具体涉及领域指定……
对于达成一致意见的事项，以会议纪要等形式予以明确”. Reading order: `Meeting`, `evolve`, `decide`, `irregularities`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from domain import regional
from domain.acts.base import Act, Event
from domain.acts.meeting import (
    AttendeesNamed,
    ItemClosed,
    ItemReported,
    MajorMatterRaised,
    MeetingCancelled,
    MeetingConvened,
    MeetingDeferred,
    MeetingHeld,
    MinutesDrafted,
    MinutesEndorsed,
    MinutesObjected,
    ReportAdopted,
    ReportCirculated,
    ReportCommented,
)
from domain.cases.ruling_out import check_dates
from domain.entries import GRADES, Copy, Entry, Evidence, broken, not_before
from domain.refusal import Irregularity, Refusal
from domain.registry import Registry, contains
from domain.values import same_number

if TYPE_CHECKING:
    from domain.duties import Duty

CLAUSE = "拉萨实施意见 四（一）"
AGENDA_CLASSES = ("通报", "重大", "会商")
CONVENING_LEVELS = ("city", "county", "park")
DERIVED = frozenset({"MinutesAgreed", "MeetingAttended", "MeetingConvened"})
"""Types that entries stand for without being acts: an agreement, an attendance, one agency's invitation."""


@dataclass(frozen=True, slots=True)
class Item:
    """纪要事项."""

    no: str
    text: str
    holder: str
    due_on: date | None
    reported: tuple[tuple[str, date], ...] = ()
    closed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """The newest draft. Agreed once each agency that attended, and each that is given an item, has endorsed it: nobody is
    bound by what it did not endorse, and who stayed away and has nothing to do holds nobody up."""

    act: str
    by: str
    drafted_on: date
    items: Mapping[str, Item]
    needed: tuple[str, ...]
    endorsed: Mapping[str, tuple[str, date, Evidence]] = field(default_factory=dict)
    objected: Mapping[str, str] = field(default_factory=dict)
    agreed_on: date | None = None

    @property
    def waiting(self) -> tuple[str, ...]:
        """Who has still to endorse."""
        return tuple(a for a in self.needed if a not in self.endorsed)


@dataclass(frozen=True, slots=True)
class Report:
    """The report that the meeting hears, as last circulated."""

    act: str
    circulated_on: date
    comments: tuple[tuple[str, str], ...] = ()
    adopted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Meeting:
    """All that is known of one meeting. `raised`: (agency, act, day) of the major matters that it was called for."""

    id: str
    raised: tuple[tuple[str, str, date], ...] = ()
    convener: str = ""
    kind: str = ""
    convened_on: date | None = None
    planned_on: date | None = None
    attendees: tuple[str, ...] = ()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held_on: date | None = None
    attended: tuple[str, ...] = ()
    cancelled_on: date | None = None
    minutes: Minutes | None = None
    report: Report | None = None
    acts: tuple[Act, ...] = ()
    entries: tuple[Entry, ...] = ()
    copies: Mapping[str, Copy] = field(default_factory=dict)

    @property
    def begun(self) -> bool:
        return bool(self.raised) or self.convened_on is not None

    @property
    def absent(self) -> tuple[str, ...]:
        """Attendees that did not come, once it was held."""
        if self.held_on is None:
            return ()
        return tuple(a for a in self.attendees if a not in (*self.attended, self.convener))

    @property
    def parties(self) -> tuple[str, ...]:
        """Everybody who has a part in it."""
        holders = [i.holder for i in self.minutes.items.values()] if self.minutes else []
        raisers = [agency for agency, _, _ in self.raised]
        every = (self.convener, *raisers, *self.attendees, *self.attended, *holders)
        return tuple(dict.fromkeys(a for a in every if a))

    def home(self, registry: Registry, on: date | None = None) -> str:
        """The department whose region's packs apply: the convener, else whoever raised the matter."""
        return self.convener or (self.raised[0][0] if self.raised else "")

    def meant(
        self, selector: str, subjects: Mapping[str, str], entry: Entry | None, on: date, registry: Registry
    ) -> tuple[str, ...]:
        """Who is meant by a row's holder or recipient."""
        invited = tuple(dict.fromkeys((*self.attendees, *self.attended)))
        return regional.meant(selector, entry, self.home(registry), invited, on, registry)

    def refold(self, acts: Iterable[Act], registry: Registry) -> "Meeting":
        return fold(self.id, acts, registry)


def fold(id_: str, acts: Iterable[Act], registry: Registry) -> Meeting:
    """The meeting after these acts, in the order of the ledger. Never refuses."""
    meeting = Meeting(id_)
    for act in acts:
        meeting = evolve(meeting, act, registry)
    return meeting


def evolve(meeting: Meeting, act: Act, registry: Registry) -> Meeting:
    """The meeting after one more act. Never refuses; an act out of order is kept without effect."""
    after, entry, derived = _effect(meeting, act, act.event)
    entries = (*meeting.entries, entry, *derived)
    after = replace(after, acts=(*meeting.acts, act), entries=entries)
    return _with_agreement(after, act)


def _effect(m: Meeting, act: Act, event: Event) -> tuple[Meeting, Entry, tuple[Entry, ...]]:
    day = act.occurred_on
    subjects = {"meeting": m.id}
    facts: dict[str, tuple[str, ...]] = {"kind": (m.kind,)} if m.kind else {}
    to = m.convener if m.convener and act.agency != m.convener else None
    derived: tuple[Entry, ...] = ()
    minutes = m.minutes
    match event:
        case MajorMatterRaised():
            m = replace(m, raised=(*m.raised, (act.agency, act.id, day)))
        case MeetingConvened() if m.convened_on is None:
            m = replace(
                m, convener=act.agency, kind=event.kind, convened_on=day, planned_on=event.on,
                attendees=event.attendees,
            )  # fmt: skip
            others = tuple(a for a in event.attendees if a != act.agency)
            facts = {"kind": (event.kind,), "on": (event.on.isoformat(),), "to": others}
            to, derived = None, tuple(_one_each(m, act, a, facts, to=a) for a in others)
        case AttendeesNamed():
            m = replace(m, named={**m.named, act.agency: event.attendees})
        case MeetingDeferred():
            facts["new_on"] = (event.new_on.isoformat(),)
            m = replace(m, planned_on=event.new_on)
        case MeetingHeld():
            m = replace(m, held_on=day, attended=event.attended)
            facts |= {"attended": event.attended, "absent": m.absent}
            # the convener's signed record of who was there is a document about it, not the agency's own word
            derived = tuple(
                _one_each(m, replace(act, agency=a), a, facts, stands_for="MeetingAttended")
                for a in event.attended
                if a != act.agency
            )
        case MinutesDrafted() if minutes is None or minutes.agreed_on is None:
            m = replace(m, minutes=_draft(m, act, event))
        case MinutesEndorsed() if minutes is not None:
            evidence = regional.recorded(act, {}).evidence
            minutes = replace(
                minutes,
                endorsed={**minutes.endorsed, act.agency: (act.id, day, evidence)},
                objected={a: what for a, what in minutes.objected.items() if a != act.agency},
            )
            m = replace(m, minutes=minutes)
        case MinutesObjected() if minutes is not None:
            m = replace(m, minutes=replace(minutes, objected={**minutes.objected, act.agency: event.what}))
        case ItemReported() | ItemClosed() if minutes is not None and event.item_no in minutes.items:
            item = minutes.items[event.item_no]
            subjects["item"] = _item_id(m, item.no)
            if isinstance(event, ItemReported):
                item = replace(item, reported=(*item.reported, (act.id, day)))
            else:
                to, item = item.holder, replace(item, closed_on=day)
            m = replace(m, minutes=replace(minutes, items={**minutes.items, item.no: item}))
        case MeetingCancelled():
            m = replace(m, cancelled_on=day)
        case ReportCirculated():
            facts["to"] = tuple(a for a in m.attendees if a != act.agency)
            m = replace(m, report=Report(act.id, day))
        case ReportCommented() if m.report is not None:
            comments = (*m.report.comments, (act.agency, event.what))
            m = replace(m, report=replace(m.report, comments=comments))
        case ReportAdopted() if m.report is not None:
            m = replace(m, report=replace(m.report, adopted_on=day))
    return m, regional.recorded(act, subjects, facts, to), derived


def _one_each(
    m: Meeting,
    act: Act,
    agency: str,
    facts: Mapping[str, tuple[str, ...]],
    *,
    to: str | None = None,
    stands_for: str = "MeetingConvened",
) -> Entry:
    """What an act of the convener means for one agency alone: its invitation, or its attendance."""
    subjects = {"meeting": m.id, "attendance": f"{m.id}#{agency}"}
    evidence: Evidence = "attested_doc" if stands_for == "MeetingAttended" else "signed"
    own = {name: values for name, values in facts.items() if name != "to"}
    return Entry(act, subjects, own, to, evidence, stands_for)


def _draft(m: Meeting, act: Act, event: MinutesDrafted) -> Minutes:
    """A draft. What was already done about an item of the same number and holder stays done."""
    items: dict[str, Item] = {}
    for one in event.items:
        items[one.item_no] = Item(one.item_no, one.text, one.holder, one.due_on)
        earlier = m.minutes.items.get(one.item_no) if m.minutes else None
        if earlier is not None and earlier.holder == one.holder:
            done = {"reported": earlier.reported, "closed_on": earlier.closed_on}
            items[one.item_no] = replace(items[one.item_no], **done)  # type: ignore[arg-type]
    there = (*m.attended, *(i.holder for i in items.values()))
    needed = tuple(dict.fromkeys(a for a in there if a != act.agency))
    return Minutes(act.id, act.agency, act.occurred_on, items, needed)


def _with_agreement(m: Meeting, act: Act) -> Meeting:
    """Add the agreement, once nobody's endorsement is missing: one entry for the minutes, one for each item."""
    minutes = m.minutes
    if minutes is None or minutes.agreed_on is not None or minutes.waiting:
        return m
    said = [minutes.endorsed[a] for a in minutes.needed]
    day = max([minutes.drafted_on, *(on for _, on, _ in said)])
    weakest = GRADES[max((GRADES.index(evidence) for _, _, evidence in said), default=0)]
    agreed = replace(act, agency=minutes.by, occurred_on=day)
    whole = Entry(
        agreed, {"meeting": m.id, "minutes": minutes.act}, {"to": m.attendees}, None, weakest, "MinutesAgreed"
    )
    items = tuple(
        Entry(
            agreed, {"meeting": m.id, "minutes": minutes.act, "item": _item_id(m, item.no)},
            {"due_on": (item.due_on.isoformat(),)} if item.due_on else {}, item.holder, weakest, "MinutesAgreed",
        )
        for item in minutes.items.values()
    )  # fmt: skip
    return replace(m, minutes=replace(minutes, agreed_on=day), entries=(*m.entries, whole, *items))


def _item_id(m: Meeting, no: str) -> str:
    return f"{m.id}#{no}"


# --- what cannot have happened ------------------------------------------------------------------------------


def decide(meeting: Meeting, act: Act, registry: Registry, today: date) -> None:
    """Raise Refusal if the act cannot have happened: date_in_future, not_authorised, schema_invalid, case_rule_broken.

    The department of a city, county or park convenes, holds, drafts and closes; an item may be closed without a
    report (done before its eyes, or overtaken by events), but not reported on after that.
    """
    check_dates(act, today)
    event: Any = act.event
    if meeting.cancelled_on is not None:
        raise broken(f"会议已于 {meeting.cancelled_on} 取消", "type")
    match event:
        case MajorMatterRaised():
            if meeting.convened_on is not None:
                raise broken("会议已召集，请另行提出或者在会上讨论", "type")
            return
        case MeetingConvened():
            _convene(meeting, act, event, registry, today)
            return
        case MeetingCancelled() if meeting.raised and meeting.convened_on is None:
            if act.agency not in [agency for agency, _, _ in meeting.raised]:
                raise broken(f"{act.agency} 没有提出该事项，不能取消", "actor")
            not_before(act, min(day for _, _, day in meeting.raised), "提出日期")
            return
    if meeting.convened_on is None:
        raise broken(f"会议“{meeting.id}”尚未召集，请先登记召集", "type")
    not_before(act, meeting.convened_on, "召集日期")
    if isinstance(event, _CONVENERS) and act.agency != meeting.convener:
        raise broken(f"本次会议由 {meeting.convener} 召集，{act.agency} 不能登记该事项", "actor")
    rule = _RULES.get(type(event))
    if rule is None:
        raise broken("该事项不属于联席会议", "type")
    rule(meeting, act, event, registry, today)


_CONVENERS = (
    MeetingDeferred, MeetingHeld, MinutesDrafted, ItemClosed, MeetingCancelled, ReportCirculated, ReportAdopted,
)  # fmt: skip


def _convene(m: Meeting, act: Act, event: MeetingConvened, registry: Registry, today: date) -> None:
    convener = registry.agency(act.agency, "actor")
    if convener.level not in CONVENING_LEVELS:
        raise Refusal("not_authorised", "联席会议由市、县（区）、功能园区自然资源主管部门召集", field="actor")
    if m.convened_on is not None:
        raise broken("会议已召集，请勿重复登记", "type")
    for agency, _, day in m.raised:
        not_before(act, day, "提出日期")
        if agency != act.agency and not contains(convener.region, registry.agency(agency, "actor").region):
            raise broken(f"该事项由 {agency} 提出，{act.agency} 不能召集", "actor")
    regional.check_own_region(registry, act, event.region)
    regional.check_registered(registry, event.attendees, "attendees")
    regional.check_near(today, {"on": event.on})
    for number, item in enumerate(event.agenda):
        if item.class_ not in AGENDA_CLASSES:
            what = f"议题类别只能取：{'、'.join(AGENDA_CLASSES)}"
            raise Refusal("schema_invalid", what, field=f"agenda.{number}.class")
    if event.on < act.occurred_on:
        raise broken("会期早于召集日期，请核对", "on")


def _not_held(m: Meeting) -> None:
    if m.held_on is not None:
        raise broken(f"会议已于 {m.held_on} 召开", "type")


def _name(m: Meeting, act: Act, event: AttendeesNamed, registry: Registry, today: date) -> None:
    if act.agency not in (*m.attendees, m.convener):
        raise broken(f"{act.agency} 不在参会单位之列", "actor")
    if m.held_on is not None and act.occurred_on > m.held_on:
        raise broken(f"会议已于 {m.held_on} 召开，不能再指定参会人员", "occurred_on")


def _defer(m: Meeting, act: Act, event: MeetingDeferred, registry: Registry, today: date) -> None:
    _not_held(m)
    regional.check_near(today, {"new_on": event.new_on})
    if event.new_on < act.occurred_on:
        raise broken("新的会期早于登记延期的日期，请核对", "new_on")


def _hold(m: Meeting, act: Act, event: MeetingHeld, registry: Registry, today: date) -> None:
    _not_held(m)
    regional.check_registered(registry, event.attended, "attended")
    regional.check_registered(registry, event.absent, "absent")
    for number, agency in enumerate(event.absent):
        if agency in event.attended:
            raise broken(f"{agency} 不能既到会又缺席", f"absent.{number}")
        if agency not in m.attendees:
            raise broken(f"{agency} 不在参会单位之列，谈不上缺席", f"absent.{number}")


def _minutes(m: Meeting, act: Act, event: MinutesDrafted, registry: Registry, today: date) -> None:
    if m.held_on is None:
        raise broken("会议尚未召开，不能起草纪要", "type")
    not_before(act, m.held_on, "召开日期")
    if m.minutes is not None:
        if m.minutes.agreed_on is not None:
            raise broken("会议纪要已会签完毕，不能再改", "type")
        not_before(act, m.minutes.drafted_on, "上一稿的日期")
    seen: set[str] = set()
    for number, item in enumerate(event.items):
        if item.item_no in seen:
            raise broken(f"事项编号“{item.item_no}”重复", f"items.{number}.item_no")
        seen.add(item.item_no)
        registry.agency(item.holder, f"items.{number}.holder")
        regional.check_near(today, {f"items.{number}.due_on": item.due_on})
        if item.due_on is not None and item.due_on < m.held_on:
            raise broken("事项期限早于会议召开日期，请核对", f"items.{number}.due_on")


def _drafted(m: Meeting) -> Minutes:
    if m.minutes is None:
        raise broken("尚无会议纪要，请先起草", "type")
    return m.minutes


def _endorse(
    m: Meeting, act: Act, event: MinutesEndorsed | MinutesObjected, registry: Registry, today: date
) -> None:
    minutes = _drafted(m)
    not_before(act, minutes.drafted_on, "纪要起草日期")
    if minutes.agreed_on is not None:
        raise broken("会议纪要已会签完毕", "type")
    if act.agency not in (*m.attendees, *minutes.needed):
        raise broken(f"{act.agency} 未参会，纪要也没有交其办理的事项，不能会签", "actor")
    if act.agency in minutes.endorsed:
        raise broken(f"{act.agency} 已会签这一稿", "type")


def _item(m: Meeting, act: Act, event: ItemReported | ItemClosed, registry: Registry, today: date) -> None:
    minutes = _drafted(m)
    not_before(act, minutes.drafted_on, "纪要起草日期")
    item = minutes.items.get(event.item_no)
    if item is None:
        raise broken(f"会议纪要没有事项“{event.item_no}”", "item_no")
    if item.closed_on is not None:
        raise broken(f"事项“{item.no}”已于 {item.closed_on} 办结", "item_no")
    if isinstance(event, ItemReported) and act.agency != item.holder:
        raise broken(f"事项“{item.no}”由 {item.holder} 办理，{act.agency} 不能报告", "actor")


def _cancel(m: Meeting, act: Act, event: MeetingCancelled, registry: Registry, today: date) -> None:
    _not_held(m)


def _report(
    m: Meeting,
    act: Act,
    event: ReportCirculated | ReportCommented | ReportAdopted,
    registry: Registry,
    today: date,
) -> None:
    report = m.report
    if report is not None and report.adopted_on is not None:
        raise broken(f"会议报告已于 {report.adopted_on} 通过", "type")
    if isinstance(event, ReportCirculated):
        regional.check_near(today, {"from": event.from_, "to": event.to})
        if event.from_ is not None and event.to is not None and event.to < event.from_:
            raise broken("报告期的止日早于起日，请核对", "to")
        return
    if report is None:
        raise broken("会议报告尚未送审", "type")
    not_before(act, report.circulated_on, "送审日期")
    if isinstance(event, ReportCommented) and act.agency not in (*m.attendees, *m.attended):
        raise broken(f"{act.agency} 不在参会单位之列", "actor")


_RULES: dict[type[Event], Any] = {
    AttendeesNamed: _name, MeetingDeferred: _defer, MeetingHeld: _hold, MinutesDrafted: _minutes,
    MinutesEndorsed: _endorse, MinutesObjected: _endorse, ItemReported: _item, ItemClosed: _item,
    MeetingCancelled: _cancel, ReportCirculated: _report, ReportCommented: _report, ReportAdopted: _report,
}  # fmt: skip


# --- what should not have happened --------------------------------------------------------------------------


def irregularities(
    before: Meeting, after: Meeting, act_id: str, duties: Sequence["Duty"], registry: Registry
) -> tuple[Irregularity, ...]:
    """The irregularities of one act: `before` and `after` it, with the duties as they stand after it."""
    entry = next((e for e in after.entries if e.act.id == act_id and e.stands_for is None), None)
    if entry is None:
        return ()
    found = [*regional.late(entry, after.copies, duties), *_special(after, entry, registry)]
    return tuple({i.code: i for i in found}.values())


def _special(after: Meeting, entry: Entry, registry: Registry) -> Iterator[Irregularity]:
    match entry.act.event:
        case MeetingConvened(kind="ad_hoc") as event:
            yield from _names_case([i.text for i in event.agenda], registry)
        case MajorMatterRaised() as event:
            yield from _names_case([event.what], registry)
        case MeetingHeld() if after.absent:
            yield Irregularity("attendee_absent", CLAUSE, f"缺席：{'、'.join(after.absent)}")


def _names_case(texts: Iterable[str], registry: Registry) -> Iterator[Irregularity]:
    for text in texts:
        found = case_number_in(text, registry)
        if found is not None:
            what = f"临时会议研究重大事项，不针对具体案件；议题提到“{found}”"
            yield Irregularity("ad_hoc_names_case", CLAUSE, what)


_CIRCULAR = "发办函令规文通"
"""What the letters of a circular's number end with (拉委办发〔2024〕30号): such a document is no case."""


def case_number_in(text: str, registry: Registry) -> str | None:
    """The first case number of a natural-resources department in a text: a registered prefix … 〔year〕 … 号."""
    pattern = case_number_pattern(registry)
    found = re.search(pattern, same_number(text)) if pattern is not None else None
    return found[0] if found else None


def case_number_pattern(registry: Registry) -> str | None:
    """What such a number looks like where it is written as `same_number` has it; None where no prefix is registered."""
    prefixes = {
        same_number(p) for a in registry.agencies.values() if a.kind == "nr" for p in a.number_prefixes
    }
    if not prefixes:
        return None
    any_prefix = "|".join(sorted(map(re.escape, prefixes), key=len, reverse=True))
    letters = rf"[^\W\d_]{{0,20}}(?<![{_CIRCULAR}])"
    return rf"(?:{any_prefix}){letters}〔\d{{4}}〕[^\W_]{{0,6}}?\d{{1,6}}号"
