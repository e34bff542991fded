"""The sample year: every line of it goes in, and what it is meant to show is there."""

import json
import re

import pytest

from domain.acts import EVENTS
from gongze import sample
from gongze.ledger import Ledger
from gongze.sample.telling import PAPER_COURT, SIGNS_FROM
from tests.end_to_end.conftest import SampleYear

LINES = sample.script()
TOLD = [json.loads(line) for line in LINES]
MOST = 4_500
"""Acts that the demonstration has time for."""
NOT_TOLD = {
    "EnforcementDecisionMade",  # of departments with enforcement power of their own, which here has none
    "Reassigned", "RulingRevoked", "SuggestionWithdrawn",
}  # fmt: skip
PUT_IN_ON_PURPOSE = {
    "measures_late", "copied_late", "accepted_late", "ruled_late", "decided_late", "served_late", "assistance_late",
    "declined_without_ground", "referred_without_approval", "applied_without_demand", "applied_too_early",
    "applied_too_late", "attendee_absent", "ad_hoc_names_case", "closed_unconfirmed", "hearing_noticed_late",
    "disputed", "dates_contradict",
}  # fmt: skip


@pytest.fixture(scope="module")
def replayed(sample_year: SampleYear):
    """A demonstration ledger with the whole sample in it; which lines were refused, and what was irregular."""
    with Ledger.open(sample_year.settings) as ledger:
        yield ledger, sample_year.refused, sample_year.irregular


def test_every_line_of_the_sample_is_accepted(replayed):
    _, refused, _ = replayed
    assert refused == []


def test_what_is_irregular_in_the_sample_is_so_on_purpose(replayed):
    _, _, irregular = replayed
    assert irregular.keys() >= PUT_IN_ON_PURPOSE
    assert irregular["copied_late"] >= 5  # most copies are in time
    assert sum(irregular.values()) < len(LINES) / 20


def test_the_court_that_signs_late_is_recorded_for_confirmed_disputed_and_joined(replayed):
    ledger, _, _ = replayed
    recorded = {
        line["case"] for line in TOLD if line.get("for") == PAPER_COURT and not line["case"].startswith("recon")
    }  # fmt: skip
    entries = [e for case in recorded for e in ledger.case(case).entries if e.act.agency == PAPER_COURT]
    assert {e.evidence for e in entries} == {"signed", "confirmed", "attested_doc"}
    assert sum(e.disputed for e in entries) == 1
    own = [line["received_at"][:10] for line in TOLD if line["actor"] == PAPER_COURT]
    assert min(own) >= SIGNS_FROM.isoformat()


def test_the_sample_is_a_year_of_some_150_cases_and_not_too_long():
    cases = {
        line["case"]
        for line in TOLD
        if re.search(r"〔\d{4}〕\d+号$", line["case"]) and "/" not in line["case"]
    }
    assert 140 <= len(cases) <= 170
    assert sum(line["type"] == "CaseCarriedForward" for line in TOLD) == 30
    assert len(LINES) == len(set(LINES)) < MOST
    received = [line["received_at"] for line in TOLD]
    assert received == sorted(received)
    assert received[-1][:10] <= sample.AS_OF.isoformat()


def test_the_sample_is_the_same_every_time():
    assert sample.script() == LINES


def test_the_sample_shows_every_act_that_its_places_know():
    told = {line["type"] for line in TOLD}
    assert {name for name, kind in EVENTS.items() if kind.stream != "registry"} - told == NOT_TOLD
