"""From entries to rows, with a small registry of our own; signatures are the intake's business."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.acts import EVENTS, Act
from domain.duties import Rules
from domain.forms import build
from domain.registry import STREAM, Registry
from domain.values import milliseconds, parse_moment
from events import schemas
from events.calendars import national_calendar
from events.history import stored_act
from events.keys import SigningKey, new_cti
from events.statement import Claims, sign
from events.store import Entry
from projections.folding import CannotFold, Folded, Folder

KEY = SigningKey(bytes(32))
RECEIVED = milliseconds(parse_moment("2026-02-10T10:00:00+08:00"))
CASE = "case/案1"


class Ledger:
    """Entries in memory; it follows no rules and adopts no packs."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

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

    def acts(self, stream: str) -> tuple[Act, ...]:
        return tuple(stored_act(e) for e in self.entries if e.stream == stream)

    def rules(self) -> Rules:
        return Rules(Registry(), national_calendar(), {})


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
    assert [rows.case["nr"] for rows in fold(folder, ledger, []).cases] == ["nr.here"]
    ledger.record("AgencyChanged", "operator", {"id": "nr.here", "region": "540103"})
    agency(ledger, "nr.new", "nr", "540102")
    folded = fold(folder, ledger, ["案1"])
    assert [rows.case["nr"] for rows in folded.cases] == ["nr.new"]
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


def test_a_stream_that_no_table_is_for_stops_the_follower(ledger):
    ledger.entries.append(replace(ledger.entries[2], index=3, stream="patch/1"))
    with pytest.raises(CannotFold) as stopped:
        fold(Folder(ledger), ledger, [])
    assert (stopped.value.stream, stopped.value.index) == ("patch/1", 3)


def test_an_act_that_fails_leaves_nothing_of_itself(ledger):
    folder = Folder(ledger)
    list(fold(folder, ledger, []).cases)
    nowhere = {"court": "court.nowhere", "decision_no": "罚1"}
    ledger.record("PenaltyDecided", "nr.here", {"decision_no": "罚1", "items": [{"kind": "demolish"}]}, CASE)
    list(fold(folder, ledger, ["案1"]).cases)
    ledger.record("EnforcementApplied", "nr.here", nowhere, CASE)  # the registry knows no such court
    for _ in range(2):
        with pytest.raises(CannotFold, match=r"court\.nowhere"):
            fold(folder, ledger, ["案1"])
    assert folder.position == 3
