"""Checking a whole ledger: every stored act against its signature, its place, its commitments and the rules.

It opens a ledger in any state. Each fault is named with its index and statement; what is damaged is named
before what follows from it. What only outsiders can show (that a head was ever published, that the tail was
not cut) needs checkpoints and receipts.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import Act, Event
from domain.cases import behalf
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import STREAM as REGISTRY
from domain.registry import Registry
from domain.values import SHANGHAI, day_of, milliseconds
from events import opening, sealing
from events.history import act_of
from events.intake import check_authority, check_registry_bytes, check_stream, payload_of, verify_statement
from events.statement import Statement, decode
from events.store import RawRow, Store, StoreDamaged


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
    dossier: Dossier | None = None
    commitments: dict[int, bytes] = field(default_factory=dict)
    broken: bool = False


def verify(store: Store, *, deep: bool = False, progress: Callable[[int], None] | None = None) -> Report:
    """Check everything. `deep` also applies the case rules to each act against what came before it."""
    report = Report()
    for problem in store.check():
        report.faults.append(Fault("store_damaged", None, None, f"数据库自检：{problem}"))
    walk = _Walk(report, deep)
    try:
        for row in store.raw_rows():
            walk.row(row)
            if progress is not None and report.checked["statements"] % 1000 == 0:
                progress(report.checked["statements"])
    except StoreDamaged as error:
        report.faults.append(Fault("store_damaged", walk.expected, None, f"从此处起无法读取：{error}"))
    walk.finish()
    report.faults.sort(key=lambda f: (f.index is None, f.index if f.index is not None else 0))
    return report


class _Walk:
    """One pass over the log in order of index, folding the registry and the cases as it goes."""

    def __init__(self, report: Report, deep: bool) -> None:
        self.report = report
        self.deep = deep
        self.expected = 0
        self.registry = Registry()
        self.streams: dict[str, _Stream] = {}
        self.ids: set[tuple[str, bytes]] = set()
        self.last_ms = 0
        self.signed_by: dict[str, list[tuple[int, str, int]]] = {}

    def fault(self, code: str, index: int | None, statement: str | None, what: str) -> None:
        self.report.faults.append(Fault(code, index, statement, what))

    def row(self, row: RawRow) -> None:
        if row.index is None:
            self.fault("position_missing", None, _hex(row.cti), f"{row.stream} 第 {row.version} 条不在日志中")
            return
        if not isinstance(row.index, int):
            self.fault("position_damaged", None, _hex(row.cti), f"位置 {row.index!r} 不是整数")
            return
        index = row.index
        if index != self.expected:  # named where an act is missing, or where there is one too many
            at = min(index, self.expected)
            self.fault("position_gap", at, _hex(row.cti), f"位置应为 {self.expected}，实为 {index}")
        self.expected = index + 1
        self.report.checked["statements"] += 1
        ident = _hex(row.cti)
        if not row.has_event or not isinstance(row.statement, bytes):
            self.fault(
                "statement_missing", index, ident, f"{row.stream} 第 {row.version} 条的声明缺失或不是字节"
            )
            self._break(row)
            return
        wrong = _types(row)
        if wrong:
            self.fault("row_damaged", index, ident, f"{wrong} 的类型或长度不对")
            self._break(row)
            return
        self._place(row, index, ident)
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
        stream.version, stream.commitment, stream.broken = row.version, row.commitment, False
        stream.commitments[row.version] = row.commitment
        if (row.iss, row.cti) in self.ids:
            self.fault("duplicate", index, ident, "同一机构同一编号出现两次")
        self.ids.add((row.iss, row.cti))

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
        stated = {
            "originator_id": (row.stream, claims.sub), "cti": (row.cti, claims.cti), "iss": (row.iss, claims.iss),
            "topic": (row.topic, claims.event), "signed_digest": (row.signed_digest, statement.signed_digest),
        }  # fmt: skip
        for name, (stored, signed) in stated.items():
            if stored != signed:
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
        act = act_of(statement, received_at_ms=row.received_at_ms, index=index, event=event)
        stream = self.streams[row.stream]
        seen, commitment = claims.seen
        if seen > 0 and stream.commitments.get(seen) != commitment:
            self.fault("stale_view", index, statement.id, "签名者所见的版本不在该流水的历史中")
        demo = self.registry.genesis is not None and self.registry.genesis.demo
        if row.received_at_ms < self.last_ms and not demo:
            self.fault("time_backwards", index, statement.id, "入账时间早于前一条")
        self.last_ms = max(self.last_ms, row.received_at_ms)
        self.signed_by.setdefault(statement.kid.hex(), []).append((index, statement.id, row.received_at_ms))
        if row.stream == REGISTRY:
            self._registry_act(act, index, statement)
        elif row.stream.partition("/")[0] in dossiers.STREAMS:
            self._dossier_act(act, index, stream)

    def _registry_act(self, act: Act, index: int, statement: Statement) -> None:
        try:
            registry_rules.decide(self.registry, act)
            check_registry_bytes(act.event, statement.claims.ledger, statement.claims.iss)
        except Refusal as refusal:
            self.fault(refusal.code, index, act.id, refusal.message)
        try:
            self.registry = registry_rules.evolve(self.registry, act)
        except (KeyError, ValueError) as error:
            self.fault("registry_damaged", index, act.id, f"登记簿无法接续：{error}")

    def _dossier_act(self, act: Act, index: int, stream: _Stream) -> None:
        if not self.deep:
            return
        before = stream.dossier or dossiers.fold(act.stream, (), self.registry)
        after = dossiers.evolve(before, act, self.registry)
        try:
            dossiers.decide(before, act, self.registry, day_of(act.received_at_ms))
            behalf.check_recorder(after, act, self.registry)
        except Refusal as refusal:
            self.fault(refusal.code, index, act.id, refusal.message)
        stream.dossier = after

    def finish(self) -> None:
        self.report.checked["streams"] = len(self.streams)
        self.report.checked["keys"] = len(self.registry.keys)
        if self.registry.genesis is None:
            self.fault("genesis_missing", 0 if self.expected else None, None, "没有可读的建账记录")
            return
        self.report.notes.append("未提供信任文件：机构根密钥以台账登记为准，检查点与见证未核对")
        for key in self.registry.keys.values():
            if key.purpose == "root":
                self._attested(key.key_id, key.agency, key.countersigned_by)
            if key.doubt_since is not None and key.revoked_at is not None:
                since = int(key.doubt_since.timestamp() * 1000)
                for index, ident, received in self.signed_by.get(key.key_id, []):
                    if received >= since and index < key.revoked_at:
                        self.report.notes.append(
                            f"key_in_doubt：位置 {index}（{ident}）由已撤销的密钥签名，待确认"
                        )

    def _attested(self, key_id: str, agency: str, by: tuple[str, ...]) -> None:
        found = self.registry.agencies.get(agency)
        if found is not None and found.parent not in by and len(by) < 2:
            self.report.notes.append(
                f"key_attested_by_operator_only：{agency} 的根密钥 {key_id[:16]}… 只有运行单位证明"
            )


_LAST_MS = milliseconds(datetime(9999, 12, 31, 23, 59, 59, 999_000, SHANGHAI))
"""The last receipt time that has a day."""
_LENGTHS = {"cti": 16, "signed_digest": 32, "rho": 32, "commitment": 32, "leaf_hash": 32}


def _types(row: RawRow) -> str:
    """The columns whose values cannot be what was stored, joined; empty if all can."""
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
