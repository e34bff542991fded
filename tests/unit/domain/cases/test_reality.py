"""What real cases do: several parties and items, parts of things, things done anew, other hands, another place.

Each expectation is told by hand. Days as in `tests.worlds`: filed 2025-08-01, decided 2025-10-10, served 2025-10-15."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.cases import Case
from domain.cases.course import voided
from domain.registry import Registry
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
    accepted,
    applied,
    day,
    decided,
    filed,
    granted,
    lhasa,
)

RULE = "case_rule_broken"
SUIT = "（2025）藏0102行初1号"
TWO = [{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "5000.00"}]
MATERIALS = [{"title": "申请书"}]


def decision(world: World) -> Any:
    return next(iter(world.case.decisions.values()))


def application(world: World) -> Any:
    return list(world.case.applications.values())[-1]


def with_agencies(*agencies: tuple[str, str, str, str]) -> Registry:
    office = Office(lhasa())
    for agency, kind, level, region in agencies:
        office.act("AgencyRegistered", id=agency, kind=kind, name=agency, level=level, region=region)
    return office.registry


TOWNSHIP = ("township.nagin", "township", "township", "540102")


# --- how a case begins --------------------------------------------------------------------------------------


def test_a_case_begins_with_a_finding_and_is_filed_later():
    world = World()
    world.act("ViolationFound", NR, "2025-07-28", what="占地建房")
    world.act("NoticeIssued", NR, "2025-07-28", notice="stop_violation", notice_no="停1")
    world.act("ViolationReported", NR, "2025-07-29", government=GOVERNMENT, report_no="报1")
    assert world.case.filing is None
    assert world.refused("PenaltyHearingRightNotified", NR, "2025-07-30") == (RULE, "case")
    filed(world)
    # what was done about the finding may still be recorded; what needs a filing is not older than it
    world.act("NoticeIneffective", NR, "2025-07-30", "2025-08-04", what="继续施工", notice_no="停1")
    early = ("PenaltyHearingRightNotified", NR, "2025-07-30", "2025-08-04")
    assert world.refused(*early) == (RULE, "occurred_on")
    assert world.case.nr_on(day("2025-07-28")) == NR


def test_a_case_is_not_filed_before_it_is_found():
    world = World()
    world.act("ViolationFound", NR, "2025-08-05", what="占地建房")
    filing = {
        "title": "案", "parties": [{"name": "甲"}], "place": {"region": "540102", "address": "村"},
        "violation": "other", "source": "patrol",
    }  # fmt: skip
    assert world.refused("CaseFiled", NR, "2025-08-01", "2025-08-06", **filing) == (RULE, "occurred_on")


# 条款 三（六）-1.2、三（六）-1.3
def test_what_a_township_finds_is_its_countys_case():
    world = World("城自然资执〔2026〕1号", with_agencies(TOWNSHIP))
    world.act("ViolationFound", "township.nagin", "2026-03-02", what="占地建房")
    world.act("NoticeIssued", "nr.chengguan", "2026-03-03", notice="stop_violation", notice_no="停1")
    world.act("NoticeIneffective", "township.nagin", "2026-03-04", what="继续施工")
    assert world.case.nr_on(day("2026-03-02")) == "nr.chengguan"
    assert world.refused("NoticeIneffective", "nr.duilong", "2026-03-04", what="施工") == (RULE, "actor")


def test_a_copy_sent_to_several_is_acknowledged_by_each():
    world = filed()
    copy = world.act("ViolationCopied", NR, "2025-08-05", to=["police.lhasa", PROCURATORATE], report_no="报1")
    world.act("CopyAcknowledged", PROCURATORATE, "2025-08-06", of="ViolationCopied")
    waiting = {c.recipient for c in world.case.copies.values() if c.acknowledged is None}
    assert waiting == {"police.lhasa"}
    assert world.refused("CopyAcknowledged", PROCURATORATE, "2025-08-07", of=copy.id) == (RULE, "of")
    world.act("CopyAcknowledged", "police.lhasa", "2025-08-07", of=copy.id)
    assert {c.acknowledged_on for c in world.case.copies.values()} == {day("2025-08-06"), day("2025-08-07")}
    assert world.case == world.refolded()


# --- old cases ----------------------------------------------------------------------------------------------

OLD_LINE: list[dict[str, Any]] = [
    {"type": "CaseFiled", "on": "2023-03-01"},
    {"type": "PenaltyDecided", "number": DECISION, "on": "2023-05-04",
     "items": [{"kind": "demolish"}, {"kind": "fine", "amount_yuan": "5000.00"}]},
    {"type": "PenaltyServed", "on": "2023-05-08"},
    {"type": "RemovalReported", "for": GOVERNMENT, "on": "2023-06-01"},
    {"type": "PerformanceDemanded", "on": "2023-08-01"},
    {"type": "EnforcementApplied", "number": APPLICATION, "court": COURT, "on": "2023-12-28"},
]  # fmt: skip


def carried(**changes: Any) -> World:
    world = World("拉自然资执〔2023〕5号")
    line = {
        "case_no": "拉自然资执（2023）5号", "parties": [{"name": "甲公司"}], "stage": "已申请执行", "source_row": 7,
        "title": "旧案", "violation": "unapproved_land_use", "place": {"region": "540102", "address": "示例村"},
        "prior_acts": OLD_LINE,
    }  # fmt: skip
    world.act("CaseCarriedForward", NR, "2024-01-02", **{**line, **changes})
    return world


def test_an_old_case_goes_on_from_where_its_line_left_it():
    world = carried()
    assert [e.type for e in world.case.entries] == [a["type"] for a in OLD_LINE] + ["CaseCarriedForward"]
    assert world.case.filed.filed_on == day("2023-03-01")
    assert [i.kind for i in decision(world).items.values()] == ["demolish", "fine"]
    assert application(world).court == COURT
    world.act("EnforcementAccepted", COURT, "2024-01-03", application=APPLICATION, review_case_no="行审1")
    world.act("FinePaid", NR, "2024-01-04", decision_no=DECISION, amount_yuan="5000.00")
    assert world.refused("CaseFiled", NR, "2024-01-05", title="案", parties=[{"name": "甲"}], violation="other", source="other",
                         place={"region": "540102", "address": "村"}) == (RULE, "case")  # fmt: skip


def test_terms_of_an_old_case_run_on_from_the_old_days_and_are_never_late_here():
    world = carried()
    # from Thursday 28 December: 29, 2 (1 January is off), 3, 4, 5, 8, 9 January; the ledger began on 1 January
    assert world.duty("copy_application_to_procuratorate").due_on == day("2024-01-09")
    assert world.standing("copy_application_to_procuratorate", "2024-01-05").state == "due_soon"
    # 90 days from 1 March 2023 ended long before the ledger began
    assert world.standing("decide_penalty_in_90_days", "2024-01-05").state == "history"
    assert world.irregular() == set()


def test_what_the_line_does_not_tell_stands_in_the_timeline_alone():
    bare = [{"type": "RulingReceived", "number": "裁1", "on": "2023-09-01"}]
    world = carried(prior_acts=bare, title=None, place=None, violation=None)
    assert [e.type for e in world.case.entries] == ["RulingReceived", "CaseCarriedForward"]
    assert world.case.rulings == {}
    assert (world.case.filed.title, world.case.filed.place.region) == ("拉自然资执（2023）5号", "540100")


def test_anothers_act_in_the_line_is_attested_not_signed():
    line = [*OLD_LINE, {"type": "EnforcementAccepted", "number": "行审1", "on": "2023-12-29"}]
    world = carried(prior_acts=line)
    acceptance = next(e for e in world.case.entries if e.type == "EnforcementAccepted")
    assert (acceptance.act.agency, acceptance.evidence) == (COURT, "attested_doc")
    assert next(e for e in world.case.entries if e.type == "EnforcementApplied").evidence == "signed"
    assert all(e.facts["prior"] == ("true",) for e in world.case.entries if e.stands_for)


def test_two_earlier_acts_of_one_type_are_two():
    served = [{"type": "PenaltyServed", "on": "2023-05-08"}, {"type": "PenaltyServed", "on": "2023-05-09"}]
    world = carried(prior_acts=[*OLD_LINE[:2], *served])
    assert [d for _, d in decision(world).served.values()] == [day("2023-05-08"), day("2023-05-09")]
    assert len({e.act.id for e in world.case.entries}) == 5  # four earlier acts and the carrying forward


def test_an_old_number_under_a_new_one_is_an_alias():
    world = carried(case_no="拉国土执〔2017〕12号")
    assert (world.case.number, world.case.former_ids) == ("拉自然资执〔2023〕5号", ("拉国土执〔2017〕12号",))


# --- items and parties --------------------------------------------------------------------------------------


def test_a_fine_is_settled_when_its_payments_add_up():
    world = decided(None, items=TWO)
    world.act("FinePaid", NR, "2025-10-20", decision_no=DECISION, amount_yuan="2000.00")
    assert (decision(world).due("2"), set(decision(world).settled)) == (Decimal("3000.00"), set())
    world.act("FinePaid", NR, "2025-10-28", decision_no=DECISION, amount_yuan="3000.00")
    assert decision(world).due("2") == 0
    assert decision(world).settled == {"2": day("2025-10-28")}
    complete = [e.facts["complete"] for e in world.case.entries if e.type == "FinePaid"]
    assert complete == [("false",), ("true",)]


def test_a_payment_goes_to_the_fines_in_their_order():
    items = [{"kind": "fine", "amount_yuan": "1000.00"}, {"kind": "late_payment", "amount_yuan": "30.00"}]
    world = decided(None, items=items)
    world.act("FinePaid", NR, "2025-10-20", decision_no=DECISION, amount_yuan="1010.00")
    assert decision(world).paid == {"1": Decimal("1000.00"), "2": Decimal("10.00")}
    assert set(decision(world).settled) == {"1"}


def test_a_payment_without_an_amount_is_in_full():
    world = decided(None, items=TWO)
    world.act("FinePaid", NR, "2025-10-20", decision_no=DECISION)
    assert (decision(world).due("2"), set(decision(world).settled)) == (Decimal(0), {"2"})


def test_an_item_is_performed_once_every_party_has():
    world = World()
    filed(world, parties=[{"name": "甲"}, {"name": "乙"}])
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    world.act("Performed", NR, "2025-11-03", decision_no=DECISION, parties=["1"])
    assert (decision(world).settled, decision(world).done) == ({}, {})
    world.act("Performed", NR, "2025-11-10", decision_no=DECISION, parties=["2"])
    assert decision(world).settled == {"1": day("2025-11-10")}
    assert world.refused("Performed", NR, "2025-11-11", decision_no=DECISION, parties=["3"]) == (
        RULE,
        "parties",
    )


def test_two_applications_from_one_decision_stand_side_by_side():
    world = decided(None, items=TWO)
    applied(world, "2026-01-20", items=["1"])
    world.act(
        "EnforcementApplied",
        NR,
        "2026-04-20",
        decision_no=DECISION,
        court=COURT,
        application_no="申2",
        items=["2"],
    )
    world.act("EnforcementAccepted", COURT, "2026-01-22", application=APPLICATION, review_case_no="行审1")
    world.act(
        "EnforcementNotAccepted", COURT, "2026-04-22", application="申2", reasons="逾期", ruling_no="裁9"
    )
    first, second = world.case.applications.values()
    assert (first.items, first.ended, first.review_case_no) == (("1",), "", "行审1")
    assert (second.items, second.ended) == (("2",), "not_accepted")


def split_rulings() -> World:
    """One application for two items; one ruling grants the demolition, another the fine."""
    world = accepted(applied(decided(None, items=TWO)))
    world.act("EnforcementGranted", COURT, "2026-02-24", ruling_no="裁1", executor="government", items=["1"])
    world.act("EnforcementGranted", COURT, "2026-02-24", ruling_no="裁2", executor="court", items=["2"])
    return world


def test_one_envelope_brings_several_rulings():
    world = split_rulings()
    for ruling in ("裁1", "裁2"):
        world.act("RulingReceived", NR, "2026-02-27", ruling_no=ruling, batch_no="邮1")
    assert [(r.items, r.received_on) for r in world.case.rulings.values()] == [
        (("1",), day("2026-02-27")),
        (("2",), day("2026-02-27")),
    ]
    assert world.refused("RulingReceived", NR, "2026-02-28", ruling_no="裁2") == (RULE, "ruling_no")


def test_an_application_is_executed_when_all_that_was_granted_is():
    world = split_rulings()
    world.act("ExecutionCompleted", GOVERNMENT, "2026-03-10", ruling_no="裁1", result="full")
    assert (application(world).ended, decision(world).done) == ("", {"1": day("2026-03-10")})
    world.act("ExecutionCompleted", COURT, "2026-03-20", ruling_no="裁2", result="full")
    assert application(world).ended == "completed"
    assert decision(world).done == {"1": day("2026-03-10"), "2": day("2026-03-20")}


def test_one_ruling_is_executed_item_by_item():
    world = granted(accepted(applied(decided(None, items=TWO))))
    world.act("ExecutionCompleted", GOVERNMENT, "2026-03-10", result="partial", items=["1"])
    assert application(world).ended == ""
    world.act("ExecutionCompleted", GOVERNMENT, "2026-03-20", result="partial", items=["2"])
    assert application(world).ended == "completed"
    completed = [e.facts["completed"] for e in world.case.entries if e.type == "ExecutionCompleted"]
    assert completed == [("partial",), ("full",)]


def test_a_partial_result_that_names_all_items_leaves_something_of_each():
    world = granted(accepted(applied(decided(None, items=TWO))))
    world.act("ExecutionCompleted", GOVERNMENT, "2026-03-10", result="partial", items=["1", "2"])
    assert (application(world).ended, decision(world).done) == ("", {})


@pytest.mark.parametrize("refused_first", [True, False])
def test_a_refusal_of_one_part_does_not_end_what_is_granted_of_the_other(refused_first):
    world = accepted(applied(decided(None, items=TWO)))
    steps: list[tuple[str, dict[str, Any]]] = [
        ("EnforcementRefused", {"ruling_no": "裁1", "reasons": "罚款已缴", "items": ["2"]}),
        ("EnforcementGranted", {"ruling_no": "裁2", "executor": "court"}),
    ]
    for type_, data in steps if refused_first else steps[::-1]:
        if type_ == "EnforcementGranted" and not refused_first:
            data = {**data, "items": ["1"]}
        world.act(type_, COURT, "2026-02-24", **data)
    assert application(world).ended == ""
    assert {r.result: r.items for r in world.case.rulings.values()} == {"refused": ("2",), "granted": ("1",)}


# --- decisions changed, made anew, enforced by the agency itself ---------------------------------------------


def test_what_the_department_changes_is_served_anew():
    world = decided(None, items=TWO)
    change = {"decision_no": DECISION, "reason": "减轻", "items": [{"kind": "fine", "amount_yuan": "900.00"}]}
    world.act("PenaltyChanged", NR, "2025-11-03", **change)
    assert [i.amount_yuan for i in decision(world).items.values()] == ["900.00"]
    assert decision(world).served == {}
    world.act("PenaltyServed", NR, "2025-11-05", decision_no=DECISION, method="direct")
    assert [d for _, d in decision(world).served.values()] == [day("2025-11-05")]


def test_a_decision_made_anew_takes_the_place_of_the_revoked_one():
    world = decided(None, items=TWO)
    world.act("PenaltyRevoked", NR, "2025-11-03", decision_no=DECISION, reason="程序违法")
    world.act("PenaltyReissued", NR, "2025-12-01", decision_no="罚9", reason="重作", items=[{"kind": "fine"}])
    old, new = world.case.decisions.values()
    assert (new.no, new.replaces, new.parties, new.revoked_on) == ("罚9", old.act, old.parties, None)
    world.act("PenaltyServed", NR, "2025-12-02", decision_no="罚9", method="direct")
    assert list(world.case.decisions.values())[1].served != {}
    again = {"decision_no": "罚8", "reason": "重作"}
    assert world.refused("PenaltyReissued", NR, "2025-12-03", **again) == (RULE, "decision_no")


def test_a_decision_made_anew_under_the_old_number_is_the_one_meant_by_it():
    world = decided()
    world.act("PenaltyRevoked", NR, "2025-11-03", decision_no=DECISION, reason="程序违法")
    made = world.act("PenaltyReissued", NR, "2025-12-01", decision_no=DECISION, reason="重作")
    world.act("PenaltyServed", NR, "2025-12-02", decision_no=DECISION, method="direct")
    assert list(world.case.decisions[made.id].served.values()) == [(("1",), day("2025-12-02"))]


# 条款 三（三）-1.7
def test_an_agency_with_power_of_its_own_executes_without_a_ruling():
    world = filed()
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=TWO, enforcement_power="own")
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    world.act("EnforcementDecisionMade", NR, "2026-01-20", decision_no=DECISION, items=["1"])
    assert world.irregular() == set()
    assert world.refused("ExecutionCompleted", COURT, "2026-02-02", result="full") == (RULE, "actor")
    assert world.refused("ExecutionCompleted", NR, "2026-01-19", result="full") == (RULE, "occurred_on")
    world.act("ExecutionCompleted", NR, "2026-02-02", result="full")
    assert decision(world).done == {"1": day("2026-02-02")}


# --- review and court ---------------------------------------------------------------------------------------


def sued() -> World:
    world = decided()
    world.act("LawsuitFiled", COURT, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    return world


def test_an_appeal_takes_the_effect_from_the_first_judgment():
    world = sued()
    world.act("LawsuitDecided", COURT, "2025-12-10", court_case_no=SUIT, instance=1, outcome="revoked")
    assert decision(world).revoked_on == day("2025-12-10")
    world.act("AppealFiled", NR, "2025-12-20", court_case_no=SUIT, court="court.lhasa")
    suit = next(iter(world.case.remedies.values()))
    assert (suit.outcome, decision(world).revoked_on) == (None, None)
    early = {"court_case_no": SUIT, "instance": 2, "outcome": "claims_dismissed"}
    assert world.refused("LawsuitDecided", "court.lhasa", "2025-12-19", **early) == (RULE, "occurred_on")
    # the second instance has a number of its own
    second = {"court_case_no": "（2026）藏01行终1号", "instance": 2, "outcome": "claims_dismissed"}
    world.act("LawsuitDecided", "court.lhasa", "2026-03-10", **second)
    suit = next(iter(world.case.remedies.values()))
    assert (suit.outcome, suit.effective_on) == ("claims_dismissed", day("2026-03-10"))
    world.act("EnforcementApplied", NR, "2026-03-20", decision_no=DECISION, court=COURT, basis="judgment")


def test_a_complaint_makes_known_the_lawsuit_that_its_court_states_later():
    world = decided()
    world.act("ComplaintReceived", NR, "2025-10-30", court_case_no=SUIT, decision_no=DECISION, court=COURT)
    world.act(
        "LawsuitFiled",
        COURT,
        "2025-10-24",
        "2025-11-03",
        decision_no=DECISION,
        court=COURT,
        court_case_no=SUIT,
    )
    assert [(r.no, r.on, r.complaint_on) for r in world.case.remedies.values()] == [
        (SUIT, day("2025-10-24"), day("2025-10-30"))
    ]
    again = {"decision_no": DECISION, "court": COURT, "court_case_no": SUIT}
    assert world.refused("LawsuitFiled", COURT, "2025-10-24", "2025-11-04", **again) == (
        RULE,
        "court_case_no",
    )


def test_a_session_put_off_is_attended_on_its_new_day():
    world = sued()
    world.act("CourtSessionNoticed", COURT, "2025-11-20", court_case_no=SUIT, hearing_on="2025-12-01")
    world.act("CourtSessionPostponed", COURT, "2025-11-28", court_case_no=SUIT, hearing_on="2025-12-08")
    old = {"court_case_no": SUIT, "hearing_on": "2025-12-01", "appeared": True}
    assert world.refused("HeadAppeared", NR, "2025-12-08", **old) == (RULE, "hearing_on")
    world.act("HeadAppeared", NR, "2025-12-08", court_case_no=SUIT, hearing_on="2025-12-08", appeared=True)
    session = next(iter(world.case.sessions.values()))
    assert (session.hearing_on, session.appeared) == (day("2025-12-08"), True)
    about = {e.subjects["session"] for e in world.case.entries if "session" in e.subjects}
    assert about == {session.act}


# --- rulings put right, materials, opinions -----------------------------------------------------------------


def test_a_rectified_ruling_is_known_by_both_numbers():
    world = granted()
    world.act("RulingRectified", COURT, "2026-02-26", ruling_no=RULING, what="文号笔误", number="裁正1")
    world.act("RulingReceived", NR, "2026-02-27", ruling_no=RULING)
    world.act("RulingCopied", NR, "2026-03-02", ruling_no="裁正1")
    ruling = next(iter(world.case.rulings.values()))
    assert (ruling.no, ruling.received_on) == ("裁正1", day("2026-02-27"))


def test_a_revoked_ruling_is_executed_by_nobody_and_may_be_made_anew():
    world = granted()
    world.act("RulingRevoked", COURT, "2026-02-26", ruling_no=RULING, what="确有错误")
    again = {"ruling_no": RULING, "what": "确有错误"}
    assert world.refused("RulingRevoked", COURT, "2026-02-27", **again) == (RULE, "ruling_no")
    assert world.refused("RulingRectified", COURT, "2026-02-27", **again) == (RULE, "ruling_no")
    done = {"ruling_no": RULING, "result": "full"}
    assert world.refused("ExecutionCompleted", GOVERNMENT, "2026-03-02", **done) == (RULE, "ruling_no")
    world.act("EnforcementGranted", COURT, "2026-03-03", ruling_no="裁2", executor="government")
    world.act("ExecutionCompleted", GOVERNMENT, "2026-03-10", result="full")
    assert application(world).ended == "completed"


def test_a_refusal_that_is_revoked_leaves_the_application_to_be_ruled_on():
    world = accepted()
    world.act("EnforcementRefused", COURT, "2026-02-24", ruling_no=RULING, reasons="违法")
    assert application(world).ended == "refused"
    world.act("RulingRevoked", "court.lhasa", "2026-03-20", ruling_no=RULING, what="适用法律错误")
    assert application(world).ended == ""


def test_what_is_supplemented_answers_a_demand():
    world = applied()
    world.act("SupplementDemanded", COURT, "2026-02-12", what="送达回证")
    assert world.refused("MaterialsSupplemented", NR, "2026-02-11", "2026-02-13") == (RULE, "occurred_on")
    world.act("MaterialsSupplemented", NR, "2026-02-13", what="送达回证")


def test_a_hearing_of_opinions_recorded_before_the_acceptance_runs_from_it():
    world = applied()
    world.act("HearingOfOpinionsOpened", COURT, "2026-02-13")
    assert world.irregular() == {"heard_without_acceptance"}
    world.act("EnforcementAccepted", COURT, "2026-02-12", "2026-02-14", review_case_no="行审1")
    # thirty days from Thursday 12 February: Saturday 14 March, so Monday the 16th
    assert world.duty("rule_after_hearing_opinions").due_on == day("2026-03-16")
    assert world.case == world.refolded()


def test_a_hearing_of_opinions_is_not_older_than_the_acceptance():
    assert accepted().refused("HearingOfOpinionsOpened", COURT, "2026-02-11") == (RULE, "occurred_on")


def test_a_suggestion_goes_to_one_that_handles_the_case():
    world = applied()
    data = {"suggestion_no": "建1", "to": "nr.dagze", "subject": "inaction"}
    assert world.refused("SuggestionIssued", PROCURATORATE, "2026-03-02", **data) == (RULE, "to")
    data |= {"to": "court.dagze", "subject": "court_execution"}
    assert world.refused("SuggestionIssued", PROCURATORATE, "2026-03-02", **data) == (RULE, "to")
    world.act("SuggestionIssued", PROCURATORATE, "2026-03-02", suggestion_no="建1", to=NR, subject="inaction")


# --- other hands --------------------------------------------------------------------------------------------


def transferred(accepted_on: str = "2025-09-10") -> World:
    world = filed()
    world.act("CaseTransferred", NR, "2025-09-01", to="nr.chengguan", why="territory")
    world.act("TransferAccepted", "nr.chengguan", accepted_on, new_case_no="城自然资执〔2025〕9号")
    return world


# 条款 三（六）-1.1
def test_a_transfer_takes_effect_on_the_day_it_is_accepted():
    world = transferred()
    assert [world.case.nr_on(day(d)) for d in ("2025-09-01", "2025-09-09", "2025-09-10", "2026-01-05")] == [
        NR, NR, "nr.chengguan", "nr.chengguan",
    ]  # fmt: skip
    assert world.case.filed.nr == "nr.chengguan"
    step = ("PenaltyHearingRightNotified",)
    assert world.refused(*step, NR, "2025-09-10") == (RULE, "actor")
    assert world.refused(*step, "nr.chengguan", "2025-09-09", "2025-09-12") == (RULE, "actor")
    world.act(*step, "nr.chengguan", "2025-09-10")
    world.act(*step, NR, "2025-09-05", "2025-09-12")  # what the former one did before may still be recorded


def test_before_it_is_accepted_a_transfer_changes_nothing():
    world = filed()
    world.act("CaseTransferred", NR, "2025-09-01", to="nr.chengguan", why="level")
    world.act("PenaltyHearingRightNotified", NR, "2025-09-05")
    assert world.refused("PenaltyHearingRightNotified", "nr.chengguan", "2025-09-05") == (RULE, "actor")


def test_the_old_number_stays_an_alias():
    world = transferred()
    assert world.case.number == "城自然资执〔2025〕9号"
    assert (world.case.id, world.case.former_ids) == ("拉自然资执〔2026〕1号", ("拉自然资执〔2026〕1号",))


# 条款 三（六）-1.1
def test_a_transfer_returned_leaves_the_case_where_it_was():
    world = filed()
    world.act("CaseTransferred", NR, "2025-09-01", to="nr.chengguan", why="level")
    world.act("TransferReturned", "nr.chengguan", "2025-09-03", reason="不属本机关管辖")
    assert world.case.nr_on(day("2025-09-04")) == NR
    world.act(
        "CaseTransferred", NR, "2025-09-05", to="nr.duilong", why="territory"
    )  # it may go elsewhere now


def test_a_case_given_back_is_the_former_ones_from_that_day_and_bears_the_old_number():
    world = transferred()
    world.act("TransferReturned", "nr.chengguan", "2025-10-09", why="territory")
    assert [world.case.nr_on(day(d)) for d in ("2025-09-09", "2025-10-08", "2025-10-09")] == [
        NR,
        "nr.chengguan",
        NR,
    ]
    assert (world.case.number, world.case.former_ids) == ("拉自然资执〔2026〕1号", ("城自然资执〔2025〕9号",))
    assert world.case == world.refolded()


def test_a_suggestion_to_the_former_department_is_answered_by_the_one_in_charge():
    world = filed()
    world.act("SuggestionIssued", PROCURATORATE, "2025-08-20", suggestion_no="建1", to=NR, subject="inaction")
    world.act("CaseTransferred", NR, "2025-09-01", to="nr.chengguan", why="territory")
    world.act("TransferAccepted", "nr.chengguan", "2025-09-10")
    reply = {"suggestion_no": "建1", "adopted": True, "measures": "已整改"}
    assert world.refused("SuggestionReplied", "nr.duilong", "2025-09-12", **reply) == (RULE, "actor")
    world.act("SuggestionReplied", "nr.chengguan", "2025-09-12", **reply)


def test_a_township_has_no_part_in_a_case_that_left_its_county():
    world = World("城自然资执〔2026〕1号", with_agencies(TOWNSHIP))
    world.act("ViolationFound", "township.nagin", "2026-03-02", what="占地")
    filed(world, "2026-03-05", "nr.chengguan")
    world.act("NoticeIneffective", "township.nagin", "2026-03-06", what="继续施工")
    world.act("CaseTransferred", "nr.chengguan", "2026-03-09", to="nr.duilong", why="difficulty")
    world.act("TransferAccepted", "nr.duilong", "2026-03-10")
    assert world.refused("NoticeIneffective", "township.nagin", "2026-03-11", what="施工") == (RULE, "actor")


# --- boundaries, merged agencies, routes --------------------------------------------------------------------


def moved(on: str, region: str = "540104", frm: str = "nr.dagze", to: str = "nr.chengguan") -> Registry:
    office = Office(lhasa())
    office.act("BoundaryChanged", region=region, from_agency=frm, to_agency=to, on=on)
    return office.registry


def in_dagze(world: World, on: str = "2025-08-01") -> World:
    return filed(world, on, "nr.dagze", place={"region": "540104", "address": "示例村"})


# 条款 三（六）-1.2
def test_a_boundary_change_moves_the_open_cases_of_the_place_from_its_day():
    world = in_dagze(World("达自然资执〔2025〕1号", moved("2025-10-01")))
    assert [world.case.nr_on(day(d)) for d in ("2025-08-01", "2025-09-30", "2025-10-01")] == [
        "nr.dagze", "nr.dagze", "nr.chengguan",
    ]  # fmt: skip
    assert world.refused("PenaltyHearingRightNotified", "nr.dagze", "2025-10-01") == (RULE, "actor")
    world.act("PenaltyHearingRightNotified", "nr.dagze", "2025-09-30")
    world.act("PenaltyHearingRequested", "nr.chengguan", "2025-10-09")


def test_a_boundary_change_elsewhere_moves_nothing():
    world = in_dagze(World("达自然资执〔2025〕1号", moved("2025-10-01", region="540103")))
    assert world.case.nr_on(day("2026-01-05")) == "nr.dagze"


def test_a_case_filed_for_a_place_that_has_moved_away_is_flagged():
    world = in_dagze(World("达自然资执〔2025〕1号", moved("2025-07-01")))
    assert {i.source for i in world.irregularities() if i.code == "filed_without_jurisdiction"} == {
        "行政处罚法 §22"
    }
    before = in_dagze(World("达自然资执〔2025〕1号", moved("2025-08-02")))
    assert "filed_without_jurisdiction" not in before.irregular()


def test_a_transferred_case_follows_the_boundaries_of_the_one_it_went_to():
    world = filed(World(registry=moved("2026-01-01", region="540102", frm="nr.chengguan", to="nr.duilong")))
    world.act("CaseTransferred", NR, "2025-09-01", to="nr.chengguan", why="territory")
    world.act("TransferAccepted", "nr.chengguan", "2025-09-10")
    assert [world.case.nr_on(day(d)) for d in ("2025-09-09", "2025-12-31", "2026-01-01")] == [
        NR, "nr.chengguan", "nr.duilong",
    ]  # fmt: skip


def test_a_railway_court_with_a_route_is_the_court_of_the_place():
    railway = ("court.railway", "court", "county", "540100")
    data = {"court": "court.railway", "decision_no": DECISION}
    without = decided(World(registry=with_agencies(railway)))
    office = Office(without.registry)
    office.act(
        "RouteSet",
        region="540100",
        kind="court",
        matter="non_litigation",
        agency="court.railway",
        from_=START,
    )
    routed = decided(World(registry=office.registry))
    routed.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    routed.act("EnforcementApplied", NR, "2026-01-20", **data)
    assert routed.irregular() == set()
    routed.act("EnforcementAccepted", "court.railway", "2026-01-22", review_case_no="行审1")
    assert application(routed).accepted_on == day("2026-01-22")


# --- joined and split, closed and reopened ------------------------------------------------------------------


def test_a_case_joined_into_another_is_closed():
    world = filed()
    world.act("CasesJoined", NR, "2025-08-20", cases=["拉自然资执〔2026〕2号"], into="拉自然资执〔2026〕2号")
    assert (world.case.closed_on, world.case.joined_with) == (day("2025-08-20"), ("拉自然资执〔2026〕2号",))
    goes_on = filed()
    goes_on.act("CasesJoined", NR, "2025-08-20", cases=["拉自然资执〔2026〕2号"])
    assert goes_on.case.closed_on is None
    again = {"cases": ["拉自然资执(2026)2号"]}
    assert goes_on.refused("CasesJoined", NR, "2025-08-21", **again) == (RULE, "cases")


def closed() -> World:
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-12", materials=MATERIALS)
    world.act("CaseClosed", NR, "2026-03-02", reason="自行拆除")
    return world


def test_a_closed_case_takes_records_of_what_was_before_corrections_and_acknowledgements():
    world = closed()
    world.act("EnforcementAccepted", COURT, "2026-02-12", "2026-03-10", review_case_no="行审1")
    world.act(
        "CopyAcknowledged", PROCURATORATE, "2026-03-10", of="ApplicationCopied", received_on="2026-02-13"
    )
    world.act(
        "StatementCorrected", NR, "2026-03-11", of=APPLICATION, reason="笔误", data={"application_no": "申9"}
    )
    assert world.case.closed_on == day("2026-03-02")


@pytest.mark.parametrize(
    ("type_", "actor", "data"),
    [
        ("AcceptanceReceived", NR, {}),
        ("CaseTransferred", NR, {"to": "nr.chengguan", "why": "level"}),
        ("HearingOfOpinionsOpened", COURT, {}),
        ("SuggestionIssued", PROCURATORATE, {"suggestion_no": "建1", "to": NR, "subject": "inaction"}),
    ],
)
def test_a_closed_case_takes_nothing_new_until_it_is_reopened(type_, actor, data):
    world = closed()
    assert world.refused(type_, actor, "2026-03-03", **data) == (RULE, "case")
    world.act("CaseReopened", NR, "2026-03-03", reason="复查发现未拆除")
    world.act(type_, actor, "2026-03-03", **data)


# --- records made in error ----------------------------------------------------------------------------------


def test_what_was_recorded_twice_has_no_effect_and_stays_in_the_timeline():
    world = decided(None, items=TWO)
    for paid in ("2025-10-20", "2025-10-21"):
        world.act("FinePaid", NR, paid, decision_no=DECISION, amount_yuan="2500.00")
    second = world.case.acts[-1].id
    assert set(decision(world).settled) == {"2"}
    world.act("StatementVoided", NR, "2025-10-22", of=second, reason="duplicate")
    assert (decision(world).due("2"), decision(world).settled) == (Decimal("2500.00"), {})
    assert second in {a.id for a in world.case.acts}
    assert world.case == world.refolded()
    assert world.refused("StatementVoided", NR, "2025-10-23", of=second, reason="duplicate") == (RULE, "of")
    change = {"of": second, "reason": "笔误", "data": {"amount_yuan": "1.00"}}
    assert world.refused("StatementCorrected", NR, "2025-10-23", **change) == (RULE, "of")


def test_what_came_into_the_wrong_case_frees_its_number():
    world = decided()
    wrong = world.act("NoticeIssued", NR, "2025-10-16", notice="stop_violation", notice_no="停7")
    world.act(
        "StatementVoided",
        NR,
        "2025-10-17",
        of=wrong.id,
        reason="wrong_case",
        right_case="拉自然资执〔2026〕3号",
    )
    assert world.case.notices == {}
    world.act("NoticeIssued", NR, "2025-10-18", notice="correct_violation", notice_no="停7")


def test_a_case_filed_in_error_may_be_filed_again_under_its_number():
    world = filed()
    filing = world.case.acts[0].id
    world.act("StatementVoided", NR, "2025-08-02", of=filing, reason="wrong_case")
    assert world.case.filing is None
    assert world.refused("NoticeIssued", NR, "2025-08-03", notice="stop_violation", notice_no="停1") == (
        RULE,
        "case",
    )
    filed(world, "2025-08-04")
    assert world.case.filed.filed_on == day("2025-08-04")


def test_the_voided_are_those_that_some_act_names():
    world = filed()
    made = world.act("RemovalVerified", NR, "2025-08-06", what="拆除", on_site=True)
    world.act("RemovalVerified", NR, "2025-08-06", what="拆除", on_site=True)
    assert voided(world.case.acts) == frozenset()
    world.act("StatementVoided", NR, "2025-08-07", of=made.id, reason="duplicate")
    assert voided(world.case.acts) == {made.id}


def test_an_empty_case_is_nobodys():
    assert (Case("x").holders, Case("x").number) == ((), "x")
    assert Case("x", holders=((date(2025, 1, 1), NR),)).nr_on(date(2024, 1, 1)) == NR
