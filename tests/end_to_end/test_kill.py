"""Killed at any moment: every receipt that was shown is stored, nothing is stored twice, and one can simply go on."""

import random
import subprocess
import time
from pathlib import Path

import psycopg
import pytest

from gongze import sample
from tests.end_to_end.conftest import GONGZE, Desk

LINES = sample.script()[:1_000]
"""Enough for all the kills: lines that share a commit are stored together, also those whose receipts nobody was shown."""
Receipt = tuple[str, int]
"""A statement's id and its index."""


class Interrupted:
    """Replays of one script into one ledger, each killed after some new receipts were shown."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.path = desk.script(LINES)
        self.acknowledged: dict[int, Receipt] = {}

    def replay(self, kill_after: int | None, *more: str) -> int:
        """Start the command; kill it (SIGKILL) when so many receipts of new acts were read. How many were read."""
        command = [GONGZE, "replay", str(self.path), "--keys", "keys", *more]
        process = subprocess.Popen(
            command,
            cwd=self.desk.folder,
            env=self.desk.environment(),
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        new = 0
        with process:
            assert process.stdout is not None
            for shown in process.stdout:
                cells = shown.rstrip("\n").split("\t")
                if len(cells) < 4:
                    continue
                number, receipt = int(cells[0]), (cells[1], int(cells[2]))
                assert (
                    self.acknowledged.setdefault(number, receipt) == receipt
                )  # the first receipt, ever after
                new += "（已在账）" not in shown
                if kill_after is not None and new >= kill_after:
                    process.kill()
                    break
        assert kill_after is not None or process.returncode == 0
        return new

    def check(self) -> None:
        """Every receipt shown so far is stored, at its index; what is stored is whole."""
        with self.desk.open() as ledger:
            entries = list(ledger.entries())
        assert [e.index for e in entries] == list(range(len(entries)))
        stored = {e.cti.hex(): e.index for e in entries}
        assert len(stored) == len(entries)
        assert {r: i for r, i in self.acknowledged.values() if stored.get(r) != i} == {}

    def finish(self, founding: int) -> None:
        """The same script once more goes through; then the ledger and what is computed from it are in order."""
        self.replay(None)
        self.check()
        assert sorted(self.acknowledged) == list(range(1, len(LINES) + 1))
        assert self.desk.size == founding + len(LINES)
        again = self.desk.replay(LINES)
        assert {(a["line"], a["id"], a["index"]) for a in again["accepted"]} == {
            (number, *receipt) for number, receipt in self.acknowledged.items()
        }
        assert all(a["duplicate"] for a in again["accepted"])
        assert again["refused"] == []
        assert self.desk.size == founding + len(LINES)
        assert self.desk.ask("verify", "--deep")["ok"]
        with self.desk.open() as ledger:
            before = ledger.projections.digest()
            ledger.projections.rebuild()
            assert ledger.projections.digest() == before


def kills(number: int, seed: int) -> list[tuple[int, tuple[str, ...]]]:
    """After how many new receipts each replay is killed: at once, and then here and there. One of ten stores as many lines
    together as it may, the others each line by itself."""
    chance = random.Random(seed)
    after = [1, 1, 2, *(chance.randint(1, 6) for _ in range(number - 3))]
    return [(one, () if turn % 10 == 5 else ("--stop-on-error",)) for turn, one in enumerate(after)]


def test_thirty_kills_of_a_replay_lose_and_double_nothing(desk):
    founding = desk.size
    interrupted = Interrupted(desk)
    for kill_after, more in kills(30, seed=1):
        assert interrupted.replay(kill_after, *more) == kill_after
        interrupted.check()
    interrupted.finish(founding)


@pytest.mark.postgres
def test_kills_of_a_replay_into_postgresql(tmp_path, postgres_database):
    desk = Desk(
        tmp_path, {"GONGZE_DATABASE_URL": postgres_database, "GONGZE_NOW": "2026-03-20T18:00:00+08:00"}
    )
    desk.run("init", "--demo-keys", "keys")
    founding = desk.size
    interrupted = Interrupted(desk)
    for kill_after, more in kills(8, seed=2):
        assert interrupted.replay(kill_after, *more) == kill_after
        interrupted.check()
    interrupted.finish(founding)


def test_the_connection_of_a_replay_is_cut_and_it_ends_with_3_or_goes_on(tmp_path, postgres_database):
    """pg_terminate_backend in the middle: what was acknowledged is there, and the same script goes through."""
    desk = Desk(
        tmp_path, {"GONGZE_DATABASE_URL": postgres_database, "GONGZE_NOW": "2026-03-20T18:00:00+08:00"}
    )
    desk.run("init", "--demo-keys", "keys")
    founding = desk.size
    interrupted = Interrupted(desk)
    command = [GONGZE, "replay", str(interrupted.path), "--keys", "keys"]
    with subprocess.Popen(
        command,
        cwd=desk.folder,
        env=desk.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for _ in range(20):
            cells = process.stdout.readline().split("\t")
            interrupted.acknowledged[int(cells[0])] = (cells[1], int(cells[2]))
        with psycopg.connect(postgres_database) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        rest, told = process.communicate()
    for shown in rest.splitlines():
        cells = shown.split("\t")
        if len(cells) >= 4:
            interrupted.acknowledged[int(cells[0])] = (cells[1], int(cells[2]))
    assert process.returncode in (0, 3), told
    assert "Traceback" not in told
    assert "意外错误" not in told
    interrupted.check()
    interrupted.finish(founding)


def test_two_replays_of_one_script_at_once_store_each_line_once(desk):
    founding = desk.size
    path = desk.script(LINES[:60])
    command = [GONGZE, "replay", str(path), "--keys", "keys", "--quiet"]
    both = [
        subprocess.Popen(command, cwd=desk.folder, env=desk.environment(), stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait() for process in both] == [0, 0]
    assert desk.size == founding + 60
    assert desk.ask("verify", "--deep")["ok"]


def test_a_killed_init_leaves_no_half_ledger(tmp_path):
    """Killed while its keys and acts are made: either there is a whole ledger, or one can simply found it."""
    for made in (1, 40):
        folder: Path = tmp_path / str(made)
        folder.mkdir()
        with subprocess.Popen(
            [GONGZE, "init", "--demo-keys", "keys"], cwd=folder, stdout=subprocess.DEVNULL
        ) as process:
            while process.poll() is None and len(list(folder.glob("keys/*/*"))) < made:
                time.sleep(0.001)
            process.kill()
        desk = Desk(folder)
        if desk.run("verify", code=None).code == 2:
            desk.run("init", "--demo-keys", "keys")
        assert desk.ask("verify", "--deep")["ok"]
