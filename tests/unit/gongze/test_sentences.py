"""Sentences of the instrument that name no number of days: who owes what from which act on, and what ends it."""

from dataclasses import replace
from typing import Any

import pytest

from domain import mechanism, meetings, reconciling
from domain.duties import duties_of
from gongze.packs import shipped
from tests.streams import Stream
from tests.unit.gongze.test_shipped_rows import Told
from tests.worlds import (
    COURT,
    DECISION,
    NR,
    PROCURATORATE,
    RULING,
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

POLICE, DISCIPLINE = "police.lhasa", "discipline.lhasa"
SUPERVISED = {"supervision_no": "监1"}
SUIT = "（2025）藏0102行初1号"


def owed(world: World, *rows: str) -> set[tuple[str, str]]:
    """Row and holder of what is neither done nor ended, of these rows; none of it has a day to be late by."""
    found = [
        d for d in world.duties() if d.row.id in rows and d.discharged_on is None and d.cancelled_on is None
    ]
    assert {d.due_on for d in found} <= {None}
    return {(d.row.id, d.holder) for d in found}


# 条款 三（一）-1.1、三（一）-1.3
def test_only_verification_on_the_spot_ends_what_the_government_owes():
    """以消除违法状态为标准: neither measures nor its own report that the state is removed are enough."""
    world = filed()
    government = "government.chengguan"
    world.act("ViolationReported", NR, "2025-08-04", government=government, report_no="报1")
    row = ("remove_illegal_state", government)
    assert row in owed(world, "remove_illegal_state")
    world.act("MeasuresTaken", government, "2025-08-04", measures="责令停工")
    world.act("RemovalReported", government, "2025-08-20", what="已拆除")
    assert row in owed(world, "remove_illegal_state")
    world.act("RemovalVerified", NR, "2025-08-22", what="已恢复原状", on_site=True)
    assert not owed(world, "remove_illegal_state")


# 条款 三（一）-1.2
def test_a_government_names_its_head_and_the_deputy_in_charge_itself():
    office = Office(founded())
    government = "government.chengguan"
    named = {"agency": government, "from_": "2026-03-02"}
    office.act("ResponsiblePersonNamed", government, "2026-03-02", role="principal", officer="甲", **named)
    office.act("ResponsiblePersonNamed", government, "2026-03-02", role="deputy", officer="乙", **named)
    assert office.registry.responsible[government] == {"principal": "甲", "deputy": "乙"}
    asked = office.refused("ResponsiblePersonNamed", NR, "2026-03-02", role="deputy", officer="丙", **named)
    assert asked == ("not_authorised", "agency")


# 条款 三（三）-1.1、三（三）-1.2
def test_an_application_is_taken_up_by_the_court_applied_to_and_ruled_on_by_the_one_that_accepted():
    world = applied()
    assert world.duty("accept_enforcement").holder == COURT
    accepted(world)
    assert world.duty("accept_enforcement").discharged_on == day("2026-02-12")
    assert world.duty("rule_on_enforcement").holder == COURT
    granted(world)
    assert world.duty("rule_on_enforcement").discharged_on == day("2026-02-24")


# 条款 三（三）-1.6
def test_a_lawsuit_is_decided_by_its_court_and_until_then_the_department_seeks_a_settlement():
    world = decided()
    rows = ("decide_lawsuit", "resolve_dispute_in_substance")
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    assert owed(world, *rows) == {("decide_lawsuit", COURT), ("resolve_dispute_in_substance", NR)}
    world.act(
        "LawsuitDecided", COURT, "2025-12-10", court_case_no=SUIT, instance=1, outcome="claims_dismissed"
    )
    assert not owed(world, *rows)


# 条款 三（四）-1.2
def test_what_the_procuratorate_found_of_the_department_ends_in_a_suggestion_to_it():
    world = decided()
    world.act("UnlawfulActFound", PROCURATORATE, "2026-03-02", what="怠于申请执行")
    assert owed(world, "issue_suggestion_on_nr") == {("issue_suggestion_on_nr", PROCURATORATE)}
    world.act("SuggestionIssued", PROCURATORATE, "2026-03-04", suggestion_no="建1", to=NR, subject="inaction")
    assert not owed(world, "issue_suggestion_on_nr")
    assert world.duty("reply_suggestion_in_two_months").holder == NR


# 条款 三（四）-1.4
def test_execution_is_tracked_from_the_copied_ruling_until_it_is_complete():
    world = granted()
    world.act("RulingReceived", NR, "2026-02-25", ruling_no=RULING, result="granted")
    assert not owed(world, "track_administrative_execution")
    world.act("RulingCopied", NR, "2026-02-26", ruling_no=RULING)
    tracking = ("track_administrative_execution", PROCURATORATE)
    assert owed(world, "track_administrative_execution") == {tracking}
    world.act("HandlingTracked", PROCURATORATE, "2026-03-10", subject="court_handling", finding="已裁定")
    world.act(
        "HandlingTracked", PROCURATORATE, "2026-03-11", subject="administrative_execution", finding="准备拆除"
    )
    rounds = [d.round for d in world.duties() if d.row.id == "track_administrative_execution"]
    assert rounds == [1, 2]
    assert owed(world, "track_administrative_execution") == {tracking}
    world.act("ExecutionOrganised", "government.lhasa", "2026-03-12", ruling_no=RULING, plan="分两日拆除")
    world.act("ExecutionCompleted", "government.lhasa", "2026-03-20", ruling_no=RULING, result="full")
    assert not owed(world, "track_administrative_execution")


# 条款 三（四）-1.5、三（六）-3.2
@pytest.mark.parametrize("accept", [True, False])
def test_an_application_for_supervision_is_accepted_or_not_decided_and_served(accept):
    rows = ("accept_supervision_application", "decide_supervision", "serve_supervision_decision")
    world = granted()
    world.act(
        "SupervisionApplied",
        NR,
        "2026-03-02",
        **SUPERVISED,
        category="enforcement",
        grounds=["no_ruling_in_time"],
    )
    assert owed(world, *rows) == {(rows[0], PROCURATORATE)}
    if not accept:
        world.act(
            "SupervisionNotAccepted", PROCURATORATE, "2026-03-05", **SUPERVISED, reasons="不属于监督范围"
        )
        assert not owed(world, *rows)
        return
    world.act("SupervisionAccepted", PROCURATORATE, "2026-03-05", **SUPERVISED)
    assert owed(world, *rows) == {(rows[1], PROCURATORATE)}
    world.act("SupervisionDecided", PROCURATORATE, "2026-05-06", **SUPERVISED, outcome="suggestion")
    assert owed(world, *rows) == {(rows[2], PROCURATORATE)}
    world.act("SupervisionDecisionServed", PROCURATORATE, "2026-05-08", **SUPERVISED, to=NR)
    assert not owed(world, *rows)


# 条款 三（四）-1.6
def test_a_suggestion_to_the_court_is_told_to_the_department():
    rows = ("issue_suggestion_to_court", "notify_nr_of_suggestion")
    world = granted()
    world.act("CourtExecutionUnlawfulFound", PROCURATORATE, "2026-03-02", what="超期未执行")
    assert owed(world, *rows) == {(rows[0], PROCURATORATE)}
    world.act(
        "SuggestionIssued",
        PROCURATORATE,
        "2026-03-04",
        suggestion_no="建1",
        to=COURT,
        subject="court_execution",
    )
    assert owed(world, *rows) == {(rows[1], PROCURATORATE)}
    world.act("SuggestionNotified", PROCURATORATE, "2026-03-05", suggestion_no="建1")
    assert not owed(world, *rows)
    assert world.case.entries[-1].to == NR


# 条款 三（五）-1.2
def test_a_clue_that_is_no_crime_comes_back_and_is_dealt_with():
    rows = ("return_non_crime_clue", "handle_returned_clue")
    world = filed()
    world.act("NonCrimeViolationFound", POLICE, "2026-03-02", what="擅自改变用途")
    assert owed(world, *rows) == {(rows[0], POLICE)}
    world.act("ClueReturned", POLICE, "2026-03-05", clue_no="线1")
    assert owed(world, *rows) == {(rows[1], NR)}
    world.act("ReturnedClueHandled", NR, "2026-03-20", clue_no="线1", outcome="并入本案")
    assert not owed(world, *rows)


# 条款 三（六）-3.1
def test_a_judgment_in_ones_own_lawsuit_may_be_complained_of():
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    world.act("LawsuitDecided", COURT, "2025-12-10", court_case_no=SUIT, instance=1, outcome="revoked")
    said = {**SUPERVISED, "category": "judgment", "grounds": ["wrong_judgment", "unlawful_trial"]}
    mixed = {**said, "grounds": ["wrong_judgment", "round_terminated"]}
    assert world.refused("SupervisionApplied", NR, "2026-01-05", **mixed)[0] == "case_rule_broken"
    world.act("SupervisionApplied", NR, "2026-01-05", **said)
    assert world.duty("accept_supervision_application").holder == PROCURATORATE


# 条款 四（三）-1.1
def test_each_of_the_five_kinds_that_a_case_brings_forth_is_shared_by_the_department():
    """The sixth, the referral of a clue, is in a stream that no case may know of."""
    world = filed()
    world.act("ViolationReported", NR, "2025-08-04", government="government.chengguan", report_no="报1")
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    world.act("PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="direct")
    granted(accepted(applied(world)))
    world.act("RulingReceived", NR, "2026-02-25", ruling_no=RULING, result="granted")
    world.act(
        "CrimeReferred", NR, "2026-03-06", referral_no="移1", to=POLICE, suspected_crime="非法占用农用地罪"
    )
    shared = {d.row.id: set(d.recipients) for d in world.duties() if d.row.id.startswith("share_")}
    assert set(shared) == {
        "share_violation_report", "share_penalty_decision", "share_enforcement_application", "share_court_ruling",
        "share_crime_referral",
    }  # fmt: skip
    assert {d.holder for d in world.duties() if d.row.id in shared} == {NR}
    assert shared["share_violation_report"] == {DISCIPLINE, "court.lhasa", PROCURATORATE, POLICE}
    assert POLICE not in shared["share_crime_referral"]


# 条款 五（三）-1.1
def test_a_typical_case_is_shared_and_acknowledged():
    world = decided()
    world.act(
        "DocumentShared", NR, "2026-03-02", kind="typical_case", document_no="典型案例1", to=[COURT, POLICE]
    )
    assert owed(world, "acknowledge_copy") == {("acknowledge_copy", COURT), ("acknowledge_copy", POLICE)}


# 条款 五（四）-1.1
def test_each_agency_of_a_joint_case_tracks_it_until_it_is_closed():
    world = filed()
    world.act("JointEnforcementOpened", NR, "2025-09-01", agencies=[POLICE, "government.chengguan"], lead=NR)
    both = {("track_joint_case", POLICE), ("track_joint_case", "government.chengguan")}
    assert owed(world, "track_joint_case") == both
    world.act("HandlingTracked", POLICE, "2025-09-10", subject="joint_case", finding="已配合清场")
    assert owed(world, "track_joint_case") == both
    world.act("CaseClosed", NR, "2025-12-01", reason="已整改")
    assert not owed(world, "track_joint_case")


# 条款 四（一）-1.1
def test_a_major_matter_is_met_about_or_called_off():
    rules = World().rules
    for ending in (True, False):
        stream = Stream(meetings, "meeting/2026-2")
        stream.act("MajorMatterRaised", NR, "2026-03-02", what="永久基本农田专项整治")
        (duty,) = duties_of(stream.dossier, rules)
        partners = (DISCIPLINE, "court.lhasa", PROCURATORATE, POLICE)
        assert (duty.row.id, duty.holder, duty.recipients) == ("hold_ad_hoc_meeting", NR, partners)
        if ending:
            stream.act("MeetingConvened", NR, "2026-03-03", kind="ad_hoc", on="2026-03-10",
                       agenda=[{"class": "重大", "text": "专项整治"}], attendees=list(partners))  # fmt: skip
            stream.act("MeetingHeld", NR, "2026-03-10", attended=list(partners))
        else:
            stream.act("MeetingCancelled", NR, "2026-03-10")
        (duty,) = [d for d in duties_of(stream.dossier, rules) if d.row.id == "hold_ad_hoc_meeting"]
        ended = (duty.discharged_on, duty.cancelled_on)
        assert ended == ((day("2026-03-10"), None) if ending else (None, day("2026-03-10")))


# 条款 四（二）-1.1、四（二）-1.2
def test_a_post_without_anybody_is_to_be_filled():
    told = Told()
    adopt(told, shipped()["lhasa"][1])
    told.act("OfficerAppointed", COURT, "2024-01-02", officer=f"{COURT}/1", name="甲", from_="2024-01-02")

    def vacancies() -> list[Any]:
        rules = replace(World().rules, registry=told.registry)
        county = mechanism.fold("region/540102", told.acts, told.registry)
        return [d for d in duties_of(county, rules) if d.row.id in ("appoint_liaison", "replace_liaison")
                and d.holder == COURT]  # fmt: skip

    (first,) = vacancies()
    assert (first.row.id, first.discharged_on) == ("appoint_liaison", day("2024-01-02"))
    told.act("OfficerReleased", COURT, "2026-03-02", officer=f"{COURT}/1", from_="2026-03-02")
    (vacancy,) = [d for d in vacancies() if d.row.id == "replace_liaison"]
    assert (vacancy.discharged_on, vacancy.due_on) == (None, None)
    told.act("OfficerAppointed", COURT, "2026-03-05", officer=f"{COURT}/2", name="乙", from_="2026-03-05")
    (vacancy,) = [d for d in vacancies() if d.row.id == "replace_liaison"]
    assert vacancy.discharged_on == day("2026-03-05")


# 条款 四（三）-1.1
def test_a_proposal_to_write_off_is_answered_by_the_other_side():
    stream = Stream(reconciling, "reconciliation/2026-1")
    stream.act(
        "ReconciliationOpened",
        NR,
        "2026-07-01",
        from_="2026-01-01",
        to="2026-06-30",
        agencies=["court.lhasa"],
    )
    row = "papers/enforcement/1"
    stream.act("WriteOffProposed", NR, "2026-07-03", row=row, ground="completed", to="court.lhasa")
    (duty,) = duties_of(stream.dossier, World().rules)
    assert (duty.row.id, duty.holder, duty.discharged_on) == ("write_off_row", "court.lhasa", None)
    stream.act("WriteOffAgreed", "court.lhasa", "2026-07-06", row=row)
    (duty,) = duties_of(stream.dossier, World().rules)
    assert duty.discharged_on == day("2026-07-06")
