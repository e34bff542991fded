"""Offers to lead as a worker process does: `python -m tests.leading URL NAME` says each term it begins, then each
write that went through under it, and when it was deposed."""

import sys
import time

from sqlalchemy import insert

from events.store import StoreError
from scheduler import tables
from scheduler.leader import Deposed, Leadership, Term
from scheduler.running import work_database
from tests.store_writer import say

COLUMNS = {
    "channel": "mail",
    "recipient": "test",
    "state": "sent",
    "attempts": 0,
    "queued_ms": 0,
    "next_ms": 0,
}


def work(url: str, name: str) -> None:
    """Lead, write a row under the term, again and again; after a deposition try the old term once more."""
    database = work_database(url)
    leadership = Leadership(url, database, name)
    while (term := leadership.take()) is None:
        time.sleep(0.05)  # the pace of asking, not a wait for anything
    say(f"leads {term.epoch}")
    for n in range(1_000_000):
        try:
            with database.writing() as connection:
                term.check(connection)
                connection.execute(insert(tables.outbox).values(alert=f"{term.epoch}/{n}", **COLUMNS))
        except (Deposed, StoreError):
            break
        say("wrote")
        time.sleep(0.02)
    say(f"held {leadership.held() is not None}")
    say(f"deposed {tried(database, term)}")


def tried(database: object, term: Term) -> bool:
    """Whether the old term is refused, however often it tries."""
    for _ in range(100):
        try:
            with database.writing() as connection:  # type: ignore[attr-defined]
                term.check(connection)
        except Deposed:
            return True
        except StoreError:
            continue
        return False
    return False


if __name__ == "__main__":
    work(sys.argv[1], sys.argv[2])
