"""The statement's form: what is read, what is refused, and by which name."""

import hashlib
from dataclasses import replace
from datetime import date, datetime

import cbor2
import pytest

from domain.refusal import Refusal
from events import cbor, cose, ed25519, statement
from events.keys import SigningKey, new_cti
from events.statement import CONTENT_TYPE, TYP, Claims

KEY = SigningKey(bytes(range(32)))
CTI = new_cti(1_770_706_245_000, bytes(10))
CLAIMS = Claims(
    iss="nr.lhasa",
    sub="case/拉自然资执〔2025〕81号",
    cti=CTI,
    officer="nr.lhasa/1",
    event="EnforcementApplied",
    schema=b"\x11" * 32,
    occurred_on=date(2026, 2, 10),
    seen=(3, b"\x22" * 32),
    ledger="ledger.lhasa.example/4f",
)
FULL = replace(CLAIMS, after=(CTI, bytes(16)), on_behalf_of="court.chengguan", iat=1_770_706_245)
TABLE = {
    1: CLAIMS.iss,
    2: CLAIMS.sub,
    7: CTI,
    "officer": CLAIMS.officer,
    "event": CLAIMS.event,
    "schema": CLAIMS.schema,
    "occurred_on": "2026-02-10",
    "seen": [3, b"\x22" * 32],
    "ledger": CLAIMS.ledger,
}
HEADERS = {1: -19, 3: CONTENT_TYPE, 4: KEY.kid, 15: TABLE, 16: TYP}


def signed(headers=HEADERS, *, payload=b"avro", protected=None):
    """A statement whose signature is right, whatever its header holds. Written by cbor2, not by our own codec.

    Our maps' keys are short enough that its length-first order is the bytewise order too.
    """
    if protected is None:
        protected = cbor2.dumps(headers, canonical=True)
    data = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    return envelope(protected, {}, payload, KEY.sign(data))


def envelope(*parts, tag=18):
    return cbor2.dumps(cbor2.CBORTag(tag, list(parts)), canonical=True)


def without(table, key):
    return {k: v for k, v in table.items() if k != key}


def fault(raw):
    with pytest.raises(Refusal) as refused:
        statement.decode(raw)
    assert refused.value.message
    return refused.value.code, refused.value.field


def test_a_statement_is_the_cose_sign1_that_its_profile_describes():
    raw = statement.sign(CLAIMS, b"avro", KEY)
    assert raw == signed()
    read = statement.decode(raw)
    assert (read.claims, read.payload, read.kid, read.alg) == (CLAIMS, b"avro", KEY.kid, -19)
    statement.check_signature(read, KEY.public)


def test_every_claim_comes_back_as_it_was_said():
    assert statement.decode(statement.sign(FULL, b"avro", KEY)).claims == FULL


def test_the_claim_for_whom_is_written_for():
    raw = statement.sign(replace(CLAIMS, on_behalf_of="court.chengguan"), b"avro", KEY)
    assert raw == signed(HEADERS | {15: TABLE | {"for": "court.chengguan"}})


def test_the_signed_bytes_are_the_sig_structure_of_cose():
    read = statement.decode(signed())
    protected = cbor2.dumps(HEADERS, canonical=True)
    # RFC 9052 §4.4: ["Signature1", body_protected, external_aad, payload]. 84 = array of 4, 6a = text of 10 bytes,
    # 40 = no bytes, 44 = 4 bytes; the header is longer than 255 bytes, hence 59 and two bytes of length.
    expected = b"\x84\x6aSignature1\x59" + len(protected).to_bytes(2) + protected + b"\x40\x44avro"
    assert read.to_be_signed == expected
    assert read.signed_digest == hashlib.sha256(expected).digest()


def test_id_and_digest_name_the_statement():
    raw = signed()
    read = statement.decode(raw)
    assert read.id == CTI.hex()
    assert read.digest == hashlib.sha256(raw).digest()


def test_too_large_is_told_before_anything_is_parsed():
    assert fault(b"\xff" * 60_001) == ("too_large", "statement")
    assert fault(b"\xff" * 60_000) == ("schema_invalid", "statement")


def test_the_largest_statement_is_taken_and_one_byte_more_is_not():
    fits = 60_000 - len(signed(payload=bytes(50_000))) + 50_000
    raw = signed(payload=bytes(fits))
    assert len(raw) == 60_000
    statement.check_signature(statement.decode(raw), KEY.public)
    assert fault(signed(payload=bytes(fits + 1))) == ("too_large", "statement")


def test_a_statement_cut_at_any_byte_is_refused():
    raw = signed()
    assert {fault(raw[:end]) for end in range(len(raw))} == {("schema_invalid", "statement")}


def test_bytes_behind_the_statement_are_refused():
    assert fault(signed() + b"\x00") == ("schema_invalid", "statement")


def test_a_flipped_bit_is_refused_or_breaks_the_signature():
    raw = statement.sign(FULL, b"avro", KEY)
    for place in range(len(raw) * 8):
        altered = bytearray(raw)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(Refusal):
            statement.check_signature(statement.decode(bytes(altered)), KEY.public)


@pytest.mark.parametrize("raw", [b"\x81" * 60_000, b"\xd2" * 60_000, b"\xa1" * 60_000, b"\x9f" * 60_000])
def test_hostile_nesting_is_refused_like_any_other_fault(raw):
    assert fault(raw) == ("schema_invalid", "statement")


PROTECTED = cbor2.dumps(HEADERS, canonical=True)
SIGNATURE = KEY.sign(cbor2.dumps(["Signature1", PROTECTED, b"", b"avro"]))


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (envelope(PROTECTED, {}, b"avro", SIGNATURE)[1:], "statement"),  # no tag
        (envelope(PROTECTED, {}, b"avro", SIGNATURE, tag=98), "statement"),  # COSE_Sign
        (b"\xd2" + envelope(PROTECTED, {}, b"avro", SIGNATURE), "statement"),
        (envelope(PROTECTED, {}, b"avro"), "statement"),
        (envelope(PROTECTED, {}, b"avro", SIGNATURE, b""), "statement"),
        (envelope(HEADERS, {}, b"avro", SIGNATURE), "statement"),  # too deep as a plain map
        (envelope(1, {}, b"avro", SIGNATURE), "protected"),
        (envelope(b"", {}, b"avro", SIGNATURE), "protected"),
        (envelope(PROTECTED, {394: []}, b"avro", SIGNATURE), "unprotected"),
        (envelope(PROTECTED, [], b"avro", SIGNATURE), "unprotected"),
        (envelope(PROTECTED, {}, None, SIGNATURE), "payload"),  # detached
        (envelope(PROTECTED, {}, b"", SIGNATURE), "payload"),
        (envelope(PROTECTED, {}, "avro", SIGNATURE), "payload"),
        (envelope(PROTECTED, {}, b"avro", SIGNATURE[:-1]), "signature"),
        (envelope(PROTECTED, {}, b"avro", SIGNATURE + b"\x00"), "signature"),
        (envelope(PROTECTED, {}, b"avro", None), "signature"),
    ],
)
def test_a_misshapen_envelope_is_refused_by_its_part(raw, field):
    assert fault(raw) == ("schema_invalid", field)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        (without(HEADERS, 1), "alg"),
        (HEADERS | {1: -8}, "alg"),  # EdDSA, which leaves the curve open
        (HEADERS | {1: "Ed25519"}, "alg"),
        (HEADERS | {1: -65_537}, "alg"),
        (without(HEADERS, 3), "protected"),
        (HEADERS | {3: "application/json"}, "content_type"),
        (HEADERS | {3: 60}, "content_type"),
        (without(HEADERS, 4), "kid"),
        (HEADERS | {4: KEY.kid[:31]}, "kid"),
        (HEADERS | {4: KEY.kid.hex()}, "kid"),
        (without(HEADERS, 15), "protected"),
        (HEADERS | {15: [1]}, "claims"),
        (without(HEADERS, 16), "typ"),
        (HEADERS | {16: "application/vnd.gongze.pop+cose"}, "typ"),
        (HEADERS | {2: [15]}, "protected"),  # crit
        (HEADERS | {33: b"cert"}, "protected"),
        (HEADERS | {"x": 1}, "protected"),
    ],
)
def test_the_protected_header_is_exactly_the_profile_s(headers, field):
    assert fault(signed(headers)) == ("schema_invalid", field)


@pytest.mark.parametrize(
    ("label", "value", "field"),
    [
        *[(label, bad, field)
          for label, field in [(1, "iss"), (2, "sub"), ("officer", "officer"), ("event", "event"),
                               ("ledger", "ledger"), ("for", "for")]
          for bad in ["", "a" * 201, "a\nb", "a\x7fb", "a\x85b", "a\u202eb", "a\u200bb", "a\u2028b", "e\u0301",
                      7, b"a", None]],
        *[(7, bad, "cti") for bad in [CTI[:15], CTI + b"\x00", CTI.hex(), bytes(16),
                                      CTI[:6] + b"\x4f" + CTI[7:],  # version 4
                                      CTI[:8] + b"\xc0" + CTI[9:]]],  # another variant
        *[("schema", bad, "schema") for bad in [b"", bytes(31), bytes(33), "11" * 32]],
        *[("occurred_on", bad, "occurred_on")
          for bad in ["2026-02-29", "20260210", "2026-2-10", "2026-02-10T00:00:00", "", "2026-W07-2", "２０２６-02-10",
                      20_260_210, "0000-01-01"]],
        *[("seen", bad, "seen")
          for bad in [[], [0], 0, [-1, b""], [0, bytes(32)], [1, b""], [1, bytes(31)], ["1", bytes(32)],
                      [1, bytes(32), 1]]],
        *[("after", bad, "after") for bad in [[], [bytes(15)], [CTI.hex()], CTI, [bytes(16)] * 1001]],
        *[(6, bad, "iat") for bad in [-1, "1770706245", b""]],
        ("unknown", 1, "claims"), (3, "aud", "claims"), (4, 1_770_706_245, "claims"),
    ],
)  # fmt: skip
def test_a_claim_of_the_wrong_form_is_refused_by_its_name(label, value, field):
    assert fault(signed(HEADERS | {15: TABLE | {label: value}})) == ("schema_invalid", field)


@pytest.mark.parametrize(
    ("label", "field"),
    [(1, "iss"), (2, "sub"), (7, "cti"), ("officer", "officer"), ("event", "event"), ("schema", "schema"),
     ("occurred_on", "occurred_on"), ("seen", "seen"), ("ledger", "ledger")],
)  # fmt: skip
def test_a_missing_claim_is_refused_by_its_name(label, field):
    assert fault(signed(HEADERS | {15: without(TABLE, label)})) == ("schema_invalid", field)


def test_the_limits_themselves_are_taken():
    claims = replace(CLAIMS, iss="甲" * 200, after=(bytes(16),) * 1000, seen=(0, b""), iat=0)
    assert statement.decode(statement.sign(claims, b"\x00", KEY)).claims == claims


def respelled(old, new):
    assert PROTECTED.count(old) == 1
    return signed(protected=PROTECTED.replace(old, new))


@pytest.mark.parametrize(
    "raw",
    [
        respelled(b"\xa5\x01\x32", b"\xa5\x01\x38\x12"),  # -19 in two bytes
        respelled(b"\xa5\x01\x32", b"\xa6\x01\x32\x01\x32"),  # alg twice
        respelled(b"\xa5\x01\x32\x03", b"\xa5\x03\x01\x32"),  # not sorted, and no map any more
        respelled(b"\xa5\x01", b"\xbf\x01") + b"",  # indefinite, never ended
        respelled(b"\x64seen\x82\x03", b"\x64seen\x82\x18\x03"),
        respelled(b"\x64seen\x82\x03", b"\x64seen\x82\xf9\x42\x00"),  # 3.0
        respelled(b"\x64seen\x82\x03", b"\x64seen\x82\xf5"),  # true
        respelled(b"\x64seen\x82\x03", b"\x64seen\x82\x1b\x00\x20\x00\x00\x00\x00\x00\x01"),  # 2^53 + 1
        respelled(b"\x64seen\x82", b"\x64seen\x9f"),
        respelled(b"\x65event", b"\x78\x05event"),
        respelled(b"nr.lhasa\x02", b"nr.lhas\xff\x02"),  # not UTF-8
        signed(protected=PROTECTED + b"\x00"),
        signed(protected=cbor2.dumps(dict(reversed(HEADERS.items())))),
    ],
)  # fmt: skip
def test_another_spelling_of_the_header_is_refused_even_if_it_is_what_was_signed(raw):
    assert fault(raw) == ("schema_invalid", "protected")


@pytest.mark.parametrize(
    "raw",
    [
        b"\xd8\x12" + signed()[1:],  # the tag in two bytes
        signed().replace(b"\x44avro\x58\x40", b"\x58\x04avro\x58\x40"),
        signed().replace(b"\x44avro\x58\x40", b"\x5f\x44avro\xff\x58\x40"),
        signed().replace(b"\xd2\x84", b"\xd2\x98\x04"),
        signed().replace(b"\xd2\x84", b"\xd2\x9f") + b"\xff",
        signed().replace(b"\xa0\x44avro", b"\xbf\xff\x44avro"),
    ],
)
def test_another_spelling_of_the_envelope_is_refused(raw):
    assert fault(raw) == ("schema_invalid", "statement")


P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
# The y of the eight points of small order, as published for other implementations; see test_keys.py, which checks them.
TORSION = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]


def with_signature(r, s):
    raw = signed()
    return raw[:-64] + r + s


@pytest.mark.parametrize("sign_bit", [0, 0x80])
@pytest.mark.parametrize(
    "r", [*map(bytes.fromhex, TORSION), *[y.to_bytes(32, "little") for y in (P, P + 1, P + 2, 2**255 - 1)]]
)
def test_r_of_small_order_or_not_canonical_is_refused(r, sign_bit):
    r = r[:31] + bytes([r[31] | sign_bit])
    assert fault(with_signature(r, signed()[-32:])) == ("signature_invalid", "signature")


def test_s_not_below_the_order_is_refused():
    r, s = signed()[-64:-32], int.from_bytes(signed()[-32:], "little")
    same_point = (s + L).to_bytes(32, "little")  # [s]B = [s + L]B: a second signature from the first
    assert fault(with_signature(r, same_point)) == ("signature_invalid", "signature")
    assert fault(with_signature(r, L.to_bytes(32, "little"))) == ("signature_invalid", "signature")


def test_form_comes_before_signature():
    raw = signed(HEADERS | {15: TABLE | {"schema": b""}})
    assert fault(raw[:-32] + b"\xff" * 32) == ("schema_invalid", "schema")


@pytest.mark.parametrize("public", [SigningKey(bytes(32)).public, b"", bytes(32), b"\xff" * 32])
def test_another_key_does_not_verify(public):
    with pytest.raises(Refusal) as refused:
        statement.check_signature(statement.decode(signed()), public)
    assert (refused.value.code, refused.value.field) == ("signature_invalid", "signature")


def test_a_key_that_the_kid_does_not_name_does_not_verify_even_if_it_signed():
    read = statement.decode(signed(HEADERS | {4: bytes(32)}))
    with pytest.raises(Refusal) as refused:
        statement.check_signature(read, KEY.public)
    assert refused.value.code == "signature_invalid"


@pytest.mark.parametrize(
    ("claims", "payload", "field"),
    [
        (replace(CLAIMS, iss=""), b"avro", "iss"),
        (replace(CLAIMS, officer="\ud800"), b"avro", "officer"),  # JSON can hold half a character
        (replace(CLAIMS, seen=(2**53 + 1, bytes(32))), b"avro", "seen"),
        (replace(CLAIMS, iat=2**64), b"avro", "iat"),
        (replace(CLAIMS, occurred_on=datetime(2026, 2, 10)), b"avro", "occurred_on"),  # noqa: DTZ001
        (CLAIMS, b"", "payload"),
    ],
)
def test_what_would_be_refused_is_never_signed(claims, payload, field):
    class Unused:
        kid = KEY.kid

        def sign(self, data):
            raise AssertionError("the key was used")

    with pytest.raises(Refusal) as refused:
        statement.sign(claims, payload, Unused())
    assert (refused.value.code, refused.value.field) == ("schema_invalid", field)


def test_a_statement_too_large_to_send_is_not_handed_out():
    with pytest.raises(Refusal) as refused:
        statement.sign(CLAIMS, bytes(60_000), KEY)
    assert refused.value.code == "too_large"


def test_the_library_alone_would_have_sorted_keys_another_way():
    """Why the codec is our own: RFC 8949 §4.2.1 orders keys by their bytes (18 18 before 20), not by length first."""
    assert cbor.encode({-1: 0, 24: 0}) == bytes.fromhex("a2 1818 00 20 00")
    assert cbor2.dumps({-1: 0, 24: 0}, canonical=True) == bytes.fromhex("a2 20 00 1818 00")


def test_a_signature_over_other_bytes_with_the_same_header_does_not_verify():
    read = statement.decode(envelope(PROTECTED, {}, b"arvo", SIGNATURE))
    assert not cose.signed_by(KEY.public, read)
    assert ed25519.well_formed_signature(SIGNATURE)
