"""Writers, a reader and the follower at work together for long: memory stays flat, and the ledger is in order."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from gongze import founding, inspection
from tests.hardness.soaking import ROLES, plan, settings

SHORT, LONG = 8, 1_800
"""Seconds; the long one on each of two databases makes the hour."""
GROWS, SOME = 1.15, 16 * 2**20
"""At the end no process holds more than so many times what it held once warm, and some bytes."""
WARM = 3
"""It is warm when a third of the time has passed."""


def _end(processes: Iterable["subprocess.Popen[str]"]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("on", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_ledger_at_work_for_long_needs_no_more_memory_and_stays_in_order(
    on: str, tmp_path: Path, request: pytest.FixtureRequest, seed: int, nightly: bool
):
    url = (
        f"sqlite:///{tmp_path}/ledger.db" if on == "sqlite" else request.getfixturevalue("postgres_database")
    )
    seconds = LONG if nightly else SHORT
    of, made = settings(tmp_path, url), plan(seed, seconds)
    founding.demonstration(of, tmp_path / "keys", made.secret)
    processes: dict[str, subprocess.Popen[str]] = {}
    request.addfinalizer(lambda: _end(processes.values()))
    heads = dict.fromkeys(ROLES, "")
    for role in ROLES:
        processes[role] = subprocess.Popen(
            [sys.executable, "-m", "tests.hardness.soaking", role, str(tmp_path), url, str(seconds), str(seed)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        if role == "write":  # it looks how far it was before, and finds nothing but its own acts
            stdout = processes[role].stdout
            assert stdout is not None
            heads[role] = stdout.readline()
    for role, process in processes.items():
        out, err = process.communicate(timeout=seconds + 300)
        assert (process.returncode, err) == (0, ""), role
        said = [json.loads(line) for line in (heads[role] + out).splitlines()]
        assert said[-1]["done"] > 0, role
        held = [one["rss"] for one in said]
        print(role, said[-1]["done"], [rss >> 20 for rss in held[:: max(len(held) // 12, 1)]])  # noqa: T201
        warm = max(held[: len(held) // WARM + 1])
        assert max(held[-3:]) <= GROWS * warm + SOME, (role, held)
    report = inspection.verify(of, deep=not nightly)
    assert report.faults == []
