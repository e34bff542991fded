"""From what an officer types to the statement that is meant.

The client resolves before signing (`resolved`), so that a number corrected later breaks nothing; the ledger
resolves the same way what came unresolved. `find_*` give None, `the_*` refuse.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from domain.acts import EVENTS, Event
from domain.acts.case import AcceptanceCopied, ApplicationCopied, RulingCopied, RulingReceived
from domain.cases.model import Application, Case, Decision, Remedy, Ruling, Suggestion
from domain.entries import Copy, broken
from domain.forms import fields_of
from domain.refusal import Refusal
from domain.registry import Agency, Registry
from domain.values import Ref, same_number

_ZH = {
    "decision": "处罚决定",
    "ruling": "裁定",
    "suggestion": "检察建议",
    "notice": "通知书",
    "lawsuit": "诉讼案件",
}


def the_decision(case: Case, ref: Ref, field: str = "decision_no") -> Decision:
    return case.decisions[_the(case, "decision", case.decisions, ref, field)]


def the_suggestion(case: Case, ref: Ref, field: str = "suggestion_no") -> Suggestion:
    return case.suggestions[_the(case, "suggestion", case.suggestions, ref, field)]


def the_ruling(case: Case, ref: Ref, field: str = "ruling_no") -> Ruling:
    return case.rulings[_the(case, "ruling", case.rulings, ref, field)]


def the_notice(case: Case, ref: Ref, field: str = "notice_no") -> str:
    return _the(case, "notice", case.notices, ref, field)


def the_lawsuit(case: Case, ref: Ref, field: str = "court_case_no") -> Remedy:
    """By its number; a lawsuit recorded without one is meant where it is the only one."""
    suits = {k: r for k, r in case.remedies.items() if r.kind == "lawsuit"}
    bare = [r for r in suits.values() if r.no is None]
    if ref.act is None and ref.no is not None and not case.numbered("lawsuit", ref.no) and len(bare) == 1:
        return bare[0]
    return suits[_the(case, "lawsuit", suits, ref, field)]


def the_application(case: Case, ref: Ref | None, field: str = "application") -> Application:
    """The application meant; omitted: the case's only one, whatever became of it, else the only one still open."""
    if ref is not None:
        return case.applications[_the(case, "application", case.applications, ref, field)]
    every = list(case.applications.values())
    if not every:
        raise broken("本案尚无强制执行申请，请先登记申请", field)
    still = [a for a in every if not a.ended]
    if len(every) == 1 or len(still) == 1:
        return every[0] if len(every) == 1 else still[0]
    raise Refusal("schema_invalid", "本案有多件申请，请写明申请文号", field=field)


def the_copy(case: Case, ref: Ref, recipient: str, field: str = "of") -> Copy:
    """A copy by its statement, by a number it bears or concerns, or by its kind (e.g. RulingCopied).

    Where several fit, the one to this recipient that waits for acknowledgement.
    """
    if ref.act is not None:
        copy = case.copies.get(ref.act)
        if copy is None:
            raise broken("没有这份抄送、报送记录，不能签收", field)
        return copy
    assert ref.no is not None
    wanted = same_number(ref.no)
    fitting = [
        c for c in case.copies.values() if ref.no == c.type or wanted in {same_number(n) for n in c.numbers}
    ]
    if not fitting:
        raise broken(f"没有与“{ref.no}”相符的抄送、报送记录，不能签收", field)
    mine = [c for c in fitting if c.recipient == recipient] or fitting
    waiting = [c for c in mine if c.acknowledged is None] or mine
    if len(waiting) > 1:
        raise Refusal("schema_invalid", "有多份抄送与之相符，请写明记录编号", field=field)
    return waiting[0]


def the_act(case: Case, ref: Ref, agency: str, field: str = "of") -> str:
    """Any act of the case by statement id, by a number, or by its kind where the agency has just one."""
    ids = {e.act.id for e in case.entries}
    if ref.act is not None:
        if ref.act in ids:
            return ref.act
        raise broken("本案没有这条记录", field)
    assert ref.no is not None
    found = {a for (_, no), acts in case.numbers.items() if no == same_number(ref.no) for a in acts}
    if ref.no in EVENTS:
        found = {e.act.id for e in case.entries if e.act.type == ref.no and e.act.agency == agency}
    if not found:
        raise broken(f"本案没有与“{ref.no}”相符的记录", field)
    if len(found) > 1:
        raise Refusal("schema_invalid", "有多条记录与之相符，请写明记录编号", field=field)
    return found.pop()


def _the(case: Case, what: str, rows: Any, ref: Ref, field: str) -> str:
    zh = _ZH.get(what, "申请")
    if ref.act is not None:
        if ref.act not in rows:
            raise broken(f"本案没有所指的{zh}", field)
        if ref.no is not None and ref.act not in case.numbered(what, ref.no):
            raise Refusal("schema_invalid", f"文号“{ref.no}”与所指的{zh}不一致", field=field)
        return ref.act
    assert ref.no is not None
    found = [act for act in case.numbered(what, ref.no) if act in rows]
    if not found:
        raise broken(f"本案没有文号为“{ref.no}”的{zh}，请核对文号", field)
    return found[0]


def recipient_of(registry: Registry, sender: str, kind: str, to: str | None, on: date) -> str:
    """The agency a copy goes to: the one named, else the one that routes mean (same level, same region)."""
    if to is not None:
        if registry.agency(to, "to").kind != kind:
            raise broken(f"{to} 不是应送的机关类别", "to")
        return to
    meant = registry.route(registry.agency(sender, "agency"), kind, "non_litigation", on)
    if meant is None:
        raise Refusal("schema_invalid", "同级没有唯一的送达机关，请写明 to", field="to")
    return meant.id


def resolved(case: Case, registry: Registry, event: Event, agency: str, on: date) -> Event:
    """The event with its references resolved to statements, as a client signs it.

    What cannot be resolved stays as typed; the ledger then refuses it with the reason.
    """
    changes: dict[str, Any] = {}
    for name, kind in fields_of(type(event)).items():
        value = getattr(event, kind.attr)
        if kind.shape == "ref" and (value is None or value.act is None):
            try:
                changes[name] = _resolve(case, event, kind.refers_to, value, agency)
            except Refusal:
                continue
    if isinstance(event, ApplicationCopied | AcceptanceCopied | RulingCopied) and event.to is None:
        meant = _route(registry, agency, on)
        if meant is not None:
            changes["to"] = meant.id
    return replace(event, **changes) if changes else event


def _route(registry: Registry, agency: str, on: date) -> Agency | None:
    sender = registry.agencies.get(agency)
    return None if sender is None else registry.route(sender, "procuratorate", "non_litigation", on)


def _resolve(case: Case, event: Event, what: str, ref: Ref | None, agency: str) -> Ref | None:
    if what == "application":
        if ref is None and isinstance(event, RulingReceived):
            return None  # needed only where the receipt attests the ruling; found by the ruling otherwise
        application = the_application(case, ref)
        return Ref(no=application.no, act=application.act)
    if ref is None:
        return None
    match what:
        case "decision":
            return replace(ref, act=the_decision(case, ref).act)
        case "ruling":
            return replace(ref, act=the_ruling(case, ref).act)
        case "suggestion":
            return replace(ref, act=the_suggestion(case, ref).act)
        case "notice":
            return replace(ref, act=the_notice(case, ref))
        case "copy":
            return replace(ref, act=the_copy(case, ref, agency).act)
        case "act":
            return replace(ref, act=the_act(case, ref, agency))
        case _:
            suit = the_lawsuit(case, ref)
            return ref if suit.no is None else replace(ref, act=suit.act)
