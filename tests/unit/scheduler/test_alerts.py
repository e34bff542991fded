"""What becomes of alerts in the tables that are kept."""

from dataclasses import replace
from datetime import date

import pytest

from scheduler import alerts, outbox, tables
from scheduler.alerts import Alert
from scheduler.leader import Leadership
from scheduler.running import work_database

ALERT = Alert(
    "a1", "案1", "d1", "copy_application_to_procuratorate", "抄送申请材料", "拉萨实施意见 三（六）", "nr.lhasa", "before",
    date(2026, 2, 26), "nr.lhasa", "officer", date(2026, 2, 13),
)  # fmt: skip
ADDRESS = ("mail", "nr.lhasa/1")
TO = {("nr.lhasa", "officer"): [ADDRESS, ("robot", "群")]}


@pytest.fixture
def kept(tmp_path):
    (tmp_path / "ledger.db").touch()
    url = f"sqlite:///{tmp_path}/ledger.db"
    database = work_database(url)
    tables.make(database)
    leadership = Leadership(url, database, "job-daily")
    term = leadership.take()
    yield database, term
    leadership.leave()
    database.close()


def states(database):
    with database.reading() as connection:
        return outbox.counts(connection)


def test_what_was_dropped_before_anybody_heard_of_it_is_sent_when_the_alert_opens_again(kept):
    """An act discharges the duty while the mail waits, and turns out to be of another case the day after."""
    database, term = kept
    with database.writing() as connection:
        assert alerts.open_new(connection, term, [ALERT], 1) == 1
        assert alerts.queue_open(connection, term, TO, 1) == 2
    with database.writing() as connection:
        alerts.close(connection, term, [("a1", "办结")], date(2026, 2, 13), 2)
    assert states(database) == {outbox.DROPPED: 2}
    with database.writing() as connection:
        assert alerts.open_new(connection, term, [ALERT], 3) == 0
        assert alerts.queue_open(connection, term, TO, 3) == 0
    assert states(database) == {outbox.WAITING: 2}
    with database.reading() as connection:
        assert [one.closed_on for one in alerts.listed(connection)] == [None]


def test_what_went_out_is_not_sent_again_when_the_alert_opens_again(kept):
    database, term = kept
    with database.writing() as connection:
        alerts.open_new(connection, term, [ALERT], 1)
        alerts.queue_open(connection, term, {("nr.lhasa", "officer"): [ADDRESS]}, 1)
    (parcel,) = waiting(database)
    with database.writing() as connection:
        outbox.sent(connection, term, parcel, outbox.claim(connection, term, parcel), 2)
    with database.writing() as connection:
        alerts.close(connection, term, [("a1", "办结")], date(2026, 2, 13), 3)
    with database.writing() as connection:
        alerts.open_new(connection, term, [ALERT], 4)
        alerts.queue_open(connection, term, {("nr.lhasa", "officer"): [ADDRESS]}, 4)
    assert states(database) == {outbox.SENT: 1}


def test_who_gets_an_address_later_is_sent_what_is_open_and_only_that(kept):
    """Two alerts are opened while nobody is known and one of them is over before somebody is."""
    database, term = kept
    over = replace(ALERT, id="a2", duty="d2")
    head = replace(ALERT, id="a3", role="head", stage="overdue-3")
    with database.writing() as connection:
        alerts.open_new(connection, term, [ALERT, over, head], 1)
        alerts.queue_open(connection, term, {}, 1)
        alerts.close(connection, term, [("a2", "办结")], date(2026, 2, 24), 2)
        assert set(alerts.readers(connection)) == {("nr.lhasa", "officer"), ("nr.lhasa", "head")}
    with database.writing() as connection:
        assert alerts.queue_open(connection, term, {("nr.lhasa", "officer"): [ADDRESS]}, 3) == 1
    assert [parcel.alerts for parcel in waiting(database)] == [("a1",)]
    with database.writing() as connection:
        assert (
            alerts.queue_open(connection, term, TO, 4) == 1
        )  # another address: the first hears nothing again
    with database.reading() as connection:
        assert {one.id: one.addressed for one in alerts.listed(connection)} == {"a1": 2, "a3": 0}


def waiting(database):
    with database.reading() as connection:
        return outbox.due(connection, 10**12)
