"""The command line. Each command only parses, asks the ledger, and prints; help is Chinese, or English by
GONGZE_LANG=en. Heavy rooms are imported inside the commands, so that a quick question is answered quickly."""

import os
import sys
from typing import NoReturn

import typer

from gongze.cli import (
    acts,
    board,
    books,
    checks,
    clock,
    copies,
    dead_letters,
    documents,
    exchange,
    ferry,
    importing,
    keys,
    output,
    province,
    reconcile,
    reports,
    rules,
    schema,
    simulation,
    statistics,
    topics,
)
from gongze.cli.common import Command, Group, fail, t, warn

app = typer.Typer(
    cls=Group,
    help=t(
        "共责台账：各机关签名入账、责任自动计时的共享台账。", "Gongze: the signed, shared enforcement ledger."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)

app.command("init", cls=Command)(acts.init)
app.command("demo", cls=Command)(acts.demo)
app.command("simulate", cls=Command)(simulation.simulate)
app.command("replay", cls=Command)(acts.replay)
app.command("record", cls=Command)(acts.record)
app.command("sign", cls=Command)(acts.sign)
app.command("import", cls=Command)(importing.import_)
app.command("querysheet", cls=Command)(importing.querysheet)
app.command("duties", cls=Command)(board.duties)
app.command("explain", cls=Command)(board.explain)
app.command("deadline", cls=Command)(board.deadline)
app.command("accounts", cls=Command)(books.accounts)
app.command("reconcile", cls=Command)(reconcile.reconcile)
app.command("schedule", cls=Command)(clock.schedule)
app.command("jobs", cls=Command)(clock.jobs)
app.command("alerts", cls=Command)(clock.alerts)
app.command("statistics", cls=Command)(statistics.statistics)
app.command("document", cls=Command)(documents.document)
app.command("verify", cls=Command)(checks.verify)
app.command("rebuild", cls=Command)(checks.rebuild)
app.command("doctor", cls=Command)(checks.doctor)
app.command("backup", cls=Command)(copies.backup)
app.command("restore", cls=Command)(copies.restore)
app.command("move", cls=Command)(copies.move)
app.command("publish", cls=Command)(exchange.publish)
app.command("consume", cls=Command)(exchange.consume)
app.command("deliveries", cls=Command)(exchange.deliveries)
app.command("rollup", cls=Command)(province.rollup)
app.add_typer(dead_letters.app, name="dead-letter")
app.add_typer(topics.app, name="topics")
app.add_typer(clock.calendar, name="calendar")
app.add_typer(keys.app, name="key")
app.add_typer(reports.app, name="report")
app.add_typer(rules.app, name="rules")
app.add_typer(ferry.app, name="ferry")
app.add_typer(schema.app, name="schema")


def _speak() -> None:
    """Typer's own words in the user's language; its help writer is slow to import, so only where it is needed."""
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.table import Table
    from typer import rich_utils

    class Folding(Table):
        """Chinese has no spaces: what does not fit is a word too long to them, which they would cut off."""

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for column in self.columns:
                column.overflow = "fold"
            return super().__rich_console__(console, options)

    rich_utils.Table = Folding  # type: ignore[attr-defined] # the name by which it makes its tables
    rich_utils.OPTIONS_PANEL_TITLE = t("选项", "Options")
    rich_utils.COMMANDS_PANEL_TITLE = t("命令", "Commands")
    rich_utils.ARGUMENTS_PANEL_TITLE = t("参数", "Arguments")
    rich_utils.ERRORS_PANEL_TITLE = t("用法有误", "Usage error")
    rich_utils.DEFAULT_STRING = t("[默认：{}]", "[default: {}]")
    rich_utils.REQUIRED_LONG_STRING = t("[必填]", "[required]")
    rich_utils.RICH_HELP = t(
        "查看帮助：{command_path} {help_option}", "Try '{command_path} {help_option}' for help"
    )


def main() -> None:
    """The console script."""
    with output.standing():
        try:
            _run()
        except SystemExit as ended:
            sys.stdout.flush()
            why = output.lost()
            if why is None or ended.code not in (0, 1):
                raise
            text = t(
                "结果没有写完，但命令已经做完，办成的都算数；换一个地方输出",
                "Done, but not all of the answer could be written",
            )
            fail("output_lost", f"{text}（{why.strerror}）", None, as_json=_asked_json(), exit_code=3)


def _asked_json() -> bool:
    return "json" in sys.argv[1:] or "--format=json" in sys.argv


def _run() -> NoReturn:
    if len(sys.argv) == 1 or {"--help", "-h"} & set(sys.argv):
        _speak()
    try:
        raise SystemExit(app(standalone_mode=False) or 0)
    except typer.TyperException as error:
        if _asked_json():
            parameter = getattr(error, "param", None)
            name = parameter.opts[0] if parameter is not None and parameter.opts else None
            fail("usage", error.format_message(), name, as_json=True, exit_code=2)
        _speak()
        from typer import rich_utils

        rich_utils.rich_format_error(error)  # type: ignore[arg-type] # typer raises only its kind with a context
        raise SystemExit(2) from None  # a call that cannot be understood
    except (KeyboardInterrupt, typer.Abort):
        raise SystemExit(130) from None
    except Exception as error:
        if os.environ.get("GONGZE_TRACE"):
            raise
        brief = f"{type(error).__name__}：{str(error).splitlines()[0] if str(error) else ''}"
        warn(t(f"意外错误 {brief}。请告知维护人员；设 GONGZE_TRACE=1 可看详情", f"Unexpected error {brief}"))
        raise SystemExit(3) from None
