"""The bundle: one numbered file, written and read in one spelling only. The format is published in docs/ferry.md.

A file is an address in the clear and a box (`events.boxes`) that only the addressee opens; in the box lies a COSE_Sign1
whose payload repeats the address. Two kinds of payload: `Parcel` (发件, the ledger to an agency) and `Answer` (回件, an
agency to the ledger). Nothing is compressed, so nothing grows when it is opened.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from typing import Literal, TypeVar, cast

from domain.refusal import Refusal
from events import boxes, cbor, cose, ed25519, opening
from events.keys import SigningKey
from events.statement import STATEMENT_MAX

TYP = "application/vnd.gongze.ferry+cose"
MAGIC, FORMAT = "gongze-ferry", 1
FILE_MAX = 64 << 20
FILE_MIN = 128 << 10
"""What `--max-bytes` may be at least: the largest act with its proof and address has room, whatever the act."""
FILE_DEFAULT = 16 << 20
ROOM = 2_048
"""Of a file, for all that is not items: address, head, key, signature, box."""
TEXT_MAX = 200
MESSAGE_MAX = 1_000
MISSING_MAX = 1_000
EMPTY_ROOT = sha256().digest()

Direction = Literal["out", "back"]


@dataclass(frozen=True, slots=True)
class Address:
    """Which file it is: from (`back`) or to (`out`) which agency of which ledger, in which epoch, with which number.

    `epoch`: milliseconds since 1970 when the sender began to count; it rises. `number` counts from 1 without gaps.
    """

    direction: Direction
    ledger: str
    agency: str
    epoch: int
    number: int

    @property
    def fields(self) -> tuple[str | int, ...]:
        return MAGIC, FORMAT, self.direction, self.ledger, self.agency, self.epoch, self.number

    @property
    def info(self) -> bytes:
        """What binds the box to this address."""
        return cbor.encode(self.fields)

    @property
    def file_name(self) -> str:
        return f"gongze-{self.direction}-{self.agency}-{self.epoch}-{self.number:06}.ferry"


@dataclass(frozen=True, slots=True)
class Item:
    """One act as far as it is shown: the leaf R alone, with its opening O, or with the statement S as well."""

    leaf: bytes
    opening: bytes | None = None
    statement: bytes | None = None

    @property
    def fields(self) -> tuple[bytes, ...]:
        return tuple(part for part in (self.leaf, self.opening, self.statement) if part is not None)


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the ledger did not take a statement in. `digest`: SHA-256 of the statement as it came."""

    digest: bytes
    code: str
    message: str
    field: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """The first `size` acts of a log and their root (RFC 6962 §2.1)."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """What a ledger tells an agency. `answer_key`: whom the answer is to be sealed to. `last`: the highest number that
    was made together with this one. Items stand in the order of the log."""

    answer_key: bytes
    head: Extent
    last: int
    items: tuple[Item, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agency tells the ledger: how far it got, and statements of its own.

    Of the epoch `epoch` it has every number up to `highest` but `missing`; of the log it holds all of `known`. The
    bundles from `first` on carry all that has no answer yet; earlier ones need not be there.
    """

    epoch: int
    highest: int
    missing: tuple[int, ...]
    known: Extent
    first: int
    statements: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Closed:
    """A file whose address is read and whose box is not open yet."""

    address: Address
    box: bytes


# -- writing


def write(address: Address, content: Parcel | Answer, signer: SigningKey, seal_to: bytes) -> bytes:
    """The file's bytes. Raises Refusal("bundle_unusable") for what would not be read."""
    signed = cose.sign1(TYP, {}, payload(address, content), signer)
    return cbor.encode((*address.fields, boxes.seal(signed, seal_to, address.info)))


def payload(address: Address, content: Parcel | Answer) -> bytes:
    """What is signed. Raises Refusal("bundle_unusable")."""
    raw = cbor.encode((address.fields, *_fields(content)))
    if _content(address, raw) != content:
        raise _unusable("内容无法写成摆渡包")
    return raw


def fields_of(part: Item | Refused | bytes) -> object:
    """How a part stands in a payload."""
    if isinstance(part, Item):
        return part.fields
    return (part.digest, part.code, part.message, part.field) if isinstance(part, Refused) else part


def _fields(content: Parcel | Answer) -> tuple[object, ...]:
    if isinstance(content, Parcel):
        return (
            content.answer_key, (content.head.size, content.head.root), content.last,
            tuple(map(fields_of, content.items)), tuple(map(fields_of, content.refused)),
        )  # fmt: skip
    return (
        (content.epoch, content.highest, content.missing), (content.known.size, content.known.root), content.first,
        content.statements,
    )  # fmt: skip


# -- reading


def read(raw: bytes) -> Closed:
    """The address of a file. Refusal("bundle_unusable") for anything but one whole bundle."""
    if len(raw) > FILE_MAX:
        raise _unusable(f"文件超过 {FILE_MAX >> 20} MB，不是摆渡包")
    match _decoded(raw):
        case (*fields, bytes() as box) if box:
            return Closed(_address(tuple(fields)), box)
    raise _unusable("不是摆渡包")


def unseal(closed: Closed, key: SigningKey) -> cose.Sign1:
    """The signed envelope in a box. Refusal("bundle_unusable") where it does not open. Nobody's word as yet."""
    try:
        inner = key.unseal(closed.box, closed.address.info)
    except ValueError:
        raise _unusable("打不开：文件在拷贝中损坏，或不是封给这把密钥的；请重新拷贝，并核对密钥") from None
    try:
        return cose.open1(inner, TYP)
    except Refusal:
        raise _unusable("内容不是签名的摆渡包") from None


def parcel(address: Address, envelope: cose.Sign1, log_key: bytes) -> Parcel:
    """What the ledger says, if it does. Refusal: signature_invalid, bundle_unusable."""
    check_signature(envelope, log_key)
    return cast("Parcel", _content(address, envelope.payload))


def answer(address: Address, envelope: cose.Sign1, officer_key: bytes) -> Answer:
    """What the agency says, if that officer does. Refusal: signature_invalid, bundle_unusable."""
    check_signature(envelope, officer_key)
    return cast("Answer", _content(address, envelope.payload))


def check_signature(envelope: cose.Sign1, public_key: bytes) -> None:
    if not cose.signed_by(public_key, envelope):
        raise Refusal("signature_invalid", "摆渡包的签名与登记的密钥不符，请勿采用，并通知对方联络员", "file")


def _content(address: Address, raw: bytes) -> Parcel | Answer:
    match _decoded(raw):
        case (tuple() as fields, *rest) if fields == address.fields:
            return _parcel(tuple(rest)) if address.direction == "out" else _answer(address, tuple(rest))
    raise _unusable("签名的内容与封面不符")


def _address(fields: tuple[cbor.Value, ...]) -> Address:
    match fields:
        case (
            str() as magic, int() as form, "out" | "back" as direction, str() as ledger, str() as agency,
            int() as epoch, int() as number,
        ) if magic == MAGIC:  # fmt: skip
            if form != FORMAT:
                raise _unusable(f"是格式 {form} 的摆渡包，请升级软件")
            if _is_name(ledger) and _is_name(agency) and epoch > 0 and number > 0:
                return Address(direction, ledger, agency, epoch, number)
    raise _unusable("不是摆渡包")


def _parcel(fields: tuple[cbor.Value, ...]) -> Parcel:
    match fields:
        case (
            bytes() as answer_key, (int() as size, bytes() as root), int() as last, tuple() as items, tuple() as refused,
        ) if _is_extent(size, root) and last > 0 and _is_key(answer_key):  # fmt: skip
            read_items = tuple(_item(one) for one in items)
            places = [opening.read_leaf(item.leaf).index for item in read_items]
            if any(a >= b for a, b in pairwise(places)) or places[-1:] >= [size]:
                raise _unusable("各条的次序有误")
            return Parcel(
                answer_key, Extent(size, root), last, read_items, tuple(_read_refused(one) for one in refused)
            )
    raise _unusable("发件的内容有误")


def _answer(address: Address, fields: tuple[cbor.Value, ...]) -> Answer:
    match fields:
        case (
            (int() as epoch, int() as highest, tuple() as missing), (int() as size, bytes() as root), int() as first,
            tuple() as statements,
        ) if _is_extent(size, root) and epoch >= 0 and highest >= 0 and 0 < first <= address.number:  # fmt: skip
            numbers = tuple(n for n in missing if isinstance(n, int))
            held = tuple(s for s in statements if isinstance(s, bytes) and 0 < len(s) <= STATEMENT_MAX)
            ascending = all(a < b for a, b in pairwise((0, *numbers))) and numbers[-1:] <= (highest,)
            if (
                (numbers, held) == (missing, statements)
                and len(numbers) <= MISSING_MAX
                and ascending
                and (epoch == 0) == (highest == 0)
            ):
                return Answer(epoch, highest, numbers, Extent(size, root), first, held)
    raise _unusable("回件的内容有误")


def _item(fields: cbor.Value) -> Item:
    """An act, whose parts must belong together. What the statement says is for whoever reads it."""
    try:
        match fields:
            case (bytes() as leaf,):
                opening.read_leaf(leaf)
                return Item(leaf)
            case (bytes() as leaf, bytes() as opened, *rest) if len(rest) <= 1:
                if opening.commitment(opened) == opening.read_leaf(leaf).commitment:
                    digest = opening.read_opening(opened).statement_digest
                    match rest:
                        case []:
                            return Item(leaf, opened)
                        case [bytes() as statement] if sha256(statement).digest() == digest:
                            return Item(leaf, opened, statement)
    except ValueError:
        pass
    raise _unusable("有一条的声明、开启值与叶不相符")


def _read_refused(fields: cbor.Value) -> Refused:
    match fields:
        case (bytes() as digest, str() as code, str() as message, str() | None as field) if (
            len(digest) == opening.HASH_BYTES
            and _is_name(code)
            and len(message) <= MESSAGE_MAX
            and (field is None or len(field) <= TEXT_MAX)
        ):
            return Refused(digest, code, message, field)
    raise _unusable("有一条退回无法读取")


def _is_name(text: str) -> bool:
    return 0 < len(text) <= TEXT_MAX and text.isprintable()


def _is_extent(size: int, root: bytes) -> bool:
    return size >= 0 and len(root) == opening.HASH_BYTES


@lru_cache(maxsize=64)
def _is_key(public_key: bytes) -> bool:
    try:
        ed25519.check_public_key(public_key)
    except ValueError:
        return False
    return True


def _decoded(raw: bytes) -> cbor.Value:
    try:
        return cbor.decode(raw)
    except ValueError:
        raise _unusable("文件不完整或已损坏，请重新拷贝；仍不行请对方重新导出") from None


def _unusable(advice: str) -> Refusal:
    return Refusal("bundle_unusable", advice, "file")


Part = TypeVar("Part", bound=Item | Refused | bytes)


def split(parts: Iterable[Part], limit: int) -> Iterator[list[Part]]:
    """Cut parts into files of at most `limit` bytes, in their order: one file at least, and one part in each at
    least, however large."""
    some: list[Part] = []
    room = limit - ROOM
    for part in parts:
        size = len(cbor.encode(fields_of(part)))
        if some and size > room:
            yield some
            some, room = [], limit - ROOM
        some.append(part)
        room -= size
    yield some
