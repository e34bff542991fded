"""Each act that agencies address to each other taken once and refused once, with the code and field of the refusal.

Days as in `tests.worlds`: filed 2025-08-01, decided 2025-10-10, applied 2026-02-10, granted 2026-02-24. The case is
nr.lhasa's, its court court.chengguan, the place in Chengguan (540102); Dagze (540104) has nothing to do with it.
"""

from collections.abc import Callable
from typing import Any

import pytest

from domain.acts import EVENTS
from domain.cases.matters import FOLLOWING, GROUNDS, OPENING
from domain.forms import fields_of
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
POLICE, OTHER_POLICE = "police.lhasa", "police.chengguan"
SUIT, SUGGESTED = "（2025）藏0102行初1号", "拉检建〔2026〕1号"
HELP = {
    "assistance_no": "协1", "to": POLICE, "at": "2026-03-10T09:00:00+08:00", "place": "示例村一组",
    "tasks": ["crowd_control", "cordon"], "people": 8, "equipment": "警戒带",
}  # fmt: skip
COMPLAINT = {"supervision_no": "监1", "category": "enforcement", "grounds": ["round_terminated"]}
CRIME = {
    "referral_no": "移1",
    "to": POLICE,
    "suspected_crime": "非法占用农用地罪",
    "copied_to": [PROCURATORATE],
}
REPORT = {"referral_no": "移1", "at": "2026-03-02T09:00:00+08:00", "by": "办案人员二人"}
APPROVAL = {"referral_no": "移1", "at": "2026-03-03T15:00:00+08:00", "by": "局长"}
SHARED = {
    "kind": "penalty_decision",
    "document_no": DECISION,
    "to": [COURT, PROCURATORATE, "discipline.lhasa"],
}
JOINT = {"agencies": [POLICE, "government.chengguan"], "lead": NR}
AT = "2026-03-04T10:00:00+08:00"

Scene = Callable[[], World]
Said = tuple[str, str, str, dict[str, Any]]


def told(scene: Scene, *acts: Said) -> Scene:
    """A scene, and what happened after it."""

    def world() -> World:
        made = scene()
        for type_, actor, on, data in acts:
            made.act(type_, actor, on, **data)
        return made

    return world


def sued() -> World:
    world = decided()
    world.act("LawsuitFiled", COURT, "2025-10-24", decision_no=DECISION, court=COURT, court_case_no=SUIT)
    world.act(
        "LawsuitDecided", COURT, "2025-12-10", court_case_no=SUIT, instance=1, outcome="claims_dismissed"
    )
    return world


def confiscated() -> World:
    return decided(None, items=[{"kind": "confiscate_building"}, {"kind": "demolish"}])


asked = told(granted, ("AssistanceRequested", COURT, "2026-03-02", HELP))
cancelled = told(asked, ("AssistanceCancelled", COURT, "2026-03-04", {"assistance_no": "协1"}))
helped = told(asked, ("AssistanceProvided", POLICE, "2026-03-10", {"assistance_no": "协1"}))
wanted = told(applied, ("FilesRequested", PROCURATORATE, "2026-02-20", {"what": "执法案卷"}))
complained = told(granted, ("SupervisionApplied", NR, "2026-03-02", COMPLAINT))
taken_up = told(complained, ("SupervisionAccepted", PROCURATORATE, "2026-03-05", {"supervision_no": "监1"}))
decided_on = told(
    taken_up,
    ("SupervisionDecided", PROCURATORATE, "2026-05-06", {"supervision_no": "监1", "outcome": "suggestion"}),
)
dropped = told(complained, ("SupervisionWithdrawn", NR, "2026-03-04", {"supervision_no": "监1"}))
suggested = told(
    granted,
    ("SuggestionIssued", PROCURATORATE, "2026-03-02", {"suggestion_no": SUGGESTED, "to": COURT, "subject": "court_execution"}),
)  # fmt: skip
opined = told(
    filed, ("PenaltyOpinionIssued", PROCURATORATE, "2026-03-02", {"opinion_no": "意1", "what": "应予处罚"})
)
reported = told(filed, ("ReferralReportSubmitted", NR, "2026-03-02", REPORT))
approved = told(reported, ("ReferralApproved", NR, "2026-03-03", APPROVAL))
referred = told(approved, ("CrimeReferred", NR, "2026-03-04", CRIME))
received = told(referred, ("CrimeReferralReceived", POLICE, "2026-03-04", {"referral_no": "移1", "at": AT}))
supplement_asked = told(received, ("SupplementAsked", POLICE, "2026-03-05", {"referral_no": "移1"}))
passed_on = told(
    referred, ("ReferralPassedOn", POLICE, "2026-03-05", {"referral_no": "移1", "to": OTHER_POLICE})
)
crime_filed = told(received, ("CrimeFiled", POLICE, "2026-03-06", {"referral_no": "移1"}))
not_filed = told(
    received, ("CrimeNotFiled", POLICE, "2026-03-06", {"referral_no": "移1", "reasons": "情节显著轻微"})
)
reconsidered = told(not_filed, ("ReconsiderationRequested", NR, "2026-03-08", {"referral_no": "移1"}))
demanded = told(not_filed, ("ReasonsDemanded", PROCURATORATE, "2026-03-10", {"referral_no": "移1"}))
to_be_supervised = told(not_filed, ("FilingSupervisionRequested", NR, "2026-03-09", {"referral_no": "移1"}))
to_be_appraised = told(
    referred, ("AppraisalRequested", POLICE, "2026-03-05", {"appraisal_no": "认1", "what": "耕地毁坏程度"})
)
clue_returned = told(filed, ("ClueReturned", OTHER_POLICE, "2026-03-05", {"clue_no": "线1"}))
obstructed = told(
    filed,
    ("ObstructionReported", NR, "2025-09-01", {"obstruction_no": "妨1", "at": "2025-09-01T11:20:00+08:00", "place": "示例村"}),
)  # fmt: skip
handed_over = told(
    filed,
    ("PlanningViolationHandedOver", NR, "2025-09-01", {"handover_no": "交1", "to": "government.chengguan"}),
)
organised = told(
    handed_over, ("DemolitionOrganised", "government.chengguan", "2025-09-10", {"handover_no": "交1"})
)
joint = told(filed, ("JointEnforcementOpened", NR, "2025-09-01", JOINT))
lacking = told(
    complained, ("SupervisionConditionsLacking", PROCURATORATE, "2026-03-10", {"what": "客观原因"})
)

unreported = told(filed, ("CrimeReferred", NR, "2026-03-04", CRIME))

NO, NUMBER = {"assistance_no": "协1"}, {"referral_no": "移1"}
SUPERVISED = {"supervision_no": "监1"}
TAKEN: list[tuple[str, Scene, str, str, dict[str, Any]]] = [
    ("AssistanceRequested", granted, COURT, "2026-03-02", HELP),
    ("AssistanceRequested", granted, "government.chengguan", "2026-03-02", HELP),  # the ruling is its to carry out
    ("AssistanceRescheduled", asked, COURT, "2026-03-05", {**NO, "at": "2026-03-12"}),
    ("AssistanceCancelled", asked, COURT, "2026-03-05", NO),
    ("AssistanceConfirmed", asked, POLICE, "2026-03-05", NO),
    ("AssistanceDeclined", asked, POLICE, "2026-03-05", {**NO, "reasons": "不属职权", "ground": "not_competent"}),
    ("AssistanceProvided", asked, POLICE, "2026-03-10", {**NO, "at": "2026-03-10T08:50:00+08:00"}),
    ("AssistanceNotRendered", asked, COURT, "2026-03-10", {**NO, "what": "无人到场"}),
    ("FilesRequested", applied, PROCURATORATE, "2026-02-20", {"what": "执法案卷"}),
    ("FilesRequested", applied, PROCURATORATE, "2026-02-20", {"what": "审查案卷", "to": COURT, "files_no": "调1"}),
    ("FilesProvided", wanted, NR, "2026-02-25", {"what": "案卷一册"}),
    ("HandlingTracked", applied, PROCURATORATE, "2026-02-20", {"subject": "court_handling", "finding": "审查中"}),
    ("HandlingTracked", granted, PROCURATORATE, "2026-03-02", {"subject": "administrative_execution", "finding": "未动"}),
    ("HandlingTracked", joint, POLICE, "2025-09-20", {"subject": "joint_case", "finding": "已控制现场"}),
    ("HandlingTracked", joint, NR, "2025-09-20", {"subject": "joint_case", "finding": "已整改一半"}),
    ("UnlawfulActFound", decided, PROCURATORATE, "2026-03-02", {"what": "逾期未申请强制执行"}),
    ("CourtExecutionUnlawfulFound", granted, PROCURATORATE, "2026-03-02", {"what": "违法终结"}),
    ("SupervisionConditionsLacking", complained, PROCURATORATE, "2026-03-10", {"what": "标的物灭失", **SUPERVISED}),
    ("SupervisionApplied", granted, NR, "2026-03-02", {**COMPLAINT, "about": RULING}),
    ("SupervisionApplied", sued, NR, "2026-03-02",
     {**COMPLAINT, "category": "judgment", "grounds": ["wrong_judgment", "unlawful_trial"], "about": SUIT}),
    ("SupervisionApplied", accepted, NR, "2026-03-02", {**COMPLAINT, "about": "（2026）藏0102行审1号"}),
    ("SupervisionWithdrawn", complained, NR, "2026-03-04", SUPERVISED),
    ("SupervisionAccepted", complained, PROCURATORATE, "2026-03-05", SUPERVISED),
    ("SupervisionNotAccepted", complained, PROCURATORATE, "2026-03-05", {**SUPERVISED, "reasons": "不属受案范围"}),
    ("SupervisionExtended", taken_up, PROCURATORATE, "2026-05-06", {**SUPERVISED, "until": "2026-09-05"}),
    ("SupervisionDecided", taken_up, PROCURATORATE, "2026-05-06", {**SUPERVISED, "outcome": "not_supported"}),
    ("SupervisionDecisionServed", decided_on, PROCURATORATE, "2026-05-08", {**SUPERVISED, "to": NR}),
    ("SupervisionDecisionServed", decided_on, PROCURATORATE, "2026-05-08", {**SUPERVISED, "to": COURT}),
    ("SuggestionFollowedUp", suggested, PROCURATORATE, "2026-06-01", {"suggestion_no": SUGGESTED, "finding": "仍未纠正"}),
    ("SuggestionNotified", suggested, PROCURATORATE, "2026-03-03", {"suggestion_no": SUGGESTED}),
    ("JointStudyHeld", lacking, PROCURATORATE, "2026-03-20", {"conclusion": "另行协调", **SUPERVISED}),
    ("JointStudyHeld", granted, COURT, "2026-03-20", {"conclusion": "另行协调"}),
    ("PenaltyOpinionIssued", filed, PROCURATORATE, "2026-03-02", {"opinion_no": "意1", "what": "应予处罚"}),
    ("PenaltyOpinionReplied", opined, NR, "2026-03-20", {"opinion_no": "意1", "what": "已处罚"}),
    ("ReferralReportSubmitted", filed, NR, "2026-03-02", REPORT),
    ("ReferralApproved", reported, NR, "2026-03-03", APPROVAL),
    ("ReferralRefused", reported, NR, "2026-03-03", {**APPROVAL, "reasons": "证据不足"}),
    ("CrimeReferred", approved, NR, "2026-03-04", CRIME),
    ("CrimeReferred", filed, "nr.xizang", "2026-03-04", CRIME),  # a superior department: irregular, not impossible
    ("CrimeReferralReceived", referred, POLICE, "2026-03-04", {**NUMBER, "at": AT, "complete": False}),
    ("CrimeReferralReceived", passed_on, OTHER_POLICE, "2026-03-06", NUMBER),
    ("SupplementAsked", received, POLICE, "2026-03-05", {**NUMBER, "what": "鉴定意见"}),
    ("SupplementFiled", supplement_asked, NR, "2026-03-07", NUMBER),
    ("ReferralPassedOn", referred, POLICE, "2026-03-05", {**NUMBER, "to": OTHER_POLICE}),
    ("CrimeFiled", received, POLICE, "2026-03-06", NUMBER),
    ("CrimeFiled", not_filed, POLICE, "2026-03-20", NUMBER),  # thought better of, or told to
    ("CrimeNotFiled", received, POLICE, "2026-03-06", {**NUMBER, "reasons": "情节显著轻微"}),
    ("CrimeOutcomeTold", crime_filed, POLICE, "2026-06-01", {**NUMBER, "outcome": "prosecuted"}),
    ("CrimeOutcomeTold", crime_filed, PROCURATORATE, "2026-06-01", {**NUMBER, "outcome": "not_prosecuted"}),
    ("ReconsiderationRequested", not_filed, NR, "2026-03-08", NUMBER),
    ("ReconsiderationDecided", reconsidered, POLICE, "2026-03-10", {**NUMBER, "outcome": "keep"}),
    ("FilingSupervisionRequested", not_filed, NR, "2026-03-09", NUMBER),
    ("FilingSupervisionDecided", to_be_supervised, PROCURATORATE, "2026-03-20", {**NUMBER, "outcome": "file"}),
    ("FilingSupervisionDecided", demanded, PROCURATORATE, "2026-03-20", {**NUMBER, "outcome": "keep"}),
    ("ReasonsDemanded", not_filed, PROCURATORATE, "2026-03-10", NUMBER),
    ("ReasonsStated", demanded, POLICE, "2026-03-15", {**NUMBER, "reasons": "没有犯罪事实"}),
    ("ItemsHandedOver", crime_filed, NR, "2026-03-08", {**NUMBER, "what": "挖掘机一台"}),
    ("AppraisalRequested", referred, POLICE, "2026-03-05", {"appraisal_no": "认1", "what": "耕地毁坏程度"}),
    ("AppraisalDelivered", to_be_appraised, NR, "2026-03-20", {"appraisal_no": "认1", "what": "严重毁坏"}),
    ("ObstructionReported", filed, NR, "2025-09-01",
     {"obstruction_no": "妨1", "at": "2025-09-01T11:20:00+08:00", "place": "示例村", "to": OTHER_POLICE}),
    ("ObstructionHandled", obstructed, POLICE, "2025-09-01", {"obstruction_no": "妨1"}),
    ("ObstructionHandled", obstructed, POLICE, "2025-09-05", {"obstruction_no": "妨1", "outcome": "行政拘留五日"}),
    ("NonCrimeViolationFound", referred, POLICE, "2026-03-05", {"what": "占地建房", **NUMBER}),
    ("ClueReturned", filed, OTHER_POLICE, "2026-03-05", {"clue_no": "线1", "what": "占地建房"}),
    ("ReturnedClueHandled", clue_returned, NR, "2026-03-20", {"clue_no": "线1", "outcome": "并入本案"}),
    ("PlanningViolationHandedOver", filed, NR, "2025-09-01", {"handover_no": "交1", "to": "government.chengguan"}),
    ("DemolitionOrganised", handed_over, "government.chengguan", "2025-09-10", {"handover_no": "交1", "plan": "分三组"}),
    ("DemolitionCompleted", organised, "government.chengguan", "2025-09-20", {"handover_no": "交1"}),
    ("ConfiscatedHandedOver", confiscated, NR, "2026-01-05", {"handover_no": "交2", "to": GOVERNMENT}),
    ("DocumentShared", decided, NR, "2025-10-20", SHARED),
    ("DocumentShared", granted, NR, "2026-02-26",
     {**SHARED, "also": [{"kind": "court_ruling", "document_no": RULING}, {"kind": "enforcement_application", "document_no": APPLICATION}]}),
    ("DocumentShared", referred, NR, "2026-03-05", {**SHARED, "kind": "crime_referral", "document_no": "移1"}),
    ("DocumentShared", filed, NR, "2025-10-20", {**SHARED, "kind": "discipline_referral", "document_no": "纪移1"}),
    ("DocumentShared", filed, "court.lhasa", "2025-10-20", {"kind": "typical_case", "document_no": "典1", "to": [NR]}),
    ("CaseBriefed", decided, NR, "2025-10-20", {"to": [COURT, PROCURATORATE], "what": "进展通报"}),
    ("Reminded", applied, NR, "2026-02-20", {"to": COURT, "what": "请及时受理"}),
    ("Reassigned", filed, "nr.xizang", "2025-09-01", {"to": NR, "what": "转你局办理"}),
    ("ContactLogged", filed, NR, "2025-09-01", {"to": POLICE, "what": "商请派员", "means": "电话"}),
    ("JointEnforcementOpened", filed, NR, "2025-09-01", JOINT),
]  # fmt: skip

REFUSED: list[tuple[str, Scene, str, str, dict[str, Any], str, str]] = [
    ("AssistanceRequested", granted, "court.duilong", "2026-03-02", HELP, RULE, "actor"),
    ("AssistanceRequested", granted, "government.dagze", "2026-03-02", HELP, RULE, "actor"),
    ("AssistanceRequested", granted, NR, "2026-03-02", HELP, RULE, "actor"),
    ("AssistanceRequested", granted, COURT, "2026-03-02", {**HELP, "to": "police.x"}, RULE, "to"),
    ("AssistanceRequested", granted, COURT, "2026-03-02", {**HELP, "to": COURT}, RULE, "to"),
    ("AssistanceRequested", granted, COURT, "2026-03-02", {**HELP, "at": "2026-03-01"}, RULE, "at"),
    ("AssistanceRequested", granted, COURT, "2026-03-02", {**HELP, "at": "2226-03-01"}, RULE, "at"),
    ("AssistanceRequested", asked, COURT, "2026-03-05", HELP, RULE, "assistance_no"),
    ("AssistanceRescheduled", asked, "court.lhasa", "2026-03-05", {**NO, "at": "2026-03-12"}, RULE, "actor"),
    ("AssistanceRescheduled", cancelled, COURT, "2026-03-05", {**NO, "at": "2026-03-12"}, RULE, "assistance_no"),
    ("AssistanceRescheduled", asked, COURT, "2026-03-05", {**NO, "at": "2026-03-04"}, RULE, "at"),
    ("AssistanceRescheduled", asked, COURT, "2026-03-05", {**NO, "at": "2026-03-12", "to": NR}, RULE, "to"),
    ("AssistanceCancelled", asked, COURT, "2026-03-05", {"assistance_no": "协9"}, RULE, "assistance_no"),
    ("AssistanceCancelled", helped, COURT, "2026-03-11", NO, RULE, "assistance_no"),
    ("AssistanceConfirmed", asked, OTHER_POLICE, "2026-03-05", NO, RULE, "actor"),
    ("AssistanceConfirmed", cancelled, POLICE, "2026-03-05", NO, RULE, "assistance_no"),
    ("AssistanceConfirmed", asked, POLICE, "2026-03-01", NO, RULE, "occurred_on"),
    ("AssistanceDeclined", asked, POLICE, "2026-03-05", NO, SCHEMA, "reasons"),
    ("AssistanceDeclined", helped, POLICE, "2026-03-11", {**NO, "reasons": "无警力"}, RULE, "assistance_no"),
    ("AssistanceProvided", cancelled, POLICE, "2026-03-10", NO, RULE, "assistance_no"),
    ("AssistanceProvided", helped, POLICE, "2026-03-11", NO, RULE, "assistance_no"),
    ("AssistanceProvided", asked, POLICE, "2026-03-10", {**NO, "at": "2026-03-11"}, RULE, "at"),
    ("AssistanceNotRendered", asked, COURT, "2026-03-09", {**NO, "what": "无人到场"}, RULE, "occurred_on"),
    ("AssistanceNotRendered", asked, "government.chengguan", "2026-03-10", {**NO, "what": "无人"}, RULE, "actor"),
    ("FilesRequested", applied, "procuratorate.dagze", "2026-02-20", {"what": "案卷"}, RULE, "actor"),
    ("FilesProvided", applied, NR, "2026-02-25", {"what": "案卷"}, RULE, "files_no"),
    ("FilesProvided", wanted, COURT, "2026-02-25", {"what": "案卷"}, RULE, "files_no"),
    ("FilesProvided", wanted, NR, "2026-02-19", {"what": "案卷"}, RULE, "occurred_on"),
    ("HandlingTracked", applied, NR, "2026-02-20", {"subject": "court_handling", "finding": "x"}, RULE, "actor"),
    ("HandlingTracked", applied, "procuratorate.dagze", "2026-02-20", {"subject": "court_handling", "finding": "x"}, RULE, "actor"),
    ("HandlingTracked", applied, PROCURATORATE, "2026-02-20", {"subject": "joint_case", "finding": "x"}, RULE, "subject"),
    ("HandlingTracked", joint, COURT, "2025-09-20", {"subject": "joint_case", "finding": "x"}, RULE, "actor"),
    ("HandlingTracked", joint, POLICE, "2025-08-20", {"subject": "joint_case", "finding": "x"}, RULE, "occurred_on"),
    ("UnlawfulActFound", decided, "procuratorate.dagze", "2026-03-02", {"what": "x"}, RULE, "actor"),
    ("UnlawfulActFound", decided, PROCURATORATE, "2026-03-02", {"what": "x", "to": "nr.dagze"}, RULE, "to"),
    ("CourtExecutionUnlawfulFound", decided, PROCURATORATE, "2026-03-02", {"what": "x"}, RULE, "case"),
    ("SupervisionConditionsLacking", complained, PROCURATORATE, "2026-03-01", {"what": "x", **SUPERVISED}, RULE, "occurred_on"),
    ("SupervisionApplied", complained, NR, "2026-03-03", COMPLAINT, RULE, "supervision_no"),
    ("SupervisionApplied", granted, NR, "2026-03-02", {**COMPLAINT, "grounds": ["round_terminated", "wrong_judgment"]}, RULE, "grounds"),
    ("SupervisionApplied", sued, NR, "2026-03-02", {**COMPLAINT, "category": "judgment"}, RULE, "grounds"),
    ("SupervisionApplied", granted, NR, "2026-03-02", {**COMPLAINT, "about": "裁9"}, RULE, "about"),
    ("SupervisionApplied", granted, NR, "2026-02-23", {**COMPLAINT, "about": RULING}, RULE, "occurred_on"),
    ("SupervisionApplied", granted, NR, "2026-03-02", {**COMPLAINT, "to": COURT}, RULE, "to"),
    ("SupervisionApplied", granted, "nr.chengguan", "2026-03-02", COMPLAINT, RULE, "actor"),
    ("SupervisionWithdrawn", dropped, NR, "2026-03-05", SUPERVISED, RULE, "supervision_no"),
    ("SupervisionWithdrawn", decided_on, NR, "2026-05-07", SUPERVISED, RULE, "supervision_no"),
    ("SupervisionAccepted", dropped, PROCURATORATE, "2026-03-05", SUPERVISED, RULE, "supervision_no"),
    ("SupervisionAccepted", taken_up, PROCURATORATE, "2026-03-06", SUPERVISED, RULE, "supervision_no"),
    ("SupervisionAccepted", complained, "procuratorate.chengguan", "2026-03-05", SUPERVISED, RULE, "actor"),
    ("SupervisionAccepted", complained, PROCURATORATE, "2026-03-01", SUPERVISED, RULE, "occurred_on"),
    ("SupervisionNotAccepted", taken_up, PROCURATORATE, "2026-03-06", {**SUPERVISED, "reasons": "x"}, RULE, "supervision_no"),
    ("SupervisionExtended", complained, PROCURATORATE, "2026-05-06", {**SUPERVISED, "until": "2026-09-05"}, RULE, "supervision_no"),
    ("SupervisionExtended", taken_up, PROCURATORATE, "2026-05-06", {**SUPERVISED, "until": "2026-05-06"}, RULE, "until"),
    ("SupervisionDecided", dropped, PROCURATORATE, "2026-05-06", {**SUPERVISED, "outcome": "ended"}, RULE, "supervision_no"),
    ("SupervisionDecided", decided_on, PROCURATORATE, "2026-05-07", {**SUPERVISED, "outcome": "ended"}, RULE, "supervision_no"),
    ("SupervisionDecisionServed", taken_up, PROCURATORATE, "2026-05-08", {**SUPERVISED, "to": NR}, RULE, "supervision_no"),
    ("SupervisionDecisionServed", decided_on, PROCURATORATE, "2026-05-05", {**SUPERVISED, "to": NR}, RULE, "occurred_on"),
    ("SupervisionDecisionServed", decided_on, PROCURATORATE, "2026-05-08", {**SUPERVISED, "to": POLICE}, RULE, "to"),
    ("SuggestionFollowedUp", suggested, "procuratorate.chengguan", "2026-06-01", {"suggestion_no": SUGGESTED, "finding": "x"}, RULE, "actor"),
    ("SuggestionNotified", suggested, PROCURATORATE, "2026-03-01", {"suggestion_no": SUGGESTED}, RULE, "occurred_on"),
    ("SuggestionNotified", suggested, PROCURATORATE, "2026-03-03", {"suggestion_no": SUGGESTED, "to": COURT}, RULE, "to"),
    ("SuggestionNotified", suggested, PROCURATORATE, "2026-03-03", {"suggestion_no": "建9"}, RULE, "suggestion_no"),
    ("JointStudyHeld", lacking, "court.dagze", "2026-03-20", {"conclusion": "x"}, RULE, "actor"),
    ("JointStudyHeld", lacking, COURT, "2026-03-09", {"conclusion": "x"}, RULE, "occurred_on"),
    ("PenaltyOpinionIssued", filed, PROCURATORATE, "2026-03-02", {"opinion_no": "意1", "what": "x", "to": "nr.dagze"}, RULE, "to"),
    ("PenaltyOpinionIssued", opined, PROCURATORATE, "2026-03-03", {"opinion_no": "意1", "what": "x"}, RULE, "opinion_no"),
    ("PenaltyOpinionReplied", opined, NR, "2026-03-20", {"opinion_no": "意9", "what": "x"}, RULE, "opinion_no"),
    ("ReferralReportSubmitted", reported, NR, "2026-03-03", REPORT, RULE, "referral_no"),
    ("ReferralReportSubmitted", filed, NR, "2026-03-01", REPORT, RULE, "at"),
    ("ReferralReportSubmitted", filed, "nr.dagze", "2026-03-02", REPORT, RULE, "actor"),
    ("ReferralApproved", filed, NR, "2026-03-03", APPROVAL, RULE, "referral_no"),
    ("ReferralApproved", approved, NR, "2026-03-04", APPROVAL, RULE, "referral_no"),
    ("ReferralApproved", reported, NR, "2026-03-01", {**APPROVAL, "at": "2026-03-01"}, RULE, "occurred_on"),
    ("ReferralRefused", reported, NR, "2026-03-02", APPROVAL, RULE, "at"),
    ("CrimeReferred", approved, NR, "2026-03-01", CRIME, RULE, "occurred_on"),
    ("CrimeReferred", referred, NR, "2026-03-05", CRIME, RULE, "referral_no"),
    ("CrimeReferred", filed, "nr.dagze", "2026-03-04", CRIME, RULE, "actor"),
    ("CrimeReferred", filed, NR, "2026-03-04", {**CRIME, "to": COURT}, RULE, "to"),
    ("CrimeReferred", filed, NR, "2026-03-04", {**CRIME, "copied_to": [PROCURATORATE, POLICE]}, RULE, "copied_to.1"),
    ("CrimeReferralReceived", reported, POLICE, "2026-03-04", NUMBER, RULE, "actor"),
    ("CrimeReferralReceived", referred, OTHER_POLICE, "2026-03-04", NUMBER, RULE, "actor"),
    ("CrimeReferralReceived", received, POLICE, "2026-03-05", NUMBER, RULE, "referral_no"),
    ("CrimeReferralReceived", referred, POLICE, "2026-03-03", NUMBER, RULE, "occurred_on"),
    ("SupplementAsked", crime_filed, POLICE, "2026-03-07", NUMBER, RULE, "referral_no"),
    ("SupplementFiled", received, NR, "2026-03-07", NUMBER, RULE, "referral_no"),
    ("SupplementFiled", told(supplement_asked, ("SupplementFiled", NR, "2026-03-06", NUMBER)), NR, "2026-03-07", NUMBER, RULE, "referral_no"),
    ("ReferralPassedOn", passed_on, POLICE, "2026-03-06", {**NUMBER, "to": "police.duilong"}, RULE, "actor"),
    ("ReferralPassedOn", referred, POLICE, "2026-03-05", {**NUMBER, "to": POLICE}, RULE, "to"),
    ("CrimeFiled", passed_on, POLICE, "2026-03-06", NUMBER, RULE, "actor"),
    ("CrimeFiled", crime_filed, POLICE, "2026-03-07", NUMBER, RULE, "referral_no"),
    ("CrimeFiled", referred, POLICE, "2026-03-06", {"referral_no": "移9"}, RULE, "referral_no"),
    ("CrimeNotFiled", crime_filed, POLICE, "2026-03-07", {**NUMBER, "reasons": "x"}, RULE, "referral_no"),
    ("CrimeNotFiled", received, POLICE, "2026-03-06", NUMBER, SCHEMA, "reasons"),
    ("CrimeOutcomeTold", not_filed, POLICE, "2026-06-01", {**NUMBER, "outcome": "judged"}, RULE, "referral_no"),
    ("CrimeOutcomeTold", crime_filed, "procuratorate.dagze", "2026-06-01", {**NUMBER, "outcome": "judged"}, RULE, "actor"),
    ("ReconsiderationRequested", received, NR, "2026-03-08", NUMBER, RULE, "referral_no"),
    ("ReconsiderationRequested", not_filed, NR, "2026-03-05", NUMBER, RULE, "occurred_on"),
    ("ReconsiderationDecided", not_filed, POLICE, "2026-03-10", {**NUMBER, "outcome": "keep"}, RULE, "referral_no"),
    ("ReconsiderationDecided", reconsidered, POLICE, "2026-03-10", {**NUMBER, "outcome": "upheld"}, SCHEMA, "outcome"),
    ("FilingSupervisionRequested", crime_filed, NR, "2026-03-09", NUMBER, RULE, "referral_no"),
    ("FilingSupervisionRequested", not_filed, NR, "2026-03-09", {**NUMBER, "to": POLICE}, RULE, "to"),
    ("FilingSupervisionDecided", not_filed, PROCURATORATE, "2026-03-20", {**NUMBER, "outcome": "file"}, RULE, "referral_no"),
    ("FilingSupervisionDecided", demanded, "procuratorate.dagze", "2026-03-20", {**NUMBER, "outcome": "file"}, RULE, "actor"),
    ("ReasonsDemanded", crime_filed, PROCURATORATE, "2026-03-10", NUMBER, RULE, "referral_no"),
    ("ReasonsStated", not_filed, POLICE, "2026-03-15", NUMBER, RULE, "referral_no"),
    ("ReasonsStated", demanded, OTHER_POLICE, "2026-03-15", NUMBER, RULE, "actor"),
    ("ItemsHandedOver", received, NR, "2026-03-08", NUMBER, RULE, "referral_no"),
    ("AppraisalRequested", filed, "police.dagze", "2026-03-05", {"appraisal_no": "认1", "what": "x"}, RULE, "actor"),
    ("AppraisalRequested", referred, POLICE, "2026-03-05", {"appraisal_no": "认1", "what": "x", "to": COURT}, RULE, "to"),
    ("AppraisalDelivered", to_be_appraised, "nr.chengguan", "2026-03-20", {"appraisal_no": "认1", "what": "x"}, RULE, "actor"),
    ("ObstructionReported", filed, NR, "2025-09-01",
     {"obstruction_no": "妨1", "at": "2025-09-02T11:20:00+08:00", "place": "示例村"}, RULE, "at"),
    ("ObstructionReported", filed, NR, "2025-09-01", {"obstruction_no": "妨1", "at": "2025-09-01", "place": "示例村", "to": COURT}, RULE, "to"),
    ("ObstructionHandled", obstructed, OTHER_POLICE, "2025-09-01", {"obstruction_no": "妨1"}, RULE, "actor"),
    ("ObstructionHandled", told(obstructed, ("ObstructionHandled", POLICE, "2025-09-01", {"obstruction_no": "妨1"})),
     POLICE, "2025-09-02", {"obstruction_no": "妨1"}, RULE, "outcome"),
    ("ObstructionHandled", told(obstructed, ("ObstructionHandled", POLICE, "2025-09-01", {"obstruction_no": "妨1", "outcome": "拘留"})),
     POLICE, "2025-09-02", {"obstruction_no": "妨1", "outcome": "罚款"}, RULE, "obstruction_no"),
    ("NonCrimeViolationFound", referred, POLICE, "2026-03-05", {"what": "x", "referral_no": "移9"}, RULE, "referral_no"),
    ("ClueReturned", clue_returned, OTHER_POLICE, "2026-03-06", {"clue_no": "线1"}, RULE, "clue_no"),
    ("ReturnedClueHandled", clue_returned, NR, "2026-03-04", {"clue_no": "线1", "outcome": "x"}, RULE, "occurred_on"),
    ("PlanningViolationHandedOver", filed, NR, "2025-09-01", {"handover_no": "交1", "to": COURT}, RULE, "to"),
    ("DemolitionOrganised", handed_over, "government.dagze", "2025-09-10", {"handover_no": "交1"}, RULE, "actor"),
    ("DemolitionOrganised", told(confiscated, ("ConfiscatedHandedOver", NR, "2026-01-05", {"handover_no": "交2", "to": GOVERNMENT})),
     GOVERNMENT, "2026-01-10", {"handover_no": "交2"}, RULE, "handover_no"),
    ("DemolitionCompleted", handed_over, "government.chengguan", "2025-08-31", {"handover_no": "交1"}, RULE, "occurred_on"),
    ("ConfiscatedHandedOver", confiscated, NR, "2025-10-09", {"handover_no": "交2", "to": GOVERNMENT, "decision_no": DECISION}, RULE, "occurred_on"),
    ("DocumentShared", filed, NR, "2025-10-20", SHARED, RULE, "document_no"),
    ("DocumentShared", decided, NR, "2025-10-09", SHARED, RULE, "occurred_on"),
    ("DocumentShared", decided, NR, "2025-10-20", {**SHARED, "to": [COURT, COURT]}, RULE, "to.1"),
    ("DocumentShared", decided, NR, "2025-10-20", {**SHARED, "to": [NR]}, RULE, "to.0"),
    ("DocumentShared", decided, NR, "2025-10-20", {**SHARED, "to": []}, SCHEMA, "to"),
    ("DocumentShared", decided, NR, "2025-10-20", {**SHARED, "also": [{"kind": "court_ruling", "document_no": "裁9"}]}, RULE, "also.0.document_no"),
    ("DocumentShared", decided, NR, "2025-10-20", {**SHARED, "also": [{"kind": "penalty_decision", "document_no": DECISION}]}, RULE, "also"),
    ("DocumentShared", decided, "court.dagze", "2025-10-20", SHARED, RULE, "actor"),
    ("DocumentShared", filed, NR, "2025-10-20", {**SHARED, "kind": "discipline_referral", "note": "内容"}, RULE, "note"),
    ("CaseBriefed", decided, NR, "2025-10-20", {"to": [COURT, "court.x"]}, RULE, "to.1"),
    ("Reminded", applied, "police.dagze", "2026-02-20", {"to": COURT, "what": "x"}, RULE, "actor"),
    ("Reassigned", filed, NR, "2025-09-01", {"to": NR, "what": "x"}, RULE, "to"),
    ("ContactLogged", filed, NR, "2025-07-31", {"to": POLICE, "what": "x"}, RULE, "occurred_on"),
    ("JointEnforcementOpened", filed, NR, "2025-09-01", {**JOINT, "lead": COURT}, RULE, "lead"),
    ("FilesProvided", told(applied, ("FilesRequested", PROCURATORATE, "2026-02-20", {"what": "案卷", "files_no": "调1"})),
     COURT, "2026-02-25", {"what": "案卷", "files_no": "调1"}, RULE, "actor"),
    # stages
    ("AssistanceNotRendered", cancelled, COURT, "2026-03-10", {**NO, "what": "无人"}, RULE, "assistance_no"),
    ("SupervisionExtended", decided_on, PROCURATORATE, "2026-05-07", {**SUPERVISED, "until": "2026-09-05"}, RULE, "supervision_no"),
    ("SupervisionNotAccepted", dropped, PROCURATORATE, "2026-03-06", {**SUPERVISED, "reasons": "x"}, RULE, "supervision_no"),
    ("ReferralApproved", unreported, NR, "2026-03-05", APPROVAL, RULE, "referral_no"),
    ("ReferralRefused", unreported, NR, "2026-03-05", APPROVAL, RULE, "referral_no"),
    ("ReferralPassedOn", crime_filed, POLICE, "2026-03-07", {**NUMBER, "to": OTHER_POLICE}, RULE, "referral_no"),
    ("ReconsiderationRequested", told(not_filed, ("CrimeFiled", POLICE, "2026-03-07", NUMBER)), NR, "2026-03-08", NUMBER, RULE, "referral_no"),
    ("DemolitionOrganised", told(organised, ("DemolitionCompleted", "government.chengguan", "2025-09-20", {"handover_no": "交1"})),
     "government.chengguan", "2025-09-21", {"handover_no": "交1"}, RULE, "handover_no"),
    ("DemolitionCompleted", told(confiscated, ("ConfiscatedHandedOver", NR, "2026-01-05", {"handover_no": "交2", "to": GOVERNMENT})),
     GOVERNMENT, "2026-01-10", {"handover_no": "交2"}, RULE, "handover_no"),
    # addressees of another kind
    ("PenaltyOpinionIssued", granted, PROCURATORATE, "2026-03-02", {"opinion_no": "意1", "what": "x", "to": COURT}, RULE, "to"),
    ("ClueReturned", filed, OTHER_POLICE, "2026-03-05", {"clue_no": "线1", "to": COURT}, RULE, "to"),
    ("ConfiscatedHandedOver", confiscated, NR, "2026-01-05", {"handover_no": "交2", "to": COURT}, RULE, "to"),
    ("JointEnforcementOpened", filed, NR, "2025-09-01", {"agencies": [NR], "lead": NR}, RULE, "agencies"),
    ("JointEnforcementOpened", filed, NR, "2025-09-01", {"agencies": [POLICE, POLICE], "lead": NR}, RULE, "agencies.1"),
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


def test_every_act_between_agencies_is_taken_and_refused_here():
    matters = {name for name, kind in EVENTS.items() if kind.cls.__module__ == "domain.acts.matters"}
    assert {t[0] for t in TAKEN} == matters
    assert {r[0] for r in REFUSED} == matters


@pytest.mark.parametrize("type_", sorted({t[0] for t in TAKEN}))
def test_nothing_happens_before_it_is_received(type_):
    scene, actor, on, data = next(t[1:] for t in TAKEN if t[0] == type_)
    earlier = f"{int(on[:4]) - 2}{on[4:]}"
    assert scene().refused(type_, actor, on, earlier, **data) == (FUTURE, "occurred_on")


@pytest.mark.parametrize("type_", sorted({t[0] for t in TAKEN}))
def test_a_case_never_begun_takes_nothing(type_):
    actor, on, data = next(t[2:] for t in TAKEN if t[0] == type_)
    assert World().refused(type_, actor, on, **data) == (RULE, "case")


NOBODY: set[str] = set()
CHENGGUAN = "government.chengguan"
FOLLOWED: dict[str, tuple[set[str], set[str], bool]] = {
    "AssistanceRescheduled": ({POLICE}, NOBODY, False),
    "AssistanceCancelled": ({POLICE}, NOBODY, True),
    "AssistanceConfirmed": ({COURT}, NOBODY, False),
    "AssistanceDeclined": ({COURT}, NOBODY, True),
    "AssistanceProvided": ({COURT}, NOBODY, True),
    "AssistanceNotRendered": ({POLICE}, NOBODY, True),
    "FilesProvided": ({PROCURATORATE}, {PROCURATORATE}, True),
    "SupervisionWithdrawn": ({PROCURATORATE}, NOBODY, True),
    "SupervisionAccepted": ({NR}, NOBODY, False),
    "SupervisionNotAccepted": ({NR}, NOBODY, True),
    "SupervisionExtended": ({NR}, NOBODY, False),
    "SupervisionDecided": ({NR}, NOBODY, False),
    "SupervisionDecisionServed": ({NR}, {NR}, True),
    "PenaltyOpinionReplied": ({PROCURATORATE}, {PROCURATORATE}, True),
    "ReferralApproved": (NOBODY, NOBODY, False),
    "ReferralRefused": (NOBODY, NOBODY, True),
    "CrimeReferralReceived": ({NR}, NOBODY, False),
    "SupplementAsked": ({NR}, {NR}, False),
    "SupplementFiled": ({POLICE}, {POLICE}, False),
    "ReferralPassedOn": ({OTHER_POLICE, NR}, {OTHER_POLICE, NR}, False),
    "CrimeFiled": ({NR}, {NR}, False),
    "CrimeNotFiled": ({NR}, {NR}, False),
    "CrimeOutcomeTold": ({NR}, {NR}, False),  # prosecuted: the court is still to judge
    "ReconsiderationRequested": ({POLICE}, {POLICE}, False),
    "ReconsiderationDecided": ({NR}, {NR}, False),
    "FilingSupervisionRequested": ({PROCURATORATE}, {PROCURATORATE}, False),
    "FilingSupervisionDecided": ({POLICE, NR}, {POLICE, NR}, False),
    "ReasonsDemanded": ({POLICE}, {POLICE}, False),
    "ReasonsStated": ({PROCURATORATE}, {PROCURATORATE}, False),
    "ItemsHandedOver": ({POLICE}, {POLICE}, False),
    "AppraisalDelivered": ({POLICE}, {POLICE}, True),
    "ReturnedClueHandled": ({OTHER_POLICE}, NOBODY, True),
    "ObstructionHandled": ({NR}, NOBODY, False),
    "DemolitionOrganised": ({NR}, NOBODY, False),
    "DemolitionCompleted": ({NR}, NOBODY, True),
}
"""Whom each goes to, who is to sign for it, and whether the matter is then done with; of the first line in TAKEN."""
BEGUN: dict[str, tuple[set[str], set[str]]] = {
    "AssistanceRequested": ({POLICE}, {POLICE}),
    "FilesRequested": ({NR}, {NR}),
    "SupervisionApplied": ({PROCURATORATE}, {PROCURATORATE}),
    "SupervisionConditionsLacking": ({NR, COURT}, NOBODY),
    "PenaltyOpinionIssued": ({NR}, {NR}),
    "ReferralReportSubmitted": (NOBODY, NOBODY),
    "CrimeReferred": ({POLICE}, {POLICE, PROCURATORATE}),
    "AppraisalRequested": ({NR}, {NR}),
    "ClueReturned": ({NR}, {NR}),
    "ObstructionReported": ({OTHER_POLICE}, NOBODY),
    "PlanningViolationHandedOver": ({CHENGGUAN}, {CHENGGUAN}),
    "ConfiscatedHandedOver": ({GOVERNMENT}, {GOVERNMENT}),
    "DocumentShared": ({COURT, PROCURATORATE, "discipline.lhasa"}, {COURT, PROCURATORATE, "discipline.lhasa"}),
    "JointEnforcementOpened": ({POLICE, CHENGGUAN}, NOBODY),
}  # fmt: skip


def first(type_: str) -> tuple[World, str, str, dict[str, Any]]:
    scene, actor, on, data = next(t[1:] for t in TAKEN if t[0] == type_)
    return scene(), actor, on, data


def told_and_copied(world: World) -> tuple[set[str], set[str]]:
    entry = world.case.entries[-1]
    copied = {c.recipient for c in world.case.copies.values() if c.act == entry.act.id}
    return ({entry.to} if entry.to is not None else set(entry.facts.get("to", ()))), copied


@pytest.mark.parametrize("type_", FOLLOWED)
def test_whom_an_answer_goes_to_and_what_it_ends(type_):
    world, actor, on, data = first(type_)
    act = world.act(type_, actor, on, **data)
    matter = next(m for m in world.case.matters.values() if m.stages[-1][0] == act.id)
    assert (*told_and_copied(world), matter.ended_on is not None) == FOLLOWED[type_]


@pytest.mark.parametrize("type_", BEGUN)
def test_whom_a_matter_is_begun_with(type_):
    world, actor, on, data = first(type_)
    world.act(type_, actor, on, **data)
    assert told_and_copied(world) == BEGUN[type_]


def test_both_tables_are_told_by_hand_in_full():
    assert set(FOLLOWED) == {cls.__name__ for cls in FOLLOWING}
    assert set(BEGUN) == {cls.__name__ for cls in OPENING} | {"CrimeReferred"}


@pytest.mark.parametrize("type_", FOLLOWED)
def test_nobody_but_those_concerned_answers(type_):
    """Dagze's agencies of every kind that may sign it have no part in this case."""
    world, _, on, data = first(type_)
    for kind in sorted(EVENTS[type_].by & {"nr", "court", "procuratorate", "police", "government"}):
        if f"{kind}.dagze" in world.registry.agencies and type_ != "FilesProvided":
            assert world.refused(type_, f"{kind}.dagze", on, **data) == (RULE, "actor"), kind


OFTEN = {
    "AssistanceRescheduled": {"at": "2026-03-30"}, "SupervisionExtended": {"until": "2026-10-05"}, "SupplementAsked": {},
    "SupervisionDecisionServed": {"to": COURT}, "CrimeOutcomeTold": {"outcome": "judged"}, "ItemsHandedOver": {},
    "DemolitionOrganised": {}, "ObstructionHandled": {"outcome": "拘留"},
}  # fmt: skip
"""What may be done to one matter again, with what is different the second time."""
ANEW: list[tuple[str, Said]] = [
    ("AssistanceConfirmed", ("AssistanceRescheduled", COURT, "2026-03-06", {**NO, "at": "2026-03-12"})),
    ("ReferralApproved", ("ReferralRefused", NR, "2026-03-05", APPROVAL)),
    ("ReferralRefused", ("ReferralApproved", NR, "2026-03-05", APPROVAL)),
    ("SupplementFiled", ("SupplementAsked", POLICE, "2026-03-08", NUMBER)),
    ("ReasonsDemanded", ("ReasonsStated", POLICE, "2026-03-12", NUMBER)),
    ("ReasonsStated", ("ReasonsDemanded", PROCURATORATE, "2026-03-20", NUMBER)),
    ("FilingSupervisionDecided", ("ReasonsDemanded", PROCURATORATE, "2026-03-22", NUMBER)),
]
"""What may be done again only after this."""
WITH_OTHERS = {"ReferralPassedOn": "actor"}
"""What cannot be done twice, but for another reason: the referral is no longer its to pass on."""


@pytest.mark.parametrize("type_", FOLLOWED)
def test_what_is_done_once_is_done(type_):
    world, actor, on, data = first(type_)
    world.act(type_, actor, on, **data)
    later = f"{on[:8]}28"
    if type_ in OFTEN:
        world.act(type_, actor, later, **{**data, **OFTEN[type_]})
    else:
        field = WITH_OTHERS.get(type_, next(r.ref for cls, r in FOLLOWING.items() if cls.__name__ == type_))
        assert world.refused(type_, actor, later, **data) == (RULE, field)


@pytest.mark.parametrize(("type_", "between"), ANEW)
def test_what_may_be_done_anew(type_, between):
    world, actor, on, data = first(type_)
    world.act(type_, actor, on, **data)
    other, by, then, said = between
    world.act(other, by, then, **said)
    world.act(type_, actor, f"{on[:8]}28", **data)


def test_a_referral_that_comes_back_is_signed_for_again():
    world = passed_on()
    world.act("CrimeReferralReceived", OTHER_POLICE, "2026-03-06", **NUMBER)
    world.act("ReferralPassedOn", OTHER_POLICE, "2026-03-07", **NUMBER, to=POLICE)
    world.act("CrimeReferralReceived", POLICE, "2026-03-08", **NUMBER)
    assert world.refused("CrimeReferralReceived", POLICE, "2026-03-09", **NUMBER) == (RULE, "referral_no")
    world.act("ReferralPassedOn", POLICE, "2026-03-09", **NUMBER, to="police.duilong")
    world.act("ReferralPassedOn", "police.duilong", "2026-03-10", **NUMBER, to=POLICE)
    world.act("CrimeReferralReceived", POLICE, "2026-03-11", **NUMBER)


INTERNAL = {"ReferralApproved", "ReferralRefused"}


@pytest.mark.parametrize(
    "type_", [c.__name__ for c, r in FOLLOWING.items() if r.kind == "crime" and c.__name__ not in INTERNAL]
)
def test_nothing_follows_a_referral_before_its_day(type_):
    """Reported on 3-02, referred on 3-04: on 3-03 there was a report, but nothing that others could answer."""
    world, actor, _, data = first(type_)
    early = {k: "2026-03-03" if k == "at" else v for k, v in data.items()}
    assert world.refused(type_, actor, "2026-03-03", "2026-03-31", **early) == (RULE, "occurred_on")


def test_a_number_that_nobody_issued_is_refused_by_its_own_field():
    """Whatever follows names its matter by a reference to just that kind; so does the refusal."""
    for cls, row in FOLLOWING.items():
        kind = fields_of(cls)[row.ref]
        assert (kind.shape, kind.refers_to) == ("ref", row.kind), cls.__name__
        if row.kind == "files":
            continue
        actor, on, data = next(t[2:] for t in TAKEN if t[0] == cls.__name__)
        assert granted().refused(cls.__name__, actor, on, **{**data, row.ref: "无此号"}) == (RULE, row.ref)


def test_each_number_is_one_matters_own():
    for cls, row in OPENING.items():
        if row.number is not None:
            assert fields_of(cls)[row.number].form == "number"


@pytest.mark.parametrize(
    ("type_", "kinds"),
    [
        ("CrimeReferred", "nr"), ("CrimeFiled", "police procuratorate"), ("SupervisionApplied", "nr"),
        ("SupervisionAccepted", "procuratorate"), ("DemolitionOrganised", "government"), ("ReasonsStated", "police"),
        ("AppraisalDelivered", "nr member_unit"), ("ClueReturned", "police"), ("JointStudyHeld", "procuratorate nr court"),
    ],
)  # fmt: skip
def test_which_kinds_may_sign(type_, kinds):
    assert EVENTS[type_].by == set(kinds.split())


# 条款 三（六）-3.1、三（六）-3.2
def test_the_grounds_of_both_categories_are_all_there_are():
    """三（六）: five about one's own lawsuits, eight about enforcement applied for; none is in both."""
    named = fields_of(EVENTS["SupervisionApplied"].cls)["grounds"].item
    assert named is not None
    assert (len(GROUNDS["judgment"]), len(GROUNDS["enforcement"])) == (5, 8)
    assert set(named.symbols) == GROUNDS["judgment"] | GROUNDS["enforcement"]
