"""One spelling for each value, and files of many items. Encodings are those of RFC 8949 appendix A where it has one."""

import io

import pytest

from events.cbor import INTEGER_MAX, Tagged, decode, encode, read_sequence, split_sequence

KNOWN = [
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (255, "18ff"),
    (256, "190100"),
    (65_535, "19ffff"),
    (65_536, "1a00010000"),
    (4_294_967_295, "1affffffff"),
    (4_294_967_296, "1b0000000100000000"),
    (2**53, "1b0020000000000000"),
    (-1, "20"),
    (-24, "37"),
    (-25, "3818"),
    (-1000, "3903e7"),
    (-(2**53), "3b001fffffffffffff"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("水", "63e6b0b4"),
    ("\U00010151", "64f0908591"),
    ((), "80"),
    ((1, (2, 3), (4, 5)), "8301820203820405"),
    ({}, "a0"),
    ({"a": 1, "b": (2, 3)}, "a26161016162820203"),
    # RFC 8949 §4.2.1 orders 10, 100, -1, "z", "aa" so: by the bytes of the encoded key.
    ({"aa": 5, "z": 4, -1: 3, 100: 2, 10: 1}, "a50a011864022003617a0462616105"),
    (None, "f6"),
    (Tagged((1,)), "d28101"),
]


@pytest.mark.parametrize(("value", "encoded"), KNOWN)
def test_values_have_their_known_encodings(value, encoded):
    assert encode(value).hex() == encoded
    assert decode(bytes.fromhex(encoded)) == value


@pytest.mark.parametrize(
    ("encoded", "reason"),
    [
        ("", "truncated"),
        ("1800", "shortest"), ("1817", "shortest"), ("1900ff", "shortest"), ("1a0000ffff", "shortest"),
        ("1b00000000ffffffff", "shortest"), ("3817", "shortest"), ("580100", "shortest"), ("780161", "shortest"),
        ("980100", "shortest"), ("b8010000", "shortest"), ("d81200", "shortest"),
        ("1b0020000000000001", "range"), ("3b0020000000000000", "range"), ("1bffffffffffffffff", "range"),
        ("3bffffffffffffffff", "range"),
        ("5f4101ff", "indefinite"), ("7f6161ff", "indefinite"), ("9fff", "indefinite"), ("bfff", "indefinite"),
        ("ff", "indefinite"), ("1f", "indefinite"),
        ("1c", "reserved"), ("fd", "reserved"), ("fe", "reserved"), ("5e", "reserved"),
        ("f4", "simple"), ("f5", "simple"), ("f7", "simple"), ("e0", "simple"), ("f820", "simple"),
        ("f90000", "float"), ("fa7fc00000", "float"), ("fb3ff0000000000000", "float"),
        ("c000", "tag"), ("c100", "tag"), ("c249010000000000000000", "tag"), ("c4820000", "tag"),
        ("c5820000", "tag"), ("d82360", "tag"), ("d9d9f700", "tag"), ("d36161", "tag"),
        ("a201000100", "keys"), ("a202000100", "keys"), ("a22000181800", "keys"), ("a2616200616100", "keys"),
        ("a1f600", "key"), ("a18000", "deep"), ("a1d20000", "deep"),
        ("0000", "trailing"), ("8000", "trailing"),
        ("62c328", "UTF-8"), ("63eda080", "UTF-8"), ("62c080", "UTF-8"),
        ("18", "truncated"), ("1900", "truncated"), ("4201", "truncated"), ("6261", "truncated"), ("81", "truncated"),
        ("a1", "truncated"), ("a101", "truncated"), ("d2", "truncated"), ("9bffffffffffffffff", "truncated"),
        ("bbffffffffffffffff", "truncated"), ("5bffffffffffffffff", "truncated"), ("7bffffffffffffffff", "truncated"),
        ("818181818100", "deep"), ("d281d281d200", "deep"),
    ],
)  # fmt: skip
def test_another_spelling_or_kind_of_value_is_refused(encoded, reason):
    with pytest.raises(ValueError, match=reason):
        decode(bytes.fromhex(encoded))


def test_depth_counts_arrays_maps_and_tags():
    assert decode(bytes.fromhex("d281a1018101")) == Tagged(({1: (1,)},))  # tag, array, map, array
    with pytest.raises(ValueError, match="deep"):
        decode(bytes.fromhex("d281a1018101"), max_depth=3)
    assert decode(b"\x00", max_depth=0) == 0


@pytest.mark.parametrize("value", [INTEGER_MAX + 1, -INTEGER_MAX - 1, "\ud800", (1, {1: 2**60})])
def test_what_would_not_be_read_is_not_written(value):
    with pytest.raises(ValueError, match=r"."):
        encode(value)


@pytest.mark.parametrize("value", [True, 1.0, {1, 2}, object(), {None: 1}, {(1,): 1}, [{True: 1}]])
def test_other_types_are_not_written(value):
    with pytest.raises(TypeError):
        encode(value)


# Sequences (RFC 8742)

# Well-formed items, most of them in a spelling that `decode` refuses: a file is cut all the same.
ITEMS = [
    "00", "1800", "d2840000f600", "f6", "fb3ff0000000000000", "f820", "5f41004101ff", "7fff", "9f00ff", "bf0001ff",
    "9f9fbf009fffffffff", "a201000100", "c249010000000000000000", "9fbf0102ff5f40ff820102ff", "bf5f4101ff7f6161ffff",
    "8261619fff",
]  # fmt: skip


def test_a_sequence_is_cut_into_the_exact_bytes_of_its_items():
    items = [bytes.fromhex(item) for item in ITEMS]
    assert list(split_sequence(b"".join(items))) == items
    assert list(split_sequence(b"")) == []


@pytest.mark.parametrize("item", [item for item in ITEMS if len(item) > 2])
def test_a_cut_item_is_named_by_its_offset_after_those_before_it(item):
    raw = bytes.fromhex(item)
    for end in range(1, len(raw)):
        found = split_sequence(b"\x01\x02" + raw[:end])
        assert (next(found), next(found)) == (b"\x01", b"\x02")
        with pytest.raises(ValueError, match=r"^offset 2: truncated"):
            next(found)


@pytest.mark.parametrize(
    "broken",
    ["ff", "1c", "1f", "df00", "fc", "f800", "bf00ff", "5f00ff", "5f6100ff", "5f5f4100ffff", "81ff", "d2ff"],
)
def test_a_malformed_item_is_named_by_its_offset(broken):
    found = split_sequence(bytes.fromhex("4100" + broken) + bytes(20))
    assert next(found) == b"\x41\x00"
    with pytest.raises(ValueError, match=r"^offset 2: "):
        list(found)


@pytest.mark.parametrize("nested", [b"\x81", b"\x9f", b"\xbf\x00", b"\xd2"])
def test_hostile_nesting_is_cut_without_recursion(nested):
    closing = b"\xff" * 30_000 if nested in (b"\x9f", b"\xbf\x00") else b""
    item = nested * 30_000 + b"\x00" + closing
    assert list(split_sequence(item + b"\x01")) == [item, b"\x01"]


class Pipe(io.BytesIO):
    """Gives less than was asked for, as a pipe may, and remembers how much was asked for at most."""

    most = 0

    def __init__(self, data, piece):
        super().__init__(data)
        self.piece = piece

    def read(self, size=-1, /):
        self.most = max(self.most, size)
        return super().read(self.piece)


def test_a_file_is_read_as_it_comes():
    items = [bytes.fromhex(item) for item in ITEMS]
    assert list(read_sequence(Pipe(b"".join(items), piece=1))) == items


def test_a_long_file_is_read_in_bounded_memory():
    item = encode(bytes(700))
    file = Pipe(item * 3_000, piece=50_000)
    assert sum(1 for found in read_sequence(file) if found == item) == 3_000
    assert file.most <= 1 << 16


def test_an_item_above_the_bound_is_refused_by_its_offset_before_it_is_read_whole():
    small, endless = encode(bytes(10)), b"\x5b" + (2**40).to_bytes(8) + bytes(1_000_000)
    file = io.BytesIO(small + endless)
    found = read_sequence(file, max_item=1_000)
    assert next(found) == small
    with pytest.raises(ValueError, match=r"^offset 11: item above 1000 bytes"):
        next(found)
    assert file.tell() < 200_000
    with pytest.raises(ValueError, match=r"^offset 0: item above 10 bytes"):
        list(read_sequence(io.BytesIO(small), max_item=10))


def test_offsets_are_those_of_the_whole_file():
    items = [encode(bytes(60_000))] * 5
    found = split_sequence(b"".join(items) + b"\xff")
    assert [next(found) for _ in items] == items
    with pytest.raises(ValueError, match=rf"^offset {5 * len(items[0])}: "):
        next(found)
