"""The ferry's bundles: one spelling, and nothing that was changed on the way is taken for what was sent."""

import contextlib
import random
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from connectors.ferry import bundles
from connectors.ferry.bundles import Address, Answer, Extent, Item, Parcel, Refused
from domain.refusal import Refusal
from events import boxes, cbor, cose, opening
from tests.doors import key_of

LEDGER, LOG, OFFICER, READER = (
    "gongze.example/" + "ab" * 32,
    key_of("log"),
    key_of("officer"),
    key_of("reader"),
)
HASH = st.binary(min_size=32, max_size=32)
COUNT = st.integers(0, 2**53)
TEXT = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)


@st.composite
def items(draw, index):
    statement = draw(st.binary(min_size=1, max_size=80))
    opened = opening.opening(draw(HASH), draw(TEXT), 1, b"", sha256(statement).digest())
    leaf = opening.leaf(index, draw(COUNT), opening.commitment(opened))
    return draw(st.sampled_from([Item(leaf), Item(leaf, opened), Item(leaf, opened, statement)]))


@st.composite
def parcels(draw):
    places = sorted(draw(st.sets(st.integers(0, 10_000), max_size=6)))
    refused = st.builds(
        Refused, HASH, TEXT, st.text(st.characters(codec="utf-8"), max_size=50), st.none() | TEXT
    )
    return Parcel(
        draw(st.sampled_from([LOG.public, READER.public])), Extent(draw(st.integers(10_001, 2**53)), draw(HASH)),
        draw(st.integers(1, 2**53)), tuple(draw(items(place)) for place in places),
        tuple(draw(st.lists(refused, max_size=3))),
    )  # fmt: skip


@st.composite
def answers(draw, number):
    highest = draw(st.integers(0, 10_000))
    missing = sorted(draw(st.sets(st.integers(1, highest), max_size=8))) if highest else []
    return Answer(
        draw(st.integers(1, 2**53)) if highest else 0, highest, tuple(missing), Extent(draw(COUNT), draw(HASH)),
        draw(st.integers(1, number)), tuple(draw(st.lists(st.binary(min_size=1, max_size=80), max_size=4))),
    )  # fmt: skip


@st.composite
def letters(draw):
    number = draw(st.integers(1, 2**53))
    direction = draw(st.sampled_from(["out", "back"]))
    address = Address(direction, LEDGER, draw(TEXT), draw(st.integers(1, 2**53)), number)
    return address, draw(parcels() if direction == "out" else answers(number))


def sent(address, content):
    return bundles.write(address, content, LOG if address.direction == "out" else OFFICER, READER.public)


def received(raw):
    """What the addressee gets out of a file."""
    closed = bundles.read(raw)
    envelope = bundles.unseal(closed, READER)
    if closed.address.direction == "out":
        return closed.address, bundles.parcel(closed.address, envelope, LOG.public)
    return closed.address, bundles.answer(closed.address, envelope, OFFICER.public)


@given(letters())
def test_what_was_written_is_read_and_written_again_is_the_same(letter):
    address, content = letter
    assert received(sent(address, content)) == (address, content)
    # the box is random, what is signed in it is not
    inner = bundles.unseal(bundles.read(sent(address, content)), READER)
    assert inner.payload == bundles.payload(address, content)


@given(letters())
def test_what_is_read_has_one_spelling(letter):
    address, content = letter
    payload = bundles.payload(address, content)
    assert cbor.encode(cbor.decode(payload)) == payload


SMALL = (
    Address("out", LEDGER, "court.chengguan", 7, 1),
    Parcel(READER.public, Extent(1, bytes(32)), 1, (Item(opening.leaf(0, 5, bytes(32))),), ()),
)


def test_every_file_cut_short_or_with_one_bit_turned_is_refused():
    raw = sent(*SMALL)
    changed = [raw[:end] for end in range(len(raw))]
    for place in range(len(raw) * 8):
        turned = bytearray(raw)
        turned[place // 8] ^= 1 << place % 8
        changed.append(bytes(turned))
    for one in [*changed, raw + b"\0", b""]:
        with pytest.raises(Refusal) as refused:
            received(one)
        assert refused.value.code == "bundle_unusable"


@given(letters(), st.randoms(use_true_random=False))
def test_what_the_signer_of_a_file_may_write_in_it_is_read_strictly(letter, chance: random.Random):
    """The signer too: a payload that is changed and then signed is refused, or read as exactly what it says."""
    address, content = letter
    raw = bytearray(bundles.payload(address, content))
    raw[chance.randrange(len(raw))] = chance.randrange(256)
    signer = LOG if address.direction == "out" else OFFICER
    box = boxes.seal(cose.sign1(bundles.TYP, {}, bytes(raw), signer), READER.public, address.info)
    with contextlib.suppress(_Unusable):
        assert bundles.payload(*read_or_unusable(cbor.encode((*address.fields, box)))) == bytes(raw)


class _Unusable(Exception):
    """The one refusal that is right here."""


def read_or_unusable(raw):
    try:
        return received(raw)
    except Refusal as refusal:
        if refusal.code == "bundle_unusable":
            raise _Unusable from None
        raise


@pytest.mark.parametrize(
    "other",
    [
        {"ledger": "gongze.example/" + "cd" * 32}, {"agency": "court.duilong"}, {"epoch": 8}, {"number": 2},
        {"direction": "back"},
    ],
)  # fmt: skip
def test_a_box_opens_under_its_own_address_only(other):
    address, content = SMALL
    box = bundles.read(sent(address, content)).box
    with pytest.raises(Refusal, match="打不开"):
        received(cbor.encode((*replace(address, **other).fields, box)))


def test_only_the_key_it_was_sealed_to_opens_it_and_only_the_ledgers_signature_counts():
    closed = bundles.read(sent(*SMALL))
    with pytest.raises(Refusal) as refused:
        bundles.unseal(closed, OFFICER)
    assert refused.value.code == "bundle_unusable"
    with pytest.raises(Refusal) as refused:
        bundles.parcel(closed.address, bundles.unseal(closed, READER), OFFICER.public)
    assert refused.value.code == "signature_invalid"


def test_a_lost_file_shows_its_address_and_nothing_of_what_is_in_it():
    statement = "拉自然资执〔2025〕81号 甲公司".encode()
    opened = opening.opening(bytes(32), "case/拉自然资执〔2025〕81号", 1, b"", sha256(statement).digest())
    item = Item(opening.leaf(0, 5, opening.commitment(opened)), opened, statement)
    raw = sent(SMALL[0], replace(SMALL[1], items=(item,)))
    assert not any(
        part in raw for part in ("甲公司".encode(), "81号".encode(), opened[5:30], item.leaf[8:30])
    )


def test_parts_that_do_not_belong_together_are_refused():
    statement = b"s"
    opened = opening.opening(bytes(32), "case/甲", 1, b"", sha256(statement).digest())
    leaf = opening.leaf(0, 5, opening.commitment(opened))
    for item in (Item(leaf, opened, b"t"), Item(opening.leaf(0, 5, bytes(32)), opened), Item(b"\x80")):
        with pytest.raises(Refusal):
            sent(SMALL[0], replace(SMALL[1], items=(item,)))
    twice = replace(SMALL[1], items=(Item(leaf), Item(leaf)))
    with pytest.raises(Refusal, match="次序"):
        sent(SMALL[0], twice)


@given(st.lists(st.binary(min_size=1, max_size=3_000), max_size=40), st.integers(4_000, 20_000))
def test_files_hold_what_there_is_in_order_and_are_no_larger_than_asked(statements, limit):
    cut = list(bundles.split(statements, limit))
    assert [one for some in cut for one in some] == statements
    assert all(cut[1:])
    for number, some in enumerate(cut, 1):
        address = Address("back", LEDGER, "court.chengguan", 1_795_274_297_698, number)
        content = Answer(0, 0, (), Extent(0, bytes(32)), 1, tuple(some))
        assert len(sent(address, content)) <= max(limit, bundles.ROOM + 3_010)


@given(st.binary(min_size=32, max_size=32))
def test_the_key_of_a_box_is_the_montgomery_form_of_the_registered_one(seed):
    """Against the library's own multiplication: the public key of the scalar that RFC 8032 §5.1.5 derives."""
    key = type(LOG)(seed)
    scalar = sha512_half(seed)
    assert (
        boxes.montgomery(key.public)
        == X25519PrivateKey.from_private_bytes(scalar).public_key().public_bytes_raw()
    )
    assert key.unseal(boxes.seal(b"inside", key.public, b"info"), b"info") == b"inside"


def sha512_half(seed):
    from hashlib import sha512

    return sha512(seed).digest()[:32]


def test_a_box_is_as_rfc_9180_has_it():
    """RFC 9180 §A.2.1 (DHKEM X25519, ChaCha20-Poly1305, base mode) has additional data, which a single-shot box
    has not; so the suite's key schedule is recomputed here from §4.1, §5.1 and §7 with HMAC alone."""
    import hmac

    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    def extract(suite, salt, label, ikm):
        return hmac.digest(salt or bytes(32), b"HPKE-v1" + suite + label + ikm, "sha256")

    def expand(suite, prk, label, info, length):  # one block is enough: 32 bytes at most
        return hmac.digest(prk, length.to_bytes(2) + b"HPKE-v1" + suite + label + info + b"\x01", "sha256")[
            :length
        ]

    seed, info = bytes(range(32)), b"where it belongs"
    key = type(LOG)(seed)
    box = boxes.seal(b"content", key.public, info)
    enc, sealed = box[:32], box[32:]
    private = X25519PrivateKey.from_private_bytes(sha512_half(seed))
    kem, suite = b"KEM" + (0x20).to_bytes(2), b"HPKE" + (0x20).to_bytes(2) + (1).to_bytes(2) + (3).to_bytes(2)
    shared_dh = private.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + private.public_key().public_bytes_raw()
    shared = expand(kem, extract(kem, b"", b"eae_prk", shared_dh), b"shared_secret", context, 32)
    schedule = b"\0" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    aead = ChaCha20Poly1305(expand(suite, secret, b"key", schedule, 32))
    assert aead.decrypt(expand(suite, secret, b"base_nonce", schedule, 12), sealed, b"") == b"content"
