"""gongze simulate: a locality's traffic of any size, invented, the same for the same seed."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, check_format, day, failures, print_json, t

if TYPE_CHECKING:
    from gongze.simulation import Plan
    from gongze.simulation.running import Outcome


def simulate(
    cases: Annotated[int, typer.Option("--cases", metavar="N", help=t("案件数", "how many cases"))] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help=t(
        "种子：同一种子和参数得到同一本台账", "the same seed and parameters give the same ledger"))] = 1,
    since: Annotated[str, typer.Option("--from", metavar="DATE", help=t("第一天", "the first day"))] = "2025-01-01",
    until: Annotated[str, typer.Option("--to", metavar="DATE", help=t("最后一天", "the last day"))] = "2026-06-30",
    habits: Annotated[Path | None, typer.Option("--habits", metavar="FILE", help=t(
        "习惯（TOML），没有写的用随附的", "habits in TOML; what is missing is as shipped"))] = None,
    show_habits: Annotated[bool, typer.Option("--show-habits", help=t(
        "打印随附的习惯，什么也不做", "print the shipped habits and do nothing"))] = False,
    script: Annotated[Path | None, typer.Option("--script", metavar="FILE", help=t(
        "只写成案件脚本，不登记", "write a case script instead"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze.settings import load
        from gongze.simulation import Plan
        from gongze.simulation import habits as shipped

        if show_habits:
            print(shipped.shipped(), end="")
            raise SystemExit(0)
        plan = Plan.of(cases, seed, day(since), day(until), habits)
        if script is not None:
            from gongze.keyfiles import write_new

            write_new(script, _lines(plan), option="--script")
            print_json({"script": str(script)}) if fmt == "json" else print(t("已写好", "written"))
            raise SystemExit(0)
        from gongze.ledger import Ledger
        from gongze.simulation.running import run

        settings = load()
        outcome = run(settings, plan, _progress if sys.stderr.isatty() else None)
        with Ledger.open(settings) as ledger:
            ledger.catch_up()
        _show(plan, outcome, fmt)
    raise SystemExit(1 if outcome.unexpected else 0)


simulate.__doc__ = t(
    "模拟一个地方的往来，登记到演示台账；再运行一次什么也不增加。  例：gongze simulate --cases 200 --seed 7",
    "Simulate a locality's traffic in a demonstration ledger; running it again adds nothing.",
)


def _lines(plan: "Plan") -> Iterator[bytes]:
    """What is meant to be accepted: a script knows of no statement sent twice or in error."""
    for sent in plan.sent():
        if sent.fault is None:
            yield json.dumps(sent.line, ensure_ascii=False).encode() + b"\n"


def _progress(done: int) -> None:
    print(f"\r{t('已登记', 'recorded')} {done}", end="", file=sys.stderr, flush=True)


def _show(plan: "Plan", outcome: "Outcome", fmt: str) -> None:
    types = dict(sorted(outcome.types.items(), key=lambda one: (-one[1], one[0])))
    if fmt == "json":
        shown: dict[str, Any] = {
            "cases": plan.cases, "seed": plan.seed, "from": plan.since.isoformat(), "to": plan.until.isoformat(),
            "added": outcome.added, "present": outcome.present, "resent": outcome.resent,
            "refused": dict(sorted(outcome.refused.items())), "unexpected": outcome.unexpected, "types": types,
            "size": outcome.size, "root": outcome.root,
        }  # fmt: skip
        print_json(shown)
        return
    from domain.acts import EVENTS

    for name, number in types.items():
        print(f"{number}\t{name}\t{EVENTS[name].zh}")
    for code, number in sorted(outcome.refused.items()):
        print(t(f"有意退回 {number} 条 [{code}]", f"refused on purpose: {number} [{code}]"))
    for one in outcome.unexpected:
        head = t(
            f"意外退回 {one['case']} {one['type']}", f"refused unexpectedly: {one['case']} {one['type']}"
        )
        print(f"{head} [{one['code']}] {one['message']}（{one['field'] or '—'}）")
    print(
        t("新登记 {}，此前已在账 {}，重发 {}；台账共 {} 条，根 {}", "added {}, stored before {}, sent again {}; size {}, root {}")
        .format(outcome.added, outcome.present, outcome.resent, outcome.size, outcome.root)
    )  # fmt: skip
