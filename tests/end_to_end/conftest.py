"""The real command, as an officer would type it, in folders of its own with ledgers of their own."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from domain.refusal import Refusal
from gongze import founding, sample
from gongze.cli import main
from gongze.ledger import Ledger
from gongze.reporting.facts import Period
from gongze.reporting.gathering import Gathered, asked, gather
from gongze.script import KeyRing, replay_line
from gongze.settings import Settings, load
from tests.worlds import day

GONGZE = str(Path(__file__).parents[2] / ".venv/bin/gongze")
CASE = "拉自然资执〔2025〕81号"
NOW = "2026-03-20T18:00:00+08:00"


def line(
    kind: str, actor: str, day: str, data: Mapping[str, object], /, case: str = CASE, **more: Any
) -> str:
    """One act of a case script, received on the day it happened unless `received_at` says otherwise."""
    act = {"type": kind, "case": case, "actor": actor, "occurred_on": day, "data": data}
    return json.dumps({**act, "received_at": f"{day}T10:00:00+08:00", **more}, ensure_ascii=False)


FILING: dict[str, Any] = {
    "title": "未批先占建房案", "parties": [{"name": "甲公司"}], "violation": "unapproved_land_use", "source": "patrol",
    "place": {"region": "540102", "address": "示例村一组"},
}  # fmt: skip
STORY = [
    line("CaseFiled", "nr.lhasa", "2025-06-02", FILING),
    line("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚81", "items": [{"kind": "demolish"}]}),
    line("PenaltyServed", "nr.lhasa", "2025-07-04", {"decision_no": "罚81", "method": "direct"}),
    line("PerformanceDemanded", "nr.lhasa", "2026-01-12", {"decision_no": "罚81"}),
    line("EnforcementApplied", "nr.lhasa", "2026-02-10",
         {"court": "court.chengguan", "decision_no": "罚81", "application_no": "申81"}),
    line("EnforcementAccepted", "court.chengguan", "2026-02-13", {"review_case_no": "行审81"}),
    line("ApplicationCopied", "nr.lhasa", "2026-02-27", {"materials": [{"title": "申请书"}]}),
    line("CopyAcknowledged", "procuratorate.lhasa", "2026-03-02", {"of": "申81"}),
]  # fmt: skip
"""One case up to the copy of its application, a day late: seven working days after 10 February, counted by hand,
are 11, 12, 13, the make-up Saturday 14, then after the Spring Festival (15th to 23rd) 24, 25, 26 February 2026."""


@dataclass
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Stdout, which must be exactly one JSON document of the one spelling (no NaN)."""
        return json.loads(self.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def real_command(arguments: list[str], folder: Path, environment: dict[str, str]) -> Ran:
    ran = subprocess.run(
        [GONGZE, *arguments], cwd=folder, env=environment, check=False, stdin=subprocess.DEVNULL, capture_output=True,
        timeout=120,
    )  # fmt: skip
    return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


Runner = Callable[[list[str], Path, dict[str, str]], Ran]


@dataclass
class Desk:
    """A folder to type commands in."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    runner: Runner = real_command

    def environment(self, **settings: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("GONGZE_")}
        return {**clean, **self.settings, **settings}

    def run(self, *arguments: object, code: int | None = 0, **settings: str) -> Ran:
        """Run the command; `code` None: any of its exit codes. Whatever happens, there is no traceback."""
        made = self.runner([str(a) for a in arguments], self.folder, self.environment(**settings))
        told = f"gongze {' '.join(map(str, arguments))}\n{made.out}\n{made.err}"
        assert not any(word in told for word in ("Traceback", "意外错误", "Unexpected error")), told
        assert made.code in ((0, 1, 2, 3) if code is None else (code,)), f"{made.code}: {told}"
        return made

    def ask(self, *arguments: object, code: int | None = 0, **settings: str) -> Any:
        """The command's JSON answer."""
        return self.run(*arguments, "--format", "json", code=code, **settings).json

    def fails(self, *arguments: object, code: int, **settings: str) -> dict[str, Any]:
        """The error of a whole command: nothing on stdout, one JSON object on stderr."""
        ran = self.run(*arguments, "--format", "json", code=code, **settings)
        assert ran.out == ""
        error = json.loads(ran.err.splitlines()[-1])
        assert set(error) == {"code", "message", "field"}
        assert error["message"]
        return dict(error)

    def script(self, lines: Iterable[str | bytes], name: str = "script.jsonl") -> Path:
        """Write a case script."""
        path = self.folder / name
        path.write_bytes(b"".join((one if isinstance(one, bytes) else one.encode()) + b"\n" for one in lines))
        return path

    def replay(
        self, lines: Iterable[str | bytes], *more: object, code: int | None = 0, **settings: str
    ) -> Any:
        """The answer to replaying these lines with the demonstration keys."""
        return self.ask("replay", self.script(lines), "--keys", "keys", *more, code=code, **settings)

    def open(self) -> Ledger:
        """The ledger itself, in this process."""
        url = self.settings.get("GONGZE_DATABASE_URL", f"sqlite:///{self.folder}/gongze-data/ledger.db")
        return Ledger.open(load({"GONGZE_DATABASE_URL": url}))

    @property
    def size(self) -> int:
        with self.open() as ledger:
            return ledger.store.head().size

    @property
    def database(self) -> Path:
        return self.folder / "gongze-data/ledger.db"


@pytest.fixture(scope="session")
def founded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    Desk(folder).run("init", "--demo-keys", "keys")
    return folder


@pytest.fixture(scope="session")
def told_folder(tmp_path_factory: pytest.TempPathFactory, founded_folder: Path) -> Path:
    folder = tmp_path_factory.mktemp("told") / "desk"
    shutil.copytree(founded_folder, folder)
    Desk(folder).run("replay", Desk(folder).script(STORY), "--keys", "keys", "--stop-on-error")
    return folder


@dataclass
class SampleYear:
    """The sample of the demonstration in a ledger of its own: which lines were refused, and what was irregular."""

    folder: Path
    settings: Settings
    refused: list[Any] = field(default_factory=list)
    irregular: Counter[str] = field(default_factory=Counter)

    def desk(self, runner: Runner, now: str) -> Desk:
        """A place to ask it from; nothing may be added to it."""
        return Desk(
            self.folder, {"GONGZE_DATABASE_URL": self.settings.database_url, "GONGZE_NOW": now}, runner
        )


@pytest.fixture(scope="session")
def sample_year(tmp_path_factory: pytest.TempPathFactory) -> SampleYear:
    """Told once for all that ask it."""
    folder = tmp_path_factory.mktemp("sample")
    settings = replace(load({}), database_url=f"sqlite:///{folder}/ledger.db", data_dir=folder)
    founding.demonstration(settings, folder / "keys")
    year = SampleYear(folder, settings)
    with Ledger.open(settings) as ledger:
        ring = KeyRing(folder / "keys")
        for number, told in enumerate(sample.script(), 1):
            try:
                found = replay_line(ledger, number, told.encode(), ring).irregular
                year.irregular.update(irregularity.code for _, irregularity in found)
            except Refusal as refusal:
                year.refused.append((number, refusal.code, refusal.message, told))
        ledger.catch_up()
    return year


FIRST, LAST = "2026-01-01", "2026-07-10"
"""Up to the last day of the sample: the tables then hold what the report counts as of."""


def told_of(
    year: SampleYear, first: str, last: str, region: str | None = None, head: int | None = None
) -> Gathered:
    with Ledger.open(year.settings) as ledger:
        return gather(ledger, asked(ledger, region, Period(day(first), day(last)), head))


@pytest.fixture(scope="session")
def whole_year(sample_year: SampleYear) -> Gathered:
    return told_of(sample_year, FIRST, LAST)


@pytest.fixture(scope="session")
def half_year(sample_year: SampleYear) -> Gathered:
    return told_of(sample_year, "2026-01-01", "2026-06-30")


@dataclass
class Sql:
    """Questions to the tables, of the days of the sample."""

    connection: sqlite3.Connection

    def __call__(self, question: str, **more: str) -> Any:
        return self.run(question, **more).fetchone()[0]

    def rows(self, question: str, **more: str) -> list[Any]:
        return self.run(question, **more).fetchall()

    def run(self, question: str, **more: str) -> sqlite3.Cursor:
        return self.connection.execute(question, {"first": FIRST, "last": LAST, **more})


@pytest.fixture(scope="session")
def sql(sample_year: SampleYear) -> Iterator[Sql]:
    connection = sqlite3.connect(f"file:{sample_year.folder}/ledger.db?mode=ro", uri=True)
    yield Sql(connection)
    connection.close()


def _copy(of: Path, to: Path) -> Desk:
    shutil.copytree(of, to, dirs_exist_ok=True)
    return Desk(to, {"GONGZE_NOW": NOW})


@pytest.fixture
def bare(tmp_path: Path) -> Desk:
    """A folder without a ledger."""
    return Desk(tmp_path)


@pytest.fixture
def desk(founded_folder: Path, tmp_path: Path) -> Desk:
    """A fresh demonstration ledger with its keys in `keys`, on 20 March 2026."""
    return _copy(founded_folder, tmp_path)


@pytest.fixture
def told(told_folder: Path, tmp_path: Path) -> Desk:
    """The same with the one case of STORY."""
    return _copy(told_folder, tmp_path)


@pytest.fixture
def entered(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Runner:
    """The command's own entry point called in this process: for many calls, a new process for each is only slow."""

    def call(arguments: list[str], folder: Path, environment: dict[str, str]) -> Ran:
        with monkeypatch.context() as here:
            for name in [k for k in os.environ if k.startswith("GONGZE_")]:
                here.delenv(name)
            for name, value in environment.items():
                if name.startswith("GONGZE_"):
                    here.setenv(name, value)
            here.chdir(folder)
            here.setattr(sys, "argv", ["gongze", *arguments])
            capfd.readouterr()
            with pytest.raises(SystemExit) as ended:
                main()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(code, *capfd.readouterr())

    return call


@pytest.fixture
def here(desk: Desk, entered: Runner) -> Desk:
    """`desk`, its commands run in this process."""
    return replace(desk, runner=entered)


@pytest.fixture
def told_here(told: Desk, entered: Runner) -> Desk:
    """`told`, its commands run in this process."""
    return replace(told, runner=entered)
