"""How fast an inbox is read: at 10 a second, and a second's worth at once."""

from connectors.shares import Shares

FLOOD, OTHER = "gongze.inbox.nr", "gongze.inbox.court"


def test_who_sends_within_the_rate_never_rests():
    shares = Shares(10)
    for second in range(100):
        shares.took(OTHER, 10, second)
        assert shares.rests(OTHER, second) == 0


def test_a_flood_rests_until_it_is_worked_off_and_nobody_else_does():
    shares = Shares(10)
    shares.took(FLOOD, 50, now=100.0)
    # 50 at 10 a second are worked off at 105; a second's worth may come at once: from 104 on it is read again
    assert shares.rests(FLOOD, 100.0) == 4.0
    assert shares.rests(FLOOD, 103.5) == 0.5
    assert shares.rests(FLOOD, 104.0) == 0
    assert shares.rests(OTHER, 100.0) == 0


def test_over_any_time_no_more_is_read_than_the_rate_and_one_batch():
    shares, taken, now = Shares(10), 0, 0.0
    while now < 100:
        if not shares.rests(FLOOD, now):
            shares.took(FLOOD, 50, now)
            taken += 50
        now += 0.25
    assert 1_000 <= taken <= 1_000 + 10 + 50


def test_a_new_flood_is_news_only_after_a_calm():
    shares = Shares(10)
    shares.took(FLOOD, 50, 0.0)
    assert not shares.calm(FLOOD, 4.5)
    assert shares.calm(FLOOD, 5.0)


def test_without_a_rate_nobody_rests():
    shares = Shares(0)
    shares.took(FLOOD, 1_000_000, 0.0)
    assert shares.rests(FLOOD, 0.0) == 0
