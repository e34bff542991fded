"""Whatever is written is read back, whatever is read is written the same, and a strange byte string never gets in."""

from collections.abc import Mapping
from datetime import UTC, date

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusal import Refusal
from events import cbor, opening, statement
from events.keys import SigningKey, check_possession, new_cti, prove_possession

integers = st.integers(-cbor.INTEGER_MAX, cbor.INTEGER_MAX)
scalars = st.one_of(integers, st.binary(max_size=300), st.text(max_size=100), st.none())
keys = st.one_of(integers, st.binary(max_size=30), st.text(max_size=30))


def containers(inner):
    return st.one_of(
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(keys, inner, max_size=5),
        inner.map(cbor.Tagged),
    )


one = st.one_of(scalars, containers(scalars))
values = st.one_of(one, containers(one), containers(containers(scalars)))  # up to three levels

hashes = st.binary(min_size=32, max_size=32)
versions = st.integers(1, cbor.INTEGER_MAX)
ctis = st.builds(new_cti, st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
# Han, ASCII and brackets: NFC as they are, and without marks that cannot be seen.
texts = st.text(st.sampled_from("nr.lhasa/1拉自然资执〔2025〕81号 é"), min_size=1, max_size=200)
claims = st.builds(
    statement.Claims,
    iss=texts,
    sub=texts,
    cti=ctis,
    officer=texts,
    event=texts,
    schema=hashes,
    occurred_on=st.dates(min_value=date(1, 1, 1)),
    seen=st.one_of(st.just((0, b"")), st.tuples(versions, hashes)),
    ledger=texts,
    after=st.lists(st.binary(min_size=16, max_size=16), max_size=5).map(tuple),
    on_behalf_of=st.none() | texts,
    iat=st.none() | st.integers(0, cbor.INTEGER_MAX),
)
signers = st.binary(min_size=32, max_size=32).map(SigningKey)
payloads = st.binary(min_size=1, max_size=500)


def ours(value):
    """What cbor2, another implementation, read, in our types."""
    if isinstance(value, cbor2.CBORTag):
        return cbor.Tagged(ours(value.value))
    if isinstance(value, Mapping):
        return {key: ours(inner) for key, inner in value.items()}
    return tuple(map(ours, value)) if isinstance(value, list | tuple) else value


@given(values)
def test_a_value_is_read_back_by_us_and_by_another_implementation(value):
    raw = cbor.encode(value)
    assert cbor.decode(raw) == value
    assert ours(cbor2.loads(raw)) == value


@given(
    st.one_of(st.binary(max_size=40), values.map(cbor.encode)), st.integers(0, 10_000), st.integers(0, 255)
)
def test_whatever_is_read_would_be_written_the_same(raw, place, byte):
    if raw:
        raw = raw[: place % len(raw)] + bytes([byte]) + raw[place % len(raw) + 1 :]
    try:
        value = cbor.decode(raw)
    except ValueError:
        return
    assert cbor.encode(value) == raw


loose = st.recursive(st.floats() | st.booleans() | st.datetimes(timezones=st.just(UTC)), st.lists)


@given(st.lists(st.one_of(values.map(cbor.encode), loose.map(cbor2.dumps)), max_size=10))
def test_a_sequence_is_cut_where_its_items_meet(items):
    assert list(cbor.split_sequence(b"".join(items))) == items


@given(st.binary(max_size=60))
def test_any_bytes_are_cut_into_themselves_or_refused(data):
    found: list[bytes] = []
    try:
        found.extend(cbor.split_sequence(data))
    except ValueError:
        return
    assert b"".join(found) == data


@given(claims, payloads, signers)
def test_a_signed_statement_is_read_back_and_verifies(said, payload, key):
    raw = statement.sign(said, payload, key)
    read = statement.decode(raw)
    assert (read.claims, read.payload, read.kid, read.raw) == (said, payload, key.kid, raw)
    statement.check_signature(read, key.public)
    assert statement.sign(read.claims, read.payload, key) == raw


@given(claims, payloads, signers, st.data())
def test_an_altered_statement_is_refused(said, payload, key, data):
    raw = statement.sign(said, payload, key)
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, min(len(raw), start + 40)))
    altered = raw[:start] + data.draw(st.binary(max_size=40)) + raw[end:]
    if altered == raw:
        return
    with pytest.raises(Refusal):
        statement.check_signature(statement.decode(altered), key.public)


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused_by_name_and_never_crash(raw):
    with pytest.raises(Refusal) as refused:
        statement.decode(raw)
    assert refused.value.code == "schema_invalid"
    assert refused.value.field


@given(hashes, texts, versions, hashes, hashes)
def test_an_opening_is_read_back(rho, stream, version, prev, digest):
    prev = prev if version > 1 else b""
    raw = opening.opening(rho, stream, version, prev, digest)
    assert opening.read_opening(raw) == opening.Opening(rho, stream, version, prev, digest)


@given(st.integers(0, cbor.INTEGER_MAX), st.integers(0, cbor.INTEGER_MAX), hashes)
def test_a_leaf_is_read_back(index, received_at_ms, commitment):
    raw = opening.leaf(index, received_at_ms, commitment)
    assert opening.read_leaf(raw) == opening.Leaf(index, received_at_ms, commitment)


@given(
    st.sampled_from(
        [
            opening.leaf(7, 1_700_000_000_000, bytes(32)),
            opening.opening(bytes(32), "case/甲", 2, bytes(32), bytes(32)),
        ]
    ),
    st.integers(0, 10_000),
    st.binary(max_size=3),
)
def test_whatever_is_read_as_a_leaf_or_an_opening_would_be_written_the_same(raw, place, piece):
    place %= len(raw)
    raw = raw[:place] + piece + raw[place + 1 :]
    try:
        leaf = opening.read_leaf(raw)
        assert opening.leaf(leaf.index, leaf.received_at_ms, leaf.commitment) == raw
    except ValueError:
        pass
    try:
        opened = opening.read_opening(raw)
        assert (
            opening.opening(opened.rho, opened.stream, opened.version, opened.prev, opened.statement_digest)
            == raw
        )
    except ValueError:
        pass


@given(signers, texts, texts)
def test_a_proof_of_possession_holds(key, ledger, iss):
    check_possession(prove_possession(key, ledger, iss), ledger, iss, key.public)
