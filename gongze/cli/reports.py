"""gongze report: the joint meeting's semiannual report, and where each of its numbers comes from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.common import (
    FORMAT,
    Command,
    Group,
    check_format,
    day,
    failures,
    print_json,
    t,
    tell_stopped,
    warn,
)

if TYPE_CHECKING:
    from datetime import date

    from gongze.ledger import Ledger
    from gongze.reporting.gathering import How
    from gongze.reporting.report import Print
    from gongze.reporting.tracing import Checked, Trace

app = typer.Typer(
    cls=Group, no_args_is_help=True, help=t("半年报告，及其中每个数字的来历", "The semiannual report")
)
PRINTS = ("meeting", "internal")
FROM = typer.Option(
    "--from",
    metavar="DATE",
    help=t("起日，默认最近结束的半年", "from, default the last half-year that ended"),
)
TO = typer.Option("--to", metavar="DATE", help=t("止日，当日计入", "to, included"))
REGION = typer.Option(
    "--region",
    metavar="CODE",
    help=t("地区的行政区划代码，含其下各县区；默认唯一的市", "region, default the only city"),
)


def joint_meeting(
    output: Annotated[Path, typer.Option(
        "-o", "--output", help=t("写成 .docx、.pdf、.xlsx 或 .json", "write .docx, .pdf, .xlsx or .json"))],
    frm: Annotated[str | None, FROM] = None,
    to: Annotated[str | None, TO] = None,
    region: Annotated[str | None, REGION] = None,
    print_: Annotated[str, typer.Option(
        "--print", help=t("meeting 会议稿，或 internal 内部稿", "for the meeting, or internal"))] = "meeting",
    head: Annotated[int | None, typer.Option(
        "--head", min=1, help=t("只用台账的前若干条，重现当时的报告", "only the first N acts of the log"))] = None,
    fresh: Annotated[bool, typer.Option(
        "--fresh", help=t("全部重新计数，不用上次留下的", "count everything anew, nothing as it was kept"))] = False,
) -> None:  # fmt: skip
    if print_ not in PRINTS:
        raise typer.BadParameter(
            t(f"只能取 {'、'.join(PRINTS)}", f"one of {', '.join(PRINTS)}"), param_hint="--print"
        )
    days = _days(frm, to)
    with failures("table"):
        from domain.refusal import Refusal
        from gongze.ledger import Ledger
        from gongze.reporting import drafting
        from gongze.settings import load

        if output.suffix not in drafting.KINDS:
            raise Refusal("format_unknown", "报告只能写成 .docx、.pdf、.xlsx 或 .json", "-o")
        if not output.parent.is_dir():  # told before the counting, which takes its time
            raise Refusal("file_unusable", f"没有文件夹 {output.parent}，请先建好", "-o")
        with Ledger.open(load()) as ledger:
            as_print: Print = "internal" if print_ == "internal" else "meeting"
            how: How = "traced" if output.suffix == ".json" else "fresh" if fresh else "kept"
            made = drafting.draft(
                ledger, *period_of(ledger, days), region=region, print_=as_print, head=head, how=how
            )
            tell_stopped(ledger)
        drafting.write(output, made)
    figures = len(made.figures())
    warn(
        t(
            f"已写入 {output}（{figures} 个数字，台账前 {made.told.asked.head} 条）",
            f"wrote {output} ({figures} figures)",
        )
    )


joint_meeting.__doc__ = t(
    "联席会议半年报告。  例：gongze report joint-meeting --from 2026-01-01 --to 2026-06-30 -o 报告.docx",
    "The joint meeting's semiannual report.",
)


def trace(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("报告文件", "the report"))],
    cell: Annotated[str, typer.Argument(
        metavar="CELL", help=t("工作表!单元格，如 分地区!C5；或数字编号，如 granted@540102", "SHEET!CELL or a figure's id"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze.ledger import Ledger
        from gongze.reporting import tracing
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            found = tracing.trace(ledger, file, cell)
        if fmt == "json":
            print_json(found.json())
        else:
            _print(found)
    if not found.agrees:
        raise SystemExit(1)


trace.__doc__ = t(
    "列出报告中一个数字依据的全部记录，并重新计数；与文件所载不符则退出码 1。  例：gongze report trace 报告.xlsx 分地区!C5",
    "The statements that one number of a report was counted from; exit code 1 if the file shows another number.",
)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t("报告文件", "the report"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze.ledger import Ledger
        from gongze.reporting import tracing
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            found = tracing.check(ledger, file)
        if fmt == "json":
            print_json(found.json())
        else:
            _print_checked(found)
    if found.differing:
        raise SystemExit(1)


check.__doc__ = t(
    "把报告里的数字逐个重新计数，并查出它是哪次会议送审、通过的那一稿；有不符则退出码 1。  例：gongze report check 报告.docx",
    "Count every number of a report again, and find the meeting that circulated or adopted this very file.",
)
app.command("joint-meeting", cls=Command)(joint_meeting)
app.command("trace", cls=Command)(trace)
app.command("check", cls=Command)(check)


def _days(frm: str | None, to: str | None) -> "tuple[date | None, date | None]":
    return (day(frm) if frm else None), (day(to) if to else None)


def period_of(ledger: "Ledger", days: "tuple[date | None, date | None]") -> "tuple[date, date]":
    """The days asked for; by default the last half-year that has ended, or that of the day named."""
    from datetime import timedelta

    from gongze.books.balance import half_year

    first, last = days
    if first is None and last is None:
        return half_year(half_year(ledger.today())[0] - timedelta(1))
    of = half_year(first or last or ledger.today())
    first, last = first or of[0], last or of[1]
    check_range(first, last)
    check_order(first, last)
    return first, last


def check_range(*days: "date") -> None:
    """Raises Refusal: date_out_of_range."""
    from domain.refusal import Refusal
    from gongze.settings import FIRST_YEAR, LAST_YEAR

    if any(not FIRST_YEAR <= one.year < LAST_YEAR for one in days):
        raise Refusal("date_out_of_range", "日期超出可计算的范围", "--from")


def check_order(first: "date", last: "date") -> None:
    if last < first:
        raise typer.BadParameter(
            t("止日早于起日，请核对", "the period ends before it begins"), param_hint="--to"
        )


def _print(found: "Trace") -> None:
    from gongze.cli.tables import print_table

    definition = found.then.definition
    head = found.provenance.asked.head
    print(f"{definition.zh}（{found.then.id}）：文件载 {found.printed}")
    print(f"按台账前 {head} 条重新计数：{found.then.text}")
    print(f"口径：{definition.what}（{definition.source}）")
    if not found.agrees:
        warn(
            t(
                "注意：文件所载与重新计数不符，文件里的数字被改过",
                "Note: the file shows another number than was counted",
            )
        )
    if found.now is not None:
        print(f"台账现有 {found.size} 条；按现在所知，这个数字是 {found.now.text}")
    if found.duty is not None:
        print(f"责任 {found.duty.id}：逐日说明见 gongze explain {found.duty.id}")
    print_table(
        f"依据 {len(found.lines)} 条",
        ("位置", "案卷", "行为", "机关", "发生日期", "责任"),
        [
            (str(n.index), n.dossier.removeprefix("case/"), n.type_zh, n.agency, n.occurred_on,
             f"{n.duty.row.name_zh}，期限 {n.duty.due_on}，{n.duty.holder}" if n.duty is not None else "")
            for n in found.lines
        ],
    )  # fmt: skip


def _print_checked(found: "Checked") -> None:
    from gongze.cli.tables import print_table

    head = found.provenance.asked.head
    print(f"摘要 {found.digest}")
    print(
        f"{found.figures} 个数字按台账前 {head} 条重新计数，{len(found.differing)} 个不符；台账现有 {found.size} 条"
    )
    if found.differing:
        print_table("不符的数字", ("数字编号", "文件所载", "重新计数"), found.differing)
    for one in found.said:
        print(f"{one.meeting}：{one.occurred_on} {one.agency} {one.type_zh}")
    if not found.said:
        print("没有会议送审或通过这一稿（文件改动一个字，摘要就不同）")
