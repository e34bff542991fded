"""When the remedies have run out, by hand: 15 and 60 days, six months, and what reviews and suits do to them."""

from datetime import date
from typing import Any

import pytest

from domain.remedies import Expiry, RemedyTerms, expiries
from domain.terms import Term
from tests.worlds import COURT, DECISION, NR, World, calendar, day, decided, filed

TERMS = (
    RemedyTerms()
    .with_term("suit", "general", Term(6, "month"))
    .with_term("suit", "land_demolition", Term(15, "day"))
    .with_term("review", None, Term(60, "day"))
    .with_term("suit_after_review", None, Term(15, "day"))
)


def found(world: World, terms: RemedyTerms = TERMS) -> dict[str, Expiry]:
    """By group; of several the last."""
    return {e.group: e for e in expiries(world.case, lambda _: terms, calendar(), "540100")}


def days(expiry: Expiry) -> tuple[date, date, date]:
    return expiry.suit_on, expiry.earliest_on, expiry.latest_on


def review(world: World, on: str) -> None:
    world.act("ReviewApplied", NR, on, decision_no=DECISION, authority="市政府")


def sue(world: World, on: str) -> None:
    world.act("LawsuitFiled", NR, on, decision_no=DECISION, court=COURT, court_case_no="行初1")


def test_a_land_demolition_ends_at_fifteen_days_and_at_sixty():
    # served 2025-10-15; the sixtieth day is Sunday 14 December
    (expiry,) = found(decided()).values()
    assert days(expiry) == (day("2025-10-30"), day("2025-10-30"), day("2025-12-15"))


def test_all_else_ends_at_sixty_days_and_at_six_months():
    for world in (decided(None, items=[{"kind": "fine"}]), decided(None, violation="no_planning_permit")):
        # 2026-04-15 is a Wednesday
        (expiry,) = found(world).values()
        assert (expiry.group, days(expiry)) == (
            "general",
            (day("2026-04-15"), day("2025-12-15"), day("2026-04-15")),
        )


def test_items_of_both_kinds_end_apart():
    world = decided(None, items=[{"kind": "demolish"}, {"kind": "fine"}, {"kind": "restore"}])
    assert {g: e.items for g, e in found(world).items()} == {"land_demolition": ("1",), "general": ("2", "3")}


def test_an_unserved_decision_and_one_with_own_power_end_nothing():
    world = filed()
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}])
    assert found(world) == {}
    world = filed()
    world.act("PenaltyDecided", NR, "2025-10-10", decision_no=DECISION, items=[{"kind": "demolish"}],
              enforcement_power="own")  # fmt: skip
    world.act("PenaltyServed", NR, "2025-10-15", decision_no=DECISION, method="direct")
    assert found(world) == {}


def test_a_pack_without_a_suit_term_knows_no_end():
    assert found(decided(), RemedyTerms().with_term("review", None, Term(60, "day"))) == {}


def superseded(world: World) -> Any:
    return next(iter(expiries(world.case, lambda _: TERMS, calendar(), "540100"))).superseded


def test_a_remedy_in_time_supersedes_and_one_out_of_time_does_not():
    world = decided()
    sue(world, "2025-10-31")  # the fifteen days ended on the 30th
    assert superseded(world) is None
    review(world, "2025-12-16")  # the sixty days ended on 15 December
    assert superseded(world) is None
    world = decided()
    sue(world, "2025-10-30")
    assert superseded(world) == (day("2025-10-30"), world.case.acts[-1].id)
    world = decided()
    review(world, "2025-12-15")
    assert superseded(world) == (day("2025-12-15"), world.case.acts[-1].id)


def test_after_an_upheld_review_fifteen_days_and_after_a_failed_suit_none():
    world = decided()
    review(world, "2025-11-20")
    world.act("ReviewDecided", NR, "2025-12-22", decision_no=DECISION, outcome="upheld")
    assert days(found(world)["land_demolition"]) == (day("2026-01-06"),) * 3
    sue(world, "2026-01-05")
    world.act("LawsuitDecided", COURT, "2026-03-10", court_case_no="行初1", instance="1", outcome="withdrawn")
    ends = [
        (e.suit_on, e.superseded is None) for e in expiries(world.case, lambda _: TERMS, calendar(), "540100")
    ]
    assert ends == [(day("2025-10-30"), False), (day("2026-01-06"), False), (day("2026-03-10"), True)]


@pytest.mark.parametrize(
    ("sued", "counts"), [("2025-12-05", True), ("2025-12-06", False), ("2026-01-05", False)]
)
def test_a_suit_after_a_review_supersedes_only_within_its_fifteen_days(sued, counts):
    # from 20 November: ten days in November, five in December = Friday the 5th; three months on: 5 March, a Thursday
    world = decided()
    review(world, "2025-10-20")
    world.act("ReviewDecided", NR, "2025-11-20", decision_no=DECISION, outcome="upheld")
    sue(world, sued)
    assert days(found(world)["land_demolition"]) == (day("2025-12-05"),) * 3
    newest = found(world)["land_demolition"].superseded
    assert newest == ((day(sued), world.case.acts[-1].id) if counts else None)
    windows = [
        d for d in world.duties() if d.row.id == "apply_within_three_months" and d.cancelled_on is None
    ]
    assert [d.due_on for d in windows] == ([] if counts else [day("2026-03-05")])


def test_a_suit_out_of_time_leaves_the_window_after_another_that_was_withdrawn():
    world = decided()
    sue(world, "2025-10-24")  # within the fifteen days, which end on 30 October
    world.act("LawsuitDecided", COURT, "2025-12-19", court_case_no="行初1", instance="1", outcome="withdrawn")
    world.act("LawsuitFiled", NR, "2026-01-05", decision_no=DECISION, court=COURT, court_case_no="行初2")
    assert days(found(world)["land_demolition"]) == (day("2025-12-19"),) * 3
    assert found(world)["land_demolition"].superseded is None


def test_a_revoking_review_leaves_nothing_to_apply_for():
    world = decided()
    review(world, "2025-11-20")
    world.act("ReviewDecided", NR, "2025-12-22", decision_no=DECISION, outcome="revoked")
    assert [e.superseded is None for e in found(world).values()] == [False]
    assert all(d.cancelled_on for d in world.duties() if d.row.id == "apply_within_three_months")
