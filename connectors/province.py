"""上级的副本 What a region's ledger shows an agency above it, kept by that agency in one SQLite file of its own.

The topic is nobody's word: nothing of it is signed but the statements. So all is checked here, from the commitment to
the ledger's first act on, which was handed over by hand: it binds the operator's key, that the agencies' roots, those
the officers' keys. What does not agree is named and left out; a fault in one region's file concerns no other.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from connectors import shown
from connectors.shown import Acts, Copy, Fault
from domain import registry as registry_rules
from domain.acts import Act
from domain.acts.registry import KeyRegistered
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from events import opening, sealing
from events.history import act_of, stored_act
from events.intake import check_authority, check_registry_bytes, check_stream
from events.opening import Leaf, Opening
from events.signed import payload_of, verify_statement
from events.statement import decode

_TABLES = f"""
{shown.TABLES}
CREATE TABLE position (topic TEXT PRIMARY KEY, next INTEGER NOT NULL);
CREATE TABLE fault (
  topic TEXT NOT NULL, place INTEGER NOT NULL, code TEXT NOT NULL, idx INTEGER, what TEXT NOT NULL,
  PRIMARY KEY (topic, place, code));
"""
WHAT_MAX = 300


@dataclass(frozen=True, slots=True)
class Trust:
    """What was handed over by hand. `genesis`: the commitment to the ledger's first act; `roots`: thumbprints of root keys
    by agency, as far as they were compared on paper."""

    ledger: str
    genesis: bytes
    agency: str
    roots: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a topic, as it was read."""

    place: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Named:
    """A fault with the place of its message."""

    topic: str
    place: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a ledger is here: acts shown whole, acts that show only that they are there; the last one's index and
    time of receipt."""

    acts: int
    blanks: int
    last: int | None
    received_at_ms: int | None


class RegionCopy(Copy):
    """One region's file. Raises Refusal, sqlite3.Error."""

    def __init__(self, path: Path, trust: Trust) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.trust = trust
        self._db = sqlite3.connect(path, isolation_level=None, timeout=30)
        try:
            self._db.execute("PRAGMA synchronous=FULL")
            self._set_up(path)
        except BaseException:
            self._db.close()
            raise
        self._known: list[tuple[int, Registry]] = []

    def _set_up(self, path: Path) -> None:
        given = {
            "ledger": self.trust.ledger,
            "genesis": self.trust.genesis.hex(),
            "agency": self.trust.agency,
        }
        with self._writing():
            if self._one("SELECT 1 FROM sqlite_master WHERE name = 'about'") is None:
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._db.execute(statement)
                self._db.executemany("INSERT INTO about VALUES (?, ?)", given.items())
        if dict(self._db.execute("SELECT name, value FROM about")) != given:
            raise Refusal(
                "regions_unusable",
                f"{path} 是按别的信任根建立的副本；地区文件改对了的，请移走这个文件，从头再读",
                "genesis",
            )

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> "RegionCopy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- in

    def position(self, topic: str) -> int:
        """The first place of a topic that was not taken in yet."""
        row = self._one("SELECT next FROM position WHERE topic = ?", topic)
        return 0 if row is None else row[0]

    def take(self, topic: str, messages: Sequence[Message]) -> None:
        """Take in what follows on a topic: acts, faults and position stand or fall together."""
        if not messages:
            return
        try:
            with self._writing():
                self._read_registry()
                after = self.position(topic)
                for message in messages:
                    if message.place < after:
                        continue  # another process was here first
                    for fault in self._take(message):
                        self._name(topic, message.place, fault)
                self._db.execute(
                    "INSERT OR REPLACE INTO position VALUES (?, ?)",
                    (topic, max(after, messages[-1].place + 1)),
                )
        except BaseException:
            self._known = []  # what was folded of it was not stored
            raise

    def name(self, topic: str, place: int, fault: Fault) -> None:
        """Keep a fault of the topic itself."""
        with self._writing():
            self._name(topic, place, fault)

    def _name(self, topic: str, place: int, fault: Fault) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO fault VALUES (?, ?, ?, ?, ?)",
            (topic, place, fault.code, fault.index, fault.what[:WHAT_MAX]),
        )

    def _take(self, message: Message) -> Iterator[Fault]:
        headers = dict(message.headers)
        if "index" not in headers or not self._ours(headers.get("ce_source")):
            return  # an answer to what was sent; an act of another ledger with which the topic is shared
        try:
            yield from self._let_in(message, headers)
        except Refusal as refusal:
            index = _index(headers)
            yield Fault(refusal.code, index, f"第 {'?' if index is None else index} 条：{refusal.message}")

    def _ours(self, source: bytes | None) -> bool:
        name = self.trust.ledger.encode()
        return source is not None and (source == name or source.startswith(name + b"/"))

    def _let_in(self, message: Message, headers: Mapping[str, bytes | None]) -> Iterator[Fault]:
        """Raises Refusal where nothing of the message can be kept."""
        raw = message.value or None
        leaf, opened = _proof(message, headers, raw)
        had = self._one("SELECT leaf, statement IS NOT NULL FROM part WHERE idx = ?", leaf.index)
        if had is not None and had[0] != headers["R"]:
            self._set_aside(leaf.index, message, headers)
            raise Refusal("receipt_contradicted", "与先前收到的不同；先前的留着，这一份另存")
        if had is not None and (had[1] or raw is None):
            return
        yield from self._chained(leaf, opened, message, headers)
        if raw is not None and self._one(
            "SELECT 1 FROM part WHERE digest = ? AND idx != ?", opened.statement_digest, leaf.index
        ):
            raise Refusal("duplicate", "同一声明出现在两个位置")
        iss = self._checked(raw, leaf, opened) if raw is not None else None
        self._db.execute(
            "INSERT OR REPLACE INTO part VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (leaf.index, headers["R"], headers["O"], raw, opened.stream, opened.version, iss,
             opened.statement_digest if raw is not None else None),
        )  # fmt: skip

    def _set_aside(self, index: int, message: Message, headers: Mapping[str, bytes | None]) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO odd VALUES (?, ?, ?, ?, ?)",
            (index, message.place, headers["R"], headers["O"], message.value or None),
        )

    def _chained(
        self, leaf: Leaf, opened: Opening, message: Message, headers: Mapping[str, bytes | None]
    ) -> Iterator[Fault]:
        """Each act names the one before. Where that is not here the act is kept, and the hole is named."""
        if (leaf.index == 0) != ((opened.stream, opened.version) == (REGISTRY, 1)) or (
            leaf.index == 0 and leaf.commitment != self.trust.genesis
        ):
            raise Refusal("genesis_differs", "建账记录不是当面核对过的那一条：这不是所写的那本台账")
        near = {
            version: opening.read_leaf(r).commitment if version < opened.version else opening.read_opening(o).prev
            for version, r, o in self._all(
                "SELECT version, leaf, opening FROM part WHERE stream = ? AND version IN (?, ?)",
                opened.stream, opened.version - 1, opened.version + 1,
            )
        }  # fmt: skip
        taken = self._one(
            "SELECT idx FROM part WHERE stream = ? AND version = ? AND idx != ?",
            opened.stream, opened.version, leaf.index,
        )  # fmt: skip
        if (
            taken is not None
            or near.get(opened.version - 1, opened.prev) != opened.prev
            or near.get(opened.version + 1, leaf.commitment) != leaf.commitment
        ):
            self._set_aside(leaf.index, message, headers)
            raise Refusal("chain_broken", f"没有接上 {opened.stream} 的前一条或后一条")
        if opened.version > 1 and opened.version - 1 not in near:
            yield Fault("version_gap", leaf.index, f"{opened.stream} 缺第 {opened.version - 1} 条")

    def _checked(self, raw: bytes, leaf: Leaf, opened: Opening) -> str:
        """Who signed it, if it is well formed, signed, and signed by whom it may be. Raises Refusal."""
        statement = decode(raw)
        if statement.claims.sub != opened.stream:
            raise Refusal("row_differs", "声明与开启值的案卷不同", "sub")
        registry = self._registry_before(leaf.index)
        event, fault = payload_of(statement)
        if fault is not None or event is None:
            raise fault or Refusal("schema_invalid", "内容无法读取", "payload")
        verify_statement(statement, event, registry)
        if statement.claims.event != "LedgerCreated":
            check_authority(statement, registry, event, leaf.received_at_ms)
        check_stream(statement)
        sealing.check(event, registry)
        self._check_seen(opened.stream, statement.claims.seen)
        if opened.stream == REGISTRY:
            self._take_registry(raw, leaf, opened)
        return statement.claims.iss

    def _check_seen(self, stream: str, seen: tuple[int, bytes]) -> None:
        row = self._one("SELECT leaf FROM part WHERE stream = ? AND version = ?", stream, seen[0])
        if row is not None and opening.read_leaf(row[0]).commitment != seen[1]:
            raise Refusal("stale_view", "签名者所见的版本不在这里的历史中", "seen")

    # -- the registry, as it was before each act

    def registry(self) -> Registry:
        """As far as it came."""
        self._read_registry()
        return self._last()

    def _read_registry(self) -> None:
        for entry in Acts(self._db).read_stream(REGISTRY, after=self._last().version):
            self._known.append((entry.index, registry_rules.evolve(self._last(), stored_act(entry))))

    def _last(self) -> Registry:
        return self._known[-1][1] if self._known else Registry()

    def _registry_before(self, index: int) -> Registry:
        at = bisect_left(self._known, index, key=lambda known: known[0])
        return self._known[at - 1][1] if at else Registry()

    def _take_registry(self, raw: bytes, leaf: Leaf, opened: Opening) -> None:
        """It is whole and in order, or it goes no further: all else rests on it."""
        before = self._last()
        if opened.version != before.version + 1 or (self._known and leaf.index <= self._known[-1][0]):
            raise Refusal(
                "registry_damaged", f"登记簿应接第 {before.version + 1} 条，来的是第 {opened.version} 条"
            )
        statement = decode(raw)
        act = act_of(statement, received_at_ms=leaf.received_at_ms, index=leaf.index)
        if (
            before.genesis is None
            and act.type == "LedgerCreated"
            and statement.claims.ledger != self.trust.ledger
        ):
            raise Refusal("genesis_differs", "建账记录是另一本台账的")
        registry_rules.decide(before, act)
        check_registry_bytes(act.event, statement.claims.ledger, statement.claims.iss)
        event = act.event
        if isinstance(event, KeyRegistered) and event.purpose == "root":
            handed = self.trust.roots.get(event.agency)
            if handed is not None and handed != event.key_id:
                raise Refusal("root_key_differs", f"{event.agency} 的根密钥指纹与当面核对的不同", "key_id")
        self._known.append((leaf.index, registry_rules.evolve(before, act)))

    # -- out

    def extent(self) -> Extent:
        row = self._one("SELECT count(*), count(statement) FROM part")
        last = self._one("SELECT leaf FROM part ORDER BY idx DESC LIMIT 1")
        if last is None:
            return Extent(0, 0, None, None)
        read = opening.read_leaf(last[0])
        return Extent(row[1], row[0] - row[1], read.index, read.received_at_ms)

    def faults(self) -> list[Named]:
        rows = self._all("SELECT topic, place, code, idx, what FROM fault ORDER BY rowid")
        return [Named(topic, place, Fault(code, index, what)) for topic, place, code, index, what in rows]

    def streams(self) -> dict[str, bool]:
        """Every stream of which an act is shown whole, but the registry; whether all of its acts are."""
        rows = self._all(
            "SELECT stream, max(version) = count(statement) FROM part WHERE stream != ? GROUP BY stream "
            "HAVING count(statement) > 0 ORDER BY min(idx)",
            REGISTRY,
        )
        return {stream: bool(whole) for stream, whole in rows}

    def holed(self) -> frozenset[str]:
        """Streams that lack an act which no blank stands for."""
        rows = self._all("SELECT stream FROM part GROUP BY stream HAVING max(version) != count(*)")
        return frozenset(stream for (stream,) in rows)

    def acts(self, streams: Iterable[str]) -> list[Act]:
        """The acts of these streams that are shown whole, in the order of the ledger."""
        entries = [e for stream in streams for e in Acts(self._db).read_stream(stream)]
        return [stored_act(e) for e in sorted(entries, key=lambda e: e.index)]


def _proof(message: Message, headers: Mapping[str, bytes | None], raw: bytes | None) -> tuple[Leaf, Opening]:
    """S against O against R, and what the message says beside them. Raises Refusal."""
    try:
        leaf = opening.read_leaf(headers.get("R") or b"")
        opened = opening.read_opening(headers.get("O") or b"")
    except ValueError:
        raise Refusal("opening_malformed", "叶或开启值无法读取") from None
    if opening.commitment(headers["O"] or b"") != leaf.commitment:
        raise Refusal("commitment_mismatch", "开启值与叶的承诺不符")
    if raw is not None and sha256(raw).digest() != opened.statement_digest:
        raise Refusal("commitment_mismatch", "声明与开启值不符")
    if _index(headers) != leaf.index or message.key != opened.stream.encode():
        raise Refusal("row_differs", "消息的键或头与叶、开启值不同")
    return leaf, opened


def _index(headers: Mapping[str, bytes | None]) -> int | None:
    given = headers.get("index") or b""
    return int(given) if given.isascii() and given.isdigit() and len(given) <= 16 else None
