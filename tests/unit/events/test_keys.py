"""Keys: their names, what is no key, how they are kept, and the proof that one holds them."""

import base64
import hashlib
import shutil
import stat
import subprocess

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from domain.refusal import Refusal
from events import cose, ed25519, statement
from events.keys import (
    SigningKey,
    check_possession,
    check_public_key,
    new_cti,
    prove_possession,
    thumbprint,
)

SEED = bytes(range(32))
KEY = SigningKey(SEED)
PASSPHRASE = "共责-口令".encode()
OPENSSL = shutil.which("openssl") or ""
needs_openssl = pytest.mark.skipif(not OPENSSL, reason="no openssl command here")

# RFC 8032 §7.1, tests 1 to 3: secret, public, message, signature.
RFC_8032 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
            "d25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
            "387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
            "4a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC_8032)
def test_keys_and_signatures_are_those_of_rfc_8032(secret, public, message, signature):
    key = SigningKey(bytes.fromhex(secret))
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    check_public_key(key.public)
    assert ed25519.verify(key.public, bytes.fromhex(signature), bytes.fromhex(message))
    assert not ed25519.verify(key.public, bytes.fromhex(signature), bytes.fromhex(message) + b"\x00")


def test_the_kid_is_the_thumbprint_of_the_cose_key():
    public = bytes.fromhex(RFC_8032[0][1])
    # RFC 9679 §3 over a COSE_Key of three parameters: a3 map of 3; 01 01 kty OKP; 20 06 crv (-1) Ed25519;
    # 21 58 20 x (-2), 32 bytes.
    assert thumbprint(public) == hashlib.sha256(bytes.fromhex("a3 0101 2006 215820") + public).digest()
    assert SigningKey(bytes.fromhex(RFC_8032[0][0])).kid == thumbprint(public)


def test_two_generated_keys_differ():
    assert SigningKey.generate().kid != SigningKey.generate().kid


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"
TORSION_Y = [0, 1, P - 1, *(y := int.from_bytes(bytes.fromhex(ORDER_8), "little"), P - y)]


def encoded(y, sign=0):
    return (y | sign << 255).to_bytes(32, "little")


def doubled(point):
    """RFC 8032 §5.1, affine."""
    x, y = point
    product = D * x * x * y * y
    return (
        2 * x * y * pow(1 + product, -1, P) % P,
        (y * y + x * x) * pow(1 - product, -1, P) % P,
    )


def test_the_five_heights_are_those_of_the_points_whose_order_divides_eight():
    points = set()
    for y in TORSION_Y:
        square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
        root = pow(square, (P + 3) // 8, P)
        x = next(r for r in (root, root * pow(2, (P - 1) // 4, P) % P) if r * r % P == square)
        points |= {(x, y), (-x % P, y)}
    assert len(points) == 8  # the whole torsion group: there are no others
    assert all(doubled(doubled(doubled(point))) == (0, 1) for point in points)


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", TORSION_Y)
def test_a_point_of_small_order_is_no_key(y, sign):
    with pytest.raises(ValueError, match="small order"):
        check_public_key(encoded(y, sign))


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [*range(P, 2**255)])
def test_a_height_that_is_not_reduced_is_no_key(y, sign):
    with pytest.raises(ValueError, match="canonical"):
        check_public_key(encoded(y, sign))


def test_a_height_without_a_point_is_no_key():
    def on_curve(y):  # Euler: a square to the power of (P-1)/2 is 1
        return pow((y * y - 1) * pow(D * y * y + 1, -1, P), (P - 1) // 2, P) == 1

    beside = next(y for y in range(2, 100) if not on_curve(y))
    with pytest.raises(ValueError, match="curve"):
        check_public_key(encoded(beside))


def test_a_key_with_a_part_of_small_order_is_no_key():
    """Honest verifiers may differ on its signatures. (x, y) + (0, -1) = (-x, -y), and -x has the other parity."""
    value = int.from_bytes(KEY.public, "little")
    y, sign = value % 2**255, value >> 255
    with pytest.raises(ValueError, match="prime-order"):
        check_public_key(encoded(P - y, 1 - sign))


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_another_size_is_no_key(size):
    with pytest.raises(ValueError, match="32 bytes"):
        check_public_key(bytes(size))


# Proof of possession


def test_a_key_s_holder_can_prove_it():
    check_possession(prove_possession(KEY, "ledger/1", "nr.lhasa"), "ledger/1", "nr.lhasa", KEY.public)


@pytest.mark.parametrize(
    ("ledger", "iss", "public"),
    [
        ("ledger/2", "nr.lhasa", KEY.public),
        ("ledger/1", "nr.duilong", KEY.public),
        ("ledger/1n", "r.lhasa", KEY.public),
        ("ledger/1", "nr.lhasa", SigningKey(bytes(32)).public),
        ("ledger/1", "nr.lhasa", b""),
    ],
)
def test_a_proof_holds_for_nothing_else(ledger, iss, public):
    refuse_possession(prove_possession(KEY, "ledger/1", "nr.lhasa"), ledger, iss, public)


def refuse_possession(proof, ledger, iss, public):
    with pytest.raises(Refusal) as refused:
        check_possession(proof, ledger, iss, public)
    assert (refused.value.code, refused.value.field) == ("signature_invalid", "proof")


def test_an_altered_proof_is_refused_at_every_byte():
    proof = prove_possession(KEY, "ledger/1", "nr.lhasa")
    for place in range(len(proof)):
        refuse_possession(proof[:place], "ledger/1", "nr.lhasa", KEY.public)
        altered = proof[:place] + bytes([proof[place] ^ 1]) + proof[place + 1 :]
        refuse_possession(altered, "ledger/1", "nr.lhasa", KEY.public)


def test_a_proof_is_no_statement_and_a_statement_is_no_proof():
    proof = prove_possession(KEY, "ledger/1", "nr.lhasa")
    with pytest.raises(Refusal) as refused:
        statement.decode(proof)
    assert (refused.value.code, refused.value.field) == ("schema_invalid", "typ")
    payload = cbor2.dumps(["ledger/1", "nr.lhasa", KEY.kid])
    as_statement = cose.sign1(statement.TYP, {}, payload, KEY)
    refuse_possession(as_statement, "ledger/1", "nr.lhasa", KEY.public)
    refuse_possession(
        cose.sign1("application/vnd.gongze.pop+cose", {3: "x"}, payload, KEY),
        "ledger/1",
        "nr.lhasa",
        KEY.public,
    )


def test_nobody_proves_possession_of_a_key_that_everybody_can_use():
    """Under the neutral point as key, [S]B = R + [h]A holds for any message, if only R = [S]B."""
    neutral = encoded(1)
    scalar = int.from_bytes(hashlib.sha512(SEED).digest()[:32], "little") & ((1 << 254) - 8) | 1 << 254

    class Forger:
        kid = thumbprint(neutral)

        def sign(self, data):
            return KEY.public + (scalar % L).to_bytes(32, "little")

    proof = prove_possession(Forger(), "ledger/1", "nr.lhasa")
    assert ed25519.verify(neutral, proof[-64:], b"whatever you like")  # which is why such keys are kept out
    refuse_possession(proof, "ledger/1", "nr.lhasa", neutral)


# Ids


def test_an_id_is_a_uuid_of_version_7():
    # RFC 9562 appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F
    made = new_cti(0x017F22E279B0, bytes.fromhex("0cc3 18c4dc0c0c07398f"))
    assert made.hex() == "017f22e279b07cc398c4dc0c0c07398f"
    assert new_cti(0, b"\xff" * 10).hex() == "0000000000007fffbfffffffffffffff"
    assert new_cti(2**48 - 1, bytes(10)).hex() == "ffffffffffff70008000000000000000"
    assert statement.is_cti(made)


@pytest.mark.parametrize(("now_ms", "size"), [(-1, 10), (2**48, 10), (0, 9), (0, 11)])
def test_an_id_is_made_of_48_bits_of_time_and_10_bytes(now_ms, size):
    with pytest.raises(ValueError, match=r"48 bits|10 random"):
        new_cti(now_ms, bytes(size))


# Key files


@pytest.fixture(scope="module")
def container(tmp_path_factory):
    """A file under a passphrase. Stretching takes half a second, so one is made for all tests."""
    path = tmp_path_factory.mktemp("keys") / "1.key"
    KEY.save(path, PASSPHRASE)
    return path.read_bytes()


def unusable(path, passphrase):
    with pytest.raises(Refusal) as refused:
        SigningKey.load(path, passphrase)
    assert (refused.value.code, refused.value.field) == ("key_file_unusable", "key")
    assert refused.value.__cause__ is None
    told = refused.value.message + str(refused.value)
    for secret in (SEED.hex(), base64.b64encode(SEED).decode(), PASSPHRASE.decode()):
        assert secret not in told
    return refused.value.message


def test_a_demonstration_key_is_plain_pkcs8_for_its_owner_alone(tmp_path):
    path = tmp_path / "operator.key"
    KEY.save(path, None)
    # RFC 8410 §7: 30 2e SEQUENCE, version 0, OID 1.3.101.112, OCTET STRING in OCTET STRING.
    der = bytes.fromhex("302e 020100 3005 06032b6570 0422 0420") + SEED
    assert base64.b64decode(b"".join(path.read_bytes().splitlines()[1:-1])) == der
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SigningKey.load(path, None).public == KEY.public
    assert SigningKey.load(path, b"of the other keys").public == KEY.public


def test_a_container_is_what_its_description_says(container):
    lines = container.decode().splitlines()
    assert (lines[0], lines[-1]) == ("-----BEGIN GONGZE KEY 1-----", "-----END GONGZE KEY 1-----")
    *head, sealed = cbor2.loads(base64.b64decode("".join(lines[1:-1])))
    assert head[:-2] == ["gongze-key", 1, -19, 17, 8, 1]
    salt, nonce = head[-2:]
    assert (len(salt), len(nonce)) == (16, 12)
    key = Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(PASSPHRASE)
    assert ChaCha20Poly1305(key).decrypt(nonce, sealed, cbor2.dumps(head)) == SEED


def test_a_container_opens_with_its_passphrase_and_no_other(container, tmp_path):
    path = tmp_path / "1.key"
    path.write_bytes(container)
    assert SigningKey.load(path, PASSPHRASE).public == KEY.public
    assert "口令" in unusable(path, PASSPHRASE + b" ")
    assert "口令" in unusable(path, None)


def test_two_files_of_one_key_have_nothing_in_common(container, tmp_path):
    KEY.save(tmp_path / "2.key", PASSPHRASE)
    assert stat.S_IMODE((tmp_path / "2.key").stat().st_mode) == 0o600
    one, other = (
        cbor2.loads(base64.b64decode("".join(data.decode().splitlines()[1:-1])))
        for data in (container, (tmp_path / "2.key").read_bytes())
    )
    assert all(a != b for a, b in zip(one[-3:], other[-3:], strict=True))


def armoured(items):
    text = base64.b64encode(cbor2.dumps(items)).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN GONGZE KEY 1-----", *lines, "-----END GONGZE KEY 1-----", ""]).encode()


@pytest.mark.parametrize("place", [6, 7, 8])
def test_a_container_altered_under_the_seal_does_not_open(container, tmp_path, place):
    items = cbor2.loads(base64.b64decode("".join(container.decode().splitlines()[1:-1])))
    assert armoured(items) == container
    items[place] = bytes([items[place][0] ^ 1]) + items[place][1:]
    (tmp_path / "1.key").write_bytes(armoured(items))
    unusable(tmp_path / "1.key", PASSPHRASE)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, "other"),
        (1, 2),
        (2, -8),
        (3, 1),
        (3, 40),
        (4, 2**40),
        (5, 2),
        (6, bytes(15)),
        (7, b""),
        (8, bytes(47)),
        (8, "x"),
    ],
)
def test_a_container_may_not_ask_for_other_costs_or_forms(container, tmp_path, place, value):
    items = cbor2.loads(base64.b64decode("".join(container.decode().splitlines()[1:-1])))
    items[place] = value
    (tmp_path / "1.key").write_bytes(armoured(items))
    assert "损坏" in unusable(tmp_path / "1.key", PASSPHRASE)


def test_a_container_cut_anywhere_or_spelled_otherwise_is_refused(container, tmp_path):
    path = tmp_path / "1.key"
    others = [container[:end] for end in range(len(container))]
    others += [
        container + b"\n",
        b"\n" + container,
        container.replace(b"\n", b"\r\n"),
        container.replace(b"\n", b"\n\n", 2),
    ]
    for data in others:
        path.write_bytes(data)
        unusable(path, PASSPHRASE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 100,
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN GONGZE KEY 2-----\nAAAA\n-----END GONGZE KEY 2-----\n",
        X25519PrivateKey.from_private_bytes(SEED).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        Ed25519PublicKey.from_public_bytes(KEY.public).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        b"-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8Q",  # cut short
    ],
)  # fmt: skip
def test_what_is_no_ed25519_key_is_refused_with_advice(tmp_path, data):
    (tmp_path / "1.key").write_bytes(data)
    unusable(tmp_path / "1.key", None)


def test_a_file_too_large_to_be_a_key_is_not_read_through(tmp_path):
    KEY.save(tmp_path / "1.key", None)
    (tmp_path / "1.key").write_bytes((tmp_path / "1.key").read_bytes() + b"\n" * 65_536)
    assert "过大" in unusable(tmp_path / "1.key", None)


def test_a_missing_file_is_refused_with_its_path(tmp_path):
    assert "none.key" in unusable(tmp_path / "none.key", None)
    unusable(tmp_path, None)


def test_nothing_is_overwritten_unasked(tmp_path):
    path = tmp_path / "1.key"
    KEY.save(path, None)
    other = SigningKey(bytes(32))
    with pytest.raises(Refusal) as refused:
        other.save(path, None)
    assert (refused.value.code, refused.value.field) == ("key_file_unusable", "key")
    assert SigningKey.load(path, None).public == KEY.public
    other.save(path, None, overwrite=True)
    assert SigningKey.load(path, None).public == other.public
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path):
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing" / "1.key", tmp_path / "folder"):
        with pytest.raises(Refusal) as refused:
            KEY.save(path, None, overwrite=True)
        assert refused.value.code == "key_file_unusable"
    with pytest.raises(Refusal):
        KEY.save(tmp_path / "missing" / "1.key", None)
    assert list(tmp_path.iterdir()) == [tmp_path / "folder"]


def test_an_empty_passphrase_is_not_taken_for_none(tmp_path):
    with pytest.raises(Refusal):
        KEY.save(tmp_path / "1.key", b"")
    assert not list(tmp_path.iterdir())


@needs_openssl
@pytest.mark.parametrize(
    "how", [["-v2", "aes-256-cbc", "-iter", "600000"], ["-scrypt"], ["-v2", "aes-256-cbc"]]
)
def test_a_key_that_openssl_encrypted_is_read(tmp_path, how):
    plain, sealed = tmp_path / "plain.key", tmp_path / "sealed.key"
    KEY.save(plain, None)
    subprocess.run(
        [OPENSSL, "pkcs8", "-topk8", "-in", plain, "-out", sealed, "-passout", "pass:secret", *how],
        check=True,
    )
    assert SigningKey.load(sealed, b"secret").public == KEY.public
    assert "口令" in unusable(sealed, b"other")
    assert "口令" in unusable(sealed, None)


@needs_openssl
def test_openssl_reads_what_we_write_and_verifies_what_we_sign(tmp_path):
    KEY.save(tmp_path / "1.key", None)
    (tmp_path / "data").write_bytes(b"act")
    (tmp_path / "signature").write_bytes(KEY.sign(b"act"))
    told = subprocess.run(
        [OPENSSL, "pkeyutl", "-verify", "-rawin", "-inkey", tmp_path / "1.key", "-in", tmp_path / "data",
         "-sigfile", tmp_path / "signature"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "Verified Successfully" in told.stdout
