"""The tables on both databases: they follow the ledger, whoever follows, and agree with a rebuild."""

import json
import random
import re
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, text

from domain.acts import Act
from domain.cases import fold
from domain.dossiers import dossier_id
from domain.duties import Rules, duties_of, state
from domain.registry import STREAM, Registry, evolve
from events.calendars import national_calendar
from events.history import stored_act
from events.store import Entry, StoreBusy, StoreUnreachable
from gongze import founding
from gongze.ledger import Ledger
from gongze.sample import script
from gongze.script import KeyRing, replay_line
from gongze.settings import load
from projections import CannotFold, Projections, Stopped, databases, reading

MINE = "拉自然资执〔2025〕81号"


@dataclass(frozen=True)
class Told:
    """A ledger's entries, the irregularities that it told while recording them, and its rules."""

    entries: list[Entry]
    acts: list[Act]
    irregular: set[tuple[str, str]]
    rules: Rules
    calendar_at: int
    file: Path

    def registry(self, known: int) -> Registry:
        registry = Registry()
        for act in self.acts[:known]:
            if act.stream == STREAM:
                registry = evolve(registry, act)
        return registry

    def rules_at(self, known: int) -> Rules:
        registry = self.registry(known)
        return replace(self.rules, registry=registry, calendar=registry.calendar(national_calendar()))


class Known:
    """The first acts of a ledger: what a follower sees of one that grows. Pages are smaller than it asks for."""

    def __init__(self, told: Told, size: int | None = None, page: int = 1_000) -> None:
        self.told = told
        self.size = len(told.entries) if size is None else size
        self.page = page
        self.before_read: Callable[[], None] = lambda: None

    def read(self, after: int, limit: int) -> list[Entry]:
        self.before_read()
        return self.told.entries[after + 1 : self.size][: min(limit, self.page)]

    def stream(self, stream: str) -> list[Entry]:
        return [e for e in self.told.entries[: self.size] if e.stream == stream]

    def count(self) -> int:
        return self.size

    def streams(self) -> list[str]:
        self.before_read()
        return list(dict.fromkeys(e.stream for e in self.told.entries[: self.size]))

    def rules(self) -> Rules:
        return self.told.rules


def act(
    kind: str, actor: str, day: str, data: Mapping[str, object], case: str = MINE, at: str = "10:00"
) -> str:
    line = {"type": kind, "case": case, "actor": actor, "occurred_on": day, "data": data,
            "received_at": f"{day}T{at}:00+08:00"}  # fmt: skip
    return json.dumps(line, ensure_ascii=False)


def my_case() -> list[str]:
    """One case from filing to a copy sent too late, later corrected."""
    place = {"region": "540102", "address": "示例村"}
    return [
        act("CaseFiled", "nr.lhasa", "2025-06-02", {"title": "示例案", "parties": [{"name": "甲"}], "place": place,
            "violation": "unapproved_land_use", "source": "patrol"}),
        act("PenaltyDecided", "nr.lhasa", "2025-07-01", {"decision_no": "罚81", "items": [{"kind": "demolish"}]}),
        act("PenaltyServed", "nr.lhasa", "2025-07-04", {"decision_no": "罚81", "method": "direct"}),
        act("PerformanceDemanded", "nr.lhasa", "2026-01-12", {"decision_no": "罚81"}),
        act("EnforcementApplied", "nr.lhasa", "2026-02-10",
            {"court": "court.chengguan", "decision_no": "罚81", "application_no": "申81"}),
        act("EnforcementAccepted", "court.chengguan", "2026-02-13", {"review_case_no": "行审81"}),
        act("ApplicationCopied", "nr.lhasa", "2026-02-27", {"materials": [{"title": "申请书"}]}),
        act("CopyAcknowledged", "procuratorate.lhasa", "2026-03-02", {"of": "申81"}),
        act("StatementCorrected", "nr.lhasa", "2026-03-03",
            {"of": "申81", "reason": "误填", "data": {"occurred_on": "2026-02-09"}}),
    ]  # fmt: skip


def received_at(line: str) -> str:
    return str(json.loads(line)["received_at"])


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The sample's first sixteen cases, up to a day, and one of our own, then acts that reach back: a calendar that
    changes due days, a key in doubt."""
    home = tmp_path_factory.mktemp("ledger")
    (home / "data").mkdir()
    settings = load(
        {"GONGZE_DATABASE_URL": f"sqlite:///{home}/data/ledger.db", "GONGZE_NOW": "2026-03-20T18:00:00+08:00"}
    )
    founding.demonstration(settings, home / "keys")
    with Ledger.open(settings) as ledger:
        keys = KeyRing(home / "keys")
        sample = [line for line in script() if re.search(r'"case": ".自然资执〔2025〕(\d|1[0-6])号"', line)]
        told_by_then = [line for line in sample if received_at(line) < "2026-03-10"]
        lines = sorted([*told_by_then, *my_case()], key=received_at)
        revoked = {"key_id": keys.get("nr.dagze/1").kid.hex(), "since": "2024-09-01", "reason": "遗失"}
        days = {"year": 2026, "region": "540100", "notice": "示例", "holidays": ["2026-02-11", "2026-02-12"]}
        registry = [
            act("CalendarPublished", "operator", "2026-03-10", days, STREAM),
            act("KeyRevoked", "nr.dagze", "2026-03-11", revoked, STREAM),
        ]
        after = act("CaseClosed", "nr.lhasa", "2026-03-12", {"reason": "毕"})
        irregular: set[tuple[str, str]] = set()
        for number, line in enumerate([*lines, *registry, after], 1):
            accepted = replay_line(ledger, number, line.encode(), keys)
            irregular |= {(statement, i.code) for statement, i in accepted.irregular}
        entries = list(ledger.entries())
        acts = [stored_act(e) for e in entries]
        calendar_at = next(a.index for a in acts if a.type == "CalendarPublished")
        return Told(entries, acts, irregular, ledger.rules(), calendar_at, home / "data" / "ledger.db")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_database"))
    return new_file(tmp_path)


def new_file(folder: Path, name: str = "ledger.db") -> str:
    with closing(sqlite3.connect(folder / name)) as file:  # as the store leaves it
        file.execute("PRAGMA journal_mode=WAL")
    return f"sqlite:///{folder / name}"


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[Known], Projections]]:
    """Followers of one database, closed after the test."""
    followers: list[Projections] = []

    def one(source: Known) -> Projections:
        followers.append(Projections(url, source))
        return followers[-1]

    yield one
    for follower in followers:
        follower.close()


@pytest.fixture(scope="module")
def brief(told: Told) -> Told:
    """The beginning of that ledger: its founding and a good hundred acts of the first cases."""
    return replace(told, entries=told.entries[:340], acts=told.acts[:340])


def digest_of(told: Told, folder: Path) -> dict[str, str]:
    one = Projections(new_file(folder), Known(told))
    one.create()
    one.catch_up()
    digest = one.digest()
    one.close()
    return digest


@pytest.fixture(scope="module")
def reference(told: Told, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of tables that followed the whole ledger in one go."""
    return digest_of(told, tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="module")
def brief_reference(brief: Told, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return digest_of(brief, tmp_path_factory.mktemp("reference"))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def followed(
    told: Told, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Projections]:
    """Tables of the whole ledger, only to be read."""
    server = ""
    if request.param == "sqlite":
        url = new_file(tmp_path_factory.mktemp("followed"))
    else:
        server = str(request.getfixturevalue("postgres_url"))
        execute(server, "CREATE DATABASE followed")
        url = f"{server.rpartition('/')[0]}/followed"
    one = Projections(url, Known(told))
    one.create()
    one.catch_up()
    yield one
    one.close()
    if server:
        execute(server, "DROP DATABASE followed WITH (FORCE)")


def execute(url: str, *statements: str) -> None:
    """As another program would, past the room."""
    if url.startswith("sqlite"):
        file = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
        for statement in statements:
            file.execute(statement)
        file.close()
        return
    with psycopg.connect(url, autocommit=True) as server:
        for statement in statements:
            server.execute(statement.encode())


# --- following ----------------------------------------------------------------------------------------------


def test_the_tables_are_the_same_in_both_databases_and_whatever_the_batches(told, opened, reference):
    cuts = random.Random(7)
    source = Known(told, 230, page=97)
    follower = opened(source)
    follower.create()
    folded = follower.catch_up()
    while source.size < len(told.entries):
        # the last ones singly: there a correction must reach back to an act that is stored already
        left = len(told.entries) - source.size
        source.size += 1 if left <= 40 else cuts.choice([1, 3, 30])
        folded += follower.catch_up()
    assert folded == len(told.entries)
    assert follower.position() == told.entries[-1].index
    assert follower.digest() == reference


def test_a_new_process_follows_on_where_the_last_one_stopped(told, opened, reference):
    first = opened(Known(told, 300))
    first.create()
    assert (first.position(), first.catch_up(), first.position()) == (-1, 300, 299)
    second = opened(Known(told))
    assert second.catch_up() == len(told.entries) - 300
    assert second.catch_up() == 0
    assert second.digest() == reference


@pytest.mark.parametrize("before", [0, 100, 300])
def test_what_is_far_behind_is_folded_case_by_case_to_the_same_tables(
    told, opened, reference, monkeypatch, before
):
    """Where most is still to come; with 300 acts folded already as well, they being the less."""
    monkeypatch.setattr("projections.follower.LONG", 100)
    opened(Known(told, before)).catch_up()
    pages: list[int] = []
    source = Known(told)
    read = source.read

    def told_of(after: int, limit: int) -> list[Entry]:
        pages.append(after)
        return read(after, limit)

    monkeypatch.setattr(source, "read", told_of)
    late = opened(source)
    assert late.catch_up() == len(told.entries) - before
    assert pages == [len(told.entries) - 1]  # only to see that there is no more
    assert late.digest() == reference
    assert late.rebuild().differed == ()


def test_two_that_are_far_behind_at_once_come_to_the_same_tables(brief, opened, brief_reference, monkeypatch):
    monkeypatch.setattr("projections.follower.LONG", 100)
    quick, slow = Known(brief, 300), Known(brief)
    first = opened(quick)

    def overtaken() -> None:
        if first.position() < 299:
            first.catch_up()
            quick.size = len(brief.entries)
            first.catch_up()

    slow.before_read = overtaken
    second = opened(slow)
    second.catch_up()
    assert (second.position(), second.digest()) == (len(brief.entries) - 1, brief_reference)
    assert first.catch_up() == 0


def test_two_followers_at_once_neither_double_nor_lose(brief, opened, brief_reference):
    followers = [opened(Known(brief, page=40)) for _ in range(2)]
    followers[0].create()
    folded = [0, 0]
    together = threading.Barrier(2)

    def follow(n: int) -> None:
        together.wait()
        folded[n] = followers[n].catch_up()

    threads = [threading.Thread(target=follow, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(folded) == len(brief.entries)
    assert followers[0].digest() == brief_reference


def test_a_follower_that_another_one_overtakes_writes_nothing(brief, opened, brief_reference):
    quick = opened(Known(brief))
    quick.create()
    slow = Known(brief)
    slow.before_read = lambda: (quick.catch_up(), None)[1]  # between its look at the position and its writing
    assert opened(slow).catch_up() == 0
    assert quick.digest() == brief_reference


FORBID = {
    "sqlite": (
        "CREATE TRIGGER forbid BEFORE UPDATE ON p_position BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION forbid() RETURNS trigger AS 'BEGIN RAISE ''the disk is full''; END' LANGUAGE plpgsql",
        "CREATE TRIGGER forbid BEFORE UPDATE ON p_position EXECUTE FUNCTION forbid()",
    ),
}
ALLOW = {"sqlite": "DROP TRIGGER forbid", "postgresql": "DROP TRIGGER forbid ON p_position"}


def test_what_fails_at_the_last_write_of_a_batch_leaves_no_row_of_it(brief, url, opened, brief_reference):
    scheme = url.partition(":")[0]
    follower = opened(Known(brief))
    follower.create()
    execute(url, *FORBID[scheme])
    with pytest.raises(Exception, match="the disk is full"):
        follower.catch_up()
    with follower.reading() as connection:
        assert set(reading.counts(connection).rows.values()) == {0}
    execute(url, ALLOW[scheme])
    assert follower.catch_up() == len(brief.entries)
    assert follower.digest() == brief_reference


def test_the_tables_lie_in_the_ledgers_own_file(told, tmp_path, reference):
    shutil.copytree(told.file.parent, tmp_path / "data")
    settings = load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/data/ledger.db"})
    with Ledger.open(settings) as ledger:
        follower = Projections(settings.database_url, Known(told))
        follower.create()
        follower.catch_up()
        assert follower.digest() == reference
        follower.close()
        assert list(ledger.entries()) == told.entries


def test_progress_is_told_after_each_batch(brief, opened):
    follower = opened(Known(brief, 250, page=100))
    follower.create()
    seen: list[int] = []
    follower.catch_up(seen.append)
    assert seen == [99, 199, 249]


def test_tables_are_made_once_by_however_many(brief, opened):
    followers = [opened(Known(brief, 10)) for _ in range(4)]
    together = threading.Barrier(4)
    failed: list[BaseException] = []

    def create(follower: Projections) -> None:
        together.wait()
        try:
            follower.create()
        except BaseException as error:  # noqa: BLE001 - told by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=create, args=(f,)) for f in followers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert followers[0].catch_up() == 10
    followers[1].create()
    assert followers[1].position() == 9


def test_a_ledger_file_that_is_not_there_is_not_made(brief, tmp_path):
    missing = tmp_path / "none.db"
    follower = Projections(f"sqlite:///{missing}", Known(brief))
    with pytest.raises(StoreUnreachable):
        follower.create()
    assert not missing.exists()


def test_a_database_that_does_not_answer_is_told_as_the_store_tells_it(brief):
    follower = Projections("postgresql://nobody@127.0.0.1:1/none", Known(brief))
    with pytest.raises(StoreUnreachable):
        follower.position()


def test_a_lock_that_is_not_had_in_time_is_told_as_busy(brief, url, opened, monkeypatch):
    monkeypatch.setattr(databases, "WAIT_SECONDS", 0.05)
    holder, waiting = opened(Known(brief)), opened(Known(brief))
    holder.create()
    with holder._database.writing() as connection:
        connection.execute(text("UPDATE p_position SET generation = generation"))
        with pytest.raises(StoreBusy):
            waiting.catch_up()
    assert waiting.catch_up() == len(brief.entries)


# --- what cannot be folded ----------------------------------------------------------------------------------


def damaged(told: Told, at: int, **changes: object) -> Told:
    entries = [*told.entries]
    entries[at] = replace(entries[at], **changes)  # type: ignore[arg-type]
    return replace(told, entries=entries)


def shown(follower: Projections) -> tuple[list[Stopped], dict[str, int], list[int]]:
    """The streams stopped, the last act shown of each dossier, and the acts in the timeline."""
    with follower.reading() as connection:
        indexes = connection.execute(text('SELECT "index" FROM p_act ORDER BY "index"')).scalars()
        cases = {c.case: c.last_index for c in reading.cases(connection, kind=None)}
        return reading.stopped(connection), cases, list(indexes)


def test_an_act_that_cannot_be_folded_stops_its_case_alone_and_the_later_ones_wait(told, opened, reference):
    """A case of Dagze's, whose key is revoked later, stops at its second act."""
    broken_at = next(
        a.index for a in told.acts if a.type == "PenaltyDecided" and a.signer == "nr.dagze" and a.index < 300
    )
    stream = told.acts[broken_at].stream
    of_stream = [a.index for a in told.acts if a.stream == stream]
    before = [i for i in of_stream if i < broken_at]
    assert before
    assert len(of_stream) > len(before) + 1
    source = Known(damaged(told, broken_at, statement=b"\x00"), 300, page=97)
    follower = opened(source)
    follower.create()
    follower.catch_up()
    source.size = len(told.entries)
    follower.catch_up()
    stopped, cases, indexes = shown(follower)
    assert [(one.stream, one.index) for one in stopped] == [(stream, broken_at)]
    assert stopped[0].what
    assert indexes == [i for i in range(len(told.entries)) if i not in of_stream or i < broken_at]
    last_of = {dossier_id(a.stream): a.index for a in told.acts if a.stream != STREAM}
    assert cases == last_of | {dossier_id(stream): before[-1]}
    assert follower.catch_up() == 0

    still = opened(source)  # the next process tries again, in vain
    still.catch_up()
    assert shown(still) == (stopped, cases, indexes)
    source.told = told
    fixed = opened(source)  # and one that can fold it takes the case up, with all that waited
    assert fixed.catch_up() == 0
    assert fixed.digest() == reference


def test_a_stopped_case_that_is_taken_up_is_known_to_those_who_follow_along(brief, opened, brief_reference):
    at = next(a.index for a in brief.acts if a.type == "PenaltyDecided")
    later = max(a.index for a in brief.acts if a.stream == brief.acts[at].stream)
    assert later > at
    source = Known(damaged(brief, at, statement=b"\x00"), later)
    one = opened(source)
    one.create()
    one.catch_up()
    source.told = brief
    assert opened(source).catch_up() == 0
    source.size = len(brief.entries)
    one.catch_up()  # it had folded the case without these acts
    assert one.digest() == brief_reference


def test_a_rebuild_takes_up_what_had_stopped_and_says_that_the_tables_differed(
    brief, opened, brief_reference
):
    at = next(a.index for a in brief.acts if a.type == "PenaltyDecided")
    source = Known(damaged(brief, at, statement=b"\x00"))
    follower = opened(source)
    follower.create()
    follower.catch_up()
    again = follower.rebuild()
    assert again.differed == ()  # the same acts, the same fault
    assert [one.index for one in shown(follower)[0]] == [at]
    source.told = brief
    assert {"p_act", "p_case", "p_stopped"} <= set(follower.rebuild().differed)
    assert follower.digest() == brief_reference


def test_a_stream_whose_versions_have_a_gap_stops_alone(brief, opened):
    at = next(a.index for a in brief.acts if a.type == "PenaltyDecided")
    skipped = damaged(brief, at, version=brief.entries[at].version + 1)
    follower = opened(Known(skipped))
    follower.create()
    follower.catch_up()
    assert [(one.stream, one.index) for one in shown(follower)[0]] == [(brief.acts[at].stream, at)]


def test_an_act_of_the_registry_that_cannot_be_read_stops_the_follower_with_its_place(
    brief, opened, brief_reference
):
    source = Known(damaged(brief, 100, statement=b"\x00"))
    assert brief.acts[100].stream == STREAM
    follower = opened(source)
    follower.create()
    for _ in range(2):  # and stays where it is
        with pytest.raises(CannotFold) as stopped:
            follower.catch_up()
        assert (stopped.value.stream, stopped.value.index) == (STREAM, 100)
    assert follower.position() == -1
    source.told = brief
    follower.catch_up()
    assert follower.digest() == brief_reference


def test_a_missing_index_stops_the_follower(brief, opened):
    gap = replace(brief, entries=[e for e in brief.entries if e.index != 300])
    follower = opened(Known(gap))
    follower.create()
    with pytest.raises(CannotFold) as stopped:
        follower.catch_up()
    assert stopped.value.index == 301


# --- rebuilding ---------------------------------------------------------------------------------------------


def test_a_rebuild_puts_right_whatever_was_spoiled(brief, url, opened, brief_reference):
    follower = opened(Known(brief, page=200))
    follower.create()
    follower.catch_up()
    execute(
        url,
        "DELETE FROM p_duty WHERE holder = 'nr.lhasa'",
        "UPDATE p_act SET agency = 'nobody'",
        "INSERT INTO p_agency SELECT 'nobody', kind, name, level, region, modes, officers, keys, root_countersigned "
        "FROM p_agency WHERE id = 'nr.lhasa'",
    )
    spoiled = follower.digest()
    assert {name for name in spoiled if spoiled[name] != brief_reference[name]} == {
        "p_duty",
        "p_act",
        "p_agency",
    }
    rebuilt = follower.rebuild()
    assert (rebuilt.acts, set(rebuilt.differed)) == (len(brief.entries), {"p_duty", "p_act", "p_agency"})
    assert rebuilt.rows["p_act"] == len(brief.entries)
    assert follower.digest() == brief_reference
    again = follower.rebuild()  # nothing of the last one is left over
    assert (again.acts, again.differed, again.rows) == (rebuilt.acts, (), rebuilt.rows)
    assert follower.catch_up() == 0


def test_one_table_alone_can_be_put_in_place(brief, url, opened, brief_reference):
    follower = opened(Known(brief))
    follower.create()
    follower.catch_up()
    execute(url, "DELETE FROM p_duty WHERE holder = 'nr.lhasa'", "UPDATE p_agency SET name = 'nobody'")
    assert set(follower.rebuild("p_duty").differed) == {"p_duty", "p_agency"}
    digest = follower.digest()
    assert {name for name in digest if digest[name] != brief_reference[name]} == {"p_agency"}


def test_a_rebuild_interrupted_leaves_the_tables_as_they_were(brief, url, opened, brief_reference):
    follower = opened(Known(brief, page=100))
    follower.create()
    follower.catch_up()
    execute(url, "DELETE FROM p_duty WHERE holder = 'nr.lhasa'")
    spoiled = follower.digest()

    def interrupt(index: int) -> None:
        if index > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follower.rebuild(progress=interrupt)
    assert follower.digest() == spoiled
    execute(url, *FORBID[url.partition(":")[0]])  # and one that fails at the very last write
    with pytest.raises(Exception, match="the disk is full"):
        follower.rebuild()
    assert follower.digest() == spoiled
    execute(url, ALLOW[url.partition(":")[0]])
    assert follower.rebuild().differed == ("p_duty",)
    assert follower.digest() == brief_reference


def test_a_rebuild_does_not_set_back_what_others_folded_meanwhile(brief, opened, brief_reference):
    """Others record and fold while it computes, and again while it compares."""
    theirs, ours = Known(brief, 300), Known(brief)
    live = opened(theirs)
    live.create()
    live.catch_up()
    positions: list[int] = []

    def recorded_meanwhile() -> None:
        positions.append(live.position())
        theirs.size = min(theirs.size + 20, len(brief.entries))
        live.catch_up()

    ours.before_read = recorded_meanwhile
    rebuilt = opened(ours).rebuild()
    assert positions == [299, 319, 339]  # the last time nobody was quicker
    assert (rebuilt.acts, rebuilt.differed) == (len(brief.entries), ())
    assert live.digest() == brief_reference


def test_tables_that_are_ahead_of_the_ledger_are_set_back_by_a_rebuild(brief, opened):
    """As after the ledger's file was replaced by an older copy."""
    follower = opened(Known(brief))
    follower.create()
    follower.catch_up()
    older = opened(Known(brief, 300))
    assert older.rebuild("p_agency").acts == 300
    assert (older.position(), len(shown(older)[2])) == (299, 300)


def test_a_batch_computed_before_a_rebuild_is_computed_again(
    brief, url, opened, brief_reference, monkeypatch
):
    source = Known(brief, 280)
    follower = opened(source)
    follower.create()
    follower.catch_up()
    execute(url, "DELETE FROM p_duty")  # so the follower finds none to replace
    source.size = len(brief.entries)
    write: Callable[[], AbstractContextManager[Connection]] = follower._database.writing
    rebuilt: list[int] = []

    def after_a_rebuild() -> AbstractContextManager[Connection]:
        if not rebuilt:
            rebuilt.append(opened(Known(brief, 280)).rebuild().acts)
        return write()

    monkeypatch.setattr(follower._database, "writing", after_a_rebuild)
    follower.catch_up()
    assert (rebuilt, follower.digest()) == ([280], brief_reference)


# --- what is read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["before the calendar", "to the end"])
def test_duties_read_back_are_those_folded_anew(told, opened, when):
    known = told.calendar_at if when == "before the calendar" else len(told.entries)
    rules = told.rules_at(known)
    days = [date(2024, 9, 9), date(2026, 2, 25), date(2026, 3, 20)]
    follower = opened(Known(told, known))
    follower.create()
    follower.catch_up()
    with follower.reading() as connection:
        cases = [c.case for c in reading.cases(connection)]
        assert len(cases) == 17
        for case in cases:
            acts = tuple(a for a in told.acts[:known] if a.stream == f"case/{case}")
            fresh = {d.id: d for d in duties_of(fold(case, acts, rules.registry), rules)}
            stored = {d.id: d for d in reading.duties(connection, rules, case=case)}
            assert stored == fresh
            for day in days:
                assert [state(stored[i], day, rules) for i in fresh] == [
                    state(d, day, rules) for d in fresh.values()
                ]


def test_a_calendar_published_later_moves_the_due_days_of_cases_not_touched_since(told, opened):
    source = Known(told)
    follower = opened(source)
    follower.create()

    def due(known: int) -> date | None:
        source.size = known
        follower.catch_up()
        with follower.reading() as connection:
            (copy,) = reading.duties(
                connection, told.rules, case=MINE, duty="copy_application_to_procuratorate"
            )
            return copy.due_on

    # corrected to 2026-02-09: the 10th, 11th, 12th, 13th, Saturday the 14th (a make-up workday before the Spring
    # Festival of the 15th to the 23rd), the 24th and the 25th are the seven working days ...
    assert due(told.calendar_at) == date(2026, 2, 25)
    # ... and with the 11th and 12th off in Lhasa the 26th and 27th take their place
    assert due(told.calendar_at + 1) == date(2026, 2, 27)


def test_the_register_shows_an_application_with_its_copies(told, followed):
    with followed.reading() as connection:
        (row,) = reading.applications(connection, case=MINE)
        (duty,) = reading.duties(connection, told.rules, instance=row.application_duty)
        by_agency = {
            a: len(reading.applications(connection, agency=a))
            for a in ("court.dagze", "nr.dagze", "nr.xizang")
        }
    assert (row.number, row.court, row.parties) == ("申81", "court.chengguan", ["甲"])
    assert (row.applied_on, row.accepted_on, row.outcome) == (date(2026, 2, 9), date(2026, 2, 13), "")
    # copied and recorded on the 27th; the procuratorate acknowledged it on 2 March
    copied = row.copies["application"]
    assert (copied.copied_on, copied.acknowledged_on) == (date(2026, 2, 27), date(2026, 3, 2))
    assert (duty.id, duty.case, duty.discharged_by) == (copied.duty, MINE, copied.copy)
    assert row.copies["acceptance"].copied_on is None
    # of the sample's first sixteen cases four are Dagze's: 2, 6, 10 and 14; the sixth is a planning violation, which is
    # handed to the government; of the others one applied again by then
    assert by_agency == {"court.dagze": 4, "nr.dagze": 4, "nr.xizang": 0}


def test_the_timeline_keeps_acts_as_signed_and_shows_what_became_of_them(told, followed):
    with followed.reading() as connection:
        rows = reading.timeline(connection, MINE)
    by_type = {row.type: row for row in rows}
    assert [row.version for row in rows] == list(range(1, 11))
    applied, corrected = by_type["EnforcementApplied"], by_type["StatementCorrected"]
    assert (applied.occurred_on, applied.counts_on) == (date(2026, 2, 10), date(2026, 2, 9))
    assert applied.corrected_by == corrected.statement
    assert (applied.data["application_no"], applied.data["court"]) == ("申81", "court.chengguan")
    assert by_type["ApplicationCopied"].recipient == "procuratorate.lhasa"
    assert by_type["CopyAcknowledged"].subjects["copy"] == by_type["ApplicationCopied"].statement
    # applied on the 10th: the 11th, 12th, 13th, 14th (make-up), 24th, 25th, 26th; so the 27th is late, and stays so
    # although the correction and the calendar moved the last day since
    assert [i["code"] for i in by_type["ApplicationCopied"].irregular] == ["copied_late"]


def test_the_timeline_tells_the_irregularities_that_were_told_when_recording(told, followed):
    with followed.reading() as connection:
        cases = [c.case for c in reading.cases(connection)]
        shown = {
            (row.statement, i["code"])
            for case in cases
            for row in reading.timeline(connection, case)
            for i in row.irregular
        }
    assert {"copied_late", "key_in_doubt"} <= {code for _, code in shown}
    of_the_registry = {
        a.id for a in told.acts if a.stream == STREAM
    }  # their statements are in no case's timeline
    assert shown == {
        (statement, code) for statement, code in told.irregular if statement not in of_the_registry
    }


def test_a_board_of_a_past_day_knows_which_cases_to_fold_anew(told, followed):
    with followed.reading() as connection:
        everything = {c.case for c in reading.cases(connection)}
        assert set(reading.cases_counting_after(connection, date(2024, 1, 1))) == everything
        assert reading.cases_counting_after(connection, date(2026, 3, 11)) == [MINE]  # closed on the 12th
        assert reading.cases_counting_after(connection, date(2026, 3, 12)) == []


def test_duties_are_found_by_holder_row_and_the_beginning_of_their_id(told, followed):
    with followed.reading() as connection:
        every = reading.duties(connection, told.rules)
        courts = reading.duties(connection, told.rules, holder="court.dagze")
        copies = reading.duties(
            connection, told.rules, duty="copy_ruling_to_procuratorate", case=every[0].case
        )
        one = reading.duties(connection, told.rules, instance=every[0].id[:12])
        none = reading.duties(connection, told.rules, instance="%")
        nr = reading.cases(connection, nr="nr.dagze")
        counts = reading.counts(connection)
    assert courts == [d for d in every if d.holder == "court.dagze"] != []
    assert {d.row.id for d in copies} <= {"copy_ruling_to_procuratorate"}
    assert (one, none) == ([every[0]], [])
    assert [c.case[:1] for c in nr] == ["达"] * 4  # cases 2, 6, 10 and 14
    assert (counts.last_index, counts.rows["p_duty"]) == (len(told.entries) - 1, len(every))


def test_agencies_are_shown_as_the_registry_has_them(told, followed):
    with followed.reading() as connection:
        agencies = {a.id: a for a in reading.agencies(connection)}
    dagze = agencies["nr.dagze"]
    assert (dagze.kind, dagze.level, dagze.region) == ("nr", "county", "540104")
    assert (dagze.mode(date(2023, 12, 31)), dagze.mode(date(2024, 1, 1))) == ("paper", "signing")
    assert [o["id"] for o in dagze.officers] == ["nr.dagze/1"]
    # a root key and an officer's; the officer's is revoked
    assert (dagze.keys, agencies["nr.lhasa"].keys, dagze.root_countersigned) == (1, 2, True)
