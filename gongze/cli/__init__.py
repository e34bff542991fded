"""The command line. Each command only parses, asks the ledger, and prints; help is Chinese, or English by
GONGZE_LANG=en. Heavy rooms are imported inside the commands, so that a quick question is answered quickly."""

import contextlib
import os
import sys

import typer
from typer import rich_utils

from gongze.cli import acts, board, checks, keys, rules
from gongze.cli.common import t

app = typer.Typer(
    help=t(
        "共责台账：各机关签名入账、责任自动计时的共享台账。", "Gongze: the signed, shared enforcement ledger."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
rich_utils.OPTIONS_PANEL_TITLE = t("选项", "Options")
rich_utils.COMMANDS_PANEL_TITLE = t("命令", "Commands")
rich_utils.ARGUMENTS_PANEL_TITLE = t("参数", "Arguments")
rich_utils.ERRORS_PANEL_TITLE = t("用法有误", "Usage error")
rich_utils.DEFAULT_STRING = t("[默认：{}]", "[default: {}]")
rich_utils.REQUIRED_LONG_STRING = t("[必填]", "[required]")
rich_utils.RICH_HELP = t(
    "查看帮助：{command_path} {help_option}", "Try '{command_path} {help_option}' for help"
)

app.command("init")(acts.init)
app.command("demo")(acts.demo)
app.command("replay")(acts.replay)
app.command("record")(acts.record)
app.command("sign")(acts.sign)
app.command("duties")(board.duties)
app.command("explain")(board.explain)
app.command("deadline")(board.deadline)
app.command("accounts")(board.accounts)
app.command("verify")(checks.verify)
app.command("doctor")(checks.doctor)
app.add_typer(keys.app, name="key")
app.add_typer(rules.app, name="rules")


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        app()
    except BrokenPipeError:  # the reader of our output went away: not our failure, and no traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
