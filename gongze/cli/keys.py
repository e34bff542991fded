"""gongze key: making keys on the agency's side; registering and revoking them are signed events."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, failures, print_json, t

app = typer.Typer(
    cls=Group,
    help=t("密钥：生成、登记、更换、撤销、查看", "Keys: make, register, rotate, revoke, list"),
    no_args_is_help=True,
)

AGENCY = typer.Option("--agency", metavar="A", help=t("机构代码", "agency id"))
ROOT_KEY = typer.Option("--root-key", metavar="FILE", help=t("本机构根密钥", "the agency's root key"))
OFFICER = typer.Option("--officer", metavar="O", help=t("联络员代码，如 nr.lhasa/1", "officer id"))
CUSTODY = typer.Option("--custody", help=t("保管方式：file、agent、token", "file, agent or token"))


@app.command(cls=Command, help=t(
    "生成密钥（加密保存，口令不经参数传递）。根密钥在离线电脑上生成。  例：gongze key new --root -o 根.key",
    "Make an encrypted key file; make root keys on an offline computer.",
))  # fmt: skip
def new(
    output: Annotated[Path, typer.Option("-o", "--output", help=t("写入此文件", "write here"))],
    root: Annotated[bool, typer.Option("--root", help=t("作为机构根密钥", "an agency's root key"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from events.keys import SigningKey
        from gongze.keyfiles import passphrase
        from gongze.settings import load

        secret = passphrase(load(), ask=True)
        if not secret:
            raise Refusal(
                "passphrase_missing", "请在终端输入口令，或用 GONGZE_KEY_PASSPHRASE_FILE 指明口令文件",
                "GONGZE_KEY_PASSPHRASE_FILE",
            )  # fmt: skip
        if output.exists():
            raise Refusal("file_exists", f"{output} 已存在，请换一个文件名", "-o")
        key = SigningKey.generate()
        key.save(output, secret)
        shown = {"file": str(output), "purpose": "root" if root else "sign", "key_id": key.kid.hex(),
                 "public_key": key.public.hex()}  # fmt: skip
        if fmt == "json":
            print_json(shown)
        else:
            print(
                f"已生成{'根' if root else ''}密钥 {output}\n  指纹 {_grouped(shown['key_id'])}\n  公钥 {shown['public_key']}"
            )
            if root:
                print("  请把指纹抄写在纸质指纹单上，由负责人签字后交台账运行单位登记。")


def _grouped(hexadecimal: str) -> str:
    return " ".join(hexadecimal[i : i + 8] for i in range(0, len(hexadecimal), 8))


@app.command(cls=Command, help=t(
    "登记密钥：根密钥登记自己（不写 --key），或由根密钥登记联络员的密钥、本机关的加密密钥（--encrypt）。"
    "  例：gongze key register --agency nr.lhasa --root-key 根.key --key 我.key --officer nr.lhasa/1",
    "Register the root key itself, or an officer's or encryption key signed by the root.",
))  # fmt: skip
def register(
    agency: Annotated[str, AGENCY],
    root_key: Annotated[Path, ROOT_KEY],
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help=t("要登记的密钥", "the key to register"))
    ] = None,
    officer: Annotated[str | None, OFFICER] = None,
    name: Annotated[
        str | None, typer.Option("--name", help=t("联络员姓名（尚未任命的一并任命）", "officer's name"))
    ] = None,
    encrypt: Annotated[
        bool,
        typer.Option(
            "--encrypt", help=t("登记为加密密钥：摆渡包封给它", "as the key that bundles are sealed to")
        ),
    ] = False,
    custody: Annotated[str, CUSTODY] = "file",
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.keywork import KeyWork

        if encrypt and key is None:
            raise Refusal("usage", "请用 --key 写明要登记的加密密钥", "--key")
        if encrypt and (officer is not None or name is not None):
            raise Refusal("usage", "加密密钥是机关的，不属于联络员：请去掉 --officer 和 --name", "--officer")
        if key is None and (officer is not None or name is not None):
            raise Refusal(
                "usage", "请用 --key 写明联络员的密钥；登记根密钥的，去掉 --officer 和 --name", "--key"
            )
        with KeyWork.open(agency, root_key) as work:
            if key is None:
                made = work.register_root(custody)
            elif encrypt:
                made = work.register_encryption(key, custody)
            else:
                made = work.register(key, officer, name, custody)
        _show(made, fmt)


@app.command(cls=Command, help=t(
    "更换联络员密钥：登记新密钥并撤销旧密钥。"
        "  例：gongze key rotate --agency nr.lhasa --root-key 根.key --old 1a2b3c4d --key 新.key --reason 换人",
        "Register an officer's new key and revoke the old one."
))  # fmt: skip
def rotate(
    agency: Annotated[str, AGENCY],
    root_key: Annotated[Path, ROOT_KEY],
    old: Annotated[str, typer.Option("--old", metavar="KEY-ID", help=t("旧密钥指纹", "old key id"))],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help=t("新密钥", "new key"))],
    reason: Annotated[str, typer.Option("--reason", help=t("原因", "reason"))],
    custody: Annotated[str, CUSTODY] = "file",
    since: Annotated[
        str | None, typer.Option("--since", help=t("自何时起存疑，默认现在", "in doubt since"))
    ] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze.keywork import KeyWork

        with KeyWork.open(agency, root_key) as work:
            made = work.rotate(old, key, reason, since, custody)
        _show(made, fmt)


@app.command(cls=Command, help=t(
    "撤销密钥；自 --since 起用它签名的记录标为存疑。"
        "  例：gongze key revoke 1a2b3c4d --agency nr.lhasa --key 根.key --reason 遗失 --since 2026-02-01",
        "Revoke a key; acts signed with it since then are in doubt."
))  # fmt: skip
def revoke(
    agency: Annotated[str, AGENCY],
    root_key: Annotated[Path, typer.Option("--key", "--root-key", metavar="FILE", help=t(
        "根密钥，或要撤销的密钥自己", "the root key, or the key itself"))],
    key_id: Annotated[str, typer.Argument(metavar="KEY-ID", help=t("要撤销的密钥指纹", "the key's id"))],
    reason: Annotated[str, typer.Option("--reason", help=t("原因", "reason"))],
    since: Annotated[str | None, typer.Option("--since", help=t("自何时起存疑，默认现在", "in doubt since"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze.keywork import KeyWork

        with KeyWork.open(agency, root_key) as work:
            made = work.revoke(key_id, reason, since)
        _show(made, fmt)


def _show(made: list[dict[str, Any]], fmt: str) -> None:
    if fmt == "json":
        print_json({"accepted": made})
        return
    for one in made:
        print(f"已登记 {one['type']} {one['key_id']}（位置 {one['index']}）")


@app.command(
    "list",
    cls=Command,
    help=t("列出已登记的密钥。  例：gongze key list --agency nr.lhasa", "List the registered keys."),
)
def list_(
    agency: Annotated[str | None, AGENCY] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    _list(agency, fmt, with_revoked=False)


@app.command(
    cls=Command,
    help=t(
        "列出全部密钥，含已撤销的。  例：gongze key history --agency nr.lhasa", "All keys, revoked ones too."
    ),
)
def history(
    agency: Annotated[str | None, AGENCY] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    _list(agency, fmt, with_revoked=True)


def _list(agency: str | None, fmt: str, *, with_revoked: bool) -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze.ledger import Ledger
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            found = [
                k for k in ledger.registry().keys.values()
                if agency in (None, k.agency) and (with_revoked or k.revoked_at is None)
            ]  # fmt: skip
        rows = [
            {
                "key_id": k.key_id, "agency": k.agency, "officer": k.officer, "purpose": k.purpose, "custody": k.custody,
                "from": k.valid_from.isoformat(), "registered_at": k.registered_at, "revoked_at": k.revoked_at,
                "in_doubt_since": k.doubt_since.isoformat() if k.doubt_since else None,
                "countersigned_by": list(k.countersigned_by),
            }
            for k in found
        ]  # fmt: skip
        if fmt == "json":
            print_json({"keys": rows})
            return
        from gongze.cli.tables import print_table

        lines = [
            (str(r["key_id"])[:16], str(r["agency"]), str(r["officer"] or "—"), str(r["purpose"]), str(r["custody"]),
             str(r["from"])[:10], "" if r["revoked_at"] is None else f"在位置 {r['revoked_at']} 撤销")
            for r in rows
        ]  # fmt: skip
        print_table("密钥", ("指纹", "机构", "联络员", "用途", "保管", "生效", "状态"), lines)
