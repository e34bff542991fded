"""The tables of docs/templates/数据责任清单.md: which kind of agency records what, and within which term.

From the definitions of the acts and the shipped rule packs: `python -m gongze.datalist FILE`. What stands above the
mark in the file is written by hand and kept; everything below it is written anew.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import get_args

from domain.acts import EVENTS
from domain.acts.base import ANY, EventKind
from domain.duties import Row
from domain.registry import OPERATOR
from domain.values import KIND_ZH, AgencyKind
from gongze.cli.tables import term_zh
from gongze.packs import shipped

MARK = "<!-- 以下由 python -m gongze.datalist 生成，请勿手改 -->"
STREAM_ZH = {
    "case": "案件", "discipline": "问题线索", "meeting": "联席会议", "reconciliation": "核账销账", "registry": "登记簿",
}  # fmt: skip
KINDS: tuple[str, ...] = (*get_args(AgencyKind), OPERATOR)
ANYBODY_ZH = "各机关都可以登记的"
ELSEWHERE = {"basic_court": "court", "higher_court": "court"}
"""Selectors of a holder that are another name for a kind of agency."""
WHOEVER = frozenset({"addressee", "sender"})
"""Selectors of a holder that may be an agency of any kind."""


def text() -> str:
    """One section for each kind of agency, and one for what any of them may record, as Markdown."""
    parts = [_section(KIND_ZH[kind], _recorded_by(kind), kind) for kind in KINDS]
    parts.append(_section(ANYBODY_ZH, [kind for kind in EVENTS.values() if kind.by == ANY], None))
    return "\n".join(part for part in parts if part)


def _recorded_by(kind: str) -> list[EventKind]:
    return [event for event in EVENTS.values() if kind in event.by and event.by != ANY]


def _section(title: str, events: Iterable[EventKind], kind: str | None) -> str:
    order = list(STREAM_ZH)
    rows = [
        f"| {STREAM_ZH[event.stream]} | {event.zh}{'☆' if event.through_ledger else ''} | `{event.name}` "
        f"| {_terms(event, kind)} |"
        for event in sorted(events, key=lambda e: order.index(e.stream))
    ]
    if not rows:
        return ""
    heads = ("| 账 | 事项 | 代码 | 期限 |", "| --- | --- | --- | --- |")
    return "\n".join([f"## {title}：{len(rows)} 种", "", *heads, *rows]) + "\n"


def _terms(event: EventKind, kind: str | None) -> str:
    found = dict.fromkeys(f"{_term(row)}（{row.source}）" for row in _rows_done_by(event, kind))
    return "；".join(found) or "—"


def _term(row: Row) -> str:
    """The term of a row; where the triggering paper itself names the last day, that is the term."""
    if row.fixed_by is not None and row.term.number is None:
        return "按所定日期"
    return term_zh(row.term)


def _rows_done_by(event: EventKind, kind: str | None) -> Iterator[Row]:
    """The duties that recording this discharges and that an agency of this kind may owe; a right has no term to keep."""
    for _, pack in shipped().values():
        for row in pack.rows:
            holders = {ELSEWHERE.get(holder, holder) for holder in row.holders}
            # whom it is owed to does not owe it: the department that verifies what a government removed
            whoever = bool(holders & WHOEVER) and kind not in row.recipients
            owed = kind is None or kind in holders or whoever
            if row.kind == "duty" and owed and any(m.event == event.name for m in row.discharged_by):
                yield row


def main(path: Path) -> None:
    """Write the part below the mark anew."""
    by_hand = path.read_text("utf-8").partition(MARK)[0]
    path.write_text(f"{by_hand}{MARK}\n\n{text()}", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
