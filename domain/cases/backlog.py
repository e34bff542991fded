"""存量结转: an old case comes into the ledger as far as its line in the old register tells.

Source: 台账运行规则 存量结转. Its earlier acts have their ordinary effect, so that terms that still run go on; none of
them is late here, as nobody was told of it in time.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from domain.acts.base import EVENTS, Act, Event
from domain.acts.course import (
    CaseCarriedForward,
    PriorAct,
)
from domain.cases.course import check_number, holders
from domain.cases.model import (
    Case,
    Effect,
    Filing,
    Step,
)
from domain.changing import replace
from domain.entries import Entry, Evidence, broken
from domain.forms import build, plain
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import Item, Place, Ref, same_number


def carry_forward(case: Case, act: Act, e: CaseCarriedForward, registry: Registry) -> None:
    if case.holders:
        raise broken("案卷已有记录，存量结转只能是第一条", "case")
    agency = registry.agency(act.agency, "actor")
    check_number(case, (agency,), registry, known=False)
    ids = [p.party_id or str(n) for n, p in enumerate(e.parties, 1)]
    if len(set(ids)) < len(ids):
        raise broken("当事人编号重复", "parties")
    for number, prior in enumerate(e.prior_acts):
        field = f"prior_acts.{number}"
        kind = EVENTS.get(prior.type)
        if kind is None or kind.stream != "case" or prior.type == "CaseCarriedForward":
            raise broken(f"没有“{prior.type}”这种案件行为", f"{field}.type")
        if prior.on > act.occurred_on:
            raise broken(f"结转前的行为日期 {prior.on} 晚于结转日期", f"{field}.on")
        if prior.for_ is not None and registry.agency(prior.for_, f"{field}.for").kind not in kind.by:
            raise broken(f"“{kind.zh}”不是 {prior.for_} 这类机构的行为", f"{field}.for")
        if prior.court is not None and registry.agency(prior.court, f"{field}.court").kind != "court":
            raise broken(f"{prior.court} 不是人民法院", f"{field}.court")


def carried(
    case: Case, act: Act, e: CaseCarriedForward, registry: Registry, effects: Mapping[type[Event], Effect]
) -> Step:
    """An old case as far as its line in the register tells: a filing, and an entry for each earlier act.

    An earlier act whose meaning the line gives has its ordinary effect, so that the case can go on from there; any
    other stands in the timeline alone. Facts of all of them say `prior`: they are history, never late.
    """
    nr = registry.agencies.get(act.agency)
    place = e.place or Place(region=nr.region if nr else "000000", address="未填")
    filed_on = min([act.occurred_on, *(p.on for p in e.prior_acts)])
    parties = {p.party_id or str(n): p.name for n, p in enumerate(e.parties, 1)}
    held = holders(registry, act.agency, place.region, filed_on)
    filing = Filing(
        act.id, e.title or e.case_no, act.agency, held[-1][1], parties, place, e.violation or "other",
        filed_on, carried=True,
    )  # fmt: skip
    case = replace(case, filing=filing, holders=held)
    if same_number(e.case_no) != same_number(case.id):
        case = replace(case, former_ids=(e.case_no,))
    for number, prior in enumerate(e.prior_acts):
        case = _with_prior(case, act, number, prior, registry, effects)
    return Step(case, {"row": e.source_row}, {"stage": (e.stage,)})


def prior_id(act: Act, number: int) -> str:
    """What an earlier act goes by that an old case came with, by its place in the line, from 0."""
    return hashlib.sha256(f"{act.id} {number}".encode()).hexdigest()[:32]


def _with_prior(
    case: Case,
    act: Act,
    number: int,
    prior: PriorAct,
    registry: Registry,
    effects: Mapping[type[Event], Effect],
) -> Case:
    identity = prior_id(act, number)
    whose = prior.for_ or _doer(case, act, prior, registry)
    made = replace(act, id=identity, agency=whose, occurred_on=prior.on)
    step = Step(case)
    try:
        event = build(EVENTS[prior.type].cls, _said(case, act, prior, registry))
        made = replace(made, event=event)
        effect = effects.get(type(event))
        if effect is not None:
            step = effect(case, made, event, registry)
    except Refusal:  # the line does not say enough: the act stands in the timeline, without effect
        step = Step(case)
    subjects = {"case": case.id, "act": identity, **step.subjects}
    # what another did is known from the old register, which is a document
    evidence: Evidence = "signed" if whose == act.agency else "attested_doc"
    facts = {**step.facts, "prior": ("true",)}
    entry = Entry(made, subjects, facts, step.to, evidence, stands_for=prior.type)
    entries = (*step.case.entries, entry)
    if step.attests is not None and step.attested is not None:
        derived = Entry(step.attested, subjects, facts, None, "attested_doc", stands_for=step.attests)
        entries = (*step.case.entries, derived, entry)
    return replace(step.case, entries=entries)


def _doer(case: Case, act: Act, prior: PriorAct, registry: Registry) -> str:
    """Whose act it was where the line does not say: the department's own, else that of the court or other agency
    that was meant."""
    nr = registry.agencies.get(act.agency)
    kinds = EVENTS[prior.type].by
    application = case.applications.get(_last(case.applications) or "")
    if nr is None or "nr" in kinds:
        return act.agency
    if "court" in kinds and application is not None:
        return application.court
    meant = [registry.route(nr, kind, "non_litigation", prior.on) for kind in sorted(kinds)]
    return next((a.id for a in meant if a is not None), act.agency)


def _said(case: Case, act: Act, prior: PriorAct, registry: Registry) -> dict[str, Any]:
    """The fields of an earlier act that its line in the register amounts to.

    A number is the act's own where it has one; what an act refers to is the latest thing of its kind before it.
    """
    decision, application = _last(case.decisions), _last(case.applications)
    ruling = _last(case.rulings)
    of_decision = {"decision_no": _ref(decision) if decision else prior.number}
    own = prior.number or f"{act.event.case_no}（{EVENTS[prior.type].zh}）"  # type: ignore[attr-defined]
    sender = registry.agencies.get(act.agency)
    routed = registry.route(sender, "court", "non_litigation", prior.on) if sender else None
    court = prior.court or (routed.id if routed else None)
    match prior.type:
        case "NoticeIssued":
            return {"notice": "correct_violation", "notice_no": own}
        case "PenaltyDecided":
            return {"decision_no": own, "items": plain(prior.items or (Item(kind="other"),))}
        case "PenaltyServed":
            return {**of_decision, "method": "other"}
        case "PerformanceDemanded" | "Performed" | "FinePaid":
            return of_decision
        case "ReviewApplied":
            return {**of_decision, "authority": "未填"}
        case "LawsuitFiled":
            return {**of_decision, "court": court, "court_case_no": prior.number}
        case "EnforcementApplied":
            return {**of_decision, "court": court, "application_no": prior.number}
        case "EnforcementAccepted":
            return {"application": _ref(application), "review_case_no": own}
        case "AcceptanceReceived" | "AcceptanceCopied" | "ApplicationWithdrawn":
            return {"application": _ref(application)}
        case "ApplicationCopied":
            return {"application": _ref(application), "materials": ({"title": "结转前抄送"},)}
        case "EnforcementGranted":
            return {"application": _ref(application), "ruling_no": own, "executor": prior.executor or "court"}
        case "EnforcementRefused" | "EnforcementNotAccepted":
            return {"application": _ref(application), "ruling_no": own, "reasons": "未填"}
        case "RulingReceived" | "RulingCopied":
            return {"ruling_no": _ref(ruling)}
        case "ExecutionCompleted":
            return {"ruling_no": _ref(ruling), "result": "full"}
        case _:
            return {}


def _last(rows: Mapping[str, Any]) -> str | None:
    return list(rows)[-1] if rows else None


def _ref(act: str | None) -> Ref | None:
    return Ref(act=act) if act is not None else None
