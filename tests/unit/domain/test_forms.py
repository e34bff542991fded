"""Reading is strict: only the one spelling that would be written; every fault names its field."""

from typing import Any

import pytest

from domain.acts import EVENTS
from domain.forms import build, plain
from domain.refusal import Refusal
from domain.values import Ref, milliseconds, parse_day, parse_moment, same_number, stream_name

FILING: dict[str, Any] = {
    "title": "案", "parties": [{"name": "甲"}], "place": {"region": "540102", "address": "村"},
    "violation": "other", "source": "patrol",
}  # fmt: skip


def fault(event: str, **data: Any) -> str | None:
    with pytest.raises(Refusal) as refused:
        build(EVENTS[event].cls, data)
    assert refused.value.code == "schema_invalid"
    return refused.value.field


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"title": " 　"}, "title"),
        ({"title": "字" * 4001}, "title"),
        ({"title": 7}, "title"),
        ({"title": "\x00"}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"parties": []}, "parties"),
        ({"parties": {}}, "parties"),
        ({"parties": [{"name": "甲"}, {}]}, "parties.1.name"),
        ({"parties": [{"name": "甲"}] * 501}, "parties"),
        ({"parties": [{"name": "甲", "party_id": True}]}, "parties.0.party_id"),
        ({"parties": [{"name": "甲", "party_id": 1.0}]}, "parties.0.party_id"),
        ({"place": "540102"}, "place"),
        ({"place": {**FILING["place"], "area_m2": 12400.5}}, "place.area_m2"),
        ({"place": {**FILING["place"], "area_m2": "12400.5"}}, "place.area_m2"),
        ({"place": {**FILING["place"], "area_m2": "012400.50"}}, "place.area_m2"),
        ({"place": {**FILING["place"], "area_m2": "-1.00"}}, "place.area_m2"),
        ({"place": {**FILING["place"], "area_m2": "１２.00"}}, "place.area_m2"),
        ({"place": {**FILING["place"], "area_m2": "1,200.00"}}, "place.area_m2"),
        ({"violation": "murder"}, "violation"),
        ({"violation": ["other"]}, "violation"),
        ({"violation": {}}, "violation"),
        ({"clue": "1" * 101}, "clue"),
        ({"clue": "a\nb"}, "clue"),
        ({"documents": [{"number": "1"}]}, "documents.0.title"),
        ({"delivery": {"means": "邮寄", "sent_on": "2026-2-1"}}, "delivery.sent_on"),
    ],
)
def test_a_fault_names_its_field(changes, field):
    assert fault("CaseFiled", **{**FILING, **changes}) == field


@pytest.mark.parametrize("missing", ["title", "parties", "place", "violation", "source"])
def test_what_is_needed_is_missed(missing):
    assert fault("CaseFiled", **{k: v for k, v in FILING.items() if k != missing}) == missing


@pytest.mark.parametrize(
    "value",
    ["2026-02-30", "2026-13-01", "20260210", "2026-2-10", "2026-02-10 ", "2026-02-10\n", "2026-02-10T00:00:00", "２０２６-02-10",
     "0000-01-01", "2026-W07-2", "", 20260210, True, [], {}],
)  # fmt: skip
def test_a_day_has_one_spelling(value):
    assert fault("DecisionTermExtended", until=value) == "until"


@pytest.mark.parametrize(
    "value", ["2026-02-10", "2026-02-10T15:04:05+08:00", "2026-02-10T07:04:05.5Z", "2026-02-10T15:04+08:00"]
)
def test_a_moment_has_an_offset(value):
    assert parse_moment(value).tzinfo is not None


@pytest.mark.parametrize(
    "value",
    ["2026-02-10T15:04:05", "2026-02-10T24:00:00+08:00", "2026-02-10 15:04:05+08:00", "2026-02-10T15:04:05+0800", "15:04",
     "9999-12-31T23:00:00+00:00", "0001-01-01T00:00:00+14:00"],
)  # fmt: skip
def test_what_has_no_day_in_shanghai_is_no_moment(value):
    with pytest.raises(ValueError):  # noqa: PT011
        parse_moment(value)


def test_moments_keep_their_milliseconds():
    assert milliseconds(parse_moment("1970-01-01T08:00:00.001+08:00")) == 1
    assert milliseconds(parse_moment("1970-01-01")) == -8 * 3_600_000
    assert parse_day("2028-02-29").day == 29


def test_a_whole_number_is_read_as_a_label():
    event: Any = build(EVENTS["Performed"].cls, {"decision_no": "罚1", "items": [1, "2"]})
    assert event.items == ("1", "2")


def test_a_reference_is_a_number_or_a_statement():
    of: Any = build(EVENTS["PerformanceDemanded"].cls, {"decision_no": "0" * 32})
    assert of.decision_no == Ref(act="0" * 32)
    number: Any = build(EVENTS["PerformanceDemanded"].cls, {"decision_no": "0" * 31})
    assert number.decision_no == Ref(no="0" * 31)
    assert fault("PerformanceDemanded", decision_no=Ref()) == "decision_no"
    assert fault("PerformanceDemanded", decision_no=5) == "decision_no"


@pytest.mark.parametrize(
    "data",
    [7, "x", "[]", "{", "null", [], '{"a":NaN}', {"a": float("nan")}, '{"a":' + "[" * 7000 + "]" * 7000 + "}",
     '{"a":' + "[" * 40 + "]" * 40 + "}", '{"a":"' + "x" * 17_000 + '"}'],
    ids=range(11),
)  # fmt: skip
def test_the_data_of_a_correction_is_a_shallow_object(data):
    assert fault("StatementCorrected", of="x", reason="误", data=data) == "data"


def test_the_data_of_a_correction_is_kept_in_one_spelling():
    event: Any = build(
        EVENTS["StatementCorrected"].cls, {"of": "x", "reason": "误", "data": {"b": 1, "a": "字"}}
    )
    assert event.data == '{"a":"字","b":1}'
    assert plain(event)["data"] == {"a": "字", "b": 1}


def test_lists_that_may_be_empty_say_so():
    year = {"year": 2027, "notice": "通知"}
    assert plain(build(EVENTS["CalendarPublished"].cls, {**year, "holidays": []}))["holidays"] == []
    assert fault("CalendarPublished", **{**year, "year": -1}) == "year"
    assert fault("CalendarPublished", **{**year, "year": 2**60}) == "year"
    assert fault("CalendarPublished", **{**year, "year": 2027.0}) == "year"
    assert fault("CalendarPublished", **{**year, "year": True}) == "year"


@pytest.mark.parametrize(
    "spelling", ["拉资(2026)1号", "拉资（2026）1号", "拉资[2026]1号", "拉资〔2026〕1号", "拉资【2026】１ 号"]
)
def test_brackets_and_widths_make_no_other_number(spelling):
    assert same_number(spelling) == same_number("拉资〔2026〕1号")


def test_a_stream_has_one_name():
    assert stream_name(" 拉（2026）1号 ") == stream_name("拉[2026]1号") == "拉〔2026〕1号"
    assert stream_name("拉２") != stream_name("拉2")  # a stream keeps what is signed; only brackets are one
