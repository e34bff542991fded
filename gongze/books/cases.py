"""案件账: one row a case. It closes only when every item is performed or lawfully ended, the illegal state is removed and
that verified on site, and every referral answered; else 未销账原因 says what is missing. Or it is written off by agreement.

Source: 拉萨实施意见 三（一） (以消除违法状态为标准), 四（三） (核账销账，落实闭环管理).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from domain.acts import EVENTS
from domain.cases import Case
from domain.cases.model import Application, Decision, Matter, Remedy, Ruling
from domain.discipline import Referral
from domain.entries import Entry
from domain.values import ITEM_ZH, same_number
from gongze.books.receipts import UNPROVEN, receipt, weakest, worth
from gongze.books.rows import Row, mu, row, text_of, yuan, zh
from gongze.books.sources import File, Sources

PERFORMED_BY = ("Performed", "FinePaid", "ExecutionCompleted", "ExecutionTerminated")
"""Acts by which an item of a decision is done with. Who carries out a ruling is shown these, and told of the item."""
ENFORCED_BY = (*PERFORMED_BY, "RemovalVerified")
"""Acts by which a row comes to its end: they count only 有件 or better, and undisputed. So do those by which a decision is
revoked or none is made, and those that answer a referral."""
REVOKED_BY = ("PenaltyRevoked", "ReviewDecided", "LawsuitDecided")
LEFT_BY = (
    "EnforcementAccepted", "AcceptanceReceived", "EnforcementNotFiled", "EnforcementNotAccepted", "EnforcementRefused",
    "ApplicationWithdrawn", "RulingReceived", "ExecutionFiled",
)  # fmt: skip
"""Acts that say how an application fares; whoever is shown these is shown also what the court does later."""


@dataclass(frozen=True, slots=True)
class Referred:
    """What a case refers to others or is referred: the acts that send it, and those that answer it."""

    zh: str
    sent_by: frozenset[str]
    answered_by: frozenset[str]


REFERRED = {
    "crime": Referred(
        "涉嫌犯罪移送", frozenset({"CrimeReferred", "ReferralPassedOn"}), frozenset({"CrimeFiled", "CrimeNotFiled"})
    ),
    "handover": Referred(
        "移送、移交政府", frozenset({"PlanningViolationHandedOver", "ConfiscatedHandedOver"}),
        frozenset({"DemolitionCompleted"}),
    ),
    "returned_clue": Referred("非罪线索", frozenset({"ClueReturned"}), frozenset({"ReturnedClueHandled"})),
}  # fmt: skip
NOT_SENT = "ReferralRefused"
"""What ends a criminal referral before it is sent."""
HIDDEN = "其他事项未办结"
Clues = Mapping[str, Referral]
"""Discipline referrals by number."""


@dataclass(frozen=True, slots=True)
class Open:
    """Why a row is open, the acts that tell, and the types of act that would end it: whoever is not shown them is not
    told, or what is hidden could be read off a reason that goes."""

    why: str
    acts: tuple[str, ...] = ()
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Done:
    """Something that is done with, since a day; `again`: later days on which it was done anew."""

    on: date
    again: tuple[date, ...] = ()

    @classmethod
    def since(cls, days: Iterable[date]) -> "Done":
        first, *later = sorted(days)
        return cls(first, tuple(later))


def book(sources: Sources) -> list[Row]:
    """All cases that are filed as of the day, by day of filing."""
    clues = clues_of(sources)
    found = [
        row_of(file, clues, sources)
        for file in sources.cases
        if file.dossier.filing is not None and (file.reader is None or file.reader.sees_it)
    ]
    return sorted(found, key=lambda r: (r.shown["filed_on"], r.shown["case"]))


def clues_of(sources: Sources) -> Clues:
    """The referred clues that are shown, by number, which is what a case knows of them."""
    return {
        same_number(f.dossier.no): f.dossier
        for f in sources.referrals
        if f.dossier.no is not None and f.sees(f.dossier.act)
    }


def row_of(file: File[Case], clues: Clues, sources: Sources) -> Row:
    """The row of a filed case."""
    case = file.dossier
    standing = list(_standing(file, clues, sources))
    reasons = [s for s in standing if isinstance(s, Open)]
    told = [s.why for s in reasons if file.sees(*s.acts) and file.sees_types(*s.types)]
    if reasons and len(told) < len(reasons):
        told.append(HIDDEN)
    filed = case.filed
    entry = file.entry(filed.act)
    ends = [s for s in standing if isinstance(s, Done)]
    done = max([filed.filed_on, *(s.on for s in ends)])
    keys = row_keys(case)
    held = [nr for _, nr in case.holders]
    return row(
        keys[0], sources.region(case), _shown(file, entry, clues, sources), opened_on=filed.filed_on, done_on=done,
        missing=told, turns=sources.agreed(keys, held), again=[on for s in ends for on in s.again],
    )  # fmt: skip


def row_keys(case: Case) -> tuple[str, ...]:
    """By what keys a case's row is spoken of in reconciliations: its number and those that it bore."""
    return tuple(f"cases/{no}" for no in dict.fromkeys((case.id, case.number, *case.former_ids)))


def shares_clues(case: Case) -> bool:
    """Whether its row hangs on what discipline inspection did with a clue, which another dossier says."""
    return any(
        "discipline_referral" in e.facts.get("kind", ()) for e in case.entries if e.type == "DocumentShared"
    )


# --- what keeps it open ----------------------------------------------------------------------------------------


def _standing(file: File[Case], clues: Clues, sources: Sources) -> Iterator[Open | Done]:
    yield from _decisions(file, sources)
    yield _removal(file)
    yield from _referrals(file)
    yield from _clues(file, clues)


def _decisions(file: File[Case], sources: Sources) -> Iterator[Open | Done]:
    case = file.dossier
    sound = _sound(file, sources)
    without = [e for e in case.entries if e.type == "NoPenaltyDecided"]
    proven = [e for e in without if worth(e)]
    if proven:
        yield Done.since(map(file.day, proven))
    elif without and not case.decisions:
        yield Open(f"不予处罚{UNPROVEN}", types=("PenaltyDecided", "NoPenaltyDecided"))
    elif not case.decisions:
        yield Open("未作出处罚决定", types=("PenaltyDecided", "NoPenaltyDecided"))
    for decision in case.decisions.values():
        revoked = decision.revoked_on if not decision.stands(sources.as_of) else None
        by = file.entry(decision.revoked_by or "")
        if revoked is not None and (by is None or worth(by)):
            yield _revoked(file, decision, revoked)
            continue
        items = [_item(file, decision, number, item, sound) for number, item in enumerate(decision.items, 1)]
        yield from items
        if revoked is not None and any(isinstance(item, Open) for item in items):
            yield Open(f"{decision.no} 已登记撤销，但{UNPROVEN}", _told_revoked(decision), REVOKED_BY)


def _sound(file: File[Case], sources: Sources) -> Case:
    """The case as it is without what is only said, not shown (代录无件), or is disputed."""
    weak = {e.act.id for e in file.dossier.entries if e.type in ENFORCED_BY and not worth(e)}
    if not weak:
        return file.dossier
    return file.dossier.refold(tuple(a for a in file.dossier.acts if a.id not in weak), sources.registry)


def _revoked(file: File[Case], decision: Decision, on: date) -> Open | Done:
    """撤销 ends it lawfully, unless the court ordered it made anew and that was not done."""
    case = file.dossier
    anew = any(
        r.decision == decision.act and r.outcome == "revoked_and_remade" for r in case.remedies.values()
    )
    if anew and not any(d.replaces == decision.act for d in case.decisions.values()):
        return Open(
            f"{decision.no} 被判决撤销并责令重作，未重新作出",
            _told_revoked(decision),
            ("LawsuitDecided", "PenaltyReissued"),
        )
    return Done(on)


def _told_revoked(decision: Decision) -> tuple[str, ...]:
    return (decision.act, *((decision.revoked_by,) if decision.revoked_by else ()))


def _item(file: File[Case], decision: Decision, number: int, item: str, sound: Case) -> Open | Done:
    label = f"第{number}项（{ITEM_ZH[decision.items[item].kind]}）"
    known = sound.decisions.get(decision.act)
    done = decision.done.get(item)
    if done is not None and known is not None and item in known.done:
        return Done(done)
    if done is not None:
        return Open(f"{label}已登记履行、执行，但{UNPROVEN}", (decision.act,), PERFORMED_BY)
    ended = _terminated(file, sound, decision, item)
    if ended:
        return Done.since(ended)
    if _terminated(file, file.dossier, decision, item):
        return Open(f"{label}已登记终结执行，但{UNPROVEN}", (decision.act,), PERFORMED_BY)
    due = decision.due(item)
    if decision.paid.get(item) and due:
        return Open(f"{label}未缴清，尚欠 {yuan(due)} 元", (decision.act,), PERFORMED_BY)
    suspended = any(
        a.suspended and item in a.items
        for a in file.dossier.applications.values()
        if a.decision == decision.act
    )
    stopped = (
        "（执行中止）" if suspended and file.sees_types("ExecutionSuspended", "ExecutionResumed") else ""
    )
    return Open(f"{label}未履行、未执行{stopped}", (decision.act,), PERFORMED_BY)


def _terminated(file: File[Case], case: Case, decision: Decision, item: str) -> list[date]:
    """The days on which the court ended the execution of an item for good (终结执行), by what a case has of it."""
    found: list[date] = []
    for application in case.applications.values():
        covers = application.decision == decision.act and item in application.items
        if covers and application.ended == "terminated":
            found += [
                file.day(e)
                for e in case.entries
                if e.type == "ExecutionTerminated" and e.subjects.get("application") == application.act
            ]
    return sorted(found)


def _removal(file: File[Case]) -> Open | Done:
    verified = [e for e in file.dossier.entries if e.type == "RemovalVerified"]
    sound = [e for e in verified if worth(e) and getattr(e.act.event, "on_site", False)]
    if sound:
        return Done.since(map(file.day, sound))
    reported = any(e.type == "RemovalReported" for e in file.dossier.entries)
    if verified:
        why = "违法状态消除未经现场核实"
    elif reported and file.sees_types("RemovalReported"):
        why = "已报告消除违法状态，未经现场核实"
    else:
        why = "违法状态未经现场核实消除"
    return Open(why, types=("RemovalVerified",))


def _referrals(file: File[Case]) -> Iterator[Open | Done]:
    for matter in file.dossier.matters.values():
        if matter.kind not in REFERRED:
            continue
        answers = _answers(file, matter)
        proven = [on for on, sound in answers if sound]
        if proven:
            yield Done.since(proven)
        else:
            lacks = f"的答复{UNPROVEN}" if answers else "未见答复"
            why = " ".join(filter(None, (REFERRED[matter.kind].zh, matter.no, lacks)))
            yield Open(why, _sending(matter), _answering(matter))


def _sending(matter: Matter) -> tuple[str, ...]:
    """The acts that sent it: whoever is shown these knows of it, not of how the sender came to send it. While it is not
    sent, all of it is the sender's own."""
    sent = tuple(act for act, type_, _ in matter.stages if type_ in REFERRED[matter.kind].sent_by)
    return sent or tuple(act for act, _, _ in matter.stages)


def _answering(matter: Matter) -> tuple[str, ...]:
    """The types of act that answer it as it is."""
    spec = REFERRED[matter.kind]
    sent = any(type_ in spec.sent_by for _, type_, _ in matter.stages)
    return tuple(spec.answered_by) if sent else (NOT_SENT, *spec.answered_by)


def _answers(file: File[Case], matter: Matter) -> list[tuple[date, bool]]:
    """The day of each answer, and whether it is worth closing the row. What was confiscated is handed over: there the
    receipt is the answer."""
    answering = {NOT_SENT, *REFERRED[matter.kind].answered_by}
    known = [(on, file.entry(act)) for act, type_, on in matter.stages if type_ in answering]
    found = [(on, entry is not None and worth(entry)) for on, entry in known]
    if not found and matter.stages[0][1] == "ConfiscatedHandedOver":
        copies = (c for c in file.dossier.copies.values() if c.act == matter.act)
        came = (receipt(file, c) for c in copies)
        found = [(file.day(one[1]), worth(one[1])) for one in came if one is not None]
    return found


def _answered(file: File[Case], matter: Matter) -> date | None:
    """The day of the latest answer, whatever it is worth."""
    return max((on for on, _ in _answers(file, matter)), default=None)


def _clues(file: File[Case], clues: Clues) -> Iterator[Open | Done]:
    """问题线索: handled, where the viewer may know of the referral; else that it was received is all that can be told.
    Whoever is not shown what was shared is not to gather from the row that anything was."""
    for number, act, came, proven in _clue_shares(file):
        if not file.sees(act):
            continue
        referral = clues.get(same_number(number))
        if referral is not None:
            handled = referral.handled_on
            yield Done(handled) if handled is not None else Open(f"问题线索 {number} 未见处置", (act,))
        elif came is None:
            yield Open(f"问题线索移送书 {number} 未见纪检监察机关签收", (act,))
        elif not proven:
            yield Open(f"问题线索移送书 {number} 的签收{UNPROVEN}", (act,))
        else:
            yield Done(came)


def _clue_shares(file: File[Case]) -> Iterator[tuple[str, str, date | None, bool]]:
    """(number, act, day received, whether that is worth closing the row) of each discipline referral that was shared with
    discipline inspection in the case."""
    for entry in file.dossier.entries:
        event: Any = entry.act.event
        if entry.type != "DocumentShared" or "discipline_referral" not in entry.facts.get("kind", ()):
            continue
        copies = [c for c in file.dossier.copies.values() if c.act == entry.act.id]
        to = [c for c in copies if c.recipient.startswith("discipline.")]
        came = [found[1] for c in to if (found := receipt(file, c)) is not None]
        came.sort(key=worth, reverse=True)
        if to:
            on = file.day(came[0]) if came else None
            yield event.document_no, entry.act.id, on, bool(came) and worth(came[0])


# --- its columns -----------------------------------------------------------------------------------------------


def _shown(file: File[Case], entry: Entry | None, clues: Clues, sources: Sources) -> dict[str, Any]:
    case = file.dossier
    filed = case.filed
    place = filed.place
    event: Any = entry.act.event if entry is not None else None
    decisions = [d for d in case.decisions.values() if file.sees(d.act)]
    applications = [a for a in case.applications.values() if file.sees(a.act)]
    seen = [e for e in case.entries if not e.void and file.sees(e.act.id)]
    return {
        "case": case.number,
        "former_numbers": [no for no in dict.fromkeys((case.id, *case.former_ids)) if no != case.number],
        "title": filed.title,
        "source": getattr(event, "source", None),
        "parties": list(filed.parties.values()),
        "place": {"region": place.region, "address": place.address},
        "violation": filed.violation,
        "area_m2": place.area_m2, "farmland_m2": place.farmland_m2, "basic_farmland_m2": place.basic_farmland_m2,
        "area_mu": mu(place.area_m2), "farmland_mu": mu(place.farmland_m2),
        "basic_farmland_mu": mu(place.basic_farmland_m2),
        "filed_on": filed.filed_on.isoformat(),
        "decisions": [_decision(file, d, sources.as_of) for d in decisions],
        "remedies": [_remedy(file, r) for r in case.remedies.values() if file.sees(r.act)],
        "demanded_on": [text_of(on) for d in decisions for act, on in d.demanded if file.sees(act)],
        "windows": _windows(file),
        "applications": [_application(file, a) for a in applications],
        "fines": _fines(file, [d for d in decisions if d.stands(sources.as_of) or not _sees_revoked(file, d)]),
        "referrals": list(_referred(file, clues)),
        "removal_verified_on": _verified_on(file),
        "nr": case.home(sources.registry, sources.as_of),
        "officer": _officer(case, sources),
        "evidence": weakest(tuple(e.evidence for e in seen)),
        "remarks": list(_remarks(file)),
    }  # fmt: skip


def _decision(file: File[Case], d: Decision, as_of: date) -> dict[str, Any]:
    served = [day for act, (_, day) in d.served.items() if file.sees(act)]
    return {
        "decision_no": d.no,
        "decided_on": d.decided_on.isoformat(),
        "served_on": text_of(max(served, default=None)),
        "revoked_on": text_of(d.revoked_on) if _sees_revoked(file, d) else None,
        "items": [
            {
                "item": item, "kind": it.kind, "amount_yuan": it.amount_yuan, "area_m2": it.area_m2,
                "area_mu": mu(it.area_m2), "what": it.what, **_result(file, d, item, as_of),
            }
            for item, it in d.items.items()
        ],
    }  # fmt: skip


def _result(file: File[Case], d: Decision, item: str, as_of: date) -> dict[str, Any]:
    """逐项执行结果: performed, executed, terminated, partly, revoked or pending; None where the viewer is not to know."""
    ended = _terminated(file, file.dossier, d, item)
    done = d.done.get(item)
    if not d.stands(as_of) and _sees_revoked(file, d):
        return {"result": "revoked", "done_on": text_of(d.revoked_on)}
    if not file.sees_types(*PERFORMED_BY):
        return {"result": None, "done_on": None}
    if done is not None:
        own = all((item, p) in d.performed for p in d.parties)
        return {"result": "performed" if own else "executed", "done_on": text_of(done)}
    if ended:
        return {"result": "terminated", "done_on": text_of(ended[0])}
    begun = bool(d.paid.get(item)) or any(i == item for i, _ in (*d.performed, *d.executed))
    return {"result": "partly" if begun else "pending", "done_on": None}


def _sees_revoked(file: File[Case], d: Decision) -> bool:
    return d.revoked_by is None or file.sees(d.revoked_by)


def _remedy(file: File[Case], r: Remedy) -> dict[str, Any]:
    told = r.decided_by is not None and file.sees(r.decided_by)
    return {
        "kind": r.kind, "on": r.on.isoformat(), "no": r.no, "court": r.court, "outcome": r.outcome if told else None,
        "effective_on": text_of(r.effective_on) if told else None,
    }  # fmt: skip


def _windows(file: File[Case]) -> list[dict[str, Any]]:
    """最早、最迟申请日, for each decision and group of items with a suit term of its own."""
    return [
        {"from": text_of(d.not_before), "to": text_of(d.due_on)}
        for d in file.duties
        if d.row.kind == "duty" and d.row.remedy is None and d.not_before is not None
        and any(m.event == "EnforcementApplied" for m in d.row.discharged_by)
    ]  # fmt: skip


def _application(file: File[Case], a: Application) -> dict[str, Any]:
    """How it fares is empty where that is not shown, also while there is nothing to show."""
    case = file.dossier
    told = file.sees_types(*LEFT_BY)
    filed = [e for e in case.entries if e.type == "ExecutionFiled" and e.subjects.get("application") == a.act]
    return {
        "application_no": a.no,
        "applied_on": a.applied_on.isoformat(),
        "court": a.court,
        "review_case_no": a.review_case_no if told else None,
        "accepted_on": text_of(a.accepted_on) if told else None,
        "acceptance_received_on": text_of(a.received_on) if told else None,
        "ended": (a.ended or None) if told else None,
        "suspended": a.suspended if told else None,
        "execution_case_no": getattr(filed[-1].act.event, "execution_case_no", None)
        if filed and told
        else None,
        "rulings": [
            _ruling(file, r) for r in case.rulings.values() if r.application == a.act and file.sees(r.act)
        ],
    }


def _ruling(file: File[Case], r: Ruling) -> dict[str, Any]:
    """`executor`: who carries it out: the court, the agency designated, or "government" while none is."""
    executor = r.executing_agency or ("government" if r.executor == "government" else None)
    if r.result == "granted" and r.executor == "court":
        executor = file.dossier.applications[r.application].court
    return {
        "ruling_no": r.no, "result": r.result, "items": list(r.items), "made_on": r.made_on.isoformat(),
        "received_on": text_of(r.received_on) if file.sees_types("RulingReceived") else None,
        "executor": executor if r.result == "granted" else None,
        "revoked": r.revoked,
    }  # fmt: skip


def _fines(file: File[Case], decisions: list[Decision]) -> dict[str, Any]:
    """罚款应缴、实缴、加处, of the decisions that stand; None where none was imposed."""
    return {
        **_money(file, decisions, "fine", "due", "paid"),
        **_money(file, decisions, "late_payment", "surcharge", "surcharge_paid"),
    }


def _money(
    file: File[Case], decisions: list[Decision], kind: str, due: str, paid: str
) -> dict[str, str | None]:
    imposed = [
        (Decimal(it.amount_yuan or 0), d.paid.get(item, Decimal(0)))
        for d in decisions
        for item, it in d.items.items()
        if it.kind == kind
    ]
    if not imposed:
        return {due: None, paid: None}
    told = file.sees_types("FinePaid", "Performed")
    return {
        due: yuan(sum((amount for amount, _ in imposed), Decimal(0))),
        paid: yuan(sum((sum_ for _, sum_ in imposed), Decimal(0))) if told else None,
    }


def _referred(file: File[Case], clues: Clues) -> Iterator[dict[str, Any]]:
    for m in file.dossier.matters.values():
        if m.kind not in REFERRED or not file.sees(*_sending(m)):
            continue
        sent = next((day for _, type_, day in m.stages if type_ == "CrimeReferred"), m.opened_on)
        shown = [type_ for act, type_, _ in m.stages if file.sees(act)]
        told = file.sees_types(*_answering(m))
        yield {
            "kind": m.kind, "no": m.no, "on": sent.isoformat(), "to": list(m.to), "stage": shown[-1],
            "outcome": m.outcome if told else None, "answered_on": text_of(_answered(file, m)) if told else None,
        }  # fmt: skip
    for number, act, came, _ in _clue_shares(file):
        if file.sees(act):
            referral = clues.get(same_number(number))
            entry = file.entry(act)
            yield {
                "kind": "discipline", "no": number, "on": text_of(entry.on if entry is not None else None),
                "to": [referral.addressee] if referral is not None else [], "stage": "DocumentShared",
                "outcome": referral.disposition if referral is not None else None,
                "answered_on": text_of(referral.handled_on if referral is not None else came),
            }  # fmt: skip


def _verified_on(file: File[Case]) -> str | None:
    found = [
        file.day(e)
        for e in file.dossier.entries
        if e.type == "RemovalVerified" and getattr(e.act.event, "on_site", False) and file.sees(e.act.id)
    ]
    return text_of(max(found, default=None))


def _officer(case: Case, sources: Sources) -> str | None:
    """承办人: the officer of the department in charge who signed last."""
    home = case.home(sources.registry, sources.as_of)
    signed = [a.officer for a in case.acts if a.agency == a.signer == home]
    if not signed:
        return None
    officer = sources.registry.officers.get(signed[-1])
    return officer.name if officer is not None else signed[-1]


def _remarks(file: File[Case]) -> Iterator[str]:
    case = file.dossier
    if case.filed.carried:
        yield "存量结转"
    for transfer in case.transfers.values():
        if transfer.accepted_on is not None and file.sees(transfer.act):
            yield f"{zh(transfer.accepted_on)}移交管辖"
    if case.split_into and file.sees_types("CaseSplit"):
        yield f"分案：{'、'.join(case.split_into)}"
    if case.joined_with and file.sees_types("CasesJoined"):
        yield f"并案：{'、'.join(case.joined_with)}"
    closing = (e.act.id for e in case.entries if e.type == "CaseClosed")
    if case.closed_on is not None and file.sees(*closing):
        yield f"{zh(case.closed_on)}结案"
    for entry in case.entries:
        if entry.type == "RoundTerminated" and file.sees(entry.act.id):
            yield f"{zh(entry.on)}{EVENTS['RoundTerminated'].zh}"
