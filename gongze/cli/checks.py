"""gongze verify, rebuild and doctor: is what the ledger holds what was signed, and is everything in order."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from gongze.cli.common import FORMAT, check_format, failures, print_json, t, tell_stopped


def verify(
    deep: Annotated[bool, typer.Option("--deep", help=t(
        "另按案件规则逐条复核，并与重算的投影比较", "also apply the case rules and compare the projections"))] = False,
    receipt: Annotated[Path | None, typer.Option("--receipt", metavar="FILE", help=t(
        "与保存的回执或备份清单比对：台账是否比它旧，是否还含有它", "compare with kept receipts or a manifest"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze import inspection
        from gongze.settings import load

        settings = load()
        if receipt is not None:
            from gongze import receipts

            for _ in receipts.read(receipt):
                pass  # an unusable file is told before the ledger is read
        report = inspection.verify(settings, deep=deep)
        if receipt is not None:
            receipts.show(settings, receipt, report)
        if fmt == "json":
            print_json(
                {
                    "ok": report.ok,
                    "checked": report.checked,
                    "faults": [
                        {"code": f.code, "index": f.index, "statement": f.statement, "what": f.what}
                        for f in report.faults
                    ],
                    "notes": report.notes,
                }
            )
        else:
            for fault in report.faults:
                at = "—" if fault.index is None else f"位置 {fault.index}"
                print(f"{at}\t{fault.code}\t{fault.statement or '—'}\t{fault.what}")
            for note in report.notes:
                print(f"说明：{note}")
            checked = "，".join(f"{_NAMES.get(k, k)} {v}" for k, v in report.checked.items())
            print(
                f"已核对：{checked}。"
                + ("全部相符。" if report.ok else f"发现 {len(report.faults)} 处问题。")
            )
    raise SystemExit(0 if report.ok else 1)


_NAMES = {"statements": "声明", "streams": "流水", "keys": "密钥", "projected": "投影", "receipts": "回执"}
verify.__doc__ = t(
    "逐条核对：编码、签名、密钥、权限、承诺链、位置；每处问题都指明第几条。  例：gongze verify --deep",
    "Check everything and name every fault with its index and statement.",
)


PROJECTIONS = ("act", "case", "application", "duty", "agency")


def rebuild(
    projection: Annotated[str | None, typer.Argument(help=t(
        f"只换这一个投影：{'、'.join(PROJECTIONS)}；默认全部", f"only this one: {', '.join(PROJECTIONS)}; default all"
    ))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    if projection is not None and projection not in PROJECTIONS:
        raise typer.BadParameter(
            t(f"投影只能取 {'、'.join(PROJECTIONS)}", f"one of {', '.join(PROJECTIONS)}")
        )
    with failures(fmt):
        from gongze.ledger import Ledger
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            table = f"p_{projection}" if projection is not None else None
            done = ledger.projections.rebuild(table, _progress(ledger.store.head().size))
            ledger.catch_up()
            stopped = tell_stopped(ledger)
        shown = {name: rows for name, rows in done.rows.items() if table in (None, name)}
        differed = [name for name in shown if name in done.differed]
        if fmt == "json":
            print_json({
                "acts": done.acts, "stopped": stopped,
                "tables": [{"name": n, "rows": rows, "differed": n in differed} for n, rows in shown.items()],
            })  # fmt: skip
        else:
            for name, rows in shown.items():
                print(f"{name}\t{rows} 行\t{'与重算结果不同，已替换' if name in differed else '相符'}")
            print(f"已按 {done.acts} 条记录重算。" + ("" if differed else "原有各表全部相符。"))
    raise SystemExit(1 if differed or stopped else 0)


rebuild.__doc__ = t(
    "在旁边重算查询用的表，比较后一次替换；中途停下什么也不变。  例：gongze rebuild",
    "Compute the tables anew beside the live ones, compare, and switch at once.",
)


def _progress(size: int) -> Callable[[int], None] | None:
    """A line that is written over, on a terminal only."""
    if not sys.stderr.isatty():
        return None
    return lambda index: print(f"\r已重算 {index + 1}/{size} 条", end="", file=sys.stderr, flush=True)


def doctor(fmt: Annotated[str, FORMAT] = "table") -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze import inspection
        from gongze.settings import load

        findings = inspection.doctor(load())
        if fmt == "json":
            print_json({"ok": all(f.ok for f in findings), "findings": [
                {"name": f.name, "ok": f.ok, "what": f.what} for f in findings]})  # fmt: skip
        else:
            for f in findings:
                print(f"{'正常' if f.ok else '异常'}  {f.name}：{f.what}")
    raise SystemExit(0 if all(f.ok for f in findings) else 1)


doctor.__doc__ = t(
    "体检：数据库、时钟、规则包、日历、投影进度、停下的案卷、磁盘。  例：gongze doctor",
    "Check the surroundings of the ledger.",
)
