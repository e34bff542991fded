"""gongze init, demo, replay, record, sign: founding a ledger and putting signed acts into it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from gongze.cli.common import FORMAT, check_format, failures, message, print_json, t, warn

if TYPE_CHECKING:
    from gongze.cli.recording import Answer, Answered, Interrupt
    from gongze.keyfiles import OneKey
    from gongze.ledger import Ledger
    from gongze.script import Keys, Line

CATCH_UP_MAX = 10_000
"""Acts. Folding more takes longer than anybody wants to wait for receipts; the next command that shows something does it."""


def init(
    pack: Annotated[list[str] | None, typer.Option("--pack", metavar="NAME", help=t("采用的规则包，可重复", "packs"))] = None,
    agencies: Annotated[Path | None, typer.Option("--agencies", metavar="FILE", help=t(
        "要登记的机构（JSON Lines，每行一个机构）", "agencies to register, JSON Lines"))] = None,
    origin: Annotated[str, typer.Option("--origin", help=t("台账名称（域名式）", "the log's origin"))] = "gongze.local/ledger",
    region: Annotated[str, typer.Option("--region", help=t("启用地区代码", "region code"))] = "540100",
    demo_keys: Annotated[Path | None, typer.Option("--demo-keys", metavar="DIR", help=t(
        "建演示台账：示例地区及其全部密钥写入此文件夹", "a demonstration ledger, its keys written here"))] = None,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from gongze import founding
        from gongze.settings import load

        settings = load()
        if demo_keys is not None:
            founding.demonstration(settings, demo_keys)
        else:
            founding.real(settings, origin, region, pack or ["lhasa", "statutory"], agencies)
        from gongze.ledger import Ledger

        with Ledger.open(settings) as ledger:
            genesis = ledger.registry().genesis
            assert genesis is not None
            shown = {
                "ledger": genesis.name, "demo": genesis.demo, "size": ledger.store.head().size,
                "agencies": len(ledger.registry().agencies),
            }  # fmt: skip
        if fmt == "json":
            print_json(shown)
        else:
            print(f"已建立台账 {shown['ledger']}：{shown['agencies']} 个机构，{shown['size']} 条登记")
            if demo_keys is not None:
                print(t(f"演示密钥在 {demo_keys}（未加密，仅供演示）", f"demonstration keys in {demo_keys}"))


init.__doc__ = t(
    "新建台账。  例：gongze init --demo-keys keys",
    "Make a new ledger; --demo-keys makes the sample locality.",
)


_NOTHING = b" \t\r\n\xef\xbb\xbf"  # blank lines and a BOM


def _check_something_in(path: Path) -> None:
    from domain.refusal import Refusal

    try:
        with path.open("rb") as file:
            found = any(block.strip(_NOTHING) for block in iter(lambda: file.read(1 << 16), b""))
    except OSError as error:
        raise Refusal("file_unusable", f"无法读取 {path}：{error.strerror}", "FILE") from None
    if not found:
        raise Refusal("file_unusable", f"{path} 是空文件", "FILE")


def _entries(path: Path) -> Iterator[tuple[int, bytes]]:
    from domain.refusal import Refusal
    from gongze.script import physical_lines

    try:
        found = False
        for number, raw in physical_lines(path):
            found = True
            yield number, raw
    except OSError as error:
        raise Refusal("file_unusable", f"无法读取 {path}：{error.strerror}", "FILE") from None
    if not found:
        raise Refusal("file_unusable", f"{path} 是空文件", "FILE")


def _replayed(
    ledger: "Ledger", script: Path, keys: "Keys", *, one_by_one: bool = False
) -> "Iterator[list[Answered]]":
    """What became of the lines of a script, in groups that were stored together, or each by itself."""
    from gongze.script import replay_groups

    parts = ([entry] for entry in _entries(script)) if one_by_one else (_entries(script),)
    for part in parts:
        yield from replay_groups(ledger, part, keys)


def _recorded(
    ledger: "Ledger", files: list[Path], key: "Keys | None"
) -> "Iterator[tuple[list[Answered], int, int]]":
    """What became of the acts of some files, in groups that were stored together; how much of how much is read."""
    size, before = sum(file.stat().st_size for file in files), 0
    for file in files:
        if key is not None:
            for group in _replayed(ledger, file, key):
                yield group, before, size
        else:
            with file.open("rb") as content:
                for group in _sequence(ledger, content):
                    yield group, before + content.tell(), size
        before += file.stat().st_size


def _sequence(ledger: "Ledger", content: BinaryIO) -> "Iterator[list[Answered]]":
    from domain.refusal import Refusal
    from events.cbor import read_sequence

    number = 0
    try:
        for answers in ledger.submit_groups(read_sequence(content)):
            yield list(enumerate(answers, number + 1))
            number += len(answers)
    except ValueError as error:
        yield [(number + 1, Refusal("schema_invalid", f"不是 CBOR 序列：{error}", "statement"))]


def _end(ledger: "Ledger", answer: "Answer", interrupt: "Interrupt") -> None:
    """Of what was recorded in bulk the projections hear when somebody looks. Raises SystemExit where it was broken off."""
    if interrupt.asked:
        warn(
            t(
                f"已停下：入账的 {answer.accepted} 条都有回执。再运行同一条命令即可接着登记，已在账的不会重复",
                f"Stopped: all {answer.accepted} that went in have their receipt. Run the same command again to go on",
            )
        )
        raise SystemExit(130)
    if ledger.behind <= CATCH_UP_MAX:
        ledger.catch_up()


def replay(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT.jsonl", help=t("案件脚本", "case script"))],
    keys: Annotated[Path | None, typer.Option("--keys", metavar="DIR", help=t(
        "密钥文件夹，默认为数据目录下的 keys", "folder of keys"))] = None,
    stop_on_error: Annotated[bool, typer.Option("--stop-on-error", help=t("遇退回即停止", "stop at a refusal"))] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help=t("不逐行打印回执", "no line for each receipt"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze.cli.recording import Answer, Interrupt
        from gongze.keyfiles import passphrase
        from gongze.ledger import Ledger
        from gongze.script import KeyRing
        from gongze.settings import load

        settings = load()
        with Ledger.open(settings) as ledger, Interrupt() as interrupt:
            ring = KeyRing(keys or settings.data_dir / "keys", passphrase(settings, ask=False))
            if not ring.folder.is_dir():
                raise Refusal("file_unusable", f"没有密钥文件夹 {ring.folder}", "--keys")
            with Answer(fmt, quiet=quiet) as answer:
                # where a refused line ends it, none behind it may be stored together with it
                for group in _replayed(ledger, script, ring, one_by_one=stop_on_error):
                    answer.take(group)
                    refused = any(isinstance(one, Refusal) for _, one in group)
                    if interrupt.asked or (stop_on_error and refused):
                        break
                code = answer.finish()
            _end(ledger, answer, interrupt)
        raise SystemExit(code)


replay.__doc__ = t(
    "逐行签名并登记案件脚本；已在账的行不会重复登记。  例：gongze replay 案件.jsonl --keys keys",
    "Append a case script, signing each line with its actor's key; lines stored already are not stored again.",
)


def record(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help=t(
        "已签名的声明（.cbors），或案件脚本（需 --key）", "signed statements (.cbors), or a script with --key"))],
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help=t(
        "用此密钥签名案件脚本", "sign a case script with this key"))] = None,
    receipts: Annotated[Path | None, typer.Option("--receipts", metavar="FILE", help=t(
        "回执写到此文件，每行一张；已有的补齐", "write the receipts here, one a line; what is there is completed"))] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help=t("不逐行打印回执", "no line for each receipt"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt), ExitStack() as opened:
        from gongze.cli.recording import Answer, Interrupt
        from gongze.keyfiles import OneKey
        from gongze.ledger import Ledger
        from gongze.receipts import ReceiptFile
        from gongze.settings import load

        settings = load()
        ledger = opened.enter_context(Ledger.open(settings))
        one = OneKey.load(key, settings) if key is not None else None
        for file in files:  # all of them before anything is stored
            _check_something_in(file)
        kept = opened.enter_context(ReceiptFile(receipts, ledger.store)) if receipts is not None else None
        interrupt = opened.enter_context(Interrupt())
        with Answer(fmt, quiet=quiet, receipts=kept) as answer:
            for group, read, size in _recorded(ledger, files, one):
                answer.take(group, read=read, size=size)
                if interrupt.asked:
                    break
            code = answer.finish()
        _end(ledger, answer, interrupt)
        raise SystemExit(code)


record.__doc__ = t(
    "登记已签名的声明；加 --key 则先签名案件脚本。  例：gongze record 申请.cbors",
    "Append signed statements, or sign a case script with --key and append it.",
)


def sign(
    script: Annotated[Path, typer.Argument(metavar="SCRIPT.jsonl", help=t("案件脚本", "case script"))],
    key: Annotated[Path, typer.Option("--key", metavar="FILE", help=t("本机关联络员的密钥", "the officer's key"))],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="OUT.cbors", help=t("写入此文件", "write here"))],
) -> None:  # fmt: skip
    with failures():
        from domain.refusal import Refusal
        from gongze.keyfiles import OneKey, write_new
        from gongze.ledger import Ledger
        from gongze.script import parse, signed
        from gongze.settings import load

        settings = load()
        statements, refused = [], 0
        with Ledger.open(settings) as ledger:
            one = OneKey.load(key, settings)
            for number, raw in _entries(script):
                try:
                    line = parse(number, raw)
                    _tell_owner(ledger, number, line, one)
                    statements.append(signed(ledger, line, one))
                except Refusal as refusal:
                    refused += 1
                    warn(f"第 {number} 行 [{refusal.code}] {message(refusal)}（{refusal.field or '—'}）")
        if statements:
            write_new(output, statements)
        print(
            t(
                f"已签名 {len(statements)} 条，未签 {refused} 条",
                f"signed {len(statements)}, refused {refused}",
            )
        )
        raise SystemExit(1 if refused else 0)


def _tell_owner(ledger: "Ledger", number: int, line: "Line", one: "OneKey") -> None:
    """A statement in another's name is refused where it is recorded: said where it can still be put right."""
    known = ledger.registry().keys.get(one.key.kid.hex())
    if known is not None and known.agency != line.actor:
        zh = f"第 {number} 行的行为机关是 {line.actor}，密钥是 {known.agency} 的：登记时会被退回"
        warn(t(zh, f"line {number} is of {line.actor}, the key is of {known.agency}: it will be refused"))


sign.__doc__ = t(
    "在本机关签名案件脚本，不登记；台账不接触私钥。  例：gongze sign 申请.jsonl --key 我.key -o 申请.cbors",
    "Sign a case script on the agency's side without appending it.",
)


def demo() -> None:
    with failures():
        from gongze.demonstration import run

        code = run()
    raise SystemExit(code)


demo.__doc__ = t(
    "建演示台账并登记示例年度，打印责任看板。  例：gongze demo", "Make and show the demonstration ledger."
)
