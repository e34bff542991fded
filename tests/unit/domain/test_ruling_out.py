"""Impossible acts are refused with the field to look at; each event of a case is taken once here and refused once."""

from collections.abc import Callable
from typing import Any

import pytest

from domain.acts import EVENTS
from tests.worlds import (
    APPLICATION,
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
REVIEW_NO = "（2026）藏0102行审1号"
SUIT = "（2025）藏0102行初1号"
SUGGESTION = "拉检行公建〔2026〕1号"
SUPERIOR = "court.lhasa"
FILING = {
    "title": "案", "parties": [{"name": "甲"}], "place": {"region": "540102", "address": "村"},
    "violation": "other", "source": "patrol",
}  # fmt: skip
MATERIALS = [{"title": "申请书"}]


def noticed() -> World:
    world = filed()
    world.act("NoticeIssued", NR, "2025-08-04", notice="stop_violation", notice_no="停1")
    return world


def reported() -> World:
    world = filed()
    world.act("ViolationReported", NR, "2025-08-04", government=GOVERNMENT, report_no="报1")
    return world


def reviewed() -> World:
    world = decided()
    world.act("ReviewApplied", NR, "2025-11-03", decision_no=DECISION, authority="拉萨市人民政府")
    return world


def sued() -> World:
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    return world


def received() -> World:
    world = accepted()
    world.act("AcceptanceReceived", NR, "2026-02-13")
    return world


def ruling_received() -> World:
    world = granted()
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    return world


def refused() -> World:
    world = accepted()
    world.act("EnforcementRefused", COURT, "2026-02-24", ruling_no=RULING, reasons="违法")
    world.act("RulingReceived", NR, "2026-02-26", ruling_no=RULING)
    return world


def appealed() -> World:
    world = refused()
    world.act("RulingReviewApplied", NR, "2026-02-27", ruling_no=RULING, court=SUPERIOR)
    return world


def suspended() -> World:
    world = granted()
    world.act("ExecutionSuspended", COURT, "2026-02-26", reasons="异议")
    return world


def withdrawn() -> World:
    world = applied()
    world.act("ApplicationWithdrawn", NR, "2026-02-11")
    return world


def suggested() -> World:
    world = applied()
    world.act(
        "SuggestionIssued", PROCURATORATE, "2026-03-02", suggestion_no=SUGGESTION, to=NR, subject="inaction"
    )
    return world


def copied() -> World:
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-11", application=APPLICATION, materials=MATERIALS)
    return world


ITEMS = [{"kind": "fine", "amount_yuan": "100.00"}]
ON_DECISION = {"decision_no": DECISION}
ON_RULING = {"ruling_no": RULING}

Scene = Callable[[], World]
TAKEN: list[tuple[str, Scene, str, str, dict[str, Any]]] = [
    ("CaseFiled", World, NR, "2025-08-01", FILING),
    ("NoticeIssued", filed, NR, "2025-08-01", {"notice": "stop_violation", "notice_no": "停1"}),
    ("NoticeIneffective", noticed, NR, "2025-08-05", {"what": "继续施工", "notice_no": "停1"}),
    ("ViolationReported", filed, NR, "2025-08-04", {"government": GOVERNMENT, "report_no": "报1"}),
    ("MeasuresTaken", reported, GOVERNMENT, "2025-08-05", {"measures": "制止"}),
    ("RemovalReported", reported, GOVERNMENT, "2025-08-06", {"what": "拆除"}),
    ("RemovalVerified", filed, NR, "2025-08-06", {"what": "拆除", "on_site": True}),
    ("CaseClosed", filed, NR, "2025-08-06", {"reason": "完毕"}),
    ("PenaltyHearingRightNotified", filed, NR, "2025-09-01", {}),
    ("PenaltyHearingRequested", filed, NR, "2025-09-02", {}),
    ("PenaltyHearingNoticed", filed, NR, "2025-09-03", {"hearing_on": "2025-09-20"}),
    ("PenaltyDecided", filed, NR, "2025-10-10", {**ON_DECISION, "items": ITEMS}),
    ("NoPenaltyDecided", filed, NR, "2025-10-10", {"reasons": "轻微"}),
    ("DecisionTermExtended", filed, NR, "2025-10-10", {"until": "2025-11-30"}),
    ("PenaltyRevoked", decided, NR, "2025-11-03", {**ON_DECISION, "reason": "有误"}),
    ("Performed", decided, NR, "2025-11-03", ON_DECISION),
    ("FinePaid", decided, NR, "2025-11-03", {**ON_DECISION, "amount_yuan": "100.00"}),
    ("PaymentPostponed", decided, NR, "2025-11-03", {**ON_DECISION, "until": "2026-03-01"}),
    ("ReviewApplied", decided, GOVERNMENT, "2025-11-03", {**ON_DECISION, "authority": "市政府"}),
    ("ReviewDecided", reviewed, GOVERNMENT, "2025-12-03", {**ON_DECISION, "outcome": "upheld"}),
    ("LawsuitFiled", decided, COURT, "2025-10-24", {**ON_DECISION, "court": COURT, "court_case_no": SUIT}),
    ("LawsuitDecided", sued, COURT, "2025-12-01", {"court_case_no": SUIT, "instance": 1, "outcome": "withdrawn"}),
    ("PerformanceDemanded", decided, NR, "2025-12-29", ON_DECISION),
    ("EnforcementApplied", decided, NR, "2026-01-20", {**ON_DECISION, "court": COURT}),
    ("MaterialsRefused", applied, NR, "2026-02-11", {"what": "窗口拒收"}),
    ("SupplementDemanded", applied, COURT, "2026-02-11", {"what": "送达回证"}),
    ("MaterialsSupplemented", applied, NR, "2026-02-11", {}),
    ("ApplicationWithdrawn", applied, NR, "2026-02-11", {}),
    ("ApplicationCopied", applied, NR, "2026-02-11", {"materials": MATERIALS}),
    ("EnforcementAccepted", applied, COURT, "2026-02-11", {"review_case_no": REVIEW_NO}),
    ("AcceptanceReceived", accepted, NR, "2026-02-12", {}),
    ("AcceptanceCopied", received, NR, "2026-02-13", {}),
    ("EnforcementNotFiled", applied, COURT, "2026-02-11", {"reasons": "不符合条件"}),
    ("EnforcementNotAccepted", applied, COURT, "2026-02-11", {"reasons": "不符合条件", "ruling_no": RULING}),
    ("HearingOfOpinionsOpened", accepted, COURT, "2026-02-13", {}),
    ("EnforcementGranted", accepted, COURT, "2026-02-24", {**ON_RULING, "executor": "court"}),
    ("EnforcementRefused", accepted, COURT, "2026-02-24", {**ON_RULING, "reasons": "违法"}),
    ("RulingReceived", granted, NR, "2026-02-24", ON_RULING),
    ("RulingCopied", ruling_received, NR, "2026-02-26", ON_RULING),
    ("RulingReviewApplied", refused, NR, "2026-02-27", {**ON_RULING, "court": SUPERIOR}),
    ("RulingReviewDecided", appealed, SUPERIOR, "2026-03-09", {**ON_RULING, "outcome": "revoked"}),
    ("ExecutionFiled", granted, COURT, "2026-02-26", {"execution_case_no": "执1"}),
    ("ExecutionSuspended", granted, COURT, "2026-02-26", {"reasons": "异议"}),
    ("ExecutionResumed", suspended, COURT, "2026-02-26", {}),
    ("RoundTerminated", granted, COURT, "2026-02-26", {"reasons": "无财产"}),
    ("ExecutionTerminated", granted, COURT, "2026-02-26", {"reasons": "终结"}),
    ("ExecutorDesignated", granted, GOVERNMENT, "2026-02-26", {**ON_RULING, "executing_agency": "nr.chengguan"}),
    ("ExecutionOrganised", granted, GOVERNMENT, "2026-02-26", {"plan": "拆除"}),
    ("ExecutionCompleted", granted, COURT, "2026-02-26", {**ON_RULING, "result": "full"}),
    ("SuggestionIssued", applied, PROCURATORATE, "2026-03-02", {"suggestion_no": SUGGESTION, "to": COURT, "subject": "court_execution"}),
    ("SuggestionExtended", suggested, PROCURATORATE, "2026-03-03", {"suggestion_no": SUGGESTION, "reply_by": "2026-06-01"}),
    ("SuggestionWithdrawn", suggested, PROCURATORATE, "2026-03-03", {"suggestion_no": SUGGESTION}),
    ("SuggestionReplied", suggested, NR, "2026-03-03", {"suggestion_no": SUGGESTION, "adopted": True, "measures": "整改"}),
    ("CopyAcknowledged", copied, PROCURATORATE, "2026-02-11", {"of": APPLICATION}),
    ("CopyReturned", copied, PROCURATORATE, "2026-02-11", {"of": APPLICATION, "missing": ["送达回证"]}),
    ("StatementCorrected", applied, NR, "2026-02-11", {"of": APPLICATION, "reason": "笔误", "data": {"application_no": "申9"}}),
]  # fmt: skip

REFUSED: list[tuple[str, Scene, str, str, dict[str, Any], str, str]] = [
    ("CaseFiled", filed, NR, "2025-08-02", FILING, RULE, "case"),
    ("NoticeIssued", noticed, NR, "2025-08-05", {"notice": "stop_violation", "notice_no": "停1"}, RULE, "notice_no"),
    ("NoticeIneffective", noticed, NR, "2025-08-03", {"what": "施工", "notice_no": "停1"}, RULE, "occurred_on"),
    ("NoticeIneffective", filed, NR, "2025-08-05", {"what": "施工", "notice_no": "停9"}, RULE, "notice_no"),
    ("ViolationReported", filed, NR, "2025-08-04", {"government": COURT, "report_no": "报1"}, RULE, "government"),
    ("ViolationReported", filed, NR, "2025-08-04", {"government": "government.x", "report_no": "报1"}, RULE, "government"),
    ("ViolationReported", reported, NR, "2025-08-04", {"government": GOVERNMENT, "report_no": "报1"}, RULE, "report_no"),
    ("MeasuresTaken", filed, GOVERNMENT, "2025-08-05", {"measures": "制止"}, RULE, "case"),
    ("MeasuresTaken", reported, "government.dagze", "2025-08-05", {"measures": "制止"}, RULE, "actor"),
    ("RemovalReported", reported, GOVERNMENT, "2025-08-03", {"what": "拆除"}, RULE, "occurred_on"),
    ("RemovalVerified", filed, "nr.dagze", "2025-08-06", {"what": "拆除", "on_site": True}, RULE, "actor"),
    ("RemovalVerified", filed, NR, "2025-07-31", {"what": "拆除", "on_site": True}, RULE, "occurred_on"),
    ("PenaltyHearingRightNotified", World, NR, "2025-09-01", {}, RULE, "case"),
    ("PenaltyHearingRequested", filed, "nr.chengguan", "2025-09-02", {}, RULE, "actor"),
    ("PenaltyHearingNoticed", filed, NR, "2025-07-01", {"hearing_on": "2025-09-20"}, RULE, "occurred_on"),
    ("PenaltyDecided", decided, NR, "2025-10-13", {**ON_DECISION, "items": ITEMS}, RULE, "decision_no"),
    ("PenaltyDecided", filed, NR, "2025-10-10", {**ON_DECISION, "items": ITEMS, "parties": ["2"]}, RULE, "parties"),
    ("PenaltyDecided", filed, NR, "2025-10-10",
     {**ON_DECISION, "items": [{"kind": "fine", "item_id": "a"}, {"kind": "demolish", "item_id": "a"}]}, RULE, "items"),
    ("NoPenaltyDecided", World, NR, "2025-10-10", {"reasons": "轻微"}, RULE, "case"),
    ("DecisionTermExtended", filed, "nr.lhasa-park", "2025-10-10", {"until": "2025-11-30"}, RULE, "actor"),
    ("PenaltyRevoked", filed, NR, "2025-11-03", {**ON_DECISION, "reason": "有误"}, RULE, "decision_no"),
    ("PenaltyRevoked", decided, "nr.dagze", "2025-11-03", {**ON_DECISION, "reason": "有误"}, RULE, "actor"),
    ("PenaltyRevoked", sued, "court.dagze", "2025-11-03", {**ON_DECISION, "reason": "有误"}, RULE, "actor"),
    ("PenaltyRevoked", decided, COURT, "2025-11-03", {**ON_DECISION, "reason": "有误"}, RULE, "actor"),
    ("PenaltyRevoked", decided, "government.dagze", "2025-10-09", {**ON_DECISION, "reason": "有误"}, RULE, "occurred_on"),
    ("PenaltyServed", decided, NR, "2025-10-16", {**ON_DECISION, "method": "left"}, RULE, "decision_no"),
    ("Performed", decided, NR, "2025-11-03", {**ON_DECISION, "items": ["2"]}, RULE, "items"),
    ("FinePaid", decided, NR, "2025-10-09", ON_DECISION, RULE, "occurred_on"),
    ("PaymentPostponed", filed, NR, "2025-11-03", {**ON_DECISION, "until": "2026-03-01"}, RULE, "decision_no"),
    ("ReviewApplied", decided, "nr.dagze", "2025-11-03", {**ON_DECISION, "authority": "市政府"}, RULE, "actor"),
    ("ReviewDecided", decided, NR, "2025-12-03", {**ON_DECISION, "outcome": "upheld"}, RULE, "decision_no"),
    ("ReviewDecided", reviewed, NR, "2025-11-02", {**ON_DECISION, "outcome": "upheld"}, RULE, "occurred_on"),
    ("LawsuitFiled", decided, NR, "2025-10-24", {**ON_DECISION, "court": GOVERNMENT}, RULE, "court"),
    ("LawsuitFiled", decided, "court.dagze", "2025-10-24", {**ON_DECISION, "court": COURT}, RULE, "actor"),
    ("LawsuitFiled", sued, NR, "2025-10-27", {**ON_DECISION, "court": COURT, "court_case_no": SUIT}, RULE, "court_case_no"),
    ("LawsuitDecided", sued, COURT, "2025-12-01", {"court_case_no": "行初9", "instance": "1", "outcome": "withdrawn"}, RULE, "court_case_no"),
    ("LawsuitDecided", sued, COURT, "2025-10-20", {"court_case_no": SUIT, "instance": "1", "outcome": "withdrawn"}, RULE, "occurred_on"),
    ("LawsuitDecided", sued, "court.dagze", "2025-12-01", {"court_case_no": SUIT, "instance": "1", "outcome": "withdrawn"}, RULE, "actor"),
    ("PerformanceDemanded", decided, NR, "2025-10-09", ON_DECISION, RULE, "occurred_on"),
    ("EnforcementApplied", filed, NR, "2026-01-20", {**ON_DECISION, "court": COURT}, RULE, "decision_no"),
    ("EnforcementApplied", decided, NR, "2026-01-20", {**ON_DECISION, "court": PROCURATORATE}, RULE, "court"),
    ("EnforcementApplied", decided, NR, "2026-01-20", {**ON_DECISION, "court": "court.nowhere"}, RULE, "court"),
    ("EnforcementApplied", decided, NR, "2026-01-20", {**ON_DECISION, "court": COURT, "items": ["9"]}, RULE, "items"),
    ("EnforcementApplied", decided, NR, "2026-01-20", {**ON_DECISION, "court": COURT, "parties": ["9"]}, RULE, "parties"),
    ("EnforcementApplied", decided, NR, "2026-01-20", {**ON_DECISION, "court": COURT, "basis": "judgment"}, RULE, "basis"),
    ("EnforcementApplied", applied, NR, "2026-02-11", {**ON_DECISION, "court": COURT, "application_no": APPLICATION}, RULE, "application_no"),
    ("EnforcementApplied", decided, NR, "2025-10-09", {**ON_DECISION, "court": COURT}, RULE, "occurred_on"),
    ("MaterialsRefused", decided, NR, "2026-02-11", {}, RULE, "application"),
    ("SupplementDemanded", applied, "court.dagze", "2026-02-11", {}, RULE, "actor"),
    ("SupplementDemanded", withdrawn, COURT, "2026-02-12", {}, RULE, "application"),
    ("MaterialsSupplemented", applied, NR, "2026-02-09", {}, RULE, "occurred_on"),
    ("ApplicationWithdrawn", withdrawn, NR, "2026-02-12", {}, RULE, "application"),
    ("ApplicationCopied", decided, NR, "2026-02-11", {"materials": MATERIALS}, RULE, "application"),
    ("ApplicationCopied", applied, NR, "2026-02-09", {"materials": MATERIALS}, RULE, "occurred_on"),
    ("ApplicationCopied", applied, NR, "2026-02-11", {"materials": MATERIALS, "to": COURT}, RULE, "to"),
    ("ApplicationCopied", applied, NR, "2026-02-11", {"materials": MATERIALS, "application": "申9"}, RULE, "application"),
    ("EnforcementAccepted", accepted, COURT, "2026-02-13", {"review_case_no": REVIEW_NO}, RULE, "application"),
    ("EnforcementAccepted", applied, "court.dagze", "2026-02-11", {"review_case_no": REVIEW_NO}, RULE, "actor"),
    ("EnforcementAccepted", withdrawn, COURT, "2026-02-12", {"review_case_no": REVIEW_NO}, RULE, "application"),
    ("EnforcementAccepted", applied, COURT, "2026-02-09", {"review_case_no": REVIEW_NO}, RULE, "occurred_on"),
    ("AcceptanceReceived", received, NR, "2026-02-14", {}, RULE, "application"),
    ("AcceptanceReceived", accepted, NR, "2026-02-11", {}, RULE, "occurred_on"),
    ("AcceptanceReceived", applied, NR, "2026-02-13", {"accepted_on": "2026-02-09"}, RULE, "accepted_on"),
    ("AcceptanceCopied", applied, NR, "2026-02-13", {}, RULE, "application"),
    ("AcceptanceCopied", received, NR, "2026-02-12", {}, RULE, "occurred_on"),
    ("EnforcementNotFiled", accepted, COURT, "2026-02-13", {"reasons": "不符合"}, RULE, "application"),
    ("EnforcementNotAccepted", accepted, COURT, "2026-02-13", {"reasons": "不符合"}, RULE, "application"),
    ("EnforcementNotAccepted", withdrawn, COURT, "2026-02-13", {"reasons": "不符合"}, RULE, "application"),
    ("HearingOfOpinionsOpened", accepted, SUPERIOR, "2026-02-13", {}, RULE, "actor"),
    ("EnforcementGranted", granted, COURT, "2026-02-25", {**ON_RULING, "executor": "court"}, RULE, "ruling_no"),
    ("EnforcementGranted", accepted, COURT, "2026-02-11", {**ON_RULING, "executor": "court"}, RULE, "occurred_on"),
    ("EnforcementGranted", accepted, COURT, "2026-02-24", {**ON_RULING, "executor": "court", "items": ["9"]}, RULE, "items"),
    ("EnforcementGranted", accepted, COURT, "2026-02-24",
     {**ON_RULING, "executor": "government", "executing_agency": "nr.nowhere"}, RULE, "executing_agency"),
    ("EnforcementRefused", withdrawn, COURT, "2026-02-24", {**ON_RULING, "reasons": "违法"}, RULE, "application"),
    ("EnforcementRefused", accepted, "court.dagze", "2026-02-24", {**ON_RULING, "reasons": "违法"}, RULE, "actor"),
    ("RulingReceived", ruling_received, NR, "2026-02-27", ON_RULING, RULE, "ruling_no"),
    ("RulingReceived", accepted, NR, "2026-02-27", ON_RULING, RULE, "ruling_no"),
    ("RulingReceived", granted, NR, "2026-02-23", ON_RULING, RULE, "occurred_on"),
    ("RulingReceived", accepted, NR, "2026-02-27", {**ON_RULING, "result": "granted", "made_on": "2026-02-09"}, RULE, "made_on"),
    ("RulingCopied", accepted, NR, "2026-02-26", ON_RULING, RULE, "ruling_no"),
    ("RulingCopied", ruling_received, NR, "2026-02-25", ON_RULING, RULE, "occurred_on"),
    ("RulingReviewApplied", ruling_received, NR, "2026-02-27", {**ON_RULING, "court": SUPERIOR}, RULE, "ruling_no"),
    ("RulingReviewApplied", refused, NR, "2026-02-27", {**ON_RULING, "court": NR}, RULE, "court"),
    ("RulingReviewApplied", refused, NR, "2026-02-27", {**ON_RULING, "court": "court.duilong"}, RULE, "court"),
    ("RulingReviewDecided", refused, SUPERIOR, "2026-03-09", {**ON_RULING, "outcome": "revoked"}, RULE, "ruling_no"),
    ("RulingReviewDecided", appealed, "court.xizang", "2026-03-09", {**ON_RULING, "outcome": "revoked"}, RULE, "actor"),
    ("RulingReviewDecided", appealed, SUPERIOR, "2026-02-26", {**ON_RULING, "outcome": "revoked"}, RULE, "occurred_on"),
    ("ExecutionFiled", granted, SUPERIOR, "2026-02-26", {"execution_case_no": "执1"}, RULE, "actor"),
    ("ExecutionSuspended", suspended, COURT, "2026-02-27", {"reasons": "异议"}, RULE, "application"),
    ("ExecutionResumed", granted, COURT, "2026-02-26", {}, RULE, "application"),
    ("ExecutionResumed", suspended, COURT, "2026-02-25", {}, RULE, "occurred_on"),
    ("RoundTerminated", withdrawn, COURT, "2026-02-26", {"reasons": "无财产"}, RULE, "application"),
    ("ExecutionTerminated", refused, COURT, "2026-02-27", {"reasons": "终结"}, RULE, "application"),
    ("ExecutorDesignated", lambda: granted(None, "2026-02-24", executor="court"), GOVERNMENT, "2026-02-26",
     {**ON_RULING, "executing_agency": "nr.chengguan"}, RULE, "ruling_no"),
    ("ExecutorDesignated", granted, GOVERNMENT, "2026-02-26", {**ON_RULING, "executing_agency": "x.y"}, RULE, "executing_agency"),
    ("ExecutionOrganised", accepted, GOVERNMENT, "2026-02-26", {"plan": "拆除"}, RULE, "ruling_no"),
    ("ExecutionOrganised", granted, "police.lhasa", "2026-02-26", {"plan": "拆除"}, RULE, "actor"),
    ("ExecutionCompleted", granted, GOVERNMENT, "2026-02-23", {"result": "full"}, RULE, "occurred_on"),
    ("ExecutionCompleted", granted, GOVERNMENT, "2026-02-26", {"result": "partial", "items": ["9"]}, RULE, "items"),
    ("SuggestionIssued", suggested, PROCURATORATE, "2026-03-03",
     {"suggestion_no": SUGGESTION, "to": NR, "subject": "inaction"}, RULE, "suggestion_no"),
    ("SuggestionIssued", applied, PROCURATORATE, "2026-03-03", {"suggestion_no": "1", "to": COURT, "subject": "inaction"}, RULE, "to"),
    ("SuggestionIssued", applied, PROCURATORATE, "2026-03-03",
     {"suggestion_no": "1", "to": NR, "subject": "inaction", "reply_by": "2026-03-02"}, RULE, "reply_by"),
    ("SuggestionExtended", suggested, "procuratorate.xizang", "2026-03-03",
     {"suggestion_no": SUGGESTION, "reply_by": "2026-06-01"}, RULE, "actor"),
    ("SuggestionWithdrawn", applied, PROCURATORATE, "2026-03-03", {"suggestion_no": SUGGESTION}, RULE, "suggestion_no"),
    ("SuggestionReplied", suggested, COURT, "2026-03-03", {"suggestion_no": SUGGESTION, "adopted": True, "measures": "无"}, RULE, "actor"),
    ("SuggestionReplied", suggested, NR, "2026-03-01", {"suggestion_no": SUGGESTION, "adopted": True, "measures": "无"}, RULE, "occurred_on"),
    ("CopyAcknowledged", applied, PROCURATORATE, "2026-02-11", {"of": APPLICATION}, RULE, "of"),
    ("CopyAcknowledged", copied, "procuratorate.dagze", "2026-02-11", {"of": APPLICATION}, RULE, "actor"),
    ("CopyAcknowledged", copied, PROCURATORATE, "2026-02-10", {"of": APPLICATION}, RULE, "occurred_on"),
    ("CopyAcknowledged", copied, PROCURATORATE, "2026-02-12", {"of": APPLICATION, "received_on": "2026-02-10"}, RULE, "received_on"),
    ("CopyReturned", copied, COURT, "2026-02-11", {"of": APPLICATION, "missing": ["页"]}, RULE, "actor"),
    ("StatementCorrected", applied, COURT, "2026-02-11", {"of": APPLICATION, "reason": "误", "data": {}}, RULE, "of"),
    ("CaseClosed", lambda: _closed(), NR, "2025-08-07", {"reason": "完毕"}, RULE, "case"),
]  # fmt: skip


def _closed() -> World:
    world = filed()
    world.act("CaseClosed", NR, "2025-08-06", reason="完毕")
    return world


@pytest.mark.parametrize(("type_", "scene", "actor", "on", "data"), TAKEN, ids=[t[0] for t in TAKEN])
def test_what_may_happen_is_taken(type_, scene, actor, on, data):
    world = scene()
    act = world.act(type_, actor, on, **data)
    assert world.case.acts[-1] == act
    assert world.case.entry(act.id) is not None
    assert world.case == world.refolded()


@pytest.mark.parametrize(
    ("type_", "scene", "actor", "on", "data", "code", "field"),
    REFUSED,
    ids=[f"{r[0]}-{r[-1]}" for r in REFUSED],
)
def test_what_cannot_have_happened_is_refused(type_, scene, actor, on, data, code, field):
    assert scene().refused(type_, actor, on, **data) == (code, field)


def test_every_event_of_a_case_is_taken_and_refused_here():
    of_cases = {name for name, kind in EVENTS.items() if kind.cls.__module__ == "domain.acts.case"}
    assert {t[0] for t in TAKEN} | {"PenaltyServed"} == of_cases  # `decided` serves
    assert {r[0] for r in REFUSED} == of_cases


@pytest.mark.parametrize("type_", [t[0] for t in TAKEN])
def test_nothing_happens_before_it_is_received(type_):
    scene, actor, on, data = next(t[1:] for t in TAKEN if t[0] == type_)
    world = scene()
    earlier = f"{int(on[:4]) - 2}{on[4:]}"
    assert world.refused(type_, actor, on, earlier, **data) == (FUTURE, "occurred_on")


@pytest.mark.parametrize(
    ("type_", "actor", "data", "field"),
    [
        ("AcceptanceReceived", NR, {"accepted_on": "2026-03-02"}, "accepted_on"),
        (
            "MaterialsRefused",
            NR,
            {"delivery": {"means": "邮寄", "sent_on": "2026-03-02"}},
            "delivery.sent_on",
        ),
        ("RulingReceived", NR, {"ruling_no": "裁1", "result": "granted", "made_on": "2026-03-02"}, "made_on"),
    ],
)
def test_a_day_stated_of_the_past_is_not_ahead(type_, actor, data, field):
    assert applied().refused(type_, actor, "2026-03-01", **data) == (FUTURE, field)


@pytest.mark.parametrize(
    "type_",
    sorted(n for n, k in EVENTS.items() if k.cls.__module__ == "domain.acts.case" and n != "CaseFiled"),
)
def test_a_case_never_filed_takes_nothing(type_):
    _, actor, on, data = next(
        (t[1:] for t in TAKEN if t[0] == type_), (World, NR, "2025-10-15", {**ON_DECISION, "method": "left"})
    )
    world = World()
    if type_ == "StatementCorrected":
        data = {**data, "of": "f" * 32}
    assert world.refused(type_, actor, on, **data) == (RULE, "case")


@pytest.mark.parametrize(
    ("type_", "on", "data", "field"),
    [
        ("DecisionTermExtended", "2025-10-10", {"until": "9999-12-31"}, "until"),
        ("PenaltyHearingNoticed", "2025-10-10", {"hearing_on": "2126-10-10"}, "hearing_on"),
        ("PenaltyHearingRightNotified", "1825-10-10", {}, "occurred_on"),
    ],
)
def test_a_day_a_century_away_is_a_slip_of_the_pen(type_, on, data, field):
    assert filed().refused(type_, NR, on, "2025-10-10", **data) == (RULE, field)


# --- case numbers -------------------------------------------------------------------------------------------


# 条款 三（六）-1.2
@pytest.mark.parametrize(
    ("case", "actor"),
    [
        ("城自然资执〔2026〕1号", NR),
        ("自然资执〔2026〕1号", NR),
        ("拉自然资执〔2026〕1号", "nr.chengguan"),
        ("拉1", "nr.xizang"),
    ],
)
def test_a_case_number_begins_with_ones_own_prefix(case, actor):
    assert World(case).refused("CaseFiled", actor, "2025-08-01", **FILING) == (RULE, "case")


def test_parties_have_ids_of_their_own():
    parties = [{"name": "甲"}, {"name": "乙", "party_id": 1}]
    assert World().refused("CaseFiled", NR, "2025-08-01", **{**FILING, "parties": parties}) == (
        RULE,
        "parties",
    )


# --- which application is meant -----------------------------------------------------------------------------


def two_applications() -> World:
    world = applied(
        decided(None, items=[{"kind": "demolish"}, {"kind": "restore"}]), "2026-01-20", items=["1"]
    )
    world.act(
        "EnforcementApplied",
        NR,
        "2026-02-10",
        court=COURT,
        decision_no=DECISION,
        application_no="申2",
        items=["2"],
    )
    return world


def test_an_omitted_application_is_the_only_one_whatever_became_of_it():
    world = withdrawn()
    act = world.act("ApplicationCopied", NR, "2026-02-12", materials=MATERIALS)
    assert act.event.application.no == APPLICATION  # type: ignore[attr-defined]


def test_an_omitted_application_is_the_only_one_still_open():
    world = two_applications()
    world.act("ApplicationWithdrawn", NR, "2026-02-11", application=APPLICATION)
    act = world.act("EnforcementAccepted", COURT, "2026-02-11", review_case_no=REVIEW_NO)
    assert act.event.application.no == "申2"  # type: ignore[attr-defined]


def test_an_omitted_application_among_several_open_or_none_open_is_asked_for():
    world = two_applications()
    copy = {"materials": MATERIALS}
    assert world.refused("ApplicationCopied", NR, "2026-02-12", **copy) == (SCHEMA, "application")
    world.act("ApplicationWithdrawn", NR, "2026-02-12", application=APPLICATION)
    world.act("ApplicationWithdrawn", NR, "2026-02-12", application="申2")
    assert world.refused("ApplicationCopied", NR, "2026-02-12", **copy) == (SCHEMA, "application")


def test_an_application_without_a_number_is_named_by_its_statement():
    world = applied(None, "2026-02-10", application_no=None)
    statement = world.case.acts[-1].id
    act = world.act("ApplicationCopied", NR, "2026-02-11", application=statement, materials=MATERIALS)
    assert act.event.application.act == statement  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "spelling",
    ["拉自然资申(2026)1号", "拉自然资申（2026）1号", "拉自然资申[2026]1号", " 拉自然资申【2026】１号"],
)
def test_one_number_in_every_spelling(spelling):
    world = applied()
    world.act("ApplicationCopied", NR, "2026-02-11", application=spelling, materials=MATERIALS)
    assert world.refused(
        "EnforcementApplied", NR, "2026-02-12", court=COURT, decision_no=DECISION, application_no=spelling
    ) == (RULE, "application_no")


def test_a_copy_without_a_recipient_needs_one_that_the_place_has():
    world = World("园自然资执〔2026〕1号")
    filed(world, "2025-08-01", "nr.lhasa-park")
    world.act("PenaltyDecided", "nr.lhasa-park", "2025-10-10", decision_no=DECISION, items=ITEMS)
    world.act(
        "EnforcementApplied", "nr.lhasa-park", "2026-01-20", court="court.duilong", decision_no=DECISION
    )
    act = world.act("ApplicationCopied", "nr.lhasa-park", "2026-01-21", materials=MATERIALS)
    assert act.event.to == "procuratorate.duilong"  # type: ignore[attr-defined]


# --- acts of others that a receipt attests ------------------------------------------------------------------


def test_a_receipt_attests_the_acceptance_and_the_courts_own_word_joins_it():
    world = applied()
    world.act("AcceptanceReceived", NR, "2026-02-13", accepted_on="2026-02-12", review_case_no=REVIEW_NO)
    (application,) = world.case.applications.values()
    assert (str(application.accepted_on), application.accepted_by_court) == ("2026-02-12", False)
    assert [e.stands_for for e in world.case.entries if e.stands_for] == ["EnforcementAccepted"]
    world.act("EnforcementAccepted", COURT, "2026-02-12", "2026-02-14", review_case_no=REVIEW_NO)
    (application,) = world.case.applications.values()
    assert application.accepted_by_court
    assert str(application.received_on) == "2026-02-13"
    assert [e.stands_for for e in world.case.entries if e.stands_for] == []
    assert world.refused("EnforcementAccepted", COURT, "2026-02-14", review_case_no=REVIEW_NO) == (
        RULE,
        "application",
    )


def attested_ruling(result: str, **data: Any) -> World:
    world = accepted()
    world.act(
        "RulingReceived", NR, "2026-02-26", ruling_no=RULING, result=result, made_on="2026-02-24", **data
    )
    return world


@pytest.mark.parametrize(
    ("result", "type_", "data", "ended"),
    [
        ("granted", "EnforcementGranted", {"executor": "court"}, ""),
        ("partly_granted", "EnforcementGranted", {"executor": "court", "items": ["1"]}, ""),
        ("refused", "EnforcementRefused", {"reasons": "违法"}, "refused"),
        ("refused", "EnforcementGranted", {"executor": "court"}, ""),  # the state follows the court
        ("granted", "EnforcementRefused", {"reasons": "违法"}, "refused"),
        ("not_accepted", "EnforcementGranted", {"executor": "court"}, ""),
    ],
)
def test_a_receipt_attests_a_ruling_and_the_courts_own_word_joins_and_decides(result, type_, data, ended):
    world = attested_ruling(result)
    (ruling,) = world.case.rulings.values()
    assert not ruling.by_court
    world.act(type_, COURT, "2026-02-24", "2026-02-27", ruling_no=RULING.replace("（", "("), **data)
    (joined,) = world.case.rulings.values()
    assert (joined.act, joined.by_court, str(joined.received_on)) == (ruling.act, True, "2026-02-26")
    assert next(iter(world.case.applications.values())).ended == ended
    assert [e for e in world.case.entries if e.stands_for] == []


def test_an_attested_ruling_can_be_copied():
    world = attested_ruling("granted")
    world.act("RulingCopied", NR, "2026-02-27", ruling_no=RULING)
    assert world.duty("copy_ruling_to_procuratorate").discharged_on is not None


def test_what_was_done_before_the_withdrawal_may_be_recorded_after_it():
    world = applied()
    world.act("ApplicationWithdrawn", NR, "2026-02-13")
    world.act("EnforcementAccepted", COURT, "2026-02-12", "2026-02-14", review_case_no=REVIEW_NO)
    (application,) = world.case.applications.values()
    assert (application.ended, str(application.accepted_on)) == ("withdrawn", "2026-02-12")


def test_an_acceptance_recorded_after_the_refusal_it_led_to_leaves_the_refusal():
    world = applied()
    world.act("EnforcementRefused", COURT, "2026-02-24", ruling_no=RULING, reasons="违法")
    world.act("EnforcementAccepted", COURT, "2026-02-12", "2026-02-25", review_case_no=REVIEW_NO)
    assert next(iter(world.case.applications.values())).ended == "refused"


# --- the rest -----------------------------------------------------------------------------------------------


def test_a_judgment_that_dismissed_the_claims_is_a_basis():
    world = sued()
    world.act("LawsuitDecided", SUPERIOR, "2025-12-19", court_case_no=SUIT, instance="second", outcome="claims_dismissed",
              effective_on="2025-12-19")  # fmt: skip
    data = {"court": COURT, "decision_no": DECISION, "basis": "judgment"}
    assert world.refused("EnforcementApplied", NR, "2025-12-18", **data) == (RULE, "occurred_on")
    world.act("EnforcementApplied", NR, "2025-12-19", **data)


def test_a_lawsuit_without_a_number_gets_it_from_the_judgment():
    world = decided()
    world.act("LawsuitFiled", NR, "2025-10-24", decision_no=DECISION, court=COURT)
    world.act("LawsuitDecided", COURT, "2025-12-01", court_case_no=SUIT, instance="1", outcome="withdrawn")
    (suit,) = world.case.remedies.values()
    assert (suit.no, suit.outcome) == (SUIT, "withdrawn")


def test_of_several_copies_the_waiting_one_to_me_is_acknowledged():
    world = copied()
    world.act("CopyAcknowledged", PROCURATORATE, "2026-02-11", of=APPLICATION)
    assert world.refused("CopyAcknowledged", PROCURATORATE, "2026-02-12", of=APPLICATION) == (RULE, "of")
    second = world.act("ApplicationCopied", NR, "2026-02-12", application=APPLICATION, materials=MATERIALS).id
    world.act("CopyAcknowledged", PROCURATORATE, "2026-02-13", of=APPLICATION)
    assert world.case.copies[second].acknowledged is not None


def test_two_copies_waiting_must_be_told_apart():
    world = copied()
    world.act("ApplicationCopied", NR, "2026-02-12", application=APPLICATION, materials=MATERIALS)
    assert world.refused("CopyAcknowledged", PROCURATORATE, "2026-02-13", of=APPLICATION) == (SCHEMA, "of")
    assert world.refused("CopyAcknowledged", PROCURATORATE, "2026-02-13", of="ApplicationCopied") == (
        SCHEMA,
        "of",
    )


def test_a_superior_department_may_revoke_what_a_lower_one_decided():
    world = World("城自然资执〔2026〕1号")
    filed(world, "2025-08-01", "nr.chengguan")
    world.act("PenaltyDecided", "nr.chengguan", "2025-10-10", decision_no=DECISION, items=ITEMS)
    world.act("PenaltyRevoked", NR, "2025-11-03", decision_no=DECISION, reason="层级监督")
    assert next(iter(world.case.decisions.values())).revoked_on is not None


def test_execution_is_not_completed_twice_nor_by_whom_nobody_named():
    world = granted()
    world.act(
        "ExecutorDesignated", GOVERNMENT, "2026-02-26", ruling_no=RULING, executing_agency="police.lhasa"
    )
    world.act("ExecutionCompleted", "police.lhasa", "2026-02-26", result="partial")
    world.act("ExecutionCompleted", "police.lhasa", "2026-02-27", result="full")
    assert world.refused("ExecutionCompleted", "police.lhasa", "2026-02-28", result="full") == (
        RULE,
        "ruling_no",
    )
