"""From what an officer types to the statement that is meant.

The client resolves before signing (`resolved`), so that a number corrected later breaks nothing; the ledger
resolves the same way what came unresolved. `find_*` give None, `the_*` refuse.
"""

from datetime import date
from typing import Any

from domain.acts import EVENTS, Event
from domain.acts.behalf import ActConfirmed, ActDisputed
from domain.acts.case import AcceptanceCopied, ApplicationCopied, RulingCopied, RulingReceived
from domain.acts.matters import (
    AppraisalRequested,
    ClueReturned,
    FilesRequested,
    FilingSupervisionRequested,
    HandlingTracked,
    ObstructionReported,
    PenaltyOpinionIssued,
    SuggestionNotified,
    SupervisionApplied,
    SupervisionDecisionServed,
    UnlawfulActFound,
)
from domain.cases import behalf
from domain.cases.model import Application, Case, Decision, Matter, Remedy, Ruling, Suggestion
from domain.changing import replace
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
    "assistance": "协助请求",
    "supervision": "监督申请",
    "opinion": "检察意见",
    "files": "调卷请求",
    "crime": "涉嫌犯罪移送",
    "appraisal": "认定请求",
    "obstruction": "妨碍公务报告",
    "returned_clue": "非罪线索移送",
    "handover": "移送、移交",
}
_MEANT: dict[type[Event], tuple[str, ...]] = {
    SupervisionApplied: ("procuratorate", "supervision", "non_litigation"),
    FilingSupervisionRequested: ("procuratorate", "crime", "supervision", "non_litigation"),
    ObstructionReported: ("police", "crime", "non_litigation"),
    FilesRequested: ("nr",),
    UnlawfulActFound: ("nr",),
    SupervisionDecisionServed: ("nr",),
    SuggestionNotified: ("nr",),
    PenaltyOpinionIssued: ("nr",),
    AppraisalRequested: ("nr",),
    ClueReturned: ("nr",),
}
"""Whom an act is addressed to that names nobody: a kind, then the matters whose routes are asked in this order; the
department is the one in charge."""


def the_decision(case: Case, ref: Ref, field: str = "decision_no") -> Decision:
    return case.decisions[_the(case, "decision", case.decisions, ref, field)]


def the_suggestion(case: Case, ref: Ref, field: str = "suggestion_no") -> Suggestion:
    return case.suggestions[_the(case, "suggestion", case.suggestions, ref, field)]


def the_ruling(case: Case, ref: Ref, field: str = "ruling_no") -> Ruling:
    return case.rulings[_the(case, "ruling", case.rulings, ref, field)]


def the_notice(case: Case, ref: Ref, field: str = "notice_no") -> str:
    return _the(case, "notice", case.notices, ref, field)


def the_lawsuit(case: Case, ref: Ref, field: str = "court_case_no") -> Remedy:
    """By its number; a lawsuit recorded without one, or on appeal, is meant where it is the only one."""
    suits = {k: r for k, r in case.remedies.items() if r.kind == "lawsuit"}
    # the second instance has a number of its own, which may not be known before its judgment
    bare = [r for r in suits.values() if r.no is None or (r.appealed_on is not None and r.outcome is None)]
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


def the_matter(case: Case, kind: str, ref: Ref, field: str) -> Matter:
    """A matter of a kind by its number, e.g. the criminal referral that a `referral_no` names."""
    rows = {act: m for act, m in case.matters.items() if m.kind == kind}
    return rows[_the(case, kind, rows, ref, field)]


def the_files(case: Case, ref: Ref | None, agency: str, field: str = "files_no") -> Matter:
    """The request for files meant; omitted: the only one to this agency that still waits."""
    if ref is not None:
        return the_matter(case, "files", ref, field)
    mine = [m for m in case.matters.values() if m.kind == "files" and agency in m.to]
    waiting = [m for m in mine if m.ended_on is None]
    if len(mine) == 1 or len(waiting) == 1:
        return (waiting or mine)[0]
    if mine:
        raise Refusal("schema_invalid", "有多件调卷请求，请写明调卷文号", field=field)
    raise broken(f"没有向 {agency} 调卷的记录", field)


def the_thing(case: Case, ref: Ref, field: str = "about") -> str:
    """What is complained of: a decision, application, ruling or lawsuit by its number or statement; else the newest act
    that bears the number or is of the type."""
    things = [case.decisions, case.remedies, case.applications, case.rulings]
    if ref.act is not None:
        if any(ref.act in rows for rows in things) or case.entry(ref.act) is not None:
            return ref.act
        raise broken("本案没有所指的记录", field)
    assert ref.no is not None
    for kind in ("ruling", "application", "lawsuit", "decision"):
        found = case.numbered(kind, ref.no)
        if found:
            return found[-1]
    for entry in reversed(case.entries):
        if (
            entry.stands_for is None
            and not entry.void
            and (entry.act.type == ref.no or _bears(entry.act.event, ref.no))
        ):
            return entry.act.id
    raise broken(f"本案没有与“{ref.no}”相符的判决、裁定、申请", field)


def _bears(event: Event, no: str) -> bool:
    own = (getattr(event, k.attr) for k in fields_of(type(event)).values() if k.form == "number")
    return same_number(no) in {same_number(n) for n in own if n is not None}


def only_granted(case: Case) -> Ruling | None:
    """The case's only granting ruling, which is meant where none is named."""
    granted = [r for r in case.rulings.values() if r.result == "granted" and not r.revoked]
    return granted[0] if len(granted) == 1 else None


def the_copy(case: Case, ref: Ref, recipient: str, field: str = "of") -> Copy:
    """A copy by its statement, by a number it bears or concerns, or by its kind (e.g. RulingCopied).

    Where several fit, the one to this recipient that waits for acknowledgement; of several that wait, the one that
    the recipient has not answered yet.
    """
    if ref.act is not None:
        # what one act sends to several is a copy for each
        copy = case.copies.get(f"{ref.act}:{recipient}") or case.copies.get(ref.act)
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
        waiting = [c for c in waiting if not _answered(case, c)] or waiting
    if len(waiting) > 1:
        raise Refusal("schema_invalid", "有多份抄送与之相符，请写明记录编号", field=field)
    return waiting[0]


def _answered(case: Case, copy: Copy) -> bool:
    """Whether its recipient has done something later about the matter that it belongs to."""
    for matter in case.matters.values():
        stages = [act for act, _, _ in matter.stages]
        if copy.act in stages:
            later = (case.entry(act) for act in stages[stages.index(copy.act) + 1 :])
            return any(e is not None and e.act.agency == copy.recipient for e in later)
    return False


def the_act(case: Case, ref: Ref, agency: str, field: str = "of") -> str:
    """Any act of the case by statement id, by a number, or by its kind where the agency has just one: of its own, else of
    those that it recorded for others."""
    ids = {e.act.id for e in case.entries}
    if ref.act is not None:
        if ref.act in ids:
            return ref.act
        raise broken("本案没有这条记录", field)
    assert ref.no is not None
    found = {a for (_, no), acts in case.numbers.items() if no == same_number(ref.no) for a in acts}
    if ref.no in EVENTS:
        fitting = [e.act for e in case.entries if e.act.type == ref.no]
        found = {a.id for a in fitting if a.agency == agency} or {a.id for a in fitting if a.signer == agency}
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


def addressee(case: Case, event: Any, agency: str, on: date, registry: Registry) -> str | None:
    """Whom an act is addressed to: the one it names, else whom the routes mean; None where these name nobody."""
    if event.to is not None or not case.holders:
        return str(event.to) if event.to is not None else None
    kind, *matters = _MEANT[type(event)]
    if kind == "nr":
        return case.nr_on(on)
    sender = registry.agencies.get(agency)
    for matter in matters:
        meant = registry.route(sender, kind, matter, on) if sender is not None else None
        if meant is not None:
            return meant.id
    return None


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
    if isinstance(event, ActConfirmed):
        changes["of"] = tuple(_attested(case, ref, agency) for ref in event.of)
    elif isinstance(event, ActDisputed):
        changes["of"] = _attested(case, event.of, agency)
    if isinstance(event, ApplicationCopied | AcceptanceCopied | RulingCopied) and event.to is None:
        meant = _route(registry, agency, on)
        if meant is not None:
            changes["to"] = meant.id
    elif type(event) in _MEANT:
        changes["to"] = addressee(case, event, agency, on, registry)
    return replace(event, **changes) if changes else event


def _attested(case: Case, ref: Ref, agency: str) -> Ref:
    """What was recorded on behalf of an agency; as typed where it cannot be told."""
    try:
        return replace(ref, act=behalf.attested(case, ref, agency)[0].act.id)
    except Refusal:
        return ref


def _route(registry: Registry, agency: str, on: date) -> Agency | None:
    sender = registry.agencies.get(agency)
    return None if sender is None else registry.route(sender, "procuratorate", "non_litigation", on)


def _resolve(case: Case, event: Event, what: str, ref: Ref | None, agency: str) -> Ref | None:
    if what == "application":
        if ref is None and isinstance(event, RulingReceived | HandlingTracked):
            return None  # a receipt needs it only where it attests the ruling, tracking only of what the court does
        application = the_application(case, ref)
        return Ref(no=application.no, act=application.act)
    if what == "files":
        request = the_files(case, ref, agency)
        return Ref(no=request.no, act=request.act)
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
        case "thing":
            return Ref(act=the_thing(case, ref))
        case "lawsuit":
            suit = the_lawsuit(case, ref)
            known = ref.no is None or suit.act in case.numbered("lawsuit", ref.no)
            return replace(ref, act=suit.act) if known else ref
        case _:
            return replace(ref, act=the_matter(case, what, ref, what).act)
