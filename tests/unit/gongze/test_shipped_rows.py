"""The shipped rows at work: who owes what by when as a case goes on. Due days are counted by hand in the national
calendar of 2026 (国办发明电〔2025〕7号): 4 to 6 April is 清明."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain import discipline, mechanism, meetings, reconciling
from domain.acts import Act
from domain.duties import Duty, duties_of, state
from gongze.packs import shipped
from tests.streams import Stream
from tests.worlds import (
    NR,
    PROCURATORATE,
    START,
    Office,
    World,
    accepted,
    adopt,
    applied,
    day,
    decided,
    filed,
    founded,
    granted,
)

POLICE = "police.lhasa"
REFERRAL = "拉自然资移〔2026〕1号"


def open_rows(world: World, on: str) -> set[str]:
    """Rows with a duty that is neither done nor ended on a day."""
    return {
        d.row.id
        for d in world.duties(on)
        if d.discharged_on is None and d.cancelled_on is None and d.row.kind == "duty"
    }


def of(world: World, row: str, holder: str) -> Duty:
    (found,) = [d for d in world.duties() if (d.row.id, d.holder) == (row, holder)]
    return found


def test_every_row_that_has_a_last_day_says_who_reads_of_it_when_it_is_overdue():
    for _, pack in shipped().values():
        for row in pack.rows:
            if row.kind == "duty" and row.term.unit != "promptly":
                assert row.escalation, row.id


def test_discipline_inspection_has_no_last_day():
    held = [
        r
        for _, p in shipped().values()
        for r in p.rows
        if "discipline" in r.holders or r.stream == "discipline"
    ]
    assert {r.term.unit for r in held if r.period is None} == {"promptly"}


# --- a suspected crime, from the report to the prosecutor's order to file -----------------------------------


def reported() -> World:
    world = decided()
    world.act("SuspectedCrimeFound", NR, "2026-03-02", crime="非法占用农用地罪")
    assert "name_referral_team" in open_rows(world, "2026-03-02")
    world.act("ReferralReportSubmitted", NR, "2026-03-03", referral_no=REFERRAL, by="甲、乙")
    return world


def referred() -> World:
    world = reported()
    world.act(
        "ReferralApproved", NR, "2026-03-05", referral_no=REFERRAL, at="2026-03-05T10:20:00+08:00", by="丙"
    )
    world.act(
        "CrimeReferred", NR, "2026-03-06", referral_no=REFERRAL, to=POLICE, suspected_crime="非法占用农用地罪"
    )
    return world


def received(**more: object) -> World:
    world = referred()
    world.act("CrimeReferralReceived", POLICE, "2026-03-06", referral_no=REFERRAL, **more)
    return world


def not_filed() -> World:
    world = received()
    world.act("CrimeNotFiled", POLICE, "2026-03-09", referral_no=REFERRAL, reasons="情节显著轻微")
    return world


# 条款 三（六）-1.3、三（六）-4.2
def test_three_days_to_approve_and_twenty_four_hours_to_refer():
    """The report of Tuesday 3 March: 4, 5, 6. Approved on the 5th at 10:20: the hours begin at 11:00 (民诉解释 §125)."""
    world = referred()
    assert "name_referral_team" not in open_rows(world, "2026-03-06")
    assert world.duty("approve_referral_in_3_days").due_on == day("2026-03-06")
    duty = world.duty("refer_in_24_hours")
    assert duty.due_at == datetime.fromisoformat("2026-03-06T11:00:00+08:00")
    assert duty.discharged_on == day("2026-03-06")
    assert duty.recipients == (POLICE,)
    assert world.duty("sign_referral_receipt").holder == POLICE


# 条款 三（五）-1.1
def test_the_police_decide_in_three_days_of_the_receipt():
    """From Friday 6 March: 7, 8, 9, a Monday."""
    world = received()
    assert (of(world, "decide_on_referral", POLICE).due_on) == day("2026-03-09")
    assert not {"ask_supplement_in_24_hours", "pass_on_referral_in_24_hours"} & world.board("2026-03-09")


def test_papers_that_are_not_complete_or_not_theirs_begin_twenty_four_hours():
    incomplete = received(complete=False, at="2026-03-06T16:00:00+08:00")
    duty = incomplete.duty("ask_supplement_in_24_hours")
    assert duty.due_at == datetime.fromisoformat("2026-03-07T17:00:00+08:00")
    incomplete.act("SupplementAsked", POLICE, "2026-03-07", referral_no=REFERRAL)
    # asked on the 7th: 8, 9, Tuesday the 10th
    assert incomplete.duty("supplement_in_3_days").due_on == day("2026-03-10")
    incomplete.act("SupplementFiled", NR, "2026-03-10", referral_no=REFERRAL)
    # counted anew from the 10th: 11, 12, Friday the 13th
    assert of(incomplete, "decide_on_referral", POLICE).due_on == day("2026-03-13")
    elsewhere = received(competent=False)
    # without an hour the day ends first: from 24:00 on the 6th to 24:00 on the 7th
    assert elsewhere.duty("pass_on_referral_in_24_hours").due_on == day("2026-03-07")
    assert "decide_on_referral" not in elsewhere.board("2026-03-09")
    elsewhere.act("ReferralPassedOn", POLICE, "2026-03-07", referral_no=REFERRAL, to="police.chengguan")
    elsewhere.act("CrimeReferralReceived", "police.chengguan", "2026-03-09", referral_no=REFERRAL)
    assert of(elsewhere, "decide_on_referral", "police.chengguan").due_on == day("2026-03-12")


def test_after_a_refusal_to_file_up_to_the_order_to_file():
    world = not_filed()
    assert "penalise_after_not_filed" in world.board("2026-03-09")
    # received on the 10th: 11, 12, Friday the 13th
    world.act("CopyAcknowledged", NR, "2026-03-10", of=world.case.acts[-1].id)
    assert world.duty("request_reconsideration_in_3_days").due_on == day("2026-03-13")
    world.act("ReconsiderationRequested", NR, "2026-03-12", referral_no=REFERRAL)
    # 13, 14, and 15 March, a Sunday: Monday the 16th
    assert world.duty("decide_reconsideration_in_3_days").due_on == day("2026-03-16")
    world.act("ReconsiderationDecided", POLICE, "2026-03-16", referral_no=REFERRAL, outcome="keep")
    assert world.duty("request_filing_supervision_in_3_days").due_on == day("2026-03-19")
    world.act("FilingSupervisionRequested", NR, "2026-03-17", referral_no=REFERRAL)
    world.act("ReasonsDemanded", PROCURATORATE, "2026-03-18", referral_no=REFERRAL)
    assert (world.duty("state_reasons_in_7_days").holder, world.duty("state_reasons_in_7_days").due_on) == (
        POLICE,
        day("2026-03-25"),
    )
    world.act("ReasonsStated", POLICE, "2026-03-25", referral_no=REFERRAL)
    # six days to the end of March, four in April: Saturday the 4th, 清明 to Monday the 6th: Tuesday the 7th
    told = world.duty("tell_nr_supervision_result")
    assert (told.holder, told.due_on) == (PROCURATORATE, day("2026-04-07"))
    world.act("FilingSupervisionDecided", PROCURATORATE, "2026-04-07", referral_no=REFERRAL, outcome="file")
    filing = world.duty("file_after_supervision_in_15_days")
    assert (filing.holder, filing.due_on) == (POLICE, day("2026-04-22"))
    world.act("CrimeFiled", POLICE, "2026-04-20", referral_no=REFERRAL)
    assert world.duty("file_after_supervision_in_15_days").discharged_on == day("2026-04-20")
    assert world.duty("penalise_after_not_filed").cancelled_on == day("2026-04-20")
    assert world.duty("hand_over_items_in_3_days").due_on == day("2026-04-23")


# --- what agencies ask of each other ------------------------------------------------------------------------


# 条款 三（三）-2.1
def test_assistance_is_owed_at_the_hour_that_was_asked_and_as_postponed():
    world = granted(executor="court")
    world.act("AssistanceRequested", "court.chengguan", "2026-03-02", assistance_no="协1", to=POLICE, place="示例村",
              at="2026-03-10T09:30:00+08:00", tasks=["crowd_control"])  # fmt: skip
    duty = world.duty("provide_assistance")
    assert (duty.holder, duty.recipients) == (POLICE, ("court.chengguan",))
    assert duty.due_at == datetime.fromisoformat("2026-03-10T09:30:00+08:00")
    world.act(
        "AssistanceRescheduled",
        "court.chengguan",
        "2026-03-05",
        assistance_no="协1",
        at="2026-03-12T09:30:00+08:00",
    )
    assert world.duty("provide_assistance").due_on == day("2026-03-12")
    assert world.standing("provide_assistance", "2026-03-13").state == "overdue"
    world.act("AssistanceProvided", POLICE, "2026-03-12", assistance_no="协1")
    assert world.standing("provide_assistance", "2026-03-13").state == "discharged"


# 条款 三（三）-1.6
def test_the_head_appears_on_the_day_of_the_session():
    world = decided()
    world.act(
        "LawsuitFiled",
        NR,
        "2025-11-03",
        decision_no="拉自然资罚〔2025〕1号",
        court="court.chengguan",
        court_case_no="行初1",
    )
    world.act(
        "CourtSessionNoticed", "court.chengguan", "2025-12-01", court_case_no="行初1", hearing_on="2025-12-10"
    )
    assert (world.duty("head_appears_in_court").holder, world.duty("head_appears_in_court").due_on) == (
        NR,
        day("2025-12-10"),
    )
    # three whole days between: 7, 8, 9 December; the latest day to notice is the 6th
    notice = world.duty("notify_head_3_days_before")
    assert (notice.holder, notice.due_on) == ("court.chengguan", day("2025-12-06"))
    world.act(
        "HeadAppeared",
        NR,
        "2025-12-10",
        court_case_no="行初1",
        hearing_on="2025-12-10",
        appeared=False,
        who="丁",
        reason="出差",
    )
    assert world.standing("head_appears_in_court", "2025-12-11").state == "overdue"


# 条款 三（四）-1.3
def test_tracking_recurs_without_a_day_until_the_court_has_ruled():
    world = accepted()
    world.act("ApplicationCopied", NR, "2026-02-24", materials=[{"title": "申请书"}])
    world.act("HandlingTracked", PROCURATORATE, "2026-03-02", subject="court_handling", finding="审查中")
    rounds = [d for d in world.duties() if d.row.id == "track_court_handling"]
    assert [(d.holder, d.due_on, d.discharged_on) for d in rounds] == [
        (PROCURATORATE, None, day("2026-03-02")),
        (PROCURATORATE, None, None),
    ]
    granted(world, "2026-03-04")
    assert "track_court_handling" not in open_rows(world, "2026-03-04")


# 条款 三（四）-1.7
def test_a_joint_study_is_owed_by_three_each():
    world = applied()
    world.act("SupervisionConditionsLacking", PROCURATORATE, "2026-03-02", what="当事人失踪")
    owed = {d.holder for d in world.duties("2026-03-02") if d.row.id == "hold_joint_study"}
    assert owed == {PROCURATORATE, NR, "court.chengguan"}
    world.act("JointStudyHeld", PROCURATORATE, "2026-03-05", conclusion="待查明后再研究")
    done = {d.holder: d.discharged_on for d in world.duties() if d.row.id == "hold_joint_study"}
    assert done == {PROCURATORATE: day("2026-03-05"), NR: None, "court.chengguan": None}


# --- sharing ------------------------------------------------------------------------------------------------


# 条款 四（三）-1.1
def test_papers_are_shared_with_those_who_have_not_got_them():
    """The court has the application, and the procuratorate gets it by the copy."""
    world = applied()
    decision = world.duty("share_penalty_decision")
    assert set(decision.recipients) == {"discipline.lhasa", "court.lhasa", PROCURATORATE, POLICE}
    assert set(world.duty("share_enforcement_application").recipients) == {
        "discipline.lhasa",
        PROCURATORATE,
        POLICE,
    }
    world.act("ApplicationCopied", NR, "2026-02-12", materials=[{"title": "申请书"}])
    assert set(world.duty("share_enforcement_application").recipients) == {"discipline.lhasa", POLICE}


# 条款 四（三）-1.1
def test_sharing_is_done_once_all_have_it():
    world = applied()
    document = {"kind": "penalty_decision", "document_no": "拉自然资罚〔2025〕1号"}
    world.act("DocumentShared", NR, "2026-02-12", to=["discipline.lhasa", POLICE], **document)
    assert world.duty("share_penalty_decision").discharged_on is None
    world.act("DocumentShared", NR, "2026-02-13", to=["court.lhasa", PROCURATORATE], **document)
    assert world.duty("share_penalty_decision").discharged_on == day("2026-02-13")
    waiting = {d.holder for d in world.duties("2026-02-13") if d.row.id == "acknowledge_copy"}
    assert waiting == {"discipline.lhasa", POLICE, "court.lhasa", PROCURATORATE}


# --- found, returned, handed over ---------------------------------------------------------------------------


# 条款 三（六）-1.3、三（六）-1.4
def test_what_was_found_is_stopped_reported_and_filed():
    world = World()
    world.act(
        "ViolationFound",
        NR,
        "2025-07-28",
        what="未批先建",
        place={"region": "540102", "address": "示例村一组"},
    )
    assert {"stop_violation", "report_violation_to_government", "file_and_investigate"} <= open_rows(
        world, "2025-07-28"
    )
    filed(world)
    world.act("NoticeIssued", NR, "2025-08-01", notice="stop_violation", notice_no="停1")
    world.act("ViolationReported", NR, "2025-08-01", government="government.chengguan", report_no="报1")
    assert not {"stop_violation", "report_violation_to_government", "file_and_investigate"} & open_rows(
        world, "2025-08-01"
    )


# 条款 三（一）-1.5
def test_a_planning_violation_is_the_governments_once_it_has_it():
    world = filed(violation="no_planning_permit")
    sent = world.act(
        "PlanningViolationHandedOver", NR, "2025-09-01", handover_no="移1", to="government.chengguan"
    )
    assert world.standing("demolish_planning_violation", "2025-09-01").state == "not_running"
    world.act("CopyAcknowledged", "government.chengguan", "2025-09-02", of=sent.id)
    assert world.standing("demolish_planning_violation", "2025-09-02").state == "open"
    world.act("DemolitionOrganised", "government.chengguan", "2025-09-10", handover_no="移1")
    assert open_rows(world, "2025-09-10") >= {"complete_planning_demolition"}
    world.act("DemolitionCompleted", "government.chengguan", "2025-09-20", handover_no="移1")
    assert not {"demolish_planning_violation", "complete_planning_demolition"} & open_rows(
        world, "2025-09-20"
    )


def test_confiscated_buildings_are_handed_over_in_ninety_days_of_service():
    """Served on 15 October 2025: 16 days of October, 30 of November, 31 of December make 77; 13 January 2026, a Tuesday."""
    world = decided(items=[{"kind": "confiscate_building"}])
    assert world.duty("hand_over_confiscated_buildings").due_on == day("2026-01-13")
    world.act("ConfiscatedHandedOver", NR, "2026-01-14", handover_no="没1", to="government.lhasa")
    assert world.standing("hand_over_confiscated_buildings", "2026-01-14").state == "discharged_late"


# 条款 三（五）-1.1
def test_an_obstruction_is_stopped_the_same_day_and_then_dealt_with():
    world = decided()
    world.act(
        "ObstructionReported",
        NR,
        "2026-03-02",
        obstruction_no="妨1",
        at="2026-03-02T10:00:00+08:00",
        place="示例村",
    )
    assert world.duty("stop_obstruction").due_on == day("2026-03-02")
    world.act("ObstructionHandled", POLICE, "2026-03-02", obstruction_no="妨1")
    assert "investigate_obstruction" in open_rows(world, "2026-03-02")
    world.act("ObstructionHandled", POLICE, "2026-03-09", obstruction_no="妨1", outcome="行政拘留五日")
    assert not {"stop_obstruction", "investigate_obstruction"} & open_rows(world, "2026-03-09")


# --- meetings, liaison officers, accounts, clues ------------------------------------------------------------


# 条款 三（二）-1.1
def test_a_clue_referred_is_pending_never_overdue():
    stream = Stream(discipline, "discipline/1")
    stream.act("DisciplineClueReferred", NR, "2024-06-03", referral_no="纪1", to="discipline.lhasa",
               subjects="ab" * 32, content="cd" * 32)  # fmt: skip
    (received,) = [
        d for d in duties_of(stream.dossier, World().rules, day("2026-06-03")) if not d.discharged_on
    ]
    assert (received.row.id, received.holder, received.due_on) == (
        "receive_discipline_clue",
        "discipline.lhasa",
        None,
    )
    assert state(received, day("2026-06-03"), World().rules).state == "open"
    stream.act("DisciplineClueReceived", "discipline.lhasa", "2024-06-05", referral_no="纪1")
    waiting = [d.row.id for d in duties_of(stream.dossier, World().rules) if not d.discharged_on]
    assert waiting == ["handle_discipline_clue"]


# 条款 四（一）-1.1、四（一）-1.2
def test_an_invitation_is_answered_by_coming_and_the_minutes_by_their_items():
    stream = Stream(meetings, "meeting/2026-1")
    stream.act("MeetingConvened", NR, "2026-03-02", kind="regular", on="2026-03-20",
               agenda=[{"class": "会商", "text": "执行难"}], attendees=["court.lhasa", POLICE])  # fmt: skip

    def owed(on: str) -> dict[tuple[str, str], Duty]:
        return {(d.row.id, d.holder): d for d in duties_of(stream.dossier, World().rules, day(on))}

    assert owed("2026-03-02")["attend_joint_meeting", POLICE].due_on == day("2026-03-20")
    stream.act("MeetingDeferred", NR, "2026-03-10", reason="另有会议", new_on="2026-03-27")
    assert owed("2026-03-10")["attend_joint_meeting", POLICE].due_on == day("2026-03-27")
    stream.act("MeetingHeld", NR, "2026-03-27", attended=["court.lhasa"], absent=[POLICE])
    found = owed("2026-03-30")
    assert found["attend_joint_meeting", "court.lhasa"].discharged_on == day("2026-03-27")
    assert state(found["attend_joint_meeting", POLICE], day("2026-03-30"), World().rules).state == "overdue"
    assert found["issue_minutes", NR].discharged_on is None
    stream.act("MinutesDrafted", NR, "2026-03-30", items=[
        {"item_no": "1", "text": "清理积案", "holder": "court.lhasa", "due_on": "2026-06-30"}])  # fmt: skip
    stream.act("MinutesEndorsed", "court.lhasa", "2026-04-01")
    found = owed("2026-04-01")
    assert found["issue_minutes", NR].discharged_on == day("2026-04-01")
    assert found["report_meeting_item", "court.lhasa"].due_on == day("2026-06-30")


class Told(Office):
    """The sample locality's office, which keeps what it did."""

    def __init__(self) -> None:
        super().__init__(founded())
        self.acts: list[Act] = []

    def act(self, type_: str, actor: str = "operator", on: str = START, /, **data: Any) -> Act:
        made = super().act(type_, actor, on, **data)
        self.acts.append(made)
        return made


# 条款 四（一）-1.1、四（一）-1.3、四（二）-1.1、四（三）-1.1
def test_each_half_year_each_region_meets_and_its_five_agencies_reconcile():
    """Adopted on 1 January 2024: by 10 February 2026 five half-years have begun, the last one ends on 30 June."""
    told = Told()
    adopt(told, shipped()["lhasa"][1])
    rules = replace(World().rules, registry=told.registry)
    city = duties_of(mechanism.fold("region/540100", told.acts, told.registry), rules, day("2026-02-10"))
    meet = [d for d in city if d.row.id == "hold_joint_meeting"]
    assert [d.due_on for d in meet] == [day(d) for d in
                                        ("2024-06-30", "2024-12-31", "2025-06-30", "2025-12-31", "2026-06-30")]  # fmt: skip
    accounts = {d.holder for d in city if d.row.id == "reconcile_accounts" and d.due_on == day("2026-06-30")}
    five = {f"{kind}.lhasa" for kind in ("nr", "discipline", "court", "procuratorate", "police")}
    assert accounts == five
    assert {d.holder for d in city if d.row.id == "appoint_liaison"} == five
    county = duties_of(mechanism.fold("region/540102", told.acts, told.registry), rules, day("2026-02-10"))
    assert {d.holder for d in county if d.row.id == "hold_local_joint_meeting"} == {"nr.chengguan"}
    assert "hold_joint_meeting" not in {d.row.id for d in county}


# 条款 四（三）-1.1
def test_a_difference_waits_until_its_raiser_agrees_or_it_is_resolved():
    stream = Stream(reconciling, "reconciliation/2026-1")
    stream.act(
        "ReconciliationOpened",
        NR,
        "2026-07-01",
        from_="2026-01-01",
        to="2026-06-30",
        agencies=["court.lhasa", POLICE],
    )
    raised = stream.act(
        "DifferenceRaised",
        "court.lhasa",
        "2026-07-06",
        row="cases/拉自然资执〔2026〕1号",
        what="执行标的不一致",
    )
    (duty,) = duties_of(stream.dossier, World().rules)
    assert (duty.row.id, duty.holder, duty.recipients) == ("resolve_difference", NR, ("court.lhasa",))
    stream.act("DifferenceResolved", NR, "2026-07-08", of=raised.id, how="按裁定更正")
    (duty,) = duties_of(stream.dossier, World().rules)
    assert duty.discharged_on == day("2026-07-08")
