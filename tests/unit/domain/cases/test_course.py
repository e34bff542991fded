"""Each act of a case's own course taken once and refused once, and what should not have happened flagged with its clause.

Days as in `tests.worlds`: filed 2025-08-01, decided 2025-10-10, served 2025-10-15, applied 2026-02-10, accepted 2026-02-12,
granted 2026-02-24."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.acts import EVENTS
from tests.worlds import (
    COURT,
    DECISION,
    GOVERNMENT,
    NR,
    PROCURATORATE,
    RULING,
    World,
    accepted,
    applied,
    decided,
    filed,
    granted,
)

RULE, SCHEMA, FUTURE = "case_rule_broken", "schema_invalid", "date_in_future"
SUIT = "（2025）藏0102行初1号"
SUPERIOR = "court.lhasa"
ITEMS = [{"kind": "fine", "amount_yuan": "100.00"}]
ON = {"decision_no": DECISION}
PLACE = {"region": "540102", "address": "示例村"}
OLD = {
    "case_no": "拉自然资执〔2026〕1号",
    "parties": [{"name": "甲"}],
    "stage": "已申请执行",
    "source_row": 7,
}
FOUND = {"what": "占地建房"}
TO = {"to": "nr.chengguan", "why": "territory"}


def found() -> World:
    world = World()
    world.act("ViolationFound", NR, "2025-07-28", **FOUND)
    return world


def found_and_filed() -> World:
    return filed(found())


def reported() -> World:
    world = filed()
    world.act("ViolationReported", NR, "2025-08-04", government=GOVERNMENT, report_no="报1")
    return world


def revoked() -> World:
    world = decided()
    world.act("PenaltyRevoked", NR, "2025-11-03", decision_no=DECISION, reason="程序违法")
    return world


def reviewed() -> World:
    world = decided()
    world.act("ReviewApplied", GOVERNMENT, "2025-11-03", decision_no=DECISION, authority="市政府")
    return world


def sued() -> World:
    world = decided()
    world.act("LawsuitFiled", COURT, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    return world


def summoned() -> World:
    world = sued()
    world.act("CourtSessionNoticed", COURT, "2025-11-20", court_case_no=SUIT, hearing_on="2025-12-01")
    return world


def attended() -> World:
    world = summoned()
    world.act("HeadAppeared", NR, "2025-12-01", court_case_no=SUIT, hearing_on="2025-12-01", appeared=True)
    return world


def judged() -> World:
    world = sued()
    world.act(
        "LawsuitDecided", COURT, "2025-12-10", court_case_no=SUIT, instance=1, outcome="claims_dismissed"
    )
    return world


def closed() -> World:
    world = filed()
    world.act("CaseClosed", NR, "2025-08-06", reason="完毕")
    return world


def transferred() -> World:
    world = filed()
    world.act("CaseTransferred", NR, "2025-08-20", **TO)
    return world


def taken_over() -> World:
    world = transferred()
    world.act("TransferAccepted", "nr.chengguan", "2025-08-25", new_case_no="城自然资执〔2025〕9号")
    return world


def own_power() -> World:
    world = filed()
    world.act(
        "PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}, {"kind": "fine"}],
        enforcement_power="own",
    )  # fmt: skip
    world.act("PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="direct")
    return world


def enforced() -> World:
    world = own_power()
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    world.act("EnforcementDecisionMade", NR, "2026-01-20", decision_no=DECISION, items=["1"])
    return world


def twice_noted() -> World:
    world = filed()
    world.act("RemovalVerified", NR, "2025-08-06", what="拆除", on_site=True)
    world.act("RemovalVerified", NR, "2025-08-06", what="已拆除", on_site=True)
    return world


def last(world: World) -> str:
    return world.case.acts[-1].id


Scene = Callable[[], World]
TAKEN: list[tuple[str, Scene, str, str, dict[str, Any]]] = [
    ("ViolationFound", World, NR, "2025-07-28", {**FOUND, "place": PLACE}),
    ("ViolationFound", filed, NR, "2025-09-01", FOUND),
    ("ViolationNotConfirmed", found, NR, "2025-07-30", {"what": "有审批手续"}),
    ("SuspectedCrimeFound", World, NR, "2025-07-28", {"crime": "非法占用农用地"}),
    ("SuspectedCrimeFound", filed, NR, "2025-09-01", {"what": "毁坏耕地二十亩"}),
    ("ViolationCopied", reported, NR, "2025-08-05", {"to": ["police.lhasa", PROCURATORATE], "report_no": "报1"}),
    ("InstructionGiven", filed, GOVERNMENT, "2025-08-06", {"to": "government.chengguan", "what": "依法查处", "by": "分管副市长"}),
    ("CaseCarriedForward", World, NR, "2026-01-05", OLD),
    ("PenaltyChanged", decided, NR, "2025-11-03", {**ON, "reason": "减轻", "items": ITEMS}),
    ("PenaltyChanged", sued, COURT, "2025-11-03", {**ON, "reason": "变更判决"}),
    ("PenaltyReissued", revoked, NR, "2025-12-01", {**ON, "reason": "重作", "new_decision_no": "罚9"}),
    ("PenaltyReissued", revoked, NR, "2025-12-01", {"decision_no": "罚9", "reason": "重作", "items": ITEMS}),
    ("EnforcementDecisionMade", own_power, NR, "2026-01-20", ON),
    ("ReviewAccepted", reviewed, GOVERNMENT, "2025-11-06", ON),
    ("ReviewExtended", reviewed, GOVERNMENT, "2025-12-20", {**ON, "until": "2026-01-30"}),
    ("ComplaintReceived", sued, NR, "2025-10-30", {"court_case_no": SUIT}),
    ("ComplaintReceived", decided, NR, "2025-10-30", {"court_case_no": SUIT, **ON, "court": COURT}),
    ("AnswerFiled", sued, NR, "2025-11-10", {"court_case_no": SUIT}),
    ("AppealFiled", judged, NR, "2025-12-20", {"court_case_no": SUIT, "court": SUPERIOR}),
    ("CourtSessionNoticed", sued, COURT, "2025-11-20", {"court_case_no": SUIT, "hearing_on": "2025-12-01"}),
    ("CourtSessionPostponed", summoned, COURT, "2025-11-28", {"court_case_no": SUIT, "hearing_on": "2025-12-08"}),
    ("HeadAppeared", summoned, NR, "2025-12-01", {"court_case_no": SUIT, "hearing_on": "2025-12-01", "appeared": True, "who": "局长"}),
    ("RulingRectified", granted, COURT, "2026-02-26", {"ruling_no": RULING, "what": "笔误"}),
    ("RulingRevoked", granted, COURT, "2026-02-26", {"ruling_no": RULING, "what": "确有错误"}),
    ("RulingRevoked", granted, SUPERIOR, "2026-02-26", {"ruling_no": RULING, "what": "确有错误"}),
    ("CaseTransferred", filed, NR, "2025-08-20", TO),
    ("TransferAccepted", transferred, "nr.chengguan", "2025-08-25", {"new_case_no": "城自然资执〔2025〕9号"}),
    ("TransferReturned", transferred, "nr.chengguan", "2025-08-25", {"reason": "不属本机关管辖"}),
    ("CaseSplit", filed, NR, "2025-08-20", {"cases": ["拉自然资执〔2026〕2号"]}),
    ("CasesJoined", filed, NR, "2025-08-20", {"cases": ["拉自然资执〔2026〕2号"], "reason": "同一当事人"}),
    ("CaseReopened", closed, NR, "2025-09-01", {"reason": "复查发现未拆除"}),
    ("StatementVoided", twice_noted, NR, "2025-08-07", {"of": f"{3:032x}", "reason": "duplicate"}),
]  # fmt: skip
REFUSED: list[tuple[str, Scene, str, str, dict[str, Any], str, str]] = [
    ("ViolationFound", World, "nr.chengguan", "2025-07-28", FOUND, RULE, "case"),  # the number is the city's
    ("ViolationFound", filed, "nr.dagze", "2025-09-01", FOUND, RULE, "actor"),
    ("ViolationFound", found, NR, "2025-07-27", FOUND, RULE, "occurred_on"),
    ("ViolationNotConfirmed", World, NR, "2025-07-30", {"what": "x"}, RULE, "case"),
    ("ViolationNotConfirmed", found_and_filed, NR, "2025-08-05", {"what": "x"}, RULE, "case"),
    ("SuspectedCrimeFound", World, NR, "2025-07-28", {}, RULE, "crime"),
    ("ViolationCopied", filed, NR, "2025-08-05", {"to": ["police.x"], "report_no": "报1"}, RULE, "to.0"),
    ("ViolationCopied", filed, NR, "2025-08-05", {"to": ["police.lhasa", "police.lhasa"], "report_no": "报1"}, RULE, "to.1"),
    ("ViolationCopied", reported, NR, "2025-08-03", {"to": ["police.lhasa"], "report_no": "报1"}, RULE, "occurred_on"),
    ("InstructionGiven", filed, "government.dagze", "2025-08-06", {"to": NR, "what": "查处", "by": "县长"}, RULE, "actor"),
    ("InstructionGiven", filed, GOVERNMENT, "2025-08-06", {"to": "township.x", "what": "查处", "by": "市长"}, RULE, "to"),
    ("CaseCarriedForward", filed, NR, "2026-01-05", OLD, RULE, "case"),
    ("CaseCarriedForward", World, "nr.dagze", "2026-01-05", OLD, RULE, "case"),
    ("CaseCarriedForward", World, NR, "2026-01-05", {**OLD, "prior_acts": [{"type": "Sued", "on": "2023-01-04"}]}, RULE, "prior_acts.0.type"),
    ("CaseCarriedForward", World, NR, "2026-01-05", {**OLD, "prior_acts": [{"type": "NoticeIssued", "on": "2026-01-06"}]}, RULE, "prior_acts.0.on"),
    ("CaseCarriedForward", World, NR, "2026-01-05",
     {**OLD, "prior_acts": [{"type": "EnforcementAccepted", "for": PROCURATORATE, "on": "2023-01-04"}]}, RULE, "prior_acts.0.for"),
    ("CaseCarriedForward", World, NR, "2026-01-05", {**OLD, "parties": [{"name": "甲"}, {"name": "乙", "party_id": 1}]}, RULE, "parties"),
    ("PenaltyChanged", revoked, NR, "2025-12-01", {**ON, "reason": "减轻"}, RULE, "decision_no"),
    ("PenaltyChanged", decided, "court.dagze", "2025-12-01", {**ON, "reason": "变更"}, RULE, "actor"),
    ("PenaltyReissued", decided, NR, "2025-12-01", {**ON, "reason": "重作"}, RULE, "decision_no"),
    ("PenaltyReissued", revoked, NR, "2025-11-02", {**ON, "reason": "重作"}, RULE, "occurred_on"),
    ("EnforcementDecisionMade", own_power, NR, "2026-01-20", {**ON, "items": ["9"]}, RULE, "items"),
    ("EnforcementDecisionMade", enforced, NR, "2026-01-21", {**ON, "items": ["1"]}, RULE, "items"),
    ("ReviewAccepted", decided, GOVERNMENT, "2025-11-06", ON, RULE, "decision_no"),
    ("ReviewAccepted", reviewed, GOVERNMENT, "2025-11-02", ON, RULE, "occurred_on"),
    ("ReviewExtended", reviewed, GOVERNMENT, "2025-12-20", {**ON, "until": "2025-12-20"}, RULE, "until"),
    ("ReviewExtended", reviewed, "nr.dagze", "2025-12-20", ON, RULE, "actor"),
    ("ComplaintReceived", decided, NR, "2025-10-30", {"court_case_no": SUIT}, RULE, "court_case_no"),
    ("ComplaintReceived", sued, NR, "2025-10-23", {"court_case_no": SUIT}, RULE, "occurred_on"),
    ("AnswerFiled", decided, NR, "2025-11-10", {"court_case_no": SUIT}, RULE, "court_case_no"),
    ("AppealFiled", sued, NR, "2025-12-20", {"court_case_no": SUIT, "court": SUPERIOR}, RULE, "court_case_no"),
    ("AppealFiled", judged, NR, "2025-12-20", {"court_case_no": SUIT, "court": COURT}, RULE, "court"),
    ("AppealFiled", judged, NR, "2025-12-09", {"court_case_no": SUIT, "court": SUPERIOR}, RULE, "occurred_on"),
    ("CourtSessionNoticed", sued, "court.dagze", "2025-11-20", {"court_case_no": SUIT, "hearing_on": "2025-12-01"}, RULE, "actor"),
    ("CourtSessionNoticed", sued, COURT, "2025-11-20", {"court_case_no": SUIT, "hearing_on": "2025-11-19"}, RULE, "hearing_on"),
    ("CourtSessionNoticed", summoned, COURT, "2025-11-21", {"court_case_no": SUIT, "hearing_on": "2025-12-01"}, RULE, "hearing_on"),
    ("CourtSessionPostponed", sued, COURT, "2025-11-28", {"court_case_no": SUIT, "hearing_on": "2025-12-08"}, RULE, "court_case_no"),
    ("CourtSessionPostponed", attended, COURT, "2025-12-01", {"court_case_no": SUIT, "hearing_on": "2025-12-08"}, RULE, "court_case_no"),
    ("HeadAppeared", summoned, NR, "2025-12-02", {"court_case_no": SUIT, "hearing_on": "2025-12-02", "appeared": True}, RULE, "hearing_on"),
    ("HeadAppeared", summoned, NR, "2025-11-30", {"court_case_no": SUIT, "hearing_on": "2025-12-01", "appeared": True}, RULE, "occurred_on"),
    ("HeadAppeared", attended, NR, "2025-12-02", {"court_case_no": SUIT, "hearing_on": "2025-12-01", "appeared": True}, RULE, "hearing_on"),
    ("RulingRectified", granted, SUPERIOR, "2026-02-26", {"ruling_no": RULING, "what": "笔误"}, RULE, "actor"),
    ("RulingRectified", granted, COURT, "2026-02-26", {"ruling_no": RULING, "what": "漏项", "items": ["9"]}, RULE, "items"),
    ("RulingRevoked", granted, "court.duilong", "2026-02-26", {"ruling_no": RULING, "what": "错"}, RULE, "actor"),
    ("RulingRevoked", granted, COURT, "2026-02-23", {"ruling_no": RULING, "what": "错"}, RULE, "occurred_on"),
    ("CaseTransferred", filed, NR, "2025-08-20", {**TO, "to": "police.lhasa"}, RULE, "to"),
    ("CaseTransferred", filed, NR, "2025-08-20", {**TO, "to": NR}, RULE, "to"),
    ("CaseTransferred", filed, NR, "2025-08-20", {**TO, "new_case_no": "堆自然资执〔2025〕9号"}, RULE, "new_case_no"),
    ("CaseTransferred", transferred, NR, "2025-08-21", {**TO, "to": "nr.duilong"}, RULE, "case"),
    ("TransferAccepted", filed, "nr.chengguan", "2025-08-25", {}, RULE, "case"),
    ("TransferAccepted", transferred, "nr.duilong", "2025-08-25", {}, RULE, "actor"),
    ("TransferAccepted", transferred, "nr.chengguan", "2025-08-19", {}, RULE, "occurred_on"),
    ("TransferAccepted", taken_over, "nr.chengguan", "2025-08-26", {}, RULE, "case"),
    ("TransferReturned", transferred, NR, "2025-08-25", {}, RULE, "actor"),
    ("TransferReturned", taken_over, "nr.chengguan", "2025-08-24", {}, RULE, "occurred_on"),
    ("CaseSplit", filed, NR, "2025-08-20", {"cases": ["拉自然资执(2026)1号"]}, RULE, "cases"),
    ("CasesJoined", filed, NR, "2025-08-20", {"cases": ["拉1号"], "into": "拉2号"}, RULE, "into"),
    ("CaseReopened", filed, NR, "2025-09-01", {"reason": "x"}, RULE, "case"),
    ("CaseReopened", closed, NR, "2025-08-05", {"reason": "x"}, RULE, "occurred_on"),
    ("StatementVoided", twice_noted, GOVERNMENT, "2025-08-07", {"of": f"{3:032x}", "reason": "duplicate"}, RULE, "of"),
    ("StatementVoided", twice_noted, NR, "2025-08-07", {"of": "f" * 32, "reason": "duplicate"}, RULE, "of"),
    ("StatementVoided", twice_noted, NR, "2025-08-07", {"of": f"{1:032x}", "reason": "wrong_case"}, RULE, "of"),  # the filing of all else
    ("StatementVoided", reported, NR, "2025-08-07", {"of": f"{2:032x}", "reason": "duplicate"}, RULE, "reason"),
    ("StatementVoided", reported, NR, "2025-08-07",
     {"of": f"{2:032x}", "reason": "wrong_case", "right_case": "拉自然资执(2026)1号"}, RULE, "right_case"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "scene", "actor", "on", "data"), TAKEN)
def test_what_may_happen_is_taken(type_, scene, actor, on, data):
    world = scene()
    act = world.act(type_, actor, on, **data)
    assert world.case.acts[-1] == act
    assert world.case.entry(act.id) is not None
    assert world.case == world.refolded()


@pytest.mark.parametrize(("type_", "scene", "actor", "on", "data", "code", "field"), REFUSED)
def test_what_cannot_have_happened_is_refused(type_, scene, actor, on, data, code, field):
    assert scene().refused(type_, actor, on, **data) == (code, field)


def test_every_act_of_the_course_is_taken_and_refused_here():
    course = {name for name, kind in EVENTS.items() if kind.cls.__module__ == "domain.acts.course"}
    assert {t[0] for t in TAKEN} == course
    assert {r[0] for r in REFUSED} == course


@pytest.mark.parametrize("type_", sorted({t[0] for t in TAKEN}))
def test_nothing_happens_before_it_is_received(type_):
    scene, actor, on, data = next(t[1:] for t in TAKEN if t[0] == type_)
    earlier = f"{int(on[:4]) - 2}{on[4:]}"
    assert scene().refused(type_, actor, on, earlier, **data) == (FUTURE, "occurred_on")


@pytest.mark.parametrize(
    "type_",
    sorted({t[0] for t in TAKEN} - {"ViolationFound", "SuspectedCrimeFound", "CaseCarriedForward"}),
)
def test_a_case_never_begun_takes_nothing_else(type_):
    actor, on, data = next(t[2:] for t in TAKEN if t[0] == type_)
    assert World().refused(type_, actor, on, **data) == (RULE, "case")


@pytest.mark.parametrize(
    ("type_", "actor"),
    [
        ("CaseTransferred", "township"), ("CaseReopened", "court"), ("CourtSessionNoticed", "nr"), ("HeadAppeared", "court"),
        ("RulingRectified", "nr"), ("InstructionGiven", "nr"), ("CaseCarriedForward", "township"), ("ReviewAccepted", "court"),
    ],
)  # fmt: skip
def test_who_may_not_sign(type_, actor):
    assert actor not in EVENTS[type_].by


# --- what should not have happened --------------------------------------------------------------------------


def not_demanded() -> World:
    return own_power()


def demanded() -> World:
    world = decided()
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    return world


def planning() -> World:
    world = decided(None, violation="no_planning_permit")
    world.act("PerformanceDemanded", NR, "2025-12-29", decision_no=DECISION)
    return world


def acknowledged() -> World:
    world = reported()
    world.act("ViolationReported", NR, "2025-08-05", government="government.chengguan", report_no="报2")
    world.act("CopyAcknowledged", GOVERNMENT, "2025-08-06", of="报1")
    return world


HEARING = {"court_case_no": SUIT, "hearing_on": "2025-12-01"}
Doing = tuple[Scene, str, str, str, dict[str, Any]]
IRREGULAR: list[tuple[str, str, Doing, Doing]] = [
    ("no_enforcement_power", "行政强制法 §13、§34", (demanded, "EnforcementDecisionMade", NR, "2026-01-20", ON),
     (planning, "EnforcementDecisionMade", GOVERNMENT, "2026-01-20", ON)),
    ("enforced_without_demand", "行政强制法 §35", (not_demanded, "EnforcementDecisionMade", NR, "2026-01-20", ON),
     (planning, "EnforcementDecisionMade", GOVERNMENT, "2026-01-20", ON)),
    ("own_power", "行政强制法 §53", (own_power, "EnforcementApplied", NR, "2026-01-20", {**ON, "court": COURT}),
     (demanded, "EnforcementApplied", NR, "2026-01-20", {**ON, "court": COURT})),
    ("head_absent", "行政诉讼法 §3", (summoned, "HeadAppeared", NR, "2025-12-01", {**HEARING, "appeared": False}),
     (summoned, "HeadAppeared", NR, "2025-12-01", {**HEARING, "appeared": False, "who": "法规科长", "reason": "出差"})),
    ("heard_without_acceptance", "行政强制法 §57、§58", (applied, "HearingOfOpinionsOpened", COURT, "2026-02-13", {}),
     (accepted, "HearingOfOpinionsOpened", COURT, "2026-02-13", {})),
    ("voided_after_answer", "台账运行规则 更正",
     (acknowledged, "StatementVoided", NR, "2025-08-07", {"of": f"{2:032x}", "reason": "duplicate"}),
     (acknowledged, "StatementVoided", NR, "2025-08-07", {"of": f"{3:032x}", "reason": "duplicate"})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "source", "wrong", "right"), IRREGULAR)
def test_what_should_not_have_happened_is_recorded_with_its_clause(code, source, wrong, right):
    scene, type_, actor, on, data = wrong
    world = scene()
    world.act(type_, actor, on, **data)
    assert source in {i.source for i in world.irregularities() if i.code == code}
    scene, type_, actor, on, data = right
    world = scene()
    world.act(type_, actor, on, **data)
    assert code not in world.irregular()
