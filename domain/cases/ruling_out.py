"""What cannot have happened is refused, with the field to look at and what to do.

What merely should not have happened is `domain.cases.irregular`'s business. The order within `decide`:
dates of the act against today, then the case's rules.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from domain.acts.base import Act, Event, kind_of
from domain.acts.behalf import ActConfirmed, ActDisputed
from domain.acts.case import (
    AcceptanceCopied,
    AcceptanceReceived,
    ApplicationCopied,
    ApplicationWithdrawn,
    CaseClosed,
    CaseFiled,
    CopyAcknowledged,
    CopyReturned,
    EnforcementAccepted,
    EnforcementApplied,
    EnforcementGranted,
    EnforcementNotAccepted,
    EnforcementNotFiled,
    EnforcementRefused,
    ExecutionCompleted,
    ExecutionFiled,
    ExecutionOrganised,
    ExecutionResumed,
    ExecutionSuspended,
    ExecutionTerminated,
    ExecutorDesignated,
    FinePaid,
    HearingOfOpinionsOpened,
    LawsuitDecided,
    LawsuitFiled,
    MaterialsRefused,
    MaterialsSupplemented,
    MeasuresTaken,
    NoticeIneffective,
    NoticeIssued,
    PaymentPostponed,
    PenaltyDecided,
    PenaltyRevoked,
    PenaltyServed,
    PerformanceDemanded,
    Performed,
    RemovalReported,
    ReviewApplied,
    ReviewDecided,
    RoundTerminated,
    RulingCopied,
    RulingReceived,
    RulingReviewApplied,
    RulingReviewDecided,
    StatementCorrected,
    SuggestionExtended,
    SuggestionIssued,
    SuggestionReplied,
    SuggestionWithdrawn,
    SupplementDemanded,
    ViolationReported,
)
from domain.acts.course import (
    AnswerFiled,
    AppealFiled,
    CaseCarriedForward,
    ComplaintReceived,
    EnforcementDecisionMade,
    PenaltyChanged,
    PenaltyReissued,
    ReviewAccepted,
    ReviewExtended,
)
from domain.cases import backlog, behalf, course, matters, proceedings
from domain.cases.folding import corrected, fold, own_enforcement
from domain.cases.model import Application, Case, Decision
from domain.cases.resolving import (
    only_granted,
    recipient_of,
    the_application,
    the_copy,
    the_decision,
    the_lawsuit,
    the_notice,
    the_ruling,
    the_suggestion,
)
from domain.entries import broken, not_before
from domain.refusal import Refusal
from domain.registry import Registry, contains
from domain.terms import LONGEST_DAYS
from domain.values import LEVELS

Rule = Callable[[Case, Act, Any, Registry], None]

_PAST = ("put_out_on", "served_on", "accepted_on", "made_on", "received_on")
"""Date fields of acts that state what has happened; deadlines, and the day a judgment takes effect, may lie ahead."""


def decide(case: Case, act: Act, registry: Registry, today: date) -> None:
    """Raise Refusal if the act cannot have happened: date_in_future, schema_invalid or case_rule_broken.

    `today` is the day of receipt in Asia/Shanghai.
    """
    check_dates(act, today)
    _check_century(act, today)
    event = act.event
    case = _as_judged(case, act, registry)
    if isinstance(event, CaseFiled):
        _file(case, act, event, registry)
        return
    if isinstance(event, CaseCarriedForward):
        backlog.carry_forward(case, act, event, registry)
        return
    if isinstance(event, course.BEGINNINGS) and not case.holders:
        course.begin(case, act, registry)
        return
    course.check_begun(case, act)
    if kind_of(event).by <= {"nr", "township"} and not isinstance(event, matters.BY_SUPERIORS_TOO):
        course.check_in_charge(case, act, registry)
    _check_part(case, act, registry)
    rule = RULES.get(type(event))
    if rule is not None:
        rule(case, act, event, registry)


_BY_OTHERS_TOO = (
    PenaltyRevoked, ReviewApplied, ReviewDecided, LawsuitFiled, PenaltyChanged, PenaltyReissued, EnforcementDecisionMade,
    ReviewAccepted, ReviewExtended, ComplaintReceived, AnswerFiled, AppealFiled,
)  # fmt: skip
"""Acts that an nr shares with governments or courts; each still needs a part in this very case."""


def _check_part(case: Case, act: Act, registry: Registry) -> None:
    """A department of another place, a government or a court that is neither this place's nor above it: no part."""
    if not isinstance(act.event, (*_BY_OTHERS_TOO, LawsuitDecided, ExecutorDesignated)):
        return
    signer = registry.agency(act.agency, "actor")
    nr = registry.agency(case.nr_on(act.occurred_on), "actor")
    if signer.kind == "nr":
        above = isinstance(act.event, PenaltyRevoked | PenaltyChanged) and contains(signer.region, nr.region)
        part = above or act.agency == nr.id
    elif signer.kind == "court":
        courts = [a.court for a in case.applications.values()]
        courts += [c for r in case.remedies.values() for c in (r.court, r.appeal_court) if c is not None]
        if isinstance(act.event, LawsuitFiled):
            courts = [act.event.court]
            part = act.agency in courts
        elif isinstance(act.event, AppealFiled):
            part = act.agency in (*courts, act.event.court)
        else:
            regions = [registry.agencies[c].region for c in courts if c in registry.agencies]
            part = any(contains(signer.region, region) for region in regions)
    else:
        regions = [nr.region, case.filed.place.region]
        regions += [registry.agencies[a.court].region for a in case.applications.values()]
        part = any(contains(signer.region, r) or contains(r, signer.region) for r in regions)
    if not part:
        raise broken(f"{act.agency} 不是本案的承办、管辖机关，不能登记该事项", "actor")


def _as_judged(case: Case, act: Act, registry: Registry) -> Case:
    """The case that an act is judged by: an own statement of what was recorded for its agency, as it was then."""
    known = behalf.joins(case, act)
    if known is not None:
        position = next(n for n, a in enumerate(case.acts) if a.id == known.id)
        return fold(case.id, case.acts[:position], registry)
    if act.signer != act.agency and behalf.already_stated(case, act):
        raise broken("该机构的这一行为已有记录，请勿重复代录", "case")
    return case


def check_dates(act: Act, today: date) -> None:
    """Refuse what is dated after the day of receipt."""
    if act.occurred_on > today:
        raise Refusal(
            "date_in_future", f"发生日期 {act.occurred_on} 晚于今日 {today}，请核对", field="occurred_on"
        )
    stated = {name: getattr(act.event, name, None) for name in _PAST}
    if act.event.delivery is not None:
        stated["delivery.sent_on"] = act.event.delivery.sent_on
    if act.event.behalf is not None:
        stated["basis.obtained_on"] = act.event.behalf.obtained_on
    for name, day in stated.items():
        if day is not None and day > today:
            raise Refusal("date_in_future", f"{name} 所填日期 {day} 晚于今日 {today}，请核对", field=name)


def _check_century(act: Act, today: date) -> None:
    """A day more than a hundred years away is a slip of the pen, and its working days could not be told in time."""
    stated = {
        name: getattr(act.event, name, None) for name in ("until", "reply_by", "comply_by", "hearing_on")
    }
    for name, day in {"occurred_on": act.occurred_on, **stated}.items():
        if day is not None and abs((day - today).days) > LONGEST_DAYS:
            raise broken(f"{name} 所填日期 {day} 相距一百年以上，请核对", name)


# --- filing and penalty -------------------------------------------------------------------------------------


def _file(case: Case, act: Act, e: CaseFiled, registry: Registry) -> None:
    if case.filing is not None:
        raise broken(f"案件“{case.id}”已立案，不能再次立案", "case")
    course.check_number(case, (registry.agency(act.agency, "actor"),), registry)
    if case.finding is not None:
        not_before(act, case.finding.found_on, "发现日期")
    ids = [p.party_id or str(n) for n, p in enumerate(e.parties, 1)]
    if len(set(ids)) < len(ids):
        raise broken("当事人编号重复", "parties")


def _new_number(case: Case, what: str, no: str | None, zh: str, field: str) -> None:
    if no is not None and case.bears(what, no):
        raise broken(f"{zh}“{no}”已登记，请勿重复登记；写错请用更正", field)


def _notice(case: Case, act: Act, e: NoticeIssued, registry: Registry) -> None:
    _new_number(case, "notice", e.notice_no, "通知书", "notice_no")


def _ineffective(case: Case, act: Act, e: NoticeIneffective, registry: Registry) -> None:
    if e.notice_no is not None:
        _after(case, act, the_notice(case, e.notice_no), "通知书日期")


def _report(case: Case, act: Act, e: ViolationReported, registry: Registry) -> None:
    if registry.agency(e.government, "government").kind != "government":
        raise broken(f"{e.government} 不是人民政府", "government")
    _new_number(case, "report", e.report_no, "报告", "report_no")


def _measures(case: Case, act: Act, e: MeasuresTaken | RemovalReported, registry: Registry) -> None:
    reports = [c for c in case.copies.values() if c.type == "ViolationReported"]
    if not reports:
        raise broken("尚无违法情况报告，不能登记采取措施", "case")
    if registry.agency(act.agency, "actor").kind == "government" and act.agency not in {
        r.recipient for r in reports
    }:
        raise broken(f"违法情况未报告给 {act.agency}", "actor")
    not_before(act, min(r.sent_on for r in reports), "违法情况报告日期")


def _close(case: Case, act: Act, e: CaseClosed, registry: Registry) -> None:
    if case.closed_on is not None:
        raise broken("本案已结案", "case")


def _decide_penalty(case: Case, act: Act, e: PenaltyDecided, registry: Registry) -> None:
    _new_number(case, "decision", e.decision_no, "处罚决定", "decision_no")
    ids = [item.item_id or str(n) for n, item in enumerate(e.items, 1)]
    if len(set(ids)) < len(ids):
        raise broken("处罚项编号重复", "items")
    _known(e.parties, tuple(case.filed.parties), "当事人", "parties")


def _known(given: tuple[str, ...] | None, known: Any, zh: str, field: str) -> None:
    missing = [g for g in given or () if g not in known]
    if missing:
        raise broken(f"没有编号为 {'、'.join(missing)} 的{zh}", field)


def _of_decision(case: Case, act: Act, e: Any, registry: Registry) -> Decision:
    decision = the_decision(case, e.decision_no)
    not_before(act, decision.decided_on, "处罚决定日期")
    _known(getattr(e, "items", None), decision.items, "处罚项", "items")
    return decision


def _on_decision(case: Case, act: Act, e: Any, registry: Registry) -> None:
    decision = _of_decision(case, act, e, registry)
    _known(getattr(e, "parties", None), decision.parties, "当事人", "parties")


def _serve(case: Case, act: Act, e: PenaltyServed, registry: Registry) -> None:
    decision = _of_decision(case, act, e, registry)
    parties = e.parties or decision.parties
    _known(e.parties, decision.parties, "受送达当事人", "parties")
    if e.put_out_on is not None and e.put_out_on < decision.decided_on:
        raise broken("公告日期早于处罚决定日期", "put_out_on")
    done = {p for served, _ in decision.served.values() for p in served}
    again = [p for p in parties if p in done]
    if again:
        raise broken("该决定已送达该当事人；日期有误请用更正", "decision_no")


def _revoke(case: Case, act: Act, e: PenaltyRevoked, registry: Registry) -> None:
    if _of_decision(case, act, e, registry).revoked_on is not None:
        raise broken("该决定已撤销", "decision_no")


def _review_decided(case: Case, act: Act, e: ReviewDecided, registry: Registry) -> None:
    decision = _of_decision(case, act, e, registry)
    waiting = [
        r
        for r in case.remedies.values()
        if (r.kind, r.decision) == ("review", decision.act) and not r.outcome
    ]
    if not waiting:
        raise broken("未见该决定的复议申请，不能登记复议决定", "decision_no")
    not_before(act, waiting[-1].on, "复议申请日期")


def _lawsuit(case: Case, act: Act, e: LawsuitFiled, registry: Registry) -> None:
    _of_decision(case, act, e, registry)
    _court(registry, e.court)
    if proceedings.made_known(case, e.court_case_no) is None:
        _new_number(case, "lawsuit", e.court_case_no, "诉讼案号", "court_case_no")


def _lawsuit_decided(case: Case, act: Act, e: LawsuitDecided, registry: Registry) -> None:
    suit = the_lawsuit(case, e.court_case_no)
    not_before(act, suit.appealed_on or suit.on, "起诉、上诉日期")


def _court(registry: Registry, court: str) -> None:
    if registry.agency(court, "court").kind != "court":
        raise broken(f"{court} 不是人民法院", "court")


# --- enforcement --------------------------------------------------------------------------------------------


def _apply(case: Case, act: Act, e: EnforcementApplied, registry: Registry) -> None:
    decision = _of_decision(case, act, e, registry)
    _court(registry, e.court)
    _new_number(case, "application", e.application_no, "申请", "application_no")
    _known(e.parties, decision.parties, "当事人", "parties")
    if e.basis == "judgment":
        dismissed = [
            r
            for r in case.remedies.values()
            if r.decision == decision.act and r.outcome == "claims_dismissed"
        ]
        if not dismissed:
            raise broken("未见驳回诉讼请求的判决，不能以判决为执行依据", "basis")
        not_before(act, min(r.effective_on or r.on for r in dismissed), "判决日期")


def _of_application(case: Case, act: Act, e: Any, registry: Registry) -> Application:
    application = the_application(case, e.application)
    not_before(act, application.applied_on, "申请日期")
    return application


def _by_its_court(case: Case, act: Act, e: Any, registry: Registry) -> Application:
    application = _of_application(case, act, e, registry)
    if act.agency != application.court:
        raise broken(f"该申请向 {application.court} 提出，{act.agency} 不能登记该事项", "actor")
    return application


def _court_step(case: Case, act: Act, e: Any, registry: Registry) -> None:
    _check_not_withdrawn(case, act, _by_its_court(case, act, e, registry))


def _check_not_withdrawn(case: Case, act: Act, application: Application) -> None:
    """What was done before the withdrawal may be recorded after it, nothing that was done later."""
    withdrawn = [
        en.on
        for en in case.entries
        if en.type == "ApplicationWithdrawn" and en.subjects.get("application") == application.act
    ]
    if application.ended == "withdrawn" and act.occurred_on > min(withdrawn):
        raise broken(f"申请 {application.label} 已撤回", "application")


def _ended_by_court(case: Case, application: Application) -> bool:
    """Whether the court itself has stated that it took the application not up; else a receipt attests it."""
    return application.ended == "not_filed" or (
        application.ended == "not_accepted"
        and any(
            r.by_court
            for r in case.rulings.values()
            if (r.application, r.result) == (application.act, "not_accepted")
        )
    )


def _applicant_step(case: Case, act: Act, e: Any, registry: Registry) -> None:
    _of_application(case, act, e, registry)


def _supplement(case: Case, act: Act, e: MaterialsSupplemented, registry: Registry) -> None:
    application = _of_application(case, act, e, registry)
    asked = [
        en.on
        for en in case.entries
        if en.type == "SupplementDemanded" and en.subjects.get("application") == application.act
    ]
    if asked:
        not_before(act, min(asked), "补正通知日期")


def _hear(case: Case, act: Act, e: HearingOfOpinionsOpened, registry: Registry) -> None:
    _court_step(case, act, e, registry)
    accepted = the_application(case, e.application).accepted_on
    if accepted is not None:
        not_before(act, accepted, "受理日期")


def _withdraw(case: Case, act: Act, e: ApplicationWithdrawn, registry: Registry) -> None:
    application = _of_application(case, act, e, registry)
    if application.ended:
        raise broken(f"申请 {application.label} 已了结，不能撤回", "application")


def _accept(case: Case, act: Act, e: EnforcementAccepted, registry: Registry) -> None:
    application = _by_its_court(case, act, e, registry)
    if application.accepted_by_court:
        raise broken(f"申请 {application.label} 已受理，请勿重复登记", "application")
    if _ended_by_court(case, application):
        raise broken(f"申请 {application.label} 已了结，不能受理", "application")
    _check_not_withdrawn(case, act, application)


def _not_accept(
    case: Case, act: Act, e: EnforcementNotAccepted | EnforcementNotFiled, registry: Registry
) -> None:
    application = _by_its_court(case, act, e, registry)
    if application.accepted_by_court:
        raise broken(f"申请 {application.label} 已受理，不能再不予受理", "application")
    if _ended_by_court(case, application):
        raise broken(f"申请 {application.label} 已了结", "application")
    _check_not_withdrawn(case, act, application)
    _new_ruling(case, e.ruling_no)


def _only_attested(case: Case, no: str | None) -> bool:
    known = case.numbered("ruling", no) if no else ()
    return bool(known) and not any(case.rulings[r].by_court for r in known)


def _new_ruling(case: Case, no: str | None) -> None:
    if no and case.bears("ruling", no) and not _only_attested(case, no):
        raise broken(f"裁定“{no}”已登记，请勿重复登记；写错请用更正", "ruling_no")


def _rule_on(case: Case, act: Act, e: EnforcementGranted | EnforcementRefused, registry: Registry) -> None:
    application = _by_its_court(case, act, e, registry)
    if _ended_by_court(case, application):
        raise broken(f"申请 {application.label} 未在审查中，不能裁定", "application")
    _check_not_withdrawn(case, act, application)
    if application.accepted_on is not None:
        not_before(act, application.accepted_on, "受理日期")
    _new_ruling(case, e.ruling_no)
    _known(e.items, application.items, "申请执行的处罚项", "items")
    if isinstance(e, EnforcementGranted) and e.executing_agency is not None:
        registry.agency(e.executing_agency, "executing_agency")


def _receive_acceptance(case: Case, act: Act, e: AcceptanceReceived, registry: Registry) -> None:
    application = _of_application(case, act, e, registry)
    if application.received is not None:
        raise broken(f"申请 {application.label} 的受理通知书已登记取得", "application")
    if application.accepted_by_court and application.accepted_on is not None:
        not_before(act, application.accepted_on, "受理日期")
    if e.accepted_on is not None and not application.applied_on <= e.accepted_on <= act.occurred_on:
        raise broken("受理日期应在申请日期与取得日期之间", "accepted_on")


def _copy_application(case: Case, act: Act, e: ApplicationCopied, registry: Registry) -> None:
    _of_application(case, act, e, registry)
    recipient_of(registry, act.agency, "procuratorate", e.to, act.occurred_on)


def _copy_acceptance(case: Case, act: Act, e: AcceptanceCopied, registry: Registry) -> None:
    application = _of_application(case, act, e, registry)
    if application.accepted_on is None:
        raise broken(f"申请 {application.label} 未见受理或取得受理通知书，不能报送其复印件", "application")
    not_before(act, application.received_on or application.accepted_on, "取得受理通知书日期")
    recipient_of(registry, act.agency, "procuratorate", e.to, act.occurred_on)


def _receive_ruling(case: Case, act: Act, e: RulingReceived, registry: Registry) -> None:
    known = case.numbered("ruling", e.ruling_no.no) if e.ruling_no.no else ()
    if e.ruling_no.act or known:
        ruling = the_ruling(case, e.ruling_no)
        if ruling.received is not None:
            raise broken(f"裁定“{ruling.no}”已登记收到", "ruling_no")
        not_before(act, ruling.made_on, "裁定日期")
        return
    if e.result is None:
        raise broken(f"法院未登记裁定“{e.ruling_no.no}”；确已收到的，请写明裁定结果 result", "ruling_no")
    application = _of_application(case, act, e, registry)
    if e.made_on is not None and not application.applied_on <= e.made_on <= act.occurred_on:
        raise broken("裁定日期应在申请日期与收到日期之间", "made_on")
    _known(e.items, application.items, "申请执行的处罚项", "items")


def _copy_ruling(case: Case, act: Act, e: RulingCopied, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no)
    not_before(act, ruling.received_on or ruling.made_on, "收到裁定日期")
    recipient_of(registry, act.agency, "procuratorate", e.to, act.occurred_on)


def _review_ruling(case: Case, act: Act, e: RulingReviewApplied, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no)
    not_before(act, ruling.received_on or ruling.made_on, "收到裁定日期")
    _court(registry, e.court)
    if ruling.result == "granted":
        raise broken("准予执行的裁定不能申请复议", "ruling_no")
    first = registry.agency(case.applications[ruling.application].court, "court")
    if LEVELS.index(registry.agency(e.court, "court").level) <= LEVELS.index(first.level):
        raise broken(f"应向 {first.id} 的上一级人民法院申请复议", "court")


def _review_of_ruling_decided(case: Case, act: Act, e: RulingReviewDecided, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no)
    if ruling.review_court is None:
        raise broken("未见对该裁定的复议申请", "ruling_no")
    if ruling.review_court != act.agency:
        raise broken(f"复议向 {ruling.review_court} 提出，{act.agency} 不能登记该事项", "actor")
    asked = [
        en.on
        for en in case.entries
        if en.type == "RulingReviewApplied" and en.subjects.get("ruling") == ruling.act
    ]
    not_before(act, max(asked), "申请复议日期")


# --- execution ----------------------------------------------------------------------------------------------


def _resume(case: Case, act: Act, e: ExecutionResumed, registry: Registry) -> None:
    application = _by_its_court(case, act, e, registry)
    if not application.suspended:
        raise broken(f"申请 {application.label} 未中止执行，不能恢复", "application")
    last = [
        en.on
        for en in case.entries
        if en.type == "ExecutionSuspended" and en.subjects.get("application") == application.act
    ]
    not_before(act, max(last), "中止日期")


def _suspend(case: Case, act: Act, e: ExecutionSuspended, registry: Registry) -> None:
    application = _by_its_court(case, act, e, registry)
    if application.suspended:
        raise broken(f"申请 {application.label} 已中止执行", "application")
    if application.ended:
        raise broken(f"申请 {application.label} 已了结", "application")


def _terminate(case: Case, act: Act, e: ExecutionTerminated | RoundTerminated, registry: Registry) -> None:
    application = _by_its_court(case, act, e, registry)
    if application.ended:
        raise broken(f"申请 {application.label} 已了结", "application")


def _designate(case: Case, act: Act, e: ExecutorDesignated, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no)
    not_before(act, ruling.made_on, "裁定日期")
    registry.agency(e.executing_agency, "executing_agency")
    if ruling.executor != "government":
        raise broken("该裁定不是由政府组织实施", "ruling_no")


def _execute(case: Case, act: Act, e: ExecutionOrganised | ExecutionCompleted, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no) if e.ruling_no is not None else only_granted(case)
    if ruling is None and e.ruling_no is None and own_enforcement(case) is not None:
        _execute_own(case, act, e)
        return
    if ruling is None or ruling.result != "granted" or ruling.revoked:
        raise broken("未见可执行的准予执行裁定，请写明裁定文号", "ruling_no")
    not_before(act, ruling.made_on, "裁定日期")
    application = case.applications[ruling.application]
    _known(getattr(e, "items", None), ruling.items, "准予执行的处罚项", "items")
    _known(getattr(e, "parties", None), application.parties, "被执行的当事人", "parties")
    signer = registry.agency(act.agency, "actor")
    if act.agency not in (application.court, ruling.executing_agency) and signer.kind != "government":
        raise broken(f"{act.agency} 不是本裁定的执行法院、政府或被指定的机构", "actor")
    if isinstance(e, ExecutionCompleted) and application.ended in ("completed", "withdrawn"):
        raise broken("该裁定已登记执行完毕或申请已撤回", "ruling_no")


def _execute_own(case: Case, act: Act, e: ExecutionOrganised | ExecutionCompleted) -> None:
    decision = own_enforcement(case)
    assert decision is not None
    made = [en for en in (case.entry(a) for a in decision.enforced) if en is not None]
    if act.agency not in {en.act.agency for en in made} | {case.nr_on(act.occurred_on)}:
        raise broken(f"{act.agency} 不是作出强制执行决定的机关", "actor")
    not_before(act, min(en.on for en in made), "强制执行决定日期")
    ordered = tuple(i for items in decision.enforced.values() for i in items)
    _known(getattr(e, "items", None), ordered, "强制执行的处罚项", "items")
    _known(getattr(e, "parties", None), decision.parties, "当事人", "parties")


# --- supervision, copies, corrections -----------------------------------------------------------------------


def _suggest(case: Case, act: Act, e: SuggestionIssued, registry: Registry) -> None:
    _new_number(case, "suggestion", e.suggestion_no, "检察建议", "suggestion_no")
    addressee = registry.agency(e.to, "to")
    wanted = "court" if e.subject == "court_execution" else "nr"
    if addressee.kind != wanted:
        raise broken("检察建议的对象与事由不符", "to")
    if e.to not in course.parts(case):
        raise broken(f"{e.to} 没有办理本案，请核对检察建议的对象", "to")
    if e.reply_by is not None and e.reply_by < act.occurred_on:
        raise broken("回复期限早于制发日期", "reply_by")


def _own_suggestion(
    case: Case, act: Act, e: SuggestionExtended | SuggestionWithdrawn, registry: Registry
) -> None:
    suggestion = the_suggestion(case, e.suggestion_no)
    not_before(act, suggestion.issued_on, "检察建议日期")
    if suggestion.by != act.agency:
        raise broken(f"该检察建议由 {suggestion.by} 制发", "actor")
    if suggestion.withdrawn:
        raise broken("该检察建议已撤回", "suggestion_no")


def _reply(case: Case, act: Act, e: SuggestionReplied, registry: Registry) -> None:
    suggestion = the_suggestion(case, e.suggestion_no)
    not_before(act, suggestion.issued_on, "检察建议日期")
    if act.agency not in (suggestion.to, case.successor(suggestion.to, act.occurred_on)):
        raise broken(f"该检察建议发给 {suggestion.to}，{act.agency} 不能回复", "actor")


def _acknowledge(case: Case, act: Act, e: CopyAcknowledged | CopyReturned, registry: Registry) -> None:
    copy = the_copy(case, e.of, act.agency)
    if copy.recipient != act.agency:
        raise broken(f"该件送 {copy.recipient}，{act.agency} 不能签收或退回", "actor")
    not_before(act, copy.sent_on, "抄送、报送日期")
    if isinstance(e, CopyReturned):
        return
    if copy.acknowledged is not None:
        raise broken("该件已签收，请勿重复签收", "of")
    if e.received_on is not None and not copy.sent_on <= e.received_on <= act.occurred_on:
        raise broken("收到日期应在抄送日期与签收日期之间", "received_on")


def _correct(case: Case, act: Act, e: StatementCorrected, registry: Registry) -> None:
    if e.of.act is None:
        raise Refusal("schema_invalid", "更正应写明所更正记录的编号", field="of")
    original = next((a for a in case.acts if a.id == e.of.act), None)
    if original is None:
        raise broken("本案没有所更正的记录", "of")
    if original.signer != act.agency:
        raise broken("只能更正本机构的记录", "of")
    if isinstance(original.event, StatementCorrected):
        raise broken("更正本身不能再更正，请对原记录另作更正", "of")
    if original.id in course.voided(case.acts):
        raise broken("该记录已撤销，不能再更正", "of")
    shown = original
    for earlier in case.corrections.get(original.id, ()):
        shown = corrected(shown, next(a for a in case.acts if a.id == earlier).event)
    changed = corrected(shown, e)
    if changed == shown:
        raise broken("更正没有改变任何内容", "data")
    position = case.acts.index(original)
    earlier_acts = case.acts[:position] + tuple(
        a
        for a in case.acts[position:]
        if isinstance(a.event, StatementCorrected) and a.event.of.act != original.id
    )
    try:
        decide(fold(case.id, earlier_acts, registry), changed, registry, act.received_on)
    except Refusal as refusal:
        raise Refusal(
            refusal.code, f"更正后的记录不能成立：{refusal.message}", f"data.{refusal.field}"
        ) from None


RULES: dict[type[Event], Rule] = {
    NoticeIssued: _notice,
    NoticeIneffective: _ineffective,
    ViolationReported: _report,
    MeasuresTaken: _measures,
    RemovalReported: _measures,
    CaseClosed: _close,
    PenaltyDecided: _decide_penalty,
    PenaltyServed: _serve,
    PenaltyRevoked: _revoke,
    Performed: _on_decision,
    FinePaid: _on_decision,
    PaymentPostponed: _on_decision,
    ReviewApplied: _on_decision,
    ReviewDecided: _review_decided,
    LawsuitFiled: _lawsuit,
    LawsuitDecided: _lawsuit_decided,
    PerformanceDemanded: _on_decision,
    EnforcementApplied: _apply,
    MaterialsRefused: _applicant_step,
    SupplementDemanded: _court_step,
    MaterialsSupplemented: _supplement,
    ApplicationWithdrawn: _withdraw,
    ApplicationCopied: _copy_application,
    EnforcementAccepted: _accept,
    AcceptanceReceived: _receive_acceptance,
    AcceptanceCopied: _copy_acceptance,
    EnforcementNotFiled: _not_accept,
    EnforcementNotAccepted: _not_accept,
    HearingOfOpinionsOpened: _hear,
    EnforcementGranted: _rule_on,
    EnforcementRefused: _rule_on,
    RulingReceived: _receive_ruling,
    RulingCopied: _copy_ruling,
    RulingReviewApplied: _review_ruling,
    RulingReviewDecided: _review_of_ruling_decided,
    ExecutionFiled: _court_step,
    ExecutionSuspended: _suspend,
    ExecutionResumed: _resume,
    RoundTerminated: _terminate,
    ExecutionTerminated: _terminate,
    ExecutorDesignated: _designate,
    ExecutionOrganised: _execute,
    ExecutionCompleted: _execute,
    SuggestionIssued: _suggest,
    SuggestionExtended: _own_suggestion,
    SuggestionWithdrawn: _own_suggestion,
    SuggestionReplied: _reply,
    CopyAcknowledged: _acknowledge,
    CopyReturned: _acknowledge,
    StatementCorrected: _correct,
    **course.RULES,
    **matters.RULES,
    ActConfirmed: behalf.check_confirmation,
    ActDisputed: behalf.check_dispute,
}


def _after(case: Case, act: Act, answered: str, what: str) -> None:
    entry = case.entry(answered)
    if entry is not None:
        not_before(act, entry.on, what)
