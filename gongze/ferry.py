"""The ledger's side of the ferry: bundles for an agency on another network, and its answers taken in.

What is numbered stays numbered: a bundle that was not confirmed is made again with the same content. Whatever cannot be
continued (another copy of the ledger, tables that are gone, an agency that began anew) begins a new epoch, in which
everything is sent again.
"""

import base64
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import chain, groupby, islice
from pathlib import Path

from connectors.ferry import bundles, outbound
from connectors.ferry.bundles import Address, Answer, Closed, Extent, Item, Parcel, Refused
from connectors.ferry.positions import Positions, Sent, State
from domain.refusal import Refusal
from domain.registry import Genesis, check_key
from events import cbor, statement
from events.keys import SigningKey
from gongze.keyfiles import write_over
from gongze.ledger import Accepted, Ledger

Part = Item | Refused
A_DAY_MS = 86_400_000
LISTED = 10
"""Missing numbers told one by one."""


@dataclass(frozen=True, slots=True)
class Made:
    """A bundle that was written; `again`: it had been numbered before and was not confirmed."""

    path: Path
    address: Address
    items: int
    refused: int
    again: bool


@dataclass(slots=True)
class Taken:
    """What became of one file that came in. `refusal`: why nothing of it was taken."""

    file: str
    address: Address | None = None
    repeated: bool = False
    answers: list[tuple[bytes, Accepted | Refusal]] = field(default_factory=list)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    refusal: Refusal | None = None


class Ferry:
    """The ferry of one open ledger. Raises Refusal, OSError, and what `events.store` raises."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        registry = ledger.registry()
        assert registry.genesis is not None
        self.genesis: Genesis = registry.genesis
        self._log_key = self._load_log_key()
        self._answer_key = self._load_answer_key()
        self.positions = Positions(ledger.settings.database_url)

    def close(self) -> None:
        self.positions.close()

    # -- out

    def export(
        self, agency: str, folder: Path, limit: int = bundles.FILE_DEFAULT, *, anew: bool = False
    ) -> list[Made]:
        """Write what an agency has not confirmed, and what is new, into files of at most `limit` bytes; `anew`:
        everything."""
        if not bundles.FILE_MIN <= limit <= bundles.FILE_MAX:
            raise Refusal(
                "settings_unusable", f"单个文件大小应在 {bundles.FILE_MIN} 至 {bundles.FILE_MAX} 字节之间", "--max-bytes"
            )  # fmt: skip
        seal_to = self._encryption_key(agency)
        state = self.positions.state(agency) or self._begin(agency, 0)
        if anew:
            state = self._begin(agency, state.epoch)
        try:
            return list(self._written(self._numbered(state, limit), state, seal_to, folder))
        except _OtherContent:  # a rule of disclosure or the ledger itself changed since
            state = self._begin(agency, state.epoch)
            return list(self._written(self._numbered(state, limit), state, seal_to, folder))

    def _written(self, state: State, before: State, seal_to: bytes, folder: Path) -> Iterator[Made]:
        known = {one.number for one in before.sent} if before.epoch == state.epoch else set()
        for sent, parcel in self._parcels(state):
            address = Address("out", self.genesis.name, state.agency, state.epoch, sent.number)
            path = folder / address.file_name
            write_over(path, bundles.write(address, parcel, self._log_key, seal_to))
            yield Made(path, address, len(parcel.items), len(parcel.refused), sent.number in known)

    def _numbered(self, state: State, limit: int) -> State:
        """The state after what is new since the last bundle was cut and numbered, if anything is."""
        until = self.ledger.store.head().size
        refused = [number for number, _ in self.positions.refused(state.agency, state.refused)]
        if until == state.size and not refused:
            return state
        cut = Sent(
            number=0, since=state.size, until=until, root=b"", refused_since=state.refused,
            refused_until=refused[-1] if refused else state.refused, start=0, count=0, last=0, digest=b"",
        )  # fmt: skip
        counts, digests = _cuts(self._parts(state.agency, cut), limit)
        root = outbound.head(self.ledger.store, until).root
        first = state.sent[-1].number + 1 if state.sent else 1
        more = [
            Sent(
                number=first + n, since=cut.since, until=until, root=root, refused_since=cut.refused_since,
                refused_until=cut.refused_until, start=sum(counts[:n]), count=count, last=first + len(counts) - 1,
                digest=digest,
            )
            for n, (count, digest) in enumerate(zip(counts, digests, strict=True))
        ]  # fmt: skip
        self.positions.number(state, more)
        return State(state.agency, state.epoch, state.version + 1, (*state.sent, *more))

    def _parcels(self, state: State) -> Iterator[tuple[Sent, Parcel]]:
        """All that is not confirmed, made anew. Raises _OtherContent."""
        for _, group in groupby(state.unconfirmed, key=lambda one: (one.until, one.refused_until)):
            sent = list(group)
            parts, at = self._parts(state.agency, sent[0]), 0
            for one in sent:
                skipped = sum(1 for _ in islice(parts, one.start - at))
                mine = list(islice(parts, one.count))
                at += skipped + len(mine)
                if _digest(mine) != one.digest:
                    raise _OtherContent
                items = tuple(part for part in mine if isinstance(part, Item))
                told = tuple(part for part in mine if isinstance(part, Refused))
                yield one, Parcel(self._answer_key.public, Extent(one.until, one.root), one.last, items, told)

    def _parts(self, agency: str, cut: Sent) -> Iterator[Part]:
        refused = self.positions.refused(agency, cut.refused_since, cut.refused_until)
        acts = outbound.items(self.ledger.store, agency, cut.since, cut.until)
        return chain(acts, (one for _, one in refused))

    def _begin(self, agency: str, after: int) -> State:
        """A new epoch, by the machine's own clock: a demonstration's may stand still."""
        return self.positions.begin(agency, max(time.time_ns() // 1_000_000, after + 1))

    def _encryption_key(self, agency: str) -> bytes:
        """The newest key that the agency registered for it."""
        registry = self.ledger.registry()
        if agency not in registry.agencies:
            raise Refusal("agency_unknown", f"没有登记机关“{agency}”，请写机构代码", "--to")
        now = self.ledger.now()
        found = [
            k for k in registry.keys.values()
            if (k.agency, k.purpose, k.revoked_at) == (agency, "encrypt", None) and k.valid_from <= now
        ]  # fmt: skip
        if not found:
            raise Refusal(
                "encryption_key_missing",
                f"{agency} 没有登记加密密钥，光盘遗失就会泄密，所以不导出；请该机关生成一把密钥，"
                "用 gongze key register --encrypt 登记",
                "--to",
            )
        return bytes.fromhex(max(found, key=lambda k: k.registered_at).public_key)

    # -- back

    def take(self, files: Sequence[Path]) -> Iterator[Taken]:
        """Take in the answers of agencies, each agency's in its own order; what became of each file."""
        opened: list[tuple[Path, Closed]] = []
        for path in files:
            taken = Taken(path.name)
            try:
                closed = bundles.read(read_limited(path))
                taken.address = closed.address
                self._check_address(closed.address)
                opened.append((path, Closed(closed.address, b"")))
            except Refusal as refusal:
                taken.refusal = refusal
                yield taken
        for path, closed in sorted(opened, key=lambda one: _order(one[1].address)):
            taken = Taken(path.name, closed.address)
            try:
                self._take(bundles.read(read_limited(path)), taken)
            except Refusal as refusal:
                taken.refusal = refusal
            yield taken

    def _check_address(self, address: Address) -> None:
        if address.direction != "back":
            raise Refusal(
                "bundle_misdirected", "这是发给机关的包，应由该机关打开（gongze ferry open）", "file"
            )
        if address.ledger != self.genesis.name:
            raise Refusal("bundle_misdirected", "这是另一本台账的回件，请交给那本台账", "file")

    def _take(self, closed: Closed, taken: Taken) -> None:
        address = closed.address
        envelope = bundles.unseal(closed, self._answer_key)
        registry = self.ledger.registry()
        key = registry.keys.get(envelope.kid.hex())
        # the signature first, with whatever key it names: a stranger learns nothing of our keys
        if key is not None:
            bundles.check_signature(envelope, bytes.fromhex(key.public_key))
        check_key(
            registry, kid=envelope.kid.hex(), agency=address.agency, officer=(key and key.officer) or "", name="Answer",
            event=None, received_at_ms=self.ledger.now_ms(),
        )  # fmt: skip
        assert key is not None
        answer = bundles.answer(address, envelope, bytes.fromhex(key.public_key))
        before = self.positions.received(address.agency)
        taken.repeated = (address.epoch, address.number) in before
        there = {n for epoch, n in before if epoch == address.epoch and answer.first <= n < address.number}
        lacking = address.number - answer.first - len(there)
        if lacking:  # what the sender says is not laid out in memory: it may be any number
            first = islice((n for n in range(answer.first, address.number) if n not in there), LISTED)
            raise Refusal(
                "bundle_gap", f"缺第 {_listed(list(first), lacking)} 号回件，请先导入；找不到时请对方重新打包，新包会补齐", "file"
            )  # fmt: skip
        self._check_epoch(address, answer)
        self._confirm(address, answer, before, taken)
        taken.answers += self._submit(address.agency, answer.statements)
        state = self.positions.state(address.agency)
        refused = [_refused(raw, one) for raw, one in taken.answers if isinstance(one, Refusal)]
        self.positions.refuse(state, address.agency, [one for one in refused if one.code != "busy"])
        if all(one.code != "busy" for one in refused):
            self.positions.receive(address.agency, address.epoch, address.number)

    def _check_epoch(self, address: Address, answer: Answer) -> None:
        """Ours are moments, and what follows counts on from the one that the answer names."""
        state = self.positions.state(address.agency)
        latest = self.ledger.now_ms() + A_DAY_MS
        if answer.epoch > max(latest, 0 if state is None else state.epoch):
            raise Refusal("bundle_unusable", "回件所答的编号起点还在将来，请核对双方的时钟", "file")

    def _submit(
        self, agency: str, statements: tuple[bytes, ...]
    ) -> Iterator[tuple[bytes, Accepted | Refusal]]:
        """Each statement goes in as any other does, if it is the agency's own."""
        foreign = {raw: refusal for raw in statements if (refusal := _not_own(raw, agency)) is not None}
        answers = self.ledger.submit_all(raw for raw in statements if raw not in foreign)
        for raw in statements:
            yield raw, foreign[raw] if raw in foreign else next(answers)

    def _confirm(
        self, address: Address, answer: Answer, before: frozenset[tuple[int, int]], taken: Taken
    ) -> None:
        """Note what has arrived; begin anew where the agency and we have not seen the same."""
        latest = max(before, default=(0, 0))
        if (address.epoch, address.number) < latest:
            return  # older than what is known of the agency
        state = self.positions.state(address.agency)
        began_anew = bool(before) and address.epoch > latest[0]
        fault = self._contradiction(state, answer)
        if fault is not None:
            taken.warnings.append(fault)
        if began_anew:
            taken.warnings.append(("bundle_restarted", "对方重新建立了摆渡文件夹，全部内容将重新发送"))
        if state is None:
            if answer.epoch:  # our positions are gone: what was sent before is not ours to continue
                self._begin(address.agency, answer.epoch)
        elif fault is not None or began_anew:
            self._begin(address.agency, max(state.epoch, answer.epoch))
        elif answer.epoch == state.epoch:
            arrived = set(range(1, answer.highest + 1)) - set(answer.missing)
            self.positions.confirm(state, arrived & {one.number for one in state.unconfirmed})

    def _contradiction(self, state: State | None, answer: Answer) -> tuple[str, str] | None:
        """What the agency has seen of this ledger, and the ledger itself does not have."""
        known = answer.known
        size = self.ledger.store.head().size
        if known.size > size:
            return (
                "ledger_older",
                f"对方已核对到 {known.size} 条，这份台账只有 {size} 条：台账比对方的旧，全部内容将重新发送",
            )
        if known.root != self._root(state, known.size):
            return (
                "receipt_contradicted",
                f"前 {known.size} 条与对方核对过的不同：是台账的另一份，请运行 gongze verify",
            )
        numbered = state.sent[-1].number if state is not None and state.sent else 0
        ahead = state is not None and (answer.epoch, answer.highest) > (state.epoch, numbered)
        if ahead:
            return "ledger_older", "对方收到过这份台账没有发过的编号：台账恢复过，全部内容将重新发送"
        return None

    def _root(self, state: State | None, size: int) -> bytes:
        sent = next((one.root for one in (state.sent if state else ()) if one.until == size), None)
        return sent or outbound.head(self.ledger.store, size).root

    # -- keys

    def _load_log_key(self) -> SigningKey:
        """The ledger's own key, which its genesis names: what agencies know it by."""
        path = self.ledger.settings.data_dir / "log.key"
        key = SigningKey.load(path, None)
        if key.public != log_public(self.genesis.log_key):
            raise Refusal("key_file_unusable", f"{path} 不是这本台账的密钥，请换回建账时的那一把", "log.key")
        return key

    def _load_answer_key(self) -> SigningKey:
        """Whom agencies seal to. A lost one is replaced: each bundle names the one that is meant."""
        path = self.ledger.settings.data_dir / "ferry.key"
        if not path.exists():
            SigningKey.generate().save(path, None)
        return SigningKey.load(path, None)


class _OtherContent(Exception):
    """A numbered bundle would not have the content again that it had."""


def log_public(verifier_key: str) -> bytes:
    """The public key in a signed-note verifier key: name+hash+base64(0x01 ‖ key). Raises Refusal("card_unusable")."""
    try:
        typed = base64.b64decode(verifier_key.split("+", 2)[2], validate=True)
    except (IndexError, ValueError):
        typed = b""
    if len(typed) != 33 or typed[:1] != b"\x01":
        raise Refusal("card_unusable", "台账公钥应为“名称+标记+内容”的形式，请核对", "log_key")
    return typed[1:]


def read_limited(path: Path) -> bytes:
    """A file that may be a bundle. Raises OSError, Refusal("bundle_unusable")."""
    with path.open("rb") as file:
        raw = file.read(bundles.FILE_MAX + 1)
    if len(raw) > bundles.FILE_MAX:
        raise Refusal("bundle_unusable", f"文件超过 {bundles.FILE_MAX >> 20} MB，不是摆渡包", "file")
    return raw


def _cuts(parts: Iterator[Part], limit: int) -> tuple[list[int], list[bytes]]:
    """How many parts go into each bundle, and the digest of each."""
    counts, digests = [], []
    for some in bundles.split(parts, limit):
        counts.append(len(some))
        digests.append(_digest(some))
    return counts, digests


def _digest(parts: Sequence[Part]) -> bytes:
    return sha256(cbor.encode([bundles.fields_of(part) for part in parts])).digest()


def _refused(raw: bytes, refusal: Refusal) -> Refused:
    field_name = refusal.field[: bundles.TEXT_MAX] if refusal.field is not None else None
    return Refused(sha256(raw).digest(), refusal.code, refusal.message[: bundles.MESSAGE_MAX], field_name)


def _not_own(raw: bytes, agency: str) -> Refusal | None:
    """Why a statement may not come this way; what is wrong with its form is told when it is taken in."""
    try:
        if statement.decode(raw).claims.iss == agency:
            return None
    except Refusal:
        return None
    return Refusal("not_authorised", "摆渡包里只能放本机关签名的声明", "iss")


def _order(address: Address) -> tuple[str, int, int]:
    return address.agency, address.epoch, address.number


def _listed(numbers: Sequence[int], count: int) -> str:
    """The first of so many."""
    shown = "、".join(map(str, numbers[:LISTED]))
    return f"{shown} 等 {count} 个" if count > LISTED else shown
