"""gongze schedule, jobs, alerts: what happens with nobody clicking, and what became of it."""

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

    from domain.registry import Registry
    from gongze.settings import Settings
    from projections.databases import Database
    from scheduler.alerts import Alert
    from scheduler.outbox import Sending
    from scheduler.runs import Run


def schedule(
    once: Annotated[str | None, typer.Option(
        "--once", metavar="JOB", help=t("只运行这一个任务一次，然后结束", "run this job once and end"))] = None,
    as_of: Annotated[str | None, typer.Option(
        "--as-of", metavar="DATE", help=t("连同 --once：当作这一天", "with --once: as of this day"))] = None,
) -> None:  # fmt: skip
    on = day(as_of) if as_of else None
    if on is not None and once is None:
        raise typer.BadParameter(t("--as-of 只能与 --once 合用", "--as-of goes with --once only"))
    with failures():
        from gongze.clockwork import Clockwork
        from gongze.settings import load

        with Clockwork(load()) as clockwork:
            for fault in clockwork.faults:
                warn(t(f"{fault}，已略去", f"{fault}: left out"))
            if once is None:
                _serve(clockwork)
                return
            outcome = clockwork.run(once, on)
    told = {
        "done": outcome.told or "没有要做的", "done_before": "这一期已经做过，没有再做",
        "failed": f"失败：{outcome.told}", "busy": "另一个进程正在做", "deposed": "已由另一个进程接手",
    }  # fmt: skip
    print(f"{once}：{told[outcome.result]}")
    raise SystemExit(0 if outcome.result in ("done", "done_before") else 1)


schedule.__doc__ = t(
    "定时任务：常驻运行，几处同时运行时只有一处做事；SIGTERM 结束。  例：gongze schedule --once daily",
    "The scheduler: of several that run, one works; SIGTERM ends it.  E.g. gongze schedule --once daily",
)


def _serve(clockwork: Any) -> None:
    from scheduler.service import Service

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Service(clockwork.settings.database_url, clockwork.database, clockwork.jobs, clockwork.run, warn).serve(
        stop
    )


def jobs(
    job: Annotated[str | None, typer.Option("--job", metavar="JOB", help=t("只看这个任务", "this job only"))] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help=t("最多几次", "how many at most"))] = 20,
    resend: Annotated[bool, typer.Option("--resend", help=t(
        "放弃了的消息，提醒还没有解除的，重新排入待发", "queue anew what was given up of alerts still open"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze.clockwork import JOBS, named
        from gongze.ledger import Ledger
        from gongze.settings import load
        from scheduler import outbox, runs
        from scheduler.jobs import EVERY_ZH

        if job is not None:
            named(job, "--job")
        settings = load()
        with Ledger.open(settings) as ledger:
            now_ms = ledger.now_ms()
        with _kept(settings) as database:
            resent = 0
            if resend:
                with database.writing() as connection:
                    resent = outbox.resend(connection, now_ms)
            with database.reading() as connection:
                found, last = runs.latest(connection, job, limit), runs.last_of_each(connection)
                messages, stuck = outbox.counts(connection), list(outbox.stuck(connection))
                unheard = outbox.unheard(connection, now_ms)
        faults = _faults(settings)
        wrong = any(run.state == "failed" for run in last) or unheard > 0 or bool(faults)
        if fmt == "json":
            print_json({
                "jobs": [{"id": j.id, "name_zh": j.name_zh, "every": j.every, "at": f"{j.at:%H:%M}"} for j, _ in JOBS.values()],
                "runs": [_run_json(run) for run in found], "messages": messages,
                "stuck": [{name: getattr(s, name) for name in s.__dataclass_fields__} for s in stuck],
                "unheard": unheard, "resent": resent, "contacts": faults,
            })  # fmt: skip
        else:
            _print_runs(found, {j.id: f"{j.name_zh}（{EVERY_ZH[j.every]}）" for j, _ in JOBS.values()})
            for one in stuck:
                what = "放弃" if one.state == "dead" else f"第 {one.attempts} 次未成，稍后再试"
                about = f"责任 {one.duty}" if one.duty is not None else one.alert
                channel = CHANNEL_ZH.get(one.channel, one.channel)
                print(f"{what}：{about} 的提醒，经{channel}给 {one.recipient}（{one.failure}）")
            for fault in faults:
                print(fault)
            if resend:
                print(f"重新排入待发 {resent} 条，由 send 任务送出")
    raise SystemExit(1 if wrong else 0)


jobs.__doc__ = t(
    "定时任务的每次运行：何时、多久、做了什么、为何失败；有失败或发不出的则退出码 1。  例：gongze jobs --limit 5",
    "Each run: when, how long, what it did, why it failed; exit code 1 if something failed.",
)


def _faults(settings: "Settings") -> list[str]:
    """What is wrong with the contacts now."""
    from domain.refusal import Refusal
    from gongze import contacts

    try:
        return list(contacts.of(settings).faults)
    except Refusal as refusal:
        return [refusal.message]


def _kept(settings: "Settings") -> Any:
    """The database of what the clock keeps of a ledger that is there; its tables are made where there are none yet."""
    from contextlib import closing

    from scheduler import tables
    from scheduler.running import work_database

    database: Database = work_database(settings.database_url)
    tables.make(database)
    return closing(database)


def _run_json(run: "Run") -> dict[str, Any]:
    return {
        "job": run.job, "period": run.period, "day": run.day.isoformat(), "state": run.state, "attempts": run.attempts,
        "began_at": _moment(run.began_ms), "ended_at": _moment(run.ended_ms), "took_ms": run.took_ms, "did": run.did,
        "failure": run.failure,
    }  # fmt: skip


def _moment(ms: int | None) -> str | None:
    from domain.values import from_milliseconds

    return from_milliseconds(ms).isoformat(timespec="seconds") if ms is not None else None


RUN_STATE_ZH = {"running": "在做", "done": "已做", "failed": "失败"}


def _print_runs(found: "list[Run]", names: dict[str, str]) -> None:
    from gongze.cli.tables import print_table

    print_table(
        f"定时任务：最近 {len(found)} 次",
        ("任务", "期", "状态", "开始", "用时", "做了什么"),
        [
            (names.get(r.job, r.job), r.period, RUN_STATE_ZH[r.state], _moment(r.began_ms) or "",
             f"{r.took_ms / 1000:.1f} 秒" if r.took_ms is not None else "",
             (r.failure if r.state == "failed" else r.did) or "")
            for r in found
        ],
    )  # fmt: skip


def alerts(
    agency: Annotated[str | None, typer.Option(
        "--agency", metavar="A", help=t("只看给该机关的", "to this agency only"))] = None,
    officer: Annotated[str | None, typer.Option(
        "--officer", metavar="O", help=t("只看给该联络员的", "to this officer only"))] = None,
    everything: Annotated[bool, typer.Option("--all", help=t("连同已解除的", "closed ones too"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze.ledger import Ledger
        from gongze.reminding import read_by
        from gongze.settings import load
        from scheduler import alerts as kept
        from scheduler import outbox, runs

        settings = load()
        with Ledger.open(settings) as ledger:
            registry, today = ledger.registry(), ledger.today()
        reader, roles = read_by(registry, agency, officer, today)
        _tell_released(registry, officer, today)
        with _kept(settings) as database, database.reading() as connection:
            found = list(kept.listed(connection, agency=reader, roles=roles, everything=everything))
            sendings = outbox.of_alerts(connection, (one.id for one in found))
            never = not found and runs.last_done(connection, "daily") is None
        if never:
            zh = "每日提醒还没有算过：请启动 gongze schedule，或先运行一次 gongze schedule --once daily"
            warn(
                t(
                    zh,
                    "Alerts have never been computed: start gongze schedule, or run gongze schedule --once daily",
                )
            )
        if fmt == "json":
            print_json(
                {
                    "as_of": today.isoformat(),
                    "alerts": [_alert_json(one, sendings.get(one.id, [])) for one in found],
                }
            )
        else:
            _print_alerts(found, sendings, {a.id: a.name for a in registry.agencies.values()})


def _tell_released(registry: "Registry", officer: str | None, today: "date") -> None:
    """What is listed for somebody who has gone is read by the agency's others; nothing is sent to them any more."""
    known = registry.officers.get(officer) if officer is not None else None
    if known is not None and known.released_on is not None and known.released_on <= today:
        zh = f"注意：{officer} 已于 {known.released_on} 卸任，不再收到提醒；所列是本机关的"
        warn(t(zh, f"note: {officer} was released on {known.released_on} and hears of nothing any more"))


alerts.__doc__ = t(
    "提醒：临近、届满、逾期的责任，给谁，送到没有。  例：gongze alerts --agency nr.lhasa",
    "Alerts: duties near, at or past their last day, for whom, and whether they went out.  E.g. gongze alerts --agency nr.lhasa",
)


def _alert_json(one: "Alert", sendings: "list[Sending]") -> dict[str, Any]:
    from dataclasses import asdict

    days = {name: value.isoformat() if value is not None else None for name, value in (
        ("due_on", one.due_on), ("opened_on", one.opened_on), ("closed_on", one.closed_on))}  # fmt: skip
    messages = [
        {"channel": s.channel, "recipient": s.recipient, "state": s.state, "attempts": s.attempts,
         "queued_at": _moment(s.queued_ms), "ended_at": _moment(s.ended_ms), "failure": s.failure}
        for s in sendings
    ]  # fmt: skip
    return {**asdict(one), **days, "messages": messages}


CHANNEL_ZH = {
    "mail": "邮件", "digest": "摘要邮件", "sms": "短信", "webhook": "推送", "wecom": "企业微信", "dingtalk": "钉钉",
}  # fmt: skip


def _told(sendings: "list[Sending]") -> str:
    """Whether an alert went out: to whom, by what, when, or why not."""
    return "；".join(map(_sending, sendings)) or "没有联系方式，只在这里"


def _sending(one: "Sending") -> str:
    when = (_moment(one.ended_ms) or "")[:16].replace("T", " ")
    how = {
        "sent": f"已送 {when}", "dropped": f"没有送，{when} 起不必再送", "dead": f"没有送到，{when} 放弃（{one.failure}）",
        "sending": "正在送", "waiting": "待送",
    }[one.state]  # fmt: skip
    if one.state == "waiting" and one.attempts:
        how = f"还没有送到，第 {one.attempts} 次未成（{one.failure}）"
    return f"{CHANNEL_ZH.get(one.channel, one.channel)} {one.recipient} {how}"


def _print_alerts(found: "list[Alert]", sendings: "dict[str, list[Sending]]", names: dict[str, str]) -> None:
    from domain.alerts import ROLE_ZH, stage_zh
    from gongze.cli.tables import print_table

    print_table(
        f"提醒：{len(found)} 条",
        ("编号", "提醒", "期限", "案号", "责任", "责任机关", "给谁", "提出日", "送到没有", "解除"),
        [
            (a.duty[:8], stage_zh(a.stage), str(a.due_on), a.case, a.name_zh, names.get(a.holder, a.holder),
             f"{names.get(a.agency, a.agency)}（{ROLE_ZH[a.role]}）", str(a.opened_on), _told(sendings.get(a.id, [])),
             f"{a.closed_on} {a.why}" if a.closed_on is not None else "")
            for a in found
        ],
    )  # fmt: skip


calendar = typer.Typer(
    cls=Group, no_args_is_help=True, help=t("届满日写成日历文件", "due days as a calendar file")
)


def export(
    officer: Annotated[str, typer.Option("--officer", metavar="O", help=t("哪位联络员", "whose"))],
    output: Annotated[Path, typer.Option("-o", "--output", help=t("写到哪里，.ics", "where to, .ics"))],
) -> None:
    with failures():
        from domain.refusal import Refusal
        from gongze.duedays import export as made
        from gongze.keyfiles import write_over
        from gongze.ledger import Ledger
        from gongze.settings import load

        if output.suffix != ".ics":
            raise Refusal("format_unknown", "只能写入 .ics 文件", "-o")
        with Ledger.open(load()) as ledger:
            content, number = made(ledger, officer)
            tell_stopped(ledger, officer.partition("/")[0])
        write_over(output, content)
    warn(t(f"已写入 {output}（{number} 个届满日）", f"wrote {output} ({number} due days)"))


export.__doc__ = t(
    "把本机关的届满日写成日历文件，再次导入只更新、不重复。  例：gongze calendar export --officer nr.lhasa/1 -o 届满日.ics",
    "Write the due days of the officer's agency as iCalendar.  E.g. gongze calendar export --officer nr.lhasa/1 -o due.ics",
)
calendar.command("export", cls=Command)(export)
