"""What becomes of a decision beside its service and enforcement by the court: changed or made anew, performed and paid
item by item, enforced by the agency itself, under review, in court; and rulings put right.

Sources: 行政强制法 §34–§44; 行政复议法 §62; 行政诉讼法 §3, §67, §77, §85.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from domain.acts.base import Act, Event
from domain.acts.case import (
    DecisionTermExtended,
    NoPenaltyDecided,
)
from domain.acts.course import (
    AnswerFiled,
    AppealFiled,
    ComplaintReceived,
    CourtSessionNoticed,
    CourtSessionPostponed,
    EnforcementDecisionMade,
    HeadAppeared,
    PenaltyChanged,
    PenaltyReissued,
    ReviewAccepted,
    ReviewExtended,
    RulingRectified,
    RulingRevoked,
)
from domain.cases.model import (
    Case,
    Decision,
    Effect,
    Remedy,
    Session,
    Step,
)
from domain.cases.resolving import the_decision, the_lawsuit, the_ruling
from domain.changing import replace
from domain.entries import broken, not_before
from domain.refusal import Refusal
from domain.registry import Registry, contains
from domain.values import Item, Ref, same_number

Rule = Callable[[Case, Act, Any, Registry], None]

# --- the decision -------------------------------------------------------------------------------------------


def _check_items(items: tuple[Item, ...] | None) -> None:
    ids = [item.item_id or str(n) for n, item in enumerate(items or (), 1)]
    if len(set(ids)) < len(ids):
        raise broken("处罚项编号重复", "items")


def _standing(case: Case, act: Act, ref: Ref) -> Decision:
    decision = the_decision(case, ref)
    not_before(act, decision.decided_on, "处罚决定日期")
    if decision.revoked_on is not None:
        raise broken(f"该决定已于 {decision.revoked_on} 撤销", "decision_no")
    return decision


def _change(case: Case, act: Act, e: PenaltyChanged, registry: Registry) -> None:
    _standing(case, act, e.decision_no)
    _check_items(e.items)


def _changed(case: Case, act: Act, e: PenaltyChanged, registry: Registry) -> Step:
    """What the department itself changes has to be served anew; a court's or reviewer's change is served by it."""
    decision = the_decision(case, e.decision_no)
    agency = registry.agencies.get(act.agency)
    by = agency.kind if agency else "nr"
    items = _items(e.items) if e.items else dict(decision.items)
    changes: dict[str, Any] = {"items": items}
    if by == "nr":
        changes["served"] = {}
    facts = {"by": (by,), "item_kind": tuple(i.kind for i in items.values())}
    return Step(case.change("decisions", decision.act, **changes), {"decision": decision.act}, facts)


def _items(items: tuple[Item, ...]) -> dict[str, Item]:
    return {item.item_id or str(n): item for n, item in enumerate(items, 1)}


def _replaced(case: Case, ref: Ref) -> Decision | None:
    """The decision that a new one is made in place of: the one named, else the case's latest revoked one."""
    if ref.act is not None or case.numbered("decision", ref.no or ""):
        return the_decision(case, ref)
    revoked = [d for d in case.decisions.values() if d.revoked_on is not None]
    return revoked[-1] if revoked else None


def _reissue(case: Case, act: Act, e: PenaltyReissued, registry: Registry) -> None:
    old = _replaced(case, e.decision_no)
    if old is None or old.revoked_on is None:
        raise broken("未见撤销原处罚决定的记录，不能登记重新作出", "decision_no")
    if any(d.replaces == old.act for d in case.decisions.values()):
        raise broken("已就该决定重新作出处罚决定", "decision_no")
    not_before(act, old.revoked_on, "撤销日期")
    if e.new_decision_no is not None and case.bears("decision", e.new_decision_no):
        raise broken(f"处罚决定“{e.new_decision_no}”已登记，请勿重复登记", "new_decision_no")
    _check_items(e.items)


def _reissued(case: Case, act: Act, e: PenaltyReissued, registry: Registry) -> Step:
    old = _replaced(case, e.decision_no)
    if old is None:
        return Step(case)
    no = e.new_decision_no or e.decision_no.no or old.no
    items = _items(e.items) if e.items else dict(old.items)
    decision = Decision(act.id, no, act.occurred_on, items, old.parties, old.power, replaces=old.act)
    after = case.put("decisions", act.id, decision)
    key = (
        "decision",
        same_number(no),
    )  # where it bears on the old number, that means the new decision from now on
    bearers = (act.id, *(a for a in case.numbers.get(key, ()) if a != act.id))
    after = replace(after, numbers={**after.numbers, key: bearers})
    facts = {"item_kind": tuple(i.kind for i in items.values())}
    return Step(after, {"decision": act.id}, facts)


def _no_penalty(case: Case, act: Act, e: NoPenaltyDecided, registry: Registry) -> None:
    if e.decision_no is not None and case.bears("decision", e.decision_no):
        raise broken(f"处罚决定“{e.decision_no}”已登记，请勿重复登记", "decision_no")


def _no_penalty_decided(case: Case, act: Act, e: NoPenaltyDecided, registry: Registry) -> Step:
    return Step(case.with_number("decision", e.decision_no, act.id))


def _extend_term(case: Case, act: Act, e: DecisionTermExtended, registry: Registry) -> None:
    if e.until <= act.occurred_on:
        raise broken("延长后的期限应晚于延长之日", "until")


def _enforce(case: Case, act: Act, e: EnforcementDecisionMade, registry: Registry) -> None:
    decision = _standing(case, act, e.decision_no)
    missing = [i for i in e.items or () if i not in decision.items]
    if missing:
        raise broken(f"没有编号为 {'、'.join(missing)} 的处罚项", "items")
    again = set(e.items or decision.items) & {i for items in decision.enforced.values() for i in items}
    if again:
        raise broken("对该处罚项已作出强制执行决定", "items")


def _enforced(case: Case, act: Act, e: EnforcementDecisionMade, registry: Registry) -> Step:
    decision = the_decision(case, e.decision_no)
    items = e.items or tuple(decision.items)
    after = case.change("decisions", decision.act, enforced={**decision.enforced, act.id: items})
    return Step(
        after,
        {"decision": decision.act, "own_enforcement": act.id},
        {"item_kind": tuple(decision.items[i].kind for i in items if i in decision.items)},
    )


def performed(decision: Decision, items: tuple[str, ...], parties: tuple[str, ...], on: date) -> Decision:
    """The decision after these parties have performed these items; one that all have performed is settled."""
    done = {**{(i, p): on for i in items for p in parties}, **decision.performed}
    return _settled(replace(decision, performed=done))


def executed(decision: Decision, items: tuple[str, ...], parties: tuple[str, ...], on: date) -> Decision:
    """The same of items that were executed."""
    done = {**{(i, p): on for i in items for p in parties}, **decision.executed}
    return replace(decision, executed=done)


def _settled(decision: Decision) -> Decision:
    settled = dict(decision.settled)
    for item in decision.items:
        days = [decision.performed[item, p] for p in decision.parties if (item, p) in decision.performed]
        if days and len(days) == len(decision.parties):
            settled.setdefault(item, max(days))
    return replace(decision, settled=settled)


def paid(decision: Decision, items: tuple[str, ...], amount: Decimal | None, on: date) -> Decision:
    """The decision after a payment on these items, in their order. An item is settled once all of it is paid; where
    no amount was stated, of the payment or of the item, it is taken as paid in full."""
    sums, full = dict(decision.paid), []
    for item in items:
        due = decision.due(item)
        part = due if amount is None or due is None else min(amount, due)
        if part is not None:
            sums[item] = sums.get(item, Decimal(0)) + part
            amount = None if amount is None else amount - part
        if due is None or part == due:
            full.append(item)
    settled = performed(decision, tuple(full), decision.parties, on)
    return replace(settled, paid=sums)


# --- review and court ---------------------------------------------------------------------------------------


def _open_review(case: Case, ref: Ref) -> Remedy | None:
    decision = the_decision(case, ref)
    found = [
        r
        for r in case.remedies.values()
        if (r.kind, r.decision) == ("review", decision.act) and not r.outcome
    ]
    return found[-1] if found else None


def _review_step(case: Case, act: Act, e: ReviewAccepted | ReviewExtended, registry: Registry) -> None:
    review = _open_review(case, e.decision_no)
    if review is None:
        raise broken("未见该决定的复议申请，或者复议已决定", "decision_no")
    not_before(act, review.accepted_on or review.on, "复议申请、受理日期")
    if isinstance(e, ReviewAccepted):
        if review.accepted_on is not None:
            raise broken("该复议申请已受理，请勿重复登记", "decision_no")
    elif e.until is not None and e.until <= act.occurred_on:
        raise broken("延长后的期限应晚于延长之日", "until")


def _reviewed(case: Case, act: Act, e: ReviewAccepted | ReviewExtended, registry: Registry) -> Step:
    review = _open_review(case, e.decision_no)
    if review is None:
        return Step(case)
    if isinstance(e, ReviewAccepted):
        case = case.change("remedies", review.act, accepted_on=act.occurred_on)
    return Step(case, {"decision": review.decision, "remedy": review.act})


def _suit_of(case: Case, act: Act, ref: Ref) -> Remedy:
    suit = the_lawsuit(case, ref)
    not_before(act, suit.on, "起诉日期")
    return suit


def _by_its_court(suit: Remedy, act: Act, registry: Registry) -> None:
    if registry.agency(act.agency, "actor").kind == "court" and act.agency not in (
        suit.court,
        suit.appeal_court,
    ):
        raise broken(f"该案由 {suit.court} 审理，{act.agency} 不能登记该事项", "actor")


def unknown_suit(case: Case, e: ComplaintReceived) -> bool:
    """Whether a complaint makes known a lawsuit that nobody has stated, naming its decision and court."""
    if e.court_case_no.act is not None or e.decision_no is None or e.court is None:
        return False
    try:
        the_lawsuit(case, e.court_case_no)
    except Refusal:
        return True
    return False


def _complaint(case: Case, act: Act, e: ComplaintReceived, registry: Registry) -> None:
    if unknown_suit(case, e):
        assert e.decision_no is not None
        assert e.court is not None
        not_before(act, the_decision(case, e.decision_no).decided_on, "处罚决定日期")
        if registry.agency(e.court, "court").kind != "court":
            raise broken(f"{e.court} 不是人民法院", "court")
        return
    suit = _suit_of(case, act, e.court_case_no)
    _by_its_court(suit, act, registry)
    if suit.complaint_on is not None:
        raise broken("该案起诉状副本已登记收到", "court_case_no")


def _complained(case: Case, act: Act, e: ComplaintReceived, registry: Registry) -> Step:
    if unknown_suit(case, e):
        assert e.decision_no is not None
        decision = the_decision(case, e.decision_no)
        suit = Remedy(act.id, "lawsuit", decision.act, act.occurred_on, court=e.court, no=e.court_case_no.no)
        case = case.put("remedies", act.id, suit).with_number("lawsuit", suit.no, act.id)
    else:
        suit = the_lawsuit(case, e.court_case_no)
    case = case.change("remedies", suit.act, complaint_on=act.occurred_on, no=suit.no or e.court_case_no.no)
    case = case.with_number("lawsuit", e.court_case_no.no, suit.act)
    return Step(case, _of_suit(suit), to=suit.court)


def _of_suit(suit: Remedy) -> dict[str, str]:
    return {"decision": suit.decision, "remedy": suit.act, "lawsuit": suit.act}


def made_known(case: Case, no: str | None) -> Remedy | None:
    """The lawsuit of this number that only the complaint has made known; who filed it may still state it."""
    suits = [case.remedies[a] for a in (case.numbered("lawsuit", no) if no else ()) if a in case.remedies]
    told = (s for s in suits if (en := case.entry(s.act)) is not None and en.type == "ComplaintReceived")
    stated = {en.subjects.get("lawsuit") for en in case.entries if en.type == "LawsuitFiled"}
    return next((s for s in told if s.act not in stated), None)


def _answer(case: Case, act: Act, e: AnswerFiled, registry: Registry) -> None:
    suit = _suit_of(case, act, e.court_case_no)
    _by_its_court(suit, act, registry)
    if suit.complaint_on is not None:
        not_before(act, suit.complaint_on, "收到起诉状副本日期")


def _answered(case: Case, act: Act, e: AnswerFiled, registry: Registry) -> Step:
    suit = the_lawsuit(case, e.court_case_no)
    after = case.change("remedies", suit.act, answered_on=suit.answered_on or act.occurred_on)
    return Step(after, _of_suit(suit), to=suit.court)


def _appeal(case: Case, act: Act, e: AppealFiled, registry: Registry) -> None:
    suit = the_lawsuit(case, e.court_case_no)
    if suit.decided_by is None:
        raise broken("该案尚无一审裁判，不能登记上诉", "court_case_no")
    if suit.appealed_on is not None:
        raise broken("该案已上诉", "court_case_no")
    judged = case.entry(suit.decided_by)
    if judged is not None:
        not_before(act, judged.on, "一审裁判日期")
    if registry.agency(e.court, "court").kind != "court" or e.court == suit.court:
        raise broken("应向一审法院的上一级人民法院上诉", "court")
    if registry.agency(act.agency, "actor").kind == "court" and act.agency not in (suit.court, e.court):
        raise broken(f"{act.agency} 不是本案一审、二审法院", "actor")


def _appealed(case: Case, act: Act, e: AppealFiled, registry: Registry) -> Step:
    """What was judged is not effective yet (行政诉讼法 §85): the suit is open again, before the court appealed to."""
    suit = the_lawsuit(case, e.court_case_no)
    judged = suit.decided_by
    case = case.change(
        "remedies", suit.act, outcome=None, decided_by=None, effective_on=None,
        appealed_on=act.occurred_on, appeal_court=e.court,
    ).with_number("lawsuit", e.appeal_case_no, suit.act)  # fmt: skip
    decision = case.decisions[suit.decision]
    if judged is not None and decision.revoked_by == judged:
        case = case.change("decisions", decision.act, revoked_on=None, revoked_by=None)
    return Step(case, _of_suit(suit), to=e.court)


def _sessions(case: Case, suit: Remedy) -> list[Session]:
    return [s for s in case.sessions.values() if s.lawsuit == suit.act]


def _session(
    case: Case, act: Act, e: CourtSessionNoticed | CourtSessionPostponed, registry: Registry
) -> None:
    suit = _suit_of(case, act, e.court_case_no)
    _by_its_court(suit, act, registry)
    if e.hearing_on < act.occurred_on:
        raise broken("开庭日期早于通知日期", "hearing_on")
    known = _sessions(case, suit)
    if isinstance(e, CourtSessionNoticed):
        if any(s.hearing_on == e.hearing_on for s in known):
            raise broken("该日开庭已通知，请勿重复登记", "hearing_on")
        return
    if not known:
        raise broken("未见开庭通知，不能延期", "court_case_no")
    not_before(act, known[-1].noticed_on, "开庭通知日期")
    if known[-1].appeared is not None:
        raise broken("该次开庭已登记负责人出庭情况，不能再延期", "court_case_no")
    if e.hearing_on == known[-1].hearing_on:
        raise broken("延期后的开庭日期与原定相同", "hearing_on")


def _session_noticed(case: Case, act: Act, e: CourtSessionNoticed, registry: Registry) -> Step:
    suit = the_lawsuit(case, e.court_case_no)
    made = Session(act.id, suit.act, e.hearing_on, act.occurred_on)
    subjects = {**_of_suit(suit), "session": act.id}
    to = case.nr_on(act.occurred_on) if case.holders else None
    return Step(
        case.put("sessions", act.id, made), subjects, {"hearing_on": (e.hearing_on.isoformat(),)}, to=to
    )


def _session_postponed(case: Case, act: Act, e: CourtSessionPostponed, registry: Registry) -> Step:
    suit = the_lawsuit(case, e.court_case_no)
    known = _sessions(case, suit)
    if not known:
        return Step(case, _of_suit(suit))
    after = case.change("sessions", known[-1].act, hearing_on=e.hearing_on)
    to = case.nr_on(act.occurred_on) if case.holders else None
    return Step(after, {**_of_suit(suit), "session": known[-1].act}, to=to)


def _attend(case: Case, act: Act, e: HeadAppeared, registry: Registry) -> None:
    suit = _suit_of(case, act, e.court_case_no)
    session = _session_on(case, suit, e.hearing_on)
    if session is None:
        raise broken(f"未见 {e.hearing_on} 的开庭通知", "hearing_on")
    not_before(act, e.hearing_on, "开庭日期")
    if session.appeared is not None:
        raise broken("该次开庭的出庭情况已登记", "hearing_on")


def _session_on(case: Case, suit: Remedy, day: date) -> Session | None:
    return next((s for s in _sessions(case, suit) if s.hearing_on == day), None)


def _attended(case: Case, act: Act, e: HeadAppeared, registry: Registry) -> Step:
    suit = the_lawsuit(case, e.court_case_no)
    session = _session_on(case, suit, e.hearing_on)
    facts = {"appeared": ("true" if e.appeared else "false",)}
    if session is None:
        return Step(case, _of_suit(suit), facts, to=suit.court)
    after = case.change("sessions", session.act, appeared=e.appeared)
    return Step(after, {**_of_suit(suit), "session": session.act}, facts, to=suit.court)


# --- rulings put right --------------------------------------------------------------------------------------


def _by_ruling_court(case: Case, act: Act, ruling_act: str, registry: Registry, *, or_above: bool) -> None:
    first = case.applications[case.rulings[ruling_act].application].court
    if act.agency == first:
        return
    own = registry.agency(first, "court")
    above = registry.agency(act.agency, "actor")
    if not (or_above and above.region != own.region and contains(above.region, own.region)):
        raise broken(f"该裁定由 {first} 作出，{act.agency} 不能登记该事项", "actor")


def _rectify(case: Case, act: Act, e: RulingRectified, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no)
    not_before(act, ruling.made_on, "裁定日期")
    _by_ruling_court(case, act, ruling.act, registry, or_above=False)
    if ruling.revoked:
        raise broken("该裁定已撤销，不能补正", "ruling_no")
    if e.number is not None and case.bears("ruling", e.number):
        raise broken(f"裁定“{e.number}”已登记", "number")
    applied = case.applications[ruling.application].items
    missing = [i for i in e.items or () if i not in applied]
    if missing:
        raise broken(f"没有编号为 {'、'.join(missing)} 的申请执行的处罚项", "items")


def _rectified(case: Case, act: Act, e: RulingRectified, registry: Registry) -> Step:
    ruling = the_ruling(case, e.ruling_no)
    after = case.change("rulings", ruling.act, no=e.number or ruling.no, items=e.items or ruling.items)
    after = after.with_number("ruling", e.number, ruling.act)
    return Step(after, _of_ruling(case, ruling.act), {"result": (ruling.result,)})


def _of_ruling(case: Case, ruling: str) -> dict[str, str]:
    application = case.applications[case.rulings[ruling].application]
    return {"decision": application.decision, "application": application.act, "ruling": ruling}


def _revoke_ruling(case: Case, act: Act, e: RulingRevoked, registry: Registry) -> None:
    ruling = the_ruling(case, e.ruling_no)
    not_before(act, ruling.made_on, "裁定日期")
    _by_ruling_court(case, act, ruling.act, registry, or_above=True)
    if ruling.revoked:
        raise broken("该裁定已撤销", "ruling_no")


def _ruling_revoked(case: Case, act: Act, e: RulingRevoked, registry: Registry) -> Step:
    """The court examines anew what the ruling had ended."""
    ruling = the_ruling(case, e.ruling_no)
    application = case.applications[ruling.application]
    after = case.change("rulings", ruling.act, revoked=True)
    if application.ended in ("refused", "not_accepted", "not_filed"):
        after = after.change("applications", application.act, ended="")
    return Step(after, _of_ruling(case, ruling.act), {"result": (ruling.result,)})


# --- the tables ---------------------------------------------------------------------------------------------

RULES: dict[type[Event], Rule] = {
    PenaltyChanged: _change,
    PenaltyReissued: _reissue,
    NoPenaltyDecided: _no_penalty,
    DecisionTermExtended: _extend_term,
    EnforcementDecisionMade: _enforce,
    ReviewAccepted: _review_step,
    ReviewExtended: _review_step,
    ComplaintReceived: _complaint,
    AnswerFiled: _answer,
    AppealFiled: _appeal,
    CourtSessionNoticed: _session,
    CourtSessionPostponed: _session,
    HeadAppeared: _attend,
    RulingRectified: _rectify,
    RulingRevoked: _revoke_ruling,
}

EFFECTS: dict[type[Event], Effect] = {
    PenaltyChanged: _changed,
    PenaltyReissued: _reissued,
    NoPenaltyDecided: _no_penalty_decided,
    EnforcementDecisionMade: _enforced,
    ReviewAccepted: _reviewed,
    ReviewExtended: _reviewed,
    ComplaintReceived: _complained,
    AnswerFiled: _answered,
    AppealFiled: _appealed,
    CourtSessionNoticed: _session_noticed,
    CourtSessionPostponed: _session_postponed,
    HeadAppeared: _attended,
    RulingRectified: _rectified,
    RulingRevoked: _ruling_revoked,
}
