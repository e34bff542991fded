"""gongze publish, consume, deliveries. The first two run on: each stops cleanly on SIGTERM and may be killed anywhere."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Annotated

import typer

from gongze.cli.common import FORMAT, check_format, fail, failures, print_json, t, warn


@contextmanager
def stopped_by_signals() -> Iterator[Event]:
    """Set by SIGTERM or Ctrl-C: what is under way is finished first."""
    stop = Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def end(stop: Event, *, once: bool, complete: bool) -> None:
    """Raises SystemExit where a command that was to end by itself was stopped before it was done."""
    if once and stop.is_set() and not complete:
        warn(t("已停下，没有做完。再运行同一条命令即可接着做，已经做了的不会重复",
               "Stopped before all was done. Run the same command again to go on; nothing is done twice"))  # fmt: skip
        raise SystemExit(130)


ONCE = typer.Option("--once", help=t("做完现有的就结束", "end when all there is now is done"))


def publish(
    once: Annotated[bool, ONCE] = False,
    anew: Annotated[bool, typer.Option("--anew", help=t(
        "从第一条起重新发布（恢复备份之后）", "publish everything again, after a restored backup"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from connectors import kafka_out
        from gongze import exchange
        from gongze.settings import load

        settings = load()
        access = exchange.access(settings)
        exchange.registry(settings)  # there is a ledger, and it is whole
        with stopped_by_signals() as stop:
            try:
                done = kafka_out.publish(
                    access, settings.database_url, once=once, anew=anew, stop=stop, say=warn
                )  # fmt: skip
            except kafka_out.Replaced:
                zh = "另一个发布进程已经接手，本进程停止。只须运行一个"
                fail("publisher_replaced", t(zh, "Another publisher has taken over; this one stops."), None,
                     as_json=fmt == "json", exit_code=3)  # fmt: skip
        if fmt == "json":
            print_json({"acts": done.acts, "messages": done.messages})
        else:
            print(t(f"已发布 {done.acts} 条记录，{done.messages} 份消息",
                    f"{done.acts} acts published in {done.messages} messages"))  # fmt: skip
        end(stop, once=once, complete=done.complete)


publish.__doc__ = t(
    "发布：把每条记录送到看得见它的机关的主题，不漏、不重、不乱序。  例：gongze publish",
    "Publish each act to the topics of the agencies that may see it, exactly once.  gongze publish",
)


def consume(
    once: Annotated[bool, ONCE] = False,
    instance: Annotated[int, typer.Option("--instance", min=1, max=99, help=t(
        "几个接收进程并行时各写一个号", "a number of its own for each of several consumers"))] = 1,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from connectors import kafka_in
        from connectors.kafka_out import Replaced
        from gongze import exchange
        from gongze.ledger import Ledger
        from gongze.settings import load

        settings = load()
        access = exchange.access(settings)
        rate = settings.kafka.inbox_rate if settings.kafka is not None else 0
        exchange.registry(settings)  # there is a ledger, and it is whole
        with stopped_by_signals() as stop:
            try:
                done = kafka_in.consume(
                    access, lambda: Ledger.open(settings), instance=instance, rate=rate, once=once, stop=stop, say=warn
                )  # fmt: skip
            except Replaced:
                zh = f"另一个号为 {instance} 的接收进程已经接手，本进程停止。并行的请各写一个 --instance"
                fail("consumer_replaced", t(zh, "Another consumer of this number has taken over; this one stops."), None,
                     as_json=fmt == "json", exit_code=3)  # fmt: skip
        if fmt == "json":
            print_json({"taken": done.taken, "refused": done.refused})
        else:
            print(
                t(f"入账 {done.taken}，退回 {done.refused}", f"{done.taken} taken in, {done.refused} refused")
            )
        end(stop, once=once, complete=done.complete)


consume.__doc__ = t(
    "接收：各机关发来的签名声明入账，退回的进入死信并答复。  例：gongze consume",
    "Take in the signed statements that the agencies send; what is refused is answered.  gongze consume",
)


def deliveries(
    agency: Annotated[str | None, typer.Option("--agency", metavar="A", help=t(
        "只看该机关送出和收到的", "only what this agency sent or is to get"))] = None,
    pending: Annotated[bool, typer.Option("--pending", help=t("只看没有签收的", "only what is not acknowledged"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze import deliveries as work
        from gongze import exchange
        from gongze.ledger import Ledger
        from gongze.settings import load

        settings = load()
        access = exchange.access(settings)
        with Ledger.open(settings) as ledger:
            if agency is not None and agency not in ledger.registry().agencies:
                raise Refusal("agency_unknown", f"没有登记机构 {agency}", "--agency")
            rows = work.deliveries(ledger, access, agency)
        shown = [row for row in rows if not (pending and row.acknowledged_on)]
        if fmt == "json":
            print_json({"deliveries": [row.json() for row in shown]})
            return
        from gongze.cli.tables import print_table

        heads = (t("案卷", "Case"), t("文书", "Paper"), t("送往", "To"), t("送出", "Sent"), t("到达主题", "Delivered"),
                 t("对方已读取", "Fetched"), t("签收", "Acknowledged"))  # fmt: skip
        read = {None: "—", True: t("是", "yes"), False: t("否", "no")}
        print_table(
            t(f"{len(shown)} 件", f"{len(shown)} copies"), heads,
            [(r.case, r.what_zh, r.to, r.sent_on.isoformat(),
              f"{r.delivered.topic}/{r.delivered.offset} {work.moment(r.delivered)}" if r.delivered else "—",
              read[r.fetched], r.acknowledged_on.isoformat() if r.acknowledged_on else "—") for r in shown],
        )  # fmt: skip


deliveries.__doc__ = t(
    "送达：每件抄送何时送出、到了主题的哪个位置、对方读到没有、何时签收。  例：gongze deliveries --pending",
    "Of each copy: sent, delivered to the broker, fetched, acknowledged.  gongze deliveries --pending",
)
