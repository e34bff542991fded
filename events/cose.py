"""COSE_Sign1, the one envelope of all that is signed here. Sources: RFC 9052 §3 and §4; RFC 9864; RFC 9596; RFC 9679.

Statements, proofs of possession and the ledger's own words differ in `typ` and headers only, so that a signature given
for one can never be shown as another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

from domain.refusal import Refusal
from events import cbor, ed25519

ALG, CONTENT_TYPE, KID, CWT_CLAIMS, TYP = 1, 3, 4, 15, 16
ED25519 = -19
"""Fully specified (RFC 9864), unlike -8, which leaves the curve to the key."""
KID_BYTES = 32

_SIGNATURE1 = b"\x84" + cbor.encode("Signature1")
_KTY, _OKP, _CRV, _CURVE_ED25519, _X = 1, 1, -1, 6, -2


class Signer(Protocol):
    """Whatever holds a private key: a file, an agent, a token."""

    @property
    def kid(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...


class Signed(Protocol):
    """Whatever carries a signature and names its key: an envelope, a statement."""

    @property
    def kid(self) -> bytes: ...

    @property
    def signature(self) -> bytes: ...

    @property
    def to_be_signed(self) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Sign1:
    """An envelope that is well formed; whether its signature is right is not known yet."""

    protected: bytes
    headers: Mapping[cbor.Key, cbor.Value]
    payload: bytes
    signature: bytes
    kid: bytes

    @property
    def to_be_signed(self) -> bytes:
        return sig_structure(self.protected, self.payload)


@lru_cache(maxsize=4_096)
def thumbprint(public_key: bytes) -> bytes:
    """The kid: SHA-256 over the deterministic COSE_Key of kty, crv and x alone (RFC 9679 §3)."""
    return sha256(cbor.encode({_KTY: _OKP, _CRV: _CURVE_ED25519, _X: public_key})).digest()


def sig_structure(protected: bytes, payload: bytes) -> bytes:
    """RFC 9052 §4.4, with empty external data: what is signed lies wholly in the envelope."""
    return b"".join(
        (_SIGNATURE1, cbor.bytes_head(protected), protected, b"\x40", cbor.bytes_head(payload), payload)
    )


def sign1(typ: str, headers: Mapping[int, object], payload: bytes, key: Signer) -> bytes:
    """A signed envelope; alg, kid and `typ` are added to `headers`."""
    protected = cbor.encode({ALG: ED25519, KID: key.kid, TYP: typ, **headers})
    signature = key.sign(sig_structure(protected, payload))
    return cbor.encode(cbor.Tagged((protected, {}, payload, signature)))


def open1(raw: bytes, typ: str, labels: frozenset[int] = frozenset()) -> Sign1:
    """Read an envelope of exactly this `typ` with exactly alg, kid, typ and `labels` in its protected header.

    Refusal("schema_invalid") names the part. What the 64 bytes of the signature hold is for `signed_by`: form first.
    """
    envelope = _decoded(raw, "statement")
    if (
        not isinstance(envelope, cbor.Tagged)
        or not isinstance(envelope.value, tuple)
        or len(envelope.value) != 4
    ):
        raise malformed("statement", "应为带标签 18 的 COSE_Sign1，含四个部分")
    protected, unprotected, payload, signature = envelope.value
    if not isinstance(protected, bytes):
        raise malformed("protected", "受保护头部应为字节串")
    if unprotected != {}:
        raise malformed("unprotected", "非保护头部应为空，请去掉其中的内容")
    if not isinstance(payload, bytes) or not payload:
        raise malformed("payload", "正文应随附其中，且不能为空")
    if not isinstance(signature, bytes) or len(signature) != ed25519.SIGNATURE_BYTES:
        raise malformed("signature", "签名应为 64 字节")
    headers = _decoded(protected, "protected")
    if not isinstance(headers, dict):
        raise malformed("protected", "受保护头部应为映射")
    if headers.get(ALG) != ED25519:
        raise malformed("alg", "签名算法应为 Ed25519（-19）")
    kid = headers.get(KID)
    if not isinstance(kid, bytes) or len(kid) != KID_BYTES:
        raise malformed("kid", "密钥标识应为 32 字节的公钥指纹")
    if headers.get(TYP) != typ:
        raise malformed("typ", f"类型应为 {typ}")
    if headers.keys() != labels | {ALG, KID, TYP}:
        raise malformed("protected", "受保护头部缺少规定的项，或含有未规定的项")
    return Sign1(protected, headers, payload, signature, kid)


def signed_by(public_key: bytes, signed: Signed) -> bool:
    """Whether `signed` names this key and is signed by it."""
    return signed.kid == thumbprint(public_key) and ed25519.verify(
        public_key, signed.signature, signed.to_be_signed
    )


def malformed(field: str, advice: str) -> Refusal:
    return Refusal("schema_invalid", advice, field)


def _decoded(raw: bytes, field: str) -> cbor.Value:
    try:
        return cbor.decode(raw)
    except ValueError as fault:
        raise malformed(field, f"编码不是规定的 CBOR（{fault}），请用配套软件重新生成") from None
