"""gongze reconcile: 核账, what does not agree between agencies."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.board import AS_OF
from gongze.cli.common import FORMAT, check_format, day, failures, print_json, t, tell_stopped, warn

if TYPE_CHECKING:
    from gongze.books.confirmations import Standing
    from gongze.books.differences import Difference, Side
    from gongze.books.sources import Sources
    from gongze.kept import Change, Kept


def reconcile(
    as_of: Annotated[str | None, AS_OF] = None,
    agency: Annotated[str | None, typer.Option(
        "--agency", metavar="A", help=t("只看涉及该机关的", "only what concerns this agency"))] = None,
    other: Annotated[str | None, typer.Option(
        "--with", metavar="B", help=t("只看它与这个机关之间的，两边各记的日期、文号分栏",
                                      "only what lies between it and this one, each side's dates and numbers"))] = None,
    output: Annotated[Path | None, typer.Option(
        "-o", "--output", help=t("写成核账表：.xlsx、.csv 或 .json", "write a file"))] = None,
    round_: Annotated[str | None, typer.Option(
        "--round", metavar="R", help=t("这一轮核账各机关确认没有，默认各部门最近的一轮和没有结束的",
                                       "who confirmed in this round; default: each department's last, and the open"))] = None,
    kept: Annotated[str | None, typer.Option(
        "--kept", metavar="MONTH", help=t("核对留存的一个月（2026-06）：文件变了没有，账后来变了什么",
                                          "check a month's kept sheets, and what has changed in its books since"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    on = day(as_of) if as_of else None
    if kept is not None:
        if as_of or output or round_ or other:
            raise typer.BadParameter(
                t("--kept 只与 --agency、--format 同用", "--kept goes with --agency and --format only")
            )
        _check_kept(kept, agency, fmt)
        return
    if other is not None and (agency is None or other == agency or round_):
        raise typer.BadParameter(t("--with 写另一个机关，与 --agency 同用，不与 --round 同用",
                                   "--with names another agency than --agency, and goes without --round"))  # fmt: skip
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.books.confirmations import confirmations
        from gongze.books.differences import between, differences
        from gongze.books.sources import check_agency, gather, shown_to
        from gongze.ledger import Ledger
        from gongze.settings import load

        if output is not None and output.suffix not in (".xlsx", ".csv", ".json"):
            raise Refusal("format_unknown", "只能写入 .xlsx、.csv 或 .json 文件", "-o")
        with Ledger.open(load()) as ledger:
            check_agency(ledger.registry(), agency)
            check_agency(ledger.registry(), other, "--with")
            whole = gather(ledger, on or ledger.today(), irregularities=True)
            sources = shown_to(agency, whole) if agency is not None else whole
            confirmed = confirmations(ledger, sources, of=round_, whole=whole) if other is None else []
            tell_stopped(ledger, agency)
        found = differences(sources)
        if other is not None and agency is not None:
            found = between(found, agency, other)
        if output is not None:
            _write(output, found, confirmed, sources, other)
        elif fmt == "json":
            print_json(_document(found, confirmed, sources, other))
        else:
            _print(found, confirmed, sources, other)
    if any(d.open for d in found) or any(s.open for s in confirmed):
        raise SystemExit(1)


def _check_kept(month: str, agency: str | None, fmt: str) -> None:
    with failures(fmt):
        from gongze import kept
        from gongze.ledger import Ledger
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            found = kept.check(ledger, ledger.settings.out_dir, month, agency)
            names = {a.id: a.name for a in ledger.registry().agencies.values()}
        if fmt == "json":
            print_json(found.json())
        else:
            _print_kept(found, names)
    if found.faults:
        raise SystemExit(1)


def _print_kept(found: "Kept", names: dict[str, str]) -> None:
    from gongze.cli.tables import print_table

    listed = f"台账第 {found.index} 条登记的清单" if found.index is not None else "没有登记的清单"
    print(f"留存 {found.month}：{listed}，{found.files} 个文件，{len(found.faults)} 处不符")
    if not found.whole:
        print("清单是早先的格式，只列了 .json 的摘要：.xlsx 无从核对")
    for fault in found.faults:
        print(f"不符 [{fault.code}] {fault.what}")
    print_table(
        f"{found.last} 的账，留存以后的变动：{len(found.changes)} 行",
        ("机关", "账目", "变动", "当时 → 现在"),
        [(names.get(c.agency, c.agency), f"{c.case}\n{c.key}", CHANGE_ZH[c.change], _fields(c)) for c in found.changes],
    )  # fmt: skip


CHANGE_ZH = {"new": "新增", "gone": "不再有", "changed": "有改动"}
FIELD_ZH = {
    "state": "状态", "missing": "未销账原因", "closed_on": "销账日期", "opened_on": "挂账日期", "ground": "销账事由",
    "reinstated_on": "恢复挂账", "application_no": "申请书文号", "document_no": "文号", "made_on": "制发日期",
    "applied_on": "申请日期",
    "accepted_on": "受理日期", "granted_on": "裁定日期", "due_on": "应送日期", "copied_on": "实送日期", "sent_on": "实送日期",
    "acknowledged_on": "签收日期", "days_late": "迟延工作日", "evidence": "证据等级", "parties": "当事人", "deliveries": "送达",
    "outcome": "结果",
}  # fmt: skip


def _fields(change: "Change") -> str:
    """What a row said and says, a line each; a part without a word of its own by its place in the JSON."""
    lines = []
    for place, then, now in change.fields:
        name = FIELD_ZH.get(place.rpartition(".")[2], place)
        lines.append(f"{name}：{_value(then)} → {_value(now)}")
    return "\n".join(lines)


def _value(value: object) -> str:
    import json

    if value is None or value == "" or value == []:
        return "（空）"
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return "；".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


reconcile.__doc__ = t(
    "核账：机关之间逾期、未签收、未确认、不一致的；有则退出码 1。  例：gongze reconcile --agency nr.lhasa -o 核账表.xlsx",
    "What is overdue, unacknowledged, unconfirmed or contradictory between agencies; then exit code 1.",
)


def _document(
    found: "list[Difference]", confirmed: "list[Standing]", sources: "Sources", other: str | None
) -> dict[str, object]:
    return {
        "as_of": sources.as_of.isoformat(), "agency": sources.agency, "with": other, "differences": [d.json() for d in found],
        "confirmations": [s.json() for s in confirmed],
    }  # fmt: skip


def _write(
    output: Path,
    found: "list[Difference]",
    confirmed: "list[Standing]",
    sources: "Sources",
    other: str | None,
) -> None:
    from gongze.books import sheets

    match output.suffix:
        case ".xlsx":
            if other is not None:
                sheets.write_pair(output, found, sources, other)
            else:
                sheets.write_differences(output, found, sources, confirmed)
        case ".csv":
            lines = sheets.pair_lines(found) if other else sheets.difference_lines(found, sources)
            columns = sheets.PAIR_COLUMNS if other else sheets.DIFFERENCE_COLUMNS
            sheets.write_text(output, sheets.as_csv("核账表", sources, columns, lines))
        case _:
            sheets.write_text(output, sheets.as_json(_document(found, confirmed, sources, other)))
    warn(t(f"已写入 {output}（{len(found)} 项）", f"wrote {output} ({len(found)} differences)"))


def _print(
    found: "list[Difference]", confirmed: "list[Standing]", sources: "Sources", other: str | None
) -> None:
    from gongze.books import sheets
    from gongze.books.differences import KIND_ZH, by_kind
    from gongze.cli.tables import print_table

    if other is not None:
        print_table(
            f"核账 {sources.name(sources.agency or '')}与{sources.name(other)} 截至 {sources.as_of}：{len(found)} 项",
            ("类别", "案号", "说明", "送出日期", "送出文号", "签收（对方所记）日期", "签收（对方所记）文号", "工作日"),
            [(KIND_ZH[d.kind], d.case, d.what, *_side(d.sent), *_side(d.got), str(d.days or "")) for d in found],
        )  # fmt: skip
    else:
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


def _side(side: "Side") -> tuple[str, str]:
    return (side.on.isoformat() if side.on is not None else "", side.no or "")
