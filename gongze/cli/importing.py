"""gongze import, querysheet: registers into the ledger, and the weekly sheet for an agency that keeps paper."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gongze.cli.common import FORMAT, check_format, day, failures, message, print_json, t, tell_stopped, warn
from gongze.cli.recording import Outcome

if TYPE_CHECKING:
    from domain.refusal import Refusal
    from gongze.importing import Purpose, Wishes
    from gongze.ledger import Accepted, Ledger
    from gongze.script import Keys
    from gongze.settings import Settings
    from gongze.sheets.mapping import Columns
    from gongze.sheets.reading import Table

KINDS = ("cases", "acts", "reply-sheet")
CASES_AS = ("carried", "filed")


@dataclass
class SheetOutcome(Outcome):
    """The same with the spreadsheet's row beside the line; in a rehearsal nothing has a place in the ledger."""

    rehearsed: bool = False

    def accept(self, line: int, accepted: "Accepted") -> None:
        before = len(self.irregular)
        told, self.progress = self.progress, self.progress and not self.rehearsed
        super().accept(line, accepted)
        self.progress = told
        if self.rehearsed:
            self._tried(line, accepted)
        for one in (self.accepted[-1], *self.irregular[before:]):
            one["row"] = line

    def _tried(self, line: int, accepted: "Accepted") -> None:
        from domain.acts import kind_of

        act, repeated = accepted.receipt.act, accepted.receipt.repeated
        if not repeated:
            self.accepted[-1] |= dict.fromkeys(("index", "received_at", "leaf", "opening"))
        if self.progress:
            would = t("已在账", "stored before") if repeated else t("可登记", "would be stored")
            print(
                f"{line}\t{would}\t{kind_of(act.event).zh}\t{act.stream.partition('/')[2]}\t{act.occurred_on}"
            )

    def refuse(self, line: int, refusal: "Refusal") -> None:
        super().refuse(line, refusal)
        self.refused[-1]["row"] = line


def import_(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=t(
        "cases 案件、acts 行为、reply-sheet 填好的回执单", "cases, acts or reply-sheet"))],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=t(
        "表格：.xlsx、.xls，或 UTF-8、GBK 的 CSV", "a spreadsheet: .xlsx, .xls, or CSV in UTF-8 or GBK"))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("只试不记", "try, write nothing"))] = False,
    cases_as: Annotated[str, typer.Option("--as", metavar="carried|filed", help=t(
        "案件作为存量结转或立案", "cases as carried forward or as filed"))] = "carried",
    actor: Annotated[str | None, typer.Option("--actor", metavar="AGENCY", help=t(
        "由该机关登记；不写则看“机关”列", "signed by this agency; else see the sheet"))] = None,
    keys: Annotated[Path | None, typer.Option("--keys", metavar="DIR", help=t(
        "密钥文件夹，默认为数据目录下的 keys", "folder of keys"))] = None,
    key: Annotated[Path | None, typer.Option("--key", metavar="FILE", help=t(
        "只用这把密钥签名", "sign with this key"))] = None,
    mapping: Annotated[str | None, typer.Option("--mapping", metavar="NAME", help=t(
        "用此名称保存或取用列对照", "keep or use the columns under this name"))] = None,
    pairs: Annotated[list[str] | None, typer.Option("--map", metavar=t("列=字段", "COLUMN=FIELD"), help=t(
        "指明一列是哪个字段，可重复", "what a column stands for, repeatable"))] = None,
    sheet: Annotated[str | None, typer.Option("--sheet", metavar="NAME", help=t("读取该工作表", "read this sheet"))] = None,
    refused: Annotated[Path | None, typer.Option("--refused", metavar="FILE", help=t(
        "退回的行写入此文件，默认在原文件旁", "refused rows are written here"))] = None,
    how: Annotated[str, typer.Option("--how", help=t(
        "代录依据：served_original、copy、official_platform、phone、site", "how an act on behalf became known"))] = "served_original",
    obtained_on: Annotated[str | None, typer.Option("--obtained-on", metavar="DATE", help=t(
        "代录依据取得日期；回执单默认今日", "the day it became known"))] = None,
    scan: Annotated[Path | None, typer.Option("--scan", metavar="FILE", help=t(
        "盖章原件的扫描件，记录其摘要", "a scan of the signed sheet"))] = None,
    agency: Annotated[str | None, typer.Option("--agency", metavar="AGENCY", help=t(
        "回执单的填报机关，默认看表头", "who filled the reply sheet"))] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help=t("不逐行打印回执", "no line for each receipt"))] = False,
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    if kind not in KINDS:
        raise typer.BadParameter(t(f"只能导入 {'、'.join(KINDS)}", f"one of {', '.join(KINDS)}"))
    if cases_as not in CASES_AS:
        raise typer.BadParameter(
            t(f"--as 只能取 {'、'.join(CASES_AS)}", f"--as: one of {', '.join(CASES_AS)}")
        )
    obtained = day(obtained_on) if obtained_on else None
    with failures(fmt):
        from gongze.importing import HOW, REASON, OfficerKeys, Wishes, scan_of, sheet_of
        from gongze.ledger import Ledger
        from gongze.rehearsal import rehearsal
        from gongze.settings import load
        from gongze.sheets import mapping as kept
        from gongze.sheets.reading import find_table, open_book

        if how not in HOW:
            raise typer.BadParameter(t(f"--how 只能取 {'、'.join(HOW)}", f"--how: one of {', '.join(HOW)}"))
        settings = load()
        purpose = cases_as if kind == "cases" else kind
        folder = settings.data_dir / "mappings"
        given = kept.kept(folder, mapping, purpose) if mapping is not None else {}
        stated = kept.said(purpose, pairs or ())
        given = {h: c for h, c in given.items() if c not in stated.values()} | stated
        with Ledger.open(settings) as real:
            table = find_table(open_book(file), kept.recogniser(purpose, given), sheet)
            columns = kept.columns_of(purpose, table.heads, given)
            ledger = rehearsal(real) if dry_run else real
            signing = OfficerKeys(_keys(settings, keys, key, actor), ledger)
            whose, number = sheet_of(table)
            wishes = Wishes(actor, how, obtained, None, agency or whose)
            if scan is not None:
                document = scan_of(scan, number or file.stem, "办理情况回执单")
                wishes = Wishes(actor, how, obtained, document, agency or whose)
            made = _purpose(purpose, real, ledger, columns, wishes)
            back = _way_back(file, refused, table)
            if mapping is not None and stated and not dry_run:
                kept.keep(folder, mapping, purpose, given)
            for note in table.book.notes:
                warn(t(f"提示：{note}", f"note: {note}"))
            unused = [name for name in columns.unused if not name.startswith(REASON)]
            if unused and kind != "reply-sheet":
                warn(t(f"提示：没有使用的列：{'、'.join(unused)}", f"columns not used: {', '.join(unused)}"))
            outcome = SheetOutcome(progress=fmt != "json" and not quiet, rehearsed=dry_run)
            code = _run(ledger, table, made, signing, outcome, back, dry_run=dry_run, fmt=fmt)
            if not dry_run:
                real.catch_up()
        if dry_run and fmt != "json":
            print(t("以上只是试登记，什么也没有写入", "a rehearsal: nothing was written"))
        raise SystemExit(code)


import_.__doc__ = t(
    "导入表格；同一行导入几次只登记一次，退回的行写回同样的表格。  例：gongze import cases 台账.xlsx --actor nr.lhasa --dry-run",
    "Import a spreadsheet; a row imported twice is one act, refused rows come back in a file of the same shape.",
)


def _purpose(
    purpose: str, real: "Ledger", ledger: "Ledger", columns: "Columns", wishes: "Wishes"
) -> "Purpose":
    from domain.refusal import Refusal
    from gongze.importing import Acts, CarriedCases, FiledCases, Replies
    from gongze.querysheet import asked

    if purpose == "filed":
        return FiledCases(ledger, columns, wishes)
    if purpose == "carried":
        return CarriedCases(ledger, columns, wishes)
    if purpose == "acts":
        return Acts(ledger, columns, wishes)
    if wishes.agency is None or wishes.agency not in ledger.registry().agencies:
        raise Refusal("agency_unknown", "看不出是哪个机关的回执单，请用 --agency 写明机构代码", "--agency")
    if wishes.actor is None:
        raise Refusal("agency_unknown", "请用 --actor 写明由哪个机关代为登记", "--actor")
    questions = {q.id: q for q in asked(real, wishes.agency, everything=True)}
    return Replies(ledger, columns, wishes, wishes.agency, questions)


def _keys(settings: "Settings", keys: Path | None, key: Path | None, actor: str | None) -> "Keys":
    """The keys to sign with; where the signer is known, its key must be there before anything is done."""
    from domain.refusal import Refusal
    from gongze.keyfiles import OneKey, passphrase
    from gongze.script import KeyRing

    if key is not None:
        return OneKey.load(key, settings)
    ring = KeyRing(keys or settings.data_dir / "keys", passphrase(settings, ask=False))
    if not ring.folder.is_dir():
        raise Refusal("file_unusable", f"没有密钥文件夹 {ring.folder}", "--keys")
    if actor is not None:
        ring.get(f"{actor}/1")
    return ring


def _way_back(file: Path, refused: Path | None, table: "Table") -> Path:
    """Where refused rows go: a new file beside the one that came, never over another. Raises Refusal."""
    from domain.refusal import Refusal

    suffix = ".csv" if table.book.format == "csv" else ".xlsx"
    if refused is not None:
        if refused.exists():
            raise Refusal("file_exists", f"{refused} 已存在，请换一个文件名", "--refused")
        if refused.suffix.lower() != suffix:
            raise Refusal("format_unknown", f"退回的行只能写入 {suffix} 文件", "--refused")
        return refused
    stem = re.sub(r"-退回\d*$", "", file.stem)
    for number in range(1, 10_000):
        path = file.with_name(f"{stem}-退回{number if number > 1 else ''}{suffix}")
        if not path.exists():
            return path
    raise Refusal("file_exists", "退回文件太多，请清理后重试", "--refused")


def _run(
    ledger: "Ledger",
    table: "Table",
    purpose: "Purpose",
    keys: "Keys",
    outcome: SheetOutcome,
    back: Path,
    *,
    dry_run: bool,
    fmt: str,
) -> int:
    from domain.refusal import Refusal
    from gongze.importing import take

    refused: list[Any] = []
    seen = unanswered = 0
    for row in table.rows():
        seen += 1
        try:
            line = purpose.line(row)
            if line is None:
                unanswered += 1
                continue
            outcome.accept(row.number, take(ledger, row, line, keys))
        except Refusal as refusal:
            outcome.refuse(row.number, refusal)
            refused.append((row, f"[{refusal.code}] {message(refusal)}"))
        if seen % 200 == 0 and sys.stderr.isatty():
            print(f"\r{t('已处理', 'done')} {seen}", end="", file=sys.stderr, flush=True)
    passed = [row.number for row in table.passed]
    written = _written_back(table, refused, back) if refused and not dry_run else None
    if fmt == "json":
        print_json({
            "accepted": outcome.accepted, "refused": outcome.refused, "irregular": outcome.irregular, "dry_run": dry_run,
            "unanswered": unanswered, "passed_over": passed, "refused_file": written,
        })  # fmt: skip
        return 1 if outcome.refused else 0
    code = outcome.finish()
    if passed:
        rows = "、".join(map(str, passed[:20])) + ("…" if len(passed) > 20 else "")
        print(
            t(
                f"略过 第 {rows} 行（合计、说明、签字等）",
                f"passed over: rows {rows} (totals, notes, signatures)",
            )
        )
    if unanswered:
        print(t(f"未填办理结果 {unanswered} 行", f"not answered: {unanswered}"))
    if written:
        print(t(f"退回的行在 {written}，改正后可直接导入", f"refused rows: {written}"))
    return code


def _written_back(table: "Table", refused: list[Any], back: Path) -> str | None:
    """The file of refused rows; where it cannot be written the rows that went in are in all the same."""
    from gongze.importing import hand_back

    try:
        hand_back(table, refused, back)
    except OSError as error:
        warn(t(f"退回文件 {back} 无法写入：{error}", f"{back} cannot be written: {error}"))
        return None
    return str(back)


def querysheet(
    agency: Annotated[str, typer.Option("--agency", metavar="AGENCY", help=t("给哪个机关", "for this agency"))],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.xlsx", help=t("写入此文件", "write here"))],
    fmt: Annotated[str, FORMAT] = "table",
) -> None:  # fmt: skip
    check_format(fmt)
    with failures(fmt):
        from domain.refusal import Refusal
        from gongze import querysheet as sheet
        from gongze.ledger import Ledger
        from gongze.settings import load

        if output.suffix.lower() != ".xlsx":
            raise Refusal("format_unknown", "回执单只能写入 .xlsx 文件", "-o")
        if output.exists():
            raise Refusal("file_exists", f"{output} 已存在，请换一个文件名", "-o")
        with Ledger.open(load()) as ledger:
            rows = sheet.write(ledger, agency, output)
            tell_stopped(ledger, agency)
        if fmt == "json":
            print_json({"file": str(output), "rows": rows})
        else:
            print(t(f"已写入 {output}：{rows} 项", f"{output}: {rows} rows"))


querysheet.__doc__ = t(
    "给不上线的机关打印办理情况回执单，填好后用 gongze import 导入。  例：gongze querysheet --agency court.chengguan -o 回执单.xlsx",
    "The weekly query sheet of an agency that keeps paper; import it filled with `gongze import reply-sheet`.",
)
