"""Acts of a `case` stream: one violation case, from filing to closure.

Sources: 关于构建拉萨市自然资源执法监管共同责任机制的实施意见; 行政处罚法; 行政强制法 §53–§59; 行政诉讼法; 行政复议法.
The three copies are anchored to three different days: applying, obtaining the notice, receiving the ruling.
"""

from datetime import date
from typing import Literal

from domain.acts.base import Event, event
from domain.values import (
    ActRef,
    AgencyId,
    Amount,
    ApplicationRef,
    CaseSource,
    CopyRef,
    DecisionRef,
    Item,
    Json,
    Label,
    LawsuitRef,
    Material,
    NoticeRef,
    Number,
    Party,
    Place,
    RulingRef,
    SuggestionRef,
    Text,
    Violation,
)

# --- the case and its notices -------------------------------------------------------------------------------


@event("case", "立案", by="nr township")
class CaseFiled(Event):
    title: Text
    parties: tuple[Party, ...]
    place: Place
    violation: Violation
    source: CaseSource
    clue: Number | None = None


@event("case", "责令通知书", by="nr township")
class NoticeIssued(Event):
    notice: Literal["stop_violation", "correct_violation", "stop_construction", "demolish_by_deadline"]
    notice_no: Number
    comply_by: date | None = None
    what: Text | None = None


@event("case", "制止无效", by="nr township")
class NoticeIneffective(Event):
    what: Text
    notice_no: NoticeRef | None = None


@event("case", "违法情况报告", by="nr township", through_ledger=True)
class ViolationReported(Event):
    government: AgencyId
    report_no: Number


@event("case", "采取有效措施", by="government township")
class MeasuresTaken(Event):
    measures: Text


@event("case", "报告消除违法状态", by="government township", through_ledger=True)
class RemovalReported(Event):
    what: Text


@event("case", "现场核实消除违法状态", by="nr")
class RemovalVerified(Event):
    what: Text
    on_site: bool


@event("case", "结案", by="nr")
class CaseClosed(Event):
    reason: Text


# --- the penalty --------------------------------------------------------------------------------------------


@event("case", "听证告知", by="nr")
class PenaltyHearingRightNotified(Event):
    pass


@event("case", "要求听证", by="nr")
class PenaltyHearingRequested(Event):
    pass


@event("case", "听证通知", by="nr")
class PenaltyHearingNoticed(Event):
    hearing_on: date


@event("case", "行政处罚决定", by="nr")
class PenaltyDecided(Event):
    decision_no: Number
    items: tuple[Item, ...]
    parties: tuple[Label, ...] | None = None
    enforcement_power: Literal["court_only", "own"] = "court_only"


@event("case", "不予处罚决定", by="nr")
class NoPenaltyDecided(Event):
    reasons: Text
    decision_no: Number | None = None


@event("case", "延长办案期限", by="nr")
class DecisionTermExtended(Event):
    until: date
    reasons: Text | None = None


@event("case", "撤销处罚决定", by="nr court government")
class PenaltyRevoked(Event):
    decision_no: DecisionRef
    reason: Text


@event("case", "处罚决定送达", by="nr")
class PenaltyServed(Event):
    """Announced service (公告) is deemed done 30 days after `put_out_on` (民事诉讼法 §95)."""

    decision_no: DecisionRef
    method: Literal["direct", "left", "mailed", "electronic", "announced", "other"]
    put_out_on: date | None = None
    parties: tuple[Label, ...] | None = None


@event("case", "履行处罚决定", by="nr")
class Performed(Event):
    """By all parties and of all items unless it says by whom and of which; `amount_yuan` counts towards the fines."""

    decision_no: DecisionRef
    items: tuple[Label, ...] | None = None
    amount_yuan: Amount | None = None
    parties: tuple[Label, ...] | None = None


@event("case", "缴纳罚款", by="nr")
class FinePaid(Event):
    """One payment; what was paid of an item adds up. Without an amount the fines are paid in full."""

    decision_no: DecisionRef
    items: tuple[Label, ...] | None = None
    amount_yuan: Amount | None = None


@event("case", "延期、分期缴纳罚款", by="nr")
class PaymentPostponed(Event):
    decision_no: DecisionRef
    until: date
    items: tuple[Label, ...] | None = None


# --- remedies -----------------------------------------------------------------------------------------------


@event("case", "申请行政复议", by="nr government")
class ReviewApplied(Event):
    decision_no: DecisionRef
    authority: Text


@event("case", "行政复议决定", by="nr government")
class ReviewDecided(Event):
    """`served_on`: the day the party received it; the suit term runs from there (行政诉讼法 §45)."""

    decision_no: DecisionRef
    outcome: Literal["upheld", "revoked", "changed", "unlawful", "withdrawn"]
    served_on: date | None = None


@event("case", "提起行政诉讼", by="nr court")
class LawsuitFiled(Event):
    decision_no: DecisionRef
    court: AgencyId
    court_case_no: Number | None = None


@event("case", "行政判决、裁定", by="court")
class LawsuitDecided(Event):
    court_case_no: LawsuitRef
    instance: Label
    outcome: Literal[
        "claims_dismissed", "suit_dismissed", "revoked", "revoked_and_remade", "unlawful", "invalid",
        "ordered_to_perform", "mediated", "withdrawn",
    ]  # fmt: skip
    effective_on: date | None = None
    served_on: date | None = None


# --- enforcement by the court on application (非诉强制执行) -----------------------------------------------------


@event("case", "催告", by="nr")
class PerformanceDemanded(Event):
    """`occurred_on` is the day the demand was served (行政强制法 §54)."""

    decision_no: DecisionRef


@event("case", "申请强制执行", by="nr")
class EnforcementApplied(Event):
    court: AgencyId
    decision_no: DecisionRef
    application_no: Number | None = None
    basis: Literal["non_litigation", "judgment"] = "non_litigation"
    items: tuple[Label, ...] | None = None
    parties: tuple[Label, ...] | None = None
    designated_by: Text | None = None


@event("case", "不接收申请材料", by="nr")
class MaterialsRefused(Event):
    application: ApplicationRef | None = None
    what: Text | None = None


@event("case", "补正通知", by="court")
class SupplementDemanded(Event):
    application: ApplicationRef | None = None
    what: Text | None = None


@event("case", "补正材料", by="nr")
class MaterialsSupplemented(Event):
    application: ApplicationRef | None = None
    what: Text | None = None


@event("case", "撤回申请", by="nr")
class ApplicationWithdrawn(Event):
    application: ApplicationRef | None = None
    what: Text | None = None


@event("case", "抄送申请材料", by="nr", through_ledger=True)
class ApplicationCopied(Event):
    materials: tuple[Material, ...]
    application: ApplicationRef | None = None
    to: AgencyId | None = None


@event("case", "受理强制执行申请", by="court")
class EnforcementAccepted(Event):
    review_case_no: Number
    application: ApplicationRef | None = None
    notice_no: Number | None = None


@event("case", "取得受理通知书", by="nr")
class AcceptanceReceived(Event):
    """Attests the court's acceptance where the court itself has stated none."""

    application: ApplicationRef | None = None
    review_case_no: Number | None = None
    notice_no: Number | None = None
    accepted_on: date | None = None


@event("case", "报送受理通知书复印件", by="nr", through_ledger=True)
class AcceptanceCopied(Event):
    application: ApplicationRef | None = None
    to: AgencyId | None = None


@event("case", "不予立案", by="court")
class EnforcementNotFiled(Event):
    reasons: Text
    application: ApplicationRef | None = None
    ruling_no: Number | None = None


@event("case", "不予受理", by="court")
class EnforcementNotAccepted(Event):
    reasons: Text
    application: ApplicationRef | None = None
    ruling_no: Number | None = None


@event("case", "听取意见", by="court")
class HearingOfOpinionsOpened(Event):
    """Patently unlawful: the court hears both sides and rules within thirty days (行政强制法 §58)."""

    application: ApplicationRef | None = None


@event("case", "裁定准予执行", by="court")
class EnforcementGranted(Event):
    """`executor` government is 裁执分离; `urgent`: 行政强制法 §59."""

    ruling_no: Number
    executor: Literal["court", "government"]
    application: ApplicationRef | None = None
    items: tuple[Label, ...] | None = None
    executing_agency: AgencyId | None = None
    urgent: bool = False


@event("case", "裁定不准予执行", by="court")
class EnforcementRefused(Event):
    """Without `items`: all that no other ruling on the application grants."""

    ruling_no: Number
    reasons: Text
    application: ApplicationRef | None = None
    items: tuple[Label, ...] | None = None


@event("case", "收到裁定", by="nr")
class RulingReceived(Event):
    """Attests the ruling where the court itself has stated none; then `result` is needed."""

    ruling_no: RulingRef
    result: Literal["granted", "partly_granted", "refused", "not_accepted"] | None = None
    made_on: date | None = None
    executor: Literal["court", "government"] | None = None
    items: tuple[Label, ...] | None = None
    application: ApplicationRef | None = None


@event("case", "报送裁定书", by="nr", through_ledger=True)
class RulingCopied(Event):
    ruling_no: RulingRef
    to: AgencyId | None = None


@event("case", "申请复议裁定", by="nr")
class RulingReviewApplied(Event):
    ruling_no: RulingRef
    court: AgencyId


@event("case", "复议裁定", by="court")
class RulingReviewDecided(Event):
    ruling_no: RulingRef
    outcome: Literal["upheld", "revoked"]


# --- execution ----------------------------------------------------------------------------------------------


@event("case", "执行立案", by="court")
class ExecutionFiled(Event):
    execution_case_no: Number
    application: ApplicationRef | None = None


@event("case", "中止执行", by="court")
class ExecutionSuspended(Event):
    reasons: Text
    application: ApplicationRef | None = None


@event("case", "恢复执行", by="court")
class ExecutionResumed(Event):
    reasons: Text | None = None
    application: ApplicationRef | None = None


@event("case", "终结本次执行", by="court")
class RoundTerminated(Event):
    reasons: Text
    application: ApplicationRef | None = None


@event("case", "终结执行", by="court")
class ExecutionTerminated(Event):
    reasons: Text
    application: ApplicationRef | None = None


@event("case", "指定执法机构", by="government")
class ExecutorDesignated(Event):
    ruling_no: RulingRef
    executing_agency: AgencyId


@event("case", "组织实施", by="any")
class ExecutionOrganised(Event):
    plan: Text
    ruling_no: RulingRef | None = None


@event("case", "执行完毕", by="any")
class ExecutionCompleted(Event):
    """`items`: those that were executed; without them all that the ruling grants. A partial result leaves items over,
    or something of each."""

    result: Literal["full", "partial"]
    ruling_no: RulingRef | None = None
    items: tuple[Label, ...] | None = None
    what: Text | None = None
    parties: tuple[Label, ...] | None = None


# --- supervision --------------------------------------------------------------------------------------------


@event("case", "检察建议", by="procuratorate", through_ledger=True)
class SuggestionIssued(Event):
    """`urgent`: 情况紧急的公益诉讼检察建议, answered within fifteen days."""

    suggestion_no: Number
    to: AgencyId
    subject: Literal["unlawful_act", "inaction", "court_execution"]
    reply_by: date | None = None
    urgent: bool = False


@event("case", "延长回复期限", by="procuratorate")
class SuggestionExtended(Event):
    suggestion_no: SuggestionRef
    reply_by: date


@event("case", "撤回检察建议", by="procuratorate", through_ledger=True)
class SuggestionWithdrawn(Event):
    suggestion_no: SuggestionRef
    reason: Text | None = None


@event("case", "回复检察建议", by="any", through_ledger=True)
class SuggestionReplied(Event):
    suggestion_no: SuggestionRef
    adopted: bool
    measures: Text


# --- copies and corrections ---------------------------------------------------------------------------------


@event("case", "签收", by="any")
class CopyAcknowledged(Event):
    """The recipient's own word that a copy came; `received_on` may be earlier than the day of signing."""

    of: CopyRef
    received_on: date | None = None


@event("case", "退回", by="any")
class CopyReturned(Event):
    of: CopyRef
    missing: tuple[Text, ...]


@event("case", "更正", by="any")
class StatementCorrected(Event):
    """`data`: the fields to replace (null takes an optional one away); `occurred_on` among them is the date."""

    of: ActRef
    reason: Text
    data: Json
