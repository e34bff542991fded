"""An agency's own copy of what the ferry brought it: kept in one SQLite file in a folder of its own, without a ledger.

Everything is checked with what was handed over by hand when the folder was set up (the ledger's name and key): the
ledger's signature on each bundle, each opening against its leaf, each statement against the keys that the registry
names, each stream's chain, and the root over all leaves against the ledger's head.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from connectors import shown
from connectors.ferry import bundles
from connectors.ferry.bundles import Address, Answer, Extent, Item, Parcel, Refused
from connectors.shown import Acts, Copy, Fault, entry_of
from domain.refusal import Refusal
from events import opening
from events.history import History
from events.keys import SigningKey
from events.logroot import LogRoot
from events.signed import payload_of, verify_statement
from events.statement import decode
from events.store import Entry

FILE_NAME = "ferry.db"
_PER_MISSING = 9
"""Bytes that a missing number takes at most."""

_TABLES = f"""
{shown.TABLES}
CREATE TABLE bundle (
  epoch INTEGER NOT NULL, number INTEGER NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL, last INTEGER NOT NULL,
  digest BLOB NOT NULL, PRIMARY KEY (epoch, number));
CREATE TABLE outbox (
  place INTEGER PRIMARY KEY AUTOINCREMENT, digest BLOB NOT NULL UNIQUE, stream TEXT NOT NULL, cti BLOB NOT NULL,
  statement BLOB NOT NULL, code TEXT, message TEXT, field TEXT);
"""


@dataclass(frozen=True, slots=True)
class Card:
    """What an agency is handed by hand: which ledger, by which key it is known, and whose copy this is."""

    ledger: str
    log_key: bytes
    agency: str


@dataclass(slots=True)
class Came:
    """What one bundle brought: places in the log that show more than before; answers to what was sent."""

    address: Address
    repeated: bool = False
    shown: list[int] = field(default_factory=list)
    accepted: int = 0
    refused: tuple[Refused, ...] = ()
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the copy is: of `epoch` up to `highest` but `missing`; `known` is whole and has the ledger's root.

    The ledger said of bundles beyond `highest`, if they are missing.
    """

    epoch: int
    highest: int
    missing: tuple[int, ...]
    known: Extent
    faults: tuple[Fault, ...]

    @property
    def confirmed(self) -> tuple[int, tuple[int, ...]]:
        """The highest number to confirm and those below it that are missing: no more than an answer has room for."""
        below = [n for n in self.missing if n < self.highest]
        if len(below) > bundles.MISSING_MAX:
            return below[bundles.MISSING_MAX] - 1, tuple(below[: bundles.MISSING_MAX])
        return self.highest, tuple(below)


class Partner(Copy):
    """One agency's folder. Raises Refusal, sqlite3.Error."""

    def __init__(self, folder: Path) -> None:
        path = folder / FILE_NAME
        if not path.is_file():
            raise Refusal(
                "folder_unusable", f"{folder} 不是摆渡文件夹，请先用 gongze ferry join 建立", "--at"
            )
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        self._db.execute("PRAGMA synchronous=FULL")
        about = dict(self._db.execute("SELECT name, value FROM about"))
        self.card = Card(about["ledger"], bytes.fromhex(about["log_key"]), about["agency"])
        self.began = int(about["epoch"])
        self.history = History(Acts(self._db))  # type: ignore[arg-type] # all that a history reads of a store

    @classmethod
    def join(cls, folder: Path, card: Card, now_ms: int) -> None:
        """Set up a folder. Raises Refusal("file_exists")."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / FILE_NAME
        if path.exists():
            raise Refusal("file_exists", f"{folder} 已经是摆渡文件夹，没有改动", "--at")
        part = path.with_name(f".{FILE_NAME}.part")
        part.unlink(missing_ok=True)
        with closing(sqlite3.connect(part)) as db, db:
            db.executescript(_TABLES)
            about = {"ledger": card.ledger, "log_key": card.log_key.hex(), "agency": card.agency}
            db.executemany(
                "INSERT INTO about VALUES (?, ?)", [*about.items(), ("epoch", str(now_ms)), ("number", "0")]
            )
        part.replace(path)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> "Partner":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- in

    def take(self, raw: bytes, key: SigningKey) -> Came:
        """Take in one bundle of the ledger. Raises Refusal: bundle_unusable, bundle_misdirected, bundle_stale,
        bundle_contradicted, signature_invalid."""
        closed = bundles.read(raw)
        address = closed.address
        if (address.direction, address.ledger, address.agency) != ("out", self.card.ledger, self.card.agency):
            back = "回件，交给台账一侧用 gongze ferry import 导入"
            which = back if address.direction == "back" else "，或出自另一本台账"
            raise Refusal("bundle_misdirected", f"这个包是 {address.agency} 的{which}", "file")
        parcel = bundles.parcel(address, bundles.unseal(closed, key), self.card.log_key)
        with self._writing():
            return self._keep(address, parcel, sha256(bundles.payload(address, parcel)).digest())

    def _keep(self, address: Address, parcel: Parcel, digest: bytes) -> Came:
        came = Came(address, refused=parcel.refused)
        epoch = self._epoch()
        if address.epoch < epoch:
            raise Refusal("bundle_stale", "这是上一轮的包：台账已经从头重新发送，请导入新一轮的包", "file")
        if address.epoch > epoch:
            self._set_aside_beyond(parcel.head.size, epoch, came)
        found = self._one(
            "SELECT digest FROM bundle WHERE epoch = ? AND number = ?", address.epoch, address.number
        )
        if found is not None and found[0] != digest:
            raise Refusal(
                "bundle_contradicted",
                f"第 {address.number} 号与先前收到的同号内容不同：台账可能恢复过，请打包回件让对方重新发送",
                "file",
            )
        came.repeated = found is not None
        self._db.execute(
            "INSERT OR REPLACE INTO bundle VALUES (?, ?, ?, ?, ?, ?)",
            (address.epoch, address.number, parcel.head.size, parcel.head.root, parcel.last, digest),
        )
        self._about("answer_key", parcel.answer_key.hex())
        waiting = len(self.waiting())
        for item in parcel.items:
            self._add(item, epoch, came)
        came.accepted = waiting - len(self.waiting())
        for one in parcel.refused:
            self._db.execute(
                "UPDATE outbox SET code = ?, message = ?, field = ? WHERE digest = ?",
                (one.code, one.message, one.field, one.digest),
            )
        return came

    def _set_aside_beyond(self, size: int, epoch: int, came: Came) -> None:
        """A new epoch of a ledger that is shorter than what it had shown: that is kept, as what it denies now."""
        gone = self._all("SELECT idx FROM part WHERE idx >= ?", size)
        if gone:
            came.faults.append(
                Fault("ledger_older", size, f"台账现在只有 {size} 条，先前已发来 {gone[-1][0] + 1} 条")
            )
        self._db.execute(
            "INSERT OR IGNORE INTO odd SELECT idx, ?, leaf, opening, statement FROM part WHERE idx >= ?",
            (epoch, size),
        )
        self._db.execute("DELETE FROM part WHERE idx >= ?", (size,))

    def _add(self, item: Item, epoch: int, came: Came) -> None:
        index = opening.read_leaf(item.leaf).index
        had = self._one(
            "SELECT leaf, opening IS NOT NULL, statement IS NOT NULL FROM part WHERE idx = ?", index
        )
        if had is not None and had[0] != item.leaf:
            came.faults.append(Fault("receipt_contradicted", index, f"第 {index} 条与先前收到的不同"))
            self._db.execute(
                "INSERT OR IGNORE INTO odd SELECT idx, ?, leaf, opening, statement FROM part WHERE idx = ?",
                (epoch, index),
            )
            self._db.execute("DELETE FROM part WHERE idx = ?", (index,))
            had = None
        if (
            had is not None
            and (had[1] >= (item.opening is not None))
            and had[2] >= (item.statement is not None)
        ):
            return
        opened = opening.read_opening(item.opening) if item.opening is not None else None
        iss = None
        if item.statement is not None:
            came.shown.append(index)
            try:
                iss = decode(item.statement).claims.iss
            except Refusal as refusal:
                came.faults.append(Fault(refusal.code, index, f"第 {index} 条：{refusal.message}"))
        self._db.execute(
            "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (index, item.leaf, item.opening, item.statement, opened and opened.stream, opened and opened.version, iss,
             opened.statement_digest if opened is not None and item.statement is not None else None),
        )  # fmt: skip

    # -- how it stands

    def standing(self) -> Standing:
        """Check what has come and was not checked yet; say how far the copy is."""
        epoch = self._epoch()
        rows = self._all("SELECT number, size, root, last FROM bundle WHERE epoch = ? ORDER BY number", epoch)
        if not rows:
            return Standing(0, 0, (), Extent(0, bundles.EMPTY_ROOT), ())
        have = {number for number, *_ in rows}
        missing = tuple(n for n in range(1, max(last for *_, last in rows)) if n not in have)
        gap = missing[0] if missing else rows[-1][0] + 1
        whole = [Extent(size, root) for number, size, root, last in rows if number == last and number < gap]
        faults = list(self._faults_of_statements())
        known = whole[-1] if whole else Extent(0, bundles.EMPTY_ROOT)
        root, size = self._root(known.size)
        if size < known.size:
            faults.append(Fault("log_incomplete", size, f"台账没有发来第 {size} 条，编号却齐全"))
        elif root != known.root:
            faults.append(
                Fault("root_differs", None, f"前 {size} 条算出的根与台账签名的不同：有记录被换过或改过次序")
            )
        if faults:
            known = Extent(0, bundles.EMPTY_ROOT)
        faults += self._faults_of_chains()
        return Standing(epoch, rows[-1][0], missing, known, tuple(faults))

    def _root(self, size: int) -> tuple[bytes, int]:
        root = LogRoot()
        for index, leaf in self._db.execute("SELECT idx, leaf FROM part WHERE idx < ? ORDER BY idx", (size,)):
            if index != root.size:
                break
            root.add(opening.leaf_hash(leaf))
        return root.root(), root.size

    def _faults_of_statements(self) -> Iterator[Fault]:
        """Each statement is its agency's. One whose key is in no bundle that came yet waits for it."""
        unchecked = self._all(
            "SELECT idx, stream, statement FROM part WHERE statement IS NOT NULL AND NOT checked ORDER BY idx"
        )
        if not unchecked:
            return
        registry = self.history.registry()
        good = []
        for index, stream, raw in unchecked:
            try:
                signed = decode(raw)
                if signed.claims.sub != stream:
                    raise Refusal("schema_invalid", "声明与开启值的案卷不同", "sub")
                verify_statement(signed, payload_of(signed)[0], registry)
                good.append((index,))
            except Refusal as refusal:
                if refusal.code != "key_unknown":
                    yield Fault(refusal.code, index, f"第 {index} 条：{refusal.message}")
        with self._writing():
            self._db.executemany("UPDATE part SET checked = 1 WHERE idx = ?", good)

    def _faults_of_chains(self) -> Iterator[Fault]:
        """Of a stream that is shown at all, each act names the one before."""
        last: tuple[str, int, bytes] = ("", 0, b"")
        rows = self._db.execute(
            "SELECT idx, leaf, opening FROM part WHERE opening IS NOT NULL ORDER BY stream, version"
        )
        for index, leaf, opened in rows:
            one = opening.read_opening(opened)
            before = last if last[0] == one.stream else (one.stream, 0, b"")
            if one.version == before[1] + 1 and one.prev != before[2]:
                yield Fault(
                    "chain_broken", index, f"第 {index} 条没有接在 {one.stream} 的第 {before[1]} 条之后"
                )
            last = (one.stream, one.version, opening.read_leaf(leaf).commitment)

    def entries(self, indexes: Sequence[int]) -> list[Entry]:
        """The acts at these places that are shown whole."""
        rows = (
            self._one(f"SELECT {shown.COLUMNS} FROM part WHERE idx = ? AND statement IS NOT NULL", i)  # noqa: S608 - constant
            for i in indexes
        )
        return [entry_of(row) for row in rows if row is not None]

    def count(self) -> tuple[int, int, int]:
        """How many leaves, openings and statements there are."""
        row = self._one("SELECT count(*), count(opening), count(statement) FROM part")
        assert row is not None
        return row[0], row[1], row[2]

    # -- out

    def enter(self, raw: bytes) -> bool:
        """Put a signed statement with what is to be sent; whether it was not there yet."""
        signed = decode(raw)
        with self._writing():
            return bool(
                self._db.execute(
                    "INSERT INTO outbox (digest, stream, cti, statement) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT (digest) DO UPDATE SET code = NULL, message = NULL, field = NULL WHERE code IS NOT NULL",
                    (signed.digest, signed.claims.sub, signed.claims.cti, raw),
                ).rowcount
            )

    def waiting(self, stream: str | None = None) -> list[bytes]:
        """Own statements that have no answer yet, in the order in which they were signed."""
        chosen, given = ("AND stream = ?", (stream,)) if stream is not None else ("", ())
        rows = self._all(
            "SELECT statement FROM outbox WHERE code IS NULL AND NOT EXISTS "  # noqa: S608 - constants
            f"(SELECT 1 FROM part WHERE part.digest = outbox.digest) {chosen} ORDER BY place",
            *given,
        )
        return [raw for (raw,) in rows]

    def refused(self) -> list[tuple[str, str, str, str | None]]:
        """Own statements that the ledger refused: id, code, why, field."""
        rows = self._all(
            "SELECT cti, code, message, field FROM outbox WHERE code IS NOT NULL AND NOT EXISTS "
            "(SELECT 1 FROM part WHERE part.digest = outbox.digest) ORDER BY place"
        )
        return [(cti.hex(), code, message, name) for cti, code, message, name in rows]

    def pack(self, key: SigningKey, limit: int) -> list[tuple[Address, bytes]]:
        """Answers with all that waits, in as many files as it takes, numbered on. Raises Refusal("bundle_missing")."""
        about = dict(self._all("SELECT name, value FROM about"))
        if "answer_key" not in about:
            raise Refusal("bundle_missing", "还没有收到过台账的包，请先打开第一个包", "--at")
        standing = self.standing()
        highest, missing = standing.confirmed
        first = int(about["number"]) + 1
        made = []
        for number, some in enumerate(
            bundles.split(self.waiting(), limit - _PER_MISSING * len(missing)), first
        ):
            address = Address("back", self.card.ledger, self.card.agency, self.began, number)
            answer = Answer(standing.epoch, highest, missing, standing.known, first, tuple(some))
            raw = bundles.write(address, answer, key, bytes.fromhex(about["answer_key"]))
            made.append((address, raw))
        with self._writing():
            self._about("number", str(first + len(made) - 1))
        return made

    # -- inside

    def _epoch(self) -> int:
        row = self._one("SELECT max(epoch) FROM bundle")
        return row[0] or 0 if row is not None else 0

    def _about(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (name, value))
