"""gongze topics: the topics, permissions and users of the exchange, set up by the broker's administrator."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, failures, print_json, t, warn

if TYPE_CHECKING:
    from gongze.exchange import Difference

app = typer.Typer(
    cls=Group,
    help=t("交换的主题、权限和用户", "Topics, permissions and users of the exchange"),
    no_args_is_help=True,
)
OURS = typer.Option("--user", metavar="NAME", help=t(
    "台账自己发布、接收所用的用户", "the user as whom the ledger publishes and consumes"))  # fmt: skip


@app.command(cls=Command, help=t(
    "建立或更正主题和权限：先列出差异，同意后才改。  例：gongze topics ensure --yes",
    "Make the topics and permissions as they should be, after showing the difference.  gongze topics ensure --yes",
))  # fmt: skip
def ensure(
    yes: Annotated[bool, typer.Option("--yes", help=t("不询问，直接改", "do not ask"))] = False,
    user: Annotated[str, OURS] = "gongze",
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from connectors.topic_admin import Administration
        from gongze import exchange
        from gongze.settings import load

        settings = load()
        registry = exchange.registry(settings)
        with Administration(exchange.access(settings)) as administration:
            found = exchange.difference(administration, registry, user)
            if fmt == "table":
                _print(found)
            agreed = found.can_be_made and (yes or (fmt == "table" and _agreed()))
            if agreed:
                exchange.make(administration, registry, found)
        left = found.cannot_be_made or (found.can_be_made and not agreed)
        if fmt == "json":
            print_json({"made": agreed, **asdict(found)})
        elif agreed:
            print(t("已按上表设置", "Done"))
    raise SystemExit(1 if left else 0)


def _agreed() -> bool:
    if not sys.stdin.isatty():
        warn(t("没有改动：确认无误后加 --yes 再运行", "Nothing was changed: run it again with --yes"))
        return False
    return typer.confirm(t("按上表设置？", "Make it so?"))


def _print(found: "Difference") -> None:
    for change in found.changes:
        if change.what == "create":
            print(f"{t('新建', 'create')}\t{change.topic}")
        else:
            print(f"{t('更改', 'alter')}\t{change.topic}\t{change.setting}：{change.now} → {change.then}")
        if change.what == "partitions":
            warn(t(f"{change.topic} 的分区数不能改：改了同一案件的次序会乱。请新建集群，或人工迁移",
                   f"{change.topic}: the number of partitions cannot be changed, a case would lose its order"))  # fmt: skip
    for sign, permissions in ((t("准许", "grant"), found.grant), (t("收回", "withdraw"), found.withdraw)):
        for p in permissions:
            print(f"{sign}\t{p.user}\t{p.operation}\t{p.resource} {p.name}{'*' if p.prefixed else ''}")
    for name in found.others:
        warn(
            t(
                f"提示：{name} 不是本台账现在用的主题，没有动它",
                f"Note: {name} is none of ours and was left alone",
            )
        )
    for agency in found.left_out:
        warn(
            t(
                f"提示：机构代码 {agency} 不能用作主题名，不参加交换",
                f"Note: no topic can be named after {agency}",
            )
        )
    if not found.permissions_kept:
        warn(t("注意：这台消息服务器不管权限，谁都能读写", "Beware: this broker keeps no permissions"))
    if not found.changes and not found.grant and not found.withdraw:
        print(t("主题和权限都已就绪", "Topics and permissions are as they should be"))


@app.command("user", cls=Command, help=t(
    "设置一个用户的口令，或停用它。  例：gongze topics user court.chengguan --password-file 口令.txt",
    "Set a user's password, or lock it out.  gongze topics user court.chengguan --password-file password.txt",
))  # fmt: skip
def user_(
    name: Annotated[str, typer.Argument(metavar="USER", help=t(
        "机构代码，或台账自己的用户", "an agency, or the ledger's own user"))],
    password_file: Annotated[Path | None, typer.Option("--password-file", metavar="FILE", help=t(
        "新口令所在的文件，至少 12 个字符", "the file with the new password"))] = None,
    lock: Annotated[bool, typer.Option("--lock", help=t(
        "停用：换成无人知道的口令，收回权限", "lock out: an unknown password, no permissions"))] = False,
    user: Annotated[str, OURS] = "gongze",
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    if lock == (password_file is not None):
        raise typer.BadParameter(t("--password-file 和 --lock 写一个", "one of --password-file, --lock"))
    with failures(fmt):
        from connectors.topic_admin import Administration
        from domain.refusal import Refusal
        from gongze import exchange
        from gongze.settings import load

        settings = load()
        registry = exchange.registry(settings)
        if name != user and name not in registry.agencies:
            raise Refusal("agency_unknown", f"没有登记机构 {name}", "USER")
        password = exchange.new_password(password_file) if password_file is not None else None
        with Administration(exchange.access(settings)) as administration:
            if password is not None:
                administration.set_password(name, password)
            else:
                administration.lock_out(name)
                held = administration.granted() or []
                administration.withdraw([p for p in held if p.user == name])
        if fmt == "json":
            print_json({"user": name, "locked": lock})
        else:
            print(t(f"{name} 已停用", f"{name} is locked out") if lock else t("口令已设置", "Password set"))
