"""When a message is given up, when it is tried anew, and for how long it is reported."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.values import SHANGHAI
from projections.databases import Database
from scheduler import alerts, outbox, tables
from scheduler.leader import Leadership, Term
from scheduler.outbox import Parcel
from scheduler.running import work_database
from tests.unit.scheduler.test_alerts import ADDRESS, ALERT
from tests.worlds import calendar

READER = ("nr.lhasa", "officer")
PARCEL = Parcel(*ADDRESS, ("a1",))
DAY = 24 * 60 * outbox.MINUTE
Kept = tuple[Database, Term]


def at(text: str) -> int:
    return round(datetime.fromisoformat(f"2026-{text}").replace(tzinfo=SHANGHAI).timestamp() * 1000)


def works(day: date) -> bool:
    return calendar().is_working(day)


NOW = at("02-13T17:30")
"""A Friday before Spring Festival: the 14th is worked, the 15th to the 23rd are off."""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """One alert, queued to one officer."""
    (tmp_path / "ledger.db").touch()
    url = f"sqlite:///{tmp_path}/ledger.db"
    database = work_database(url)
    tables.make(database)
    leadership = Leadership(url, database, "job-send")
    term = leadership.take()
    assert term is not None
    with database.writing() as connection:
        alerts.open_new(connection, term, [ALERT], NOW)
        alerts.queue_open(connection, term, {READER: [ADDRESS]}, NOW)
    yield database, term
    leadership.leave()
    database.close()


def fail(kept: Kept, now_ms: int, *, permanent: bool = False, contacts: str = "c1") -> int:
    """One attempt that fails; how many were given up."""
    database, term = kept
    with database.writing() as connection:
        told = outbox.claim(connection, term, PARCEL)
        return outbox.failed(
            connection, term, PARCEL, told, now_ms,
            reason="550", permanent=permanent, works=works, contacts=contacts,
        )  # fmt: skip


def cured(kept: Kept, now_ms: int, contacts: str = "c1") -> int:
    database, term = kept
    with database.writing() as connection:
        return outbox.resend_cured(connection, term, contacts, now_ms)


def reach(kept: Kept, alert: str, to: tuple[str, str], now_ms: int) -> None:
    """Something goes out."""
    database, term = kept
    parcel = Parcel(*to, (alert,))
    with database.writing() as connection:
        outbox.queue(connection, [(alert, *to)], now_ms)
        outbox.sent(connection, term, parcel, outbox.claim(connection, term, parcel), now_ms)


def unheard(kept: Kept, now_ms: int) -> int:
    with kept[0].reading() as connection:
        return outbox.unheard(connection, now_ms)


def states(kept: Kept) -> dict[str, int]:
    with kept[0].reading() as connection:
        return outbox.counts(connection)


def test_a_holiday_does_not_use_up_a_messages_time():
    """From the evening of the 13th: the 14th is the first working day, the 24th the second, the 25th and the 26th."""
    assert outbox.given_up_at(NOW, works) == at("02-26T17:30")
    assert outbox.given_up_at(at("03-02T08:00"), works) == at("03-06T08:00")  # Monday to Friday


def test_it_is_given_up_when_its_time_is_over_and_every_pause_was_made(kept):
    for _ in outbox.PAUSES[1:]:
        assert fail(kept, at("02-27T08:00")) == 0  # switched off until then: it has not been tried
    assert fail(kept, at("02-26T17:29")) == 0
    assert fail(kept, at("02-26T17:30")) == 1
    assert states(kept) == {outbox.DEAD: 1}


def test_what_was_given_up_is_tried_anew_once_when_the_contacts_have_changed(kept):
    fail(kept, NOW, permanent=True)
    assert cured(kept, NOW + 1) == 0
    assert cured(kept, NOW + 2, "c2") == 1
    assert states(kept) == {outbox.WAITING: 1}
    fail(kept, NOW + 3, permanent=True, contacts="c2")
    assert cured(kept, NOW + 4, "c2") == 0


def test_what_was_given_up_is_tried_anew_once_when_the_channel_works(kept):
    reach(kept, "b0", ("mail", "nr.lhasa/2"), NOW - 1)  # before it was given up
    fail(kept, NOW, permanent=True)
    reach(kept, "b1", ("sms", "nr.lhasa/2"), NOW + 1)  # another channel
    assert cured(kept, NOW + 2) == 0
    reach(kept, "b2", ("mail", "nr.lhasa/2"), NOW + 3)
    assert cured(kept, NOW + 4) == 1
    fail(kept, NOW + 5, permanent=True)
    reach(kept, "b3", ("mail", "nr.lhasa/2"), NOW + 6)
    assert cured(kept, NOW + 7) == 0  # that address is wrong, whatever becomes of the others
    assert cured(kept, NOW + 8, "c2") == 1


def test_by_hand_it_is_tried_anew_as_often_as_is_asked_while_the_alert_is_open(kept):
    database, term = kept
    for n in range(2):
        fail(kept, NOW + n, permanent=True)
        with database.writing() as connection:
            assert outbox.resend(connection, NOW + n) == 1
            assert outbox.resend(connection, NOW + n) == 0
    fail(kept, NOW + 2, permanent=True)
    with database.writing() as connection:
        alerts.close(connection, term, [("a1", "办结")], date(2026, 2, 14), NOW + 3)
        assert outbox.resend(connection, NOW + 4) == 0
    assert cured(kept, NOW + 5, "c2") == 0


def test_what_was_given_up_is_reported_while_somebody_waits_for_it(kept):
    database, term = kept
    fail(kept, NOW, permanent=True)
    assert unheard(kept, NOW + 30 * DAY) == 1
    with database.writing() as connection:
        alerts.close(connection, term, [("a1", "办结")], date(2026, 2, 14), NOW + 1)
    assert unheard(kept, NOW + 6 * DAY) == 1
    assert unheard(kept, NOW + 8 * DAY) == 0
    reach(kept, "b1", ADDRESS, NOW + 2)  # the cause is cured
    assert unheard(kept, NOW + 3) == 0


def test_who_is_not_addressed_any_more_is_not_written_to_until_they_are_again(kept):
    database, term = kept
    other = ("mail", "nr.lhasa/2")
    with database.writing() as connection:
        assert alerts.queue_open(connection, term, {READER: [other]}, NOW + 1) == 1
    with database.reading() as connection:
        assert [(p.channel, p.recipient) for p in outbox.due(connection, NOW + 1)] == [other]
    fail_to = Parcel(*other, ("a1",))
    with database.writing() as connection:
        told = outbox.claim(connection, term, fail_to)
        outbox.failed(
            connection, term, fail_to, told, NOW + 2, reason="550", permanent=True, works=works, contacts="c1"
        )
        assert alerts.queue_open(connection, term, {READER: [ADDRESS]}, NOW + 3) == 1
    assert states(kept) == {outbox.WAITING: 1, outbox.DROPPED: 1}
    assert unheard(kept, NOW + 4) == 0


def test_tables_of_an_older_version_gain_the_columns(kept):
    database, _ = kept
    with database.writing() as connection:
        for column in ("contacts", "again"):
            connection.execute(text(f"ALTER TABLE s_outbox DROP COLUMN {column}"))
    tables.make(database)
    fail(kept, NOW, permanent=True)
    assert cured(kept, NOW + 1, "c2") == 1


def test_another_alert_of_the_same_reader_is_left_alone(kept):
    database, term = kept
    with database.writing() as connection:
        alerts.open_new(connection, term, [replace(ALERT, id="a2", role="head")], NOW)
        assert alerts.queue_open(connection, term, {("nr.lhasa", "head"): [ADDRESS]}, NOW + 1) == 1
    assert states(kept) == {outbox.WAITING: 2}
