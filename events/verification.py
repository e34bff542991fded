"""Checking a whole ledger: every stored act against its signature, its place, its commitments and the rules.

It opens a ledger in any state. Each fault is named with its index and statement; what is damaged is named
before what follows from it. What only outsiders can show (that a head was ever published, that the tail was
not cut) needs checkpoints and receipts.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar
from zlib import crc32

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import Act, Event
from domain.acts.registry import PackAdopted
from domain.cases import behalf
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from domain.values import SHANGHAI, day_of, milliseconds
from events import opening, sealing
from events.history import act_by
from events.intake import check_authority, check_registry_bytes, check_stream
from events.remembering import Remembered
from events.signed import payload_of, verify_statement
from events.statement import Statement, decode
from events.store import RawRow, Store, StoreDamaged, StoreError
from events.store.base import TYPES
from events.verifiers import cores

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. `index` is None where what is damaged has no place in the log."""

    code: str
    index: int | None
    statement: str | None
    what: str


@dataclass
class Report:
    """What was checked and what was found; notes are no faults."""

    checked: dict[str, int] = field(default_factory=lambda: {"statements": 0, "streams": 0, "keys": 0})
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.faults


@dataclass(slots=True)
class _Stream:
    version: int = 0
    commitment: bytes = b""
    before: tuple[int, bytes] = (0, b"")
    """Version and commitment of the act before the last one."""
    broken: bool = False


PARALLEL_FROM = 20_000
"""Acts from which on it is worth starting a process for each core."""
PAGE = 1_000
"""Rows that are given out at once; two pages are under way."""


def verify(
    store: Store,
    *,
    deep: bool = False,
    progress: Callable[[int], None] | None = None,
    processes: int | None = None,
    shipped: Iterable[str] = (),
) -> Report:
    """Check everything. `deep` also applies the case rules to each act against what came before it. An adopted rule pack
    must be stored, unless its SHA-256 (hex) is among the `shipped`.

    A large ledger is shared out among `processes` (None: as many as there are cores): the acts of one stream go to one
    of them, in order, those of the registry to each.
    """
    report = Report(faults=_faults_of_check(store))
    number = processes or _processes(store)
    with ExitStack() as stack:
        parts = [stack.enter_context(_part(n, number, deep=deep)) for n in range(number)]
        log = _Log(report, parts, stack.enter_context(closing(Remembered())))
        try:
            for page in _pages(store.raw_rows()):
                log.page(page)
                if progress is not None:
                    progress(report.checked["statements"])
        except StoreDamaged as error:
            log.fault("store_damaged", log.expected, None, f"从此处起无法读取：{error}")
        stored, faults = _documents(store)  # after the log: a pack is stored before it is adopted
        report.faults += faults
        log.finish(None if stored is None else stored.union(shipped))
    return report


def faults_of_database(store: Store) -> list[Fault]:
    """What is wrong with the database itself and with the documents in it, whatever the acts say."""
    return _faults_of_check(store) + _documents(store)[1]


def _faults_of_check(store: Store) -> list[Fault]:
    return [Fault("store_damaged", None, None, f"数据库自检：{problem}") for problem in store.check()]


def _documents(store: Store) -> tuple[set[str] | None, list[Fault]]:
    """The digests under which something is stored, be it damaged (None: cannot be read); and what is wrong with it."""
    stored, faults = set(), []
    try:
        for digest, content in store.raw_documents():
            name = digest.hex() if isinstance(digest, bytes) else repr(digest)
            stored.add(name)
            if not _is_digest(digest, content):
                what = f"文件 {name[:16]}… 与其摘要不符，请从备份恢复"
                faults.append(Fault("document_damaged", None, None, what))
    except StoreDamaged as error:
        return None, [*faults, Fault("store_damaged", None, None, f"留存的文件无法读取：{error}")]
    return stored, faults


def _is_digest(digest: Any, content: Any) -> bool:
    return isinstance(content, bytes) and hashlib.sha256(content).digest() == digest


def _processes(store: Store) -> int:
    try:
        large = store.head().size >= PARALLEL_FROM
    except StoreError:
        large = False
    return cores() if large else 1


def _pages(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    """As many rows as there are, also before one that cannot be read: its error comes after them."""
    page: list[RawRow] = []
    try:
        for row in rows:
            page.append(row)
            if len(page) == PAGE:
                yield page
                page = []
    except StoreDamaged:
        yield page
        raise
    yield page


# --- the parts ----------------------------------------------------------------------------------------------

_Found = tuple[int, Fault]
"""A fault, and at which point of looking at an act it is found: what is damaged comes before what follows from it."""
_IN_LOG, _IN_PLACE, _REPEATED, _IN_ITSELF, _IN_TIME, _BY_RULES = range(6)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a part says of a page: faults, and of the acts that time must not run back between, index and receipt."""

    faults: list[_Found]
    times: list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class _End:
    """What a part knows at the end: its streams, the registry, which acts were signed by a key in doubt since, and
    (the first part) which packs were adopted: index, statement, digest."""

    streams: int
    registry: Registry
    doubted: dict[str, list[tuple[int, str]]]
    adopted: list[tuple[int, str, str]]


_Given = tuple[RawRow, str]
"""A row, and the columns of wrong type in it."""


class _Part(Protocol):
    def look(self, rows: list[_Given]) -> "Future[_Seen]": ...

    def end(self) -> "Future[_End]": ...


@contextmanager
def _part(number: int, of: int, *, deep: bool) -> Iterator[_Part]:
    """In this process where there is no other."""
    if of == 1:
        with closing(Remembered()) as remembered:
            yield _Here(remembered, deep=deep)
        return
    context = get_context("spawn")  # this process may hold threads and connections, which a fork would break
    first = number == 0
    with ProcessPoolExecutor(1, context, _begin, (first, deep)) as process:
        yield _Elsewhere(process)


class _Here:
    def __init__(self, remembered: Remembered, *, deep: bool) -> None:
        self._walk = _Walk(remembered, first=True, deep=deep)

    def look(self, rows: list[_Given]) -> "Future[_Seen]":
        return _done(self._walk.look(rows))

    def end(self) -> "Future[_End]":
        return _done(self._walk.end())


class _Elsewhere:
    def __init__(self, process: ProcessPoolExecutor) -> None:
        self._process = process

    def look(self, rows: list[_Given]) -> "Future[_Seen]":
        return self._process.submit(_look, [(*row, wrong) for row, wrong in rows])

    def end(self) -> "Future[_End]":
        return self._process.submit(_end)


def _done(value: T) -> "Future[T]":
    future: Future[T] = Future()
    future.set_result(value)
    return future


_walk: "_Walk"
"""Of a process that is a part."""


def _begin(first: bool, deep: bool) -> None:
    global _walk
    _walk = _Walk(Remembered(), first=first, deep=deep)


def _look(rows: list[tuple[Any, ...]]) -> _Seen:
    return _walk.look([(RawRow._make(values), wrong) for *values, wrong in rows])


def _end() -> _End:
    return _walk.end()


# --- the log ------------------------------------------------------------------------------------------------


class _Log:
    """One pass over the log in order of index: what concerns all of it, the rest for the parts to look at."""

    def __init__(self, report: Report, parts: Sequence[_Part], remembered: Remembered) -> None:
        self.report = report
        self.parts = parts
        self.expected = 0
        self.remembered = remembered
        self.last_ms = 0
        self.found: list[_Found] = []
        self.under_way: deque[list[Future[_Seen]]] = deque()

    def fault(
        self, code: str, index: int | None, statement: str | None, what: str, rank: int = _IN_LOG
    ) -> None:
        self.found.append((rank, Fault(code, index, statement, what)))

    def page(self, rows: Iterable[RawRow]) -> None:
        shares: list[list[_Given]] = [[] for _ in self.parts]
        whole: list[RawRow] = []
        for row in rows:
            wrong = self._row(row)
            if wrong is None:
                continue
            if not wrong and _has_statement(row):
                whole.append(row)
            given = (row, wrong)
            if row.stream == REGISTRY:
                for share in shares:
                    share.append(given)
            else:
                shares[crc32(str(row.stream).encode()) % len(shares)].append(given)
        for row, new in zip(
            whole, self.remembered.are_new([(row.iss, row.cti) for row in whole]), strict=True
        ):
            if not new:
                self.fault("duplicate", row.index, _hex(row.cti), "同一机构同一编号出现两次", _REPEATED)
        self.under_way.append([part.look(share) for part, share in zip(self.parts, shares, strict=True)])
        if len(self.under_way) > 1:
            self._gather()

    def _row(self, row: RawRow) -> str | None:
        """The columns of wrong type; None where the row is not in the log, so that there is nothing more to look at."""
        if row.index is None:
            self.fault("position_missing", None, _hex(row.cti), f"{row.stream} 第 {row.version} 条不在日志中")
            return None
        if not isinstance(row.index, int):
            self.fault("position_damaged", None, _hex(row.cti), f"位置 {row.index!r} 不是整数")
            return None
        if row.index != self.expected:  # named where an act is missing, or where there is one too many
            at = min(row.index, self.expected)
            self.fault("position_gap", at, _hex(row.cti), f"位置应为 {self.expected}，实为 {row.index}")
        self.expected = row.index + 1
        self.report.checked["statements"] += 1
        return _types(row) if _has_statement(row) else ""

    def _gather(self) -> None:
        times: list[tuple[int, int, str]] = []
        for answer in self.under_way.popleft():
            seen = answer.result()
            self.found += seen.faults
            times += seen.times
        for index, received_at_ms, ident in sorted(times):
            if received_at_ms < self.last_ms:
                self.fault("time_backwards", index, ident, "入账时间早于前一条", _IN_TIME)
            self.last_ms = max(self.last_ms, received_at_ms)

    def finish(self, documents: Container[str] | None) -> None:
        """`documents`: the digests of those that there are; None where that cannot be told."""
        while self.under_way:
            self._gather()
        ends = [answer.result() for answer in [part.end() for part in self.parts]]
        self.report.checked["streams"] = sum(end.streams for end in ends)
        registry = ends[0].registry
        self.report.checked["keys"] = len(registry.keys)
        if registry.genesis is None:
            self.fault("genesis_missing", 0 if self.expected else None, None, "没有可读的建账记录", _BY_RULES)
        for index, ident, digest in ends[0].adopted:
            if documents is not None and digest not in documents:
                what = f"采用的规则包文件（摘要 {digest[:16]}…）不在，请重新导入或从备份恢复"
                self.fault("document_missing", index, ident, what, _BY_RULES)
        self.found.sort(key=lambda one: (one[1].index is None, one[1].index or 0, one[0]))
        self.report.faults += [fault for _, fault in self.found]
        if registry.genesis is None:
            return
        self.report.notes.append("未提供信任文件：机构根密钥以台账登记为准，检查点与见证未核对")
        for key in registry.keys.values():
            if key.purpose == "root":
                self._attested(registry, key.key_id, key.agency, key.countersigned_by)
            for index, ident in sorted(one for end in ends for one in end.doubted.get(key.key_id, ())):
                self.report.notes.append(f"key_in_doubt：位置 {index}（{ident}）由已撤销的密钥签名，待确认")

    def _attested(self, registry: Registry, key_id: str, agency: str, by: tuple[str, ...]) -> None:
        found = registry.agencies.get(agency)
        if found is not None and found.parent not in by and len(by) < 2:
            self.report.notes.append(
                f"key_attested_by_operator_only：{agency} 的根密钥 {key_id[:16]}… 只有运行单位证明"
            )


class _Walk:
    """One part's pass over its streams and the registry, in order of index, folding the registry and the cases as it
    goes. The `first` part speaks for the registry."""

    def __init__(self, remembered: Remembered, *, first: bool, deep: bool) -> None:
        self.remembered = remembered
        self.first = first
        self.deep = deep
        self.registry = Registry()
        self.adopted: list[tuple[int, str, str]] = []
        self.streams: dict[str, _Stream] = {}
        self.faults: list[_Found] = []
        self.times: list[tuple[int, int, str]] = []
        self.mine = True
        self.point = _IN_PLACE

    def look(self, rows: list[_Given]) -> _Seen:
        self.faults, self.times = [], []
        for row, wrong in rows:
            self.mine = self.first or row.stream != REGISTRY
            self.row(row, wrong)
        return _Seen(self.faults, self.times)

    def fault(self, code: str, index: int | None, statement: str | None, what: str) -> None:
        if self.mine:
            self.faults.append((self.point, Fault(code, index, statement, what)))

    def row(self, row: RawRow, wrong: str) -> None:
        self.point = _IN_PLACE
        index, ident = row.index, _hex(row.cti)
        if not _has_statement(row):
            self.fault(
                "statement_missing", index, ident, f"{row.stream} 第 {row.version} 条的声明缺失或不是字节"
            )
            self._break(row)
            return
        if wrong:
            self.fault("row_damaged", index, ident, f"{wrong} 的类型或长度不对")
            self._break(row)
            return
        self._place(row, index, ident)
        self.point = _IN_ITSELF
        try:
            statement = decode(row.statement)
        except Refusal as refusal:
            self.fault("statement_malformed", index, ident, f"声明无法读取：{refusal.message}")
            self._break(row)
            return
        event, fault = payload_of(statement)
        self._envelope(row, index, statement, event)
        self._meaning(row, index, statement, event, fault)

    # -- the place in the log: stream, version, chain, commitment, leaf

    def _place(self, row: RawRow, index: int, ident: str | None) -> None:
        stream = self.streams.setdefault(row.stream, _Stream())
        if row.version != stream.version + 1:
            self.fault(
                "version_gap",
                index,
                ident,
                f"{row.stream} 应为第 {stream.version + 1} 条，实为第 {row.version} 条",
            )
        if row.prev != stream.commitment and not stream.broken:
            self.fault("chain_broken", index, ident, f"{row.stream} 第 {row.version} 条未接上前一条的承诺")
        digest = hashlib.sha256(row.statement).digest()
        try:
            opened = opening.opening(row.rho, row.stream, row.version, row.prev, digest)
            if opening.commitment(opened) != row.commitment:
                self.fault("commitment_mismatch", index, ident, "承诺与声明、流水或盲化值不符")
            leaf = opening.leaf(index, row.received_at_ms, row.commitment)
            if opening.leaf_hash(leaf) != row.leaf_hash:
                self.fault("leaf_mismatch", index, ident, "叶子与位置、入账时间或承诺不符")
        except ValueError as error:
            self.fault("opening_malformed", index, ident, f"启封值无法构成：{error}")
        stream.before = (0, b"") if stream.broken else (stream.version, stream.commitment)
        stream.version, stream.commitment, stream.broken = row.version, row.commitment, False
        self.remembered.add_commitment(row.stream, row.version, row.commitment)

    def _break(self, row: RawRow) -> None:
        """A damaged act must not be blamed on the one after it."""
        if not isinstance(row.stream, str):
            return
        stream = self.streams.setdefault(row.stream, _Stream())
        if isinstance(row.version, int):
            stream.version = row.version
        stream.commitment = row.commitment if isinstance(row.commitment, bytes) else b""
        stream.broken = True

    # -- the envelope: what the row says is what the statement says, and its key signed it

    def _envelope(self, row: RawRow, index: int, statement: Statement, event: Event | None) -> None:
        claims = statement.claims
        stored = row.stream, row.cti, row.iss, row.topic, row.signed_digest
        signed = claims.sub, claims.cti, claims.iss, claims.event, statement.signed_digest
        if stored != signed:
            for name, ours, theirs in zip(_STATED, stored, signed, strict=True):
                if ours != theirs:
                    self.fault("row_differs", index, statement.id, f"存储的 {name} 与签名的内容不同")
        try:
            verify_statement(statement, event, self.registry)
        except Refusal as refusal:
            self.fault(refusal.code, index, statement.id, refusal.message)

    # -- the meaning: key, authority, schema, what was seen, and (deep) the rules

    def _meaning(
        self, row: RawRow, index: int, statement: Statement, event: Event | None, fault: Refusal | None
    ) -> None:
        claims = statement.claims
        try:
            if claims.event != "LedgerCreated":
                check_authority(statement, self.registry, event, row.received_at_ms)
            check_stream(statement)
            if fault is not None:
                raise fault
            if event is not None:
                sealing.check(event, self.registry)
        except Refusal as refusal:
            self.fault(refusal.code, index, statement.id, refusal.message)
        if event is None:
            return
        if index == 0 and claims.event != "LedgerCreated":
            self.fault("genesis_missing", index, statement.id, "第一条不是建账记录")
        stream = self.streams[row.stream]
        seen, commitment = claims.seen
        true = seen == 0 or (seen, commitment) == stream.before
        if not true and self.remembered.commitment(row.stream, seen) != commitment:
            self.fault("stale_view", index, statement.id, "签名者所见的版本不在该流水的历史中")
        demo = self.registry.genesis is not None and self.registry.genesis.demo
        self.point = _BY_RULES
        if not demo and self.mine:
            self.times.append((index, row.received_at_ms, statement.id))
        if self.mine:
            self.remembered.add_signed(statement.kid, index, claims.cti, row.received_at_ms)
        if row.stream == REGISTRY:
            self._registry_act(act_by(claims, event, row.received_at_ms, index), index, statement)
        elif self.deep and row.stream.partition("/")[0] in dossiers.STREAMS:
            self._dossier_act(act_by(claims, event, row.received_at_ms, index), index)

    def _registry_act(self, act: Act, index: int, statement: Statement) -> None:
        if isinstance(act.event, PackAdopted):
            self.adopted.append((index, act.id, act.event.digest))
        try:
            if self.mine:
                registry_rules.decide(self.registry, act)
                check_registry_bytes(act.event, statement.claims.ledger, statement.claims.iss)
        except Refusal as refusal:
            self.fault(refusal.code, index, act.id, refusal.message)
        try:
            self.registry = registry_rules.evolve(self.registry, act)
        except (KeyError, ValueError) as error:
            self.fault("registry_damaged", index, act.id, f"登记簿无法接续：{error}")

    def _dossier_act(self, act: Act, index: int) -> None:
        version = self.streams[REGISTRY].version if REGISTRY in self.streams else 0
        before, folded_with = self.remembered.dossier(act.stream) or (None, -1)
        if (
            before is None or folded_with != version
        ):  # as the ledger does, which folds a case with the registry as it is
            before = dossiers.fold(act.stream, () if before is None else before.acts, self.registry)
        after = dossiers.evolve(before, act, self.registry)
        try:
            dossiers.decide(before, act, self.registry, day_of(act.received_at_ms))
            behalf.check_recorder(after, act, self.registry)
        except Refusal as refusal:
            self.fault(refusal.code, index, act.id, refusal.message)
        self.remembered.put_dossier(act.stream, (after, version))

    def end(self) -> _End:
        doubted: dict[str, list[tuple[int, str]]] = {}
        for key in self.registry.keys.values():
            if key.doubt_since is not None and key.revoked_at is not None:
                since = int(key.doubt_since.timestamp() * 1000)
                doubted[key.key_id] = self.remembered.signed(bytes.fromhex(key.key_id), since, key.revoked_at)
        own = len(self.streams) - (not self.first and REGISTRY in self.streams)
        return _End(own, self.registry, doubted, self.adopted)


_STATED = "originator_id", "cti", "iss", "topic", "signed_digest"
_LAST_MS = milliseconds(datetime(9999, 12, 31, 23, 59, 59, 999_000, SHANGHAI))
"""The last receipt time that has a day."""
_LENGTHS = {"cti": 16, "signed_digest": 32, "rho": 32, "commitment": 32, "leaf_hash": 32}
_LENGTHS_IN_ORDER = tuple(_LENGTHS.values())


def _has_statement(row: RawRow) -> bool:
    return row.has_event and isinstance(row.statement, bytes)


_STORED = (*TYPES, bool)


def _types(row: RawRow) -> str:
    """The columns whose values cannot be what was stored, joined; empty if all can."""
    if (
        tuple(map(type, row)) == _STORED
        and (len(row.cti), len(row.signed_digest), len(row.rho), len(row.commitment), len(row.leaf_hash))
        == _LENGTHS_IN_ORDER
        and len(row.prev) in (0, 32)
        and 0 <= row.version <= 2**53
        and 0 <= row.received_at_ms <= _LAST_MS
    ):
        return ""
    wrong = [n for n, length in _LENGTHS.items() if not _bytes(getattr(row, n), length)]
    if not (_bytes(row.prev, 32) or row.prev == b""):
        wrong.append("prev")
    wrong += [n for n in ("stream", "iss", "topic") if not isinstance(getattr(row, n), str)]
    if not _whole(row.version, 2**53):
        wrong.append("version")
    if not _whole(row.received_at_ms, _LAST_MS):
        wrong.append("received_at_ms")
    return "、".join(wrong)


def _bytes(value: Any, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length


def _whole(value: Any, most: int) -> bool:
    return isinstance(value, int) and 0 <= value <= most


def _hex(cti: Any) -> str | None:
    return cti.hex() if isinstance(cti, bytes) else None


def faults_of_projections(store_size: int, last_index: int) -> Iterator[Fault]:
    """How the projections' position compares with the ledger: behind is caught up, ahead is a fault."""
    if last_index >= store_size:
        yield Fault(
            "projection_ahead",
            None,
            None,
            f"投影已到第 {last_index} 条，而台账只有 {store_size} 条：台账末尾可能缺失",
        )
