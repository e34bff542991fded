"""The door: from a signed statement to a fact with its place in the ledger.

The checks run in this order, and the first that fails names the refusal: size, form, signature (with the key's
bytes), repeated statement, key validity, authority (kind of agency), schema, what the signer had seen, dates,
the case's rules. A refusal changes nothing.
"""

import hashlib
import secrets
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import chain, islice
from typing import TypeVar

from domain import dossiers
from domain import registry as registry_rules
from domain.acts import EVENTS, Act, Event
from domain.acts.registry import KeyRegistered, LedgerCreated, PackAdopted
from domain.cases import behalf
from domain.cases.ruling_out import check_dates
from domain.disclosure import Reader
from domain.entries import Dossier
from domain.refusal import Refusal
from domain.registry import OPERATOR, Genesis, Registry
from domain.values import ID_MAX, day_of, stream_name
from events import keys, opening, sealing
from events.history import History, View, act_by, stored_act
from events.signed import Signed, signed
from events.statement import Statement
from events.store import CtiTaken, Entry, Head, OutcomeUnknown, Proposal, Store, StoreDamaged, StoreError
from events.turns import Turns
from events.verifiers import Verifiers, cores

S = TypeVar("S")
T = TypeVar("T")
ATTEMPTS = 50
"""How often a writer decides anew after others took its place; then `busy` (each loss is another's success)."""
GROUP = 256
"""How many acts share one commit at most."""
FEW = 4
"""Groups. Beyond so many, statements are read and their signatures verified by processes of their own."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the sender gets: where the act stands, and the leaf and opening that prove it later.

    `before`, `after`: the dossier as this act found and left it, by `registry`; None for a repeated act and in the registry.
    """

    entry: Entry
    act: Act
    repeated: bool
    before: Dossier | None = None
    after: Dossier | None = None
    registry: Registry | None = None

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
    after: Dossier | None


@dataclass(slots=True, eq=False)
class Waiting:
    """A statement on its way in: well formed and signed, or made by `sign` once those before it are decided.

    `sign` gives its bytes, signed by this registry and on the state that those before it leave (`History.view`), or the
    receipt that it has already; it may be asked again, and must not look at the log anew. It is for whoever holds the keys.
    `answer`: its receipt, or why there is none.
    """

    stream: str
    now_ms: int
    received_at_ms: int | None
    signed: Signed | None = None
    sign: Callable[[Registry], bytes | Receipt] | None = None
    answer: Receipt | Exception | None = None

    @property
    def settled(self) -> Receipt | Exception:
        """The answer, once there is one."""
        assert self.answer is not None
        return self.answer

    @property
    def in_registry(self) -> bool:
        return self.stream == registry_rules.STREAM

    @property
    def in_dossier(self) -> bool:
        """Whether its stream is one that may be asked for; what is wrong with another is told when it is checked."""
        return self.stream.partition("/")[0] in dossiers.STREAMS


class Intake:
    """Takes statements in. `pack_known` says whether a rule pack of that digest can be had (for PackAdopted).

    May be shared between threads: signatures are verified side by side, and whoever comes while a commit is under way
    shares the next one.
    """

    def __init__(self, store: Store, pack_known: Callable[[str], bool]) -> None:
        self.store = store
        self.history = History(store)
        self.pack_known = pack_known
        self._head: Head | None = None
        self._turn = threading.Lock()
        self._turns = Turns(self.take_in, GROUP)

    def submit(self, raw: bytes, *, now_ms: int, received_at_ms: int | None = None) -> Receipt:
        """Check and append. `received_at_ms` is given only in a demonstration ledger.

        Raises Refusal; events.store's StoreBusy, StoreUnreachable and OutcomeUnknown pass through.
        """
        mine = self.opened(raw, now_ms=now_ms, received_at_ms=received_at_ms)
        self._turns.through(mine)
        if isinstance(mine.settled, Receipt):
            return mine.settled
        raise mine.settled

    def opened(self, raw: bytes, *, now_ms: int, received_at_ms: int | None = None) -> Waiting:
        """What can be told without the ledger's state: form and signature. Raises Refusal.

        May be called from any thread, at any time.
        """
        registry = self.history.known_registry
        if registry.genesis is None:
            registry = self.history.registry()
        try:
            found = signed(raw, registry)
        except Refusal as refusal:
            if refusal.code != "key_unknown" or self.history.registry() is registry:
                raise
            found = signed(raw, self.history.known_registry)  # others have registered keys since
        return Waiting(found.claims.sub, now_ms, received_at_ms, found)

    def take_in(self, group: Sequence[Waiting]) -> None:
        """Check and append several, in this order, in one commit where that can be; each gets its own answer."""
        try:
            with self._turn:
                self._take_in(group)
        finally:
            for one in group:  # an interrupt: what others sent along may be stored or not
                one.answer = one.answer or OutcomeUnknown("登记被中断")

    def take_all(self, raws: Iterable[bytes], clock: Callable[[], int]) -> Iterator[Receipt | Refusal]:
        """`take_groups`, one answer after the other."""
        return chain.from_iterable(self.take_groups(raws, clock))

    def take_groups(
        self, raws: Iterable[bytes], clock: Callable[[], int]
    ) -> Iterator[list[Receipt | Refusal]]:
        """Any number of statements, in this order, as many as can share a commit at a time; an answer each, in bounded
        memory. While one group is decided and stored, the next ones are read, and their signatures verified, on all cores.

        Raises what `events.store` raises: what was answered is stored, the rest may be sent again.
        """
        groups = _groups(raws)
        for group in islice(groups, FEW):  # processes are not worth their beginning for a small file
            yield from self._taken(group.items, self._read(group.items), clock)
            group.check()
        with Verifiers(cores()) as verifiers:
            for group, reading in ahead_of(
                groups, lambda group: verifiers.read(group.items, self._latest()), 2 * cores()
            ):
                yield from self._taken(group.items, reading.result(), clock)
                group.check()

    def _taken(
        self, raws: Sequence[bytes], read: Sequence[Signed | Refusal], clock: Callable[[], int]
    ) -> Iterator[list[Receipt | Refusal]]:
        """The answers to a group. Raises the first that is none, after those before it."""
        told: list[Receipt | Refusal] = []
        for answer in self._answers(raws, read, clock):
            if not isinstance(answer, Receipt | Refusal):
                yield told
                raise answer
            told.append(answer)
        yield told

    def _read(self, raws: Sequence[bytes]) -> list[Signed | Refusal]:
        registry = self._latest()
        return [_result(partial(signed, raw, registry)) for raw in raws]

    def _latest(self) -> Registry:
        """The registry, as last read where that is worth anything."""
        known = self.history.known_registry
        return known if known.genesis is not None else self.history.registry()

    def _answers(
        self, raws: Sequence[bytes], read: Sequence[Signed | Refusal], clock: Callable[[], int]
    ) -> list[Receipt | Exception]:
        opened: list[Waiting | Refusal] = []
        part: list[Waiting] = []
        for raw, found in zip(raws, read, strict=True):
            one = Waiting(found.claims.sub, clock(), None, found) if isinstance(found, Signed) else found
            if isinstance(one, Refusal) and one.code == "key_unknown":
                self.take_in(part)  # an act before it may register the key
                part = []
                one = _result(partial(self.opened, raw, now_ms=clock()))
            opened.append(one)
            if isinstance(one, Waiting):
                part.append(one)
        self.take_in(part)
        return [one.settled if isinstance(one, Waiting) else one for one in opened]

    def _take_in(self, group: Sequence[Waiting]) -> None:
        """An act of the registry goes alone: what follows is decided by it."""
        part: list[Waiting] = []
        for one in group:
            if one.in_registry:
                self._store_part(part)
                self._store_part([one])
                part = []
            else:
                part.append(one)
        self._store_part(part)

    def _store_part(self, part: Sequence[Waiting]) -> None:
        look = len(part) > 1
        lost = 0
        try:
            while part and lost < ATTEMPTS:
                with self.history.lock:
                    self._attempt(part, look=look or part[0].signed is None)
                left = [one for one in part if one.answer is None]
                lost = lost + 1 if len(left) == len(part) else 0
                part, look = left, True
        except StoreError as error:
            self._forget()
            for one in part:
                one.answer = one.answer or error
        except BaseException:
            self._forget()
            raise
        for one in part:
            one.answer = one.answer or Refusal("busy", "同时登记的人太多，请稍后再试", field=None)

    def _forget(self) -> None:
        self.history.forget()
        self._head = None

    def _attempt(self, part: Sequence[Waiting], *, look: bool) -> None:
        """Decide each against the state as it is and as those before it will leave it; store what was decided.

        Without a `look` it is the state as last seen: the store takes nothing that was decided against another one
        than it has, and what would be refused is decided anew.
        """
        if look or self._head is None:
            self._head, look = self.history.refresh(), True
        head = self._head
        registry, last = self.history.known_registry, head.received_at_ms
        supposed = False
        if len(part) > 1:
            part = self._readable(part, registry)
        elif not look and part[0].in_dossier and part[0].signed and part[0].signed.claims.seen[0] == 0:
            supposed = self.history.suppose_new(part[0].stream, registry)
        decided: list[tuple[Waiting, Checked, Proposal]] = []
        # the stream of each id; None: left for the next attempt
        under_way: dict[tuple[str, bytes], str | None] = {}
        left: set[str] = set()
        for one in part:
            try:
                if one.sign is not None:
                    made = one.sign(registry)
                    if isinstance(made, Receipt):
                        one.answer = made
                        continue
                    one.signed = signed(made, registry)
                assert one.signed is not None
                claims = one.signed.claims
                if (claims.iss, claims.cti) in under_way:
                    continue  # once that one is stored it is known whether this is the same
                awaited = {under_way.get((claims.iss, cti), claims.sub) for cti in claims.after}
                if claims.sub in left or awaited - {claims.sub}:
                    # streams are stored or not each by itself: what it depends on goes first, and it before what follows
                    left.add(claims.sub)
                    under_way[claims.iss, claims.cti] = None
                    continue
                received = max(one.now_ms, last) if one.received_at_ms is None else one.received_at_ms
                checked = self.check(one.signed, registry, received, head.size + len(decided), under_way)
            except Refusal as refusal:
                said = refusal if one.signed is None else self._repeated_or(refusal, one.signed)
                # what those before it in this attempt would leave is no state to refuse by: it may not come to be
                final = look and one.stream not in under_way.values()
                one.answer = said if final or said is not refusal else None
                if supposed:
                    self.history.drop(one.stream)
                continue
            except Exception as error:  # noqa: BLE001 - raised in its own sender: the others are not to blame
                one.answer = error
                if supposed:
                    self.history.drop(one.stream)
                continue
            proposal = self._proposal(one, one.signed, checked, registry)
            decided.append((one, checked, proposal))
            under_way[claims.iss, claims.cti] = claims.sub
            last = received
            if checked.after is not None:
                view = View(checked.after, checked.version, proposal.commitment)
                self.history.expect(proposal.stream, view)
        if not decided:
            return
        found = self.store.append_all([proposal for _, _, proposal in decided])
        stored: list[Entry] = []
        for (one, checked, proposal), answer in zip(decided, found, strict=True):
            assert one.signed is not None
            fresh = not isinstance(answer, StoreError) and not answer[1]
            if isinstance(answer, tuple) and fresh:
                entry = answer[0]
                stored.append(entry)
                if (entry.index, entry.received_at_ms) == (checked.act.index, checked.act.received_at_ms):
                    one.answer = Receipt(entry, checked.act, False, checked.before, checked.after, registry)
                    continue
                one.answer = self._receipt_elsewhere(entry, checked, registry)
            elif isinstance(answer, tuple):
                one.answer = self._repeated(one.signed, answer[0])
            elif isinstance(answer, CtiTaken):
                one.answer = self._repeated(one.signed, answer.entry)
            self.history.drop(proposal.stream)
        self.history.took(stored)
        if stored:
            last_stored = stored[-1]
            self._head = Head(
                last_stored.index + 1, last_stored.received_at_ms, self.history.registry_head[0]
            )

    def _readable(self, part: Sequence[Waiting], registry: Registry) -> Sequence[Waiting]:
        """Those whose dossiers can be read, which are then at hand; whoever else concerns one that is damaged is told."""
        streams = dict.fromkeys(one.stream for one in part if one.in_dossier)
        try:
            self.history.prepare(streams, registry)
        except Exception as error:
            if isinstance(error, StoreError) and not isinstance(error, StoreDamaged):
                raise
        else:
            return part
        for stream in streams:
            try:
                self.history.prepare([stream], registry)
            except Exception as error:  # noqa: BLE001 - raised in its own sender: the others are not to blame
                for one in part:
                    if one.stream == stream:
                        one.answer = error
        return [one for one in part if one.answer is None]

    def _receipt_elsewhere(self, entry: Entry, checked: Checked, registry: Registry) -> Receipt:
        """Others appended between deciding and storing: the act has another place or time than was expected."""
        act = replace(checked.act, index=entry.index, received_at_ms=entry.received_at_ms)
        after = None if checked.before is None else dossiers.evolve(checked.before, act, registry)
        return Receipt(entry, act, False, checked.before, after, registry)

    def check(
        self,
        statement: Signed,
        registry: Registry,
        received_at_ms: int,
        index: int,
        under_way: Collection[tuple[str, bytes]] = (),
    ) -> Checked:
        """All checks after the signature, against the state as last read and what goes with it. Raises Refusal."""
        event, claims = statement.event, statement.claims
        if claims.event != "LedgerCreated":
            check_authority(statement, registry, event, received_at_ms)
        check_stream(statement)
        if statement.fault is not None or event is None:
            raise statement.fault or Refusal("schema_invalid", "内容无法读取", field="payload")
        sealing.check(event, registry)
        act = act_by(claims, event, received_at_ms, index)
        today = day_of(received_at_ms)
        if claims.sub == registry_rules.STREAM:
            version, prev = self.history.registry_head
            self._check_seen(statement, version, prev, under_way)
            check_dates(act, today)
            registry_rules.decide(registry, act)
            check_registry_bytes(event, claims.ledger, claims.iss)
            if isinstance(event, PackAdopted) and not self.pack_known(event.digest):
                raise Refusal("case_rule_broken", "没有该摘要的规则包文件，请先导入规则包", field="digest")
            return Checked(act, version + 1, prev, version, None, None)
        view = self.history.view(claims.sub, registry)
        self._check_seen(statement, view.version, view.commitment, under_way)
        try:
            after = decided(view.dossier, act, registry, today)
        except Refusal as refusal:
            stranger = refusal.code != "behalf_not_allowed" and view.version > 0
            if stranger and not Reader(registry, act.signer, view.dossier).knows_of_it:
                # to whoever may not know of it, it is as if it were not there
                decided(dossiers.fold(claims.sub, (), registry), act, registry, today)
            raise
        version = self.history.registry_head[0]
        return Checked(act, view.version + 1, view.commitment, version, view.dossier, after)

    def _check_seen(
        self, statement: Signed, version: int, commitment: bytes, under_way: Collection[tuple[str, bytes]]
    ) -> None:
        """`seen` must be a true point of the stream's history; what others appended since does not refuse."""
        claims = statement.claims
        seen, seen_commitment = claims.seen
        if seen > 0:
            true = commitment if seen == version else self._commitment(claims.sub, seen, version)
            if true != seen_commitment:
                raise Refusal("stale_view", "所见的案卷版本与台账不符，请刷新后重新签名", field="seen")
        for cti in claims.after:
            if (claims.iss, cti) not in under_way and self.store.find(claims.iss, cti) is None:
                raise Refusal("depends_on_refused", "所依赖的前一条记录未入账，请先处理前一条", field="after")

    def _commitment(self, stream: str, version: int, head: int) -> bytes:
        if version > head:
            return b""
        found = self.store.read_stream(stream, after=version - 1, limit=1)
        return found[0].commitment if found else b""

    def _proposal(self, one: Waiting, statement: Signed, checked: Checked, registry: Registry) -> Proposal:
        claims = statement.claims
        genesis = registry.genesis or statement.event  # the first act says itself what it founds
        demo = isinstance(genesis, Genesis | LedgerCreated) and genesis.demo
        rho = derived_rho(statement) if demo else secrets.token_bytes(32)
        opened = opening.opening(rho, claims.sub, checked.version, checked.prev, statement.digest)
        return Proposal(
            stream=claims.sub, version=checked.version, registry_version=checked.registry_version,
            topic=claims.event, statement=statement.raw, cti=claims.cti, iss=claims.iss,
            signed_digest=statement.signed_digest, rho=rho, prev=checked.prev,
            commitment=opening.commitment(opened), now_ms=one.now_ms, received_at_ms=one.received_at_ms,
        )  # fmt: skip

    def _repeated_or(self, refusal: Refusal, statement: Signed) -> Receipt | Refusal:
        """A statement that is stored already is answered with its first receipt, whatever would be said of it now."""
        first = self.store.find(statement.claims.iss, statement.claims.cti)
        return refusal if first is None else self._repeated(statement, first)

    def _repeated(self, statement: Signed, first: Entry) -> Receipt | Refusal:
        if first.signed_digest != statement.signed_digest:
            return Refusal("duplicate", "同一编号已有内容不同的记录，请重新生成声明", field="cti")
        return Receipt(first, stored_act(first), True)


def _result(found: Callable[[], T]) -> T | Refusal:
    try:
        return found()
    except Refusal as refusal:
        return refusal


@dataclass(frozen=True, slots=True)
class _Group:
    """Items that go together; `error`: what came instead of the one after them."""

    items: list[bytes]
    error: Exception | None

    def check(self) -> None:
        """Raise what came after them, now that they are done with."""
        if self.error is not None:
            raise self.error


def _groups(raws: Iterable[bytes]) -> Iterator[_Group]:
    rest = iter(raws)
    error: Exception | None = None
    while error is None:
        items: list[bytes] = []
        try:
            items.extend(islice(rest, GROUP))
        except Exception as found:  # noqa: BLE001 - raised after what came before it
            error = found
        if not items and error is None:
            return
        yield _Group(items, error)


def ahead_of(items: Iterable[S], begin: Callable[[S], T], number: int) -> Iterator[tuple[S, T]]:
    """Each with what was begun of it, that of so many more being under way already."""
    begun: deque[tuple[S, T]] = deque()
    for item in items:
        begun.append((item, begin(item)))
        if len(begun) > number:
            yield begun.popleft()
    yield from begun


def decided(dossier: Dossier, act: Act, registry: Registry, today: date) -> Dossier:
    """The dossier after an act that can have happened. Raises Refusal."""
    if any(known.id == act.id for known in dossier.acts):  # ids are one agency's; in a dossier, all agencies'
        raise Refusal("duplicate", "本案已有相同编号的记录，请重新生成声明", field="cti")
    dossiers.decide(dossier, act, registry, today)
    after = dossiers.evolve(dossier, act, registry)
    if act.signer != act.agency:
        behalf.check_recorder(after, act, registry)
    return after


def derived_rho(statement: Signed) -> bytes:
    """In a demonstration ledger the blinding is derived, so that the same acts give the same log head."""
    return hashlib.sha256(b"gongze demonstration rho" + statement.digest).digest()


def check_authority(
    statement: Statement | Signed, registry: Registry, event: Event | None, received_at_ms: int
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


def check_stream(statement: Statement | Signed) -> None:
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
