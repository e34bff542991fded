"""The opening, its commitment and the leaf: their bytes, counted by hand, and what is not taken for one."""

import hashlib
from dataclasses import FrozenInstanceError

import pytest

from events.opening import Leaf, Opening, commitment, leaf, leaf_hash, opening, read_leaf, read_opening

RHO, PREV, DIGEST = b"\x01" * 32, b"\x02" * 32, b"\x03" * 32

# 86 array of 6; 01 format; 58 20 bytes of 32; 66 text of 6 bytes; 02 version; 58 20 prev; 58 20 digest.
SECOND = b"\x86\x01\x58\x20" + RHO + b"\x66case/a\x02\x58\x20" + PREV + b"\x58\x20" + DIGEST
# At version 1 prev is 40, no bytes.
FIRST = b"\x86\x01\x58\x20" + RHO + b"\x66case/a\x01\x40\x58\x20" + DIGEST
# 84 array of 4; 01 format; 07 index; 1b eight bytes of milliseconds: 0x018bcfe56800 = 1,700,000,000,000; 58 20 C.
LEAF = b"\x84\x01\x07\x1b\x00\x00\x01\x8b\xcf\xe5\x68\x00\x58\x20" + PREV


def test_an_opening_has_the_bytes_that_its_format_says():
    assert opening(RHO, "case/a", 2, PREV, DIGEST) == SECOND
    assert opening(RHO, "case/a", 1, b"", DIGEST) == FIRST


def test_a_leaf_has_the_bytes_that_its_format_says():
    assert leaf(7, 1_700_000_000_000, PREV) == LEAF


def test_they_are_read_back_as_frozen_values():
    assert read_opening(SECOND) == Opening(RHO, "case/a", 2, PREV, DIGEST)
    assert read_opening(FIRST) == Opening(RHO, "case/a", 1, b"", DIGEST)
    assert read_leaf(LEAF) == Leaf(7, 1_700_000_000_000, PREV)
    with pytest.raises(FrozenInstanceError):
        read_leaf(LEAF).index = 8  # type: ignore[misc]


def test_the_commitment_and_the_leaf_hash_are_plain_sha_256():
    assert commitment(FIRST) == hashlib.sha256(FIRST).digest()
    assert leaf_hash(LEAF) == hashlib.sha256(b"\x00" + LEAF).digest()
    # RFC 6962 §2.1: the hash of a leaf without bytes is SHA-256 of one zero byte.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        LEAF,
        SECOND + b"\x00",
        b"\x86\x02" + SECOND[2:],  # another format
        b"\x87" + SECOND[1:] + b"\x00",
        SECOND.replace(b"\x66case/a\x02", b"\x66case/a\x18\x02"),  # not the shortest form
        SECOND.replace(b"\x66case/a\x02", b"\x66case/a\x01"),  # a predecessor at version 1
        FIRST.replace(b"\x66case/a\x01", b"\x66case/a\x02"),  # none at version 2
        FIRST.replace(b"\x66case/a\x01", b"\x66case/a\x00"),
        SECOND.replace(b"\x66case/a\x02", b"\x66case/a\x00"),
        FIRST.replace(b"\x66case/a\x01", b"\x66case/a\x20"),  # version -1
        FIRST.replace(b"\x66case/a", b"\x60"),
        FIRST.replace(b"\x66case/a", b"\x46case/a"),  # bytes for text
        FIRST.replace(b"\x66case/a", b"\x78\xc9" + b"a" * 201),
        b"\x86\x01\x57" + RHO[:23] + FIRST[36:],  # a short rho
        FIRST.replace(b"\x58\x20" + DIGEST, b"\x57" + DIGEST[:23]),
    ],
)
def test_nothing_else_is_an_opening(raw):
    with pytest.raises(ValueError, match=r"."):
        read_opening(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        FIRST,
        LEAF + b"\x00",
        b"\x84\x02" + LEAF[2:],
        b"\x84\x01\x20" + LEAF[3:],  # index -1
        b"\x84\x01\x07\x20\x58\x20" + PREV,  # before 1970
        b"\x84\x01\x07\x1b\x00\x20\x00\x00\x00\x00\x00\x01\x58\x20" + PREV,  # above 2^53
        LEAF[:-33] + b"\x1f" + PREV[:31],
        LEAF.replace(b"\x58\x20", b"\x78\x20"),  # text for bytes
    ],
)
def test_nothing_else_is_a_leaf(raw):
    with pytest.raises(ValueError, match=r"."):
        read_leaf(raw)


@pytest.mark.parametrize(
    "make",
    [
        lambda: opening(RHO[:31], "case/a", 1, b"", DIGEST),
        lambda: opening(RHO, "", 1, b"", DIGEST),
        lambda: opening(RHO, "a" * 201, 1, b"", DIGEST),
        lambda: opening(RHO, "case/a", 0, b"", DIGEST),
        lambda: opening(RHO, "case/a", 0, PREV, DIGEST),
        lambda: opening(RHO, "case/a", 1, PREV, DIGEST),
        lambda: opening(RHO, "case/a", 2, b"", DIGEST),
        lambda: opening(RHO, "case/a", 1, b"", DIGEST + b"\x00"),
        lambda: opening(RHO, "case/a", 2**53 + 1, PREV, DIGEST),
        lambda: leaf(-1, 0, PREV),
        lambda: leaf(0, -1, PREV),
        lambda: leaf(0, 2**53 + 1, PREV),
        lambda: leaf(0, 0, b""),
    ],
)
def test_what_would_not_be_read_is_not_written(make):
    with pytest.raises(ValueError, match=r"."):
        make()
