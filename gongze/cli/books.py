"""gongze accounts: the two books, their balance, and the digest that an agency confirms."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.board import AS_OF
from gongze.cli.common import check_format, day, failures, print_json, t, tell_stopped, warn

if TYPE_CHECKING:
    from gongze.books.accounts import Account
    from gongze.books.rows import Row

AGENCY = typer.Option(
    "--agency", metavar="A", help=t("该机关看得到的账", "the account as this agency is shown it")
)
BOOKS = ("papers", "cases")


def accounts(
    as_of: Annotated[str | None, AS_OF] = None,
    agency: Annotated[str | None, AGENCY] = None,
    frm: Annotated[str | None, typer.Option(
        "--from", metavar="DATE", help=t("结余期间的起日，默认本半年", "balance from, default this half-year"))] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DATE", help=t("结余期间的止日", "balance to"))] = None,
    digest: Annotated[bool, typer.Option(
        "--digest", help=t("只打印该机关对账单的摘要", "only the digest that the agency confirms"))] = False,
    book: Annotated[str, typer.Option(
        "--book", metavar="B", help=t("csv 写哪本账：papers 或 cases", "which book as csv: papers or cases"))] = "papers",
    output: Annotated[Path | None, typer.Option(
        "-o", "--output", help=t("写入 .xlsx、.csv 或 .json 文件", "write a file"))] = None,
    fmt: Annotated[str, typer.Option("--format", help=t("table、json 或 csv", "table, json or csv"))] = "table",
) -> None:  # fmt: skip
    check_format(fmt, ("table", "json", "csv"))
    if book not in BOOKS:
        raise typer.BadParameter(t(f"账只能取 {'、'.join(BOOKS)}", f"one of {', '.join(BOOKS)}"))
    on = day(as_of) if as_of else None
    period = (day(frm) if frm else None, day(to) if to else None)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.books.accounts import account
        from gongze.books.balance import half_year
        from gongze.books.sources import gather
        from gongze.ledger import Ledger
        from gongze.settings import load

        if output is not None and output.suffix not in (".xlsx", ".csv", ".json"):
            raise Refusal("format_unknown", "只能写入 .xlsx、.csv 或 .json 文件", "-o")
        if digest and agency is None:
            raise Refusal("agency_unknown", "对账摘要是某个机关的，请写明 --agency", "--agency")
        with Ledger.open(load()) as ledger:
            shown_on = on or ledger.today()
            first, last = half_year(shown_on)
            first, last = period[0] or first, period[1] or last
            if last < first:
                raise typer.BadParameter(
                    t("结余期间的止日早于起日，请核对", "the period ends before it begins")
                )
            found = account(gather(ledger, shown_on, agency), first, last)
            tell_stopped(ledger, agency)
        if digest:
            _print_digest(found, fmt)
        elif output is not None:
            _write(output, found, book)
        elif fmt == "csv":
            print(_csv(found, book), end="")
        elif fmt == "json":
            print_json(found.json())
        else:
            _print(found)


accounts.__doc__ = t(
    "两本账：文书账、案件账，及其结余和销账状态。  例：gongze accounts --as-of 2026-03-01 -o 台账.xlsx",
    "The two books: papers and cases, their balance, and what is written off.",
)


def _print_digest(found: "Account", fmt: str) -> None:
    if fmt == "json":
        rows = sum(map(len, found.of_book().values()))
        print_json({
            "agency": found.sources.agency, "as_of": found.sources.as_of.isoformat(), "digest": found.digest(), "rows": rows,
        })  # fmt: skip
    else:
        print(found.digest())


def _write(output: Path, found: "Account", book: str) -> None:
    from gongze.books import sheets

    match output.suffix:
        case ".xlsx":
            sheets.write_account(output, found)
        case ".csv":
            sheets.write_text(output, _csv(found, book))
        case _:
            sheets.write_text(output, sheets.as_json(found.json()))
    papers, cases = (len(rows) for rows in found.of_book().values())
    counts = {"papers": t(f"文书账 {papers} 行", f"{papers} rows of papers"),
              "cases": t(f"案件账 {cases} 行", f"{cases} rows of cases")}  # fmt: skip
    written = [counts[book]] if output.suffix == ".csv" else list(counts.values())
    warn(t(f"已写入 {output}（{'，'.join(written)}）", f"wrote {output} ({', '.join(written)})"))


def _csv(found: "Account", book: str) -> str:
    from gongze.books import sheets

    if book == "cases":
        return sheets.as_csv("案件账", found.sources, sheets.CASE_COLUMNS, sheets.case_lines(found))
    return sheets.as_csv("文书账", found.sources, sheets.PAPER_COLUMNS, sheets.paper_lines(found))


def _print(found: "Account") -> None:
    """The balance, and what is still on the books; whatever is off them is in the files."""
    from gongze.books.papers import REGISTERS
    from gongze.cli.tables import print_table

    on = found.sources.as_of
    open_papers = [(REGISTERS[name], r) for name, rows in found.papers.items() for r in rows if _is_open(r)]
    print_table(
        f"文书账 截至 {on}：未销账 {len(open_papers)} 件",
        ("登记簿", "案号", "文号", "日期", "未销账原因"),
        [(zh, r.shown["case"], _number(r), r.shown["opened_on"], "；".join(r.shown["missing"])) for zh, r in open_papers],
    )  # fmt: skip
    print()
    open_cases = [r for r in found.cases if _is_open(r)]
    print_table(
        f"案件账 截至 {on}：未销账 {len(open_cases)} 件",
        ("案号", "当事人", "立案日", "未销账原因"),
        [(r.shown["case"], "、".join(r.shown["parties"]), r.shown["filed_on"], "；".join(r.shown["missing"])) for r in open_cases],
    )  # fmt: skip
    print()
    _print_balance(found, found.first, found.last)
    if found.sources.agency is not None:
        print(t(f"\n截至 {on} 的对账摘要（SHA-256）：{found.digest()}",
                f"\nSHA-256 of this account as of {on}, for AccountConfirmed: {found.digest()}"))  # fmt: skip


def _is_open(row: "Row") -> bool:
    return row.life.closed_on is None


def _number(row: "Row") -> str:
    return row.shown.get("document_no") or row.shown.get("application_no") or ""


def _print_balance(found: "Account", first: date, last: date) -> None:
    from domain.mechanism import department_of
    from gongze.cli.tables import print_table

    lines = []
    for book, zh in zip(BOOKS, ("文书账", "案件账"), strict=True):
        for region in found.regions():
            department = department_of(region, found.sources.registry)
            name = found.sources.name(department) if department is not None else region
            lines.append(
                (zh, name, *_counts(found, [r for r in found.of_book()[book] if r.region == region]))
            )
        lines.append((zh, "合计", *_counts(found, found.of_book()[book])))
    heads = ("账", "地区", "期初", "新增", "其中恢复挂账", "销账", "期末")
    print_table(f"结余 {first} 至 {last}", heads, lines)


def _counts(found: "Account", rows: "list[Row]") -> tuple[str, ...]:
    b = found.balance_of(rows)
    return tuple(map(str, (b.opening, b.new, b.reinstated, b.written_off, b.closing)))
