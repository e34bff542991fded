"""密封字段 Sealed fields: what one agency tells another through the ledger, and the ledger does not hold.

A statement carries only a commitment, `sha256:` and the hex of SHA-256(salt32 ‖ UTF-8 value); whoever is given salt and
value can check it. Which fields are sealed stands in their type (`domain.values.Sealed`), also within parties and other
records, and within a correction.

In a demonstration ledger the salt is derived, so that the same script gives the same bytes:
SHA-256 of the deterministic CBOR `["gongze demonstration salt", ledger, cti, path]`. All of that is public, so there a
commitment hides nothing that can be guessed. A real ledger has no place yet to hand salt and value to the recipient;
it takes no sealed field at all, rather than one that nobody could ever open.
"""

import hashlib
import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import is_dataclass, replace
from functools import cache
from typing import Any

from domain.acts import EVENTS, Event
from domain.acts.case import StatementCorrected
from domain.forms import FieldType, canonical_json, fields_of, read_string
from domain.refusal import Refusal
from domain.registry import Registry
from domain.values import COMMITMENT
from events import cbor

Change = Callable[[str, str], str]
"""From the value of a sealed field and its path to what takes its place. May raise Refusal."""


def sealed(event: Event, registry: Registry, cti: bytes) -> Event:
    """The event as a client signs it: the clear text of each sealed field replaced by its commitment.

    A value that is a commitment already stays. Raises Refusal("sealed_unavailable") in a real ledger.
    """
    ledger = registry.genesis.name if registry.genesis is not None else ""

    def seal(value: str, path: str) -> str:
        _check_open(registry, path)
        if COMMITMENT.fullmatch(value):
            return value
        return commitment(value, demonstration_salt(ledger, cti, path))

    return _changed(event, seal)


def check(event: Event, registry: Registry) -> None:
    """What the ledger takes in: every sealed field is a commitment, and the ledger a demonstration.

    Raises Refusal: sealed_unavailable, schema_invalid.
    """

    def refuse(value: str, path: str) -> str:
        _check_open(registry, path)
        if not COMMITMENT.fullmatch(value):
            raise Refusal(
                "schema_invalid",
                "密封字段在声明里只能是承诺（sha256: 加 64 位小写十六进制），请用本软件重新签名",
                field=path,
            )
        return value

    _changed(event, refuse)


def commitment(value: str, salt: bytes) -> str:
    """What a statement holds of a sealed value. `salt` is 32 bytes, known to whoever may open it."""
    return "sha256:" + hashlib.sha256(salt + value.encode()).hexdigest()


def demonstration_salt(ledger: str, cti: bytes, path: str) -> bytes:
    """The salt of one field of one statement of a demonstration ledger; `path` as in `parties.0.id_no`."""
    return hashlib.sha256(cbor.encode(["gongze demonstration salt", ledger, cti, path])).digest()


def _check_open(registry: Registry, path: str) -> None:
    if registry.genesis is None or not registry.genesis.demo:
        raise Refusal(
            "sealed_unavailable",
            "正式台账还不能登记密封字段：内容请用纸质密件另行送达，不要写入台账",
            field=path,
        )


# --- where sealed values are --------------------------------------------------------------------------------


def _changed(event: Event, change: Change) -> Event:
    if isinstance(event, StatementCorrected):
        names = _sealed_names(EVENTS["StatementCorrected"].stream)
        data = json.loads(event.data)
        changed = _in_plain(names, data, "data", change)
        return event if changed == data else replace(event, data=canonical_json(changed))
    found: Event = _in_record(event, "", change)
    return found


def _in_record(record: Any, path: str, change: Change) -> Any:
    changes = {}
    for name, kind in _sealed_fields(type(record)):
        value = getattr(record, kind.attr)
        if value is None:
            continue
        changed = _in_value(kind, value, f"{path}.{name}" if path else name, change)
        if changed is not value:
            changes[kind.attr] = changed
    return replace(record, **changes) if changes else record


def _in_value(kind: FieldType, value: Any, path: str, change: Change) -> Any:
    if kind.form == "sealed":
        return change(value, path)
    if isinstance(value, tuple):
        assert kind.item is not None
        changed = tuple([_in_value(kind.item, v, f"{path}.{n}", change) for n, v in enumerate(value)])
        return value if all(map(operator.is_, changed, value)) else changed
    return _in_record(value, path, change) if is_dataclass(value) else value


def _in_plain(
    names: Mapping[str, FieldType], data: Mapping[str, Any], path: str, change: Change
) -> dict[str, Any]:
    """The same in the data of a correction, which replaces fields of an act that is not at hand: by their names."""
    return {
        name: value if value is None or name not in names
        else _in_plain_value(names[name], value, f"{path}.{name}", change)
        for name, value in data.items()
    }  # fmt: skip


def _in_plain_value(kind: FieldType, value: Any, path: str, change: Change) -> Any:
    if kind.form == "sealed":
        return change(read_string("sealed", value, path), path)
    if isinstance(value, list) and kind.item is not None:
        return [_in_plain_value(kind.item, v, f"{path}.{n}", change) for n, v in enumerate(value)]
    if isinstance(value, dict) and kind.record is not None:
        inner = {name: k for name, k in fields_of(kind.record).items() if _holds_sealed(k)}
        return _in_plain(inner, value, path, change)
    return value


_SEALED: dict[type[Any], tuple[tuple[str, FieldType], ...]] = {}


def _sealed_fields(cls: type[Any]) -> tuple[tuple[str, FieldType], ...]:
    """The fields of a record that are sealed, or hold what is."""
    if cls not in _SEALED:
        _SEALED[cls] = tuple((name, kind) for name, kind in fields_of(cls).items() if _holds_sealed(kind))
    return _SEALED[cls]


def _holds_sealed(kind: FieldType) -> bool:
    if kind.item is not None:
        return _holds_sealed(kind.item)
    if kind.record is not None:
        return any(_holds_sealed(k) for k in fields_of(kind.record).values())
    return kind.form == "sealed"


@cache
def _sealed_names(stream: str) -> dict[str, FieldType]:
    """The fields of a stream's events that are sealed, or hold what is."""
    found: dict[str, FieldType] = {}
    for event in EVENTS.values():
        if event.stream == stream:
            found |= {name: kind for name, kind in fields_of(event.cls).items() if _holds_sealed(kind)}
    return found
