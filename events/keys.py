"""密钥 An agency's signing keys: making, naming, keeping, and showing that one holds them.

Sources: RFC 8032, RFC 9679 (kid), RFC 5958 (PKCS#8), RFC 7914 (scrypt), RFC 8439 (ChaCha20-Poly1305), RFC 9562 (ids).

A key file is one of three:
- PKCS#8 PEM without encryption: demonstrations only;
- PKCS#8 PEM encrypted by other software, such as `openssl pkcs8 -topk8 -scrypt`: read, never written, since the
  library that would write it stretches the passphrase with only 2,048 rounds;
- our own container, which is what `save` writes under a passphrase. Between two lines of dashes, in base64, stands the
  deterministic CBOR `["gongze-key", 1, -19, 17, 8, 1, salt, nonce, sealed]`: format 1, algorithm Ed25519, scrypt with
  N = 2^17, r = 8, p = 1 over the 16-byte salt, and the 32-byte seed sealed with ChaCha20-Poly1305 under a 12-byte
  nonce, the CBOR array of everything before `sealed` being its associated data.
"""

import base64
import errno
import os
import secrets
from contextlib import suppress
from hashlib import scrypt
from pathlib import Path

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from domain.refusal import Refusal
from events import boxes, cbor, cose
from events.cose import thumbprint
from events.ed25519 import check_public_key

__all__ = ["SigningKey", "check_possession", "check_public_key", "new_cti", "prove_possession", "thumbprint"]

POP_TYP = "application/vnd.gongze.pop+cose"

_FILE_MAX = 65_536
_BEGIN, _END = "-----BEGIN GONGZE KEY 1-----\n", "-----END GONGZE KEY 1-----\n"
_PLAIN = b"-----BEGIN PRIVATE KEY-----"
_LINE = 64
_LOG_N, _R, _P = 17, 8, 1
_SALT_BYTES, _NONCE_BYTES, _SEED_BYTES = 16, 12, 32
_HEAD = ("gongze-key", 1, cose.ED25519, _LOG_N, _R, _P)


class SigningKey:
    """An Ed25519 private key. It shows its public half and its signatures, never itself."""

    __slots__ = ("_private", "kid", "public")

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()
        self.kid = thumbprint(self.public)

    @classmethod
    def generate(cls) -> "SigningKey":
        return cls(secrets.token_bytes(_SEED_BYTES))

    def sign(self, data: bytes) -> bytes:
        return self._private.sign(data)

    def unseal(self, box: bytes, info: bytes) -> bytes:
        """What lies in a box that was made for this key (`events.boxes`). ValueError for any other."""
        return boxes.unseal(box, self._private.private_bytes_raw(), info)

    @classmethod
    def load(cls, path: Path, passphrase: bytes | None) -> "SigningKey":
        """Read any of the three kinds of file; a passphrase is for those that are under one. Refusal("key_file_unusable") says
        what to do, never what was inside."""
        try:
            with path.open("rb") as file:
                data = file.read(_FILE_MAX + 1)
        except OSError:
            raise _unusable(f"无法读取密钥文件 {path}，请核对路径与权限") from None
        if len(data) > _FILE_MAX:
            raise _unusable(f"{path} 过大，不是密钥文件，请核对路径")
        if data.startswith(_BEGIN.encode()):
            return cls(_unseal(data, path, passphrase))
        return cls(_from_pkcs8(data, path, passphrase))

    def save(self, path: Path, passphrase: bytes | None, overwrite: bool = False) -> None:
        """Write the key for its owner alone, whole or not at all. Without a passphrase it lies there in the clear."""
        if passphrase is None:
            data = self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        elif passphrase:
            data = _seal(self._private.private_bytes_raw(), passphrase)
        else:
            raise _unusable("口令不能为空，请设置口令")
        try:
            _write(path, data, overwrite)
        except FileExistsError:
            raise _unusable(f"{path} 已存在，未作改动；请换一个文件名，或明确要求覆盖") from None
        except OSError:
            raise _unusable(f"无法写入密钥文件 {path}，请核对目录、权限与剩余空间") from None


def prove_possession(key: cose.Signer, ledger: str, iss: str) -> bytes:
    """What is shown when a key is registered: that its holder wants it to be this agency's, in this ledger."""
    return cose.sign1(POP_TYP, {}, _possession(ledger, iss, key.kid), key)


def check_possession(proof: bytes, ledger: str, iss: str, public_key: bytes) -> None:
    """Refuse a proof that is not exactly by this key for this ledger and agency, or a key that proves nothing."""
    try:
        check_public_key(public_key)
        envelope = cose.open1(proof, POP_TYP)
    except (ValueError, Refusal):
        raise _not_possessed() from None
    expected = _possession(ledger, iss, thumbprint(public_key))
    if envelope.payload != expected or not cose.signed_by(public_key, envelope):
        raise _not_possessed()


def new_cti(now_ms: int, randomness: bytes) -> bytes:
    """A statement's id, in UUIDv7 layout (RFC 9562 §5.7): 48 bits of time, then 74 of the 80 random bits."""
    if not 0 <= now_ms < 1 << 48:
        raise ValueError("milliseconds since 1970 in 48 bits")
    if len(randomness) != 10:
        raise ValueError("10 random bytes")
    cti = bytearray(now_ms.to_bytes(6) + randomness)
    cti[6] = 0x70 | cti[6] & 0x0F
    cti[8] = 0x80 | cti[8] & 0x3F
    return bytes(cti)


def _possession(ledger: str, iss: str, kid: bytes) -> bytes:
    return cbor.encode((ledger, iss, kid))


def _not_possessed() -> Refusal:
    return Refusal("signature_invalid", "持有证明与密钥、机关或台账不符，请用新密钥重新生成", "proof")


def _seal(seed: bytes, passphrase: bytes) -> bytes:
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    head = (*_HEAD, salt, nonce)
    sealed = ChaCha20Poly1305(_stretch(passphrase, salt)).encrypt(nonce, seed, cbor.encode(head))
    return _armour(cbor.encode((*head, sealed)))


def _unseal(data: bytes, path: Path, passphrase: bytes | None) -> bytes:
    salt, nonce, sealed = _read_container(data, path)
    if passphrase is None:
        raise _closed(path)
    try:
        head = cbor.encode((*_HEAD, salt, nonce))
        return ChaCha20Poly1305(_stretch(passphrase, salt)).decrypt(nonce, sealed, head)
    except InvalidTag:
        raise _unusable(f"口令不对，或密钥文件 {path} 已损坏；请核对口令，或改用备份") from None


def _read_container(data: bytes, path: Path) -> tuple[bytes, bytes, bytes]:
    """Salt, nonce and sealed seed. The costs must be exactly format 1's: a file may not ask for less, nor for more."""
    try:
        body = base64.b64decode(data[len(_BEGIN) : -len(_END)])
        value = cbor.decode(body)
    except ValueError:
        raise _broken(path) from None
    if _armour(body) != data:  # one spelling, as everywhere
        raise _broken(path)
    match value:
        case (*head, bytes() as salt, bytes() as nonce, bytes() as sealed) if tuple(head) == _HEAD:
            if (len(salt), len(nonce), len(sealed)) == (_SALT_BYTES, _NONCE_BYTES, _SEED_BYTES + 16):
                return salt, nonce, sealed
    raise _broken(path)


def _stretch(passphrase: bytes, salt: bytes) -> bytes:
    """About half a second and 128 MiB, so that a lost file is no lost key."""
    n = 1 << _LOG_N
    return scrypt(passphrase, salt=salt, n=n, r=_R, p=_P, maxmem=256 * _R * n, dklen=32)


def _armour(body: bytes) -> bytes:
    text = base64.b64encode(body).decode()
    lines = "".join(f"{text[at : at + _LINE]}\n" for at in range(0, len(text), _LINE))
    return (_BEGIN + lines + _END).encode()


def _from_pkcs8(data: bytes, path: Path, passphrase: bytes | None) -> bytes:
    try:
        key = load_pem_private_key(data, None if _PLAIN in data else passphrase)
    except TypeError:  # the library's word for a passphrase that is missing
        raise _closed(path) from None
    except ValueError:
        raise _unusable(f"{path} 不是完整的密钥文件，或口令不对；请核对口令，或改用备份") from None
    except UnsupportedAlgorithm:
        raise _unusable(f"密钥文件 {path} 的加密方式不受支持，请重新导出") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _unusable(f"{path} 不是 Ed25519 密钥，请用 gongze key new 生成")
    return key.private_bytes_raw()


def _broken(path: Path) -> Refusal:
    return _unusable(f"密钥文件 {path} 不完整或已损坏，请改用备份")


def _closed(path: Path) -> Refusal:
    return _unusable(
        f"密钥文件 {path} 有口令保护：请在终端输入口令，或用 GONGZE_KEY_PASSPHRASE_FILE 指明口令文件"
    )


def _unusable(advice: str) -> Refusal:
    return Refusal("key_file_unusable", advice, "key")


def _write(path: Path, data: bytes, overwrite: bool) -> None:
    """Atomic: a reader, or a crash, meets the old file, none (or an empty one), or the whole new one.

    The name is taken first, by an empty file that only one of two writers can make: a hard link would do that in one
    step, but the sticks that keys are carried on know none.
    """
    if not overwrite:
        path.touch(mode=0o600, exist_ok=False)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError:
        part.unlink(missing_ok=True)
        if not overwrite:
            with suppress(OSError):
                path.unlink()
        raise


def sync_folder(folder: Path) -> None:
    """Let a name that was given in it outlive a loss of power, where its file system can promise that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
