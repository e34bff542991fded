"""结余: 期初 + 新增 − 销账 = 期末, for every set of rows and every period. Source: 拉萨实施意见 四（三）."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongze.books.balance import Balance, Life, Turn, balance, half_year, life
from tests.worlds import day

FIRST = date(2026, 1, 1)
DAYS = st.integers(0, 60).map(lambda n: FIRST + timedelta(n))
TURNS = st.lists(
    st.builds(Turn, st.sampled_from(["proposed", "agreed", "rejected", "reinstated"]), DAYS), max_size=6
)
LIVES = st.builds(life, DAYS, st.none() | DAYS, TURNS, st.lists(DAYS, max_size=3))


def turn(stage: str, on: str) -> Turn:
    return Turn(stage, day(on))


# --- one row ---------------------------------------------------------------------------------------------------


def test_a_row_that_is_complete_is_off_the_books_at_once():
    found = life(day("2026-01-05"), day("2026-02-01"), ())
    assert (found.closed_on, found.reinstated_on) == (day("2026-02-01"), None)
    assert [found.open_on(day(d)) for d in ("2026-01-04", "2026-01-05", "2026-01-31", "2026-02-01")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_it_goes_off_by_agreement_alone_and_comes_back_when_reinstated():
    agreed = [turn("proposed", "2026-02-01"), turn("agreed", "2026-02-03")]
    assert life(day("2026-01-05"), None, agreed).closed_on == day("2026-02-03")
    back = life(day("2026-01-05"), None, [*agreed, turn("reinstated", "2026-03-01")])
    assert (back.closed_on, back.reinstated_on) == (None, day("2026-03-01"))
    assert life(
        day("2026-01-05"), None, [turn("proposed", "2026-02-01"), turn("rejected", "2026-02-03")]
    ) == Life(day("2026-01-05"))


def test_reinstated_it_is_closed_only_by_what_comes_after():
    """What was complete before is what somebody has doubts about."""
    reinstated = [turn("reinstated", "2026-03-01")]
    assert life(day("2026-01-05"), day("2026-02-01"), reinstated).closed_on is None
    assert life(day("2026-01-05"), day("2026-03-01"), reinstated).closed_on is None
    assert life(day("2026-01-05"), day("2026-03-02"), reinstated).closed_on == day("2026-03-02")
    again = [*reinstated, turn("agreed", "2026-03-09")]
    assert life(day("2026-01-05"), day("2026-02-01"), again).turned_on == tuple(
        map(day, ("2026-02-01", "2026-03-01", "2026-03-09"))
    )


def test_what_is_done_anew_counts_after_a_reinstatement_and_changes_nothing_before():
    first, anew = day("2026-02-01"), (day("2026-02-20"), day("2026-07-10"), day("2026-09-01"))
    assert life(day("2026-01-05"), first, (), anew).turned_on == (first,)
    reinstated = [turn("reinstated", "2026-03-01")]
    assert life(day("2026-01-05"), first, reinstated, anew).turned_on == (
        first, day("2026-03-01"), day("2026-07-10"),
    )  # fmt: skip
    assert life(day("2026-01-05"), None, reinstated, anew).turned_on == ()


def test_an_agreement_to_what_is_off_already_and_a_reinstatement_of_what_is_open_change_nothing():
    closed = life(day("2026-01-05"), day("2026-02-01"), [turn("agreed", "2026-02-10")])
    assert closed.turned_on == (day("2026-02-01"),)
    assert life(day("2026-01-05"), None, [turn("reinstated", "2026-02-10")]).turned_on == ()


@given(LIVES)
def test_turns_never_lie_before_the_row_nor_before_one_another(one):
    days = [one.opened_on, *one.turned_on]
    assert days == sorted(days)


# --- the equation ------------------------------------------------------------------------------------------------


def by_hand(lives: list[Life], first: date, last: date) -> Balance:
    """Counted another way: walk through the days and look who comes and goes."""
    opening = new = reinstated = off = 0
    standing: set[int] = set()
    for number, one in enumerate(lives):
        for on, event in [(one.opened_on, "new"), *zip(one.turned_on, ["off", "back"] * 9, strict=False)]:
            if on < first:
                (standing.discard if event == "off" else standing.add)(number)
    opening = len(standing)
    for ahead in range((last - first).days + 1):
        today = first + timedelta(ahead)
        for number, one in enumerate(lives):
            if one.opened_on == today:
                new += 1
                standing.add(number)
            for place, on in enumerate(one.turned_on):
                if on == today and place % 2 == 0:
                    off += 1
                    standing.remove(number)
                elif on == today:
                    new += 1
                    reinstated += 1
                    standing.add(number)
    return Balance(opening, new, reinstated, off, len(standing))


@given(st.lists(LIVES, max_size=12), DAYS, st.integers(0, 40))
def test_the_equation_holds_and_the_count_is_that_of_a_day_by_day_walk(lives, first, length):
    last = first + timedelta(length)
    found = balance(lives, first, last)
    assert found.balanced
    assert found == by_hand(lives, first, last)
    assert found.reinstated <= found.new


@given(st.lists(LIVES, max_size=12), st.lists(DAYS, min_size=3, max_size=5, unique=True))
def test_adjacent_periods_chain_and_add_up(lives, days):
    ends = sorted(days)
    parts = [balance(lives, a + timedelta(1), b) for a, b in pairwise(ends)]
    for earlier, later in pairwise(parts):
        assert later.opening == earlier.closing
    whole = balance(lives, ends[0] + timedelta(1), ends[-1])
    assert (whole.opening, whole.closing) == (parts[0].opening, parts[-1].closing)
    assert whole.new == sum(p.new for p in parts)
    assert whole.written_off == sum(p.written_off for p in parts)


def test_a_balance_that_does_not_add_up_says_so():
    assert not Balance(opening=1, new=1, written_off=0, closing=1).balanced


@pytest.mark.parametrize(
    ("on", "ends"),
    [
        ("2026-01-01", ("2026-01-01", "2026-06-30")),
        ("2026-06-30", ("2026-01-01", "2026-06-30")),
        ("2026-07-01", ("2026-07-01", "2026-12-31")),
        ("2026-12-31", ("2026-07-01", "2026-12-31")),
    ],
)
def test_half_years(on, ends):
    assert half_year(day(on)) == tuple(map(day, ends))
