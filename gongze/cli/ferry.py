"""gongze ferry: exchange by bundle files with agencies on networks that are kept apart."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, Command, Group, check_format, failures, message, print_json, t, warn

if TYPE_CHECKING:
    from connectors.ferry.partner import Partner
    from gongze.ferry import Made, Taken

app = typer.Typer(
    cls=Group,
    help=t(
        "摆渡：与网络隔离的机关用文件往来（光盘、光闸）",
        "Ferry: exchange by files with agencies on separated networks",
    ),
    no_args_is_help=True,
)

TO = typer.Option("--to", metavar="AGENCY", help=t("收件机关代码", "the agency's id"))
AT = typer.Option("--at", metavar="DIR", help=t("本机关的摆渡文件夹", "the agency's ferry folder"))
INTO = typer.Option(
    "-o", "--output", metavar="DIR", help=t("写入此文件夹，默认当前", "write into this folder")
)
MAX_BYTES = typer.Option(
    "--max-bytes", metavar="N", help=t("单个文件的最大字节数，默认 16 MB", "the largest file; 16 MiB")
)
DEFAULT_BYTES = 16 << 20


@app.command(cls=Command, help=t(
    "导出发给一个机关的包：它没有确认的和新的。  例：gongze ferry export --to court.chengguan -o /media/disc",
    "Write the bundles that an agency has not confirmed, and what is new.",
))  # fmt: skip
def export(
    to: Annotated[str, TO],
    output: Annotated[Path, INTO] = Path(),
    anew: Annotated[
        bool, typer.Option("--anew", help=t("从头全部重发", "begin anew and send everything"))
    ] = False,
    max_bytes: Annotated[int, MAX_BYTES] = DEFAULT_BYTES,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from contextlib import closing

        from gongze.ferry import Ferry
        from gongze.ledger import Ledger
        from gongze.settings import load

        with Ledger.open(load()) as ledger, closing(Ferry(ledger)) as ferry:
            made = ferry.export(to, _folder(output), max_bytes, anew=anew)
        if fmt == "json":
            print_json({"written": [_made(one) for one in made]})
        else:
            _print_made(made)


@app.command("import", cls=Command, help=t(
    "导入机关的回件，并写出给它的答复（回执与退回）。  例：gongze ferry import /media/disc/*.ferry -o 答复",
    "Take in agencies' answers and write the bundles that answer them.",
))  # fmt: skip
def import_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=t("回件", "answers"))],
    output: Annotated[Path, INTO] = Path(),
    max_bytes: Annotated[int, MAX_BYTES] = DEFAULT_BYTES,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:
    check_format(fmt)
    with failures(fmt):
        from contextlib import closing

        from domain.refusal import Refusal
        from gongze.ferry import Ferry
        from gongze.ledger import Ledger
        from gongze.settings import load

        folder = _folder(output)
        made: list[Made] = []
        results: list[dict[str, Any]] = []
        with Ledger.open(load()) as ledger, closing(Ferry(ledger)) as ferry:
            agencies: list[str] = []
            for taken in ferry.take(files):
                results.append(_taken(taken))
                if fmt != "json":
                    _print_taken(results[-1])
                if taken.address is not None and taken.refusal is None:
                    agencies.append(taken.address.agency)
            ledger.catch_up()
            for agency in dict.fromkeys(agencies):
                try:
                    made += ferry.export(agency, folder, max_bytes)
                except Refusal as refusal:
                    results.append({"file": None, "agency": agency, **_refusal(refusal)})
                    warn(f"{agency} [{refusal.code}] {message(refusal)}")
        if fmt == "json":
            print_json({"bundles": results, "written": [_made(one) for one in made]})
        else:
            _print_made(made)
        wrong = any("code" in one or one["refused"] or one["warnings"] for one in results)
        raise SystemExit(1 if wrong else 0)


@app.command(cls=Command, help=t(
    "打印台账卡，当面交给机关（与纸质核对后使用）。  例：gongze ferry card --to court.chengguan > 台账卡.json",
    "Print the card that an agency is handed by hand: the ledger's name and key.",
))  # fmt: skip
def card(to: Annotated[str, TO]) -> None:
    with failures():
        from gongze.ferry import log_public
        from gongze.ferryside import card_of
        from gongze.ledger import Ledger
        from gongze.settings import load

        with Ledger.open(load()) as ledger:
            made = card_of(ledger, to)
        print_json(made)
        key = _grouped(log_public(made["log_key"]))
        warn(
            t(
                f"请把台账公钥印在纸上，一并当面交给对方核对：{key}",
                f"The ledger's key, to hand over on paper: {key}",
            )
        )


@app.command(cls=Command, help=t(
    "（机关一侧）用台账卡建立摆渡文件夹。  例：gongze ferry join 台账卡.json --at 摆渡",
    "At the agency: set up a ferry folder with the ledger's card.",
))  # fmt: skip
def join(
    card: Annotated[Path, typer.Argument(metavar="CARD.json", help=t("台账卡", "the ledger's card"))],
    at: Annotated[Path, AT],
) -> None:
    with failures():
        import time

        from connectors.ferry.partner import Partner
        from gongze.ferryside import read_card

        read = read_card(card)
        Partner.join(at, read, time.time_ns() // 1_000_000)
        print(
            t(
                f"已建立 {at}：{read.agency} 与台账 {read.ledger}",
                f"{at}: {read.agency}, ledger {read.ledger}",
            )
        )
        key = _grouped(read.log_key)
        print(t(f"请与纸质卡核对台账公钥：{key}", f"Compare the ledger's key with the paper: {key}"))


def _grouped(key: bytes) -> str:
    """As people compare it, on both sides."""
    return " ".join(key.hex()[i : i + 8] for i in range(0, 64, 8))


@app.command("open", cls=Command, help=t(
    "（机关一侧）打开收到的包：验签、存入摆渡文件夹、列出新内容。  例：gongze ferry open *.ferry --at 摆渡 --key 加密.key",
    "At the agency: open what came, verify it, keep it, and list what is new.",
))  # fmt: skip
def open_(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=t("收到的包", "bundles"))],
    at: Annotated[Path, AT],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help=t("本机关的加密密钥", "the encryption key"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from dataclasses import asdict

        from domain.refusal import Refusal
        from gongze.ferry import read_limited
        from gongze.ferryside import shown
        from gongze.keyfiles import OneKey
        from gongze.settings import load

        results: list[dict[str, Any]] = []
        with _partner(at) as partner:
            opener = OneKey.load(key, load()).key
            for file in sorted(files, key=lambda f: f.name):
                try:
                    came = partner.take(read_limited(file), opener)
                except Refusal as refusal:
                    results.append({"file": file.name, **_refusal(refusal)})
                    continue
                acts = [_act(entry) for entry in partner.entries(came.shown)]
                results.append({
                    "file": file.name, "epoch": came.address.epoch, "number": came.address.number,
                    "repeated": came.repeated, "acts": acts, "faults": [asdict(f) for f in came.faults],
                })  # fmt: skip
            stand = shown(partner)
        wrong = stand["faults"] or stand["refused"] or any("code" in r or r["faults"] for r in results)
        if fmt == "json":
            print_json({"bundles": results, **stand})
        else:
            for one in results:
                _print_opened(one)
            _print_standing(stand)
        raise SystemExit(1 if wrong else 0)


@app.command(cls=Command, help=t(
    "（机关一侧）签名案件脚本，放入待发；不需要台账。  例：gongze ferry sign 受理.jsonl --at 摆渡 --key 我.key",
    "At the agency: sign a case script and put it with what is to be sent.",
))  # fmt: skip
def sign(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT.jsonl", help=t("案件脚本", "case script"))],
    at: Annotated[Path, AT],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help=t("本机关联络员的密钥", "the officer's key"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.ferryside import sign_line
        from gongze.keyfiles import OneKey
        from gongze.script import parse, physical_lines
        from gongze.settings import load

        accepted: list[dict[str, Any]] = []
        refused: list[dict[str, Any]] = []
        with _partner(at) as partner:
            one = OneKey.load(key, load())
            for number, raw in physical_lines(script):
                try:
                    made, new = sign_line(partner, parse(number, raw), one)
                    accepted.append({"line": number, "id": made, "duplicate": not new})
                except Refusal as refusal:
                    refused.append({"line": number, **_refusal(refusal)})
        if not accepted and not refused:
            raise Refusal("file_unusable", f"{script} 是空文件", "SCRIPT")
        if fmt == "json":
            print_json({"signed": accepted, "refused": refused})
        else:
            for line in refused:
                print(t(f"退回 第 {line['line']} 行", f"refused, line {line['line']}"),
                      f"[{line['code']}] {line['message']}（{line['field'] or '—'}）")  # fmt: skip
            print(t(f"已签名待发 {len(accepted)} 条，未签 {len(refused)} 条",
                    f"signed {len(accepted)}, refused {len(refused)}"))  # fmt: skip
        raise SystemExit(1 if refused else 0)


@app.command(cls=Command, help=t(
    "（机关一侧）打包回件：确认收到的编号，带上待发的声明。  例：gongze ferry pack --at 摆渡 --key 我.key -o /media/disc",
    "At the agency: write the answer, which confirms what came and carries what was signed.",
))  # fmt: skip
def pack(
    at: Annotated[Path, AT],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help=t("本机关联络员的密钥", "the officer's key"))],
    output: Annotated[Path, INTO] = Path(),
    max_bytes: Annotated[int, MAX_BYTES] = DEFAULT_BYTES,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from connectors.ferry import bundles
        from domain.refusal import Refusal
        from gongze.keyfiles import OneKey, write_over
        from gongze.settings import load

        if not bundles.FILE_MIN <= max_bytes <= bundles.FILE_MAX:
            raise Refusal("settings_unusable", _SIZES, "--max-bytes")
        folder = _folder(output)
        with _partner(at) as partner:
            made = partner.pack(OneKey.load(key, load()).key, max_bytes)
            carried = len(partner.waiting())
            missing = partner.standing().missing
        for address, raw in made:
            write_over(folder / address.file_name, raw)
        names = [str(folder / address.file_name) for address, _ in made]
        if fmt == "json":
            print_json({"written": names, "statements": carried, "missing": list(missing)})
        else:
            for name in names:
                print(name)
            lacking = (
                t(f"，缺第 {'、'.join(map(str, missing))} 号", f", missing {missing}") if missing else ""
            )
            print(t(f"回件 {len(names)} 个，带声明 {carried} 条{lacking}",
                    f"{len(names)} files with {carried} statements{lacking}"))  # fmt: skip


_SIZES = "单个文件大小应在 128 KB 至 64 MB 之间"


@app.command(cls=Command, help=t(
    "（机关一侧）收到了多少、缺哪些编号、哪些待答复或被退回。  例：gongze ferry status --at 摆渡",
    "At the agency: what came, what is missing, what waits for an answer.",
))  # fmt: skip
def status(at: Annotated[Path, AT], fmt: Annotated[str, FORMAT] = "table") -> None:
    check_format(fmt)
    with failures(fmt):
        from gongze.ferryside import shown

        with _partner(at) as partner:
            stand = shown(partner)
        if fmt == "json":
            print_json(stand)
        else:
            _print_standing(stand)
        raise SystemExit(1 if stand["faults"] else 0)


# -- what the commands print


def _folder(path: Path) -> Path:
    from domain.refusal import Refusal

    if not path.is_dir():
        raise Refusal("file_unusable", f"没有文件夹 {path}，请先建立", "-o")
    return path


@contextmanager
def _partner(at: Path) -> Iterator["Partner"]:
    import sqlite3

    from connectors.ferry.partner import Partner
    from domain.refusal import Refusal

    try:
        with Partner(at) as partner:
            yield partner
    except sqlite3.Error as error:
        raise Refusal(
            "folder_unusable",
            f"摆渡文件夹 {at} 无法使用（{error}）；若已损坏，请另建一个并打包回件，台账会全部重发",
            "--at",
        ) from None


def _refusal(refusal: Any) -> dict[str, Any]:
    return {"code": refusal.code, "message": message(refusal), "field": refusal.field}


def _act(entry: Any) -> dict[str, Any]:
    from domain.dossiers import dossier_id
    from domain.values import from_milliseconds
    from events.statement import decode

    claims = decode(entry.statement).claims
    case = entry.stream if entry.stream == "registry" else dossier_id(entry.stream)
    return {
        "index": entry.index, "id": entry.cti.hex(), "type": claims.event, "case": case,
        "agency": claims.on_behalf_of or claims.iss, "occurred_on": claims.occurred_on.isoformat(),
        "received_at": from_milliseconds(entry.received_at_ms).isoformat(timespec="milliseconds"),
    }  # fmt: skip


def _made(made: "Made") -> dict[str, Any]:
    address = made.address
    return {
        "file": str(made.path), "agency": address.agency, "epoch": address.epoch, "number": address.number,
        "acts": made.items, "refused": made.refused, "again": made.again,
    }  # fmt: skip


def _print_made(made: "list[Made]") -> None:
    if not made:
        print(t("没有新的内容，对方也都确认过了", "Nothing new, and all is confirmed"))
    for one in made:
        again = t("（先前编过号，未确认）", " (again)") if one.again else ""
        print(t(f"{one.path}\t第 {one.address.number} 号，{one.items} 条，退回 {one.refused} 条{again}",
                f"{one.path}\tnumber {one.address.number}, {one.items} acts, {one.refused} refused{again}"))  # fmt: skip


def _taken(taken: "Taken") -> dict[str, Any]:
    from domain.refusal import Refusal

    where = taken.address
    made: dict[str, Any] = {
        "file": taken.file, "agency": where and where.agency, "epoch": where and where.epoch,
        "number": where and where.number, "repeated": taken.repeated, "accepted": [], "refused": [],
        "warnings": [{"code": code, "message": what} for code, what in taken.warnings],
    }  # fmt: skip
    for number, (_, answer) in enumerate(taken.answers, 1):
        if isinstance(answer, Refusal):
            made["refused"].append({"line": number, **_refusal(answer)})
        else:
            entry = answer.receipt.entry
            made["accepted"].append({
                "line": number, "id": entry.cti.hex(), "index": entry.index, "duplicate": answer.receipt.repeated,
            })  # fmt: skip
    return made if taken.refusal is None else made | _refusal(taken.refusal)


def _print_taken(one: dict[str, Any]) -> None:
    if "code" in one:
        print(
            t(f"{one['file']} 没有导入", f"{one['file']} was not taken"), f"[{one['code']}] {one['message']}"
        )
        return
    again = sum(a["duplicate"] for a in one["accepted"])
    print(t(f"{one['file']} {one['agency']} 第 {one['number']} 号：入账 {len(one['accepted'])}（其中已在账 {again}），"
            f"退回 {len(one['refused'])}",
            f"{one['file']} {one['agency']} number {one['number']}: accepted {len(one['accepted'])} "
            f"(stored before {again}), refused {len(one['refused'])}"))  # fmt: skip
    for line in one["refused"]:
        print(f"  [{line['code']}] {line['message']}（{line['field'] or '—'}）")
    for warning in one["warnings"]:
        print(t("  注意", "  Note"), f"[{warning['code']}] {warning['message']}")


def _print_opened(one: dict[str, Any]) -> None:
    if "code" in one:
        print(
            t(f"{one['file']} 没有采用", f"{one['file']} was not taken"), f"[{one['code']}] {one['message']}"
        )
        return
    new = [a for a in one["acts"] if a["case"] != "registry"]
    again = t("（收到过）", " (had it)") if one["repeated"] else ""
    print(t(f"{one['file']} 第 {one['number']} 号{again}：新见 {len(new)} 条，登记簿 {len(one['acts']) - len(new)} 条",
            f"{one['file']} number {one['number']}{again}: {len(new)} acts new"))  # fmt: skip
    for act in new:
        print(f"  {act['index']}\t{act['occurred_on']}\t{act['case']}\t{act['agency']}\t{act['type']}")
    for fault in one["faults"]:
        print(f"  [{fault['code']}] {fault['what']}", file=sys.stderr)


def _print_standing(stand: dict[str, Any]) -> None:
    missing = "、".join(map(str, stand["missing"]))
    print(t(f"收到第 {stand['highest']} 号" + (f"，缺第 {missing} 号" if missing else "，没有缺号"),
            f"received up to {stand['highest']}" + (f", missing {missing}" if missing else "")))  # fmt: skip
    print(t(f"核对到 {stand['known']['size']} 条，其中看得到的 {stand['statements']} 条；待答复 {len(stand['waiting'])} 条",
            f"verified {stand['known']['size']} acts, {stand['statements']} shown; {len(stand['waiting'])} unanswered"))  # fmt: skip
    for one in stand["refused"]:
        print(
            t(f"被退回 {one['id']}", f"refused {one['id']}"),
            f"[{one['code']}] {one['message']}（{one['field'] or '—'}）",
        )
    for fault in stand["faults"]:
        print(t("不符", "fault"), f"[{fault['code']}] {fault['what']}")
