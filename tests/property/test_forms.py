"""Acts and plain data: each the other's inverse, and any data at all either an act or a refusal with its field."""

import string
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.acts import EVENTS
from domain.forms import FieldType, build, fields_of, plain
from domain.refusal import Refusal
from events.signed import Signed
from events.statement import Claims
from events.verifiers import packed, unpacked

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
DAYS = st.dates(date(1990, 1, 1), date(2099, 12, 31)).map(date.isoformat)
HEX = st.text("0123456789abcdef", min_size=64, max_size=64)
STRINGS: dict[str, st.SearchStrategy[Any]] = {
    "text": TEXT,
    "number": TEXT,
    "label": TEXT,
    "id": TEXT,
    "amount": st.decimals(0, 999_999, places=2).map(lambda d: f"{d:.2f}"),
    "moment": DAYS
    | st.datetimes().map(lambda d: d.isoformat() + "+08:00").filter(lambda t: "0002" < t < "9999"),
    "sealed": TEXT,
    "digest": HEX,
    "key": HEX,
    "json": st.dictionaries(
        st.text(string.ascii_letters, min_size=1, max_size=5), st.integers() | TEXT | st.none(), max_size=3
    ),
}


def values(kind: FieldType) -> st.SearchStrategy[Any]:
    match kind.shape:
        case "string":
            return STRINGS[kind.form]
        case "date":
            return DAYS
        case "bool":
            return st.booleans()
        case "int":
            return st.integers(0, 2**53)
        case "enum":
            return st.sampled_from(kind.symbols)
        case "ref":
            return TEXT | st.text("0123456789abcdef", min_size=32, max_size=32)
        case "record":
            assert kind.record is not None
            return objects(kind.record)
        case _:
            assert kind.item is not None
            return st.lists(values(kind.item), min_size=kind.default != (), max_size=2)


def objects(cls: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    needed: dict[str, st.SearchStrategy[Any]] = {}
    free: dict[str, st.SearchStrategy[Any]] = {}
    for name, kind in fields_of(cls).items():
        (free if kind.optional or kind.default is not None else needed)[name] = values(kind)
    return st.fixed_dictionaries(needed, optional=free)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | DAYS | HEX,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
EACH = pytest.mark.parametrize("name", sorted(EVENTS))
FEW = settings(max_examples=8, suppress_health_check=list(HealthCheck))


@EACH
@FEW
@given(data=st.data())
def test_data_and_act_are_each_others_inverse(name, data):
    cls = EVENTS[name].cls
    given_ = data.draw(objects(cls))
    event = build(cls, given_)
    shown = plain(event)
    defaults = {n: plain(k.default) for n, k in fields_of(cls).items() if k.default is not None}
    assert shown == {**defaults, **given_}
    assert build(cls, shown) == event


@settings(FEW, max_examples=100)
@given(data=st.data(), name=st.sampled_from(sorted(EVENTS)))
def test_an_act_comes_back_from_another_process_as_it_went(data, name):
    event = build(EVENTS[name].cls, data.draw(objects(EVENTS[name].cls)))
    claims = Claims(
        "nr.lhasa", "case/1", bytes(16), "nr.lhasa/1", name, bytes(32), date(2026, 3, 2), (0, b""), "x/y"
    )
    read = Signed(b"S", claims, b"k" * 32, b"d" * 32, b"e" * 32, event, None)
    refusal = Refusal("signature_invalid", "签名与内容或密钥不符", "signature")
    faulty = replace(read, event=None, fault=refusal)
    back: list[Any] = unpacked([b"S"] * 3, packed([read, refusal, faulty]))
    assert back[0] == read
    assert [vars(one) for one in (back[1], back[2].fault)] == [vars(refusal)] * 2


def refusal_of(cls: type[Any], data: object) -> Refusal | None:
    try:
        build(cls, data)
    except Refusal as refusal:
        return refusal
    return None


@EACH
@FEW
@given(data=st.data())
def test_anything_in_place_of_a_field_is_an_act_or_a_refusal(name, data):
    cls = EVENTS[name].cls
    given_ = data.draw(objects(cls))
    field = data.draw(st.sampled_from(sorted(fields_of(cls))))
    met = refusal_of(cls, {**given_, field: data.draw(JSON)})
    if met is not None:
        assert met.code == "schema_invalid"
        assert (met.field or "").split(".")[0] == field


@FEW
@given(data=JSON, name=st.sampled_from(sorted(EVENTS)))
def test_anything_in_place_of_all_fields_is_an_act_or_a_refusal(data, name):
    met = refusal_of(EVENTS[name].cls, data)
    assert met is None or met.code == "schema_invalid"
