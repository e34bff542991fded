"""gongze schema show: every event, its fields, its signers and its stream."""

import json
from typing import Any

import pytest

from domain.acts import EVENTS, Event
from domain.forms import build, fields_of

FILLED = {
    "CaseFiled": {
        "title": "未批先占建房案", "parties": [{"name": "甲公司"}], "violation": "unapproved_land_use", "source": "patrol",
        "place": {"region": "540102", "address": "示例村一组"},
    },
    "CopyReturned": {"of": "抄1", "missing": ["缺附件"]},
    "EnforcementApplied": {"court": "court.chengguan", "decision_no": "罚1"},
    "DisciplineClueReferred": {"referral_no": "移1", "to": "discipline.lhasa", "subjects": "某", "content": "某事"},
    "CaseClosed": {"reason": "执行完毕"},
}  # fmt: skip


def asked(bare, entered, *arguments):
    bare.runner = entered
    return bare.ask("schema", "show", *arguments)


def test_all_events_are_listed_without_any_ledger(bare, entered):
    events = asked(bare, entered)["events"]
    assert [e["event"] for e in events] == list(EVENTS)
    (applied,) = [e for e in events if e["event"] == "EnforcementApplied"]
    assert applied == {
        "event": "EnforcementApplied", "name_zh": "申请强制执行", "stream": "case", "signed_by": ["nr"],
        "through_ledger": False,
    }  # fmt: skip
    assert next(e for e in events if e["event"] == "ApplicationCopied")["through_ledger"]
    told = bare.run("schema", "show").out
    assert all(kind.zh in told for kind in EVENTS.values())


@pytest.mark.parametrize("event", sorted(FILLED))
def test_what_is_said_to_be_required_is_what_the_event_needs(bare, entered, event):
    """Exactly the fields shown as required make an act of it, and none of them can be left out."""
    shown = asked(bare, entered, event)
    required = {f["field"] for f in shown["fields"] + shown["common"] if f["required"]}
    filled: Any = FILLED[event]
    assert required == set(filled)
    build(EVENTS[event].cls, FILLED[event])


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_each_event_can_be_shown_both_ways(bare, entered, event):
    shown = asked(bare, entered, event)
    assert shown["event"] == event
    own = [name for name, f in fields_of(EVENTS[event].cls).items() if f.attr not in fields_of(Event)]
    assert [f["field"] for f in shown["fields"]] == own
    assert [f["field"] for f in shown["common"]] == ["documents", "note", "batch_no", "delivery"]
    told = bare.run("schema", "show", event).out
    assert EVENTS[event].zh in told
    assert all(name in told for name in own)


def test_the_fields_of_a_filing_as_an_officer_would_write_them(bare, entered):
    fields = {f["field"]: f for f in asked(bare, entered, "CaseFiled")["fields"]}
    parties = fields["parties"]
    assert (parties["shape"], parties["of"]["record"]) == ("list", "Party")
    inner = {f["field"]: f for f in parties["of"]["fields"]}
    assert inner["id_no"] == {
        "field": "id_no",
        "required": False,
        "shape": "string",
        "form": "sealed",
        "sealed": True,
    }
    assert not inner["name"]["sealed"]
    assert {"value": "patrol", "name_zh": "巡查"} in fields["source"]["values"]
    decided = {f["field"]: f for f in asked(bare, entered, "PenaltyServed")["fields"]}
    assert decided["decision_no"]["refers_to"] == "decision"
    power = {f["field"]: f for f in asked(bare, entered, "PenaltyDecided")["fields"]}["enforcement_power"]
    assert (power["required"], power["default"]) == (False, "court_only")
    told = bare.run("schema", "show", "CaseFiled").out
    assert "parties[].id_no" in told
    assert "密封字段" in told


def test_an_unknown_event_is_named(bare, entered):
    bare.runner = entered
    error = bare.fails("schema", "show", "NoSuchThing", code=2)
    assert (error["code"], error["field"]) == ("event_unknown", "EVENT")
    assert "NoSuchThing" in json.dumps(error, ensure_ascii=False)
