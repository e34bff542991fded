"""核账: what is open, overdue, not acknowledged, unconfirmed or contradictory between agencies.

Sources: 拉萨实施意见 四（三）; 台账运行规则 代录 (whose lateness counts: `domain.duties.late_counts`). What was agreed to be off the
books is not looked at again; lateness that is over, and irregularities, are listed as long as their case is on them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.acts import EVENTS, Act
from domain.cases import Case, fold
from domain.cases.folding import corrected, evolve
from domain.cases.irregular import irregularities
from domain.duties import Duty, late_counts, state
from domain.entries import Copy, Dossier, Entry
from domain.reconciling import Reconciliation
from domain.refusal import Refusal
from domain.terms import working_days_after
from domain.values import Ref
from gongze.books import cases, papers
from gongze.books.receipts import receipt
from gongze.books.rows import text_of
from gongze.books.sources import File, Sources
from projections.rows import COPIES

KIND_ZH = {
    "overdue": "逾期未办", "not_acknowledged": "未签收", "receipt_unconfirmed": "未确认收到",
    "dates_contradict": "日期不一致", "numbers_differ": "文号不一致", "late": "逾期办结", "irregular": "不规范",
    "unconfirmed": "未经对方确认", "disputed": "有争议", "missing_row": "账上缺漏",
}  # fmt: skip
"""The kinds of differences, in the order in which they are listed."""
CONTRADICTIONS = ("dates_contradict", "numbers_differ", "results_contradict")
SHOWN_OTHERWISE = frozenset({"disputed"})
GRADE_ZH = {"attested_doc": "代录有件", "attested_oral": "代录无件"}


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says of a paper: the day and the number."""

    on: date | None = None
    no: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """`case`: the dossier's id; `days`: working days since it began, or by which it was late, 0 where none are counted.
    `code`: of an irregularity; `act`: the statement it is about; `open`: whether anything can still be done about it.
    `sent`: what whoever sent, or did, it says; `got`: what the other side signed for, or has in its own records."""

    kind: str
    case: str
    agencies: tuple[str, ...]
    duty: str | None
    days: int
    what: str
    source: str | None = None
    act: str | None = None
    code: str | None = None
    sent: Side = Side()
    got: Side = Side()

    @property
    def open(self) -> bool:
        return self.kind != "irregular" or self.code in CONTRADICTIONS

    def json(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "case": self.case, "agencies": list(self.agencies), "duty": self.duty, "days": self.days,
            "what": self.what, "source": self.source, "act": self.act, "code": self.code, "open": self.open,
            "sent_on": text_of(self.sent.on), "sent_no": self.sent.no,
            "got_on": text_of(self.got.on), "got_no": self.got.no,
        }  # fmt: skip


def differences(sources: Sources) -> list[Difference]:
    """All differences as of the day; where the sources are one agency's, those that concern it."""
    on_books = {row.key.partition("/")[2]: row.life for row in cases.book(sources)}
    settled = _settled(sources)
    found: list[Difference] = []
    for file in sources.files:
        agreed = _off_by_agreement(file, sources)
        if agreed:
            continue
        life = on_books.get(file.dossier.id)
        listed = life is None or life.closed_on is None
        found += _of_duties(file, sources, past=listed)
        found += _of_copies(file, sources, settled)
        if isinstance(file.dossier, Case):
            found += _of_entries(file, sources)
            found += _receipts(file, file.dossier, sources)
            found += _contradictions(file, file.dossier, sources)
        if listed:
            found += _irregular(file, sources)
    homes = _homes(sources) if any(file.dossier.open_differences for file in sources.rounds) else {}
    for file in sources.rounds:
        found += _raised(file, file.dossier, sources, homes)
    order = {kind: place for place, kind in enumerate(KIND_ZH)}
    mine = (d for d in found if sources.agency is None or sources.agency in d.agencies)
    return sorted(dict.fromkeys(mine), key=lambda d: (order[d.kind], -d.days, d.case, d.duty or "", d.what))


def between(found: Iterable[Difference], one: str, other: str) -> list[Difference]:
    """What lies between two agencies."""
    return [d for d in found if {one, other} <= set(d.agencies)]


def _off_by_agreement(file: File[Dossier], sources: Sources) -> bool:
    """Whether a case is off the books because that was agreed, whatever is still missing in it."""
    case = file.dossier
    if not isinstance(case, Case) or case.filing is None:
        return False
    keys = [f"cases/{no}" for no in dict.fromkeys((case.id, case.number, *case.former_ids))]
    turns = [
        t for t in sources.agreed(keys, (nr for _, nr in case.holders)) if t.stage in ("agreed", "reinstated")
    ]
    return bool(turns) and turns[-1].stage == "agreed"


# --- duties ----------------------------------------------------------------------------------------------------


def _of_duties(file: File[Dossier], sources: Sources, *, past: bool) -> Iterator[Difference]:
    for duty in file.duties:
        standing = state(duty, sources.as_of, sources.rules)
        overdue, late = standing.state == "overdue", standing.state == "discharged_late"
        handed_on = duty.handed_to is not None  # the row that it was handed on to tells its lateness
        if duty.row.kind != "duty" or handed_on or not (overdue or (late and past)):
            continue
        counts = late_counts(duty, sources.registry, sources.as_of)
        kind = ("overdue" if overdue else "late") if counts else "unconfirmed"
        what = f"{duty.row.name_zh}：应于 {duty.strict_due_on or duty.due_on} 前"
        what += "，尚未办理" if overdue else f"，实于 {duty.discharged_on} 办理"
        if not counts:
            what += "（未经对方确认，不计逾期）"
        agencies = (a for a in (duty.holder, *duty.recipients) if a in sources.registry.agencies)
        yield Difference(
            kind, file.dossier.id, _unique(*agencies), duty.row.id,
            standing.overdue_working_days, what, duty.row.source, duty.discharged_by or duty.opened_by,
            None, *_by_copy(file, duty),
        )  # fmt: skip


def _by_copy(file: File[Dossier], duty: Duty) -> tuple[Side, Side]:
    """Of a duty that a paper discharged: when it went, and when it was signed for."""
    for copy in file.dossier.copies.values():
        if copy.act == duty.discharged_by and file.sees(copy.act) and copy.recipient in duty.recipients:
            number = copy.numbers[0] if copy.numbers else None
            came = receipt(file, copy)
            got = Side(came[0], number) if came is not None and file.sees(came[1].act.id) else Side()
            return Side(duty.discharged_on, number), got
    return Side(), Side()


def _receipts(file: File[Dossier], case: Case, sources: Sources) -> Iterator[Difference]:
    """The court has stated its act, the department has not said that it received it: no copy is due before that."""
    for application in case.applications.values():
        nr = case.nr_on(application.applied_on)
        if (
            application.accepted_on is not None
            and application.accepted_by_court
            and application.received is None
        ):
            yield Difference(
                "receipt_unconfirmed", case.id, _unique(nr, application.court), "confirm_acceptance_receipt",
                _since(application.accepted_on, nr, sources),
                f"法院 {application.accepted_on} 受理，未登记取得受理通知书", "拉萨实施意见 三（六）", application.act,
                sent=Side(application.accepted_on, application.review_case_no),
            )  # fmt: skip
    for ruling in case.rulings.values():
        if ruling.by_court and ruling.received is None and not ruling.revoked:
            application = case.applications[ruling.application]
            nr = case.nr_on(application.applied_on)
            yield Difference(
                "receipt_unconfirmed", case.id, _unique(nr, application.court), "confirm_ruling_receipt",
                _since(ruling.made_on, nr, sources),
                f"法院 {ruling.made_on} 裁定（{ruling.no or '未填文号'}），未登记收到裁定", "拉萨实施意见 三（六）", ruling.act,
                sent=Side(ruling.made_on, ruling.no),
            )  # fmt: skip


# --- papers ----------------------------------------------------------------------------------------------------


def _settled(sources: Sources) -> set[tuple[str, str]]:
    """The papers, by act and recipient, of which no row is on the books any more: what is withdrawn, or was agreed to be
    written off, is not waited for."""
    on: set[tuple[str, str]] = set()
    off: set[tuple[str, str]] = set()
    applications: dict[str, set[tuple[str, str]]] = {}
    waiting = tuple(
        f for f in sources.cases if any(c.acknowledged is None for c in f.dossier.copies.values())
    )  # of a case where all was signed for nothing is asked
    for row in papers.all_rows(papers.book(replace(sources, cases=waiting, meetings=()))):
        known = on if row.life.closed_on is None else off
        known |= {(d["act"], d["to"]) for d in row.shown.get("deliveries", ())}
        if "application" in row.shown and (known is on or row.shown["ground"] is not None):
            applications[row.shown["application"]] = known
    for file in waiting:
        for copy in file.dossier.copies.values():
            entry = file.entry(copy.act) if copy.type in COPIES.values() else None
            if entry is not None and entry.subjects.get("application") in applications:
                applications[entry.subjects["application"]].add((copy.act, copy.recipient))
    return off - on


def _of_copies(file: File[Dossier], sources: Sources, settled: set[tuple[str, str]]) -> Iterator[Difference]:
    """What was sent and not acknowledged; a copy that was sent again and came is no matter any more, nor is one whose row
    is off the books."""
    came = {
        (c.type, c.recipient, _about(file, c))
        for c in file.dossier.copies.values()
        if receipt(file, c) is not None
    }
    for copy in file.dossier.copies.values():
        if (copy.act, copy.recipient) in settled:
            continue
        entry = file.entry(copy.act)
        if entry is None or "prior" in entry.facts or (copy.type, copy.recipient, _about(file, copy)) in came:
            continue
        sent_on = file.day(entry)
        zh = EVENTS[copy.type].zh if copy.type in EVENTS else copy.type
        named = f"（{copy.numbers[0]}）" if copy.numbers else ""
        what = f"{zh}{named}：{sent_on} 送{sources.name(copy.recipient)}，"
        what += "已退回，未补送" if copy.returned else "未签收"
        yield Difference(
            "not_acknowledged", file.dossier.id, _unique(copy.sender, copy.recipient), "acknowledge_copy",
            _since(sent_on, copy.recipient, sources), what, "拉萨实施意见 四（三）", copy.act,
            sent=Side(sent_on, copy.numbers[0] if copy.numbers else None),
        )  # fmt: skip


def _about(file: File[Dossier], copy: Copy) -> tuple[tuple[str, str], ...]:
    entry = file.entry(copy.act)
    subjects = entry.subjects if entry is not None else {}
    about = tuple(sorted((k, v) for k, v in subjects.items() if k not in ("act", "copy", "case")))
    return about or (("act", copy.act),)


# --- acts ------------------------------------------------------------------------------------------------------


def _of_entries(file: File[Dossier], sources: Sources) -> Iterator[Difference]:
    """What is disputed; what was recorded for an agency that keeps its own record here, and it has not confirmed.

    One that takes part on paper confirms its whole sheet in a round, not act by act.
    """
    for entry in file.dossier.entries:
        if entry.void or "prior" in entry.facts:
            continue
        act = entry.act
        zh = EVENTS[entry.type].zh if entry.type in EVENTS else entry.type
        if entry.disputed:
            why = _dispute(file, act)
            yield Difference(
                "disputed", file.dossier.id, _unique(act.agency, act.signer), None, _since(entry.on, act.agency, sources),
                f"{zh}（{entry.on}）：{sources.name(act.agency)}有异议{why}", "台账运行规则 代录", act.id,
            )  # fmt: skip
        elif entry.evidence in GRADE_ZH and sources.registry.mode(act.agency, sources.as_of) != "paper":
            yield Difference(
                "unconfirmed", file.dossier.id, _unique(act.agency, act.signer), None,
                _since(entry.on, act.agency, sources),
                f"{zh}（{entry.on}）：{GRADE_ZH[entry.evidence]}，{sources.name(act.agency)}尚未确认", "台账运行规则 代录", act.id,
            )  # fmt: skip


def _dispute(file: File[Dossier], disputed: Act) -> str:
    """What the agency says instead."""
    for act in reversed(file.dossier.acts):
        event: Any = act.event
        if (
            act.type == "ActDisputed"
            and act.agency == disputed.agency
            and event.of.act in (None, disputed.id)
        ):
            field = "日期" if event.field == "occurred_on" else event.field
            return f"：{field}应为 {event.own_value}"
    return ""


def _irregular(file: File[Dossier], sources: Sources) -> Iterator[Difference]:
    """What was irregular when it was recorded, apart from lateness and what is listed as a kind of its own."""
    late = {row.late for pack in sources.rules.packs.values() for row in pack.rows}
    entries = {e.act.id: e for e in file.dossier.entries if e.stands_for is None and not e.void}
    for act in file.dossier.acts:
        entry = entries.get(act.id)
        if entry is None or not file.sees(act.id):
            continue
        for one in sources.irregular.get(act.id, ()):
            if one["code"] in late or one["code"] in CONTRADICTIONS or one["code"] in SHOWN_OTHERWISE:
                continue
            yield Difference(
                "irregular", file.dossier.id, _concerned(entry), None, 0,
                f"{EVENTS[act.type].zh}（{entry.on}）：{one.get('what') or one['code']}", one["source"], act.id, one["code"],
            )  # fmt: skip


def _contradictions(file: File[Dossier], case: Case, sources: Sources) -> Iterator[Difference]:
    """Where two agencies say otherwise of the same thing, by what each of them says now: a correction may have ended
    it. Only a case where something contradicted when it was recorded is looked at again."""
    noted = [
        one for act in case.acts for one in sources.irregular.get(act.id, ()) if one["code"] in CONTRADICTIONS
    ]
    if not noted:
        return
    before = fold(case.id, (), sources.registry)
    for act in _as_corrected(case):
        after = evolve(before, act, sources.registry)
        entry = after.entry(act.id)
        for one in irregularities(before, after, act.id, (), sources.registry) if entry is not None else ():
            if one.code in CONTRADICTIONS and entry is not None:
                kind = one.code if one.code in KIND_ZH else "irregular"
                others = _counterpart(after, entry)
                yield Difference(
                    kind, case.id, _unique(*others, *_concerned(entry)), None, _since(entry.on, act.agency, sources),
                    f"{EVENTS[act.type].zh}（{entry.on}）：{one.what}", one.source, act.id, one.code,
                    *_sides(before, after, entry),
                )  # fmt: skip
        before = after


def _sides(before: Case, after: Case, entry: Entry) -> tuple[Side, Side]:
    """What whoever did an act says of it, and what the other side has: of an acceptance or a ruling the court and the
    department that received it, of any other act its agency and whoever recorded it for it."""
    event: Any = entry.act.event
    if entry.type in ("AcceptanceReceived", "EnforcementAccepted"):
        known = before.applications.get(entry.subjects.get("application", ""))
        earlier = Side(known.accepted_on, known.review_case_no) if known is not None else Side()
        stated = entry.on if entry.type == "EnforcementAccepted" else event.accepted_on
        later = Side(stated, event.review_case_no)
    elif (own := after.rulings.get(entry.subjects.get("ruling", ""))) is not None:
        ruling = before.rulings.get(entry.subjects["ruling"])
        earlier = Side(ruling.made_on, ruling.no) if ruling is not None else Side()
        no = getattr(event, "ruling_no", None)
        later = Side(getattr(event, "made_on", None) or own.made_on, no.no if isinstance(no, Ref) else no)
    else:
        recorded = [e for e in before.entries if e.type == entry.type and e.act.agency == entry.act.agency]
        earlier = Side(recorded[-1].on) if recorded else Side()
        later = Side(entry.on)
    received = entry.type in ("AcceptanceReceived", "RulingReceived")
    return (earlier, later) if received else (later, earlier)


def _as_corrected(case: Case) -> Iterator[Act]:
    """The acts as their corrections leave them, without those and without what was voided."""
    by_id = {a.id: a for a in case.acts}
    gone = {e.act.id for e in case.entries if e.void} - set(case.joined.values())
    for act in case.acts:
        if act.type in ("StatementCorrected", "StatementVoided") or act.id in gone:
            continue
        for correction in case.corrections.get(act.id, ()):
            try:
                act = corrected(act, by_id[correction].event)
            except Refusal:
                continue
        yield act


def _counterpart(case: Case, entry: Entry) -> tuple[str, ...]:
    """Who is on the other side: the court and the department of the application, or whoever recorded it."""
    application = case.applications.get(entry.subjects.get("application", ""))
    recorded = [
        a.signer for a in case.acts if a.agency == entry.act.agency != a.signer and a.type == entry.act.type
    ]
    return (
        *((case.nr_on(application.applied_on), application.court) if application is not None else ()),
        *recorded,
    )


# --- differences that agencies raised themselves -----------------------------------------------------------------


def _raised(
    file: File[Reconciliation], round_: Reconciliation, sources: Sources, homes: Mapping[str, str]
) -> Iterator[Difference]:
    for raised in round_.open_differences:
        entry = file.entry(raised.act)
        event: Any = entry.act.event if entry is not None else None
        expected = event.expected if event is not None else None
        agencies = _unique(raised.by, *raised.to)
        days = _since(raised.raised_on, raised.by, sources)
        if expected is not None:
            stated = Side(expected.date, expected.number)
            what = f"{sources.name(raised.by)}：应有 {sources.name(expected.from_)} {expected.date} 的 {expected.number}，账上未见；"
            yield Difference(
                "missing_row", round_.id, _unique(*agencies, expected.from_), "resolve_difference", days,
                f"{what}{raised.what}", "拉萨实施意见 四（三）", raised.act,
                sent=stated if expected.from_ == raised.by else Side(), got=stated if expected.from_ != raised.by else Side(),
            )  # fmt: skip
        else:
            yield Difference(
                "disputed", _case_of(raised.row, homes) or round_.id, agencies, "resolve_difference", days,
                f"{sources.name(raised.by)}提出（{raised.row}）：{raised.what}", "拉萨实施意见 四（三）", raised.act,
            )  # fmt: skip


def _homes(sources: Sources) -> dict[str, str]:
    """By act, and by dossier, the dossier that it is of."""
    found: dict[str, str] = {}
    for file in sources.files:
        found.setdefault(file.dossier.id, file.dossier.id)
        for act in file.dossier.acts:
            found.setdefault(act.id, file.dossier.id)
    return found


def _case_of(key: str | None, homes: Mapping[str, str]) -> str | None:
    """The dossier that a row is of: a row is named by its act, an item by its meeting, # and its number."""
    book, _, rest = (key or "").partition("/")
    if book == "cases":
        return rest
    statement = rest.partition("/")[2]
    return homes.get(statement.partition("#")[0])


def _since(day: date, agency: str, sources: Sources) -> int:
    """Working days since a day, by the calendar of an agency's region."""
    found = sources.registry.agencies.get(agency)
    return working_days_after(day, sources.as_of, sources.rules.calendar, found.region if found else None)


def _concerned(entry: Entry) -> tuple[str, ...]:
    return _unique(entry.act.agency, entry.act.signer, *((entry.to,) if entry.to is not None else ()))


def _unique(*agencies: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(agencies))


def by_kind(found: Iterable[Difference]) -> dict[str, int]:
    """How many there are of each kind that occurs."""
    counts = dict.fromkeys(KIND_ZH, 0)
    for difference in found:
        counts[difference.kind] += 1
    return {kind: number for kind, number in counts.items() if number}
