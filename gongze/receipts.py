"""Receipts shown to a copy of the ledger: does it contain what they say, is it older, or is it another history?

A receipt is what `record` and `replay` print for each act: the leaf R, which names position, time and commitment, and
the opening O. A backup's manifest is one too: so many acts, with this root. Who keeps either outside the ledger can
show that its end was cut off or that an act was exchanged, which no check of the ledger by itself can.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from domain.refusal import Refusal
from events import opening
from events.cbor import INTEGER_MAX
from events.keys import sync_folder
from events.logroot import LogRoot
from events.store import Entry, Store, StoreDamaged, open_store
from events.verification import Fault, Report
from gongze.settings import Settings

PAGE = 500


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the ledger once said of one act."""

    leaf: opening.Leaf
    leaf_hash: bytes
    statement: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """What a manifest says: the ledger had so many acts, whose root was this."""

    size: int
    root: bytes


Shown = Receipt | Extent


def read(path: Path) -> Iterator[Shown]:
    """The receipts of a file: the JSON answer of `record` or `replay`, one receipt a line, or a manifest.

    Raises Refusal("file_unusable") where one cannot be read or contradicts itself, OSError.
    """
    found = False
    for number, one in enumerate(_objects(path), 1):
        try:
            yield _shown(one)
        except _Contradictory as error:
            raise Refusal("file_unusable", f"第 {number} 张回执自相矛盾：{error}", "--receipt") from None
        except (KeyError, TypeError, ValueError, RecursionError):
            raise Refusal(
                "file_unusable",
                f"第 {number} 张不是回执，也不是备份的清单，请核对文件是否完整",
                "--receipt",
            ) from None
        found = True
    if not found:
        raise Refusal("file_unusable", f"{path} 里没有回执", "--receipt")


def _objects(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        first = file.readline()
        try:
            head = json.loads(first)
        except (ValueError, RecursionError):
            yield from _listed(_json(first + file.read()))
            return
        yield from _listed(head)
        yield from (_json(line) for line in file if line.strip())


def _listed(answer: Any) -> list[Any]:
    """The receipts of an answer of `record`; of anything else, itself."""
    accepted = answer.get("accepted") if isinstance(answer, dict) else None
    return accepted if isinstance(accepted, list) else [answer]


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Refusal("file_unusable", "回执文件不是 JSON", "--receipt") from None


class _Contradictory(ValueError):
    """What a receipt says does not agree with itself."""


def _shown(one: Any) -> Shown:
    if "root" in one:
        if type(one["size"]) is not int or not 1 <= one["size"] <= INTEGER_MAX:
            raise TypeError("size")
        root = bytes.fromhex(one["root"])
        if len(root) != opening.HASH_BYTES:
            raise TypeError("root")
        return Extent(one["size"], root)
    raw = bytes.fromhex(one["leaf"])
    leaf = opening.read_leaf(raw)
    if "opening" in one and opening.commitment(bytes.fromhex(one["opening"])) != leaf.commitment:
        raise _Contradictory("开启值与叶不符")
    if one.get("index", leaf.index) != leaf.index:
        raise _Contradictory("位置与叶不符")
    return Receipt(leaf, opening.leaf_hash(raw), one.get("id"))


class ReceiptFile:
    """The receipts of a file of acts, one a line: durable as they come, whole lines only, each act once.

    One that is there is completed, in whatever order its receipts stand; half a line is what a crash left and goes.
    Which receipts are there is one bit for each act of the ledger. Raises Refusal("file_unusable") and leaves the file
    alone where it is none of this ledger's receipts; Refusal("busy") where another process writes it; OSError.
    """

    def __init__(self, path: Path, store: Store) -> None:
        self._path = path
        self._there = bytearray()
        new = not path.exists()
        if not new and not path.is_file():
            raise Refusal("file_unusable", f"{path} 不是文件，请换一个文件名", "--receipts")
        # Without a buffer: what could not be written must not be tried again when the file is closed.
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b", buffering=0)
        try:
            self._lock()
            self._end = self._take_up(store)
            self._cut()
        except BaseException:
            self._file.close()
            raise
        if new:
            sync_folder(path.parent)

    def __enter__(self) -> "ReceiptFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, receipts: Sequence[Mapping[str, Any]]) -> None:
        """Add those that are not there yet; durable on return. Where that fails, none of them is in the file."""
        fresh = [one for one in receipts if self._mark(one["index"])]
        if not fresh:
            return
        try:
            lines = memoryview("".join(f"{json.dumps(one)}\n" for one in fresh).encode())
            while lines:
                lines = lines[self._file.write(lines) or 0 :]
            os.fsync(self._file.fileno())
        except OSError:
            with suppress(OSError):
                self._cut()
            raise
        self._end = self._file.tell()

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refusal(
                "busy", f"另一个登记正在写 {self._path}，请等它结束，或换一个文件名", "--receipts"
            ) from None

    def _take_up(self, store: Store) -> int:
        """Mark what is there; where its last whole line ends."""
        with os.fdopen(os.dup(self._file.fileno()), "rb") as lines:
            end, ends = self._read(lines, store.head().size)
        if compare(store, iter(ends))[1]:
            raise self._not_ours()
        return end

    def _read(self, lines: BinaryIO, size: int) -> tuple[int, list[Receipt]]:
        """Where the last whole line ends; the first receipt and the last, which tell whose they are. The ledger has `size`
        acts: no more of them can have a receipt."""
        first: Receipt | None = None
        last: Receipt | None = None
        end = 0
        for number, line in enumerate(lines, 1):
            if not line.endswith(b"\n"):
                if not (line.startswith(_BEGINS) or _BEGINS.startswith(line)):
                    raise self._foreign(number)
                break
            try:
                one = _shown(json.loads(line))
            except (KeyError, TypeError, ValueError, RecursionError):
                raise self._foreign(number) from None
            if not isinstance(one, Receipt):
                raise self._foreign(number)
            if one.leaf.index >= size:
                raise self._not_ours()
            first, last = first or one, one
            self._mark(one.leaf.index)
            end += len(line)
        return end, [one for one in (first, last) if one is not None]

    def _mark(self, index: int) -> bool:
        """Whether an act has no receipt yet; it has from now on."""
        place, bit = index >> 3, 1 << (index & 7)
        if place >= len(self._there):
            self._there.extend(bytes(place + 1 - len(self._there)))
        missing = not self._there[place] & bit
        self._there[place] |= bit
        return missing

    def _cut(self) -> None:
        self._file.truncate(self._end)
        self._file.seek(self._end)

    def _not_ours(self) -> Refusal:
        return Refusal(
            "file_unusable",
            f"{self._path} 里的回执不是这本台账的，或比它新，未作改动；请换一个文件名",
            "--receipts",
        )

    def _foreign(self, line: int) -> Refusal:
        return Refusal(
            "file_unusable", f"{self._path} 第 {line} 行不是回执，未作改动；请换一个文件名", "--receipts"
        )


_BEGINS = b'{"line": '


def show(settings: Settings, path: Path, report: Report) -> None:
    """Add to a verification what the receipts of a file say of this copy. Raises as `read`."""
    try:
        store = open_store(settings.database_url)
    except StoreDamaged:
        return  # the report says so
    with closing(store):
        number, faults = compare(store, read(path))
    report.checked["receipts"] = number
    report.faults += faults
    report.faults.sort(key=lambda f: (f.index is None, f.index or 0))


def compare(store: Store, shown: Iterator[Shown]) -> tuple[int, list[Fault]]:
    """How many were shown, and what is wrong with this copy by them."""
    size, number, faults = store.head().size, 0, []
    for number, one in enumerate(shown, 1):
        try:
            fault = _extent(store, size, one) if isinstance(one, Extent) else _receipt(store, size, one)
        except StoreDamaged as error:
            fault = Fault("store_damaged", None, None, f"无法与第 {number} 张回执比对：{error}")
        if fault is not None:
            faults.append(fault)
    return number, faults


def _receipt(store: Store, size: int, receipt: Receipt) -> Fault | None:
    index = receipt.leaf.index
    if index >= size:
        return Fault(
            "ledger_older", index, receipt.statement, f"回执是第 {index} 条，这份台账只有 {size} 条：比回执旧"
        )
    if store.read(after=index - 1, limit=1)[0].leaf_hash != receipt.leaf_hash:
        return Fault(
            "receipt_contradicted",
            index,
            receipt.statement,
            "这一条与回执不同：是另一本台账，或记录、时间被换过",
        )
    return None


def _extent(store: Store, size: int, extent: Extent) -> Fault | None:
    if extent.size > size:
        return Fault(
            "ledger_older",
            extent.size - 1,
            None,
            f"清单记 {extent.size} 条，这份台账只有 {size} 条：比清单旧",
        )
    root = LogRoot()
    for entry in _first(store, extent.size):
        root.add(entry.leaf_hash)
    if root.root() != extent.root:
        return Fault(
            "receipt_contradicted", None, None, f"前 {extent.size} 条与清单不同：是另一本台账，或被换过"
        )
    return None


def _first(store: Store, size: int) -> Iterator[Entry]:
    after = -1
    while after < size - 1:
        page = store.read(after=after, limit=min(PAGE, size - 1 - after))
        yield from page
        after = page[-1].index
