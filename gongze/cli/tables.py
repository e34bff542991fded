"""Tables for a terminal: words beside colours, Chinese widths, and plain text where output is no terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from domain.terms import Term

STATE_STYLE = {
    "overdue": "bold red", "discharged_late": "red", "due_soon": "yellow", "open": "green", "extended": "cyan",
    "suspended": "cyan", "disputed": "magenta", "not_running": "dim", "discharged": "green", "cancelled": "dim",
    "history": "dim",
}  # fmt: skip
WIDE = 150
"""Columns of a terminal that shows a board whole."""
UNIT_ZH = {
    "working_day": "个工作日", "hour": "小时", "day": "日", "half_month": "个半月", "month": "个月", "quarter": "个季度",
    "half_year": "个半年", "year": "年", "immediate": "立即", "promptly": "及时",
}  # fmt: skip


def console() -> Console:
    """Wide where the output is a file, so that a line stays a line."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=200)


def print_table(
    title: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    styles: Iterable[str | None] | None = None,
) -> None:
    """Print rows of text under heads, each row with an optional style."""
    table = Table(title=title, title_justify="left", show_edge=False, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row, style in zip(rows, styles, strict=True) if styles is not None else ((r, None) for r in rows):
        table.add_row(*(str(cell).replace("[", r"\[") for cell in row), style=style)
    console().print(table)


def term_zh(term: Term) -> str:
    """七个工作日、三个月、立即."""
    if term.unit == "fixed_date":
        return f"{term.month}月{term.day}日前"
    if term.number is None:
        return UNIT_ZH[term.unit]
    before = "前" if term.direction == "before" else "后方可" if term.not_before else "内"
    return f"{term.number}{UNIT_ZH[term.unit]}{before}"
