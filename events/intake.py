"""The door: from a signed statement to a fact with its place in the ledger.

The checks run in this order, and the first that fails names the refusal: size, form, signature (with the key's
bytes), repeated statement, key validity, authority (kind of agency), schema, what the signer had seen, dates,
the case's rules. A refusal changes nothing.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import EVENTS, Act, Event
from domain.acts.registry import KeyRegistered, LedgerCreated, PackAdopted
from domain.cases import behalf
from domain.cases.ruling_out import check_dates
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import OPERATOR, Registry
from domain.values import ID_MAX, day_of, stream_name
from events import keys, opening, schemas, sealing
from events.history import History, act_of, stored_act
from events.statement import Statement, check_signature, decode
from events.store import CtiTaken, Entry, PositionTaken, Proposal, Store

ATTEMPTS = 50
"""How often a writer decides anew after others took its place; then `busy` (each loss is another's success)."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender gets: where the act stands, and the leaf and opening that prove it later."""

    entry: Entry
    act: Act
    repeated: bool
    before: Dossier | None = (
        None  # the dossier as this act found it; None for a repeated act and in the registry
    )

    @property
    def leaf(self) -> bytes:
        return opening.leaf(self.entry.index, self.entry.received_at_ms, self.entry.commitment)

    @property
    def opening(self) -> bytes:
        return opening.opening(
            self.entry.rho, self.entry.stream, self.entry.version, self.entry.prev,
            hashlib.sha256(self.entry.statement).digest(),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """A statement that passed every check against one state of its stream and of the registry."""

    act: Act
    version: int
    prev: bytes
    registry_version: int
    before: Dossier | None


class Intake:
    """Takes statements in. `pack_known` says whether a rule pack of that digest can be had (for PackAdopted)."""

    def __init__(self, store: Store, pack_known: Callable[[str], bool]) -> None:
        self.store = store
        self.history = History(store)
        self.pack_known = pack_known

    def submit(self, raw: bytes, *, now_ms: int, received_at_ms: int | None = None) -> Receipt:
        """Check and append. `received_at_ms` is given only in a demonstration ledger.

        Raises Refusal; events.store's StoreBusy, StoreUnreachable and OutcomeUnknown pass through.
        """
        statement = decode(raw)
        for _ in range(ATTEMPTS):
            registry = self.history.registry()
            verify_statement(statement, registry)
            first = self.store.find(statement.claims.iss, statement.claims.cti)
            if first is not None:
                return self._repeated(statement, first)
            received = received_at_ms
            if received is None:
                received = max(now_ms, self.store.head().received_at_ms)
            try:
                checked = self.check(statement, registry, received)
            except Refusal:
                first = self.store.find(statement.claims.iss, statement.claims.cti)
                if first is None:
                    raise
                return self._repeated(statement, first)  # another process stored it since it was looked for
            try:
                entry, repeated = self.store.append(
                    self._proposal(statement, checked, registry, now_ms, received_at_ms)
                )
            except PositionTaken:
                continue
            except CtiTaken as taken:
                return self._repeated(statement, taken.entry)
            except Exception:
                self.history.forget()
                raise
            if repeated:
                return self._repeated(statement, entry)
            act = act_of(statement, received_at_ms=entry.received_at_ms, index=entry.index)
            return Receipt(entry, act, False, checked.before)
        raise Refusal("busy", "同时登记的人太多，请稍后再试", field=None)

    def check(self, statement: Statement, registry: Registry, received_at_ms: int) -> Checked:
        """All checks after the signature, against the state as it is. Raises Refusal."""
        claims = statement.claims
        event, fault = payload_of(statement)
        if claims.event != "LedgerCreated":
            check_authority(statement, registry, event, received_at_ms)
        check_stream(statement)
        if fault is not None or event is None:
            raise fault or Refusal("schema_invalid", "内容无法读取", field="payload")
        sealing.check(event, registry)
        act = act_of(statement, received_at_ms=received_at_ms)
        today = day_of(received_at_ms)
        if claims.sub == registry_rules.STREAM:
            version, prev = self.history.registry_head
            self._check_seen(statement, version, prev)
            check_dates(act, today)
            registry_rules.decide(registry, act)
            check_registry_bytes(event, claims.ledger, claims.iss)
            if isinstance(event, PackAdopted) and not self.pack_known(event.digest):
                raise Refusal("case_rule_broken", "没有该摘要的规则包文件，请先导入规则包", field="digest")
            return Checked(act, version + 1, prev, version, None)
        view = self.history.dossier(claims.sub, registry)
        if any(
            known.id == act.id for known in view.dossier.acts
        ):  # ids are one agency's; in a dossier, all agencies'
            raise Refusal("duplicate", "本案已有相同编号的记录，请重新生成声明", field="cti")
        self._check_seen(statement, view.version, view.commitment)
        dossiers.decide(view.dossier, act, registry, today)
        if act.signer != act.agency:
            behalf.check_recorder(dossiers.evolve(view.dossier, act, registry), act, registry)
        return Checked(act, view.version + 1, view.commitment, self.history.registry_head[0], view.dossier)

    def _check_seen(self, statement: Statement, version: int, commitment: bytes) -> None:
        """`seen` must be a true point of the stream's history; what others appended since does not refuse."""
        claims = statement.claims
        seen, seen_commitment = claims.seen
        if seen > 0:
            true = commitment if seen == version else self._commitment(claims.sub, seen, version)
            if true != seen_commitment:
                raise Refusal("stale_view", "所见的案卷版本与台账不符，请刷新后重新签名", field="seen")
        for cti in claims.after:
            if self.store.find(claims.iss, cti) is None:
                raise Refusal("depends_on_refused", "所依赖的前一条记录未入账，请先处理前一条", field="after")

    def _commitment(self, stream: str, version: int, head: int) -> bytes:
        if version > head:
            return b""
        found = self.store.read_stream(stream, after=version - 1, limit=1)
        return found[0].commitment if found else b""

    def _proposal(
        self,
        statement: Statement,
        checked: Checked,
        registry: Registry,
        now_ms: int,
        received_at_ms: int | None,
    ) -> Proposal:
        claims = statement.claims
        demo = registry.genesis is not None and registry.genesis.demo
        rho = derived_rho(statement) if demo else secrets.token_bytes(32)
        opened = opening.opening(rho, claims.sub, checked.version, checked.prev, statement.digest)
        return Proposal(
            stream=claims.sub, version=checked.version, registry_version=checked.registry_version,
            topic=claims.event, statement=statement.raw, cti=claims.cti, iss=claims.iss,
            signed_digest=statement.signed_digest, rho=rho, prev=checked.prev,
            commitment=opening.commitment(opened), now_ms=now_ms, received_at_ms=received_at_ms,
        )  # fmt: skip

    def _repeated(self, statement: Statement, first: Entry) -> Receipt:
        if first.signed_digest != statement.signed_digest:
            raise Refusal("duplicate", "同一编号已有内容不同的记录，请重新生成声明", field="cti")
        return Receipt(first, stored_act(first), True)


def derived_rho(statement: Statement) -> bytes:
    """In a demonstration ledger the blinding is derived, so that the same acts give the same log head."""
    return hashlib.sha256(b"gongze demonstration rho" + statement.digest).digest()


def payload_of(statement: Statement) -> tuple[Event | None, Refusal | None]:
    """The act in the payload, or why it cannot be read."""
    try:
        return schemas.decode(statement.claims.event, statement.claims.schema, statement.payload), None
    except Refusal as fault:
        return None, fault


def public_key_for(statement: Statement, registry: Registry) -> bytes:
    """The bytes of the key that a statement names. Raises Refusal("key_unknown")."""
    kid = statement.kid.hex()
    if (
        registry.genesis is not None
        and kid == keys.thumbprint(bytes.fromhex(registry.genesis.operator_key)).hex()
    ):
        return bytes.fromhex(registry.genesis.operator_key)
    if kid in registry.keys:
        return bytes.fromhex(registry.keys[kid].public_key)
    event, _ = payload_of(statement)
    own = None
    if isinstance(event, KeyRegistered) and event.purpose == "root":
        own = event.public_key
    elif isinstance(event, LedgerCreated) and registry.genesis is None:
        own = event.operator_key
    if own is not None and len(own) == 64 and keys.thumbprint(bytes.fromhex(own)) == statement.kid:
        return bytes.fromhex(own)
    raise Refusal("key_unknown", "台账中没有该密钥，请先登记密钥", field="kid")


def verify_statement(statement: Statement, registry: Registry) -> None:
    """This ledger's, and signed by the key it names. Raises Refusal: schema_invalid, key_unknown, signature_invalid."""
    if registry.genesis is not None and statement.claims.ledger != registry.genesis.name:
        raise Refusal("schema_invalid", "该声明属于另一个台账", field="ledger")
    check_signature(statement, public_key_for(statement, registry))


def check_authority(
    statement: Statement, registry: Registry, event: Event | None, received_at_ms: int
) -> None:
    """Key validity, then the kind of agency. Raises Refusal: key_unknown, key_revoked, not_authorised."""
    claims = statement.claims
    kind = EVENTS.get(claims.event)
    if claims.iss == OPERATOR:
        operator = registry.genesis.operator_key if registry.genesis else ""
        if statement.kid != keys.thumbprint(bytes.fromhex(operator)):
            raise Refusal("key_unknown", "该密钥不是台账运行单位的密钥", field="kid")
        behalf.check_form(claims.event, event, claims.on_behalf_of, claims.iss)  # it records for nobody
        acting = OPERATOR
    else:
        registering_root = isinstance(event, KeyRegistered) and event.purpose == "root" and (
            event.key_id == statement.kid.hex() and event.key_id not in registry.keys and event.agency == claims.iss
        )  # fmt: skip
        if not registering_root:
            registry_rules.check_key(
                registry, kid=statement.kid.hex(), agency=claims.iss, officer=claims.officer, name=claims.event,
                event=event, received_at_ms=received_at_ms,
            )  # fmt: skip
        agency = registry.agencies.get(claims.on_behalf_of or claims.iss)
        if agency is None and claims.on_behalf_of is not None:
            raise Refusal(
                "behalf_not_allowed", f"机构 {claims.on_behalf_of} 未登记，不能为其代录", field="for"
            )
        acting = agency.kind if agency else ""
    if kind is not None and acting not in kind.by:
        raise Refusal("not_authorised", f"本类机构不能登记“{kind.zh}”", field="actor")
    behalf.check_form(claims.event, event, claims.on_behalf_of, claims.iss)


def check_stream(statement: Statement) -> None:
    """The act belongs into the stream it claims, and the stream's id is in its one spelling."""
    claims = statement.claims
    kind = EVENTS.get(claims.event)
    if kind is None:
        raise Refusal("schema_invalid", f"没有“{claims.event}”这种事件", field="type")
    prefix, _, name = claims.sub.partition("/")
    if prefix != kind.stream or (prefix == registry_rules.STREAM) != (claims.sub == registry_rules.STREAM):
        raise Refusal("schema_invalid", f"“{kind.zh}”不能登记在“{claims.sub}”中", field="case")
    if prefix != registry_rules.STREAM and (
        not name or stream_name(name) != name or len(claims.sub) > ID_MAX
    ):
        raise Refusal("schema_invalid", "案号写法不规范，请使用〔〕并去掉首尾空格", field="case")


def check_registry_bytes(event: Event, ledger: str, iss: str) -> None:
    """What the registry's pure rules cannot check: that a key is a key, and that its owner holds it."""
    if not isinstance(event, KeyRegistered):
        return
    public = bytes.fromhex(event.public_key)
    try:
        keys.check_public_key(public)
    except ValueError:
        raise Refusal(
            "schema_invalid", "公钥无效（非规范或小阶点），请重新生成密钥", field="public_key"
        ) from None
    if keys.thumbprint(public).hex() != event.key_id:
        raise Refusal("schema_invalid", "密钥指纹与公钥不符", field="key_id")
    keys.check_possession(bytes.fromhex(event.proof), ledger, iss, public)
