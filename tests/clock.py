"""A small ledger whose clock the test holds, the people of it with their addresses, and what reaches them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from pathlib import Path

from domain.values import SHANGHAI
from gongze.clockwork import Clockwork
from gongze.ledger import Ledger
from gongze.settings import Settings, load
from scheduler.running import Outcome
from tests import sinks
from tests.ledger_fixture import extend, found

MORNING = time(8)
OFFICER, DEPUTY, HEAD = "officer@nr.gov.example", "deputy@nr.gov.example", "head@nr.gov.example"


@dataclass
class World:
    """A ledger in a folder, the mail that came and what the robots and webhooks of the agencies were told."""

    settings: Settings
    post: sinks.Post
    robot: sinks.Sink
    hook: sinks.Sink

    def at(self, on: date, hour: time = MORNING) -> Settings:
        return replace(self.settings, now=datetime.combine(on, hour, SHANGHAI))

    def run(self, job: str, on: date, hour: time = MORNING, as_of: date | None = None) -> Outcome:
        with Clockwork(self.at(on, hour)) as clockwork:
            return clockwork.run(job, as_of)

    def morning(self, on: date, hour: time = MORNING, *, again: int = 1) -> None:
        """The jobs of a day, asked as often as is said."""
        with Clockwork(self.at(on, hour)) as clockwork:
            for job in ("daily", "send") * again:
                assert clockwork.run(job).result in ("done", "done_before")

    def act(self, *lines: str) -> None:
        with Ledger.open(self.settings) as ledger:
            extend(ledger, list(lines))


def contacts(folder: Path, port: int, ca: Path, robot: int, hook: int) -> Path:
    (folder / "robot.url").write_text(f"http://127.0.0.1:{robot}/cgi-bin/webhook/send?key=k\n")
    (folder / "hook.secret").write_text("geheim\n")
    path = folder / "contacts.toml"
    path.write_text(f"""
desk_url = "https://desk.example"
inner_hosts = ["127.0.0.1"]
[smtp]
host = "localhost"
port = {port}
from = "ledger@gov.example"
ca_file = "{ca}"
[[contact]]
officer = "nr.lhasa/1"
mail = "{OFFICER}"
[[contact]]
agency = "nr.lhasa"
role = "deputy"
mail = "{DEPUTY}"
[[contact]]
agency = "nr.lhasa"
role = "head"
mail = "{HEAD}"
[[robot]]
name = "法院群"
agency = "court.chengguan"
roles = ["officer", "head"]
kind = "wecom"
url_file = "robot.url"
[[webhook]]
name = "检察院平台"
agency = "procuratorate.lhasa"
roles = ["officer", "procuratorate"]
url = "http://127.0.0.1:{hook}/in"
secret_file = "hook.secret"
""")
    return path


@contextmanager
def world(folder: Path, url: str | None = None) -> Iterator[World]:
    """A founded ledger without a case, and running servers."""
    url = url or f"sqlite:///{folder}/ledger.db"
    with sinks.smtp(folder) as (post, port, ca), sinks.http() as robot, sinks.http() as hook:
        path = contacts(folder, port, ca, robot.port, hook.port)
        settings = load({"GONGZE_DATABASE_URL": url, "GONGZE_DATA_DIR": str(folder), "GONGZE_CONTACTS": str(path), "GONGZE_CONFIG": ""})  # fmt: skip
        with Ledger.create(settings) as ledger:
            found(ledger)
        yield World(settings, post, robot, hook)
        shutil.rmtree(folder / "out", ignore_errors=True)
