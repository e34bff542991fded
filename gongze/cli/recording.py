"""What `record` and `replay` answer, however long the file is: told as it comes, kept nowhere.

Receipts go out at once, to the terminal or as the first list of the JSON document. What was refused and what is
irregular is told behind them, so it waits in a temporary file. An interrupt ends the answer after the group under way:
what is in the ledger by then has its receipt, and the document is whole.
"""

import json
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import IO, TYPE_CHECKING, Any, NoReturn

from gongze.cli.common import ProgressLine, fail, message, t, warn
from gongze.cli.output import lost

if TYPE_CHECKING:
    from domain.refusal import Refusal
    from gongze.ledger import Accepted
    from gongze.receipts import ReceiptFile

IN_MEMORY = 1 << 20
Answered = tuple[int, "Accepted | Refusal"]
"""The number of a line or statement, and what became of it."""


class _Waiting:
    """Lines of JSON that are told later."""

    def __init__(self) -> None:
        self.number = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - as long as this

    def add(self, one: dict[str, Any]) -> None:
        self.number += 1
        self._file.write(json.dumps(one, ensure_ascii=False).encode() + b"\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        return map(json.loads, self._file)

    def close(self) -> None:
        self._file.close()


class Answer:
    """The answer to a file of acts. `quiet`: no line for each receipt. `receipts`: a file that gets each of them."""

    def __init__(self, fmt: str, *, quiet: bool = False, receipts: "ReceiptFile | None" = None) -> None:
        self._json, self._told = fmt == "json", fmt != "json" and not quiet
        self._receipts = receipts
        self.accepted = self.repeated = 0
        self.refused, self.irregular = _Waiting(), _Waiting()
        self._progress = ProgressLine()
        self._begun = self._finished = False

    def take(self, group: Sequence[Answered], *, read: int = 0, size: int = 0) -> None:
        """What is decided of several, in their order. `read` of `size` bytes of the file are done with."""
        from domain.refusal import Refusal

        shown = []
        for line, answer in group:
            if isinstance(answer, Refusal):
                self.refused.add(refused(line, answer))
                continue
            shown.append(receipt(line, answer))
            for one in irregular(line, answer):
                self.irregular.add(one)
        if self._receipts is not None:  # durable before anything is said of it
            try:
                self._receipts.write(shown)
            except OSError:  # these are in the ledger all the same
                for one in shown:
                    self._accept(one)
                raise
        for one in shown:
            self._accept(one)
        part = f"{100 * min(read, size) // size}%  " if size else ""
        self._progress.show(part + self._counts())

    def _counts(self) -> str:
        done, back = self.accepted, self.refused.number
        return t(f"已入账 {done}，退回 {back}", f"accepted {done}, refused {back}")

    def _accept(self, shown: dict[str, Any]) -> None:
        self.accepted += 1
        self.repeated += shown["duplicate"]
        if self._json:
            print(f"{',' if self._begun else _OPEN}\n  {json.dumps(shown)}", end="")
        elif self._told:
            self._progress.wipe()
            print(told(shown), flush=True)
        self._begun = True

    def finish(self) -> int:
        """Tell what waits; the exit code."""
        self._finished = True
        self._progress.wipe()
        if self._json:
            print("" if self._begun else _OPEN, end="")
            _print_list("]", "refused", self.refused)
            _print_list("]", "irregular", self.irregular)
            print("]}")
        else:
            tell_rest(self.irregular, self.refused)
            tell_counts(self.accepted, self.repeated, self.irregular.number, self.refused.number)
        sys.stdout.flush()
        if lost() is not None:  # what happened is said at least once
            warn(self._counts())
        return 1 if self.refused.number else 0

    def __enter__(self) -> "Answer":
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        """A whole answer also where an error ends it midway; none where nothing was done."""
        from domain.refusal import Refusal

        try:
            nothing_done = not (self.accepted or self.refused.number)
            if not isinstance(error, Exception) or self._finished or nothing_done:
                return
            self.finish()
            if isinstance(error, OSError):  # "nothing was done" would be wrong by now
                self._broken_off("file_unusable", str(error), None)
            if isinstance(error, Refusal):
                self._broken_off(error.code, message(error), error.field)
        finally:
            self._progress.wipe()
            self.refused.close()
            self.irregular.close()

    def _broken_off(self, code: str, what: str, field: str | None) -> NoReturn:
        text = t(
            f"登记中断：{what}。以上回执有效，排除后再运行同一条命令即可补齐",
            f"Broken off: {what}. The receipts above hold; run the same command again to complete it",
        )
        fail(code, text, field, as_json=self._json, exit_code=3)


_OPEN = '{"accepted": ['


def _print_list(before: str, name: str, waiting: _Waiting) -> None:
    print(f'\n{before}, "{name}": [', end="")
    for number, one in enumerate(waiting):
        print(f"{',' if number else ''}\n  {json.dumps(one, ensure_ascii=False)}", end="")


def receipt(line: int, accepted: "Accepted") -> dict[str, Any]:
    """A receipt as JSON."""
    from domain.values import from_milliseconds

    entry = accepted.receipt.entry
    return {
        "line": line, "id": entry.cti.hex(), "index": entry.index,
        "received_at": from_milliseconds(entry.received_at_ms).isoformat(timespec="milliseconds"),
        "duplicate": accepted.receipt.repeated, "leaf": accepted.receipt.leaf.hex(),
        "opening": accepted.receipt.opening.hex(),
    }  # fmt: skip


def told(shown: dict[str, Any]) -> str:
    """A receipt as a line for people."""
    again = t("（已在账）", " (stored before)") if shown["duplicate"] else ""
    return f"{shown['line']}\t{shown['id']}\t{shown['index']}\t{shown['received_at']}{again}"


def irregular(line: int, accepted: "Accepted") -> Iterator[dict[str, Any]]:
    """What is irregular about an act, as JSON."""
    for act, one in accepted.irregular:
        yield {"line": line, "id": act, "code": one.code, "source": one.source, "what": one.what}


def refused(line: int, refusal: "Refusal") -> dict[str, Any]:
    """A refusal as JSON."""
    return {"line": line, "code": refusal.code, "message": message(refusal), "field": refusal.field}


def tell_rest(irregular: Iterable[dict[str, Any]], refused: Iterable[dict[str, Any]]) -> None:
    """To people, behind the receipts."""
    for one in irregular:
        head = t(f"不规范 第 {one['line']} 行", f"irregular, line {one['line']}")
        print(f"{head} [{one['code']}] {one['what']}（{one['source']}）")
    for one in refused:
        head = t(f"退回 第 {one['line']} 行", f"refused, line {one['line']}")
        print(f"{head} [{one['code']}] {one['message']}（{one['field'] or '—'}）")


def tell_counts(*counts: int) -> None:
    """Accepted, of these stored before, irregular, refused."""
    zh = "入账 {}（其中已在账 {}），不规范 {}，退回 {}"
    print(t(zh, "accepted {} (stored before {}), irregular {}, refused {}").format(*counts))


@dataclass
class Outcome:
    """What became of the rows of a spreadsheet, in the shape of the same JSON answer."""

    progress: bool
    accepted: list[dict[str, Any]] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)
    irregular: list[dict[str, Any]] = field(default_factory=list)

    def accept(self, line: int, accepted: "Accepted") -> None:
        shown = receipt(line, accepted)
        self.accepted.append(shown)
        if self.progress:
            print(told(shown), flush=True)
        elif sys.stderr.isatty() and len(self.accepted) % 50 == 0:
            print(f"\r已登记 {len(self.accepted)} 条", end="", file=sys.stderr, flush=True)
        self.irregular += irregular(line, accepted)

    def refuse(self, line: int, refusal: "Refusal") -> None:
        self.refused.append(refused(line, refusal))

    def finish(self) -> int:
        """Tell people what is left to tell; the exit code."""
        tell_rest(self.irregular, self.refused)
        repeated = sum(a["duplicate"] for a in self.accepted)
        tell_counts(len(self.accepted), repeated, len(self.irregular), len(self.refused))
        return 1 if self.refused else 0


class Interrupt:
    """Ctrl-C is heard after the group under way, so that each act that is stored gets its receipt; a second one ends
    the command at once."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> "Interrupt":
        with suppress(ValueError):  # only the main thread hears signals
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
