"""gongze rollup: the board of an agency above several regions, each with a ledger of its own."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, check_format, check_states, day, failures, print_json, t, warn
from gongze.cli.exchange import ONCE, end, stopped_by_signals

if TYPE_CHECKING:
    from datetime import date

    from gongze.rollup import RegionBoard

FAULTS_SHOWN = 20


def rollup(
    regions: Annotated[Path, typer.Option("--regions", metavar="FILE", help=t(
        "地区文件（TOML）：各地区的主题、信任根、连接", "the file of regions: topics, trust, brokers"))],
    once: Annotated[bool, ONCE] = False,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help=t(
        "截至日期，默认今日", "as of this day; today"))] = None,
    region: Annotated[list[str] | None, typer.Option("--region", metavar="NAME", help=t(
        "只读、只看该地区，可重复", "this region only, repeatable"))] = None,
    states: Annotated[list[str] | None, typer.Option("--state", metavar="S", help=t(
        "只看该状态，可重复", "this state only, repeatable"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    on = day(as_of) if as_of else None
    with failures(fmt):
        import sqlite3
        import time

        from domain.refusal import Refusal
        from domain.values import from_milliseconds
        from gongze import rollup as work
        from gongze.settings import load

        check_states(states)
        settings = load()
        listed = work.read_regions(regions, settings)
        names = {one.name for one in listed}
        for name in region or ():
            if name not in names:
                raise Refusal("region_unknown", f"地区文件里没有 {name}", "--region")
        chosen = [one for one in listed if not region or one.name in region]
        try:
            reading = work.Reading(chosen, settings, warn)
            with stopped_by_signals() as stop:
                complete = (reading.once if once else reading.follow)(stop)
            shown_on = on or (settings.now or from_milliseconds(time.time_ns() // 1_000_000)).date()
            boards = [work.board(one, settings, shown_on, reading.why.get(one.name)) for one in chosen]
        except sqlite3.Error as error:
            where = settings.data_dir / "rollup"
            raise Refusal(
                "folder_unusable",
                f"{where} 里的副本无法使用（{error}）；若已损坏，请移走它，从头再读",
                "--regions",
            ) from None
        if fmt == "json":
            print_json(_json(boards, shown_on, states))
        else:
            _print(boards, shown_on, states)
        end(stop, once=once, complete=complete)
        raise SystemExit(0 if all(one.ok for one in boards) else 1)


rollup.__doc__ = t(
    "汇总：读几个地区台账的主题，逐条核对，列出各地区各机关欠办什么。  例：gongze rollup --regions 地区.toml --once",
    "Read several regions' topics, verify each act, and list what is owed where.  gongze rollup --regions regions.toml --once",
)


def _json(boards: "list[RegionBoard]", on: "date", states: list[str] | None) -> dict[str, Any]:
    from dataclasses import asdict

    from gongze import rollup as work
    from gongze import shapes

    return {
        "as_of": on.isoformat(),
        "regions": [_region(one) for one in boards],
        "agencies": [asdict(tally) for tally in work.tallies(boards)],
        "duties": [
            {"region": one.region.name, "certain": owed.certain, **shapes.duty(owed.row)}
            for one in boards for owed in one.owed if not states or owed.row.standing.state in states
        ],
    }  # fmt: skip


def _region(one: "RegionBoard") -> dict[str, Any]:
    return {
        "region": one.region.name, "ledger": one.region.trust.ledger, "agency": one.region.trust.agency, "ok": one.ok,
        "acts": one.extent.acts, "blanks": one.extent.blanks, "last_index": one.extent.last,
        "last_received_at": _moment(one), "unreachable": one.why, "packs_missing": list(one.packs_missing),
        "unread": list(one.unread),
        "faults": [
            {"code": n.fault.code, "index": n.fault.index, "what": n.fault.what, "topic": n.topic, "offset": n.place}
            for n in one.faults
        ],
    }  # fmt: skip


def _moment(one: "RegionBoard") -> str | None:
    from domain.values import from_milliseconds

    at = one.extent.received_at_ms
    return None if at is None else from_milliseconds(at).isoformat(timespec="milliseconds")


def _print(boards: "list[RegionBoard]", on: "date", states: list[str] | None) -> None:
    from domain.duties import STATE_ZH
    from gongze import rollup as work
    from gongze.cli.tables import STATE_STYLE, print_table

    print_table(
        t(f"地区 {len(boards)} 个", f"{len(boards)} regions"),
        (t("地区", "Region"), t("情况", "State"), t("看得见", "Acts"), t("看不见", "Blanks"), t("最后一条", "Last"),
         t("入账时间", "Received")),
        [(one.region.name, _how(one), str(one.extent.acts), str(one.extent.blanks),
          "—" if one.extent.last is None else str(one.extent.last), (_moment(one) or "—")[:19]) for one in boards],
        [None if one.ok else "red" for one in boards],
    )  # fmt: skip
    for one in boards:
        for n in one.faults[:FAULTS_SHOWN]:
            print(f"{one.region.name}  [{n.fault.code}] {n.fault.what}（{n.topic}/{n.place}）")
        if len(one.faults) > FAULTS_SHOWN:
            more = len(one.faults) - FAULTS_SHOWN
            print(
                f"{one.region.name}  {t(f'另有 {more} 处，见 --format json', f'{more} more: --format json')}"
            )
        for digest in one.packs_missing:
            zh = "没有它采用的规则包，这个包的责任没有计算：请索取文件，写进地区文件的 packs"
            print(f"{one.region.name}  [pack_missing] {digest[:16]}… {t(zh, 'an adopted pack is not here')}")
        for case in one.unread:
            print(f"{one.region.name}  {case}：{t('看得见的太少，无法汇总', 'cannot be folded')}")
    print_table(
        t(f"各机关欠办 截至 {on}", f"Owed by agency as of {on}"),
        (t("地区", "Region"), t("机关", "Agency"), t("在办", "Owed"), t("其中逾期", "Overdue"), t("说不清", "Unclear")),
        [(x.region, x.name, str(x.owed), str(x.overdue), str(x.unclear)) for x in work.tallies(boards)],
    )  # fmt: skip
    rows = [
        (one.region.name, owed.row, owed.certain) for one in boards for owed in one.owed
        if (owed.row.standing.state in states if states else
            owed.row.standing.state == "overdue" and owed.row.duty.row.kind == "duty")
    ]  # fmt: skip
    rows.sort(
        key=lambda row: (-row[1].standing.overdue_working_days, row[0], row[1].duty.case, row[1].duty.id)
    )
    print_table(
        t(f"{len(rows)} 项", f"{len(rows)} duties"),
        (t("地区", "Region"), t("状态", "State"), t("期限", "Due"), t("逾期工作日", "Late"), t("案号", "Case"),
         t("责任", "Duty"), t("机关", "Holder")),
        [(region, STATE_ZH[r.standing.state] + ("" if certain else "（说不清）"), str(r.duty.due_on or "—"),
          str(r.standing.overdue_working_days or ""), r.duty.case, r.duty.row.name_zh, r.duty.holder)
         for region, r, certain in rows],
        [STATE_STYLE[r.standing.state] if certain else "dim" for _, r, certain in rows],
    )  # fmt: skip


def _how(one: "RegionBoard") -> str:
    told = [
        *([t(f"{len(one.faults)} 处不符", f"{len(one.faults)} faults")] if one.faults else []),
        *([t("缺规则包", "a pack is missing")] if one.packs_missing else []),
        *([t(f"{len(one.unread)} 案无法汇总", f"{len(one.unread)} cases unread")] if one.unread else []),
        *([t(f"读不到：{one.why}", f"unreachable: {one.why}")] if one.why else []),
    ]
    return "；".join(told) or t("相符", "agrees")
