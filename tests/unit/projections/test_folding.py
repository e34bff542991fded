"""From entries to rows, with a small registry of our own; signatures are the intake's business."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.acts import EVENTS
from domain.duties import Match, Pack, Row, Rules
from domain.forms import build
from domain.registry import STREAM, Registry
from domain.terms import Term
from domain.values import milliseconds, parse_moment
from events import schemas
from events.calendars import national_calendar
from events.keys import SigningKey, new_cti
from events.statement import Claims, sign
from events.store import Entry
from projections.folding import CannotFold, CaseRows, Folded, Folder

KEY = SigningKey(bytes(32))
RECEIVED = milliseconds(parse_moment("2026-02-10T10:00:00+08:00"))
CASE = "case/案1"


class Ledger:
    """Entries in memory; it follows no rules, and has no packs of its own."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.packs: dict[str, Pack] = {}

    def record(self, event: str, iss: str, data: dict[str, Any], stream: str = STREAM) -> None:
        schema, payload = schemas.encode(build(EVENTS[event].cls, data))
        index = len(self.entries)
        cti = new_cti(RECEIVED, index.to_bytes(10, "big"))
        claims = Claims(
            iss=iss, sub=stream, cti=cti, officer=f"{iss}/1", event=event, schema=schema,
            occurred_on=date(2026, 2, 10), seen=(0, b""), ledger="example",
        )  # fmt: skip
        version = sum(e.stream == stream for e in self.entries) + 1
        self.entries.append(
            Entry(
                index=index, stream=stream, version=version, topic=event, statement=sign(claims, payload, KEY), cti=cti,
                iss=iss, signed_digest=b"", received_at_ms=RECEIVED, rho=b"", prev=b"", commitment=b"", leaf_hash=b"",
            )
        )  # fmt: skip

    def read(self, after: int, limit: int) -> list[Entry]:
        return self.entries[after + 1 :][:limit]

    def stream(self, stream: str) -> list[Entry]:
        return [e for e in self.entries if e.stream == stream]

    def rules(self) -> Rules:
        return Rules(Registry(), national_calendar(), self.packs)


@pytest.fixture
def ledger() -> Ledger:
    """A county's department, a township in it, and a case that the township filed."""
    one = Ledger()
    agency(one, "nr.here", "nr", "540102")
    agency(one, "township.here", "township", "540102")
    one.record(
        "CaseFiled",
        "township.here",
        {
            "title": "示例案",
            "parties": [{"name": "甲"}],
            "place": {"region": "540102", "address": "示例村"},
            "violation": "unapproved_land_use",
            "source": "patrol",
        },
        CASE,
    )
    return one


def agency(ledger: Ledger, name: str, kind: str, region: str) -> None:
    data = {"id": name, "kind": kind, "name": name, "level": "county", "region": region}
    ledger.record("AgencyRegistered", "operator", data)


def fold(folder: Folder, ledger: Ledger, known: list[str]) -> Folded:
    return folder.fold(ledger.read(folder.position, 100), lambda: known)


def test_a_case_is_its_countys_by_the_registry_as_it_is_now(ledger):
    folder = Folder(ledger)
    assert [rows.case and rows.case["nr"] for rows in fold(folder, ledger, []).cases] == ["nr.here"]
    ledger.record("AgencyChanged", "operator", {"id": "nr.here", "region": "540103"})
    agency(ledger, "nr.new", "nr", "540102")
    folded = fold(folder, ledger, ["案1"])
    assert [rows.case and rows.case["nr"] for rows in folded.cases] == ["nr.new"]
    assert [row["index"] for row in folded.acts] == [3, 4]  # no act of the case itself


def test_a_registry_act_that_changes_no_duty_leaves_the_cases_alone(ledger):
    folder = Folder(ledger)
    list(fold(folder, ledger, []).cases)
    named = {"officer": "nr.here/1", "name": "甲", "from": "2026-02-10"}
    ledger.record("OfficerAppointed", "nr.here", named)
    folded = fold(folder, ledger, ["案1"])
    assert list(folded.cases) == []
    assert folded.agencies is not None  # but an officer is shown with the agency
    (shown,) = [a for a in folded.agencies if a["id"] == "nr.here"]
    assert [o["name"] for o in shown["officers"]] == ["甲"]


def test_standing_elsewhere_everything_is_read_anew(ledger):
    straight = Folder(ledger)
    list(fold(straight, ledger, []).cases)
    ledger.record("CaseClosed", "nr.here", {"reason": "毕"}, CASE)
    jumped = Folder(ledger)
    jumped.seek(2)
    assert list(fold(jumped, ledger, ["案1"]).cases) == list(fold(straight, ledger, ["案1"]).cases)


def test_a_stream_that_no_table_is_for_stops_and_the_others_go_on(ledger):
    ledger.entries.append(replace(ledger.entries[2], index=3, stream="patch/1"))
    ledger.record("CaseClosed", "nr.here", {"reason": "毕"}, CASE)
    folded = fold(Folder(ledger), ledger, [])
    assert [rows.stream for rows in folded.cases] == [CASE]
    assert [(one.stream, one.index) for one in folded.stopped] == [("patch/1", 3)]
    assert [row["index"] for row in folded.acts] == [0, 1, 2, 4]


def last_index(rows: CaseRows) -> int:
    assert rows.case is not None
    return int(rows.case["last_index"])


def decided(ledger: Ledger, number: str) -> None:
    ledger.record("PenaltyDecided", "nr.here", {"decision_no": number, "items": [{"kind": "demolish"}]}, CASE)


def test_an_act_that_fails_leaves_nothing_of_itself_and_those_after_it_wait(ledger):
    folder = Folder(ledger)
    list(fold(folder, ledger, []).cases)
    decided(ledger, "罚1")
    nowhere = {"court": "court.nowhere", "decision_no": "罚1"}  # the registry knows no such court
    ledger.record("EnforcementApplied", "nr.here", nowhere, CASE)
    ledger.record("CaseClosed", "nr.here", {"reason": "毕"}, CASE)
    folded = fold(folder, ledger, ["案1"])
    (rows,) = folded.cases
    assert (last_index(rows), rows.applications) == (3, [])
    (stopped,) = folded.stopped
    assert (stopped.stream, stopped.index) == (CASE, 4)
    assert "court.nowhere" in stopped.what
    assert [row["index"] for row in folded.acts] == [3]
    ledger.record("CaseClosed", "nr.here", {"reason": "毕"}, CASE)
    later = folder.fold(ledger.read(5, 100), lambda: ["案1"], [stopped])
    assert (list(later.cases), later.acts, later.stopped, later.last) == ([], [], [], 6)


def test_a_stream_taken_up_again_gives_the_rows_of_one_that_never_stopped(ledger):
    """The court is of the place when it is applied to, and only later another place's: what was irregular is told
    by the registry as it was."""
    agency(ledger, "court.here", "court", "540102")
    decided(ledger, "罚1")
    sound = ledger.entries[4]
    ledger.record("EnforcementApplied", "nr.here", {"court": "court.here", "decision_no": "罚1"}, CASE)
    ledger.record("AgencyChanged", "operator", {"id": "court.here", "region": "540104"})
    ledger.record("CaseClosed", "nr.here", {"reason": "毕"}, CASE)
    straight = fold(Folder(ledger), ledger, [])
    folder = Folder(ledger)
    ledger.entries[4] = replace(sound, statement=b"\x00")
    stopped = fold(folder, ledger, [])
    assert [last_index(rows) for rows in stopped.cases] == [2]
    ledger.entries[4] = sound
    again = folder.again(stopped.stopped)
    assert list(again.cases) == [rows for rows in straight.cases if rows.stream == CASE]
    assert again.acts == [row for row in straight.acts if row["index"] in (4, 5, 7)]
    told = {code["code"] for row in again.acts for code in row["irregular"]}
    assert "applied_without_demand" in told
    assert "court_not_of_place" not in told
    assert (again.last, again.stopped) == (7, [])


def test_a_stream_that_still_cannot_be_folded_stops_where_it_did(ledger):
    folder = Folder(ledger)
    ledger.entries[2] = replace(ledger.entries[2], statement=b"\x00")
    folded = fold(folder, ledger, [])
    assert list(folded.cases) == []
    again = folder.again(folded.stopped)
    assert (list(again.cases), again.acts, again.stopped) == ([], [], folded.stopped)


def test_a_case_that_fails_only_as_a_whole_is_shown_as_far_as_it_can_be(ledger):
    """A pack has a term of no days for what the decision 罚2 starts: the act folds, its duty cannot be counted."""
    trigger = Match("PenaltyDecided", {"decision_no": ("罚2",)})
    row = Row(
        "faulty", "有误", "duty", "decision", ("nr",), (), Term(0, "working_day"), "示例", triggers=(trigger,)
    )
    ledger.packs["ab" * 32] = Pack("faulty", "有误", "1", "ab" * 32, date(2024, 1, 1), (row,))
    adopted = {
        "pack": "faulty",
        "version": "1",
        "digest": "ab" * 32,
        "region": "540102",
        "from": "2024-01-01",
    }
    ledger.record("PackAdopted", "operator", adopted)
    for number in ("罚1", "罚2", "罚3"):
        decided(ledger, number)
    folded = fold(Folder(ledger), ledger, [])
    (found,) = folded.cases
    assert last_index(found) == 4
    assert [(one.stream, one.index) for one in folded.stopped] == [(CASE, 5)]
    assert "needs a number" in folded.stopped[0].what


def test_an_act_of_the_registry_that_cannot_be_read_stops_everything(ledger):
    ledger.entries[1] = replace(ledger.entries[1], statement=b"\x00")
    with pytest.raises(CannotFold) as stopped:
        fold(Folder(ledger), ledger, [])
    assert (stopped.value.stream, stopped.value.index) == (STREAM, 1)
