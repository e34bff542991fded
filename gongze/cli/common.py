"""What the commands share: language, output, and how a failure ends a command.

Exit codes: 0 done; 1 done and something is wrong; 2 the call or its input is unusable and nothing was done;
3 a component is out of reach, the outcome is unknown, or the answer could not be written.
"""

import errno
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from domain.refusal import Refusal
from domain.values import parse_day
from gongze.progress import COUNTING, FOLDING, SETTING

if TYPE_CHECKING:
    from gongze.ledger import Ledger

ENGLISH = os.environ.get("GONGZE_LANG") == "en"


def t(zh: str, en: str) -> str:
    """One of two languages, by GONGZE_LANG."""
    return en if ENGLISH else zh


class Command(TyperCommand):
    """A command whose own help option speaks the user's language, and that takes no words that are not text."""

    def get_help_option(self, ctx: Any) -> Any:
        return _in_our_words(super().get_help_option(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Bytes in an argument that are no UTF-8 come as lone surrogates: no store, no file and no terminal takes them. A
        path may hold them: it names a file that is there."""
        parameter: Any
        for parameter in self.params:
            value = ctx.params.get(parameter.name)
            for text in value if isinstance(value, list | tuple) else (value,):
                if isinstance(text, str) and not _is_text(text):
                    raise typer.BadParameter(
                        t("不是 UTF-8 编码的文字，请检查终端的编码", "this is no text in UTF-8"),
                        ctx=ctx,
                        param=parameter,
                    )
        return super().invoke(ctx)


class Group(TyperGroup):
    """The same for a group of commands."""

    def get_help_option(self, ctx: Any) -> Any:
        return _in_our_words(super().get_help_option(ctx))


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _in_our_words(option: Any) -> Any:
    if option is not None:
        option.help = t("显示帮助并退出", "Show this message and exit.")
    return option


QUIET_SECONDS = 2.0
"""What takes no longer needs no progress shown."""
BETWEEN_SECONDS = 0.2

EN = {
    "signature_invalid": "The signature does not verify.",
    "key_unknown": "The key is not registered for this agency.",
    "key_revoked": "The key has been revoked.",
    "not_authorised": "This kind of agency may not do that.",
    "schema_invalid": "The data does not have the required form.",
    "case_rule_broken": "The act contradicts what the ledger knows.",
    "stale_view": "The signer's view is not a point of the stream's history.",
    "depends_on_refused": "An act that this one depends on is not in the ledger.",
    "duplicate": "Another act with the same id is stored already.",
    "date_in_future": "The date lies after the day of receipt.",
    "behalf_not_allowed": "Recording on behalf is not allowed here.",
    "behalf_needs_document": "Recording on behalf needs a document.",
    "too_large": "The statement is too large.",
    "busy": "Too many writers at once; try again.",
    "outcome_unknown": "The outcome is unknown; send the same statement again.",
    "date_out_of_range": "The date is too far away to count with.",
    "duty_unknown": "There is no such duty, or more than one.",
    "document_unknown": "There is no such kind of official document.",
    "document_unavailable": "There is no such document that this agency may print.",
    "document_field": "The field cannot be filled in: it is unknown, or the ledger has it.",
    "dossier_unknown": "There is no such case or meeting, or this agency is not shown it.",
    "file_exists": "The file or folder is there already and was left alone.",
    "file_unusable": "The file is missing, empty or cannot be read.",
    "format_unknown": "This kind of file is not written.",
    "key_file_unusable": "The key file cannot be read, or the passphrase is wrong.",
    "ledger_missing": "There is no ledger yet.",
    "not_demo": "This ledger is no demonstration; no sample is put into it.",
    "officer_unknown": "The officer is not appointed yet; give the name.",
    "office_missing": "A PDF needs LibreOffice: apt-get install libreoffice-writer-nogui.",
    "office_failed": "LibreOffice could not convert the file, or took too long.",
    "picture_unusable": "The picture is too large, damaged, or neither PNG nor JPEG.",
    "pack_faulty": "The rule pack has faults; see gongze rules check.",
    "pack_missing": "The file of an adopted rule pack is missing.",
    "pack_unknown": "There is no such rule pack.",
    "passphrase_missing": "A passphrase is needed: type it, or name its file in GONGZE_KEY_PASSPHRASE_FILE.",
    "sealed_unavailable": "Sealed fields cannot be kept yet; only a demonstration takes them.",
    "event_unknown": "There is no such type of event.",
    "sheet_unusable": "The spreadsheet is missing, damaged, too large or of no kind that is read.",
    "sheet_unknown": "There is no sheet of that name.",
    "heading_missing": "No row of headings was found.",
    "column_missing": "The sheet has no such column.",
    "column_repeated": "Two columns of the sheet give the same field.",
    "field_unknown": "There is no such field.",
    "mapping_unusable": "The kept column mapping cannot be used.",
    "month_not_kept": "No sheets of that month are kept here.",
    "round_unknown": "There is no such reconciliation, or the agency has no part in it.",
    "agency_unknown": "There is no such agency.",
    "regions_unusable": "The file of regions cannot be used, or a copy was begun with another trust.",
    "region_unknown": "There is no such region, or more than one city; name it with --region.",
    "report_unreadable": "The file is no report, or no longer says what it is of.",
    "report_foreign": "The report is of another ledger.",
    "figure_unknown": "The report has no such figure.",
    "head_unknown": "The ledger has fewer acts than that.",
    "row_unknown": "The sheet has a row that was never asked.",
    "habits_unusable": "The file of habits cannot be used.",
    "not_this_simulation": "There is another ledger here, or one simulated with other parameters.",
    "ledger_older": "The ledger is older than what was published of it.",
    "dead_letter_unknown": "There is no such dead letter.",
    "dead_letter_settled": "That dead letter is settled already.",
    "dead_letter_cut": "The original was not kept whole; its sender must send it again.",
    "unprocessable": "The message could not be processed.",
    "broker_refused": "The broker does not allow that to this user.",
    "job_unknown": "There is no such job.",
    "job_overtaken": "The job has run for a later day already.",
    "settings_unusable": "A setting cannot be used.",
    "state_unknown": "There is no such state.",
    "template_unusable": "The template is damaged, too large, or holds macros or links.",
    "template_field": "The template has a field that cannot be filled.",
    "verification_failed": "The copy does not verify and was not taken.",
    "bundle_contradicted": "A bundle of the same number has other content than the one that came before.",
    "bundle_gap": "Answers that belong before this one are missing.",
    "bundle_misdirected": "The bundle is for another agency or ledger, or goes the other way.",
    "bundle_missing": "No bundle of the ledger has come yet.",
    "bundle_stale": "The ledger has begun to send anew; this bundle is of an earlier epoch.",
    "bundle_unusable": "The file is no whole bundle, or is sealed to another key.",
    "card_unusable": "The ledger's card cannot be read.",
    "encryption_key_missing": "The agency has no encryption key registered; nothing is exported unsealed.",
    "folder_unusable": "The ferry folder is missing or cannot be used.",
    "broker_unreachable": "The message broker cannot be reached.",
    "output_lost": "The command is done, but not all of its answer could be written.",
    "usage": "The call cannot be understood; see --help.",
    "time_unusable": "The time must be YYYY-MM-DD or ISO 8601 with an offset.",
}
"""The sentences of refusals, which the rest of the software writes in Chinese."""


def message(refusal: Refusal) -> str:
    """A refusal's sentence in the user's language."""
    if ENGLISH and refusal.code in EN:
        return EN[refusal.code] + (f" ({refusal.field})" if refusal.field else "")
    return refusal.message


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def warn(text: str) -> None:
    """A line for people on stderr."""
    print(text, file=sys.stderr)


def tell_stopped(ledger: "Ledger", viewer: str | None = None) -> list[dict[str, Any]]:
    """Say on stderr which cases are not shown as they are now, and give them as JSON: nobody is to take what was
    folded of them so far for all there is. To a viewer, who may not know of the case, without naming it."""
    from domain.dossiers import dossier_id

    told: list[dict[str, Any]] = []
    for one in ledger.stopped:
        case = dossier_id(one.stream) if viewer is None else None
        zh = f"注意：{case or '有案卷'}自第 {one.index} 条起的记录无法汇总，显示的是此前的情形，见 gongze doctor"
        warn(
            t(
                zh,
                f"Note: {case or 'a case'} is shown as before act {one.index}, which cannot be folded: gongze doctor",
            )
        )
        told.append({"case": case, "index": one.index, "what": one.what if case else None})
    return told


def fail(code: str, text: str, field: str | None, *, as_json: bool, exit_code: int) -> NoReturn:
    """End the command: nothing was done."""
    if as_json:
        print(
            json.dumps({"code": code, "message": text, "field": field}, ensure_ascii=False), file=sys.stderr
        )
    else:
        warn(f"{t('错误', 'Error')} [{code}] {text}" + (f"（{field}）" if field else ""))
    raise SystemExit(exit_code)


def _why(error: OSError) -> str:
    """What is wrong with which file, and what to do, where that can be told."""
    name = str(error.filename) if error.filename is not None else ""
    if name.endswith(".part"):  # what is being written: its owner knows the folder that it is to lie in
        name = str(Path(name).parent)
    match error.errno:
        case errno.ENOENT:
            why = t(
                "不存在，请核对路径，或先建立文件夹",
                "does not exist: check the path or make the folder first",
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            why = t("没有读写权限，请换一个位置", "may not be read or written: choose another place")
        case errno.EISDIR:
            why = t("是文件夹，请写明文件名", "is a folder: name a file")
        case errno.ENOSPC | errno.EDQUOT:
            why = t("所在磁盘已满，请清理后重试", "is on a full disk: make room and try again")
        case _:
            return str(error)
    return f"{name} {why}" if name else why


class ProgressLine:
    """One line on a terminal, written over; nothing for what is done within two seconds, and wiped at the end."""

    def __init__(self) -> None:
        self._next = time.monotonic() + QUIET_SECONDS
        self._shown = False

    def show(self, text: str, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if (now < self._next and not at_once) or not sys.stderr.isatty():
            return
        self._next, self._shown = now + BETWEEN_SECONDS, True
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)

    def wipe(self) -> None:
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
        self._shown = False


class _Shown(logging.Handler):
    """Shows how far it is while an answer waits for long work."""

    def __init__(self) -> None:
        super().__init__()
        self.line = ProgressLine()
        self.doing = {
            FOLDING.name: t("正在汇总新入账的记录", "Folding new acts"),
            COUNTING.name: t("正在逐件计算", "Counting"),
            SETTING.name: t("正在写文件", "Writing the file"),
        }

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and len(record.args) == 2 and record.args[0] == record.args[1]:
            self.line.wipe()
        else:
            # of what tells no numbers there is one message
            self.line.show(f"{self.doing[record.name]} {record.getMessage()}", at_once=not record.args)


@contextmanager
def _progress_shown() -> Iterator[None]:
    if not sys.stderr.isatty():
        yield
        return
    shown, logs = _Shown(), (FOLDING, COUNTING, SETTING)
    before = [log.level for log in logs]
    for log in logs:
        log.addHandler(shown)
        log.setLevel(logging.INFO)
    try:
        yield
    finally:
        for log, level in zip(logs, before, strict=True):
            log.removeHandler(shown)
            log.setLevel(level)
        shown.line.wipe()


@contextmanager
def failures(fmt: str = "table") -> Iterator[None]:
    """Turn what a command may raise into its exit code and one message; never a traceback."""
    as_json = fmt == "json"
    try:
        with _progress_shown():
            yield
    except Refusal as refusal:
        fail(refusal.code, message(refusal), refusal.field, as_json=as_json, exit_code=2)
    except OSError as error:
        fail("file_unusable", f"{t('文件无法读写', 'File cannot be read or written')}：{_why(error)}", None,
             as_json=as_json, exit_code=2)  # fmt: skip
    except Exception as error:
        # a command that did not import a room cannot meet its errors
        store, tables = sys.modules.get("events.store"), sys.modules.get("sqlalchemy.exc")
        if tables is not None and isinstance(error, tables.SQLAlchemyError):
            text = _of_disk(error) or t("投影表无法使用", "The projections cannot be used")
            brief = str(error).splitlines()[0]
            fail("projections_unusable", f"{text}（{brief}）", None, as_json=as_json, exit_code=3)
        folding = sys.modules.get("projections.folding")
        if folding is not None and isinstance(error, folding.CannotFold):
            text = t("有记录无法汇总，请运行 gongze verify", "An act cannot be folded: run gongze verify")
            fail("projections_unusable", f"{text}（{error}）", None, as_json=as_json, exit_code=3)
        broker = sys.modules.get("connectors.broker")
        if broker is not None and isinstance(error, broker.BrokerUnreachable):
            topic = isinstance(error, broker.TopicUnusable)
            zh, en = (
                ("主题不能用", "A topic cannot be used")
                if topic
                else ("消息服务器无法使用", "The broker cannot be used")
            )
            code = "topic_unusable" if topic else "broker_unreachable"
            fail(code, f"{t(zh, en)}（{error}）", None, as_json=as_json, exit_code=3)
        if store is None or not isinstance(error, store.StoreError):
            raise
        code, text, exit_code = _store_failure(store, error)
        fail(code, f"{text}（{error}）", None, as_json=as_json, exit_code=exit_code)


def _store_failure(store: Any, error: Exception) -> tuple[str, str, int]:
    if isinstance(error, store.StoreMissing):
        zh = "尚未建立台账，请先运行 gongze init 或 gongze demo"
        return "ledger_missing", t(zh, "No ledger yet: run gongze init or gongze demo"), 2
    if isinstance(error, store.StoreExists):
        return (
            "ledger_exists",
            t("台账已存在，未作任何改动", "There is a ledger already; nothing was changed"),
            2,
        )
    if isinstance(error, store.StoreBusy):
        return "busy", t("数据库正忙，请稍后再试", "The database is busy, try again"), 3
    if isinstance(error, store.OutcomeUnknown):
        zh = "无法确定是否已入账，请原样重发同一声明"
        return "outcome_unknown", t(zh, "Outcome unknown: send the same statement again"), 3
    if isinstance(error, store.StoreDamaged):
        return (
            "store_unreachable",
            t("台账里有读不出的记录，重试没有用", "Something stored cannot be read"),
            3,
        )
    text = _of_disk(error) or t("数据库无法使用，请检查后重试", "The database cannot be used")
    return "store_unreachable", text, 3


def _of_disk(error: Exception) -> str | None:
    """What the embedded database says of its disk in a few English words."""
    said = str(error)
    if "database or disk is full" in said:
        zh = "磁盘已满，已入账的都在；请清理后重试"
        return t(zh, "The disk is full; all that has a receipt is there. Make room and try again")
    if "readonly database" in said or "unable to open database file" in said:
        zh = "数据库文件或所在文件夹没有写权限；只想核对的，请拷到可以写的文件夹再用 gongze verify"
        return t(
            zh,
            "No permission to write the database or its folder; to verify it, copy it to a folder of your own",
        )
    return None


def day(text: str) -> date:
    """A date of the command line. Raises typer.BadParameter."""
    try:
        return parse_day(text)
    except ValueError:
        raise typer.BadParameter(t("日期应写作 YYYY-MM-DD，且须真实存在", "not a YYYY-MM-DD date")) from None


def check_states(states: list[str] | None) -> None:
    """Raises Refusal("state_unknown")."""
    from domain.duties import STATE_ZH

    for state in states or ():
        if state not in STATE_ZH:
            raise Refusal("state_unknown", f"没有状态 {state}，只能取：{'、'.join(STATE_ZH)}", "--state")


FORMAT = typer.Option("--format", help=t("输出格式：table 或 json", "table or json"))


def check_format(fmt: str, allowed: tuple[str, ...] = ("table", "json")) -> str:
    if fmt not in allowed:
        raise typer.BadParameter(t(f"格式只能取 {'、'.join(allowed)}", f"one of {', '.join(allowed)}"))
    return fmt
