"""The Avro schemas of the acts: one file a version, frozen once released, and the two-way coding.

A statement names its writer schema by the SHA-256 of the Avro parsing canonical form (Avro 1.11
specification, "Parsing Canonical Form for Schemas"). Files are never changed or removed; a changed act gets
a further file, and every older one is still read with the schema it was written with: fields that it lacks
take their defaults. `released.json` maps fingerprints to files.
"""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import fastavro
from fastavro.schema import to_parsing_canonical_form

from domain.acts import EVENTS, Event, EventKind
from domain.forms import FieldType, build, fields_of
from domain.refusal import Refusal
from domain.values import Ref
from events.schemas import reading

CTI = {"type": "fixed", "name": "Cti", "size": 16}


def schema_of(cls: type[Event]) -> dict[str, Any]:
    """The Avro schema that the definition of an act amounts to today."""
    return _record(cls, cls.__name__, set())


def _record(cls: type[Any], name: str, named: set[str]) -> dict[str, Any]:
    return {
        "type": "record",
        "name": name,
        "fields": [_field(field, kind, name, named) for field, kind in fields_of(cls).items()],
    }


def _field(field: str, kind: FieldType, owner: str, named: set[str]) -> dict[str, Any]:
    avro = _type(kind, owner, named)
    if kind.optional:
        return {"name": field, "type": ["null", avro], "default": None}
    return {"name": field, "type": avro}


def _type(kind: FieldType, owner: str, named: set[str]) -> Any:
    match kind.shape:
        case "string" | "date":
            return "string"
        case "bool":
            return "boolean"
        case "int":
            return "long"
        case "enum":
            return {"type": "enum", "name": f"{owner}_{kind.enum_name}", "symbols": list(kind.symbols)}
        case "ref":
            return _once("Ref", named, lambda: _ref())
        case "list":
            assert kind.item is not None
            return {"type": "array", "items": _type(kind.item, owner, named)}
        case _:
            record = kind.record
            assert record is not None
            return _once(record.__name__, named, lambda: _record(record, record.__name__, named))


def _ref() -> dict[str, Any]:
    optional = [
        {"name": "act", "type": ["null", CTI], "default": None},
        {"name": "no", "type": ["null", "string"], "default": None},
    ]
    return {"type": "record", "name": "Ref", "fields": optional}


def _once(name: str, named: set[str], make: Any) -> Any:
    """Avro defines a named type once in a schema and refers to it by name afterwards."""
    if name in named:
        return name
    named.add(name)
    return make()


def fingerprint(schema: Any) -> bytes:
    """SHA-256 of the parsing canonical form, 32 bytes."""
    return hashlib.sha256(to_parsing_canonical_form(schema).encode()).digest()


@cache
def released() -> dict[str, str]:
    """Fingerprint (hex) → file name of every schema ever released."""
    return dict(json.loads(files(__name__).joinpath("released.json").read_text("utf-8")))


@cache
def _parsed(fingerprint_hex: str) -> Any:
    name = released()[fingerprint_hex]
    return fastavro.parse_schema(json.loads(files(__name__).joinpath(name).read_text("utf-8")))


@cache
def _writer(event: str) -> tuple[bytes, Any]:
    schema = schema_of(EVENTS[event].cls)
    return fingerprint(schema), fastavro.parse_schema(schema)


def encode(event: Event) -> tuple[bytes, bytes]:
    """(schema fingerprint, Avro bytes) of an act, by today's schema."""
    digest, schema = _writer(type(event).__name__)
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, _record_of(event), strict=True)
    return digest, out.getvalue()


def decode(event: str, schema: bytes, payload: bytes) -> Event:
    """Read an act written with a released schema. Raises Refusal("schema_invalid").

    Strict: the bytes must be the ones that encoding the result with the same schema gives.
    """
    kind = EVENTS.get(event)
    name = released().get(schema.hex(), "")
    if kind is None or name.split(".")[0] != event:
        raise Refusal("schema_invalid", "未知的事件类型或模式版本，请升级软件后再试", field="schema")
    cls: Any = kind.cls
    quick = _reader(cls, schema.hex())
    if quick is not None:
        try:
            return quick(payload)
        except reading.Unsure:
            pass  # the library says what is wrong, if anything is
    return _read_with_library(kind, _parsed(schema.hex()), payload)


@cache
def _reader(cls: Any, fingerprint_hex: str) -> Callable[[bytes], Event] | None:
    return reading.reader_of(cls, _parsed(fingerprint_hex))


def _read_with_library(kind: EventKind, parsed: Any, payload: bytes) -> Event:
    try:
        record = fastavro.schemaless_reader(io.BytesIO(payload), parsed, None)
        out = io.BytesIO()
        fastavro.schemaless_writer(out, parsed, record, strict=True)
    except Exception as error:  # fastavro raises whatever the bytes lead it into
        raise Refusal("schema_invalid", "内容无法按模式读取，请重新生成该声明", field="payload") from error
    if out.getvalue() != payload:
        raise Refusal("schema_invalid", "内容编码不规范，请重新生成该声明", field="payload")
    assert isinstance(record, dict)
    return build(kind.cls, _data_of(record))


def _record_of(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Ref):
        return {"act": bytes.fromhex(value.act) if value.act else None, "no": value.no}
    if isinstance(value, tuple):
        return [_record_of(v) for v in value]
    if isinstance(value, date):
        return value.isoformat()
    return {name: _record_of(getattr(value, attr)) for name, attr in _names(value.__class__)}


@cache
def _names(cls: Any) -> tuple[tuple[str, str], ...]:
    return tuple((f.name.rstrip("_"), f.name) for f in fields(cls))


def _data_of(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"act", "no"}:
            act = value["act"]
            return Ref(act=act.hex() if act is not None else None, no=value["no"])
        return {k: _data_of(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_data_of(v) for v in value]
    return value
