"""Acts of a `case` stream that agencies address to each other: what one asks of, refers to, hands to or tells another,
and what the other answers.

Sources: 拉萨实施意见 三（一）–（六）, 四（二）（三）, 五（三）（四）; 行政执法机关移送涉嫌犯罪案件的规定 (移送规定); 公安机关办理
刑事案件程序规定 §175, §180–182; 人民检察院刑事诉讼规则 §557–564; 土地管理法实施条例 §58.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.acts.base import Event, event
from domain.values import (
    AgencyId,
    ApplicationRef,
    AppraisalRef,
    AssistanceRef,
    CrimeRef,
    DecisionRef,
    FilesRef,
    HandoverRef,
    Label,
    Moment,
    Number,
    ObstructionRef,
    OpinionRef,
    ReturnedClueRef,
    RulingRef,
    SuggestionRef,
    SupervisionRef,
    Text,
    ThingRef,
)

# --- assistance in execution (协助执行) -----------------------------------------------------------------------

Task = Literal["crowd_control", "site_confirmation", "cordon", "other"]


@event("case", "请求协助执行", by="court government nr township member_unit", through_ledger=True)
class AssistanceRequested(Event):
    """By the court or whoever carries out the ruling; `at` is when help is wanted, `people` and `equipment` how much."""

    assistance_no: Number
    to: AgencyId
    at: Moment
    place: Text
    tasks: tuple[Task, ...]
    people: Label | None = None
    equipment: Text | None = None


@event("case", "变更协助时间", by="court government nr township member_unit", through_ledger=True)
class AssistanceRescheduled(Event):
    """`at`: the new time; what is not named stays as it was asked."""

    assistance_no: AssistanceRef
    at: Moment
    to: AgencyId | None = None
    place: Text | None = None
    tasks: tuple[Task, ...] | None = None
    people: Label | None = None
    equipment: Text | None = None
    reasons: Text | None = None


@event("case", "取消协助请求", by="court government nr township member_unit", through_ledger=True)
class AssistanceCancelled(Event):
    assistance_no: AssistanceRef
    to: AgencyId | None = None
    reasons: Text | None = None


@event("case", "同意协助", by="any", through_ledger=True)
class AssistanceConfirmed(Event):
    assistance_no: AssistanceRef
    people: Label | None = None
    equipment: Text | None = None


@event("case", "不予协助", by="any", through_ledger=True)
class AssistanceDeclined(Event):
    """`ground`: one of those on which help may be declined; any other is 推诿 (拉萨实施意见 三（三）)."""

    assistance_no: AssistanceRef
    reasons: Text
    ground: Literal["not_competent", "prohibited", "unable"] | None = None


@event("case", "到场协助", by="any")
class AssistanceProvided(Event):
    """`at`: when they came, where that is known to the hour."""

    assistance_no: AssistanceRef
    at: Moment | None = None
    people: Label | None = None
    equipment: Text | None = None


@event("case", "未按请求协助", by="court government nr township member_unit")
class AssistanceNotRendered(Event):
    """The asker's word that nobody came, or not as asked."""

    assistance_no: AssistanceRef
    what: Text


# --- the procuratorate's supervision (检察监督) ---------------------------------------------------------------


@event("case", "调卷", by="procuratorate", through_ledger=True)
class FilesRequested(Event):
    """Of the department in charge unless `to` names another."""

    what: Text
    to: AgencyId | None = None
    files_no: Number | None = None


@event("case", "提供案卷", by="any")
class FilesProvided(Event):
    """Answers the one request that waits for this agency, unless `files_no` names another."""

    what: Text
    files_no: FilesRef | None = None


@event("case", "跟踪办理", by="any")
class HandlingTracked(Event):
    """By the procuratorate; of a joint case by any agency that takes part in it."""

    subject: Literal["court_handling", "administrative_execution", "joint_case"]
    finding: Text
    application: ApplicationRef | None = None
    ruling_no: RulingRef | None = None


@event("case", "发现违法或怠于行使职权", by="procuratorate")
class UnlawfulActFound(Event):
    """By the department in charge unless `to` names another."""

    what: Text
    to: AgencyId | None = None


@event("case", "发现法院执行活动违法", by="procuratorate")
class CourtExecutionUnlawfulFound(Event):
    what: Text
    application: ApplicationRef | None = None


@event("case", "不具备监督条件", by="procuratorate")
class SupervisionConditionsLacking(Event):
    """确因客观原因不具备监督条件: to be studied together with the department and the court."""

    what: Text
    application: ApplicationRef | None = None
    supervision_no: SupervisionRef | None = None


@event("case", "申请检察监督", by="nr", through_ledger=True)
class SupervisionApplied(Event):
    """`grounds` of the category's own list (拉萨实施意见 三（六）). `about`: the judgment, ruling or application complained
    of. To the procuratorate that the routes mean unless `to` names another."""

    supervision_no: Number
    category: Literal["judgment", "enforcement"]
    grounds: tuple[
        Literal[
            "wrong_judgment", "wrong_ruling", "wrong_mediation", "unlawful_trial", "unlawful_litigation_execution",
            "materials_refused", "not_accepted", "no_ruling_in_time", "execution_refused", "suspended",
            "round_terminated", "terminated", "ruling_execution_split",
        ], ...,
    ]  # fmt: skip
    about: ThingRef | None = None
    to: AgencyId | None = None


@event("case", "撤回监督申请", by="nr", through_ledger=True)
class SupervisionWithdrawn(Event):
    supervision_no: SupervisionRef
    reasons: Text | None = None


@event("case", "受理监督申请", by="procuratorate")
class SupervisionAccepted(Event):
    supervision_no: SupervisionRef


@event("case", "不予受理监督申请", by="procuratorate")
class SupervisionNotAccepted(Event):
    supervision_no: SupervisionRef
    reasons: Text


@event("case", "延长监督审查期限", by="procuratorate")
class SupervisionExtended(Event):
    supervision_no: SupervisionRef
    until: date
    reasons: Text | None = None


@event("case", "监督处理决定", by="procuratorate")
class SupervisionDecided(Event):
    supervision_no: SupervisionRef
    outcome: Literal[
        "protest_requested", "protest", "retrial_suggestion", "suggestion", "not_supported", "ended"
    ]
    reasons: Text | None = None


@event("case", "送达监督处理决定", by="procuratorate", through_ledger=True)
class SupervisionDecisionServed(Event):
    """On the department in charge unless `to` names another."""

    supervision_no: SupervisionRef
    to: AgencyId | None = None


@event("case", "跟进监督", by="procuratorate")
class SuggestionFollowedUp(Event):
    suggestion_no: SuggestionRef
    finding: Text


@event("case", "通报检察建议", by="procuratorate", through_ledger=True)
class SuggestionNotified(Event):
    """将相关情况通报自然资源主管部门: the one in charge unless `to` names another."""

    suggestion_no: SuggestionRef
    to: AgencyId | None = None


@event("case", "共同研究", by="procuratorate nr court")
class JointStudyHeld(Event):
    """Each of those who took part may record it."""

    conclusion: Text
    supervision_no: SupervisionRef | None = None


@event("case", "检察意见", by="procuratorate", through_ledger=True)
class PenaltyOpinionIssued(Event):
    """行刑反向衔接: whom the procuratorate does not prosecute the department may have to penalise."""

    opinion_no: Number
    what: Text
    to: AgencyId | None = None


@event("case", "回复检察意见", by="nr", through_ledger=True)
class PenaltyOpinionReplied(Event):
    opinion_no: OpinionRef
    what: Text


# --- suspected crimes (涉嫌犯罪移送) --------------------------------------------------------------------------


@event("case", "提出移送报告", by="nr")
class ReferralReportSubmitted(Event):
    """核实情况后提出移送涉嫌犯罪案件的书面报告 (移送规定 §5); `by` the two or more who were charged with it."""

    referral_no: Number
    at: Moment | None = None
    by: Text | None = None


@event("case", "批准移送", by="nr")
class ReferralApproved(Event):
    """`by`: the principal head. From `at` run the twenty-four hours."""

    referral_no: CrimeRef
    at: Moment
    by: Text


@event("case", "不批准移送", by="nr")
class ReferralRefused(Event):
    """将不予批准的理由记录在案 (移送规定 §5)."""

    referral_no: CrimeRef
    at: Moment | None = None
    by: Text | None = None
    reasons: Text | None = None


@event("case", "移送涉嫌犯罪案件", by="nr", through_ledger=True)
class CrimeReferred(Event):
    """`referral_no` is that of the report where there was one; `copied_to` get a copy of the referral."""

    referral_no: Number
    to: AgencyId
    suspected_crime: Text
    copied_to: tuple[AgencyId, ...] = ()


@event("case", "签收移送案件", by="police procuratorate")
class CrimeReferralReceived(Event):
    """回执 (移送规定 §7): `complete` whether the papers are all there, `competent` whether the case is this agency's."""

    referral_no: CrimeRef
    at: Moment | None = None
    complete: bool = True
    competent: bool = True


@event("case", "通知补正移送材料", by="police procuratorate", through_ledger=True)
class SupplementAsked(Event):
    referral_no: CrimeRef
    what: Text | None = None


@event("case", "补正移送材料", by="nr", through_ledger=True)
class SupplementFiled(Event):
    referral_no: CrimeRef
    what: Text | None = None


@event("case", "转送有管辖权机关", by="police procuratorate", through_ledger=True)
class ReferralPassedOn(Event):
    referral_no: CrimeRef
    to: AgencyId


@event("case", "刑事立案", by="police procuratorate")
class CrimeFiled(Event):
    """The decision and its notice in one, as are those below: the department's terms run from its 签收."""

    referral_no: CrimeRef
    criminal_case_no: Number | None = None


@event("case", "不予刑事立案", by="police procuratorate")
class CrimeNotFiled(Event):
    referral_no: CrimeRef
    reasons: Text


@event("case", "告知刑事案件结果", by="police procuratorate", through_ledger=True)
class CrimeOutcomeTold(Event):
    referral_no: CrimeRef
    outcome: Literal["withdrawn", "prosecuted", "not_prosecuted", "judged"]


@event("case", "提请复议不立案", by="nr", through_ledger=True)
class ReconsiderationRequested(Event):
    referral_no: CrimeRef
    reasons: Text | None = None


@event("case", "不立案复议决定", by="police procuratorate")
class ReconsiderationDecided(Event):
    referral_no: CrimeRef
    outcome: Literal["file", "keep"]
    reasons: Text | None = None


@event("case", "建议立案监督", by="nr", through_ledger=True)
class FilingSupervisionRequested(Event):
    """To the procuratorate that the routes mean unless `to` names another."""

    referral_no: CrimeRef
    to: AgencyId | None = None
    reasons: Text | None = None


@event("case", "立案监督决定", by="procuratorate")
class FilingSupervisionDecided(Event):
    """`file`: 通知立案; `keep`: the reasons for not filing hold, and the department is told."""

    referral_no: CrimeRef
    outcome: Literal["file", "keep"]
    reasons: Text | None = None


@event("case", "要求说明不立案理由", by="procuratorate", through_ledger=True)
class ReasonsDemanded(Event):
    referral_no: CrimeRef


@event("case", "说明不立案理由", by="police", through_ledger=True)
class ReasonsStated(Event):
    referral_no: CrimeRef
    reasons: Text | None = None


@event("case", "移交涉案物品", by="nr")
class ItemsHandedOver(Event):
    referral_no: CrimeRef
    what: Text | None = None


@event("case", "商请认定", by="police", through_ledger=True)
class AppraisalRequested(Event):
    """Of the department in charge unless `to` names another."""

    appraisal_no: Number
    what: Text
    to: AgencyId | None = None


@event("case", "出具认定意见", by="nr member_unit", through_ledger=True)
class AppraisalDelivered(Event):
    appraisal_no: AppraisalRef
    what: Text


@event("case", "发现未涉嫌犯罪的违法线索", by="police")
class NonCrimeViolationFound(Event):
    what: Text
    referral_no: CrimeRef | None = None


@event("case", "移送非罪线索", by="police", through_ledger=True)
class ClueReturned(Event):
    """To the department in charge unless `to` names another."""

    clue_no: Number
    what: Text | None = None
    to: AgencyId | None = None


@event("case", "处理非罪线索", by="nr")
class ReturnedClueHandled(Event):
    clue_no: ReturnedClueRef
    outcome: Text


@event("case", "报告妨碍执行公务", by="nr")
class ObstructionReported(Event):
    """`at`: when it happened. To the police that the routes mean unless `to` names another."""

    obstruction_no: Number
    at: Moment
    place: Text
    what: Text | None = None
    to: AgencyId | None = None


@event("case", "处置妨碍执行公务", by="police")
class ObstructionHandled(Event):
    """Stopped, as long as there is no `outcome`; with it, the case is dealt with."""

    obstruction_no: ObstructionRef
    outcome: Text | None = None


# --- handed to the government (移送、移交政府) ----------------------------------------------------------------


@event("case", "移送规划违法建设", by="nr", through_ledger=True)
class PlanningViolationHandedOver(Event):
    """城乡规划法 §68: its demolition is the government's, not the court's."""

    handover_no: Number
    to: AgencyId
    what: Text | None = None


@event("case", "组织强制拆除", by="government")
class DemolitionOrganised(Event):
    handover_no: HandoverRef
    plan: Text | None = None


@event("case", "强制拆除完成", by="government")
class DemolitionCompleted(Event):
    handover_no: HandoverRef
    what: Text | None = None


@event("case", "移交没收建筑物", by="nr", through_ledger=True)
class ConfiscatedHandedOver(Event):
    """没收的建筑物和其他设施交由本级人民政府. Of the one decision that confiscates, unless `decision_no` names another."""

    handover_no: Number
    to: AgencyId
    what: Text | None = None
    decision_no: DecisionRef | None = None


# --- shared, told, urged (共享、通报、联络) -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedDocument:
    """并送文书: one more document that the same act shares."""

    kind: Literal[
        "violation_report", "penalty_decision", "enforcement_application", "court_ruling", "crime_referral"
    ]
    document_no: Number


@event("case", "共享文书", by="any", through_ledger=True)
class DocumentShared(Event):
    """One of the six kinds, or a typical case. Of a discipline referral only discipline inspection gets more than
    number and date, so nothing is attached. `also`: of each other kind one document more."""

    kind: Literal[
        "violation_report", "penalty_decision", "enforcement_application", "court_ruling", "discipline_referral",
        "crime_referral", "typical_case",
    ]  # fmt: skip
    to: tuple[AgencyId, ...]
    document_no: Number
    also: tuple[SharedDocument, ...] | None = None


@event("case", "案件通报", by="any", through_ledger=True)
class CaseBriefed(Event):
    """`kind`, `document_no`: the document that the briefing is about."""

    to: tuple[AgencyId, ...]
    what: Text | None = None
    kind: Literal[
        "violation_report", "penalty_decision", "enforcement_application", "court_ruling", "discipline_referral",
        "crime_referral", "typical_case",
    ] | None = None  # fmt: skip
    document_no: Number | None = None


@event("case", "催办", by="any", through_ledger=True)
class Reminded(Event):
    to: AgencyId
    what: Text
    means: Text | None = None


@event("case", "转办", by="any", through_ledger=True)
class Reassigned(Event):
    to: AgencyId
    what: Text
    means: Text | None = None


@event("case", "沟通记录", by="any")
class ContactLogged(Event):
    to: AgencyId
    what: Text
    means: Text | None = None


@event("case", "联合执法", by="nr")
class JointEnforcementOpened(Event):
    """`agencies`: those that take part; `lead` is one of them, or the department itself."""

    agencies: tuple[AgencyId, ...]
    lead: AgencyId
    what: Text | None = None
