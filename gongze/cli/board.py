"""gongze duties, explain, deadline: who owes what by when, and why."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.common import (
    FORMAT,
    check_format,
    check_states,
    day,
    failures,
    print_json,
    t,
    tell_stopped,
    warn,
)

if TYPE_CHECKING:
    from domain.duties import Row, Rules
    from domain.registry import Registry
    from gongze.ledger import BoardRow

AS_OF = typer.Option("--as-of", metavar="DATE", help=t("截至日期，默认今日", "as of this day, default today"))
LIVE = ("overdue", "due_soon", "open", "extended", "suspended", "disputed", "not_running")
ORDER = {name: n for n, name in enumerate((*LIVE, "discharged_late", "discharged", "cancelled", "history"))}

VIEWER = typer.Option(
    "--viewer", metavar="AGENCY", help=t("按该机关的可见范围显示", "what this agency is shown")
)


def duties(
    as_of: Annotated[str | None, AS_OF] = None,
    known_at: Annotated[str | None, typer.Option(
        "--known-at", metavar="TIME", help=t("只用此刻之前入账的记录", "only what was known then"))] = None,
    case: Annotated[str | None, typer.Option("--case", metavar="C", help=t("只看本案", "this case only"))] = None,
    holder: Annotated[str | None, typer.Option(
        "--holder", metavar="AGENCY", help=t("只看该机关的责任", "duties of this agency"))] = None,
    states: Annotated[list[str] | None, typer.Option(
        "--state", metavar="S", help=t("只看该状态，可重复", "this state only, repeatable"))] = None,
    duty: Annotated[str | None, typer.Option("--duty", metavar="ID", help=t("只看该项责任", "this duty only"))] = None,
    viewer: Annotated[str | None, VIEWER] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    on = day(as_of) if as_of else None
    with failures(fmt):
        from domain.refusal import Refusal
        from domain.values import milliseconds, parse_moment
        from gongze import shapes
        from gongze.arrivals import of_copies
        from gongze.ledger import Ledger
        from gongze.settings import load

        check_states(states)
        known = None
        if known_at is not None:
            try:
                known = parse_moment(known_at)
            except ValueError:
                raise Refusal(
                    "time_unusable", "时间应写作 YYYY-MM-DD 或带时区的 ISO 8601 时间", "--known-at"
                ) from None
        with Ledger.open(load()) as ledger:
            shown_on = on or ledger.today()
            known_ms = milliseconds(known) if known is not None else None
            rows = ledger.board(
                shown_on, known_at_ms=known_ms, case=case, holder=holder, duty=duty, viewer=viewer
            )
            found = bool(rows)
            rows = sorted((r for r in rows if not states or r.standing.state in states), key=_urgency)
            rules = ledger.rules(known_ms)
            stopped = tell_stopped(ledger, viewer)
            if not found:
                _tell_unknown(rules, case, holder, duty)
            if fmt == "json":
                # what is known of the broker is known today: nothing of it belongs to an earlier state of knowledge
                arrived = of_copies(ledger, rows, shown_on, viewer) if known is None else {}
                shown = shapes.board(rows, shown_on, known or ledger.now(), rules, arrived)
                print_json(shown | {"stopped": stopped})
                return
            names = _names(rules.registry)
        _print_board(rows, shown_on, names, everything=bool(states or duty))


duties.__doc__ = t(
    "责任看板：谁、对谁、何日之前；逾期在前。  例：gongze duties --as-of 2026-03-01 --holder nr.lhasa",
    "The duty board: who owes whom what by when; overdue first.",
)


def _tell_unknown(rules: "Rules", case: str | None, holder: str | None, duty: str | None) -> None:
    """That nothing is owed may be read off a board only where what was asked for exists. Who may not see a case is told
    the same as where there is none."""
    from domain.duties import UNROUTED

    if holder is not None and holder not in {*rules.registry.agencies, "party", UNROUTED}:
        warn(t(f"没有登记机关“{holder}”，请核对机构代码", f"No agency {holder} is registered"))
    if duty is not None and not any(duty in pack.by_id for pack in rules.packs.values()):
        warn(t(f"规则包里没有责任“{duty}”，编号见 gongze rules show", f"No rule is called {duty}"))
    if (
        case is not None and holder is None and duty is None
    ):  # else it may be there, with nothing of what was asked for
        zh = f"没有案件“{case}”，或者没有您能看到的责任，请核对案号（连同括号和数字）"
        warn(t(zh, f"There is no case {case}, or no duty in it that you are shown"))


def _names(registry: "Registry") -> dict[str, str]:
    """What people call each holder and recipient."""
    return {"party": "当事人", "unrouted": "（未定，请设路由）"} | {
        a.id: a.name for a in registry.agencies.values()
    }


def _urgency(row: "BoardRow") -> tuple[int, int, date, str, str]:
    last = row.duty.due_on or date.max
    return ORDER[row.standing.state], -row.standing.overdue_working_days, last, row.duty.case, row.duty.id


def _print_board(rows: "list[BoardRow]", on: date, names: dict[str, str], *, everything: bool) -> None:
    from domain.duties import STATE_ZH
    from gongze.cli.tables import STATE_STYLE, WIDE, console, print_table

    def listed(row: "BoardRow") -> bool:
        return everything or (row.standing.state in LIVE and row.duty.row.kind == "duty")

    shown = [r for r in rows if listed(r)]
    lines: list[tuple[str, ...]] = []
    styles: list[str | None] = []
    for r in shown:
        d, s = r.duty, r.standing
        if s.state == "overdue":
            left = f"逾期 {s.overdue_working_days} 个工作日"
        elif s.state in ("open", "due_soon", "extended") and d.due_on is not None:
            left = f"剩 {s.remaining_working_days} 个工作日"
        elif s.state == "discharged_late":
            left = f"迟 {s.overdue_working_days} 个工作日"
        else:
            left = ""
        doubted = s.overdue_working_days > 0 and not r.late_counts
        if doubted:
            left += "（未确认）"
        if s.state == "not_running":
            last = f"最早 {d.earliest_due_on or d.due_on or '—'}"
        else:
            last = f"{d.due_on or '及时'}{'（暂定）' if d.provisional else ''}"
        to = "、".join(names.get(a, a) for a in d.recipients)
        lines.append(
            (
                d.id[:8],
                STATE_ZH[s.state],
                last,
                left,
                d.case,
                d.row.name_zh,
                names.get(d.holder, d.holder),
                to,
                d.row.source,
            )
        )
        styles.append(STATE_STYLE["disputed" if doubted else s.state])  # not held against anyone yet
    heads: tuple[str, ...] = ("编号", "状态", "期限", "余/逾", "案号", "责任", "责任机关", "对象", "出处")
    if console().width < WIDE:  # a narrow terminal keeps what one acts on
        heads, lines = heads[:-2], [line[:-2] for line in lines]
    print_table(f"责任看板 截至 {on}：{len(shown)} 项", heads, lines, styles)
    hidden = len(rows) - len(shown)
    if hidden:
        print(f"另有 {hidden} 项（已办结、已终止、期间）未列出：用 --state、--duty 或 --format json 查看")


def explain(
    instance: Annotated[
        str, typer.Argument(help=t("责任编号（看板首列，可只写前几位）", "duty instance id or prefix"))
    ],
    as_of: Annotated[str | None, AS_OF] = None,
    viewer: Annotated[str | None, VIEWER] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    on = day(as_of) if as_of else None
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze import shapes
        from gongze.arrivals import of_copies
        from gongze.ledger import Ledger
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            shown_on = on or ledger.today()
            found = ledger.board(shown_on, instance=instance.lower(), viewer=viewer)
            if len(found) != 1 or len(instance) < 4:
                what = "没有" if not found else "不止一项"
                raise Refusal(
                    "duty_unknown", f"{what}编号以 {instance} 开头的责任，请核对看板", "DUTY-INSTANCE"
                )
            rules = ledger.rules()
            tell_stopped(ledger, viewer)
            arrived = of_copies(ledger, found, shown_on, viewer)
            shown = shapes.explained(found[0].duty, rules, found[0], arrived)
            if fmt == "json":
                print_json(shown)
                return
        _print_explained(found[0], shown)


explain.__doc__ = t(
    "逐日说明某项责任的期限如何计算。  例：gongze explain 3f2a90c1",
    "How the due day of one duty was counted, day by day.",
)


def _print_explained(row: "BoardRow", shown: dict) -> None:  # type: ignore[type-arg]
    from domain.duties import STATE_ZH
    from gongze.cli.tables import term_zh

    d = row.duty
    print(f"{d.row.name_zh}（{d.row.id}） 案件 {d.case}")
    print(
        f"  责任机关 {d.holder}  对象 {'、'.join(d.recipients) or '—'}  状态 {STATE_ZH[row.standing.state]}"
    )
    print(f"  期限 {term_zh(d.row.term)}  出处 {d.row.source}")
    if d.previous_due_on is not None:
        print(f"  更正：期限由 {d.previous_due_on} 改为 {d.due_on}（更正记录 {d.corrected_by}）")
    if d.row.loses_right:
        print("  逾期即丧失该项权利")
    if d.extended_on is not None:
        named = "，延至文书所定之日" if "extended_to" in shown else ""
        print(f"  延期：{d.extended_on} 起重新计算{named}")
    if d.warn_on is not None:
        print(f"  另一计法的较早期限：{d.warn_on}（{d.warn_source}）")
    arrived = shown["instance"].get("delivery")
    if arrived is not None:
        read = {None: "读到没有不知道", True: "已读到", False: "还没有读到"}[arrived["fetched"]]
        print(
            f"  送达：{arrived['at']} 到主题 {arrived['topic']} 位置 {arrived['offset']}，对方系统{read}（不是签收）"
        )
    _print_days(shown)


def _print_days(shown: dict) -> None:  # type: ignore[type-arg]
    for n in shown["days"]:
        print(f"    {n['date']}  {'计入' if n['counted'] else '不计'}  {n['why']}")
    if shown.get("not_before"):
        print(f"  最早可办日：{shown['not_before']}")
    tail = "（暂定：所涉年份的放假安排尚未公布）" if shown["provisional"] else ""
    print(f"  期限届满日：{shown['due_on'] or '无固定日期'}{tail}")


def deadline(
    duty_id: Annotated[str, typer.Argument(metavar="DUTY-ID", help=t("责任编号，见 gongze rules show", "duty id"))],
    frm: Annotated[list[str], typer.Option("--from", metavar="DATE", help=t("起算日，可重复", "day 0, repeatable"))],
    pack: Annotated[str | None, typer.Option("--pack", metavar="P", help=t("规则包名或文件", "pack id or file"))] = None,
    holder: Annotated[str | None, typer.Option(
        "--holder", metavar="AGENCY", help=t("按该机关所在地的日历", "count by this agency's regional calendar"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    starts = [day(text) for text in frm]
    with failures(fmt):
        from domain.refusal import Refusal
        from domain.terms import count, count_bucket
        from gongze import shapes
        from gongze.deadlines import calendar_and_rows

        calendar, rows, region = calendar_and_rows(pack, holder)
        row: Row | None = rows.get(duty_id)
        if row is None:
            raise Refusal("duty_unknown", f"规则包中没有责任 {duty_id}，见 gongze rules show", "DUTY-ID")
        try:
            found = [
                (
                    row,
                    start,
                    count_bucket(row.period, start)
                    if row.period
                    else count(row.term, start, calendar, region),
                )
                for start in starts
            ]
        except (ValueError, OverflowError):
            raise Refusal("date_out_of_range", "日期超出可计算的范围", "--from") from None
        shown = [shapes.counted(*one) for one in found]
        if fmt == "json":
            print_json(shown[0] if len(shown) == 1 else shown)
            return
        for one in shown:
            print(f"{row.name_zh}（{row.id}） 自 {one['from']} 起算  出处 {row.source}")
            _print_days(one)


deadline.__doc__ = t(
    "试算期限。  例：gongze deadline copy_application_to_procuratorate --from 2026-02-10",
    "Count a term from a day.",
)
