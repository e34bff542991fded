"""A large ledger is verified by several processes; what they find is what one finds."""

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from events import remembering
from events.store import open_store
from events.verification import Report, verify
from gongze.ledger import Ledger
from gongze.settings import Settings, load
from tests.doors import CASE_DATA, FILED, NOTICE, Door, found_ledger

CASES = 12


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> Settings:
    """A dozen cases whose acts are interleaved."""
    made = load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path_factory.mktemp('shared-out')}/ledger.db"})
    with Ledger.create(made) as ledger:
        door = Door(ledger)
        found_ledger(door)
        streams = [FILED]
        for number in range(1, CASES):
            streams.append(f"case/堆自然资执〔2026〕{number}号")
            door.do("CaseFiled", "nr.duilong", streams[-1], CASE_DATA)
        for turn in range(4):
            for stream in streams:
                agency = "nr.lhasa" if stream == FILED else "nr.duilong"
                door.do("NoticeIssued", agency, stream, {**NOTICE, "notice_no": f"停{turn}"})
    return made


def damage(path: Path) -> None:
    """Of each kind something: a changed act, one taken out, columns of wrong type, receipts that run back, a key gone."""
    chance = random.Random(11)
    with closing(sqlite3.connect(path)) as connection:
        indices = [row[0] for row in connection.execute("SELECT idx FROM ledger_log ORDER BY idx")]
        first = next(i for (i, t) in connection.execute(
            "SELECT l.idx, e.topic FROM ledger_log l JOIN stored_events e USING (originator_id, originator_version) "
            "ORDER BY l.idx") if t == "CaseFiled")  # fmt: skip
        later = chance.sample([i for i in indices if i > first], 12)
        of_act = "(SELECT originator_id, originator_version FROM ledger_log WHERE idx = ?)"
        state = "UPDATE stored_events SET state = ? WHERE (originator_id, originator_version) = "
        for index in later[:3]:
            connection.execute(f"{state}{of_act}", (chance.randbytes(300), index))
        connection.execute(
            f"DELETE FROM stored_events WHERE (originator_id, originator_version) = {of_act}",  # noqa: S608
            (later[3],),
        )
        connection.execute("DELETE FROM ledger_log WHERE idx = ?", (later[4],))
        connection.execute("UPDATE ledger_log SET rho = 'text' WHERE idx = ?", (later[5],))
        connection.execute("UPDATE ledger_log SET received_at_ms = 5 WHERE idx = ?", (later[6],))
        connection.execute(
            "UPDATE ledger_log SET received_at_ms = received_at_ms + 900000 WHERE idx = ?", (later[7],)
        )
        connection.execute("UPDATE ledger_log SET prev = commitment WHERE idx = ?", (later[8],))
        connection.execute("UPDATE ledger_log SET cti = ? WHERE idx = ?", (chance.randbytes(16), later[9]))
        connection.execute(
            f"UPDATE stored_events SET topic = 'CaseClosed' WHERE (originator_id, originator_version) = {of_act}",  # noqa: S608
            (later[10],),
        )
        connection.execute(f"{state}{of_act}", (b"", first - 1))  # of the registry
        connection.commit()


def found_by(url: str, processes: int, *, deep: bool) -> Report:
    store = open_store(url)
    try:
        return verify(store, deep=deep, processes=processes)
    finally:
        store.close()


def test_several_processes_find_nothing_in_what_is_in_order(settings):
    report = found_by(settings.database_url, 2, deep=True)
    assert report == found_by(settings.database_url, 1, deep=True)
    assert report.ok
    assert report.checked["streams"] == CASES + 1


def test_cases_that_are_not_kept_in_memory_are_judged_as_those_that_are(settings, tmp_path, monkeypatch):
    damaged = tmp_path / "damaged.db"
    shutil.copy(settings.database_url.removeprefix("sqlite:///"), damaged)
    damage(damaged)
    at_hand = found_by(f"sqlite:///{damaged}", 1, deep=True)
    monkeypatch.setattr(remembering, "DOSSIERS_KEPT", 1)
    assert found_by(f"sqlite:///{damaged}", 1, deep=True) == at_hand
    assert not at_hand.ok


@pytest.mark.parametrize("deep", [False, True])
def test_several_processes_find_what_one_finds_and_in_its_order(settings, tmp_path, deep):
    damaged = tmp_path / "ledger.db"
    shutil.copy(settings.database_url.removeprefix("sqlite:///"), damaged)
    damage(damaged)
    one, two = (found_by(f"sqlite:///{damaged}", n, deep=deep) for n in (1, 2))
    assert two == one
    codes = {fault.code for fault in one.faults}
    assert codes >= {
        "statement_malformed", "statement_missing", "position_gap", "position_missing", "row_damaged", "leaf_mismatch",
        "time_backwards", "chain_broken", "row_differs",
    }  # fmt: skip
    indices = [fault.index for fault in one.faults if fault.index is not None]
    assert indices == sorted(indices)
