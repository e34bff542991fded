"""强制执行台账: one row an application, with its three copies; as JSON, as csv for a spreadsheet, as a table."""

import csv
import io
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from domain.cases import Case
from domain.duties import Duty, Rules, state
from domain.terms import working_days_after
from gongze.ledger import Ledger
from projections.rows import ApplicationRow, application_rows

OUTCOME_ZH = {
    "": "审查中", "withdrawn": "撤回", "not_filed": "不予立案", "not_accepted": "不予受理", "refused": "不准予执行",
    "granted": "准予执行", "partly_granted": "部分准予执行", "completed": "执行完毕", "terminated": "终结执行",
    "suspended": "中止执行",
}  # fmt: skip


def enforcement(ledger: Ledger, as_of: date, agency: str | None = None) -> list[dict[str, Any]]:
    """The register's rows as of a day, by day of application. Dates are YYYY-MM-DD."""
    rules = ledger.rules()
    rows = []
    for case, duties in ledger.cases_as_of(as_of, rules):
        by_id = {d.id: d for d in duties}
        for row in application_rows(case, duties):
            concerned = {case.filed.nr, row.court, *(r for d in duties for r in d.recipients)}
            if agency is None or agency in concerned:
                rows.append(_row(case, row, by_id, as_of, rules))
    return sorted(rows, key=lambda r: (r["applied_on"], r["case"], r["application_no"] or ""))


def _row(case: Case, row: ApplicationRow, duties: dict[str, Duty], on: date, rules: Rules) -> dict[str, Any]:
    return {
        "case": row.case,
        "parties": list(row.parties),
        "court": row.court,
        "application": row.statement,
        "application_no": row.number,
        "applied_on": row.applied_on.isoformat(),
        "accepted_on": _day(row.accepted_on),
        "review_case_no": row.review_case_no,
        "received_on": _day(row.received_on),
        "ruling_no": row.ruling_no,
        "granted_on": _day(row.granted_on),
        "ruling_received_on": _day(row.ruling_received_on),
        "outcome": row.outcome,
        "evidence": row.evidence,
        "copies": {
            name: _copy(case, duties.get(copied.duty or ""), on, rules) for name, copied in row.copies.items()
        },
    }


def _copy(case: Case, duty: Duty | None, on: date, rules: Rules) -> dict[str, Any]:
    if duty is None:
        return {
            "due_on": None,
            "copied_on": None,
            "acknowledged_on": None,
            "days_late": None,
            "state": "not_running",
        }
    standing = state(duty, on, rules)
    copied = duty.discharged_on if duty.discharged_on is not None and duty.discharged_on <= on else None
    copy = case.copies.get(duty.discharged_by or "")
    last = duty.strict_due_on or duty.due_on
    late = None
    if last is not None and standing.state != "not_running":
        ended = copied or (duty.cancelled_on if standing.state == "cancelled" else None) or on
        late = working_days_after(last, ended, rules.calendar, duty.region)
    return {
        "due_on": _day(duty.due_on),
        "copied_on": _day(copied),
        "acknowledged_on": _day(copy.acknowledged_on) if copy else None,
        "days_late": late,
        "state": standing.state,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


# --- output -------------------------------------------------------------------------------------------------


def as_json(rows: list[dict[str, Any]], as_of: date) -> str:
    """The accounts document: the papers' enforcement register."""
    shown = {"as_of": as_of.isoformat(), "papers": {"enforcement": rows}, "cases": [], "balance": {}}
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"


HEADS = (
    "序号", "案号", "当事人", "法院", "申请文号", "申请日期", "受理日期", "行审案号", "取得受理通知书", "裁定文号", "裁定日期",
    "收到裁定", "结果", "证据等级",
)  # fmt: skip
COPY_HEADS = ("应于", "实于", "签收", "迟延工作日", "状态")
COPY_ZH = {"application": "抄送申请", "acceptance": "报送受理", "ruling": "报送裁定"}
EVIDENCE_ZH = {
    "signed": "签名",
    "confirmed": "代录已确认",
    "attested_doc": "代录有件",
    "attested_oral": "代录无件",
}


def as_csv(rows: list[dict[str, Any]], as_of: date, names: dict[str, str]) -> str:
    """UTF-8 with BOM and CRLF, as office software expects; cells that begin like a formula are disarmed."""
    from domain.duties import STATE_ZH

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["强制执行台账", f"截至 {as_of}"])
    writer.writerow([*HEADS, *(f"{zh}{head}" for zh in COPY_ZH.values() for head in COPY_HEADS)])
    for number, row in enumerate(rows, 1):
        cells = [
            number, row["case"], "、".join(row["parties"]), names.get(row["court"], row["court"]), row["application_no"],
            row["applied_on"], row["accepted_on"], row["review_case_no"], row["received_on"], row["ruling_no"],
            row["granted_on"], row["ruling_received_on"], OUTCOME_ZH[row["outcome"]], EVIDENCE_ZH[row["evidence"]],
        ]  # fmt: skip
        for name in COPY_ZH:
            copy = row["copies"][name]
            cells += [
                copy["due_on"],
                copy["copied_on"],
                copy["acknowledged_on"],
                copy["days_late"],
                STATE_ZH[copy["state"]],
            ]
        writer.writerow([disarmed(cell) for cell in cells])
    return "\ufeff" + out.getvalue()


def disarmed(cell: object) -> str:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def print_register(rows: list[dict[str, Any]], as_of: date, names: dict[str, str]) -> None:
    """A table for the terminal: each copy as due day → day that counts, with days late."""
    from domain.duties import STATE_ZH
    from gongze.cli.tables import print_table

    lines = []
    for number, row in enumerate(rows, 1):
        copies = []
        for copy in row["copies"].values():
            done = copy["copied_on"] or STATE_ZH[copy["state"]]
            late = f" 迟{copy['days_late']}" if copy["days_late"] else ""
            copies.append("—" if copy["due_on"] is None else f"{copy['due_on']} → {done}{late}")
        lines.append((
            str(number), row["case"], "、".join(row["parties"]), names.get(row["court"], row["court"]), row["applied_on"],
            row["accepted_on"] or "", row["granted_on"] or "", OUTCOME_ZH[row["outcome"]], *copies,
        ))  # fmt: skip
    heads = ("序号", "案号", "当事人", "法院", "申请", "受理", "准予", "结果", *COPY_ZH.values())
    print_table(f"强制执行台账 截至 {as_of}：{len(rows)} 件", heads, lines)


def write(path: Path, text: str) -> None:
    """Write a file whole or not at all; an older one of that name is replaced."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, "utf-8", newline="")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
