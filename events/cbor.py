"""Deterministic CBOR, read and written in one spelling only. Sources: RFC 8949 §4.2.1 and Appendix C; RFC 8742.

Only what statements and leaves are made of: integers up to 2^53, byte and text strings, arrays, maps, null, tag 18.
A general library is no help here: it sorts map keys length first (RFC 8949 §4.2.3, another order), takes several
spellings for one value, and builds dates, big numbers and regular expressions from a stranger's tags before anything
could refuse them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, TypeAlias

COSE_SIGN1_TAG = 18
INTEGER_MAX = 2**53
"""Beyond it JavaScript, which signs in the browser, no longer counts exactly."""
DEPTH_MAX = 4
SEQUENCE_ITEM_MAX = 1 << 20
"""Far above any statement: an item that is merely too large is refused alone, and the file is read on."""

_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG, _SIMPLE = range(8)
_NULL = 22
_INDEFINITE = 31
_READ_SIZE = 1 << 16

Key: TypeAlias = int | bytes | str
Value: TypeAlias = "int | bytes | str | tuple[Value, ...] | dict[Key, Value] | Tagged | None"


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value under tag 18 (COSE_Sign1), the only tag there is here."""

    value: Value


def encode(value: object) -> bytes:
    """The one encoding of `value`. ValueError where `decode` would not take it back, TypeError for other types."""
    match value:
        case str():
            return text(value)
        case bytes():
            return _head(_BYTES, len(value)) + value
        case bool():  # an int to Python, and no value of ours
            raise TypeError("a truth value has no place here")
        case int():
            if abs(value) > INTEGER_MAX:
                raise ValueError("integer out of range")
            return _head(_UNSIGNED, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
        case list() | tuple():
            return _head(_ARRAY, len(value)) + b"".join(map(encode, value))
        case Mapping():
            if not all(isinstance(key, int | bytes | str) for key in value):
                raise TypeError("a map's key is an integer or a string")
            pairs = sorted((encode(key), encode(inner)) for key, inner in value.items())
            return _head(_MAP, len(pairs)) + b"".join(key + inner for key, inner in pairs)
        case Tagged():
            return _head(_TAG, COSE_SIGN1_TAG) + encode(value.value)
        case None:
            return bytes([_SIMPLE << 5 | _NULL])
        case _:
            raise TypeError(f"{type(value).__name__} has no place here")


def decode(raw: bytes, max_depth: int = DEPTH_MAX) -> Value:
    """The value whose `encode` is exactly `raw`. ValueError with a short reason for anything else.

    `max_depth` counts arrays, maps and tags inside one another, and so bounds the recursion too.
    """
    value, end = _item(raw, 0, max_depth)
    if end != len(raw):
        raise ValueError("trailing bytes")
    return value


def _item(raw: bytes, at: int, depth: int) -> tuple[Value, int]:
    major, argument, at = _strict_head(raw, at)
    if major <= _NEGATIVE:
        if argument + major > INTEGER_MAX:  # the magnitude of -1-n is n+1
            raise ValueError("integer out of range")
        return (argument if major == _UNSIGNED else -1 - argument), at
    if major <= _TEXT:
        end = at + argument
        if end > len(raw):
            raise ValueError("truncated")
        return (raw[at:end] if major == _BYTES else _text(raw[at:end])), end
    if major == _SIMPLE:
        if argument != _NULL:
            raise ValueError("float or simple value")
        return None, at
    if depth < 1:
        raise ValueError("nested too deeply")
    if major == _ARRAY:
        return _array(raw, at, argument, depth - 1)
    if major == _MAP:
        return _map(raw, at, argument, depth - 1)
    if argument != COSE_SIGN1_TAG:
        raise ValueError("unknown tag")
    inner, at = _item(raw, at, depth - 1)
    return Tagged(inner), at


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ValueError("text is not UTF-8") from None


def _array(raw: bytes, at: int, length: int, depth: int) -> tuple[Value, int]:
    items: list[Value] = []
    for _ in range(length):  # a length that the bytes do not hold ends at the first item that is missing
        item, at = _item(raw, at, depth)
        items.append(item)
    return tuple(items), at


def _map(raw: bytes, at: int, length: int, depth: int) -> tuple[Value, int]:
    pairs: dict[Key, Value] = {}
    previous = b""
    for _ in range(length):
        start = at
        key, at = _item(raw, at, 0)
        if not isinstance(key, int | bytes | str):
            raise ValueError("a map's key is an integer or a string")  # noqa: TRY004  decode has one error
        spelled = raw[start:at]
        if spelled <= previous:
            raise ValueError("map keys unsorted or repeated")
        previous = spelled
        pairs[key], at = _item(raw, at, depth)
    return pairs, at


def _strict_head(raw: bytes, at: int) -> tuple[int, int, int]:
    """Major type, argument and the offset behind them; the argument in the fewest bytes only."""
    if at >= len(raw):
        raise ValueError("truncated")
    major, short = divmod(raw[at], 32)
    at += 1
    if short < 24:
        return major, short, at
    if short == _INDEFINITE:
        raise ValueError("indefinite length")
    if short > 27:
        raise ValueError("reserved head")
    if major == _SIMPLE:
        raise ValueError("float or simple value")
    width = 1 << (short - 24)
    if at + width > len(raw):
        raise ValueError("truncated")
    argument = int.from_bytes(raw[at : at + width])
    # A wider argument must not fit the next narrower width; one byte must not fit the head itself.
    if argument < (24 if width == 1 else 1 << (4 * width)):
        raise ValueError("not the shortest form")
    return major, argument, at + width


def _head(major: int, argument: int) -> bytes:
    first = major << 5
    if argument < 24:
        return _BYTE[first | argument]
    if argument < 1 << 8:
        return _BYTE[first | 24] + _BYTE[argument]
    if argument < 1 << 16:
        return _BYTE[first | 25] + argument.to_bytes(2)
    if argument < 1 << 32:
        return _BYTE[first | 26] + argument.to_bytes(4)
    return _BYTE[first | 27] + argument.to_bytes(8)


_BYTE = tuple(bytes([value]) for value in range(1 << 8))


def unsigned(value: int) -> bytes:
    """`encode` of a number that is known to be within 0 and INTEGER_MAX: there are several in each act."""
    return _head(_UNSIGNED, value)


def text(value: str) -> bytes:
    """`encode` of a text."""
    raw = value.encode()
    return _head(_TEXT, len(raw)) + raw


def bytes_head(value: bytes) -> bytes:
    """What stands before a byte string."""
    return _head(_BYTES, len(value))


def split_sequence(data: bytes) -> Iterator[bytes]:
    """The items of a CBOR sequence (RFC 8742), each in its exact bytes. ValueError names the offset of a broken tail.

    Any well-formed item passes, deterministic or not: that is a fault of one statement, not of the whole file.
    """
    return read_sequence(BytesIO(data), max_item=max(len(data), 1))


def read_sequence(file: BinaryIO, max_item: int = SEQUENCE_ITEM_MAX) -> Iterator[bytes]:
    """Like `split_sequence`, from a file in bounded memory. An item above `max_item` bytes is a ValueError."""
    buffer, at = b"", 0
    base = 0  # offset in the file of the buffer's first byte
    while True:
        try:
            while at < len(buffer):
                end = _well_formed_end(buffer, at)
                if end - at > max_item:
                    raise ValueError(f"item above {max_item} bytes")
                yield buffer[at:end]
                at = end
        except EOFError:
            if len(buffer) - at > max_item:
                raise ValueError(f"offset {base + at}: item above {max_item} bytes") from None
        except ValueError as fault:
            raise ValueError(f"offset {base + at}: {fault}") from None
        buffer, base, at = buffer[at:], base + at, 0
        # Doubling, so that an item that arrives in pieces is not scanned a quadratic number of times.
        more = file.read(max(len(buffer), _READ_SIZE))
        if not more:
            break
        buffer += more
    if buffer:
        raise ValueError(f"offset {base}: truncated")


def _well_formed_end(buffer: bytes, at: int) -> int:
    """The offset behind the well-formed item at `at`. EOFError when more bytes are needed, ValueError otherwise.

    A list instead of recursion: the nesting is the sender's to choose.
    """
    levels = [1]  # items still to come in each open array, map or tag; or a mark below zero
    while levels:
        if levels[-1] == 0:
            levels.pop()
            continue
        major, argument, at = _any_head(buffer, at)
        if argument is None and major == _SIMPLE:  # the end mark of an indefinite length
            if levels.pop() not in (_OPEN_ARRAY, _OPEN_MAP):
                raise ValueError("end mark out of place")
            continue
        levels[-1] = _AFTER.get(levels[-1], levels[-1] - 1)
        if major in (_BYTES, _TEXT):
            at = _string_end(buffer, at, major, argument)
        elif argument is None:
            levels.append(_OPEN_ARRAY if major == _ARRAY else _OPEN_MAP)
        elif major in (_ARRAY, _MAP, _TAG):
            levels.append({_ARRAY: argument, _MAP: 2 * argument, _TAG: 1}[major])
    return at


_OPEN_ARRAY, _OPEN_MAP, _OPEN_PAIR = -1, -2, -3
_AFTER = {_OPEN_ARRAY: _OPEN_ARRAY, _OPEN_MAP: _OPEN_PAIR, _OPEN_PAIR: _OPEN_MAP}


def _string_end(buffer: bytes, at: int, major: int, length: int | None) -> int:
    if length is not None:
        if at + length > len(buffer):
            raise EOFError
        return at + length
    while True:
        piece, length, at = _any_head(buffer, at)
        if piece == _SIMPLE and length is None:
            return at
        if piece != major or length is None:
            raise ValueError("piece of another type in a string")
        at = _string_end(buffer, at, major, length)


def _any_head(buffer: bytes, at: int) -> tuple[int, int | None, int]:
    """Major type, argument (None for an indefinite length or its end mark) and the offset behind them."""
    if at >= len(buffer):
        raise EOFError
    major, short = divmod(buffer[at], 32)
    at += 1
    if short < 24:
        return major, short, at
    if short == _INDEFINITE and major not in (_UNSIGNED, _NEGATIVE, _TAG):
        return major, None, at
    if short > 27:
        raise ValueError("reserved head")
    width = 1 << (short - 24)
    if at + width > len(buffer):
        raise EOFError
    argument = int.from_bytes(buffer[at : at + width])
    if major == _SIMPLE and width == 1 and argument < 32:
        raise ValueError("simple value in two bytes")
    return major, argument, at + width
