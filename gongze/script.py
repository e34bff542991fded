"""Case scripts: JSON Lines, one act a line, in order; read strictly, signed line by line.

```json
{"type": "EnforcementApplied", "case": "拉自然资执〔2025〕81号", "actor": "nr.lhasa",
 "occurred_on": "2026-02-10", "data": {"court": "court.chengguan", "decision_no": "拉自然资罚〔2025〕41号"}}
```

The same line always gives the same statement id, so that a script can be replayed after any interruption.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from domain import dossiers, reconciling
from domain.acts import EVENTS, Event
from domain.cases import Case, resolved
from domain.entries import Dossier
from domain.forms import build, canonical_json
from domain.reconciling import Reconciliation
from domain.refusal import Irregularity, Refusal
from domain.registry import OPERATOR, Registry
from domain.registry import STREAM as REGISTRY
from domain.values import SHANGHAI, Basis, milliseconds, parse_day, parse_moment, stream_name
from events import schemas, sealing
from events.history import stored_act
from events.intake import GROUP, Receipt, Waiting
from events.keys import SigningKey, new_cti
from events.statement import Claims, sign
from gongze.ledger import Accepted, Ledger

STREAM_KINDS = (
    "discipline", "meeting", "reconciliation", "inspection", "patch", "patrol", "clue", "listed", "assessment", "land",
)  # fmt: skip
LINE_MAX = 200_000
FIELDS = {"type", "case", "actor", "occurred_on", "received_at", "officer", "for", "basis", "data"}
AGENCY = re.compile(r"[a-z][a-z_]{0,30}\.[a-z0-9][a-z0-9-]{0,60}")


@dataclass(frozen=True, slots=True)
class Line:
    """One act as a script states it. `number` counts physical lines from 1."""

    number: int
    type: str
    stream: str
    actor: str
    officer: str
    occurred_on: str
    received_at: str | None
    on_behalf_of: str | None
    basis: dict[str, Any] | None
    data: dict[str, Any]
    canonical: str

    @property
    def in_dossier(self) -> bool:
        """Whether its stream is a case or another dossier, and not the registry."""
        return self.stream.partition("/")[0] in dossiers.STREAMS

    def cti(self, ledger_name: str) -> bytes:
        """The statement's id: from the ledger and the line alone, never from the clock."""
        moment = parse_moment(self.received_at) if self.received_at else datetime.combine(
            parse_day(self.occurred_on), time.min, SHANGHAI
        )  # fmt: skip
        seed = hashlib.sha256(f"{ledger_name}\n{self.canonical}".encode()).digest()
        return new_cti(max(milliseconds(moment), 0), seed[:10])


def physical_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """(number, bytes) of each line that is not blank; a BOM and CRLF are fine. Raises OSError."""
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if line.strip():
                yield number, line.strip()


def parse(number: int, raw: bytes) -> Line:
    """Read one line. Raises Refusal("schema_invalid") with the field."""
    if len(raw) > LINE_MAX:
        raise Refusal("too_large", "这一行太长，请拆分附件或缩短文字", field="line")
    try:
        data = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise Refusal("schema_invalid", "不是 UTF-8 文本，请另存为 UTF-8", field="line") from None
    except RecursionError:
        raise Refusal("schema_invalid", "嵌套过深，请核对格式", field="line") from None
    except json.JSONDecodeError as error:
        raise Refusal(
            "schema_invalid",
            f"不是有效的 JSON，从第 {error.colno} 个字符起，请核对引号、逗号和括号",
            field="line",
        ) from None
    except ValueError as error:
        raise Refusal("schema_invalid", f"不是有效的 JSON：{error}", field="line") from None
    if not isinstance(data, dict):
        raise Refusal("schema_invalid", "每行应为一个 JSON 对象", field="line")
    for name in data.keys() - FIELDS:
        raise Refusal("schema_invalid", f"没有“{name}”这个字段", field=name)
    text = {name: _text(data, name) for name in ("type", "case", "actor", "occurred_on")}
    if text["type"] not in EVENTS:
        raise Refusal("schema_invalid", f"没有“{text['type']}”这种事件", field="type")
    if text["actor"] != OPERATOR and not AGENCY.fullmatch(text["actor"]):
        raise Refusal("schema_invalid", "机构代码应为“类别.地名”，如 nr.lhasa", field="actor")
    officer = _text(data, "officer") if data.get("officer") is not None else f"{text['actor']}/1"
    if not re.fullmatch(re.escape(text["actor"]) + r"/[0-9A-Za-z_-]{1,60}", officer):
        raise Refusal("schema_invalid", "联络员代码应为“本机构代码/序号”", field="officer")
    try:
        parse_day(text["occurred_on"])
    except ValueError:
        raise Refusal("schema_invalid", "日期应写作 YYYY-MM-DD，且须真实存在", field="occurred_on") from None
    received_at = data.get("received_at")
    if received_at is not None:
        try:
            if not isinstance(received_at, str) or "T" not in received_at:
                raise ValueError
            if milliseconds(parse_moment(received_at)) < 0:
                raise ValueError  # the log counts from 1970
        except ValueError:
            raise Refusal(
                "schema_invalid", "received_at 应为 1970 年以后带时区的 ISO 8601 时间", field="received_at"
            ) from None
    fields = data.get("data", {})
    if not isinstance(fields, dict):
        raise Refusal("schema_invalid", "data 应为一组字段", field="data")
    behalf = data.get("for")
    if behalf is not None and not isinstance(behalf, str):
        raise Refusal("schema_invalid", "for 应为机构代码", field="for")
    basis = data.get("basis")
    if basis is not None:
        build(Basis, basis, "basis")
    return Line(
        number, text["type"], _stream(text["case"]), text["actor"], officer, text["occurred_on"], received_at,
        behalf, basis, fields, _canonical(data),
    )  # fmt: skip


def _canonical(data: dict[str, Any]) -> str:
    """The line in its one spelling, which can be written as UTF-8: a JSON escape may name half a character."""
    try:
        spelled = canonical_json(data)
        spelled.encode()
    except UnicodeEncodeError:
        raise Refusal("schema_invalid", "含有无法存储的字符，请删除后重试", field="line") from None
    except RecursionError:
        raise Refusal("schema_invalid", "嵌套过深，请核对格式", field="line") from None
    return spelled


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [k for k, _ in pairs]
    if len(set(keys)) < len(keys):
        raise ValueError("同一字段写了两次")
    return dict(pairs)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} 不是 JSON")


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refusal("schema_invalid", f"缺少字段 {name}，应为文本", field=name)
    if any(0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise Refusal("schema_invalid", f"{name} 含有无法存储的字符", field=name)
    return value


def _stream(case: str) -> str:
    if case == "registry":
        return case
    prefix, slash, name = case.partition("/")
    if slash and prefix in STREAM_KINDS:
        return f"{prefix}/{stream_name(name)}"
    if len(case) > 190 or any(ord(c) < 0x20 for c in case):
        raise Refusal("schema_invalid", "案号过长或含有控制字符", field="case")
    return f"case/{stream_name(case)}"


class Keys(Protocol):
    """Whatever finds the key that signs a line, and the officer it is signed as."""

    def for_line(self, line: Line, event: Event | None) -> tuple[SigningKey, str]: ...


@dataclass
class KeyRing:
    """The keys below one folder, as `init --demo-keys` writes them: AGENCY/N.key and AGENCY/root.key."""

    folder: Path
    passphrase: bytes | None = None
    _loaded: dict[str, SigningKey] | None = None

    def get(self, name: str) -> SigningKey:
        """Raises Refusal: key_unknown where there is no such file, key_file_unusable where it cannot be read."""
        loaded = self._loaded = self._loaded if self._loaded is not None else {}
        if name not in loaded:
            path = self.folder / f"{name}.key"
            if not path.is_file():
                raise Refusal("key_unknown", f"密钥文件夹中没有 {name} 的密钥", field="actor")
            loaded[name] = SigningKey.load(path, self.passphrase)
        return loaded[name]

    def for_line(self, line: Line, event: Event | None) -> tuple[SigningKey, str]:
        """The key that signs a line, and the officer it is signed as."""
        key_id = getattr(event, "key_id", None)
        if line.type == "KeyRegistered":
            return self.get(f"{line.actor}/root"), f"{line.actor}/root"
        if line.type == "KeyRevoked" and self.get(line.officer).kid.hex() != key_id:
            return self.get(f"{line.actor}/root"), f"{line.actor}/root"
        return self.get(line.officer), line.officer


class Past(Protocol):
    """What a signer has before them: the whole ledger, or an agency's copy of what it was sent."""

    def registry(self) -> Registry: ...
    def view(self, stream: str, registry: Registry) -> tuple[Dossier | None, tuple[int, bytes]]:
        """A stream's dossier, where it has one, and its last receipted act that the signer saw, (0, b"") for none."""

    def unanswered(self, stream: str) -> tuple[bytes, ...]:
        """The signer's own acts in a stream that have no receipt yet."""


@dataclass
class LedgerPast:
    """The past as the open ledger has it; what others append once it was asked for the first time is not looked for."""

    ledger: Ledger
    _registry: Registry | None = None

    def registry(self) -> Registry:
        if self._registry is None:
            self._registry = self.ledger.registry()
        return self._registry

    def view(self, stream: str, registry: Registry) -> tuple[Dossier | None, tuple[int, bytes]]:
        history = self.ledger.intake.history
        if stream == REGISTRY:
            return None, history.registry_head
        if stream.partition("/")[0] not in dossiers.STREAMS:
            return None, self.ledger.store.stream_head(stream)
        with history.lock:
            view = history.view(
                stream, history.known_registry
            )  # what is kept must be folded with the newest one read
        return view.dossier, (view.version, view.commitment)

    def unanswered(self, stream: str) -> tuple[bytes, ...]:
        return ()


def signed(past: Ledger | Past, line: Line, keys: Keys) -> bytes:
    """The statement of a line, its references resolved and `seen` set to what the signer last saw of the stream.

    Raises Refusal, in the ledger's own order of checks as far as the client can know.
    """
    past = LedgerPast(past) if isinstance(past, Ledger) else past
    registry = past.registry()
    assert registry.genesis is not None
    cti = line.cti(registry.genesis.name)
    try:
        built = sealing.sealed(event_of(line), registry, cti)
    except Refusal:
        key, officer = keys.for_line(line, None)
        _check_kind(registry, line)  # who may not sign it at all is told so first
        raise
    key, officer = keys.for_line(line, built)
    dossier, seen = past.view(line.stream, registry)
    if isinstance(dossier, Reconciliation):
        built = reconciling.resolved(dossier, built)
    elif isinstance(dossier, Case):
        built = resolved(
            dossier, registry, built, line.on_behalf_of or line.actor, parse_day(line.occurred_on)
        )
    schema, payload = schemas.encode(built)
    claims = Claims(
        iss=line.actor, sub=line.stream, cti=cti, officer=officer, event=line.type,
        schema=schema, occurred_on=parse_day(line.occurred_on), seen=seen,
        ledger=registry.genesis.name, after=past.unanswered(line.stream), on_behalf_of=line.on_behalf_of,
    )  # fmt: skip
    return sign(claims, payload, key)


def event_of(line: Line) -> Event:
    """The act of a line, references as typed. Raises Refusal("schema_invalid")."""
    event = build(EVENTS[line.type].cls, line.data)
    return event if line.basis is None else replace(event, behalf=build(Basis, line.basis, "basis"))


def _check_kind(registry: Registry, line: Line) -> None:
    agency = registry.agencies.get(line.on_behalf_of or line.actor)
    acting = OPERATOR if line.actor == OPERATOR else agency.kind if agency else None
    kind = EVENTS[line.type]
    if acting is not None and acting not in kind.by:
        raise Refusal("not_authorised", f"本类机构不能登记“{kind.zh}”", field="actor")


def replay_line(ledger: Ledger, number: int, raw: bytes, keys: Keys) -> Accepted:
    """Append one line of a script; one that is stored already gives its first receipt. Raises Refusal."""
    groups = replay_groups(ledger, [(number, raw)], keys)
    answer = next(answer for group in groups for _, answer in group)
    if isinstance(answer, Refusal):
        raise answer
    return answer


def replay_groups(
    ledger: Ledger, lines: Iterable[tuple[int, bytes]], keys: Keys
) -> Iterator[list[tuple[int, Accepted | Refusal]]]:
    """Append the lines of a script in their order: the number of each, and its receipt or why it has none.

    Lines that follow one another are stored together, each signed on the state that those before it leave; only a line
    of the registry, by which all is decided, goes alone. Raises what `events.store` raises: what was answered is stored.
    """
    group = _Group(ledger, keys)
    for number, raw in lines:
        try:
            line: Line | Refusal = parse(number, raw)
        except Refusal as refusal:
            line = refusal
        if not group.takes(line):
            yield from group.stored()
            group = _Group(ledger, keys)
        group.add(number, line)
    yield from group.stored()


class _Group:
    """Lines on their way in, each signed when its turn comes."""

    def __init__(self, ledger: Ledger, keys: Keys) -> None:
        self.ledger = ledger
        self.keys = keys
        self.alone = False
        self.lines: list[tuple[int, Line | None, Waiting | Refusal]] = []

    def takes(self, line: Line | Refusal) -> bool:
        """Whether a line can go with those that are here: what follows an act of the registry is signed by it."""
        if len(self.lines) >= GROUP:
            return False
        return isinstance(line, Refusal) or not self.lines or (line.in_dossier and not self.alone)

    def add(self, number: int, line: Line | Refusal) -> None:
        if isinstance(line, Refusal):
            self.lines.append((number, None, line))
            return
        self.alone = self.alone or not line.in_dossier
        received = milliseconds(parse_moment(line.received_at)) if line.received_at else None
        waiting = Waiting(line.stream, self.ledger.now_ms(), received, sign=partial(self._signed, line))
        self.lines.append((number, line, waiting))

    def _signed(self, line: Line, registry: Registry) -> bytes | Receipt:
        assert registry.genesis is not None
        past = LedgerPast(self.ledger, registry)
        if line.received_at is not None and not registry.genesis.demo:
            raise Refusal("schema_invalid", "只有演示台账的脚本才能写 received_at", field="received_at")
        id_ = line.cti(registry.genesis.name).hex()
        dossier, _ = past.view(line.stream, registry)
        known = None
        if dossier is None or any(act.id == id_ for act in dossier.acts):  # else the store need not be asked
            known = self._known(line, registry.genesis.name)
        return known or signed(past, line, self.keys)

    def _known(self, line: Line, ledger_name: str) -> Receipt | None:
        first = self.ledger.store.find(line.actor, line.cti(ledger_name))
        return None if first is None else Receipt(first, stored_act(first), repeated=True)

    def stored(self) -> Iterator[list[tuple[int, Accepted | Refusal]]]:
        answers = self.ledger.submit_group([one for _, _, one in self.lines if isinstance(one, Waiting)])
        told: list[tuple[int, Accepted | Refusal]] = []
        try:
            for number, line, one in self.lines:
                answer = next(answers) if isinstance(one, Waiting) else one
                told.append((number, self._first_of(line, answer) or answer))
        except Exception:  # whatever it was, what is stored has its receipt
            yield told
            raise
        if told:
            yield told

    def _first_of(self, line: Line | None, answer: Accepted | Refusal) -> Accepted | None:
        """Another process may have stored a refused line meanwhile, having seen another state of its stream."""
        if line is None or not isinstance(answer, Refusal):
            return None
        genesis = self.ledger.registry().genesis
        assert genesis is not None
        first = self._known(line, genesis.name)
        return None if first is None else Accepted(first, ())


__all__ = [
    "Irregularity",
    "KeyRing",
    "Line",
    "event_of",
    "parse",
    "physical_lines",
    "replay_groups",
    "replay_line",
    "signed",
]
