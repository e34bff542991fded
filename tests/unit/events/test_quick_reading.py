"""The quick ways of reading take nothing that the strict ones would not, and read it to the same."""

import io
import random
import subprocess
import sys
from dataclasses import replace

import fastavro
import pytest

from domain.acts import EVENTS
from domain.forms import build
from domain.refusal import Refusal
from events import cbor, schemas, statement
from tests.hardness import decoders
from tests.unit.events.test_statement import CLAIMS, FULL, KEY

RAW = statement.sign(replace(CLAIMS, on_behalf_of="court.chengguan"), b"payload" * 20, KEY)
PAYLOADS = decoders._payloads()


def spelled_again(read: statement.Statement) -> bytes:
    """The statement by its values alone, in their one spelling."""
    claims = read.claims
    table: dict[int | str, object] = {
        1: claims.iss, 2: claims.sub, 7: claims.cti, "officer": claims.officer, "event": claims.event,
        "schema": claims.schema, "occurred_on": claims.occurred_on.isoformat(), "seen": claims.seen,
        "ledger": claims.ledger, "for": claims.on_behalf_of, 6: claims.iat, "after": claims.after or None,
    }  # fmt: skip
    headers = {
        1: read.alg, 3: statement.CONTENT_TYPE, 4: read.kid, 16: statement.TYP,
        15: {label: value for label, value in table.items() if value is not None},
    }  # fmt: skip
    return cbor.encode(cbor.Tagged((cbor.encode(headers), {}, read.payload, read.signature)))


def disturbed(chance: random.Random, raw: bytes) -> bytes:
    """A byte changed a little, put in, taken out or repeated, in the first part, where the lengths and labels are."""
    at = chance.randrange(min(len(raw), 420))
    some = bytes([chance.choice((0, 0x18, 0x19, 0x58, 0x78, 0x79, 0xA9, 0xAA, 0xAB, chance.randrange(256)))])
    return chance.choice(
        (
            raw[:at] + bytes([(raw[at] + chance.choice((-1, 1))) % 256]) + raw[at + 1 :],
            raw[:at] + some + raw[at:],
            raw[:at] + some + raw[at + 1 :],
            raw[:at] + raw[at + 1 :],
        )
    )


@pytest.mark.parametrize("raw", [RAW, statement.sign(CLAIMS, b"p", KEY), statement.sign(FULL, b"p", KEY)])
def test_whatever_is_read_is_in_its_one_spelling(raw):
    chance = random.Random(4)
    taken = 0
    assert spelled_again(statement.decode(raw)) == raw
    for _ in range(6_000):
        changed = disturbed(chance, raw)
        if chance.random() < 0.3:
            changed = disturbed(chance, changed)
        try:
            read = statement.decode(changed)
        except Refusal:
            continue
        taken += 1
        assert spelled_again(read) == changed
    assert taken > 100


def longer(head: bytes) -> bytes:
    """The same head of a CBOR item in more bytes than it needs."""
    if len(head) == 1:
        return bytes([head[0] & 0xE0 | 24, head[0] & 31])
    return bytes([head[0] + 1, 0, head[1]])


@pytest.mark.parametrize(
    ("part", "head"),
    [
        (b"payload" * 20, b"\x58\x8c"), (b"nr.lhasa", b"\x68"), (CLAIMS.sub.encode(), bytes([0x78, len(CLAIMS.sub.encode())])),
        (b"\x22" * 32, b"\x58\x20"), (b"court.chengguan", b"\x6f"), (b"seen", b"\x64"), (CLAIMS.cti, b"\x50"),
    ],
)  # fmt: skip
def test_a_length_in_more_bytes_than_it_needs_is_refused(part, head):
    read = statement.decode(RAW)
    protected, payload = read.protected, read.payload
    if part == payload:
        raw = RAW.replace(head + part, longer(head) + part)
    else:
        assert head + part in protected
        changed = protected.replace(head + part, longer(head) + part, 1)
        raw = cbor.encode(cbor.Tagged((changed, {}, payload, read.signature)))
    assert raw != RAW
    with pytest.raises(Refusal, match="CBOR"):
        statement.decode(raw)


@pytest.mark.parametrize("number", [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**53])
def test_any_version_can_have_been_seen(number):
    claims = replace(CLAIMS, seen=(number, b"\5" * 32 if number else b""))
    assert statement.decode(statement.sign(claims, b"p", KEY)).claims == claims


@pytest.mark.parametrize("length", [1, 23, 24, 200])
def test_texts_of_any_length_are_read(length):
    claims = replace(CLAIMS, officer="联" * length, iss="a" * length)
    assert statement.decode(statement.sign(claims, b"p" * length, KEY)).claims == claims


def test_a_length_of_avro_in_more_bytes_than_it_needs_is_refused():
    event = build(EVENTS["CaseClosed"].cls, {"reason": "执行完毕", "note": "无"})
    fingerprint, payload = schemas.encode(event)
    at = payload.index("执".encode()) - 1
    with pytest.raises(Refusal, match="不规范"):
        schemas.decode(
            "CaseClosed", fingerprint, payload[:at] + bytes([payload[at] | 128, 0]) + payload[at + 1 :]
        )


def by_library(name: str, payload: bytes) -> object:
    """The act, or the refusal, as the library and `build` alone make it."""
    kind = EVENTS[name]
    schema = fastavro.parse_schema(schemas.schema_of(kind.cls))
    try:
        record = fastavro.schemaless_reader(io.BytesIO(payload), schema, None)
        out = io.BytesIO()
        fastavro.schemaless_writer(out, schema, record, strict=True)
        if out.getvalue() != payload:
            return "schema_invalid"
        return build(kind.cls, schemas._data_of(record))
    except Refusal as refusal:
        return refusal.code, refusal.message, refusal.field
    except Exception:  # noqa: BLE001 - fastavro raises whatever the bytes lead it into
        return "schema_invalid"


@pytest.mark.parametrize("spelled", PAYLOADS, ids=lambda p: p.partition(b"\n")[0].decode())
def test_an_act_is_what_the_library_reads(spelled):
    name, _, payload = spelled.partition(b"\n")
    name = name.decode()
    fingerprint = schemas.fingerprint(schemas.schema_of(EVENTS[name].cls))
    chance = random.Random(name)
    for turn in range(60):
        changed = payload if turn == 0 else disturbed(chance, payload)
        expected = by_library(name, changed)
        found = decoded(name, fingerprint, changed)
        if expected == "schema_invalid":
            assert isinstance(found, tuple)
            assert found[0] == expected
        else:
            assert found == expected


def decoded(name: str, fingerprint: bytes, payload: bytes) -> object:
    try:
        return schemas.decode(name, fingerprint, payload)
    except Refusal as refusal:
        return refusal.code, refusal.message, refusal.field


def look_alike(times: int) -> bytes:
    """Bytes in which each part of a statement's layout begins over and over and never comes to its end."""
    protected = statement._BEFORE_KID + b"K" * 32 + b"\x0f\xa9\x01a" + b"\x02a" * times
    protected += (b"\x07\x50" + b"c" * 16 + b"\x64seen\x82\x00\x40\x65eventa") * times
    protected += b"\x66ledgera" * times + (b"\x66schema\x58\x20" + b"s" * 32 + b"\x67officera") * times
    signature = statement.decode(RAW).signature
    return b"\xd2\x84\x59" + len(protected).to_bytes(2) + protected + b"\xa0\x41p\x58\x40" + signature


def test_bytes_that_look_like_many_layouts_are_looked_through_once():
    """Looked through for each of their beginnings, this many would take until the end of the world, before any
    signature has been checked: hence in a process that can be ended."""
    raw = look_alike(600)
    assert 50_000 < len(raw) < statement.STATEMENT_MAX
    code = "import sys; from events import statement; statement.decode(sys.stdin.buffer.read())"
    ended = subprocess.run([sys.executable, "-c", code], input=raw, capture_output=True, timeout=120)
    assert b"schema_invalid" in ended.stderr or b"Refusal" in ended.stderr
