"""文书账: every paper that agencies send each other, to whom it went and whether it came.

Source: 拉萨实施意见 四（三）: “将……违法情况报告、行政处罚决定、强制执行申请书、法院裁定、问题线索移送书、涉嫌犯罪案件移送书等法律
文书信息与……共享，并建立台账，定期核账销账，落实闭环管理”. A row closes when all its papers, and the answer where one is
owed, are sent and acknowledged (有件 or better), or when it is written off by agreement.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.acts import EVENTS
from domain.cases import Case
from domain.discipline import Referral
from domain.duties import Duty, state
from domain.entries import Dossier, Entry
from domain.meetings import Item, Meeting
from domain.terms import working_days_after
from domain.values import same_number
from gongze.books import enforcement
from gongze.books.receipts import Delivery, copies_of, lacking, owed, sent, weakest, worth
from gongze.books.rows import Row, row, text_of
from gongze.books.sources import File, Sources

REGISTERS = {
    "enforcement": "强制执行", "violation_report": "违法情况报告", "penalty_decision": "行政处罚决定",
    "enforcement_application": "强制执行申请书", "court_ruling": "法院裁定", "discipline_referral": "问题线索移送书",
    "crime_referral": "涉嫌犯罪案件移送书", "assistance": "协助执行", "suggestions": "检察建议",
    "supervision": "检察监督", "meeting_items": "会议纪要事项",
}  # fmt: skip
"""The registers of the book, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Shared:
    """One of the six shared documents. `subject`: what acts about it name it by; `sent_by`: acts that send it beside
    DocumentShared."""

    subject: str
    sent_by: frozenset[str] = frozenset()


SHARED = {
    "violation_report": Shared("report", frozenset({"ViolationReported", "ViolationCopied"})),
    "penalty_decision": Shared("decision"),
    "enforcement_application": Shared("application", frozenset({"ApplicationCopied"})),
    "court_ruling": Shared("ruling", frozenset({"RulingCopied"})),
    "crime_referral": Shared("crime", frozenset({"CrimeReferred", "ReferralPassedOn"})),
}


@dataclass(frozen=True, slots=True)
class Answered:
    """A paper that asks for an answer: the acts that are one, or that lift it, and what is said while there is none or
    where it failed, unless it was asked anew since, or done on a later day."""

    subject: str
    by: frozenset[str]
    waiting: str
    lifted_by: str
    failed: str | None = None
    asked_anew_by: str | None = None
    done_after_all_by: str | None = None


ANSWERED = {
    "assistance": Answered(
        "assistance", frozenset({"AssistanceProvided", "AssistanceDeclined", "AssistanceCancelled"}),
        "未答复、未到场", "AssistanceCancelled", "AssistanceNotRendered", "AssistanceRescheduled",
        "AssistanceProvided",
    ),
    "suggestions": Answered(
        "suggestion", frozenset({"SuggestionReplied", "SuggestionWithdrawn"}), "未回复", "SuggestionWithdrawn"
    ),
    "supervision": Answered(
        "supervision",
        frozenset({"SupervisionDecisionServed", "SupervisionNotAccepted", "SupervisionWithdrawn"}),
        "未送达处理决定", "SupervisionWithdrawn",
    ),
}  # fmt: skip


def book(sources: Sources) -> dict[str, list[Row]]:
    """All registers of the book as of the day."""
    found: dict[str, list[Row]] = {name: [] for name in REGISTERS}
    found["enforcement"] = enforcement.rows(sources)
    shared: list[_Line] = []
    for file in sources.cases:
        for line in (*_documents(file, sources), *_matters(file, sources)):
            found[line.register].append(_row(line, file, sources))
        shared += _discipline_shares(file, sources)
    by_number: _Shares = {}
    for line in shared:
        by_number.setdefault((line.by, same_number(line.number or "")), []).append(line)
    for referral in sources.referrals:
        found["discipline_referral"] += _referral(referral, by_number, sources)
    found["discipline_referral"] += [_row(line, line.file, sources) for line in shared if not line.taken]
    for meeting in sources.meetings:
        found["meeting_items"] += _items(meeting, sources)
    for name, lines in found.items():
        if name != "enforcement":
            lines.sort(key=lambda r: (r.shown["opened_on"], r.shown["case"], r.key))
    return found


@dataclass(slots=True)
class _Line:
    """A row in the making. `lifted`: since when it is withdrawn by whoever sent it. `taken`: it is shown in another row."""

    register: str
    id: str
    file: File[Any]
    number: str | None
    by: str | None
    made_on: date | None
    opened_on: date
    deliveries: list[Delivery]
    grades: list[Any]
    parties: tuple[str, ...] = ()
    answer: dict[str, Any] | None = None
    missing: tuple[str, ...] = ()
    days: tuple[date, ...] = ()
    lifted: date | None = None
    taken: bool = False


_Shares = dict[tuple[str | None, str], list[_Line]]
"""What was shared of discipline referrals, by who shared it and their number as it is compared."""


def _row(line: _Line, file: File[Any], sources: Sources) -> Row:
    why = lacking(line.deliveries, sources)
    if not line.deliveries:
        why.append("未见送出、共享的记录")
    why += line.missing
    grades = (*line.grades, *(g for d in line.deliveries for g in d.grades))
    shown: dict[str, Any] = {
        "case": file.dossier.id,
        "parties": list(line.parties),
        "document_no": line.number,
        "made_by": line.by,
        "made_on": text_of(line.made_on),
        "deliveries": [d.json() for d in line.deliveries],
        "evidence": weakest(grades),
    }
    if line.register in ANSWERED:
        shown["answer"] = line.answer
    key = f"papers/{line.register}/{line.id}"
    done = max(
        [line.opened_on, *line.days, *(d.counted_on for d in line.deliveries if d.counted_on is not None)]
    )
    if line.lifted is not None:  # off the books that day, whatever came later, unless it was complete before
        done, why = line.lifted if why else min(done, line.lifted), []
    concerned = [
        line.by,
        *(d.to for d in line.deliveries),
        file.dossier.home(sources.registry, sources.as_of),
    ]
    return row(
        key, sources.region(file.dossier), shown, opened_on=line.opened_on, done_on=done, missing=why,
        turns=sources.agreed((key,), (a for a in concerned if a)),
    )  # fmt: skip


# --- the six shared documents ----------------------------------------------------------------------------------


def _documents(file: File[Case], sources: Sources) -> Iterator[_Line]:
    case = file.dossier
    made: list[tuple[str, str, str | None]] = [
        ("violation_report", e.act.id, getattr(e.act.event, "report_no", None))
        for e in case.entries
        if e.type == "ViolationReported" and e.stands_for is None
    ]
    made += [("penalty_decision", d.act, d.no) for d in case.decisions.values()]
    made += [("enforcement_application", a.act, a.no) for a in case.applications.values()]
    made += [("court_ruling", r.act, r.no) for r in case.rulings.values()]
    referred = {e.subjects.get("crime") for e in case.entries if e.type == "CrimeReferred"}
    made += [
        ("crime_referral", m.act, m.no)
        for m in case.matters.values()
        if m.kind == "crime" and m.act in referred
    ]
    for register, id_, number in made:
        line = _document(file, register, id_, number, sources)
        if line is not None:
            yield line


def _document(
    file: File[Case], register: str, id_: str, number: str | None, sources: Sources
) -> _Line | None:
    """The row of a document, unless an old case brought it (it was sent before there was a ledger) or it is no concern
    of the viewer's: shown to it by its part in the case, while nothing of it was or is to be sent that it may see.
    Whom it was sent to without a part in the case has the row too, by what was sent."""
    spec = SHARED[register]
    entry = _made(file, register, id_)
    if entry is None or "prior" in entry.facts:
        return None
    mine = [
        e
        for e in file.dossier.entries
        if e.subjects.get(spec.subject) == id_
        and (e.type in spec.sent_by or (e.type == "DocumentShared" and register in e.facts.get("kind", ())))
    ]
    found = _to_each(file, mine, id_, sources, key=lambda d: d.to)
    if not file.sees(entry.act.id):
        return _told(file, register, id_, number, found)
    if not found and file.reader is not None and "nr" not in file.reader.roles:
        return None
    by, made_on = _author(file.dossier, register, id_, entry)
    return _Line(register, id_, file, number, by, made_on, file.day(entry), found, [entry.evidence],
                 _parties(file))  # fmt: skip


def _told(
    file: File[Case], register: str, id_: str, number: str | None, deliveries: list[Delivery]
) -> _Line | None:
    """The row of a paper of which the viewer is shown no more than what it was sent."""
    mine = file.reader.stands_in_for if file.reader is not None else frozenset()
    sent_to = [d for d in deliveries if d.to in mine]
    days = [d.sent_on for d in sent_to if d.sent_on is not None]
    if not days:
        return None
    return _Line(register, id_, file, number, None, None, min(days), sent_to, [], _parties(file))


def _made(file: File[Case], register: str, id_: str) -> Entry | None:
    """The entry that made a document: a criminal referral's is the referral, not the report before it."""
    if register == "crime_referral":
        referred = [
            e for e in file.dossier.entries if e.type == "CrimeReferred" and e.subjects.get("crime") == id_
        ]
        return referred[0] if referred else None
    return file.entry(id_)


def _author(case: Case, register: str, id_: str, entry: Entry) -> tuple[str, date]:
    if register == "court_ruling":
        ruling = case.rulings[id_]
        return case.applications[ruling.application].court, ruling.made_on
    return entry.act.agency, entry.on


def _parties(file: File[Case]) -> tuple[str, ...]:
    filing = file.dossier.filing
    listed = file.reader is None or file.reader.sees_it
    return tuple(filing.parties.values()) if filing is not None and listed else ()


def _to_each(
    file: File[Dossier],
    entries: Iterable[Entry],
    id_: str,
    sources: Sources,
    *,
    key: Callable[[Delivery], Any],
) -> list[Delivery]:
    """What these acts sent: of several with the same key the one that came, else the last; then what is still owed."""
    best: dict[Any, Delivery] = {}
    for entry in entries:
        for copy in copies_of(file, entry.act.id):
            delivery = sent(file, copy, _duty(file, copy.type, id_, copy.recipient), sources)
            known = best.get(key(delivery))
            if known is None or not known.done:
                best[key(delivery)] = delivery
    reached = {d.to for d in best.values()}
    for duty in file.duties:
        shares = any(m.event == "DocumentShared" for m in duty.row.discharged_by)
        if shares and duty.subject == id_ and _runs(duty, sources):
            for to in duty.recipients:
                if to not in reached:
                    best[to] = owed("DocumentShared", to, duty, sources)
                    reached.add(to)
    return list(best.values())


def _duty(file: File[Dossier], type_: str, id_: str, to: str) -> Duty | None:
    """The duty about a thing that an act of this type to this agency discharges."""
    for duty in file.duties:
        meant = duty.subject == id_ and (not duty.recipients or to in duty.recipients)
        if meant and duty.row.kind == "duty" and any(m.event == type_ for m in duty.row.discharged_by):
            return duty
    return None


def _runs(duty: Duty, sources: Sources) -> bool:
    ended = ("cancelled", "history", "not_running", "discharged", "discharged_late")
    return state(duty, sources.as_of, sources.rules).state not in ended


# --- papers that ask for an answer -----------------------------------------------------------------------------


def _matters(file: File[Case], sources: Sources) -> Iterator[_Line]:
    case = file.dossier
    asked = [("suggestions", s.act, s.no) for s in case.suggestions.values()]
    asked += [(m.kind, m.act, m.no or m.act) for m in case.matters.values() if m.kind in ANSWERED]
    for register, id_, number in asked:
        entry = file.entry(id_)
        if entry is None or "prior" in entry.facts:
            continue
        spec = ANSWERED[register]
        about = [
            e
            for e in case.entries
            if e.subjects.get(spec.subject) == id_ and e.type != "DocumentShared" and file.sees(e.act.id)
        ]
        # a receipt, too, is about what it acknowledges, but sends nothing
        found = _to_each(file, about, id_, sources, key=lambda d: (d.what, d.to))
        if not file.sees(id_):
            told = _told(file, register, id_, number, found)
            if told is not None:
                yield told
            continue
        answers = [e for e in about if e.type in spec.by and worth(e)]
        given = [file.day(e) for e in answers if e.type != spec.lifted_by]
        why = () if given else (spec.waiting,)
        if spec.failed and _failed(spec, about):
            why = (EVENTS[spec.failed].zh,)
        lifted = [file.day(e) for e in answers if e.type == spec.lifted_by]
        yield _Line(
            register, id_, file, number, entry.act.agency, entry.on, file.day(entry), found, [entry.evidence],
            _parties(file), _answer(file, spec, id_, answers, sources), why, tuple(given[:1]),
            min(lifted, default=None),
        )  # fmt: skip


def _failed(spec: Answered, about: Iterable[Entry]) -> bool:
    """Whether whoever asked says that it was not done as asked: of that day the other's word does not count."""
    failed: Entry | None = None
    for entry in about:
        if entry.type == spec.failed and not entry.disputed:
            failed = entry
        elif failed is not None and _mends(spec, entry, failed):
            failed = None
    return failed is not None


def _mends(spec: Answered, entry: Entry, failed: Entry) -> bool:
    if entry.type == spec.asked_anew_by:
        return not entry.disputed
    return entry.type == spec.done_after_all_by and worth(entry) and entry.on > failed.on


def _answer(
    file: File[Case], spec: Answered, id_: str, answers: list[Entry], sources: Sources
) -> dict[str, Any] | None:
    """The first answer, or when it is due."""
    duty = next(
        (
            d
            for d in file.duties
            if d.subject == id_
            and d.row.kind == "duty"
            and any(m.event in spec.by for m in d.row.discharged_by)
        ),
        None,
    )
    if duty is None and not answers:
        return None
    answered = file.day(answers[0]) if answers else None
    last = (duty.strict_due_on or duty.due_on) if duty is not None else None
    late = None
    if duty is not None and last is not None:
        late = working_days_after(last, answered or sources.as_of, sources.rules.calendar, duty.region)
    return {
        "what": answers[0].type if answers else None,
        "due_on": text_of(duty.due_on) if duty is not None else None,
        "on": text_of(answered),
        "days_late": late,
    }


# --- discipline referrals --------------------------------------------------------------------------------------


def _discipline_shares(file: File[Case], sources: Sources) -> list[_Line]:
    """Shared discipline referrals: of those that discipline inspection alone reads, the others see number and date."""
    found = []
    for entry in file.dossier.entries:
        if entry.type != "DocumentShared" or "discipline_referral" not in entry.facts.get("kind", ()):
            continue
        sight = file.sight(entry.act.id)
        event: Any = entry.act.event
        copies = [c for c in file.dossier.copies.values() if c.act == entry.act.id]
        if sight == "number_and_date":
            copies = [c for c in copies if c.recipient == sources.agency]
        elif sight != "all":
            continue
        lines = [sent(file, copy, None, sources) for copy in copies]
        by = entry.act.agency if sight == "all" else None
        line = _Line("discipline_referral", entry.act.id, file, event.document_no, by, entry.on, file.day(entry), lines,
                     [entry.evidence])  # fmt: skip
        found.append(line)
    return found


def _referral(file: File[Referral], shared: _Shares, sources: Sources) -> Iterator[Row]:
    """A clue referred, with what was shared of it in the cases by the same number."""
    referral = file.dossier
    entry = file.entry(referral.act)
    if referral.kind != "clue" or entry is None or not file.sees(referral.act):
        return
    found = _to_each(file, [entry], referral.act, sources, key=lambda d: d.to)
    for line in shared.get((referral.by, same_number(referral.no)), ()) if referral.no else ():
        line.taken = True
        reached = {d.to for d in line.deliveries}
        found = [d for d in found if d.state != "not_sent" or d.to not in reached]
        found += [d for d in line.deliveries if d.to not in {known.to for known in found}]
    yield _row(
        _Line("discipline_referral", referral.act, file, referral.no, referral.by, entry.on, file.day(entry), found,
              [entry.evidence]), file, sources,
    )  # fmt: skip


# --- items of agreed minutes -----------------------------------------------------------------------------------


def _items(file: File[Meeting], sources: Sources) -> Iterator[Row]:
    minutes = file.dossier.minutes
    if minutes is None or minutes.agreed_on is None or not file.sees(minutes.act):
        return
    for item in minutes.items.values():
        yield _item(file, item, minutes.agreed_on, sources)


def _item(file: File[Meeting], item: Item, agreed_on: date, sources: Sources) -> Row:
    meeting = file.dossier
    id_ = f"{meeting.id}#{item.no}"
    key = f"papers/meeting_items/{id_}"
    reported = item.reported[-1] if item.reported else None
    entry = file.entry(reported[0]) if reported is not None else None
    why = [] if item.closed_on is not None else ["已报告，未经召集单位办结" if reported else "未报告落实情况"]
    shown: dict[str, Any] = {
        "case": meeting.id,
        "parties": [],
        "document_no": item.no,
        "made_by": meeting.convener,
        "made_on": agreed_on.isoformat(),
        "text": item.text,
        "holder": item.holder,
        "due_on": text_of(item.due_on),
        "reported_on": text_of(reported[1]) if reported is not None else None,
        "deliveries": [],
        "evidence": entry.evidence if entry is not None else "signed",
    }
    return row(
        key, sources.region(meeting), shown, opened_on=agreed_on, done_on=item.closed_on, missing=why,
        turns=sources.agreed((key,), (meeting.convener, item.holder)),
    )  # fmt: skip


def all_rows(registers: Mapping[str, list[Row]]) -> Iterator[Row]:
    for lines in registers.values():
        yield from lines
