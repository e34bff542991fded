"""An act from its bytes in one pass: the quick way for what is written as it should be, which is nearly everything.

Source: Avro 1.11 specification, "Binary Encoding". Whatever is out of the ordinary, be it a longer spelling of a
number or a value that its field does not take, is `Unsure`: then the library reads it, and says what is wrong with
it. So nothing is refused here, and nothing is taken here that would not be taken there.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from domain.forms import FieldType, fields_of, read_string
from domain.refusal import Refusal
from domain.values import ID_MAX, NUMBER_MAX, TEXT_MAX, Ref, parse_day

T = TypeVar("T")
Read = Callable[[bytes, int], tuple[Any, int]]
"""The value at an offset, and the offset behind it. What is cut short ends behind the last byte, or in an IndexError."""
Check = Callable[[str], Any]

_LONG_BITS = 64
_LIST_MAX = 500
_INTEGER_MAX = 2**53
_LIMITS = {"text": TEXT_MAX, "sealed": TEXT_MAX, "number": NUMBER_MAX, "label": NUMBER_MAX, "id": ID_MAX}


class Unsure(Exception):
    """Not for the quick way."""


def reader_of(cls: type[T], schema: Any) -> Callable[[bytes], T] | None:
    """How an act of a class is read that was written with a (parsed) schema; None where only the library can tell."""
    try:
        read = _record(cls, schema, {})
    except Unsure:
        return None

    def whole(raw: bytes) -> T:
        try:
            value, end = read(raw, 0)
        except (IndexError, UnicodeDecodeError, Refusal) as error:
            raise Unsure from error
        if end != len(raw):
            raise Unsure
        found: T = value
        return found

    return whole


def _record(cls: type[Any], schema: Any, named: dict[str, Any]) -> Read:
    schema = _named(schema, named)
    known = fields_of(cls)
    written = {field["name"]: field["type"] for field in schema["fields"]}
    if not written.keys() <= known.keys():
        raise Unsure
    plan = []
    for name, avro in written.items():
        kind = known[name]
        nullable = isinstance(avro, list)
        if nullable:
            if len(avro) != 2 or avro[0] != "null" or not kind.optional:
                raise Unsure
            avro = avro[1]
        plan.append((kind.attr, nullable, kind.default, _value(kind, avro, named)))
    absent = {kind.attr: kind.default for name, kind in known.items() if name not in written}
    if any(kind.default is None and not kind.optional for name, kind in known.items() if name not in written):
        raise Unsure

    def read(raw: bytes, at: int) -> tuple[Any, int]:
        values = dict(absent)
        for attr, optional, default, of_field in plan:
            if optional:
                branch = raw[at]
                at += 1
                if branch == 0:
                    values[attr] = default
                    continue
                if branch != _SECOND_BRANCH:
                    raise Unsure
            values[attr], at = of_field(raw, at)
        return cls(**values), at

    return read


_SECOND_BRANCH = 2
"""1, zigzag."""


def _named(schema: Any, named: dict[str, Any]) -> Any:
    """A type by its definition, which stands where the schema names it first."""
    if isinstance(schema, str) and schema in named:
        return named[schema]
    if isinstance(schema, dict) and "name" in schema:
        named[schema["name"]] = schema
    return schema


def _value(kind: FieldType, avro: Any, named: dict[str, Any]) -> Read:
    avro = _named(avro, named)
    type_ = avro["type"] if isinstance(avro, dict) else avro
    match kind.shape, type_:
        case "string", "string":
            return _text(_form(kind.form))
        case "date", "string":
            return _text(_day)
        case "bool", "boolean":
            return _boolean
        case "int", "long":
            return _integer
        case "enum", "enum":
            return _enum([s if s in kind.symbols else None for s in avro["symbols"]])
        case "ref", "record":
            return _reference(avro, named)
        case "record", "record":
            assert kind.record is not None
            return _record(kind.record, avro, named)
        case "list", "array":
            assert kind.item is not None
            return _array(_value(kind.item, avro["items"], named), may_be_empty=kind.default == ())
        case _:
            raise Unsure


def _long(raw: bytes, at: int) -> tuple[int, int]:
    """In the fewest bytes only."""
    number = raw[at]
    at += 1
    if number >= 128:
        number &= 127
        shift = 7
        while True:
            more = raw[at]
            at += 1
            number |= (more & 127) << shift
            if more < 128:
                break
            shift += 7
        if more == 0 or number >> _LONG_BITS:
            raise Unsure
    return (number >> 1) ^ -(number & 1), at


def _text(check: Check) -> Read:
    def read(raw: bytes, at: int) -> tuple[Any, int]:
        length = raw[at]
        at += 1
        if length >= 128:
            length, at = _long(raw, at - 1)
        elif length & 1:
            raise Unsure
        else:
            length >>= 1
        if length < 0:
            raise Unsure
        end = at + length
        return check(raw[at:end].decode()), end

    return read


def _form(form: str) -> Check:
    limit = _LIMITS.get(form, 0)

    def check(value: str) -> str:
        # What is printable and more than spaces is fit for any of these forms; the rest is looked at in full.
        if value.isprintable() and len(value) <= limit and value.strip(" "):
            return value
        return read_string(form, value, form)

    return check


@lru_cache(maxsize=4096)
def _day(value: str) -> Any:
    try:
        return parse_day(value)
    except ValueError:
        raise Unsure from None


def _boolean(raw: bytes, at: int) -> tuple[bool, int]:
    if raw[at] > 1:
        raise Unsure
    return raw[at] == 1, at + 1


def _integer(raw: bytes, at: int) -> tuple[int, int]:
    number, at = _long(raw, at)
    if not 0 <= number <= _INTEGER_MAX:
        raise Unsure
    return number, at


def _enum(symbols: list[str | None]) -> Read:
    def read(raw: bytes, at: int) -> tuple[str, int]:
        number, at = _long(raw, at)
        symbol = symbols[number] if number >= 0 else None
        if symbol is None:
            raise Unsure
        return symbol, at

    return read


def _reference(schema: Mapping[str, Any], named: dict[str, Any]) -> Read:
    fields = {field["name"]: field["type"] for field in schema["fields"]}
    cti = _named(fields["act"][1], named) if list(fields) == ["act", "no"] else None
    if cti is None or cti["type"] != "fixed" or fields["no"] != ["null", "string"]:
        raise Unsure
    size = cti["size"]
    number = _text(_form("number"))

    def read(raw: bytes, at: int) -> tuple[Ref, int]:
        act = no = None
        if raw[at] == _SECOND_BRANCH:
            act = raw[at + 1 : at + 1 + size].hex()
            at += size
        elif raw[at] != 0:
            raise Unsure
        if raw[at + 1] == _SECOND_BRANCH:
            no, at = number(raw, at + 2)
        elif raw[at + 1] != 0 or act is None:
            raise Unsure
        else:
            at += 2
        return Ref(no=no, act=act), at

    return read


def _array(item: Read, *, may_be_empty: bool) -> Read:
    """One block of all items, and the mark of the end."""

    def read(raw: bytes, at: int) -> tuple[tuple[Any, ...], int]:
        count, at = _long(raw, at)
        if count == 0:
            if not may_be_empty:
                raise Unsure
            return (), at
        if not 0 < count <= _LIST_MAX:
            raise Unsure
        items = []
        for _ in range(count):
            value, at = item(raw, at)
            items.append(value)
        if raw[at] != 0:
            raise Unsure
        return tuple(items), at + 1

    return read
