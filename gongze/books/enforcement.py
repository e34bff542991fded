"""强制执行台账: one row an application, with its three copies (拉萨实施意见 三（六）)."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from domain.cases import Case
from domain.duties import Duty, Standing, state
from domain.entries import Copy
from domain.terms import working_days_after
from gongze.books.receipts import UNPROVEN, lacking, sent, worth
from gongze.books.rows import Row, row, text_of
from gongze.books.sources import File, Sources
from projections.rows import ApplicationRow, application_rows

REGISTER = "enforcement"
OUTCOME_ZH = {
    "": "审查中", "withdrawn": "撤回", "not_filed": "不予立案", "not_accepted": "不予受理", "refused": "不准予执行",
    "granted": "准予执行", "partly_granted": "部分准予执行", "completed": "执行完毕", "terminated": "终结执行",
    "suspended": "中止执行",
}  # fmt: skip
COPY_ZH = {"application": "抄送申请材料", "acceptance": "报送受理通知书", "ruling": "报送裁定书"}
LAPSED = ("cancelled", "history")
GRANTED_BY = frozenset({"EnforcementGranted", "RulingReceived", "ApplicationWithdrawn"})
DECIDED_BY = GRANTED_BY | {"EnforcementNotFiled", "EnforcementNotAccepted", "EnforcementRefused"}
"""After these the row waits for nothing but its copies, as far as they are 有件 or better, and undisputed."""


def rows(sources: Sources) -> list[Row]:
    """The register as of the day, by day of application."""
    found = [
        _row(file, application, sources)
        for file in sources.cases
        for application in application_rows(file.dossier, file.duties)
        if file.sees(application.statement)
    ]
    return sorted(
        found, key=lambda r: (r.shown["applied_on"], r.shown["case"], r.shown["application_no"] or "")
    )


def _row(file: File[Case], application: ApplicationRow, sources: Sources) -> Row:
    case = file.dossier
    duties = {d.id: d for d in file.duties}
    running = {name: duties.get(copied.duty or "") for name, copied in application.copies.items()}
    shown = {
        "case": application.case,
        "parties": list(application.parties),
        "court": application.court,
        "application": application.statement,
        "application_no": application.number,
        "applied_on": application.applied_on.isoformat(),
        "accepted_on": text_of(application.accepted_on),
        "review_case_no": application.review_case_no,
        "received_on": text_of(application.received_on),
        "ruling_no": application.ruling_no,
        "granted_on": text_of(application.granted_on),
        "ruling_received_on": text_of(application.ruling_received_on),
        "outcome": application.outcome,
        "evidence": application.evidence,
        "copies": {name: _copied(case, duty, sources) for name, duty in running.items()},
    }
    missing, days = [], [application.applied_on]
    for why, day in _standing(file, application, running, sources):
        if why is not None:
            missing.append(why)
        if day is not None:
            days.append(day)
    key = f"papers/{REGISTER}/{application.statement}"
    recipients = (a for d in running.values() if d is not None for a in d.recipients)
    concerned = (*(nr for _, nr in case.holders), application.court, *recipients)
    return row(
        key, sources.region(case), shown, opened_on=application.applied_on, done_on=max(days), missing=missing,
        turns=sources.agreed((key,), concerned),
    )  # fmt: skip


def _copied(case: Case, duty: Duty | None, sources: Sources) -> dict[str, Any]:
    if duty is None:
        blank = dict.fromkeys(("due_on", "copied_on", "acknowledged_on", "days_late"))
        return {"to": [], **blank, "state": "not_running"}
    standing = state(duty, sources.as_of, sources.rules)
    copied = duty.discharged_on
    copy = case.copies.get(duty.discharged_by or "")
    return {
        "to": list(duty.recipients),
        "due_on": text_of(duty.due_on),
        "copied_on": text_of(copied),
        "acknowledged_on": text_of(copy.acknowledged_on if copy else None),
        "days_late": _days_late(duty, standing, sources),
        "state": standing.state,
    }


def _days_late(duty: Duty, standing: Standing, sources: Sources) -> int | None:
    last = duty.strict_due_on or duty.due_on
    if last is None or standing.state in ("not_running", "history"):
        return None
    cancelled = duty.cancelled_on if standing.state == "cancelled" else None
    ended: date = duty.discharged_on or cancelled or sources.as_of
    return working_days_after(last, ended, sources.rules.calendar, duty.region)


def _standing(
    file: File[Case], application: ApplicationRow, running: Mapping[str, Duty | None], sources: Sources
) -> Iterator[tuple[str | None, date | None]]:
    """Each thing that the row waits for, or the day on which it no longer did."""
    decided = application.outcome not in ("", "suspended") or application.granted_on is not None
    if not decided:
        yield "法院尚未受理" if application.accepted_on is None else "法院尚未裁定", None
    if application.accepted_on is not None and application.received_on is None:
        yield "未登记取得受理通知书", None
    if application.granted_on is not None and application.ruling_received_on is None:
        yield "未登记收到裁定", None
    yield _known(file, application, "法院的处理结果", GRANTED_BY if application.ruling else DECIDED_BY)
    yield _known(file, application, "取得受理通知书", frozenset({"AcceptanceReceived"}))
    if application.granted_on is not None:
        yield _known(file, application, "收到裁定", frozenset({"RulingReceived"}))
    for name, duty in running.items():
        if duty is None:
            continue
        standing = state(duty, sources.as_of, sources.rules)
        copy: Copy | None = file.dossier.copies.get(duty.discharged_by or "")
        if copy is not None:
            delivery = sent(file, copy, duty, sources)
            why = lacking((delivery,), sources)
            yield f"{COPY_ZH[name]}：{why[0]}" if why else None, delivery.counted_on
        elif standing.state not in (*LAPSED, "not_running"):
            yield f"{COPY_ZH[name]}：未送{'、'.join(map(sources.name, duty.recipients))}", None


def _known(
    file: File[Case], application: ApplicationRow, what: str, types: frozenset[str]
) -> tuple[str | None, date | None]:
    """Since when one of these acts about an application is known, or why none that is known will do. What was granted is
    known by the ruling that the row shows."""
    found = [
        e
        for e in file.dossier.entries
        if e.type in types
        and e.subjects.get("application") == application.statement
        and (application.ruling is None or e.subjects.get("ruling") in (None, application.ruling))
    ]
    # one act may be two entries: a receipt, and the ruling that it attests
    disputed = {e.act.id for e in file.dossier.entries if e.disputed}
    proven = [file.day(e) for e in found if worth(e) and e.act.id not in disputed]
    if proven:
        return None, min(proven)
    return (f"{what}{UNPROVEN}" if found else None), None
