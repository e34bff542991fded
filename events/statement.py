"""陈述 The statement: one act, signed by the agency that performed it. A Signed Statement of RFC 9943.

A COSE_Sign1 (RFC 9052) with the act's Avro bytes as payload and the rest as CWT claims in the protected header
(RFC 8392, RFC 9597). There is one spelling: what is read here and written again is the same bytes.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any, cast

from domain.refusal import Refusal
from events import cbor, cose, ed25519
from events.cose import malformed

TYP = "application/vnd.gongze.statement+cose"
CONTENT_TYPE = "application/vnd.gongze.event+avro"
STATEMENT_MAX = 60_000
"""Bytes. Documents travel as attachments, by digest."""
TEXT_MAX = 200
AFTER_MAX = 1_000
CTI_BYTES = 16


@dataclass(frozen=True, slots=True)
class Claims:
    """Who says what about which stream, and what the signer had seen of it."""

    iss: str
    sub: str
    cti: bytes
    officer: str
    event: str
    schema: bytes
    """SHA-256 of the Avro parsing canonical form."""
    occurred_on: date
    seen: tuple[int, bytes]
    """Version and commitment of the last act the signer may see; (0, b"") for none."""
    ledger: str
    after: tuple[bytes, ...] = ()
    """The signer's own acts, not yet receipted, on which this one depends."""
    on_behalf_of: str | None = None
    iat: int | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that is well formed. `check_signature` says whether it is the agency's."""

    raw: bytes
    claims: Claims
    alg: int
    kid: bytes
    payload: bytes
    protected: bytes
    signature: bytes
    to_be_signed: bytes

    @property
    def id(self) -> str:
        return self.claims.cti.hex()

    @property
    def digest(self) -> bytes:
        return sha256(self.raw).digest()

    @property
    def signed_digest(self) -> bytes:
        """What tells a repeated statement from another one with its id, where signatures are randomised too."""
        return sha256(self.to_be_signed).digest()


def decode(raw: bytes) -> Statement:
    """Read strictly: size, then form, then the shape of the signature.

    Refusal("too_large"), ("schema_invalid") with the part or claim, or ("signature_invalid").
    """
    if len(raw) > STATEMENT_MAX:
        raise Refusal("too_large", f"一份陈述最多 {STATEMENT_MAX} 字节，文件请作为附件传送", "statement")
    return _at_a_glance(raw) or _item_by_item(raw)


def _item_by_item(raw: bytes) -> Statement:
    envelope = cose.open1(raw, TYP, _LABELS)
    if envelope.headers[cose.CONTENT_TYPE] != CONTENT_TYPE:
        raise malformed("content_type", f"正文类型应为 {CONTENT_TYPE}")
    claims = _read_claims(envelope.headers[cose.CWT_CLAIMS])
    if not ed25519.well_formed_signature(envelope.signature):
        raise _not_signed()
    return Statement(
        raw, claims, cose.ED25519, envelope.kid, envelope.payload, envelope.protected, envelope.signature,
        envelope.to_be_signed,
    )  # fmt: skip


def _at_a_glance(raw: bytes) -> Statement | None:
    """A statement whose bytes lie as nearly all do; None for any other, of which `_item_by_item` tells what it is.

    There is one encoding of each value, so bytes that begin and end as the layout does, with each length what its
    head says, are that encoding: what is read here would be read there, and to the same.
    """
    if raw[:2] != _OPENING:
        return None
    protected, at = _byte_string(raw, 2)
    if raw[at : at + 1] != _NO_UNPROTECTED or not protected.startswith(_BEFORE_KID):
        return None
    payload, at = _byte_string(raw, at + 1)
    signature = raw[at + 2 :]
    if raw[at : at + 2] != _SIGNATURE or not payload or not ed25519.well_formed_signature(signature):
        return None
    found = _LAYOUT.fullmatch(protected, len(_BEFORE_KID))
    if found is None:
        return None
    kid, head, iss, sub, cti, for_, version, commitment, event, ledger, schema, officer, day = found.groups()
    named = [_known_text(item) for item in (iss, sub, event, ledger, officer)]
    on_behalf_of = None if for_ is None else _known_text(for_)
    occurred_on = _known_day(day)
    number = _known_number(version)
    listed = len(_REQUIRED) + (for_ is not None)
    if (
        None in named
        or (on_behalf_of is None) != (for_ is None)
        or occurred_on is None
        or number is None
        or (number > 0) != (commitment is not None)
        or head[0] != _MAP_OF_NONE + listed
        or not is_cti(cti)
    ):
        return None
    who, stream, type_, its_ledger, by = cast("list[str]", named)
    seen = number, commitment or b""
    claims = Claims(
        who, stream, cti, by, type_, schema, occurred_on, seen, its_ledger, on_behalf_of=on_behalf_of
    )
    to_be_signed = cose.sig_structure(protected, payload)
    return Statement(raw, claims, cose.ED25519, kid, payload, protected, signature, to_be_signed)


def _byte_string(raw: bytes, at: int) -> tuple[bytes, int]:
    """The byte string at an offset and the offset behind it; (b"", 0) where there is none in the shortest form."""
    head = raw[at : at + 3]
    if len(head) < 3:
        return b"", 0
    if head[0] == _BYTES_16 and head[1]:
        begin, length = at + 3, head[1] << 8 | head[2]
    elif head[0] == _BYTES_8 and head[1] >= 24:
        begin, length = at + 2, head[1]
    elif _BYTES_0 <= head[0] < _BYTES_8:
        begin, length = at + 1, head[0] - _BYTES_0
    else:
        return b"", 0
    return raw[begin : begin + length], begin + length


@lru_cache(maxsize=8_192)
def _known_text(item: bytes) -> str | None:
    """A text by its item, head and all; None where it is none that a claim takes."""
    try:
        return _read_text(cbor.decode(item), "text")
    except (ValueError, Refusal):
        return None


@lru_cache(maxsize=4_096)
def _known_number(item: bytes) -> int | None:
    try:
        value = cbor.decode(item)
    except ValueError:
        return None
    return value if isinstance(value, int) else None


@lru_cache(maxsize=4_096)
def _known_day(text: bytes) -> date | None:
    try:
        return _read_day(text.decode(), "day")
    except (ValueError, Refusal):
        return None


def sign(claims: Claims, payload: bytes, key: cose.Signer) -> bytes:
    """The statement's bytes. Refuses, before the key is used, what `decode` would refuse."""
    table = _claims_table(claims)
    _read_claims(table)
    if not payload:
        raise malformed("payload", "正文不能为空")
    headers = {cose.CONTENT_TYPE: CONTENT_TYPE, cose.CWT_CLAIMS: table}
    return decode(cose.sign1(TYP, headers, payload, key)).raw


def check_signature(statement: Statement, public_key: bytes) -> None:
    """Refuse a statement that `public_key`, which must be the one its kid names, did not sign."""
    if not cose.signed_by(public_key, statement):
        raise _not_signed()


def _not_signed() -> Refusal:
    return Refusal("signature_invalid", "签名与内容或密钥不符，请用登记的密钥重新签名", "signature")


# Claim label → name of the field in `Claims`, which is the field of a refusal too, but for `for`, a word of Python.
_REQUIRED: dict[cbor.Key, str] = {
    1: "iss", 2: "sub", 7: "cti", "officer": "officer", "event": "event", "schema": "schema",
    "occurred_on": "occurred_on", "seen": "seen", "ledger": "ledger",
}  # fmt: skip
_OPTIONAL: dict[cbor.Key, str] = {6: "iat", "after": "after", "for": "on_behalf_of"}
_LABELS = frozenset({cose.CONTENT_TYPE, cose.CWT_CLAIMS})

# The layout of a statement that names no `iat` and no `after`, by RFC 8949: heads, then labels in their order.
_OPENING, _NO_UNPROTECTED, _SIGNATURE = b"\xd2\x84", b"\xa0", b"\x58\x40"
_BYTES_0, _BYTES_8, _BYTES_16, _MAP_OF_NONE = 0x40, 0x58, 0x59, 0xA0
_BEFORE_KID = b"".join(
    (
        b"\xa5",
        *map(cbor.encode, (cose.ALG, cose.ED25519, cose.CONTENT_TYPE, CONTENT_TYPE, cose.KID)),
        b"\x58\x20",
    )
)


def _text_before(end: bytes) -> bytes:
    """A text's item, up to where what follows it first begins. Atomic: it is never tried longer, so that bytes made to
    look like many layouts are looked through once, and what is only odd is left to `_item_by_item`."""
    return rb"((?>[\x61-\x78].+?(?=" + re.escape(end) + rb")))"


_LAYOUT = re.compile(
    rb"(.{32})\x0f([\xa9\xaa])\x01" + _text_before(b"\x02")
    + rb"\x02" + _text_before(b"\x07\x50")
    + rb"\x07\x50(.{16})(?:\x63for" + _text_before(b"\x64seen\x82")
    + rb")?\x64seen\x82([\x00-\x17]|\x18.|\x19.{2}|\x1a.{4})(?:\x40|\x58\x20(.{32}))\x65event" + _text_before(b"\x66ledger")
    + rb"\x66ledger" + _text_before(b"\x66schema\x58\x20")
    + rb"\x66schema\x58\x20(.{32})\x67officer" + _text_before(b"\x6boccurred_on\x6a")
    + rb"\x6boccurred_on\x6a(.{10})"
    + re.escape(cbor.encode(cose.TYP) + cbor.encode(TYP)),
    re.DOTALL,
)  # fmt: skip


def _claims_table(claims: Claims) -> dict[cbor.Key, object]:
    table: dict[cbor.Key, object] = {label: getattr(claims, name) for label, name in _REQUIRED.items()}
    table["occurred_on"] = claims.occurred_on.isoformat()
    for label, name in _OPTIONAL.items():
        value = getattr(claims, name)
        if value is not None and value != ():  # a claim that says nothing is left out, never written empty
            table[label] = value
    return table


def _read_claims(table: object) -> Claims:
    if not isinstance(table, dict):
        raise malformed("claims", "声明应为映射")
    if not table.keys() <= _REQUIRED.keys() | _OPTIONAL.keys():
        raise malformed("claims", "含有未规定的声明项")  # its name is a stranger's and is not repeated
    values: dict[str, Any] = {}
    for label, name in (_REQUIRED | _OPTIONAL).items():
        field = "for" if label == "for" else name
        if label in table:
            values[name] = _READERS[name](table[label], field)
        elif label in _REQUIRED:
            raise malformed(field, "缺少这一声明项")
    return Claims(**values)


def _read_text(value: object, field: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= TEXT_MAX:
        raise malformed(field, f"应为 1 至 {TEXT_MAX} 个字的文本")
    # Cf besides Cc: marks that turn or hide characters would let two names look the same.
    if not value.isprintable() and any(unicodedata.category(character) in _UNSEEN for character in value):
        raise malformed(field, "含有控制字符或不可见字符，请删除后重试")
    if not unicodedata.is_normalized("NFC", value):
        raise malformed(field, "文本应为 Unicode NFC 形式")
    return value


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def _read_cti(value: object, field: str) -> bytes:
    if not isinstance(value, bytes) or not is_cti(value):
        raise malformed(field, "编号应为 16 字节的 UUIDv7")
    return value


def is_cti(value: bytes) -> bool:
    """Whether `value` has the length, version and variant of a UUIDv7 (RFC 9562 §5.7)."""
    return len(value) == CTI_BYTES and value[6] >> 4 == 7 and value[8] >> 6 == 0b10


def _read_digest(value: object, field: str) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:
        raise malformed(field, "应为 32 字节的 SHA-256 值")
    return value


def _read_day(value: object, field: str) -> date:
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value)
        except ValueError:
            day = None
        if day is not None and day.isoformat() == value:  # fromisoformat takes 20260210 as well
            return day
    raise malformed(field, "日期应写作 YYYY-MM-DD，且须真实存在")


def _read_seen(value: object, field: str) -> tuple[int, bytes]:
    match value:
        case (int() as version, bytes() as commitment) if 0 <= version <= cbor.INTEGER_MAX:
            if len(commitment) == (32 if version else 0):
                return version, commitment
    raise malformed(field, "应为所见的版本号及其 32 字节承诺值；未见任何记录时为 0 与空值")


def _read_after(value: object, field: str) -> tuple[bytes, ...]:
    if not isinstance(value, tuple) or not 1 <= len(value) <= AFTER_MAX:
        raise malformed(field, f"应列出 1 至 {AFTER_MAX} 个在先的陈述，没有则不写")
    if not all(isinstance(cti, bytes) and len(cti) == CTI_BYTES for cti in value):
        raise malformed(field, "所列陈述的编号应为 16 字节")
    return value


def _read_iat(value: object, field: str) -> int:
    if not isinstance(value, int) or not 0 <= value <= cbor.INTEGER_MAX:
        raise malformed(field, "应为非负整数（秒）")
    return value


_READERS: dict[str, Callable[[object, str], object]] = {
    "iss": _read_text, "sub": _read_text, "officer": _read_text, "event": _read_text, "ledger": _read_text,
    "on_behalf_of": _read_text, "cti": _read_cti, "schema": _read_digest, "occurred_on": _read_day,
    "seen": _read_seen, "after": _read_after, "iat": _read_iat,
}  # fmt: skip
