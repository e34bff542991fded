"""Who is told what, for every pair of agencies of the sample locality and every type of event.

What is expected stands in docs/disclosure.md, written by hand from the clauses; a type of event without a row there
makes a test fail.
"""

import re
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain import discipline, mechanism, meetings, reconciling
from domain.acts import EVENTS, Act
from domain.cases import Case
from domain.cases.model import Matter
from domain.disclosure import (
    ROWS,
    VARIANTS,
    Reader,
    departments_above,
    number_and_date,
    sees,
    sees_case,
    sees_duty,
    visible_acts,
)  # fmt: skip
from domain.entries import Entry
from domain.forms import FieldType, build, fields_of
from domain.registry import Registry
from domain.values import milliseconds, parse_moment
from tests.worlds import (
    APPLICATION,
    CASE,
    COURT,
    DECISION,
    GOVERNMENT,
    NR,
    PROCURATORATE,
    START,
    Office,
    World,
    accepted,
    applied,
    decided,
    filed,
    granted,
    lhasa,
)  # fmt: skip

DOC = Path(__file__).parents[3] / "docs/disclosure.md"
AGENCIES = tuple(lhasa().agencies)
DAY = date(2026, 3, 2)
FOLLOWS = "与所说的那条记录相同"


@cache
def table() -> dict[str, frozenset[str] | None]:
    """Event → roles by the page's table; None: as what it speaks of."""
    found: dict[str, frozenset[str] | None] = {}
    for events, roles in re.findall(
        r"^\| (`[A-Z][^|]*) \| ([^|]*) \| [^|]*§?[^|]* \|$", DOC.read_text("utf-8"), re.M
    ):
        for name in re.findall(r"`([\w/]+)`", events):
            assert name not in found, f"{name} twice"
            found[name] = None if roles == FOLLOWS else frozenset(roles.split()) - {"无"}
    return found


def test_every_type_of_event_has_a_row_and_every_row_a_type():
    streams = {"case", "discipline", "meeting", "reconciliation"}
    assert {k.stream for k in EVENTS.values()} == streams | {"registry"}
    named = {k.name for k in EVENTS.values() if k.stream in streams}
    for written in (set(ROWS), set(table())):
        assert named - written == set(), "events without a row of disclosure"
        assert {name.partition("/")[0] for name in written} - named == set(), "rows without an event"
    for name in ROWS:
        event, _, value = name.partition("/")
        if value:
            assert value in fields_of(EVENTS[event].cls)[VARIANTS[event]].symbols


def test_the_page_gives_the_clause_of_each_row():
    page = DOC.read_text("utf-8")
    for name, row in ROWS.items():
        line = next(line for line in page.splitlines() if f"`{name}`" in line and line.startswith("|"))
        assert line.endswith(f"| {row.source} |"), name


# --- plausible acts of any type ------------------------------------------------------------------------------


def value_of(kind: FieldType, agency: str, about: str) -> Any:
    """The shortest value that a field takes; every agency named is `agency`, every act referred to is `about`."""
    match kind.shape:
        case "string":
            return {
                "id": agency, "amount": "1.00", "digest": "ab" * 32, "key": "ab" * 32, "json": {"note": "文"},
                "moment": "2026-03-02", "label": "1", "number": "号1", "text": "文", "sealed": "sha256:" + "ab" * 32,
            }[kind.form]  # fmt: skip
        case "date":
            return "2026-03-02"
        case "bool":
            return True
        case "int":
            return 1
        case "enum":
            return kind.symbols[0]
        case "ref":
            return about
        case "record":
            assert kind.record is not None
            return data_of(kind.record, agency, about)
        case _:
            assert kind.item is not None
            return [value_of(kind.item, agency, about)]


def names_agency(kind: FieldType) -> bool:
    return "id" in (kind.form, kind.item.form if kind.item else "")


def data_of(cls: type[Any], agency: str, about: str) -> dict[str, Any]:
    """The fields that must be there, and all that name an agency."""
    return {
        name: value_of(kind, agency, about)
        for name, kind in fields_of(cls).items()
        if names_agency(kind) or (not kind.optional and kind.default in (None, ()))
    }


def proposed(
    stream: str, type_: str, author: str, named: str, about: str, number: int, variant: str = ""
) -> Act:
    data = data_of(EVENTS[type_].cls, named, about)
    if variant:
        data[VARIANTS[type_]] = variant
    elif type_ in VARIANTS:  # the first value that has no row of its own
        symbols = fields_of(EVENTS[type_].cls)[VARIANTS[type_]].symbols
        data[VARIANTS[type_]] = next(s for s in symbols if f"{type_}/{s}" not in ROWS)
    received = milliseconds(parse_moment("2026-03-02T10:00:00+08:00"))
    return Act(f"{number:032x}", stream, author, author, f"{author}/1", DAY, received, build(EVENTS[type_].cls, data), number)  # fmt: skip


def added(dossier: Any, act: Act) -> Any:
    """The dossier with one more act that changes nothing else in it."""
    entry = Entry(act, {"case": dossier.id, "act": act.id})
    return replace(dossier, acts=(*dossier.acts, act), entries=(*dossier.entries, entry))


# --- one case with a part for everybody ----------------------------------------------------------------------

ROLES = {
    "nr": {"nr.lhasa", "nr.xizang"},
    "court": {"court.chengguan"},
    "procuratorate": {"procuratorate.lhasa"},
    "police": {"police.lhasa"},
    "government": {"government.chengguan"},
    "executor": {"government.duilong"},
    "assisting": {"police.chengguan"},
    "joint": {"police.duilong", "nr.lhasa", "nr.xizang"},
}
"""By hand: nr.lhasa filed it for a place in Chengguan and applied to Chengguan's basic court; the copies go to its
own level's procuratorate; the ruling names Duilong's government; three matters have one partner each, and the joint
enforcement is the department's own too."""
INSIDE = frozenset().union(*ROLES.values())


@cache
def busy_case() -> Case:
    world = granted(executor="government", executing_agency="government.duilong")
    ruling = world.case.acts[-1].id
    case = world.case
    assert case.rulings[ruling].executing_agency == "government.duilong"
    for number, (kind, by, to) in enumerate(
        [
            ("crime", NR, "police.lhasa"),
            ("assistance", COURT, "police.chengguan"),
            ("joint", NR, "police.duilong"),
        ]
    ):
        id_ = f"{900 + number:032x}"
        case = case.put("matters", id_, Matter(id_, kind, None, by, (to,), DAY, "", ()))
    # the ruling's executor is the government of the place only through the route; here it is named
    return replace(case, rulings={k: replace(r, executor="court") for k, r in case.rulings.items()})


STRANGER = "discipline.dagze"
OUTSIDER = "police.dagze"


def seen_in_full(roles: frozenset[str]) -> set[str]:
    return set().union(*(ROLES[r] for r in roles)) if roles else set()


def test_the_parts_in_the_case_are_those_counted_by_hand():
    found: dict[str, set[str]] = {}
    for viewer in AGENCIES:
        for role in Reader(lhasa(), viewer, busy_case()).roles:
            found.setdefault(role, set()).add(viewer)
    assert found == ROLES


def authors_of(type_: str) -> list[str]:
    """Of each kind that may sign it, one that has a part in the case, where there is one, and one that has none."""
    found = []
    for kind in sorted(EVENTS[type_].by):
        mine = [a for a in AGENCIES if lhasa().agencies[a].kind == kind]
        found += [a for a in mine if a in INSIDE][:1] + [a for a in mine if a not in INSIDE][-1:]
    return found or [a for a in AGENCIES if a.startswith(("court", "police"))][:2]


EVENTS_OF_CASE = sorted(
    {n for n in table() if table()[n] is not None and EVENTS.get(n.partition("/")[0], SimpleNamespace(stream="")).stream == "case"}
    - {"DocumentShared/discipline_referral"}
)  # fmt: skip


@pytest.mark.parametrize("name", EVENTS_OF_CASE)
def test_an_act_of_a_case_is_seen_by_those_whom_the_table_names(name):
    """Its author, whom it is addressed to and the roles of the row see it; others in the case that it is there."""
    type_, _, variant = name.partition("/")
    roles = table()[name]
    assert roles is not None
    addressed = any(names_agency(k) for k in fields_of(EVENTS[type_].cls).values())
    for author in authors_of(type_):
        for to in (STRANGER, "procuratorate.lhasa"):
            act = proposed(f"case/{CASE}", type_, author, to, "0" * 32, 999, variant)
            case = added(busy_case(), act)
            full = seen_in_full(roles) | {author} | ({to} if addressed else set())
            if "nr.lhasa" in full:
                full.add("nr.xizang")  # what the department in charge sees, the one above it sees
            there = INSIDE | {author} | ({to} if addressed else set())
            for viewer in AGENCIES:
                expected = "all" if viewer in full else "existence" if viewer in there else "nothing"
                assert sees(lhasa(), viewer, case, act) == expected, (name, author, to, viewer)


@pytest.mark.parametrize("name", sorted(n for n, roles in table().items() if roles is None))
def test_what_speaks_of_an_act_is_seen_by_whoever_sees_that_act(name):
    for spoken_of in busy_case().acts:
        act = proposed(f"case/{CASE}", name, STRANGER, OUTSIDER, spoken_of.id, 999)
        case = added(busy_case(), act)
        for viewer in AGENCIES:
            of = sees(lhasa(), viewer, case, spoken_of)
            expected = "all" if viewer == STRANGER or of == "all" else of
            assert sees(lhasa(), viewer, case, act) == expected, (spoken_of.type, viewer)


def test_a_correction_of_what_is_not_in_the_case_is_its_authors_alone():
    act = proposed(f"case/{CASE}", "StatementCorrected", STRANGER, STRANGER, "f" * 32, 999)
    case = added(busy_case(), act)
    assert {v for v in AGENCIES if sees(lhasa(), v, case, act) == "all"} == {STRANGER}


def test_a_type_without_a_row_is_its_authors_alone(monkeypatch):
    act = proposed(f"case/{CASE}", "PenaltyDecided", NR, NR, "0" * 32, 999)
    monkeypatch.delitem(ROWS, "PenaltyDecided")
    case = added(busy_case(), act)
    assert {v for v in AGENCIES if sees(lhasa(), v, case, act) == "all"} == {"nr.lhasa", "nr.xizang"}


# --- a shared discipline referral ----------------------------------------------------------------------------


def changed(event: Any, **data: Any) -> Any:
    """The event with other fields, whatever its type."""
    return replace(event, **data)


def shared_referral(*to: str) -> tuple[Case, Act]:
    act = proposed(f"case/{CASE}", "DocumentShared", NR, NR, "0" * 32, 999, "discipline_referral")
    act = replace(act, event=changed(act.event, to=to, document_no="拉自然资移〔2026〕1号"))
    return added(busy_case(), act), act


def test_court_procuratorate_and_police_get_number_and_date_of_a_discipline_referral():
    case, act = shared_referral("discipline.lhasa", COURT, PROCURATORATE, "police.lhasa")
    for viewer in AGENCIES:
        expected = {
            NR: "all", "discipline.lhasa": "all",
            COURT: "number_and_date", PROCURATORATE: "number_and_date", "police.lhasa": "number_and_date",
        }.get(viewer, "existence" if viewer in INSIDE else "nothing")  # fmt: skip
        assert sees(lhasa(), viewer, case, act) == expected, viewer
    assert number_and_date(act) == ("拉自然资移〔2026〕1号", DAY)


def test_its_acknowledgement_and_correction_tell_no_more():
    case, act = shared_referral("discipline.lhasa", COURT)
    for type_, author in (("CopyAcknowledged", COURT), ("StatementCorrected", NR)):
        later = replace(proposed(f"case/{CASE}", type_, author, author, act.id, 1000), index=1000)
        case = added(case, later)
        assert sees(lhasa(), NR, case, later) == "all"
        assert sees(lhasa(), "discipline.lhasa", case, later) == "all"
        assert sees(lhasa(), COURT, case, later) == ("all" if author == COURT else "existence")
        assert sees(lhasa(), PROCURATORATE, case, later) == "existence"


# --- parts come and go ---------------------------------------------------------------------------------------


def test_before_the_application_neither_court_nor_procuratorate_knows_of_the_case():
    world = decided()
    assert {v for v in AGENCIES if visible_acts(lhasa(), v, world.case)} == {
        "nr.lhasa", "nr.xizang", "government.chengguan",
    }  # fmt: skip
    after = applied(world).case
    assert sees_case(lhasa(), COURT, after)
    assert sees_case(lhasa(), PROCURATORATE, after)
    assert not sees_case(lhasa(), "procuratorate.chengguan", after)
    assert not sees_case(lhasa(), "discipline.lhasa", after)


def test_reported_to_another_government_it_sees_the_case():
    world = filed()
    world.act("ViolationReported", NR, "2025-08-02", government=GOVERNMENT, report_no="报1")
    assert sees_case(lhasa(), GOVERNMENT, world.case)
    assert sees_case(lhasa(), "government.chengguan", world.case)
    assert not sees_case(lhasa(), "government.duilong", world.case)


def test_the_government_that_is_to_carry_out_a_ruling_sees_the_case():
    assert sees_case(lhasa(), "government.lhasa", granted().case)  # 裁执分离: that of the applicant's level
    by_court = granted(executor="court").case
    assert not sees_case(lhasa(), "government.lhasa", by_court)
    assert not sees_case(lhasa(), "government.lhasa", accepted().case)


def test_a_report_corrected_away_leaves_the_first_addressee_what_it_was_told_and_no_part():
    world = filed()
    report = world.act(
        "ViolationReported", NR, "2025-08-02", government="government.duilong", report_no="报1"
    )
    made = world.act(
        "StatementCorrected", NR, "2025-08-03", of=report.id, reason="误送", data={"government": GOVERNMENT}
    )
    told = dict(visible_acts(lhasa(), "government.duilong", world.case))
    assert told == {world.case.acts[0]: "existence", report: "all", made: "all"}
    assert not sees_case(lhasa(), "government.duilong", world.case)
    assert sees_case(lhasa(), GOVERNMENT, world.case)


def test_what_is_addressed_anew_by_a_correction_is_told_to_both():
    act = proposed(f"case/{CASE}", "InstructionGiven", "government.lhasa", "court.dagze", "0" * 32, 999)
    case = added(busy_case(), act)
    corrected = Entry(replace(act, event=changed(act.event, to=OUTSIDER)), {"case": CASE, "act": act.id})
    case = replace(case, entries=(*case.entries[:-1], corrected))
    for told in ("court.dagze", OUTSIDER):
        assert sees(lhasa(), told, case, act) == "all"


def test_an_agency_in_another_place_cannot_give_itself_a_part():
    """A court that states a lawsuit of its own sees that statement; one that serves the place sees the case."""
    for court, sees_it in (("court.dagze", False), ("court.chengguan", True), ("court.lhasa", True)):
        world = decided()
        own = world.act("LawsuitFiled", court, "2025-11-01", decision_no=DECISION, court=court)
        assert sees(lhasa(), court, world.case, own) == "all"
        assert sees_case(lhasa(), court, world.case) == sees_it
    world = decided()  # named by the department, any court has a part
    world.act("LawsuitFiled", NR, "2025-11-01", decision_no=DECISION, court="court.dagze")
    assert sees_case(lhasa(), "court.dagze", world.case)


def test_a_suggestion_is_between_the_two_until_the_department_is_told():
    world = accepted()
    issued = world.act(
        "SuggestionIssued",
        "procuratorate.chengguan",
        "2026-02-25",
        suggestion_no="检建1",
        to=COURT,
        subject="court_execution",
    )
    replied = world.act(
        "SuggestionReplied", COURT, "2026-03-02", suggestion_no="检建1", adopted=True, measures="改"
    )
    for act in (issued, replied):
        full = {v for v in AGENCIES if sees(lhasa(), v, world.case, act) == "all"}
        assert full == {"procuratorate.chengguan", PROCURATORATE, COURT}


def test_after_a_transfer_both_departments_and_those_above_see_the_case():
    world = filed()
    world.act("CaseTransferred", NR, "2025-08-05", to="nr.dagze", why="territory")
    assert sees_case(lhasa(), "nr.dagze", world.case)  # it must know what it is to accept
    sent_back = World(CASE, lhasa())
    filed(sent_back)
    sent_back.act("CaseTransferred", NR, "2025-08-05", to="nr.dagze", why="territory")
    sent_back.act("TransferReturned", "nr.dagze", "2025-08-06", why="territory")
    assert not sees_case(lhasa(), "nr.dagze", sent_back.case)
    world.act("TransferAccepted", "nr.dagze", "2025-08-06", new_case_no="达自然资执〔2025〕1号")
    assert {v for v in AGENCIES if sees_case(lhasa(), v, world.case)} == {
        "nr.dagze", "nr.lhasa", "nr.xizang", "government.chengguan",
    }  # fmt: skip


def test_whoever_takes_over_an_agencys_matters_sees_what_it_saw():
    office = Office(lhasa())
    office.act(
        "BoundaryChanged", region="540102", from_agency=COURT, to_agency="court.dagze", on="2026-03-01"
    )
    case = accepted().case
    assert not sees_case(lhasa(), "court.dagze", case)
    assert sees_case(office.registry, "court.dagze", case)
    assert not sees_case(office.registry, "court.duilong", case)


def test_the_one_who_records_for_another_sees_what_it_recorded():
    world = decided()
    act = world.on_behalf(
        "LawsuitFiled", "court.dagze", "nr.lhasa", "2025-11-01", decision_no=DECISION, court="court.dagze"
    )
    assert sees(lhasa(), "nr.lhasa", world.case, act) == "all"
    assert sees(lhasa(), "court.dagze", world.case, act) == "all"


def test_the_operator_sees_all_and_a_stranger_to_the_registry_only_what_is_public():
    case = busy_case()
    assert {s for _, s in visible_acts(lhasa(), "operator", case)} == {"all"}
    assert len(visible_acts(lhasa(), "operator", case)) == len(case.acts)
    assert visible_acts(lhasa(), "nr.nowhere", case) == ()


def test_the_registry_is_public_in_full():
    act = Office(lhasa()).act(
        "RouteSet", region="540100", kind="police", matter="crime", agency="police.lhasa", from_=START
    )
    for viewer in (*AGENCIES, "nr.nowhere"):
        assert sees(lhasa(), viewer, busy_case(), act) == "all"


def test_departments_above_are_departments_and_end():
    assert list(departments_above(lhasa(), "nr.lhasa-park")) == ["nr.lhasa", "nr.xizang"]
    assert list(departments_above(lhasa(), "nr.xizang")) == []
    assert list(departments_above(lhasa(), "court.dagze")) == []
    agencies = dict(lhasa().agencies)
    agencies["nr.xizang"] = replace(agencies["nr.xizang"], parent="nr.dagze")  # a ring ends where it began
    ring = replace(lhasa(), agencies=agencies)
    assert list(departments_above(ring, "nr.dagze")) == ["nr.lhasa", "nr.xizang"]
    agencies["nr.lhasa"] = replace(agencies["nr.lhasa"], parent="government.lhasa")
    under_government = replace(lhasa(), agencies=agencies)
    assert list(departments_above(under_government, "nr.dagze")) == ["nr.lhasa"]


# --- the discipline stream -----------------------------------------------------------------------------------


def clue(sender: str, to: str, passed_to: str | None = None) -> discipline.Referral:
    stream = "discipline/2026-1"
    acts = [proposed(stream, "DisciplineClueReferred", sender, to, "0" * 32, 1)]
    acts.append(proposed(stream, "DisciplineClueReceived", to, to, "0" * 32, 2))
    if passed_to is not None:
        handled = proposed(stream, "DisciplineClueHandled", to, passed_to, "0" * 32, 3)
        acts.append(replace(handled, event=changed(handled.event, disposition="passed_on")))
        acts.append(proposed(stream, "AccountabilityReported", passed_to, sender, "0" * 32, 4))
    return discipline.fold(stream, tuple(acts), lhasa())


# 条款 三（二）-1.1
def test_nobody_but_the_parties_ever_sees_anything_of_a_discipline_stream():
    departments = [a for a in AGENCIES if a.startswith("nr.")]
    commissions = [a for a in AGENCIES if a.startswith("discipline.")]
    for sender in departments:
        for to in commissions:
            for passed_to in (None, next(c for c in commissions if c != to)):
                referral = clue(sender, to, passed_to)
                parties = {sender, to} | ({passed_to} if passed_to else set())
                for viewer in AGENCIES:
                    shown = {sees(lhasa(), viewer, referral, act) for act in referral.acts}
                    assert shown == ({"all"} if viewer in parties else {"nothing"}), (sender, to, viewer)


@pytest.mark.parametrize("type_", sorted(k.name for k in EVENTS.values() if k.stream == "discipline"))
def test_no_type_of_discipline_act_shows_to_those_it_names(type_):
    """Agencies checked, or named in passing, learn of it by other ways than this ledger."""
    referral = clue(NR, "discipline.lhasa")
    act = proposed(referral.id, type_, "discipline.lhasa", "nr.dagze", "0" * 32, 9)
    referral = added(referral, act)
    shown = {v: sees(lhasa(), v, referral, act) for v in AGENCIES}
    assert {v for v, s in shown.items() if s != "nothing"} == {NR, "discipline.lhasa"}


def test_taking_over_another_agencys_matters_opens_no_discipline_stream():
    office = Office(lhasa())
    for kind in ("nr", "discipline"):
        office.act("BoundaryChanged", region="540100", from_agency=f"{kind}.lhasa", to_agency=f"{kind}.dagze", on="2026-03-01")  # fmt: skip
    referral = clue(NR, "discipline.lhasa")
    for viewer in ("nr.dagze", "discipline.dagze"):
        assert visible_acts(office.registry, viewer, referral) == ()


def test_a_check_is_known_to_discipline_inspection_alone():
    act = proposed("discipline/2026-2", "DisciplineCheckOpened", "discipline.lhasa", NR, "0" * 32, 1)
    check = discipline.fold("discipline/2026-2", (act,), lhasa())
    assert {v for v in AGENCIES if visible_acts(lhasa(), v, check)} == {"discipline.lhasa"}


# --- meetings, reconciliations, the mechanism ----------------------------------------------------------------


def meeting(convener: str, *attendees: str) -> meetings.Meeting:
    act = proposed("meeting/2026-1", "MeetingConvened", convener, attendees[0], "0" * 32, 1)
    data: dict[str, Any] = {"attendees": attendees, "agenda": ()}
    act = replace(act, event=changed(act.event, region=None, **data))
    return meetings.fold("meeting/2026-1", (act,), lhasa())


@pytest.mark.parametrize("type_", sorted(k.name for k in EVENTS.values() if k.stream == "meeting"))
def test_a_meeting_is_seen_by_its_attendees_and_the_regions_agencies(type_):
    held = meeting("nr.chengguan", "court.duilong")
    act = proposed(held.id, type_, "nr.chengguan", "court.duilong", "0" * 32, 9)
    held = added(held, act)
    region = {a for a in AGENCIES if a.endswith(".chengguan")}
    invited = {"nr.chengguan", "court.duilong"}
    for viewer in AGENCIES:
        wanted = ({"region"} if viewer in region else set()) | ({"attendee"} if viewer in invited else set())
        expected = "all" if wanted & (table()[type_] or set()) else "existence" if wanted else "nothing"
        assert sees(lhasa(), viewer, held, act) == expected, viewer


@pytest.mark.parametrize("type_", sorted(k.name for k in EVENTS.values() if k.stream == "reconciliation"))
def test_a_reconciliation_is_seen_by_its_agencies_and_the_department_above(type_):
    act = proposed("reconciliation/1", "ReconciliationOpened", "nr.chengguan", COURT, "0" * 32, 1)
    opened = reconciling.fold("reconciliation/1", (act,), lhasa())
    later = proposed(opened.id, type_, "nr.chengguan", COURT, "0" * 32, 9)
    opened = added(opened, later)
    seen = {v for v in AGENCIES if sees(lhasa(), v, opened, later) == "all"}
    assert seen == {"nr.chengguan", COURT, "nr.lhasa", "nr.xizang"}
    assert {v for v in AGENCIES if visible_acts(lhasa(), v, opened)} == seen


def test_what_a_region_owes_is_seen_by_its_agencies():
    region = mechanism.Mechanism(mechanism.PREFIX + "540102")
    duty: Any = SimpleNamespace(holder="nr.chengguan", recipients=("court.duilong",))
    seen = {v for v in AGENCIES if sees_duty(lhasa(), v, region, duty)}
    assert seen == {a for a in AGENCIES if a.endswith(".chengguan")} | {"court.duilong"}


# --- an agency elsewhere -------------------------------------------------------------------------------------


def with_more(region: str) -> Registry:
    """One more agency of every kind, in another region."""
    office = Office(lhasa())
    for kind in sorted({a.kind for a in lhasa().agencies.values()} | {"inspectorate", "township", "audit"}):
        level = "township" if kind == "township" else "county"
        office.act("AgencyRegistered", id=f"{kind}.new", kind=kind, name=f"新{kind}", level=level, region=region,
                   root_key_id=f"{kind}.new".encode().hex().ljust(64, "0"))  # fmt: skip
    return office.registry


@pytest.mark.parametrize("region", ["540200", "540105"])
def test_one_more_agency_in_another_region_sees_nothing_and_changes_nothing(region):
    more = with_more(region)
    new = [a for a in more.agencies if a.endswith(".new")]
    dossiers: list[Any] = [
        busy_case(), decided().case, clue(NR, "discipline.lhasa"), meeting("nr.chengguan", "court.duilong"),
    ]  # fmt: skip
    for dossier in dossiers:
        for viewer in new:
            assert visible_acts(more, viewer, dossier) == ()
        for viewer in AGENCIES:
            assert visible_acts(more, viewer, dossier) == visible_acts(lhasa(), viewer, dossier)


# --- duties --------------------------------------------------------------------------------------------------


def shown_duties(world: World, viewer: str) -> set[str]:
    reader = Reader(world.registry, viewer, world.case)
    return {d.row.id for d in world.duties() if reader.sees_duty(d)}


def test_a_duty_is_shown_to_its_holder_its_recipient_and_the_department_above():
    world = accepted()
    for duty in world.duties():
        for agency in (duty.holder, *duty.recipients):
            if agency in AGENCIES:
                assert sees_duty(lhasa(), agency, world.case, duty), (duty.row.id, agency)
    assert shown_duties(world, "nr.xizang") >= shown_duties(world, NR)


def test_the_court_does_not_learn_from_a_duty_what_goes_to_the_procuratorate():
    world = accepted()
    assert "copy_application_to_procuratorate" in shown_duties(world, PROCURATORATE)
    assert "copy_application_to_procuratorate" not in shown_duties(world, COURT)
    assert shown_duties(world, "police.dagze") == set()


def test_how_a_duty_stands_tells_nothing_that_the_acts_do_not():
    """Whoever is neither holder nor recipient sees each act that moved it in full."""
    world = accepted()
    world.act("ApplicationCopied", NR, "2026-02-12", application=APPLICATION, materials=[{"title": "申请书"}])
    by_id = {act.id: act for act in world.case.acts}
    for viewer in AGENCIES:
        reader = Reader(lhasa(), viewer, world.case)
        for duty in world.duties():
            if reader.sees_duty(duty) and not {viewer, NR} & {duty.holder, *duty.recipients}:
                for act in (duty.opened_by, duty.discharged_by, duty.cancelled_by):
                    assert act is None or reader.sees(by_id[act]) == "all", (duty.row.id, viewer)


def test_a_duty_that_was_escalated_is_shown_to_whom_it_reached():
    world = accepted()
    duty = world.duty("copy_application_to_procuratorate")
    assert not sees_duty(lhasa(), "discipline.lhasa", world.case, duty)
    assert sees_duty(lhasa(), "discipline.lhasa", world.case, duty, escalated=("discipline.lhasa",))
    assert not sees_duty(lhasa(), "discipline.dagze", world.case, duty, escalated=("discipline.lhasa",))


def test_a_duty_of_a_discipline_stream_is_its_parties_business_whoever_it_names():
    referral = clue(NR, "discipline.lhasa")
    duty: Any = SimpleNamespace(
        holder="discipline.lhasa", recipients=(COURT, PROCURATORATE), opened_by=referral.acts[0].id
    )
    assert {v for v in AGENCIES if sees_duty(lhasa(), v, referral, duty, escalated=("court.lhasa",))} == {
        NR, "discipline.lhasa",
    }  # fmt: skip
