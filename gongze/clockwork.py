"""The clock's jobs put together: what each of them does, on this ledger, with these contacts.

Each run opens the ledger for itself: jobs run in threads, and a ledger is not shared between them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache
from pathlib import Path

from domain.calendar import Calendar
from domain.refusal import Refusal
from gongze import contacts as directory
from gongze import keeping, reminding
from gongze.ledger import Ledger
from gongze.settings import Settings
from projections.databases import Database
from scheduler import runs, tables
from scheduler.jobs import Due, Job, Works, last_due
from scheduler.leader import Leadership, Term
from scheduler.running import Outcome, run_once, work_database


@dataclass(frozen=True, slots=True)
class At:
    """What a job is given: the ledger as it is, its own term, and what it is due for."""

    ledger: Ledger
    database: Database
    leadership: Leadership
    term: Term
    due: Due
    contacts: directory.Contacts

    @property
    def out(self) -> Path:
        return self.ledger.settings.out_dir


Work = Callable[[At], str | None]


def _daily(at: At) -> str:
    return _with_faults(at, str(reminding.remind(at.ledger, at.database, at.term, at.contacts, at.due.day)))


def _send(at: At) -> str | None:
    done = reminding.send(at.ledger, at.database, at.leadership, at.term, at.contacts, working(at.ledger))
    return str(done) if done else None


def _reconcile(at: At) -> str:
    return keeping.reconcile(at.ledger, at.out, at.due.day)


def _query_sheets(at: At) -> str:
    return keeping.query_sheets(at.ledger, at.out, at.due.period)


def _digest(at: At) -> str:
    done = reminding.queue_digests(at.ledger, at.database, at.term, at.contacts, at.due.period)
    return _with_faults(at, done)


def _with_faults(at: At, done: str) -> str:
    """What was done, and who was left out for a fault in the contacts."""
    return "；".join((done, *(f"{fault}，已略去" for fault in at.contacts.faults)))


def _with_stopped(ledger: Ledger, done: str | None) -> str | None:
    """What was done, and that it leaves out what cannot be folded."""
    stopped = len(ledger.stopped) if done is not None else 0
    return f"{done}；{stopped} 件案卷停下，其后的记录未计入，见 gongze doctor" if stopped else done


def _sheets(at: At) -> str:
    return keeping.keep_month(at.ledger, at.out, at.due.day, keeping.operator_key(at.ledger))


def _calendar(at: At) -> str:
    return keeping.check_calendar(at.ledger, at.due.day)


def _deliveries(at: At) -> str | None:
    """Nothing where there is no exchange."""
    if at.ledger.settings.kafka is None:
        return None
    from connectors.broker import (
        BrokerUnreachable,  # the client library takes its time, and few of the jobs need it
    )
    from gongze import deliveries, exchange

    try:
        arrived = deliveries.read_back(at.ledger, exchange.access(at.ledger.settings))
    except BrokerUnreachable as error:
        raise Refusal("broker_unreachable", str(error)) from error
    return f"又有 {arrived} 份记录到达各机关的主题" if arrived else None


def _notices(at: At) -> str:
    return keeping.draft_notices(at.ledger, at.out, at.due.day)


def _figures(at: At) -> str:
    return keeping.count_ahead(at.ledger, at.due.day)


def _reports(at: At) -> str:
    return keeping.draft_reports(at.ledger, at.out, at.due.day)


JOBS: Mapping[str, tuple[Job, Work]] = {
    job.id: (job, work)
    for job, work in (
        (Job("daily", "每日提醒", "working_day", time(7, 30)), _daily),
        (Job("reconcile", "每日核账", "working_day", time(7, 40)), _reconcile),
        (Job("querysheets", "回执单", "week", time(7, 50)), _query_sheets),
        (Job("calendar", "日历检查", "week", time(7, 55)), _calendar),
        (Job("digest", "一周摘要", "week", time(7, 35)), _digest),
        (Job("sheets", "留存上月核账表", "month", time(8, 0)), _sheets),
        (Job("notices", "会议通知草稿", "working_day", time(7, 45)), _notices),
        (Job("figures", "备好报告数字", "week", time(6, 30)), _figures),
        (Job("reports", "半年报告草稿", "half_year", time(8, 30)), _reports),
        (Job("send", "发送", "minute"), _send),
        (Job("deliveries", "送达情况", "minute"), _deliveries),
    )
}


class Clockwork:
    """The jobs of one ledger."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.faults = directory.of(settings).faults  # told at the start, not at half past seven
        with Ledger.open(settings):
            pass
        self.database = work_database(settings.database_url)
        tables.make(self.database)

    def close(self) -> None:
        self.database.close()

    def __enter__(self) -> "Clockwork":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def jobs(self) -> tuple[Job, ...]:
        return tuple(job for job, _ in JOBS.values())

    def run(self, job_id: str, as_of: date | None = None) -> Outcome:
        """Run a job for what is due of it, as of the end of a day where one is given, which cannot be one to come: until
        then the job would count as done. Raises Refusal, StoreError."""
        job, work = named(job_id)
        with Ledger.open(self.settings) as ledger:
            if as_of is not None and as_of > ledger.today():
                raise Refusal("date_in_future", f"{as_of} 还没有到，定时任务不能提前运行", "--as-of")
            now = ledger.now() if as_of is None else datetime.combine(as_of, time.max, ledger.now().tzinfo)
            due = last_due(job, now, working(ledger))
            if due is None:
                return Outcome("done_before")
            if as_of is not None:
                self._not_overtaken(job, due)

            def do(leadership: Leadership, term: Term, due: Due) -> str | None:
                contacts = directory.of(self.settings)
                return _with_stopped(ledger, work(At(ledger, self.database, leadership, term, due, contacts)))

            return run_once(self.settings.database_url, self.database, job, due, do, ledger.now)

    def _not_overtaken(self, job: Job, due: Due) -> None:
        with self.database.reading() as connection:
            last = runs.last_done(connection, job.id)
        if last is not None and last > due.day:
            raise Refusal(
                "job_overtaken", f"{job.name_zh}已为 {last} 运行过，不能再为更早的 {due.day} 运行", "--as-of"
            )


def named(job_id: str, field: str = "--once") -> tuple[Job, Work]:
    """A job and what it does. Raises Refusal("job_unknown")."""
    found = JOBS.get(job_id)
    if found is None:
        raise Refusal("job_unknown", f"没有任务 {job_id}，只有：{'、'.join(JOBS)}", field)
    return found


def working(ledger: Ledger) -> Works:
    """The working days of the regions that the ledger was started for: a day that any of them works."""

    @cache
    def asked() -> tuple[Calendar, tuple[str | None, ...]]:
        rules = ledger.rules()
        return rules.calendar, tuple(sorted(rules.registry.started)) or (None,)

    def works(day: date) -> bool:
        calendar, regions = asked()
        return any(calendar.is_working(day, region) for region in regions)

    return works
