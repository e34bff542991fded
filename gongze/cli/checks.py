"""gongze verify and doctor: is what the ledger holds what was signed, and is everything in order."""

from typing import Annotated

import typer

from gongze.cli.common import FORMAT, check_format, failures, print_json, t


def verify(
    deep: Annotated[bool, typer.Option("--deep", help=t(
        "另按案件规则逐条复核，并与重算的投影比较", "also apply the case rules and compare the projections"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze import inspection
        from gongze.settings import load

        report = inspection.verify(load(), deep=deep)
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


_NAMES = {"statements": "声明", "streams": "流水", "keys": "密钥", "projected": "投影"}
verify.__doc__ = t(
    "逐条核对：编码、签名、密钥、权限、承诺链、位置；每处问题都指明第几条。  例：gongze verify --deep",
    "Check everything and name every fault with its index and statement.",
)


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
    "体检：数据库、时钟、规则包、日历、投影进度、磁盘。  例：gongze doctor",
    "Check the surroundings of the ledger.",
)
