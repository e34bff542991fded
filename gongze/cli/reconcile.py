"""gongze reconcile: 核账, what does not agree between agencies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.board import AS_OF
from gongze.cli.common import FORMAT, check_format, day, failures, print_json, t, tell_stopped, warn

if TYPE_CHECKING:
    from gongze.books.confirmations import Standing
    from gongze.books.differences import Difference
    from gongze.books.sources import Sources


def reconcile(
    as_of: Annotated[str | None, AS_OF] = None,
    agency: Annotated[str | None, typer.Option(
        "--agency", metavar="A", help=t("只看涉及该机关的", "only what concerns this agency"))] = None,
    output: Annotated[Path | None, typer.Option(
        "-o", "--output", help=t("写成核账表：.xlsx、.csv 或 .json", "write a file"))] = None,
    round_: Annotated[str | None, typer.Option(
        "--round", metavar="R", help=t("这一轮核账各机关确认没有，默认各部门最近的一轮和没有结束的",
                                       "who confirmed in this round; default: each department's last, and the open"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    on = day(as_of) if as_of else None
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.books.confirmations import confirmations
        from gongze.books.differences import differences
        from gongze.books.sources import check_agency, gather, shown_to
        from gongze.ledger import Ledger
        from gongze.settings import load

        if output is not None and output.suffix not in (".xlsx", ".csv", ".json"):
            raise Refusal("format_unknown", "只能写入 .xlsx、.csv 或 .json 文件", "-o")
        with Ledger.open(load()) as ledger:
            check_agency(ledger.registry(), agency)
            whole = gather(ledger, on or ledger.today(), irregularities=True)
            sources = shown_to(agency, whole) if agency is not None else whole
            confirmed = confirmations(ledger, sources, of=round_, whole=whole)
            tell_stopped(ledger, agency)
        found = differences(sources)
        if output is not None:
            _write(output, found, confirmed, sources)
        elif fmt == "json":
            print_json(_document(found, confirmed, sources))
        else:
            _print(found, confirmed, sources)
    if any(d.open for d in found) or any(s.open for s in confirmed):
        raise SystemExit(1)


reconcile.__doc__ = t(
    "核账：机关之间逾期、未签收、未确认、不一致的；有则退出码 1。  例：gongze reconcile --agency nr.lhasa -o 核账表.xlsx",
    "What is overdue, unacknowledged, unconfirmed or contradictory between agencies; then exit code 1.",
)


def _document(
    found: "list[Difference]", confirmed: "list[Standing]", sources: "Sources"
) -> dict[str, object]:
    return {
        "as_of": sources.as_of.isoformat(), "agency": sources.agency, "differences": [d.json() for d in found],
        "confirmations": [s.json() for s in confirmed],
    }  # fmt: skip


def _write(output: Path, found: "list[Difference]", confirmed: "list[Standing]", sources: "Sources") -> None:
    from gongze.books import sheets

    match output.suffix:
        case ".xlsx":
            sheets.write_differences(output, found, sources, confirmed)
        case ".csv":
            lines = sheets.difference_lines(found, sources)
            sheets.write_text(output, sheets.as_csv("核账表", sources, sheets.DIFFERENCE_COLUMNS, lines))
        case _:
            sheets.write_text(output, sheets.as_json(_document(found, confirmed, sources)))
    warn(t(f"已写入 {output}（{len(found)} 项）", f"wrote {output} ({len(found)} differences)"))


def _print(found: "list[Difference]", confirmed: "list[Standing]", sources: "Sources") -> None:
    from gongze.books import sheets
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
    for standing in confirmed:  # no table: a digest that is broken over lines cannot be copied
        print(f"核对确认 {sheets.round_id(standing)} {sheets.standing_zh(standing, sources)}")
