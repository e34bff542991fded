"""Acts of a `case` stream beside the usual course of penalty and enforcement: how a case begins, changes hands and
ends, the changes of a decision, what happens in review and in court, and what was recorded in error.

Sources: 行政处罚法; 行政强制法 §34–§44 (own enforcement power); 行政诉讼法 §3, §67, §85; 行政复议法 §62;
台账运行规则 (carried-over cases, voided records).
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.acts.base import Event, event
from domain.values import (
    ActRef,
    AgencyId,
    DecisionRef,
    Item,
    Label,
    LawsuitRef,
    Number,
    Party,
    Place,
    RulingRef,
    Text,
    Violation,
)

# --- how a case begins --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorAct:
    """结转前的一次行为: its type, whose it was (`for`; else the department's own), its number and day.

    `items` of a penalty decision, the `court` of an application or lawsuit and the `executor` of a ruling let the
    case go on from there.
    """

    type: Label
    on: date
    for_: AgencyId | None = None
    number: Number | None = None
    items: tuple[Item, ...] | None = None
    court: AgencyId | None = None
    executor: Literal["court", "government"] | None = None


@event("case", "存量结转", by="nr")
class CaseCarriedForward(Event):
    """First event of an old case, in place of its filing. `source_row` is its line in the old register."""

    case_no: Number
    parties: tuple[Party, ...]
    stage: Text
    source_row: Label
    prior_acts: tuple[PriorAct, ...] = ()
    title: Text | None = None
    place: Place | None = None
    violation: Violation | None = None


@event("case", "发现违法行为", by="nr township")
class ViolationFound(Event):
    what: Text
    place: Place | None = None


@event("case", "违法行为不成立", by="nr township")
class ViolationNotConfirmed(Event):
    what: Text
    place: Place | None = None


@event("case", "发现涉嫌犯罪", by="nr township")
class SuspectedCrimeFound(Event):
    crime: Text | None = None
    what: Text | None = None
    place: Place | None = None


@event("case", "抄告违法情况", by="nr township", through_ledger=True)
class ViolationCopied(Event):
    to: tuple[AgencyId, ...]
    report_no: Number


@event("case", "领导批示、交办", by="government")
class InstructionGiven(Event):
    """`by`: the leader who gave it."""

    to: AgencyId
    what: Text
    by: Text


# --- changes of the decision --------------------------------------------------------------------------------


@event("case", "变更处罚决定", by="nr court government")
class PenaltyChanged(Event):
    """`items` are the decision's from now on; where none are given only its wording changed."""

    decision_no: DecisionRef
    reason: Text
    items: tuple[Item, ...] | None = None


@event("case", "重新作出处罚决定", by="nr court government")
class PenaltyReissued(Event):
    """重作. `decision_no` is the new decision's number; or that of the revoked one, which the new one then bears on
    (or bears `new_decision_no`). `items`, where none are given, are the old ones."""

    decision_no: DecisionRef
    reason: Text
    items: tuple[Item, ...] | None = None
    new_decision_no: Number | None = None


@event("case", "强制执行决定", by="nr government")
class EnforcementDecisionMade(Event):
    """By an agency with enforcement power of its own (行政强制法 §34)."""

    decision_no: DecisionRef
    items: tuple[Label, ...] | None = None


# --- remedies -----------------------------------------------------------------------------------------------


@event("case", "受理行政复议", by="nr government")
class ReviewAccepted(Event):
    decision_no: DecisionRef
    authority: Text | None = None


@event("case", "延长复议期限", by="nr government")
class ReviewExtended(Event):
    """At most thirty days (行政复议法 §62); `until` where the notice names the day."""

    decision_no: DecisionRef
    authority: Text | None = None
    until: date | None = None


@event("case", "收到起诉状副本", by="nr court")
class ComplaintReceived(Event):
    """With `decision_no` and `court` it also makes known a lawsuit that nobody has stated yet."""

    court_case_no: LawsuitRef
    decision_no: DecisionRef | None = None
    court: AgencyId | None = None


@event("case", "提交答辩状", by="nr court")
class AnswerFiled(Event):
    court_case_no: LawsuitRef
    decision_no: DecisionRef | None = None
    court: AgencyId | None = None


@event("case", "提起上诉", by="nr court")
class AppealFiled(Event):
    """`court_case_no`: the first instance's; `appeal_case_no` the second's, once there is one."""

    court_case_no: LawsuitRef
    court: AgencyId
    decision_no: DecisionRef | None = None
    appeal_case_no: Number | None = None


@event("case", "开庭通知", by="court")
class CourtSessionNoticed(Event):
    court_case_no: LawsuitRef
    hearing_on: date


@event("case", "延期开庭", by="court")
class CourtSessionPostponed(Event):
    """`hearing_on`: the new day."""

    court_case_no: LawsuitRef
    hearing_on: date
    reason: Text | None = None


@event("case", "行政机关负责人出庭", by="nr")
class HeadAppeared(Event):
    """Whether the head of the agency appeared (行政诉讼法 §3); if not, `who` was sent and the `reason`."""

    court_case_no: LawsuitRef
    hearing_on: date
    appeared: bool
    who: Text | None = None
    reason: Text | None = None


# --- rulings put right --------------------------------------------------------------------------------------


@event("case", "补正裁定", by="court")
class RulingRectified(Event):
    """`number`, `items`: what the ruling is called and covers from now on, where that is what was put right."""

    ruling_no: RulingRef
    what: Text
    number: Number | None = None
    items: tuple[Label, ...] | None = None


@event("case", "撤销裁定", by="court")
class RulingRevoked(Event):
    ruling_no: RulingRef
    what: Text


# --- how a case changes hands and ends ----------------------------------------------------------------------


@event("case", "移交管辖", by="nr")
class CaseTransferred(Event):
    to: AgencyId
    why: Literal["level", "territory", "boundary", "difficulty"]
    new_case_no: Number | None = None
    reason: Text | None = None


@event("case", "接受移交", by="nr")
class TransferAccepted(Event):
    """The transfer takes effect on `occurred_on`; the old number stays an alias of `new_case_no`."""

    new_case_no: Number | None = None


@event("case", "退回移交", by="nr")
class TransferReturned(Event):
    """`why`: the ground of the transfer that does not hold."""

    why: Literal["level", "territory", "boundary", "difficulty"] | None = None
    reason: Text | None = None


@event("case", "分案", by="nr")
class CaseSplit(Event):
    """`cases`: the numbers of the cases that go on beside this one."""

    cases: tuple[Number, ...]
    reason: Text | None = None


@event("case", "并案", by="nr")
class CasesJoined(Event):
    """`cases`: the numbers of the cases joined with this one. `into` names the one that goes on, if not this one:
    this case is then closed."""

    cases: tuple[Number, ...]
    reason: Text | None = None
    into: Number | None = None


@event("case", "恢复办理", by="nr")
class CaseReopened(Event):
    reason: Text


@event("case", "撤销误录", by="any")
class StatementVoided(Event):
    """What was recorded in the wrong case, or twice, has no effect any more; it stays in the timeline."""

    of: ActRef
    reason: Literal["wrong_case", "duplicate"]
    right_case: Number | None = None
