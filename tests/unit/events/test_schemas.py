"""The schemas: today's definitions are frozen as files, and what was written with an older one is still read."""

import io
import json
from dataclasses import dataclass
from importlib.resources import files

import fastavro
import pytest

from domain.acts import EVENTS
from domain.acts.base import Event, EventKind
from domain.acts.case import CaseClosed, EnforcementApplied
from domain.forms import build
from domain.refusal import Refusal
from domain.values import Text
from events import schemas
from events.schemas.__main__ import freeze

RELEASED = files("events.schemas")


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_todays_definition_of_an_act_is_released(name):
    mark = schemas.fingerprint(schemas.schema_of(EVENTS[name].cls)).hex()
    assert mark in schemas.released(), f"{name} has changed: run python -m events.schemas"


def test_no_released_file_has_been_touched():
    for mark, name in schemas.released().items():
        schema = json.loads(RELEASED.joinpath(name).read_text("utf-8"))
        assert schemas.fingerprint(schema).hex() == mark, name


def test_every_file_is_listed():
    on_disk = {f.name for f in RELEASED.iterdir() if f.name.endswith(".avsc")}
    assert on_disk == set(schemas.released().values())


def test_the_fingerprint_is_of_the_canonical_form():
    # Avro 1.11, Parsing Canonical Form: whitespace, doc, defaults and key order do not count; names and types do.
    plain = {"type": "record", "name": "A", "fields": [{"name": "x", "type": ["null", "string"]}]}
    dressed = {"fields": [{"default": None, "type": ["null", "string"], "name": "x", "doc": "…"}], "name": "A",
               "doc": "…", "type": "record"}  # fmt: skip
    assert schemas.fingerprint(plain) == schemas.fingerprint(dressed)
    renamed = {**plain, "fields": [{"name": "y", "type": ["null", "string"]}]}
    assert schemas.fingerprint(plain) != schemas.fingerprint(renamed)


def test_a_changed_act_still_reads_what_was_written_before(tmp_path, monkeypatch):
    old = build(CaseClosed, {"reason": "执行完毕"})
    mark, payload = schemas.encode(old)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Changed(Event):
        reason: Text
        approved_by: Text | None = None  # what a later release adds

    Changed.__name__ = "CaseClosed"
    kind = EVENTS["CaseClosed"]
    monkeypatch.setitem(
        EVENTS, "CaseClosed", EventKind("CaseClosed", Changed, "case", kind.zh, kind.by, False)
    )
    read = schemas.decode("CaseClosed", mark, payload)
    assert isinstance(read, Changed)
    assert (read.reason, read.approved_by) == ("执行完毕", None)
    assert freeze(tmp_path) == ["CaseClosed.2.avsc"]  # the change makes a further version, the first stays


def test_payload_bytes_that_are_not_the_canonical_ones_are_refused():
    mark, payload = schemas.encode(build(CaseClosed, {"reason": "执行完毕"}))
    for wrong in (payload + b"\0", payload[:-1], b"", b"\xff" * 40):
        with pytest.raises(Refusal) as refused:
            schemas.decode("CaseClosed", mark, wrong)
        assert (refused.value.code, refused.value.field) == ("schema_invalid", "payload")
    # Avro allows a longer spelling of the same length: 0x80 0x00 after a continuation bit; one spelling only is taken
    assert payload[0] == 0x18  # zigzag of twelve bytes: four characters of three bytes
    longer = bytes([payload[0] | 0x80, 0]) + payload[1:]
    with pytest.raises(Refusal):
        schemas.decode("CaseClosed", mark, longer)


def test_the_fingerprint_of_another_act_is_refused():
    mark, _ = schemas.encode(build(CaseClosed, {"reason": "执行完毕"}))
    with pytest.raises(Refusal) as refused:
        schemas.decode("CaseFiled", mark, b"")
    assert (refused.value.code, refused.value.field) == ("schema_invalid", "schema")


def test_the_files_are_avro_that_fastavro_itself_reads():
    act = build(EnforcementApplied, {"court": "court.chengguan", "decision_no": "罚1", "items": ["1", 2]})
    mark, payload = schemas.encode(act)
    name = schemas.released()[mark.hex()]
    schema = fastavro.parse_schema(json.loads(RELEASED.joinpath(name).read_text("utf-8")))
    record = fastavro.schemaless_reader(io.BytesIO(payload), schema, None)
    assert isinstance(record, dict)
    assert (record["court"], record["decision_no"]["no"], record["items"]) == (
        "court.chengguan",
        "罚1",
        ["1", "2"],
    )
    assert record["basis"] == "non_litigation"
