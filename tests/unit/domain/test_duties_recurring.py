"""What is owed again and again, by several, to several, and by the hour. Each test writes its own row of a pack.

Working days of 2026 (国办发明电〔2025〕7号): 15–23 February off, Saturdays the 14th and 28th worked; 4–6 April and 1–5 May off.
"""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from domain import mechanism, meetings, reconciling
from domain.acts import Act
from domain.duties import Duty, Pack, Row, Rules, Standing, count_of, duties_of, escalated, state
from domain.entries import Copy
from domain.terms import Term
from domain.values import SHANGHAI, parse_moment
from tests.papers import REPORT, of_papers, pack, paper, registry_with, rules_of
from tests.streams import Stream
from tests.worlds import (
    APPLICATION,
    COURT,
    DECISION,
    GOVERNMENT,
    NR,
    PROCURATORATE,
    RULING,
    START,
    Office,
    World,
    adopt,
    applied,
    calendar,
    day,
    decided,
    filed,
    founded,
)

MATERIALS = [{"title": "强制执行申请书"}]
FIVE = ["nr", "discipline", "court", "procuratorate", "police"]


def world(*rows: str) -> World:
    of = pack(*rows)
    return World(registry=registry_with(of), packs=(of,))


def days(duties: list[Duty], name: str) -> list[str | None]:
    found = [getattr(d, name) for d in duties]
    return [str(d) if d is not None else None for d in found]


# --- once in each period ------------------------------------------------------------------------------------

MEETING = """
id = "meet"
computed = "PeriodOpened"
period = "half_year"
levels = ["city"]
holder = "nr"
recipient = ["discipline", "court", "procuratorate", "police"]
discharged_by = [{ event = "MeetingHeld", where = { kind = ["regular"] } }]
escalation = [{ after = 1, to = "deputy" }, { after = 3, to = "head" }, { after = 7, to = "discipline" }]
"""


def met(
    of: Pack,
    held: str | None = None,
    *,
    kind: str = "regular",
    region: str = "540100",
    actor: str = NR,
    **how: Any,
) -> tuple[Any, Rules]:
    """The mechanism of a region with one meeting."""
    registry = registry_with(of, **how)
    acts: list[Act] = []
    if held is not None:
        stream = Stream(meetings, "meeting/1", registry)
        agenda = [{"class": "通报", "text": "进展"}]
        stream.act(
            "MeetingConvened", actor, "2026-01-05", kind=kind, agenda=agenda, attendees=[COURT], on=held
        )
        stream.act("MeetingHeld", actor, held, attended=[COURT])
        acts = list(stream.dossier.acts)
    founding = Office(founded())
    adopted = founding.act(
        "PackAdopted", pack=of.id, version=of.version, digest=of.digest, region="540100", from_=START
    )
    return mechanism.fold(f"region/{region}", (adopted, *acts), registry), rules_of(registry, of)


def owed(dossier: Any, rules: Rules, on: str) -> list[tuple[str, str | None, str]]:
    found = duties_of(dossier, rules, day(on))
    return [(str(d.due_on), _text(d.discharged_on), state(d, day(on), rules).state) for d in found]


def _text(d: date | None) -> str | None:
    return None if d is None else str(d)


def test_what_discipline_inspection_owes_is_pending_and_never_overdue():
    """No text binds it to answer by a day; the same row makes the police late."""
    inspection, police = (
        MEETING.replace('holder = "nr"', f'holder = "{kind}"') for kind in ("discipline", "police")
    )
    assert owed(*met(pack(inspection), valid_from="2026-01-01"), "2026-07-10")[0] == (
        "2026-06-30",
        None,
        "open",
    )
    assert owed(*met(pack(police), valid_from="2026-01-01"), "2026-07-10")[0] == (
        "2026-06-30",
        None,
        "overdue",
    )


def test_periods_long_past_are_not_listed():
    """Ten years back from the year asked for: of two half-years a year from 2040 on, and the first of 2050."""
    found = owed(*met(pack(MEETING), valid_from="2026-01-01"), "2050-03-01")
    assert len(found) == 21
    assert found[0] == ("2040-06-30", None, "overdue")
    assert found[-1] == ("2050-06-30", None, "open")


def test_a_meeting_on_the_last_day_of_the_half_year_is_in_time_and_one_the_day_after_is_the_next_ones():
    # 30 June 2026 is a Tuesday, 1 July a Wednesday
    assert owed(*met(pack(MEETING), "2026-06-30", valid_from="2026-01-01"), "2026-07-01") == [
        ("2026-06-30", "2026-06-30", "discharged"), ("2026-12-31", None, "open"),
    ]  # fmt: skip
    assert owed(*met(pack(MEETING), "2026-07-01", valid_from="2026-01-01"), "2026-07-01") == [
        ("2026-06-30", None, "overdue"), ("2026-12-31", "2026-07-01", "discharged"),
    ]  # fmt: skip


def test_each_half_year_since_the_adoption_that_has_begun_is_there():
    dossier, rules = met(pack(MEETING))
    # adopted on 1 January 2024: two halves of 2024, two of 2025, and the first of 2026
    duties = list(duties_of(dossier, rules, day("2026-06-30")))
    assert days(duties, "opened_on") == ["2024-01-01", "2024-07-01", "2025-01-01", "2025-07-01", "2026-01-01"]
    assert len({d.id for d in duties}) == 5
    assert duties_of(dossier, rules) == ()  # of no day in particular, no period has begun


def test_a_period_that_was_running_when_the_pack_was_adopted_is_not_owed():
    assert owed(*met(pack(MEETING), valid_from="2026-02-01"), "2026-06-30") == []
    assert owed(*met(pack(MEETING), valid_from="2026-02-01"), "2026-07-01") == [("2026-12-31", None, "open")]


def test_of_the_half_year_now_running_it_is_open_from_the_first_day_on():
    dossier, rules = met(pack(MEETING), valid_from="2026-01-01")
    (duty,) = duties_of(dossier, rules, day("2026-01-01"))
    assert state(duty, day("2026-01-01"), rules).state == "open"
    assert (duty.holder, duty.case, duty.evidence) == (NR, "region/540100", "signed")
    assert duty.recipients == ("discipline.lhasa", "court.lhasa", PROCURATORATE, "police.lhasa")
    counted = count_of(duty, rules.calendar)
    assert counted is not None
    assert [d.why for d in counted.days] == ["上半年首日", "上半年末日"]
    # by 25 June there are 3 working days left: 26, 29, 30
    assert state(duty, day("2026-06-25"), rules) == Standing("due_soon", 3, 0)
    assert state(duty, day("2026-06-24"), rules) == Standing("open", 4, 0)


def test_only_where_the_department_is_of_that_level():
    assert owed(*met(pack(MEETING), region="540102"), "2026-06-30") == []
    county = pack(MEETING.replace('["city"]', '["county", "park"]'))
    assert len(owed(*met(county, region="540102"), "2024-06-30")) == 1
    assert owed(*met(county), "2024-06-30") == []


def test_a_meeting_of_another_kind_or_another_region_is_not_it():
    assert owed(*met(pack(MEETING), "2026-06-03", kind="ad_hoc", valid_from="2026-01-01"), "2026-06-30") == [
        ("2026-06-30", None, "due_soon")
    ]
    dossier, rules = met(pack(MEETING), "2026-06-03", actor="nr.chengguan", valid_from="2026-01-01")
    assert owed(dossier, rules, "2026-06-30") == [("2026-06-30", None, "due_soon")]


def test_as_of_a_day_before_the_meeting_it_was_still_owed():
    dossier, rules = met(pack(MEETING), "2026-06-03", valid_from="2026-01-01")
    assert owed(dossier, rules, "2026-06-02") == [("2026-06-30", None, "open")]
    assert owed(dossier, rules, "2026-06-03") == [("2026-06-30", "2026-06-03", "discharged")]


def test_a_new_version_of_the_pack_is_followed_from_the_next_period_on():
    old = pack(MEETING)
    new = replace(
        old, version="2", digest="9" * 64, rows=tuple(replace(r, period="quarter") for r in old.rows)
    )
    office = Office(founded())
    adopt(office, old, valid_from="2025-01-01")
    adopt(office, new, valid_from="2026-01-01")
    dossier, _ = met(old)
    rules = Rules(office.registry, calendar(), {p.digest: p for p in (old, new)})
    found = [(str(d.opened_on), str(d.due_on)) for d in duties_of(dossier, rules, day("2026-04-01"))]
    assert found == [
        ("2025-01-01", "2025-06-30"),
        ("2025-07-01", "2025-12-31"),
        ("2026-01-01", "2026-03-31"),
        ("2026-04-01", "2026-06-30"),
    ]


def test_who_reads_of_a_missed_meeting_by_working_days():
    dossier, rules = met(pack(MEETING), valid_from="2026-01-01")
    (duty, *_) = duties_of(dossier, rules, day("2026-06-30"))

    def told(on: str) -> list[str]:
        return [step.to for step in escalated(duty, state(duty, day(on), rules))]

    # July 2026: Wednesday the 1st is the first working day late; 1, 2, 3 | 6, 7, 8, 9
    assert told("2026-06-30") == []
    assert told("2026-07-01") == ["deputy"]
    assert told("2026-07-02") == ["deputy"]
    assert told("2026-07-05") == ["deputy", "head"]
    assert told("2026-07-08") == ["deputy", "head"]
    assert told("2026-07-09") == ["deputy", "head", "discipline"]


RECONCILE = f"""
id = "reconcile"
computed = "PeriodOpened"
period = "quarter"
holder = {FIVE}
discharged_by = ["AccountConfirmed", "DifferenceRaised"]
"""


def test_what_each_of_several_owes_only_its_own_act_discharges():
    of = pack(RECONCILE)
    registry = registry_with(of, valid_from="2026-04-01")
    stream = Stream(reconciling, "reconciliation/1", registry)
    stream.act(
        "ReconciliationOpened", NR, "2026-06-01", from_="2026-04-01", to="2026-06-30", agencies=["court.lhasa", NR],
    )  # fmt: skip
    stream.act("AccountConfirmed", "court.lhasa", "2026-06-02", agency="court.lhasa", digest="ab" * 32)
    dossier = mechanism.fold("region/540100", stream.dossier.acts, registry)
    done = {
        d.holder: _text(d.discharged_on)
        for d in duties_of(dossier, rules_of(registry, of), day("2026-06-30"))
    }
    assert done == {
        NR: None, "discipline.lhasa": None, "court.lhasa": "2026-06-02", PROCURATORATE: None, "police.lhasa": None,
    }  # fmt: skip


def test_where_one_of_several_cannot_be_told_it_is_shown_as_unrouted():
    dossier, rules = met(pack(RECONCILE), region="540199", valid_from="2026-04-01")
    # the park has a department and no other of the five, and no routes
    holders = [d.holder for d in duties_of(dossier, rules, day("2026-06-30"))]
    assert holders == ["nr.lhasa-park", "unrouted"]


# --- again after an interval --------------------------------------------------------------------------------

TRACK = """
id = "track"
subject = "application"
trigger = ["EnforcementApplied"]
holder = "nr"
recipient = "court"
term = { number = 30, unit = "day" }
repeat = { number = 15, unit = "day" }
discharged_by = ["ApplicationCopied"]
cancelled_by = ["ApplicationWithdrawn"]
"""
COPY: dict[str, Any] = {"application": APPLICATION, "materials": MATERIALS}


def tracked(*done: str, row: str = TRACK) -> World:
    found = applied(decided(world(row)), "2026-01-20")
    for on in done:
        found.act("ApplicationCopied", NR, on, **COPY)
    return found


def rounds(found: World, on: str | None = None) -> list[tuple[int, str | None, str | None, str | None]]:
    return [(d.round, _text(d.opened_on), _text(d.due_on), _text(d.discharged_on)) for d in found.duties(on)]


def test_the_next_one_opens_on_the_day_the_last_one_was_done():
    # 20 January and 30 days: 11 in January, 19 February, in the Spring Festival: Tuesday the 24th. Done on 10 February;
    # 15 days: the 25th. Done on 2 March; 15 days: Tuesday the 17th
    found = tracked("2026-02-10", "2026-03-02")
    assert rounds(found) == [
        (1, "2026-01-20", "2026-02-24", "2026-02-10"), (2, "2026-02-10", "2026-02-25", "2026-03-02"),
        (3, "2026-03-02", "2026-03-17", None),
    ]  # fmt: skip
    assert [state(d, day("2026-03-18"), found.rules).state for d in found.duties()] == [
        "discharged", "discharged_late", "overdue",
    ]  # fmt: skip
    assert len({d.id for d in found.duties()}) == 3
    assert [d.term.number for d in found.duties()] == [30, 15, 15]
    counted = count_of(found.duties()[1], found.rules.calendar)
    assert counted is not None
    assert str(counted.due_on) == "2026-02-25"


def test_as_of_a_day_only_what_had_been_done_by_then_has_opened_the_next():
    found = tracked("2026-02-10", "2026-03-02")
    assert rounds(found, "2026-03-01")[-1] == (2, "2026-02-10", "2026-02-25", None)
    assert rounds(found, "2026-02-09") == [(1, "2026-01-20", "2026-02-24", None)]


def test_a_cancelling_act_ends_the_one_that_is_open_and_lets_no_other_begin():
    found = tracked("2026-02-10")
    found.act("ApplicationWithdrawn", NR, "2026-02-12")
    assert [(d.round, _text(d.cancelled_on)) for d in found.duties()] == [(1, None), (2, "2026-02-12")]
    same_day = tracked()
    same_day.act("ApplicationWithdrawn", NR, "2026-02-10")
    same_day.act("ApplicationCopied", NR, "2026-02-10", **COPY)
    assert [(d.round, _text(d.discharged_on)) for d in same_day.duties()] == [(1, "2026-02-10")]


def test_what_recurs_at_no_number_of_days_has_no_last_day():
    row = TRACK.replace('{ number = 15, unit = "day" }', '{ unit = "promptly" }')
    assert rounds(tracked("2026-02-10", row=row))[1] == (2, "2026-02-10", None, None)


def test_recorded_out_of_order_they_follow_each_other_by_their_days():
    found = tracked()
    found.act("ApplicationCopied", NR, "2026-03-02", "2026-03-02", **COPY)
    earlier = found.act("ApplicationCopied", NR, "2026-02-10", "2026-03-05", **COPY)
    # told on 5 March, it counts by the recipient's word for 10 February
    found.act("CopyAcknowledged", PROCURATORATE, "2026-03-06", of=earlier.id, received_on="2026-02-10")
    assert [r[3] for r in rounds(found)] == ["2026-02-10", "2026-03-02", None]


# --- several recipients -------------------------------------------------------------------------------------

SHARE = """
id = "share"
subject = "application"
trigger = ["EnforcementApplied"]
holder = "nr"
recipient = ["procuratorate", "police"]
to_recipient_only = true
term = { number = 7, unit = "working_day" }
discharged_by = ["ApplicationCopied"]
"""


def test_one_duty_to_several_is_done_when_the_last_of_them_has_it():
    found = applied(decided(world(SHARE)), "2026-01-20")
    assert found.duty("share").recipients == (PROCURATORATE, "police.lhasa")
    found.act("ApplicationCopied", NR, "2026-01-22", to=PROCURATORATE, **COPY)
    assert found.duty("share").discharged_on is None
    found.act("ApplicationCopied", NR, "2026-01-23", to="procuratorate.chengguan", **COPY)
    assert found.duty("share").discharged_on is None


REPORTED = """
id = "told"
subject = "report"
trigger = ["ViolationReported"]
holder = "nr"
recipient = ["discipline", "court", "police"]
not_to = "author_and_copied"
to_recipient_only = true
term = { unit = "promptly" }
discharged_by = ["MeasuresTaken"]
"""


def test_nothing_is_owed_to_whoever_made_the_document_or_has_it():
    made = paper(1, "ViolationReported", "court.lhasa", "2026-03-02", data=REPORT, subjects={"report": "r"})
    made = replace(made, act=replace(made.act, id="r"))
    (duty,), _ = of_papers(REPORTED, made)
    assert duty.recipients == ("discipline.lhasa", "police.lhasa")  # the court wrote it
    copied = {"r:police.lhasa": Copy("r", "ViolationReported", NR, "police.lhasa", (), day("2026-03-02"))}
    (duty,), _ = of_papers(REPORTED, made, copies=copied)
    assert duty.recipients == ("discipline.lhasa",)
    both = {**copied, "r:d": Copy("r", "ViolationReported", NR, "discipline.lhasa", (), day("2026-03-02"))}
    assert of_papers(REPORTED, made, copies=both)[0] == []


def test_one_act_to_several_reaches_all_of_them():
    made = paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT)
    told = ("discipline.lhasa", "court.lhasa")
    first = paper(2, "MeasuresTaken", NR, "2026-03-03", data={"measures": "m"}, facts={"to": told})
    last = paper(3, "MeasuresTaken", NR, "2026-03-09", data={"measures": "m"}, to="police.lhasa")
    assert days(of_papers(REPORTED, made, first)[0], "discharged_on") == [None]
    assert days(of_papers(REPORTED, made, first, last)[0], "discharged_on") == ["2026-03-09"]


# --- several holders ----------------------------------------------------------------------------------------

ANSWER = """
id = "answer"
subject = "report"
trigger = ["ViolationReported"]
holder = "addressee"
recipient = "sender"
term = { number = 5, unit = "working_day" }
discharged_by = ["MeasuresTaken"]
"""


def test_each_of_several_addressees_owes_one_and_only_its_own_act_discharges_it():
    to = {"to": ("police.lhasa", GOVERNMENT)}
    asked = paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT, facts=to)
    done = paper(2, "MeasuresTaken", GOVERNMENT, "2026-03-03", data={"measures": "m"})
    found, _ = of_papers(ANSWER, asked, done)
    assert [(d.holder, _text(d.discharged_on)) for d in found] == [
        ("police.lhasa", None),
        (GOVERNMENT, "2026-03-03"),
    ]


def test_several_holders_of_one_row_are_not_served_by_one_act():
    row = ANSWER.replace('"addressee"', '["police", "government"]')
    done = paper(2, "MeasuresTaken", GOVERNMENT, "2026-03-03", data={"measures": "m"})
    found, _ = of_papers(row, paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT), done)
    assert [(d.holder, _text(d.discharged_on)) for d in found] == [
        ("police.lhasa", None),
        (GOVERNMENT, "2026-03-03"),
    ]


# --- hours and moments --------------------------------------------------------------------------------------

HOURS = Row(
    id="hours", name_zh="二十四小时内", kind="duty", subject="report", holders=("nr",), recipients=("police",),
    term=Term(24, "hour"), source="办法 §2", triggers=pack(ANSWER).rows[0].triggers, anchor="at",
    discharged_by=pack(TRACK).rows[0].discharged_by,
)  # fmt: skip
AT = "2026-03-06T20:30:00+08:00"


@pytest.mark.parametrize(
    ("done_at", "late"), [("2026-03-07T21:00:00+08:00", False), ("2026-03-07T21:00:01+08:00", True)]
)
def test_what_is_done_by_recording_it_is_late_by_the_moment(done_at, late):
    # half past eight on Friday evening: from 21:00, twenty-four hours, Saturday 21:00
    asked = paper(1, "ViolationReported", NR, "2026-03-06", data=REPORT, facts={"at": (AT,)})
    copied = {"materials": MATERIALS}
    done = paper(2, "ApplicationCopied", NR, "2026-03-07", received=done_at, data=copied)
    (duty,), rules = of_papers(HOURS, asked, done)
    assert duty.due_at == datetime(2026, 3, 7, 21, tzinfo=SHANGHAI)
    assert duty.discharged_at == parse_moment(done_at)
    assert (duty.due_on, duty.late) == (day("2026-03-07"), late)
    assert state(duty, day("2026-03-07"), rules).state == ("discharged_late" if late else "discharged")
    counted = count_of(duty, rules.calendar)
    assert counted is not None
    assert [d.why for d in counted.days] == ["20:30的次一整时21:00起算，计3小时", "计21小时，21:00届满"]


def test_what_was_done_elsewhere_has_only_a_day_and_is_in_time_on_the_last():
    asked = paper(1, "ViolationReported", NR, "2026-03-06", data=REPORT, facts={"at": (AT,)})
    row = replace(HOURS, discharged_by=pack(ANSWER).rows[0].discharged_by)
    done = {"measures": "m"}
    in_time = paper(2, "MeasuresTaken", NR, "2026-03-07", received="2026-03-09T09:00:00+08:00", data=done)
    (duty,), _ = of_papers(row, asked, in_time)
    assert (duty.discharged_at, duty.late) == (None, False)
    (duty,), _ = of_papers(row, asked, paper(2, "MeasuresTaken", NR, "2026-03-08", data=done))
    assert duty.late


def test_a_day_without_an_hour_counts_from_its_end():
    asked = paper(1, "ViolationReported", NR, "2026-03-06", data=REPORT, facts={"at": ("2026-03-06",)})
    (duty,), _ = of_papers(HOURS, asked)
    assert (duty.due_at, duty.due_on) == (datetime(2026, 3, 8, tzinfo=SHANGHAI), day("2026-03-07"))


def test_a_moment_named_by_the_act_is_itself_the_last_one():
    row = replace(HOURS, anchor="trigger", fixed_by="at", term=Term(None, "promptly"))
    asked = paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT, facts={"at": (AT,)})
    (duty,), rules = of_papers(row, asked)
    assert (duty.due_on, duty.due_at) == (day("2026-03-06"), parse_moment(AT))
    assert state(duty, day("2026-03-07"), rules).state == "overdue"
    (duty,), _ = of_papers(row, paper(1, "ViolationReported", NR, "2026-03-02", data=REPORT))
    assert (duty.due_on, duty.due_at) == (None, None)  # where it names none, the row's own term counts


# --- suspension, extension, cancellation in every unit -----------------------------------------------------------

STOPPABLE = """
id = "stoppable"
subject = "ruling"
trigger = ["EnforcementGranted"]
holder = "court"
recipient = "nr"
discharged_by = ["ExecutionCompleted"]
suspended_by = ["ExecutionSuspended"]
resumed_by = ["ExecutionResumed"]
cancelled_by = ["ExecutionTerminated"]
"""
UNITS = [
    # granted on Monday 2 March 2026; stopped from the 11th, resumed on the 16th: five days do not count
    ('{ number = 240, unit = "hour" }', "2026-03-17"),  # 3 to 10 March: 8 days; 16 and 17: 2 days
    # 3, 4, 5, 6, 9, 10 March: six; 16, 17, 18, 19
    ('{ number = 10, unit = "working_day" }', "2026-03-19"),
    ('{ number = 10, unit = "day" }', "2026-03-17"),  # the 12th, and five more
    ('{ number = 1, unit = "half_month" }', "2026-03-23"),  # the 17th; the 22nd is a Sunday: the 23rd
    ('{ number = 1, unit = "month" }', "2026-04-07"),  # 2 April; 7 April, a Tuesday
    ('{ number = 1, unit = "quarter" }', "2026-06-08"),  # 2 June; Sunday the 7th: Monday the 8th
    ('{ number = 1, unit = "half_year" }', "2026-09-07"),  # 2 September; the 7th, a Monday
    ('{ number = 1, unit = "year" }', "2027-03-08"),  # 2 March 2027; Sunday the 7th: Monday the 8th
    ('{ unit = "fixed_date", month = 3, day = 13 }', "2026-03-16"),  # waited out
    ('{ unit = "fixed_date", month = 3, day = 20 }', "2026-03-20"),
]


@pytest.mark.parametrize(("term", "due_on"), UNITS)
def test_a_term_in_any_unit_stands_still_while_it_is_suspended(term, due_on):
    found = applied(decided(world(f"{STOPPABLE}term = {term}")), "2026-01-20")
    found.act("EnforcementAccepted", COURT, "2026-01-23", review_case_no="行审1")
    found.act("EnforcementGranted", COURT, "2026-03-02", ruling_no=RULING, executor="court")
    found.act("ExecutionSuspended", COURT, "2026-03-11", reasons="异议")
    assert found.duty("stoppable").due_on is None
    assert found.standing("stoppable", "2026-03-12").state == "suspended"
    found.act("ExecutionResumed", COURT, "2026-03-16")
    assert _text(found.duty("stoppable").due_on) == due_on
    found.act("ExecutionTerminated", COURT, "2026-03-17", reasons="无标的")
    assert found.standing("stoppable", "2026-03-17").state == "cancelled"


def test_a_right_whose_time_has_passed_has_lapsed_and_nobody_is_late():
    row = STOPPABLE.replace('"stoppable"', '"right"\nkind = "window"\nloses_right = true')
    found = applied(decided(world(row + 'term = { number = 24, unit = "hour" }')), "2026-01-20")
    found.act("EnforcementAccepted", COURT, "2026-01-23", review_case_no="行审1")
    found.act("EnforcementGranted", COURT, "2026-03-02", ruling_no=RULING, executor="court")
    assert found.standing("right", "2026-03-03").state == "due_soon"
    assert found.standing("right", "2026-03-04").state == "cancelled"
    found.act("ExecutionCompleted", COURT, "2026-03-05", result="full")
    assert not found.duty("right").late


def test_a_duty_that_ended_while_it_was_late_keeps_its_lateness():
    found = applied(decided(world(STOPPABLE + 'term = { number = 1, unit = "working_day" }')), "2026-01-20")
    found.act("EnforcementAccepted", COURT, "2026-01-23", review_case_no="行审1")
    found.act("EnforcementGranted", COURT, "2026-03-02", ruling_no=RULING, executor="court")
    found.act("ExecutionTerminated", COURT, "2026-03-06", reasons="无标的")
    assert found.standing("stoppable", "2026-03-10") == Standing("cancelled", 0, 3)  # 4, 5, 6 March


# --- a case that changes hands ----------------------------------------------------------------------------------

DECIDE = """
id = "decide"
subject = "case"
trigger = ["CaseFiled"]
holder = "nr"
recipient = "party"
term = { number = 10, unit = "working_day" }
discharged_by = ["PenaltyDecided"]
"""


def moved(accepted_on: str, *, decided_on: str | None = None) -> World:
    """Filed by the city on Friday 2026-01-09: ten working days end on Friday the 23rd."""
    found = filed(world(DECIDE), "2026-01-09")
    found.act("CaseTransferred", NR, "2026-01-12", to="nr.chengguan", why="level")
    found.act("TransferAccepted", "nr.chengguan", accepted_on)
    if decided_on is not None:
        items = [{"kind": "demolish"}]
        found.act("PenaltyDecided", "nr.chengguan", decided_on, decision_no=DECISION, items=items)
    return found


def held(found: World, on: str) -> list[tuple[str, str, int]]:
    standing = [(d.holder, state(d, day(on), found.rules)) for d in found.duties(on)]
    return [(holder, s.state, s.overdue_working_days) for holder, s in standing]


def test_what_is_still_owed_moves_with_the_case_on_the_day_it_is_accepted():
    found = moved("2026-01-15", decided_on="2026-01-28")
    assert held(found, "2026-01-14") == [(NR, "open", 0)]
    assert held(found, "2026-01-15") == [("nr.chengguan", "open", 0)]
    assert held(found, "2026-01-28") == [("nr.chengguan", "discharged_late", 3)]  # 26, 27, 28


def test_lateness_up_to_then_stays_with_the_one_before():
    found = moved("2026-01-27", decided_on="2026-01-29")
    # late by Monday the 26th and Tuesday the 27th with the city; by the 28th and 29th with the county
    assert held(found, "2026-01-28") == [(NR, "cancelled", 2), ("nr.chengguan", "overdue", 1)]
    assert held(found, "2026-01-29") == [(NR, "cancelled", 2), ("nr.chengguan", "discharged_late", 2)]


def test_what_was_done_before_stays_where_it_was_done():
    found = filed(world(DECIDE), "2026-01-09")
    found.act("PenaltyDecided", NR, "2026-01-12", decision_no=DECISION, items=[{"kind": "demolish"}])
    found.act("CaseTransferred", NR, "2026-01-12", to="nr.chengguan", why="level")
    found.act("TransferAccepted", "nr.chengguan", "2026-01-15")
    assert held(found, "2026-01-20") == [(NR, "discharged", 0)]


def test_what_others_owe_the_department_they_owe_its_successor():
    row = DECIDE.replace('"nr"', '"court"').replace('"party"', '"nr"')
    found = filed(world(row), "2026-01-09")
    assert found.duty("decide").recipients == (NR,)
    found.act("CaseTransferred", NR, "2026-01-12", to="nr.chengguan", why="level")
    found.act("TransferAccepted", "nr.chengguan", "2026-01-15")
    assert found.duty("decide").recipients == ("nr.chengguan",)
    assert found.duty("decide", "2026-01-14").recipients == (NR,)


def test_a_handover_announced_ahead_moves_nothing_before_its_day():
    """The party's term runs by the calendar of the region in charge: the city's until June, then the district's."""
    of = pack(
        DECIDE.replace('"decide"', '"perform"').replace('"party"', '"court"').replace('"nr"', '"party"')
    )
    office = Office(registry_with(of))
    change = {"region": "540102", "from_agency": NR, "to_agency": "nr.chengguan", "on": "2026-06-01"}
    office.act("BoundaryChanged", **change)
    found = filed(World(registry=office.registry, packs=(of,)), "2026-01-09")
    days = ("2026-01-28", "2026-05-31", "2026-06-01")
    assert [found.case.home(found.registry, day(d)) for d in days] == [NR, NR, "nr.chengguan"]
    assert [found.duty("perform", d).region for d in days] == ["540100", "540100", "540102"]


# --- which rows ---------------------------------------------------------------------------------------------


def test_a_dossier_follows_the_rows_of_its_own_kind_alone():
    of = pack(
        DECIDE,
        'id = "minutes"\nstream = "meeting"\nsubject = "meeting"\ntrigger = ["MeetingHeld"]\nholder = "nr"\n'
        'term = { number = 5, unit = "working_day" }\ndischarged_by = ["MinutesAgreed"]',
        MEETING.replace('"meet"', '"period"'),
    )
    registry = registry_with(of)
    rules = rules_of(registry, of)
    stream = Stream(meetings, "meeting/1", registry)
    agenda = [{"class": "通报", "text": "进展"}]
    stream.act(
        "MeetingConvened", NR, "2026-03-02", kind="regular", agenda=agenda, attendees=[COURT], on="2026-03-06"
    )
    stream.act("MeetingHeld", NR, "2026-03-06", attended=[COURT])
    stream.act(
        "MinutesDrafted", NR, "2026-03-09", items=[{"item_no": "1", "text": "联合巡查", "holder": COURT}]
    )
    (duty,) = duties_of(stream.dossier, rules)
    # Friday 6 March: 9, 10, 11, 12, 13
    assert (duty.row.id, duty.case, _text(duty.due_on)) == ("minutes", "meeting/1", "2026-03-13")
    assert duty.discharged_on is None
    stream.act("MinutesEndorsed", COURT, "2026-03-12")
    (duty,) = duties_of(stream.dossier, rules)
    assert _text(duty.discharged_on) == "2026-03-12"
    (duty,) = duties_of(stream.dossier, rules, day("2026-03-11"))
    assert duty.discharged_on is None
    assert {d.row.id for d in filed(World(registry=registry, packs=(of,))).duties()} == {"decide"}
    found = mechanism.fold("region/540100", stream.dossier.acts, registry)
    assert {d.row.id for d in duties_of(found, rules, day("2026-03-12"))} == {"period"}
