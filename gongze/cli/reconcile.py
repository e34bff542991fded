"""gongze reconcile: 核账, what does not agree between agencies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.board import AS_OF
from gongze.cli.common import FORMAT, check_format, day, failures, print_json, t, tell_stopped, warn

if TYPE_CHECKING:
    from gongze.books.differences import Difference
    from gongze.books.sources import Sources


def reconcile(
    as_of: Annotated[str | None, AS_OF] = None,
    agency: Annotated[str | None, typer.Option(
        "--agency", metavar="A", help=t("只看涉及该机关的", "only what concerns this agency"))] = None,
    output: Annotated[Path | None, typer.Option(
        "-o", "--output", help=t("写成核账表：.xlsx、.csv 或 .json", "write a file"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    on = day(as_of) if as_of else None
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.books.differences import differences
        from gongze.books.sources import gather
        from gongze.ledger import Ledger
        from gongze.settings import load

        if output is not None and output.suffix not in (".xlsx", ".csv", ".json"):
            raise Refusal("format_unknown", "只能写入 .xlsx、.csv 或 .json 文件", "-o")
        with Ledger.open(load()) as ledger:
            sources = gather(ledger, on or ledger.today(), agency, irregularities=True)
            tell_stopped(ledger, agency)
        found = differences(sources)
        if output is not None:
            _write(output, found, sources)
        elif fmt == "json":
            print_json(_document(found, sources))
        else:
            _print(found, sources)
    if any(d.open for d in found):
        raise SystemExit(1)


reconcile.__doc__ = t(
    "核账：机关之间逾期、未签收、未确认、不一致的；有则退出码 1。  例：gongze reconcile --agency nr.lhasa -o 核账表.xlsx",
    "What is overdue, unacknowledged, unconfirmed or contradictory between agencies; then exit code 1.",
)


def _document(found: "list[Difference]", sources: "Sources") -> dict[str, object]:
    return {
        "as_of": sources.as_of.isoformat(), "agency": sources.agency, "differences": [d.json() for d in found],
    }  # fmt: skip


def _write(output: Path, found: "list[Difference]", sources: "Sources") -> None:
    from gongze.books import sheets

    match output.suffix:
        case ".xlsx":
            sheets.write_differences(output, found, sources)
        case ".csv":
            lines = sheets.difference_lines(found, sources)
            sheets.write_text(output, sheets.as_csv("核账表", sources, sheets.DIFFERENCE_COLUMNS, lines))
        case _:
            sheets.write_text(output, sheets.as_json(_document(found, sources)))
    warn(t(f"已写入 {output}（{len(found)} 项）", f"wrote {output} ({len(found)} differences)"))


def _print(found: "list[Difference]", sources: "Sources") -> None:
    from gongze.books.differences import KIND_ZH, by_kind
    from gongze.cli.tables import print_table

    print_table(
        f"核账 截至 {sources.as_of}：{len(found)} 项",
        ("类别", "案号", "说明", "涉及机关", "工作日"),
        [
            (KIND_ZH[d.kind], d.case, d.what, "、".join(map(sources.name, d.agencies)), str(d.days or ""))
            for d in found
        ],
    )
    if found:
        print("，".join(f"{KIND_ZH[kind]} {number}" for kind, number in by_kind(found).items()))
