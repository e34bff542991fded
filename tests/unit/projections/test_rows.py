"""What a case comes to in the enforcement register."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from domain.acts import EVENTS, Act
from domain.cases import Case, fold
from domain.forms import build
from domain.registry import Agency, Registry
from domain.values import milliseconds, parse_moment
from projections.rows import ApplicationRow, application_rows, case_row, later_of_acts

AGENCIES = ("nr", "court", "procuratorate", "government")
REGISTRY = Registry(
    agencies={f"{k}.lhasa": Agency(f"{k}.lhasa", k, k, "city", "540100") for k in AGENCIES},
)
FILED = (
    "CaseFiled",
    "nr",
    "2025-06-02",
    {
        "title": "示例案",
        "parties": [{"name": "甲"}, {"name": "乙"}],
        "place": {"region": "540102", "address": "示例村"},
        "violation": "unapproved_land_use",
        "source": "patrol",
    },
)
DECIDED = (
    "PenaltyDecided", "nr", "2025-07-01", {"decision_no": "罚1", "items": [{"kind": "demolish"}, {"kind": "fine"}]},
)  # fmt: skip
APPLIED = (
    "EnforcementApplied", "nr", "2026-02-10", {"court": "court.lhasa", "decision_no": "罚1", "application_no": "申1"},
)  # fmt: skip
ACCEPTED = ("EnforcementAccepted", "court", "2026-02-13", {"review_case_no": "行审1"})
GRANTED = ("EnforcementGranted", "court", "2026-03-02", {"ruling_no": "裁1", "executor": "government"})
OPENING = (FILED, DECIDED, APPLIED)


def told(*lines: tuple[str, str, str, dict[str, Any]]) -> Case:
    """The case of these acts, each recorded on the day it happened."""
    acts = tuple(
        Act(
            id=f"{n:032x}",
            stream="case/案1",
            agency=f"{who}.lhasa",
            signer=f"{who}.lhasa",
            officer=f"{who}.lhasa/1",
            occurred_on=date.fromisoformat(day),
            received_at_ms=milliseconds(parse_moment(f"{day}T10:00:00+08:00")),
            event=build(EVENTS[name].cls, data),
            index=n,
        )
        for n, (name, who, day, data) in enumerate(lines, 1)
    )
    return fold("案1", acts, REGISTRY)


def line(*lines: tuple[str, str, str, dict[str, Any]]) -> ApplicationRow:
    (row,) = application_rows(told(*OPENING, *lines), ())
    return row


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ((), ""),
        ((ACCEPTED,), ""),
        ((("ApplicationWithdrawn", "nr", "2026-02-12", {}),), "withdrawn"),
        ((("EnforcementNotFiled", "court", "2026-02-12", {"reasons": "无"}),), "not_filed"),
        ((("EnforcementNotAccepted", "court", "2026-02-12", {"reasons": "无"}),), "not_accepted"),
        ((("EnforcementRefused", "court", "2026-03-02", {"ruling_no": "裁1", "reasons": "无"}),), "refused"),
        ((GRANTED,), "granted"),
        ((("EnforcementGranted", *GRANTED[1:3], GRANTED[3] | {"items": ["1"]}),), "partly_granted"),
        ((GRANTED, ("ExecutionSuspended", "court", "2026-03-09", {"reasons": "异议"})), "suspended"),
        ((GRANTED, ("ExecutionTerminated", "court", "2026-03-09", {"reasons": "无"})), "terminated"),
        ((GRANTED, ("ExecutionCompleted", "government", "2026-04-01", {"result": "full", "what": "拆"})), "completed"),
    ],
)  # fmt: skip
def test_an_application_stands_as_its_last_act_left_it(later, outcome):
    assert line(*later).outcome == outcome


def test_a_receipt_that_says_partly_granted_is_believed_without_its_items():
    received = {"ruling_no": "裁1", "result": "partly_granted", "made_on": "2026-03-02", "application": "申1"}
    row = line(ACCEPTED, ("RulingReceived", "nr", "2026-03-05", received))
    assert (row.outcome, row.granted_on, row.ruling_received_on) == (
        "partly_granted",
        date(2026, 3, 2),
        date(2026, 3, 5),
    )


def test_a_revoked_ruling_grants_nothing():
    row = line(
        GRANTED,
        ("RulingReviewApplied", "nr", "2026-03-05", {"ruling_no": "裁1", "court": "court.lhasa"}),
        ("RulingReviewDecided", "court", "2026-03-20", {"ruling_no": "裁1", "outcome": "revoked"}),
    )
    assert (row.outcome, row.granted_on, row.ruling) == ("", None, None)


def test_of_several_granting_rulings_the_first_is_in_the_register():
    second = ("EnforcementGranted", "court", "2026-03-30", {"ruling_no": "裁2", "executor": "court"})
    row = line(GRANTED, second)
    assert (row.ruling_no, row.granted_on) == ("裁1", date(2026, 3, 2))


def test_a_row_is_only_as_good_as_its_weakest_act():
    # the notice of acceptance is received without a document, and the court itself has stated nothing
    oral = (
        "AcceptanceReceived",
        "nr",
        "2026-02-14",
        {"review_case_no": "行审1", "accepted_on": "2026-02-13"},
    )
    row = line(oral)
    assert (row.evidence, row.accepted_on, row.received_on) == (
        "attested_oral",
        date(2026, 2, 13),
        date(2026, 2, 14),
    )
    assert line(oral, ACCEPTED).evidence == "signed"  # the court's own statement joins it


def test_the_timeline_shows_a_receipt_as_what_it_attests_until_the_court_states_it():
    oral = ("AcceptanceReceived", "nr", "2026-02-14", {"review_case_no": "行审1"})
    assert later_of_acts(told(*OPENING, oral))[4]["evidence"] == "attested_oral"
    assert later_of_acts(told(*OPENING, oral, ACCEPTED))[4]["evidence"] == "signed"


def test_a_row_names_the_parties_it_is_about():
    applied = ("EnforcementApplied", *APPLIED[1:3], APPLIED[3] | {"parties": ["2"]})
    (row,) = application_rows(told(FILED, DECIDED, applied), ())
    assert row.parties == ["乙"]


def test_a_case_is_exact_from_the_latest_day_an_act_counts_on():
    early = case_row(told(*OPENING))
    late = case_row(told(*OPENING, ("CaseClosed", "nr", "2026-05-06", {"reason": "毕"})))
    assert (early.last_counts_on, early.closed_on, early.last_index) == (date(2026, 2, 10), None, 3)
    assert (late.last_counts_on, late.closed_on, late.last_index) == (date(2026, 5, 6), date(2026, 5, 6), 4)


def test_a_case_about_to_change_hands_is_exact_from_that_day():
    """Else what is owed would be the future department's as soon as the boundary change is announced."""
    case = told(*OPENING)
    moved = replace(case, holders=(*case.holders, (date(2027, 1, 1), "nr.chengguan")))
    assert (case_row(case).last_counts_on, case_row(moved).last_counts_on) == (
        date(2026, 2, 10),
        date(2027, 1, 1),
    )


def test_the_latest_day_is_that_of_an_attested_act_too():
    """An acceptance said to be of a day after the receipt's own: the board of the day between is folded anew."""
    odd = ("AcceptanceReceived", "nr", "2026-02-14", {"review_case_no": "行审1", "accepted_on": "2026-02-20"})
    assert case_row(told(*OPENING, odd)).last_counts_on == date(2026, 2, 20)
