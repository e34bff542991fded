"""Folding a case: each signed act, as corrected, adds to what is known. Nothing here refuses.

A correction folds the case anew, so that every later reading follows the corrected act.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from domain.acts.base import Act, Event
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
    NoticeIneffective,
    NoticeIssued,
    PaymentPostponed,
    PenaltyDecided,
    PenaltyRevoked,
    PenaltyServed,
    PerformanceDemanded,
    Performed,
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
from domain.acts.course import CaseCarriedForward, StatementVoided
from domain.cases import backlog, behalf, course, matters, proceedings
from domain.cases.course import voided
from domain.cases.model import (
    Application,
    Case,
    Decision,
    Effect,
    Filing,
    Remedy,
    Ruling,
    Step,
    Suggestion,
    effective_service,
)
from domain.cases.resolving import (
    only_granted,
    recipient_of,
    the_act,
    the_application,
    the_copy,
    the_decision,
    the_lawsuit,
    the_notice,
    the_ruling,
    the_suggestion,
)
from domain.changing import replace
from domain.entries import Entry, evidence_of, grade_of
from domain.forms import build, fields_of, plain
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import Ref, parse_day


def fold(case_id: str, acts: tuple[Act, ...], registry: Registry) -> Case:
    """The case after these acts, in the order of the ledger, corrections applied to what they correct.

    What an agency states itself takes the place of what was recorded for it; what was voided has no effect.
    """
    pending: dict[str, list[Act]] = {}
    for act in acts:
        if isinstance(act.event, StatementCorrected) and act.event.of.act is not None:
            pending.setdefault(act.event.of.act, []).append(act)
    own: dict[str, Act] = {}
    while True:
        case, found = _folded(case_id, acts, registry, pending, own)
        if found is None:
            break
        own[found[0].id] = found[1]
    return replace(
        case, acts=acts, corrections={k: tuple(a.id for a in v) for k, v in pending.items()},
        joined={known: act.id for known, act in own.items()},
    )  # fmt: skip


def _folded(
    case_id: str,
    acts: tuple[Act, ...],
    registry: Registry,
    pending: Mapping[str, list[Act]],
    own: Mapping[str, Act],
) -> tuple[Case, tuple[Act, Act] | None]:
    """One pass; it stops where an own statement is found that joins an act recorded earlier, and gives both."""
    gone = voided(acts)
    joining = {act.id for act in own.values()}
    case = Case(id=case_id)
    for act in acts:
        former = dict(case.former_numbers)
        shown = _as_corrected(case, act, pending, registry, former)
        if act.id in gone or act.id in joining:
            case = replace(
                case, entries=(*case.entries, Entry(shown, {"case": case.id, "act": act.id}, void=True))
            )
            continue
        if act.id in own:
            theirs = _as_corrected(case, own[act.id], pending, registry, former)
            shown = behalf.joined(shown, theirs)
        else:
            known = behalf.joins(case, shown)
            if known is not None:
                return case, (known, act)
        case = replace(_add(case, shown, registry), former_numbers=former)
    return case, None


def _as_corrected(
    case: Case,
    act: Act,
    pending: Mapping[str, list[Act]],
    registry: Registry,
    former: dict[tuple[str, str], tuple[str, ...]],
) -> Act:
    """The act as its corrections leave it; `former` gets the numbers that they took from it."""
    shown = act
    for correction in pending.get(act.id, ()):
        for key, bearers in _add(case, shown, registry).numbers.items():
            former[key] = tuple(dict.fromkeys((*former.get(key, ()), *bearers)))
        try:
            shown = corrected(shown, correction.event)
        except Refusal:  # what was let in once folds for ever, whatever the rules say by now
            continue
    return shown


def evolve(case: Case, act: Act, registry: Registry) -> Case:
    """The case after one more act."""
    if isinstance(act.event, StatementCorrected | StatementVoided) or behalf.joins(case, act) is not None:
        return fold(case.id, (*case.acts, act), registry)
    return replace(_add(case, act, registry), acts=(*case.acts, act))


def corrected(act: Act, correction: Event) -> Act:
    """`act` with the fields that a correction replaces. Raises Refusal("schema_invalid")."""
    assert isinstance(correction, StatementCorrected)
    changes = json.loads(correction.data)
    day = act.occurred_on
    if "occurred_on" in changes:
        try:
            day = parse_day(changes.pop("occurred_on"))
        except (ValueError, TypeError):
            raise Refusal("schema_invalid", "日期应写作 YYYY-MM-DD", field="data.occurred_on") from None
    data = {**plain(act.event), **changes}
    try:
        event = build(type(act.event), data)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=f"data.{refusal.field}") from None
    # references that the correction leaves alone keep pointing where they pointed
    kept = {
        kind.attr: getattr(act.event, kind.attr)
        for name, kind in fields_of(type(act.event)).items()
        if kind.shape == "ref" and name not in changes
    }
    return replace(act, event=replace(event, **kept), occurred_on=day)


def _add(case: Case, act: Act, registry: Registry) -> Case:
    effect = EFFECTS.get(type(act.event))
    try:
        step = Step(case) if effect is None else effect(case, act, act.event, registry)
    except Refusal:  # a reference that no longer resolves: the act stays in the timeline, without effect
        step = Step(case)
    subjects = {"case": case.id, "act": act.id, **step.subjects}
    entries = step.case.entries
    if step.attests is not None and step.attested is not None:
        entries = (
            *entries,
            Entry(step.attested, subjects, step.facts, None, evidence_of(act), stands_for=step.attests),
        )
    entries = (*entries, Entry(act, subjects, step.facts, step.to, grade_of(act)))
    return replace(step.case, entries=entries)


def _joined(case: Case, kind: str, subject: str, *what: str) -> Case:
    """The acting agency's own statement joins what a receipt attested: the derived entry goes."""
    return replace(
        case,
        entries=tuple(
            e for e in case.entries if not (e.stands_for in what and e.subjects.get(kind) == subject)
        ),
    )


# --- filing and penalty -------------------------------------------------------------------------------------


def _filed(case: Case, act: Act, e: CaseFiled, registry: Registry) -> Step:
    parties = {p.party_id or str(n): p.name for n, p in enumerate(e.parties, 1)}
    nr = registry.nr_of(act.agency, act.occurred_on)
    held = course.holders(registry, nr, e.place.region, act.occurred_on, case.holders)
    filing = Filing(act.id, e.title, act.agency, held[-1][1], parties, e.place, e.violation, act.occurred_on)
    return Step(replace(case, filing=filing, holders=held))


def _carried_forward(case: Case, act: Act, e: CaseCarriedForward, registry: Registry) -> Step:
    return backlog.carried(case, act, e, registry, EFFECTS)


def _noticed(case: Case, act: Act, e: NoticeIssued, registry: Registry) -> Step:
    return Step(
        case.put("notices", act.id, e.notice_no).with_number("notice", e.notice_no, act.id),
        {"notice": act.id},
    )


def _ineffective(case: Case, act: Act, e: NoticeIneffective, registry: Registry) -> Step:
    return Step(case, {"notice": the_notice(case, e.notice_no)} if e.notice_no else {})


def _reported(case: Case, act: Act, e: ViolationReported, registry: Registry) -> Step:
    after = _sent(case, act, e.government, (e.report_no,)).with_number("report", e.report_no, act.id)
    return Step(after, {"report": act.id, "copy": act.id}, to=e.government)


def _closed(case: Case, act: Act, e: CaseClosed, registry: Registry) -> Step:
    return Step(replace(case, closed_on=act.occurred_on))


def _decided(case: Case, act: Act, e: PenaltyDecided, registry: Registry) -> Step:
    items = {item.item_id or str(n): item for n, item in enumerate(e.items, 1)}
    parties = e.parties or tuple(case.filing.parties if case.filing else ())
    decision = Decision(act.id, e.decision_no, act.occurred_on, items, parties, e.enforcement_power)
    after = case.put("decisions", act.id, decision).with_number("decision", e.decision_no, act.id)
    return Step(after, {"decision": act.id}, {"item_kind": tuple(i.kind for i in items.values())})


def _revoked(case: Case, act: Act, e: PenaltyRevoked, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    return Step(
        case.change("decisions", decision.act, revoked_on=act.occurred_on, revoked_by=act.id),
        {"decision": decision.act},
    )


def _served(case: Case, act: Act, e: PenaltyServed, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    day = effective_service(act)
    served = {**decision.served, act.id: (e.parties or decision.parties, day)}
    violation = case.filing.violation if case.filing else "other"
    facts = {
        "group": tuple(decision.groups(violation)),
        "item_kind": tuple(i.kind for i in decision.items.values()),
        "served_on": (day.isoformat(),),
        "served_all": (
            "true" if {p for to, _ in served.values() for p in to} >= set(decision.parties) else "false",
        ),
    }
    return Step(
        case.change("decisions", decision.act, served=served),
        {"decision": decision.act, "service": act.id},
        facts,
    )


def _performed(case: Case, act: Act, e: Performed | FinePaid, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    amount = None if e.amount_yuan is None else Decimal(e.amount_yuan)
    fines = tuple(i for i, item in decision.items.items() if item.kind in ("fine", "late_payment"))
    items = e.items or (fines if isinstance(e, FinePaid) else tuple(decision.items))
    subject = "payment" if isinstance(e, FinePaid) else "performance"
    after = decision
    if isinstance(e, FinePaid):
        after = proceedings.paid(after, items, amount, act.occurred_on)
    else:
        money = tuple(i for i in items if i in fines and amount is not None)
        after = proceedings.paid(after, money, amount, act.occurred_on)
        rest = tuple(i for i in items if i not in money)
        after = proceedings.performed(after, rest, e.parties or decision.parties, act.occurred_on)
    facts = {
        "item_kind": tuple(decision.items[i].kind for i in items if i in decision.items),
        "complete": ("true" if all(i in after.settled for i in items) else "false",),
    }
    after_case = case.put("decisions", decision.act, after)
    return Step(after_case, {"decision": decision.act, subject: act.id}, facts)


def _of_decision(case: Case, act: Act, e: PaymentPostponed, registry: Registry) -> Step:
    return Step(case, {"decision": the_decision(case, e.decision_no).act})


# --- remedies -----------------------------------------------------------------------------------------------


def _review(case: Case, act: Act, e: ReviewApplied, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    remedy = Remedy(act.id, "review", decision.act, act.occurred_on)
    return Step(case.put("remedies", act.id, remedy), {"decision": decision.act, "remedy": act.id})


def _review_decided(case: Case, act: Act, e: ReviewDecided, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    day = e.served_on or act.occurred_on
    subjects = {"decision": decision.act}
    open_ = [
        r
        for r in case.remedies.values()
        if r.kind == "review" and r.decision == decision.act and not r.outcome
    ]
    if open_:
        case = case.change("remedies", open_[-1].act, outcome=e.outcome, decided_by=act.id, effective_on=day)
        subjects["remedy"] = open_[-1].act
    if e.outcome == "revoked":
        case = case.change("decisions", decision.act, revoked_on=act.occurred_on, revoked_by=act.id)
    return Step(case, subjects, {"outcome": (e.outcome,), "served_on": (day.isoformat(),)})


def _lawsuit(case: Case, act: Act, e: LawsuitFiled, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    known = proceedings.made_known(case, e.court_case_no)
    if known is not None:  # the complaint came first: its lawsuit keeps its identity
        after = case.change("remedies", known.act, on=act.occurred_on, court=e.court)
        return Step(
            after, {"decision": known.decision, "remedy": known.act, "lawsuit": known.act}, to=e.court
        )
    remedy = Remedy(act.id, "lawsuit", decision.act, act.occurred_on, court=e.court, no=e.court_case_no)
    after = case.put("remedies", act.id, remedy).with_number("lawsuit", e.court_case_no, act.id)
    return Step(after, {"decision": decision.act, "remedy": act.id, "lawsuit": act.id}, to=e.court)


def _lawsuit_decided(case: Case, act: Act, e: LawsuitDecided, registry: Registry) -> Step:
    suit = the_lawsuit(case, e.court_case_no)
    day = e.effective_on or e.served_on or act.occurred_on
    after = case.change(
        "remedies",
        suit.act,
        outcome=e.outcome,
        decided_by=act.id,
        effective_on=day,
        no=suit.no or e.court_case_no.no,
    ).with_number("lawsuit", e.court_case_no.no, suit.act)
    if e.outcome in ("revoked", "revoked_and_remade", "invalid"):
        after = after.change("decisions", suit.decision, revoked_on=day, revoked_by=act.id)
    facts = {"outcome": (e.outcome,), "effective_on": (day.isoformat(),)}
    return Step(after, {"decision": suit.decision, "remedy": suit.act, "lawsuit": suit.act}, facts)


def _demanded(case: Case, act: Act, e: PerformanceDemanded, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    demanded = (*decision.demanded, (act.id, act.occurred_on))
    return Step(
        case.change("decisions", decision.act, demanded=demanded),
        {"decision": decision.act, "demand": act.id},
    )


# --- enforcement --------------------------------------------------------------------------------------------


def _applied(case: Case, act: Act, e: EnforcementApplied, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    application = Application(
        act.id, e.application_no, decision.act, e.court, act.occurred_on, e.basis,
        e.items or tuple(decision.items), e.parties or decision.parties,
    )  # fmt: skip
    after = case.put("applications", act.id, application)
    after = after.with_number("application", e.application_no, act.id)
    violation = case.filing.violation if case.filing else "other"
    groups = tuple(
        dict.fromkeys(decision.group(i, violation) for i in application.items if i in decision.items)
    )
    facts: dict[str, tuple[str, ...]] = {"basis": (e.basis,), "group": groups}
    return Step(after, {"decision": decision.act, "application": act.id}, facts, to=e.court)


def _subjects(application: Application) -> dict[str, str]:
    return {"decision": application.decision, "application": application.act}


def _basis(application: Application) -> dict[str, tuple[str, ...]]:
    return {"basis": (application.basis,)}


def _of_application(case: Case, act: Act, e: Any, registry: Registry) -> Step:
    application = the_application(case, e.application)
    facts = _basis(application)
    if application.accepted_on is not None:
        facts["accepted_on"] = (application.accepted_on.isoformat(),)
    return Step(case, _subjects(application), facts)


def _withdrawn(case: Case, act: Act, e: ApplicationWithdrawn, registry: Registry) -> Step:
    application = the_application(case, e.application)
    return Step(case.change("applications", application.act, ended="withdrawn"), _subjects(application))


def _application_copied(case: Case, act: Act, e: ApplicationCopied, registry: Registry) -> Step:
    application = the_application(case, e.application)
    to = recipient_of(registry, act.agency, "procuratorate", e.to, act.occurred_on)
    after = _sent(case, act, to, (application.no,))
    return Step(after, {**_subjects(application), "copy": act.id}, to=to)


def _accepted(case: Case, act: Act, e: EnforcementAccepted, registry: Registry) -> Step:
    application = the_application(case, e.application)
    after = _joined(case, "application", application.act, "EnforcementAccepted").change(
        "applications", application.act,
        accepted_on=act.occurred_on, accepted_by_court=act.agency == act.signer, review_case_no=e.review_case_no,
        ended="" if application.ended == "not_accepted" else application.ended,
    )  # fmt: skip
    return Step(_heard(after, application.act, act), _subjects(application), _basis(application))


def _heard(case: Case, application: str, acceptance: Act) -> Case:
    """A hearing of opinions that was recorded before the acceptance learns its day: the thirty days run from it."""
    day = {"accepted_on": (acceptance.occurred_on.isoformat(),)}
    entries = tuple(
        replace(e, facts={**e.facts, **day})
        if e.type == "HearingOfOpinionsOpened" and e.subjects.get("application") == application
        else e
        for e in case.entries
    )
    return replace(case, entries=entries)


def _acceptance_received(case: Case, act: Act, e: AcceptanceReceived, registry: Registry) -> Step:
    application = the_application(case, e.application)
    changes: dict[str, Any] = {"received": act.id, "received_on": act.occurred_on}
    subjects = _subjects(application)
    if application.accepted_on is not None:
        return Step(case.change("applications", application.act, **changes), subjects, _basis(application))
    day = e.accepted_on or act.occurred_on
    changes |= {"accepted_on": day, "review_case_no": e.review_case_no}
    after = case.change("applications", application.act, **changes)
    derived = replace(act, agency=application.court, occurred_on=day)
    after = _heard(after, application.act, derived)
    return Step(after, subjects, _basis(application), attests="EnforcementAccepted", attested=derived)


def _acceptance_copied(case: Case, act: Act, e: AcceptanceCopied, registry: Registry) -> Step:
    application = the_application(case, e.application)
    to = recipient_of(registry, act.agency, "procuratorate", e.to, act.occurred_on)
    after = _sent(case, act, to, (application.no, application.review_case_no))
    return Step(after, {**_subjects(application), "copy": act.id}, to=to)


def _not_accepted(
    case: Case, act: Act, e: EnforcementNotFiled | EnforcementNotAccepted, registry: Registry
) -> Step:
    application = the_application(case, e.application)
    ended = "not_filed" if isinstance(e, EnforcementNotFiled) else "not_accepted"
    ruling = _own_ruling(case, act, e.ruling_no, application, "not_accepted", e)
    after = ruling.case.change("applications", application.act, ended=ended)
    return replace(ruling, case=after)


def _granted(case: Case, act: Act, e: EnforcementGranted, registry: Registry) -> Step:
    application = the_application(case, e.application)
    step = _own_ruling(case, act, e.ruling_no, application, "granted", e)
    if application.ended == "refused":  # one ruling refuses a part, another grants the rest
        return replace(step, case=step.case.change("applications", application.act, ended=""))
    return step


def _refused(case: Case, act: Act, e: EnforcementRefused, registry: Registry) -> Step:
    application = the_application(case, e.application)
    step = _own_ruling(case, act, e.ruling_no, application, "refused", e)
    if _rulings(step.case, application.act, "granted"):
        return step
    return replace(step, case=step.case.change("applications", application.act, ended="refused"))


def _rulings(case: Case, application: str, result: str) -> list[Ruling]:
    return [
        r
        for r in case.rulings.values()
        if (r.application, r.result, r.revoked) == (application, result, False)
    ]


def _own_ruling(case: Case, act: Act, no: str | None, application: Application, result: str, e: Any) -> Step:
    """The court's own statement of a ruling; one that a receipt attested before keeps its identity."""
    attested = [r for r in (case.numbered("ruling", no) if no else ()) if not case.rulings[r].by_court]
    key = attested[0] if attested else act.id
    old = case.rulings.get(key)
    case = _joined(case, "ruling", key, *_ATTESTED.values())  # whatever it was said to be
    if attested and application.ended in ("refused", "not_accepted"):
        case = case.change("applications", application.act, ended="")
    opposite = {"granted": "refused", "refused": "granted"}.get(result, "")
    elsewhere = {i for r in _rulings(case, application.act, opposite) if r.act != key for i in r.items}
    items = getattr(e, "items", None) or tuple(i for i in application.items if i not in elsewhere)
    ruling = Ruling(
        key, no, application.act, result, act.occurred_on, act.agency == act.signer,  # type: ignore[arg-type]
        executor=getattr(e, "executor", None), executing_agency=getattr(e, "executing_agency", None),
        items=items or application.items,
        received=old.received if old else None, received_on=old.received_on if old else None,
    )  # fmt: skip
    after = case.put("rulings", key, ruling).with_number("ruling", no, key)
    facts = _ruling_facts(ruling, application)
    after = replace(after, entries=tuple(_as_ruled(entry, key, facts) for entry in after.entries))
    if getattr(e, "urgent", False):
        facts["urgent"] = ("true",)
    return Step(after, {**_subjects(application), "ruling": key}, facts)


def _as_ruled(entry: Entry, ruling: str, facts: Mapping[str, tuple[str, ...]]) -> Entry:
    """What a receipt or a copy said of a ruling gives way to what the court itself says of it."""
    if entry.subjects.get("ruling") != ruling or "result" not in entry.facts:
        return entry
    return replace(entry, facts={**entry.facts, **facts})


def _ruling_facts(ruling: Ruling, application: Application) -> dict[str, tuple[str, ...]]:
    facts = {"result": (ruling.result,), **_basis(application)}
    if ruling.executor is not None:
        facts["executor"] = (ruling.executor,)
    return facts


_ATTESTED = {
    "granted": "EnforcementGranted",
    "refused": "EnforcementRefused",
    "not_accepted": "EnforcementNotAccepted",
}


def _ruling_received(case: Case, act: Act, e: RulingReceived, registry: Registry) -> Step:
    known = case.numbered("ruling", e.ruling_no.no) if e.ruling_no.no else ()
    if e.ruling_no.act or known:
        ruling = the_ruling(case, e.ruling_no)
        after = case.change("rulings", ruling.act, received=act.id, received_on=act.occurred_on)
        application = case.applications[ruling.application]
        return Step(
            after, {**_subjects(application), "ruling": ruling.act}, _ruling_facts(ruling, application)
        )
    application = the_application(case, e.application)
    result: Literal["granted", "refused", "not_accepted"] = "granted"
    if e.result in ("refused", "not_accepted"):
        result = e.result
    made = e.made_on or act.occurred_on
    ruling = Ruling(
        act.id, e.ruling_no.no, application.act, result, made, False,
        executor=e.executor, items=e.items or application.items, received=act.id, received_on=act.occurred_on,
    )  # fmt: skip
    after = case.put("rulings", act.id, ruling).with_number("ruling", e.ruling_no.no, act.id)
    if result != "granted":
        after = after.change("applications", application.act, ended=result)
    derived = replace(act, agency=application.court, occurred_on=made)
    subjects = {**_subjects(application), "ruling": act.id}
    return Step(
        after, subjects, _ruling_facts(ruling, application), attests=_ATTESTED[result], attested=derived
    )


def _ruling_copied(case: Case, act: Act, e: RulingCopied, registry: Registry) -> Step:
    ruling = the_ruling(case, e.ruling_no)
    application = case.applications[ruling.application]
    to = recipient_of(registry, act.agency, "procuratorate", e.to, act.occurred_on)
    after = _sent(case, act, to, (ruling.no,))
    return Step(after, {**_subjects(application), "ruling": ruling.act, "copy": act.id}, to=to)


def _of_ruling(case: Case, act: Act, e: Any, registry: Registry) -> Step:
    ruling = the_ruling(case, e.ruling_no)
    application = case.applications[ruling.application]
    subjects = {**_subjects(application), "ruling": ruling.act}
    facts = _ruling_facts(ruling, application)
    if isinstance(e, RulingReviewApplied):
        return Step(case.change("rulings", ruling.act, review_court=e.court), subjects, facts, to=e.court)
    if isinstance(e, RulingReviewDecided) and e.outcome == "revoked":
        after = case.change("rulings", ruling.act, revoked=True).change(
            "applications", application.act, ended=""
        )
        return Step(after, subjects, facts)
    if isinstance(e, ExecutorDesignated):
        return Step(case.change("rulings", ruling.act, executing_agency=e.executing_agency), subjects, facts)
    return Step(case, subjects, facts)


def _execution(case: Case, act: Act, e: ExecutionOrganised | ExecutionCompleted, registry: Registry) -> Step:
    ruling = the_ruling(case, e.ruling_no) if e.ruling_no else only_granted(case)
    if ruling is None:
        own = own_enforcement(case)
        return Step(case) if own is None else _own_execution(case, act, e, own)
    application = case.applications[ruling.application]
    facts = _ruling_facts(ruling, application)
    if isinstance(e, ExecutionCompleted):
        items = _done(e, ruling.items)
        decision = case.decisions[application.decision]
        decision = proceedings.executed(decision, items, e.parties or application.parties, act.occurred_on)
        case = case.put("decisions", decision.act, decision)
        granted = {i for r in _rulings(case, application.act, "granted") for i in r.items}
        if _all_executed(decision, granted, application.parties):
            case = case.change("applications", application.act, ended="completed")
        whole = _all_executed(decision, set(ruling.items), application.parties)
        facts["completed"] = ("full" if whole else "partial",)
    return Step(case, {**_subjects(application), "ruling": ruling.act}, facts)


def _done(e: ExecutionCompleted, ordered: tuple[str, ...]) -> tuple[str, ...]:
    """The items that were executed: all that was ordered, or those named; where these are all and the result is
    nevertheless partial, none is done with."""
    if e.result == "full":
        return e.items or ordered
    return () if set(e.items or ()) >= set(ordered) else e.items or ()


def _all_executed(decision: Decision, items: set[str], parties: tuple[str, ...]) -> bool:
    return all((i, p) in decision.executed for i in items for p in parties)


def own_enforcement(case: Case) -> Decision | None:
    """The only decision that an agency enforces itself (强制执行决定); meant where there is no ruling."""
    found = [d for d in case.decisions.values() if d.enforced]
    return found[0] if len(found) == 1 else None


def _own_execution(
    case: Case, act: Act, e: ExecutionOrganised | ExecutionCompleted, decision: Decision
) -> Step:
    facts: dict[str, tuple[str, ...]] = {}
    if isinstance(e, ExecutionCompleted):
        ordered = tuple(i for items in decision.enforced.values() for i in items)
        items = _done(e, ordered)
        decision = proceedings.executed(decision, items, e.parties or decision.parties, act.occurred_on)
        case = case.put("decisions", decision.act, decision)
        whole = _all_executed(decision, set(ordered), decision.parties)
        facts["completed"] = ("full" if whole else "partial",)
    return Step(case, {"decision": decision.act, "own_enforcement": next(iter(decision.enforced))}, facts)


def _suspended(case: Case, act: Act, e: ExecutionSuspended | ExecutionResumed, registry: Registry) -> Step:
    application = the_application(case, e.application)
    now = isinstance(e, ExecutionSuspended)
    return Step(case.change("applications", application.act, suspended=now), _subjects(application))


def _terminated(case: Case, act: Act, e: ExecutionTerminated, registry: Registry) -> Step:
    application = the_application(case, e.application)
    return Step(case.change("applications", application.act, ended="terminated"), _subjects(application))


# --- supervision and copies ---------------------------------------------------------------------------------


def _suggested(case: Case, act: Act, e: SuggestionIssued, registry: Registry) -> Step:
    suggestion = Suggestion(act.id, e.suggestion_no, act.agency, e.to, e.subject, act.occurred_on, e.reply_by)
    after = case.put("suggestions", act.id, suggestion).with_number("suggestion", e.suggestion_no, act.id)
    after = _sent(after, act, e.to, (e.suggestion_no,))
    facts = {"subject": (e.subject,), "urgent": ("true" if e.urgent else "false",)}
    return Step(after, {"suggestion": act.id, "copy": act.id}, facts, to=e.to)


def _of_suggestion(case: Case, act: Act, e: Any, registry: Registry) -> Step:
    suggestion = the_suggestion(case, e.suggestion_no)
    if isinstance(e, SuggestionReplied):
        case = case.change("suggestions", suggestion.act, replied=True)
        case = _sent(case, act, suggestion.by, (suggestion.no,))
        return Step(case, {"suggestion": suggestion.act, "copy": act.id}, to=suggestion.by)
    if isinstance(e, SuggestionWithdrawn):
        case = case.change("suggestions", suggestion.act, withdrawn=True)
    if isinstance(e, SuggestionExtended):
        case = case.change("suggestions", suggestion.act, reply_by=e.reply_by)
    return Step(case, {"suggestion": suggestion.act}, to=suggestion.to)


def _sent(case: Case, act: Act, to: str, about: tuple[str | None, ...]) -> Case:
    return matters.sent(case, act, (to,), about)


def _acknowledged(case: Case, act: Act, e: CopyAcknowledged | CopyReturned, registry: Registry) -> Step:
    copy = the_copy(case, e.of, act.agency)
    key = f"{copy.act}:{copy.recipient}"
    key = key if key in case.copies else copy.act
    sent = case.entry(copy.act)
    subjects = {**(sent.subjects if sent else {}), "copy": copy.act}
    subjects.pop("act", None)
    if isinstance(e, CopyReturned):
        return Step(case.change("copies", key, returned=True), subjects, to=copy.sender)
    day = e.received_on or act.occurred_on
    after = case.change("copies", key, acknowledged=act.id, acknowledged_on=day)
    return Step(after, subjects, {"of": (copy.type,), "received_on": (day.isoformat(),)}, to=copy.sender)


def _corrects(case: Case, act: Act, e: StatementCorrected, registry: Registry) -> Step:
    ref = e.of if e.of.act else Ref(act=the_act(case, e.of, act.agency))
    if ref.act is not None and json.loads(e.data).keys() - {"documents"}:
        case = behalf.reworded(case, ref.act)
    return Step(case, {"corrected": ref.act or ""})


EFFECTS: dict[type[Event], Effect] = {
    CaseFiled: _filed,
    NoticeIssued: _noticed,
    NoticeIneffective: _ineffective,
    ViolationReported: _reported,
    CaseClosed: _closed,
    PenaltyDecided: _decided,
    PenaltyRevoked: _revoked,
    PenaltyServed: _served,
    Performed: _performed,
    FinePaid: _performed,
    PaymentPostponed: _of_decision,
    ReviewApplied: _review,
    ReviewDecided: _review_decided,
    LawsuitFiled: _lawsuit,
    LawsuitDecided: _lawsuit_decided,
    PerformanceDemanded: _demanded,
    EnforcementApplied: _applied,
    ApplicationWithdrawn: _withdrawn,
    ApplicationCopied: _application_copied,
    MaterialsRefused: _of_application,
    SupplementDemanded: _of_application,
    MaterialsSupplemented: _of_application,
    HearingOfOpinionsOpened: _of_application,
    ExecutionFiled: _of_application,
    RoundTerminated: _of_application,
    EnforcementAccepted: _accepted,
    AcceptanceReceived: _acceptance_received,
    AcceptanceCopied: _acceptance_copied,
    EnforcementNotFiled: _not_accepted,
    EnforcementNotAccepted: _not_accepted,
    EnforcementGranted: _granted,
    EnforcementRefused: _refused,
    RulingReceived: _ruling_received,
    RulingCopied: _ruling_copied,
    RulingReviewApplied: _of_ruling,
    RulingReviewDecided: _of_ruling,
    ExecutorDesignated: _of_ruling,
    ExecutionOrganised: _execution,
    ExecutionCompleted: _execution,
    ExecutionSuspended: _suspended,
    ExecutionResumed: _suspended,
    ExecutionTerminated: _terminated,
    SuggestionIssued: _suggested,
    SuggestionReplied: _of_suggestion,
    SuggestionExtended: _of_suggestion,
    SuggestionWithdrawn: _of_suggestion,
    CopyAcknowledged: _acknowledged,
    CopyReturned: _acknowledged,
    StatementCorrected: _corrects,
    CaseCarriedForward: _carried_forward,
    **course.EFFECTS,
    **matters.EFFECTS,
    ActConfirmed: lambda case, act, e, registry: Step(behalf.confirm(case, act, e)),
    ActDisputed: lambda case, act, e, registry: Step(behalf.dispute(case, act, e)),
}
"""What each act does to the case. An act that is not here is only kept in the timeline."""
