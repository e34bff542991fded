"""`gongze schedule`: the ticking. One of all processes that run it leads, and only that one ticks.

APScheduler's jobs lie in the ledger's database. A job that missed its hour comes late rather than never
(`misfire_grace_time` None) and once rather than as often as it was missed (`coalesce`); what it then runs for is the
calendar's business (`scheduler.jobs`). Two schedulers on one job store fire everything twice, hence the election.
"""

import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from sqlalchemy.exc import SQLAlchemyError

from domain.refusal import Refusal
from domain.values import SHANGHAI
from events.store import StoreError
from projections.databases import Database
from scheduler.jobs import Job
from scheduler.leader import Leadership
from scheduler.running import Outcome

ZONE = "Asia/Shanghai"
TIMETABLE = "s_timetable"
LONG, SHORT = "default", "short"
"""What is done every minute does not wait behind a report that takes its time, nor sending behind a broker that is away."""
LOOK = 1.0
"""Seconds between two looks whether to lead."""
AGAIN = timedelta(minutes=10)
"""When a job that failed is tried again."""

Fire = Callable[[str], Outcome]
"""Run a job by its id, if its period is not done."""
Say = Callable[[str], None]


class Service:
    """Offers to lead, and ticks while it does."""

    def __init__(self, url: str, database: Database, jobs: Iterable[Job], fire: Fire, say: Say) -> None:
        self.jobs = tuple(jobs)
        self._database = database
        self._leadership = Leadership(url, database, "scheduler")
        self._fire, self._say = fire, say
        self._ticking: BackgroundScheduler | None = None
        self._ending = False

    def serve(self, stop: threading.Event) -> None:
        """Until told to stop; a job that is running then is finished. A database that is away is waited for."""
        try:
            while not stop.is_set():
                try:
                    self._look()
                except StoreError as error:
                    self._say(f"数据库暂时无法使用，稍后再试（{type(error).__name__}）")
                    self._end(wait=False)
                stop.wait(LOOK)
        finally:
            self._end(wait=True)
            self._leadership.leave()

    def _look(self) -> None:
        led = self._ticking is not None
        term = self._leadership.held()
        if term is None and led:
            self._say("已不再是主调度")
            self._end(wait=False)
        if term is None:
            term = self._leadership.take()
            if term is not None:
                self._say(f"成为主调度（第 {term.epoch} 任）")
                self._begin()

    def _begin(self) -> None:
        global _serving  # APScheduler keeps a job as the name of a function, and finds it by that
        _serving = self
        store = SQLAlchemyJobStore(engine=self._database.engine, tablename=TIMETABLE)
        ticking = BackgroundScheduler(
            jobstores={"default": store}, timezone=ZONE,
            executors={LONG: ThreadPoolExecutor(2), SHORT: ThreadPoolExecutor(2)},
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )  # fmt: skip
        ticking.start(paused=True)
        known = {job.id for job in self.jobs}
        for there in ticking.get_jobs():
            if there.id not in known:
                there.remove()
        for job in self.jobs:
            # one that is there keeps its next time: that it lies in the past is how a missed hour shows
            trigger = _trigger(job)
            there = ticking.get_job(job.id)
            if there is None or str(there.trigger) != str(trigger):
                ticking.add_job(
                    fire, trigger, args=[job.id], id=job.id, replace_existing=True, executor=_pool(job)
                )
            if job.every != "minute":  # whatever is due by now and not done
                ticking.add_job(fire, args=[job.id], id=f"{job.id}-now", replace_existing=True)
        self._ticking, self._ending = ticking, False
        ticking.resume()

    def _end(self, *, wait: bool) -> None:
        self._ending = True  # what waits in the pools is not begun any more
        if self._ticking is not None:
            self._ticking.shutdown(wait=wait)
            self._ticking = None

    def fired(self, job: str) -> None:
        """Run a job, and again later if that failed."""
        if self._ending or self._leadership.held() is None:
            return
        try:
            outcome = self._fire(job)
        except (Refusal, StoreError, SQLAlchemyError, OSError) as error:  # it could not even begin
            outcome = Outcome("failed", f"{type(error).__name__}：{error}")
        if outcome.told is not None or outcome.result in ("failed", "deposed"):
            self._say(f"{job}：{outcome.told or outcome.result}")
        every_minute = any(one.id == job and one.every == "minute" for one in self.jobs)
        if outcome.result in ("failed", "busy") and self._ticking is not None and not every_minute:
            at = datetime.now(SHANGHAI) + AGAIN
            self._ticking.add_job(
                fire, "date", run_date=at, args=[job], id=f"{job}-again", replace_existing=True
            )


_serving: Service | None = None


def fire(job: str) -> None:
    """What the timetable names: the service of this process runs the job."""
    if _serving is not None:
        _serving.fired(job)


def _pool(job: Job) -> str:
    return SHORT if job.every == "minute" else LONG


def _trigger(job: Job) -> CronTrigger:
    """Every day at its hour: whether that is a working day is asked when it comes, since the calendar may change."""
    if job.every == "minute":
        return CronTrigger(second=0, timezone=ZONE)
    return CronTrigger(hour=job.at.hour, minute=job.at.minute, timezone=ZONE)
