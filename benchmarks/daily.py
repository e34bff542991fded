"""The daily job over many open duties: opening the alerts of a first day, and a day on which nothing is new.

One real case is told, and its copy duty stored as often as it takes, each in a case of its own, with last days from five
working days ago to three months ahead: so a tenth or so is overdue. None has been late so long that it climbs out of the
agency, for which its case would have to be folded. Beside it, as the yardstick, the bare reading of the same rows.
"""

import gc
import resource
import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from datetime import time as hour
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from domain.values import SHANGHAI
from gongze import reminding
from gongze.clockwork import working
from gongze.contacts import Contacts
from gongze.ledger import Ledger
from projections.tables import LIVE
from scheduler import tables
from scheduler.leader import Leadership
from scheduler.running import work_database
from tests.end_to_end.conftest import STORY
from tests.ledger_fixture import extend, found, settings

DUTIES = 100_000
GOAL_SECONDS, GOAL_MB = 60.0, 500
TODAY = date(2026, 4, 15)
AT_ONCE = 5_000


def run() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        _make(path)
        now = datetime.combine(TODAY, hour(8), SHANGHAI)
        chosen = replace(settings(path), now=now)
        with Ledger.open(chosen) as ledger, closing(work_database(chosen.database_url)) as database:
            tables.make(database)
            office = Leadership(chosen.database_url, database, "bench")
            term = office.take()
            assert term is not None
            for what in ("a first day", "the same day again"):
                gc.collect()
                began = time.perf_counter()
                done = reminding.remind(ledger, database, term, Contacts(), TODAY)
                took = time.perf_counter() - began
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
                short = "" if took < GOAL_SECONDS and peak < GOAL_MB else "  NOT REACHED"
                print(f"{what}: {took:.1f} s over {DUTIES} open duties ({done}); peak {peak} MB;"
                      f" goal {GOAL_SECONDS:.0f} s, {GOAL_MB} MB{short}")  # fmt: skip
                assert done.opened > DUTIES // 20 or what != "a first day"
            office.leave()
        bare = _read(path)
        print(f"bare reading of the rows: {bare:.2f} s; the last day took {took / bare:.0f} times that")


def _make(path: Path) -> None:
    with Ledger.create(settings(path)) as ledger:
        found(ledger)
        extend(ledger, STORY[:5])
        ledger.catch_up()
        works = working(ledger)
        days = [d for n in range(-7, 92) if works(d := TODAY + timedelta(n))]
        with ledger.projections.reading() as connection:
            duties = select(LIVE.duty).where(LIVE.duty.c.row == "copy_application_to_procuratorate")
            one: dict[str, Any] = dict(connection.execute(duties).mappings().one())
    with closing(work_database(settings(path).database_url)) as database:
        for first in range(0, DUTIES, AT_ONCE):
            rows = [
                {**one, "case": f"拉自然资执〔2026〕{n}号", "id": f"{n:016x}", "due_on": days[n % len(days)],
                 "strict_due_on": days[n % len(days)]}
                for n in range(first + 1_000, first + 1_000 + AT_ONCE)
            ]  # fmt: skip
            with database.writing() as connection:
                connection.execute(insert(LIVE.duty), rows)


def _read(path: Path) -> float:
    with closing(sqlite3.connect(path)) as connection:
        began = time.perf_counter()
        rows = connection.execute("SELECT * FROM p_duty").fetchall()
        assert len(rows) >= DUTIES
        return time.perf_counter() - began
