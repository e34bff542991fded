"""One leads, another takes over when that one is killed or falls silent, and the old one can write nothing more.

With real processes, on both databases.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from projections.databases import Database
from scheduler import tables
from scheduler.leader import Deposed, Leadership, Term
from scheduler.running import work_database
from tests.doors import Door

SECONDS = 120.0
"""A limit for waiting, no measure: take-over comes after six."""


class Worker:
    """A process that leads, and what it has said."""

    def __init__(self, url: str, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.leading", url, name],
            cwd=Path(__file__).parents[2],
            stdout=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def says_until(self, *wanted: str) -> str:
        while (said := self.says()) and not said.startswith(wanted):
            pass
        return said


@contextmanager
def worker(url: str, name: str = "test") -> Iterator[Worker]:
    made = Worker(url, name)
    with made.process:
        try:
            yield made
        finally:
            made.process.kill()


@pytest.fixture
def database(door: Door) -> Iterator[Database]:
    made = work_database(door.ledger.settings.database_url)
    tables.make(made)
    yield made
    made.close()


def offer(door: Door, database: Database, name: str = "test") -> Leadership:
    return Leadership(door.ledger.settings.database_url, database, name)


def taken(leadership: Leadership) -> Term:
    """The term, as soon as it can be had."""
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        term = leadership.take()
        if term is not None:
            return term
        time.sleep(0.05)
    raise AssertionError("nobody could take over")


def test_of_two_who_offer_one_leads_until_it_leaves(door, database):
    first, second, other = (
        offer(door, database),
        offer(door, database),
        offer(door, database, "another office"),
    )
    one = first.take()
    assert one is not None
    assert first.take() == one  # the term goes on
    assert second.take() is None
    assert other.take() is not None
    first.leave()
    two = second.take()
    assert two is not None
    assert two.epoch == one.epoch + 1
    assert (first.held(), second.held()) == (None, two)
    second.leave()
    other.leave()


def test_under_a_term_that_is_over_nothing_is_written(door, database):
    first, second = offer(door, database), offer(door, database)
    old = first.take()
    assert old is not None
    first.leave()
    new = second.take()
    assert new is not None
    with pytest.raises(Deposed), database.writing() as connection:
        old.check(connection)
    with database.writing() as connection:
        new.check(connection)
    second.leave()


def test_when_the_leader_is_killed_another_takes_over(door, database):
    mine = offer(door, database)
    with worker(door.ledger.settings.database_url) as led:
        assert led.says() == "leads 1"
        assert led.says_until("wrote") == "wrote"
        assert mine.take() is None
        led.process.kill()
        led.process.wait()
        assert taken(mine).epoch == 2
    mine.leave()


@pytest.mark.postgres
@pytest.mark.parametrize("door", ["postgresql"], indirect=True)
def test_a_leader_that_falls_silent_is_replaced_and_can_write_no_more(door, database):
    """Stopped with its connections open, in the middle of whatever it was doing: the server ends its sessions."""
    mine = offer(door, database)
    with worker(door.ledger.settings.database_url) as led:
        assert led.says() == "leads 1"
        assert led.says_until("wrote") == "wrote"
        os.kill(led.process.pid, signal.SIGSTOP)
        assert taken(mine).epoch == 2
        before = written(database)
        os.kill(led.process.pid, signal.SIGCONT)
        assert led.says_until("held") == "held False"
        assert led.says() == "deposed True"
        assert written(database) == before
    mine.leave()


def test_a_silent_database_session_is_not_trusted_any_more(door, database, monkeypatch):
    """What cannot be taken back is not done on an old sign of life."""
    mine = offer(door, database)
    assert mine.take() is not None
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3_600)
    assert mine.held() is None
    monkeypatch.undo()
    mine.leave()


def written(database: Database) -> list[str]:
    with database.reading() as connection:
        return sorted(connection.execute(select(tables.outbox.c.alert)).scalars())
