"""gongze statistics: the path to enforcement, how long each step takes, who is in time, what lies how long."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.common import check_format, day, failures, print_json, t, tell_stopped, warn
from gongze.cli.reports import REGION, check_order, check_range

if TYPE_CHECKING:
    from gongze.reporting.statistics import Statistics

HEADS = ("统计", "项目", "范围", "指标", "数值")


def statistics(
    frm: Annotated[str | None, typer.Option(
        "--from", metavar="DATE", help=t("起日，默认止日前一年", "from, default a year before"))] = None,
    to: Annotated[str | None, typer.Option("--to", metavar="DATE", help=t("止日，默认今日", "to, default today"))] = None,
    region: Annotated[str | None, REGION] = None,
    plots: Annotated[Path | None, typer.Option(
        "--plots", metavar="DIR", help=t("另把图画到这个文件夹", "also draw plots into this folder"))] = None,
    fmt: Annotated[str, typer.Option("--format", help=t("table、json 或 csv", "table, json or csv"))] = "table",
) -> None:  # fmt: skip
    check_format(fmt, ("table", "json", "csv"))
    days = (day(frm) if frm else None), (day(to) if to else None)
    with failures(fmt):
        from datetime import timedelta

        from domain.refusal import Refusal
        from gongze.ledger import Ledger
        from gongze.reporting import statistics as counting
        from gongze.reporting.facts import Period
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            last = days[1] or ledger.today()
            check_range(last)
            first = days[0] or last - timedelta(364)
            check_range(first)
            check_order(first, last)
            if last > ledger.today():
                raise Refusal("date_in_future", f"{last} 还没有到，请写明 --to 为今日或更早的日子", "--to")
            found = counting.statistics(ledger, region, Period(first, last))
            tell_stopped(ledger)
        if plots is not None:
            _draw(found, plots)
        if fmt == "json":
            print_json(found.json())
        elif fmt == "csv":
            _print_csv(found)
        else:
            _print(found)


statistics.__doc__ = t(
    "统计：执行路径、各环节用时、各月按期率、在办责任账龄。  例：gongze statistics --from 2026-01-01 --format csv",
    "The path to enforcement, the days of each step, the share in time by month, the age of what is open.",
)


def _print(found: "Statistics") -> None:
    from gongze.cli.tables import print_table
    from gongze.reporting.figures import shown
    from gongze.reporting.statistics import DEFINITIONS, FUNNEL, STATISTIC_ZH, STEPS

    print(found.period.zh)
    funnel = [(FUNNEL[step], str(n)) for step, n in found.funnel.items()]
    print_table(
        STATISTIC_ZH["funnel"], ("环节", "份"), [*funnel, ("（当事人自行履行）", str(found.performed))]
    )
    steps = [
        (STEPS[s.step][0], found.name(s.scope), str(s.number), shown(s.median, "日"), str(s.worst))
        for s in found.steps
    ]
    print_table(STATISTIC_ZH["steps"], ("环节", "范围", "件", "中位数（日）", "最长（日）"), steps)
    months = [
        (m.month, str(m.on_time), str(m.late), str(m.unconfirmed), shown(m.rate, "%")) for m in found.months
    ]
    print_table(STATISTIC_ZH["months"], ("月份", "按期", "逾期", "未经确认", "按期率"), months)
    ages = [(found.name(a.scope), a.age, str(a.counted), str(a.unconfirmed)) for a in found.ageing]
    print_table(STATISTIC_ZH["ageing"], ("范围", "账龄", "项", "未经确认"), ages)
    for name, what in DEFINITIONS.items():
        print(f"{STATISTIC_ZH[name]}：{what}")


def _print_csv(found: "Statistics") -> None:
    import csv
    import sys

    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(HEADS)
    lines.writerows(found.lines())


def _draw(found: "Statistics", folder: Path) -> None:
    from gongze.keyfiles import write_over
    from gongze.reporting import plots
    from gongze.reporting.figures import shown
    from gongze.reporting.statistics import FUNNEL, STEPS

    folder.mkdir(parents=True, exist_ok=True)
    ages = [a for a in found.ageing if not a.scope]
    steps = [s for s in found.steps if not s.scope]
    drawn: dict[str, tuple[list[str], dict[str, list[float]]]] = {
        "执行路径.png": (list(FUNNEL.values()), {"份": [found.funnel[step] for step in FUNNEL]}),
        "各环节用时.png": (
            [STEPS[s.step][0].replace("至", "\n至") for s in steps],
            {"中位数（日）": [float(s.median) for s in steps]},
        ),
        "各月按期.png": (
            [f"{m.month}\n{shown(m.rate, '%')}" for m in found.months],
            {"按期": [m.on_time for m in found.months], "逾期": [m.late for m in found.months]},
        ),
        "账龄.png": ([a.age for a in ages], {"项": [a.counted for a in ages]}),
    }
    for name, (groups, series) in drawn.items():
        values = list(series.values())
        texts = [[f"{v:g}" for v in one] for one in values]
        write_over(folder / name, plots.drawn(groups, list(series), values, texts))
    warn(t(f"已画到 {folder}（{len(drawn)} 幅）", f"drew {len(drawn)} plots into {folder}"))
