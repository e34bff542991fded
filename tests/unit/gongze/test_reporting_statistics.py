"""The officers' statistics of three cases, counted by hand. Days as in `test_reporting_figures`."""

from decimal import Decimal

import pytest

from gongze.reporting.facts import Period
from gongze.reporting.statistics import NOT_YET, OLDEST, Counted, Statistics
from tests.accounting import sources
from tests.unit.gongze.test_reporting_figures import at_court, demolished, fined, fined_by_the_court, objected
from tests.worlds import World, day

YEAR = Period(day("2025-07-01"), day("2026-06-30"))


def counted(*worlds: World, period: Period = YEAR) -> Statistics:
    every = [sources(world, period.last.isoformat()) for world in worlds]
    made = Counted(period, every[0])
    for source in every:
        for file in source.cases:
            made.case(file)
    return made.found("540100", 0)


@pytest.fixture(scope="module")
def year() -> Statistics:
    return counted(at_court(), fined(), demolished())


def test_the_funnel(year):
    """A came to the ruling, B to its service, C was performed by the party itself."""
    assert year.funnel == {
        "decided": 3, "served": 3, "demanded": 1, "applied": 1, "accepted": 1, "granted": 1, "executed": 0,
    }  # fmt: skip
    assert year.performed == 1


def test_a_disputed_act_takes_no_decision_further_and_ends_no_step():
    world, done = fined_by_the_court()
    before = counted(world)
    assert before.funnel["executed"] == 1
    after = counted(objected(world, done, "result", "未执行"))
    assert (after.funnel["granted"], after.funnel["executed"]) == (1, 0)
    assert {s.step for s in before.steps} - {s.step for s in after.steps} == {"granted_to_executed"}


def test_a_decision_counts_by_the_day_it_was_made():
    half = counted(at_court(), fined(), demolished(), period=Period(day("2026-01-01"), day("2026-06-30")))
    assert half.funnel["decided"] == 2


def test_the_days_of_each_step(year):
    """Filed to decided: 1 August to 10 October are 70 days, 2 March to 1 April 30, 5 January to 2 February 28."""
    of = {(s.step, s.scope): s for s in year.steps}
    filed = of["filed_to_decided", ""]
    assert (filed.number, filed.median, filed.worst) == (3, Decimal(30), 70)
    assert of["filed_to_decided", "nr.chengguan"].median == Decimal(28)
    assert of["filed_to_decided", "540100"].median == Decimal(50)
    # 15 October to 10 February: 16 days of October, 30, 31, 31, 10
    assert of["served_to_applied", ""].worst == 118
    assert (of["applied_to_accepted", "court.chengguan"].worst, of["accepted_to_ruled", ""].worst) == (2, 12)
    assert of["ruled_to_received", ""].worst == 2


def test_months_and_rates(year):
    """Of the duties whose last day passed in March: each month's parts are what the rate is made of."""
    march = next(m for m in year.months if m.month == "2026-03")
    assert march.rate == Decimal(march.on_time) / (march.on_time + march.late)
    # the ruling that was to be copied by 6 March (seven working days after 26 February) was not
    assert march.late >= 1


def test_ages_of_what_is_open(year):
    whole = {a.age: a.counted for a in year.ageing if not a.scope}
    assert whole[OLDEST] >= 1  # the ruling's copy: 78 working days after 6 March
    assert sum(a.counted for a in year.ageing if a.scope and a.age != NOT_YET) == sum(
        n for age, n in whole.items() if age != NOT_YET
    )
